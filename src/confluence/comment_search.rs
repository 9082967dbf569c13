//! Our own footer comments on all pages, by search. Search says where to look; reading decides.

use serde::Deserialize;

use crate::http::HttpError;
use crate::ids::{ContentId, PageKind, PageName};

use super::search::SearchEnd;
use super::{Body, Confluence};

/// The most answers read: 5,000 comments.
const MAX_ANSWERS: usize = 50;

const EXPAND: &str = "content.container,content.body.storage";

/// A footer comment that search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundComment {
    /// The page it is on.
    pub page: PageName,
    /// Its body in storage format, as the index has it; `None` when the answer left it out.
    pub body: Option<String>,
}

/// What a search for comments found.
#[derive(Debug)]
pub(crate) struct FoundComments {
    pub comments: Vec<FoundComment>,
    /// Whether there were more hits than were read.
    pub capped: bool,
}

impl Confluence {
    /// The comments of the credential's account that were changed in the last days; of all time without a number.
    pub(crate) fn own_comments(&self, days: Option<u32>) -> Result<FoundComments, HttpError> {
        let since = days.map(|days| format!(" and lastmodified >= now(\"-{days}d\")")).unwrap_or_default();
        let cql = format!("type = comment and creator = currentUser(){since}");
        let mut comments = Vec::new();
        let end = self.search(&cql, EXPAND, MAX_ANSWERS, |hit: Comment| comments.extend(hit.found()))?;
        Ok(FoundComments { comments, capped: end == SearchEnd::Cut })
    }
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

impl Comment {
    /// `None` for a comment on something else than a page.
    fn found(self) -> Option<FoundComment> {
        let Container { id, kind } = self.container?;
        let kind = match kind.as_deref() {
            Some("page") => PageKind::Page,
            Some("blogpost") => PageKind::BlogPost,
            Some(_) | None => return None,
        };
        let id = ContentId::parse(id.to_string().trim_matches('"'))?;
        Some(FoundComment { page: PageName { id, kind }, body: self.body.and_then(Body::storage) })
    }
}
