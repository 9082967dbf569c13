//! The pull requests of a release: those merged in its range, those below them, and back-ports.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use regex::Regex;

use crate::action::history::History;
use crate::bitbucket::{CommitFacts, Indexed, ListEnd, Listed, MergedPullRequest};
use crate::http::{self, HttpError};
use crate::ids::{CommitHash, PullRequestId};
use crate::report::Failure;
use crate::run::Run;

use super::gaps::Gaps;
use super::range::{Part, Range};
use super::span::Span;
use super::words;

/// A merge is never younger than its pull request's last change, but for clocks that differ.
const LEEWAY: SignedDuration = SignedDuration::from_hours(24);

/// How many branches one request names.
const MAX_BRANCHES: usize = 20;

/// The most commits whose origin is looked up.
const MAX_PICKED: usize = 20;

/// The most merges in which such a commit is looked for.
const MAX_MERGES: usize = 20;

/// The most commits that are read for a branch, or to find a commit.
const MAX_COMMITS: usize = 500;

/// The pull requests of a release.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The oldest merge first.
    pub(super) parts: Vec<Part>,
    /// Whether not all merged pull requests could be listed: then a commit may belong to one of the others.
    pub(super) is_cut: bool,
    /// Whether these are certainly all: else a row of another one keeps the name of the release.
    pub(super) are_certain: bool,
}

/// Finds the pull requests that brought the commits of the range.
pub(super) fn find(run: Run<'_>, span: &Span, range: &Range, gaps: &mut Gaps) -> Found {
    let mut found = Found { are_certain: true, ..Found::default() };
    let Some(begin) = range.begin(run.clock.utc_now()) else { return found };
    let origins = origins(run, range, gaps);
    // A picked commit may be much older than the release.
    let first = origins.iter().filter_map(|origin| origin.commit.as_ref().ok()?.date).fold(begin, Timestamp::min);
    let mut listed = list(run, first, &mut found, gaps);
    found.parts = range.parts(&listed);
    attribute_copies(range, &mut found.parts);
    list_below(run, &mut found, &mut listed, gaps);
    add_stacked(run, span, &listed, &mut found, gaps);
    add_picked(run, origins, &listed, &mut found, gaps);
    found.are_certain &= gaps.missing.is_empty();
    found
}

fn list(run: Run<'_>, begin: Timestamp, found: &mut Found, gaps: &mut Gaps) -> Vec<MergedPullRequest> {
    let since = begin.checked_sub(LEEWAY).unwrap_or(Timestamp::UNIX_EPOCH);
    let Listed { values, end } = run.bitbucket.merged_pull_requests(since);
    let failure = match end {
        ListEnd::Complete => return values,
        ListEnd::Failed(error) => Failure::of_service(&error),
        ListEnd::Capped => Failure::other(words::more_pull_requests(values.len())),
    };
    gaps.fail(run, words::LIST_PULL_REQUESTS, failure);
    gaps.miss(words::PULL_REQUESTS_MISSING.to_owned());
    found.is_cut = true;
    values
}

/// Lists also what was merged into the branches of the release's pull requests before the range began. A squash leaves none
/// of its commits in the range.
fn list_below(run: Run<'_>, found: &mut Found, listed: &mut Vec<MergedPullRequest>, gaps: &mut Gaps) {
    let own_branch = |one: &MergedPullRequest| one.pull_request.own_branch().map(str::to_owned);
    let mut branches: BTreeSet<String> = found.parts.iter().filter_map(|part| own_branch(&part.merged)).collect();
    while !branches.is_empty() {
        let asked: Vec<String> = std::mem::take(&mut branches).into_iter().collect();
        let chunks: Vec<&[String]> = asked.chunks(MAX_BRANCHES).collect();
        for Listed { values, end } in http::map(&chunks, |branches| run.bitbucket.merged_around(branches)) {
            match end {
                ListEnd::Complete => {}
                ListEnd::Capped => found.are_certain = false,
                ListEnd::Failed(error) => {
                    gaps.fail(run, words::LIST_STACKED, Failure::of_service(&error));
                    gaps.miss(words::STACKED_MISSING.to_owned());
                }
            }
            for one in values {
                if listed.iter().all(|known| known.id() != one.id()) {
                    branches.extend(own_branch(&one));
                    listed.push(one);
                }
            }
        }
    }
}

