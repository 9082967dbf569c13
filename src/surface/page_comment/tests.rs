//! Tests of the page comment: its text, and the changes that lead there.

use super::*;
use crate::ids::{Key, PullRequestId};
use crate::surface::page_row::PullRequestName;
use crate::surface::page_row::{KeySource, LeadingKey, RowState};

fn uuid() -> RepositoryUuid {
    RepositoryUuid::parse("9c8b-1").unwrap()
}

fn name(repository: &str, id: u64) -> PullRequestName {
    PullRequestName { repository: RepositoryName::parse(repository).unwrap(), id: PullRequestId::new(id).unwrap() }
}

fn row(id: u64, state: RowState, title: &str) -> Row {
    Row { state, title: Some(title.to_owned()), ..Row::open(name("acme/shop", id), uuid()) }
}

fn key(id: u64) -> RowKey {
    RowKey { repository: uuid(), id: PullRequestId::new(id).unwrap() }
}

fn comment(id: u64, version: u32, rows: &[Row]) -> OurComment {
    OurComment {
        id: FooterCommentId::new(id).unwrap(),
        version,
        body: String::new(),
        rows: rows.to_vec(),
        replies: Replies::None,
        purpose: Purpose::Rows,
    }
}

fn plan(ours: &[OurComment], change: RowChange) -> Vec<Change> {
    let repository = RepositoryName::parse("acme/shop").unwrap();
    let without_rows = WithoutRows::Stays;
    diff(ours, &DesiredRows { repository: uuid(), name: repository, changes: vec![change], without_rows })
}

fn written(changes: &[Change]) -> Vec<Row> {
    let [Change::Create { body } | Change::Update { body, .. }, ..] = changes else { panic!("{changes:?}") };
    rows(body).unwrap()
}

#[test]
fn rows_are_read_back_from_the_table_and_past_its_end() {
    let mut rows_in: Vec<Row> = (1..=MAX_ROWS as u64).map(|id| row(id, RowState::Open, "A <b> & \"c\"")).collect();
    let mut merged = row(7_000, RowState::Merged, "kept");
    merged.version_at_merge = Some(12);
    merged.releases = vec!["1.4.0".to_owned(), "1.5.0-rc.1".to_owned()];
    merged.keys = [LeadingKey { key: Key::parse("ENG-1").unwrap(), source: KeySource::Jira }].into();
    rows_in.extend([merged, row(7_001, RowState::Merged, "also")]);
    let body = render(rows_in.iter());
    assert!(body.contains("and 2 more"));
    assert_eq!(purpose_of(&body), Some(Purpose::Rows));
    let rows_out = rows(&body).unwrap();
    assert_eq!(rows_out.len(), rows_in.len());
    for row in &rows_in {
        let read = find(&rows_out, row).unwrap();
        assert!(read.is_equivalent(row) && read.keys == row.keys, "{read:?} {row:?}");
    }
    assert_eq!(find(&rows_out, &rows_in[0]).unwrap().title.as_deref(), Some("A <b> & \"c\""));
    assert_eq!(render(&rows_out), body, "reading and writing changes nothing");
}

#[test]
fn columns_are_known_by_their_headings() {
    let mut merged = row(7, RowState::Merged, "t");
    merged.releases = vec!["1.4.0".to_owned()];
    let mut with_author = row(8, RowState::Open, "other");
    with_author.author = Some("Ada".to_owned());
    let headings = |rows: &[&Row]| {
        let body = render(rows.iter().copied());
        let headings = body.split("<th><p>").skip(1).filter_map(|rest| rest.split('<').next());
        (headings.map(str::to_owned).collect::<Vec<_>>().join(", "), body.clone())
    };
    assert_eq!(headings(&[&row(1, RowState::Open, "t")]).0, "Pull request, State");
    let (shown, body) = headings(&[&merged, &with_author]);
    assert_eq!(shown, "Pull request, State, Releases, Author");
    assert_eq!(rows(&body).unwrap(), [with_author, merged]);
    assert!(rows(&body.replace("Releases", "Something else")).is_err(), "an unknown column");
    assert!(rows(&body.replace("<td><p></p></td></tr>", "</tr>")).is_err(), "a missing cell");
}

