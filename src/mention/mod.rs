//! Which pages and tasks do the texts of a pull request name?
//!
//! Pure: texts in, mentions out, in time linear in their length whatever they hold.

mod form;
mod glance;
mod ignored;
mod key;
mod naming;
pub mod short_link;
mod task;
#[cfg(test)]
mod tests;
mod token;
mod url;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memchr_iter;
use regex::Regex;

use self::ignored::{Markup, Regions, ignored};
use crate::ids::{CloudId, ContentId, Host, Key, KeyPrefix, SpaceKey, TaskId};

pub use naming::{Naming, Source, Sources};

/// Where a text comes from. The order is the order in which mentions are listed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// The source branch's name.
    Branch,
    /// The pull request's title.
    Title,
    /// The pull request's description.
    Description,
    /// The message of the commit at this position of the caller's list.
    Commit(usize),
}

/// A text to read.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Where it comes from.
    pub origin: Origin,
    /// The text itself.
    pub body: &'a str,
}

/// What counts as a mention here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grammar {
    /// The site and its aliases.
    pub site_hosts: BTreeSet<Host>,
    /// The gateway's name for the same site, when known.
    pub gateway: Option<Gateway>,
    /// Which keys count.
    pub keys: KeyRule,
}

/// `https://HOST/ex/confluence/CLOUD_ID/wiki/…`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gateway {
    /// The gateway's host.
    pub host: Host,
    /// The site.
    pub cloud_id: CloudId,
}

/// Which keys count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyRule {
    /// None: URLs and short links only.
    None,
    /// Every key, of the space with its prefix as key; none in descriptions.
    Any,
    /// Those of these prefixes, each with its space.
    Configured(BTreeMap<KeyPrefix, SpaceKey>),
}

/// What a mention names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Target {
    /// Content by its id.
    Content {
        /// The id, which alone makes the identity.
        id: ContentId,
        /// What the URL says it is; a short link says nothing.
        kind: Option<ContentKind>,
    },
    /// A page by its space and title (`/display/KEY/Title`).
    Titled {
        /// The space's key.
        space: SpaceKey,
        /// The title, decoded.
        title: String,
    },
    /// A space's home page.
    SpaceHome {
        /// The space's key.
        space: SpaceKey,
    },
    /// Content that is shown and never written: whiteboard, database, slide, folder, embed.
    Board {
        /// Which of them.
        kind: ContentKind,
        /// The space's key.
        space: SpaceKey,
        /// A number or a UUID in lower case.
        id: String,
    },
    /// The page that a key stands for.
    Key {
        /// The key.
        key: Key,
        /// The space where its page would be.
        space: SpaceKey,
    },
}

/// What a URL says about the content it names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "these are Confluence's own names")]
pub enum ContentKind {
    Page,
    BlogPost,
    Whiteboard,
    Database,
    Slide,
    Folder,
    Embed,
}

/// What is said about a task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Closing {
    /// It is named.
    Mentioned,
    /// Merging the pull request closes it.
    Closes,
}

/// Where a mention was found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origins {
    /// In the branch's name.
    pub branch: bool,
    /// In the title.
    pub title: bool,
    /// In the description.
    pub description: bool,
    /// In these commits, by their positions in the caller's list.
    pub commits: BTreeSet<usize>,
}

impl Origins {
    fn add(&mut self, origin: Origin) {
        match origin {
            Origin::Branch => self.branch = true,
            Origin::Title => self.title = true,
            Origin::Description => self.description = true,
            Origin::Commit(position) => {
                self.commits.insert(position);
            }
        }
    }
}

/// A page or task that the texts name, once however often they do. A task's mention names its page too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mention {
    /// What is named.
    pub target: Target,
    /// How it was first written: the key in its normal form, or the URL as far as it identifies its target.
    pub written: String,
    /// The tasks named on the page.
    pub tasks: BTreeMap<TaskId, Closing>,
    /// Where.
    pub origins: Origins,
}

/// Everything that was found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// In the order of first appearance: branch, title, description, commits.
    pub mentions: Vec<Mention>,
    /// Where `[skip confluence]` stands for the whole pull request.
    pub skip: Option<Origin>,
    /// Commits whose message was too long to be read whole, by their positions.
    pub cut_commits: BTreeSet<usize>,
}

/// The most that is read of a commit message: what is longer was not written by a person.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024;

