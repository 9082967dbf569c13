//! A plan carried out: record, write, settle, and whether the pull request has moved meanwhile.

use std::collections::BTreeMap;

use crate::apply::{Check, Course, Credentials, Followed, PageOutcome, Writer, Writing};
use crate::audit::Event;
use crate::bitbucket::PullRequest;
use crate::http::{self, HttpError};
use crate::ids::PageName;
use crate::observe;
use crate::plan::{PageState, Plan, ReportSide, Situation, Trouble, Write};
use crate::report::Failure;
use crate::surface::ledger::Ledger;
use crate::surface::page_comment::Wish;
use crate::surface::pull_request_comment::Candidate;
use crate::surface::report::{self, Report};

use super::look::Seen;
use super::{Applied, Progress, Run, marks, read};

/// Writes what the plan names, in its three stages.
pub(super) fn carry_out(
    run: Run<'_>,
    seen: &Seen,
    situation: &Situation<'_>,
    plan: &Plan,
    progress: &mut Progress,
    applied: &mut Applied,
) {
    let writer = writer(run, seen);
    let before = progress.writes;
    let mut candidates = seen.candidates.clone();
    let mut wishes = situation.wishes();
    let mut marks = plan.write.clone();
    if !plan.record.is_empty() {
        match record(&writer, situation, &mut candidates, progress) {
            Ok(Followed::ToTheEnd(_)) => {}
            Ok(Followed::UntilAStranger(_)) => {
                applied.moved = true;
                return;
            }
            Err(failure) => {
                // Without a record a new row could never be found again; pages the ledger names already are safe.
                applied.not_done.extend(plan.record.iter().map(ToString::to_string));
                wishes.retain(|page, _| seen.ledger.pages.contains(page));
                marks.retain(|write| marks::is_remembered_without_record(write, seen));
                leave_unrecorded(run, seen, plan, &failure, applied);
                applied.failures.push(failure);
            }
        }
    }
    // What somebody else's comment remembers is no page of ours to report: the comment is written first then.
    let late = !situation.resolution.kept.is_empty() && !progress.owners.knows(&candidates);
    let early = if late { Vec::new() } else { situation.early_report_writes() };
    // Before the pull request is looked at again, and so never the last word of a run that saw an older one.
    let (begun, (report, marked)) = http::both(
        || writer.begin(&wishes, &seen.pages),
        || {
            let report = || write_report(&writer, situation, &early, situation.report.clone());
            http::both(report, || writer.marks(&marks))
        },
    );
    let in_pages: usize = begun.iter().map(Writing::writes).sum();
    take(run, situation, &report, progress, applied);
    let marks_are_certain = marked.iter().all(|marked| marked.end.is_ok());
    let tasks = marks::take(run, situation, marked, progress, applied);
    let situation = &Situation { tasks: &tasks, ..*situation };
    // The pull request is looked at beside the pages: as a rule neither look leads to a write.
    let wrote = progress.writes + in_pages > before;
    let (outcomes, mut ahead) =
        http::both(|| writer.follow(begun), || wrote.then(|| look_again(run, situation.pull_request)));
    if !marks_are_certain || outcomes.values().any(|outcome| outcome.course == Course::Winding) {
        ahead = None;
    }
    let mut states = seen.states.clone();
    for (page, outcome) in outcomes {
        note_outcome(page, outcome, &wishes, &mut states, progress, applied);
    }
    let troubles = applied.troubles.clone();
    let now = Situation { troubles: &troubles, report: &report.side, ..*situation };
    let again = if late { Vec::new() } else { now.report_writes() };
    if !again.is_empty() {
        // What came of the pages is part of it.
        take(run, situation, &write_report(&writer, &now, &again, report.side.clone()), progress, applied);
        ahead = None;
    }
    let troubled = |write: &&Write| write.commented().is_some_and(|page| applied.troubles.contains_key(&page));
    let not_done: Vec<String> = plan.write.iter().filter(troubled).map(ToString::to_string).collect();
    applied.not_done.extend(not_done);
    let failed = applied.failures.len();
    let settling = Settling { candidates, states, wrote: progress.writes > before, ahead };
    settle(run, &writer, situation, settling, progress, applied);
    if late && !applied.moved {
        let late = write_report(&writer, &now, &now.report_writes(), now.report.clone());
        take(run, situation, &late, progress, applied);
        if late.said.iter().any(Result::is_ok) {
            note_move(run, situation, read::again(run, situation.pull_request), applied);
        }
    }
    if applied.failures.len() > failed {
        applied.not_done.extend(plan.settle.iter().map(ToString::to_string));
    }
}

