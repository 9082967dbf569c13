//! Answers → pages: everything that is known of each, in one value. Pure.

use std::collections::BTreeSet;

use crate::confluence::{Content, ContentStatus};
use crate::ids::{ContentId, Key, PageName, Site};
use crate::mention::{Closing, ContentKind, KeyRule, Mention, Origins, Source, Target, short_link};
use crate::surface::page_comment::OurComment;
use crate::surface::page_row::{KeySource, LeadingKey, Row, RowKey};

use super::matching::{self, key_of};
use super::policy::{CreatePolicy, in_spaces, visibility, writability};
use super::words::kind_word;
use super::{
    Answers, Attributes, InSpaces, Lookup, MAX_PAGES, MAX_WRITTEN_PAGES, MentionOutcome, NamedBy, Page, PageReading,
    Pages, ReadOnly, Subject, Visibility, Writability, trips,
};

/// The pages that the mentions lead to, then those that only the index names.
pub(super) fn describe(lookup: &Lookup<'_>, answers: Answers) -> Pages {
    let matching::Decided { outcomes, crowded, by_jira } = matching::decide(lookup, &answers);
    let shown = trips::to_be_shown(lookup, &answers, &trips::found(&outcomes));
    let unread_ancestors = trips::not_asked_above(&answers, &shown);
    let unresolved = matching::unresolved_keys(lookup.mentions, &outcomes);
    let (linked, outcomes, left_out) = at_most(MAX_PAGES, outcomes);
    let view = View { lookup, answers: &answers, outcomes: &outcomes, by_jira: &by_jira, unresolved: &unresolved };
    let pages = view.pages(&linked);
    let without_page = match &lookup.grammar.keys {
        KeyRule::Configured(_) => {
            let named = lookup.mentions.iter().zip(&outcomes);
            named.filter(|(_, outcome)| **outcome == MentionOutcome::NoPage).filter_map(|(it, _)| key_of(it)).collect()
        }
        KeyRule::None | KeyRule::Any => Vec::new(),
    };
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

/// The first subjects in order of appearance, the outcomes without the others, and how many are left out.
fn at_most(most: usize, mut outcomes: Vec<MentionOutcome>) -> (Vec<Subject>, Vec<MentionOutcome>, usize) {
    let mut linked: Vec<Subject> = Vec::new();
    let mut left_out = 0;
    for outcome in &mut outcomes {
        let MentionOutcome::Linked(subjects) = outcome else { continue };
        subjects.retain(|subject| {
            let is_new = !linked.contains(subject);
            let fits = !is_new || linked.len() < most;
            if !fits {
                left_out += 1;
            } else if is_new {
                linked.push(subject.clone());
            }
            fits
        });
        if subjects.is_empty() {
            *outcome = MentionOutcome::LeftOut;
        }
    }
    (linked, outcomes, left_out)
}

/// What the pages are described from.
struct View<'a> {
    lookup: &'a Lookup<'a>,
    answers: &'a Answers,
    outcomes: &'a [MentionOutcome],
    by_jira: &'a BTreeSet<Key>,
    /// The keys that are mentioned and lead to no page.
    unresolved: &'a BTreeSet<Key>,
}

