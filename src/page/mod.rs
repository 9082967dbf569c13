//! Mentions → pages, or why not.
//!
//! Reading comes first (`facts`), then deciding (`matching`, pure). What is decided never rests on search alone:
//! search lags and does not see archived pages, so pages of the ledger are read by id.

mod above;
mod facts;
mod matching;
mod policy;
mod survey;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::confluence::{Confluence, ContentStatus};
use crate::http::HttpError;
use crate::ids::{ContentId, Key, PageName, Site, SpaceId, TaskId};
use crate::mention::{ContentKind, KeyRule, Mention, Origins, Target, short_link};
use crate::surface::ledger::Ledger;

use facts::Facts;
pub use policy::{Face, InSpaces, Policy, ReadOnly, RepositoryVisibility, Spaces, Standing, Titles};
use policy::{face, in_spaces, may_be_shown, standing};
pub use survey::{Access, Presence, Survey, Surveyed, survey};
pub use words::{kind_word, subject_word, target_word};

/// The most pages one pull request is linked to.
pub const MAX_PAGES: usize = 50;

/// A pull request that names more pages than this is written on its own side only.
pub const MAX_WRITTEN_PAGES: usize = 20;

/// A page or board that the pull request names, as far as its readers may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// What it is.
    pub subject: Subject,
    /// Where it is.
    pub url: String,
    /// What may be shown of it.
    pub face: Face,
    /// Whether it may be written.
    pub standing: Standing,
    /// What was read of it for ourselves: its readers may not be told.
    pub own: Own,
    /// How and where it was named, in order of appearance.
    pub mentions: Vec<PageMention>,
    /// Its tasks that were named.
    pub tasks: BTreeSet<TaskId>,
}

/// What decides about a page, whatever may be shown of it. Everything is `None` of what was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its status.
    pub status: Option<ContentStatus>,
    /// Its space.
    pub space: Option<SpaceId>,
    /// Whether that space is among `SPACES`.
    pub in_spaces: InSpaces,
}

/// What a mention led to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A page or blog post.
    Page(PageName),
    /// A whiteboard, database, slide, folder or embed, by its kind and id.
    Board(ContentKind, String),
}

/// How a page was named, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageMention {
    /// The key, if it was one.
    pub key: Option<Key>,
    /// Where.
    pub origins: Origins,
}

impl Kept {
    /// The reason as one word of the receipt.
    pub fn word(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Unreachable => "unreachable",
            Self::NotRead => "not-read",
            Self::KeyStillNamed => "key-still-named",
            Self::Frozen => "frozen",
            Self::NotWritten => "not-written",
        }
    }
}

impl Resolution {
    /// Whether a page that was read may not be shown. What stands there of an earlier run may show it.
    pub fn hides_a_page(&self) -> bool {
        let kept = self.kept.values().filter(|kept| !matches!(kept.why, Kept::NotRead | Kept::Unreachable));
        let all = self.linked.iter().chain(kept.map(|kept| &kept.linked));
        all.filter(|linked| matches!(linked.subject, Subject::Page(_))).any(|linked| linked.face == Face::Hidden)
    }

    /// Notes why no comment is written on a page.
    pub fn hold_back(&mut self, page: PageName, why: ReadOnly) {
        for linked in self.linked.iter_mut().filter(|linked| linked.subject == Subject::Page(page)) {
            linked.standing = Standing::ReadOnly(why);
        }
    }
}

/// What became of a mention.
#[derive(Debug)]
pub enum Fate {
    /// It led to these.
    Linked(Vec<Subject>),
    /// A key without a page: most often another tool's key.
    NoPage,
    /// A key that several titles hold; none is linked.
    Ambiguous(Vec<PageName>),
    /// A page that does not exist, or that the account cannot see: Confluence does not tell which.
    NotVisible,
    /// Past our limit.
    LeftOut,
    /// Asked, and not answered.
    NotRead,
}

/// Why a page of the ledger stays although no mention leads to it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Not everything could be read.
    Incomplete,
    /// The page cannot be read.
    Unreachable,
    /// Reading it failed in this run.
    NotRead,
    /// The key that led to it is still named and now leads nowhere: the page was renamed or moved.
    KeyStillNamed,
    /// The pull request is merged, and its pages are frozen.
    Frozen,
    /// Nothing names it, and the page takes no changes: it opted out, or is archived or in the trash.
    NotWritten,
}

