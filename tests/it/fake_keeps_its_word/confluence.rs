//! The fake of Confluence masks, counts versions and pages as Confluence does, where the OpenAPI document says nothing.

use serde_json::json;

use super::{Client, PAGE, PAGE_COMMENTS, assert_breaches, basic, footer, start};
use fake::{
    BOT, CLOUD_ID, CONFLUENCE_ACCESS_TOKEN, CONFLUENCE_CLIENT_ID, CONFLUENCE_CLIENT_SECRET, CONFLUENCE_EMAIL,
    CONFLUENCE_SCOPED_TOKEN, CONFLUENCE_SERVICE_TOKEN, CONFLUENCE_TOKEN, SOMEBODY_ELSE, Service, Status, Who,
};

#[test]
fn bad_credential_is_a_404_in_v2_and_a_403_in_v1() {
    let fake = start();
    for authorization in [None, Some(basic(CONFLUENCE_EMAIL, "wrong"))] {
        let client = Client::new(&fake, Service::Confluence, authorization);
        let v2 = client.get(PAGE);
        assert_eq!((v2.status, &v2["/errors/0/title"]), (404, &json!("Not Found")));
        assert_eq!(client.get("/wiki/rest/api/user/current").status, 403);
        assert_eq!(client.get("/_edge/tenant_info")["/cloudId"], CLOUD_ID);
    }
    let missing = Client::confluence(&fake).get("/wiki/api/v2/pages/999");
    assert_eq!(missing["/errors/0/title"], "Cannot find a page with id [999]");
}

#[test]
fn scoped_token_is_good_at_the_gateway_and_for_its_scopes_only() {
    let fake = start();
    let path = format!("/ex/confluence/{CLOUD_ID}{PAGE}");
    let gateway = |authorization: &str| Client::new(&fake, Service::Gateway, Some(authorization.to_owned())).get(&path);
    let scoped = basic(CONFLUENCE_EMAIL, CONFLUENCE_SCOPED_TOKEN);
    let on_site = Client::new(&fake, Service::Confluence, Some(scoped.clone())).get(PAGE);
    assert_eq!((on_site.status, on_site.body.starts_with(b"<!doctype html>")), (401, true));
    let statuses = [&scoped, &basic(CONFLUENCE_EMAIL, CONFLUENCE_TOKEN)].map(|basic| gateway(basic).status);
    assert_eq!(statuses, [200, 200]);
    let bearers = [CONFLUENCE_SCOPED_TOKEN, CONFLUENCE_TOKEN, CONFLUENCE_SERVICE_TOKEN];
    assert_eq!(bearers.map(|token| gateway(&format!("Bearer {token}")).status), [401, 401, 200]);
    fake.state().confluence.token_mut(CONFLUENCE_SCOPED_TOKEN).scopes.clear();
    let refused = gateway(&scoped);
    assert_eq!((refused.status, &refused["/message"]), (401, &json!("Unauthorized; scope does not match")));
}

#[test]
fn client_credentials_get_a_token_for_the_gateway() {
    let fake = start();
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
    let client = Client::new(&fake, Service::Gateway, bearer);
    fake.state().confluence.token_mut(CONFLUENCE_ACCESS_TOKEN).good_for = Some(2);
    let path = format!("/ex/confluence/{CLOUD_ID}{PAGE}");
    assert_eq!([(); 3].map(|()| client.get(&path).status), [200, 200, 401]);
}

#[test]
fn stale_version_is_a_conflict_and_changes_nothing() {
    let fake = start();
    let client = Client::confluence(&fake);
    let made = client.send("POST", PAGE_COMMENTS, footer("<p>one</p>", None));
    assert_eq!(made["/version/authorId"], BOT);
    let path = format!("{PAGE_COMMENTS}/{}", made["/id"].as_str().unwrap());
    let put = |number| client.send("PUT", &path, footer("<p>two</p>", Some(number)));
    let stale = put(1);
    assert_eq!((stale.status, &stale["/errors/0/code"]), (409, &json!("CONFLICT")));
    assert!(fake.page_comments(101)[0].contains(">one<"));
    assert_eq!([put(2).status, put(2).status], [200, 409], "a lost answer sent again");
    fake.state().confluence.refuse_stale_with = 400;
    assert!(put(2)["/errors/0/title"].as_str().unwrap().starts_with("Version must be incremented"));
    assert_eq!([(); 2].map(|()| client.delete(&path)), [204, 404]);
}

