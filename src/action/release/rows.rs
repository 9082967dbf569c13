//! The rows that a release writes: one change for each page, with all its pull requests.
//!
//! The rows are the progress: one that carries the name of the release already is not written again.

use std::collections::{BTreeMap, BTreeSet};

use crate::apply::{self, PageAcknowledged, Writer};
use crate::config::Mode;
use crate::http;
use crate::ids::{PageName, PullRequestId};
use crate::link;
use crate::page::CreatePolicy;
use crate::page::our_comments;
use crate::plan::{Intent, Output, Outputs, PageChange, Tense, WriteFailure};
use crate::report::PageResult;
use crate::run::Run;
use crate::surface::page_comment::OurComment;
use crate::words::titled;

use super::entries::{Comments, Entry, Release};
use super::facts::Facts;
use super::gaps::Gaps;
use super::words;

/// What became of each page.
pub(super) type Results = BTreeMap<PageName, PageResult>;

/// Writes the name of the release into the rows of its pull requests, and takes it from rows of others.
pub(super) fn write(release: Release<'_>, gaps: &mut Gaps) -> Results {
    let Release { run, pages, .. } = release;
    let mut results = Results::new();
    let mut comments = read_comments(run, &pages.to_write(), &mut results, gaps);
    // A page that was never linked gets no first comment.
    comments.retain(|page, comments| {
        let is_linked = comments.iter().any(OurComment::is_in_use);
        if !is_linked {
            results.insert(*page, PageResult::ListedOnly);
        }
        is_linked
    });
    let entries = release.entries(&comments);
    let facts = Facts::read(release, &comments, &entries, gaps);
    facts.waiting.iter().for_each(|page| fail(*page, &mut results, gaps));
    let mut skipped = Vec::new();
    let changes = release.changes(comments, &entries, &facts, &mut skipped);
    skipped.iter().for_each(|edit| run.audit.note(None, &link::left_undone(edit)));
    let title = |page: PageName| pages.survey.pages.get(&page)?.title();
    apply(run, changes, title, &mut results, gaps);
    let has_closed =
        |entry: &&Entry<'_>| entry.closed_tasks().is_some() && results.get(&entry.page) == Some(&PageResult::Written);
    let ids: BTreeSet<PullRequestId> = entries.iter().filter(has_closed).map(|entry| entry.merged.id()).collect();
    show_completed_tasks(run, ids, gaps);
    stop(run, &results, gaps);
    results
}

/// Reads our comments on these pages.
pub(super) fn read_comments(run: Run<'_>, pages: &[PageName], results: &mut Results, gaps: &mut Gaps) -> Comments {
    let read = http::map(pages, |page| our_comments(run.confluence, *page));
    let mut known = Comments::new();
    for (page, read) in pages.iter().zip(read) {
        let read = read.map_err(|unknown| unknown.failure());
        match gaps.keep(run, &words::read_comments(page), read) {
            Some(comments) => drop(known.insert(*page, comments)),
            None => fail(*page, results, gaps),
        }
    }
    known
}

/// Makes the changes page by page, until the run has to end.
pub(super) fn apply(
    run: Run<'_>,
    changes: Vec<PageChange>,
    title: impl Fn(PageName) -> Option<String>,
    results: &mut Results,
    gaps: &mut Gaps,
) {
    let writer = Writer { run, subject: None };
    for change in changes {
        let (page, writes) = (change.page, &change.writes);
        let title = title(page).unwrap_or_else(|| format!("page {}", page.id));
        let link = titled(&title, &run.config.site.page_url(page.id));
        if writes.is_empty() {
            results.insert(page, PageResult::Unchanged);
        } else if run.mode == Mode::DryRun {
            writes.iter().for_each(|write| run.audit.note(None, &apply::planned(write)));
            run.audit.sum_up(None, change.sentence(Tense::Planned, &link, &[], Vec::new()));
            results.insert(page, PageResult::Planned);
        } else if gaps.end(run).is_some() {
            results.insert(page, PageResult::Failed);
        } else {
            for outcome in writer.pages(std::slice::from_ref(&change), |_| PageAcknowledged::default()) {
                if outcome.writes > 0 && outcome.not_written.is_none() {
                    run.audit.sum_up(None, change.sentence(Tense::Past, &link, &outcome.not_done, Vec::new()));
                }
                match outcome.not_written {
                    None => drop(results.insert(page, PageResult::Written)),
                    Some(WriteFailure::Refused) => drop(results.insert(page, PageResult::ListedOnly)),
                    Some(_) => fail(page, results, gaps),
                }
                outcome.failures.into_iter().for_each(|failure| gaps.fail(run, words::WRITE_RELEASE, failure));
            }
        }
    }
}

fn fail(page: PageName, results: &mut Results, gaps: &mut Gaps) {
    results.insert(page, PageResult::Failed);
    gaps.miss(words::not_on_page(page));
}

/// Says how far a run got that had to end.
pub(super) fn stop(run: Run<'_>, results: &Results, gaps: &mut Gaps) {
    let is_done = |result: &&PageResult| matches!(result, PageResult::Written | PageResult::Unchanged);
    let of = results.values().filter(|result| **result != PageResult::ListedOnly).count();
    gaps.stop(run, results.values().filter(is_done).count(), of);
}

/// The comments of these pull requests show which tasks are done.
fn show_completed_tasks(run: Run<'_>, ids: BTreeSet<PullRequestId>, gaps: &mut Gaps) {
    let outputs = Outputs { report: Output::Off, ..run.intent.outputs };
    let intent = Intent { outputs, creates: CreatePolicy::OnlyWithComment, ..run.intent };
    for id in ids {
        if gaps.end(run).is_none() && outputs.comment == Output::On {
            let what = words::update_comment(id);
            let failures = link::link(Run { intent, ..run }, id).failures;
            failures.into_iter().for_each(|failure| gaps.fail(run, &what, failure));
        }
    }
}
