//! The pull requests that brought the commits of a release, and the commits that none brought. Pure.
//!
//! Messages prove nothing: a pull request is in a release when the commit that merged it is.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::action::history::History;
use crate::bitbucket::{MergedPullRequest, RangeCommit};
use crate::ids::CommitHash;

/// The commits of a release.
#[derive(Debug)]
pub(super) struct Range {
    history: History,
}

/// A pull request of a release.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) merged: MergedPullRequest,
    /// The places of the commits that it brought, its merge among them.
    pub(super) commits: BTreeSet<usize>,
}

impl Range {
    pub(super) fn of(commits: Vec<RangeCommit>) -> Self {
        Self { history: History::of(commits) }
    }

    /// Drops a commit and everything that is reached from it; false where it is not in the range.
    pub(super) fn begin_after(&mut self, commit: &CommitHash) -> bool {
        let Some(place) = self.history.place(commit) else { return false };
        self.history = std::mem::replace(&mut self.history, History::of(Vec::new())).without(place);
        true
    }

    /// When its oldest commit was made; `None` without commits. A date of the future says nothing.
    pub(super) fn begin(&self, now: Timestamp) -> Option<Timestamp> {
        let made = |commit: &RangeCommit| commit.date.filter(|made| *made <= now).unwrap_or(Timestamp::UNIX_EPOCH);
        self.commits().iter().map(made).min()
    }

    /// Its commits, the newest first.
    pub(super) fn commits(&self) -> &[RangeCommit] {
        self.history.commits()
    }

    /// A commit, by its hash or the beginning of it.
    pub(super) fn commit(&self, hash: &CommitHash) -> Option<&RangeCommit> {
        self.commits().get(self.place(hash)?)
    }

    /// The place of a commit.
    pub(super) fn place(&self, commit: &CommitHash) -> Option<usize> {
        self.history.place(commit)
    }

    /// The pull requests whose merge is in the range, the oldest merge first, each once.
    pub(super) fn parts(&self, listed: &[MergedPullRequest]) -> Vec<Part> {
        let mut known = BTreeSet::new();
        let placed = listed.iter().filter_map(|one| Some((self.place(&one.merge_commit)?, one)));
        let mut merged: Vec<(usize, &MergedPullRequest)> = placed.filter(|(_, one)| known.insert(one.id())).collect();
        merged.sort_by_key(|(place, one)| (std::cmp::Reverse(*place), one.id()));
        let part = |(merge, one): &(usize, &MergedPullRequest)| Part {
            merged: (*one).clone(),
            commits: self.brought_by(one, *merge, &merged),
        };
        merged.iter().map(part).collect()
    }

    /// The places of the commits that none of these pull requests brought. A merge brings nothing of its own.
    pub(super) fn direct(&self, parts: &[Part]) -> BTreeSet<usize> {
        let brought: BTreeSet<usize> = parts.iter().flat_map(|part| &part.commits).copied().collect();
        self.with_content().filter(|place| !brought.contains(place)).collect()
    }

