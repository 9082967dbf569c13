//! The fake of Confluence masks, counts versions and pages as Confluence does, where the OpenAPI document says nothing.

use serde_json::{Value, json};

use contract::Contract;

use super::{Client, basic, told};
use fake::{
    BOT, CLOUD_ID, CONFLUENCE_ACCESS_TOKEN, CONFLUENCE_CLIENT_ID, CONFLUENCE_CLIENT_SECRET, CONFLUENCE_EMAIL,
    CONFLUENCE_SCOPED_TOKEN, CONFLUENCE_SERVICE_TOKEN, CONFLUENCE_TOKEN, Fake, SOMEBODY_ELSE, Service, State, Status,
    Who,
};

const COMMENTS: &str = "/wiki/api/v2/footer-comments";
const PAGE: &str = "/wiki/api/v2/pages/101";

fn with_page() -> Fake {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-12: Basket & more");
    Fake::start_watched(state, Contract::new())
}

fn comment(text: &str) -> Value {
    json!({"pageId": "101", "body": {"representation": "storage", "value": text}})
}

#[test]
fn bad_credential_is_a_404_in_v2_and_a_403_in_v1() {
    let fake = with_page();
    for authorization in [None, Some(basic(CONFLUENCE_EMAIL, "wrong"))] {
        let mut client = Client::new(&fake, Service::Confluence, authorization);
        let v2 = client.get(PAGE);
        assert_eq!((v2.status, &v2.json()["errors"][0]["title"]), (404, &json!("Not Found")));
        assert_eq!(client.get("/wiki/rest/api/user/current").status, 403);
        assert_eq!(client.get("/_edge/tenant_info").json()["cloudId"], CLOUD_ID);
    }
    let missing = Client::confluence(&fake).get("/wiki/api/v2/pages/999");
    assert_eq!(missing.json()["errors"][0]["title"], "Cannot find a page with id [999]");
}

#[test]
fn scoped_token_is_good_at_the_gateway_and_for_its_scopes_only() {
    let fake = with_page();
    let path = format!("/ex/confluence/{CLOUD_ID}{PAGE}");
    let gateway = |authorization: &str| Client::new(&fake, Service::Gateway, Some(authorization.to_owned())).get(&path);
    let scoped = basic(CONFLUENCE_EMAIL, CONFLUENCE_SCOPED_TOKEN);
    let on_site = Client::new(&fake, Service::Confluence, Some(scoped.clone())).get(PAGE);
    assert_eq!(on_site.status, 401);
    assert!(on_site.body.starts_with(b"<!doctype html>"));
    let statuses = [&scoped, &basic(CONFLUENCE_EMAIL, CONFLUENCE_TOKEN)].map(|basic| gateway(basic).status);
    assert_eq!(statuses, [200, 200]);
    let bearers = [CONFLUENCE_SCOPED_TOKEN, CONFLUENCE_TOKEN, CONFLUENCE_SERVICE_TOKEN];
    assert_eq!(bearers.map(|token| gateway(&format!("Bearer {token}")).status), [401, 401, 200]);
    fake.state().confluence.token_mut(CONFLUENCE_SCOPED_TOKEN).scopes.clear();
    let refused = gateway(&scoped);
    assert_eq!((refused.status, &refused.json()["message"]), (401, &json!("Unauthorized; scope does not match")));
}

#[test]
fn client_credentials_get_a_token_for_the_gateway() {
    let fake = with_page();
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).http_status_as_error(false).build().into();
    let url = format!("{}/oauth/token", fake.auth_url());
    let ask = |secret| {
        let form =
            [("grant_type", "client_credentials"), ("client_id", CONFLUENCE_CLIENT_ID), ("client_secret", secret)];
        agent.post(&url).send_form(form).unwrap()
    };
    assert_eq!(ask("wrong").status(), 401);
    let given = ask(CONFLUENCE_CLIENT_SECRET).body_mut().read_to_string().unwrap();
    assert!(given.contains(&format!("\"{CONFLUENCE_ACCESS_TOKEN}\"")), "{given}");
    let bearer = Some(format!("Bearer {CONFLUENCE_ACCESS_TOKEN}"));
    assert_eq!(Client::new(&fake, Service::Confluence, bearer.clone()).get(PAGE).status, 401);
    let mut client = Client::new(&fake, Service::Gateway, bearer);
    fake.state().confluence.token_mut(CONFLUENCE_ACCESS_TOKEN).good_for = Some(2);
    let path = format!("/ex/confluence/{CLOUD_ID}{PAGE}");
    assert_eq!([(); 3].map(|()| client.get(&path).status), [200, 200, 401]);
}

