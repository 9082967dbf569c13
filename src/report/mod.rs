//! The result of a run: sentences, receipt, exit code.

mod check;
mod failure;
mod receipt;
mod words;

pub use check::{CheckRow, Finding};
pub use failure::{Failure, FailureKind, sentence};
pub(crate) use words::{CRASHED, WRITE_FILES, passes};
pub use words::{are_too_many, cost, number, outcome, outcome_of_many};

pub use receipt::{MentionEntry, PageEntry, PageResult, Receipt, RequirementsEntry, SubjectEntry, UnmetEntry, VERSION};

/// What an error does to the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// A warning, exit code 0.
    Warn,
    Fail,
}

/// The exit codes of this version, in their order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Configuration,
    /// A requirement is not met or not verified.
    Requirements,
    /// A credential or scope fails for a whole service.
    Credential,
    Budget,
    Failed,
    /// All is well, or only a warning was wanted.
    Success,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Configuration => 2,
            Self::Requirements => 5,
            Self::Credential => 3,
            Self::Budget => 4,
            Self::Failed => 1,
            Self::Success => 0,
        }
    }

    pub fn of(failures: &[Failure], on_error: OnError) -> Self {
        let worst = failures.iter().map(|failure| failure.kind).min();
        match (worst, on_error) {
            (None, _) | (_, OnError::Warn) => Self::Success,
            (Some(FailureKind::Credential), OnError::Fail) => Self::Credential,
            (Some(FailureKind::Budget), OnError::Fail) => Self::Budget,
            (Some(FailureKind::Other), OnError::Fail) => Self::Failed,
        }
    }
}
