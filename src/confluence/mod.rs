//! Confluence Cloud's endpoints, typed: what may be asked, and what an answer means here.
//!
//! Pages and blog posts have endpoints of their own in v2; search and restrictions exist in v1 only. Wire types are
//! private to the file of their endpoint, and ids are strings on the wire.

mod comments;
mod content;
mod search;
mod tasks;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::{HttpError, Request, Service};
use crate::ids::{AccountId, PageKind};

pub use comments::FooterComment;
pub use content::{Content, ContentStatus, LastChange, Restriction, SpaceName};
pub use search::{Searched, Term, queries, queries_of_ids};
pub use tasks::Task;

/// One Confluence site, through one credential.
#[derive(Debug)]
pub struct Confluence {
    service: Service,
}

/// The largest page of a v2 list, and the most ids in one call (Confluence's documents).
const PAGE_LENGTH: usize = 250;

impl Confluence {
    /// The site, reached through the service.
    pub fn new(service: Service) -> Self {
        Self { service }
    }

    /// The account the credential belongs to. With a bad credential v1 answers 403, while v2 hides behind a 404, so
    /// this is also the proof that a later 404 means what it says.
    pub fn current_user(&self) -> Result<AccountId, HttpError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            account_id: Option<String>,
        }
        let answer = self.service.send(&Request::get("/wiki/rest/api/user/current"))?;
        let wire: Wire = answer.json()?;
        let account = wire.account_id.as_deref().and_then(AccountId::parse);
        account.ok_or_else(|| answer.wrong_shape("a user with an account id"))
    }

    /// Reads a list to its end; more than `max_pages` is an error, so that nobody takes a part for the whole.
    fn list<T: DeserializeOwned>(&self, first: Request, max_pages: usize) -> Result<Vec<T>, HttpError> {
        self.list_of(first, max_pages, Some)
    }

    /// The same of long values, of which only some are kept: the others are gone before the next page is read.
    fn list_of<W: DeserializeOwned, T>(
        &self,
        first: Request,
        max_pages: usize,
        keep: impl Fn(W) -> Option<T>,
    ) -> Result<Vec<T>, HttpError> {
        let mut results = Vec::new();
        let mut request = first;
        for _ in 0..max_pages {
            let answer = self.service.send(&request)?;
            let page: ListPage<W> = answer.json()?;
            results.extend(page.results.into_iter().filter_map(&keep));
            match page.links.and_then(|links| links.next) {
                None => return Ok(results),
                Some(next) => request = Request::get(self.service.follow(&next)?),
            }
        }
        Err(self.service.endless(&request))
    }
}

fn collection(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Page => "/wiki/api/v2/pages",
        PageKind::BlogPost => "/wiki/api/v2/blogposts",
    }
}

#[derive(Deserialize)]
struct ListPage<T> {
    #[serde(default = "Vec::new")]
    results: Vec<T>,
    #[serde(rename = "_links")]
    links: Option<Links>,
}

#[derive(Deserialize)]
struct Links {
    next: Option<String>,
}

/// A body as answers hold it when `body-format=storage` was asked for.
#[derive(Deserialize)]
struct Body {
    storage: Option<Storage>,
}

#[derive(Deserialize)]
struct Storage {
    value: Option<String>,
}

impl Body {
    fn storage(self) -> Option<String> {
        self.storage?.value
    }
}
