//! Search lags, tokenizes and pages as Confluence's does.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Client, Reply, start};
use fake::{BOT, Fake, SOMEBODY_ELSE, Status};

fn with_pages() -> Fake {
    let fake = start();
    {
        let mut state = fake.state();
        state.confluence.content_mut(101).title = "ENG-12: Basket <new>".to_owned();
        state.confluence.content_mut(101).labels.push("eng-12".to_owned());
        state.add_page(102, "ENG", "12 reasons for ENG");
        state.add_page(103, "OPS", "Say \"hello\"");
    }
    fake
}

fn search(fake: &Fake, cql: &str, more: &str) -> Reply {
    let cql = utf8_percent_encode(cql, NON_ALPHANUMERIC);
    Client::confluence(fake).get(&format!("/wiki/rest/api/search?cql={cql}{more}"))
}

/// The ids of what a query finds.
fn found(fake: &Fake, cql: &str) -> Vec<u64> {
    let reply = search(fake, cql, "");
    assert_eq!(reply.status, 200, "{cql}: {reply:?}");
    reply.each("/results", "/content/id").iter().map(|id| id.as_str().unwrap().parse().unwrap()).collect()
}

#[test]
fn query_finds_what_confluence_would() {
    let fake = with_pages();
    let table: &[(&str, &[u64])] = &[
        ("title ~ \"ENG-12\"", &[101, 102]), // A hyphen only separates words.
        ("title ~ \"\\\"ENG-12\\\"\"", &[101]),
        ("title ~ \"bask*\"", &[101]),
        ("title ~ bask", &[]),
        ("space = eng and label = \"ENG-12\"", &[101]),
        ("(space in (ENG, OPS) AND NOT id in (101,102)) and title ~ say", &[103]),
        ("title = \"say \\\"hello\\\"\"", &[103]),
        ("space = NOBODY", &[]), // An unknown space is no error.
        ("type in (page, blogpost) and space != ENG and id != 1065538", &[103]),
    ];
    for (cql, expected) in table {
        assert_eq!(&found(&fake, cql), expected, "{cql}");
    }
    let comment =
        ["creator = now()", "lastmodified >= \"yesterday\"", "lastmodified >= now(\"-3x\")", "created ~ \"x\""];
    let comment = comment.map(|wrong| format!("type = comment and {wrong}"));
    let page = ["", "title ~", "title = \"open", "nothing = 1", "not space = ENG", "label = eng-12", "(space = ENG"];
    for cql in comment.iter().map(String::as_str).chain(page) {
        let reply = search(&fake, cql, "");
        assert_eq!((reply.status, &reply["/statusCode"]), (400, &json!(400)), "{cql}");
    }
}

#[test]
fn search_sees_changes_later_and_never_what_was_put_away() {
    let fake = with_pages();
    fake.state().confluence.freeze_index();
    fake.state().confluence.content_mut(101).labels.clear();
    fake.state().add_page(104, "ENG", "New");
    let seen = || (found(&fake, "label = \"eng-12\""), found(&fake, "title = New"));
    assert_eq!(seen(), (vec![101], vec![]), "the label of before");
    fake.state().confluence.reindex();
    assert_eq!(seen(), (vec![], vec![104]));
    fake.state().confluence.content_mut(104).status = Status::Archived;
    assert_eq!(seen(), (vec![], vec![104]), "what was put away is still found for a while");
    fake.state().confluence.reindex();
    assert_eq!(seen(), (vec![], vec![]));
}

#[test]
fn comments_are_found_by_their_creator_and_their_last_change() {
    let fake = with_pages();
    let (ours, theirs) = {
        let mut state = fake.state();
        (state.add_page_comment(101, BOT, "<p>ours</p>"), state.add_page_comment(103, SOMEBODY_ELSE, "<p>hi</p>"))
    };
    let recent = |days: u32| format!("creator = currentUser() and lastmodified >= now(\"-{days}d\")");
    let find = |query: &str| found(&fake, &format!("type = comment and {query}"));
    assert_eq!(found(&fake, "type = comment order by lastmodified desc"), [theirs, ours]);
    assert_eq!(find("creator = currentUser()"), [ours]);
    assert_eq!(find(&format!("creator = \"{SOMEBODY_ELSE}\"")), [theirs]);
    assert_eq!(find("container = 103"), [theirs]);
    assert_eq!(find("space = OPS"), [theirs]);
    fake.state().clock.advance(3 * 86_400);
    assert_eq!((find(&recent(4)), find(&recent(2))), (vec![ours], vec![]));
    fake.state().edit_page_comment(ours, BOT, "<p>changed</p>");
    assert_eq!(find(&recent(2)), [ours]);
    assert_eq!(find("created < \"2026-11-23\""), [ours, theirs]);
}

