//! Does the fake of Confluence mask, count versions and page as Confluence does?

use serde_json::{Value, json};

use contract::Contract;

use super::{Client, basic, told};
use fake::{
    BOT, CLOUD_ID, CONFLUENCE_ACCESS_TOKEN, CONFLUENCE_CLIENT_ID, CONFLUENCE_CLIENT_SECRET, CONFLUENCE_EMAIL,
    CONFLUENCE_SCOPED_TOKEN, CONFLUENCE_SERVICE_TOKEN, CONFLUENCE_TOKEN, Fake, Kind, SOMEBODY_ELSE, Service, State,
    Status, Who,
};

const COMMENTS: &str = "/wiki/api/v2/footer-comments";

fn with_page() -> Fake {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-12: Basket & more");
    Fake::start_watched(state, Contract::new())
}

fn comment(text: &str) -> Value {
    json!({"pageId": "101", "body": {"representation": "storage", "value": text}})
}

#[test]
fn a_bad_credential_is_a_404_in_v2_and_a_403_in_v1() {
    let fake = with_page();
    for authorization in [None, Some(basic(CONFLUENCE_EMAIL, "wrong"))] {
        let mut client = Client::new(&fake, Service::Confluence, authorization);
        let v2 = client.get("/wiki/api/v2/pages/101");
        assert_eq!((v2.status, &v2.json()["errors"][0]["title"]), (404, &json!("Not Found")));
        let v1 = client.get("/wiki/rest/api/user/current");
        assert_eq!((v1.status, &v1.json()["statusCode"]), (403, &json!(403)));
        assert_eq!(client.get("/_edge/tenant_info").json()["cloudId"], CLOUD_ID);
    }
    let missing = Client::confluence(&fake).get("/wiki/api/v2/pages/999");
    assert_eq!(missing.json()["errors"][0]["title"], "Cannot find a page with id [999]");
    fake.state().confluence.token_mut(CONFLUENCE_TOKEN).expired = true;
    assert_eq!(Client::confluence(&fake).get("/wiki/api/v2/spaces?limit=1").status, 404);
}

#[test]
fn a_scoped_token_holds_on_the_gateway_only_and_for_its_scopes_only() {
    let fake = with_page();
    let scoped = basic(CONFLUENCE_EMAIL, CONFLUENCE_SCOPED_TOKEN);
    let on_site = Client::new(&fake, Service::Confluence, Some(scoped.clone())).get("/wiki/api/v2/pages/101");
    assert_eq!(on_site.status, 401);
    assert!(String::from_utf8(on_site.body).unwrap().starts_with("<!doctype html>"));
    let path = format!("/ex/confluence/{CLOUD_ID}/wiki/api/v2/pages/101");
    assert_eq!(Client::new(&fake, Service::Gateway, Some(scoped.clone())).get(&path).status, 200);
    for (token, status) in [(CONFLUENCE_SCOPED_TOKEN, 401), (CONFLUENCE_TOKEN, 401), (CONFLUENCE_SERVICE_TOKEN, 200)] {
        let bearer = format!("Bearer {token}");
        assert_eq!(Client::new(&fake, Service::Gateway, Some(bearer)).get(&path).status, status, "{token}");
    }
    let classic = basic(CONFLUENCE_EMAIL, CONFLUENCE_TOKEN);
    assert_eq!(Client::new(&fake, Service::Gateway, Some(classic)).get(&path).status, 200);
    fake.state().confluence.token_mut(CONFLUENCE_SCOPED_TOKEN).scopes.clear();
    let bogus = format!("/ex/confluence/{CLOUD_ID}/wiki/api/v2/pages/1");
    let refused = Client::new(&fake, Service::Gateway, Some(scoped)).get(&bogus);
    assert_eq!((refused.status, &refused.json()["message"]), (401, &json!("Unauthorized; scope does not match")));
}

#[test]
fn client_credentials_get_a_token_for_the_gateway() {
    let fake = with_page();
    let mut client = Client::new(&fake, Service::Auth, None);
    let mut ask = |secret: &str| {
        let body = json!({
            "grant_type": "client_credentials", "client_id": CONFLUENCE_CLIENT_ID, "client_secret": secret
        });
        client.send("POST", "/oauth/token", Some(&body))
    };
    assert_eq!(ask("wrong").status, 401);
    assert_eq!(ask(CONFLUENCE_CLIENT_SECRET).json()["access_token"], CONFLUENCE_ACCESS_TOKEN);
    assert_eq!(ask(CONFLUENCE_CLIENT_SECRET).json()["access_token"], format!("{CONFLUENCE_ACCESS_TOKEN}-2"));
    assert!(fake.writes().is_empty());
    let path = format!("/ex/confluence/{CLOUD_ID}/wiki/api/v2/pages/101");
    let bearer = Some(format!("Bearer {CONFLUENCE_ACCESS_TOKEN}"));
    assert_eq!(Client::new(&fake, Service::Confluence, bearer.clone()).get("/wiki/api/v2/pages/101").status, 401);
    let mut client = Client::new(&fake, Service::Gateway, bearer);
    fake.state().confluence.token_mut(CONFLUENCE_ACCESS_TOKEN).good_for = Some(2);
    assert_eq!([(); 3].map(|()| client.get(&path).status), [200, 200, 401]);
}

