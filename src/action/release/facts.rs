//! What the rows of a release need beyond its texts: merges outside the release, page versions, tasks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::confluence::Task;
use crate::http;
use crate::ids::{CommitHash, PageName, PullRequestId};
use crate::report::Failure;
use crate::surface::page_row::Row;

use super::entries::{Comments, Entry, Release};
use super::gaps::Gaps;
use super::words;

/// The most pull requests of which is asked whether a release contains them.
const MAX_ASKED: usize = 50;

/// How many pages one request for tasks names.
const TASK_PAGES: usize = 50;

/// What was read for the rows.
#[derive(Debug)]
pub(super) struct Facts {
    /// The pull requests that lose the name of the release.
    pub(super) gone: BTreeSet<PullRequestId>,
    /// The page versions at the merges, for rows that don't say them.
    pub(super) versions: BTreeMap<(PageName, PullRequestId), u32>,
    /// The tasks of the pages on which a pull request closes some.
    pub(super) tasks: Vec<Task>,
    /// The pages whose tasks could not be read. They wait, because a row that says merged says that its tasks are done.
    pub(super) waiting: BTreeSet<PageName>,
}

impl Facts {
    pub(super) fn read(release: Release<'_>, comments: &Comments, entries: &[Entry<'_>], gaps: &mut Gaps) -> Self {
        let undated = |entry: &&Entry<'_>| entry.known.as_ref().is_none_or(|row| row.version_at_merge.is_none());
        let undated: Vec<&Entry<'_>> = entries.iter().filter(undated).collect();
        let versions = versions(release, &undated, gaps);
        let (tasks, waiting) = tasks(release, entries, gaps);
        Self { gone: gone(release, comments, gaps), versions, tasks, waiting }
    }
}

fn dates(release: Release<'_>, undated: &[&Entry<'_>], gaps: &mut Gaps) -> BTreeMap<PullRequestId, Timestamp> {
    let merges = undated.iter().map(|entry| (entry.merged.id(), &entry.merged.merge_commit));
    let merges: BTreeMap<PullRequestId, &CommitHash> = merges.collect();
    let (inside, outside): (Vec<_>, Vec<_>) =
        merges.into_iter().partition(|(_, merge)| release.range.place(merge).is_some());
    let known = |(id, merge): &(PullRequestId, &CommitHash)| Some((*id, release.range.commit(merge)?.date?));
    let mut dates: BTreeMap<PullRequestId, Timestamp> = inside.iter().filter_map(known).collect();
    let read = http::map(&outside, |(_, merge)| release.run.bitbucket.commit(merge));
    for ((id, _), read) in outside.iter().zip(read) {
        let what = words::read_merge_time(*id);
        let commit = gaps.keep(release.run, &what, read.map_err(|error| Failure::of(&error)));
        dates.extend(commit.and_then(|commit| commit.date).map(|date| (*id, date)));
    }
    dates
}

fn versions(release: Release<'_>, undated: &[&Entry<'_>], gaps: &mut Gaps) -> BTreeMap<(PageName, PullRequestId), u32> {
    let dates = dates(release, undated, gaps);
    let mut merges: BTreeMap<PageName, Vec<(PullRequestId, Timestamp)>> = BTreeMap::new();
    for (page, id) in undated.iter().map(|entry| (entry.page, entry.merged.id())) {
        merges.entry(page).or_default().extend(dates.get(&id).map(|date| (id, *date)));
    }
    merges.retain(|_, merges| !merges.is_empty());
    let merges: Vec<(PageName, Vec<(PullRequestId, Timestamp)>)> = merges.into_iter().collect();
    let read = http::map(&merges, |(page, merges)| {
        release.run.confluence.versions(*page, |version| merges.iter().all(|(_, date)| version.at <= *date))
    });
    let mut at_merge = BTreeMap::new();
    for ((page, merges), read) in merges.iter().zip(read) {
        let read = gaps.keep(release.run, words::READ_VERSIONS, read.map_err(|error| Failure::of_page(&error)));
        for (id, date) in merges {
            let until = read.iter().flatten().filter(|version| version.at <= *date);
            at_merge.extend(until.map(|version| version.number).max().map(|number| ((*page, *id), number)));
        }
    }
    at_merge
}

fn tasks(release: Release<'_>, entries: &[Entry<'_>], gaps: &mut Gaps) -> (Vec<Task>, BTreeSet<PageName>) {
    let mut tasks = Vec::new();
    let mut waiting = BTreeSet::new();
    let closing: BTreeSet<PageName> =
        entries.iter().filter(|entry| entry.closed_tasks().is_some()).map(|entry| entry.page).collect();
    let closing: Vec<PageName> = closing.into_iter().collect();
    for pages in closing.chunks(TASK_PAGES) {
        let read = release.run.confluence.tasks(pages).map_err(|error| Failure::of_page(&error));
        match gaps.keep(release.run, words::READ_TASKS, read) {
            Some(read) => tasks.extend(read),
            None => waiting.extend(pages),
        }
    }
    (tasks, waiting)
}

/// The pull requests that carry the name of the release and whose merge can't be reached from it. What could not be asked
/// is not among them.
fn gone(release: Release<'_>, comments: &Comments, gaps: &mut Gaps) -> BTreeSet<PullRequestId> {
    let Release { run, name, commit, pages, .. } = release;
    let rows = comments.values().flatten().flat_map(|comment| &comment.rows);
    let carries = |row: &&Row| row.repository.as_ref() == Some(release.repository) && row.carries(name);
    let own: BTreeSet<PullRequestId> = pages.pull_requests().map(|(merged, _)| merged.id()).collect();
    let others = rows.filter(carries).map(|row| row.name.id).filter(|id| !own.contains(id));
    let others: BTreeSet<PullRequestId> = others.collect();
    if !pages.are_certain && !others.is_empty() {
        gaps.miss(words::ROWS_KEPT.to_owned());
        return BTreeSet::new();
    }
    if others.len() > MAX_ASKED {
        gaps.miss(words::rows_not_checked(MAX_ASKED, others.len()));
    }
    let asked: Vec<PullRequestId> = others.into_iter().take(MAX_ASKED).collect();
    let answers = http::map(&asked, |id| {
        let merge = run.bitbucket.pull_request(*id)?.merge_commit;
        // What is not merged is in no release.
        merge.map_or(Ok(true), |merge| Ok(!run.bitbucket.newest(&[&merge], &[commit], 1)?.is_empty()))
    });
    let mut gone = BTreeSet::new();
    for (id, answer) in asked.into_iter().zip(answers) {
        let what = words::see_whether_inside(id);
        match gaps.keep(run, &what, answer.map_err(|error| Failure::of(&error))) {
            Some(true) => drop(gone.insert(id)),
            Some(false) => {}
            None => gaps.miss(words::unknown_whether_inside(id)),
        }
    }
    gone
}
