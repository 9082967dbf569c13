//! The rows of our comment on a page, read from storage format.

use crate::surface::page_row::{Column, PullRequestName, Row};
use crate::surface::storage::{self, Piece, Unreadable};

/// The rows of a body that carries our marker.
pub fn rows(body: &str) -> Result<Vec<Row>, Unreadable> {
    let mut rows = Vec::new();
    let mut table = Table::default();
    let mut link: Option<String> = None;
    let mut place = Place::Outside;
    let mut following = String::new();
    for piece in storage::read(body)? {
        match (piece, place) {
            (Piece::Open(name), _) if name == "tr" => {
                place = Place::InRow;
                table.begin_row();
                keep(&mut rows, short_entry(link.take(), &following)?);
                following.clear();
            }
            (Piece::Open(name), Place::InRow) if name == "td" => table.cells.push(String::new()),
            (Piece::Open(name), Place::InRow) if name == "th" => table.headings.push(String::new()),
            (Piece::Close(name), Place::InRow) if name == "tr" => {
                place = Place::Outside;
                keep(&mut rows, table.end_row(link.take())?);
            }
            (Piece::Link(target), Place::InRow) => link = link.or(Some(target)),
            (Piece::Text(words), Place::InRow) => table.add(&words),
            (Piece::Link(target), Place::Outside) => {
                keep(&mut rows, short_entry(link.replace(target), &following)?);
                following.clear();
                place = Place::InShortLink;
            }
            (Piece::Close(name), Place::InShortLink) if name == "a" => place = Place::Outside,
            (Piece::Text(words), Place::Outside) => following.push_str(&words),
            (Piece::Close(name), Place::Outside) if name == "p" => {
                keep(&mut rows, short_entry(link.take(), &following)?);
                following.clear();
            }
            (Piece::Open(_) | Piece::Close(_) | Piece::Link(_) | Piece::Text(_), _) => {}
        }
    }
    keep(&mut rows, short_entry(link, &following)?);
    Ok(rows)
}

/// The table while it is read. Its headings say what is in which column.
#[derive(Default)]
struct Table {
    columns: Vec<Column>,
    headings: Vec<String>,
    cells: Vec<String>,
}

impl Table {
    fn begin_row(&mut self) {
        self.headings.clear();
        self.cells.clear();
    }

    fn add(&mut self, words: &str) {
        if let Some(cell) = self.cells.last_mut().or(self.headings.last_mut()) {
            cell.push_str(words);
        }
    }

    /// The row that has ended. One that isn't understood would be lost when the comment is written again.
    fn end_row(&mut self, link: Option<String>) -> Result<Option<Row>, Unreadable> {
        if !self.headings.is_empty() {
            let columns: Option<Vec<Column>> = self.headings.iter().map(|heading| Column::below(heading)).collect();
            self.columns = columns.ok_or_else(Unreadable::without_cause)?;
        }
        if self.cells.is_empty() {
            return Ok(None);
        }
        let link = link.filter(|_| self.cells.len() == self.columns.len());
        let cells: Vec<(Column, &str)> =
            self.columns.iter().copied().zip(self.cells.iter().map(String::as_str)).collect();
        let row = link.and_then(|link| Row::from_cells(&link, &cells));
        row.map(Some).ok_or_else(Unreadable::without_cause)
    }
}

/// The row that a link outside the table and the text after it make; `None` when it leads to no pull request.
fn short_entry(link: Option<String>, following: &str) -> Result<Option<Row>, Unreadable> {
    match link.filter(|link| PullRequestName::from_url(link).is_some()) {
        None => Ok(None),
        Some(link) => Row::from_short_entry(&link, following).map(Some).ok_or_else(Unreadable::without_cause),
    }
}

#[derive(Clone, Copy)]
enum Place {
    Outside,
    InRow,
    InShortLink,
}

/// Keeps the first row of each pull request.
pub(super) fn keep(rows: &mut Vec<Row>, row: Option<Row>) {
    let Some(row) = row else { return };
    let is_same = |other: &Row| match row.key() {
        Some(key) => other.is_of(&key),
        None => other.repository.is_none() && other.name == row.name,
    };
    if !rows.iter().any(is_same) {
        rows.push(row);
    }
}
