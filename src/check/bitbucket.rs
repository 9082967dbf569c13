//! The rights of this step in Bitbucket, and its account.

use crate::bitbucket::{Probe, Reading};
use crate::event::Event;
use crate::http::{self, ErrorDetail, HttpError};
use crate::ids::PullRequestId;
use crate::plan::Output;
use crate::refusal::scopes::Kind;
use crate::refusal::{MissingScope, Refusal};
use crate::report::{self, CheckRow, Finding};
use crate::surface;
use crate::words::cut;

use super::needs::{self, Repository};
use super::{Check, finding, not_reached, row, words};

const ABOUT: &str = "Bitbucket";

/// The rows about Bitbucket; one round trip.
pub(super) fn look(check: Check<'_>) -> Vec<CheckRow> {
    match &check.config.bitbucket.credential {
        Some(credential) => with_credential(check, credential.variable, credential.kind),
        None => without(check),
    }
}

/// What was asked and what came of it; `None` was not asked.
struct Answers {
    pull_requests: Result<(), HttpError>,
    comments: Option<Result<(), HttpError>>,
    report: Option<Result<(), HttpError>>,
    who: Result<Option<String>, HttpError>,
}

impl Answers {
    /// What an answer said of the scopes that were granted. Those of one are those of all.
    fn granted(&self) -> Option<&[String]> {
        let asked = [Some(&self.pull_requests), self.comments.as_ref(), self.report.as_ref()];
        let errors = asked.into_iter().flatten().filter_map(|answer| answer.as_ref().err());
        errors.chain(self.who.as_ref().err()).find_map(|error| match error.detail() {
            Some(ErrorDetail::Scopes { granted, .. }) if !granted.is_empty() => Some(granted.as_slice()),
            _ => None,
        })
    }
}

fn with_credential(check: Check<'_>, variable: &'static str, kind: Kind) -> Vec<CheckRow> {
    let outputs = check.config.outputs;
    let subject = pull_request(check).filter(|_| outputs.comment == Output::On);
    let comments = || subject.map(|id| check.bitbucket.probe(Probe::Comments(id)));
    let (pull_requests, (comments, (report, who))) = http::both(
        || check.bitbucket.probe(Probe::PullRequests),
        || http::both(comments, || http::both(|| report(check), || check.bitbucket.who())),
    );
    let answers = Answers { pull_requests, comments, report, who };
    let what = words::credential(variable);
    let mut rows = vec![credential(check, what, &answers, kind)];
    let taken = rows.iter().all(|row| !row.result.is_lacking());
    for need in needs::of_bitbucket(outputs) {
        let scope = need.scope(kind);
        let found = if taken { operation(need, &answers, kind) } else { (Finding::Unknown, None) };
        rows.push(row(ABOUT, need.what(), scope, found));
    }
    let (own, other) = (smallest(kind, check), smallest(other(kind), check));
    rows.push(
        CheckRow::new(Finding::Note, ABOUT, words::SMALLEST_SCOPES).with_details(format_args!("{own}, or {other}")),
    );
    rows
}

/// Bitbucket says nothing good or bad of a credential but by what it refuses.
fn credential(check: Check<'_>, what: String, answers: &Answers, kind: Kind) -> CheckRow {
    let base = &check.config.bitbucket.base;
    if let Err(error) = &answers.pull_requests
        && !matches!(Refusal::of(error), Some(Refusal::MissingScope(_)))
    {
        return not_reached(ABOUT, what, error);
    }
    let who = match (&answers.who, kind) {
        (Ok(Some(name)), _) => cut(name),
        (_, Kind::AccessToken) => words::UNKNOWN_ACCOUNT.to_owned(),
        (_, Kind::ApiToken | Kind::Confluence) => words::UNKNOWN_PERSON.to_owned(),
    };
    CheckRow::new(Finding::Ok, ABOUT, what).with_details(format_args!("at {base}, as {who}"))
}

