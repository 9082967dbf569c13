//! A stateful fake of Bitbucket Cloud and Confluence Cloud, on real sockets.
//!
//! It is written from Atlassian's documents and from what was measured against the services, never from what the
//! program under test expects: it does not know that program. Where the services are unkind (default pages of ten
//! comments, deleted comments that stay listed, storage format that comes back rewritten, a 404 for a bad credential),
//! so is the fake. What the documents do not know (a parameter, a member, a path) is refused and written down: see
//! [`Fake::take_unexpected`].

#![allow(unreachable_pub, reason = "`pub` in a private module is what the crate may use")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "test code: a panic is a failed test"
)]
#![allow(clippy::disallowed_methods, reason = "it is the other side of the network: it sleeps and reads the real time")]

mod barrier;
mod bitbucket;
mod clock;
mod confluence;
mod fault;
mod happening;
mod jira;
mod lag;
mod latch;
mod message;
mod numbers;
mod server;
mod state;
mod view;
mod watch;
mod wire;

use std::sync::MutexGuard;

pub use barrier::Barrier;
pub use bitbucket::model::*;
pub use clock::{Clock, bitbucket_date, confluence_date};
pub use confluence::login::OauthClient;
pub use confluence::model::*;
pub use fault::{Fault, FaultKind};
pub use happening::{Happening, Wait};
pub use jira::{Issue, Jira, Link, page_link};
pub use lag::{Lag, Replica};
pub use latch::{Latch, PausePoint, PausedRequest, until};
pub use message::{Recorded, Request, Response, Service};
pub use numbers::{IdOrder, Numbers};
pub use state::*;
pub use watch::Watch;

use server::Server;
use watch::Unwatched;

/// Both services, running until it is dropped.
pub struct Fake {
    server: Server,
}

impl Fake {
    /// Starts listening on loopback ports that the system chooses.
    pub fn start(state: State) -> Self {
        Self::start_watched(state, Unwatched)
    }

    /// The same with a caller's own checks of every request and answer.
    pub fn start_watched(state: State, watch: impl Watch + 'static) -> Self {
        Self { server: Server::start(state, Box::new(watch)) }
    }

    /// The origin of one service, `http://127.0.0.1:PORT`.
    pub fn origin(&self, service: Service) -> String {
        self.server.origin(service)
    }

    /// `http://127.0.0.1:PORT/2.0`.
    pub fn bitbucket_api_url(&self) -> String {
        format!("{}/2.0", self.origin(Service::Bitbucket))
    }

    /// The site, `http://127.0.0.1:PORT`; `/wiki` is below it.
    pub fn confluence_url(&self) -> String {
        self.origin(Service::Confluence)
    }

    /// The same site by another name: its host was renamed, and answers lead to the new one. Both names still work.
    pub fn rename_site(&self) -> String {
        let renamed = self.confluence_url().replace("127.0.0.1", "localhost");
        self.state().confluence.site_url.clone_from(&renamed);
        renamed
    }

    /// The gateway that takes scoped tokens, `http://127.0.0.1:PORT`; `/ex/confluence/{cloudId}/wiki` is below it.
    pub fn gateway_url(&self) -> String {
        self.origin(Service::Gateway)
    }

    /// Where access tokens are fetched, `http://127.0.0.1:PORT`; `/oauth/token` is below it.
    pub fn auth_url(&self) -> String {
        self.origin(Service::Auth)
    }

    /// The pipeline's forward proxy, `http://127.0.0.1:PORT`.
    pub fn proxy_url(&self) -> String {
        self.origin(Service::Proxy)
    }

    /// Everything the services hold: look at it, change it. No request is answered while it is held.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.server.state()
    }

    /// Every request so far, in the order in which they were received.
    pub fn requests(&self) -> Vec<Recorded> {
        self.server.journal().requests.clone()
    }

    /// Every request that does not only read, done or not: look at its status.
    pub fn writes(&self) -> Vec<Recorded> {
        self.requests().into_iter().filter(|recorded| !recorded.request.is_reading()).collect()
    }

    /// Requests that the fake does not know or its watcher finds fault with, and why, for a test that made them on purpose: whatever is left when the fake
    /// is dropped fails its test.
    pub fn take_unexpected(&self) -> Vec<String> {
        self.server.take_unexpected()
    }

    /// What its watcher calls a breach, for a test that did it on purpose: whatever is left when the fake is dropped fails
    /// its test.
    pub fn take_breaches(&self) -> Vec<String> {
        self.server.take_breaches()
    }

    /// Forgets requests, but not what was wrong with them. Numbers of requests start at 1 again.
    pub fn clear_requests(&self) {
        self.server.clear_journal();
    }

    /// Waits until no further request has arrived for some milliseconds: all others wait at a barrier, or have ended.
    pub fn rest(&self) {
        let mut last = 0;
        while last != self.server.journal().requests.len() {
            last = self.server.journal().requests.len();
            std::thread::sleep(std::time::Duration::from_millis(4));
        }
    }

    /// The most requests that were in flight at once at this origin.
    pub fn most_at_once(&self, service: Service) -> usize {
        self.server.most_at_once(service)
    }

    /// What people read in the pull request: the comments that are not deleted, oldest first, as Markdown.
    pub fn pull_request_comments(&self, id: u64) -> Vec<String> {
        let state = self.state();
        let request = state.bitbucket.pull_request(id);
        request.comments.iter().filter(|comment| !comment.deleted).map(|comment| comment.raw.clone()).collect()
    }

    /// What people read below the page: its footer comments, oldest first, in storage format as the service keeps it.
    pub fn page_comments(&self, content: u64) -> Vec<String> {
        let state = self.state();
        let comments = state.confluence.comments.iter().filter(|comment| comment.content == content);
        comments.map(|comment| comment.body.clone()).collect()
    }

    /// Everything people see of what programs write, without ids and dates: two runs that end the same are equal here.
    pub fn what_people_see(&self) -> serde_json::Value {
        view::of(&self.state())
    }

    /// The report on a commit (by its whole hash), as JSON.
    pub fn report(&self, commit: &str, id: &str) -> Option<serde_json::Value> {
        let state = self.state();
        let reports = &state.bitbucket.repositories[0].reports;
        reports.iter().find(|report| report.commit == commit && report.id == id).map(|report| report.json.clone())
    }

    /// The annotations of a report.
    pub fn annotations(&self, commit: &str, id: &str) -> Vec<serde_json::Value> {
        let state = self.state();
        let reports = &state.bitbucket.repositories[0].reports;
        let found = reports.iter().find(|report| report.commit == commit && report.id == id);
        found.map(|report| report.annotations.clone()).unwrap_or_default()
    }
}
