//! Confluence Cloud's endpoints, typed.
//!
//! Pages and blog posts have endpoints of their own in v2; search and restrictions exist in v1 only. Wire types are
//! private to the file of their endpoint, and ids are strings on the wire.

mod comment_search;
mod comments;
mod content;
mod endpoint;
mod labels;
mod login;
mod operations;
mod page_search;
mod probe;
mod remote_links;
mod search;
mod tasks;
mod users;
mod versions;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::{Answer, HttpError, ListEnd, Page, Request, Service, Session, Wanted, pages};
use crate::ids::{AccountId, CloudId, PageKind};

pub(crate) use comments::{FooterComment, WrittenComment};
pub(crate) use content::{Content, ContentStatus, LastChange, Restriction, Space, SpaceName, Viewers, VisibleSpaces};
pub(crate) use endpoint::{Access, Account, Credential, Endpoint};
pub(crate) use page_search::{Term, queries, queries_of_ids};
pub(crate) use probe::Probe;
pub(crate) use remote_links::RemoteLinks;
pub(crate) use tasks::Task;
pub(crate) use versions::Version;

use endpoint::{Products, current_user, find};

/// One Confluence site, through one credential.
#[derive(Debug)]
pub(crate) struct Confluence {
    access: Access,
    session: Arc<Session>,
    products: OnceLock<Products>,
    finding: Mutex<()>,
    account: Mutex<Option<AccountId>>,
    cloud_id: OnceLock<CloudId>,
}

/// The largest page of a v2 list, and the most ids in one call (Confluence's documents).
const PAGE_LENGTH: usize = 250;

impl Confluence {
    /// The site; how it is reached is found out with the first request.
    pub(crate) fn new(access: Access, session: &Arc<Session>) -> Self {
        Self {
            access,
            session: Arc::clone(session),
            products: OnceLock::new(),
            finding: Mutex::default(),
            account: Mutex::default(),
            cloud_id: OnceLock::new(),
        }
    }

    /// Finds out how the site is reached with this credential. `None` when it was known already.
    pub(crate) fn resolve_endpoint(&self) -> Result<Option<Endpoint>, HttpError> {
        // Other threads wait for the one that resolves it.
        let _finding = self.finding.lock().unwrap_or_else(PoisonError::into_inner);
        if self.products.get().is_some() {
            return Ok(None);
        }
        let found = find(&self.access, &self.session)?;
        if found.account.is_some() {
            *self.account.lock().unwrap_or_else(PoisonError::into_inner) = found.account;
        }
        if let Some(cloud_id) = found.cloud_id {
            self.cloud_id.get_or_init(|| cloud_id);
        }
        self.products.get_or_init(|| found.products);
        Ok(Some(found.way))
    }

    /// The site's cloud id, which no rename changes; `None` when this run could not read it.
    pub(crate) fn cloud_id(&self) -> Option<&CloudId> {
        self.cloud_id.get().or(self.access.cloud_id.as_ref())
    }

    /// The account the credential belongs to. Read once in a run; other threads wait for it.
    pub(crate) fn account(&self) -> Result<AccountId, HttpError> {
        let service = self.service()?;
        let mut known = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = &*known {
            return Ok(account.clone());
        }
        let account = current_user(service)?;
        Ok(known.insert(account.id).clone())
    }

    fn service(&self) -> Result<&Service, HttpError> {
        Ok(&self.products()?.confluence)
    }

    fn products(&self) -> Result<&Products, HttpError> {
        loop {
            match self.products.get() {
                Some(products) => return Ok(products),
                None => drop(self.resolve_endpoint()?),
            }
        }
    }

    /// Sends a request. A 404 that names nothing is how v2 hides from a bad credential, also from one that went bad
    /// during the run, so it is believed only when the credential is good at this moment.
    fn send(&self, request: &Request) -> Result<Answer, HttpError> {
        let service = self.service()?;
        let answer = service.send(request);
        if answer.as_ref().is_err_and(HttpError::is_bare_not_found) {
            current_user(service)?;
        }
        answer
    }

    /// Sends a write; gives the service's id of the request.
    fn write(&self, request: Request) -> Result<Option<String>, HttpError> {
        Ok(self.send(&request)?.request_id().map(str::to_owned))
    }

    /// Reads a list to its end; more than `max_pages` is an error, so that a part is never taken for the whole.
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
        let take = |page: ListPage<W>| {
            results.extend(page.results.into_iter().filter_map(&keep));
            Wanted::More
        };
        match pages(first.clone(), max_pages, |request| self.send(request), take) {
            ListEnd::Complete => Ok(results),
            ListEnd::Capped => Err(self.service()?.endless(&first)),
            ListEnd::Failed(error) => Err(error),
        }
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
    /// An answer without it isn't an empty list.
    results: Vec<T>,
    #[serde(rename = "_links")]
    links: Option<Links>,
}

impl<T: DeserializeOwned> Page for ListPage<T> {
    fn next(&self) -> Option<String> {
        self.links.as_ref()?.next.clone()
    }
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
