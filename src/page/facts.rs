//! What does Confluence know of the pages in question? Reads only, as many at once as the service takes.

use std::collections::{BTreeMap, BTreeSet};

use crate::confluence::{
    Confluence, Content, ContentStatus, Person, Restriction, SpaceName, Term, queries, queries_of_ids,
};
use crate::http::{self, HttpError};
use crate::ids::{AccountId, ContentId, PageKind, PageName, SpaceId, SpaceKey};
use crate::mention::{ContentKind, Mention, Target};
use crate::refusal::Refusal;
use crate::surface::ledger::Ledger;

/// The most pages that the bulk answers of one pull request do not hold and that are asked for one by one.
pub(super) const MAX_MISSING: usize = 50;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Pages and blog posts by id.
    pub(super) contents: BTreeMap<ContentId, Content>,
    /// Ids that turned out to be boards.
    pub(super) boards: BTreeMap<ContentId, ContentKind>,
    /// Ids that turned out to be blog posts.
    blog_posts: BTreeSet<ContentId>,
    /// Ids whose reading failed.
    pub(super) unread: BTreeSet<ContentId>,
    /// Whether viewing is restricted on what stands above the pages, as far as it was asked for.
    pub(super) above: BTreeMap<ContentId, Restriction>,
    /// Home pages of spaces.
    pub(super) homes: BTreeMap<SpaceKey, ContentId>,
    /// Whether the home pages were answered for.
    pub(super) homes_asked: bool,
    /// Ids that were not asked for one by one, because too many are missing.
    pub(super) left_out: BTreeSet<ContentId>,
    /// Whether search had more hits than were read, or something else was left out.
    pub(super) cut: bool,
    /// Requests that failed.
    pub(super) failures: Vec<HttpError>,
    /// Requests that failed and without which less is shown.
    pub(super) hiding: Vec<HttpError>,
}

impl Facts {
    /// Whether a page that is not here was looked for without fail.
    pub(super) fn is_complete(&self) -> bool {
        self.failures.is_empty() && !self.cut
    }

    /// Whether everything that decides what is shown of the pages is known.
    fn is_told(&self) -> bool {
        let told = |content: &Content| {
            let of_page = content.labels.is_some() && content.restriction.is_some();
            of_page && content.ancestors.is_some() && content.space.key.is_some()
        };
        self.contents.values().all(told)
    }
}

/// One read, independent of its neighbours.
pub(super) enum Read {
    /// Candidates for keys and titles.
    Search(String),
    /// What v2 does not tell of pages known by id.
    Index(String),
    Contents(PageKind, Vec<ContentId>),
    Homes(Vec<SpaceKey>),
    Single(PageName),
    Types(Vec<ContentId>),
    Labels(PageName),
    Restriction(PageName),
    Ancestors(PageName),
    /// The restriction of what stands above a page.
    Above(ContentId),
    SpaceKeys(Vec<SpaceId>),
    /// Whose pages they are.
    People(Vec<AccountId>),
}

/// What a read gave.
enum Gave {
    Contents { contents: Vec<Content>, cut: bool },
    Homes(BTreeMap<SpaceKey, ContentId>),
    Types(BTreeMap<ContentId, String>),
    Labels(PageName, BTreeSet<String>),
    Restriction(PageName, Restriction),
    Ancestors(PageName, Option<Vec<ContentId>>),
    Above(ContentId, Restriction),
    SpaceKeys(BTreeMap<SpaceId, SpaceKey>),
    People(Vec<AccountId>, BTreeMap<AccountId, Person>),
}

