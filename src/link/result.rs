//! The result of one pull request in the receipt, and whether its requirements fail the step.

use crate::audit::Event;
use crate::bitbucket::PullRequestState;
use crate::config::Mode;
use crate::ids::{PageName, PullRequestId};
use crate::mention::{Mention, Origins};
use crate::page::{MentionOutcome, Page, Pages, Subject, Visibility, Writability, key_of, kind_word, subject_word};
use crate::plan::requirements::{self, Reason, Verdict};
use crate::plan::{Operation, Output, Plan};
use crate::report::{Failure, MentionEntry, PageEntry, PageResult, RequirementsEntry, SubjectEntry, UnmetEntry};
use crate::run::Run;
use crate::surface::page_row::PullRequestName;
use crate::texts::Texts;

use super::outcome::Outcome;
use super::{Enforcement, Progress, PullRequestResult, Snapshot, advice, mentions, words};

pub(crate) fn begin(run: Run<'_>, id: PullRequestId) -> PullRequestResult {
    let url = PullRequestName { repository: run.pipeline.repository.clone(), id }.url();
    let subject = SubjectEntry {
        pull_request: id,
        url,
        state: None,
        outcome: "failed",
        complete: false,
        advice: None,
        requirements: None,
        plan: Vec::new(),
        skipped_writes: Vec::new(),
    };
    PullRequestResult {
        subject,
        mentions: Vec::new(),
        pages: Vec::new(),
        failures: Vec::new(),
        writes: 0,
        enforcement: Enforcement::Passes,
    }
}

pub(super) fn failed(result: &mut PullRequestResult, failures: Vec<Failure>) {
    // After a round that wrote, what was done stands.
    if result.writes == 0 {
        result.subject.outcome = "failed";
    }
    result.failures = failures;
}

pub(super) fn fork(result: &mut PullRequestResult, texts: &Texts) {
    result.subject.outcome = "fork";
    result.subject.state = state_word(texts.pull_request.state);
}

/// What could not be read meets no requirement.
pub(super) fn not_verified(run: Run<'_>, result: &mut PullRequestResult) {
    let Some(verdict) = run.requirements.map(requirements::unverified) else { return };
    set_verdict(result, Some(&verdict), PullRequestState::Unknown);
    if let Some(event) = verdict_event(&verdict, PullRequestState::Unknown) {
        run.audit.note(Some(result.subject.pull_request), &event);
    }
}

/// Whether a verdict fails the step. A draft only shows what it lacks, because it can't be merged yet.
fn enforcement_of(verdict: &Verdict, state: PullRequestState) -> Enforcement {
    match (verdict, state) {
        (Verdict::Unmet(_), PullRequestState::Draft) => Enforcement::Passes,
        (Verdict::Unmet(_), _) => Enforcement::Blocks,
        (Verdict::NotAsked | Verdict::Exempt | Verdict::Waived(_) | Verdict::Met, _) => Enforcement::Passes,
    }
}

/// What is logged of a verdict; nothing when nothing was asked.
pub(super) fn verdict_event(verdict: &Verdict, state: PullRequestState) -> Option<Event> {
    let enforcement = enforcement_of(verdict, state);
    let sentences = words::of_verdict(verdict, enforcement)?;
    let waived_in = match verdict {
        Verdict::Waived(place) => Some(place.word()),
        Verdict::NotAsked | Verdict::Exempt | Verdict::Met | Verdict::Unmet(_) => None,
    };
    let unmet = verdict.reasons().iter().map(|reason| reason.requirement.to_string()).collect();
    Some(Event::Requirements {
        verdict: verdict.word()?,
        unmet,
        fails_step: enforcement == Enforcement::Blocks,
        waived_in,
        sentences,
    })
}

/// A later round's verdict counts.
fn set_verdict(result: &mut PullRequestResult, verdict: Option<&Verdict>, state: PullRequestState) {
    result.enforcement = verdict.map_or(Enforcement::Passes, |verdict| enforcement_of(verdict, state));
    let fails_step = result.enforcement == Enforcement::Blocks;
    result.subject.requirements = verdict.and_then(|verdict| {
        let reason = |reason: &Reason| UnmetEntry {
            requirement: reason.requirement.to_string(),
            why: reason.finding(),
            verified: reason.why.is_verified(),
        };
        let unmet = verdict.reasons().iter().map(reason).collect();
        Some(RequirementsEntry { verdict: verdict.word()?, fails_step, unmet })
    });
}

