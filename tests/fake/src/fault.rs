//! Faults: which request fails, and how.

use serde_json::{Value, json};

use super::message::{Request, Response, Service};
use super::{bitbucket, confluence, wire};

/// One thing that goes wrong. Every condition that is given must hold.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Only at this origin.
    pub service: Option<Service>,
    /// Only this method.
    pub method: Option<String>,
    /// Only when the path (with its query) holds this.
    pub path_contains: Option<String>,
    /// Only writes (see [`Request::is_reading`]).
    pub writes_only: bool,
    /// Only the request of this number, counted from the start of the fake over all origins, from 1.
    pub number: Option<usize>,
    /// Let this many matching requests pass first.
    pub skip: usize,
    /// How many times it happens after that; `None` is every time.
    pub times: Option<usize>,
    /// What happens.
    pub kind: FaultKind,
}

/// How a request goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// The connection is closed with nothing read (the client sees a reset).
    Refuse,
    /// The request is read, nothing is done, the connection is reset.
    ResetBefore,
    /// The service acts, then the connection is reset before the answer.
    ResetAfter,
    /// The service acts and answers, and closes the connection without having said so: a client that has pooled it
    /// finds out with its next request.
    CloseAfter,
    /// Nothing is done; this is the answer, one that the service might give: it is held against Atlassian's documents.
    Answer(Response),
    /// Nothing is done; this is the answer, one that the service never gives, on purpose.
    Malformed(Response),
    /// Nothing is done; the answer is an error in the shape of the API that was asked.
    Refused {
        /// Its status.
        status: u16,
        /// What it says.
        message: String,
        /// How long to wait, if it says so.
        retry_after: Option<String>,
    },
    /// The service acts; this is the answer all the same (a gateway that lost patience), one that the service might give.
    ActThenAnswer(Response),
    /// Nothing is done; the answer is 200 and a page that asks to log in.
    LoginPage,
    /// The service acts; every character of the answer's strings is written as `\u0041`, which JSON allows.
    Spelled,
    /// The service acts; each U+FFFD of the answer's strings arrives as half of a surrogate pair, which is no character.
    HalfPairs,
    /// The service acts; one value of the answer's JSON is another one. Two bytes say which, the others are the new value.
    Altered(Vec<u8>),
    /// The service acts; half of the answer arrives, then the connection ends.
    Truncated,
    /// Nothing is done; the body never ends (until the client hangs up, or 64 MiB).
    Endless,
    /// The service acts; the answer comes one byte a second.
    Trickle,
    /// Nothing is done and nothing is said until the client hangs up.
    Silence,
}

impl FaultKind {
    /// An answer of this status with the usual JSON or HTML of a proxy in front of the services.
    pub fn status(status: u16) -> Self {
        let body = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>");
        Self::Answer(Response::html(status, &body))
    }

