//! Bitbucket Cloud's endpoints, typed: what may be asked, and what an answer means here.
//!
//! Wire types are private to the file of their endpoint. Every list follows `next` on this origin only.

mod comments;
mod pull_requests;
mod reports;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::{HttpError, Request, Service};
use crate::ids::RepositoryName;

pub use comments::Comment;
pub use pull_requests::{Commit, Commits, PullRequest, PullRequestState};
pub use reports::WireReport;

/// One repository of Bitbucket Cloud, through one credential.
#[derive(Debug)]
pub struct Bitbucket {
    service: Service,
    repository: RepositoryName,
}

/// The largest page of commits and comments (Bitbucket's documents: 10 to 100).
const PAGE_LENGTH: u32 = 100;

impl Bitbucket {
    /// The repository, reached through the service.
    pub fn new(service: Service, repository: RepositoryName) -> Self {
        Self { service, repository }
    }

    fn path(&self, below: &str) -> String {
        format!("/repositories/{}/{}{below}", self.repository.workspace(), self.repository.slug())
    }

    /// Reads a list page by page, at most `max_pages`.
    fn list<T: DeserializeOwned>(&self, first: Request, max_pages: usize) -> Listed<T> {
        let mut listed = Listed { values: Vec::new(), end: ListEnd::Complete };
        let mut request = first;
        for _ in 0..max_pages {
            let page = self.service.send(&request).and_then(|answer| answer.json::<ListPage<T>>());
            let next = match page {
                Ok(page) => {
                    listed.values.extend(page.values);
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
struct Listed<T> {
    values: Vec<T>,
    end: ListEnd,
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

#[derive(Deserialize)]
struct ListPage<T> {
    #[serde(default = "Vec::new")]
    values: Vec<T>,
    next: Option<String>,
}
