//! Does search lag, tokenise and page as Confluence's does?

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use contract::Contract;

use super::{Client, Reply};
use fake::{Fake, State, Status};

fn with_pages() -> Fake {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-12: Basket <new>").labels.push("eng-12".to_owned());
    state.add_page(102, "ENG", "12 reasons for ENG");
    state.add_page(103, "OPS", "Say \"hello\"");
    Fake::start_watched(state, Contract::new())
}

fn search(fake: &Fake, cql: &str, more: &str) -> Reply {
    let cql = utf8_percent_encode(cql, NON_ALPHANUMERIC);
    Client::confluence(fake).get(&format!("/wiki/rest/api/content/search?cql={cql}{more}"))
}

fn found(fake: &Fake, cql: &str) -> Vec<u64> {
    let reply = search(fake, cql, "");
    assert_eq!(reply.status, 200, "{cql}: {reply:?}");
    let reply = reply.json();
    reply["results"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().parse().unwrap()).collect()
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
fn what_is_no_query_is_refused_in_the_shape_of_v1() {
    let fake = with_pages();
    for cql in [
        "",
        "title ~",
        "title = \"open",
        "nothing = 1",
        "not space = ENG",
        "space != ENG",
        "label = eng-12",
        "(space = ENG",
    ] {
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
    let first = search(&fake, "space in (ENG, OPS)", "&limit=4&expand=version").json();
    assert_eq!((first["results"].as_array().unwrap().len(), first["limit"].as_u64()), (2, Some(4)));
    let next = first["_links"]["next"].as_str().unwrap();
    assert!(next.starts_with("/rest/api/content/search?"), "relative to /wiki: {next}");
    let second = Client::confluence(&fake).get(&format!("/wiki{next}")).json();
    assert_eq!(second["results"].as_array().unwrap().len(), 2);
    assert_ne!(first["results"][0]["id"], second["results"][0]["id"]);
}

#[test]
fn what_was_not_expanded_is_absent_and_said_to_be_expandable() {
    let fake = with_pages();
    let plain = search(&fake, "id = 101", "").json()["results"][0].clone();
    assert_eq!((plain.get("space"), plain.get("metadata")), (None, None));
    assert!(plain["_expandable"].get("space").is_some());
    let expand = "&expand=space,version,metadata.labels,restrictions.read.restrictions.user,ancestors";
    let full = search(&fake, "id = 101", expand).json()["results"][0].clone();
    assert_eq!(full["space"]["key"], "ENG");
    assert_eq!(full["version"]["number"], 1);
    assert_eq!(full["metadata"]["labels"]["results"][0]["name"], "eng-12");
    assert_eq!(full["ancestors"].as_array().unwrap().len(), 1);
    let read = &full["restrictions"]["read"]["restrictions"];
    assert_eq!((read["user"]["size"].as_u64(), read.get("group")), (Some(0), None));
    assert_eq!(search(&fake, "id = 101", "&expand=versions").status, 400);
    assert_eq!(fake.take_unexpected(), ["Confluence GET /wiki/rest/api/content/search: unknown expansion versions"]);
}

#[test]
fn the_title_of_a_row_is_marked_and_escaped() {
    let fake = with_pages();
    let row = Client::confluence(&fake).get("/wiki/rest/api/search?cql=id%3D101").json()["results"][0].clone();
    assert_eq!(row["title"], "@@@hl@@@ENG-12:@@@endhl@@@ Basket &lt;new&gt;");
    assert_eq!(row["content"]["title"], "ENG-12: Basket <new>");
    assert_ne!(row["content"], Value::Null);
}