/// Finds the mentions of one pull request.
pub fn detect(texts: &[Text<'_>], grammar: &Grammar) -> Found {
    let mut texts = texts.to_vec();
    texts.sort_by_key(|text| text.origin);
    let reverts = texts.iter().any(|text| text.origin == Origin::Title && begins_revert(text.body));
    let mut found = Found::default();
    let mut positions = HashMap::new();
    for Text { origin, body } in texts {
        let mut body = body;
        if let Origin::Commit(position) = origin
            && let Some(head) = cut(body)
        {
            body = head;
            found.cut_commits.insert(position);
        }
        if !glance::is_worth_reading(body, origin, grammar) {
            continue;
        }
        let ignored = ignored(body, markup(origin));
        if says_skip(body, &ignored) {
            match origin {
                Origin::Branch => {}
                Origin::Title | Origin::Description => found.skip = found.skip.or(Some(origin)),
                Origin::Commit(_) => continue,
            }
        }
        let may_close = match origin {
            Origin::Branch => false,
            Origin::Title | Origin::Description => !reverts,
            Origin::Commit(_) => !begins_revert(body),
        };
        let mut occurrences = occurrences(body, origin, grammar, &ignored);
        if may_close && occurrences.iter().any(|occurrence| occurrence.task.is_some()) {
            mark_closing(body, &ignored, &mut occurrences);
        }
        for occurrence in occurrences {
            merge(&mut found.mentions, &mut positions, occurrence, origin);
        }
    }
    found
}

/// The keys that a page's title holds as whole tokens. Written in capitals if there are any such, else in any case:
/// `Phase-2 of ENG-12` holds one key, `eng-12 design` too.
pub fn keys_in_title(title: &str, rule: &KeyRule) -> BTreeSet<Key> {
    let keys = |title: &str| -> BTreeSet<Key> {
        key::find(title, Origin::Title, rule, |_| false).map(|found| found.key).collect()
    };
    let as_written = keys(title);
    if as_written.is_empty() { keys(&title.to_ascii_uppercase()) } else { as_written }
}

fn markup(origin: Origin) -> Markup {
    match origin {
        Origin::Branch => Markup::Plain,
        Origin::Title => Markup::Spans,
        Origin::Description => Markup::Document,
        Origin::Commit(_) => Markup::Message,
    }
}

/// The head of a message that is too long, up to a space, so that no mention is cut in two.
fn cut(body: &str) -> Option<&str> {
    if body.len() <= MAX_MESSAGE_BYTES {
        return None;
    }
    let end = body.as_bytes().get(..MAX_MESSAGE_BYTES)?.iter().rposition(u8::is_ascii_whitespace).unwrap_or(0);
    body.get(..end)
}

fn begins_revert(body: &str) -> bool {
    const WORD: &str = "revert";
    body.trim_start().get(..WORD.len()).is_some_and(|head| head.eq_ignore_ascii_case(WORD))
}

/// Whether `[skip confluence]` stands where the text is read.
fn says_skip(body: &str, ignored: &Regions) -> bool {
    static SKIP: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i-u)^\[skip[ _-]+confluence\]").ok());
    let bytes = body.as_bytes();
    let mut begins = memchr_iter(b'[', bytes).filter(|at| glance::begins_skip(bytes, *at));
    let says = |at: usize| SKIP.as_ref().zip(body.get(at..)).is_some_and(|(skip, rest)| skip.is_match(rest));
    begins.any(|at| says(at) && !ignored.hold(at))
}

/// One naming of a target in one text.
struct Occurrence {
    range: Range<usize>,
    target: Target,
    /// As far as it identifies its target; empty for a key.
    url: String,
    task: Option<(TaskId, Closing)>,
}

/// The occurrences in a text, in order.
fn occurrences(body: &str, origin: Origin, grammar: &Grammar, ignored: &Regions) -> Vec<Occurrence> {
    let mut occurrences = Vec::new();
    // Git allows no `:` in a branch's name, and an `@` there begins no mail address.
    let addresses = if origin == Origin::Branch { url::Addresses::default() } else { url::find(body, ignored) };
    for url::Found { range, url } in addresses.urls {
        if let Some(form::Named { target, written, task }) = form::read(&url, grammar) {
            let task = task.map(|task| (task, Closing::Mentioned));
            occurrences.push(Occurrence { range, target, url: written, task });
        }
    }
    let opaque = |position| ignored.hold(position) || addresses.opaque.hold(position);
    occurrences.extend(key::find(body, origin, &grammar.keys, opaque).map(|key::Found { range, key, space, task }| {
        let task = task.map(|task| (task, Closing::Mentioned));
        Occurrence { range, target: Target::Key { key, space }, url: String::new(), task }
    }));
    occurrences.sort_by_key(|occurrence| occurrence.range.start);
    occurrences
}

/// Marks the tasks that a closing word stands before, each one of a list.
fn mark_closing(body: &str, ignored: &Regions, occurrences: &mut [Occurrence]) {
    let mut list_end = None;
    for Occurrence { range, task, .. } in occurrences {
        let start = body.get(..range.start).map_or(range.start, task::item_start);
        // The text and the target of one link are one item of a list.
        let joins = |end: usize| start < end || body.get(end..start).is_some_and(task::joins);
        let listed = list_end.is_some_and(joins);
        let word = || body.get(..start).and_then(task::closing_word);
        let closes = listed || word().is_some_and(|at| !ignored.hold(at));
        if closes && let Some((_, closing)) = task {
            *closing = Closing::Closes;
        }
        list_end = closes.then_some(range.end);
    }
}

/// Adds an occurrence to the mention of the same target, or a new mention.
fn merge(mentions: &mut Vec<Mention>, positions: &mut HashMap<Target, usize>, occurrence: Occurrence, origin: Origin) {
    let Occurrence { range: _, target, url, task } = occurrence;
    let (identity, said) = identity(target);
    let position = match positions.entry(identity) {
        Entry::Occupied(entry) => *entry.get(),
        Entry::Vacant(entry) => {
            let target = entry.key().clone();
            let written = if let Target::Key { key, .. } = &target { key.as_str().to_owned() } else { url };
            let (tasks, origins) = (BTreeMap::new(), Origins::default());
            mentions.push(Mention { target, written, tasks, origins });
            *entry.insert(mentions.len() - 1)
        }
    };
    let Some(mention) = mentions.get_mut(position) else { return };
    if let Target::Content { kind, .. } = &mut mention.target {
        *kind = kind.or(said);
    }
    if let Some((task, closing)) = task {
        let known = mention.tasks.entry(task).or_insert(closing);
        *known = closing.max(*known);
    }
    mention.origins.add(origin);
}

/// The target without what one way of naming it says and another does not, and that.
fn identity(target: Target) -> (Target, Option<ContentKind>) {
    match target {
        Target::Content { id, kind } => (Target::Content { id, kind: None }, kind),
        other => (other, None),
    }
}
