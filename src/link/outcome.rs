//! A plan applied: record, write, tidy up, and whether the pull request has moved meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use crate::apply::{self, Check, CommentWriter, PageOutcome, PageState, WriteFailure, Writer};
use crate::audit::Event;
use crate::bitbucket::{PullRequest, Reading};
use crate::http::{self, HttpError};
use crate::ids::PageName;
use crate::page::{Page, PageReading};
use crate::plan::{self, Output, PageChange, Plan, Results, Tense, Troubled};
use crate::report::Failure;
use crate::run::Run;
use crate::surface::pull_request_comment::Candidate;
use crate::words::titled;

use super::reporting::Reporting;
use super::{Observed, Progress, read};

/// What one round did.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Why pages do not say what they should.
    pub troubles: BTreeMap<PageName, WriteFailure>,
    /// What failed.
    pub failures: Vec<Failure>,
    /// The writes that were planned, in words; only of a dry run.
    pub planned: Vec<String>,
    /// The writes that were wanted and not done, in words.
    pub not_done: BTreeSet<String>,
    /// Whether the pull request, or what is known of its comments, has changed: then another round begins.
    pub moved: bool,
}

/// What a dry run shows.
pub(super) fn planned(run: Run<'_>, seen: &Observed, plan: &Plan, progress: &Progress) -> Outcome {
    let writes = plan.writes(&seen.situation(run, progress));
    let id = Some(seen.texts.pull_request.id);
    writes.iter().for_each(|write| run.audit.note(id, &apply::planned(write)));
    for change in plan.pages.iter().filter(|change| !change.writes().is_empty()) {
        sum_up(run, seen, change, Tense::Planned, &[]);
    }
    let planned = writes.iter().map(ToString::to_string).collect();
    Outcome { planned, failures: failures(seen), ..Outcome::default() }
}

/// Logs one line for a page that changes.
fn sum_up(run: Run<'_>, seen: &Observed, change: &PageChange, tense: Tense, not_done: &[String]) {
    let page = seen.pages.find(change.page);
    let title = page.map_or_else(|| format!("page {}", change.page.id), Page::title);
    let name = titled(&title, &run.config.site.page_url(change.page.id));
    let sentence = change.sentence(tense, &name, not_done, page.map(plan::mentions).unwrap_or_default());
    run.audit.sum_up(Some(seen.texts.pull_request.id), sentence);
}

/// Writes what the plan holds, in its stages.
pub(super) fn apply(run: Run<'_>, seen: &Observed, plan: &Plan, progress: &mut Progress) -> Outcome {
    let mut outcome = Outcome { failures: failures(seen), troubles: unread(run, seen), ..Outcome::default() };
    if has_moved_before_unlinking(run, seen, plan, progress) {
        outcome.moved = true;
        return outcome;
    }
    let id = seen.texts.name.id;
    let writer = Writer { run, subject: Some(id) };
    let comment_writer = CommentWriter { writer, site: &seen.texts.site, id };
    let before = progress.writes;
    let looked_at = seen.texts.index(&progress.comment.authorship);
    let mut comments = seen.texts.comments.clone();
    let recorded = match &plan.record {
        None => Ok(0),
        Some(desired) => comment_writer.comment(&mut comments, &mut progress.comment, desired, Check::Later),
    };
    let is_recorded = recorded.is_ok();
    let pages: Vec<&PageChange> = match recorded {
        Ok(writes) => {
            progress.writes += writes;
            plan.pages.iter().collect()
        }
        // Without a record a new row could be lost; pages that the index names already are safe.
        Err(failure) => {
            let known = seen.texts.own_index(&progress.comment.authorship);
            let (safe, left): (Vec<&PageChange>, Vec<&PageChange>) =
                plan.pages.iter().partition(|change| known.contains(&change.page));
            leave_unrecorded(run, seen, &left, &failure, &mut outcome);
            outcome.failures.push(failure);
            safe
        }
    };
    let changes: Vec<PageChange> = pages.into_iter().filter(|change| !change.writes().is_empty()).cloned().collect();
    let mut report = Reporting::new(writer, seen, plan);
    let is_known = report.link_to(&comments, progress);
    // Where the comment is added last, the report waits to link to it.
    let waits = !is_known && is_recorded && run.intent.outputs.comment == Output::On;
    let acknowledged = |page: PageName| progress.pages.get(&page).cloned().unwrap_or_default();
    let (written, reported) =
        http::both(|| writer.pages(&changes, acknowledged), || if waits { None } else { report.send() });
    report.record(reported, progress, &mut outcome.not_done);
    let mut results = Results::default();
    let mut changed = Vec::new();
    for (change, page) in changes.iter().zip(written) {
        if page.writes > 0 && page.trouble.is_none() {
            changed.push((change, page.not_done.clone()));
        }
        record_page(change, page, &mut results, progress, &mut outcome);
    }
    count_troubles(&outcome, &mut results);
    let wrote = progress.writes > before;
    if is_recorded {
        Round { run, writer: comment_writer, seen, plan }.tidy_up(
            &results,
            comments,
            wrote,
            report,
            progress,
            &mut outcome,
        );
    }
    // Below the warnings of this round.
    changed.iter().for_each(|(change, not_done)| sum_up(run, seen, change, Tense::Past, not_done));
    // Another comment turned out to be ours: its index is read whole in the next round.
    let own = seen.texts.own_index(&progress.comment.authorship);
    outcome.moved |= !own.is_subset(&looked_at);
    outcome
}

