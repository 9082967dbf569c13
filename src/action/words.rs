//! Sentences about many pull requests.

use crate::ids::PullRequestId;
use crate::plan::Operation;

// What failed, as the end of "Couldn't …".
pub(super) const SEARCH_COMMENTS: &str = "search for the comments of this pipe";
pub(super) const FIND_ALL_COMMENTS: &str = "find all comments of the Confluence account";
pub(super) const LOOK_UP_BRANCH: &str = "look for the pull requests of this branch";
pub(super) const LOOK_UP_MERGES: &str = "look for the pull requests that this commit merged";
pub(super) const LIST_STATES: &str = "list the states of pull requests";

pub(super) const SEARCH_CAPPED: &str =
    "there are more than the search reads; rows that it didn't find stay as they are";
pub(super) const NO_CREDENTIAL: &str =
    "a private repository's pull requests can't be listed without a Bitbucket credential. Set BITBUCKET_ACCESS_TOKEN";
pub(super) const NOTHING_CHECKED: &str = "no pull request was checked";

pub(super) fn out_of_time(left: usize, of: usize) -> String {
    format!("out of time with {left} of {of} pull requests left")
}

pub(super) fn rate_limited(left: usize, of: usize) -> String {
    format!("rate limited with {left} of {of} pull requests left")
}

// Why the merges of a commit aren't known.
pub(super) const COMMIT_MISSING: &str = "BITBUCKET_COMMIT is missing";
pub(super) const COMMIT_UNKNOWN: &str = "Bitbucket doesn't know the commit";
pub(super) const COMMIT_NOT_LISTED: &str = "Bitbucket doesn't list the commit";
pub(super) const MANY_CHANGES: &str = "too many pull requests changed since the commit was made";
pub(super) const INDEXING: &str = "Bitbucket is still indexing the repository's pull requests";

pub(super) fn still_open(id: PullRequestId) -> String {
    format!("Bitbucket still shows #{id} as open")
}

/// The requirements of pull requests that couldn't be looked up.
pub(super) const NOT_VERIFIED: &str = "Requirements not met: the pull requests of this pipeline couldn't be looked up";

/// The last line, without the pull requests that are left.
pub(super) fn checked(done: usize, of: usize, changed: usize, operation: Operation) -> String {
    let stays = match operation {
        Operation::Remove => "; labels, completed tasks and older reports stay",
        Operation::Link => "",
    };
    format!("{done} of {of} pull requests checked, {changed} changed{stays}")
}

pub(super) fn planned(done: usize, of: usize, planned: usize) -> String {
    format!("Dry run, nothing was written: {done} of {of} pull requests checked, {planned} would change")
}
