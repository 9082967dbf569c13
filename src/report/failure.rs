//! A failure: a sentence that says what to do, and its weight for the exit code.

use std::error::Error;
use std::time::Duration;

use crate::audit::Why;
use crate::http::{ConnectionError, Failure as Cause, HttpError, ServiceName};
use crate::refusal::{self, Refusal, Server};

/// A failure of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How much it weighs.
    pub kind: FailureKind,
    /// What failed, why, and what to do.
    pub sentence: String,
    /// The same without the service's own words, for the audit log.
    pub without_words: String,
    /// Whether rate limited.
    pub is_rate_limit: bool,
}

impl From<&Failure> for Why {
    fn from(failure: &Failure) -> Self {
        Self { for_people: failure.sentence.clone(), for_file: failure.without_words.clone() }
    }
}

/// How much a failure weighs, the heaviest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    /// A credential or scope fails for a whole service.
    Credential,
    /// The time was up.
    Budget,
    /// Something else.
    Other,
}

impl Failure {
    /// A failure that is no request's.
    pub fn other(sentence: String) -> Self {
        Self::of_our_own(FailureKind::Other, sentence)
    }

    /// The same for a part of the work that the time did not last for.
    pub fn out_of_time(sentence: String) -> Self {
        Self::of_our_own(FailureKind::Budget, sentence)
    }

    fn of_our_own(kind: FailureKind, sentence: String) -> Self {
        Self { kind, without_words: sentence.clone(), sentence, is_rate_limit: false }
    }

    /// A failed request among others that work.
    pub fn of(error: &HttpError) -> Self {
        let kind = match Refusal::of(error) {
            _ if error.is_out_of_budget() => FailureKind::Budget,
            Some(refusal) if refusal.is_credential_error() => FailureKind::Credential,
            _ => FailureKind::Other,
        };
        // Runs go on without Jira.
        let is_rate_limit = error.status() == Some(429) && error.service() != ServiceName::Jira;
        Self { kind, sentence: with_remedy(error), without_words: without_words(error), is_rate_limit }
    }

    /// A failed request about pages, without the service's words: they could quote a title, and whether that may be
    /// shown is not known before everything about the page was read.
    pub fn of_page(error: &HttpError) -> Self {
        let failure = Self::of(error);
        Self { sentence: failure.without_words.clone(), ..failure }
    }

    /// A failed request without which a whole service is of no use.
    pub fn of_service(error: &HttpError) -> Self {
        let failure = Self::of(error);
        match Refusal::of(error) {
            Some(_) => Self { kind: FailureKind::Credential, ..failure },
            None => failure,
        }
    }
}

/// An error and its causes, from what was being done down to what happened.
pub fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut last = text.rsplit(": ").next().unwrap_or_default().to_lowercase();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // `connection refused: io: Connection refused (os error 111)` says it twice.
        if !words.to_lowercase().contains(&last) {
            text.push_str(": ");
            // Words of ours are whole, and words of services are cut where they are read.
            text.push_str(&if error.is::<Box<Cause>>() { words.clone() } else { shortened(&words) });
            last = words.rsplit(": ").next().unwrap_or_default().to_lowercase();
        }
        cause = error.source();
    }
    text
}

/// Words of a library without its own labels, cut if they are long.
fn shortened(words: &str) -> String {
    const LONGEST: usize = 50;
    let labels = ["io: ", "invalid peer certificate: ", "CONNECT proxy failed: "];
    let words = labels.iter().fold(words, |words, label| words.trim_start_matches(label));
    match words.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words.to_owned(),
    }
}

fn without_words(error: &HttpError) -> String {
    let time = if error.is_out_of_budget() { ": out of time" } else { "" };
    let why = match (error.status(), error.failure()) {
        (Some(status), _) => format!("{time}: answered {status}"),
        (None, Cause::OutOfBudget { .. }) => time.to_owned(),
        (None, failure) => format!(": {failure}"),
    };
    and_remedy(&format!("{error}{why}"), error)
}

