//! Reasons why a page does not say what it should.

use crate::report::{Failure, FailureKind};

/// Why a page does not say what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteFailure {
    /// Confluence refused a comment there.
    Refused,
    Failed,
    OutOfTime,
    /// The pull request's comment could not be made to name the page first, so the page was not written.
    NotRecorded,
}

impl WriteFailure {
    /// What a failure means for the page it is about.
    pub(crate) fn of(failure: &Failure) -> Self {
        match failure.kind {
            FailureKind::Budget => Self::OutOfTime,
            FailureKind::Credential | FailureKind::Other => Self::Failed,
        }
    }

    /// The reason as one word of the receipt.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::OutOfTime => "out-of-time",
            Self::NotRecorded => "not-recorded",
        }
    }

    /// Whether the step failed to do something, and was not just refused it.
    pub(crate) fn is_failure(self) -> bool {
        match self {
            Self::Refused => false,
            Self::Failed | Self::OutOfTime | Self::NotRecorded => true,
        }
    }
}