#[test]
fn a_stale_version_is_a_conflict_and_nothing_changes() {
    let fake = with_page();
    let mut client = Client::confluence(&fake);
    let made = client.send("POST", COMMENTS, Some(&comment("<p>one</p>")));
    assert_eq!(made.status, 201);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.json()["version"]["authorId"], BOT);
    let body = json!({"representation": "storage", "value": "<p>two</p>"});
    let put = |number: u64| json!({"version": {"number": number}, "body": body});
    let stale = client.send("PUT", &format!("{COMMENTS}/{id}"), Some(&put(1)));
    assert_eq!((stale.status, &stale.json()["errors"][0]["code"]), (409, &json!("CONFLICT")));
    assert!(fake.page_comments(101)[0].contains(">one<"));
    assert_eq!(client.send("PUT", &format!("{COMMENTS}/{id}"), Some(&put(2))).status, 200);
    assert_eq!(client.send("PUT", &format!("{COMMENTS}/{id}"), Some(&put(2))).status, 409, "a lost answer sent again");
    assert_eq!(client.send("DELETE", &format!("{COMMENTS}/{id}"), None).status, 204);
    assert_eq!(client.send("DELETE", &format!("{COMMENTS}/{id}"), None).status, 404);
}

#[test]
fn somebody_elses_comment_is_theirs_unless_one_is_an_administrator() {
    let fake = with_page();
    let id = fake.state().add_page_comment(101, SOMEBODY_ELSE, "<p>mine</p>");
    let mut client = Client::confluence(&fake);
    let body = json!({"version": {"number": 2}, "body": {"representation": "storage", "value": "<p>x</p>"}});
    assert_eq!(client.send("PUT", &format!("{COMMENTS}/{id}"), Some(&body)).status, 403);
    assert_eq!(client.send("DELETE", &format!("{COMMENTS}/{id}"), None).status, 403);
    fake.state().confluence.space_mut("ENG").admins.push(BOT.to_owned());
    assert_eq!(client.send("DELETE", &format!("{COMMENTS}/{id}"), None).status, 204);
}

#[test]
fn a_deleted_comment_takes_its_replies_along() {
    let fake = with_page();
    let (going, staying) = {
        let mut state = fake.state();
        let comments = [0; 2].map(|_| state.add_page_comment(101, BOT, "<p>x</p>"));
        for comment in comments {
            let reply = state.reply_to_page_comment(comment, SOMEBODY_ELSE, "<p>why?</p>");
            state.reply_to_page_comment(reply, BOT, "<p>because</p>");
        }
        (comments[0], comments[1])
    };
    let mut client = Client::confluence(&fake);
    assert_eq!(client.send("DELETE", &format!("{COMMENTS}/{going}"), None).status, 204);
    assert_eq!(fake.page_comments(101).len(), 3, "the other comment with its two replies");
    assert_eq!(client.get(&format!("{COMMENTS}/{going}/children")).status, 404);
    let children = client.get(&format!("{COMMENTS}/{staying}/children?limit=1")).json();
    assert_eq!(children["results"].as_array().unwrap().len(), 1);
}

