//! Log lines of one pull request, each sentence once.

use crate::audit::{Event, Outcome, Why, WriteFacts};
use crate::bitbucket::PullRequestState;
use crate::http::HttpError;
use crate::page::{MentionOutcome, Page, ReadOnly, Writability, key_of, subject_word, target_word};
use crate::plan::{self, Operation, Output, Plan, RowEffect, SkippedEdit};
use crate::report::Failure;
use crate::run::Run;
use crate::texts::Texts;
use crate::words::titled;

use super::{Progress, Snapshot, advice, moves, read, result, words};

/// Logs what was found and what will be done.
pub(super) fn log(run: Run<'_>, snapshot: &Snapshot, plan: &Plan, progress: &mut Progress) {
    let is_news = !plan.writes(&snapshot.plan_input(run, progress)).is_empty();
    for event in events(run, snapshot, plan, is_news) {
        log_once(run, &snapshot.texts, progress, &event);
    }
    for moved in moves::moved_keys(run, snapshot, plan) {
        log_once(run, &snapshot.texts, progress, &moved.event());
        progress.moved.entry(moved.key).or_default().insert(moved.from.0);
    }
    for event in advice::unlisted_prefixes(run, snapshot).into_iter().chain(advice::unread_jira(snapshot)) {
        run.audit.note_once(&event);
    }
    let adds_rows = plan.pages.iter().any(|change| change.keeps_a_row() && !change.writes.is_empty());
    if adds_rows && run.intent.outputs.comment == Output::Off && snapshot.texts.comments.is_empty() {
        run.audit.note_once(&Event::NoTrackingComment);
    }
}

/// Logs the pages of our own index that could not be read. Only after the writes is it known which comments are ours.
pub(super) fn log_unread(run: Run<'_>, snapshot: &Snapshot, progress: &mut Progress) {
    if run.intent.operation == Operation::Remove {
        return;
    }
    let unread = snapshot.pages.pages.iter().filter(|page| snapshot.is_unread(page, progress)).filter_map(Page::name);
    let unread: Vec<Event> = unread.map(|page| Event::Kept { page: page.to_string(), why: "unread" }).collect();
    unread.iter().for_each(|event| log_once(run, &snapshot.texts, progress, event));
}

/// Logs an event, unless an earlier round did.
pub(super) fn log_once(run: Run<'_>, texts: &Texts, progress: &mut Progress, event: &Event) {
    if progress.logged.insert(event.to_string()) {
        run.audit.note(Some(texts.pull_request.id), event);
    }
}

fn events(run: Run<'_>, snapshot: &Snapshot, plan: &Plan, is_news: bool) -> Vec<Event> {
    let mut events = of_state(snapshot);
    events.extend(snapshot.texts.gaps.iter().map(|gap| Event::Incomplete { what: words::gap(gap) }));
    events.extend(share_links(snapshot));
    if snapshot.texts.found.mentions.is_empty() && snapshot.texts.gaps.is_empty() && events.is_empty() {
        events.push(Event::NoMention);
    }
    events.extend(of_mentions(snapshot));
    events.extend(of_limits(snapshot));
    let output = run.intent.outputs.page_comment;
    events.extend(snapshot.pages.mentioned().map(|page| found(page, output, is_news)));
    events.extend(of_unmentioned(run, snapshot, plan));
    events.extend(snapshot.report.as_ref().err().map(|unknown| {
        let read::ReportUnknown { why, request_id } = unknown;
        Event::ReportNotUpdated { why: why.clone(), request_id: request_id.clone() }
    }));
    events.extend(snapshot.pages.hiding.iter().map(not_shown));
    events.extend(snapshot.pages.failures.iter().map(|failed| Event::Failed {
        what: failed.what.clone(),
        why: Why::from(&failed.failure),
        request_id: failed.request_id.clone(),
    }));
    events.extend(plan.skipped.iter().map(left_undone));
    let state = snapshot.texts.pull_request.state;
    events.extend(snapshot.verdict.as_ref().and_then(|verdict| result::verdict_event(verdict, state)));
    events
}

/// An edit that is wanted and not even tried.
pub(crate) fn left_undone(edit: &SkippedEdit) -> Event {
    let SkippedEdit { page, what, why } = edit;
    let write = WriteFacts::unsent("task", page.map(|page| page.to_string()), what.clone());
    Event::write(Outcome::Skipped, write, Some(Why::from((*why).to_owned())), None)
}

