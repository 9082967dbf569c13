//! How a write reads, in words that name no page by its title: they stand in the audit log.

use std::fmt;

use crate::report::number;
use crate::surface::page_comment::Change;
use crate::surface::pull_request_comment as comment;
use crate::surface::report;

use super::{Edit, RowEffect, Write};

/// How a report's text begins to say what is not met. The text before it names no page.
pub(super) const NOT_MET: &str = "Requirements not met";

/// `1 page`, `2 pages`.
pub(super) fn pages(count: usize) -> String {
    number(count, "page", "pages")
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment(comment::Change::Create { .. }) => f.write_str("add a comment to the pull request"),
            Self::Comment(comment::Change::Update { id, .. }) => write!(f, "update comment {id} on the pull request"),
            Self::Comment(comment::Change::Delete { id, .. }) => write!(f, "delete comment {id} on the pull request"),
            Self::Page { page, row, change } => {
                let state = match row {
                    RowEffect::Linked(state) => format!(" as {}", state.word()),
                    RowEffect::OfRelease(_) | RowEffect::Kept | RowEffect::Unlinked | RowEffect::Removed => {
                        String::new()
                    }
                };
                match (change, row) {
                    (Change::Create { .. }, RowEffect::Linked(_)) => {
                        write!(f, "link the pull request on {page}, in a new comment")
                    }
                    (Change::Create { .. }, _) => write!(f, "link the pull request on {page}{state}, in a new comment"),
                    (Change::Update { id, .. }, RowEffect::OfRelease(name)) => {
                        write!(f, "update the rows of release {name} on {page}, in comment {id}")
                    }
                    (Change::Update { id, .. }, RowEffect::Unlinked | RowEffect::Removed) => {
                        write!(f, "take the pull request off {page}, in comment {id}")
                    }
                    (Change::Update { id, .. }, _) => {
                        write!(f, "link the pull request on {page}{state}, in comment {id}")
                    }
                    (Change::Delete { id, .. }, RowEffect::Removed) => write!(f, "delete our comment {id} on {page}"),
                    (Change::Delete { id, .. }, _) => write!(f, "delete our second comment {id} on {page}"),
                    (Change::Retire { id, .. }, _) => {
                        write!(f, "empty our second comment {id} on {page}, which has replies")
                    }
                }
            }
            Self::Report(report::Change::Put(report)) => match report.details.split_once(NOT_MET) {
                Some((before, _)) => write!(f, "write the report on the commit: {before}{NOT_MET}."),
                None => write!(f, "write the report on the commit: {}", report.details),
            },
            Self::Report(report::Change::Delete) => f.write_str("delete the report on the commit"),
            Self::Report(report::Change::Annotate(annotations)) => {
                write!(f, "note in the report on the commit: {}", number(annotations.len(), "reason", "reasons"))
            }
            Self::Report(report::Change::Unannotate { id }) => {
                write!(f, "take the annotation {id} out of the report on the commit")
            }
            Self::Edit { page, edit: Edit::CompleteTask { number, .. } } => {
                write!(f, "complete task {number} of {page}")
            }
            Self::Edit { page, edit: Edit::AddLabel(label) } => write!(f, "put the label `{label}` on {page}"),
        }
    }
}