/// The ledger names every page that is about to be written.
fn record(
    writer: &Writer<'_>,
    situation: &Situation<'_>,
    candidates: &mut Vec<Candidate>,
    progress: &mut Progress,
) -> Result<Followed, Failure> {
    let ledger = situation.recorded();
    let followed = writer.comment(candidates, &mut progress.owners, Check::Later, |candidates, owners| {
        let now = Situation { candidates, ..*situation };
        let writes = now.comment_writes(owners, now.comment(&ledger, owners).as_deref(), candidates);
        if writes.is_empty() { now.proof(owners) } else { writes }
    })?;
    progress.writes += followed.writes();
    Ok(followed)
}

/// Says of each page that the comment does not name yet that it is not written.
fn leave_unrecorded(run: Run<'_>, seen: &Seen, plan: &Plan, failure: &Failure, applied: &mut Applied) {
    let trouble = match Trouble::of(failure) {
        Trouble::OutOfTime => Trouble::OutOfTime,
        Trouble::Refused | Trouble::Failed | Trouble::NotRecorded => Trouble::NotRecorded,
    };
    for write in &plan.write {
        if marks::is_remembered_without_record(write, seen) {
            continue;
        }
        match write.commented() {
            Some(page) => drop(applied.troubles.insert(page, trouble)),
            None => drop(applied.not_done.insert(write.to_string())),
        }
        let why = "the comment on the pull request must name a page before it is written".to_owned();
        run.audit
            .note(Some(seen.name.id), &Event::Failed { what: write.to_string(), why: why.into(), request_id: None });
    }
}

/// What came of writing the report.
struct Reported {
    side: ReportSide,
    /// What is to be said of each write, as it was done or as it was not.
    said: Vec<Result<Box<Event>, Box<Event>>>,
    /// In words, what was not done.
    not_done: Vec<String>,
}

/// Writes the report, each write after the one before it. What follows a refused one is not tried.
fn write_report(writer: &Writer<'_>, situation: &Situation<'_>, writes: &[Write], before: ReportSide) -> Reported {
    let mut reported = Reported { side: before, said: Vec::new(), not_done: Vec::new() };
    let Some(commit) = situation.report_commit else { return reported };
    let mut refused = false;
    for write in writes {
        let Write::Report(change) = write else { continue };
        if refused {
            reported.not_done.push(write.to_string());
            continue;
        }
        let there = match &reported.side {
            ReportSide::Known(report) => report.as_ref(),
            ReportSide::Untouched => None,
        };
        let said = writer.report(commit, change, there);
        refused = said.is_err();
        if refused {
            reported.not_done.push(write.to_string());
        }
        reported.said.push(said);
        reported.side = if refused {
            // What was refused once is not tried twice in a run.
            ReportSide::Untouched
        } else {
            after(reported.side, change)
        };
    }
    reported
}

/// The report after one more change.
fn after(side: ReportSide, change: &report::Change) -> ReportSide {
    let ReportSide::Known(report) = side else { return side };
    let noted = report.as_ref().map(|report| report.annotations.clone()).unwrap_or_default();
    ReportSide::Known(match change {
        report::Change::Put(put) => Some(Report { annotations: noted, ..put.clone() }),
        report::Change::Delete => None,
        report::Change::Annotate(more) => report.map(|report| {
            let annotations = noted.into_iter().chain(more.clone()).collect();
            Report { annotations, ..report }
        }),
        report::Change::Unannotate { id } => report.map(|mut report| {
            report.annotations.remove(id);
            report
        }),
    })
}

fn take(run: Run<'_>, situation: &Situation<'_>, report: &Reported, progress: &mut Progress, applied: &mut Applied) {
    for said in &report.said {
        progress.writes += usize::from(said.is_ok());
        let (Ok(event) | Err(event)) = said;
        run.audit.note(Some(situation.name.id), event);
    }
    applied.not_done.extend(report.not_done.iter().cloned());
}

