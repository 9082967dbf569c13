//! What does an action want of a pull request, beyond what the pull request itself says?

use crate::ids::ReleaseName;

/// Whether a place is written. Switched off means neither written nor removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// It is kept up to date.
    On,
    /// It is left as it is.
    Off,
}

/// The places, and whether each is written.
#[derive(Clone, Copy, Debug)]
pub struct Outputs {
    /// The comment on the pull request.
    pub comment: Output,
    /// The report on the commit.
    pub report: Output,
    /// The comments on pages.
    pub page_comment: Output,
    /// The labels of released pages.
    pub labels: Output,
    /// The tasks that a merged pull request closes.
    pub tasks: Output,
}

/// Whether pages that nobody remembers as linked get a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creates {
    /// Every page that is named does.
    Freely,
    /// Only where a comment of ours is there already, or the ledger names the page: a repository that was never linked
    /// stays as it is.
    WhereKnown,
}

/// What an action states of its pull requests. What it does not state is carried over from the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stated<'a> {
    /// Nothing but what the pull request says of itself.
    Present,
    /// That it is part of a release.
    Released(&'a ReleaseName),
    /// That everything of ours goes.
    Gone,
}

/// What an action wants of a pull request.
#[derive(Clone, Copy, Debug)]
pub struct Intent<'a> {
    /// The places.
    pub outputs: Outputs,
    /// Whether pages that nobody remembers as linked get a row.
    pub creates: Creates,
    /// What is stated.
    pub stated: Stated<'a>,
}
