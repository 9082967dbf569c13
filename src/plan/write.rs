//! The writes of a plan, in their stages.

use crate::ids::{GlobalTaskId, Label, PageName, TaskId};
use crate::surface::page_comment::{self, Wish};
use crate::surface::page_row::RowState;
use crate::surface::pull_request_comment;
use crate::surface::report;

/// One write, in the order of its stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// To the comments of the pull request.
    Comment(pull_request_comment::Change),
    /// To our comment on a page.
    Page {
        /// Which page.
        page: PageName,
        /// What it does to the pull request's row.
        row: RowChange,
        /// The change.
        change: page_comment::Change,
    },
    /// To the report of the commit.
    Report(report::Change),
    /// To a task, which is completed.
    Task {
        /// The page it is on.
        page: PageName,
        /// Its number there.
        number: TaskId,
        /// What requests call it.
        id: GlobalTaskId,
    },
    /// To the labels of a page, which get one more.
    Label {
        /// Which page.
        page: PageName,
        /// The label.
        label: Label,
    },
}

impl Write {
    /// Which place it writes, in the audit log's words.
    pub fn place(&self) -> &'static str {
        match self {
            Self::Comment(_) => "pull-request-comment",
            Self::Page { .. } => "page-comment",
            Self::Report(_) => "report",
            Self::Task { .. } => "task",
            Self::Label { .. } => "label",
        }
    }

    /// The page it writes to, if it is one.
    pub fn page(&self) -> Option<PageName> {
        match self {
            Self::Page { page, .. } | Self::Task { page, .. } | Self::Label { page, .. } => Some(*page),
            Self::Comment(_) | Self::Report(_) => None,
        }
    }

    /// The page whose comment it writes, if it is one.
    pub fn commented(&self) -> Option<PageName> {
        match self {
            Self::Page { page, .. } => Some(*page),
            Self::Comment(_) | Self::Report(_) | Self::Task { .. } | Self::Label { .. } => None,
        }
    }
}

/// What a write does to the pull request's row on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// The row is there, in this state.
    Linked(RowState),
    /// The row is there, with these releases.
    Released(Vec<String>),
    /// The row is there, in whichever state.
    Named,
    /// The row is taken away.
    Unlinked,
    /// The row is taken away, and with the last one the comment.
    Removed,
    /// The last row was taken away before, and nobody looked yet whether somebody replied to the comment.
    Emptied,
}

impl RowChange {
    /// What a wish does.
    pub fn of(wish: &Wish) -> Self {
        match wish {
            Wish::Linked(row) if row.releases.is_empty() => Self::Linked(row.state.clone()),
            Wish::Linked(row) => Self::Released(row.releases.clone()),
            Wish::Named(_) => Self::Named,
            Wish::Unlinked(_) => Self::Unlinked,
            Wish::Removed(_) => Self::Removed,
        }
    }
}

/// The ordered writes of one run for one pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The ledger names what will be written.
    pub record: Vec<Write>,
    /// Pages, their tasks and labels, and the report.
    pub write: Vec<Write>,
    /// What follows on the pages, as far as it can be foreseen: comments that are left without rows go. It is for who only
    /// reads the plan: who carries it out looks again.
    pub follow: Vec<Write>,
    /// The ledger forgets what is clean; the comment shows what came of it.
    pub settle: Vec<Write>,
}

impl Plan {
    /// Whether nothing needs to be written.
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    /// The writes in the order in which they would happen.
    pub fn all(&self) -> impl Iterator<Item = &Write> {
        let Self { record, write, follow, settle } = self;
        record.iter().chain(write).chain(follow).chain(settle)
    }
}
