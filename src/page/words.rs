//! The words for pages, boards and mentions in sentences and files.

use crate::surface::markdown::one_line;

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
