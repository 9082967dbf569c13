//! Which of the pages that were read does each mention name? Pure.

use crate::confluence::{Content, ContentStatus};
use crate::ids::{ContentId, Key, PageName, SpaceKey};
use crate::mention::{KeyRule, Mention, Target, keys_in_title};
use crate::surface::ledger::Ledger;

use super::facts::Facts;
use super::{Fate, Kept, Leaving, Subject};

/// The most pages one label leads to.
const MAX_LABELLED: usize = 5;

/// What became of each mention, and the keys with too many labelled pages.
pub(super) struct Decided {
    pub(super) fates: Vec<Fate>,
    pub(super) crowded: Vec<Key>,
}

pub(super) fn decide(mentions: &[Mention], ledger: &Ledger, facts: &Facts, rule: &KeyRule) -> Decided {
    let mut crowded = Vec::new();
    let fates = mentions.iter().map(|mention| match &mention.target {
        Target::Board { kind, id, .. } => Fate::Linked(vec![Subject::Board(*kind, id.clone())]),
        Target::Content { id, .. } => of_id(*id, facts),
        Target::SpaceHome { space } => match facts.homes.get(space) {
            Some(id) => of_id(*id, facts),
            None if facts.homes_asked => Fate::NotVisible,
            None => Fate::NotRead,
        },
        Target::Titled { space, title } => of_title(space, title, facts),
        Target::Key { key, space } => of_key(key, space, ledger, facts, rule, &mut crowded),
    });
    Decided { fates: fates.collect(), crowded }
}

fn of_id(id: ContentId, facts: &Facts) -> Fate {
    if let Some(content) = facts.contents.get(&id) {
        return Fate::Linked(vec![Subject::Page(content.name)]);
    }
    match facts.boards.get(&id) {
        Some(kind) => Fate::Linked(vec![Subject::Board(*kind, id.to_string())]),
        None if facts.unread.contains(&id) => Fate::NotRead,
        None if facts.left_out.contains(&id) => Fate::LeftOut,
        None => Fate::NotVisible,
    }
}

fn of_title(space: &SpaceKey, title: &str, facts: &Facts) -> Fate {
    let wanted = title.to_lowercase();
    let named = |content: &&Content| {
        content.space.key.as_ref() == Some(space)
            && content.status == ContentStatus::Current
            && content.title.to_lowercase() == wanted
    };
    match facts.contents.values().find(named) {
        Some(content) => Fate::Linked(vec![Subject::Page(content.name)]),
        None if facts.is_complete() => Fate::NotVisible,
        None => Fate::NotRead,
    }
}

fn of_key(key: &Key, space: &SpaceKey, ledger: &Ledger, facts: &Facts, rule: &KeyRule, crowded: &mut Vec<Key>) -> Fate {
    let in_space = || facts.contents.values().filter(|content| content.space.key.as_ref() == Some(space));
    let has_label =
        |content: &&Content| content.labels.iter().flatten().any(|label| Key::parse(label).as_ref() == Some(key));
    let counts = |content: &&Content| match content.status {
        ContentStatus::Current | ContentStatus::Archived => true,
        // Put away after it was linked: it is still the key's page, and shown as what it is.
        ContentStatus::Draft | ContentStatus::Trashed => remembers(ledger, content.name, key),
    };
    let mut labelled: Vec<PageName> = in_space().filter(counts).filter(has_label).map(|content| content.name).collect();
    if !labelled.is_empty() {
        if labelled.len() > MAX_LABELLED {
            crowded.push(key.clone());
            labelled.truncate(MAX_LABELLED);
        }
        return Fate::Linked(labelled.into_iter().map(Subject::Page).collect());
    }
    let titled = in_space().filter(counts).filter(|content| {
        let keys = keys_in_title(&content.title, space, rule);
        keys.len() == 1 && keys.contains(key)
    });
    let (copies, mut others): (Vec<&Content>, Vec<&Content>) = titled.partition(|content| is_copy(&content.title));
    if others.is_empty() {
        others = copies;
    }
    let titled: Vec<PageName> = others.into_iter().map(|content| content.name).collect();
    match titled.as_slice() {
        [page] => Fate::Linked(vec![Subject::Page(*page)]),
        [] if facts.is_complete() => Fate::NoPage,
        [] => Fate::NotRead,
        _ => Fate::Ambiguous(titled),
    }
}

/// Whether a page is a copy by its title, which repeats the key of the page that it was made from. Confluence begins it so
/// in the language of whoever copies.
fn is_copy(title: &str) -> bool {
    const COPY_OF: [&str; 8] =
        ["copy of ", "kopie von ", "copie de ", "copia de ", "copia di ", "cópia de ", "kopie van ", "kopia av "];
    let title = title.trim_start().to_lowercase();
    // The second copy of a page is `Copy (2) of …`.
    let plain = match title.split_once(" (") {
        Some((first, rest)) => match rest.split_once(')') {
            Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => format!("{first}{rest}"),
            _ => title,
        },
        None => title,
    };
    COPY_OF.iter().any(|prefix| plain.starts_with(prefix)) || plain.ends_with("のコピー")
}

fn remembers(ledger: &Ledger, page: PageName, key: &Key) -> bool {
    ledger.pages.contains(&page) && ledger.keys.get(&page.id).is_some_and(|keys| keys.contains(key))
}

/// Why a page of the ledger that nothing names now stays; `None` when it leaves.
pub(super) fn leaves(
    page: PageName,
    mentions: &[Mention],
    fates: &[Fate],
    ledger: &Ledger,
    facts: &Facts,
    leaving: Leaving,
) -> Option<Kept> {
    if !facts.contents.contains_key(&page.id) {
        let asked_in_vain = facts.unread.contains(&page.id) || facts.left_out.contains(&page.id);
        return Some(if asked_in_vain { Kept::NotRead } else { Kept::Unreachable });
    }
    match leaving {
        Leaving::Frozen => return Some(Kept::Frozen),
        Leaving::NotAllowed => return Some(Kept::Incomplete),
        Leaving::Allowed => {}
    }
    let still_named = mentions.iter().zip(fates).any(|(mention, fate)| match (&mention.target, fate) {
        (Target::Key { key, .. }, Fate::NoPage | Fate::Ambiguous(_) | Fate::NotRead | Fate::LeftOut) => {
            ledger.keys.get(&page.id).is_some_and(|keys| keys.contains(key))
        }
        _ => false,
    });
    still_named.then_some(Kept::KeyStillNamed)
}
