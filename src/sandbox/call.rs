//! One request and one answer, the same for all APIs.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt;

/// Which vendor API was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Api {
    /// Kaseya VSA 9.
    Vsa,
    /// Kaseya VSA 10.
    Vsa10,
    /// Licensing Management Platform (LMPI).
    Lmp,
    /// Remote Manager (SMPI).
    RemoteManager,
    /// The `OpenID` Connect provider.
    OpenId,
}

impl Api {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Vsa, Self::Vsa10, Self::Lmp, Self::RemoteManager, Self::OpenId];
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vsa => "VSA",
            Self::Vsa10 => "VSA 10",
            Self::Lmp => "LMPI",
            Self::RemoteManager => "SMPI",
            Self::OpenId => "OpenID",
        })
    }
}

/// A request, read to its end.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub api: Api,
    pub method: Method,
    /// Path and query exactly as sent: this is what clients sign.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// When it arrived, by the vendor's own clock.
    pub at: DateTime<Utc>,
}

impl Call {
    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The segments of the path.
    pub fn segments(&self) -> Vec<&str> {
        self.path().split('/').filter(|segment| !segment.is_empty()).collect()
    }

    /// The decoded query, in order.
    pub fn query(&self) -> Vec<(String, String)> {
        let Some((_, query)) = self.target.split_once('?') else { return Vec::new() };
        query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (percent_decode(name), percent_decode(value)))
            .collect()
    }

    /// The first value of a query option.
    pub fn option(&self, name: &str) -> Option<String> {
        self.query().into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The method in upper case.
    pub fn verb(&self) -> &str {
        self.method.as_str()
    }

    /// The fields of a form, in order.
    pub fn form(&self) -> Vec<(String, String)> {
        let query = Self { target: format!("/?{}", String::from_utf8_lossy(&self.body)), ..self.clone() };
        query.query()
    }

    /// The body as a JSON object.
    pub fn object(&self) -> Option<serde_json::Map<String, serde_json::Value>> {
        serde_json::from_slice(&self.body).ok()
    }
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, tail @ ..]) => match hex_pair(*high, *low) {
                Some(decoded) => {
                    bytes.push(decoded);
                    rest = tail;
                }
                None => bytes.push(byte),
            },
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// An answer, or none.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// Set when the connection ends without an answer.
    pub cut: Option<Cut>,
}

/// How a connection ends without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Closed politely.
    Close,
    /// Reset, as hardened VSA builds do.
    Reset,
}

impl Reply {
    /// An answer in JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        // Our own records consist of text, numbers and lists: they always serialize.
        let body = serde_json::to_string(body).unwrap_or_default();
        Self::text(status, "application/json; charset=utf-8", body)
    }

    /// An answer in any format.
    pub fn text(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body: body.into(), cut: None }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new(), cut: None }
    }

    /// No answer: the connection ends.
    pub fn cut(how: Cut) -> Self {
        Self { cut: Some(how), ..Self::empty(500) }
    }

    /// Adds a header.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Replaces the content type.
    pub fn with_content_type(mut self, content_type: &str) -> Self {
        self.headers.retain(|(name, _)| *name != "content-type");
        self.with_header("content-type", content_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        assert_eq!(percent_decode("O%27%27Brien%20%C3%85+x%zz"), "O''Brien Å x%zz");
    }
}
