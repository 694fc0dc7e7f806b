//! *Connections*: what the last test found, and the form that replaces credentials.

use super::WebState;
use super::activate::{Said, said_of, said_of_errors, said_of_stored, said_too_often};
use super::connections_form::{CheckRow, Group, countries, entered, groups, is_vsa10};
use super::error::{WebError, see_other};
use super::form::{Fields, QueryFields, with_query};
use super::language::{Words, say};
use super::layout::{Layout, Place, show, show_as};
use super::session::Session;
use super::sign_in_settings::SignInForm;
use super::words::when;
use crate::domain::check::Check;
use crate::domain::field::FieldError;
use crate::service::connections::{self, Attention, Entered, Outcome};
use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, Utc};

/// From here on an expiry is a warning.
const SOON: i64 = 30;

/// The page.
#[derive(Template)]
#[template(path = "connections.html")]
pub struct ConnectionsPage {
    /// The frame around it.
    pub layout: Layout,
    /// The lines.
    pub groups: Vec<Group>,
    /// VSA X is chosen.
    pub is_vsa10: bool,
    /// Countries to choose from.
    pub countries: Vec<(&'static str, &'static str)>,
    /// What the test found.
    pub checks: Vec<CheckRow>,
    /// What came of it, in a sentence.
    pub verdict: String,
    /// Class of the panel.
    pub class: &'static str,
    /// How long the access token is still good; empty where that is not known.
    pub expiry: String,
    /// It ends soon.
    pub expires_soon: bool,
    /// How people sign in.
    pub people: SignInForm,
}

/// How long the token of VSA is good that ends on this date, and whether that is soon.
fn expiry(words: Words, date: NaiveDate, today: NaiveDate) -> (String, bool) {
    let days = (date - today).num_days();
    let text = match days {
        ..0 => say!(words, "token-expired", date = date.to_string()),
        0 => words.t("token-today").into_owned(),
        1 => words.t("token-tomorrow").into_owned(),
        2..=SOON => say!(words, "token-soon", count = days, date = date.to_string()),
        _ => say!(words, "token-good", count = days, date = date.to_string()),
    };
    (text, days <= SOON)
}

/// What is to be said of connections on other screens, a sentence each.
pub async fn attention(state: &WebState, session: &Session) -> Result<Vec<String>, WebError> {
    let Attention { expires_on, is_failing } = connections::attention(&state.app, session.caller.partner_id).await?;
    let expiry =
        expires_on.map(|date| expiry(session.words, date, Utc::now().date_naive())).filter(|(_, is_soon)| *is_soon);
    let failing = is_failing.then(|| session.words.t("connections-failing").into_owned());
    Ok(expiry.map(|(text, _)| text).into_iter().chain(failing).collect())
}

fn page(
    session: &Session,
    entered: &Entered,
    (errors, checks): (&[FieldError], &[Check]),
    said: Said,
    people: SignInForm,
) -> ConnectionsPage {
    let words = session.words;
    let expires_on = entered.lines.get("vsa_expires_on").and_then(|text| text.parse().ok());
    let (expiry, expires_soon) =
        expires_on.map(|date| expiry(words, date, Utc::now().date_naive())).unwrap_or_default();
    ConnectionsPage {
        layout: Layout::of(session, words.t("connections"), Place::Connections),
        groups: groups(words, entered, errors, true),
        is_vsa10: is_vsa10(entered),
        countries: countries(),
        checks: CheckRow::all(words, checks),
        verdict: said.verdict,
        class: said.class,
        expiry,
        expires_soon,
        people,
    }
}

/// The page with what is stored, and this form of how people sign in.
pub(super) async fn again(
    state: &WebState,
    session: &Session,
    people: SignInForm,
    status: StatusCode,
) -> Result<Response, WebError> {
    show_as(status, &stored_page(state, session, false, people).await?)
}

/// `GET …/connections`.
pub async fn show_form(
    State(state): State<WebState>,
    session: Session,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    let people = SignInForm::stored(&state, &session, query.is_set("people")).await?;
    show(&stored_page(&state, &session, query.is_set("stored"), people).await?)
}

async fn stored_page(
    state: &WebState,
    session: &Session,
    has_just_been: bool,
    people: SignInForm,
) -> Result<ConnectionsPage, WebError> {
    let (app, partner) = (&state.app, session.caller.partner_id);
    let stored = connections::stored(app, &state.door, partner).await?;
    let entered = connections::lines(app, partner, &stored).await?;
    let words = session.words;
    let (checks, said) = match connections::last_test(app, partner).await? {
        Some((at, checks)) => {
            let Said { verdict, class } = said_of_stored(words, &checks);
            let tested = say!(words, "connections-tested", verdict = verdict, when = when(words, at));
            let verdict = if has_just_been { say!(words, "connections-stored", tested = tested) } else { tested };
            (checks, Said { verdict, class })
        }
        None => (Vec::new(), Said { verdict: words.t("connections-not-tested").into_owned(), class: "idle" }),
    };
    Ok(page(session, &entered, (&[], &checks), said, people))
}

/// `POST …/connections`: *Test connection* or *Store*.
pub async fn send(State(state): State<WebState>, session: Session, fields: Fields) -> Result<Response, WebError> {
    let (app, door) = (&state.app, &*state.door);
    let (entered, words) = (entered(&fields), session.words);
    let people = SignInForm::stored(&state, &session, false).await?;
    if !door.may_test(session.caller.partner_id) {
        return show_as(
            StatusCode::TOO_MANY_REQUESTS,
            &page(&session, &entered, (&[], &[]), said_too_often(words), people),
        );
    }
    let only_test = fields.one("go") == Some("test");
    let outcome = if only_test {
        connections::test(app, door, &session.caller, &entered).await?
    } else {
        connections::replace(app, door, &session.caller, &entered)
            .await
            .map_err(|error| WebError::Service(error.into()))?
    };
    match outcome {
        Outcome::Stored((), _) | Outcome::NoCode => {
            Ok(see_other(&with_query(&format!("{}/connections", session.base()), &[("stored", "1")])))
        }
        Outcome::NotWorking(checks) => {
            let status = if only_test { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let said = said_of(words, &checks);
            show_as(status, &page(&session, &entered, (&[], &checks), said, people))
        }
        Outcome::Wrong(errors) => {
            let said = said_of_errors(words, &errors);
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &page(&session, &entered, (&errors, &[]), said, people))
        }
    }
}

/// `GET …/package`: the package for VSA's navigation tree.
pub async fn package(State(state): State<WebState>, session: Session) -> Result<Response, WebError> {
    let public = &state.door.settings.public_url;
    let package = crate::service::package::build(public, &session.partner.key).map_err(WebError::Service)?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", crate::service::package::FILE_NAME)),
    ];
    Ok((headers, package).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_token_is_counted_down() {
        let told =
            |date: &str| expiry(crate::web::language::english(), date.parse().unwrap(), "2026-03-01".parse().unwrap());
        assert!(told("2026-06-01").0.contains("92 more days") && !told("2026-06-01").1);
        assert!(told("2026-03-02").0.contains("tomorrow") && told("2026-03-31").1);
        assert!(told("2026-03-01").0.contains("today"));
        assert!(told("2026-02-28").0.contains("expired on 2026-02-28"));
    }
}
