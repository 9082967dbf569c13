//! Which pull requests brought the commits of a release, and which commits did none bring? Pure.
//!
//! No message is believed: a pull request belongs to a release when the commit that merged it does.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::bitbucket::{MergedPullRequest, RangeCommit};
use crate::ids::CommitHash;

/// The commits of a release, by their places in the answer, the newest first.
#[derive(Debug)]
pub(super) struct Range {
    commits: Vec<RangeCommit>,
    /// The parents of each that are in the range too, the one it was made on first.
    parents: Vec<Vec<usize>>,
    places: BTreeMap<CommitHash, usize>,
}

/// A pull request of a release.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) pull_request: MergedPullRequest,
    /// The places of the commits that it brought, its merge among them.
    commits: BTreeSet<usize>,
}

impl Part {
    /// The places of the commits that it brought.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.commits.iter().copied()
    }
}

impl Range {
    /// A range of these commits.
    pub(super) fn of(commits: Vec<RangeCommit>) -> Self {
        let places: BTreeMap<CommitHash, usize> =
            commits.iter().enumerate().map(|(place, commit)| (commit.hash.clone(), place)).collect();
        let inside =
            |commit: &RangeCommit| commit.parents.iter().filter_map(|hash| places.get(hash).copied()).collect();
        let parents = commits.iter().map(inside).collect();
        Self { commits, parents, places }
    }

    /// Drops a commit and everything that is reached from it; false where it is not in the range.
    pub(super) fn begin_after(&mut self, commit: &CommitHash) -> bool {
        let Some(place) = self.place(commit) else { return false };
        let dropped = self.reached(place, &[]);
        let kept = std::mem::take(&mut self.commits).into_iter().zip(dropped);
        *self = Self::of(kept.filter(|(_, is_dropped)| !is_dropped).map(|(commit, _)| commit).collect());
        true
    }

    /// When its oldest commit was made; `None` without commits.
    pub(super) fn begin(&self) -> Option<Timestamp> {
        self.commits.iter().map(|commit| commit.date.unwrap_or(Timestamp::UNIX_EPOCH)).min()
    }

    /// Its commits, the newest first.
    pub(super) fn commits(&self) -> &[RangeCommit] {
        &self.commits
    }

    /// The pull requests whose merge is in the range, the oldest merge first, each once.
    pub(super) fn parts(&self, listed: Vec<MergedPullRequest>) -> Vec<Part> {
        let mut known = BTreeSet::new();
        let mut merged: Vec<(usize, MergedPullRequest)> = listed
            .into_iter()
            .filter_map(|pull_request| Some((self.place(&pull_request.merge_commit)?, pull_request)))
            .filter(|(_, pull_request)| known.insert(pull_request.id))
            .collect();
        merged.sort_by_key(|(place, pull_request)| (std::cmp::Reverse(*place), pull_request.id));
        let merges: BTreeSet<usize> = merged.iter().map(|(place, _)| *place).collect();
        let part = |(merge, pull_request): (usize, MergedPullRequest)| {
            let commits = self.brought_by(&pull_request, merge, &merges);
            Part { pull_request, commits }
        };
        merged.into_iter().map(part).collect()
    }

    /// The places of the commits that none of these pull requests brought. A merge brings nothing of its own.
    pub(super) fn direct(&self, parts: &[Part]) -> Vec<usize> {
        let brought: BTreeSet<usize> = parts.iter().flat_map(Part::places).collect();
        self.with_content().filter(|place| !brought.contains(place)).collect()
    }

    /// The places of the commits that are no merges.
    pub(super) fn with_content(&self) -> impl Iterator<Item = usize> + '_ {
        self.commits.iter().enumerate().filter(|(_, commit)| commit.parents.len() < 2).map(|(place, _)| place)
    }

    /// The place of a commit by the beginning of its hash.
    fn place(&self, prefix: &CommitHash) -> Option<usize> {
        let (whole, place) = self.places.range(prefix.clone()..).next()?;
        whole.same_commit(prefix).then_some(*place)
    }

    fn first_parent(&self, place: usize) -> Option<&CommitHash> {
        self.commits.get(place)?.parents.first()
    }

    /// What is reached from the merge and not from the commit that it was made on.
    fn brought_by(&self, pull_request: &MergedPullRequest, merge: usize, merges: &BTreeSet<usize>) -> BTreeSet<usize> {
        let tip = pull_request.source_commit.as_ref();
        let forwarded = tip.is_some_and(|tip| tip.same_commit(&pull_request.merge_commit));
        let begin = forwarded.then(|| self.begin_of_forwarded(pull_request, merge, merges)).flatten();
        let before = match begin {
            Some(Begin::Inside(place)) => Some(place),
            Some(Begin::Outside) => None,
            None => self.first_parent(merge).and_then(|hash| self.places.get(hash)).copied(),
        };
        let known = before.map(|before| self.reached(before, &[])).unwrap_or_default();
        let brought = self.reached(merge, &known).into_iter().enumerate();
        brought.filter(|(_, reached)| *reached).map(|(place, _)| place).collect()
    }

    /// Where a pull request begins that was merged by moving the branch forward: its commits stand in a row, and the last
    /// of them is its merge. `None` when its destination is not found below.
    fn begin_of_forwarded(
        &self,
        pull_request: &MergedPullRequest,
        merge: usize,
        merges: &BTreeSet<usize>,
    ) -> Option<Begin> {
        let destination = pull_request.destination_commit.as_ref()?;
        let mut at = merge;
        // No row is longer than the range, whatever an answer says of who descends from whom.
        for _ in &self.commits {
            let parent = self.first_parent(at)?;
            let place = self.places.get(parent).copied();
            // What another pull request brought is not this one's, whatever is known of the destination.
            let ends = parent.same_commit(destination) || place.is_some_and(|place| merges.contains(&place));
            match place {
                Some(place) if ends => return Some(Begin::Inside(place)),
                None if ends => return Some(Begin::Outside),
                Some(place) => at = place,
                None => return None,
            }
        }
        None
    }

    /// Which commits are reached from one, by their places, without going through those that are known.
    fn reached(&self, from: usize, known: &[bool]) -> Vec<bool> {
        let mut reached = vec![false; self.commits.len()];
        let mut waiting = vec![from];
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
}