fn operation(need: Repository, answers: &Answers, kind: Kind) -> (Finding, Option<String>) {
    let asked = match need {
        Repository::PullRequests => Some(&answers.pull_requests),
        // The same scope as the list of pull requests, where there is none to ask about.
        Repository::Comments => Some(answers.comments.as_ref().unwrap_or(&answers.pull_requests)),
        Repository::Reports => answers.report.as_ref(),
    };
    let not_asked = words::NO_COMMIT.to_owned();
    let found = asked.map_or((Finding::Unknown, Some(not_asked)), |answer| finding(answer.as_ref().err()));
    let refused =
        matches!(asked.and_then(|answer| answer.as_ref().err()).and_then(Refusal::of), Some(Refusal::NoPermission(_)));
    match (found.0, need.scope(kind).zip(answers.granted())) {
        _ if refused => {
            (Finding::No, asked.and_then(|answer| Some(report::Failure::of(answer.as_ref().err()?).sentence)))
        }
        (Finding::Unknown, Some((scope, granted))) if needs::holds(kind, granted, scope) => (Finding::Ok, None),
        (Finding::Unknown, Some((scope, _))) => {
            (Finding::Missing, Some(MissingScope::Named(vec![scope.to_owned()]).to_string()))
        }
        _ => found,
    }
}

fn without(check: Check<'_>) -> Vec<CheckRow> {
    let (pull_requests, report) = http::both(
        || (check.reading == Reading::Anonymous).then(|| check.bitbucket.probe(Probe::PullRequests)),
        || report(check),
    );
    let none = CheckRow::new(Finding::Warning, ABOUT, words::NO_CREDENTIAL);
    let mut rows = vec![match check.reading {
        Reading::Anonymous | Reading::WithCredential => none.with_details(words::ANONYMOUS),
        Reading::FromEnvironment => none.with_details(words::BRANCH_NAME_ONLY),
    }];
    if let Some(answer) = pull_requests {
        let found = match &answer {
            Ok(()) => (Finding::Ok, None),
            // The run goes on with what the variables say.
            Err(error) => (Finding::Unknown, Some(report::Failure::of(error).sentence)),
        };
        rows.push(row(ABOUT, words::ANONYMOUS_READING, None, found));
    }
    if let Some(answer) = report {
        let found = match &answer {
            Ok(()) => (Finding::Ok, None),
            // A report never fails a step.
            Err(error) => (Finding::Unknown, Some(report::Failure::of(error).sentence)),
        };
        rows.push(row(ABOUT, words::PROXIED_REPORTS, None, found));
    }
    let scopes = [Kind::AccessToken, Kind::ApiToken].map(|kind| smallest(kind, check));
    rows.push(CheckRow::new(Finding::Note, ABOUT, words::SMALLEST_SCOPES).with_details(scopes.join(", or ")));
    rows
}

fn pull_request(check: Check<'_>) -> Option<PullRequestId> {
    match check.pipeline.event {
        Event::PullRequest(id) => Some(id),
        Event::Branch(_) | Event::Tag(_) | Event::Commit => None,
    }
}

fn report(check: Check<'_>) -> Option<Result<(), HttpError>> {
    let commit = check.pipeline.commit.as_ref().filter(|_| check.config.outputs.report == Output::On)?;
    // Without a pull request of its own any will do: it is the scope that is looked for.
    let pull_request = pull_request(check).or(PullRequestId::new(1))?;
    let id = format!("{}-{pull_request}-check", surface::PRODUCT);
    Some(check.bitbucket.report(commit, &id).map(drop))
}

fn other(kind: Kind) -> Kind {
    match kind {
        Kind::AccessToken | Kind::Confluence => Kind::ApiToken,
        Kind::ApiToken => Kind::AccessToken,
    }
}

fn smallest(kind: Kind, check: Check<'_>) -> String {
    let scopes: Vec<&str> = needs::smallest(kind, check.config.outputs).into_iter().collect();
    match kind {
        Kind::AccessToken => words::access_token(&scopes.join(" ")),
        Kind::ApiToken | Kind::Confluence => words::api_token(&scopes.join(" ")),
    }
}
