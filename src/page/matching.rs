//! The pages that each mention leads to, among those that were read. Pure.

use std::collections::BTreeSet;

use crate::confluence::{Content, ContentStatus};
use crate::ids::{ContentId, Key, PageName, SpaceKey};
use crate::mention::{KeyRule, Mention, Target, keys_in_title};

use super::copies::is_copy;
use super::{Answers, Lookup, MentionOutcome, Subject};

/// The most pages one key leads to.
const MAX_OF_KEY: usize = 5;

/// What became of each mention, the keys with too many pages, and those that lead to pages by their Jira issue.
pub(super) struct Decided {
    pub(super) outcomes: Vec<MentionOutcome>,
    pub(super) crowded: Vec<Key>,
    pub(super) by_jira: BTreeSet<Key>,
}

pub(super) fn decide(lookup: &Lookup<'_>, answers: &Answers) -> Decided {
    let (mut crowded, mut by_jira) = (Vec::new(), BTreeSet::new());
    let outcomes = lookup.mentions.iter().map(|mention| match &mention.target {
        Target::Board { kind, id, .. } => MentionOutcome::Linked(vec![Subject::Board(*kind, id.clone())]),
        Target::Content { id, .. } => of_id(*id, answers),
        Target::SpaceHome { space } => match answers.home_of(space) {
            Some(home) => of_id(home, answers),
            None if answers.is_complete() => MentionOutcome::NotVisible,
            None => MentionOutcome::NotRead,
        },
        Target::Titled { space, title } => of_title(space, title, answers),
        Target::Key { key, space } => match of_key(key, space, lookup, answers, &mut crowded) {
            own if leads_nowhere(&own, answers) => match of_issue(key, lookup, answers, &mut crowded) {
                Some(linked) => {
                    by_jira.insert(key.clone());
                    linked
                }
                None if answers.jira.failures.contains_key(key) => MentionOutcome::NotRead,
                None => own,
            },
            own => own,
        },
    });
    Decided { outcomes: outcomes.collect(), crowded, by_jira }
}

/// The pages to read because the Jira issues of keys without a page of their own link them.
pub(super) fn linked_in_jira(lookup: &Lookup<'_>, answers: &Answers) -> BTreeSet<ContentId> {
    let lost = lookup.mentions.iter().filter_map(|mention| match &mention.target {
        Target::Key { key, space } => {
            leads_nowhere(&of_key(key, space, lookup, answers, &mut Vec::new()), answers).then_some(key)
        }
        _ => None,
    });
    let pages = lost.flat_map(|key| answers.jira.pages(key, lookup.grammar));
    pages.filter(|id| !answers.contents.contains_key(id)).collect()
}

/// Whether a key has no page of its own, as far as search knows.
fn leads_nowhere(own: &MentionOutcome, answers: &Answers) -> bool {
    let is_lost = match own {
        MentionOutcome::NoPage | MentionOutcome::Ambiguous(_) | MentionOutcome::NotRead => true,
        MentionOutcome::Linked(_) | MentionOutcome::NotVisible | MentionOutcome::LeftOut => false,
    };
    is_lost && answers.are_searched()
}

/// The pages that a key's Jira issue links, as far as they can be seen.
fn of_issue(key: &Key, lookup: &Lookup<'_>, answers: &Answers, crowded: &mut Vec<Key>) -> Option<MentionOutcome> {
    let linked = answers.jira.pages(key, lookup.grammar);
    let linked = linked.iter().filter_map(|id| answers.contents.get(id));
    let pages: Vec<PageName> =
        candidates(linked, key, lookup, answers).into_iter().map(|content| content.name).collect();
    (!pages.is_empty()).then(|| of_many(pages, key, lookup, answers, crowded))
}

/// The key of a mention, if it is one.
pub(crate) fn key_of(mention: &Mention) -> Option<Key> {
    match &mention.target {
        Target::Key { key, .. } => Some(key.clone()),
        Target::Content { .. } | Target::Titled { .. } | Target::SpaceHome { .. } | Target::Board { .. } => None,
    }
}

/// Whether a task of this page is mentioned.
pub(super) fn has_mentioned_tasks(page: PageName, mentions: &[Mention], outcomes: &[MentionOutcome]) -> bool {
    let mut mentions = mentions.iter().zip(outcomes);
    mentions.any(|(mention, outcome)| !mention.tasks.is_empty() && outcome.pages().any(|one| one == page))
}

/// The keys that are mentioned and lead to no page.
pub(super) fn unresolved_keys(mentions: &[Mention], outcomes: &[MentionOutcome]) -> BTreeSet<Key> {
    let lost = mentions.iter().zip(outcomes).filter(|(_, outcome)| match outcome {
        MentionOutcome::NoPage | MentionOutcome::Ambiguous(_) => true,
        MentionOutcome::NotRead | MentionOutcome::LeftOut => true,
        MentionOutcome::Linked(_) | MentionOutcome::NotVisible => false,
    });
    lost.filter_map(|(mention, _)| key_of(mention)).collect()
}

