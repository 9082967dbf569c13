//! Descriptions of writes for the audit log. They name no page by its title.

use std::fmt;

use crate::page::Page;
use crate::report::number;
use crate::surface::page_comment::{Change, RowChange};
use crate::surface::page_row::RowState;
use crate::surface::pull_request_comment as comment;
use crate::surface::report;
use crate::words::in_brackets;

use super::{Edit, PageChange, RowEffect, Write, places};

/// `1 page`, `2 pages`.
pub(super) fn pages(count: usize) -> String {
    number(count, "page", "pages")
}

/// How many pages are linked, `to` what, and how many are only listed.
pub(super) fn summary((linked, only): (usize, usize), to: &str) -> String {
    match (linked, only) {
        (0, 0) => format!("No page is linked{to}."),
        (linked, 0) => format!("{} linked{to}.", pages(linked)),
        (0, only) => format!("{} listed only.", pages(only)),
        (linked, only) => format!("{} linked{to}, {only} listed only.", pages(linked)),
    }
}

/// When a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tense {
    /// A dry run would make it.
    Planned,
    /// It was made.
    Past,
}

/// How and where a page is mentioned.
pub(crate) fn mentions(page: &Page) -> Vec<String> {
    let mentions = page.mentions.iter().map(|mention| {
        let how = mention.key.as_ref().map_or_else(|| "URL".to_owned(), ToString::to_string);
        format!("{how} in {}", places(&mention.origins))
    });
    mentions.collect()
}

impl PageChange {
    /// The change in one sentence with the page as people know it, without the edits that were not made, and with the
    /// mentions that led to the page.
    pub(crate) fn sentence(&self, tense: Tense, page: &str, not_done: &[String], mentions: Vec<String>) -> String {
        let what = match (self.keeps_a_row(), self.has_row()) {
            (false, _) => "unlink",
            (true, false) => "link",
            (true, true) => "update",
        };
        let verb = match (tense, what) {
            (Tense::Planned, what) => format!("Would {what}"),
            (Tense::Past, "unlink") => "Unlinked".to_owned(),
            (Tense::Past, "link") => "Linked".to_owned(),
            (Tense::Past, _) => "Updated".to_owned(),
        };
        let row = match &self.row {
            RowEffect::Linked(RowState::Open) | RowEffect::Kept | RowEffect::Unlinked | RowEffect::Removed => None,
            RowEffect::Linked(state) => Some(state.word().to_owned()),
            RowEffect::OfRelease(name) => {
                let gains = self.desired.changes.iter().any(|change| !matches!(change, RowChange::Unrelease(..)));
                Some(format!("release {name}{}", if gains { "" } else { " removed" }))
            }
        };
        let is_done =
            |edit: &&Edit| !not_done.contains(&Write::Edit { page: self.page, edit: (*edit).clone() }.to_string());
        let edits = self.edits.iter().filter(is_done).map(|edit| match edit {
            Edit::CompleteTask { number, .. } => format!("task {number} completed"),
            Edit::AddLabel(label) => format!("label {label}"),
        });
        let details: Vec<String> = row.into_iter().chain(edits).chain(mentions).collect();
        format!("{verb} {page}{}", in_brackets(&details))
    }
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment(comment::Change::Create { .. }) => f.write_str("add a comment to the pull request"),
            Self::Comment(comment::Change::Update { id, .. }) => write!(f, "update comment {id} on the pull request"),
            Self::Comment(comment::Change::Delete { id, .. }) => write!(f, "delete comment {id} on the pull request"),
            Self::Page { page, row, change } => match (change, row) {
                (Change::Update { .. }, RowEffect::OfRelease(name)) => {
                    write!(f, "update the rows of release {name} on {page}")
                }
                (Change::Update { .. }, RowEffect::Unlinked | RowEffect::Removed) => {
                    write!(f, "unlink the pull request from {page}")
                }
                (Change::Update { .. }, RowEffect::Linked(state)) => {
                    write!(f, "link the pull request on {page} as {}", state.word())
                }
                (Change::Create { .. } | Change::Update { .. }, _) => write!(f, "link the pull request on {page}"),
                (Change::Delete { id, .. }, RowEffect::Removed) => write!(f, "delete our comment {id} on {page}"),
                (Change::Delete { id, .. }, _) => write!(f, "delete our second comment {id} on {page}"),
                (Change::Retire { id, .. }, _) => {
                    write!(f, "empty our second comment {id} on {page}, which has replies")
                }
            },
            Self::Report(report::Change::Put(_)) => f.write_str("write the report on the commit"),
            Self::Report(report::Change::Delete) => f.write_str("delete the report on the commit"),
            Self::Report(report::Change::Annotate(annotations)) => {
                let annotations = number(annotations.len(), "annotation", "annotations");
                write!(f, "add {annotations} to the report on the commit")
            }
            Self::Report(report::Change::Unannotate { .. }) => {
                f.write_str("remove an annotation from the report on the commit")
            }
            Self::Edit { page, edit: Edit::CompleteTask { number, .. } } => {
                write!(f, "complete task {number} of {page}")
            }
            Self::Edit { page, edit: Edit::AddLabel(label) } => write!(f, "add the label `{label}` to {page}"),
        }
    }
}
