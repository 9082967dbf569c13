//! The log level of each event.

use super::{Event, Outcome, Why};

/// How loud a sentence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// For people who set `DEBUG`.
    Debug,
    /// One decision.
    Info,
    /// Something to look at.
    Warning,
    /// Something that fails the step.
    Error,
}

impl Event {
    /// Whether it matters only where few pull requests are checked.
    pub(super) fn is_detail(&self) -> bool {
        matches!(self, Self::Linked { .. } | Self::KeysWithoutPage { .. })
    }

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
            | Self::TooManyPages { .. }
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
            Self::Kept { why, .. } if matches!(*why, "incomplete" | "unread" | "read-only" | "not-removed") => {
                Level::Warning
            }
            // Pages and the last line sum these up.
            Self::Gateway { .. }
            | Self::NoPullRequest { .. }
            | Self::NotListed
            | Self::Commit
            | Self::Tag
            | Self::NoMention
            | Self::Fork
            | Self::Skip
            | Self::Requirements { .. }
            | Self::Closed { .. }
            | Self::Kept { .. }
            | Self::Leaving { .. }
            | Self::Write { outcome: Outcome::Written | Outcome::Outdated | Outcome::InDoubt, .. } => Level::Debug,
            Self::Write { outcome: Outcome::Planned, write, .. } if write.page.is_some() => Level::Debug,
            Self::Linked { read_only: None, .. } | Self::Linked { is_news: false, .. } => Level::Debug,
            Self::NotConfigured
            | Self::Selected { .. }
            | Self::Release { .. }
            | Self::FilesOnly { .. }
            | Self::Progress { .. }
            | Self::Looked { .. }
            | Self::Finding { .. }
            | Self::Linked { .. }
            | Self::KeysWithoutPage { .. }
            | Self::Write { outcome: Outcome::Planned, .. } => Level::Info,
        }
    }
}
