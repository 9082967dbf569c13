//! What should our footer comment on a page hold, is a comment ours, and which changes lead there?
//!
//! The comment is the truth of the page side. It is found by a link whose fragment is [`MARKER`] and by its author;
//! rows are compared as parsed, because Confluence rewrites what it stores.

use std::collections::BTreeMap;

use crate::ids::FooterCommentId;

use super::page_row::{self, PullRequestName, Row};
use super::storage::{self, Piece, Unreadable};
use super::{PRODUCT, PRODUCT_URL};

/// The fragment of the last line's link: what makes a comment recognisable as ours.
pub const MARKER: &str = "confluence-pr-link-v1";

/// The fragment of a comment that is being taken away: nobody reads rows from it any more, and whoever sees it deletes it.
const GONE: &str = "confluence-pr-link-gone";

/// How many columns the table of rows has, and the heading of the newest.
const COLUMNS: usize = 5;
const AUTHOR: &str = "Author";

/// The most rows in the table; the others follow it in short form.
pub const MAX_ROWS: usize = 100;

/// What a second comment with replies is left with.
const RETIRED: &str = "<p>The pull requests that were listed here stand in another comment on this page now.</p>";

/// One of our comments on a page, as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OurComment {
    /// Its id; the lowest is the one that stays.
    pub id: FooterCommentId,
    /// Its version; an update must carry the next one.
    pub version: u32,
    /// Its body in storage format, as the service keeps it.
    pub body: String,
    /// Its rows by pull request.
    pub rows: BTreeMap<PullRequestName, Row>,
    /// Whether somebody replied: a comment that is deleted takes its replies along.
    pub replies: Replies,
    /// Whether its rows count.
    pub purpose: Purpose,
}

impl OurComment {
    /// Whether its rows count.
    pub fn is_in_use(&self) -> bool {
        self.purpose == Purpose::Rows
    }
}

/// What a comment of ours is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It holds rows.
    Rows,
    /// It is being taken away.
    Gone,
}

/// What is known of the replies below a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replies {
    /// There are none.
    None,
    /// There is one at least.
    Some,
    /// Nobody looked: it is the comment that stays.
    Unread,
}

/// What a run wants a page to say of its pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// This row stands. A version at merge that stands is kept; its releases join those that stand.
    Linked(Row),
    /// A row of this pull request stands, and says what it says: nothing is known but that it is linked. A new one says
    /// open, without a title.
    Named(PullRequestName),
    /// No row of this pull request stands; a comment without rows stays as one sentence.
    Unlinked(PullRequestName),
    /// The same, and a comment without rows goes.
    Removed(PullRequestName),
}

/// A change to the footer comments of one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A first comment.
    Create {
        /// In storage format.
        body: String,
    },
    /// A new body, valid only on top of the version that was read.
    Update {
        /// Which comment.
        id: FooterCommentId,
        /// The version that was read; the update carries the next.
        read_version: u32,
        /// In storage format.
        body: String,
    },
    /// A second comment of ours goes, after its rows have moved to the first.
    Delete {
        /// Which comment.
        id: FooterCommentId,
    },
    /// A second comment of ours that has replies: it stays for their sake, without rows and marker, and is ours no more.
    Retire {
        /// Which comment.
        id: FooterCommentId,
        /// The version that was read; the update carries the next.
        read_version: u32,
        /// In storage format.
        body: String,
    },
}

/// What a body with a marker of ours is for, the product's name as a link to its fragment; `None` when it has none.
pub fn purpose_of(body: &str) -> Option<Purpose> {
    if links_to(body, MARKER) {
        return Some(Purpose::Rows);
    }
    links_to(body, GONE).then_some(Purpose::Gone)
}

fn links_to(body: &str, marker: &str) -> bool {
    let fragment = format!("#{marker}");
    if !body.contains(&fragment) {
        return false;
    }
    let Ok(pieces) = storage::read(body) else { return true };
    let ours = |pair: &[Piece]| match pair {
        [Piece::Link(target), Piece::Text(words)] => target.ends_with(&fragment) && words.trim() == PRODUCT,
        _ => false,
    };
    pieces.windows(2).any(ours)
}