fn of_state(snapshot: &Snapshot) -> Vec<Event> {
    match snapshot.texts.pull_request.state {
        PullRequestState::Declined => vec![Event::Closed { state: "declined" }],
        PullRequestState::Superseded => vec![Event::Closed { state: "superseded" }],
        PullRequestState::Open | PullRequestState::Draft | PullRequestState::Merged | PullRequestState::Unknown => {
            snapshot.texts.is_skipped().then_some(Event::Skip).into_iter().collect()
        }
    }
}

fn share_links(snapshot: &Snapshot) -> Option<Event> {
    let written: Vec<String> = snapshot.texts.share_links().map(|(written, _)| written.clone()).collect();
    (!written.is_empty()).then_some(Event::ShareLinks { count: written.len(), written })
}

fn of_limits(snapshot: &Snapshot) -> Vec<Event> {
    let mut events = Vec::new();
    if snapshot.pages.cut {
        events.push(Event::Incomplete { what: Why::from(words::TOO_MANY.to_owned()) });
    }
    if snapshot.pages.pages.iter().any(|page| page.writability == Writability::ReadOnly(ReadOnly::TooManyPages)) {
        events.push(Event::TooManyPages { count: snapshot.pages.mentioned().count() });
    }
    if snapshot.pages.left_out > 0 {
        events.push(Event::PagesOverLimit { count: snapshot.pages.left_out });
    }
    events.extend(snapshot.pages.crowded.iter().map(|key| {
        let by = if snapshot.pages.by_jira.contains(key) { "jira" } else { "label" };
        Event::TooManyPagesForKey { key: key.clone(), by }
    }));
    if snapshot.pages.unread_ancestors > 0 {
        let what = words::parents_not_checked(snapshot.pages.unread_ancestors);
        events.push(Event::DetailsHidden { why: Why::from(what), request_id: None });
    }
    events
}

/// Of the pages that nothing mentions: those that keep our row, and those that lose it.
fn of_unmentioned(run: Run<'_>, snapshot: &Snapshot, plan: &Plan) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    if run.intent.operation == Operation::Remove {
        let with_row = snapshot.pages.pages.iter().filter(|page| page.row.is_some()).filter_map(Page::name);
        let stays = with_row.filter(|page| !plan.pages.iter().any(|change| change.page == *page));
        return stays.map(|page| Event::Kept { page: page.to_string(), why: "not-removed" }).collect();
    }
    events.extend(plan.kept.iter().map(|(page, why)| Event::Kept { page: page.to_string(), why: why.word() }));
    let explained = !of_state(snapshot).is_empty();
    let leaving = plan.pages.iter().filter(|change| change.row == RowEffect::Unlinked && !explained);
    events.extend(leaving.map(|change| Event::Unlinking { page: change.page.to_string() }));
    events
}

/// The event of a failed read that decides what is shown.
pub(crate) fn not_shown(error: &HttpError) -> Event {
    Event::DetailsHidden { why: Why::from(&Failure::of_page(error)), request_id: error.request_id().map(str::to_owned) }
}

fn found(page: &Page, output: Output, is_news: bool) -> Event {
    let many = page.writability == Writability::ReadOnly(ReadOnly::TooManyPages);
    Event::Linked {
        page: subject_word(&page.subject),
        by: plan::mentions(page),
        name: titled(&page.title(), &page.url),
        read_only: words::read_only(page.writability, output),
        is_news: is_news && !many,
    }
}

fn of_mentions(snapshot: &Snapshot) -> Vec<Event> {
    let mut events = Vec::new();
    let (mut without, mut not_read, mut written) = (Vec::new(), Vec::new(), Vec::new());
    for (mention, outcome) in snapshot.texts.mentions().iter().zip(&snapshot.pages.outcomes) {
        let key = key_of(mention);
        match (outcome, key) {
            (MentionOutcome::NoPage, Some(key)) => without.push(key),
            (MentionOutcome::Ambiguous(pages), Some(key)) => {
                let pages = pages.iter().map(ToString::to_string).collect();
                events.push(Event::AmbiguousKey { key, pages });
            }
            (MentionOutcome::NotVisible, None) => {
                let written = mention.written.clone();
                events.push(Event::PageNotFound { mention: target_word(&mention.target), written });
            }
            (MentionOutcome::NotRead, key) => {
                not_read.push(target_word(&mention.target));
                written.push(key.map_or_else(|| mention.written.clone(), |key| key.to_string()));
            }
            (MentionOutcome::Linked(_) | MentionOutcome::LeftOut | MentionOutcome::NoPage, _)
            | (MentionOutcome::Ambiguous(_), None)
            | (MentionOutcome::NotVisible, Some(_)) => {}
        }
    }
    if !without.is_empty() {
        events.push(Event::KeysWithoutPage { keys: without });
    }
    if !not_read.is_empty() {
        events.push(Event::NotRead { mentions: not_read, written });
    }
    events
}
