//! The releases of these days: which pull requests they contain, and which of those have a page.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::action::release::previous;
use crate::bitbucket::{ListEnd, Listed, PullRequestState, Tag};
use crate::http;
use crate::ids::{CommitHash, PullRequestId, ReleaseName};
use crate::report::Failure;
use crate::run::Run;

use super::finding::Kind;
use super::gaps::Gaps;
use super::line::Line;
use super::links::{Rows, is_of};
use super::reading::Readings;
use super::words;

/// The most releases whose commits are read, and the most commits of each.
const MAX_RELEASES: usize = 20;
const MAX_COMMITS: usize = 500;

/// The merged pull requests of each release, by its name.
pub(super) type Contents = BTreeMap<String, BTreeSet<PullRequestId>>;

/// How many pull requests have a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Coverage {
    pub(super) pull_requests: usize,
    pub(super) with_page: usize,
    pub(super) without_page: usize,
    /// Those without a page because of [skip confluence].
    pub(super) skipped: usize,
    pub(super) unknown: usize,
}

/// A release that contains a pull request of these days.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Release {
    pub(super) name: String,
    /// `None` when its commits weren't read.
    pub(super) coverage: Option<Coverage>,
    /// The pages whose rows name it.
    pub(super) pages: BTreeSet<String>,
    pub(super) pull_requests: BTreeSet<u64>,
    pub(super) without_page: Vec<u64>,
}

impl Coverage {
    pub(super) fn of(pull_requests: impl Iterator<Item = u64>, lines: &[Line]) -> Self {
        let mut coverage = Self::default();
        for id in pull_requests {
            let mut of_this = lines.iter().filter(|line| line.pull_request == id);
            let count = match of_this.clone().find(|line| line.page.is_none()) {
                Some(line) if line.findings.contains(&Kind::Skipped) => &mut coverage.skipped,
                Some(_) => &mut coverage.without_page,
                None if of_this.next().is_some() => &mut coverage.with_page,
                None => &mut coverage.unknown,
            };
            *count += 1;
            coverage.pull_requests += 1;
        }
        coverage
    }

    /// In percent, rounded down.
    pub(super) fn percent(self) -> Option<usize> {
        (self.with_page * 100).checked_div(self.pull_requests)
    }
}

/// Reads the commits of releases: those that rows of merged pull requests name, and those tagged in these days.
pub(super) fn read(run: Run<'_>, readings: &Readings, rows: &Rows, gaps: &mut Gaps) -> Contents {
    let merged = readings.values().filter(|reading| reading.state() == PullRequestState::Merged);
    let merged: BTreeMap<PullRequestId, &CommitHash> =
        merged.filter_map(|one| Some((one.id(), one.listed.pull_request.merge_commit.as_ref()?))).collect();
    if merged.is_empty() {
        return Contents::new();
    }
    let (repository, uuid) = (&run.pipeline.repository, run.pipeline.repository_uuid.as_ref());
    let rows = rows.values().flatten().flatten().filter(|row| is_of(row, repository, uuid));
    let named: BTreeSet<&String> =
        rows.filter(|row| merged.contains_key(&row.name.id)).flat_map(|row| &row.releases).collect();
    let Listed { values: tags, end } = run.bitbucket.tags();
    match end {
        ListEnd::Complete => {}
        ListEnd::Capped => gaps.note(words::MORE_TAGS.to_owned()),
        ListEnd::Failed(error) => gaps.fail(Failure::of(&error)),
    }
    let since = run.config.days.before(run.clock.utc_now());
    let mut releases: Vec<(ReleaseName, &Tag)> =
        tags.iter().filter_map(|tag| Some((ReleaseName::parse(&tag.name)?, tag))).collect();
    let is_of_these_days = |tag: &Tag| tag.date.is_some_and(|date| date >= since);
    releases.retain(|(name, tag)| named.iter().any(|named| *named == name.as_str()) || is_of_these_days(tag));
    releases.sort_by_key(|(_, tag)| std::cmp::Reverse(tag.date));
    if releases.len() > MAX_RELEASES {
        gaps.note(words::more_releases(MAX_RELEASES));
        releases.truncate(MAX_RELEASES);
    }
    let read = http::map(&releases, |(name, tag)| {
        let previous = previous(name, &tag.target, &tags).map(|tag| &tag.target);
        let without: Vec<&CommitHash> = previous.into_iter().collect();
        run.bitbucket.newest(&[&tag.target], &without, MAX_COMMITS)
    });
    let mut contents = Contents::new();
    for ((name, _), commits) in releases.iter().zip(read) {
        let Some(commits) = gaps.keep(commits.map_err(|error| Failure::of(&error))) else { continue };
        let contains = |merge: &CommitHash| commits.iter().any(|commit| commit.hash.same_commit(merge));
        let parts = merged.iter().filter(|(_, merge)| contains(merge)).map(|(id, _)| *id).collect();
        contents.insert(name.as_str().to_owned(), parts);
    }
    contents
}

/// The releases of the lines and of what was read, those with the newest pull request first.
pub(super) fn releases(lines: &[Line], contents: &Contents) -> Vec<Release> {
    let of_rows = lines.iter().flat_map(|line| &line.releases);
    let names: BTreeSet<&String> =
        of_rows.chain(contents.iter().filter(|(_, parts)| !parts.is_empty()).map(|(name, _)| name)).collect();
    let mut releases: Vec<Release> = names.into_iter().map(|name| release(name, lines, contents)).collect();
    releases.sort_by_key(|release| std::cmp::Reverse(release.pull_requests.last().copied()));
    releases
}

fn release(name: &String, lines: &[Line], contents: &Contents) -> Release {
    let named: Vec<&Line> = lines.iter().filter(|line| line.releases.contains(name)).collect();
    let read = contents.get(name);
    let parts = read.into_iter().flatten().map(|id| id.get());
    let pull_requests: BTreeSet<u64> = named.iter().map(|line| line.pull_request).chain(parts).collect();
    let has_none = |line: &&Line| line.page.is_none() && pull_requests.contains(&line.pull_request);
    Release {
        name: name.clone(),
        coverage: read.map(|_| Coverage::of(pull_requests.iter().copied(), lines)),
        pages: named.iter().filter_map(|line| line.page.clone()).collect(),
        without_page: lines.iter().filter(has_none).map(|line| line.pull_request).collect(),
        pull_requests,
    }
}