    /// An answer of JSON, as the service itself might give it.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::Answer(Response::json(status, body))
    }

    /// An answer of JSON that the service never gives.
    pub fn malformed(status: u16, body: &Value) -> Self {
        Self::Malformed(Response::json(status, body))
    }

    /// An error of this status, in the shape of the API that was asked.
    pub fn refused(status: u16) -> Self {
        Self::refused_with(status, "no")
    }

    /// The same in these words.
    pub fn refused_with(status: u16, message: &str) -> Self {
        Self::Refused { status, message: message.to_owned(), retry_after: None }
    }

    /// 429 that says how long to wait, in seconds or as an HTTP date.
    pub fn too_many_requests(retry_after: &str) -> Self {
        let message = "Rate limit for this resource has been exceeded".to_owned();
        Self::Refused { status: 429, message, retry_after: Some(retry_after.to_owned()) }
    }

    /// 410, as the gateway answers for an operation that Atlassian has removed (measured in 2026 for others of v1).
    pub fn removed() -> Self {
        Self::Answer(crate::confluence::removed())
    }

    /// 503 that says how long to wait.
    pub fn unavailable(retry_after: &str) -> Self {
        Self::Answer(Response::html(503, "<h1>Service Unavailable</h1>").with("Retry-After", retry_after))
    }

    /// Whether what is said in place of the service's own answer is one that the service might give.
    pub fn might_be_the_services(&self) -> bool {
        match self {
            Self::Answer(_) | Self::Refused { .. } | Self::ActThenAnswer(_) => true,
            Self::Refuse
            | Self::ResetBefore
            | Self::ResetAfter
            | Self::CloseAfter
            | Self::Malformed(_)
            | Self::LoginPage
            | Self::Spelled
            | Self::HalfPairs
            | Self::Altered(_)
            | Self::Truncated
            | Self::Endless
            | Self::Trickle
            | Self::Silence => false,
        }
    }

    /// The service's own answer as it arrives.
    pub fn rewritten(&self, body: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Spelled => wire::spelled(&body),
            Self::HalfPairs => wire::with_half_pairs(&body),
            Self::Altered(bytes) => wire::altered(&body, bytes),
            _ => body,
        }
    }

    /// What is said when the service does not act at all.
    pub fn instead_of_acting(&self, request: &Request) -> Option<Response> {
        match self {
            Self::Answer(response) | Self::Malformed(response) => Some(response.clone()),
            Self::Refused { status, message, retry_after } => {
                let response = error(request, *status, message);
                Some(retry_after.iter().fold(response, |response, value| response.with("Retry-After", value)))
            }
            Self::ResetBefore | Self::Silence | Self::Endless => Some(Response::json(200, &json!({}))),
            Self::LoginPage => Some(Response::html(200, "<html><title>Log in - Atlassian</title></html>")),
            Self::Refuse
            | Self::ResetAfter
            | Self::CloseAfter
            | Self::ActThenAnswer(_)
            | Self::Spelled
            | Self::HalfPairs
            | Self::Altered(_)
            | Self::Truncated
            | Self::Trickle => None,
        }
    }
}

/// An error in the shape of the API that was asked.
pub fn error(request: &Request, status: u16, message: &str) -> Response {
    match request.service {
        Service::Bitbucket | Service::Proxy => bitbucket::error(status, message),
        Service::Confluence | Service::Gateway | Service::Auth => confluence::error(request, status, message),
    }
}

impl Fault {
    /// This goes wrong once, at the next request.
    pub fn once(kind: FaultKind) -> Self {
        let any = Self::always(kind);
        Self { times: Some(1), ..any }
    }

    /// This goes wrong every time.
    pub fn always(kind: FaultKind) -> Self {
        let (service, method, path_contains, number) = (None, None, None, None);
        Self { service, method, path_contains, writes_only: false, number, skip: 0, times: None, kind }
    }

    /// This goes wrong at the `number`th request of the run, from 1, whichever it is: for a sweep.
    pub fn at_request(number: usize, kind: FaultKind) -> Self {
        Self { number: Some(number), ..Self::once(kind) }
    }

    /// Only at this origin.
    #[must_use]
    pub fn at(self, service: Service) -> Self {
        Self { service: Some(service), ..self }
    }

    /// Only this method.
    #[must_use]
    pub fn method(self, method: &str) -> Self {
        Self { method: Some(method.to_owned()), ..self }
    }

    /// Only when the path, with its query as sent, holds this.
    #[must_use]
    pub fn path(self, part: &str) -> Self {
        Self { path_contains: Some(part.to_owned()), ..self }
    }

    /// Only writes.
    #[must_use]
    pub fn writes(self) -> Self {
        Self { writes_only: true, ..self }
    }

    /// The `nth` match, from 1, instead of the first.
    #[must_use]
    pub fn nth(self, nth: usize) -> Self {
        Self { skip: nth.saturating_sub(1), ..self }
    }

    fn matches(&self, request: &Request, number: usize) -> bool {
        let pairs: Vec<String> = request.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let target = format!("{}?{}", request.path, pairs.join("&"));
        self.times != Some(0)
            && self.service.is_none_or(|service| service == request.service)
            && self.method.as_ref().is_none_or(|method| *method == request.method)
            && self.path_contains.as_ref().is_none_or(|part| target.contains(part))
            && (!self.writes_only || !request.is_reading())
            && self.number.is_none_or(|wanted| wanted == number)
    }
}

/// The fault of this request, if any, and counts it.
pub fn strike(faults: &mut [Fault], request: &Request, number: usize) -> Option<FaultKind> {
    for fault in faults {
        if !fault.matches(request, number) {
            continue;
        }
        if fault.skip > 0 {
            fault.skip -= 1;
            continue;
        }
        fault.times = fault.times.map(|times| times - 1);
        return Some(fault.kind.clone());
    }
    None
}
