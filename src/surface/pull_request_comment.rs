//! Our comment on the pull request: what it should say, which comments may be ours, and which change comes next.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::bitbucket::{AuthorKind, Comment};
use crate::ids::{Key, PageName, PullRequestCommentId, UserUuid};

use super::index::{Marker, SiteIdentity};
use super::{gate_note, markdown};

/// What our comment begins with.
const HEADING: &str = "### Confluence pages";

/// What a comment of ours says before it is deleted.
const EMPTIED: &str = "No Confluence page is linked any more.";

/// The longest text above the marker line. 32,768 bytes are known to be refused, and the marker line takes up to 6,000.
pub const MAX_VISIBLE_BYTES: usize = 24_000;

/// One row of the comment's table, with everything a reader may see and nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The link's text: a title, or for a hidden page a key or `page 101`.
    pub name: String,
    /// Where the link leads; by id, without the title's slug.
    pub url: String,
    /// The space's key; empty when hidden.
    pub space: String,
    /// `current`, `archived`, …, and why the page could not be written, if so; empty when hidden.
    pub status: String,
    /// Version and day of the last change; empty when hidden.
    pub version: String,
    /// Where the page was named.
    pub found_in: Vec<Mention>,
    /// The page's tasks that were named.
    pub tasks: Vec<TaskLine>,
}

/// How a page was named, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The key, if it was one; `None` for a link.
    pub key: Option<Key>,
    /// `branch, title, 3 commits`.
    pub places: String,
}

/// A task beneath the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskLine {
    /// Done or not; `None` when it is not on the page (or cannot be seen).
    pub done: Option<bool>,
    /// Its number on the page.
    pub number: String,
    /// What it says; empty when hidden.
    pub words: String,
}

/// What the comment shows above its marker line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The line about the requirements, as [`gate_note`](super::gate_note) writes it.
    pub gate: Option<String>,
    /// The table.
    pub rows: Vec<Row>,
    /// Keys with a configured prefix that led to no page.
    pub keys_without_page: Vec<Key>,
    /// Sentences beneath the table, such as what could not be written.
    pub remarks: Vec<String>,
}

/// A comment that may be ours: it ends in this site's marker, or begins like ours and has lost its marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id; the lowest of ours is the one that stays.
    pub id: PullRequestCommentId,
    /// Its author, as far as the answer says.
    pub author: Option<UserUuid>,
    /// Its whole text.
    pub raw: String,
    /// What people see of it.
    pub visible: String,
    /// Its marker; `None` when an editor removed it.
    pub marker: Option<Marker>,
}

/// Whether a comment may be ours as far as its text says, whichever site it is for.
pub fn looks_like_ours(comment: &Comment) -> bool {
    Marker::split(&comment.raw).is_some() || comment.raw.trim_start().starts_with(HEADING)
}

/// What kind of credential comments are written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// An access token: an app user.
    Token,
    /// A person's.
    Person,
}

impl Candidate {
    /// The comment as a candidate; `None` when it can't be ours.
    pub fn of(comment: Comment, site: &SiteIdentity, writer: Writer) -> Option<Self> {
        match (writer, comment.author_kind) {
            (Writer::Token, AuthorKind::Person) | (Writer::Person, AuthorKind::App) => return None,
            (Writer::Token | Writer::Person, _) => {}
        }
        let Comment { id, raw, author, author_kind: _ } = comment;
        let (visible, marker) = match Marker::split(&raw) {
            Some((visible, marker)) if site.owns(&marker) => (visible.to_owned(), Some(marker)),
            Some(_) => return None,
            None if raw.trim_start().starts_with(HEADING) => (raw.trim().to_owned(), None),
            None => return None,
        };
        Some(Self { id, author, raw, visible, marker })
    }

    /// The pages that its index names.
    pub fn pages(&self) -> impl Iterator<Item = PageName> + '_ {
        self.marker.iter().flat_map(|marker| marker.pages.iter().copied())
    }

    /// Whether it says this text. Bitbucket may store a text with other line endings or spaces, so the digest of what was
    /// sent decides, and letters and digits show whether somebody has edited it since.
    fn says(&self, text: &str) -> bool {
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let (Some(marker), Some((visible, wanted))) = (&self.marker, Marker::split(text)) else { return false };
        marker.sent == wanted.sent && marker.pages == wanted.pages && letters(&self.visible) == letters(visible)
    }

    fn looks_like_ours(&self) -> bool {
        self.visible.starts_with(HEADING) || self.visible == EMPTIED
    }
}