/// What a round came to; a later round's word counts.
pub(super) fn record(
    run: Run<'_>,
    result: &mut PullRequestResult,
    snapshot: &Snapshot,
    plan: &Plan,
    outcome: &Outcome,
    progress: &Progress,
) {
    let id = result.subject.pull_request;
    let state = snapshot.texts.pull_request.state;
    set_verdict(result, snapshot.verdict.as_ref(), state);
    result.writes = progress.writes;
    result.subject.url = snapshot.texts.name.url();
    result.subject.state = state_word(state);
    result.subject.advice = advice::how_to_mention(run, snapshot);
    result.subject.complete = snapshot.texts.gaps.is_empty() && snapshot.pages.is_complete();
    result.subject.skipped_writes = outcome.not_done.iter().cloned().collect();
    result.subject.plan = outcome.planned.clone();
    result.subject.outcome = match state {
        _ if !outcome.planned.is_empty() => "planned",
        _ if run.intent.operation == Operation::Remove && progress.writes > 0 => "removed",
        _ if run.intent.operation == Operation::Remove => "unchanged",
        PullRequestState::Declined | PullRequestState::Superseded => "closed",
        _ if snapshot.texts.is_skipped() => "skipped",
        _ if progress.writes == 0 => "unchanged",
        _ => "linked",
    };
    let mentions = mentions(run, &snapshot.texts).iter().zip(&snapshot.pages.outcomes);
    let entry = |(mention, outcome): (&Mention, &MentionOutcome)| {
        mention_entry(id, mention, outcome, &snapshot.pages, progress)
    };
    let mentions = mentions.map(entry);
    let share_links = snapshot.texts.share_links();
    result.mentions = mentions.chain(share_links.map(|(url, places)| share_link_entry(id, url, places))).collect();
    let context = Context { run, snapshot, plan, outcome, progress };
    result.pages = context.pages();
    result.failures.extend(outcome.failures.iter().cloned());
}

/// What a page's entry is made of.
struct Context<'a> {
    run: Run<'a>,
    snapshot: &'a Snapshot,
    plan: &'a Plan,
    outcome: &'a Outcome,
    progress: &'a Progress,
}

impl Context<'_> {
    /// The listed pages, those that keep or lose our row, and those that lost it in an earlier round.
    fn pages(&self) -> Vec<PageEntry> {
        let pages = &self.snapshot.pages.pages;
        let mut entries: Vec<PageEntry> = match self.run.intent.operation {
            Operation::Remove => {
                pages.iter().filter(|page| self.had_a_row(page)).map(|page| self.entry(page)).collect()
            }
            Operation::Link => pages
                .iter()
                .filter(|page| {
                    page.is_mentioned() || page.row.is_some() || self.snapshot.is_unread(page, self.progress)
                })
                .map(|page| self.entry(page))
                .collect(),
        };
        let is_listed =
            |page: &PageName, entries: &[PageEntry]| entries.iter().any(|entry| entry.id == page.id.to_string());
        let gone: Vec<PageName> =
            self.progress.removed.iter().filter(|page| !is_listed(page, &entries)).copied().collect();
        entries.extend(gone.into_iter().map(|page| self.bare(page, PageResult::Removed)));
        entries
    }

    fn had_a_row(&self, page: &Page) -> bool {
        let removed = page.name().is_some_and(|name| self.progress.removed.contains(&name));
        page.row.is_some() || removed
    }

    fn entry(&self, page: &Page) -> PageEntry {
        let (result, reason) = match page.name() {
            Some(name) => self.result(page, name),
            None => (PageResult::ListedOnly, Some("board".to_owned())),
        };
        let (kind, id) = match &page.subject {
            Subject::Page(page) => (page.kind.word(), page.id.to_string()),
            Subject::Board(kind, board) => (kind_word(*kind), board.clone()),
        };
        let gone =
            matches!(result, PageResult::Removed) || !page.is_mentioned() && page.row.is_some() && !self.is_kept(page);
        let (title, space) = match &page.visibility {
            Visibility::Shown { title, space, .. } if !gone => (title.clone(), space.as_ref().map(ToString::to_string)),
            Visibility::Shown { .. } | Visibility::LinkOnly => (None, None),
        };
        let pull_request = self.snapshot.texts.pull_request.id;
        PageEntry { pull_request, id, kind, url: page.url.clone(), title, space, result, reason }
    }

    fn is_kept(&self, page: &Page) -> bool {
        page.name().is_some_and(|name| self.plan.kept.contains_key(&name))
    }

    fn result(&self, page: &Page, name: PageName) -> (PageResult, Option<String>) {
        let change = self.plan.pages.iter().find(|change| change.page == name);
        let removes = change.is_some_and(|change| !change.keeps_a_row());
        if let Some(why) = self.outcome.results.not_written.get(&name) {
            let result = if why.is_failure() { PageResult::Failed } else { PageResult::ListedOnly };
            return (result, Some(why.word().to_owned()));
        }
        let planned = self.run.mode == Mode::DryRun && change.is_some_and(|change| !change.writes.is_empty());
        if removes {
            return (if planned { PageResult::Planned } else { PageResult::Removed }, None);
        }
        if self.snapshot.is_unread(page, self.progress) {
            return (PageResult::Kept, Some("unread".to_owned()));
        }
        if let Some(why) = self.plan.kept.get(&name) {
            return (PageResult::Kept, Some(why.word().to_owned()));
        }
        match page.writability {
            _ if self.run.intent.operation == Operation::Remove => return (PageResult::Kept, None),
            Writability::ReadOnly(why) => return (PageResult::ListedOnly, Some(why.word().to_owned())),
            Writability::Writable if self.run.intent.outputs.page_comment == Output::Off => {
                return match page.is_mentioned() {
                    true => (PageResult::ListedOnly, Some("output-off".to_owned())),
                    false => (PageResult::Kept, None),
                };
            }
            Writability::Writable => {}
        }
        let result = match self.run.mode {
            Mode::DryRun if planned => PageResult::Planned,
            Mode::Apply if self.progress.written.contains(&name) => PageResult::Written,
            Mode::DryRun | Mode::Apply => PageResult::Unchanged,
        };
        (result, None)
    }

    fn bare(&self, page: PageName, result: PageResult) -> PageEntry {
        PageEntry {
            pull_request: self.snapshot.texts.pull_request.id,
            id: page.id.to_string(),
            kind: page.kind.word(),
            url: self.run.config.site.page_url(page.id),
            title: None,
            space: None,
            result,
            reason: None,
        }
    }
}