/// Reads what is known of the pages that mentions and ledger name: first in bulk, then what the bulk did not tell, of
/// at most so many missing pages.
pub(super) fn gather(confluence: &Confluence, mentions: &[Mention], ledger: &Ledger, most_missing: usize) -> Facts {
    let mut facts = Facts::default();
    let asked = Asked::of(mentions, ledger);
    let mut reads: Vec<Read> = queries(&asked.terms).into_iter().map(Read::Search).collect();
    reads.extend(asked.reads_by_id());
    if !asked.spaces.is_empty() {
        reads.push(Read::Homes(asked.spaces.iter().cloned().collect()));
    }
    read(confluence, reads, &mut facts);

    let mut missing = asked.missing(&facts);
    // Each costs a request; the names of so many pages that are not there are noise.
    facts.left_out = missing.iter().skip(most_missing).map(|name| name.id).collect();
    facts.cut |= !facts.left_out.is_empty();
    missing.truncate(most_missing);
    let homes: Vec<ContentId> = facts.homes.values().filter(|id| !facts.contents.contains_key(id)).copied().collect();
    let mut second: Vec<Read> = missing.iter().map(|name| Read::Single(*name)).collect();
    second.extend(queries_of_ids(&asked.waiting(&facts)).into_iter().map(Read::Index));
    if !missing.is_empty() {
        let ids: Vec<ContentId> = missing.iter().map(|name| name.id).collect();
        second.extend(ids.chunks(100).map(|chunk| Read::Types(chunk.to_vec())));
    }
    if !homes.is_empty() {
        second.push(Read::Contents(PageKind::Page, homes.clone()));
        second.extend(queries_of_ids(&homes).into_iter().map(Read::Index));
    }
    read(confluence, second, &mut facts);
    // A URL can show a blog post as a page. Search tells, unless it fails.
    let posts: Vec<ContentId> =
        facts.blog_posts.iter().filter(|id| !facts.contents.contains_key(id)).copied().collect();
    if !posts.is_empty() {
        read(confluence, vec![Read::Contents(PageKind::BlogPost, posts)], &mut facts);
    }

    let third = untold(&facts);
    read(confluence, third, &mut facts);
    // What one answer left out another one told.
    if facts.is_told() {
        facts.hiding.clear();
    }
    facts
}

/// What is asked for.
#[derive(Default)]
struct Asked {
    terms: BTreeSet<(SpaceKey, Term)>,
    pages: BTreeSet<ContentId>,
    blog_posts: BTreeSet<ContentId>,
    spaces: BTreeSet<SpaceKey>,
    /// Ids that only the ledger names. As a rule their keys are still there and the search for those tells of them, so
    /// that search is not asked for the ids too until it has answered.
    remembered: BTreeSet<ContentId>,
}

impl Asked {
    fn of(mentions: &[Mention], ledger: &Ledger) -> Self {
        let mut asked = Self::default();
        for mention in mentions {
            match &mention.target {
                Target::Key { key, space } => drop(asked.terms.insert((space.clone(), Term::Key(key.clone())))),
                Target::Titled { space, title } => {
                    asked.terms.insert((space.clone(), Term::Title(title.clone())));
                }
                Target::SpaceHome { space } => drop(asked.spaces.insert(space.clone())),
                Target::Board { .. } => {}
                Target::Content { id, kind } => {
                    if *kind != Some(ContentKind::BlogPost) {
                        asked.pages.insert(*id);
                    }
                    if *kind != Some(ContentKind::Page) {
                        asked.blog_posts.insert(*id);
                    }
                }
            }
        }
        let named: BTreeSet<ContentId> = asked.pages.union(&asked.blog_posts).copied().collect();
        if !asked.terms.is_empty() {
            asked.remembered = ledger.pages.iter().map(|name| name.id).filter(|id| !named.contains(id)).collect();
        }
        for name in &ledger.pages {
            match name.kind {
                PageKind::Page => asked.pages.insert(name.id),
                PageKind::BlogPost => asked.blog_posts.insert(name.id),
            };
        }
        asked
    }

    fn reads_by_id(&self) -> Vec<Read> {
        let both = self.pages.union(&self.blog_posts).filter(|id| !self.remembered.contains(id));
        let both: Vec<ContentId> = both.copied().collect();
        let mut reads: Vec<Read> = queries_of_ids(&both).into_iter().map(Read::Index).collect();
        for (kind, ids) in [(PageKind::Page, &self.pages), (PageKind::BlogPost, &self.blog_posts)] {
            if !ids.is_empty() {
                reads.push(Read::Contents(kind, ids.iter().copied().collect()));
            }
        }
        reads
    }

    /// Ids that search is asked for after all. It never tells of archived pages.
    fn waiting(&self, facts: &Facts) -> Vec<ContentId> {
        let untold = |content: &&Content| content.labels.is_none() && content.status == ContentStatus::Current;
        let known = self.remembered.iter().filter_map(|id| facts.contents.get(id));
        known.filter(untold).map(|content| content.name.id).collect()
    }

