//! Keys that led to one page and now lead to others.

use crate::audit::Event;
use crate::ids::{Key, PageName};
use crate::page::{MentionOutcome, Page, key_of};
use crate::plan::{Operation, PageChange, Plan};
use crate::run::Run;

use super::Snapshot;

/// A key that leads elsewhere now.
pub(super) struct MovedKey<'a> {
    pub(super) key: Key,
    /// The page whose row says that the key led there.
    pub(super) from: (PageName, &'a Page),
    /// The pages that it leads to now.
    pub(super) to: Vec<(PageName, &'a Page)>,
}

impl MovedKey<'_> {
    /// What is logged of it. Titles are for the log only, as far as they may be shown.
    pub(super) fn event(&self) -> Event {
        let Self { key, from: (from, page), to } = self;
        Event::KeyMoved {
            key: key.clone(),
            from: from.to_string(),
            to: to.iter().map(|(name, _)| name.to_string()).collect(),
            from_name: words(page),
            to_names: to.iter().map(|(_, page)| words(page)).collect(),
        }
    }
}

fn words(page: &Page) -> String {
    let title = page.shown_title().map(|title| format!("\"{title}\" ")).unwrap_or_default();
    format!("{title}{}", page.url)
}

/// The keys whose move this plan carries out: it takes the row from the old page, or gives the first one to a new page.
/// So the next run, which finds these rows, doesn't report the move again.
pub(super) fn moved_keys<'a>(run: Run<'_>, snapshot: &'a Snapshot, plan: &Plan) -> Vec<MovedKey<'a>> {
    let mut moves = Vec::new();
    if run.intent.operation == Operation::Remove {
        return moves;
    }
    for (mention, outcome) in snapshot.texts.mentions().iter().zip(&snapshot.pages.outcomes) {
        let (Some(key), MentionOutcome::Linked(subjects)) = (key_of(mention), outcome) else { continue };
        let to: Vec<_> =
            snapshot.pages.pages.iter().filter(|page| subjects.contains(&page.subject)).filter_map(named).collect();
        let led_there = |(_, page): &(PageName, &Page)| has_key(page, &key) && !subjects.contains(&page.subject);
        for from in snapshot.pages.pages.iter().filter_map(named).filter(led_there) {
            let leaves = change_of(from.0, plan).is_some_and(|change| !change.keeps_a_row());
            let joins = |(name, page): &(PageName, &Page)| {
                page.row.is_none() && change_of(*name, plan).is_some_and(PageChange::keeps_a_row)
            };
            if leaves || to.iter().any(joins) {
                moves.push(MovedKey { key: key.clone(), from, to: to.clone() });
            }
        }
    }
    moves
}

fn named(page: &Page) -> Option<(PageName, &Page)> {
    page.name().map(|name| (name, page))
}

fn has_key(page: &Page, key: &Key) -> bool {
    page.row.iter().flat_map(|row| &row.keys).any(|leading| leading.key == *key)
}

fn change_of(page: PageName, plan: &Plan) -> Option<&PageChange> {
    plan.pages.iter().find(|change| change.page == page)
}
