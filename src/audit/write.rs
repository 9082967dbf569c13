//! The audit facts of a write: operation, account, and the texts before and after.

use serde::Serialize;

use crate::digest::Sha256;

/// A write that was done, refused, or may have been done.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct WriteFacts {
    /// Where: `pull-request-comment`, `page-comment`, `report`, `task` or `label`.
    pub place: &'static str,
    /// `page:101`, for a comment, task or label of a page.
    pub page: Option<String>,
    /// In words.
    pub what: String,
    /// What it does there; `None` for a write that is not sent.
    pub operation: Option<Operation>,
    /// The service's or our own id of what is written, or the label; `None` while it has none.
    pub target: Option<String>,
    /// The variable whose credential it was sent with, or `pipeline` for the pipeline's own right; `None` for a write that
    /// is not sent.
    pub credential: Option<&'static str>,
    /// The id of the credential's account, as its service knows it; `None` where the service doesn't say.
    pub account: Option<String>,
    /// The text that was read there, if there was one.
    pub before: Option<Sha256>,
    /// The text that was sent; `None` for what is taken away.
    pub after: Option<Sha256>,
}

impl WriteFacts {
    /// A write that is not sent.
    pub(crate) fn unsent(place: &'static str, page: Option<String>, what: String) -> Self {
        Self {
            place,
            page,
            what,
            operation: None,
            target: None,
            credential: None,
            account: None,
            before: None,
            after: None,
        }
    }
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// A dry run would send it.
    Planned,
    Written,
    /// It is wanted, and not even tried.
    Skipped,
    /// The service refused it for good.
    Refused,
    /// The service refused it, most likely because something else changed or removed what was read there. Its place is
    /// read again.
    Conflict,
    /// The answer was lost. It may have happened, so its place is read again.
    Uncertain,
    /// The answer was lost, and this run does not read its place again.
    Unconfirmed,
    NotWritten,
    /// The comment carries our marker and belongs to another account.
    Foreign,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operation {
    /// Something is there that was not.
    Create,
    /// It says something else, or says it for the first time: a report is put whether or not it was there.
    Update,
    Delete,
}
