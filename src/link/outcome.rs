//! A plan applied: record, write, tidy up, and whether the pull request has changed meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use crate::apply::{self, Check, CommentWriter, PageOutcome, ReportOutcome, Writer};
use crate::audit::Event;
use crate::bitbucket::{PullRequest, Reading};
use crate::http::{self, HttpError};
use crate::ids::PageName;
use crate::page::{Page, PageReading};
use crate::plan::{self, Output, PageChange, Plan, ReportChange, Results, Tense, WriteFailure};
use crate::report::Failure;
use crate::run::Run;
use crate::surface::pull_request_comment::{Candidate, Desired};
use crate::words::titled;

use super::{Progress, Snapshot, read, words};

#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What came of the pages.
    pub results: Results,
    pub failures: Vec<Failure>,
    /// The writes that were planned, in words; only of a dry run.
    pub planned: Vec<String>,
    /// The writes that were wanted and not done, in words.
    pub not_done: BTreeSet<String>,
    /// Whether the pull request, or what is known of its comments, has changed: then another round begins.
    pub needs_another_round: bool,
}

/// What a dry run shows.
pub(super) fn planned(run: Run<'_>, snapshot: &Snapshot, plan: &Plan, progress: &Progress) -> Outcome {
    let writes = plan.writes(&snapshot.plan_input(run, progress));
    let id = Some(snapshot.texts.pull_request.id);
    writes.iter().for_each(|write| run.audit.note(id, &apply::planned(write)));
    for change in plan.pages.iter().filter(|change| !change.writes.is_empty()) {
        sum_up(run, snapshot, change, Tense::Planned, &[]);
    }
    let planned = writes.iter().map(ToString::to_string).collect();
    Outcome { planned, failures: failures(snapshot), ..Outcome::default() }
}

/// Logs one line for a page that changes.
fn sum_up(run: Run<'_>, snapshot: &Snapshot, change: &PageChange, tense: Tense, not_done: &[String]) {
    let page = snapshot.pages.find(change.page);
    let title = page.map_or_else(|| format!("page {}", change.page.id), Page::title);
    let name = titled(&title, &run.config.site.page_url(change.page.id));
    let why = match change.keeps_a_row() {
        true => page.map(plan::mentions).unwrap_or_default(),
        false => words::why_unlinked(run.intent.operation, &snapshot.texts).into_iter().map(str::to_owned).collect(),
    };
    let sentence = change.sentence(tense, &name, not_done, why);
    run.audit.sum_up(Some(snapshot.texts.pull_request.id), sentence);
}

/// Carries out a plan: record, write, tidy up.
pub(super) fn apply(run: Run<'_>, snapshot: &Snapshot, plan: &Plan, progress: &mut Progress) -> Outcome {
    let results = Results { not_written: unread(run, snapshot), ..Results::default() };
    let outcome = Outcome { failures: failures(snapshot), results, ..Outcome::default() };
    if has_changed_before_unlinking(run, snapshot, plan, progress) {
        return Outcome { needs_another_round: true, ..outcome };
    }
    let looked_at = snapshot.texts.index(&progress.comment.authorship);
    let writer = Writer { run, subject: Some(snapshot.texts.name.id) };
    let mut stages = Stages {
        run,
        snapshot,
        plan,
        writer: CommentWriter { writer, site: &snapshot.texts.site, id: snapshot.texts.name.id },
        comments: snapshot.texts.comments.clone(),
        report: plan.report.clone(),
        outcome,
        writes_before: progress.writes,
        progress,
    };
    let recorded = stages.record();
    let changes = stages.recorded_changes(recorded.as_ref().err());
    let changed = stages.write(&changes, recorded.is_ok());
    if recorded.is_ok() {
        stages.tidy_up();
    }
    let Stages { mut outcome, progress, .. } = stages;
    // Below the warnings of this round.
    changed.iter().for_each(|(change, not_done)| sum_up(run, snapshot, change, Tense::Past, not_done));
    // Another comment turned out to be ours: its index is read whole in the next round.
    let own = snapshot.texts.own_index(&progress.comment.authorship);
    outcome.needs_another_round |= !own.is_subset(&looked_at);
    outcome
}

/// A plan that is being carried out: what one stage writes and reads is what the next one rests on.
struct Stages<'a> {
    run: Run<'a>,
    snapshot: &'a Snapshot,
    plan: &'a Plan,
    writer: CommentWriter<'a>,
    /// The comments on the pull request that may be ours, as this run knows them now.
    comments: Vec<Candidate>,
    /// The change to the report that is left.
    report: Option<ReportChange>,
    outcome: Outcome,
    writes_before: usize,
    progress: &'a mut Progress,
}

