//! What the receipt says of one pull request.

use crate::bitbucket::PullRequestState;
use crate::config::Mode;
use crate::ids::{PageKind, PageName, PullRequestId};
use crate::mention::{Mention, Origins};
use crate::page::{self, Face, Fate, Linked, Standing, Subject, kind_word};
use crate::plan::gate::{Reason, Verdict};
use crate::plan::{Output, PageState, Stated, Trouble};
use crate::report::{Failure, GateEntry, MentionEntry, PageEntry, PageResult, SubjectEntry, UnmetEntry};
use crate::surface::page_row::PullRequestName;

use super::look::{self, Seen};
use super::{Applied, Held, Progress, Run, Story, judge};

pub(super) fn begin(run: Run<'_>, id: PullRequestId) -> Story {
    let url = PullRequestName { repository: run.pipeline.repository.clone(), id }.url();
    let subject = SubjectEntry {
        pull_request: id,
        url,
        state: None,
        outcome: "failed",
        complete: false,
        gate: None,
        plan: Vec::new(),
        not_done: Vec::new(),
    };
    Story { subject, mentions: Vec::new(), pages: Vec::new(), failures: Vec::new(), writes: 0, held: Held::No }
}

pub(super) fn failed(story: &mut Story, failures: Vec<Failure>) {
    // After a round that wrote, what was done stands.
    if story.writes == 0 {
        story.subject.outcome = "failed";
    }
    story.failures = failures;
}

/// Whether it may pass; a later round's word counts.
pub(super) fn judged(story: &mut Story, verdict: Option<&Verdict>, held: Held) {
    story.held = held;
    story.subject.gate = verdict.and_then(|verdict| {
        let reason = |reason: &Reason| UnmetEntry {
            requirement: reason.requirement.to_string(),
            why: reason.finding(),
            verified: reason.why.is_verified(),
        };
        let unmet = verdict.reasons().iter().map(reason).collect();
        Some(GateEntry { verdict: verdict.word()?, held: held == Held::Yes, unmet })
    });
}

pub(super) fn fork(story: &mut Story, seen: &Seen) {
    story.subject.outcome = "fork";
    story.subject.state = state_word(seen.context.pull_request.state);
}

/// What a round came to; a later round's word counts.
pub(super) fn record(run: Run<'_>, story: &mut Story, seen: &Seen, applied: Applied, progress: &Progress) {
    let id = seen.name.id;
    let held = seen.verdict.as_ref().map_or(Held::No, |verdict| judge::holds(verdict, seen.context.pull_request.state));
    judged(story, seen.verdict.as_ref(), held);
    let dry = run.mode == Mode::DryRun;
    story.subject.state = state_word(seen.context.pull_request.state);
    story.subject.complete =
        seen.context.gaps.is_empty() && seen.resolution.failures.is_empty() && !seen.resolution.cut;
    story.subject.not_done = applied.not_done.iter().cloned().collect();
    story.subject.plan = if dry { words(&applied) } else { Vec::new() };
    story.subject.outcome = match seen.context.pull_request.state {
        _ if dry && !applied.plan.is_empty() => "planned",
        _ if run.intent.stated == Stated::Gone && progress.writes > 0 => "removed",
        _ if run.intent.stated == Stated::Gone => "unchanged",
        PullRequestState::Declined | PullRequestState::Superseded => "closed",
        _ if seen.context.found.skip.is_some() => "skipped",
        _ if progress.writes == 0 => "unchanged",
        _ => "linked",
    };
    let mentions = seen.mentions.iter().zip(&seen.resolution.fates);
    let share_links = seen.share_links().map(|(url, origins)| share_link_entry(id, url, origins));
    story.mentions = mentions.map(|(mention, fate)| mention_entry(id, mention, fate)).chain(share_links).collect();
    let result = |page: PageName, linked: &Linked| page_result(run, page, linked, &applied, progress);
    let linked = seen.resolution.linked.iter().map(|linked| {
        let (result, reason) = match &linked.subject {
            Subject::Page(page) => result(*page, linked),
            Subject::Board(..) => (PageResult::ReadOnly, Some("board".to_owned())),
        };
        page_entry(id, linked, result, reason)
    });
    let kept = seen
        .resolution
        .kept
        .values()
        .map(|kept| page_entry(id, &kept.linked, PageResult::Kept, Some(kept.why.word().to_owned())));
    let mut pages: Vec<PageEntry> = match run.intent.stated {
        Stated::Present | Stated::Released(_) => linked.chain(kept).collect(),
        Stated::Gone => of_gone(run, seen, &applied, progress),
    };
    for page in &seen.resolution.leaving {
        let trouble = applied.troubles.get(page);
        let result = match trouble {
            Some(_) => PageResult::Failed,
            None if run.intent.outputs.page_comment == Output::Off => PageResult::Kept,
            None if dry => PageResult::Planned,
            None => PageResult::Removed,
        };
        let reason = trouble.map(|trouble| trouble.word().to_owned());
        pages.push(PageEntry { reason, ..bare_entry(run, id, *page, result) });
    }
    // Taken away in an earlier round, and named by nothing since.
    let gone = progress.removed.iter().filter(|page| !pages.iter().any(|entry| entry.id == page.id.to_string()));
    let gone: Vec<PageEntry> = gone.map(|page| bare_entry(run, id, *page, PageResult::Removed)).collect();
    story.pages = pages.into_iter().chain(gone).collect();
    story.failures.extend(applied.failures);
}

