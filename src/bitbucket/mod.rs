//! Bitbucket Cloud's endpoints, typed.
//!
//! Wire types are private to the file of their endpoint. Every list follows `next` on this origin only.

mod comments;
mod commits;
mod probe;
mod pull_requests;
mod releases;
mod reports;

use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::{Answer, HttpError, Page, Request, Service, Wanted, pages};
use crate::ids::{AccountId, CommitHash, RepositoryName, UserUuid};

pub(crate) use crate::http::ListEnd;
pub(crate) use comments::{AuthorKind, Comment};
pub(crate) use commits::{Commit, CommitFacts, Commits};
pub(crate) use probe::Probe;
pub(crate) use pull_requests::{
    BranchPullRequest, Indexed, ListedPullRequest, PullRequest, PullRequestState, Repository,
};
pub(crate) use releases::{MergedPullRequest, RangeCommit, Tag};
pub(crate) use reports::{WireAnnotation, WireReport};

/// How pull requests are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    WithCredential,
    /// Anonymous, for a public repository: sixty requests an hour from one address.
    Anonymous,
    /// Not at all: only the pipeline's variables are known.
    FromEnvironment,
}

impl Reading {
    /// Whether the run continues with the pipeline's variables after such a failure. An anonymous reader may be refused or
    /// rate limited.
    pub(crate) fn falls_back_on(self, error: &HttpError) -> bool {
        match self {
            Self::Anonymous => matches!(error.status(), Some(401 | 403 | 404 | 429)),
            Self::WithCredential | Self::FromEnvironment => false,
        }
    }
}

/// One repository of Bitbucket Cloud, with one credential or anonymous.
#[derive(Debug)]
pub(crate) struct Bitbucket {
    service: Service,
    reports: Reports,
    repository: RepositoryName,
    /// The account of the credential, asked once.
    account: OnceLock<Option<UserUuid>>,
}

#[derive(Debug)]
enum Reports {
    Same,
    /// Through the pipeline's proxy.
    Through(Service),
    /// Through the pipeline's proxy once the credential was refused and the proxy accepted: an access token may be refused
    /// with every scope that its documents name.
    Instead(Service, OnceLock<()>),
}

/// The largest page of commits and comments (Bitbucket's documents: 10 to 100).
const PAGE_LENGTH: u32 = 100;

impl Bitbucket {
    /// The repository, reached through the service.
    pub(crate) fn new(service: Service, repository: RepositoryName) -> Self {
        Self { service, reports: Reports::Same, repository, account: OnceLock::new() }
    }

    /// The same with reports going another way.
    pub(crate) fn reporting_through(self, reports: Service) -> Self {
        Self { reports: Reports::Through(reports), ..self }
    }

    /// The same with reports going another way where the first one is refused.
    pub(crate) fn reporting_instead_through(self, reports: Service) -> Self {
        Self { reports: Reports::Instead(reports, OnceLock::new()), ..self }
    }

    fn send_report(&self, request: &Request) -> Result<Answer, HttpError> {
        match &self.reports {
            Reports::Same => self.service.send(request),
            Reports::Through(proxy) => proxy.send(request),
            Reports::Instead(proxy, proven) if proven.get().is_some() => proxy.send(request),
            Reports::Instead(proxy, proven) => self.service.send(request).or_else(|error| {
                if error.status() != Some(403) {
                    return Err(error);
                }
                let answer = proxy.send(request);
                let accepts = answer.as_ref().err().is_none_or(|error| error.status() == Some(404));
                if accepts {
                    proven.get_or_init(|| ());
                    answer
                } else {
                    Err(error)
                }
            }),
        }
    }

    fn path(&self, below: &str) -> String {
        format!("/repositories/{}/{}{below}", self.repository.workspace(), self.repository.slug())
    }

    /// Reads what `keep` makes of the entries of a list page by page, at most `max_pages`.
    fn list_of<W: DeserializeOwned, T>(
        &self,
        first: Request,
        max_pages: usize,
        keep: impl Fn(W) -> Option<T>,
    ) -> Listed<T> {
        let mut values = Vec::new();
        let take = |page: ListPage<W>| {
            values.extend(page.values.into_iter().filter_map(&keep));
            Wanted::More
        };
        let end = pages(first, max_pages, |request| self.service.send(request), take);
        Listed { values, end }
    }
}

/// A list as far as it was read.
#[derive(Debug)]
pub(crate) struct Listed<T> {
    /// In the order of the answer.
    pub values: Vec<T>,
    pub end: ListEnd,
}

#[derive(Deserialize)]
struct ListPage<T> {
    #[serde(default = "Vec::new")]
    values: Vec<T>,
    next: Option<String>,
}

impl<T: DeserializeOwned> Page for ListPage<T> {
    fn next(&self) -> Option<String> {
        self.next.clone()
    }
}

/// A commit by its hash alone.
#[derive(Deserialize)]
struct Hash {
    hash: Option<String>,
}

impl Hash {
    fn meant(self) -> Option<CommitHash> {
        CommitHash::parse(&self.hash?)
    }
}

/// A person, app or token, as far as the request asks for it.
#[derive(Default, Deserialize)]
struct User {
    uuid: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    account_id: Option<String>,
    display_name: Option<String>,
}

impl User {
    fn account(&self) -> Option<AccountId> {
        AccountId::parse(self.account_id.as_deref()?)
    }
}