/// Which comments are ours, as far as this run knows. Bitbucket does not say to an access token who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorship {
    /// Our account: Bitbucket said so, or a comment of it accepted a write in this run.
    pub ours: Option<UserUuid>,
    /// Comments that accepted an update in this run.
    pub accepted: BTreeSet<PullRequestCommentId>,
    /// Comments that refused one.
    pub refused: BTreeSet<PullRequestCommentId>,
}

/// The most authors that are tried.
const MAX_AUTHORS: usize = 5;

impl Authorship {
    /// Notes that a comment accepted a write, and who its author is.
    pub fn accept(&mut self, id: PullRequestCommentId, author: Option<UserUuid>) {
        self.accepted.insert(id);
        if self.ours.is_none() && author.is_some() {
            // A comment of ours that refused once, before its author was known, is tried once more.
            self.refused.clear();
        }
        self.ours = author.or(self.ours.take());
    }

    /// The comments of each author that may be us, the author of the newest comment first, and of each the lowest id first.
    /// Whether the comment that changes is known to be ours.
    pub fn is_ours(&self, change: &Change) -> bool {
        change.id().is_some_and(|id| self.accepted.contains(&id))
    }

    fn authors<'a>(&self, candidates: &'a [Candidate]) -> Vec<Vec<&'a Candidate>> {
        let mut newest_first: Vec<&Candidate> = candidates.iter().collect();
        newest_first.sort_by_key(|candidate| std::cmp::Reverse(candidate.id));
        let mut authors: Vec<Option<&UserUuid>> = Vec::new();
        for candidate in newest_first {
            if !authors.contains(&candidate.author.as_ref()) {
                authors.push(candidate.author.as_ref());
            }
        }
        if let Some(ours) = &self.ours {
            authors.retain(|author| *author == Some(ours));
        }
        let comments = authors.into_iter().take(MAX_AUTHORS).map(|author| self.of_author(candidates, author));
        comments.filter(|comments| !comments.is_empty()).collect()
    }

    fn of_author<'a>(&self, candidates: &'a [Candidate], author: Option<&UserUuid>) -> Vec<&'a Candidate> {
        let all = candidates.iter().filter(|candidate| candidate.author.as_ref() == author);
        let mut comments: Vec<&Candidate> = all.filter(|candidate| !self.refused.contains(&candidate.id)).collect();
        // One that has lost its marker is adopted only where no other one of its author has it.
        if comments.iter().any(|candidate| candidate.marker.is_some()) {
            comments.retain(|candidate| candidate.marker.is_some());
        }
        comments.sort_by_key(|candidate| candidate.id);
        comments
    }

    /// Whether an update of the author of these comments was refused: each author is tried once.
    fn has_refused(&self, candidates: &[Candidate], comments: &[&Candidate]) -> bool {
        let author = comments.first().and_then(|comment| comment.author.as_ref());
        let mut of_author = candidates.iter().filter(|candidate| candidate.author.as_ref() == author);
        self.ours.is_none() && of_author.any(|candidate| self.refused.contains(&candidate.id))
    }

    /// The comments of the author to write to. An author whose comment refused an update is another account, unless one of
    /// its comments says what is desired: then nothing needs to be written.
    fn comments_to_write<'a>(
        &self,
        candidates: &'a [Candidate],
        text: impl Fn(&[&Candidate]) -> Option<String>,
    ) -> Vec<&'a Candidate> {
        let says_it = |comments: &[&Candidate]| {
            text(comments).is_some_and(|text| comments.iter().any(|comment| comment.says(&text)))
        };
        let mut authors = self.authors(candidates).into_iter();
        authors.find(|comments| !self.has_refused(candidates, comments) || says_it(comments)).unwrap_or_default()
    }

    /// Our comments, if only one author may be us.
    pub fn only_author<'a>(&self, candidates: &'a [Candidate]) -> Vec<&'a Candidate> {
        let authors = self.authors(candidates).into_iter();
        let mut left = authors.filter(|comments| !self.has_refused(candidates, comments));
        match (left.next(), left.next()) {
            (Some(comments), None) => comments,
            (None, _) | (Some(_), Some(_)) => Vec::new(),
        }
    }
}