#[test]
fn the_title_is_the_link_and_is_read_back() {
    let titled = row(7, RowState::Open, "A <b> & acme/shop #7");
    let body = render([&titled]);
    assert!(body.contains(">A &lt;b&gt; &amp; acme/shop #7</a> acme/shop #7</p>"), "{body}");
    assert_eq!(rows(&body).unwrap(), std::slice::from_ref(&titled));
    let untitled = Row { title: None, ..titled };
    let body = render([&untitled]);
    assert!(body.contains(">acme/shop #7</a></p>"), "{body}");
    assert_eq!(rows(&body).unwrap(), std::slice::from_ref(&untitled));
    let smart =
        body.replace(">acme/shop #7</a>", ">https://bitbucket.org/acme/shop/pull-requests/7#x</a> acme/shop #7");
    assert_eq!(rows(&smart).unwrap(), [untitled], "a smart link");
}

#[test]
fn an_unreadable_entry_past_the_table_is_not_dropped() {
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
fn an_emptied_comment_is_still_ours() {
    let body = render([]);
    assert_eq!(purpose_of(&body), Some(Purpose::Rows));
    assert!(rows(&body).unwrap().is_empty());
}

#[test]
fn a_title_alone_causes_no_write() {
    let other = row(9, RowState::Open, "theirs");
    let ours = [comment(5, 3, &[other.clone(), row(1, RowState::Open, "old title")])];
    assert_eq!(plan(&ours, RowChange::Write(row(1, RowState::Open, "new title"))), []);
    let changes = plan(&ours, RowChange::Write(row(1, RowState::Merged, "new title")));
    assert!(matches!(changes.as_slice(), [Change::Update { read_version: 3, .. }]));
    assert_eq!(find(&written(&changes), &other), Some(&other));
}

#[test]
fn keys_alone_cause_no_write_and_follow_one() {
    let mut known = row(1, RowState::Open, "t");
    known.keys = [LeadingKey { key: Key::parse("ENG-1").unwrap(), source: KeySource::Page }].into();
    let other_key = |state| Row {
        keys: [LeadingKey { key: Key::parse("ENG-2").unwrap(), source: KeySource::Page }].into(),
        ..row(1, state, "t")
    };
    let ours = [comment(5, 3, &[known])];
    assert_eq!(plan(&ours, RowChange::Write(other_key(RowState::Open))), []);
    let changes = plan(&ours, RowChange::Write(other_key(RowState::Merged)));
    assert_eq!(written(&changes)[0].keys, other_key(RowState::Open).keys);
}

#[test]
fn a_new_name_of_the_repository_is_written_to_all_its_rows() {
    let old = |id| Row { name: name("acme/old", id), ..row(id, RowState::Open, "t") };
    let foreign = Row { repository: RepositoryUuid::parse("other"), ..old(3) };
    let unidentified = Row { repository: None, ..old(4) };
    let ours = [comment(5, 3, &[old(1), old(2), foreign, unidentified])];
    let names = |changes: &[Change]| {
        let mut names: Vec<String> = written(changes).iter().map(|row| row.name.to_string()).collect();
        names.sort();
        names
    };
    let changes = plan(&ours, RowChange::Write(row(1, RowState::Open, "t")));
    assert_eq!(names(&changes), ["acme/old #3", "acme/old #4", "acme/shop #1", "acme/shop #2"]);
    let own_is_right = [comment(5, 3, &[row(1, RowState::Open, "t"), old(2)])];
    assert_eq!(plan(&own_is_right, RowChange::Write(row(1, RowState::Open, "t"))), [], "others' names cause no write");
    let changes = plan(&own_is_right, RowChange::Write(row(1, RowState::Merged, "t")));
    assert_eq!(names(&changes), ["acme/shop #1", "acme/shop #2"]);
}

#[test]
fn a_row_that_was_deleted_is_not_restored_by_an_update() {
    let others = [comment(5, 3, &[row(2, RowState::Open, "t")])];
    assert_eq!(plan(&others, RowChange::Update(row(1, RowState::Merged, "t"))), []);
    assert_eq!(plan(&[], RowChange::Update(row(1, RowState::Merged, "t"))), []);
    let ours = [comment(5, 3, &[row(1, RowState::Open, "t")])];
    assert_eq!(plan(&ours, RowChange::Update(row(1, RowState::Merged, "t"))).len(), 1);
}

#[test]
fn a_row_without_identity_stays_as_it_is() {
    let unidentified = Row { repository: None, ..row(1, RowState::Open, "t") };
    let ours = [comment(5, 3, std::slice::from_ref(&unidentified))];
    assert_eq!(plan(&ours, RowChange::Remove(key(1))), []);
    let rows = written(&plan(&ours, RowChange::Write(row(1, RowState::Merged, "t"))));
    assert!(rows.len() == 2 && rows.contains(&unidentified));
}

#[test]
fn a_missing_title_is_filled_in_once_where_there_is_room() {
    let mut known = row(1, RowState::Open, "");
    known.title = None;
    let titled = |title: &str| RowChange::Write(row(1, RowState::Open, title));
    let rows = written(&plan(&[comment(5, 3, std::slice::from_ref(&known))], titled("t")));
    assert_eq!(rows[0].title.as_deref(), Some("t"));
    assert_eq!(plan(&[comment(5, 4, &rows)], titled("t")), []);
    for nothing in ["", " \u{a0} ", "\u{1}", "\u{fffe}"] {
        assert_eq!(plan(&[comment(5, 3, std::slice::from_ref(&known))], titled(nothing)), [], "{nothing:?}");
    }
    let mut crowd: Vec<Row> = (2..=MAX_ROWS as u64 + 1).map(|id| row(id, RowState::Open, "other")).collect();
    crowd.push(known);
    assert_eq!(plan(&[comment(5, 3, &crowd)], titled("t")), []);
}

#[test]
fn facts_a_run_does_not_state_are_kept() {
    let mut known = row(1, RowState::Merged, "t");
    known.version_at_merge = Some(4);
    known.releases = vec!["1.0.0".to_owned()];
    assert_eq!(plan(&[comment(5, 3, &[known])], RowChange::Write(row(1, RowState::Merged, "t"))), []);
}

#[test]
fn a_merged_row_never_opens_again() {
    let ours = [comment(5, 3, &[row(1, RowState::Merged, "t")])];
    for before in [RowState::Open, RowState::Draft] {
        assert_eq!(plan(&ours, RowChange::Write(row(1, before, "t"))), []);
    }
    let other = [comment(5, 3, &[row(1, RowState::Other("queued".to_owned()), "t")])];
    assert_eq!(plan(&other, RowChange::Write(row(1, RowState::Open, "t"))).len(), 1);
}

#[test]
fn a_second_comment_is_deleted_only_without_replies() {
    for (replies, deleted) in [(Replies::None, true), (Replies::Some, false), (Replies::Unread, false)] {
        let ours = [comment(5, 1, &[]), OurComment { replies, ..comment(8, 3, &[row(2, RowState::Open, "b")]) }];
        let changes = plan(&ours, RowChange::Write(row(1, RowState::Open, "a")));
        assert_eq!(matches!(changes.as_slice(), [Change::Update { .. }, Change::Delete { .. }]), deleted);
        if let [Change::Update { body: united, .. }, Change::Retire { id, read_version: 3, body, .. }] =
            changes.as_slice()
        {
            assert!(id.get() == 8 && purpose_of(body).is_none() && rows(body).unwrap().is_empty());
            assert_eq!(rows(united).unwrap().len(), 2);
        } else {
            assert!(deleted, "{changes:?}");
        }
    }
}

#[test]
fn a_pull_request_of_unknown_state_gets_a_row_and_changes_none() {
    let mut known = row(1, RowState::Merged, "t");
    known.releases = vec!["1.0.0".to_owned()];
    let kept = || RowChange::Keep(Row::open(name("acme/shop", 1), uuid()));
    assert_eq!(plan(&[comment(5, 3, &[known])], kept()), []);
    for ours in [vec![], vec![comment(5, 3, &[row(2, RowState::Open, "other")])]] {
        let rows = written(&plan(&ours, kept()));
        let new = rows.iter().find(|row| row.is_of(&key(1))).unwrap();
        assert_eq!((&new.state, &new.title), (&RowState::Open, &None));
        assert_eq!(rows.len(), ours.len() + 1);
    }
}

#[test]
fn two_comments_become_one_behind_a_fence() {
    let ours = [comment(8, 1, &[row(2, RowState::Open, "b")]), comment(5, 1, &[row(1, RowState::Open, "a")])];
    let changes = plan(&ours, RowChange::Remove(key(2)));
    let [Change::Update { id, read_version: 1, .. }, Change::Delete { id: second, .. }] = changes.as_slice() else {
        panic!("{changes:?}")
    };
    assert_eq!((id.get(), second.get()), (5, 8));
    assert_eq!(written(&changes).iter().map(|row| row.name.id.get()).collect::<Vec<_>>(), [1]);
    assert_eq!(plan(&[comment(5, 2, &[row(1, RowState::Open, "a")])], RowChange::Remove(key(2))), []);
}
