//! Our footer comment on a page: what it holds, how ours is recognized, and which changes lead to what it should hold.
//!
//! Its rows are the truth of the page side. It is found by a link whose fragment is [`MARKER`] and by its author; rows are
//! compared as parsed, because Confluence rewrites what it stores.

mod reading;

use crate::ids::{FooterCommentId, RepositoryName, RepositoryUuid};

use super::page_row::{self, Column, Row, RowKey, RowState};
use super::storage::{self, Piece, Unreadable};
use super::{PRODUCT, PRODUCT_URL};

pub use reading::rows;

/// The fragment of the last line's link: what makes a comment recognizable as ours.
pub const MARKER: &str = "confluence-pr-link-v1";

/// The fragment of a comment that is being taken away: its rows no longer count, and the next run that sees it deletes it.
const GONE: &str = "confluence-pr-link-gone";

/// The most rows in the table; the others follow it in short form.
pub const MAX_ROWS: usize = 100;

/// What a second comment with replies is left with.
const RETIRED: &str = "<p>This list moved to another comment on this page.</p>";

/// One of our comments on a page, as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OurComment {
    /// Its id; the lowest is the one that stays.
    pub id: FooterCommentId,
    /// Its version; an update must carry the next one.
    pub version: u32,
    /// Its body in storage format, as the service keeps it.
    pub body: String,
    /// Its rows, each pull request once.
    pub rows: Vec<Row>,
    /// Whether there are replies: deleting a comment deletes its replies.
    pub replies: Replies,
    pub purpose: Purpose,
}

impl OurComment {
    /// A comment with our marker, as the service keeps it.
    pub fn read(id: FooterCommentId, version: u32, body: String) -> Result<Self, Unreadable> {
        let purpose = purpose_of(&body).unwrap_or(Purpose::Rows);
        let rows = match purpose {
            Purpose::Gone => Vec::new(),
            Purpose::Rows => rows(&body)?,
        };
        Ok(Self { id, version, body, rows, replies: Replies::Unread, purpose })
    }

    pub fn is_in_use(&self) -> bool {
        self.purpose == Purpose::Rows
    }

    /// Its row of this pull request.
    pub fn row(&self, key: &RowKey) -> Option<&Row> {
        self.rows.iter().find(|row| row.is_of(key))
    }
}

/// What a comment of ours is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
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
    /// They weren't read: this comment stays.
    Unread,
}

/// What a run wants our comment on a page to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredRows {
    /// The repository of the rows: every row of it that is written gets this name.
    pub repository: RepositoryUuid,
    /// Its name at this moment.
    pub name: RepositoryName,
    /// One change for each pull request.
    pub changes: Vec<RowChange>,
    /// What becomes of a comment that is left without rows.
    pub without_rows: WithoutRows,
}

/// What a run wants of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// It says this. A version at merge that is there is kept; its releases join those that are there.
    Write(Row),
    /// The same if it is there; a row that someone has deleted is not restored.
    Update(Row),
    /// It is there, and says what it says: nothing is known but that it is linked.
    Keep(Row),
    /// It is not there.
    Remove(RowKey),
    /// It does not carry this release.
    Unrelease(RowKey, String),
}

/// What becomes of a comment that is left without rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithoutRows {
    /// It stays as one sentence.
    Stays,
    Goes,
}

/// A change to the footer comments of one page, with what is there before it.
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
        before: String,
        /// The version that was read; the update carries the next.
        read_version: u32,
        /// In storage format.
        body: String,
    },
    /// A comment of ours goes: a second one, after its rows have moved to the first, or one without rows.
    Delete {
        /// Which comment.
        id: FooterCommentId,
        before: String,
    },
    /// A second comment of ours that has replies: it stays for their sake, without rows and marker, and is ours no more.
    Retire {
        /// Which comment.
        id: FooterCommentId,
        before: String,
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

/// The changes that lead from our comments on a page to what is desired; none when it is there already.
///
/// Several comments of ours become one: their rows are united in the lowest id, and that comment is written even when
/// its rows would stay the same. The new version is a fence: another run that read before it gets a conflict and looks
/// again, so it can't bring back a row that this run dropped with the others.
pub fn diff(ours: &[OurComment], desired: &DesiredRows) -> Vec<Change> {
    let mut ordered: Vec<&OurComment> = ours.iter().filter(|comment| comment.is_in_use()).collect();
    ordered.sort_by_key(|comment| comment.id);
    let gone = ours.iter().filter(|comment| !comment.is_in_use()).map(take_away);
    let mut rows = Vec::new();
    for row in ordered.iter().flat_map(|comment| &comment.rows) {
        match rows.iter_mut().find(|known: &&mut Row| row.key().is_some_and(|key| known.is_of(&key))) {
            Some(known) => *known = known.clone().merge(row),
            None => reading::keep(&mut rows, Some(row.clone())),
        }
    }
    let changed = apply_to(&mut rows, desired);
    let Some((first, others)) = ordered.split_first() else {
        let create = (!rows.is_empty()).then(|| Change::Create { body: render(&rows) });
        return create.into_iter().chain(gone).collect();
    };
    if !changed && others.is_empty() {
        return gone.collect();
    }
    let body = match desired.without_rows {
        // This version is a fence: another run that adds a row meanwhile meets a conflict and creates another comment.
        // Only then is this one deleted.
        WithoutRows::Goes if rows.is_empty() => going_away(),
        WithoutRows::Goes | WithoutRows::Stays => render(&rows),
    };
    let update = Change::Update { id: first.id, before: first.body.clone(), read_version: first.version, body };
    std::iter::once(update).chain(others.iter().map(|other| take_away(other))).chain(gone).collect()
}

fn take_away(second: &OurComment) -> Change {
    match second.replies {
        Replies::None => Change::Delete { id: second.id, before: second.body.clone() },
        Replies::Some | Replies::Unread => Change::Retire {
            id: second.id,
            before: second.body.clone(),
            read_version: second.version,
            body: RETIRED.to_owned(),
        },
    }
}

/// Makes the changes; whether any of them was needed. Names alone are updated, and cause no change but of an own row.
fn apply_to(rows: &mut Vec<Row>, desired: &DesiredRows) -> bool {
    let mut changed = false;
    for change in &desired.changes {
        changed |= match change {
            RowChange::Remove(key) => {
                let before = rows.len();
                rows.retain(|row| !row.is_of(key));
                rows.len() != before
            }
            RowChange::Unrelease(key, name) => {
                let row = rows.iter_mut().find(|row| row.is_of(key));
                row.is_some_and(|row| {
                    let before = row.releases.len();
                    row.releases.retain(|release| release != name);
                    row.releases.len() != before
                })
            }
            RowChange::Keep(row) => match find(rows, row) {
                Some(known) => known.name != row.name,
                None => {
                    rows.push(row.clone());
                    true
                }
            },
            RowChange::Update(row) if find(rows, row).is_none() => false,
            RowChange::Write(row) | RowChange::Update(row) => write(rows, row),
        };
    }
    for row in rows.iter_mut().filter(|row| row.repository.as_ref() == Some(&desired.repository)) {
        row.name.repository = desired.name.clone();
    }
    changed
}

fn find<'a>(rows: &'a [Row], row: &Row) -> Option<&'a Row> {
    let key = row.key()?;
    rows.iter().find(|known| known.is_of(&key))
}