#[test]
fn foreign_comment_is_refused_unless_an_admin_deletes_it() {
    let fake = start();
    let id = fake.state().add_page_comment(101, SOMEBODY_ELSE, "<p>mine</p>");
    let reply = fake.state().reply_to_page_comment(id, BOT, "<p>why?</p>");
    let client = Client::confluence(&fake);
    let path = format!("{PAGE_COMMENTS}/{id}");
    assert_eq!([client.send("PUT", &path, footer("<p>x</p>", Some(2))).status, client.delete(&path)], [403, 403]);
    fake.state().confluence.space_mut("ENG").admins.push(BOT.to_owned());
    assert_eq!(client.delete(&path), 204);
    assert_eq!(client.get(&format!("{PAGE_COMMENTS}/{reply}")).status, 404, "its replies go with it");
}

#[test]
fn comment_that_another_person_edited_keeps_its_first_version() {
    let fake = start();
    let id = fake.state().add_page_comment(101, BOT, "<p>ours</p>");
    fake.state().edit_page_comment(id, SOMEBODY_ELSE, "<p>theirs</p>");
    let client = Client::confluence(&fake);
    let path = format!("{PAGE_COMMENTS}/{id}");
    assert_eq!(client.get(&path)["/version/authorId"], SOMEBODY_ELSE);
    let first = client.get(&format!("{path}/versions/1"));
    assert_eq!((&first["/authorId"], &first["/nextVersion"]), (&json!(BOT), &json!(2)));
    assert_eq!(client.get(&format!("{path}/versions/3")).status, 404);
    let old = client.get(&format!("{path}?version=1&body-format=storage"));
    assert!(old["/body/storage/value"].to_string().contains("ours"), "{old:?}");
    assert_eq!(client.send("PUT", &path, footer("<p>ours again</p>", Some(3))).status, 200, "it is its author's");
    let nameless = fake.state().add_page_comment(101, "", "<p>hi</p>");
    let nameless = client.get(&format!("{PAGE_COMMENTS}/{nameless}"));
    assert_eq!((&nameless["/version/number"], nameless.has("/version/authorId")), (&json!(1), false));
}

#[test]
fn comments_come_25_at_a_time_without_replies_and_bodies() {
    let fake = start();
    let add = |number| fake.state().add_page_comment(101, SOMEBODY_ELSE, &format!("<p>{number}</p>"));
    let ids: Vec<u64> = (0..26).map(add).collect();
    fake.state().reply_to_page_comment(ids[0], BOT, "<p>re</p>");
    let client = Client::confluence(&fake);
    let first = client.get(&format!("{PAGE}/footer-comments"));
    assert!(first.header("Link").unwrap().contains("rel=\"next\""));
    assert_eq!((first.each("/results", "/id").len(), &first["/results/0/body"]), (25, &json!({})));
    let next = first["/_links/next"].as_str().unwrap();
    assert!(next.starts_with("/wiki/api/v2/pages/101/footer-comments?"), "{next}");
    let last = client.get(&format!("{next}&body-format=storage"));
    assert_eq!((last.each("/results", "/id").len(), last.has("/_links/next")), (1, false));
    let children = client.get(&format!("{PAGE_COMMENTS}/{}/children", ids[0]));
    assert_eq!(children["/results/0/parentCommentId"], ids[0].to_string());
}

#[test]
fn content_that_one_may_not_see_does_not_exist() {
    let fake = start();
    let client = Client::confluence(&fake);
    fake.state().confluence.content_mut(101).read_groups.push("security".to_owned());
    assert_eq!(client.get(PAGE)["/errors/0/title"], "Cannot find a page with id [101]");
    assert_eq!(client.get("/wiki/api/v2/pages?id=101,102")["/results"], json!([]));
    let types = json!({"contentIds": ["101", 102]});
    let types = client.send("POST", "/wiki/api/v2/content/convert-ids-to-types", types);
    assert_eq!(types["/results"], json!({"101": null, "102": null}));
    assert!(fake.writes().is_empty(), "asking for types is no write");
    fake.state().confluence.content_mut(101).read_groups.push("confluence-users".to_owned());
    let restriction = client.get("/wiki/rest/api/content/101/restriction/byOperation/read");
    assert_eq!(restriction["/restrictions/group/results/0/name"], "security");
}

