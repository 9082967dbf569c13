//! Which of the comments with our marker are ours?

use std::collections::BTreeSet;

use crate::ids::{PullRequestCommentId, UserUuid};

use super::pull_request_comment::Candidate;

/// What is known of who owns which candidate. Bitbucket does not tell a repository token who it is, so a comment is
/// known as ours when a write to it succeeded, and as somebody else's when a write was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ownership {
    /// Our account, learnt from the answer to a write.
    pub ours: Option<UserUuid>,
    /// Comments that took a write of this run.
    pub written: BTreeSet<PullRequestCommentId>,
    /// How many comments this run added: another run may delete one, a list that lags must not make many.
    pub added: u32,
    /// The last one that this run added.
    pub last_added: Option<PullRequestCommentId>,
    /// Comments that refused a write.
    pub foreign: BTreeSet<PullRequestCommentId>,
    /// Accounts whose comment refused a write.
    pub foreign_authors: BTreeSet<UserUuid>,
}

impl Ownership {
    /// Notes that a candidate refused a write.
    pub fn is_foreign(&mut self, candidate: &Candidate) {
        self.foreign.insert(candidate.id);
        self.foreign_authors.extend(candidate.author.clone());
    }

    /// Whether the account that took a write is one whose comment refused one: then that was no stranger's, and is not
    /// taken for one from now on.
    pub fn was_wrong_about_a_stranger(&mut self) -> bool {
        let wrong = self.ours.as_ref().is_some_and(|ours| self.foreign_authors.contains(ours));
        if wrong {
            self.foreign.clear();
            self.foreign_authors.clear();
        }
        wrong
    }

    /// Notes that a comment took a write, and whose it is.
    pub fn is_ours(&mut self, id: PullRequestCommentId, author: Option<UserUuid>) {
        self.written.insert(id);
        self.ours = author.or(self.ours.take());
    }

    /// Whether what the candidates remember is known as ours, or there are none.
    pub fn knows(&self, candidates: &[Candidate]) -> bool {
        let mut possible = candidates.iter().filter(|candidate| self.may_be_ours(candidate));
        possible.all(|candidate| self.proven(candidate))
    }

    pub(super) fn proven(&self, candidate: &Candidate) -> bool {
        self.written.contains(&candidate.id) || (candidate.author.is_some() && candidate.author == self.ours)
    }

    /// Whether nothing says that a candidate is somebody else's.
    pub fn may_be_ours(&self, candidate: &Candidate) -> bool {
        if self.foreign.contains(&candidate.id) {
            return false;
        }
        match (&candidate.author, &self.ours) {
            (Some(author), Some(ours)) => author == ours,
            (Some(author), None) => !self.foreign_authors.contains(author),
            (None, _) => true,
        }
    }
}