/// What the mentions of a pull request lead to.
#[derive(Debug, Default)]
pub struct Resolution {
    /// In order of first appearance.
    pub linked: Vec<Linked>,
    /// What became of each mention, in the order of the mentions.
    pub fates: Vec<Fate>,
    /// Pages of the ledger that nothing names now and that stay.
    pub kept: BTreeMap<PageName, KeptPage>,
    /// Pages of the ledger that nothing names now.
    pub leaving: BTreeSet<PageName>,
    /// What could not be asked.
    pub failures: Vec<HttpError>,
    /// What could not be asked, so that less is shown.
    pub hiding: Vec<HttpError>,
    /// Whether a limit of ours left something unread.
    pub cut: bool,
    /// How many pages are past our limit.
    pub left_out: usize,
    /// How much stands above the pages that was not looked at, past our limit.
    pub not_looked_at: usize,
    /// Keys with more than five labelled pages.
    pub crowded: Vec<Key>,
    /// Keys of a configured prefix that led to no page.
    pub without_page: Vec<Key>,
}

/// A page of the ledger that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPage {
    /// Why.
    pub why: Kept,
    /// What may be shown of it, with the keys that led to it before.
    pub linked: Linked,
}

/// Whether a page of the ledger may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// Every text was read.
    Allowed,
    /// Something was not read.
    NotAllowed,
    /// The pull request is merged.
    Frozen,
}

/// What a resolution rests on.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What the pull request names.
    pub mentions: &'a [Mention],
    /// What earlier runs remembered.
    pub ledger: &'a Ledger,
    /// Whether pages of the ledger may leave.
    pub leaving: Leaving,
    /// The site.
    pub site: &'a Site,
    /// Which keys count.
    pub keys: &'a KeyRule,
    /// What may be written and shown.
    pub policy: &'a Policy,
}

/// What Confluence answered, before and after it was asked for what stands above the pages.
#[derive(Debug)]
pub struct Answered<'a> {
    question: Question<'a>,
    facts: Facts,
    not_looked_at: usize,
}

/// Asks for the pages that mentions and ledger name.
pub fn ask<'a>(confluence: &Confluence, question: Question<'a>) -> Answered<'a> {
    let facts = facts::gather(confluence, question.mentions, question.ledger, facts::MAX_MISSING);
    Answered { question, facts, not_looked_at: 0 }
}

impl Answered<'_> {
    /// Asks for the restrictions above the pages, which hide what they would show, and decide nothing else.
    pub fn ask_above(&mut self, confluence: &Confluence) {
        let Question { mentions, ledger, keys, policy, .. } = self.question;
        let decided = matching::decide(mentions, ledger, &self.facts, keys);
        let pages = to_be_shown(&decided.fates, ledger, &self.facts, policy);
        self.not_looked_at = above::look(confluence, &mut self.facts, &pages, above::MAX_ABOVE);
    }

    /// The pages that mentions lead to, and what becomes of the ledger's pages.
    pub fn resolution(self) -> Resolution {
        let resolution = self.so_far();
        Resolution { failures: self.facts.failures, hiding: self.facts.hiding, ..resolution }
    }

    /// The same without what failed, and with every page hidden that something stands above and was not asked for yet.
    pub fn so_far(&self) -> Resolution {
        let Self { question, facts, not_looked_at } = self;
        decide(*question, facts, *not_looked_at)
    }
}

/// Finds the pages that mentions lead to, and what becomes of the ledger's pages, with nothing beside.
pub fn resolve(confluence: &Confluence, question: Question<'_>) -> Resolution {
    let mut answered = ask(confluence, question);
    answered.ask_above(confluence);
    answered.resolution()
}

