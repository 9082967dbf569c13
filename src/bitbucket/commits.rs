//! Commits, of a pull request or by themselves.

use jiff::Timestamp;
use serde::Deserialize;

use crate::http::{HttpError, Request};
use crate::ids::{CommitHash, PullRequestId};

use super::{Bitbucket, Hash, ListEnd, PAGE_LENGTH, User};

/// One commit of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    /// Its whole hash; `None` when the answer's cannot be read.
    pub hash: Option<CommitHash>,
    pub message: String,
    /// How many parents it has; two or more make a merge commit.
    pub parents: usize,
}

/// The commits of a pull request as far as they were read.
#[derive(Debug)]
pub(crate) struct Commits {
    /// In the order of the answer.
    pub commits: Vec<Commit>,
    pub end: ListEnd,
}

impl Commits {
    /// Those of a pull request whose commits aren't read.
    pub(crate) fn none() -> Self {
        Self { commits: Vec::new(), end: ListEnd::Complete }
    }
}

/// What is known of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommitFacts {
    /// Its whole hash; `None` when the answer's cannot be read.
    pub hash: Option<CommitHash>,
    pub message: String,
    /// When it was made; `None` when the answer's time cannot be read.
    pub date: Option<Timestamp>,
    /// Its parents, the one it was made on first.
    pub parents: Vec<CommitHash>,
}

impl Bitbucket {
    /// The commits of a pull request, all pages up to `most` commits.
    pub(crate) fn commits(&self, id: PullRequestId, most: usize) -> Commits {
        let request = Request::get(self.path(&format!("/pullrequests/{id}/commits")))
            .query("pagelen", PAGE_LENGTH)
            .query("fields", "values.hash,values.message,values.parents.hash,next");
        self.read_commits(request, most)
    }

    fn read_commits(&self, request: Request, most: usize) -> Commits {
        let keep = |wire: CommitWire| Some(wire.short());
        let listed = self.list_of(request, most.div_ceil(PAGE_LENGTH as usize), keep);
        Commits { commits: listed.values, end: listed.end }
    }

    pub(crate) fn commit(&self, hash: &CommitHash) -> Result<CommitFacts, HttpError> {
        let request =
            Request::get(self.path(&format!("/commit/{hash}"))).query("fields", "hash,message,date,parents.hash");
        let wire: CommitWire = self.service.send(&request)?.json()?;
        Ok(wire.facts())
    }

    /// The commits that are reached from one commit and not from another, up to `most`.
    pub(crate) fn commits_between(&self, from: &CommitHash, to: &CommitHash, most: usize) -> Commits {
        let request = self.reached(&[to], &[from], "values.hash,values.message,values.parents.hash,next");
        self.read_commits(request.query("pagelen", PAGE_LENGTH), most)
    }

    /// Asks for the commits that are reached from some, and not from others.
    pub(super) fn reached(&self, from: &[&CommitHash], without: &[&CommitHash], fields: &str) -> Request {
        let request = Request::get(self.path("/commits"));
        let request = from.iter().fold(request, |request, commit| request.query("include", commit));
        let request = without.iter().fold(request, |request, commit| request.query("exclude", commit));
        request.query("fields", fields)
    }
}

/// A commit, as far as the request asks for it.
#[derive(Deserialize)]
pub(super) struct CommitWire {
    pub(super) hash: Option<String>,
    message: Option<String>,
    parents: Option<Vec<Hash>>,
    date: Option<String>,
    pub(super) author: Option<Author>,
}

#[derive(Deserialize)]
pub(super) struct Author {
    pub(super) user: Option<User>,
}

impl CommitWire {
    fn short(self) -> Commit {
        Commit {
            hash: self.hash.as_deref().and_then(CommitHash::parse),
            parents: self.parents.map_or(0, |parents| parents.len()),
            message: self.message.unwrap_or_default(),
        }
    }

    pub(super) fn facts(self) -> CommitFacts {
        CommitFacts {
            hash: self.hash.as_deref().and_then(CommitHash::parse),
            message: self.message.unwrap_or_default(),
            date: self.date.and_then(|date| date.parse().ok()),
            parents: self.parents.into_iter().flatten().filter_map(Hash::meant).collect(),
        }
    }
}
