//! Bitbucket Cloud's endpoints, typed: what may be asked, and what an answer means here.
//!
//! Wire types are private to the file of their endpoint. Every list follows `next` on this origin only.

mod comments;
mod commits;
mod probe;
mod pull_requests;
mod releases;
mod reports;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::{HttpError, Request, Service};
use crate::ids::RepositoryName;

pub use comments::Comment;
pub use commits::{Commit, CommitFacts, Commits};
pub use probe::Probe;
pub use pull_requests::{ListedPullRequest, PullRequest, PullRequestState};
pub use releases::{MergedPullRequest, RangeCommit, Tag};
pub use reports::{WireAnnotation, WireReport};

/// How pull requests are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// In the credential's name.
    WithCredential,
    /// In nobody's, as everybody may read a public repository: sixty requests an hour from one address.
    Anonymous,
    /// Not at all: what the pipeline's variables say is all that is known.
    FromEnvironment,
}

impl Reading {
    /// Whether, after such a failure, what the pipeline's variables say has to do: who reads in nobody's name may be
    /// turned away, or have used up the address's requests.
    pub fn gives_way(self, error: &HttpError) -> bool {
        match self {
            Self::Anonymous => matches!(error.status(), Some(401 | 403 | 404 | 429)),
            Self::WithCredential | Self::FromEnvironment => false,
        }
    }
}

/// One repository of Bitbucket Cloud, through one credential, or in nobody's name.
#[derive(Debug)]
pub struct Bitbucket {
    service: Service,
    /// Where reports go, when not to the same.
    reports: Option<Service>,
    repository: RepositoryName,
}

/// The largest page of commits and comments (Bitbucket's documents: 10 to 100).
const PAGE_LENGTH: u32 = 100;

impl Bitbucket {
    /// The repository, reached through the service.
    pub fn new(service: Service, repository: RepositoryName) -> Self {
        Self { service, reports: None, repository }
    }

    /// The same with reports going another way.
    pub fn reporting_through(self, reports: Service) -> Self {
        Self { reports: Some(reports), ..self }
    }

    fn reports(&self) -> &Service {
        self.reports.as_ref().unwrap_or(&self.service)
    }

    fn path(&self, below: &str) -> String {
        format!("/repositories/{}/{}{below}", self.repository.workspace(), self.repository.slug())
    }

    /// Reads a list page by page, at most `max_pages`.
    fn list<T: DeserializeOwned>(&self, first: Request, max_pages: usize) -> Listed<T> {
        self.list_of(first, max_pages, Some)
    }

    /// The same of what `keep` makes of the entries.
    fn list_of<W: DeserializeOwned, T>(
        &self,
        first: Request,
        max_pages: usize,
        keep: impl Fn(W) -> Option<T>,
    ) -> Listed<T> {
        let mut listed = Listed { values: Vec::new(), end: ListEnd::Complete };
        let mut request = first;
        for _ in 0..max_pages {
            let page = self.service.send(&request).and_then(|answer| answer.json::<ListPage<W>>());
            let next = match page {
                Ok(page) => {
                    listed.values.extend(page.values.into_iter().filter_map(&keep));
                    page.next.map(|next| self.service.follow(&next))
                }
                Err(error) => {
                    listed.end = ListEnd::Failed(error);
                    return listed;
                }
            };
            request = match next {
                None => return listed,
                Some(Ok(path)) => Request::get(path),
                Some(Err(error)) => {
                    listed.end = ListEnd::Failed(error);
                    return listed;
                }
            };
        }
        listed.end = ListEnd::Capped;
        listed
    }
}

/// A list as far as it was read.
#[derive(Debug)]
pub struct Listed<T> {
    /// In the order of the answer.
    pub values: Vec<T>,
    /// Whether these are all.
    pub end: ListEnd,
}

/// How reading a list ended.
#[derive(Debug)]
pub enum ListEnd {
    /// At its end.
    Complete,
    /// At our own limit.
    Capped,
    /// At a page that could not be read.
    Failed(HttpError),
}

impl ListEnd {
    /// What ended it early.
    pub fn failure(&self) -> Option<&HttpError> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Complete | Self::Capped => None,
        }
    }
}

#[derive(Deserialize)]
struct ListPage<T> {
    #[serde(default = "Vec::new")]
    values: Vec<T>,
    next: Option<String>,
}