#[test]
fn comments_come_25_at_a_time_without_replies_and_without_bodies() {
    let fake = with_page();
    let ids: Vec<u64> =
        (0..26).map(|number| fake.state().add_page_comment(101, SOMEBODY_ELSE, &format!("<p>{number}</p>"))).collect();
    let mut client = Client::confluence(&fake);
    let reply =
        json!({"parentCommentId": ids[0].to_string(), "body": {"representation": "storage", "value": "<p>re</p>"}});
    assert_eq!(client.send("POST", COMMENTS, Some(&reply)).status, 201);
    let first = client.get("/wiki/api/v2/pages/101/footer-comments");
    assert!(first.header("Link").unwrap().contains("rel=\"next\""));
    let first = first.json();
    assert_eq!(first["results"].as_array().unwrap().len(), 25);
    assert_eq!(first["results"][0]["body"], json!({}), "a body is shown in the format that is asked for, or not");
    assert_eq!(first["_links"]["base"], format!("{}/wiki", fake.confluence_url()));
    let next = first["_links"]["next"].as_str().unwrap();
    assert!(next.starts_with("/wiki/api/v2/pages/101/footer-comments?"), "{next}");
    let last = client.get(&format!("{next}&body-format=storage")).json();
    assert_eq!(last["results"].as_array().unwrap().len(), 1, "the reply is a child of its comment");
    assert_eq!(last["_links"].get("next"), None);
    let children = client.get(&format!("{COMMENTS}/{}/children", ids[0])).json();
    assert_eq!(children["results"][0]["parentCommentId"], ids[0].to_string());
    assert_eq!(client.get("/wiki/api/v2/pages/101/footer-comments?limit=251").status, 400);
    told(
        fake.take_breaches(),
        &["request GET /wiki/api/v2/pages/{id}/footer-comments: limit : 251 is greater than the maximum of 250"],
    );
}

#[test]
fn what_one_may_not_see_does_not_exist() {
    let fake = with_page();
    let mut client = Client::confluence(&fake);
    fake.state().confluence.content_mut(101).read_groups.push("security".to_owned());
    let hidden = client.get("/wiki/api/v2/pages/101");
    assert_eq!(
        (hidden.status, &hidden.json()["errors"][0]["title"]),
        (404, &json!("Cannot find a page with id [101]"))
    );
    assert_eq!(client.get("/wiki/api/v2/pages?id=101,102").json()["results"], json!([]));
    let types = json!({"contentIds": ["101", 102]});
    let types = client.send("POST", "/wiki/api/v2/content/convert-ids-to-types", Some(&types)).json();
    assert_eq!(types["results"], json!({"101": null, "102": null}));
    fake.state().confluence.content_mut(101).read_groups.push("confluence-users".to_owned());
    assert_eq!(client.get("/wiki/api/v2/pages/101").status, 200);
    let restriction = client.get("/wiki/rest/api/content/101/restriction/byOperation/read").json();
    assert_eq!(restriction["restrictions"]["group"]["results"][0]["name"], "security");
    assert!(fake.writes().is_empty(), "asking for types is no write");
}

#[test]
fn a_page_that_may_not_be_commented_says_so_in_its_operations() {
    let fake = with_page();
    fake.state().confluence.content_mut(101).comment = Who::Nobody;
    let mut client = Client::confluence(&fake);
    let can = |operations: Value| {
        operations["operations"].as_array().unwrap().iter().any(|one| one["targetType"] == "comment")
    };
    assert!(!can(client.get("/wiki/api/v2/pages/101/operations").json()));
    assert_eq!(client.send("POST", COMMENTS, Some(&comment("<p>x</p>"))).status, 403);
    fake.state().confluence.refuse_comments_with = 404;
    assert_eq!(client.send("POST", COMMENTS, Some(&comment("<p>x</p>"))).status, 404);
    fake.state().confluence.content_mut(101).comment = Who::Everyone;
    assert!(can(client.get("/wiki/api/v2/pages/101/operations").json()));
}

#[test]
fn drafts_and_trash_are_shown_only_when_asked_for() {
    let fake = with_page();
    let mut client = Client::confluence(&fake);
    let mut ids =
        |query: &str| client.get(&format!("/wiki/api/v2/pages?{query}")).json()["results"].as_array().map(Vec::len);
    fake.state().confluence.content_mut(101).status = Status::Archived;
    assert_eq!(ids("id=101"), Some(1));
    fake.state().confluence.content_mut(101).status = Status::Trashed;
    assert_eq!((ids("id=101"), ids("id=101&status=trashed")), (Some(0), Some(1)));
    fake.state().confluence.content_mut(101).status = Status::Draft;
    assert_eq!((ids("id=101"), ids("id=101&status=draft")), (Some(0), None));
    let no_status = "status /0: \"draft\" is not one of \"current\", \"archived\" or 2 other candidates";
    told(fake.take_breaches(), &[&format!("request GET /wiki/api/v2/pages: {no_status}")]);
    let mut client = Client::confluence(&fake);
    assert_eq!(client.get("/wiki/api/v2/pages/101").status, 404);
    assert_eq!(client.get("/wiki/api/v2/pages/101?get-draft=true").json()["status"], "draft");
}