/// What became of the pages that hold a row of ours, when all of it goes.
fn of_gone(run: Run<'_>, seen: &Seen, applied: &Applied, progress: &Progress) -> Vec<PageEntry> {
    let named = look::pages(&seen.resolution).map(|(page, _)| page);
    let there = named.chain(seen.resolution.kept.keys().copied()).filter(|page| {
        progress.removed.contains(page) || seen.states.get(page).is_some_and(|state| *state != PageState::Clean)
    });
    let result = |page: PageName| match applied.troubles.get(&page) {
        Some(trouble) => (PageResult::Failed, Some(trouble.word().to_owned())),
        None if progress.removed.contains(&page) => (PageResult::Removed, None),
        None if is_planned(applied, page) && run.mode == Mode::DryRun => (PageResult::Planned, None),
        None => (PageResult::Kept, None),
    };
    there
        .map(|page| {
            let (result, reason) = result(page);
            PageEntry { reason, ..bare_entry(run, seen.name.id, page, result) }
        })
        .collect()
}

fn is_planned(applied: &Applied, page: PageName) -> bool {
    applied.plan.write.iter().any(|write| write.commented() == Some(page))
}

fn words(applied: &Applied) -> Vec<String> {
    applied.plan.all().map(ToString::to_string).collect()
}

fn page_result(
    run: Run<'_>,
    page: PageName,
    linked: &Linked,
    applied: &Applied,
    progress: &Progress,
) -> (PageResult, Option<String>) {
    if let Standing::ReadOnly(why) = linked.standing {
        return (PageResult::ReadOnly, Some(why.word().to_owned()));
    }
    if run.intent.outputs.page_comment == Output::Off {
        return (PageResult::ReadOnly, Some("output-off".to_owned()));
    }
    match applied.troubles.get(&page) {
        Some(Trouble::Refused) => return (PageResult::ReadOnly, Some(Trouble::Refused.word().to_owned())),
        Some(trouble @ (Trouble::Failed | Trouble::OutOfTime | Trouble::NotRecorded)) => {
            return (PageResult::Failed, Some(trouble.word().to_owned()));
        }
        None => {}
    }
    let planned = is_planned(applied, page);
    let result = match run.mode {
        Mode::DryRun if planned => PageResult::Planned,
        Mode::Apply if progress.written.contains(&page) => PageResult::Written,
        Mode::DryRun | Mode::Apply => PageResult::Unchanged,
    };
    (result, None)
}

fn page_entry(id: PullRequestId, linked: &Linked, result: PageResult, reason: Option<String>) -> PageEntry {
    let (kind, page) = match &linked.subject {
        Subject::Page(page) => (page_kind(page.kind), page.id.to_string()),
        Subject::Board(kind, board) => (kind_word(*kind), board.clone()),
    };
    let (title, space) = match &linked.face {
        Face::Shown { title, space, .. } => (title.clone(), space.as_ref().map(ToString::to_string)),
        Face::Hidden => (None, None),
    };
    PageEntry { pull_request: id, id: page, kind, url: linked.url.clone(), title, space, result, reason }
}

fn bare_entry(run: Run<'_>, id: PullRequestId, page: PageName, result: PageResult) -> PageEntry {
    PageEntry {
        pull_request: id,
        id: page.id.to_string(),
        kind: page_kind(page.kind),
        url: run.config.site.page_url(page.id),
        title: None,
        space: None,
        result,
        reason: None,
    }
}

fn page_kind(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Page => "page",
        PageKind::BlogPost => "blogpost",
    }
}

fn mention_entry(id: PullRequestId, mention: &Mention, fate: &Fate) -> MentionEntry {
    let key = page::key_of(mention);
    let (outcome, pages) = match fate {
        Fate::Linked(subjects) => ("linked", subjects.iter().map(page::subject_word).collect()),
        Fate::NoPage => ("no-page", Vec::new()),
        Fate::Ambiguous(pages) => ("ambiguous", pages.iter().map(ToString::to_string).collect()),
        Fate::NotVisible => ("not-visible", Vec::new()),
        Fate::LeftOut => ("left-out", Vec::new()),
        Fate::NotRead => ("not-read", Vec::new()),
    };
    MentionEntry {
        pull_request: id,
        url: key.is_none().then(|| mention.written.clone()),
        key,
        origins: origins(&mention.origins),
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
    }
}

fn origins(origins: &Origins) -> Vec<&'static str> {
    let Origins { branch, title, description, commits } = origins;
    let places =
        [(*branch, "branch"), (*title, "title"), (*description, "description"), (!commits.is_empty(), "commits")];
    places.iter().filter(|(there, _)| *there).map(|(_, place)| *place).collect()
}

fn state_word(state: PullRequestState) -> Option<&'static str> {
    match state {
        PullRequestState::Open => Some("open"),
        PullRequestState::Draft => Some("draft"),
        PullRequestState::Merged => Some("merged"),
        PullRequestState::Declined => Some("declined"),
        PullRequestState::Superseded => Some("superseded"),
        PullRequestState::Unknown => None,
    }
}
