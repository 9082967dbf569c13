//! What the last line of the log says.

use std::time::Duration;

use crate::http::Counts;

use super::{Failure, SubjectEntry};

/// One sentence with a URL: what came of the run.
pub fn outcome(subjects: &[&SubjectEntry], failures: &[Failure]) -> String {
    let Some(first) = subjects.first() else {
        return if failures.is_empty() { "Nothing to link".to_owned() } else { "Nothing could be linked".to_owned() };
    };
    let more = if subjects.len() > 1 { format!(" and {} more", subjects.len() - 1) } else { String::new() };
    let what = match (first.outcome, failures.is_empty()) {
        ("failed", _) => "Could not link the pull request",
        ("planned", _) => "Dry run, nothing was written: the plan is above for",
        (_, false) => "Not everything could be done, see above:",
        ("linked", true) => "Linked the pull request and its Confluence pages:",
        ("unchanged", true) => "Nothing to write, all is as it should be:",
        ("fork", true) => "Nothing to link, the pull request comes from another repository:",
        ("skipped", true) => "Skipped, as the pull request asks:",
        ("closed", true) => "The links of a closed pull request are removed:",
        _ => "Done:",
    };
    format!("{what} {}{more}", first.url)
}

/// What it cost, for the last line.
pub fn cost(counts: &Counts, elapsed: Duration) -> String {
    let Counts { requests, writes, retries, waited_ms } = counts;
    let number = |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    format!(
        "{}, {}, {}, {:.1} s waited, {:.1} s in all",
        number(*requests, "request", "requests"),
        number(*writes, "write", "writes"),
        number(*retries, "retry", "retries"),
        Duration::from_millis(*waited_ms).as_secs_f64(),
        elapsed.as_secs_f64()
    )
}
