//! The identity of a page: its kind, its id, its name in the index and its URL.

use std::fmt;

use serde::Serialize;

use super::{ContentId, Host};

/// The two kinds of content that take footer comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PageKind {
    /// A page or a live doc.
    Page,
    BlogPost,
}

impl PageKind {
    /// Its word in names and files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::BlogPost => "blogpost",
        }
    }
}

/// A page with its kind, as the index names it: `page:101`, `blogpost:110`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageName {
    pub id: ContentId,
    /// Which endpoints know it.
    pub kind: PageKind,
}

impl fmt::Display for PageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.word(), self.id)
    }
}

impl PageName {
    /// Parses what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        let kind = match kind {
            "page" => PageKind::Page,
            "blogpost" => PageKind::BlogPost,
            _ => return None,
        };
        Some(Self { id: ContentId::parse(id)?, kind })
    }
}

/// The Confluence site as people see it, whichever base requests go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// `https://acme.atlassian.net`, without a path.
    pub url: String,
    pub host: Host,
}

impl Site {
    /// Where people see a page or blog post: by id, so that a rename or a move does not break it and no title shows.
    pub fn page_url(&self, id: ContentId) -> String {
        format!("{}/wiki/pages/viewpage.action?pageId={id}", self.url)
    }

    /// Where people see the difference between two versions.
    pub fn changes_url(&self, id: ContentId, from: u32, to: u32) -> String {
        let versions = format!("selectedPageVersions={from}&selectedPageVersions={to}");
        format!("{}/wiki/pages/diffpagesbyversion.action?pageId={id}&{versions}", self.url)
    }
}
