//! Search lags, tokenizes and pages as Confluence's does.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use contract::Contract;

use super::{Client, Reply};
use fake::{BOT, Fake, SOMEBODY_ELSE, State, Status};

fn with_pages() -> Fake {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-12: Basket <new>").labels.push("eng-12".to_owned());
    state.add_page(102, "ENG", "12 reasons for ENG");
    state.add_page(103, "OPS", "Say \"hello\"");
    Fake::start_watched(state, Contract::new())
}

fn search(fake: &Fake, cql: &str, more: &str) -> Reply {
    let cql = utf8_percent_encode(cql, NON_ALPHANUMERIC);
    Client::confluence(fake).get(&format!("/wiki/rest/api/search?cql={cql}{more}"))
}

fn found(fake: &Fake, cql: &str) -> Vec<u64> {
    let reply = search(fake, cql, "");
    assert_eq!(reply.status, 200, "{cql}: {reply:?}");
    ids(reply.json()["results"].as_array().unwrap())
}

#[test]
fn words_are_found_in_any_order_and_phrases_in_theirs() {
    let fake = with_pages();
    assert_eq!(found(&fake, "title ~ \"ENG-12\""), [101, 102], "a hyphen only separates words");
    assert_eq!(found(&fake, "title ~ \"\\\"ENG-12\\\"\""), [101]);
    assert_eq!(found(&fake, "title ~ \"bask*\""), [101]);
    assert_eq!(found(&fake, "title ~ bask"), Vec::<u64>::new());
    assert_eq!(found(&fake, "space = eng and label = \"ENG-12\""), [101]);
    assert_eq!(found(&fake, "(space in (ENG, OPS) AND NOT id in (101,102)) and title ~ say"), [103]);
    assert_eq!(found(&fake, "title = \"say \\\"hello\\\"\""), [103]);
    assert_eq!(found(&fake, "space = NOBODY"), Vec::<u64>::new(), "an unknown space is no error");
    assert_eq!(found(&fake, "type in (page, blogpost) and space != ENG and id != 1065538"), [103]);
}

#[test]
fn malformed_query_is_refused_in_the_shape_of_v1() {
    let fake = with_pages();
    for cql in ["", "title ~", "title = \"open", "nothing = 1", "not space = ENG", "label = eng-12", "(space = ENG"] {
        let reply = search(&fake, cql, "");
        assert_eq!((reply.status, reply.json()["statusCode"].as_u64()), (400, Some(400)), "{cql}");
    }
}

#[test]
fn search_sees_changes_later_and_never_what_was_put_away() {
    let fake = with_pages();
    fake.state().confluence.freeze_index();
    fake.state().confluence.content_mut(101).labels.clear();
    fake.state().add_page(104, "ENG", "New");
    assert_eq!(found(&fake, "label = \"eng-12\""), [101], "the label of before");
    assert_eq!(found(&fake, "title = New"), Vec::<u64>::new());
    fake.state().confluence.reindex();
    assert_eq!(found(&fake, "label = \"eng-12\""), Vec::<u64>::new());
    assert_eq!(found(&fake, "title = New"), [104]);
    fake.state().confluence.content_mut(104).status = Status::Archived;
    assert_eq!(found(&fake, "title = New"), [104], "what was put away is still found for a while");
    fake.state().confluence.reindex();
    assert_eq!(found(&fake, "title = New"), Vec::<u64>::new());
}

#[test]
fn pages_may_be_short_and_are_followed_by_cursor() {
    let fake = with_pages();
    fake.state().confluence.short_pages = Some(2);
    let first = search(&fake, "space in (ENG, OPS)", "&limit=4&expand=content.version").json();
    assert_eq!((first["results"].as_array().unwrap().len(), first["limit"].as_u64()), (2, Some(4)));
    let next = first["_links"]["next"].as_str().unwrap();
    assert!(next.starts_with("/rest/api/search?"), "relative to /wiki: {next}");
    let empty = Client::confluence(&fake).get(&format!("/wiki{next}")).json();
    assert_eq!((empty["results"].as_array().unwrap().len(), empty["size"].as_u64()), (0, Some(0)));
    let next = empty["_links"]["next"].as_str().unwrap();
    let second = Client::confluence(&fake).get(&format!("/wiki{next}")).json();
    assert_eq!(ids(second["results"].as_array().unwrap()).len(), 2);
    assert_ne!(first["results"][0]["content"]["id"], second["results"][0]["content"]["id"]);
}

#[test]
fn member_that_is_not_expanded_is_absent() {
    let fake = with_pages();
    let plain = search(&fake, "id = 101", "").json()["results"][0]["content"].clone();
    assert_eq!((plain.get("space"), plain.get("metadata")), (None, None));
    let expand = "&expand=content.space,content.metadata.labels,content.restrictions.read.restrictions.user";
    let full = search(&fake, "id = 101", expand).json()["results"][0]["content"].clone();
    assert_eq!((&full["space"]["key"], full.get("ancestors")), (&"ENG".into(), None));
    assert_eq!(full["metadata"]["labels"]["results"][0]["name"], "eng-12");
    let read = &full["restrictions"]["read"]["restrictions"];
    assert_eq!((read["user"]["size"].as_u64(), read.get("group")), (Some(0), None));
}

#[test]
fn the_title_of_a_row_is_marked_and_escaped() {
    let fake = with_pages();
    let row = Client::confluence(&fake).get("/wiki/rest/api/search?cql=id%3D101").json()["results"][0].clone();
    assert_eq!(row["title"], "@@@hl@@@ENG-12:@@@endhl@@@ Basket &lt;new&gt;");
    assert_eq!(row["content"]["title"], "ENG-12: Basket <new>");
    assert_ne!(row["content"], Value::Null);
}