/// The rows of a body that carries our marker.
pub fn rows(body: &str) -> Result<BTreeMap<PullRequestName, Row>, Unreadable> {
    let mut rows = BTreeMap::new();
    let mut cells: Vec<String> = Vec::new();
    let mut link: Option<String> = None;
    let mut place = Place::Outside;
    let mut following = String::new();
    let mut columns = None;
    let mut headings: Vec<String> = Vec::new();
    for piece in storage::read(body)? {
        match (piece, place) {
            (Piece::Open(name), _) if name == "tr" => {
                place = Place::InRow;
                cells.clear();
                headings.clear();
                keep(&mut rows, short_entry(link.take(), &following)?);
                following.clear();
            }
            (Piece::Open(name), Place::InRow) if name == "td" => cells.push(String::new()),
            (Piece::Open(name), Place::InRow) if name == "th" => headings.push(String::new()),
            (Piece::Close(name), Place::InRow) if name == "tr" => {
                place = Place::Outside;
                if !headings.is_empty() {
                    columns = Some(columns_under(&headings));
                }
                let row = link.take().filter(|_| cells.len() == *columns.get_or_insert(cells.len()));
                let row = row.and_then(|link| Row::from_cells(&link, &cells));
                // Written anew, a row that is not understood would be gone.
                if row.is_none() && !cells.is_empty() {
                    return Err(Unreadable::without_cause());
                }
                keep(&mut rows, row);
            }
            (Piece::Link(target), Place::InRow) => link = link.or(Some(target)),
            (Piece::Text(words), Place::InRow) => {
                if let Some(cell) = cells.last_mut().or(headings.last_mut()) {
                    cell.push_str(&words);
                }
            }
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

/// How many cells a row below these headings must have. Tables of before the author was told have one less; with any other
/// column taken out by hand nobody knows which cell is which.
fn columns_under(headings: &[String]) -> usize {
    let of_before = headings.len() + 1 == COLUMNS && headings.iter().all(|heading| heading.trim() != AUTHOR);
    if of_before { headings.len() } else { COLUMNS }
}

/// The row that a link outside the table and the text after it make; none when it leads to no pull request.
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

fn keep(rows: &mut BTreeMap<PullRequestName, Row>, row: Option<Row>) {
    if let Some(row) = row {
        rows.entry(row.pull_request.clone()).or_insert(row);
    }
}

/// The changes that lead from our comments on a page to the wish; none when it holds already.
///
/// Several comments of ours become one: their rows are united in the lowest id, and that comment is written even when
/// its rows would stay the same. The new version is a fence: another run that read before it gets a conflict and looks
/// again, so it cannot bring back a row this run dropped with the others.
pub fn plan(ours: &[OurComment], wish: &Wish) -> Vec<Change> {
    let mut ordered: Vec<&OurComment> = ours.iter().filter(|comment| comment.is_in_use()).collect();
    ordered.sort_by_key(|comment| comment.id);
    let gone = ours.iter().filter(|comment| !comment.is_in_use()).map(goes);
    let Some((first, others)) = ordered.split_first() else {
        let first = match wish {
            Wish::Linked(row) => Some(Change::Create { body: render([row]) }),
            Wish::Named(pull_request) => Some(Change::Create { body: render([&Row::named(pull_request)]) }),
            Wish::Unlinked(_) | Wish::Removed(_) => None,
        };
        return first.into_iter().chain(gone).collect();
    };
    let mut rows = first.rows.clone();
    for row in others.iter().flat_map(|other| other.rows.values()) {
        let united = rows.remove(&row.pull_request).map_or_else(|| row.clone(), |known| known.united(row));
        rows.insert(row.pull_request.clone(), united);
    }
    let changed = fulfil(&mut rows, wish);
    if !changed && others.is_empty() {
        return gone.collect();
    }
    let body = match wish {
        // A version that nobody can build on: another run that adds a row meanwhile meets a conflict, and begins a comment
        // of its own. Only then is this one deleted.
        Wish::Removed(_) if rows.is_empty() => going_away(),
        Wish::Removed(_) | Wish::Linked(_) | Wish::Named(_) | Wish::Unlinked(_) => render(rows.values()),
    };
    let update = Change::Update { id: first.id, read_version: first.version, body };
    std::iter::once(update).chain(others.iter().map(|other| goes(other))).chain(gone).collect()
}

fn goes(second: &OurComment) -> Change {
    match second.replies {
        Replies::None => Change::Delete { id: second.id },
        Replies::Some | Replies::Unread => {
            Change::Retire { id: second.id, read_version: second.version, body: RETIRED.to_owned() }
        }
    }
}

/// Whether our comments on a page are as wished: exactly one that says it, or none that says otherwise.
pub fn holds(ours: &[OurComment], wish: &Wish) -> bool {
    plan(ours, wish).is_empty()
}

fn fulfil(rows: &mut BTreeMap<PullRequestName, Row>, wish: &Wish) -> bool {
    match wish {
        Wish::Unlinked(pull_request) | Wish::Removed(pull_request) => rows.remove(pull_request).is_some(),
        Wish::Named(pull_request) if rows.contains_key(pull_request) => false,
        Wish::Named(pull_request) => rows.insert(pull_request.clone(), Row::named(pull_request)).is_none(),
        Wish::Linked(row) => {
            let known = rows.get(&row.pull_request);
            let wanted = match known {
                Some(known) => Row {
                    state: known.state.clone().followed_by(row.state.clone()),
                    version_at_merge: known.version_at_merge.or(row.version_at_merge),
                    releases: page_row::with_releases(&known.releases, &row.releases),
                    // Where titles are shown, a name that nobody told this time is the one that was told before.
                    author: row.author.clone().or_else(|| known.author.clone().filter(|_| row.title.is_some())),
                    ..row.clone()
                },
                None => row.clone(),
            };
            let titled = |known| gains_its_title(known, &wanted, rows) || loses_its_title(known, &wanted);
            if known.is_some_and(|known| known.says_the_same(&wanted) && !titled(known)) {
                return false;
            }
            rows.insert(wanted.pull_request.clone(), wanted);
            true
        }
    }
}

/// Whether a row that was written while nobody knew the title would have it now. Past the table's end there are no
/// titles, and of some nothing is left in writing: what would not be read back is never written.
fn gains_its_title(known: &Row, wanted: &Row, present: &BTreeMap<PullRequestName, Row>) -> bool {
    if known.title.is_some() || wanted.title.is_none() {
        return false;
    }
    let others = present.values().filter(|row| row.pull_request != wanted.pull_request);
    let read_back = rows(&render(others.chain([wanted])));
    read_back.is_ok_and(|rows| rows.get(&wanted.pull_request).is_some_and(|row| row.title.is_some()))
}

/// Whether a row shows a title or a name that is not to be shown any more.
fn loses_its_title(known: &Row, wanted: &Row) -> bool {
    (known.title.is_some() || known.author.is_some()) && wanted.title.is_none()
}

fn going_away() -> String {
    let marker = storage::link(PRODUCT, &format!("{PRODUCT_URL}#{GONE}"));
    format!("<p>No pull request links to this page any more. {marker} takes this comment away.</p>")
}

/// The comment's body in storage format; without rows it is one sentence, and still ours.
pub fn render<'a>(rows: impl IntoIterator<Item = &'a Row>) -> String {
    let mut rows: Vec<&Row> = rows.into_iter().collect();
    rows.sort_by_key(|row| row.rank());
    let marker = storage::link(PRODUCT, &format!("{PRODUCT_URL}#{MARKER}"));
    if rows.is_empty() {
        return format!("<p>No pull request links to this page any more. Kept up to date by {marker}.</p>");
    }
    let (shown, rest) = rows.split_at(rows.len().min(MAX_ROWS));
    let table: String = shown.iter().map(|row| row.as_table_row()).collect();
    let more = if rest.is_empty() {
        String::new()
    } else {
        let entries: Vec<String> = rest.iter().map(|row| row.as_short_entry()).collect();
        format!("<p>and {} more: {}</p>", rest.len(), entries.join(", "))
    };
    format!(
        "<h3>Pull requests</h3><table><tbody>\
         <tr><th><p>Pull request</p></th><th><p>State</p></th><th><p>Page version at merge</p></th><th><p>Releases</p></th><th><p>{AUTHOR}</p></th></tr>\
         {table}</tbody></table>{more}\
         <p>Kept up to date by {marker}. The label <code>no-pr-links</code> stops its updates on this page.</p>"
    )
}

#[cfg(test)]
mod tests;
