//! How loud is an event?

use super::{Event, Outcome, Why};

impl Event {
    /// Whether it matters also where many pull requests are checked, most of which are as they should be.
    pub(super) fn is_of_note(&self) -> bool {
        matches!(
            self,
            Self::Write { outcome: Outcome::Planned | Outcome::Written | Outcome::InDoubt | Outcome::Outdated, .. }
                | Self::Requirements { .. }
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
    /// Why something failed, when that fails the step.
    pub(super) fn failure(&self) -> Option<&Why> {
        match self {
            Self::Failed { why, .. } => Some(why),
            Self::Write { outcome: Outcome::NotWritten | Outcome::LeftInDoubt, why, .. } => why.as_ref(),
            _ => None,
        }
    }

    pub(super) fn level(&self, failure: Level) -> Level {
        match self {
            Self::CrowdedKey { .. }
            | Self::AmbiguousKey { .. }
            | Self::KeyMoved { .. }
            | Self::WeakRequirements { .. }
            | Self::JiraNotRead { .. }
            | Self::UnlistedPrefix { .. }
            | Self::NotVisible { .. }
            | Self::ShareLinks { .. }
            | Self::Incomplete { .. }
            | Self::NotRead { .. }
            | Self::LeftOut { .. }
            | Self::LeftForNextRun { .. }
            | Self::NotReviewed { .. }
            | Self::TagWithoutVersion { .. }
            | Self::MergesUnknown { .. }
            | Self::NoTrackingComment
            | Self::NotListedYet { .. }
            | Self::NoReport { .. }
            | Self::CommentNeedsCredential
            | Self::TimeoutCut { .. }
            | Self::Stopped { .. }
            | Self::Write { outcome: Outcome::LeftUndone | Outcome::Foreign | Outcome::Refused, .. }
            | Self::NotShown { .. } => Level::Warning,
            // A report that fails does not fail the step.
            Self::Write { outcome: Outcome::LeftInDoubt, write, .. } if write.place == "report" => Level::Warning,
            Self::Failed { .. } | Self::Write { outcome: Outcome::NotWritten | Outcome::LeftInDoubt, .. } => failure,
            Self::Requirements { fails_step: true, .. } => Level::Error,
            Self::Requirements { verdict: "unmet", .. } => Level::Warning,
            Self::Kept { why, .. } if matches!(*why, "unread" | "not-removed") => Level::Warning,
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
            | Self::Requirements { .. }
            | Self::Closed { .. }
            | Self::Linked { .. }
            | Self::KeysWithoutPage { .. }
            | Self::Kept { .. }
            | Self::Leaving { .. }
            | Self::Write {
                outcome: Outcome::Planned | Outcome::Written | Outcome::Outdated | Outcome::InDoubt, ..
            } => Level::Info,
        }
    }
}
