//! The last line of the log, and what to do about a failed request.

use std::time::Duration;

use crate::http::{ConnectionError, Counts, Failure as Cause, HttpError, ServiceName};
use crate::refusal::{self, Refusal, Server};

use super::{Failure, FailureKind, PageEntry, PageResult, SubjectEntry};

/// One sentence with a URL: what came of the run.
pub fn outcome(subjects: &[&SubjectEntry], pages: &[&PageEntry], failures: &[Failure]) -> String {
    let Some(first) = subjects.first() else {
        return if failures.is_empty() { "Nothing to link".to_owned() } else { "Nothing could be linked".to_owned() };
    };
    let fails = |subject: &&&SubjectEntry| subject.requirements.as_ref().is_some_and(|entry| entry.fails_step);
    if let Some(failing) = subjects.iter().find(fails) {
        return format!("Requirements not met, see above: {}", failing.url);
    }
    // Of several, the one that there is something to say of.
    let matters = |subject: &&&SubjectEntry| matches!(subject.outcome, "failed" | "planned" | "linked" | "removed");
    let first = subjects.iter().find(matters).unwrap_or(first);
    let more = if subjects.len() > 1 { format!(" and {} more", subjects.len() - 1) } else { String::new() };
    let what = match (first.outcome, failures.is_empty()) {
        ("failed", _) => "Couldn't link the pull request:".to_owned(),
        ("planned", _) => "Dry run, nothing was written, the plan is above:".to_owned(),
        (_, false) if failures.iter().any(|failure| failure.kind == FailureKind::Budget) => {
            "Out of time, not everything could be done, see above:".to_owned()
        }
        (_, false) => "Not everything could be done, see above:".to_owned(),
        ("fork", true) => "Skipped, because pull requests from forks aren't linked:".to_owned(),
        ("closed", true) => format!("The pull request is {}, so it has no links:", first.state.unwrap_or("closed")),
        ("skipped", true) => {
            format!("Skipped, because [skip confluence] is in the title or description{}:", about_requirements(first))
        }
        ("unchanged", true) if pages.is_empty() => {
            let requirements = about_requirements(first);
            return match &first.advice {
                Some(advice) => {
                    format!("No Confluence page mentioned in {}{more}{requirements}. {advice}", first.url)
                }
                None => format!("No Confluence page linked{requirements}: {}{more}", first.url),
            };
        }
        _ if are_too_many(pages) => format!("No page comments written, {}:", counted(pages)),
        ("unchanged", true) => format!("No changes. {}{}:", counted(pages), about_requirements(first)),
        (_, true) => format!("{}{}:", counted(pages), about_requirements(first)),
    };
    format!("{what} {}{more}", first.url)
}

/// The verdict, where it doesn't fail the step.
fn about_requirements(subject: &SubjectEntry) -> &'static str {
    match subject.requirements.as_ref().map(|entry| entry.verdict) {
        Some("met") => ", requirements met",
        Some("waived") => ", requirements waived",
        Some("exempt") => ", requirements don't apply to this author",
        Some("unmet") => ", requirements not enforced while this is a draft",
        _ => "",
    }
}

/// Whether so many pages are mentioned that none of them gets a comment.
pub fn are_too_many(pages: &[&PageEntry]) -> bool {
    pages.iter().any(|page| page.reason.as_deref() == Some("too-many-pages"))
}

/// The same of an action on many pull requests, from its own words.
pub fn outcome_of_many(words: &str, failures: &[Failure]) -> String {
    if failures.is_empty() {
        return words.to_owned();
    }
    let out_of_time = failures.iter().any(|failure| failure.kind == FailureKind::Budget);
    let why = if out_of_time { "Out of time, not everything could be done" } else { "Not everything could be done" };
    format!("{why}, see above: {words}")
}

fn counted(pages: &[&PageEntry]) -> String {
    let count = |result: PageResult| pages.iter().filter(|page| page.result == result).count();
    let (removed, read_only) = (count(PageResult::Removed), count(PageResult::ListedOnly));
    let linked = pages.len() - removed - read_only;
    let counts = [(linked, "linked"), (read_only, "listed only"), (removed, "unlinked")];
    if pages.is_empty() {
        return "No page linked".to_owned();
    }
    let mut parts = counts.into_iter().filter(|(count, _)| *count > 0);
    let first = parts.next().map(|(count, what)| format!("{} {what}", number(count, "page", "pages")));
    let others = parts.map(|(count, what)| format!("{count} {what}"));
    first.into_iter().chain(others).collect::<Vec<_>>().join(", ")
}

/// `1 page`, `2 pages`.
pub fn number(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What it cost, for the log with `DEBUG`.
pub fn cost(counts: &Counts, elapsed: Duration) -> String {
    let Counts { requests, writes, retries, waited_ms } = counts;
    let number = |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    format!(
        "{}, {}, {}, {} waiting, {} total",
        number(*requests, "request", "requests"),
        number(*writes, "write", "writes"),
        number(*retries, "retry", "retries"),
        time(Duration::from_millis(*waited_ms)),
        time(elapsed)
    )
}

fn time(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// The last line of a run that failed and still passes.
pub(crate) fn passes(last: &str) -> String {
    format!("{last}; the step passes, because ON_ERROR is `warn`")
}

/// The last line after a panic.
pub(crate) const CRASHED: &str = "The pipe has a bug and ended early";

pub(crate) const WRITE_FILES: &str = "write the files in OUTPUT_DIR";

pub(super) const OUT_OF_TIME: &str = ": out of time";

pub(super) fn answered(time: &str, status: u16) -> String {
    format!("{time}: answered {status}")
}

/// What to do about a failed request; empty if nothing helps.
pub(super) fn remedy(error: &HttpError) -> String {
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

/// The variable that says where a request goes. Only the site has no default, so the others come with their value.
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
