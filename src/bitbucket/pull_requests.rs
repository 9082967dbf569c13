//! Pull requests.

mod wire;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::http::{self, HttpError, Request};
use crate::ids::{AccountId, CommitHash, PullRequestId, RepositoryName, RepositoryUuid};

use super::{Bitbucket, ListEnd, ListPage, Listed};

use wire::Updated;
pub(super) use wire::Wire;

/// A pull request, as far as links depend on it. Two equal ones lead to the same links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PullRequest {
    pub id: PullRequestId,
    pub title: String,
    pub description: String,
    pub state: PullRequestState,
    pub source_branch: String,
    /// The source branch's tip; a prefix of 12 characters. `None` when the branch is gone.
    pub source_commit: Option<CommitHash>,
    /// The repository it comes from; `None` when that is gone.
    pub source_repository: Option<Repository>,
    /// The repository it goes to.
    pub destination_repository: Option<Repository>,
    pub destination_branch: String,
    /// The commit that merged it.
    pub merge_commit: Option<CommitHash>,
    pub author: Option<AccountId>,
    /// What people call who opened it.
    pub author_name: Option<String>,
    /// The display names of the people who had approved it when it was merged. `None` before, or if unknown.
    pub approved_by: Option<Vec<String>>,
}

impl PullRequest {
    /// The names of the people who had approved it when it was merged.
    pub(crate) fn approvers(&self) -> Option<String> {
        self.approved_by.as_ref().filter(|people| !people.is_empty()).map(|people| people.join(", "))
    }

    /// The branch of this repository that it came from.
    pub(crate) fn own_branch(&self) -> Option<&str> {
        (!self.is_fork()).then_some(self.source_branch.as_str())
    }

    /// Whether it comes from another repository than it goes to. A source that is gone was a fork's.
    pub(crate) fn is_fork(&self) -> bool {
        match (&self.source_repository, &self.destination_repository) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(source), Some(destination)) => match (&source.uuid, &destination.uuid) {
                (Some(source), Some(destination)) => source != destination,
                _ => source.name != destination.name,
            },
        }
    }
}

/// A repository as a pull request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    pub uuid: Option<RepositoryUuid>,
    /// Its name at this moment.
    pub name: Option<RepositoryName>,
}

/// The states of a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PullRequestState {
    Open,
    /// Open, and marked as a draft.
    Draft,
    Merged,
    Declined,
    /// Replaced by another.
    Superseded,
    /// Not read: only the pipeline's variables name it.
    Unknown,
}

impl PullRequestState {
    /// The word for it in files.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Draft => "draft",
            Self::Merged => "merged",
            Self::Declined => "declined",
            Self::Superseded => "superseded",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it may still be merged.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Draft)
    }

    /// Whether it is merged, declined or superseded.
    pub(crate) fn has_ended(self) -> bool {
        matches!(self, Self::Merged | Self::Declined | Self::Superseded)
    }
}

/// A pull request as a list shows it.
#[derive(Clone, Debug)]
pub(crate) struct ListedPullRequest {
    pub pull_request: PullRequest,
    /// Whether anybody ever commented on it, also when the list does not say so.
    pub may_have_comments: bool,
}

/// A pull request of a branch.
#[derive(Clone, Debug)]
pub(crate) struct BranchPullRequest {
    pub id: PullRequestId,
    pub state: PullRequestState,
    /// The source branch's tip; a prefix of 12 characters. `None` when the branch is gone.
    pub source_commit: Option<CommitHash>,
}

/// What the index of commits says of one.
#[derive(Debug)]
pub(crate) enum Indexed {
    /// These pull requests hold it.
    Found(Vec<PullRequest>),
    /// The index is still being built.
    NotYet,
    /// The workspace has no index.
    Missing,
}

impl Bitbucket {
    pub(crate) fn pull_request(&self, id: PullRequestId) -> Result<PullRequest, HttpError> {
        let request = Request::get(self.path(&format!("/pullrequests/{id}"))).query("fields", PULL_REQUEST_FIELDS);
        let answer = self.service.send(&request)?;
        let wire: Wire = answer.json()?;
        Ok(wire.meant(id))
    }

    /// The numbers of all pull requests, whatever their state, that changed since then, the newest first.
    ///
    /// Each state is asked for by itself: Bitbucket's documents list open ones only unless `state` says otherwise, and
    /// describe it as one word.
    pub(crate) fn updated_pull_requests(&self, since: Timestamp) -> Result<Vec<PullRequestId>, HttpError> {
        let lists = http::map(&STATES, |state| self.updated_in(state, since));
        let mut all = Vec::new();
        for list in lists {
            all.extend(list?);
        }
        all.sort_by(|a, b| b.cmp(a));
        let mut seen = BTreeSet::new();
        Ok(all.into_iter().map(|(_, id)| id).filter(|id| seen.insert(*id)).collect())
    }

    fn updated_in(&self, state: &str, since: Timestamp) -> Result<Vec<(Timestamp, PullRequestId)>, HttpError> {
        let request = self.updated(state, since).query("fields", "values.id,values.updated_on,next");
        let listed = self.list_of(request.clone(), MAX_PAGES, Updated::meant);
        match listed.end {
            ListEnd::Complete => Ok(listed.values),
            ListEnd::Capped => Err(self.service.endless(&request)),
            ListEnd::Failed(error) => Err(error),
        }
    }

