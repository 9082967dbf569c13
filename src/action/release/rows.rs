//! The rows that a release writes: one change for each page, with all its pull requests.
//!
//! The rows are the progress: one that carries the name of the release already is not written again.

use std::collections::{BTreeMap, BTreeSet};

use crate::apply::{self, PageAcknowledged, WriteFailure, Writer};
use crate::config::Mode;
use crate::http;
use crate::ids::{PageName, PullRequestId};
use crate::link;
use crate::page::{CommentsUnknown, our_comments};
use crate::plan::{Output, PageChange, Tense};
use crate::report::{Failure, PageResult};
use crate::run::Run;
use crate::surface::page_comment::OurComment;
use crate::surface::page_row::RowState;
use crate::words::titled;

use super::dates;
use super::desired::Desired;
use super::pages::{self, Pages};
use super::range::Part;
use super::written::{Release, Rows};

/// The most pull requests of which is asked whether a release contains them.
const MAX_ASKED: usize = 50;

/// Why no row can be written.
pub(super) const NO_UUID: &str = "BITBUCKET_REPO_UUID is missing, and a row needs it";

/// How many pages are read at once. More would all be refused where the rate of requests is limited.
const AT_ONCE: usize = 4;

/// Writes the name of the release into the rows of its pull requests, and takes it from rows of others.
pub(super) fn write(run: Run<'_>, release: Release<'_>) -> Rows {
    let mut rows = Rows::default();
    let Some(repository) = pages::repository(run, release.parts) else {
        rows.fail(run, Failure::other(NO_UUID.to_owned()));
        return rows;
    };
    if run.intent.outputs.page_comment == Output::Off {
        return rows;
    }
    let wanted = release.pages_to_write();
    let read = read_comments(run, &wanted, &mut rows);
    let others = release.others(repository, &read);
    let gone = not_contained(run, release, &others, &mut rows);
    let dates = dates::merge_dates(run, release, repository, &read, &mut rows);
    let versions = dates::versions(run, release, repository, &read, &dates, &mut rows);
    let mut changes = Vec::new();
    for (page, comments) in &read {
        let desired = Desired { run, release, repository, gone: &gone, dates: &dates, versions: versions.get(page) };
        let waits = desired.waiting(*page, comments);
        rows.missing.extend(waits.iter().map(|id| format!("The row of #{id} on {page} waits for its tasks.")));
        match desired.change(*page, comments) {
            Some(change) if !change.writes().is_empty() => changes.push(change),
            Some(_) => drop(rows.results.insert(*page, PageResult::Unchanged)),
            None => drop(rows.results.insert(*page, PageResult::ReadOnly)),
        }
    }
    apply(run, changes, |page| release.surveyed(page)?.title(), &mut rows);
    rows
}

/// Completes the tasks that pull requests close whose rows do not say merged yet. Each is linked as after its own merge,
/// which the row remembers.
pub(super) fn complete_tasks(run: Run<'_>, parts: &[Part], pages: &Pages) -> Vec<Failure> {
    let mut failures = Vec::new();
    if run.intent.outputs.tasks == Output::Off || run.intent.outputs.page_comment == Output::Off {
        return failures;
    }
    for (part, leads) in parts.iter().zip(&pages.parts).filter(|(_, leads)| !leads.closing.is_empty()) {
        let id = part.merged.id();
        let is_merged = |page: &PageName| {
            let mut rows = pages.rows.rows.iter().filter(|(of, row)| of == page && row.name.id == id);
            rows.any(|(_, row)| row.state == RowState::Merged)
        };
        if !leads.closing.iter().all(is_merged) {
            failures.extend(link::link_with(run, id, leads.pages().collect()).failures);
        }
    }
    failures
}

