//! Tests of the pull request comment: its text, and the changes that lead there.

use super::*;
use crate::ids::Key;
use crate::ids::{ContentId, Host, PageKind};

fn site() -> SiteIdentity {
    let host = Host::parse("acme.atlassian.net").unwrap();
    SiteIdentity { cloud_id: None, hosts: [host.clone()].into(), host }
}

fn page(id: u64) -> PageName {
    PageName { id: ContentId::new(id).unwrap(), kind: PageKind::Page }
}

fn comment(id: u64, author: &str, raw: &str) -> Comment {
    let id = PullRequestCommentId::new(id).unwrap();
    Comment { id, author: UserUuid::parse(author), author_kind: AuthorKind::Unknown, raw: raw.to_owned() }
}

/// A comment with this visible text below our heading, and an index.
fn candidate(id: u64, author: &str, visible: &str, pages: &[u64]) -> Candidate {
    let pages = pages.iter().map(|id| page(*id)).collect();
    let raw = whole(&shown(visible), &pages, &site());
    Candidate::of(comment(id, author, &raw), &site(), Writer::Token).unwrap()
}

fn shown(visible: &str) -> String {
    if visible == EMPTIED { visible.to_owned() } else { format!("{HEADING}\n\n{visible}") }
}

fn desired(visible: Option<&str>) -> Desired {
    let needed = if visible.is_some() { Needed::Yes } else { Needed::No };
    let visible = Visible::Text(shown(visible.unwrap_or_default()));
    Desired { visible, note: Note::OfThisRun, pages: BTreeSet::new(), read: BTreeSet::new(), needed }
}

/// Makes the changes against comments of which only `me`'s accept one, and lists each step.
fn follow(mut comments: Vec<Candidate>, desired: &Desired) -> Vec<String> {
    let mut authorship = Authorship::default();
    let mut steps = Vec::new();
    let me = UserUuid::parse("me");
    for _ in 0..20 {
        let Some(change) = next(&comments, &authorship, desired, &site()) else { return steps };
        match change {
            Change::Create { body } => {
                steps.push("create".to_owned());
                comments.push(Candidate::of(comment(90, "me", &body), &site(), Writer::Token).unwrap());
                authorship.accept(PullRequestCommentId::new(90).unwrap(), me.clone());
            }
            Change::Update { id, body, .. } => {
                let found = comments.iter_mut().find(|comment| comment.id == id).unwrap();
                if found.author == me {
                    let what = if body.starts_with(EMPTIED) { "empty" } else { "update" };
                    steps.push(format!("{what} {id}"));
                    *found = Candidate::of(comment(id.get(), "me", &body), &site(), Writer::Token).unwrap();
                    authorship.accept(id, me.clone());
                } else {
                    steps.push(format!("refused {id}"));
                    authorship.refused.insert(id);
                }
            }
            Change::Delete { id, .. } => {
                assert!(comments.iter().any(|comment| comment.id == id && comment.author == me), "not ours");
                steps.push(format!("delete {id}"));
                comments.retain(|comment| comment.id != id);
            }
        }
    }
    panic!("no end: {steps:?}");
}

#[test]
fn changes_lead_to_one_comment_and_spare_others() {
    let ours = |id, visible| candidate(id, "me", visible, &[]);
    let theirs = |id, visible| candidate(id, "you", visible, &[]);
    type Case = (&'static str, Vec<Candidate>, Option<&'static str>, &'static [&'static str]);
    let table: [Case; 13] = [
        ("nothing to say, nothing there", vec![], None, &[]),
        ("a first comment", vec![], Some("new"), &["create"]),
        ("it is there", vec![ours(1, "new")], Some("new"), &[]),
        ("it changes", vec![ours(1, "old")], Some("new"), &["update 1"]),
        ("two become one", vec![ours(1, "new"), ours(2, "new")], Some("new"), &["empty 2", "delete 2"]),
        ("the lowest stays", vec![ours(1, "old"), ours(2, "new")], Some("new"), &["update 1", "empty 2", "delete 2"]),
        ("the last one goes", vec![ours(1, "old")], None, &["empty 1", "delete 1"]),
        ("an emptied one goes", vec![ours(1, EMPTIED)], None, &["empty 1", "delete 1"]),
        ("a forged one is left", vec![theirs(1, "x")], Some("new"), &["refused 1", "create"]),
        ("a forged one below ours", vec![theirs(1, "x"), ours(2, "new")], Some("new"), &[]),
        ("a forged one above ours", vec![ours(1, "new"), theirs(2, "x")], Some("new"), &["refused 2"]),
        (
            "two forged ones of one author above ours",
            vec![ours(1, "old"), theirs(2, "x"), theirs(3, "y")],
            Some("new"),
            &["refused 2", "update 1"],
        ),
        ("nothing to say and a forged one", vec![theirs(1, "x")], None, &["refused 1"]),
    ];
    for (case, comments, visible, steps) in table {
        assert_eq!(follow(comments, &desired(visible)), steps, "{case}");
    }
}

