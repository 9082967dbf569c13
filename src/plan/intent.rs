//! The intent of an action: its operation and the places that it writes.

use crate::page::CreatePolicy;

/// Whether a place is written. Switched off means neither written nor removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// It is kept up to date.
    On,
    /// It is left as it is.
    Off,
}

/// The places, and whether each is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outputs {
    /// The comment on the pull request.
    pub comment: Output,
    /// The report on the commit.
    pub report: Output,
    pub page_comment: Output,
    /// The labels of released pages.
    pub labels: Output,
    /// The tasks that a merged pull request closes.
    pub tasks: Output,
}

/// What an action states of its pull requests. What it does not state is carried over from the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// What the pull request says of itself.
    Link,
    /// That everything of ours goes.
    Remove,
}

/// What an action wants of a pull request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intent {
    pub outputs: Outputs,
    /// Whether pages without a comment of ours get one.
    pub creates: CreatePolicy,
    pub operation: Operation,
}