#[test]
fn stale_version_is_a_conflict_and_changes_nothing() {
    let fake = with_page();
    let mut client = Client::confluence(&fake);
    let made = client.send("POST", COMMENTS, Some(&comment("<p>one</p>"))).json();
    assert_eq!(made["version"]["authorId"], BOT);
    let path = format!("{COMMENTS}/{}", made["id"].as_str().unwrap());
    let body = json!({"representation": "storage", "value": "<p>two</p>"});
    let put = |number: u64| json!({"version": {"number": number}, "body": body});
    let stale = client.send("PUT", &path, Some(&put(1)));
    assert_eq!((stale.status, &stale.json()["errors"][0]["code"]), (409, &json!("CONFLICT")));
    assert!(fake.page_comments(101)[0].contains(">one<"));
    assert_eq!(client.send("PUT", &path, Some(&put(2))).status, 200);
    assert_eq!(client.send("PUT", &path, Some(&put(2))).status, 409, "a lost answer sent again");
    assert_eq!([(); 2].map(|()| client.send("DELETE", &path, None).status), [204, 404]);
}

#[test]
fn foreign_comment_is_refused_unless_an_admin_deletes_it() {
    let fake = with_page();
    let id = fake.state().add_page_comment(101, SOMEBODY_ELSE, "<p>mine</p>");
    let reply = fake.state().reply_to_page_comment(id, BOT, "<p>why?</p>");
    let mut client = Client::confluence(&fake);
    let body = json!({"version": {"number": 2}, "body": {"representation": "storage", "value": "<p>x</p>"}});
    let path = format!("{COMMENTS}/{id}");
    assert_eq!(client.send("PUT", &path, Some(&body)).status, 403);
    assert_eq!(client.send("DELETE", &path, None).status, 403);
    fake.state().confluence.space_mut("ENG").admins.push(BOT.to_owned());
    assert_eq!(client.send("DELETE", &path, None).status, 204);
    assert_eq!(client.get(&format!("{COMMENTS}/{reply}")).status, 404, "its replies go with it");
}

#[test]
fn comments_come_25_at_a_time_without_replies_and_bodies() {
    let fake = with_page();
    let add = |number| fake.state().add_page_comment(101, SOMEBODY_ELSE, &format!("<p>{number}</p>"));
    let ids: Vec<u64> = (0..26).map(add).collect();
    fake.state().reply_to_page_comment(ids[0], BOT, "<p>re</p>");
    let mut client = Client::confluence(&fake);
    let first = client.get(&format!("{PAGE}/footer-comments"));
    assert!(first.header("Link").unwrap().contains("rel=\"next\""));
    let first = first.json();
    assert_eq!((first["results"].as_array().unwrap().len(), &first["results"][0]["body"]), (25, &json!({})));
    let next = first["_links"]["next"].as_str().unwrap();
    assert!(next.starts_with("/wiki/api/v2/pages/101/footer-comments?"), "{next}");
    let last = client.get(&format!("{next}&body-format=storage")).json();
    assert_eq!((last["results"].as_array().unwrap().len(), last["_links"].get("next")), (1, None));
    let children = client.get(&format!("{COMMENTS}/{}/children", ids[0])).json();
    assert_eq!(children["results"][0]["parentCommentId"], ids[0].to_string());
}

#[test]
fn content_that_one_may_not_see_does_not_exist() {
    let fake = with_page();
    let mut client = Client::confluence(&fake);
    fake.state().confluence.content_mut(101).read_groups.push("security".to_owned());
    assert_eq!(client.get(PAGE).json()["errors"][0]["title"], "Cannot find a page with id [101]");
    assert_eq!(client.get("/wiki/api/v2/pages?id=101,102").json()["results"], json!([]));
    let types = json!({"contentIds": ["101", 102]});
    let types = client.send("POST", "/wiki/api/v2/content/convert-ids-to-types", Some(&types)).json();
    assert_eq!(types["results"], json!({"101": null, "102": null}));
    assert!(fake.writes().is_empty(), "asking for types is no write");
    fake.state().confluence.content_mut(101).read_groups.push("confluence-users".to_owned());
    let restriction = client.get("/wiki/rest/api/content/101/restriction/byOperation/read").json();
    assert_eq!(restriction["restrictions"]["group"]["results"][0]["name"], "security");
}