/// What could not be read, for the exit code. A failing report never counts.
fn failures(seen: &Observed) -> Vec<Failure> {
    use crate::texts::Gap;
    let commits = seen.texts.gaps.iter().filter_map(|gap| match gap {
        Gap::CommitsFailed(error) => Some(Failure::of(error)),
        Gap::MoreCommits | Gap::NoCommits | Gap::CommitsOfMerge | Gap::LongMessages(_) => None,
        Gap::MoreMentions(_) | Gap::NotRead(_) => None,
    });
    commits.chain(seen.pages.failures.iter().map(|failed| failed.failure.clone())).collect()
}

/// The pages whose comments are not known, and so are not written.
fn unread(run: Run<'_>, seen: &Observed) -> BTreeMap<PageName, WriteFailure> {
    if run.intent.outputs.page_comment == Output::Off {
        return BTreeMap::new();
    }
    let unknown = seen.pages.pages.iter().filter(|page| page.reading == PageReading::CommentsUnknown);
    unknown.filter_map(|page| Some((page.name()?, WriteFailure::Failed))).collect()
}

/// A plan that takes every page from an open pull request needs one that has not moved since it was read.
fn has_moved_before_unlinking(run: Run<'_>, seen: &Observed, plan: &Plan, progress: &Progress) -> bool {
    if !plan.unlinks_everything(&seen.situation(run, progress)) {
        return false;
    }
    match read::again(run, &seen.texts.pull_request) {
        None => false,
        Some(now) => now.ok().is_none_or(|now| now != seen.texts.pull_request),
    }
}

fn record_page(
    change: &PageChange,
    page: PageOutcome,
    results: &mut Results,
    progress: &mut Progress,
    outcome: &mut Outcome,
) {
    let PageOutcome { page, state, trouble, failures, writes, not_done, completed, acknowledged } = page;
    progress.writes += writes;
    progress.pages.insert(page, acknowledged);
    if writes > 0 {
        let changed = if change.keeps_a_row() { &mut progress.written } else { &mut progress.removed };
        changed.insert(page);
    }
    match state {
        PageState::Clean => {
            progress.known.remove(&page);
            results.clean.insert(page);
        }
        PageState::Holds | PageState::Unknown => drop(progress.known.insert(page)),
    }
    results.completed.extend(completed);
    if let Some(trouble) = trouble {
        outcome.troubles.insert(page, trouble);
        outcome.not_done.extend(change.writes().iter().map(ToString::to_string));
    }
    outcome.not_done.extend(not_done);
    outcome.failures.extend(failures);
}

