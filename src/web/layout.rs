//! The frame around every page.

use super::assets;
use super::error::WebError;
use super::language::{self, Language, Words};
use super::session::Session;
use crate::service::access::PartnerView;
use askama::Template;
use askama::filters::Safe;
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use fluent_bundle::FluentValue;
use std::borrow::Cow;

/// Which part of the product a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Customers.
    Customers,
    /// Imports and the wizard.
    Imports,
    /// Connections.
    Connections,
    /// Signing in, errors.
    Outside,
}

/// What every page shows around its content.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The language of the page.
    pub words: Words,
    /// Title of the page.
    pub title: String,
    /// Name of the partner; empty if it is not known.
    pub partner: String,
    /// Where the partner's screens begin; empty if it is not known.
    pub base: String,
    /// Who is signed in; empty if nobody is.
    pub user: String,
    /// Whether this person may only look.
    pub only_looks: bool,
    /// Where we are.
    pub place: Place,
    /// Whether the page reloads by itself without scripts.
    pub reloads: bool,
    /// Whether another language can be chosen here: not where the page holds what was entered and is stored nowhere.
    pub can_switch: bool,
    /// Address of the style sheet.
    pub css: &'static str,
    /// Address of the script.
    pub js: &'static str,
    /// Addresses of the scripts it brings along.
    pub modules: &'static [String],
}

impl Layout {
    /// For somebody who is signed in.
    pub fn of(session: &Session, title: impl Into<String>, place: Place) -> Self {
        let outside = Self::outside(session.words, Some(&session.partner), title);
        let only_looks = !session.may_change();
        Self { user: session.caller.name.clone(), only_looks, place, ..outside }
    }

    /// For anybody.
    pub fn outside(words: Words, partner: Option<&PartnerView>, title: impl Into<String>) -> Self {
        Self {
            words,
            title: title.into(),
            partner: partner.map(|partner| partner.name.clone()).unwrap_or_default(),
            base: partner.map(|partner| base(&partner.key)).unwrap_or_default(),
            user: String::new(),
            only_looks: false,
            place: Place::Outside,
            reloads: false,
            can_switch: true,
            css: assets::css_address(),
            js: assets::js_address(),
            modules: assets::module_addresses(),
        }
    }

    /// The attributes of fields and buttons that change something; no script enables what is fixed.
    pub fn disabled(&self) -> &'static str {
        if self.only_looks { " disabled data-fixed" } else { "" }
    }

    /// A text of the page.
    pub fn t(&self, key: &str) -> Cow<'static, str> {
        self.words.t(key)
    }

    /// A text with a value.
    pub fn t1<'a>(&self, key: &str, name: &'static str, value: impl Into<FluentValue<'a>>) -> String {
        self.words.with(key, [(name, value.into())])
    }

    /// A text with two values.
    pub fn t2<'a>(
        &self,
        key: &str,
        name: &'static str,
        value: impl Into<FluentValue<'a>>,
        second: &'static str,
        other: impl Into<FluentValue<'a>>,
    ) -> String {
        self.words.with(key, [(name, value.into()), (second, other.into())])
    }

    /// A text with markup around a value.
    pub fn h1<'a>(&self, key: &str, name: &'static str, value: impl Into<FluentValue<'a>>) -> Safe<String> {
        self.words.html(key, [(name, value.into())])
    }

    /// A text with markup around two values.
    pub fn h2<'a>(
        &self,
        key: &str,
        name: &'static str,
        value: impl Into<FluentValue<'a>>,
        second: &'static str,
        other: impl Into<FluentValue<'a>>,
    ) -> Safe<String> {
        self.words.html(key, [(name, value.into()), (second, other.into())])
    }

    /// The texts of the script.
    pub fn script(&self) -> Safe<&'static str> {
        Safe(&self.words.script)
    }

    /// What can be chosen, and whether it is.
    pub fn languages(&self) -> impl Iterator<Item = (&'static Language, bool)> {
        language::all().iter().map(|language| (language, language.tag == self.words.tag))
    }

    /// Whether this is the place.
    pub fn is_customers(&self) -> bool {
        self.place == Place::Customers
    }

    /// Whether this is the place.
    pub fn is_connections(&self) -> bool {
        self.place == Place::Connections
    }

    /// Whether this is the place.
    pub fn is_imports(&self) -> bool {
        self.place == Place::Imports
    }
}

/// Where a partner's screens begin.
pub fn base(key: &str) -> String {
    format!("/p/{key}")
}

/// The page as an answer.
pub fn show(page: &impl Template) -> Result<Response, WebError> {
    show_as(StatusCode::OK, page)
}

/// The page as an answer with another status.
pub fn show_as(status: StatusCode, page: &impl Template) -> Result<Response, WebError> {
    let html = page.render().map_err(WebError::Page)?;
    Ok((status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
}
