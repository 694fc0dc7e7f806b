//! Which language a page is in: the one that was chosen here, otherwise the one the browser asks for.

use super::{Words, english, tagged};
use crate::service::access::PartnerView;
use crate::web::error::see_other;
use crate::web::form::Fields;
use crate::web::layout::base;
use crate::web::session::{cookie, is_own_path};
use axum::Extension;
use axum::http::header::{ACCEPT_LANGUAGE, REFERER};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;

/// Holds the choice until the browser is closed; nothing secret.
const LANGUAGE: &str = "__Host-language";

/// The language for whoever sent these headers.
pub fn of(headers: &HeaderMap) -> Words {
    let jar = CookieJar::from_headers(headers);
    let chosen = jar.get(LANGUAGE).and_then(|cookie| tagged(cookie.value()));
    chosen.unwrap_or_else(|| {
        let wish = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        wished(wish.unwrap_or_default())
    })
}

/// The first that we have, by weight; a region is of no matter. Whatever cannot be read is passed over.
fn wished(wish: &str) -> Words {
    let mut best = (0.0, english());
    for range in wish.split(',') {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|text| text.parse::<f32>().ok()).unwrap_or(0.0);
        let language = tag.trim().split('-').next().unwrap_or_default();
        if weight > best.0
            && let Some(language) = tagged(language)
        {
            best = (weight, language);
        }
    }
    best.1
}

/// `POST …/language`: chooses, and leads back to the page where it was chosen.
pub async fn switch(
    Extension(partner): Extension<PartnerView>,
    jar: CookieJar,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let address = came_from(&headers)
        .filter(|path| is_own_path(&partner.key, path))
        .unwrap_or_else(|| format!("{}/customers", base(&partner.key)));
    let chosen = fields.one("language").and_then(tagged);
    let jar = chosen.map_or(jar.clone(), |language| jar.add(cookie(LANGUAGE, language.tag.to_owned())));
    (jar, see_other(&address)).into_response()
}

/// The page whose button was pressed. Another part of a list is only sent for, so the list is shown from its beginning.
fn came_from(headers: &HeaderMap) -> Option<String> {
    let page = headers.get(REFERER)?.to_str().ok()?.parse::<Uri>().ok()?;
    let path = page.path_and_query()?.as_str();
    Some(path.strip_suffix("/page").unwrap_or(path).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_wish_we_have_is_taken() {
        let shown = |wish| wished(wish).tag;
        assert_eq!(shown("de-AT,de;q=0.9,en;q=0.8"), "de");
        assert_eq!(shown("fr;q=1.0, en;q=0.4, ja-JP;q=0.6"), "ja");
        assert_eq!(shown("DE"), "de");
        for wish in ["", "*", "fr", "de;q=0", "de;q=x", ";;,,", "tlh, en;q=0.1"] {
            assert_eq!(shown(wish), "en", "{wish}");
        }
    }

    #[test]
    fn a_choice_goes_before_a_wish() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, "de".parse().unwrap());
        assert_eq!(of(&headers).tag, "de");
        headers.insert(axum::http::header::COOKIE, "__Host-language=ja".parse().unwrap());
        assert_eq!(of(&headers).tag, "ja");
        headers.insert(axum::http::header::COOKIE, "__Host-language=xx".parse().unwrap());
        assert_eq!(of(&headers).tag, "de");
    }
}
