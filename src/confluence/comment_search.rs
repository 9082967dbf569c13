//! Our own footer comments on all pages, by search. Search says where to look; reading decides.

use serde::Deserialize;

use crate::http::{HttpError, ListEnd, Request, Wanted, pages};
use crate::ids::{ContentId, PageKind, PageName};

use super::{Body, Confluence, ListPage};

/// The most pages of hits read: 5,000 comments.
const MAX_PAGES: usize = 50;

/// How many hits one page holds.
const HITS: usize = 100;

/// How many pages of hits without a row are followed: some answers are empty and still name a next page.
const MAX_EMPTY: usize = 2;

const EXPAND: &str = "content.container,content.body.storage";

/// A footer comment that search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundComment {
    /// The page it is on.
    pub page: PageName,
    /// Its body in storage format, as the index has it; `None` when the answer left it out.
    pub body: Option<String>,
}

/// What a search for comments found.
#[derive(Debug)]
pub struct FoundComments {
    /// The hits.
    pub comments: Vec<FoundComment>,
    /// Whether there were more hits than were read.
    pub capped: bool,
}

impl Confluence {
    /// The comments of the credential's account that were changed in the last days; of all time without a number.
    pub fn own_comments(&self, days: Option<u32>) -> Result<FoundComments, HttpError> {
        let since = days.map(|days| format!(" and lastmodified >= now(\"-{days}d\")")).unwrap_or_default();
        let first = Request::get("/wiki/rest/api/search")
            .query("cql", format!("type = comment and creator = currentUser(){since}"))
            .query("limit", HITS)
            .query("excerpt", "none")
            .query("expand", EXPAND);
        let mut found = FoundComments { comments: Vec::new(), capped: false };
        let mut empty = 0;
        let take = |page: ListPage<serde_json::Value>| {
            empty = if page.results.is_empty() { empty + 1 } else { 0 };
            found.comments.extend(page.results.into_iter().filter_map(found_comment));
            if empty < MAX_EMPTY { Wanted::More } else { Wanted::Enough }
        };
        match pages(first, MAX_PAGES, |request| self.send(request), take) {
            ListEnd::Complete => {}
            ListEnd::Capped => found.capped = true,
            ListEnd::Failed(error) => return Err(error),
        }
        Ok(found)
    }
}

#[derive(Deserialize)]
struct Row {
    content: Option<Comment>,
}

#[derive(Deserialize)]
struct Comment {
    container: Option<Container>,
    body: Option<Body>,
}

#[derive(Deserialize)]
struct Container {
    id: serde_json::Value,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// One odd row hides no other: reading the page decides anyway.
fn found_comment(row: serde_json::Value) -> Option<FoundComment> {
    let Comment { container, body } = serde_json::from_value::<Row>(row).ok()?.content?;
    let Container { id, kind } = container?;
    let kind = match kind.as_deref() {
        Some("page") => PageKind::Page,
        Some("blogpost") => PageKind::BlogPost,
        Some(_) | None => return None,
    };
    let id = ContentId::parse(id.to_string().trim_matches('"'))?;
    Some(FoundComment { page: PageName { id, kind }, body: body.and_then(Body::storage) })
}
