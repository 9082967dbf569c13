//! Our comment on the pull request: what it should say, which comments may be ours, and which change comes next.

mod content;

use std::collections::BTreeSet;

use crate::bitbucket::{AuthorKind, Comment};
use crate::ids::{PageName, PullRequestCommentId, UserUuid};

use super::index::{Marker, SiteIdentity};
use super::requirements_note;

pub use content::{Content, MAX_VISIBLE_BYTES, Mention, Row, TaskLine, render};

/// What our comment begins with.
const HEADING: &str = "### Confluence pages";

/// What a comment of ours says before it is deleted.
const EMPTIED: &str = "No Confluence pages are linked anymore.";

/// A comment that may be ours: it ends in this site's marker, or begins like ours and has lost its marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id; the lowest of ours is the one that stays.
    pub id: PullRequestCommentId,
    /// Its author, as far as the answer says.
    pub author: Option<UserUuid>,
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
    /// sent decides, and letters and digits show whether a person has edited it since.
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

    /// Whether the comment that changes is known to be ours.
    pub fn is_ours(&self, change: &Change) -> bool {
        change.id().is_some_and(|id| self.accepted.contains(&id))
    }

    /// The comments of each author that may be us: the author of the newest comment first, and of each author the
    /// lowest id first.
    fn authors<'a>(&self, candidates: &'a [Candidate], most: usize) -> Vec<Vec<&'a Candidate>> {
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
        let comments = authors.into_iter().take(most).map(|author| self.of_author(candidates, author));
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
        let mut tried = self.authors(candidates, MAX_AUTHORS).into_iter();
        let to_write = tried.find(|comments| !self.has_refused(candidates, comments) || says_it(comments));
        // Behind more authors than are tried, ours needs no write if it says what is desired.
        let all = || self.authors(candidates, usize::MAX).into_iter();
        to_write.or_else(|| all().find(|comments| says_it(comments))).unwrap_or_default()
    }

    /// Our comments, if only one author may be us.
    pub fn only_author<'a>(&self, candidates: &'a [Candidate]) -> Vec<&'a Candidate> {
        let authors = self.authors(candidates, MAX_AUTHORS).into_iter();
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
    pub visible: Visible,
    /// Whose note about requirements it shows.
    pub note: Note,
    /// The pages to name in the index.
    pub pages: BTreeSet<PageName>,
    /// The pages that were read in this run. A comment keeps every other page of its index.
    pub read: BTreeSet<PageName>,
    /// Whether there is something to say when the index is empty.
    pub needed: Needed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    Text(String),
    /// What the comment shows already, with this line about the requirements.
    Kept {
        requirements: Option<String>,
        /// The text of a new comment; `None` when none may be added.
        otherwise: Option<String>,
    },
}

/// Whose note about requirements a comment shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The one of this run, if there is one.
    OfThisRun,
    /// The one that the comment shows already. Each author's comment keeps its own note, because another one may be forged.
    OfTheComment,
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
        let note = match self.note {
            Note::OfThisRun => None,
            Note::OfTheComment => comments.first().and_then(|kept| requirements_note::of(&kept.visible)),
        };
        if pages.is_empty() && self.needed == Needed::No && !note.is_some_and(requirements_note::needs_a_comment) {
            return None;
        }
        let visible = match (&self.visible, comments.first()) {
            (Visible::Text(text), _) => match note.filter(|note| text.len() + note.len() <= MAX_VISIBLE_BYTES) {
                Some(note) => requirements_note::replaced(text, HEADING, Some(note)),
                None => text.clone(),
            },
            (Visible::Kept { requirements, .. }, Some(kept)) => {
                requirements_note::replaced(&kept.visible, HEADING, requirements.as_deref().or(note))
            }
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
        before: String,
        /// Markdown with the marker line.
        body: String,
    },
    /// A second comment of ours, or the last one when there is nothing left to say.
    Delete {
        /// Which comment.
        id: PullRequestCommentId,
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

#[cfg(test)]
mod tests;
