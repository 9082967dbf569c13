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
pub struct FooterComment {
    /// Its id.
    pub id: FooterCommentId,
    /// Its version; an update must carry the next.
    pub version: u32,
    /// Who wrote this version.
    pub author: Option<AccountId>,
    /// Its body in storage format.
    pub body: String,
}

impl Confluence {
    /// The wanted ones of all footer comments on a page; the others take no room.
    pub fn footer_comments(
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
    pub fn has_replies(&self, id: FooterCommentId) -> Result<bool, HttpError> {
        let request = Request::get(format!("/wiki/api/v2/footer-comments/{id}/children")).query("limit", 1);
        let replies: ListPage<IgnoredAny> = self.send(&request)?.json()?;
        Ok(!replies.results.is_empty())
    }

    /// Adds a footer comment; gives its id, if the answer tells, and the service's id of the request.
    pub fn create_footer_comment(
        &self,
        page: PageName,
        storage: &str,
    ) -> Result<(Option<FooterCommentId>, Option<String>), HttpError> {
        #[derive(Deserialize)]
        struct Added {
            id: String,
        }
        let of = match page.kind {
            PageKind::Page => "pageId",
            PageKind::BlogPost => "blogPostId",
        };
        let body = json!({ of: page.id.to_string(), "body": { "representation": "storage", "value": storage } });
        let answer = self.send(&Request::post("/wiki/api/v2/footer-comments").json(&body))?;
        // Whatever the answer says, it was added.
        let added = answer.json::<Added>().ok().and_then(|added| FooterCommentId::parse(&added.id));
        Ok((added, answer.request_id().map(str::to_owned)))
    }

    /// Replaces a footer comment on top of the version that was read; a newer one there is a 409.
    pub fn update_footer_comment(
        &self,
        id: FooterCommentId,
        read_version: u32,
        storage: &str,
    ) -> Result<Option<String>, HttpError> {
        let body = json!({
            "version": { "number": read_version.saturating_add(1) },
            "body": { "representation": "storage", "value": storage },
        });
        self.write(Request::put(format!("/wiki/api/v2/footer-comments/{id}")).json(&body))
    }

    /// Deletes a footer comment.
    pub fn delete_footer_comment(&self, id: FooterCommentId) -> Result<Option<String>, HttpError> {
        self.write(Request::delete(format!("/wiki/api/v2/footer-comments/{id}")))
    }
}

#[derive(Deserialize)]
struct Wire {
    id: String,
    version: Option<VersionWire>,
    body: Option<Body>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VersionWire {
    number: Option<u32>,
    author_id: Option<String>,
}

impl Wire {
    fn meant(self) -> Option<FooterComment> {
        let version = self.version?;
        Some(FooterComment {
            id: FooterCommentId::parse(&self.id)?,
            version: version.number?,
            author: version.author_id.as_deref().and_then(AccountId::parse),
            body: self.body?.storage()?,
        })
    }
}
