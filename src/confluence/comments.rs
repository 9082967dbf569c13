//! Footer comments on a page or blog post.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::http::{HttpError, Request};
use crate::ids::{AccountId, FooterCommentId, PageKind, PageName};

use super::{Body, Confluence, ListPage, PAGE_LENGTH, collection};

/// The most pages of comments read: 10,000 comments.
const MAX_PAGES: usize = 40;

/// A footer comment, not a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FooterComment {
    pub id: FooterCommentId,
    /// Its version; an update must carry the next.
    pub version: u32,
    /// Who wrote this version; who wrote the first one is [`Confluence::footer_comment_author`].
    pub author: Option<AccountId>,
    /// Its body in storage format.
    pub body: String,
}

/// What the answer to a successful write says. What it leaves out is `None`.
#[derive(Clone, Debug)]
pub(crate) struct WrittenComment {
    pub id: Option<FooterCommentId>,
    pub version: Option<u32>,
    /// Its body as it was stored.
    pub body: Option<String>,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

impl Confluence {
    /// The wanted ones of all footer comments on a page; the others take no room.
    pub(crate) fn footer_comments(
        &self,
        page: PageName,
        wanted: impl Fn(&FooterComment) -> bool,
    ) -> Result<Vec<FooterComment>, HttpError> {
        let request = Request::get(format!("{}/{}/footer-comments", collection(page.kind), page.id))
            .query("body-format", "storage")
            .query("limit", PAGE_LENGTH);
        self.list_of(request, MAX_PAGES, |wire: Wire| wire.meant().filter(&wanted))
    }

    /// Whether anybody replied to a footer comment.
    pub(crate) fn has_replies(&self, id: FooterCommentId) -> Result<bool, HttpError> {
        let request = Request::get(format!("/wiki/api/v2/footer-comments/{id}/children")).query("limit", 1);
        let replies: ListPage<IgnoredAny> = self.send(&request)?.json()?;
        Ok(!replies.results.is_empty())
    }

    /// One footer comment as it is now; `None` when it was deleted.
    pub(crate) fn footer_comment(&self, id: FooterCommentId) -> Result<Option<FooterComment>, HttpError> {
        let request = Request::get(format!("/wiki/api/v2/footer-comments/{id}")).query("body-format", "storage");
        match self.send(&request) {
            Ok(answer) => Ok(answer.json::<Wire>()?.meant()),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Who wrote the first version of a footer comment: an administrator may have edited it since.
    pub(crate) fn footer_comment_author(&self, id: FooterCommentId) -> Result<Option<AccountId>, HttpError> {
        let request = Request::get(format!("/wiki/api/v2/footer-comments/{id}/versions/1"));
        match self.send(&request) {
            Ok(answer) => Ok(answer.json::<VersionWire>()?.author()),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn create_footer_comment(&self, page: PageName, storage: &str) -> Result<WrittenComment, HttpError> {
        let of = match page.kind {
            PageKind::Page => "pageId",
            PageKind::BlogPost => "blogPostId",
        };
        let body = json!({ of: page.id.to_string(), "body": { "representation": "storage", "value": storage } });
        self.write_comment(&Request::post("/wiki/api/v2/footer-comments").json(&body))
    }

    /// Replaces a footer comment on top of the version that was read; a newer one there is a 409.
    pub(crate) fn update_footer_comment(
        &self,
        id: FooterCommentId,
        read_version: u32,
        storage: &str,
    ) -> Result<WrittenComment, HttpError> {
        let body = json!({
            "version": { "number": read_version.saturating_add(1) },
            "body": { "representation": "storage", "value": storage },
        });
        self.write_comment(&Request::put(format!("/wiki/api/v2/footer-comments/{id}")).json(&body))
    }

    fn write_comment(&self, request: &Request) -> Result<WrittenComment, HttpError> {
        let answer = self.send(request)?;
        // Whatever the answer says, the write happened.
        let wire = answer.json::<Wire>().ok();
        Ok(WrittenComment {
            id: wire.as_ref().and_then(|wire| FooterCommentId::parse(&wire.id)),
            version: wire.as_ref().and_then(|wire| wire.version.as_ref()?.number),
            body: wire.and_then(|wire| wire.body?.storage()),
            request_id: answer.request_id().map(str::to_owned),
        })
    }

    pub(crate) fn delete_footer_comment(&self, id: FooterCommentId) -> Result<Option<String>, HttpError> {
        self.write(Request::delete(format!("/wiki/api/v2/footer-comments/{id}")))
    }
}

#[derive(Deserialize)]
struct Wire {
    id: String,
    status: Option<String>,
    version: Option<VersionWire>,
    body: Option<Body>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VersionWire {
    number: Option<u32>,
    author_id: Option<String>,
}

impl VersionWire {
    fn author(&self) -> Option<AccountId> {
        self.author_id.as_deref().and_then(AccountId::parse)
    }
}

impl Wire {
    fn meant(self) -> Option<FooterComment> {
        if self.status.is_some_and(|status| status != "current") {
            return None;
        }
        let version = self.version?;
        Some(FooterComment {
            id: FooterCommentId::parse(&self.id)?,
            version: version.number?,
            author: version.author(),
            body: self.body?.storage()?,
        })
    }
}
