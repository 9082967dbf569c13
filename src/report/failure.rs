//! A failure: a sentence that says what to do, and its weight for the exit code.

use std::error::Error;

use crate::audit::Why;
use crate::http::{Failure as Cause, HttpError, ServiceName};
use crate::refusal::Refusal;

use super::words;

/// A failure of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub kind: FailureKind,
    /// What failed, why, and what to do.
    pub sentence: String,
    /// The same without the service's own words, for the audit log.
    pub without_words: String,
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
    Budget,
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
    let time = if error.is_out_of_budget() { words::OUT_OF_TIME } else { "" };
    let why = match (error.status(), error.failure()) {
        (Some(status), _) => words::answered(time, status),
        (None, Cause::OutOfBudget { .. }) => time.to_owned(),
        (None, failure) => format!(": {failure}"),
    };
    and_remedy(&format!("{error}{why}"), error)
}

fn with_remedy(error: &HttpError) -> String {
    and_remedy(&sentence(error), error)
}

fn and_remedy(text: &str, error: &HttpError) -> String {
    let remedy = words::remedy(error);
    if remedy.is_empty() { text.to_owned() } else { format!("{}; {remedy}", text.trim_end_matches('.')) }
}
