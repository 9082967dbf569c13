//! One pull request, from what it says to what both sides say: read, resolve, plan, apply, and look again.

mod carry_out;
mod entries;
mod judge;
mod keys;
mod look;
mod marks;
mod merge;
mod read;
mod rest;
mod tell;

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::{Audit, Event, Outcome, WriteFacts};
use crate::bitbucket::{Bitbucket, PullRequestState, Reading};
use crate::clock::{Clock, Deadline};
use crate::config::{Config, Mode};
use crate::confluence::Confluence;
use crate::event::Pipeline;
use crate::ids::{PageName, PullRequestId};
use crate::plan::gate::{self, Requirements};
use crate::plan::{Intent, Output, Plan, Trouble, Write};
use crate::report::{Failure, MentionEntry, PageEntry, SubjectEntry};
use crate::surface::pull_request_comment::Ownership;

pub use look::governs;
pub use read::{candidates, merged_commits};
pub(crate) use tell::not_shown;

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
    /// How its pull requests are read.
    pub reading: Reading,
    /// Confluence.
    pub confluence: &'a Confluence,
    /// Time.
    pub clock: &'a Clock,
    /// When the run must have ended.
    pub deadline: Deadline,
    /// What was decided and done.
    pub audit: &'a Audit<'a>,
    /// Whether anything is written.
    pub mode: Mode,
    /// What the action wants of each pull request.
    pub intent: Intent<'a>,
    /// What is asked of each; `None` when the action judges nobody.
    pub requirements: Option<&'a Requirements>,
}

/// What came of one pull request.
#[derive(Debug)]
pub struct Story {
    /// The pull request.
    pub subject: SubjectEntry,
    /// Its mentions.
    pub mentions: Vec<MentionEntry>,
    /// Its pages.
    pub pages: Vec<PageEntry>,
    /// What failed.
    pub failures: Vec<Failure>,
    /// How many writes succeeded.
    pub writes: usize,
    /// Whether what is asked of it holds it.
    pub held: Held,
}

/// Whether a pull request is held by what is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It is.
    Yes,
    /// It is not.
    No,
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
                    run.audit.note_failure(Some(id), "link the pull request", failure);
                }
                entries::failed(&mut story, failures);
                not_verified(run, &mut story);
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
    not_verified(run, &mut story);
    story
}

/// What could not be read meets nothing.
fn not_verified(run: Run<'_>, story: &mut Story) {
    let Some(verdict) = run.requirements.map(gate::unverified) else { return };
    let held = judge::holds(&verdict, PullRequestState::Unknown);
    entries::judged(story, Some(&verdict), held);
    if let Some(event) = judge::event(&verdict, held) {
        run.audit.note(Some(story.subject.pull_request), &event);
    }
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
    if rows_wanted && run.intent.outputs.comment == Output::Off && seen.candidates.is_empty() {
        tell_once(run, seen, progress, &Event::NoLedger);
    }
    if run.mode == Mode::DryRun {
        for write in plan.all() {
            let name = write.page().and_then(|page| seen.name_of(page));
            let page = write.page().map(|page| page.to_string());
            let (outcome, write) = (Outcome::Planned, WriteFacts::unsent(write.place(), page, write.to_string()));
            let planned = Event::Write { outcome, write, why: None, request_id: None, name };
            run.audit.note(Some(seen.name.id), &planned);
        }
        return Applied { plan, ..applied };
    }
    if !plan.is_empty() {
        carry_out::carry_out(run, seen, &situation, &plan, progress, &mut applied);
    }
    Applied { plan, ..applied }
}

fn tell_once(run: Run<'_>, seen: &Seen, progress: &mut Progress, event: &Event) {
    if progress.told.insert(event.to_string()) {
        run.audit.note(Some(seen.name.id), event);
    }
}