impl View<'_> {
    fn pages(&self, linked: &[Subject]) -> Vec<Page> {
        let contents = linked.iter().filter_map(Subject::page).count();
        let limit = if contents > MAX_WRITTEN_PAGES { Some(ReadOnly::TooManyPages) } else { None };
        let of_other_kind =
            |page: &PageName| self.answers.contents.get(&page.id).is_some_and(|content| content.name != *page);
        let indexed = self.lookup.index.iter().filter(|name| !of_other_kind(name)).map(|name| Subject::Page(*name));
        let only_indexed = indexed.filter(|subject| !linked.contains(subject)).map(|subject| self.page(subject, None));
        linked.iter().map(|subject| self.page(subject.clone(), limit)).chain(only_indexed).collect()
    }

    /// One page or board. `limit` says why not even a writable page is written.
    fn page(&self, subject: Subject, limit: Option<ReadOnly>) -> Page {
        let Self { lookup, answers, .. } = self;
        let mentions: Vec<(&Mention, bool)> = self.mentions_of(&subject).collect();
        let name = match &subject {
            Subject::Page(name) => *name,
            Subject::Board(kind, id) => {
                let mention = mentions.first().map(|(mention, _)| *mention);
                let url = board_url(lookup.site, mention, *kind, id);
                return self.mentioned(&mentions, unread(subject, url, ReadOnly::Board));
            }
        };
        let content = answers.contents.get(&name.id);
        let shown = content.map(|it| visibility(it, answers.is_open_above(it), lookup.policy));
        let shown = shown.unwrap_or(Visibility::LinkOnly);
        let comments: Vec<OurComment> = answers.comments_on(name).cloned().unwrap_or_default();
        let row = lookup.row.and_then(|key| merged_row(&comments, key));
        let page = Page {
            writability: self.writability(name, &shown, &comments, limit),
            attributes: attributes(name, content, lookup, answers),
            visibility: shown,
            unresolved_keys: row.as_ref().map(|row| self.unresolved_keys(row)).unwrap_or_default(),
            row,
            comments,
            tasks: answers.tasks.get(&name.id).cloned(),
            version_at_merge: answers.version_at_merge(name, lookup),
            reading: reading(name, content, answers),
            ..unread(subject, lookup.site.page_url(name.id), ReadOnly::Unread)
        };
        self.mentioned(&mentions, page)
    }

    fn writability(
        &self,
        name: PageName,
        shown: &Visibility,
        comments: &[OurComment],
        limit: Option<ReadOnly>,
    ) -> Writability {
        let Self { lookup, answers, .. } = self;
        let Some(content) = answers.contents.get(&name.id) else { return Writability::ReadOnly(ReadOnly::Unread) };
        let as_read = writability(content, shown, lookup.policy);
        if as_read != Writability::Writable {
            return as_read;
        }
        // Who has a comment there may comment there.
        let refuses = comments.is_empty() && answers.may_comment.get(&name) == Some(&false);
        let is_linked = comments.iter().any(OurComment::is_in_use);
        let why = match limit {
            _ if refuses => ReadOnly::Refused,
            Some(why) => why,
            None if lookup.row.is_none() => ReadOnly::UnknownRepository,
            None if lookup.creates == CreatePolicy::OnlyWithComment && !is_linked => ReadOnly::NeverLinked,
            None => return Writability::Writable,
        };
        Writability::ReadOnly(why)
    }

    /// The mentions that lead to a page, each with whether it leads to no other.
    fn mentions_of(&self, wanted: &Subject) -> impl Iterator<Item = (&Mention, bool)> {
        self.lookup.mentions.iter().zip(self.outcomes).filter_map(move |(mention, outcome)| {
            let subjects = outcome.subjects();
            subjects.contains(wanted).then_some((mention, subjects.len() == 1))
        })
    }

    /// A page with its mentions.
    fn mentioned(&self, mentions: &[(&Mention, bool)], page: Page) -> Page {
        let named_by = |mention: &Mention| {
            let key = key_of(mention);
            let jira = key.as_ref().is_some_and(|key| self.by_jira.contains(key));
            NamedBy { key, origins: Origins { jira, ..mention.origins.clone() } }
        };
        // A key that leads to several pages closes no task: which one it means is not known.
        let alone = mentions.iter().filter(|(_, only)| *only);
        let closing = alone.flat_map(|(mention, _)| &mention.tasks).filter(|(_, closing)| **closing == Closing::Closes);
        Page {
            mentions: mentions.iter().map(|(mention, _)| named_by(mention)).collect(),
            mentioned_tasks: mentions.iter().flat_map(|(mention, _)| mention.tasks.keys().cloned()).collect(),
            closed_tasks: closing.map(|(number, _)| number.clone()).collect(),
            ..page
        }
    }

    /// The keys of a row that are still mentioned and lead to no page, and that may still lead to the row's page. What
    /// Jira links is known once the issue was read.
    fn unresolved_keys(&self, row: &Row) -> BTreeSet<Key> {
        let may_lead_here = |leading: &&LeadingKey| match (leading.source, self.lookup.jira) {
            (KeySource::Page, _) => true,
            (KeySource::Jira, Source::Read) => !self.answers.jira.is_read(&leading.key),
            (KeySource::Jira, Source::Ignored) => false,
        };
        let unresolved = row.keys.iter().filter(|leading| self.unresolved.contains(&leading.key));
        unresolved.filter(may_lead_here).map(|leading| leading.key.clone()).collect()
    }
}

/// All that is known of a board, and of a page before it is read.
fn unread(subject: Subject, url: String, why: ReadOnly) -> Page {
    Page {
        subject,
        url,
        mentions: Vec::new(),
        visibility: Visibility::LinkOnly,
        writability: Writability::ReadOnly(why),
        attributes: Attributes::default(),
        comments: Vec::new(),
        row: None,
        unresolved_keys: BTreeSet::new(),
        mentioned_tasks: BTreeSet::new(),
        closed_tasks: BTreeSet::new(),
        tasks: None,
        version_at_merge: None,
        reading: PageReading::Complete,
    }
}

fn merged_row(comments: &[OurComment], key: &RowKey) -> Option<Row> {
    let mut rows = comments.iter().filter_map(|comment| comment.row(key));
    let first = rows.next()?.clone();
    Some(rows.fold(first, Row::merge))
}

fn attributes(name: PageName, content: Option<&Content>, lookup: &Lookup<'_>, answers: &Answers) -> Attributes {
    let fresh = answers.fresh.get(&name.id);
    let of_page = content.map(|content| content.status);
    // A bulk answer holds no drafts, and the page's own answer shows that it is one.
    let draft = of_page.filter(|status| *status == ContentStatus::Draft);
    let status = if lookup.wants.fresh { fresh.map(|fresh| fresh.status).or(draft) } else { of_page };
    // Search may still say where a page was that has just been moved.
    let space = content.and_then(|content| content.space.id);
    let moved = fresh.and_then(|fresh| fresh.space).zip(space).is_some_and(|(now, then)| now != then);
    let unread = lookup.wants.fresh && fresh.is_none() && draft.is_none();
    Attributes {
        status,
        in_spaces: if moved || unread { InSpaces::NotKnown } else { in_spaces(content, lookup.policy) },
        labels: answers.labels.get(&name.id).cloned(),
        state: answers.states.get(&name.id).cloned(),
    }
}

fn reading(name: PageName, content: Option<&Content>, answers: &Answers) -> PageReading {
    match content {
        None if answers.asked.contains(&name.id) && !answers.unread.contains(&name.id) => PageReading::NotVisible,
        None => PageReading::Failed,
        // This comes first: without knowing our comments, nothing may be written.
        Some(_) if matches!(answers.comments.get(&name), Some(Err(_))) => PageReading::CommentsUnknown,
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