fn rows(fake: &Fake, cql: &str, more: &str) -> Vec<Value> {
    let reply = search(fake, cql, more);
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["results"].as_array().unwrap().clone()
}

fn ids(rows: &[Value]) -> Vec<u64> {
    rows.iter().filter_map(|row| row["content"]["id"].as_str()).map(|id| id.parse().unwrap()).collect()
}

#[test]
fn comments_are_found_by_their_creator_and_their_last_change() {
    let fake = with_pages();
    let (ours, theirs) = {
        let mut state = fake.state();
        (state.add_page_comment(101, BOT, "<p>ours</p>"), state.add_page_comment(103, SOMEBODY_ELSE, "<p>hi</p>"))
    };
    assert_eq!(ids(&rows(&fake, "type = comment", "")), [ours, theirs]);
    assert_eq!(ids(&rows(&fake, "type = comment and creator = currentUser()", "")), [ours]);
    assert_eq!(ids(&rows(&fake, &format!("type = comment and creator = \"{SOMEBODY_ELSE}\""), "")), [theirs]);
    assert_eq!(ids(&rows(&fake, "type = comment and container = 103", "")), [theirs]);
    assert_eq!(ids(&rows(&fake, "type = comment and space = OPS", "")), [theirs]);
    assert_eq!(ids(&rows(&fake, "type = comment order by lastmodified desc", "")), [theirs, ours]);
    let recent =
        |days: u32| format!("type = comment and creator = currentUser() and lastmodified >= now(\"-{days}d\")");
    fake.state().clock.advance(3 * 86_400);
    assert_eq!(ids(&rows(&fake, &recent(4), "")), [ours]);
    assert_eq!(ids(&rows(&fake, &recent(2), "")), Vec::<u64>::new());
    fake.state().edit_page_comment(ours, BOT, "<p>changed</p>");
    assert_eq!(ids(&rows(&fake, &recent(2), "")), [ours]);
    assert_eq!(ids(&rows(&fake, "type = comment and created < \"2026-11-23\"", "")), [ours, theirs]);
    for wrong in ["creator = now()", "lastmodified >= \"yesterday\"", "lastmodified >= now(\"-3x\")", "created ~ \"x\""]
    {
        assert_eq!(search(&fake, &format!("type = comment and {wrong}"), "").status, 400, "{wrong}");
    }
}

#[test]
fn found_comment_has_page_and_body_when_expanded() {
    let fake = with_pages();
    let ours = fake.state().add_page_comment(101, BOT, "<p>ours</p>");
    let plain = rows(&fake, "type = comment", "")[0]["content"].clone();
    assert_eq!((plain.get("container"), plain.get("body")), (None, None));
    assert!(plain["_expandable"].get("container").is_some() && plain["_expandable"].get("body").is_some());
    let full = rows(&fake, "type = comment", "&expand=content.container,content.body.storage,content.version");
    let full = full[0]["content"].clone();
    assert_eq!((&full["type"], &full["id"]), (&"comment".into(), &ours.to_string().into()));
    assert_eq!((&full["container"]["type"], &full["container"]["id"]), (&"page".into(), &"101".into()));
    assert!(full["body"]["storage"]["value"].as_str().unwrap().contains(">ours<"), "{full}");
    assert_eq!(full["version"]["by"]["accountId"], BOT);
}

#[test]
fn comment_search_lags_and_omits_archived_pages() {
    let fake = with_pages();
    let first = fake.state().add_page_comment(101, BOT, "<p>one</p>");
    fake.state().confluence.freeze_comment_index();
    let second = fake.state().add_page_comment(102, BOT, "<p>two</p>");
    assert_eq!(ids(&rows(&fake, "type = comment", "")), [first]);
    fake.state().delete_page_comment(first);
    assert_eq!(ids(&rows(&fake, "type = comment", "")), [first], "gone, and still found");
    fake.state().confluence.reindex();
    assert_eq!(ids(&rows(&fake, "type = comment", "")), [second]);
    fake.state().confluence.content_mut(102).status = Status::Archived;
    assert_eq!(ids(&rows(&fake, "type = comment", "")), Vec::<u64>::new());
}

#[test]
fn rows_may_hold_no_content_and_lack_what_nothing_promises() {
    let fake = with_pages();
    fake.state().confluence.finds_spaces = true;
    fake.state().confluence.search_lacks = vec!["restrictions".to_owned(), "ancestors".to_owned()];
    let expand = "&expand=content.ancestors,content.restrictions.read.restrictions.user,content.space";
    let found = rows(&fake, "id = 101", expand);
    assert_eq!((found.len(), ids(&found).len(), found[1].get("content")), (2, 1, None));
    let content = &found[0]["content"];
    assert_eq!((content.get("restrictions"), content.get("ancestors")), (None, None));
    assert_eq!(content["space"]["key"], "ENG");
}

#[test]
fn expansions_of_a_row_begin_with_content() {
    let fake = with_pages();
    let reply = Client::confluence(&fake).get("/wiki/rest/api/search?cql=id%3D101&expand=space");
    assert_eq!(reply.status, 400);
    assert_eq!(fake.take_unexpected(), ["Confluence GET /wiki/rest/api/search: unknown expansion space"]);
}

#[test]
fn removed_endpoint_answers_410_while_the_other_search_goes_on() {
    let fake = with_pages();
    let reply = Client::confluence(&fake).get("/wiki/rest/api/content/search?cql=id%3D101");
    assert_eq!(reply.status, 410);
    assert!(reply.json()["message"].as_str().unwrap().ends_with("This deprecated endpoint has been removed."));
    assert_eq!(ids(&rows(&fake, "id = 101", "")), [101]);
}
