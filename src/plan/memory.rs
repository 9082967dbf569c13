//! What should the ledger name before, during and after the writes?

use std::collections::BTreeSet;

use crate::ids::PageName;
use crate::page::{Linked, ReadOnly, Standing, Subject};
use crate::surface::ledger::Ledger;
use crate::surface::page_comment::Wish;

use super::{PageState, Situation, Trouble, Write};

impl Situation<'_> {
    /// The ledger before the first write: what it names, and the pages that will be written.
    pub fn recorded(&self) -> Ledger {
        let mut ledger = self.remembered();
        ledger.pages = self.ledger.pages.clone();
        ledger.pages.extend(self.page_writes().iter().filter_map(Write::page));
        ledger.with_keys_of_its_pages()
    }

    /// The ledger after the writes: every page that may hold this pull request's row.
    pub fn settled(&self) -> Ledger {
        let mut ledger = self.remembered();
        // A page that failed stays named: else every run would name and forget it while the failure lasts.
        let clean = |page: &PageName| {
            let troubled = self.troubles.contains_key(page) || ledger.refused.contains(&page.id);
            self.states.get(page) == Some(&PageState::Clean) && !troubled
        };
        let holding = self.states.iter().filter(|(_, state)| **state == PageState::Holds).map(|(page, _)| *page);
        let known = self.ledger.pages.iter().copied().chain(holding);
        let pages: BTreeSet<PageName> = known.filter(|page| !clean(page)).collect();
        ledger.pages = pages;
        ledger.with_keys_of_its_pages()
    }

    /// The ledger if every write succeeds.
    pub(super) fn foreseen(&self) -> Ledger {
        let mut states = self.states.clone();
        for (page, wish) in self.wishes() {
            let state = match wish {
                Wish::Linked(_) | Wish::Named(_) => PageState::Holds,
                Wish::Unlinked(_) | Wish::Removed(_) => PageState::Clean,
            };
            if states.get(&page) != Some(&PageState::Unknown) {
                states.insert(page, state);
            }
        }
        Situation { states: &states, ..*self }.settled()
    }

    /// Keys, refusals and closed tasks as this run knows them; the pages are for the caller to fill in.
    fn remembered(&self) -> Ledger {
        let mut ledger = Ledger { keys: self.ledger.keys.clone(), closed: self.closed(), ..Ledger::default() };
        for Linked { subject, mentions, standing, .. } in &self.resolution.linked {
            let Subject::Page(page) = subject else { continue };
            let keys: BTreeSet<_> = mentions.iter().filter_map(|mention| mention.key.clone()).collect();
            if keys.is_empty() {
                ledger.keys.remove(&page.id);
            } else {
                ledger.keys.insert(page.id, keys);
            }
            let refused = matches!(standing, Standing::ReadOnly(ReadOnly::Refused | ReadOnly::NotAsked));
            if refused || self.troubles.get(page) == Some(&Trouble::Refused) {
                ledger.refused.insert(page.id);
            }
        }
        ledger
    }
}
