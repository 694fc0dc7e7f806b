//! *Activate*: a code and the partner's connections become a partner.

use super::WebState;
use super::connections_form::{CheckRow, Group, countries, entered, fresh, groups, is_vsa10};
use super::error::{WebError, see_other};
use super::form::{Fields, QueryFields};
use super::language::{Words, say};
use super::layout::{Layout, base, show, show_as};
use super::session::{Session, open_cookie};
use crate::domain::check::{Check, Verdict, worst};
use crate::domain::field::FieldError;
use crate::service::connections::{Entered, Outcome};
use crate::service::{access, activation};
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;

/// What an administrator is called who came with a code.
const USER: &str = "Administrator";

/// The form, with what is wrong and what a test found.
#[derive(Template)]
#[template(path = "activate.html")]
pub struct ActivatePage {
    /// The frame around it.
    pub layout: Layout,
    /// The code as entered.
    pub code: String,
    /// What is wrong with the code; empty if nothing is.
    pub code_problem: String,
    /// The lines.
    pub groups: Vec<Group>,
    /// VSA X is chosen.
    pub is_vsa10: bool,
    /// Countries to choose from.
    pub countries: Vec<(&'static str, &'static str)>,
    /// What the test found.
    pub checks: Vec<CheckRow>,
    /// What came of it, in a sentence; empty if nothing was sent yet.
    pub verdict: String,
    /// Class of the panel.
    pub class: &'static str,
}

/// What is to be said about a form that was sent.
pub struct Said {
    /// In a sentence.
    pub verdict: String,
    /// Class of the panel.
    pub class: &'static str,
}

/// What a test that stored nothing says.
pub fn said_of(words: Words, checks: &[Check]) -> Said {
    let Said { verdict, class } = said_of_stored(words, checks);
    Said { verdict: say!(words, "verdict-not-stored", verdict = verdict), class }
}

/// What the last test of what is stored says.
pub fn said_of_stored(words: Words, checks: &[Check]) -> Said {
    let (class, key) = match worst(checks) {
        Verdict::Failed => ("bad", "verdict-failed"),
        Verdict::Warning => ("warning", "verdict-restricted"),
        Verdict::Good | Verdict::Skipped => ("good", "verdict-good"),
    };
    Said { verdict: words.t(key).into_owned(), class }
}

/// What is said when fields are wrong.
pub fn said_of_errors(words: Words, errors: &[FieldError]) -> Said {
    Said { verdict: say!(words, "verdict-fields", count = errors.len()), class: "bad" }
}

/// What is said when tests come too often.
pub fn said_too_often(words: Words) -> Said {
    Said { verdict: words.t("verdict-too-often").into_owned(), class: "bad" }
}

fn page(
    words: Words,
    code: &str,
    entered: &Entered,
    (errors, checks): (&[FieldError], &[Check]),
    said: Option<Said>,
) -> ActivatePage {
    let said = said.unwrap_or(Said { verdict: String::new(), class: "" });
    ActivatePage {
        layout: Layout::outside(words, None, words.t("activate-title")),
        code: code.to_owned(),
        code_problem: String::new(),
        groups: groups(words, entered, errors, false),
        is_vsa10: is_vsa10(entered),
        countries: countries(),
        checks: CheckRow::all(words, checks),
        verdict: said.verdict,
        class: said.class,
    }
}

/// `GET /activate`.
pub async fn show_form(
    Extension(words): Extension<Words>,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    show(&page(words, query.text("code").unwrap_or_default(), &fresh(), (&[], &[]), None))
}

/// `POST /activate`: *Test connection* or *Activate*.
pub async fn send(
    State(state): State<WebState>,
    Extension(words): Extension<Words>,
    jar: CookieJar,
    fields: Fields,
) -> Result<Response, WebError> {
    let (app, door) = (&state.app, &*state.door);
    let code = fields.text("code").unwrap_or_default().to_owned();
    let entered = entered(&fields);
    // Unknown codes are refused by the database before anything is called, so only good ones count.
    if activation::invited(app, &code).await?.is_some_and(|partner| !door.may_test(partner)) {
        return show_as(
            StatusCode::TOO_MANY_REQUESTS,
            &page(words, &code, &entered, (&[], &[]), Some(said_too_often(words))),
        );
    }
    let only_test = fields.one("go") == Some("test");
    let outcome = if only_test {
        match activation::test(app, door, &code, &entered).await? {
            Outcome::NotWorking(checks) => Outcome::NotWorking(checks),
            Outcome::Wrong(errors) => Outcome::Wrong(errors),
            Outcome::NoCode | Outcome::Stored(..) => Outcome::NoCode,
        }
    } else {
        activation::activate(app, door, &code, &entered).await.map_err(|error| WebError::Service(error.into()))?
    };
    match outcome {
        Outcome::Stored(partner, _) => {
            let token = access::begin_session(app, partner.partner_id, USER).await?;
            let address = format!("{}/activated", base(&partner.partner_key));
            Ok((jar.add(open_cookie(token)), see_other(&address)).into_response())
        }
        Outcome::NotWorking(checks) => {
            let status = if only_test { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let said = said_of(words, &checks);
            show_as(status, &page(words, &code, &entered, (&[], &checks), Some(said)))
        }
        Outcome::Wrong(errors) => {
            let said = said_of_errors(words, &errors);
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &page(words, &code, &entered, (&errors, &[]), Some(said)))
        }
        Outcome::NoCode => {
            let said = Said { verdict: words.t("verdict-code").into_owned(), class: "bad" };
            let page = ActivatePage {
                code_problem: words.t("activate-code-problem").into_owned(),
                ..page(words, &code, &entered, (&[], &[]), Some(said))
            };
            show_as(StatusCode::FORBIDDEN, &page)
        }
    }
}

/// *Activation Successful*.
#[derive(Template)]
#[template(path = "activated.html")]
pub struct ActivatedPage {
    /// The frame around it.
    pub layout: Layout,
    /// Where our entry of the navigation tree leads.
    pub address: String,
}

/// `GET …/activated`.
pub async fn activated(State(state): State<WebState>, session: Session) -> Result<Response, WebError> {
    let public = &state.door.settings.public_url;
    show(&ActivatedPage {
        layout: Layout::of(&session, session.words.t("activated-title"), super::layout::Place::Connections),
        address: format!("{public}{}/customers", session.base()),
    })
}