/// What a pull request was merged onto.
enum Begin {
    /// A commit of the range.
    Inside(usize),
    /// One of an earlier release.
    Outside,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PullRequestId;

    /// A hash of 40 digits for a letter.
    fn hash(letter: &str) -> CommitHash {
        CommitHash::parse(&format!("{:02x}", letter.as_bytes()[0]).repeat(20)).unwrap()
    }

    /// Commits written as `child<parent+parent`, the newest first.
    fn range(graph: &str) -> Range {
        let commit = |text: &str| {
            let (child, parents) = text.split_once('<').unwrap();
            let parents = parents.split('+').map(hash).collect();
            RangeCommit { hash: hash(child), message: child.to_owned(), parents, date: None, author: None }
        };
        Range::of(graph.split_whitespace().map(commit).collect())
    }

    /// A pull request written as `merge`, or `merge=tip^destination` when it was merged by moving forward.
    fn pull_request(id: u64, text: &str) -> MergedPullRequest {
        let short = |letter: &str| CommitHash::parse(hash(letter).as_str().get(..12).unwrap()).unwrap();
        let (merge, forwarded) = text.split_once('=').unwrap_or((text, "z^z"));
        let (tip, destination) = forwarded.split_once('^').unwrap();
        MergedPullRequest {
            id: PullRequestId::new(id).unwrap(),
            title: String::new(),
            author: None,
            merge_commit: short(merge),
            source_commit: Some(short(tip)),
            destination_commit: Some(short(destination)),
        }
    }

    #[test]
    fn a_commit_is_of_the_pull_request_that_brought_it_or_of_none() {
        let table = [
            ("m<o+b b<a a<o", "m", "1 m b a", "", "a merge brings its branch"),
            ("m<c+a c<o a<o", "m", "1 m a", "c", "and not what came to its destination meanwhile"),
            ("m<c+b b<a+c c<o a<o", "m", "1 m b a", "c", "nor what the branch had taken over from there"),
            ("s<c c<o", "s", "1 s", "c", "a squash is one commit"),
            ("b<a a<c c<o", "b=b^c", "1 b a", "c", "moved forward, from a commit of the release"),
            ("b<a a<o", "b=b^o", "1 b a", "", "moved forward, from an earlier release"),
            ("b<a a<s s<o", "b=b^o s", "2 s; 1 b a", "", "an older destination: others keep what is theirs"),
            ("b<a a<o", "b=b^x", "1 b", "a", "an unknown destination: the merge alone"),
            ("n<o+m m<o+a a<o", "n m", "2 m a; 1 n m a", "", "a pull request within another one"),
            ("m<c+a c<o a<o", "x", "", "c a", "a merge elsewhere is none of this release"),
            ("m<c+a c<o a<o", "", "", "c a", "a merge without a pull request brings nothing of its own"),
        ];
        for (graph, pull_requests, parts, direct, why) in table {
            let range = range(graph);
            let listed = pull_requests.split_whitespace().zip(1..).map(|(text, id)| pull_request(id, text)).collect();
            let found = range.parts(listed);
            let letters = |places: Vec<usize>| {
                let letters = places.into_iter().map(|place| range.commits()[place].message.clone());
                letters.collect::<Vec<_>>().join(" ")
            };
            let shown: Vec<String> = found
                .iter()
                .map(|part| format!("{} {}", part.pull_request.id, letters(part.places().collect())))
                .collect();
            assert_eq!(shown.join("; "), parts, "{why}");
            assert_eq!(letters(range.direct(&found)), direct, "{why}");
        }
    }

    #[test]
    fn a_pull_request_that_is_listed_twice_counts_once() {
        let range = range("m<o+a a<o");
        assert_eq!(range.parts(vec![pull_request(1, "m"), pull_request(1, "m")]).len(), 1);
    }

    #[test]
    fn commits_that_are_their_own_forebears_have_an_end() {
        for graph in ["b<b", "b<a a<b", "b<a a<c c<a"] {
            let range = range(graph);
            assert_eq!(range.parts(vec![pull_request(1, "b=b^x")]).len(), 1, "{graph}");
        }
    }
}