#[test]
fn a_second_comment_is_emptied_before_it_is_deleted() {
    // An update of the second one was accepted before the first one showed in a list.
    let mut authorship = Authorship::default();
    authorship.accept(PullRequestCommentId::new(2).unwrap(), UserUuid::parse("me"));
    let wanted = desired(Some("new"));
    let ours = |visible| [candidate(1, "me", "new", &[]), candidate(2, "me", visible, &[])];
    let change = next(&ours("new"), &authorship, &wanted, &site());
    assert!(matches!(&change, Some(Change::Update { id, .. }) if id.get() == 2), "{change:?}");
    let change = next(&ours(EMPTIED), &authorship, &wanted, &site());
    assert!(matches!(&change, Some(Change::Delete { id, .. }) if id.get() == 2), "{change:?}");
}

#[test]
fn thirty_forged_comments_cost_a_few_requests() {
    let forged = |id: u64| candidate(id, &format!("author-{}", id % 12), "x", &[999]);
    let steps = follow((1..=30).map(forged).collect(), &desired(Some("new")));
    assert!(steps.len() <= MAX_AUTHORS + 1 && steps.last().unwrap() == "create", "{steps:?}");
}

#[test]
fn a_comment_inherits_unread_pages_from_itself_only() {
    let ours = candidate(1, "me", "old", &[101, 102]);
    let theirs = candidate(2, "you", "old", &[103]);
    let desired = Desired { pages: [page(104)].into(), read: [page(101)].into(), ..desired(Some("new")) };
    let authorship = Authorship { ours: UserUuid::parse("me"), ..Authorship::default() };
    let change = next(&[ours, theirs], &authorship, &desired, &site());
    let Some(Change::Update { body, .. }) = change else { panic!("{change:?}") };
    assert_eq!(Marker::split(&body).unwrap().1.pages, [page(102), page(104)].into());
}

#[test]
fn stored_text_with_other_line_endings_is_the_same_text() {
    let wanted = desired(Some("first\n\n- second\u{200b}"));
    let sent = wanted.text(&[], &site()).unwrap();
    let edited = |raw: &str| Candidate::of(comment(1, "me", raw), &site(), Writer::Token).unwrap();
    for stored in [sent.replace('\n', "\r\n"), format!("{sent}\n\n"), sent.replace('\u{200b}', "")] {
        assert_eq!(next(&[edited(&stored)], &Authorship::default(), &wanted, &site()), None);
    }
    let by_hand = edited(&sent.replace("second", "third"));
    assert!(next(&[by_hand], &Authorship::default(), &wanted, &site()).is_some(), "edited by hand");
}

#[test]
fn the_kind_of_account_excludes_comments_of_others() {
    let of = |kind, writer| {
        let comment = Comment { author_kind: kind, ..comment(1, "x", &whole(HEADING, &BTreeSet::new(), &site())) };
        Candidate::of(comment, &site(), writer).is_some()
    };
    let table = [
        (AuthorKind::App, Writer::Token, true),
        (AuthorKind::Person, Writer::Token, false),
        (AuthorKind::Unknown, Writer::Token, true),
        (AuthorKind::Person, Writer::Person, true),
        (AuthorKind::App, Writer::Person, false),
    ];
    for (kind, writer, expected) in table {
        assert_eq!(of(kind, writer), expected, "{kind:?} {writer:?}");
    }
}

#[test]
fn a_comment_that_lost_its_marker_is_adopted() {
    let bare = Candidate::of(comment(1, "me", "### Confluence pages\n\n| a |"), &site(), Writer::Token).unwrap();
    assert_eq!(follow(vec![bare.clone()], &desired(Some("new"))), ["update 1"]);
    let marked = candidate(2, "me", "new", &[]);
    assert_eq!(follow(vec![bare, marked], &desired(Some("new"))), [""; 0], "only where none has its marker");
    assert_eq!(Candidate::of(comment(1, "me", "a comment"), &site(), Writer::Token), None);
}

fn row(number: usize) -> Row {
    Row {
        name: "x".repeat(200),
        url: format!("https://acme.atlassian.net/wiki/pages/viewpage.action?pageId={number}"),
        space: Some("ENG".to_owned()),
        status: Vec::new(),
        version: "2026-11-22, v1".to_owned(),
        found_in: vec![Mention { key: Key::parse("ENG-1"), places: "branch, ".repeat(40) }],
        tasks: Vec::new(),
    }
}

#[test]
fn a_long_comment_loses_places_then_tasks_then_rows() {
    let tasks = |count: usize| {
        let task = TaskLine { done: None, number: "1".to_owned(), words: "y".repeat(290) };
        Row { tasks: vec![task; count], ..row(1) }
    };
    for (rows, tasks_shown, more) in [
        ((1..=40).map(row).collect::<Vec<_>>(), false, false),
        (vec![tasks(10)], true, false),
        (vec![tasks(100)], false, false),
        ((1..=200).map(row).collect(), false, true),
    ] {
        let text = render(&Content { rows, ..Content::default() });
        assert!(text.len() <= MAX_VISIBLE_BYTES && text.contains("pageId=1)"), "{}", text.len());
        assert_eq!((text.contains("Task 1"), text.contains("\nand ")), (tasks_shown, more));
    }
}