#[test]
fn page_that_may_not_be_commented_lacks_the_operation() {
    let fake = start();
    let client = Client::confluence(&fake);
    for (who, status) in [(Who::Nobody, 403), (Who::Nobody, 404), (Who::Everyone, 201)] {
        fake.state().confluence.content_mut(101).comment = who;
        fake.state().confluence.refuse_comments_with = status;
        let operations = client.get(&format!("{PAGE}/operations")).each("/operations", "/targetType");
        let can = operations.contains(&json!("comment"));
        let done = client.send("POST", PAGE_COMMENTS, footer("<p>x</p>", None)).status;
        assert_eq!((can, done), (status == 201, status));
    }
}

#[test]
fn drafts_and_trash_are_shown_only_when_asked_for() {
    let fake = start();
    let client = Client::confluence(&fake);
    let table = [
        (Status::Archived, "", Some(1)),
        (Status::Trashed, "", Some(0)),
        (Status::Trashed, "&status=trashed", Some(1)),
        (Status::Draft, "", Some(0)),
        (Status::Draft, "&status=draft", None),
    ];
    for (status, query, found) in table {
        fake.state().confluence.content_mut(101).status = status;
        let listed = client.get(&format!("/wiki/api/v2/pages?id=101{query}"));
        assert_eq!(listed["/results"].as_array().map(Vec::len), found, "{status:?} {query}");
    }
    let no_status = r#"status /0: "draft" is none of ["current","archived","deleted","trashed"]"#;
    assert_breaches(fake.take_breaches(), &[&format!("request GET /wiki/api/v2/pages: {no_status}")]);
    assert_eq!(client.get(PAGE).status, 404);
    assert_eq!(client.get(&format!("{PAGE}?get-draft=true"))["/status"], "draft");
}

#[test]
fn page_edits_need_the_right_to_edit() {
    let fake = start();
    let task = format!("/wiki/api/v2/tasks/{}", fake.state().add_task(101, "4", "Write it down"));
    let client = Client::confluence(&fake);
    let label = |name| {
        let labels = json!([{"prefix": "global", "name": name}]);
        client.send("POST", "/wiki/rest/api/content/101/label", labels).status
    };
    for (who, expected) in [(Who::Nobody, [404, 403]), (Who::Everyone, [200, 200])] {
        fake.state().confluence.content_mut(101).edit = who;
        let done = client.send("PUT", &task, json!({"status": "complete"})).status;
        assert_eq!([done, label("Shop-1_4 new")], expected);
    }
    assert!(fake.state().confluence.content(101).body.contains("<ac:task-status>complete<"));
    assert_eq!(fake.state().confluence.content(101).labels, ["shop-1_4", "new"], "lower case, split at the space");
    assert_eq!(label("shop-1.4"), 400);
}

#[test]
fn renamed_site_keeps_its_cloud_id_and_answers_to_both_names() {
    let fake = start();
    let old = Client::confluence(&fake).get("/_edge/tenant_info").json;
    let renamed = fake.rename_site();
    let client = Client::confluence(&fake);
    assert_eq!(client.get(PAGE)["/_links/base"], format!("{renamed}/wiki"));
    assert_eq!(client.get("/_edge/tenant_info").json, old);
}

#[test]
fn unknown_parameter_member_and_path_are_refused() {
    let fake = start();
    let client = Client::confluence(&fake);
    assert_eq!(client.get("/wiki/api/v2/pages?ids=101").status, 400);
    assert_eq!(client.send("POST", PAGE_COMMENTS, json!({"pageid": "101"})).status, 400);
    assert_eq!(client.get("/wiki/rest/api/content/101").status, 404);
    let unexpected = [
        "Confluence GET /wiki/api/v2/pages: unknown query parameter ids",
        "Confluence POST /wiki/api/v2/footer-comments: unknown member pageid",
        "Confluence GET /wiki/rest/api/content/101: no such path or method",
    ];
    assert_eq!(fake.take_unexpected(), unexpected);
}
