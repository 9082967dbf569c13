//! Sentences about many pull requests.

use crate::plan::Operation;

// What failed, as the end of "Couldn't …".
pub(super) const SEARCH_COMMENTS: &str = "search for the comments of this pipe";
pub(super) const FIND_ALL_COMMENTS: &str = "find all comments of the Confluence account";
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