impl Stages<'_> {
    /// Our comment names the pages before they are written first.
    fn record(&mut self) -> Result<(), Failure> {
        let Some(desired) = &self.plan.record else { return Ok(()) };
        self.write_comment(desired, Check::Later)
    }

    fn write_comment(&mut self, desired: &Desired, check: Check) -> Result<(), Failure> {
        let writes = self.writer.comment(&mut self.comments, &mut self.progress.comment, desired, check)?;
        self.progress.writes += writes;
        Ok(())
    }

    /// The changes to make. Without a record a new row could be lost; pages that the index names already are safe.
    fn recorded_changes(&mut self, failure: Option<&Failure>) -> Vec<PageChange> {
        let changes = self.plan.pages.iter().filter(|change| !change.writes.is_empty()).cloned();
        let Some(failure) = failure else { return changes.collect() };
        let known = self.snapshot.texts.own_index(&self.progress.comment.authorship);
        let (safe, left): (Vec<PageChange>, Vec<PageChange>) = changes.partition(|change| known.contains(&change.page));
        self.leave_unrecorded(&left, failure);
        self.outcome.failures.push(failure.clone());
        safe
    }

    /// Says of each page that the comment does not name yet that it is not written.
    fn leave_unrecorded(&mut self, left: &[PageChange], failure: &Failure) {
        let why = match WriteFailure::of(failure) {
            WriteFailure::OutOfTime => WriteFailure::OutOfTime,
            WriteFailure::Refused | WriteFailure::Failed | WriteFailure::NotRecorded => WriteFailure::NotRecorded,
        };
        for change in left {
            self.outcome.results.not_written.insert(change.page, why);
            for write in &change.writes {
                self.outcome.not_done.insert(write.to_string());
                let why = words::NOT_RECORDED.to_owned();
                let event = Event::Failed { what: write.to_string(), why: why.into(), request_id: None };
                self.run.audit.note(Some(self.snapshot.texts.pull_request.id), &event);
            }
        }
    }

    /// Writes pages and report at the same time. Gives the pages that changed, each with the edits that were not made.
    fn write<'c>(&mut self, changes: &'c [PageChange], is_recorded: bool) -> Vec<(&'c PageChange, Vec<String>)> {
        let is_known = self.link_report();
        // Where the comment is added last, the report waits to link to it.
        let waits = !is_known && is_recorded && self.run.intent.outputs.comment == Output::On;
        let acknowledged = |page: PageName| self.progress.pages.get(&page).cloned().unwrap_or_default();
        let (written, reported) = http::both(
            || self.writer.writer.pages(changes, acknowledged),
            || if waits { None } else { self.send_report() },
        );
        self.record_report(reported);
        let mut changed = Vec::new();
        for (change, page) in changes.iter().zip(written) {
            if page.writes > 0 && page.not_written.is_none() {
                changed.push((change, page.not_done.clone()));
            }
            self.record_page(change, page);
        }
        changed
    }

    /// Makes the report's heading lead to our comment, which may be added or replaced in this run. Says whether it is known.
    fn link_report(&mut self) -> bool {
        let ours = self.progress.comment.authorship.only_author(&self.comments);
        let Some(comment) = ours.first() else { return false };
        if let Some(change) = &mut self.report {
            change.link_to(self.snapshot.texts.name.comment_url(comment.id));
        }
        true
    }

    fn send_report(&self) -> Option<ReportOutcome> {
        self.report.as_ref().map(|change| self.writer.writer.report(change))
    }

    /// Writes what is missing of the report, now that our comment is known.
    fn finish_report(&mut self) {
        self.link_report();
        let reported = self.send_report();
        self.record_report(reported);
    }

    /// Keeps what was sent. A refused write isn't tried again in this round.
    fn record_report(&mut self, reported: Option<ReportOutcome>) {
        let Some(ReportOutcome { writes, events, not_done }) = reported else { return };
        events.iter().for_each(|event| self.run.audit.note(Some(self.snapshot.texts.name.id), event));
        self.progress.writes += writes;
        let written = self.report.take().filter(|_| not_done.is_empty());
        self.report = written.map(|change| ReportChange { current: change.desired.clone(), ..change });
        self.outcome.not_done.extend(not_done);
    }

    fn record_page(&mut self, change: &PageChange, page: PageOutcome) {
        let Self { progress, outcome, .. } = self;
        let PageOutcome { is_clean, not_written, failures, writes, not_done, completed, acknowledged, .. } = page;
        let page = change.page;
        progress.writes += writes;
        progress.pages.insert(page, acknowledged);
        if writes > 0 {
            let changed = if change.keeps_a_row() { &mut progress.written } else { &mut progress.removed };
            changed.insert(page);
        }
        if is_clean {
            progress.to_read.remove(&page);
            outcome.results.clean.insert(page);
        } else {
            progress.to_read.insert(page);
        }
        outcome.results.completed.extend(completed);
        if let Some(why) = not_written {
            outcome.results.not_written.insert(page, why);
            outcome.not_done.extend(change.writes.iter().map(ToString::to_string));
        }
        outcome.not_done.extend(not_done);
        outcome.failures.extend(failures);
    }

    /// The comment shows the results, its index drops pages without a row, and the pull request is read again: an older
    /// run may have overwritten what this one wrote.
    fn tidy_up(&mut self) {
        let before = self.progress.writes;
        let mut now = None;
        if before > self.writes_before {
            let (comments, pull_request) = self.read_again();
            now = pull_request;
            if let Err(failure) = comments {
                let id = self.snapshot.texts.pull_request.id;
                self.run.audit.note_failure(Some(id), words::READ_COMMENTS_AGAIN, &failure);
                self.outcome.failures.push(failure);
                self.finish_report();
                return self.note_change(now);
            }
        }
        let desired =
            self.plan.comment_after(&self.snapshot.plan_input(self.run, self.progress), &self.outcome.results);
        if let Err(failure) = self.write_comment(&desired, Check::ReadAgain) {
            self.outcome.not_done.insert(words::UPDATE_COMMENT.to_owned());
            self.outcome.failures.push(failure);
        }
        self.finish_report();
        if self.progress.writes > before {
            now = read::again(self.run, &self.snapshot.texts.pull_request);
        }
        self.note_change(now);
    }

    /// Reads the comments and the pull request again. Without a credential there is no comment to read or write.
    fn read_again(&mut self) -> (Result<(), Failure>, ReadAgain) {
        let (run, pull_request) = (self.run, &self.snapshot.texts.pull_request);
        if run.reading != Reading::WithCredential {
            return (Ok(()), read::again(run, pull_request));
        }
        let state = &mut self.progress.comment;
        let (listed, now) = http::both(|| self.writer.read_comments(state), || read::again(run, pull_request));
        (listed.map(|listed| self.comments = listed), now)
    }

    /// Notes whether the pull request has changed since it was read.
    fn note_change(&mut self, now: ReadAgain) {
        let before = &self.snapshot.texts.pull_request;
        match now {
            None => {}
            Some(Ok(now)) => self.outcome.needs_another_round |= now != *before,
            Some(Err(error)) => {
                let failure = Failure::of(&error);
                self.run.audit.note_failure(Some(before.id), words::READ_PULL_REQUEST_AGAIN, &failure);
                self.outcome.failures.push(failure);
            }
        }
    }
}

