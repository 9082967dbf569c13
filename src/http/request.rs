//! A request to a service: method, path, query, body, effect, credential.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::secret::Secret;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceName {
    Bitbucket,
    /// A Confluence Cloud site, under its own address or the gateway's.
    Confluence,
    /// The Jira of the same site, reached with the Confluence credential.
    Jira,
    /// Where a client id and secret become an access token.
    Login,
    /// The forward proxy next to a pipeline step, on its way to Bitbucket.
    AuthProxy,
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bitbucket => "Bitbucket",
            Self::Confluence => "Confluence",
            Self::Jira => "Jira",
            Self::Login => "Atlassian's login",
            Self::AuthProxy => "Bitbucket through the auth proxy",
        })
    }
}

/// The methods of both services that we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    /// Replaces; the same twice is the same as once.
    Put,
    /// Creates, unless the request [reads](Request::reading).
    Post,
    /// Removes; the same twice is the same as once.
    Delete,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a request changes something on the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It does not, whatever its method.
    Reads,
    Writes,
}

/// A path below a service's base, already encoded, with a slash in front; a `next` link's has a query too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(String);

impl Path {
    /// The path as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stays below the base on every server: visible ASCII, and no segment that walks up.
    pub(crate) fn is_sound(&self) -> bool {
        let path = self.without_query();
        let dots = |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
        path.starts_with('/')
            && path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'#'))
            && !path.split('/').any(dots)
    }

    /// The part that may be shown: a query can hold a cursor or what somebody searched for.
    pub(crate) fn without_query(&self) -> &str {
        self.0.split_once('?').map_or(self.0.as_str(), |(path, _)| path)
    }
}

impl From<String> for Path {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Path {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// One request, before it belongs to a service.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) path: Path,
    pub(crate) query: Vec<(String, String)>,
    /// The type of the content, and the content.
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
    pub(crate) effect: Effect,
    /// Whether one short try has to do.
    pub(crate) is_tentative: bool,
}

impl Request {
    pub fn get(path: impl Into<Path>) -> Self {
        Self::new(Method::Get, path, Effect::Reads)
    }

    pub fn put(path: impl Into<Path>) -> Self {
        Self::new(Method::Put, path, Effect::Writes)
    }

    pub fn post(path: impl Into<Path>) -> Self {
        Self::new(Method::Post, path, Effect::Writes)
    }

    pub fn delete(path: impl Into<Path>) -> Self {
        Self::new(Method::Delete, path, Effect::Writes)
    }

    /// Adds a query parameter; name and value are encoded here.
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Sets the JSON body; the bytes are those of `serde_json`, without spaces.
    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.body = Some(("application/json", body.to_string().into_bytes()));
        self
    }

    /// Sets the body to the fields of a form.
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let encoded = |text| utf8_percent_encode(text, ENCODE);
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        self.body = Some(("application/x-www-form-urlencoded", fields.join("&").into_bytes()));
        self
    }

    /// Says that this request changes nothing although it is a POST, as Confluence's `convert-ids-to-types`; it may
    /// be repeated like a GET.
    pub fn reading(mut self) -> Self {
        self.effect = Effect::Reads;
        self
    }

    /// Says that its answer may turn out not to be needed, while others wait for it: one short try.
    pub fn tentative(mut self) -> Self {
        self.is_tentative = true;
        self
    }

    fn new(method: Method, path: impl Into<Path>, effect: Effect) -> Self {
        Self { method, path: path.into(), query: Vec::new(), body: None, effect, is_tentative: false }
    }

    /// Path and query, below the base.
    pub(crate) fn target(&self) -> String {
        let mut target = self.path.as_str().to_owned();
        for (name, value) in &self.query {
            target.push(if target.contains('?') { '&' } else { '?' });
            target.extend(utf8_percent_encode(name, ENCODE));
            target.push('=');
            target.extend(utf8_percent_encode(value, ENCODE));
        }
        target
    }

    /// Whether the same request twice is the same as once.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.effect == Effect::Reads || self.method != Method::Post
    }
}

/// Only what RFC 3986 calls unreserved stays as it is, and the comma, which separates the items of Confluence's lists. A
/// space is `%20`: `+` is a plus in a path, and to Bitbucket's query language.
const ENCODE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b',');

/// The value of the `Authorization` header, or none. `Debug` does not show it.
#[derive(Clone, Debug)]
pub struct Authorization(Option<Secret>);

impl Authorization {
    /// No credential: what the service shows to everyone.
    pub fn anonymous() -> Self {
        Self(None)
    }

    /// A user and a token.
    pub fn basic(user: &str, token: &Secret) -> Self {
        Self(Secret::parse(&format!("Basic {}", STANDARD.encode(format!("{user}:{}", token.expose())))).ok())
    }

    /// A token that is its own user.
    pub fn bearer(token: &Secret) -> Self {
        Self(Secret::parse(&format!("Bearer {}", token.expose())).ok())
    }

    pub(crate) fn header(&self) -> Option<&str> {
        self.0.as_ref().map(Secret::expose)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_query_is_encoded_and_joined() {
        let request = Request::get("/a").query("q", r#"title ~ "é+&=/?" "#).query("a b", 2);
        assert_eq!(request.target(), "/a?q=title%20~%20%22%C3%A9%2B%26%3D%2F%3F%22%20&a%20b=2");
        assert_eq!(Request::get("/a?cursor=x").query("limit", 1).target(), "/a?cursor=x&limit=1");
        assert_eq!(Request::get("/a").target(), "/a");
    }

    #[test]
    fn a_posting_read_may_be_repeated_a_posting_write_may_not() {
        assert!(Request::get("/").is_repeatable());
        assert!(Request::put("/").is_repeatable());
        assert!(Request::delete("/").is_repeatable());
        assert!(!Request::post("/").is_repeatable());
        assert!(Request::post("/").reading().is_repeatable());
    }

    #[test]
    fn bodies_are_compact_json_or_encoded_forms() {
        let body = |request: Request| String::from_utf8(request.body.unwrap().1).unwrap();
        assert_eq!(body(Request::put("/").json(&json!({"a": [1, "é"]}))), r#"{"a":[1,"é"]}"#);
        assert_eq!(body(Request::post("/").form(&[("a", "b&c=d e"), ("f", "+é")])), "a=b%26c%3Dd%20e&f=%2B%C3%A9");
    }

    #[test]
    fn credentials_are_headers_and_never_shown() {
        let token = Secret::parse("t0ken").unwrap();
        let basic = Authorization::basic("me@acme.example", &token);
        assert_eq!(basic.header(), Some("Basic bWVAYWNtZS5leGFtcGxlOnQwa2Vu"));
        assert_eq!(Authorization::bearer(&token).header(), Some("Bearer t0ken"));
        assert_eq!(Authorization::anonymous().header(), None);
        assert_eq!(format!("{basic:?}"), "Authorization(Some(***))");
    }
}