#[test]
fn comment_search_lags_and_omits_archived_pages() {
    let fake = with_pages();
    let first = fake.state().add_page_comment(101, BOT, "<p>one</p>");
    fake.state().confluence.freeze_comment_index();
    let second = fake.state().add_page_comment(102, BOT, "<p>two</p>");
    let comments = || found(&fake, "type = comment");
    assert_eq!(comments(), [first]);
    fake.state().delete_page_comment(first);
    assert_eq!(comments(), [first], "gone, and still found");
    fake.state().confluence.reindex();
    assert_eq!(comments(), [second]);
    fake.state().confluence.content_mut(102).status = Status::Archived;
    assert!(comments().is_empty());
}

#[test]
fn pages_may_be_short_or_empty_and_are_followed_by_cursor() {
    let fake = with_pages();
    fake.state().confluence.short_pages = Some(2);
    let mut pages = vec![search(&fake, "space in (ENG, OPS)", "&limit=4&expand=content.version")];
    assert_eq!(pages[0]["/limit"], 4);
    for _ in 0..2 {
        let next = pages.last().unwrap()["/_links/next"].as_str().unwrap();
        assert!(next.starts_with("/rest/api/search?"), "relative to /wiki: {next}");
        pages.push(Client::confluence(&fake).get(&format!("/wiki{next}")));
    }
    let ids: Vec<Vec<Value>> = pages.iter().map(|page| page.each("/results", "/content/id")).collect();
    assert_eq!((ids[0].len(), ids[1].len(), ids[2].len()), (2, 0, 2));
    assert_ne!(ids[0], ids[2]);
}

#[test]
fn row_shows_only_what_is_expanded_and_marks_its_title() {
    let fake = with_pages();
    let row = search(&fake, "id = 101", "");
    assert_eq!(row["/results/0/title"], "@@@hl@@@ENG-12:@@@endhl@@@ Basket &lt;new&gt;");
    assert_eq!(row["/results/0/content/title"], "ENG-12: Basket <new>");
    assert!(!row.has("/results/0/content/space") && !row.has("/results/0/content/metadata"));
    let expand = "&expand=content.space,content.metadata.labels,content.restrictions.read.restrictions.user";
    let full = search(&fake, "id = 101", expand);
    assert_eq!(full["/results/0/content/space/key"], "ENG");
    assert_eq!(full["/results/0/content/metadata/labels/results/0/name"], "eng-12");
    assert_eq!(full["/results/0/content/restrictions/read/restrictions/user/size"], 0);
    assert!(!full.has("/results/0/content/ancestors"));
    assert!(!full.has("/results/0/content/restrictions/read/restrictions/group"));
    assert_eq!(search(&fake, "id = 101", "&expand=space").status, 400);
    assert_eq!(fake.take_unexpected(), ["Confluence GET /wiki/rest/api/search: unknown expansion space"]);
}

#[test]
fn found_comment_has_page_and_body_when_expanded() {
    let fake = with_pages();
    let ours = fake.state().add_page_comment(101, BOT, "<p>ours</p>");
    let plain = search(&fake, "type = comment", "");
    for member in ["container", "body"] {
        assert!(!plain.has(&format!("/results/0/content/{member}")));
        assert!(plain.has(&format!("/results/0/content/_expandable/{member}")));
    }
    let full = search(&fake, "type = comment", "&expand=content.container,content.body.storage,content.version");
    let content = &full["/results/0/content"];
    assert_eq!((&content["type"], &content["id"]), (&json!("comment"), &json!(ours.to_string())));
    assert_eq!((&content["container"]["type"], &content["container"]["id"]), (&json!("page"), &json!("101")));
    assert!(content["body"]["storage"]["value"].as_str().unwrap().contains(">ours<"), "{content}");
    assert_eq!(content["version"]["by"]["accountId"], BOT);
}

#[test]
fn rows_may_hold_no_content_and_lack_what_nothing_promises() {
    let fake = with_pages();
    fake.state().confluence.finds_spaces = true;
    fake.state().confluence.search_lacks = vec!["restrictions".to_owned(), "ancestors".to_owned()];
    let expand = "&expand=content.ancestors,content.restrictions.read.restrictions.user,content.space";
    let rows = search(&fake, "id = 101", expand);
    assert_eq!((rows.each("/results", "").len(), rows.each("/results", "/content").len()), (2, 1));
    assert!(!rows.has("/results/0/content/restrictions") && !rows.has("/results/0/content/ancestors"));
    assert_eq!(rows["/results/0/content/space/key"], "ENG");
}

#[test]
fn removed_endpoint_answers_410_while_the_other_search_goes_on() {
    let fake = with_pages();
    let reply = Client::confluence(&fake).get("/wiki/rest/api/content/search?cql=id%3D101");
    assert_eq!(reply.status, 410);
    assert!(reply["/message"].as_str().unwrap().ends_with("This deprecated endpoint has been removed."));
    assert_eq!(found(&fake, "id = 101"), [101]);
}