/// Reads our comments on these pages. After the first request that stays rate limited, no other is sent.
pub(super) fn read_comments(run: Run<'_>, pages: &[PageName], rows: &mut Rows) -> BTreeMap<PageName, Vec<OurComment>> {
    let mut known = BTreeMap::new();
    for few in pages.chunks(AT_ONCE) {
        let read = http::map(few, |page| our_comments(run.confluence, *page));
        for (page, read) in few.iter().zip(read) {
            let failure = match read.map_err(|unknown: CommentsUnknown| unknown.failure()) {
                Ok(comments) => {
                    known.insert(*page, comments);
                    continue;
                }
                Err(failure) if failure.is_rate_limit => {
                    rows.results.extend(pages.iter().map(|page| (*page, PageResult::Failed)));
                    rows.stop(run, 0, pages.len());
                    return BTreeMap::new();
                }
                Err(failure) => failure,
            };
            rows.results.insert(*page, PageResult::Failed);
            rows.missing.push(format!("The comments on {page} could not be read."));
            rows.fail(run, failure);
        }
    }
    known
}

/// Those of the pull requests whose merge cannot be reached from the release. What could not be asked is not among them.
fn not_contained(
    run: Run<'_>,
    release: Release<'_>,
    ids: &BTreeSet<PullRequestId>,
    rows: &mut Rows,
) -> BTreeSet<PullRequestId> {
    let ids: Vec<PullRequestId> = ids.iter().copied().collect();
    if ids.len() > MAX_ASKED {
        rows.missing.push(format!("Only {MAX_ASKED} of {} other rows with this release were checked.", ids.len()));
    }
    let asked = ids.get(..MAX_ASKED).unwrap_or(&ids);
    let answers = http::map(asked, |id| {
        let merge = run.bitbucket.pull_request(*id)?.merge_commit;
        // What is not merged is in no release.
        merge.map_or(Ok(true), |merge| Ok(!run.bitbucket.newest(&[&merge], &[release.commit], 1)?.is_empty()))
    });
    let mut gone = BTreeSet::new();
    for (id, answer) in asked.iter().zip(answers) {
        match answer {
            Ok(true) => drop(gone.insert(*id)),
            Ok(false) => {}
            Err(error) => {
                rows.missing.push(format!("Whether #{id} is still in the release isn't known."));
                rows.fail(run, Failure::of(&error));
            }
        }
    }
    gone
}

/// Makes the changes page by page. After the first request that stays rate limited, no other page is written.
pub(super) fn apply(
    run: Run<'_>,
    changes: Vec<PageChange>,
    title: impl Fn(PageName) -> Option<String>,
    rows: &mut Rows,
) {
    let writer = Writer { run, subject: None };
    let of = rows.results.len() + changes.len();
    for (at, change) in changes.iter().enumerate() {
        let done = of - changes.len() + at;
        let title = title(change.page).unwrap_or_else(|| format!("page {}", change.page.id));
        let page = titled(&title, &run.config.site.page_url(change.page.id));
        if run.mode == Mode::DryRun {
            for write in change.writes() {
                run.audit.note(None, &apply::planned(&write));
            }
            run.audit.sum_up(None, change.sentence(Tense::Planned, &page, &[], Vec::new()));
            rows.results.insert(change.page, PageResult::Planned);
            continue;
        }
        if run.deadline.remaining(run.clock).is_zero() {
            let sentence = format!("{done} of {of} pages have the release when the time budget was used up");
            rows.missing.push(format!("Only {done} of {of} pages have the release."));
            rows.failures.push(Failure::out_of_time(sentence));
            rows.results.extend(changes.iter().skip(at).map(|change| (change.page, PageResult::Failed)));
            return;
        }
        let outcomes = writer.pages(std::slice::from_ref(change), |_| PageAcknowledged::default());
        for outcome in outcomes {
            if outcome.writes > 0 && outcome.trouble.is_none() {
                run.audit.sum_up(None, change.sentence(Tense::Past, &page, &outcome.not_done, Vec::new()));
            }
            let result = match outcome.trouble {
                None => PageResult::Written,
                Some(WriteFailure::Refused) => PageResult::ReadOnly,
                Some(WriteFailure::Failed | WriteFailure::OutOfTime | WriteFailure::NotRecorded) => PageResult::Failed,
            };
            rows.results.insert(change.page, result);
            if outcome.failures.iter().any(|failure| failure.is_rate_limit) {
                rows.results.extend(changes.iter().skip(at).map(|change| (change.page, PageResult::Failed)));
                return rows.stop(run, done, of);
            }
            if !outcome.failures.is_empty() {
                rows.missing.push(format!("The release is not on {}.", change.page));
            }
            rows.failures.extend(outcome.failures);
        }
    }
}
