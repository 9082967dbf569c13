//! Advice on the configuration that a run gives without an extra request.

use std::collections::BTreeSet;

use crate::audit::Event;
use crate::mention::KeyRule;
use crate::page::{MentionOutcome, key_of};
use crate::plan::Operation;
use crate::run::Run;

use super::{Snapshot, words};

/// Jira is asked for, and the credential can't read it.
pub(super) fn unread_jira(snapshot: &Snapshot) -> Option<Event> {
    let refusal = snapshot.pages.jira_refusal.as_ref()?;
    Some(Event::JiraNotRead { why: refusal.to_string() })
}

/// Prefixes that lead to pages and are neither configured nor the key of the repository's project.
pub(super) fn unlisted_prefixes(run: Run<'_>, snapshot: &Snapshot) -> Option<Event> {
    let project = run.pipeline.project.as_deref()?;
    if run.config.grammar.keys != KeyRule::Any || run.intent.operation == Operation::Remove {
        return None;
    }
    let mentions = snapshot.texts.mentions().iter().zip(&snapshot.pages.outcomes);
    let linked = mentions.filter(|(_, outcome)| matches!(outcome, MentionOutcome::Linked(_)));
    let all: BTreeSet<String> = linked.filter_map(|(mention, _)| Some(key_of(mention)?.prefix().to_string())).collect();
    let prefixes: Vec<String> = all.iter().filter(|prefix| !prefix.eq_ignore_ascii_case(project)).cloned().collect();
    if prefixes.is_empty() {
        return None;
    }
    let items: Vec<String> = all.iter().map(|item| format!("\"{item}\"")).collect();
    let line = format!("KEY_PREFIXES: [{}]", items.join(", "));
    Some(Event::UnlistedPrefix { prefixes, project: project.to_owned(), line })
}

/// How to mention a page, where nothing mentions one.
pub(super) fn how_to_mention(run: Run<'_>, snapshot: &Snapshot) -> Option<String> {
    if !snapshot.texts.found.mentions.is_empty() || !snapshot.texts.gaps.is_empty() {
        return None;
    }
    let naming = snapshot.texts.naming(run.config.sources, &run.config.grammar);
    let example = match &run.config.grammar.keys {
        KeyRule::None => None,
        KeyRule::Any => Some("ENG-123".to_owned()),
        KeyRule::Configured(prefixes) => prefixes.keys().next().map(|prefix| format!("{prefix}-123")),
    };
    let Some(advice) = naming.advice(example.as_deref()) else {
        return Some(words::NO_MENTION_ALLOWED.to_owned());
    };
    let but = match (naming.holds_ignored_key, example) {
        (true, _) => words::DESCRIPTION_NEEDS_PREFIXES,
        (false, None) => words::NO_KEYS_ALLOWED,
        (false, Some(_)) => "",
    };
    Some(format!("{}{but}", capitalized(&advice)))
}

fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