fn decide(question: Question<'_>, facts: &Facts, not_looked_at: usize) -> Resolution {
    let Question { mentions, ledger, leaving, site, keys, policy } = question;
    let decided = matching::decide(mentions, ledger, facts, keys);
    // Past a cap nothing is unlinked: five labelled pages are one, too.
    let complete = facts.is_complete() && decided.crowded.is_empty();
    let mut resolution = Resolution { crowded: decided.crowded, not_looked_at, ..Resolution::default() };
    let mut places: BTreeMap<Subject, usize> = BTreeMap::new();
    for (mention, mut fate) in mentions.iter().zip(decided.fates) {
        if let Fate::Linked(subjects) = &mut fate {
            subjects.retain(|subject| match places.get(subject) {
                Some(_) => true,
                None if places.len() == MAX_PAGES => {
                    resolution.left_out += 1;
                    false
                }
                None => {
                    places.insert(subject.clone(), resolution.linked.len());
                    resolution.linked.push(linked(subject, Some(mention), facts, site, policy));
                    true
                }
            });
            for subject in subjects.iter() {
                if let Some(linked) = places.get(subject).and_then(|place| resolution.linked.get_mut(*place)) {
                    linked.mentions.push(PageMention { key: key_of(mention), origins: mention.origins.clone() });
                    linked.tasks.extend(mention.tasks.keys().cloned());
                }
            }
            if subjects.is_empty() {
                fate = Fate::LeftOut;
            }
        }
        resolution.fates.push(fate);
    }
    if resolution.linked.len() > MAX_WRITTEN_PAGES {
        for linked in &mut resolution.linked {
            linked.standing = Standing::ReadOnly(ReadOnly::TooManyPages);
        }
    }
    let leaving = if complete && resolution.left_out == 0 { leaving } else { Leaving::NotAllowed };
    for page in &ledger.pages {
        // A name of the other kind is nobody's: ids are unique, whatever they name.
        let of_other_kind = facts.contents.get(&page.id).is_some_and(|content| content.name != *page);
        if places.contains_key(&Subject::Page(*page)) || of_other_kind {
            continue;
        }
        let mut linked = linked(&Subject::Page(*page), None, facts, site, policy);
        let why = matching::leaves(*page, mentions, &resolution.fates, ledger, facts, leaving);
        let takes_no_changes = matches!(linked.standing, Standing::ReadOnly(why) if why.keeps_its_rows());
        match why.or(takes_no_changes.then_some(Kept::NotWritten)) {
            None => drop(resolution.leaving.insert(*page)),
            Some(why) => {
                let keys = ledger.keys.get(&page.id).into_iter().flatten();
                linked
                    .mentions
                    .extend(keys.map(|key| PageMention { key: Some(key.clone()), origins: Origins::default() }));
                resolution.kept.insert(*page, KeptPage { why, linked });
            }
        }
    }
    if matches!(keys, KeyRule::Configured(_)) {
        let named = mentions.iter().zip(&resolution.fates).filter(|(_, fate)| matches!(fate, Fate::NoPage));
        resolution.without_page = named.filter_map(|(mention, _)| key_of(mention)).collect();
    }
    resolution.cut = facts.cut;
    resolution
}

/// The pages of which more than a link may be shown, as far as they themselves tell.
fn to_be_shown(fates: &[Fate], ledger: &Ledger, facts: &Facts, policy: &Policy) -> Vec<ContentId> {
    let mut ids: Vec<ContentId> = Vec::new();
    let named = fates.iter().flat_map(|fate| match fate {
        Fate::Linked(subjects) => subjects.as_slice(),
        Fate::NoPage | Fate::Ambiguous(_) | Fate::NotVisible | Fate::LeftOut | Fate::NotRead => &[],
    });
    let named = named.filter_map(|subject| match subject {
        Subject::Page(page) => Some(page.id),
        Subject::Board(..) => None,
    });
    for id in named {
        if ids.len() < MAX_PAGES && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids.extend(ledger.pages.iter().map(|page| page.id));
    ids.retain(|id| facts.contents.get(id).is_some_and(|content| may_be_shown(content, policy)));
    ids
}

/// The key of a mention, if it is one.
pub fn key_of(mention: &Mention) -> Option<Key> {
    match &mention.target {
        Target::Key { key, .. } => Some(key.clone()),
        Target::Content { .. } | Target::Titled { .. } | Target::SpaceHome { .. } | Target::Board { .. } => None,
    }
}

fn linked(subject: &Subject, mention: Option<&Mention>, facts: &Facts, site: &Site, policy: &Policy) -> Linked {
    let content = match subject {
        Subject::Board(..) => None,
        Subject::Page(name) => facts.contents.get(&name.id),
    };
    let (url, face, standing) = match subject {
        Subject::Board(kind, id) => {
            (board_url(site, mention, *kind, id), Face::Hidden, Standing::ReadOnly(ReadOnly::Board))
        }
        Subject::Page(name) => match content {
            Some(content) => {
                let face = face(content, above::inherited(facts, content), policy);
                let standing = standing(content, &face, policy);
                (site.page_url(name.id), face, standing)
            }
            None => (site.page_url(name.id), Face::Hidden, Standing::ReadOnly(ReadOnly::Unread)),
        },
    };
    let own = Own {
        status: content.map(|content| content.status),
        space: content.and_then(|content| content.space.id),
        in_spaces: in_spaces(content, policy),
    };
    Linked { subject: subject.clone(), url, face, standing, own, mentions: Vec::new(), tasks: BTreeSet::new() }
}

/// A board's URL holds its space's key, which a short link (by number only) does not need.
fn board_url(site: &Site, mention: Option<&Mention>, kind: ContentKind, id: &str) -> String {
    if let Some(id) = ContentId::parse(id) {
        return format!("{}/wiki/x/{}", site.url, short_link::encode(id));
    }
    let space = match mention.map(|mention| &mention.target) {
        Some(Target::Board { space, .. }) => space.as_str(),
        _ => "",
    };
    format!("{}/wiki/spaces/{space}/{}/{id}", site.url, kind_word(kind))
}
