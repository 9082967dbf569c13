//! The pages and tasks that the texts of a pull request name.
//!
//! Pure: texts in, mentions out, in time linear in their length whatever they hold.

mod closing;
mod form;
mod glance;
mod ignored;
mod key;
mod naming;
mod negation;
mod revert;
pub mod short_link;
mod task;
#[cfg(test)]
mod tests;
mod token;
mod unseen;
mod url;
mod words;

use std::cell::LazyCell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memchr_iter;
use regex::Regex;

use self::closing::Revert;
use self::form::Form;
use self::ignored::{Markup, Regions, ignored};
use self::unseen::unseen;
use crate::ids::{CloudId, ContentId, Host, Key, KeyPrefix, SpaceKey, TaskId};

pub use form::{content_of, is_on_site};
pub use naming::{Naming, Source, Sources};
pub use revert::reverted;

/// Where a text comes from. The order is the order in which mentions are listed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    Branch,
    Title,
    Description,
    /// The message of the commit at this position of the caller's list.
    Commit(usize),
}

#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Where it comes from.
    pub origin: Origin,
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
    pub host: Host,
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
        space: SpaceKey,
        title: String,
    },
    SpaceHome {
        space: SpaceKey,
    },
    /// Content that is shown and never written: whiteboard, database, slide, folder, embed.
    Board {
        /// Which of them.
        kind: ContentKind,
        space: SpaceKey,
        /// A number or a UUID in lower case.
        id: String,
    },
    /// The page that a key stands for.
    Key {
        key: Key,
        /// The space where its page would be.
        space: SpaceKey,
    },
}

/// What a URL says about the content it names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ContentKind {
    Page,
    BlogPost,
    Whiteboard,
    Database,
    Slide,
    Folder,
    Embed,
}

/// What the texts do with a task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Closing {
    Mentioned,
    /// Merging the pull request closes it.
    Closes,
    /// A closing word stands before it, and it is not certain that it is meant. One such place outweighs all others.
    Withheld(Doubt),
}

/// Why a closing word doesn't count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Doubt {
    /// It is negated: `does not close`.
    Negated,
    /// The text is that of a revert.
    Reverted,
    /// The task stands in a list with an empty box, `- [ ]`.
    Unticked,
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
    /// In the Jira issue of the key that the texts hold.
    pub jira: bool,
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
    pub target: Target,
    /// How it was first written: the key in its normal form, or the URL as far as it identifies its target.
    pub written: String,
    /// The tasks named on the page.
    pub tasks: BTreeMap<TaskId, Closing>,
    /// Where.
    pub origins: Origins,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// In the order of first appearance: branch, title, description, commits.
    pub mentions: Vec<Mention>,
    /// Share links of the site, as they were written, and where. Only Confluence knows which page one leads to.
    pub share_links: BTreeMap<String, Origins>,
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
    let title = texts.iter().find(|text| text.origin == Origin::Title).map_or("", |text| text.body);
    let reverts = LazyCell::new(|| revert::is_revert(title));
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
        let unseen = LazyCell::new(|| if origin == Origin::Description { unseen(body) } else { Regions::default() });
        let unread = |at| ignored.hold(at) || unseen.hold(at);
        if says_skip(body, unread) {
            match origin {
                Origin::Branch => {}
                Origin::Title | Origin::Description => found.skip = found.skip.or(Some(origin)),
                Origin::Commit(_) => continue,
            }
        }
        let (mut occurrences, share_links) = occurrences(body, origin, grammar, &ignored);
        if origin != Origin::Branch && occurrences.iter().any(|occurrence| occurrence.task.is_some()) {
            let is_revert = match origin {
                Origin::Commit(_) => revert::is_revert(body),
                _ => *reverts,
            };
            let revert = if is_revert { Revert::Yes } else { Revert::No };
            closing::mark(body, unread, revert, &mut occurrences);
        }
        for written in share_links {
            found.share_links.entry(written).or_default().add(origin);
        }
        for occurrence in occurrences {
            merge(&mut found.mentions, &mut positions, occurrence, origin);
        }
    }
    found
}