/// What a pull request says now; `None` when it can't be read.
type ReadAgain = Option<Result<PullRequest, HttpError>>;

/// What could not be read, for the exit code. A failing report never counts.
fn failures(snapshot: &Snapshot) -> Vec<Failure> {
    use crate::texts::Gap;
    let commits = snapshot.texts.gaps.iter().filter_map(|gap| match gap {
        Gap::CommitsFailed(error) => Some(Failure::of(error)),
        Gap::MoreCommits | Gap::NoCommits | Gap::CommitsOfMerge | Gap::LongMessages(_) => None,
        Gap::MoreMentions(_) | Gap::NotRead(_) => None,
    });
    commits.chain(snapshot.pages.failures.iter().map(|failed| failed.failure.clone())).collect()
}

/// The pages whose comments are not known, and so are not written.
fn unread(run: Run<'_>, snapshot: &Snapshot) -> BTreeMap<PageName, WriteFailure> {
    if run.intent.outputs.page_comment == Output::Off {
        return BTreeMap::new();
    }
    let unknown = snapshot.pages.pages.iter().filter(|page| page.reading == PageReading::CommentsUnknown);
    unknown.filter_map(|page| Some((page.name()?, WriteFailure::Failed))).collect()
}

/// A plan that takes every page from an open pull request needs one that hasn't changed since it was read.
fn has_changed_before_unlinking(run: Run<'_>, snapshot: &Snapshot, plan: &Plan, progress: &Progress) -> bool {
    if !plan.unlinks_everything(&snapshot.plan_input(run, progress)) {
        return false;
    }
    match read::again(run, &snapshot.texts.pull_request) {
        None => false,
        Some(now) => now.ok().is_none_or(|now| now != snapshot.texts.pull_request),
    }
}