    /// The states of these pull requests. What the list does not hold does not exist any more.
    pub(crate) fn states(&self, ids: &[PullRequestId]) -> Result<BTreeMap<PullRequestId, PullRequestState>, HttpError> {
        let mut states = BTreeMap::new();
        for chunk in ids.chunks(SHORT_PAGE_LENGTH as usize) {
            let wanted: Vec<String> = chunk.iter().map(|id| format!("id = {id}")).collect();
            let request = Request::get(self.path("/pullrequests"))
                .query("q", wanted.join(" OR "))
                .query("fields", "values.id,values.state,values.draft,next")
                .query("pagelen", SHORT_PAGE_LENGTH);
            let request = STATES.iter().fold(request, |request, state| request.query("state", state));
            let listed = self.list_of(request.clone(), MAX_PAGES, Wire::numbered);
            match listed.end {
                ListEnd::Complete => states.extend(listed.values.into_iter().map(|found| (found.id, found.state))),
                ListEnd::Capped => return Err(self.service.endless(&request)),
                ListEnd::Failed(error) => return Err(error),
            }
        }
        Ok(states)
    }

    /// The same pull requests in full, as far as the lists were read: state by state, the newest of each first.
    pub(crate) fn list_updated_pull_requests(&self, since: Timestamp) -> (Vec<ListedPullRequest>, ListEnd) {
        let each = PULL_REQUEST_FIELDS.split(',').chain(["comment_count"]);
        let fields: String = each.map(|field| format!("values.{field},")).collect();
        let request = |state: &&str| self.updated(state, since).query("fields", format!("{fields}next"));
        let lists = http::map(&STATES, |state| self.list_of(request(state), MAX_PAGES, Wire::listed));
        let (mut all, mut end) = (Vec::new(), ListEnd::Complete);
        for list in lists {
            all.extend(list.values);
            end = match (end, list.end) {
                (failed @ ListEnd::Failed(_), _) => failed,
                (_, failed @ ListEnd::Failed(_)) => failed,
                (ListEnd::Capped, _) | (_, ListEnd::Capped) => ListEnd::Capped,
                (ListEnd::Complete, ListEnd::Complete) => ListEnd::Complete,
            };
        }
        (all, end)
    }

    fn updated(&self, state: &str, since: Timestamp) -> Request {
        Request::get(self.path("/pullrequests"))
            .query("q", format!("updated_on >= {} AND state = \"{state}\"", moment(since)))
            .query("state", state)
            .query("sort", "-updated_on")
            .query("pagelen", SHORT_PAGE_LENGTH)
    }

    /// The pull requests that hold a commit, by the index that a workspace may have.
    pub(crate) fn pull_requests_of(&self, commit: &CommitHash) -> Result<Indexed, HttpError> {
        let fields = PULL_REQUEST_FIELDS.split(',').map(|field| format!("values.{field}"));
        let request = Request::get(self.path(&format!("/commit/{commit}/pullrequests")))
            .query("fields", fields.collect::<Vec<_>>().join(","))
            .query("pagelen", SHORT_PAGE_LENGTH);
        match self.service.send(&request).and_then(|answer| answer.json::<ListPage<Wire>>()) {
            Ok(page) => Ok(Indexed::Found(page.values.into_iter().filter_map(Wire::numbered).collect())),
            Err(error) if error.status() == Some(404) => Ok(Indexed::Missing),
            Err(error) if matches!(error.failure(), http::Failure::NotYet { .. }) => Ok(Indexed::NotYet),
            Err(error) => Err(error),
        }
    }

    /// The pull requests whose source is this branch: the open ones, and those that changed since then. The newest change
    /// comes first.
    pub(crate) fn pull_requests_from(
        &self,
        branch: &str,
        since: Timestamp,
    ) -> Result<Vec<BranchPullRequest>, HttpError> {
        let q = format!(
            "source.branch.name = {} AND (state = \"OPEN\" OR updated_on >= {})",
            quoted(branch),
            moment(since)
        );
        let request = Request::get(self.path("/pullrequests")).query("q", q).query("sort", "-updated_on");
        let request = STATES.iter().fold(request, |request, state| request.query("state", state));
        let request = request.query("fields", BRANCH_FIELDS).query("pagelen", SHORT_PAGE_LENGTH);
        let listed = self.list_of(request, MAX_PAGES, Wire::of_branch);
        match listed.end {
            ListEnd::Failed(error) => Err(error),
            ListEnd::Complete | ListEnd::Capped => Ok(listed.values),
        }
    }

    /// The open pull requests whose destination is this branch, up to 150.
    pub(crate) fn open_pull_requests_into(&self, branch: &str) -> Listed<BranchPullRequest> {
        let request = Request::get(self.path("/pullrequests"))
            .query("q", format!("destination.branch.name = {} AND state = \"OPEN\"", quoted(branch)))
            .query("state", "OPEN")
            .query("sort", "-updated_on")
            .query("fields", BRANCH_FIELDS)
            .query("pagelen", SHORT_PAGE_LENGTH);
        self.list_of(request, 3, Wire::of_branch)
    }
}

/// A text in Bitbucket's query language.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

const BRANCH_FIELDS: &str = "values.id,values.state,values.draft,values.source.commit.hash,next";

pub(super) const PULL_REQUEST_FIELDS: &str = "id,title,summary.raw,description,state,draft,source.branch.name,\
    source.commit.hash,source.repository.full_name,source.repository.uuid,destination.branch.name,\
    destination.repository.full_name,destination.repository.uuid,merge_commit.hash,author.account_id,author.display_name,\
    participants.approved,participants.user.type,participants.user.display_name";

/// The states of pull requests in the API's words.
const STATES: [&str; 4] = ["OPEN", "MERGED", "DECLINED", "SUPERSEDED"];

/// The longest page of pull requests (Bitbucket's documents: 10 to 50).
pub(super) const SHORT_PAGE_LENGTH: u32 = 50;

/// The most pages of pull requests read: 5,000 of them.
pub(super) const MAX_PAGES: usize = 100;

/// A moment as Bitbucket's query language writes it.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}
