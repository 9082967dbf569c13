//! Our footer comments on one page.
//!
//! A comment is ours when it carries our marker and our account wrote its first version: an administrator may have edited
//! it since, and anyone may copy its text.

use crate::confluence::{Confluence, FooterComment};
use crate::http::HttpError;
use crate::ids::{AccountId, FooterCommentId, PageName};
use crate::report::{Failure, sentence};
use crate::surface::page_comment::{self, OurComment, Purpose, Replies};
use crate::surface::storage::Unreadable;

/// The most comments with our marker that others edited last and whose first version is read: each costs a request.
const MAX_EDITED: usize = 5;

/// Why the comments of a page are not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommentsUnknown {
    /// They could not be read.
    #[error(transparent)]
    NotRead(HttpError),
    /// Ours is there, and its body makes no sense: writing it again would lose its rows.
    #[error("can't read our comment {comment}: delete it, and the next run adds it again")]
    NotUnderstood {
        /// Which comment.
        comment: String,
        source: Unreadable,
    },
}

impl CommentsUnknown {
    /// The same for the exit code.
    pub(crate) fn failure(&self) -> Failure {
        match self {
            Self::NotRead(error) => Failure::of_page(error),
            Self::NotUnderstood { .. } => Failure::other(sentence(self)),
        }
    }

    /// The service's id of the request that failed.
    pub(crate) fn request_id(&self) -> Option<String> {
        match self {
            Self::NotRead(error) => error.request_id().map(str::to_owned),
            Self::NotUnderstood { .. } => None,
        }
    }

    /// Whether the page is not there for the account.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::NotRead(error) if matches!(error.status(), Some(403 | 404)))
    }
}

/// Reads our comments on a page.
pub(crate) fn our_comments(confluence: &Confluence, page: PageName) -> Result<Vec<OurComment>, CommentsUnknown> {
    let has_marker = |comment: &FooterComment| page_comment::purpose_of(&comment.body).is_some();
    // Our account is asked for at the same time, so it is compared last.
    let marked = confluence.footer_comments(page, has_marker).map_err(CommentsUnknown::NotRead)?;
    let me = confluence.account().map_err(CommentsUnknown::NotRead)?;
    let mut ours = Vec::new();
    let mut edited = 0;
    for comment in marked {
        let is_ours = match &comment.author {
            None => false,
            Some(author) if *author == me => true,
            Some(_) if comment.version < 2 || edited == MAX_EDITED => false,
            Some(_) => {
                edited += 1;
                is_first_author(confluence, comment.id, &me)?
            }
        };
        if is_ours {
            ours.push(understood(comment)?);
        }
    }
    read_replies(confluence, page, &mut ours)?;
    Ok(ours)
}

fn is_first_author(confluence: &Confluence, id: FooterCommentId, me: &AccountId) -> Result<bool, CommentsUnknown> {
    let author = confluence.footer_comment_author(id).map_err(CommentsUnknown::NotRead)?;
    Ok(author.as_ref() == Some(me))
}

/// Deleting a comment deletes its replies, so replies are read for every comment except the one that stays.
fn read_replies(confluence: &Confluence, page: PageName, ours: &mut [OurComment]) -> Result<(), CommentsUnknown> {
    let stays = ours.iter().filter(|comment| comment.is_in_use()).map(|comment| comment.id).min();
    for goes in ours.iter_mut().filter(|comment| Some(comment.id) != stays) {
        goes.replies = match (confluence.has_replies(goes.id), goes.purpose) {
            (Ok(true), _) => Replies::Some,
            (Ok(false), _) => Replies::None,
            // Another run deleted it between the two reads; the next write to it will show that.
            (Err(error), Purpose::Rows) if error.status() == Some(404) => Replies::Unread,
            // The only write that is left for it is its deletion, which would take replies along.
            (Err(error), Purpose::Gone) if error.status() == Some(404) => {
                verify_deleted(confluence, page, goes.id, error)?;
                Replies::None
            }
            (Err(error), _) => return Err(CommentsUnknown::NotRead(error)),
        };
    }
    Ok(())
}

/// A comment whose replies are not there is itself gone; if it is still listed, its replies are not known.
fn verify_deleted(
    confluence: &Confluence,
    page: PageName,
    id: FooterCommentId,
    error: HttpError,
) -> Result<(), CommentsUnknown> {
    let listed = confluence.footer_comments(page, |comment| comment.id == id).map_err(CommentsUnknown::NotRead)?;
    if listed.is_empty() { Ok(()) } else { Err(CommentsUnknown::NotRead(error)) }
}

fn understood(comment: FooterComment) -> Result<OurComment, CommentsUnknown> {
    let FooterComment { id, version, body, author: _ } = comment;
    OurComment::read(id, version, body)
        .map_err(|source| CommentsUnknown::NotUnderstood { comment: id.to_string(), source })
}
