//! Sentences of a review: what wasn't read, what a reader should know, and findings with details.

use crate::ids::PullRequestId;
use crate::report::number;
use crate::words::first_of;

// What wasn't read.
pub(super) const MORE_PULL_REQUESTS: &str = "More than 5,000 pull requests were updated, and the others weren't read";
pub(super) const MORE_MENTIONS: &str = "Too many mentions or pages: some of them weren't read";
pub(super) const MORE_TAGS: &str = "Some releases are unknown, because the repository has more than 5,000 tags";

pub(super) const MORE_NOTES: &str = "Other pull requests or lists weren't read completely either";

pub(super) fn more_releases(limit: usize) -> String {
    format!("Only the newest {limit} releases are read")
}

pub(super) fn long_pull_request(id: PullRequestId) -> String {
    format!("Pull request #{id} has more text or commits than the pipe reads")
}

pub(super) fn more_failed(count: usize) -> String {
    format!("{} failed", number(count, "more read", "more reads"))
}

pub(super) fn out_of_time(left: usize) -> String {
    format!("Out of time with {} left. Raise TIMEOUT_SECONDS, or lower DAYS", number(left, "read", "reads"))
}

pub(super) fn public_not_allowed(why: &str) -> String {
    format!(
        "Can't tell which pages are public: {why}. Use a Confluence administrator's credential. If it has scopes, it needs \
         read:content.permission:confluence"
    )
}

pub(super) fn public_unknown(count: usize, why: &str) -> String {
    format!("Can't tell whether {}: {why}", number(count, "page is public", "pages are public"))
}

// What a reader should know.
pub(super) const PUBLIC_REPOSITORY: &str = "The repository is public, so pages appear as links only";
pub(super) const TITLES_HIDDEN: &str = "SHOW_TITLES is `never`, so no titles and names are shown";
pub(super) const OTHER_SPACES: &str = "Pages outside SPACES appear as links only";

/// The releases whose commits weren't read.
pub(super) fn unknown_coverage(names: &[&String]) -> String {
    let why = "They have no version tag, or only pull requests from before this period";
    format!("The coverage of these releases is unknown: {}. {why}", first_of(names))
}

// Findings.
pub(super) fn only_viewers(viewers: &str) -> String {
    format!("Only {viewers} can view the page")
}

pub(super) fn only_viewers_above(viewers: &str) -> String {
    format!("Only {viewers} can view a parent page")
}

/// The people whom a restriction names.
pub(super) fn viewers(groups: &[String], people: u64) -> String {
    let groups = match groups {
        [] => None,
        [group] => Some(format!("the group {group}")),
        groups => Some(format!("the groups {}", groups.join(", "))),
    };
    let people = (people > 0).then(|| number(people as usize, "person", "people"));
    let all: Vec<String> = groups.into_iter().chain(people).collect();
    if all.is_empty() { "some people".to_owned() } else { all.join(" and ") }
}

pub(super) fn changed_after_merge(versions: u32, merged: u32, day: &str) -> String {
    let versions = number(versions as usize, "version", "versions");
    format!("The page has {versions} since its last merge (v{merged}), the newest of {day}")
}

pub(super) fn label_without_version(label: &str) -> String {
    format!("The label \"{label}\" isn't a version")
}

pub(super) fn release_without_version(id: PullRequestId, release: &str) -> String {
    format!("Pull request #{id} has the release \"{release}\", which isn't a version")
}

pub(super) const UNPROVEN_COMMENT: &str = ". A comment lists a missing one, but anyone can write such a comment";

/// The last line.
pub(super) fn outcome(pull_requests: usize, pages: usize, to_do: usize, site: &str) -> String {
    format!(
        "Reviewed {} and {} of {site}, {} to do: see review.html in OUTPUT_DIR",
        number(pull_requests, "pull request", "pull requests"),
        number(pages, "page", "pages"),
        number(to_do, "item", "items")
    )
}
