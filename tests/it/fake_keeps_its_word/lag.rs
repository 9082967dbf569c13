//! The fake shows old lists, other text and other names where the services may.

use std::time::Duration;

use serde_json::{Value, json};

use contract::Contract;

use super::Client;
use fake::{Account, BITBUCKET_TOKEN, BOT, Fake, Happening, Lag, Latch, PullRequestState, SOMEBODY_ELSE, State, Wait};

const COMMENTS: &str = "/2.0/repositories/acme/shop/pullrequests/1/comments";
const PULL_REQUEST: &str = "/2.0/repositories/acme/shop/pullrequests/1";

fn with_pull_request() -> Fake {
    let mut state = State::default();
    state.open_pull_request("work", "Work", "", &["one"]);
    state.add_page(101, "ENG", "Page");
    Fake::start_watched(state, Contract::new())
}

fn raw(text: &str) -> Value {
    json!({"content": {"raw": text}})
}

fn listed(client: &mut Client) -> Vec<String> {
    let listed = client.get(COMMENTS).json();
    let values = listed["values"].as_array().unwrap();
    values.iter().filter(|it| it["deleted"] == false).map(|it| it["content"]["raw"].to_string()).collect()
}

#[test]
fn comment_list_lags_behind_every_kind_of_write() {
    let fake = with_pull_request();
    fake.state().bitbucket.comments.lag = Some(Lag::Reads(1));
    let mut client = Client::bitbucket(&fake);
    let id = client.send("POST", COMMENTS, Some(&raw("a"))).json()["id"].as_u64().unwrap();
    let path = format!("{COMMENTS}/{id}");
    assert_eq!([listed(&mut client), listed(&mut client)], [vec![], vec!["\"a\"".to_owned()]]);
    assert_eq!(client.send("PUT", &path, Some(&raw("b"))).json()["content"]["raw"], "b");
    assert_eq!(client.get(&path).json()["content"]["raw"], "b", "by its id it is there at once");
    assert_eq!([listed(&mut client), listed(&mut client)], [["\"a\""], ["\"b\""]]);
    assert_eq!(client.send("DELETE", &path, None).status, 204);
    assert_eq!([listed(&mut client), listed(&mut client)], [vec!["\"b\"".to_owned()], vec![]]);
}

#[test]
fn single_comment_lags_where_ordered() {
    let fake = with_pull_request();
    {
        let comments = &mut fake.state().bitbucket.comments;
        (comments.lag, comments.by_id) = (Some(Lag::Time(Duration::from_millis(80))), true);
    }
    let mut client = Client::bitbucket(&fake);
    let id = client.send("POST", COMMENTS, Some(&raw("a"))).json()["id"].as_u64().unwrap();
    assert_eq!(client.get(&format!("{COMMENTS}/{id}")).status, 404);
    assert!(listed(&mut client).is_empty());
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(client.get(&format!("{COMMENTS}/{id}")).status, 200);
    assert_eq!(listed(&mut client), ["\"a\""]);
}

#[test]
fn page_comments_lag_with_body_and_version() {
    let fake = with_pull_request();
    fake.state().confluence.replica.lag = Some(Lag::Reads(2));
    let mut client = Client::confluence(&fake);
    let list = "/wiki/api/v2/pages/101/footer-comments?body-format=storage";
    let body = |text: &str| json!({"representation": "storage", "value": format!("<p>{text}</p>")});
    let made = client.send("POST", "/wiki/api/v2/footer-comments", Some(&json!({"pageId": "101", "body": body("a")})));
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/wiki/api/v2/footer-comments/{id}");
    client.send("PUT", &path, Some(&json!({"version": {"number": 2}, "body": body("b")})));
    let mut seen = || -> Vec<u64> {
        let listed = client.get(list).json();
        listed["results"].as_array().unwrap().iter().map(|it| it["version"]["number"].as_u64().unwrap()).collect()
    };
    assert_eq!([seen(), seen(), seen()], [vec![], vec![], vec![2]]);
}

#[test]
fn comment_text_is_kept_as_the_service_likes_it() {
    let fake = with_pull_request();
    fake.state().bitbucket.kept_text = |text| text.replace('\n', "\r\n");
    let mut client = Client::bitbucket(&fake);
    let made = client.send("POST", COMMENTS, Some(&raw("a\nb"))).json();
    assert_eq!(made["content"]["raw"], "a\r\nb");
    let path = format!("{COMMENTS}/{}", made["id"]);
    assert_eq!(client.send("PUT", &path, Some(&raw("c\nd"))).json()["content"]["raw"], "c\r\nd");
}

#[test]
fn open_pull_request_without_branch_has_no_commits() {
    let fake = with_pull_request();
    fake.state().delete_branch(1);
    let mut client = Client::bitbucket(&fake);
    assert_eq!(client.get(PULL_REQUEST).json()["state"], "OPEN");
    assert_eq!(client.get(&format!("{PULL_REQUEST}/commits")).json()["values"], json!([]));
}