    /// Ids that the bulk answers do not hold: drafts, boards, or nothing the account can see.
    fn missing(&self, facts: &Facts) -> Vec<PageName> {
        let unseen = |id: &&ContentId| !facts.contents.contains_key(id) && !facts.unread.contains(id);
        let pages = self.pages.iter().filter(unseen).map(|id| PageName { id: *id, kind: PageKind::Page });
        let posts = self.blog_posts.iter().filter(unseen).filter(|id| !self.pages.contains(id));
        pages.chain(posts.map(|id| PageName { id: *id, kind: PageKind::BlogPost })).collect()
    }
}

/// What the answers so far left out: v2 does not tell labels, restrictions or the space's key, and search may lag.
pub(super) fn untold(facts: &Facts) -> Vec<Read> {
    let mut reads = Vec::new();
    let mut spaces = BTreeSet::new();
    let mut owners = BTreeSet::new();
    for content in facts.contents.values() {
        if let Some(owner) = &content.owner
            && content.owned_by.as_ref().is_none_or(|person| person.account != *owner)
        {
            owners.insert(owner.clone());
        }
        if content.labels.is_none() {
            reads.push(Read::Labels(content.name));
        }
        if content.restriction.is_none() {
            reads.push(Read::Restriction(content.name));
        }
        if content.ancestors.is_none() {
            reads.push(Read::Ancestors(content.name));
        }
        if content.space.key.is_none() {
            spaces.extend(content.space.id);
        }
    }
    if !spaces.is_empty() {
        reads.push(Read::SpaceKeys(spaces.into_iter().collect()));
    }
    let owners: Vec<AccountId> = owners.into_iter().collect();
    reads.extend(owners.chunks(Confluence::MAX_ACCOUNTS).map(|chunk| Read::People(chunk.to_vec())));
    reads
}

pub(super) fn read(confluence: &Confluence, reads: Vec<Read>, facts: &mut Facts) {
    for (asked, given) in reads.iter().zip(http::map(&reads, |read| ask(confluence, read))) {
        match given {
            Ok(gave) => take(gave, facts),
            Err(error) => forgive(asked, error, facts),
        }
    }
}

fn ask(confluence: &Confluence, read: &Read) -> Result<Gave, HttpError> {
    Ok(match read {
        Read::Search(cql) | Read::Index(cql) => {
            let searched = confluence.search(cql)?;
            Gave::Contents { contents: searched.contents, cut: searched.cut }
        }
        Read::Contents(kind, ids) => Gave::Contents { contents: confluence.contents(*kind, ids)?, cut: false },
        Read::Homes(spaces) => Gave::Homes(confluence.home_pages(spaces)?),
        Read::Single(name) => Gave::Contents { contents: confluence.content(*name)?.into_iter().collect(), cut: false },
        Read::Types(ids) => Gave::Types(confluence.types(ids)?),
        Read::Labels(name) => Gave::Labels(*name, confluence.labels(*name)?),
        Read::Restriction(name) => Gave::Restriction(*name, confluence.restriction(name.id)?),
        Read::Ancestors(name) => Gave::Ancestors(*name, confluence.ancestors(name.id)?),
        Read::Above(id) => Gave::Above(*id, confluence.restriction(*id)?),
        Read::SpaceKeys(ids) => Gave::SpaceKeys(confluence.space_keys(ids)?),
        Read::People(ids) => Gave::People(ids.clone(), confluence.people(ids)?),
    })
}

