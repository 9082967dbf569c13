//! One pull request, from what it says to what both sides say: read, resolve, plan, apply, and look again.

mod entries;
mod look;
mod tell;

use std::collections::{BTreeMap, BTreeSet};

use crate::apply::{Check, PageOutcome, Writer};
use crate::audit::{Audit, Event};
use crate::bitbucket::Bitbucket;
use crate::clock::{Clock, Deadline};
use crate::config::{Config, Mode};
use crate::confluence::Confluence;
use crate::event::Pipeline;
use crate::http;
use crate::ids::{AccountId, PageName, PullRequestId};
use crate::observe;
use crate::plan::{Output, PageState, Plan, Situation, Trouble, Write};
use crate::report::{Failure, PageEntry, ReferenceEntry, SubjectEntry};
use crate::surface::ledger::Ledger;
use crate::surface::page_comment::Wish;
use crate::surface::pull_request_comment::{Candidate, Ownership};

use look::Seen;

/// A pull request that changes while it is linked is looked at again; this ends what would never end.
const MAX_ROUNDS: u32 = 4;

/// What a run works with.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// What was asked for.
    pub config: &'a Config,
    /// Where it runs.
    pub pipeline: &'a Pipeline,
    /// Bitbucket.
    pub bitbucket: &'a Bitbucket,
    /// Confluence.
    pub confluence: &'a Confluence,
    /// Time.
    pub clock: &'a Clock,
    /// When the run must have ended.
    pub deadline: Deadline,
    /// What was decided and done.
    pub audit: &'a Audit<'a>,
}

/// What came of one pull request.
#[derive(Debug)]
pub struct Story {
    /// The pull request.
    pub subject: SubjectEntry,
    /// Its references.
    pub references: Vec<ReferenceEntry>,
    /// Its pages.
    pub pages: Vec<PageEntry>,
    /// What failed.
    pub failures: Vec<Failure>,
    /// How many writes succeeded.
    pub writes: usize,
}

/// Links one pull request and its pages.
pub fn link(run: Run<'_>, id: PullRequestId) -> Story {
    let mut story = entries::begin(run, id);
    let mut progress = Progress::default();
    for _ in 0..MAX_ROUNDS {
        story.failures.clear();
        let seen = match look::look(run, id, &mut progress.owners, &progress.touched) {
            Ok(seen) => seen,
            Err(failures) => {
                for failure in &failures {
                    run.audit.note_failure(Some(id), "link the pull request", &failure.sentence);
                }
                entries::failed(&mut story, failures);
                return story;
            }
        };
        tell::tell(run, &seen, &mut progress.told);
        if seen.fork {
            entries::fork(&mut story, &seen);
            return story;
        }
        let applied = apply(run, &seen, &mut progress);
        story.writes = progress.writes;
        let moved = applied.moved;
        entries::record(run, &mut story, &seen, applied, &progress);
        if !moved {
            return story;
        }
    }
    let why = "the pull request changed again and again while it was linked; run this step again";
    story.failures.push(Failure::other(why.to_owned()));
    story
}

/// What earlier rounds did and said.
#[derive(Default)]
struct Progress {
    owners: Ownership,
    told: BTreeSet<String>,
    written: BTreeSet<PageName>,
    removed: BTreeSet<PageName>,
    /// Pages that may hold our row because of this run, whatever the ledger says by now.
    touched: BTreeSet<PageName>,
    writes: usize,
}

/// What one round did.
#[derive(Default)]
struct Applied {
    plan: Plan,
    troubles: BTreeMap<PageName, Trouble>,
    failures: Vec<Failure>,
    /// The writes that were wanted and not done, in words.
    not_done: BTreeSet<String>,
    moved: bool,
}

fn apply(run: Run<'_>, seen: &Seen, progress: &mut Progress) -> Applied {
    let situation = seen.situation(run);
    let plan = situation.plan(&progress.owners);
    let mut applied = Applied { troubles: seen.troubles.clone(), failures: seen.failures(), ..Applied::default() };
    let rows_wanted = plan.write.iter().any(|write| matches!(write, Write::Page { .. }));
    if rows_wanted && run.config.outputs.comment == Output::Off && seen.candidates.is_empty() {
        tell_once(run, seen, progress, &Event::NoLedger);
    }
    if run.config.mode == Mode::DryRun {
        for write in plan.record.iter().chain(&plan.write).chain(&plan.settle) {
            let name = write.page().and_then(|page| seen.name_of(page));
            let page = write.page().map(|page| page.to_string());
            let planned = Event::Planned { place: write.place(), page, what: write.to_string(), name };
            run.audit.note(Some(seen.name.id), &planned);
        }
        return Applied { plan, ..applied };
    }
    if !plan.is_empty() {
        carry_out(run, seen, &situation, &plan, progress, &mut applied);
    }
    Applied { plan, ..applied }
}