#[test]
fn repository_keeps_its_identity_through_a_rename() {
    let fake = with_pull_request();
    let before = Client::bitbucket(&fake).get(PULL_REQUEST).json();
    fake.state().rename_repository("acme/shop", "globex/store");
    let mut client = Client::bitbucket(&fake);
    assert_eq!(client.get(PULL_REQUEST).status, 404);
    let after = client.get("/2.0/repositories/globex/store/pullrequests/1").json();
    for end in ["source", "destination"] {
        assert_eq!(after[end]["repository"]["full_name"], "globex/store");
        assert_eq!(after[end]["repository"]["uuid"], before[end]["repository"]["uuid"]);
    }
    fake.state().bitbucket.repositories[0].former_names.push("acme/shop".to_owned());
    assert_eq!(client.get(PULL_REQUEST).json()["destination"]["repository"]["full_name"], "globex/store");
    fake.state().rename_workspace("globex", "acme");
    assert_eq!(client.get("/2.0/repositories/acme/store/pullrequests/1").status, 200);
}

#[test]
fn renamed_site_keeps_its_cloud_id_and_answers_to_both_names() {
    let fake = with_pull_request();
    let old = Client::confluence(&fake).get("/_edge/tenant_info").json();
    let renamed = fake.rename_site();
    let page = Client::confluence(&fake).get("/wiki/api/v2/pages/101").json();
    assert_eq!(page["_links"]["base"], format!("{renamed}/wiki"));
    assert_eq!(Client::confluence(&fake).get("/_edge/tenant_info").json(), old);
}

#[test]
fn access_token_is_an_app_user_and_may_not_ask_who_it_is() {
    let fake = with_pull_request();
    fake.state().comment(1, Account::somebody_else(), "hi");
    let mut client = Client::bitbucket(&fake);
    client.send("POST", COMMENTS, Some(&raw("a")));
    let users: Vec<Value> =
        client.get(COMMENTS).json()["values"].as_array().unwrap().iter().map(|it| it["user"].clone()).collect();
    let members = users.iter().map(|user| (user["type"].as_str().unwrap(), user.get("nickname").is_some()));
    assert_eq!(members.collect::<Vec<_>>(), [("user", true), ("app_user", false)]);
    let refused = client.get("/2.0/user");
    assert_eq!((refused.status, refused.header("x-credential-type")), (403, Some("repo_access_token")));
    assert!(!format!("{refused:?}").contains(BITBUCKET_TOKEN));
}

#[test]
fn comment_that_another_person_edited_keeps_its_first_version() {
    let fake = with_pull_request();
    let id = fake.state().add_page_comment(101, BOT, "<p>ours</p>");
    fake.state().edit_page_comment(id, SOMEBODY_ELSE, "<p>theirs</p>");
    let mut client = Client::confluence(&fake);
    let path = format!("/wiki/api/v2/footer-comments/{id}");
    assert_eq!(client.get(&path).json()["version"]["authorId"], SOMEBODY_ELSE);
    let first = client.get(&format!("{path}/versions/1")).json();
    assert_eq!((&first["authorId"], &first["nextVersion"]), (&json!(BOT), &json!(2)));
    assert_eq!(client.get(&format!("{path}/versions/3")).status, 404);
    let old = client.get(&format!("{path}?version=1&body-format=storage")).json();
    assert!(old["body"]["storage"]["value"].to_string().contains("ours"), "{old}");
    let body = json!({"representation": "storage", "value": "<p>ours again</p>"});
    let put = json!({"version": {"number": 3}, "body": body});
    assert_eq!(client.send("PUT", &path, Some(&put)).status, 200, "it is its author's");
    fake.state().confluence.refuse_stale_with = 400;
    let stale = client.send("PUT", &path, Some(&put));
    assert_eq!(stale.status, 400);
    assert!(stale.json()["errors"][0]["title"].as_str().unwrap().starts_with("Version must be incremented"));
}

#[test]
fn comment_without_an_account_has_no_author() {
    let fake = with_pull_request();
    let id = fake.state().add_page_comment(101, "", "<p>hi</p>");
    let shown = Client::confluence(&fake).get(&format!("/wiki/api/v2/footer-comments/{id}")).json();
    assert_eq!((shown["version"]["number"].as_u64(), shown["version"].get("authorId")), (Some(1), None));
}

#[test]
fn people_act_while_a_request_is_under_way() {
    let fake = with_pull_request();
    let latch = Latch::default();
    let is_commits = |request: &fake::Request| request.path.ends_with("/pullrequests/1/commits");
    let is_one = |request: &fake::Request| request.path.ends_with("/pullrequests/1");
    {
        let mut state = fake.state();
        state.waits.push(Wait::at(&latch, is_commits));
        let opened = latch.clone();
        state.happenings.push(Happening::after(is_one, move |state| {
            state.merge(1, true);
            opened.open();
        }));
    }
    let (one, commits) = std::thread::scope(|scope| {
        let commits = scope.spawn(|| Client::bitbucket(&fake).get(&format!("{PULL_REQUEST}/commits")).json());
        let one = Client::bitbucket(&fake).get(PULL_REQUEST).json();
        (one, commits.join().unwrap())
    });
    assert_eq!((&one["state"], &commits["values"]), (&json!("OPEN"), &json!([])));
    assert_eq!(fake.state().bitbucket.pull_request(1).state, PullRequestState::Merged);
}
