//! The words for pages, boards and mentions in sentences and files.

use crate::ids::PageName;
use crate::surface::markdown::one_line;

use super::request::Request;
use super::{Page, Subject};
use crate::mention::{ContentKind, Target};

/// What people call a page: its title, or for a hidden one its key or number.
pub(super) fn title(page: &Page) -> String {
    if let Some(title) = page.shown_title().filter(|title| !one_line(title).is_empty()) {
        return title.to_owned();
    }
    let of_row = page.row.iter().flat_map(|row| &row.keys).map(|leading| &leading.key);
    if let Some(key) = page.mentions.iter().find_map(|mention| mention.key.as_ref()).or(of_row.into_iter().next()) {
        return key.to_string();
    }
    match &page.subject {
        Subject::Page(page) => format!("page {}", page.id),
        Subject::Board(kind, id) => format!("{} {id}", kind_word(*kind)),
    }
}

/// A page or board in one word: `page:101`, `whiteboard:107`.
pub(crate) fn subject_word(subject: &Subject) -> String {
    match subject {
        Subject::Page(page) => page.to_string(),
        Subject::Board(kind, id) => format!("{}:{id}", kind_word(*kind)),
    }
}

/// What a mention names, without the rest of its URL: a title, a date, a space.
pub(crate) fn target_word(target: &Target) -> String {
    match target {
        Target::Key { key, .. } => key.to_string(),
        Target::Content { id, kind: None } => format!("content:{id}"),
        Target::Content { id, kind: Some(kind) } => format!("{}:{id}", kind_word(*kind)),
        Target::Titled { .. } => "a page by its title".to_owned(),
        Target::SpaceHome { .. } => "the home page of a space".to_owned(),
        Target::Board { kind, id, .. } => format!("{}:{id}", kind_word(*kind)),
    }
}

/// The word for a kind of content in URLs and sentences.
pub(crate) fn kind_word(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::Page => "page",
        ContentKind::BlogPost => "blog",
        ContentKind::Whiteboard => "whiteboard",
        ContentKind::Database => "database",
        ContentKind::Slide => "slide",
        ContentKind::Folder => "folder",
        ContentKind::Embed => "embed",
    }
}

/// Nothing of a page's comments is known, as the end of "Couldn't …".
pub(super) fn read_comments(page: PageName) -> String {
    format!("read the comments on {page}")
}

impl Request {
    /// What it is about, as the end of "Couldn't …".
    pub(super) fn purpose(&self) -> String {
        match self {
            Self::Search(_) | Self::Index(_) | Self::Contents(..) | Self::SpaceHomes(_) => "look up pages".to_owned(),
            Self::Single(_) | Self::Types(_) | Self::SpaceNames(_) => "look up pages".to_owned(),
            Self::Labels(page) | Self::FreshLabels(page) => format!("read the labels of {page}"),
            Self::Restriction(page) => format!("read the restrictions of {page}"),
            Self::Ancestors(page) => format!("read what {page} is below"),
            Self::Above(id) => format!("read the restrictions of content {id}"),
            Self::Comments(page) => read_comments(*page),
            Self::MayComment(page) => format!("read the permissions on {page}"),
            Self::Tasks(_) => "read the tasks of pages".to_owned(),
            Self::Fresh(..) => "read the status of pages".to_owned(),
            Self::State(id) => format!("read the content state of page {id}"),
            Self::MergeCommit(commit) => format!("read the merge commit {commit}"),
            Self::Versions(page, _) => format!("read the versions of {page}"),
            Self::RemoteLinks(key) => format!("read the links of the Jira issue {key}"),
        }
    }
}
