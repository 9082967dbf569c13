//! Requests and answers, and the refusals of a handler.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// Which listener a request came to. Each is an origin of its own, so a credential that goes to the wrong one is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// `api.bitbucket.org`.
    Bitbucket,
    /// The site, `acme.atlassian.net`.
    Confluence,
    /// `api.atlassian.com`: Confluence below `/ex/confluence/{cloudId}`.
    Gateway,
    /// `auth.atlassian.com`.
    Auth,
    /// The forward proxy next to a pipeline step, which puts the step's own credential on plain HTTP requests.
    Proxy,
}

/// One request as it was received.
#[derive(Clone, Debug)]
pub struct Request {
    /// The origin it came to.
    pub service: Service,
    /// `GET`, `POST`, …
    pub method: String,
    /// What the request line names, as sent.
    pub target: String,
    /// The path as sent, still percent-encoded, without the query.
    pub path: String,
    /// The decoded pairs of the query, in order.
    pub query: Vec<(String, String)>,
    /// All headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, chunks put together.
    pub body: Vec<u8>,
}

impl Request {
    /// Makes a request from the parts that the wire gives. The target may be absolute, as a proxy receives it.
    pub fn new(service: Service, method: &str, target: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let origin_form = match target.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => target,
        };
        let (path, query) = origin_form.split_once('?').unwrap_or((origin_form, ""));
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let (target, path) = (target.to_owned(), path.to_owned());
        Self { service, method: method.to_owned(), target, path, query, headers, body }
    }

    /// The first header of this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The decoded segments of the path.
    pub fn segments(&self) -> Vec<String> {
        let parts = self.path.trim_start_matches('/').split('/');
        parts.map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect()
    }

    /// The last value of this query parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of this query parameter, lists with commas taken apart.
    pub fn params(&self, name: &str) -> Vec<&str> {
        let values = self.query.iter().filter(|(key, _)| key == name);
        values.flat_map(|(_, value)| value.split(',')).filter(|value| !value.is_empty()).collect()
    }

    /// Whether it only reads. Two of Confluence's reading operations are POST requests; so is asking for an access
    /// token.
    pub fn is_reading(&self) -> bool {
        let reading_post = ["/content/convert-ids-to-types", "/permission/check", "/oauth/token"];
        self.method == "GET"
            || self.method == "HEAD"
            || (self.method == "POST" && reading_post.iter().any(|end| self.path.ends_with(end)))
    }

    /// Refuses query parameters that the operation does not have: the real services ignore a misspelt one, and the
    /// mistake would not be seen.
    pub fn only_params(&self, known: &[&str]) -> Result<(), Refusal> {
        match self.query.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            Some((key, _)) => Err(Refusal::bad(format!("unknown query parameter {key}"))),
            None => Ok(()),
        }
    }

    /// A body that must be JSON.
    pub fn json(&self) -> Result<Value, Refusal> {
        let content_type = self.header("content-type").unwrap_or_default();
        if content_type.split(';').next().map(str::trim) != Some("application/json") {
            return Err(Refusal::Unexpected { status: 415, why: format!("content type {content_type:?}, not JSON") });
        }
        serde_json::from_slice(&self.body).map_err(|error| Refusal::bad(format!("body is not JSON: {error}")))
    }

    /// A body that must be a JSON object with no other members than these.
    pub fn object(&self, known: &[&str]) -> Result<Map<String, Value>, Refusal> {
        only_members(&self.json()?, known)
    }
}

/// The members of an object that may have no others than these.
pub fn only_members(value: &Value, known: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let object = value.as_object().ok_or_else(|| Refusal::bad("an object was expected"))?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(Refusal::bad(format!("unknown member {key}"))),
        None => Ok(object.clone()),
    }
}

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Headers besides those the server sets itself.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer of JSON.
    pub fn json(status: u16, value: &Value) -> Self {
        Self { status, headers: vec![], body: value.to_string().into_bytes() }
            .with("Content-Type", "application/json;charset=UTF-8")
    }

    /// An answer of HTML, as proxies and error pages give.
    pub fn html(status: u16, body: &str) -> Self {
        Self { status, headers: vec![], body: body.as_bytes().to_vec() }
            .with("Content-Type", "text/html; charset=utf-8")
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: vec![], body: vec![] }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Why a handler does not answer as asked.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// What the service itself would say.
    Answer(Response),
    /// A request the documents do not know: answered in the service's error shape, and written down for the tests.
    Unexpected {
        /// The status of the answer.
        status: u16,
        /// What is wrong with it.
        why: String,
    },
}

impl Refusal {
    /// An unexpected request, answered with 400.
    pub fn bad(why: impl Into<String>) -> Self {
        Self::Unexpected { status: 400, why: why.into() }
    }

    /// An unknown path or method, answered with 404.
    pub fn no_such_path() -> Self {
        Self::Unexpected { status: 404, why: "no such path or method".to_owned() }
    }
}

impl From<Response> for Refusal {
    fn from(response: Response) -> Self {
        Self::Answer(response)
    }
}

/// What a handler gives back.
pub type Answer = Result<Response, Refusal>;

/// A request as it was received and how it was answered, for tests to look at.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The how-many-eth request of the run, from 1, over all services: what [`super::Fault::at_request`] counts.
    pub number: usize,
    /// The request.
    pub request: Request,
    /// The status of the answer; none when the connection was broken before there was one.
    pub status: Option<u16>,
    /// The fake's own time.
    pub at: jiff::Timestamp,
    /// Real time since the fake was started: how long a client waited.
    pub since_start: std::time::Duration,
    /// The same when the answer was about to leave; none when there was no answer.
    pub answered: Option<std::time::Duration>,
}

impl Recorded {
    /// The `Authorization` header as sent.
    pub fn authorization(&self) -> Option<&str> {
        self.request.header("authorization")
    }

    /// `GET /2.0/user?x=y`, for readable assertions.
    pub fn line(&self) -> String {
        let pairs: Vec<String> = self.request.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        format!("{} {}{mark}{}", self.request.method, self.request.path, pairs.join("&"))
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.request.body).unwrap_or(Value::Null)
    }
}