fn note_outcome(
    page: PageName,
    outcome: PageOutcome,
    wishes: &BTreeMap<PageName, Wish>,
    states: &mut BTreeMap<PageName, PageState>,
    progress: &mut Progress,
    applied: &mut Applied,
) {
    let PageOutcome { state, trouble, failure, writes, course: _ } = outcome;
    progress.writes += writes;
    if writes > 0 {
        match wishes.get(&page) {
            Some(Wish::Unlinked(_) | Wish::Removed(_)) => drop(progress.removed.insert(page)),
            Some(Wish::Linked(_) | Wish::Named(_)) | None => drop(progress.written.insert(page)),
        }
    }
    if state == PageState::Clean {
        progress.touched.remove(&page);
    } else {
        progress.touched.insert(page);
    }
    states.insert(page, state);
    if let Some(trouble) = trouble {
        applied.troubles.insert(page, trouble);
    }
    applied.failures.extend(failure);
}

/// What the last stage starts from.
struct Settling {
    candidates: Vec<Candidate>,
    states: BTreeMap<PageName, PageState>,
    wrote: bool,
    /// What was seen after the last write, if it was looked for already.
    ahead: Option<SeenAgain>,
}

/// The pull request, and the comments on it, after something was written.
struct SeenAgain {
    pull_request: Option<Result<PullRequest, HttpError>>,
    candidates: Result<Vec<Candidate>, Failure>,
}

fn look_again(run: Run<'_>, before: &PullRequest) -> SeenAgain {
    let (pull_request, candidates) = http::both(|| read::again(run, before), || read::candidates(run, before.id));
    SeenAgain { pull_request, candidates }
}

/// The ledger forgets what is clean, the comment shows what came of it, and the pull request is looked at again.
fn settle(
    run: Run<'_>,
    writer: &Writer<'_>,
    situation: &Situation<'_>,
    settling: Settling,
    progress: &mut Progress,
    applied: &mut Applied,
) {
    let Settling { mut candidates, states, wrote, ahead } = settling;
    let pull_request = situation.pull_request;
    let id = pull_request.id;
    let troubles = applied.troubles.clone();
    let mut fresh = None;
    if wrote {
        let again = ahead.unwrap_or_else(|| look_again(run, pull_request));
        fresh = again.pull_request;
        match again.candidates {
            Ok(listed) => candidates = listed,
            Err(failure) => {
                run.audit.note_failure(Some(id), "read the comments on the pull request again", &failure);
                return applied.failures.push(failure);
            }
        }
    }
    let done = writer.comment(&mut candidates, &mut progress.owners, Check::ReadAgain, |candidates, owners| {
        let mut ledger: Ledger = situation.ledger.clone();
        if !observe::is_ambiguous(candidates, owners) {
            ledger.unite(&observe::ledger(candidates, owners));
        }
        let settled = Situation { ledger: &ledger, states: &states, troubles: &troubles, candidates, ..*situation };
        settled.comment_writes(owners, settled.comment(&settled.settled(), owners).as_deref(), candidates)
    });
    match done {
        Ok(followed) => {
            progress.writes += followed.writes();
            applied.moved = matches!(followed, Followed::UntilAStranger(_));
            if followed.writes() > 0 {
                fresh = read::again(run, pull_request);
            }
        }
        Err(failure) => applied.failures.push(failure),
    }
    note_move(run, situation, fresh, applied);
}

/// Whether the pull request has moved since it was looked at.
fn note_move(
    run: Run<'_>,
    situation: &Situation<'_>,
    now: Option<Result<PullRequest, HttpError>>,
    applied: &mut Applied,
) {
    match now {
        None => {}
        Some(Ok(now)) => applied.moved |= now != *situation.pull_request,
        Some(Err(error)) => {
            let failure = Failure::of(&error);
            run.audit.note_failure(Some(situation.name.id), "look at the pull request again", &failure);
            applied.failures.push(failure);
        }
    }
}

/// Where writes go, for what was seen.
fn writer<'a>(run: Run<'a>, seen: &'a Seen) -> Writer<'a> {
    Writer {
        bitbucket: run.bitbucket,
        confluence: run.confluence,
        site: &run.config.site.host,
        name: &seen.name,
        credentials: Credentials {
            bitbucket: run.config.bitbucket.credential.as_ref().map_or("pipeline", |credential| credential.variable),
            confluence: run.config.confluence.credential,
        },
        clock: run.clock,
        deadline: run.deadline,
        audit: run.audit,
    }
}
