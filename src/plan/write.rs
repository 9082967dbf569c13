//! One request that changes something, in words and for the audit log.

use crate::ids::PageName;
use crate::surface::page_comment::{self, RowChange};
use crate::surface::page_row::RowState;
use crate::surface::pull_request_comment;
use crate::surface::report;

use super::{Edit, Operation};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// To the comments of the pull request.
    Comment(pull_request_comment::Change),
    /// To our comment on a page.
    Page {
        /// Which page.
        page: PageName,
        /// What it does to the pull request's row.
        row: RowEffect,
        change: page_comment::Change,
    },
    /// To the report of the commit.
    Report(report::Change),
    Edit {
        /// Which page.
        page: PageName,
        edit: Edit,
    },
}

impl Write {
    /// Which place it writes, in the audit log's words.
    pub(crate) fn place(&self) -> &'static str {
        match self {
            Self::Comment(_) => "pull-request-comment",
            Self::Page { .. } => "page-comment",
            Self::Report(_) => "report",
            Self::Edit { edit: Edit::CompleteTask { .. }, .. } => "task",
            Self::Edit { edit: Edit::AddLabel(_), .. } => "label",
        }
    }

    /// The page it writes to, if it is one.
    pub(crate) fn page(&self) -> Option<PageName> {
        match self {
            Self::Page { page, .. } | Self::Edit { page, .. } => Some(*page),
            Self::Comment(_) | Self::Report(_) => None,
        }
    }
}

/// What a change does to the pull request's row on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowEffect {
    /// The row is there, in this state.
    Linked(RowState),
    /// Several rows change: those of a release carry its name, and no others do.
    OfRelease(String),
    /// The row is there, in whichever state.
    Kept,
    /// The row is taken away.
    Unlinked,
    /// The row is taken away, and with the last one the comment.
    Removed,
}

impl RowEffect {
    /// What a change does in an operation.
    pub(crate) fn of(change: &RowChange, operation: Operation) -> Self {
        match (change, operation) {
            (RowChange::Write(row) | RowChange::Update(row), _) => Self::Linked(row.state.clone()),
            (RowChange::Keep(_) | RowChange::Unrelease(..), _) => Self::Kept,
            (RowChange::Remove(_), Operation::Remove) => Self::Removed,
            (RowChange::Remove(_), Operation::Link) => Self::Unlinked,
        }
    }
}
