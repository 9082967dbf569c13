//! Answers → pages: everything that is known of each, in one value. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::confluence::{Content, ContentStatus};
use crate::ids::{ContentId, Key, PageName, Site};
use crate::mention::{Closing, ContentKind, KeyRule, Mention, Origins, Source, Target, short_link};
use crate::surface::page_comment::OurComment;
use crate::surface::page_row::{KeySource, LeadingKey, Row, RowKey};

use super::matching::{self, key_of};
use super::policy::{in_spaces, visibility, writability};
use super::words::kind_word;
use super::{
    Answers, Attributes, InSpaces, MAX_PAGES, MAX_WRITTEN_PAGES, MentionOutcome, NamedBy, Page, PageReading, Pages,
    Question, ReadOnly, Subject, Visibility, Writability, trips,
};

/// The pages that the mentions lead to, then those that only the index names.
pub(crate) fn describe(question: &Question<'_>, answers: Answers) -> Pages {
    let matching::Decided { mut outcomes, crowded, by_jira } = matching::decide(question, &answers);
    let lost = matching::lost_keys(question.mentions, &outcomes);
    let found = trips::found(&outcomes);
    let mut pages: Vec<Page> = Vec::new();
    let mut places: BTreeMap<Subject, usize> = BTreeMap::new();
    let mut left_out = 0;
    for (mention, outcome) in question.mentions.iter().zip(&mut outcomes) {
        let MentionOutcome::Linked(subjects) = outcome else { continue };
        subjects.retain(|subject| match places.get(subject) {
            Some(_) => true,
            None if places.len() == MAX_PAGES => {
                left_out += 1;
                false
            }
            None => {
                places.insert(subject.clone(), pages.len());
                pages.push(page(subject, Some(mention), question, &answers));
                true
            }
        });
        let only = subjects.len() == 1;
        for page in subjects.iter().filter_map(|subject| places.get(subject)) {
            if let Some(page) = pages.get_mut(*page) {
                add_mention(page, mention, only, &by_jira);
            }
        }
        if subjects.is_empty() {
            *outcome = MentionOutcome::LeftOut;
        }
    }
    if pages.iter().filter(|page| page.name().is_some()).count() > MAX_WRITTEN_PAGES {
        for page in pages.iter_mut().filter(|page| page.writability == Writability::Writable) {
            page.writability = Writability::ReadOnly(ReadOnly::TooManyPages);
        }
    }
    let of_other_kind = |page: &PageName| answers.contents.get(&page.id).is_some_and(|content| content.name != *page);
    for name in question.index.iter().filter(|name| !of_other_kind(name)) {
        let subject = Subject::Page(*name);
        if !places.contains_key(&subject) {
            pages.push(page(&subject, None, question, &answers));
        }
    }
    for page in &mut pages {
        let of_row = page.row.iter().flat_map(|row| &row.keys);
        let kept = of_row.filter(|leading| lost.contains(&leading.key) && is_unknown(leading, question, &answers));
        page.lost_keys = kept.map(|leading| leading.key.clone()).collect();
    }
    let without_page = match &question.grammar.keys {
        KeyRule::Configured(_) => {
            let named = question.mentions.iter().zip(&outcomes);
            named.filter(|(_, outcome)| **outcome == MentionOutcome::NoPage).filter_map(|(it, _)| key_of(it)).collect()
        }
        KeyRule::None | KeyRule::Any => Vec::new(),
    };
    let shown = trips::to_be_shown(question, &answers, &found);
    let unread_ancestors = trips::not_asked_above(&answers, &shown);
    let Answers { mut failures, hiding, cut, jira, .. } = answers;
    failures.extend(jira.failures.into_values());
    let jira_refusal = jira.refusal;
    Pages {
        pages,
        outcomes,
        failures,
        hiding,
        cut,
        left_out,
        unread_ancestors,
        crowded,
        by_jira,
        jira_refusal,
        without_page,
    }
}

/// Whether a key without a page may still lead to the page of its row. What Jira links is known once the issue was read.
fn is_unknown(leading: &LeadingKey, question: &Question<'_>, answers: &Answers) -> bool {
    match (leading.source, question.jira) {
        (KeySource::Page, _) => true,
        (KeySource::Jira, Source::Read) => !answers.jira.is_read(&leading.key),
        (KeySource::Jira, Source::Ignored) => false,
    }
}

fn add_mention(page: &mut Page, mention: &Mention, only: bool, by_jira: &BTreeSet<Key>) {
    let key = key_of(mention);
    let jira = key.as_ref().is_some_and(|key| by_jira.contains(key));
    page.mentions.push(NamedBy { key, origins: Origins { jira, ..mention.origins.clone() } });
    page.mentioned_tasks.extend(mention.tasks.keys().cloned());
    // A key that leads to several pages closes no task: which one it means is not known.
    if only {
        let closes = mention.tasks.iter().filter(|(_, closing)| **closing == Closing::Closes);
        page.closed_tasks.extend(closes.map(|(number, _)| number.clone()));
    }
}

