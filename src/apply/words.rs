//! Why a write failed, and what was read for it.

use std::fmt::Display;

pub(super) const COMMENT_CONFLICTS: &str = "other runs keep changing our comment on the pull request";
pub(super) const TOO_MANY_COMMENTS: &str = "the pull request has more than 10,000 comments";
pub(super) const PAGE_CONFLICTS: &str = "other runs keep changing it. The next run tries again";
pub(super) const REMOVED: &str = "someone removed it during this run";

pub(super) fn differs(page: impl Display, why: &str) -> String {
    format!("our comment on {page} differs from what was written: {why}")
}

// What failed, as the end of "Couldn't …".
pub(super) fn read_again(page: impl Display) -> String {
    format!("read our comment on {page} again")
}

pub(super) fn check_write(write: impl Display) -> String {
    format!("check whether this was done: {write}")
}
