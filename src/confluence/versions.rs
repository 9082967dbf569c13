//! The versions of a page or blog post, by number and time.

use jiff::Timestamp;
use serde::Deserialize;

use crate::http::{HttpError, ListEnd, Request, Wanted, pages};
use crate::ids::PageName;

use super::{Confluence, ListPage, PAGE_LENGTH, collection};

/// The most pages of versions read: 2,000 versions, the newest.
const MAX_PAGES: usize = 8;

/// A version of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub number: u32,
    /// When it was made.
    pub at: Timestamp,
}

impl Confluence {
    /// The versions of a page, the newest first, read until one is found that is `enough`; of a page with more than are
    /// read, the newest.
    pub(crate) fn versions(&self, page: PageName, enough: impl Fn(Version) -> bool) -> Result<Vec<Version>, HttpError> {
        let request = Request::get(format!("{}/{}/versions", collection(page.kind), page.id))
            .query("limit", PAGE_LENGTH)
            .query("sort", "-modified-date");
        let mut versions = Vec::new();
        let take = |list: ListPage<Wire>| {
            versions.extend(list.results.into_iter().filter_map(Wire::meant));
            if versions.iter().copied().any(&enough) { Wanted::Enough } else { Wanted::More }
        };
        match pages(request, MAX_PAGES, |request| self.send(request), take) {
            ListEnd::Failed(error) => Err(error),
            ListEnd::Complete | ListEnd::Capped => Ok(versions),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    number: Option<u32>,
    created_at: Option<String>,
}

impl Wire {
    fn meant(self) -> Option<Version> {
        Some(Version { number: self.number?, at: self.created_at?.parse().ok()? })
    }
}
