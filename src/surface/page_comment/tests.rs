//! What a page comment says, and which changes lead there.

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
        author: None,
    }
}

fn comment(id: u64, version: u32, rows: &[Row]) -> OurComment {
    let rows = rows.iter().map(|row| (row.pull_request.clone(), row.clone())).collect();
    OurComment {
        id: FooterCommentId::new(id).unwrap(),
        version,
        body: String::new(),
        rows,
        replies: Replies::None,
        purpose: Purpose::Rows,
    }
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
    assert_eq!(purpose_of(&body), Some(Purpose::Rows));
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
    assert_eq!(purpose_of(&body), Some(Purpose::Rows));
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
fn a_missing_title_is_filled_in_once_where_there_is_room_for_one() {
    let mut known = row(1, RowState::Open, "");
    known.title = None;
    let changes = plan(&[comment(5, 3, std::slice::from_ref(&known))], &Wish::Linked(row(1, RowState::Open, "t")));
    let [Change::Update { body, .. }] = changes.as_slice() else { panic!("{changes:?}") };
    let written = rows(body).unwrap();
    assert_eq!(written[&known.pull_request].title.as_deref(), Some("t"));
    let ours = OurComment {
        id: FooterCommentId::new(5).unwrap(),
        version: 4,
        body: String::new(),
        rows: written,
        replies: Replies::None,
        purpose: Purpose::Rows,
    };
    assert_eq!(plan(&[ours], &Wish::Linked(row(1, RowState::Open, "t"))), []);
    for nothing in ["", " \u{a0} ", "\u{1}", "\u{fffe}"] {
        let wish = Wish::Linked(row(1, RowState::Open, nothing));
        assert_eq!(plan(&[comment(5, 3, std::slice::from_ref(&known))], &wish), [], "{nothing:?}");
    }
    let mut crowd: Vec<Row> = (2..=MAX_ROWS as u64 + 1).map(|id| row(id, RowState::Open, "other")).collect();
    crowd.push(known);
    assert_eq!(plan(&[comment(5, 3, &crowd)], &Wish::Linked(row(1, RowState::Open, "t"))), []);
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
        if let [Change::Update { body: united, .. }, Change::Retire { id, read_version: 3, body }] = changes.as_slice()
        {
            assert!(id.get() == 8 && purpose_of(body).is_none() && rows(body).unwrap().is_empty());
            assert_eq!(rows(united).unwrap().len(), 2);
        } else {
            assert!(deleted, "{changes:?}");
        }
    }
}

#[test]
fn a_pull_request_of_which_only_the_name_is_known_gets_a_row_and_changes_none() {
    let mut known = row(1, RowState::Merged, "t");
    known.releases = vec!["1.0.0".to_owned()];
    let named = Wish::Named(known.pull_request.clone());
    assert_eq!(plan(&[comment(5, 3, &[known])], &named), []);
    for ours in [vec![], vec![comment(5, 3, &[row(2, RowState::Open, "other")])]] {
        let changes = plan(&ours, &named);
        let [Change::Create { body } | Change::Update { body, .. }] = changes.as_slice() else { panic!("{changes:?}") };
        let rows = rows(body).unwrap();
        let new = rows.values().find(|row| row.pull_request.id.get() == 1).unwrap();
        assert_eq!((&new.state, &new.title), (&RowState::Open, &None));
        assert_eq!(rows.len(), ours.len() + 1);
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
