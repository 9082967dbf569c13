//! The fake of Confluence masks, counts versions and pages as Confluence does, where the OpenAPI document says nothing.

use serde_json::json;

use super::{Client, PAGE, PAGE_COMMENTS, assert_breaches, footer, start};
use fake::{BOT, SOMEBODY_ELSE, Status};

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
fn label_is_stored_in_lower_case_and_split_at_a_space() {
    let fake = start();
    let label = |name| {
        let labels = json!([{"prefix": "global", "name": name}]);
        Client::confluence(&fake).send("POST", "/wiki/rest/api/content/101/label", labels).status
    };
    assert_eq!([label("Shop-1_4 new"), label("shop-1.4")], [200, 400]);
    assert_eq!(fake.state().confluence.content(101).labels, ["shop-1_4", "new"]);
}