/// What our comment should say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// What people see.
    pub visible: Visible,
    /// The pages to name in the index.
    pub pages: BTreeSet<PageName>,
    /// The pages that were read in this run. A comment goes on naming every other page of its own index.
    pub read: BTreeSet<PageName>,
    /// Whether there is something to say when the index is empty.
    pub needed: Needed,
}

/// What people see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    /// This text.
    Text(String),
    /// What the comment shows already, with this line about the requirements.
    Kept {
        /// The line.
        gate: Option<String>,
        /// The text of a new comment; `None` when none may be added.
        otherwise: Option<String>,
    },
}

/// Whether a comment with an empty index is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// It has something to say.
    Yes,
    /// Without pages it goes.
    No,
}

impl Desired {
    /// The whole text for these comments of one author, none for a new one; `None` when there should be no comment.
    fn text(&self, comments: &[&Candidate], site: &SiteIdentity) -> Option<String> {
        let own: BTreeSet<PageName> = comments.iter().flat_map(|comment| comment.pages()).collect();
        let pages: BTreeSet<PageName> = self.pages.iter().chain(own.difference(&self.read)).copied().collect();
        if pages.is_empty() && self.needed == Needed::No {
            return None;
        }
        let visible = match (&self.visible, comments.first()) {
            (Visible::Text(text), _) => text.clone(),
            (Visible::Kept { gate, .. }, Some(kept)) => gate_note::replaced(&kept.visible, HEADING, gate.as_deref()),
            (Visible::Kept { otherwise, .. }, None) => otherwise.clone()?,
        };
        // Without the cloud id of this run, a comment keeps the one that it carries.
        let known = comments.first().and_then(|kept| kept.marker.as_ref()?.cloud_id.clone());
        let site = SiteIdentity { cloud_id: site.cloud_id.clone().or(known), ..site.clone() };
        Some(whole(&visible, &pages, &site))
    }
}

/// A change to the comments of a pull request, with what is there before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A first comment.
    Create {
        /// Markdown with the marker line.
        body: String,
    },
    /// A new text for the comment.
    Update {
        /// Which comment.
        id: PullRequestCommentId,
        /// Its text.
        before: String,
        /// Markdown with the marker line.
        body: String,
    },
    /// A second comment of ours, or the last one when there is nothing left to say.
    Delete {
        /// Which comment.
        id: PullRequestCommentId,
        /// Its text.
        before: String,
    },
}

impl Change {
    /// The comment that changes; `None` for a new one.
    pub fn id(&self) -> Option<PullRequestCommentId> {
        match self {
            Self::Create { .. } => None,
            Self::Update { id, .. } | Self::Delete { id, .. } => Some(*id),
        }
    }
}

/// The next change that leads from the candidates to what is desired; `None` when it is there.
///
/// A comment is deleted only after it accepted an update in this run, which only its author may send: an administrator's
/// token could delete anyone's.
pub fn next(
    candidates: &[Candidate],
    authorship: &Authorship,
    desired: &Desired,
    site: &SiteIdentity,
) -> Option<Change> {
    let mut comments = authorship.comments_to_write(candidates, |comments| desired.text(comments, site));
    let text = desired.text(&comments, site);
    if text.is_none() {
        // A refused update of someone else's comment, in every run, would be noise.
        comments.retain(|comment| comment.looks_like_ours());
    }
    let update =
        |comment: &Candidate, body: String| Some(Change::Update { id: comment.id, before: comment.raw.clone(), body });
    let others = match (text, comments.split_first()) {
        (Some(body), None) => return may_create(desired).then_some(Change::Create { body }),
        // The author refused an update of the first one, and another one says what is desired.
        (Some(_), Some(_)) if authorship.has_refused(candidates, &comments) => return None,
        (Some(body), Some((kept, _))) if !kept.says(&body) => return update(kept, body),
        (Some(_), Some((_, others))) => others,
        (None, _) => &comments,
    };
    let emptied = whole(EMPTIED, &BTreeSet::new(), site);
    let next = others.first()?;
    if authorship.accepted.contains(&next.id) && next.says(&emptied) {
        return Some(Change::Delete { id: next.id, before: next.raw.clone() });
    }
    update(next, emptied)
}

