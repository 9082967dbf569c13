//! The desired comment on the pull request.

use std::collections::{BTreeMap, BTreeSet};

use crate::bitbucket::PullRequestState;
use crate::confluence::{LastChange, Task};
use crate::ids::{PageKind, PageName, TaskId};
use crate::mention::{Origins, Source, Sources};
use crate::page::{
    CreatePolicy, NamedBy, Page, PageReading, ReadOnly, RepositoryVisibility, Subject, Titles, Visibility, Writability,
    kind_word,
};
use crate::surface::pull_request_comment::{self as surface, Content, Desired, Needed, Note, TaskLine, Visible};
use crate::surface::requirements_note::{self, Enforced};
use crate::surface::storage;

use super::requirements::Verdict;
use super::words::{self, summary};
use super::{KeepReason, Operation, Output, PageChange, PlanInput, Results, WriteFailure};

/// The comment after these results.
pub(super) fn desired(
    input: &PlanInput<'_>,
    changes: &[PageChange],
    kept: &BTreeMap<PageName, KeepReason>,
    results: &Results,
) -> Desired {
    let content = content(input, kept, results);
    let index = index(input, changes, results);
    let is_there = !input.texts.comments.is_empty();
    let adds = input.intent.creates == CreatePolicy::Always || is_there;
    let shown = !content.rows.is_empty() && adds && input.intent.operation != Operation::Remove;
    let text = surface::render(&content);
    let visible = match input.intent.outputs.comment {
        // What people see stays, and the index is kept true.
        Output::Off => Visible::Kept { requirements: requirements_note(input), otherwise: None },
        Output::On if sees_less(input) => {
            Visible::Kept { requirements: content.requirements.clone(), otherwise: Some(text) }
        }
        Output::On => Visible::Text(text),
    };
    let noted = content.requirements.as_deref().is_some_and(requirements_note::needs_a_comment);
    let needed = if shown || noted { Needed::Yes } else { Needed::No };
    Desired { visible, note: note(input), pages: index, read: read(input), needed }
}

/// The pages that should hold a row, and those on which our row was seen and has not gone.
fn index(input: &PlanInput<'_>, changes: &[PageChange], results: &Results) -> BTreeSet<PageName> {
    let should = changes.iter().filter(|change| change.keeps_a_row()).map(|change| change.page);
    let has_row = input.pages.pages.iter().filter(|page| page.row.is_some()).filter_map(Page::name);
    let has_row = has_row.filter(|page| !results.clean.contains(page));
    let going = changes.iter().filter(|change| !change.keeps_a_row() && !results.clean.contains(&change.page));
    should.chain(has_row).chain(going.map(|change| change.page)).collect()
}

/// The pages that were read in this run.
fn read(input: &PlanInput<'_>) -> BTreeSet<PageName> {
    let read = input.pages.pages.iter().filter(|page| page.reading == PageReading::Complete);
    read.filter_map(Page::name).collect()
}

/// Whether less is known of linked pages than what is shown of them already, and nothing that is shown must go.
pub(super) fn sees_less(input: &PlanInput<'_>) -> bool {
    let own = input.texts.own_index(input.authorship);
    let pages = &input.pages.pages;
    let is_ours = |page: &&Page| page.is_mentioned() || page.name().is_some_and(|name| own.contains(&name));
    let failed = pages.iter().filter(is_ours).any(|page| page.reading.is_failure());
    let hides = |page: &&Page| page.reading == PageReading::Complete && page.name().is_some() && !page.is_shown();
    failed && !pages.iter().filter(is_ours).any(|page| hides(&page))
}

/// The pages that people see listed: the mentioned ones, and those that keep our row.
pub(super) fn listed<'a>(
    input: &PlanInput<'a>,
    kept: &BTreeMap<PageName, KeepReason>,
) -> impl Iterator<Item = (&'a Page, Option<KeepReason>)> {
    let reason = |page: &Page| page.name().and_then(|name| kept.get(&name).copied());
    let all = input.pages.pages.iter().map(move |page| (page, reason(page)));
    let all: Vec<_> = all.filter(|(page, kept)| page.is_mentioned() || kept.is_some()).collect();
    all.into_iter()
}