#[test]
fn titles_are_found_exactly_and_in_any_case() {
    let fake = with_page();
    fake.state().add_content(301, Kind::BlogPost, "OPS", "News");
    fake.state().add_content(302, Kind::Whiteboard, "OPS", "Board");
    let mut client = Client::confluence(&fake);
    let found = client.get("/wiki/api/v2/pages?title=eng-12%3A%20basket%20%26%20MORE&space-id=65537").json();
    assert_eq!(found["results"][0]["id"], "101");
    assert_eq!(found["results"][0]["_links"]["webui"], "/spaces/ENG/pages/101/ENG-12%3A+Basket+%26+more");
    assert_eq!(client.get("/wiki/api/v2/pages?title=Basket").json()["results"], json!([]));
    assert_eq!(client.get("/wiki/api/v2/blogposts/301").json()["title"], "News");
    assert_eq!(client.get("/wiki/api/v2/pages/301").status, 404);
    assert_eq!(client.get("/wiki/api/v2/whiteboards/302").json()["type"], "whiteboard");
    let spaces = client.get("/wiki/api/v2/spaces?keys=eng,OPS").json();
    assert_eq!(spaces["results"].as_array().unwrap().len(), 2);
}

#[test]
fn a_task_is_completed_by_its_global_id_by_those_who_may_edit() {
    let fake = with_page();
    let id = fake.state().add_task(101, "4", "Write it down");
    let mut client = Client::confluence(&fake);
    let listed = client.get("/wiki/api/v2/tasks?page-id=101&body-format=storage").json();
    assert_eq!(
        (&listed["results"][0]["localId"], &listed["results"][0]["status"]),
        (&json!("4"), &json!("incomplete"))
    );
    let path = format!("/wiki/api/v2/tasks/{id}");
    fake.state().confluence.content_mut(101).edit = Who::Nobody;
    assert_eq!(client.send("PUT", &path, Some(&json!({"status": "complete"}))).status, 404);
    fake.state().confluence.content_mut(101).edit = Who::Everyone;
    let done = client.send("PUT", &path, Some(&json!({"status": "complete"}))).json();
    assert_eq!((&done["status"], &done["completedBy"]), (&json!("complete"), &json!(BOT)));
    assert!(fake.state().confluence.content(101).body.contains("<ac:task-status>complete<"));
}

#[test]
fn labels_are_lower_case_and_a_space_splits_them() {
    let fake = with_page();
    let mut client = Client::confluence(&fake);
    let mut add = |name: &str| {
        client.send("POST", "/wiki/rest/api/content/101/label", Some(&json!([{"prefix": "global", "name": name}])))
    };
    assert_eq!(add("Shop-1_4 new").json()["size"], 2);
    assert_eq!(add("shop-1.4").status, 400);
    assert_eq!(fake.state().confluence.content(101).labels, ["shop-1_4", "new"]);
    assert_eq!(client.send("DELETE", "/wiki/rest/api/content/101/label?name=new", None).status, 204);
    let page = client.get("/wiki/api/v2/pages/101?include-labels=true").json();
    assert_eq!(page["labels"]["results"][0]["name"], "shop-1_4");
    fake.state().confluence.content_mut(101).edit = Who::Nobody;
    assert_eq!(client.send("DELETE", "/wiki/rest/api/content/101/label/shop-1_4", None).status, 403);
}

#[test]
fn properties_count_their_versions() {
    let fake = with_page();
    let mut client = Client::confluence(&fake);
    let path = "/wiki/api/v2/pages/101/properties";
    let made = client.send("POST", path, Some(&json!({"key": "k", "value": {"a": 1}}))).json();
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    let put = json!({"key": "k", "value": 2, "version": {"number": 2}});
    assert_eq!(client.send("PUT", &one, Some(&put)).status, 200);
    assert_eq!(client.send("PUT", &one, Some(&put)).status, 409);
    assert_eq!(client.get(&format!("{path}?key=k")).json()["results"][0]["value"], 2);
    assert_eq!(client.send("DELETE", &one, None).status, 204);
}

#[test]
fn what_the_documents_do_not_know_is_written_down() {
    let fake = with_page();
    let mut client = Client::confluence(&fake);
    assert_eq!(client.get("/wiki/api/v2/pages?ids=101").status, 400);
    assert_eq!(client.send("POST", COMMENTS, Some(&json!({"pageid": "101"}))).status, 400);
    assert_eq!(client.get("/wiki/rest/api/content/101").status, 404);
    assert_eq!(client.get("/rest/api/search").status, 404);
    let written_down = [
        "Confluence GET /wiki/api/v2/pages: unknown query parameter ids",
        "Confluence POST /wiki/api/v2/footer-comments: unknown member pageid",
        "Confluence GET /wiki/rest/api/content/101: no such path or method",
        "Confluence GET /rest/api/search: no such path or method",
    ];
    assert_eq!(fake.take_unexpected(), written_down);
}
