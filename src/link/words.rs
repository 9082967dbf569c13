//! Sentences of the log about one pull request.

use crate::bitbucket::PullRequestState;
use crate::plan::Operation;
use crate::texts::Texts;

/// Why a page is unlinked.
pub(super) fn why_unlinked(operation: Operation, texts: &Texts) -> Option<&'static str> {
    match (operation, texts.pull_request.state) {
        (Operation::Remove, _) => None,
        (Operation::Link, PullRequestState::Declined) => Some("pull request declined"),
        (Operation::Link, PullRequestState::Superseded) => Some("pull request superseded"),
        (Operation::Link, _) if texts.is_skipped() => Some("[skip confluence]"),
        (Operation::Link, _) => Some("no longer mentioned"),
    }
}