fn content(input: &PlanInput<'_>, kept: &BTreeMap<PageName, KeepReason>, results: &Results) -> Content {
    let found = input.pages;
    let removes = input.intent.operation == Operation::Remove;
    let keeps_a_row =
        |page: &Page| page.row.is_some() && page.name().is_some_and(|name| !results.clean.contains(&name));
    // After a removal, a comment stays only for the rows that could not be removed.
    let listed: Vec<_> = listed(input, kept).filter(|(page, _)| !removes || keeps_a_row(page)).collect();
    let mut remarks = Vec::new();
    if found.pages.iter().any(|page| page.writability == Writability::ReadOnly(ReadOnly::TooManyPages)) {
        remarks.push(words::NO_PAGE_COMMENTS.to_owned());
    }
    if found.left_out > 0 {
        remarks.push(words::pages_left_out(found.left_out));
    }
    let failed = results.not_written.values().filter(|why| why.is_failure()).count();
    if failed > 0 {
        remarks.push(words::pages_not_updated(failed));
    }
    remarks.extend(why_untitled(input, &listed));
    Content {
        requirements: requirements_note(input),
        summary: summary(counts(input, &listed, results), ""),
        is_merged: input.texts.pull_request.state == PullRequestState::Merged,
        rows: listed.iter().map(|(page, kept)| row(page, *kept, input, results)).collect(),
        keys_without_page: found.without_page.clone(),
        remarks,
        hint: may_change(input) && !removes,
    }
}

/// How many pages have a row or get one, and how many are only listed.
pub(super) fn counts(
    input: &PlanInput<'_>,
    listed: &[(&Page, Option<KeepReason>)],
    results: &Results,
) -> (usize, usize) {
    let takes_rows = input.intent.outputs.page_comment == Output::On;
    let is_linked = |page: &Page| {
        let refused = page.name().is_some_and(|name| results.not_written.get(&name) == Some(&WriteFailure::Refused));
        page.row.is_some() || takes_rows && page.writability == Writability::Writable && !refused
    };
    let linked = listed.iter().filter(|(page, _)| is_linked(page)).count();
    (linked, listed.len() - linked)
}

/// Why titles are missing, if that is not about single pages.
fn why_untitled(input: &PlanInput<'_>, listed: &[(&Page, Option<KeepReason>)]) -> Option<String> {
    let is_untitled = |page: &Page| !matches!(page.visibility, Visibility::Shown { title: Some(_), .. });
    let why = match (input.policy.visibility, input.policy.titles) {
        (RepositoryVisibility::Public, _) => words::TITLES_HIDDEN_IN_PUBLIC,
        (RepositoryVisibility::Private, Titles::Never) => words::TITLES_HIDDEN_BY_CHOICE,
        (RepositoryVisibility::Private, Titles::Auto) => return None,
    };
    let any = listed.iter().any(|(page, _)| page.name().is_some() && is_untitled(page));
    any.then(|| why.to_owned())
}

/// Whether an edit of title or description can change the links.
fn may_change(input: &PlanInput<'_>) -> bool {
    let Sources { title, description, .. } = input.sources;
    input.texts.is_open() && (title == Source::Read || description == Source::Read)
}

/// The note about the requirements, if this run checks them.
fn requirements_note(input: &PlanInput<'_>) -> Option<String> {
    match input.verdict? {
        Verdict::Unmet(reasons) => {
            let each = reasons.iter().map(|reason| (reason.requirement.to_string(), reason.sentences()));
            let enforced = match input.texts.pull_request.state {
                PullRequestState::Draft => Enforced::NotYet,
                _ => Enforced::Yes,
            };
            Some(requirements_note::unmet(&each.collect::<Vec<_>>(), enforced))
        }
        Verdict::Waived(place) => Some(requirements_note::waived(place.word())),
        Verdict::Exempt => Some(requirements_note::exempt()),
        Verdict::NotAsked | Verdict::Met => None,
    }
}

/// A run that doesn't check the requirements of an open pull request keeps the note.
fn note(input: &PlanInput<'_>) -> Note {
    let has_ended = input.texts.pull_request.state.has_ended();
    let keeps = input.verdict.is_none() && input.intent.operation != Operation::Remove && !has_ended;
    if keeps { Note::OfTheComment } else { Note::OfThisRun }
}