/// Withholds the tasks that these texts close: other texts of the same pull request revert them.
pub fn withhold(found: &mut Found, reverted: &[Text<'_>], grammar: &Grammar) {
    for Mention { target, tasks, .. } in detect(reverted, grammar).mentions {
        let (target, _) = identity(target);
        let Some(mention) = found.mentions.iter_mut().find(|it| identity(it.target.clone()).0 == target) else {
            continue;
        };
        for (task, _) in tasks.into_iter().filter(|(_, closing)| *closing == Closing::Closes) {
            mention.tasks.insert(task, Closing::Withheld(Doubt::Reverted));
        }
    }
}

/// The keys of a space that a page's title holds as whole tokens. Written in capitals if there are any such, else in any
/// case: `Phase-2 of ENG-12` holds one key, `eng-12 design` too.
///
/// `UTF-8` looks like a key and is none in the space ENG: where any prefix counts, only the space's own does. Where some
/// are configured, these do.
pub fn keys_in_title(title: &str, space: &SpaceKey, rule: &KeyRule) -> BTreeSet<Key> {
    let counts = |key: &key::Found| matches!(rule, KeyRule::Configured(_)) || key.space == *space;
    let keys = |title: &str| -> BTreeSet<Key> {
        key::find(title, Origin::Title, rule, |_| false).filter(counts).map(|found| found.key).collect()
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

/// Whether `[skip confluence]` stands where the text is read.
fn says_skip(body: &str, unread: impl Fn(usize) -> bool) -> bool {
    static SKIP: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i-u)^\[skip[ _-]+confluence\]").ok());
    let bytes = body.as_bytes();
    let mut begins = memchr_iter(b'[', bytes).filter(|at| glance::begins_skip(bytes, *at));
    let says = |at: usize| SKIP.as_ref().zip(body.get(at..)).is_some_and(|(skip, rest)| skip.is_match(rest));
    begins.any(|at| says(at) && !unread(at))
}

/// One naming of a target in one text.
struct Occurrence {
    range: Range<usize>,
    target: Target,
    /// As far as it identifies its target; empty for a key.
    url: String,
    task: Option<(TaskId, Closing)>,
}

/// The occurrences in a text, in order, and the share links.
fn occurrences(body: &str, origin: Origin, grammar: &Grammar, ignored: &Regions) -> (Vec<Occurrence>, Vec<String>) {
    let (mut occurrences, mut share_links) = (Vec::new(), Vec::new());
    // Git allows no `:` in a branch's name, and an `@` there begins no mail address.
    let addresses = if origin == Origin::Branch { Vec::new() } else { url::find(body, ignored) };
    let mut opaque = Regions::default();
    for address in addresses {
        let range = read_part(body, address, grammar);
        opaque.push(range.clone());
        let url = body.get(range.clone()).filter(|url| url::is_web(url));
        let Some(named) = url.and_then(|url| form::read(&url::unescaped(url), grammar)) else { continue };
        match named.form {
            Form::Target(target) => {
                let task = named.task.map(|task| (task, Closing::Mentioned));
                occurrences.push(Occurrence { range, target, url: named.written, task });
            }
            Form::ShareLink => share_links.push(named.written),
        }
    }
    let unread = |position| ignored.hold(position) || opaque.hold(position);
    occurrences.extend(key::find(body, origin, &grammar.keys, unread).map(|key::Found { range, key, space, task }| {
        let task = task.map(|task| (task, Closing::Mentioned));
        Occurrence { range, target: Target::Key { key, space }, url: String::new(), task }
    }));
    occurrences.sort_by_key(|occurrence| occurrence.range.start);
    (occurrences, share_links)
}

/// The part of an address that is not the text behind it.
fn read_part(body: &str, address: Range<usize>, grammar: &Grammar) -> Range<usize> {
    let behind = body.get(address.clone()).and_then(|url| form::text_behind(url, grammar));
    let end = behind.map_or(address.end, |length| url::trimmed_end(body, address.start, address.start + length));
    address.start..end
}

/// Adds an occurrence to the mention of the same target, or a new mention.
fn merge(mentions: &mut Vec<Mention>, positions: &mut HashMap<Target, usize>, occurrence: Occurrence, origin: Origin) {
    let Occurrence { range: _, target, url, task } = occurrence;
    let (identity, named_kind) = identity(target);
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
        *kind = kind.or(named_kind);
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
