//! How loud is an event?

use super::Event;

impl Event {
    /// Whether it matters also where many pull requests are settled, most of which are as they should be.
    pub(super) fn is_of_note(&self) -> bool {
        matches!(
            self,
            Self::Planned { .. }
                | Self::Written { .. }
                | Self::InDoubt { .. }
                | Self::Outdated { .. }
                | Self::Gate { .. }
                | Self::Selected { .. }
                | Self::Progress { .. }
        )
    }
}

/// How loud a sentence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// One decision.
    Info,
    /// Something to look at.
    Warning,
    /// Something that fails the step.
    Error,
}

impl Event {
    pub(super) fn level(&self, failure: Level) -> Level {
        match self {
            Self::CrowdedKey { .. }
            | Self::AmbiguousKey { .. }
            | Self::UnlistedPrefix { .. }
            | Self::UnknownSpace { .. }
            | Self::MissingSpace { .. }
            | Self::NotVisible { .. }
            | Self::ShareLinks { .. }
            | Self::Doubtful { .. }
            | Self::Incomplete { .. }
            | Self::NotRead { .. }
            | Self::LeftOut { .. }
            | Self::LeftForNextRun { .. }
            | Self::NotReviewed { .. }
            | Self::TagWithoutVersion { .. }
            | Self::NoLedger
            | Self::NoReport { .. }
            | Self::CommentNeedsCredential
            | Self::TimeoutCut { .. }
            | Self::Stopped { .. }
            | Self::TasksNeedComment
            | Self::LeftUndone { .. }
            | Self::ForeignComment { .. }
            | Self::NotShown { .. }
            | Self::Refused { .. } => Level::Warning,
            // A report that fails does not fail the step.
            Self::LeftInDoubt { write, .. } if write.place == "report" => Level::Warning,
            Self::Failed { .. } | Self::NotWritten { .. } | Self::LeftInDoubt { .. } => failure,
            Self::Gate { held: true, .. } => Level::Error,
            Self::Gate { verdict: "unmet", .. } => Level::Warning,
            Self::Kept { why, .. } if *why == "unreachable" => Level::Warning,
            Self::NotConfigured
            | Self::Gateway { .. }
            | Self::NoPullRequest { .. }
            | Self::NotListed
            | Self::Commit
            | Self::Tag
            | Self::Selected { .. }
            | Self::Release { .. }
            | Self::FilesOnly { .. }
            | Self::Progress { .. }
            | Self::Looked { .. }
            | Self::Finding { .. }
            | Self::NoMention { .. }
            | Self::Fork
            | Self::Skip
            | Self::Gate { .. }
            | Self::Closed { .. }
            | Self::Linked { .. }
            | Self::KeysWithoutPage { .. }
            | Self::Kept { .. }
            | Self::Leaving { .. }
            | Self::Planned { .. }
            | Self::Written { .. }
            | Self::Outdated { .. }
            | Self::InDoubt { .. } => Level::Info,
        }
    }
}