fn row(page: &Page, kept: Option<KeepReason>, input: &PlanInput<'_>, results: &Results) -> surface::Row {
    let (space, version) = match &page.visibility {
        Visibility::Shown { space, changed, .. } => (
            space.as_ref().map(ToString::to_string),
            match input.texts.pull_request.state {
                PullRequestState::Merged => version_at_merge(page),
                _ => changed.as_ref().map(changed_words),
            },
        ),
        Visibility::LinkOnly => (None, None),
    };
    surface::Row {
        name: page.title(),
        url: page.url.clone(),
        space,
        status: status_words(page, kept, results),
        version: version.unwrap_or_default(),
        found_in: found_in(page),
        tasks: page.mentioned_tasks.iter().map(|task| task_line(page, task, results)).collect(),
    }
}

/// Where a page is mentioned; for one that only its row keeps, the keys that led there.
fn found_in(page: &Page) -> Vec<surface::Mention> {
    if page.is_mentioned() {
        return page.mentions.iter().map(mentioned).collect();
    }
    let keys = page.row.iter().flat_map(|row| &row.keys);
    let mention = |key: &crate::surface::page_row::LeadingKey| surface::Mention {
        key: Some(key.key.clone()),
        places: words::places(&Origins::default()),
    };
    keys.map(mention).collect()
}

/// What a merged pull request shows of a page's versions: the one of then, so a page that is edited later changes nothing.
fn version_at_merge(page: &Page) -> Option<String> {
    let of_row = page.row.as_ref().and_then(|row| row.version_at_merge);
    let version = of_row.or(page.version_at_merge);
    version.map(|version| format!("v{version}"))
}

fn changed_words(changed: &LastChange) -> String {
    let LastChange { version, day, at: _ } = changed;
    if day.is_empty() { format!("v{version}") } else { format!("{day}, v{version}") }
}

/// What is unusual about a page.
fn status_words(page: &Page, kept: Option<KeepReason>, results: &Results) -> Vec<&'static str> {
    let mut unusual = match &page.visibility {
        Visibility::Shown { status, .. } => words::status(*status).into_iter().collect(),
        Visibility::LinkOnly if page.name().is_none() => Vec::new(),
        Visibility::LinkOnly => vec![words::DETAILS_HIDDEN],
    };
    if page.name().is_some_and(|name| name.kind == PageKind::BlogPost) {
        unusual.push(words::BLOG_POST);
    }
    let not_written = page.name().and_then(|name| results.not_written.get(&name));
    match (page.writability, not_written) {
        (_, Some(why)) if why.is_failure() => unusual.push(words::NOT_UPDATED),
        (Writability::ReadOnly(ReadOnly::Refused), _) | (_, Some(_)) => unusual.push(words::NO_COMMENTS),
        (Writability::ReadOnly(ReadOnly::OptedOut), _) if page.is_shown() => unusual.push(words::OPTED_OUT),
        (Writability::ReadOnly(ReadOnly::Unread), _) => unusual.push(words::LABELS_UNKNOWN),
        (Writability::ReadOnly(ReadOnly::Board), _) => {
            if let Subject::Board(kind, _) = &page.subject {
                unusual.push(kind_word(*kind));
            }
        }
        (Writability::Writable | Writability::ReadOnly(_), None) => {}
    }
    match kept {
        Some(KeepReason::Frozen) | None => {}
        Some(
            KeepReason::Incomplete | KeepReason::KeyStillMentioned | KeepReason::JiraNotRead | KeepReason::ReadOnly,
        ) => unusual.push(words::LINKED_EARLIER),
    }
    unusual
}

fn mentioned(mention: &NamedBy) -> surface::Mention {
    surface::Mention { key: mention.key.clone(), places: words::places(&mention.origins) }
}

fn task_line(page: &Page, number: &TaskId, results: &Results) -> TaskLine {
    let task: Option<&Task> = page.tasks.iter().flatten().find(|task| task.local_id == *number);
    let may_show = matches!(page.visibility, Visibility::Shown { title: Some(_), .. });
    let done = task.map(|task| task.done || results.completed.contains(&task.id));
    TaskLine {
        done: done.filter(|_| page.is_shown()),
        number: number.to_string(),
        words: task.filter(|_| may_show).map(|task| storage::plain(&task.body)).unwrap_or_default(),
    }
}
