//! Do the keys that people write, and the pages that they link, fit the configuration? What does not is said once in a run,
//! with what to write.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::Event;
use crate::ids::{Key, KeyPrefix, SpaceKey};
use crate::mention::{KeyRule, Mention, Target};
use crate::page::{Fate, InSpaces, Resolution, Spaces};
use crate::plan::Stated;

use super::Run;
use super::look::Seen;

/// The spaces of configured prefixes and of SPACES of which nothing in this pull request shows that they exist, though
/// keys led to no page, or a page that is linked is in none of SPACES.
pub(super) fn in_doubt(run: Run<'_>, mentions: &[Mention], resolution: &Resolution) -> Vec<SpaceKey> {
    if is_leaving(run) {
        return Vec::new();
    }
    let keys: Vec<(&Key, &SpaceKey, &Fate)> = keys(mentions, &resolution.fates).collect();
    let of = |wanted: fn(&Fate) -> bool| -> BTreeSet<&SpaceKey> {
        keys.iter().filter(|(_, _, fate)| wanted(fate)).map(|(_, space, _)| *space).collect()
    };
    let mut doubted = match run.config.grammar.keys {
        KeyRule::Configured(_) => of(|fate| matches!(fate, Fate::NoPage)),
        KeyRule::None | KeyRule::Any => BTreeSet::new(),
    };
    if let Spaces::Only(spaces) = &run.config.spaces
        && resolution.linked.iter().any(|linked| linked.own.in_spaces == InSpaces::No)
    {
        doubted.extend(spaces);
    }
    let there = of(|fate| matches!(fate, Fate::Linked(_)));
    doubted.difference(&there).map(|space| (*space).clone()).collect()
}

/// What does not fit; `missing` are the spaces that were asked for in vain.
pub(super) fn inconsistent(run: Run<'_>, seen: &Seen, missing: &BTreeSet<SpaceKey>) -> Vec<Event> {
    if is_leaving(run) {
        return Vec::new();
    }
    let mut events = match &run.config.grammar.keys {
        KeyRule::None => Vec::new(),
        KeyRule::Any => unlisted(run.pipeline.project.as_deref(), seen).into_iter().collect(),
        KeyRule::Configured(prefixes) => unknown(prefixes, missing),
    };
    if let Spaces::Only(spaces) = &run.config.spaces {
        let missing = spaces.intersection(missing);
        events.extend(missing.map(|space| Event::MissingSpace { space: space.to_string() }));
    }
    events
}

/// Who takes everything away need not configure anything better.
fn is_leaving(run: Run<'_>) -> bool {
    run.intent.stated == Stated::Gone
}

/// Prefixes that lead to pages and are neither configured nor the project's key. Without that nobody can tell.
fn unlisted(project: Option<&str>, seen: &Seen) -> Option<Event> {
    let project = project?;
    let linked = keys(&seen.mentions, &seen.resolution.fates).filter(|(_, _, fate)| matches!(fate, Fate::Linked(_)));
    let all: BTreeSet<String> = linked.map(|(key, ..)| key.prefix().to_string()).collect();
    let prefixes: Vec<String> = all.iter().filter(|prefix| !prefix.eq_ignore_ascii_case(project)).cloned().collect();
    if prefixes.is_empty() {
        return None;
    }
    let line = line(all.iter().cloned());
    Some(Event::UnlistedPrefix { prefixes, project: project.to_owned(), line })
}

fn unknown(prefixes: &BTreeMap<KeyPrefix, SpaceKey>, missing: &BTreeSet<SpaceKey>) -> Vec<Event> {
    let written = |corrected: &KeyPrefix| {
        line(prefixes.iter().map(|(prefix, space)| {
            if prefix == corrected {
                format!("{prefix}=<key of its space>")
            } else if prefix.as_str() == space.as_str() {
                prefix.to_string()
            } else {
                format!("{prefix}={space}")
            }
        }))
    };
    let wrong = prefixes.iter().filter(|(_, space)| missing.contains(space));
    let event = |(prefix, space): (&KeyPrefix, &SpaceKey)| Event::UnknownSpace {
        prefix: prefix.to_string(),
        space: space.to_string(),
        line: written(prefix),
    };
    wrong.map(event).collect()
}

/// The line of the pipe's variables.
fn line(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.map(|item| format!("\"{item}\"")).collect();
    format!("KEY_PREFIXES: [{}]", items.join(", "))
}

/// The keys that count, the space of each, and what became of it.
fn keys<'a>(mentions: &'a [Mention], fates: &'a [Fate]) -> impl Iterator<Item = (&'a Key, &'a SpaceKey, &'a Fate)> {
    mentions.iter().zip(fates).filter_map(|(mention, fate)| match &mention.target {
        Target::Key { key, space } => Some((key, space, fate)),
        Target::Content { .. } | Target::Titled { .. } | Target::SpaceHome { .. } | Target::Board { .. } => None,
    })
}
