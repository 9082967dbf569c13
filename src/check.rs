//! Checks of everything that linking needs: credentials, scopes, spaces, network. Nothing is written.

mod bitbucket;
mod confluence;
mod needs;
mod step;
mod words;

use std::sync::Arc;

use crate::bitbucket::{Bitbucket, Reading};
use crate::config::Config;
use crate::confluence::Confluence;
use crate::console::Console;
use crate::event::Pipeline;
use crate::http::{self, Failure as Cause, HttpError, Session};
use crate::refusal::Refusal;
use crate::report::{self, CheckRow, Finding};

/// What a check works with.
#[derive(Clone, Copy)]
pub(crate) struct Check<'a> {
    /// What linking is asked for.
    pub config: &'a Config,
    /// Where it runs.
    pub pipeline: &'a Pipeline,
    pub bitbucket: &'a Bitbucket,
    /// How its pull requests are read.
    pub reading: Reading,
    pub confluence: &'a Confluence,
    /// The run's share of the network.
    pub session: &'a Arc<Session>,
}

/// Looks at everything, both services at the same time, in at most four round trips.
pub(crate) fn check(check: Check<'_>) -> Vec<CheckRow> {
    let (confluence, bitbucket) = http::both(|| confluence::look(check), || bitbucket::look(check));
    let mut rows = bitbucket;
    rows.extend(confluence);
    rows.extend(step::look(check));
    rows
}

/// What people read of the rows: how many things are as they should be, whose titles can appear, and each problem.
pub(crate) fn report(rows: &[CheckRow], console: &Console) {
    rows.iter().for_each(|row| console.debug(row.cells()));
    let passed = rows.iter().filter(|row| row.result == Finding::Ok).count();
    console.info(words::passed(passed));
    for row in rows {
        match row.result {
            Finding::Missing | Finding::No | Finding::Failed => console.error(row),
            Finding::Warning => console.warning(row),
            // After a refused credential everything is unknown, so these rows would only repeat it.
            Finding::Unknown if row.details.is_some() => console.warning(row),
            Finding::Note if row.what == confluence::TITLES => console.info(row.details.as_deref().unwrap_or_default()),
            Finding::Ok | Finding::Unknown | Finding::Note => {}
        }
    }
}

/// What came of it, in one sentence.
pub(crate) fn outcome(rows: &[CheckRow]) -> String {
    let count = |finding: fn(Finding) -> bool| rows.iter().filter(|row| finding(row.result)).count();
    words::outcome(count(Finding::is_lacking), count(|finding| finding == Finding::Unknown))
}

/// What the answer to a probe means for an operation, and why.
///
/// A service checks the scope first. So a credential that gets a 404 or a 400 has the scope.
fn finding(refused: Option<&HttpError>) -> (Finding, Option<String>) {
    let Some(error) = refused else { return (Finding::Ok, None) };
    let sentence = || Some(report::Failure::of(error).sentence);
    match Refusal::of(error) {
        Some(Refusal::MissingScope(missing)) => (Finding::Missing, Some(missing.to_string())),
        Some(Refusal::BadCredential(_) | Refusal::Expired(_) | Refusal::Forbidden(..)) => (Finding::Failed, sentence()),
        Some(Refusal::Gone(_)) => (Finding::No, sentence()),
        Some(Refusal::NoPermission(_) | Refusal::NotFound(_)) => (Finding::Ok, None),
        Some(Refusal::NoConfluence | Refusal::NoCloudId) => (Finding::Unknown, sentence()),
        None => match error.failure() {
            Cause::Refused { status: 400 | 405 | 409 | 415 | 422, .. } => (Finding::Ok, None),
            _ => (Finding::Unknown, sentence()),
        },
    }
}

/// The row of a service without which nothing else is known of it. It names the credential only if that is the reason.
fn not_reached(about: &'static str, credential: String, error: &HttpError) -> CheckRow {
    let is_about_credential = match Refusal::of(error) {
        Some(Refusal::Forbidden(..) | Refusal::Gone(_) | Refusal::NoConfluence | Refusal::NoCloudId) | None => false,
        Some(_) => true,
    };
    let what = if is_about_credential { credential } else { words::CONNECTION.to_owned() };
    CheckRow::new(Finding::Failed, about, what).with_details(report::Failure::of(error).sentence)
}

/// A row with details, if there are any.
fn row(about: &'static str, what: &str, scope: Option<&str>, found: (Finding, Option<String>)) -> CheckRow {
    let row = CheckRow::new(found.0, about, what).with_scope(scope);
    match found.1 {
        Some(details) => row.with_details(details),
        None => row,
    }
}