    /// The places of the commits that are no merges.
    pub(super) fn with_content(&self) -> impl Iterator<Item = usize> + '_ {
        self.commits().iter().enumerate().filter(|(_, commit)| commit.parents.len() < 2).map(|(place, _)| place)
    }

    /// The commits that are reached from the merge and that its destination did not have.
    fn brought_by(
        &self,
        one: &MergedPullRequest,
        merge: usize,
        merged: &[(usize, &MergedPullRequest)],
    ) -> BTreeSet<usize> {
        let tip = one.pull_request.source_commit.as_ref();
        let is_forwarded = tip.is_some_and(|tip| tip.same_commit(&one.merge_commit));
        let had: Vec<usize> = match &one.destination_commit {
            Some(destination) if is_forwarded => {
                // Earlier merges into the same branch are not this one's, whatever is known of the destination.
                let is_earlier = |place: usize| place > merge;
                let of_others = merged.iter().filter(|(place, other)| {
                    is_earlier(*place) && other.pull_request.destination_branch == one.pull_request.destination_branch
                });
                of_others.map(|(place, _)| *place).chain(self.place(destination)).collect()
            }
            _ => self.history.first_parent(merge).into_iter().collect(),
        };
        let had = self.history.reached(had, &[]);
        let brought = self.history.reached([merge], &had).into_iter().enumerate();
        brought.filter(|(_, reached)| *reached).map(|(place, _)| place).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bitbucket::{PullRequest, PullRequestState};
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

    /// A pull request written as `merge`, or `merge=tip^destination` when the destination was moved forward; behind `>` the
    /// name of its destination.
    fn pull_request(id: u64, text: &str) -> MergedPullRequest {
        let (text, branch) = text.split_once('>').unwrap_or((text, "main"));
        let short = |letter: &str| CommitHash::parse(hash(letter).as_str().get(..12).unwrap()).unwrap();
        let (merge, forwarded) = text.split_once('=').unwrap_or((text, "z^z"));
        let (tip, destination) = forwarded.split_once('^').unwrap();
        let pull_request = PullRequest {
            id: PullRequestId::new(id).unwrap(),
            title: String::new(),
            description: String::new(),
            state: PullRequestState::Merged,
            source_branch: "work".to_owned(),
            source_commit: Some(short(tip)),
            source_repository: None,
            destination_repository: None,
            destination_branch: branch.to_owned(),
            merge_commit: None,
            author: None,
            author_name: None,
            approved_by: None,
        };
        let destination_commit = (!destination.is_empty()).then(|| short(destination));
        MergedPullRequest { pull_request, merge_commit: short(merge), destination_commit, updated: None }
    }

    #[test]
    fn commit_belongs_to_the_pull_request_that_brought_it() {
        let table = [
            ("m<o+b b<a a<o", "m", "1 m b a", "", "a merge brings its branch"),
            ("m<c+a c<o a<o", "m", "1 m a", "c", "and not what came to its destination meanwhile"),
            ("m<c+b b<a+c c<o a<o", "m", "1 m b a", "c", "nor what the branch took over from there"),
            ("s<c c<o", "s", "1 s", "c", "a squash is one commit"),
            ("b<a a<c c<o", "b=b^c", "1 b a", "c", "moved forward, from a commit of the release"),
            ("b<a a<o", "b=b^o", "1 b a", "", "moved forward, from an earlier release"),
            ("b<a a<s s<o", "b=b^o s", "2 s; 1 b a", "", "an older destination: others keep theirs"),
            ("b<a a<o", "b=b^", "1 b", "a", "an unknown destination: the merge alone"),
            (
                "b<m m<w+a w<o a<w",
                "b=b^o m>work",
                "2 m a; 1 b m w a",
                "",
                "a merge into its own branch is no earlier one",
            ),
            ("b<m m<a+d d<o a<o", "b=b^d", "1 b m a", "d", "main was merged into the branch that moved it forward"),
            ("b<m m<a+d d<s s<o a<o", "b=b^d s", "2 s; 1 b m a", "d", "the same with an earlier pull request"),
            (
                "b<m m<a+d d<s a<o s<o",
                "b=b^o s",
                "2 s; 1 b m d a",
                "",
                "where the destination is older, nothing says more",
            ),
            ("n<o+m m<o+a a<o", "n m", "2 m a; 1 n m a", "", "a pull request within another one"),
            ("m<c+a c<o a<o", "x", "", "c a", "a merge elsewhere is not in the release"),
            ("m<c+a c<o a<o", "", "", "c a", "a merge without a pull request brings nothing of its own"),
        ];
        for (graph, pull_requests, parts, direct, why) in table {
            let range = range(graph);
            let listed: Vec<_> =
                pull_requests.split_whitespace().zip(1..).map(|(text, id)| pull_request(id, text)).collect();
            let found = range.parts(&listed);
            let letters = |places: &BTreeSet<usize>| {
                let letters = places.iter().map(|place| range.commits()[*place].message.clone());
                letters.collect::<Vec<_>>().join(" ")
            };
            let shown: Vec<String> =
                found.iter().map(|part| format!("{} {}", part.merged.id(), letters(&part.commits))).collect();
            assert_eq!(shown.join("; "), parts, "{why}");
            assert_eq!(letters(&range.direct(&found)), direct, "{why}");
        }
    }

    #[test]
    fn pull_request_counts_once_when_it_is_listed_twice() {
        let range = range("m<o+a a<o");
        assert_eq!(range.parts(&[pull_request(1, "m"), pull_request(1, "m")]).len(), 1);
    }

    #[test]
    fn commits_that_are_their_own_ancestors_have_an_end() {
        for graph in ["b<b", "b<a a<b", "b<a a<c c<a"] {
            assert_eq!(range(graph).parts(&[pull_request(1, "b=b^x")]).len(), 1, "{graph}");
        }
    }
}
