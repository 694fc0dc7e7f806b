//! What the provider hands out, with the flaws that clients have to notice.

use super::super::call::{Call, Reply};
use super::super::chance::guid;
use super::super::quirks::TokenFlaw;
use super::super::world::{Person, State};
use super::{error, issuer, keys};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// Tokens for somebody; who is gone gets none.
pub(super) fn issue(state: &mut State, call: &Call, login: &str, nonce: Option<String>) -> Reply {
    let Some(person) = state.people.iter().find(|person| person.login == login).cloned() else {
        return error(400, "invalid_grant");
    };
    let (access, refresh) = (guid(), guid());
    state.openid.access.insert(access.clone(), login.to_owned());
    let mut answer = json!({ "access_token": access, "token_type": "Bearer", "expires_in": 300 });
    answer["id_token"] = id_token(state, call, &person, nonce).into();
    if !state.quirks.openid.without_refresh_tokens {
        state.openid.refresh.insert(refresh.clone(), login.to_owned());
        answer["refresh_token"] = refresh.into();
    }
    Reply::json(200, &answer)
}

/// What is said of somebody.
pub(super) fn about(person: &Person, with_roles: bool) -> Value {
    let mut about = json!({
        "sub": person.id,
        "name": format!("{} {}", person.first_name, person.last_name),
        "preferred_username": person.login,
    });
    if with_roles {
        about["roles"] = json!(person.roles);
    }
    about
}

fn id_token(state: &State, call: &Call, person: &Person, nonce: Option<String>) -> String {
    let (now, flaw) = (state.now().timestamp(), state.quirks.openid.flaw);
    let mut claims = about(person, !state.quirks.openid.roles_only_on_request);
    claims["iss"] = issuer(call).into();
    claims["aud"] = state.credentials.openid_client_id.as_str().into();
    claims["iat"] = now.into();
    claims["exp"] = (now + 300).into();
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    match flaw {
        Some(TokenFlaw::Nonce) => claims["nonce"] = guid().into(),
        Some(TokenFlaw::Issuer) => claims["iss"] = "https://elsewhere.example".into(),
        Some(TokenFlaw::Audience) => claims["aud"] = "another-client".into(),
        Some(TokenFlaw::Expired) => claims["exp"] = (now - 60).into(),
        _ => {}
    }
    let key = state.openid.key;
    let message = |algorithm: &str| {
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": keys::name(key) });
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
    };
    let (message, signature) = match flaw {
        Some(TokenFlaw::NoAlgorithm) => (message("none"), Vec::new()),
        Some(TokenFlaw::SharedSecret) => {
            let message = message("HS256");
            let secret = state.credentials.openid_client_secret.as_bytes();
            let mac = Hmac::<Sha256>::new_from_slice(secret).map(|mac| mac.chain_update(&message));
            (message, mac.map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default())
        }
        // Under the name of a key that is published.
        Some(TokenFlaw::OtherKey) => {
            let message = message("RS256");
            let signature = keys::sign(key + 1, &message);
            (message, signature)
        }
        _ => {
            let message = message("RS256");
            let signature = keys::sign(key, &message);
            (message, signature)
        }
    };
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
