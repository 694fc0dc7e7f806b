//! How people sign in, on *Connections*: a form of its own, because storing it signs out whoever came in by what was set up before.

use super::WebState;
use super::connections::again;
use super::connections_form::{Line, sign_in_lines};
use super::error::{WebError, see_other};
use super::form::Fields;
use super::session::Session;
use crate::domain::field::FieldError;
use crate::service::connections::Entered;
use crate::service::sign_in::{self, Method, SIGN_IN_LINES, SIGN_IN_SECRETS, SetupError, redirect_address};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::SecretString;

/// The form as it is shown.
#[derive(Debug, Clone)]
pub struct SignInForm {
    /// Its lines.
    pub lines: Vec<Line>,
    /// The address that VSA 9 has to know.
    pub vsa_redirect: String,
    /// The address that the provider has to know.
    pub openid_redirect: String,
    /// What came of it, in a sentence; empty if nothing was sent.
    pub said: String,
    /// Class of the panel.
    pub class: &'static str,
}

impl SignInForm {
    fn of(state: &WebState, session: &Session, entered: &Entered, errors: &[FieldError]) -> Self {
        let redirect = |method| redirect_address(state.sign_in.public_url(), &session.partner.key, method);
        let said = match errors.len() {
            0 => String::new(),
            count => super::language::say!(session.words, "verdict-fields", count = count),
        };
        Self {
            lines: sign_in_lines(session.words, entered, errors),
            vsa_redirect: redirect(Method::Vsa),
            openid_redirect: redirect(Method::OpenId),
            said,
            class: "bad",
        }
    }

    /// With what is stored.
    pub async fn stored(state: &WebState, session: &Session, has_just_been: bool) -> Result<Self, WebError> {
        let entered = sign_in::lines(&state.app, session.caller.partner_id).await?;
        let form = Self::of(state, session, &entered, &[]);
        let said = if has_just_been { session.words.t("people-stored").into_owned() } else { String::new() };
        Ok(Self { said, class: "good", ..form })
    }
}

/// `POST …/connections/sign-in`. Whose right it was to say who may come in is asked for anew.
pub async fn send(State(state): State<WebState>, session: Session, fields: Fields) -> Result<Response, WebError> {
    state.sign_in.ask_again(&state.app, &session.holder).await?;
    let lines = SIGN_IN_LINES.into_iter().filter_map(|name| Some((name, fields.one(name)?.to_owned()))).collect();
    let secret = |name| fields.text(name).map(|text| SecretString::from(text.to_owned()));
    let secrets = SIGN_IN_SECRETS.into_iter().filter_map(|name| Some((name, secret(name)?))).collect();
    let entered = Entered { lines, secrets };
    match sign_in::replace(&state.app, &state.door, &session.caller, &entered).await.map_err(failed)? {
        Ok(()) => Ok(see_other(&format!("{}/connections?people=1#people", session.base()))),
        Err(errors) => {
            let form = SignInForm::of(&state, &session, &entered, &errors);
            again(&state, &session, form, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

fn failed(error: SetupError) -> WebError {
    match error {
        SetupError::Service(error) => error.into(),
        // VSA was another product a moment ago; or the credentials of VSA do not open, which Connections says.
        SetupError::NotVsa9 => WebError::NotNow("Only VSA 9 has such clients; leave this blank."),
        SetupError::Vault(error) => crate::service::ServiceError::Internal(error.to_string()).into(),
    }
}