fn take(gave: Gave, facts: &mut Facts) {
    match gave {
        Gave::Contents { contents, cut } => {
            facts.cut |= cut;
            for content in contents {
                facts.contents.entry(content.name.id).and_modify(|known| complete(known, &content)).or_insert(content);
            }
        }
        Gave::Homes(homes) => {
            facts.homes = homes;
            facts.homes_asked = true;
        }
        Gave::Types(types) => {
            let boards = types.iter().filter_map(|(id, kind)| Some((*id, board_kind(kind)?)));
            facts.boards.extend(boards);
            facts.blog_posts.extend(types.iter().filter(|(_, kind)| *kind == "blogpost").map(|(id, _)| *id));
        }
        Gave::Labels(name, labels) => {
            if let Some(content) = facts.contents.get_mut(&name.id) {
                content.labels = Some(labels);
            }
        }
        Gave::Restriction(name, restriction) => {
            if let Some(content) = facts.contents.get_mut(&name.id) {
                content.restriction = Some(restriction);
            }
        }
        Gave::Ancestors(name, ancestors) => {
            if let Some(content) = facts.contents.get_mut(&name.id) {
                content.ancestors = ancestors;
            }
        }
        Gave::People(asked, people) => {
            for content in facts.contents.values_mut() {
                let Some(owner) = content.owner.as_ref().filter(|owner| asked.contains(owner)) else { continue };
                let nameless = || Person { account: owner.clone(), name: None };
                content.owned_by = Some(people.get(owner).cloned().unwrap_or_else(nameless));
            }
        }
        Gave::Above(id, restriction) => drop(facts.above.insert(id, restriction)),
        Gave::SpaceKeys(keys) => {
            for content in facts.contents.values_mut().filter(|content| content.space.key.is_none()) {
                content.space.key = content.space.id.and_then(|id| keys.get(&id).cloned());
            }
        }
    }
}

/// Joins two answers about one page. The v2 answer (the one without labels) is of this moment, search may lag.
fn complete(known: &mut Content, other: &Content) {
    let (fresh, indexed) = if known.labels.is_none() { (&*known, other) } else { (other, &*known) };
    let moved = matches!((fresh.space.id, indexed.space.id), (Some(now), Some(then)) if now != then);
    let key = fresh.space.key.clone().or_else(|| indexed.space.key.clone().filter(|_| !moved));
    let still_there = |ancestors: &Vec<ContentId>| fresh.parent.is_none_or(|parent| ancestors.contains(&parent));
    let ancestors = fresh.ancestors.clone().or_else(|| indexed.ancestors.clone().filter(still_there));
    *known = Content {
        name: fresh.name,
        title: fresh.title.clone(),
        status: fresh.status,
        space: SpaceName { id: fresh.space.id.or(indexed.space.id), key },
        changed: fresh.changed.clone().or_else(|| indexed.changed.clone()),
        labels: fresh.labels.clone().or_else(|| indexed.labels.clone()),
        restriction: fresh.restriction.or(indexed.restriction),
        parent: fresh.parent.or(indexed.parent),
        owner: fresh.owner.clone().or_else(|| indexed.owner.clone()),
        owned_by: indexed.owned_by.clone().or_else(|| fresh.owned_by.clone()),
        ancestors,
    };
}

/// What a failed read means: some of them only hide something, the others make the observation incomplete. A credential
/// that does not reach so far is never forgiven: somebody has to hear of it.
fn forgive(asked: &Read, error: HttpError, facts: &mut Facts) {
    let credential = Refusal::of(&error).is_some_and(|refusal| refusal.is_of_the_credential());
    let harmless = !credential && !error.is_out_of_budget();
    match asked {
        // A name adorns: without it none is shown.
        Read::People(_) => {}
        // Without its space a page cannot be a key's, which is no reason to unlink it.
        Read::SpaceKeys(_) if harmless => {
            facts.cut = true;
            facts.hiding.push(error);
        }
        Read::Index(_) | Read::Restriction(_) | Read::Ancestors(_) | Read::Above(_) if harmless => {
            facts.hiding.push(error)
        }
        Read::Single(name) => {
            facts.unread.insert(name.id);
            facts.failures.push(error);
        }
        // A board is no page, so whoever does not know what it is must not say that it is gone.
        Read::Contents(_, ids) | Read::Types(ids) => {
            facts.unread.extend(ids.iter().copied());
            facts.failures.push(error);
        }
        Read::Search(_)
        | Read::Index(_)
        | Read::Homes(_)
        | Read::Labels(_)
        | Read::Restriction(_)
        | Read::Ancestors(_)
        | Read::Above(_)
        | Read::SpaceKeys(_) => {
            facts.failures.push(error);
        }
    }
}

/// The kind of board a type name of the API means; `None` for pages, blog posts and whatever else.
fn board_kind(name: &str) -> Option<ContentKind> {
    match name {
        "whiteboard" => Some(ContentKind::Whiteboard),
        "database" => Some(ContentKind::Database),
        "folder" => Some(ContentKind::Folder),
        "embed" => Some(ContentKind::Embed),
        _ => None,
    }
}
