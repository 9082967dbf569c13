//! Comments on a pull request.

use serde::Deserialize;
use serde_json::json;

use crate::http::{HttpError, Request};
use crate::ids::{PullRequestCommentId, PullRequestId, UserUuid};

use super::{Bitbucket, ListEnd, PAGE_LENGTH, User};

/// The most pages of comments read: a pull request with more than 10,000 comments is refused, because ours could be
/// among those not seen.
const MAX_PAGES: usize = 100;

/// A live comment on the pull request as a whole: no reply, none on a line of code, none that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub id: PullRequestCommentId,
    pub raw: String,
    pub author: Option<UserUuid>,
    /// Whether that is a person.
    pub author_kind: AuthorKind,
}

/// What kind of account wrote a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorKind {
    Person,
    /// An access token or an app.
    App,
    /// The answer does not say.
    Unknown,
}

/// A comment that was written, with the service's id of the request.
pub(super) type Written = (Comment, Option<String>);

impl Bitbucket {
    /// The live comments on a pull request that are wanted, and how reading them ended. The others are let go page by
    /// page: there can be ten thousand, of any length.
    pub(crate) fn comments(&self, id: PullRequestId, wanted: impl Fn(&Comment) -> bool) -> (Vec<Comment>, ListEnd) {
        let request =
            Request::get(self.path(&format!("/pullrequests/{id}/comments"))).query("pagelen", PAGE_LENGTH).query(
                "fields",
                "values.id,values.content.raw,values.user.uuid,values.user.type,values.deleted,values.parent.id,values.inline.path,next",
            );
        let listed = self.list_of(request, MAX_PAGES, |wire: Wire| wire.live().filter(&wanted));
        (listed.values, listed.end)
    }

    /// The account the credential belongs to. Access tokens may not ask.
    pub(crate) fn current_user(&self) -> Result<Option<UserUuid>, HttpError> {
        if let Some(known) = self.account.get() {
            return Ok(known.clone());
        }
        let account = self.user("uuid")?.uuid.as_deref().and_then(UserUuid::parse);
        Ok(self.account.get_or_init(|| account).clone())
    }

    /// One comment; `None` when it was deleted.
    pub(crate) fn comment(
        &self,
        id: PullRequestId,
        comment: PullRequestCommentId,
    ) -> Result<Option<Comment>, HttpError> {
        let request = Request::get(self.path(&format!("/pullrequests/{id}/comments/{comment}")));
        match self.service.send(&request) {
            Ok(answer) => Ok(answer.json::<Wire>()?.live()),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn create_comment(&self, id: PullRequestId, raw: &str) -> Result<Written, HttpError> {
        self.write_comment(Request::post(self.path(&format!("/pullrequests/{id}/comments"))), raw)
    }

    /// Replaces a comment's text; only its author may.
    pub(crate) fn update_comment(
        &self,
        id: PullRequestId,
        comment: PullRequestCommentId,
        raw: &str,
    ) -> Result<Written, HttpError> {
        self.write_comment(Request::put(self.path(&format!("/pullrequests/{id}/comments/{comment}"))), raw)
    }

    pub(crate) fn delete_comment(
        &self,
        id: PullRequestId,
        comment: PullRequestCommentId,
    ) -> Result<Option<String>, HttpError> {
        let request = Request::delete(self.path(&format!("/pullrequests/{id}/comments/{comment}")));
        Ok(self.service.send(&request)?.request_id().map(str::to_owned))
    }

    fn write_comment(&self, request: Request, raw: &str) -> Result<Written, HttpError> {
        let answer = self.service.send(&request.json(&json!({ "content": { "raw": raw } })))?;
        let request_id = answer.request_id().map(str::to_owned);
        let wire: Wire = answer.json()?;
        let id =
            wire.id.and_then(PullRequestCommentId::new).ok_or_else(|| answer.wrong_shape("a comment with an id"))?;
        let (author, author_kind) = (wire.author(), wire.author_kind());
        Ok((Comment { id, raw: raw.to_owned(), author, author_kind }, request_id))
    }
}

#[derive(Deserialize)]
struct Wire {
    id: Option<u64>,
    content: Option<Content>,
    user: Option<User>,
    deleted: Option<bool>,
    parent: Option<serde::de::IgnoredAny>,
    inline: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Content {
    raw: Option<String>,
}

impl Wire {
    fn author(&self) -> Option<UserUuid> {
        UserUuid::parse(self.user.as_ref()?.uuid.as_deref()?)
    }

    fn author_kind(&self) -> AuthorKind {
        match self.user.as_ref().and_then(|user| user.kind.as_deref()) {
            Some("user") => AuthorKind::Person,
            Some("app_user") => AuthorKind::App,
            Some(_) | None => AuthorKind::Unknown,
        }
    }

    fn live(self) -> Option<Comment> {
        if self.deleted == Some(true) || self.parent.is_some() || self.inline.is_some() {
            return None;
        }
        let (author, author_kind) = (self.author(), self.author_kind());
        let raw = self.content?.raw.unwrap_or_default();
        Some(Comment { id: PullRequestCommentId::new(self.id?)?, raw, author, author_kind })
    }
}
