//! Commits and their parents, as far as they were read. Pure.

use std::collections::BTreeMap;

use crate::bitbucket::RangeCommit;
use crate::ids::CommitHash;

/// Commits by their places in the answer, the newest first.
#[derive(Debug)]
pub(super) struct History {
    commits: Vec<RangeCommit>,
    /// The parents of each that were read too.
    parents: Vec<Vec<usize>>,
    places: BTreeMap<CommitHash, usize>,
}

impl History {
    pub(super) fn of(commits: Vec<RangeCommit>) -> Self {
        let places: BTreeMap<CommitHash, usize> =
            commits.iter().enumerate().map(|(place, commit)| (commit.hash.clone(), place)).collect();
        let read = |commit: &RangeCommit| commit.parents.iter().filter_map(|hash| places.get(hash).copied()).collect();
        let parents = commits.iter().map(read).collect();
        Self { commits, parents, places }
    }

    /// All commits, the newest first.
    pub(super) fn commits(&self) -> &[RangeCommit] {
        &self.commits
    }

    /// The place of a commit, by its hash or the beginning of it.
    pub(super) fn place(&self, prefix: &CommitHash) -> Option<usize> {
        let (whole, place) = self.places.range(prefix.clone()..).next()?;
        whole.same_commit(prefix).then_some(*place)
    }

    /// The place of the commit that another one was made on.
    pub(super) fn first_parent(&self, place: usize) -> Option<usize> {
        self.commits.get(place)?.parents.first().and_then(|hash| self.places.get(hash)).copied()
    }

    /// Which commits are reached from these, by their places, without going through those that are known.
    pub(super) fn reached(&self, from: impl IntoIterator<Item = usize>, known: &[bool]) -> Vec<bool> {
        let mut reached = vec![false; self.commits.len()];
        let mut waiting: Vec<usize> = from.into_iter().collect();
        while let Some(place) = waiting.pop() {
            if known.get(place).copied().unwrap_or_default() {
                continue;
            }
            match reached.get_mut(place) {
                Some(seen) if !*seen => *seen = true,
                Some(_) | None => continue,
            }
            waiting.extend(self.parents.get(place).into_iter().flatten());
        }
        reached
    }

    /// The same without a commit and everything that is reached from it.
    pub(super) fn without(self, place: usize) -> Self {
        let dropped = self.reached([place], &[]);
        let kept = self.commits.into_iter().zip(dropped).filter(|(_, is_dropped)| !is_dropped);
        Self::of(kept.map(|(commit, _)| commit).collect())
    }
}