fn write(rows: &mut Vec<Row>, row: &Row) -> bool {
    let Some(known) = find(rows, row) else {
        rows.push(row.clone());
        return true;
    };
    let wanted = Row {
        state: known.state.clone().next_state(row.state.clone()),
        version_at_merge: known.version_at_merge.or(row.version_at_merge),
        releases: page_row::with_releases(&known.releases, &row.releases),
        // Where titles are shown, an author that is not known this time is the one that was known before.
        author: row.author.clone().or_else(|| known.author.clone().filter(|_| row.title.is_some())),
        // Approvals are those of the merge: a later one does not count.
        approved_by: match known.state {
            RowState::Merged => known.approved_by.clone().filter(|_| row.title.is_some()),
            RowState::Open | RowState::Draft | RowState::Other(_) => row.approved_by.clone(),
        },
        ..row.clone()
    };
    let same = known.is_equivalent(&wanted)
        && known.name == wanted.name
        && !gains_its_title(known, &wanted, rows)
        && !loses_its_title(known, &wanted);
    if same {
        return false;
    }
    if let Some(place) = row.key().and_then(|key| rows.iter_mut().find(|known| known.is_of(&key))) {
        *place = wanted;
    }
    true
}

/// Whether a row that was written without a title would have it now. Past the table's end there are no titles, and some
/// titles are empty once written: a text that couldn't be read back is never written.
fn gains_its_title(known: &Row, wanted: &Row, present: &[Row]) -> bool {
    if known.title.is_some() || wanted.title.is_none() {
        return false;
    }
    let others = present.iter().filter(|row| !wanted.key().is_some_and(|key| row.is_of(&key)));
    let read_back = rows(&render(others.chain([wanted])));
    read_back.is_ok_and(|rows| find(&rows, wanted).is_some_and(|row| row.title.is_some()))
}

/// Whether a row shows a title or a name that is not to be shown any more.
fn loses_its_title(known: &Row, wanted: &Row) -> bool {
    let shows_people = known.author.is_some() || known.approved_by.is_some();
    (known.title.is_some() || shows_people) && wanted.title.is_none()
}

fn going_away() -> String {
    let marker = storage::link(PRODUCT, &format!("{PRODUCT_URL}#{GONE}"));
    format!("<p>No pull requests link to this page anymore. {marker} deletes this comment.</p>")
}

/// The comment's body in storage format; without rows it is one sentence, and still ours.
pub fn render<'a>(rows: impl IntoIterator<Item = &'a Row>) -> String {
    let mut rows: Vec<&Row> = rows.into_iter().collect();
    rows.sort_by_key(|row| row.rank());
    let marker = storage::link(PRODUCT, &format!("{PRODUCT_URL}#{MARKER}"));
    if rows.is_empty() {
        return format!("<p>No pull requests link to this page anymore. Updated by {marker}.</p>");
    }
    let (shown, rest) = rows.split_at(rows.len().min(MAX_ROWS));
    let columns = Column::of(shown);
    let table: String = shown.iter().map(|row| row.as_table_row(&columns)).collect();
    let headings: String = columns.iter().map(|column| format!("<th><p>{}</p></th>", column.heading())).collect();
    let more = if rest.is_empty() {
        String::new()
    } else {
        let entries: Vec<String> = rest.iter().map(|row| row.as_short_entry()).collect();
        format!("<p>and {} more: {}</p>", rest.len(), entries.join(", "))
    };
    format!(
        "<p><strong>Pull requests</strong></p><table><tbody>\
         <tr>{headings}</tr>\
         {table}</tbody></table>{more}\
         <p>Updated by {marker}. To stop updates, label this page <code>no-pr-links</code>.</p>"
    )
}

#[cfg(test)]
mod tests;
