//! The last line of the log.

use std::time::Duration;

use crate::http::Counts;

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
