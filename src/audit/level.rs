//! The log level of each event.

use super::{Event, Outcome, Why};

/// How loud a sentence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// For people who set `DEBUG`.
    Debug,
    Info,
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
            Self::Write { outcome: Outcome::NotWritten | Outcome::Unconfirmed, why, .. } => why.as_ref(),
            _ => None,
        }
    }

    pub(super) fn level(&self, failure: Level) -> Level {
        match self {
            Self::TooManyPagesForKey { .. }
            | Self::AmbiguousKey { .. }
            | Self::KeyMoved { .. }
            | Self::WeakRequirements { .. }
            | Self::JiraNotRead { .. }
            | Self::UnlistedPrefix { .. }
            | Self::PageNotFound { .. }
            | Self::ShareLinks { .. }
            | Self::Incomplete { .. }
            | Self::NotRead { .. }
            | Self::PagesOverLimit { .. }
            | Self::TooManyPages { .. }
            | Self::LeftForNextRun { .. }
            | Self::NotReviewed { .. }
            | Self::TagWithoutVersion { .. }
            | Self::MergesUnknown { .. }
            | Self::NoTrackingComment
            | Self::NotListedYet { .. }
            | Self::ReportNotUpdated { .. }
            | Self::CommentNeedsCredential
            | Self::TimeoutLimited { .. }
            | Self::Stopped { .. }
            | Self::Write { outcome: Outcome::Skipped | Outcome::Foreign | Outcome::Refused, .. }
            | Self::DetailsHidden { .. } => Level::Warning,
            // A report that fails does not fail the step.
            Self::Write { outcome: Outcome::Unconfirmed, write, .. } if write.place == "report" => Level::Warning,
            Self::Failed { .. } | Self::Write { outcome: Outcome::NotWritten | Outcome::Unconfirmed, .. } => failure,
            Self::Requirements { fails_step: true, .. } => Level::Error,
            Self::Requirements { verdict: "unmet", .. } => Level::Warning,
            Self::Kept { why, .. } if matches!(*why, "incomplete" | "unread" | "read-only" | "not-removed") => {
                Level::Warning
            }
            // Pages and the last line sum these up.
            Self::Gateway { .. }
            | Self::NoPullRequest { .. }
            | Self::BranchNotLookedUp
            | Self::Commit
            | Self::Tag
            | Self::NoMention
            | Self::Fork
            | Self::Skip
            | Self::Requirements { .. }
            | Self::Closed { .. }
            | Self::Kept { .. }
            | Self::Unlinking { .. }
            | Self::Write { outcome: Outcome::Written | Outcome::Conflict | Outcome::Uncertain, .. } => Level::Debug,
            Self::Write { outcome: Outcome::Planned, write, .. } if write.page.is_some() => Level::Debug,
            Self::Linked { read_only: None, .. } | Self::Linked { is_news: false, .. } => Level::Debug,
            Self::NotConfigured
            | Self::Selected { .. }
            | Self::Release { .. }
            | Self::FilesOnly { .. }
            | Self::Progress { .. }
            | Self::ReadProgress { .. }
            | Self::Finding { .. }
            | Self::Linked { .. }
            | Self::KeysWithoutPage { .. }
            | Self::Write { outcome: Outcome::Planned, .. } => Level::Info,
        }
    }
}