fn of_id(id: ContentId, answers: &Answers) -> MentionOutcome {
    if let Some(content) = answers.contents.get(&id) {
        return MentionOutcome::Linked(vec![Subject::Page(content.name)]);
    }
    match answers.boards.get(&id) {
        Some(kind) => MentionOutcome::Linked(vec![Subject::Board(*kind, id.to_string())]),
        None if answers.unread.contains(&id) => MentionOutcome::NotRead,
        None if !answers.asked.contains(&id) => MentionOutcome::LeftOut,
        None => MentionOutcome::NotVisible,
    }
}

fn of_title(space: &SpaceKey, title: &str, answers: &Answers) -> MentionOutcome {
    let wanted = title.to_lowercase();
    let named = |content: &&Content| {
        content.space.is(space) && content.status == ContentStatus::Current && content.title.to_lowercase() == wanted
    };
    match answers.contents.values().find(named) {
        Some(content) => MentionOutcome::Linked(vec![Subject::Page(content.name)]),
        None if answers.is_complete() => MentionOutcome::NotVisible,
        None => MentionOutcome::NotRead,
    }
}

fn of_key(
    key: &Key,
    space: &SpaceKey,
    lookup: &Lookup<'_>,
    answers: &Answers,
    crowded: &mut Vec<Key>,
) -> MentionOutcome {
    let in_space = answers.contents.values().filter(|content| content.space.is(space));
    let has_label =
        |content: &&Content| content.labels.iter().flatten().any(|label| Key::parse(label).as_ref() == Some(key));
    let named = in_space.filter(|content| has_label(content) || is_titled(content, key, &lookup.grammar.keys));
    let (labelled, titled): (Vec<&Content>, Vec<&Content>) =
        candidates(named, key, lookup, answers).into_iter().partition(has_label);
    if !labelled.is_empty() {
        let labelled = labelled.into_iter().map(|content| content.name).collect();
        return of_many(labelled, key, lookup, answers, crowded);
    }
    let (copies, mut others): (Vec<&Content>, Vec<&Content>) =
        titled.into_iter().partition(|content| is_copy(&content.title));
    if others.is_empty() {
        others = copies;
    }
    let titled: Vec<PageName> = others.into_iter().map(|content| content.name).collect();
    match titled.as_slice() {
        [page] => MentionOutcome::Linked(vec![Subject::Page(*page)]),
        [] if answers.is_complete() => MentionOutcome::NoPage,
        [] => MentionOutcome::NotRead,
        several => {
            // On a tie, the previous page stays.
            let mut previous = several.iter().filter(|page| led_here_before(**page, key, lookup, answers));
            match (previous.next(), previous.next()) {
                (Some(page), None) => MentionOutcome::Linked(vec![Subject::Page(*page)]),
                _ => MentionOutcome::Ambiguous(titled),
            }
        }
    }
}

/// The pages that can be a key's. One that was put away after it was linked still is, and is shown as what it is, until
/// another page takes its place.
fn candidates<'a>(
    named: impl Iterator<Item = &'a Content>,
    key: &Key,
    lookup: &Lookup<'_>,
    answers: &Answers,
) -> Vec<&'a Content> {
    let (put_away, there): (Vec<&Content>, Vec<&Content>) =
        named.partition(|content| matches!(content.status, ContentStatus::Draft | ContentStatus::Trashed));
    if !there.is_empty() {
        return there;
    }
    put_away.into_iter().filter(|content| led_here_before(content.name, key, lookup, answers)).collect()
}

/// The pages of a key, at most as many as one key leads to.
fn of_many(
    mut pages: Vec<PageName>,
    key: &Key,
    lookup: &Lookup<'_>,
    answers: &Answers,
    crowded: &mut Vec<Key>,
) -> MentionOutcome {
    if pages.len() > MAX_OF_KEY {
        crowded.push(key.clone());
        // A page that the key led to before is not pushed out by others.
        pages.sort_by_key(|page| !led_here_before(*page, key, lookup, answers));
        pages.truncate(MAX_OF_KEY);
        pages.sort();
    }
    MentionOutcome::Linked(pages.into_iter().map(Subject::Page).collect())
}

fn is_titled(content: &Content, key: &Key, rule: &KeyRule) -> bool {
    let keys: BTreeSet<Key> =
        content.space.names().flat_map(|name| keys_in_title(&content.title, name, rule)).collect();
    keys.len() == 1 && keys.contains(key)
}

/// Whether our row on a page says that the key led there.
pub(super) fn led_here_before(page: PageName, key: &Key, lookup: &Lookup<'_>, answers: &Answers) -> bool {
    let Some(row) = lookup.row else { return false };
    let rows = answers.comments_on(page).into_iter().flatten().filter_map(|comment| comment.row(row));
    rows.flat_map(|row| &row.keys).any(|leading| leading.key == *key)
}