fn with_remedy(error: &HttpError) -> String {
    and_remedy(&sentence(error), error)
}

fn and_remedy(text: &str, error: &HttpError) -> String {
    let remedy = remedy(error);
    if remedy.is_empty() { text.to_owned() } else { format!("{}; {remedy}", text.trim_end_matches('.')) }
}

fn remedy(error: &HttpError) -> String {
    let remedy = match error.failure() {
        Cause::OutOfBudget { .. } => "raise TIMEOUT_SECONDS, or rerun the step",
        Cause::Redirected { repository: Some(name), .. } => {
            return format!("the repository moved to {name}: start a new pipeline there");
        }
        Cause::Lost {
            how:
                ConnectionError::Resolve
                | ConnectionError::Refused
                | ConnectionError::Unreachable
                | ConnectionError::ConnectTimeout,
            ..
        } => {
            return out_of_reach(error);
        }
        Cause::Lost { how: ConnectionError::Untrusted, .. } => {
            "if a proxy or firewall inspects TLS, set CA_CERTIFICATE to its certificate authority"
        }
        Cause::Lost { how: ConnectionError::WrongHost, .. } => return another_host(error),
        Cause::Lost { how: ConnectionError::Certificate, .. } => {
            "replace the server's or the proxy's certificate; CA_CERTIFICATE can't fix it"
        }
        Cause::Lost { how: ConnectionError::Proxy, .. } => "check HTTPS_PROXY, or add the host to NO_PROXY",
        Cause::Lost { how: ConnectionError::ProxyLogin, .. } => "check the login in HTTPS_PROXY, percent-encoded",
        Cause::NotJson { .. } | Cause::Redirected { .. } => return out_of_reach(error),
        Cause::WrongShape { .. } => "please report it as a bug",
        Cause::NotYet { .. } => "rerun the step in a few minutes",
        Cause::Refused { status: 429 | 503, retry_after: Some(wait), .. } if *wait > Duration::ZERO => {
            return try_again(error.status(), *wait);
        }
        Cause::Refused { status: 429, .. } => "rate limited, try again later",
        Cause::Refused { .. } | Cause::Anonymous { .. } => {
            return Refusal::of(error).map(|refusal| refusal.to_string()).unwrap_or_default();
        }
        _ => "",
    };
    remedy.to_owned()
}

/// When the service wants to be asked again, rounded up.
fn try_again(status: Option<u16>, wait: Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let (count, unit) = match seconds {
        0..=90 => (seconds, "second"),
        91..=7_200 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3_600), "hour"),
    };
    let why = if status == Some(429) { "rate limited, " } else { "" };
    format!("{why}try again in {count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The variable that says where a request goes. Only the site has no default, so of the others the place is told too.
fn place(error: &HttpError) -> Option<String> {
    let variable = match error.service() {
        ServiceName::Confluence | ServiceName::Jira => match refusal::server(error.path()) {
            Server::Gateway => "ATLASSIAN_GATEWAY_URL",
            Server::Site | Server::Bitbucket | Server::Login => return Some("CONFLUENCE_BASE_URL".to_owned()),
        },
        ServiceName::Login => "ATLASSIAN_AUTH_URL",
        ServiceName::Bitbucket => "BITBUCKET_API_URL",
        ServiceName::AuthProxy => return None,
    };
    Some(format!("{variable} ({})", error.origin()))
}

fn out_of_reach(error: &HttpError) -> String {
    match place(error) {
        Some(place) => format!("check {place}, and that this step can reach it"),
        None => "only Bitbucket Pipelines has this proxy: set a Bitbucket credential, or PULL_REQUEST_OUTPUT to `none`"
            .to_owned(),
    }
}

fn another_host(error: &HttpError) -> String {
    let place = place(error).unwrap_or_else(|| "BITBUCKET_AUTH_PROXY".to_owned());
    format!("check the host in {place}")
}