fn page(subject: &Subject, mention: Option<&Mention>, question: &Question<'_>, answers: &Answers) -> Page {
    let name = match subject {
        Subject::Page(name) => *name,
        Subject::Board(kind, id) => return board(subject, board_url(question.site, mention, *kind, id)),
    };
    let content = answers.contents.get(&name.id);
    let shown = content.map(|it| visibility(it, answers.is_open_above(it), question.policy));
    let shown = shown.unwrap_or(Visibility::LinkOnly);
    let comments: Vec<OurComment> = answers.comments_on(name).cloned().unwrap_or_default();
    let row = question.row.and_then(|key| united_row(&comments, key));
    Page {
        subject: subject.clone(),
        url: question.site.page_url(name.id),
        mentions: Vec::new(),
        writability: writable(name, content, &shown, &comments, question, answers),
        attributes: attributes(name, content, question, answers),
        visibility: shown,
        row,
        comments,
        lost_keys: BTreeSet::new(),
        mentioned_tasks: BTreeSet::new(),
        closed_tasks: BTreeSet::new(),
        tasks: answers.tasks.get(&name.id).cloned(),
        version_at_merge: answers.version_at_merge(name, question),
        reading: reading(name, content, answers),
    }
}

fn board(subject: &Subject, url: String) -> Page {
    Page {
        subject: subject.clone(),
        url,
        mentions: Vec::new(),
        visibility: Visibility::LinkOnly,
        writability: Writability::ReadOnly(ReadOnly::Board),
        attributes: Attributes { in_spaces: InSpaces::Yes, ..Attributes::default() },
        comments: Vec::new(),
        row: None,
        lost_keys: BTreeSet::new(),
        mentioned_tasks: BTreeSet::new(),
        closed_tasks: BTreeSet::new(),
        tasks: None,
        version_at_merge: None,
        reading: PageReading::Complete,
    }
}

fn united_row(comments: &[OurComment], key: &RowKey) -> Option<Row> {
    let mut rows = comments.iter().filter_map(|comment| comment.row(key));
    let first = rows.next()?.clone();
    Some(rows.fold(first, Row::merge))
}

fn writable(
    name: PageName,
    content: Option<&Content>,
    shown: &Visibility,
    comments: &[OurComment],
    question: &Question<'_>,
    answers: &Answers,
) -> Writability {
    let Some(content) = content else { return Writability::ReadOnly(ReadOnly::Unread) };
    match writability(content, shown, question.policy) {
        // Who has a comment there may comment there.
        Writability::Writable if comments.is_empty() && answers.may_comment.get(&name) == Some(&false) => {
            Writability::ReadOnly(ReadOnly::Refused)
        }
        as_read => as_read,
    }
}

fn attributes(name: PageName, content: Option<&Content>, question: &Question<'_>, answers: &Answers) -> Attributes {
    let fresh = answers.fresh.get(&name.id);
    let of_page = content.map(|content| content.status);
    // A bulk answer holds no drafts, and the page's own answer shows that it is one.
    let draft = of_page.filter(|status| *status == ContentStatus::Draft);
    let status = if question.wants.fresh { fresh.map(|fresh| fresh.status).or(draft) } else { of_page };
    // Search may still say where a page was that has just been moved.
    let space = content.and_then(|content| content.space.id);
    let moved = fresh.and_then(|fresh| fresh.space).zip(space).is_some_and(|(now, then)| now != then);
    let unread = question.wants.fresh && fresh.is_none() && draft.is_none();
    Attributes {
        status,
        in_spaces: if moved || unread { InSpaces::NotKnown } else { in_spaces(content, question.policy) },
        labels: answers.labels.get(&name.id).cloned(),
        state: answers.states.get(&name.id).cloned(),
    }
}

fn reading(name: PageName, content: Option<&Content>, answers: &Answers) -> PageReading {
    match content {
        None if answers.asked.contains(&name.id) && !answers.unread.contains(&name.id) => PageReading::NotVisible,
        None => PageReading::Failed,
        // This comes first: without knowing our comments, nothing may be written.
        Some(_) if answers.comments_unknown.contains_key(&name) => PageReading::CommentsUnknown,
        Some(_) if answers.unread.contains(&name.id) => PageReading::Failed,
        Some(_) => PageReading::Complete,
    }
}

/// A board's URL holds its space's key, which a short link (by number only) does not need.
pub(super) fn board_url(site: &Site, mention: Option<&Mention>, kind: ContentKind, id: &str) -> String {
    if let Some(id) = ContentId::parse(id) {
        return format!("{}/wiki/x/{}", site.url, short_link::encode(id));
    }
    let space = match mention.map(|mention| &mention.target) {
        Some(Target::Board { space, .. }) => space.as_str(),
        _ => "",
    };
    format!("{}/wiki/spaces/{space}/{}/{id}", site.url, kind_word(kind))
}
