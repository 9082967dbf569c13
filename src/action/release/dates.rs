//! When pull requests were merged, and the versions that their pages had then.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::confluence::Version;
use crate::http;
use crate::ids::{PageName, PullRequestId, RepositoryUuid};
use crate::report::Failure;
use crate::run::Run;
use crate::surface::page_comment::OurComment;
use crate::surface::page_row::RowKey;

use super::range::Part;
use super::written::{Release, Rows};

/// When the pull requests were merged whose rows do not say so yet.
pub(super) fn merge_dates(
    run: Run<'_>,
    release: Release<'_>,
    repository: &RepositoryUuid,
    read: &BTreeMap<PageName, Vec<OurComment>>,
    rows: &mut Rows,
) -> BTreeMap<PullRequestId, Timestamp> {
    let mut dates = BTreeMap::new();
    let mut elsewhere = Vec::new();
    for part in release.parts.iter().filter(|part| release.is_undated(part, repository, read)) {
        let commits = release.range.commits();
        match release.range.place(&part.merged.merge_commit).and_then(|place| commits.get(place)) {
            Some(commit) => dates.extend(commit.date.map(|date| (part.merged.id(), date))),
            None => elsewhere.push(part),
        }
    }
    let answers = http::map(&elsewhere, |part| run.bitbucket.commit(&part.merged.merge_commit));
    for (part, answer) in elsewhere.iter().zip(answers) {
        match answer {
            Ok(commit) => dates.extend(commit.date.map(|date| (part.merged.id(), date))),
            Err(error) => rows.fail(run, Failure::of(&error)),
        }
    }
    dates
}

impl Release<'_> {
    fn is_undated(&self, part: &Part, repository: &RepositoryUuid, read: &BTreeMap<PageName, Vec<OurComment>>) -> bool {
        let key = RowKey { repository: repository.clone(), id: part.merged.id() };
        let is_dated = |comments: &Vec<OurComment>| {
            comments.iter().filter_map(|comment| comment.row(&key)).any(|row| row.version_at_merge.is_some())
        };
        self.pages_of(part).any(|page| read.get(&page).is_some_and(|comments| !is_dated(comments)))
    }

    fn pages_of(&self, part: &Part) -> impl Iterator<Item = PageName> + '_ {
        let id = part.merged.id();
        let leads = self.parts.iter().zip(&self.pages.parts).filter(move |(part, _)| part.merged.id() == id);
        leads.flat_map(|(_, leads)| leads.pages())
    }
}

/// The versions of the pages with rows that need one.
pub(super) fn versions(
    run: Run<'_>,
    release: Release<'_>,
    repository: &RepositoryUuid,
    read: &BTreeMap<PageName, Vec<OurComment>>,
    dates: &BTreeMap<PullRequestId, Timestamp>,
    rows: &mut Rows,
) -> BTreeMap<PageName, Vec<Version>> {
    let mut oldest: BTreeMap<PageName, Timestamp> = BTreeMap::new();
    for part in release.parts.iter().filter(|part| release.is_undated(part, repository, read)) {
        let Some(date) = dates.get(&part.merged.id()) else { continue };
        for page in release.pages_of(part).filter(|page| read.contains_key(page)) {
            let known = oldest.entry(page).or_insert(*date);
            *known = (*known).min(*date);
        }
    }
    let wanted: Vec<(PageName, Timestamp)> = oldest.into_iter().collect();
    let answers = http::map(&wanted, |(page, date)| run.confluence.versions(*page, |version| version.at <= *date));
    let mut versions = BTreeMap::new();
    for ((page, _), answer) in wanted.iter().zip(answers) {
        match answer {
            Ok(read) => drop(versions.insert(*page, read)),
            Err(error) => rows.fail(run, Failure::of_page(&error)),
        }
    }
    versions
}
