//! Search by CQL, for pages and for comments. Search says where to look; reading decides.
//!
//! Search lags about a minute behind and never sees archived pages (measured by others), so a hit is a candidate and a
//! missing hit means nothing.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::{HttpError, ListEnd, Page, Request, Wanted, pages};

use super::{Confluence, ListPage};

/// The search that Atlassian keeps: `/wiki/rest/api/content/search` belongs to a family that is being removed.
pub(super) const PATH: &str = "/wiki/rest/api/search";

/// How many hits one answer holds.
const HITS: usize = 100;

/// How many answers without a hit are followed one after another: some are empty and still name a next one.
const MAX_EMPTY: usize = 5;

/// Whether a search was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SearchEnd {
    Complete,
    /// There may be other hits.
    Cut,
}

/// One hit. Its own title is escaped and marked, so that the content's title counts. A space or a person has no content.
#[derive(Deserialize)]
struct Hit {
    content: Option<serde_json::Value>,
}

impl Confluence {
    /// Runs a query and hands over the content of its hits. The names in `expand` begin with `content.`: others are
    /// silently ignored.
    pub(super) fn search<T: DeserializeOwned>(
        &self,
        cql: &str,
        expand: &str,
        most_answers: usize,
        mut take: impl FnMut(T),
    ) -> Result<SearchEnd, HttpError> {
        let first = Request::get(PATH).query("cql", cql).query("limit", HITS);
        let first = first.query("excerpt", "none").query("expand", expand);
        let mut end = SearchEnd::Complete;
        let mut empty = 0;
        let read = |page: ListPage<serde_json::Value>| {
            empty = if page.results.is_empty() { empty + 1 } else { 0 };
            let is_followed = empty < MAX_EMPTY;
            if !is_followed && page.next().is_some() {
                end = SearchEnd::Cut;
            }
            for row in page.results {
                match content(row) {
                    Ok(Some(content)) => take(content),
                    Ok(None) => {}
                    // One odd row must not hide the others, and what it would have been is not known.
                    Err(_) => end = SearchEnd::Cut,
                }
            }
            if is_followed { Wanted::More } else { Wanted::Enough }
        };
        match pages(first, most_answers, |request| self.send(request), read) {
            ListEnd::Complete => Ok(end),
            ListEnd::Capped => Ok(SearchEnd::Cut),
            ListEnd::Failed(error) => Err(error),
        }
    }
}

fn content<T: DeserializeOwned>(row: serde_json::Value) -> serde_json::Result<Option<T>> {
    serde_json::from_value::<Hit>(row)?.content.map(serde_json::from_value).transpose()
}