fn count_troubles(outcome: &Outcome, results: &mut Results) {
    results.failed = outcome.troubles.values().filter(|trouble| trouble.is_failure()).count();
    let troubled = outcome
        .troubles
        .iter()
        .map(|(page, trouble)| (*page, if trouble.is_failure() { Troubled::Failed } else { Troubled::Refused }));
    results.troubled = troubled.collect();
}

/// Says of each page that the comment does not name yet that it is not written.
fn leave_unrecorded(run: Run<'_>, seen: &Observed, left: &[&PageChange], failure: &Failure, outcome: &mut Outcome) {
    let trouble = match WriteFailure::of(failure) {
        WriteFailure::OutOfTime => WriteFailure::OutOfTime,
        WriteFailure::Refused | WriteFailure::Failed | WriteFailure::NotRecorded => WriteFailure::NotRecorded,
    };
    for change in left {
        let writes = change.writes();
        if writes.is_empty() {
            continue;
        }
        outcome.troubles.insert(change.page, trouble);
        for write in &writes {
            outcome.not_done.insert(write.to_string());
            let why = "the comment on the pull request must name a page before it is written".to_owned();
            let event = Event::Failed { what: write.to_string(), why: why.into(), request_id: None };
            run.audit.note(Some(seen.texts.pull_request.id), &event);
        }
    }
}

/// What the last stage rests on.
struct Round<'a> {
    run: Run<'a>,
    writer: CommentWriter<'a>,
    seen: &'a Observed,
    plan: &'a Plan,
}

impl Round<'_> {
    /// The comment shows the results, its index drops pages without a row, and the pull request is read again: an older
    /// run may have overwritten what this one wrote.
    fn tidy_up(
        &self,
        results: &Results,
        mut comments: Vec<Candidate>,
        wrote: bool,
        mut report: Reporting<'_>,
        progress: &mut Progress,
        outcome: &mut Outcome,
    ) {
        let Self { run, writer, seen, plan } = self;
        let pull_request = &seen.texts.pull_request;
        let mut now = None;
        // Without a credential there is no comment to read or write.
        let tracks = run.reading == Reading::WithCredential;
        if wrote && !tracks {
            now = read::again(*run, pull_request);
        }
        if wrote && tracks {
            let (listed, again) =
                http::both(|| writer.read_comments(&mut progress.comment), || read::again(*run, pull_request));
            now = again;
            match listed {
                Ok(listed) => comments = listed,
                Err(failure) => {
                    let what = "read the comments on the pull request again";
                    run.audit.note_failure(Some(pull_request.id), what, &failure);
                    outcome.failures.push(failure);
                    report.finish(&comments, progress, &mut outcome.not_done);
                    return note_move(*run, pull_request, now, outcome);
                }
            }
        }
        let desired = plan.comment_after(&seen.situation(*run, progress), results);
        let before = progress.writes;
        match writer.comment(&mut comments, &mut progress.comment, &desired, Check::ReadAgain) {
            Ok(writes) => progress.writes += writes,
            Err(failure) => {
                outcome.not_done.insert("update the comment on the pull request".to_owned());
                outcome.failures.push(failure);
            }
        }
        report.finish(&comments, progress, &mut outcome.not_done);
        if progress.writes > before {
            now = read::again(*run, pull_request);
        }
        note_move(*run, pull_request, now, outcome);
    }
}

/// Whether the pull request has moved since it was read.
fn note_move(run: Run<'_>, before: &PullRequest, now: Option<Result<PullRequest, HttpError>>, outcome: &mut Outcome) {
    match now {
        None => {}
        Some(Ok(now)) => outcome.moved |= now != *before,
        Some(Err(error)) => {
            let failure = Failure::of(&error);
            run.audit.note_failure(Some(before.id), "look at the pull request again", &failure);
            outcome.failures.push(failure);
        }
    }
}
