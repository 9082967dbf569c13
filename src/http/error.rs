//! Failures of requests, with everything that is known about them.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::base::Base;
use super::connection_error::ConnectionError;
use super::explain::ErrorDetail;
use super::request::{Effect, Method, Request, ServiceName};

/// A request that did not end in a usable answer. Names service, method and path, never the query; why is the source.
#[derive(Debug, thiserror::Error)]
#[error("{about}{}", tries(*.attempts))]
pub struct HttpError {
    about: Box<About>,
    attempts: u32,
    request_id: Option<String>,
    /// Whether an earlier try may have written what was asked, so that the last one's refusal may come of that.
    unclear: bool,
    #[source]
    failure: Box<Failure>,
}

/// Which request an answer or an error belongs to.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) service: ServiceName,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) effect: Effect,
    pub(crate) origin: String,
}

impl About {
    pub(crate) fn new(service: ServiceName, base: &Base, request: &Request) -> Self {
        let path = format!("{}{}", base.prefix(), request.path.without_query());
        let origin = base.origin().to_owned();
        Self { service, method: request.method, path, effect: request.effect, origin }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{} {}` to {} failed", self.method, self.path, self.service)
    }
}

fn tries(attempts: u32) -> String {
    if attempts > 1 { format!(" after {attempts} tries") } else { String::new() }
}

impl HttpError {
    pub(crate) fn new(about: About, attempts: u32, request_id: Option<String>, failure: Failure) -> Self {
        Self { about: Box::new(about), attempts, request_id, unclear: false, failure: Box::new(failure) }
    }

    /// The same after tries of which one may have written.
    pub(crate) fn after_unclear(self, unclear: bool) -> Self {
        Self { unclear, ..self }
    }

    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// The service that was asked.
    pub fn service(&self) -> ServiceName {
        self.about.service
    }

    /// The method of the request.
    pub fn method(&self) -> Method {
        self.about.method
    }

    /// Its path with the base's prefix, without its query.
    pub fn path(&self) -> &str {
        &self.about.path
    }

    /// Scheme, host and port of the place that was asked.
    pub fn origin(&self) -> &str {
        &self.about.origin
    }

    /// How often it was sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The service's name for the last answer, for a support request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The status of the last answer, when there was one with a status that is a refusal.
    pub fn status(&self) -> Option<u16> {
        self.failure.status()
    }

    /// What the last refusal means to a program.
    pub fn detail(&self) -> Option<&ErrorDetail> {
        self.failure.detail()
    }

    /// Whether it is Confluence's v2 answer to a bad credential, which is also one to what is not there: a 404 that
    /// names nothing.
    pub fn is_bare_not_found(&self) -> bool {
        self.status() == Some(404) && matches!(self.detail(), Some(ErrorDetail::V2 { title }) if title == "Not Found")
    }

    /// Whether this was a write that may have happened nevertheless: look before doing it again.
    pub fn is_ambiguous(&self) -> bool {
        self.unclear || (self.about.effect == Effect::Writes && self.failure.may_have_happened())
    }

    /// Whether the run's time budget ended it.
    pub fn is_out_of_budget(&self) -> bool {
        matches!(*self.failure, Failure::OutOfBudget { .. })
    }
}

/// Why a request did not end in a usable answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The service answered, and refused.
    #[error("{}{}", status_line(*.status), .explained.as_ref().map(|words| format!(": {words}")).unwrap_or_default())]
    Refused {
        /// The status, 4xx or 5xx.
        status: u16,
        /// The service's own words, one line.
        explained: Option<String>,
        /// What they mean to a program.
        detail: ErrorDetail,
        /// When the service wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// The service sends elsewhere, where the credential must not go.
    #[error("answered {status}, a redirect{}", .to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default())]
    Redirected {
        /// The status, 3xx.
        status: u16,
        /// Scheme, host and port of the other place.
        to: Option<String>,
        /// The other repository that the other path names.
        repository: Option<String>,
    },
    /// All went well, but for a visitor without an account: the service ignored the credential.
    #[error("answered {status} as if without a credential")]
    Anonymous { status: u16 },
    /// The service still prepares the answer to a read.
    #[error("answered {status}: the response isn't ready yet")]
    NotYet {
        /// The status, 202.
        status: u16,
    },
    /// There was no answer, or not all of it.
    #[error("{how}")]
    Lost {
        /// What happened to the connection.
        how: ConnectionError,
        source: Box<dyn Error + Send + Sync>,
    },
    /// The answer is longer than any that is expected.
    #[error("the response is longer than {limit} bytes")]
    TooLong {
        /// What is read at most.
        limit: u64,
    },
    /// The answer reports success, and is not JSON.
    #[error("answered {status} with {shape} instead of JSON")]
    NotJson {
        /// The status, 2xx.
        status: u16,
        /// What it is instead.
        shape: &'static str,
    },
    /// The answer is JSON of another shape. The library's message is left out: it quotes values.
    #[error("answered {status} with JSON that isn't {expected} (line {line}, column {column})")]
    WrongShape {
        /// The status, 2xx.
        status: u16,
        expected: &'static str,
        /// Where the shapes part.
        line: usize,
        /// Where the shapes part.
        column: usize,
    },
    /// The run's time ended before an answer, or a wait would not have fitted in.
    #[error("out of time")]
    OutOfBudget {
        /// What happened at the last try, when there was one.
        #[source]
        last: Option<Box<Failure>>,
    },
    /// Nothing was sent: the request cannot be written down, or a list has no end that may be read.
    #[error("{0}")]
    NotSent(Cow<'static, str>),
}

impl Failure {
    /// The run's time ended. A service that limits requests is the reason, when it does.
    pub(crate) fn out_of_budget(last: Option<Self>) -> Self {
        match last {
            Some(limited) if limited.status() == Some(429) => limited,
            last => Self::OutOfBudget { last: last.map(Box::new) },
        }
    }

    /// The request was not sent, because another one stayed rate limited.
    pub(crate) fn rate_limited() -> Self {
        Self::Refused { status: 429, explained: None, detail: ErrorDetail::Other, retry_after: None }
    }

    /// What went wrong without the service's own words, which may quote what not everybody may read.
    pub fn without_words(&self) -> String {
        match self {
            Self::Refused { status, .. } => status_line(*status),
            other => other.to_string(),
        }
    }

    /// The status of the last refusal, when the service answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Redirected { status, .. } => Some(*status),
            Self::OutOfBudget { last: Some(last) } => last.status(),
            _ => None,
        }
    }

    pub(crate) fn detail(&self) -> Option<&ErrorDetail> {
        match self {
            Self::Refused { detail, .. } => Some(detail),
            Self::OutOfBudget { last: Some(last) } => last.detail(),
            _ => None,
        }
    }

    /// Whether a service that was sent a write and then behaved like this may have done it.
    pub(crate) fn may_have_happened(&self) -> bool {
        match self {
            // A 503 that names a time is a service that turned the request away before it was read.
            Self::Refused { status: 503, retry_after: Some(_), .. } => false,
            Self::Refused { status, .. } => *status >= 500 || *status == 408,
            Self::Lost { how, .. } => how.after_sending(),
            Self::TooLong { .. } | Self::NotJson { .. } | Self::WrongShape { .. } => true,
            Self::Anonymous { status } | Self::NotYet { status } => *status < 300,
            Self::OutOfBudget { last } => last.as_ref().is_some_and(|last| last.may_have_happened()),
            Self::Redirected { .. } | Self::NotSent(_) => false,
        }
    }
}

fn status_line(status: u16) -> String {
    let reason = ureq::http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    reason.map_or_else(|| format!("answered {status}"), |reason| format!("answered {status} {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, retry_after: Option<Duration>) -> Failure {
        Failure::Refused { status, explained: None, detail: ErrorDetail::Other, retry_after }
    }

    fn lost(how: ConnectionError) -> Failure {
        Failure::Lost { how, source: "io: Peer disconnected".into() }
    }

    fn error(effect: Effect, attempts: u32, failure: Failure) -> HttpError {
        let base = Base::parse("https://api.example/2.0").unwrap();
        let about = About { effect, ..About::new(ServiceName::Bitbucket, &base, &Request::post("/a")) };
        HttpError::new(about, attempts, None, failure)
    }

    #[test]
    fn the_chain_says_what_was_done_and_then_why() {
        let explained = Some("Try later".to_owned());
        let failure = Failure::Refused { status: 502, explained, detail: ErrorDetail::Other, retry_after: None };
        let error = error(Effect::Writes, 4, Failure::OutOfBudget { last: Some(Box::new(failure)) });
        let mut chain = vec![error.to_string()];
        let mut cause = error.source();
        while let Some(error) = cause {
            chain.push(error.to_string());
            cause = error.source();
        }
        let expected =
            ["`POST /2.0/a` to Bitbucket failed after 4 tries", "out of time", "answered 502 Bad Gateway: Try later"];
        assert_eq!(chain, expected);
        assert_eq!(error.status(), Some(502));
        assert_eq!(Failure::out_of_budget(Some(refused(429, None))).status(), Some(429));
        assert!(matches!(Failure::out_of_budget(Some(refused(500, None))), Failure::OutOfBudget { last: Some(_) }));
        assert_eq!(refused(599, None).to_string(), "answered 599");
    }

    #[test]
    fn a_write_is_in_doubt_when_it_may_have_happened() {
        let out = |last| Failure::OutOfBudget { last: Some(Box::new(last)) };
        let table = [
            (refused(400, None), false),
            (refused(409, None), false),
            (refused(429, None), false),
            (refused(500, None), true),
            (refused(502, Some(Duration::ZERO)), true),
            (refused(503, None), true),
            (refused(503, Some(Duration::from_secs(1))), false),
            (refused(408, None), true),
            (refused(425, None), false),
            (refused(555, None), true),
            (Failure::Redirected { status: 302, to: None, repository: None }, false),
            (Failure::Anonymous { status: 201 }, true),
            (Failure::TooLong { limit: 1 }, true),
            (Failure::NotJson { status: 200, shape: "an HTML page" }, true),
            (Failure::WrongShape { status: 201, expected: "a comment", line: 1, column: 2 }, true),
            (Failure::OutOfBudget { last: None }, false),
            (out(refused(429, None)), false),
            (out(lost(ConnectionError::TimedOut)), true),
            (Failure::NotSent("".into()), false),
        ];
        use ConnectionError::{
            Certificate, ConnectTimeout, Proxy, ProxyLogin, Refused, Resolve, Unreachable, Untrusted, WrongHost,
        };
        let unsent =
            [Resolve, Refused, ConnectTimeout, Untrusted, WrongHost, Certificate, Proxy, ProxyLogin, Unreachable];
        let losses = unsent.map(|how| (lost(how), false)).into_iter();
        let losses = losses.chain(
            [ConnectionError::Tls, ConnectionError::Dropped, ConnectionError::TimedOut, ConnectionError::Garbled]
                .map(|how| (lost(how), true)),
        );
        for (failure, is_ambiguous) in table.into_iter().chain(losses) {
            let error = error(Effect::Writes, 1, failure);
            assert_eq!(error.is_ambiguous(), is_ambiguous, "{error:?}");
        }
        assert!(!error(Effect::Reads, 1, lost(ConnectionError::Dropped)).is_ambiguous());
    }
}
