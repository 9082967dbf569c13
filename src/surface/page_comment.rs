//! What should our footer comment on a page hold, is a comment ours, and which changes lead there?
//!
//! The comment is the truth of the page side. It is found by a link whose fragment is [`MARKER`] and by its author;
//! rows are compared as parsed, because Confluence rewrites what it stores.

use std::collections::BTreeMap;

use crate::ids::FooterCommentId;

use super::page_row::{PullRequestName, Row};
use super::storage::{self, Piece, Unreadable};
use super::{PRODUCT, PRODUCT_URL};

/// The fragment of the last line's link: what makes a comment recognisable as ours.
pub const MARKER: &str = "confluence-pr-link-v1";

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
    /// Its rows by pull request.
    pub rows: BTreeMap<PullRequestName, Row>,
    /// Whether somebody replied: a comment that is deleted takes its replies along.
    pub replies: Replies,
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
    /// This row stands. What it does not state (version at merge, releases) is carried over.
    Linked(Row),
    /// No row of this pull request stands.
    Unlinked(PullRequestName),
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

/// Whether a body carries our marker: the product's name as a link to its fragment.
pub fn has_marker(body: &str) -> bool {
    let Ok(pieces) = storage::read(body) else {
        return body.contains(&format!("#{MARKER}"));
    };
    let ours = |pair: &[Piece]| match pair {
        [Piece::Link(target), Piece::Text(words)] => target.ends_with(&format!("#{MARKER}")) && words.trim() == PRODUCT,
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
    for piece in storage::read(body)? {
        match (piece, place) {
            (Piece::Open(name), _) if name == "tr" => {
                place = Place::InRow;
                cells.clear();
                keep(&mut rows, short_entry(link.take(), &following)?);
                following.clear();
            }
            (Piece::Open(name), Place::InRow) if name == "td" => cells.push(String::new()),
            (Piece::Close(name), Place::InRow) if name == "tr" => {
                place = Place::Outside;
                let row = link.take().and_then(|link| Row::from_cells(&link, &cells));
                // Written anew, a row that is not understood would be gone.
                if row.is_none() && !cells.is_empty() {
                    return Err(Unreadable::without_cause());
                }
                keep(&mut rows, row);
            }
            (Piece::Link(target), Place::InRow) => link = link.or(Some(target)),
            (Piece::Text(words), Place::InRow) => {
                if let Some(cell) = cells.last_mut() {
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
    let mut ordered: Vec<&OurComment> = ours.iter().collect();
    ordered.sort_by_key(|comment| comment.id);
    let Some((first, others)) = ordered.split_first() else {
        return match wish {
            Wish::Linked(row) => vec![Change::Create { body: render([row]) }],
            Wish::Unlinked(_) => Vec::new(),
        };
    };
    let mut rows = first.rows.clone();
    for row in others.iter().flat_map(|other| other.rows.values()) {
        let united = rows.remove(&row.pull_request).map_or_else(|| row.clone(), |known| known.united(row));
        rows.insert(row.pull_request.clone(), united);
    }
    let changed = fulfil(&mut rows, wish);
    if !changed && others.is_empty() {
        return Vec::new();
    }
    let update = Change::Update { id: first.id, read_version: first.version, body: render(rows.values()) };
    std::iter::once(update).chain(others.iter().map(|other| goes(other))).collect()
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
        Wish::Unlinked(pull_request) => rows.remove(pull_request).is_some(),
        Wish::Linked(row) => {
            let known = rows.get(&row.pull_request);
            let wanted = match known {
                Some(known) => Row {
                    state: known.state.clone().followed_by(row.state.clone()),
                    version_at_merge: row.version_at_merge.or(known.version_at_merge),
                    releases: if row.releases.is_empty() { known.releases.clone() } else { row.releases.clone() },
                    ..row.clone()
                },
                None => row.clone(),
            };
            if known.is_some_and(|known| known.says_the_same(&wanted)) {
                return false;
            }
            rows.insert(wanted.pull_request.clone(), wanted);
            true
        }
    }
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
         <tr><th><p>Pull request</p></th><th><p>State</p></th><th><p>Page version at merge</p></th><th><p>Releases</p></th></tr>\
         {table}</tbody></table>{more}\
         <p>Kept up to date by {marker}. The label <code>no-pr-links</code> stops its updates on this page.</p>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{PullRequestId, RepositoryName};
    use crate::surface::page_row::RowState;

    fn row(id: u64, state: RowState, title: &str) -> Row {
        Row {
            pull_request: PullRequestName {
                repository: RepositoryName::parse("acme/shop").unwrap(),
                id: PullRequestId::new(id).unwrap(),
            },
            title: Some(title.to_owned()),
            state,
            version_at_merge: None,
            releases: Vec::new(),
        }
    }

    fn comment(id: u64, version: u32, rows: &[Row]) -> OurComment {
        let rows = rows.iter().map(|row| (row.pull_request.clone(), row.clone())).collect();
        OurComment { id: FooterCommentId::new(id).unwrap(), version, rows, replies: Replies::None }
    }

    #[test]
    fn what_is_written_is_read_back_in_the_table_and_past_its_end() {
        let mut rows_in: Vec<Row> = (1..=MAX_ROWS as u64).map(|id| row(id, RowState::Open, "A <b> & \"c\"")).collect();
        let mut merged = row(7_000, RowState::Merged, "kept");
        merged.version_at_merge = Some(12);
        merged.releases = vec!["1.4.0".to_owned(), "1.5.0-rc.1".to_owned()];
        rows_in.extend([merged, row(7_001, RowState::Merged, "also")]);
        let body = render(rows_in.iter());
        assert!(body.contains("and 2 more"));
        assert!(has_marker(&body));
        let rows_out = rows(&body).unwrap();
        assert_eq!(rows_out.len(), rows_in.len());
        for row in &rows_in {
            let read = &rows_out[&row.pull_request];
            assert!(read.says_the_same(row), "{read:?} {row:?}");
        }
        assert_eq!(rows_out[&rows_in[0].pull_request].title.as_deref(), Some("A <b> & \"c\""));
        assert_eq!(render(rows_out.values()), body, "reading and writing changes nothing");
    }

    #[test]
    fn an_entry_past_the_tables_end_that_is_not_understood_is_not_dropped() {
        let many: Vec<Row> = (1..=MAX_ROWS as u64 + 2).map(|id| row(id, RowState::Merged, "t")).collect();
        let body = render(many.iter());
        assert!(rows(&body).is_ok_and(|rows| rows.len() == many.len()));
        for edited in [
            body.replacen("(merged; ; )", "merged", 1),
            body.replacen("(merged; ; )", "(merged)", 1),
            body.replacen("(merged; ; )", "(merged; four; )", 1),
        ] {
            assert!(edited != body && rows(&edited).is_err());
        }
        let listed = body.replace("<p>and", "<li>and").replace(")</p>", ")</li>");
        assert!(listed != body && rows(&listed).is_ok_and(|rows| rows.len() == many.len()));
    }

    #[test]
    fn an_emptied_comment_is_still_ours_and_holds_no_row() {
        let body = render([]);
        assert!(has_marker(&body));
        assert!(rows(&body).unwrap().is_empty());
    }

    #[test]
    fn a_title_alone_changes_nothing_and_a_state_changes_its_row_only() {
        let other = row(9, RowState::Open, "theirs");
        let ours = [comment(5, 3, &[other.clone(), row(1, RowState::Open, "old title")])];
        assert_eq!(plan(&ours, &Wish::Linked(row(1, RowState::Open, "new title"))), []);
        let changes = plan(&ours, &Wish::Linked(row(1, RowState::Merged, "new title")));
        let [Change::Update { read_version: 3, body, .. }] = changes.as_slice() else { panic!("{changes:?}") };
        assert_eq!(rows(body).unwrap()[&other.pull_request], other);
    }

    #[test]
    fn facts_a_run_does_not_state_are_carried_over() {
        let mut known = row(1, RowState::Merged, "t");
        known.version_at_merge = Some(4);
        known.releases = vec!["1.0.0".to_owned()];
        assert_eq!(plan(&[comment(5, 3, &[known])], &Wish::Linked(row(1, RowState::Merged, "t"))), []);
    }

    #[test]
    fn a_merge_is_for_ever() {
        let ours = [comment(5, 3, &[row(1, RowState::Merged, "t")])];
        for before in [RowState::Open, RowState::Draft] {
            assert_eq!(plan(&ours, &Wish::Linked(row(1, before, "t"))), []);
        }
        let other = [comment(5, 3, &[row(1, RowState::Other("queued".to_owned()), "t")])];
        assert_eq!(plan(&other, &Wish::Linked(row(1, RowState::Open, "t"))).len(), 1);
    }

    #[test]
    fn a_second_comment_is_deleted_only_when_it_is_known_to_have_no_replies() {
        for (replies, deleted) in [(Replies::None, true), (Replies::Some, false), (Replies::Unread, false)] {
            let ours = [comment(5, 1, &[]), OurComment { replies, ..comment(8, 3, &[row(2, RowState::Open, "b")]) }];
            let changes = plan(&ours, &Wish::Linked(row(1, RowState::Open, "a")));
            assert_eq!(matches!(changes.as_slice(), [Change::Update { .. }, Change::Delete { .. }]), deleted);
            if let [Change::Update { body: united, .. }, Change::Retire { id, read_version: 3, body }] =
                changes.as_slice()
            {
                assert!(id.get() == 8 && !has_marker(body) && rows(body).unwrap().is_empty());
                assert_eq!(rows(united).unwrap().len(), 2);
            } else {
                assert!(deleted, "{changes:?}");
            }
        }
    }

    #[test]
    fn two_comments_become_one_behind_a_fence() {
        let ours = [comment(8, 1, &[row(2, RowState::Open, "b")]), comment(5, 1, &[row(1, RowState::Open, "a")])];
        let gone = row(2, RowState::Open, "b").pull_request;
        let changes = plan(&ours, &Wish::Unlinked(gone.clone()));
        let [Change::Update { id, read_version: 1, body }, Change::Delete { id: second }] = changes.as_slice() else {
            panic!("{changes:?}")
        };
        assert_eq!((id.get(), second.get()), (5, 8));
        assert_eq!(rows(body).unwrap().keys().map(|name| name.id.get()).collect::<Vec<_>>(), [1]);
        assert!(holds(&[comment(5, 2, &[row(1, RowState::Open, "a")])], &Wish::Unlinked(gone)));
    }
}