fn carry_out(
    run: Run<'_>,
    seen: &Seen,
    situation: &Situation<'_>,
    plan: &Plan,
    progress: &mut Progress,
    applied: &mut Applied,
) {
    let writer = seen.writer(run);
    let before = progress.writes;
    let mut candidates = seen.candidates.clone();
    let mut wishes = situation.wishes();
    if !plan.record.is_empty() {
        let ledger = situation.recorded();
        let recorded = writer.comment(&mut candidates, &mut progress.owners, Check::Later, |candidates, owners| {
            let now = Situation { candidates, ..*situation };
            now.comment_writes(owners, now.comment(&ledger, owners).as_deref(), candidates)
        });
        match recorded {
            Ok(writes) => progress.writes += writes,
            // Without a record a new row could never be found again; pages the ledger names already are safe.
            Err(failure) => {
                applied.not_done.extend(plan.record.iter().map(ToString::to_string));
                wishes.retain(|page, _| seen.ledger.pages.contains(page));
                leave_unrecorded(run, seen, plan, &failure, applied);
                applied.failures.push(failure);
            }
        }
    }
    let outcomes = writer.write(&wishes, &seen.pages);
    let mut states = seen.states.clone();
    for (page, outcome) in outcomes {
        note_outcome(page, outcome, &wishes, &mut states, progress, applied);
    }
    let of_troubled_pages =
        plan.write.iter().filter(|write| write.page().is_some_and(|page| is_troubled(applied, page)));
    let not_done: Vec<String> = of_troubled_pages.map(ToString::to_string).collect();
    applied.not_done.extend(not_done);
    let settling = Settling { candidates, states, wrote: progress.writes > before };
    let failed = applied.failures.len();
    settle(run, &writer, situation, settling, progress, applied);
    if applied.failures.len() > failed {
        applied.not_done.extend(plan.settle.iter().map(ToString::to_string));
    }
}

fn is_troubled(applied: &Applied, page: PageName) -> bool {
    applied.troubles.contains_key(&page)
}

/// Says of each page that the comment does not name yet that it is not written.
fn leave_unrecorded(run: Run<'_>, seen: &Seen, plan: &Plan, failure: &Failure, applied: &mut Applied) {
    let trouble = match Trouble::of(failure) {
        Trouble::OutOfTime => Trouble::OutOfTime,
        Trouble::Refused | Trouble::Failed | Trouble::NotRecorded => Trouble::NotRecorded,
    };
    for write in &plan.write {
        let Some(page) = write.page().filter(|page| !seen.ledger.pages.contains(page)) else { continue };
        applied.troubles.insert(page, trouble);
        let why = "the comment on the pull request must name a page before it is written".to_owned();
        run.audit.note(Some(seen.name.id), &Event::Failed { what: write.to_string(), why, request_id: None });
    }
}

fn note_outcome(
    page: PageName,
    outcome: PageOutcome,
    wishes: &BTreeMap<PageName, Wish>,
    states: &mut BTreeMap<PageName, PageState>,
    progress: &mut Progress,
    applied: &mut Applied,
) {
    let PageOutcome { state, trouble, failure, writes } = outcome;
    progress.writes += writes;
    if writes > 0 {
        match wishes.get(&page) {
            Some(Wish::Unlinked(_)) => drop(progress.removed.insert(page)),
            Some(Wish::Linked(_)) | None => drop(progress.written.insert(page)),
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
}

/// The ledger forgets what is clean, the comment and the report show what came of it, and after anything was written
/// the pull request is looked at again.
fn settle(
    run: Run<'_>,
    writer: &Writer<'_>,
    situation: &Situation<'_>,
    settling: Settling,
    progress: &mut Progress,
    applied: &mut Applied,
) {
    let Settling { mut candidates, states, wrote } = settling;
    let id = situation.name.id;
    let troubles = applied.troubles.clone();
    let report = Situation { troubles: &troubles, ..*situation }.report_write();
    let read_again = || http::both(|| run.bitbucket.pull_request(id), || writer.candidates());
    let mut after = match (&report, situation.report_commit) {
        (Some(Write::Report(change)), Some(commit)) => {
            let (done, after) = http::both(|| writer.report(commit, change), read_again);
            progress.writes += usize::from(done);
            applied.not_done.extend(report.as_ref().filter(|_| !done).map(ToString::to_string));
            Some(after)
        }
        _ if wrote => Some(read_again()),
        _ => None,
    };
    if let Some((_, listed)) = &mut after {
        match std::mem::replace(listed, Ok(Vec::new())) {
            Ok(listed) => candidates = listed,
            Err(failure) => {
                run.audit.note_failure(Some(id), "read the comments on the pull request again", &failure.sentence);
                return applied.failures.push(failure);
            }
        }
    }
    let mut fresh = after.map(|(pull_request, _)| pull_request);
    let done = writer.comment(&mut candidates, &mut progress.owners, Check::ReadAgain, |candidates, owners| {
        let mut ledger: Ledger = situation.ledger.clone();
        if !observe::is_ambiguous(candidates, owners) {
            ledger.unite(&observe::ledger(candidates, owners));
        }
        let settled = Situation { ledger: &ledger, states: &states, troubles: &troubles, candidates, ..*situation };
        settled.comment_writes(owners, settled.comment(&settled.settled(), owners).as_deref(), candidates)
    });
    match done {
        Ok(0) => {}
        Ok(writes) => {
            progress.writes += writes;
            fresh = Some(run.bitbucket.pull_request(id));
        }
        Err(failure) => applied.failures.push(failure),
    }
    match fresh {
        Some(Ok(now)) => applied.moved = now != *situation.pull_request,
        Some(Err(error)) => {
            let failure = Failure::of(&error);
            run.audit.note_failure(Some(id), "look at the pull request again", &failure.sentence);
            applied.failures.push(failure);
        }
        None => {}
    }
}

fn tell_once(run: Run<'_>, seen: &Seen, progress: &mut Progress, event: &Event) {
    if progress.told.insert(event.to_string()) {
        run.audit.note(Some(seen.name.id), event);
    }
}

/// Where writes go, for what was seen.
impl Seen {
    fn writer<'a>(&'a self, run: Run<'a>) -> Writer<'a> {
        let me: &AccountId = &self.me;
        Writer {
            bitbucket: run.bitbucket,
            confluence: run.confluence,
            me,
            site: &run.config.site.host,
            name: &self.name,
            hidden: &self.hidden,
            clock: run.clock,
            deadline: run.deadline,
            audit: run.audit,
        }
    }
}
