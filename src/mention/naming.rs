//! The ways to name a page that count with this configuration, for advice.

use super::ignored::ignored;
use super::{Found, Grammar, KeyRule, Markup, Origin, Regions, key, url, words};

/// Where mentions are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sources {
    pub branch: Source,
    pub commits: Source,
    pub title: Source,
    pub description: Source,
    /// The Jira issues of the keys in these texts.
    pub jira: Source,
}

/// Whether one place is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Read,
    /// It is not.
    Ignored,
}

impl Sources {
    /// The texts that are looked at, as they are listed for people.
    fn read(self) -> impl Iterator<Item = (Origin, &'static str)> {
        let Self { branch, commits, title, description, jira: _ } = self;
        let places = [
            (branch, Origin::Branch, words::BRANCH),
            (title, Origin::Title, words::TITLE),
            (description, Origin::Description, words::DESCRIPTION),
            (commits, Origin::Commit(0), words::COMMIT),
        ];
        places.into_iter().filter(|(source, ..)| *source == Source::Read).map(|(_, origin, words)| (origin, words))
    }

    /// Whether every text is looked at.
    pub fn are_all(self) -> bool {
        self.read().count() == 4
    }
}

/// Where a page may be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    urls: Vec<&'static str>,
    keys: Vec<&'static str>,
    /// Whether the description holds something like a key, and none counts there.
    pub holds_ignored_key: bool,
    /// Whether a share link is written, which names no page.
    pub holds_share_link: bool,
    /// Whether a key counts in the branch's name.
    pub in_branch: bool,
}

impl Naming {
    /// What counts where these places are read by this grammar, and what the texts hold that doesn't count.
    pub fn new(sources: Sources, grammar: &Grammar, description: &str, found: &Found) -> Self {
        // A pull request keeps its branch, so the branch is named only if no other text is read.
        let places = |counts: fn(Origin, &KeyRule) -> bool| {
            let places = sources.read().filter(|(origin, _)| counts(*origin, &grammar.keys));
            let (branch, others): (Vec<_>, Vec<_>) = places.partition(|(origin, _)| *origin == Origin::Branch);
            let named = if others.is_empty() { branch } else { others };
            named.into_iter().map(|(_, words)| words).collect::<Vec<_>>()
        };
        let holds_ignored_key = sources.description == Source::Read && holds_ignored_key(description, grammar);
        let in_branch = sources.branch == Source::Read && key::are_read(Origin::Branch, &grammar.keys);
        // Git allows no `:` in a branch's name, so that no URL stands there.
        Self {
            urls: places(|origin, _| origin != Origin::Branch),
            keys: places(key::are_read),
            holds_ignored_key,
            holds_share_link: !found.share_links.is_empty(),
            in_branch,
        }
    }

    /// What to write, and where, small at its beginning; `example` is a key that counts. `None` where nothing does.
    pub fn advice(&self, example: Option<&str>) -> Option<String> {
        words::advice(&self.urls, &self.keys, example)
    }
}

/// Whether a key is in a description that would count anywhere else.
fn holds_ignored_key(description: &str, grammar: &Grammar) -> bool {
    if key::are_read(Origin::Description, &grammar.keys) {
        return false;
    }
    let regions = ignored(description, Markup::Document);
    let mut addresses = Regions::default();
    url::find(description, &regions).into_iter().for_each(|address| addresses.push(address));
    let opaque = |position| regions.hold(position) || addresses.hold(position);
    key::find(description, Origin::Title, &grammar.keys, opaque).next().is_some()
}