fn may_create(desired: &Desired) -> bool {
    match &desired.visible {
        Visible::Text(_) => true,
        Visible::Kept { otherwise, .. } => otherwise.is_some(),
    }
}

fn whole(visible: &str, pages: &BTreeSet<PageName>, site: &SiteIdentity) -> String {
    let marker = site.marker_line(visible, pages);
    if visible.is_empty() { marker } else { format!("{visible}\n\n{marker}") }
}

/// What people see. Past [`MAX_VISIBLE_BYTES`] the places a page was named in go first, then tasks, then rows from the end.
pub fn render(content: &Content) -> String {
    let all = content.rows.len();
    let shorter = [(Detail::Full, all), (Detail::WithoutPlaces, all)].into_iter();
    let fewer = (0..=all).rev().map(|shown| (Detail::WithoutTasks, shown));
    let mut texts = shorter.chain(fewer).map(|(detail, shown)| show(content, detail, shown));
    texts.find(|text| text.len() <= MAX_VISIBLE_BYTES).unwrap_or_else(|| HEADING.to_owned())
}

/// The line about the requirements in the comment that stays.
pub fn gate_line<'a>(candidates: &'a [Candidate], authorship: &Authorship) -> Option<&'a str> {
    let ours = authorship.only_author(candidates);
    gate_note::of(&ours.first()?.visible)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    WithoutPlaces,
    WithoutTasks,
}

fn show(content: &Content, detail: Detail, shown: usize) -> String {
    let gate = content.gate.as_ref().map(|line| format!("{line}\n\n")).unwrap_or_default();
    let mut out = format!("{HEADING}\n\n{gate}");
    if !content.rows.is_empty() {
        out.push_str("| Page | Space | Status | Version | Found in |\n| --- | --- | --- | --- | --- |\n");
    }
    for row in content.rows.iter().take(shown) {
        let Row { name, url, space, status, version, found_in, tasks: _ } = row;
        let places = if detail == Detail::Full { mentions(found_in) } else { String::new() };
        let texts = [space, status, version].map(|text| markdown::text(text));
        let cells: Vec<String> =
            std::iter::once(markdown::link(name, url)).chain(texts).chain(std::iter::once(places)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    if shown < content.rows.len() {
        let _ = writeln!(out, "\nand {} more", content.rows.len() - shown);
    }
    let listed = content.rows.iter().take(shown).filter(|row| !row.tasks.is_empty());
    let with_tasks: Vec<&Row> = listed.filter(|_| detail != Detail::WithoutTasks).collect();
    if !with_tasks.is_empty() {
        out.push_str("\nTasks:\n\n");
    }
    for row in with_tasks {
        for TaskLine { done, number, words } in &row.tasks {
            let sign = match done {
                Some(true) => "☑",
                Some(false) => "☐",
                None => "?",
            };
            let words = if words.is_empty() { String::new() } else { format!(": {}", markdown::text(words)) };
            let page = markdown::link(&row.name, &row.url);
            let _ = writeln!(out, "- {sign} Task {} of {page}{words}", markdown::text(number));
        }
    }
    if !content.keys_without_page.is_empty() {
        let keys: Vec<String> = content.keys_without_page.iter().map(|key| markdown::code(&key.to_string())).collect();
        let _ = writeln!(out, "\nNo page found for {}.", keys.join(", "));
    }
    for remark in &content.remarks {
        let _ = writeln!(out, "\n{}", markdown::text(remark));
    }
    out.push_str("\nChanged the description? Rerun this step.");
    out
}

fn mentions(found_in: &[Mention]) -> String {
    let each = found_in.iter().map(|Mention { key, places }| match key {
        Some(key) => format!("{} in {}", markdown::code(&key.to_string()), markdown::text(places)),
        None => format!("link in {}", markdown::text(places)),
    });
    each.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