#[test]
fn page_that_may_not_be_commented_lacks_the_operation() {
    let fake = with_page();
    let mut client = Client::confluence(&fake);
    for (who, status) in [(Who::Nobody, 403), (Who::Nobody, 404), (Who::Everyone, 201)] {
        fake.state().confluence.content_mut(101).comment = who;
        fake.state().confluence.refuse_comments_with = status;
        let operations = client.get(&format!("{PAGE}/operations")).json();
        let can = operations["operations"].as_array().unwrap().iter().any(|one| one["targetType"] == "comment");
        assert_eq!((can, client.send("POST", COMMENTS, Some(&comment("<p>x</p>"))).status), (status == 201, status));
    }
}

#[test]
fn drafts_and_trash_are_shown_only_when_asked_for() {
    let fake = with_page();
    let mut client = Client::confluence(&fake);
    let table = [
        (Status::Archived, "", Some(1)),
        (Status::Trashed, "", Some(0)),
        (Status::Trashed, "&status=trashed", Some(1)),
        (Status::Draft, "", Some(0)),
        (Status::Draft, "&status=draft", None),
    ];
    for (status, query, found) in table {
        fake.state().confluence.content_mut(101).status = status;
        let listed = client.get(&format!("/wiki/api/v2/pages?id=101{query}")).json();
        assert_eq!(listed["results"].as_array().map(Vec::len), found, "{status:?} {query}");
    }
    let no_status = "status /0: \"draft\" is not one of \"current\", \"archived\" or 2 other candidates";
    told(fake.take_breaches(), &[&format!("request GET /wiki/api/v2/pages: {no_status}")]);
    assert_eq!(client.get(PAGE).status, 404);
    assert_eq!(client.get(&format!("{PAGE}?get-draft=true")).json()["status"], "draft");
}

#[test]
fn page_edits_need_the_right_to_edit() {
    let fake = with_page();
    let id = fake.state().add_task(101, "4", "Write it down");
    let mut client = Client::confluence(&fake);
    let task = format!("/wiki/api/v2/tasks/{id}");
    let label = "/wiki/rest/api/content/101/label";
    let mut edit = || {
        let done = client.send("PUT", &task, Some(&json!({"status": "complete"})));
        let labels = json!([{"prefix": "global", "name": "Shop-1_4 new"}]);
        (done.status, client.send("POST", label, Some(&labels)).status)
    };
    fake.state().confluence.content_mut(101).edit = Who::Nobody;
    assert_eq!(edit(), (404, 403));
    fake.state().confluence.content_mut(101).edit = Who::Everyone;
    assert_eq!(edit(), (200, 200));
    assert!(fake.state().confluence.content(101).body.contains("<ac:task-status>complete<"));
    assert_eq!(fake.state().confluence.content(101).labels, ["shop-1_4", "new"], "lower case, split at the space");
    assert_eq!(client.send("POST", label, Some(&json!([{"prefix": "global", "name": "shop-1.4"}]))).status, 400);
}

#[test]
fn unknown_parameter_member_and_path_are_refused() {
    let fake = with_page();
    let mut client = Client::confluence(&fake);
    assert_eq!(client.get("/wiki/api/v2/pages?ids=101").status, 400);
    assert_eq!(client.send("POST", COMMENTS, Some(&json!({"pageid": "101"}))).status, 400);
    assert_eq!(client.get("/wiki/rest/api/content/101").status, 404);
    let unexpected = [
        "Confluence GET /wiki/api/v2/pages: unknown query parameter ids",
        "Confluence POST /wiki/api/v2/footer-comments: unknown member pageid",
        "Confluence GET /wiki/rest/api/content/101: no such path or method",
    ];
    assert_eq!(fake.take_unexpected(), unexpected);
}
