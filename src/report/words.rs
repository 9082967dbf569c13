//! What the last line of the log says.

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
        ("failed", _) => "Could not link the pull request".to_owned(),
        ("planned", _) => "Dry run, nothing was written, the plan is above:".to_owned(),
        (_, false) if failures.iter().any(|failure| failure.kind == FailureKind::Budget) => {
            "Out of time, not everything could be done, see above:".to_owned()
        }
        (_, false) => "Not everything could be done, see above:".to_owned(),
        ("fork", true) => "Nothing to link, the pull request comes from another repository:".to_owned(),
        ("closed", true) => "A closed pull request has no links:".to_owned(),
        ("skipped", true) => "Skipped, as the pull request asks:".to_owned(),
        ("unchanged", true) if pages.is_empty() => "No Confluence page to link:".to_owned(),
        ("unchanged", true) => format!("Nothing to write, {}:", counted(pages)),
        (_, true) => format!("Links are up to date, {}:", counted(pages)),
    };
    let is_unmet = first.requirements.as_ref().is_some_and(|entry| entry.verdict == "unmet");
    let draft = if is_unmet { " (requirements not met, and not enforced while this is a draft)" } else { "" };
    format!("{what} {}{more}{draft}", first.url)
}

/// The same of an action that settles many pull requests, from its own words.
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
    let (removed, read_only) = (count(PageResult::Removed), count(PageResult::ReadOnly));
    let linked = pages.len() - removed;
    let mut words = number(linked, "page linked", "pages linked");
    if read_only > 0 {
        words.push_str(&format!(" ({read_only} in the pull request only)"));
    }
    if removed > 0 {
        words.push_str(&format!(", {removed} unlinked"));
    }
    words
}

/// `1 page`, `2 pages`.
pub fn number(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What it cost, for the last line.
pub fn cost(counts: &Counts, elapsed: Duration) -> String {
    let Counts { requests, writes, retries, waited_ms } = counts;
    let number = |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    format!(
        "{}, {}, {}, {} waited over all requests, {} in all",
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
