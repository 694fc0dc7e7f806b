//! The address of a vendor's server, parsed once.

use super::address::literal;
use super::settings::TransportSettings;
use reqwest::Url;
use std::fmt::Write as _;

/// An address in a partner's settings that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not a URL with a host.
    #[error("expected an address such as https://vsa.example.com")]
    NotAnAddress,
    /// `http://`, or a scheme that is not HTTP.
    #[error("expected an address that begins with https://")]
    NotHttps,
    /// `user:password@` before the host.
    #[error("expected an address without user name and password")]
    UserInfo,
    /// A query or a fragment after the path.
    #[error("expected an address without ? and #")]
    Query,
    /// A literal address on a private network.
    #[error("expected a public address; the operator can allow private ones")]
    PrivateAddress,
    /// A token or user name that cannot be sent in a header.
    #[error("expected a user name or token without line breaks and other control characters")]
    NotAHeader,
}

/// A server's address: scheme, host, port and the path before the vendor's own.
#[derive(Debug, Clone)]
pub(in crate::upstream) struct BaseUrl(Url);

impl BaseUrl {
    /// Parses an address. People paste what a console shows them, so everything from the first of `roots` on is cut off.
    pub(in crate::upstream) fn parse(
        text: &str,
        roots: &[&str],
        settings: &TransportSettings,
    ) -> Result<Self, ConfigError> {
        let mut url = endpoint(text, settings)?;
        if url.query().is_some() {
            return Err(ConfigError::Query);
        }
        let path = url.path().to_ascii_lowercase();
        let ends = roots.iter().filter_map(|root| path.find(&root.to_ascii_lowercase()));
        let end = ends.min().unwrap_or(path.len());
        let path = url.path()[..end].trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The URL of one call. `path` begins with `/`; `query` is sent as it is, `$` and `:` included.
    pub(in crate::upstream) fn at(&self, path: &str, query: Option<&str>) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url.set_query(query);
        url
    }
}

/// The address of one call as somebody else's document names it; it may have a query.
pub(in crate::upstream) fn endpoint(text: &str, settings: &TransportSettings) -> Result<Url, ConfigError> {
    let url = Url::parse(text.trim()).map_err(|_| ConfigError::NotAnAddress)?;
    match url.scheme() {
        "https" => {}
        "http" if settings.allow_http => {}
        _ => return Err(ConfigError::NotHttps),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConfigError::UserInfo);
    }
    if url.fragment().is_some() {
        return Err(ConfigError::Query);
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(ConfigError::NotAnAddress);
    }
    if literal(&url).is_some_and(|address| !settings.reach().covers(address)) {
        return Err(ConfigError::PrivateAddress);
    }
    Ok(url)
}

/// An id as a part of a path or query: everything but unreserved characters is escaped, so that no id can end its part.
pub(in crate::upstream) fn path_part(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, ConfigError> {
        BaseUrl::parse(text, &["/api/v1.0", "/vsapres"], &TransportSettings::default())
            .map(|base| base.at("/api/v1.0/auth", None).to_string())
    }

    #[test]
    fn pasted_addresses_are_cut_to_the_server() {
        let expected = Ok("https://vsa.example.com/api/v1.0/auth".to_owned());
        for text in [
            "https://vsa.example.com",
            " https://VSA.example.com/ ",
            "https://vsa.example.com/API/v1.0/system/orgs",
            "https://vsa.example.com/vsapres/web20/core/login.aspx",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        let anywhere = BaseUrl::parse("https://x.example/app/home", &["/"], &TransportSettings::default()).unwrap();
        assert_eq!(anywhere.at("/api/v3/sites", None).as_str(), "https://x.example/api/v3/sites");
        assert_eq!(parse("https://x.example/kaseya/"), Ok("https://x.example/kaseya/api/v1.0/auth".to_owned()));
    }

    #[test]
    fn unusable_addresses_are_named() {
        assert_eq!(parse("vsa.example.com"), Err(ConfigError::NotAnAddress));
        assert_eq!(parse("http://vsa.example.com"), Err(ConfigError::NotHttps));
        assert_eq!(parse("ftp://vsa.example.com"), Err(ConfigError::NotHttps));
        assert_eq!(parse("https://a:b@vsa.example.com"), Err(ConfigError::UserInfo));
        assert_eq!(parse("https://vsa.example.com/?a=1"), Err(ConfigError::Query));
        for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:10.0.0.1]", "169.254.169.254"] {
            assert_eq!(parse(&format!("https://{host}/")), Err(ConfigError::PrivateAddress), "{host}");
        }
    }

    #[test]
    fn options_keep_their_dollar_and_times_their_colon() {
        let base = BaseUrl::parse("https://x.example", &["/LMPI"], &TransportSettings::default()).unwrap();
        let url = base.at("/a", Some("$top=1&t=2020-01-01T00:00:00Z"));
        assert_eq!(url.query(), Some("$top=1&t=2020-01-01T00:00:00Z"));
    }

    #[test]
    fn ids_cannot_end_their_part_of_a_path() {
        assert_eq!(path_part("aB-1_2"), "aB-1_2");
        assert_eq!(path_part("a/b?c&d,e.f"), "a%2Fb%3Fc%26d%2Ce%2Ef");
    }
}
