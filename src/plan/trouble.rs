//! Why does a page not say what it should?

use crate::report::{Failure, FailureKind};

/// Why a page does not say what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Confluence refused a comment there.
    Refused,
    /// Something failed.
    Failed,
    /// The time was up.
    OutOfTime,
    /// The pull request's comment could not be made to name the page first, so the page was not written.
    NotRecorded,
}

impl Trouble {
    /// What a failure means for the page it is about.
    pub fn of(failure: &Failure) -> Self {
        match failure.kind {
            FailureKind::Budget => Self::OutOfTime,
            FailureKind::Credential | FailureKind::Other => Self::Failed,
        }
    }

    /// The reason as one word of the receipt.
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::OutOfTime => "out-of-time",
            Self::NotRecorded => "not-recorded",
        }
    }

    pub(super) fn is_failure(self) -> bool {
        match self {
            Self::Refused => false,
            Self::Failed | Self::OutOfTime | Self::NotRecorded => true,
        }
    }
}