fn mention_entry(
    id: PullRequestId,
    mention: &Mention,
    outcome: &MentionOutcome,
    pages: &Pages,
    progress: &Progress,
) -> MentionEntry {
    let key = key_of(mention);
    let jira = key.as_ref().is_some_and(|key| pages.by_jira.contains(key));
    let moved_from = key.as_ref().and_then(|key| progress.moved.get(key)).into_iter().flatten();
    let (outcome, pages) = match outcome {
        MentionOutcome::Linked(subjects) => ("linked", subjects.iter().map(subject_word).collect()),
        MentionOutcome::NoPage => ("no-page", Vec::new()),
        MentionOutcome::Ambiguous(pages) => ("ambiguous", pages.iter().map(ToString::to_string).collect()),
        MentionOutcome::NotVisible => ("not-found", Vec::new()),
        MentionOutcome::LeftOut => ("over-limit", Vec::new()),
        MentionOutcome::NotRead => ("not-read", Vec::new()),
    };
    MentionEntry {
        pull_request: id,
        url: key.is_none().then(|| mention.written.clone()),
        moved_from: moved_from.map(ToString::to_string).collect(),
        key,
        origins: origins(&Origins { jira, ..mention.origins.clone() }),
        commits: mention.origins.commits.len(),
        tasks: mention.tasks.keys().map(ToString::to_string).collect(),
        outcome,
        pages,
    }
}

fn share_link_entry(id: PullRequestId, url: &str, found_in: &Origins) -> MentionEntry {
    MentionEntry {
        pull_request: id,
        key: None,
        url: Some(url.to_owned()),
        origins: origins(found_in),
        commits: found_in.commits.len(),
        tasks: Vec::new(),
        outcome: "share-link",
        pages: Vec::new(),
        moved_from: Vec::new(),
    }
}

fn origins(origins: &Origins) -> Vec<&'static str> {
    let Origins { branch, title, description, commits, jira } = origins;
    let places = [
        (*branch, "branch"),
        (*title, "title"),
        (*description, "description"),
        (!commits.is_empty(), "commits"),
        (*jira, "jira"),
    ];
    places.iter().filter(|(there, _)| *there).map(|(_, place)| *place).collect()
}

fn state_word(state: PullRequestState) -> Option<&'static str> {
    (state != PullRequestState::Unknown).then(|| state.word())
}