/// Adds the pull requests that were merged into the source branch of one that is in, since that branch was last merged.
fn add_stacked(run: Run<'_>, span: &Span, listed: &[MergedPullRequest], found: &mut Found, gaps: &mut Gaps) {
    let mut known: BTreeSet<PullRequestId> = found.parts.iter().map(|part| part.merged.id()).collect();
    let mut at = 0;
    while let Some(part) = found.parts.get(at) {
        let upper = part.merged.clone();
        at += 1;
        let below = |one: &&MergedPullRequest| {
            upper.pull_request.own_branch() == Some(&one.pull_request.destination_branch) && !known.contains(&one.id())
        };
        let below: Vec<&MergedPullRequest> = listed.iter().filter(below).collect();
        if below.is_empty() {
            continue;
        }
        let (stacked, certain) = merged_since(run, span, &upper, &below, listed, gaps);
        found.are_certain &= certain;
        known.extend(stacked.iter().map(|one| one.id()));
        let stacked = stacked.into_iter().map(|merged| Part { merged, commits: BTreeSet::new() });
        // Below the one it went out with, so that its own branch is looked at next.
        found.parts.splice(at..at, stacked);
    }
}

/// Those of the pull requests that were merged into the branch between its last merge and the one before, and not in the
/// previous release, which a merge back into the branch brings along; and whether that is certain.
fn merged_since(
    run: Run<'_>,
    span: &Span,
    upper: &MergedPullRequest,
    below: &[&MergedPullRequest],
    listed: &[MergedPullRequest],
    gaps: &mut Gaps,
) -> (Vec<MergedPullRequest>, bool) {
    // A branch has one open pull request into another one at a time, so the lower number was merged earlier. When it
    // changed last says less: people comment later.
    let is_earlier = |one: &&MergedPullRequest| {
        one.pull_request.own_branch() == upper.pull_request.own_branch()
            && one.pull_request.destination_branch == upper.pull_request.destination_branch
            && one.id() < upper.id()
    };
    let earlier: Vec<&MergedPullRequest> = listed.iter().filter(is_earlier).collect();
    let had = earlier.iter().filter_map(|one| one.pull_request.source_commit.as_ref());
    let had: Vec<&CommitHash> = had.chain(span.previous.as_ref().map(|tag| &tag.target)).collect();
    let those = |is_in: &dyn Fn(&MergedPullRequest) -> bool| {
        below.iter().filter(|one| is_in(one)).map(|one| (*one).clone()).collect::<Vec<_>>()
    };
    let branch = upper.pull_request.source_commit.as_ref().map(|tip| run.bitbucket.newest(&[tip], &had, MAX_COMMITS));
    let id = upper.id();
    let unknown = words::stacked_missing(id);
    match branch {
        Some(Ok(commits)) => {
            let is_cut = commits.len() >= MAX_COMMITS;
            gaps.missing.extend(is_cut.then_some(unknown));
            let branch = History::of(commits);
            (those(&|one| branch.place(&one.merge_commit).is_some()), !is_cut)
        }
        Some(Err(error)) if error.status() != Some(404) => {
            gaps.fail(run, &words::read_branch(id), Failure::of_service(&error));
            gaps.miss(unknown);
            (Vec::new(), false)
        }
        // A branch that is gone may take its commits along. Then the time of the merges has to do.
        Some(Err(_)) | None => {
            let last = earlier.iter().filter_map(|one| one.updated).max();
            (those(&|one| one.updated > last && one.updated <= upper.updated), false)
        }
    }
}

/// A commit outside the range that some in it were picked from.
struct Origin {
    hash: CommitHash,
    copies: BTreeSet<usize>,
    commit: Result<CommitFacts, HttpError>,
}

/// The origins of picked commits: git notes them when it is asked to (`cherry-pick -x`).
fn origins(run: Run<'_>, range: &Range, gaps: &mut Gaps) -> Vec<Origin> {
    let mut copies: BTreeMap<CommitHash, BTreeSet<usize>> = BTreeMap::new();
    for (place, commit) in range.commits().iter().enumerate() {
        for origin in picked(&commit.message).into_iter().filter(|origin| range.place(origin).is_none()) {
            copies.entry(origin).or_default().insert(place);
        }
    }
    if copies.len() > MAX_PICKED {
        gaps.miss(words::picked_not_looked_up(MAX_PICKED, copies.len()));
    }
    let copies: Vec<(CommitHash, BTreeSet<usize>)> = copies.into_iter().take(MAX_PICKED).collect();
    let commits = http::map(&copies, |(hash, _)| run.bitbucket.commit(hash));
    copies.into_iter().zip(commits).map(|((hash, copies), commit)| Origin { hash, copies, commit }).collect()
}

