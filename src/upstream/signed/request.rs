//! Requests before they are signed.

use super::Stamp;
use crate::upstream::transport::{Method, path_part};

/// One request before it is signed. The path may hold a query.
#[derive(Debug, Clone)]
pub(in crate::upstream) struct Request {
    pub(in crate::upstream) operation: &'static str,
    pub(in crate::upstream) method: Method,
    pub(in crate::upstream) path: String,
    pub(in crate::upstream) query: Option<String>,
    /// Serialized once: what is hashed is what is sent.
    pub(in crate::upstream) body: Option<Vec<u8>>,
    /// `None`: it is signed with the time it is sent at.
    pub(in crate::upstream) stamp: Option<Stamp>,
    /// A success without a body is an answer, too.
    pub(in crate::upstream) may_be_empty: bool,
}

impl Request {
    /// A read.
    pub(in crate::upstream) fn get(operation: &'static str, path: impl Into<String>) -> Self {
        Self::write(operation, Method::Get, path)
    }

    /// A write.
    pub(in crate::upstream) fn write(operation: &'static str, method: Method, path: impl Into<String>) -> Self {
        Self { operation, method, path: path.into(), query: None, body: None, stamp: None, may_be_empty: false }
    }

    pub(in crate::upstream) fn query(mut self, query: String) -> Self {
        self.query = Some(query);
        self
    }

    /// Takes an empty success for an answer.
    pub(in crate::upstream) fn or_nothing(mut self) -> Self {
        self.may_be_empty = true;
        self
    }

    /// Signs it with the time of its intent.
    pub(in crate::upstream) fn stamped(mut self, stamp: Stamp) -> Self {
        self.stamp = Some(stamp);
        self
    }

    pub(in crate::upstream) fn json(mut self, body: &impl serde::Serialize) -> Self {
        self.body = Some(serde_json::to_vec(body).expect("our own bodies have text keys only, so they serialize"));
        self
    }
}

/// Ids are joined and put into paths, so only what a GUID is made of is taken for one.
pub(in crate::upstream) fn is_plain_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A path with ids in it: `{}` of `template` are replaced in order.
pub(in crate::upstream) fn path_with(template: &str, ids: &[&str]) -> String {
    let mut ids = ids.iter();
    let fill = |part: &str| ids.next().map_or_else(|| part.to_owned(), |id| format!("{part}{}", path_part(id)));
    template.split("{}").map(fill).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_fill_paths_in_order() {
        assert_eq!(path_with("/a/{}/b/{}/c", &["1", "2/3"]), "/a/1/b/2%2F3/c");
        assert_eq!(path_with("/a", &[]), "/a");
    }

    #[test]
    fn only_guid_like_text_is_an_id() {
        assert!(is_plain_id("AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee"));
        for text in ["", "..", "a,b", "a&b", "a/b"] {
            assert!(!is_plain_id(text), "{text}");
        }
    }
}
