//! Sentences about a release: its last line, what wasn't read or written, and why.

use std::fmt::Display;

use crate::ids::{PullRequestId, ReleaseName};
use crate::report::number;
use crate::words::cut;

/// How much of a sentence the last line repeats, in characters.
const LONGEST_GAP: usize = 70;

/// The last line, with the numbers of pull requests, pages, pages that are listed only, and commits without a page.
pub(super) fn outcome(name: &str, is_dry_run: bool, counts: [usize; 4], missing: &[String]) -> String {
    let [pull_requests, pages, listed_only, commits] = counts;
    let begin_of_line = if is_dry_run { "Dry run, nothing was written: release" } else { "Release" };
    let begin = |sentence: &str| sentence.trim_end_matches('.').chars().take(LONGEST_GAP).collect::<String>();
    let lacking = match missing {
        [] => String::new(),
        [first] => format!("; not complete: {}", begin(first)),
        [first, rest @ ..] => format!("; not complete: {} (and {} more)", begin(first), rest.len()),
    };
    format!(
        "{begin_of_line} {}: {}, {}, {}{lacking}",
        cut(name),
        number(pull_requests, "pull request", "pull requests"),
        pages_of(pages, listed_only),
        number(commits, "commit without a page", "commits without a page")
    )
}

fn pages_of(pages: usize, listed_only: usize) -> String {
    match (pages, listed_only) {
        (pages, 0) => number(pages, "page", "pages"),
        (0, only) => format!("{} listed only", number(only, "page", "pages")),
        (pages, only) => format!("{}, {only} listed only", number(pages, "page", "pages")),
    }
}

pub(super) const NOT_READ: &str = "no page was updated for the release";

pub(super) fn nothing_to_write(name: &str, why: &str) -> String {
    format!("Release {}: nothing to write, as {why}", cut(name))
}

pub(super) fn removed(release: &ReleaseName, pages: usize, kept: usize) -> String {
    let kept = if kept == 0 { String::new() } else { format!("; {} kept it", number(kept, "page", "pages")) };
    format!("Release {release} removed from {}{kept}; labels stay", number(pages, "page", "pages"))
}

pub(super) fn would_be_removed(release: &ReleaseName, pages: usize) -> String {
    let pages = number(pages, "page", "pages");
    format!("Dry run, nothing was written: release {release} would be removed from {pages}")
}

// Why no row gets the name.
pub(super) const NO_VERSION: &str = "the tag is not a version such as 1.4.0";
pub(super) const SHORT_FORM: &str = "a tag with a longer version is on the same commit";
pub(super) const FIRST_RELEASE: &str = "no earlier release has a tag";
pub(super) const NO_UUID: &str = "BITBUCKET_REPO_UUID is missing, and a row needs it";

// Why a release isn't known.
pub(super) const NO_CREDENTIAL: &str =
    "tags and commits of a private repository are listed to a Bitbucket credential only: set BITBUCKET_ACCESS_TOKEN";
pub(super) const NO_COMMIT: &str =
    "which commit the release is on is not known: BITBUCKET_COMMIT is missing, and no tag has its name";

pub(super) fn more_tags(read: usize) -> String {
    format!(
        "the repository has more than the {read} tags that are read, so which release comes before this one is not known: \
         delete unused tags"
    )
}

pub(super) fn more_commits(read: usize) -> String {
    format!("there are more than the {read} commits that are read, and the oldest are missing")
}

pub(super) fn more_pull_requests(read: usize) -> String {
    format!("only the newest {read} are read")
}

pub(super) const MORE_COMMENTS: &str = "the search reads no more comments, so some pages may keep it";

// What failed, as the end of "Couldn't …".
pub(super) const READ_RELEASE: &str = "find out what the release holds";
pub(super) const READ_COMMITS: &str = "read all commits of the release";
pub(super) const WRITE_RELEASE: &str = "write the release on pages";
pub(super) const READ_VERSIONS: &str = "read the versions of a page";
pub(super) const READ_TASKS: &str = "read the tasks of pages";
pub(super) const LIST_PULL_REQUESTS: &str = "list the merged pull requests";
pub(super) const LIST_STACKED: &str = "list the stacked pull requests";
pub(super) const LOOK_UP_PICKED: &str = "look up a cherry-picked commit";
pub(super) const SEARCH_ROWS: &str = "search for rows";
pub(super) const LOOK_UP_PAGES: &str = "look up pages";

pub(super) fn read_merge_time(id: PullRequestId) -> String {
    format!("read when #{id} was merged")
}

pub(super) fn see_whether_inside(id: PullRequestId) -> String {
    format!("see whether #{id} is in the release")
}

pub(super) fn read_branch(id: PullRequestId) -> String {
    format!("read the branch of #{id}")
}

pub(super) fn read_comments(page: impl Display) -> String {
    format!("read the comments on {page}")
}

pub(super) fn update_comment(id: PullRequestId) -> String {
    format!("update the comment on #{id}")
}

// What is missing, for `release.md` and `release.json`.
pub(super) const COMMITS_MISSING: &str = "Not all commits of the release could be read.";
pub(super) const PULL_REQUESTS_MISSING: &str = "Not all merged pull requests could be listed.";
pub(super) const STACKED_MISSING: &str = "Not all stacked pull requests could be listed.";
pub(super) const ROWS_MISSING: &str = "Pages that only a row names may be missing.";
pub(super) const ROWS_KEPT: &str = "Rows that may be outside the release keep its name.";
pub(super) const NOT_WRITTEN: &str = "Not everything was written; the log of the step has the reasons.";

pub(super) fn rows_not_checked(checked: usize, of: usize) -> String {
    format!("Only {checked} of {of} other rows with this release were checked.")
}

pub(super) fn unknown_whether_inside(id: PullRequestId) -> String {
    format!("Whether #{id} is still in the release isn't known.")
}

pub(super) fn stacked_missing(id: PullRequestId) -> String {
    format!("Not all pull requests that were merged into the branch of #{id} are known.")
}

pub(super) fn picked_not_looked_up(done: usize, of: usize) -> String {
    format!("Only {done} of {of} cherry-picked commits were looked up.")
}

pub(super) fn picked_unknown(commit: &str) -> String {
    format!("The pull request of the cherry-picked commit {commit} is not known.")
}

pub(super) fn pages_of_pull_requests_missing(ids: &[String]) -> String {
    format!("Not all pages of these pull requests are known: {}.", ids.join(", "))
}

pub(super) fn pages_of_pushes_missing(count: usize) -> String {
    format!("Not all pages of {} are known.", number(count, "direct push", "direct pushes"))
}

pub(super) fn not_on_page(page: impl Display) -> String {
    format!("The release is not on {page}.")
}

pub(super) fn not_finished(so_far: &str) -> String {
    format!("Not everything was written: {so_far}.")
}

// How far a run got that had to end.
pub(super) const RATE_LIMITED: &str = "rate limited";
pub(super) const OUT_OF_TIME: &str = "the time budget is used up";

pub(super) fn so_far(done: usize, of: usize) -> String {
    match of {
        0 => "no page is done".to_owned(),
        1 => format!("{done} of 1 page is done"),
        _ => format!("{done} of {of} pages are done"),
    }
}

pub(super) fn continues(why: &str, so_far: &str) -> String {
    format!("{why}: {so_far}; the next run continues there")
}