/// A commit that was picked from one of the range belongs to the same pull requests.
fn attribute_copies(range: &Range, parts: &mut [Part]) {
    for (place, commit) in range.commits().iter().enumerate().rev() {
        for origin in picked(&commit.message).iter().filter_map(|origin| range.place(origin)) {
            for part in parts.iter_mut().filter(|part| part.commits.contains(&origin)) {
                part.commits.insert(place);
            }
        }
    }
}

/// Adds the pull requests whose commits were picked.
fn add_picked(run: Run<'_>, origins: Vec<Origin>, listed: &[MergedPullRequest], found: &mut Found, gaps: &mut Gaps) {
    let sources = http::map(&origins, |origin| source_of(run, origin, listed));
    for (origin, source) in origins.into_iter().zip(sources) {
        match source {
            Ok(None) => {}
            Ok(Some(merged)) => match found.parts.iter_mut().find(|part| part.merged.id() == merged.id()) {
                Some(part) => part.commits.extend(origin.copies),
                None => found.parts.push(Part { merged, commits: origin.copies }),
            },
            Err(failure) => {
                gaps.fail(run, words::LOOK_UP_PICKED, failure);
                let short = origin.hash.as_str().get(..12).unwrap_or_default();
                gaps.miss(words::picked_unknown(short));
            }
        }
    }
}

/// The pull request that brought a commit.
fn source_of(
    run: Run<'_>,
    Origin { hash, commit, .. }: &Origin,
    listed: &[MergedPullRequest],
) -> Result<Option<MergedPullRequest>, Failure> {
    let is_tip =
        |one: &MergedPullRequest| one.pull_request.source_commit.as_ref().is_some_and(|it| it.same_commit(hash));
    if let Some(own) = listed.iter().find(|one| one.merge_commit.same_commit(hash) || is_tip(one)) {
        return Ok(Some(own.clone()));
    }
    let commit = match commit {
        Ok(commit) => commit,
        Err(error) if error.status() == Some(404) => return Ok(None),
        Err(error) => return Err(Failure::of(error)),
    };
    let mut later: Vec<&MergedPullRequest> = listed.iter().filter(|one| one.updated >= commit.date).collect();
    later.sort_by_key(|one| one.updated);
    let merges: Vec<&CommitHash> = later.iter().map(|one| &one.merge_commit).take(MAX_MERGES).collect();
    if !merges.is_empty() {
        let before: Vec<&CommitHash> = commit.parents.iter().collect();
        let commits = run.bitbucket.newest(&merges, &before, MAX_COMMITS).map_err(|error| Failure::of(&error))?;
        let range = Range::of(commits);
        let brings = |part: &Part| range.place(hash).is_some_and(|place| part.commits.contains(&place));
        // A merge of the branch that it was merged into brings it too, and more.
        if let Some(part) = range.parts(listed).into_iter().filter(brings).min_by_key(|part| part.commits.len()) {
            return Ok(Some(part.merged));
        }
    }
    // A squash leaves the commits of a branch behind; the index knows them, where a workspace has it.
    let indexed = run.bitbucket.pull_requests_of(hash).map_err(|error| Failure::of(&error))?;
    let Indexed::Found(indexed) = indexed else { return Ok(None) };
    Ok(listed.iter().find(|one| indexed.iter().any(|other| other.id == one.id())).cloned())
}

/// The commits that a message says it was picked from.
fn picked(message: &str) -> Vec<CommitHash> {
    static ORIGIN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i-u)cherry[ -]picked from commit ([0-9a-f]{12,40})\b").ok());
    let found = ORIGIN.as_ref().into_iter().flat_map(|origin| origin.captures_iter(message));
    found.filter_map(|found| CommitHash::parse(found.get(1)?.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_of_a_picked_commit_names_its_origin() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        let found = |message: &str| picked(message).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(found(&format!("Fix\n\n(cherry picked from commit {hash})")), [hash]);
        assert_eq!(found("Cherry-picked from commit 0123456789ab, once"), ["0123456789ab"]);
        for message in ["cherry picked from commit 0123", "cherry picked from main", hash] {
            assert_eq!(found(message), Vec::<String>::new(), "{message}");
        }
    }
}
