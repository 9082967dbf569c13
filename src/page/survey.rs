//! What may be told of many pages at once, whichever pull requests name them? For who reviews, and links nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::confluence::{Confluence, Content, Restriction};
use crate::http::HttpError;
use crate::ids::{AccountId, ContentId, PageKind, PageName, Site};
use crate::mention::{KeyRule, Mention};
use crate::surface::ledger::Ledger;

use super::facts::{self, Facts, Read};
use super::policy::{face, is_for_readers, may_be_shown};
use super::{Face, Fate, Policy, Subject, above, matching};

/// The most that is asked for one by one, of pages that are missing and of what stands above the others: each costs a
/// request.
const MOST: usize = 1_000;

/// What the mentions of many pull requests lead to.
#[derive(Debug)]
pub struct Survey {
    /// What became of each mention, in the order of the mentions.
    pub fates: Vec<Fate>,
    /// The pages that they and the ledger name.
    pub pages: BTreeMap<PageName, Surveyed>,
    /// Where people see the boards that they name.
    pub boards: BTreeMap<Subject, String>,
    /// What could not be asked.
    pub failures: Vec<HttpError>,
    /// What could not be asked, so that less is shown.
    pub hiding: Vec<HttpError>,
    /// Whether a limit of ours left something unread.
    pub cut: bool,
    /// How much stands above the pages that was not looked at, past our limit.
    pub not_looked_at: usize,
}

/// What may be told of a page.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// Where people see it.
    pub url: String,
    /// Whether it is there.
    pub presence: Presence,
    /// What may be shown of it.
    pub face: Face,
    /// Who may view it.
    pub access: Access,
    /// Whose it is; nobody's when it is hidden.
    pub owner: Option<AccountId>,
    /// Its labels; none when it is hidden.
    pub labels: BTreeSet<String>,
}

/// Whether a page is there for the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It was read.
    There,
    /// It is gone, or not for this account: Confluence does not tell which.
    Missing,
    /// It could not be asked for.
    NotRead,
}

/// Who may view a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever sees the space.
    Open,
    /// Some people only.
    Restricted,
    /// Some people only, by a restriction on something above it.
    RestrictedAbove,
    /// Not everything that decides it could be read.
    Unknown,
    /// That is not for the readers of the repository.
    NotShown,
}

/// Reads what the mentions lead to and what is known of those pages, and of the ledger's.
pub fn survey(
    confluence: &Confluence,
    mentions: &[Mention],
    ledger: &Ledger,
    site: &Site,
    keys: &KeyRule,
    policy: &Policy,
) -> Survey {
    let mut facts = facts::gather(confluence, mentions, ledger, MOST);
    let decided = matching::decide(mentions, ledger, &facts, keys);
    let named: BTreeSet<PageName> = named(&decided.fates).chain(remembered(ledger, &facts)).collect();
    read_what_search_does_not_tell(confluence, &mut facts, &named);
    let shown = named.iter().filter(|page| facts.contents.get(&page.id).is_some_and(|it| may_be_shown(it, policy)));
    let shown: Vec<ContentId> = shown.map(|page| page.id).collect();
    let not_looked_at = above::look(confluence, &mut facts, &shown, MOST);
    Survey {
        boards: boards(mentions, &decided.fates, site),
        fates: decided.fates,
        pages: named.into_iter().map(|page| (page, surveyed(page, &facts, site, policy))).collect(),
        cut: facts.cut,
        failures: facts.failures,
        hiding: facts.hiding,
        not_looked_at,
    }
}

/// Asks for the pages themselves that search alone told of: it lags, and does not know whose they are.
fn read_what_search_does_not_tell(confluence: &Confluence, facts: &mut Facts, named: &BTreeSet<PageName>) {
    let reads = [PageKind::Page, PageKind::BlogPost].into_iter().filter_map(|kind| {
        let untold = |page: &&PageName| {
            let known = facts.contents.get(&page.id);
            page.kind == kind && known.is_some_and(|content| content.owner.is_none())
        };
        let ids: Vec<ContentId> = named.iter().filter(untold).map(|page| page.id).collect();
        (!ids.is_empty()).then_some(Read::Contents(kind, ids))
    });
    let reads: Vec<Read> = reads.collect();
    if !reads.is_empty() {
        facts::read(confluence, reads, facts);
        // One that has moved meanwhile is below something else than search said.
        let untold = facts::untold(facts);
        facts::read(confluence, untold, facts);
    }
}

fn boards(mentions: &[Mention], fates: &[Fate], site: &Site) -> BTreeMap<Subject, String> {
    let mut boards = BTreeMap::new();
    for (mention, fate) in mentions.iter().zip(fates) {
        let Fate::Linked(subjects) = fate else { continue };
        for subject in subjects {
            if let Subject::Board(kind, id) = subject {
                boards.insert(subject.clone(), super::board_url(site, Some(mention), *kind, id));
            }
        }
    }
    boards
}

fn named(fates: &[Fate]) -> impl Iterator<Item = PageName> {
    let subjects = fates.iter().flat_map(|fate| match fate {
        Fate::Linked(subjects) => subjects.as_slice(),
        Fate::NoPage | Fate::Ambiguous(_) | Fate::NotVisible | Fate::LeftOut | Fate::NotRead => &[],
    });
    subjects.filter_map(|subject| match subject {
        Subject::Page(page) => Some(*page),
        Subject::Board(..) => None,
    })
}

/// The ledger's pages, but for names of the other kind: ids are unique, whatever they name.
fn remembered(ledger: &Ledger, facts: &Facts) -> impl Iterator<Item = PageName> {
    let is_one = |page: &PageName| facts.contents.get(&page.id).is_none_or(|content| content.name == *page);
    ledger.pages.iter().copied().filter(is_one)
}

fn surveyed(page: PageName, facts: &Facts, site: &Site, policy: &Policy) -> Surveyed {
    let url = site.page_url(page.id);
    let hidden = Surveyed {
        url,
        presence: Presence::Missing,
        face: Face::Hidden,
        access: Access::Unknown,
        owner: None,
        labels: BTreeSet::new(),
    };
    let Some(content) = facts.contents.get(&page.id) else {
        let in_vain = facts.unread.contains(&page.id) || facts.left_out.contains(&page.id);
        return Surveyed { presence: if in_vain { Presence::NotRead } else { Presence::Missing }, ..hidden };
    };
    let access = access(content, facts, policy);
    match face(content, above::inherited(facts, content), policy) {
        Face::Hidden => Surveyed { presence: Presence::There, access, ..hidden },
        shown @ Face::Shown { .. } => Surveyed {
            presence: Presence::There,
            face: shown,
            access,
            owner: content.owner.clone(),
            labels: content.labels.clone().unwrap_or_default(),
            ..hidden
        },
    }
}

fn access(content: &Content, facts: &Facts, policy: &Policy) -> Access {
    if !is_for_readers(content, policy) {
        return Access::NotShown;
    }
    match (content.restriction, above::inherited(facts, content)) {
        (Some(Restriction::Restricted), _) => Access::Restricted,
        (_, Restriction::Restricted) if above::is_below_a_restriction(facts, content) => Access::RestrictedAbove,
        (Some(Restriction::Open), Restriction::Open) => Access::Open,
        (None, _) | (Some(Restriction::Open), Restriction::Restricted) => Access::Unknown,
    }
}
