//! Does the fake of Bitbucket list, hide and refuse as Bitbucket does?

use serde_json::{Value, json};

use contract::Contract;

use super::{Client, basic, told};
use fake::{Account, BITBUCKET_EMAIL, BITBUCKET_TOKEN, BITBUCKET_USER_TOKEN, Fake, IdOrder, Service, State};

const COMMENTS: &str = "/2.0/repositories/acme/shop/pullrequests/1/comments";
const PULL_REQUESTS: &str = "/2.0/repositories/acme/shop/pullrequests";

fn with_pull_request() -> Fake {
    let mut state = State::default();
    state.open_pull_request("feature/eng-12", "ENG-12: add a basket", "See <b>ENG-12</b>.", &["ENG-12 one", "two"]);
    Fake::start_watched(state, Contract::new())
}

#[test]
fn ten_comments_are_a_page_and_the_next_one_is_absolute() {
    let fake = with_pull_request();
    for number in 0..12 {
        fake.state().comment(1, Account::somebody_else(), &format!("comment {number}"));
    }
    let mut client = Client::bitbucket(&fake);
    let first = client.get(COMMENTS).json();
    assert_eq!(first["values"].as_array().unwrap().len(), 10);
    assert_eq!((first["size"].as_u64(), first["pagelen"].as_u64()), (Some(12), Some(10)));
    assert_eq!(first["values"][0]["content"]["raw"], "comment 0", "the oldest is the first");
    let next = first["next"].as_str().unwrap();
    let path = next.strip_prefix(&fake.origin(Service::Bitbucket)).expect("on the same origin");
    let second = client.get(path).json();
    assert_eq!(second["values"][1]["content"]["raw"], "comment 11");
    assert_eq!(second.get("next"), None);
    assert_eq!(client.get(&format!("{COMMENTS}?pagelen=101")).status, 400);
}

#[test]
fn each_repository_counts_for_itself_and_its_token_sees_no_other() {
    let mut state = State::default();
    let token = state.add_repository("acme/web");
    let numbers =
        ["acme/shop", "acme/web", "acme/web"].map(|name| state.open_pull_request_in(name, name, "t", "", &["x"]));
    assert_eq!(numbers, [1, 1, 2]);
    let fake = Fake::start_watched(state, Contract::new());
    let mut client = Client::new(&fake, Service::Bitbucket, Some(format!("Bearer {token}")));
    let body = json!({"content": {"raw": "x"}});
    let of_web = "/2.0/repositories/acme/web/pullrequests/1/comments";
    assert_eq!(client.send("POST", of_web, Some(&body)).json()["user"]["display_name"], "acme/web pipeline");
    assert_eq!(client.send("POST", COMMENTS, Some(&body)).status, 404);
    assert_eq!(Client::bitbucket(&fake).get(of_web).status, 404);
}

#[test]
fn a_deleted_comment_stays_listed_with_nothing_in_it() {
    let fake = with_pull_request();
    let mut client = Client::bitbucket(&fake);
    let made = client.send("POST", COMMENTS, Some(&json!({"content": {"raw": "<!-- mark -->"}})));
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["content"]["html"], "<p>&lt;!-- mark --&gt;</p>", "HTML comments are shown as text");
    let id = made.json()["id"].as_u64().unwrap();
    assert_eq!(fake.pull_request_comments(1), ["<!-- mark -->"]);
    assert_eq!(client.send("DELETE", &format!("{COMMENTS}/{id}"), None).status, 204);
    let listed = client.get(COMMENTS).json();
    assert_eq!(listed["values"][0]["deleted"], true);
    assert_eq!(listed["values"][0]["content"]["raw"], "");
    assert_eq!(client.send("DELETE", &format!("{COMMENTS}/{id}"), None).status, 404);
    assert!(fake.pull_request_comments(1).is_empty());
    assert_eq!(fake.writes().len(), 3);
}

#[test]
fn somebody_elses_comment_cannot_be_changed() {
    let fake = with_pull_request();
    let id = fake.state().comment(1, Account::somebody_else(), "mine");
    let mut client = Client::bitbucket(&fake);
    let body = json!({"content": {"raw": "yours"}});
    assert_eq!(client.send("PUT", &format!("{COMMENTS}/{id}"), Some(&body)).status, 403);
    assert_eq!(client.send("DELETE", &format!("{COMMENTS}/{id}"), None).status, 403);
    assert_eq!(fake.pull_request_comments(1), ["mine"]);
}

#[test]
fn a_comment_that_is_too_long_is_refused_with_html() {
    let fake = with_pull_request();
    let mut client = Client::bitbucket(&fake);
    let reply = client.send("POST", COMMENTS, Some(&json!({"content": {"raw": "x".repeat(32_769)}})));
    assert_eq!((reply.status, reply.body.as_slice()), (400, b"<h1>Bad Request (400)</h1>".as_slice()));
}

#[test]
fn new_ids_need_not_go_up() {
    for (order, expected) in [(IdOrder::Up, true), (IdOrder::Down, false)] {
        let fake = with_pull_request();
        fake.state().bitbucket.numbers.order = order;
        let mut state = fake.state();
        let first = state.comment(1, Account::bot(), "a");
        let second = state.comment(1, Account::bot(), "b");
        assert_eq!(first < second, expected);
        drop(state);
        let listed = Client::bitbucket(&fake).get(COMMENTS).json();
        assert_eq!(listed["values"][0]["content"]["raw"], "a", "oldest first, whatever the ids");
    }
}

#[test]
fn what_people_see_has_no_ids_and_no_dates() {
    let seen = |order: IdOrder, deleted_before: bool| {
        let fake = with_pull_request();
        let mut state = fake.state();
        state.bitbucket.numbers.order = order;
        if deleted_before {
            let id = state.comment(1, Account::bot(), "gone");
            state.delete_comment(1, id);
        }
        state.comment(1, Account::bot(), "here");
        drop(state);
        fake.what_people_see()
    };
    assert_eq!(seen(IdOrder::Up, false), seen(IdOrder::Random, true));
    assert_eq!(seen(IdOrder::Up, false)["pull requests"]["acme/shop#1"][0]["raw"], "here");
}

#[test]
fn what_was_not_asked_for_is_absent() {
    let fake = with_pull_request();
    fake.state().comment(1, Account::bot(), "hello");
    let mut client = Client::bitbucket(&fake);
    let reply = client.get(&format!("{COMMENTS}?fields=values.id,values.content.raw,next")).json();
    let only = &reply["values"][0];
    assert_eq!(only.as_object().unwrap().keys().collect::<Vec<_>>(), ["content", "id"]);
    assert_eq!(only["content"], json!({"raw": "hello"}));
    let reply = client.get(&format!("{COMMENTS}?fields=-values.content")).json();
    assert_eq!(reply["values"][0].get("content"), None);
    assert_eq!(reply["values"][0]["deleted"], false);
}

#[test]
fn only_open_pull_requests_are_listed_unless_states_are_named() {
    let fake = with_pull_request();
    {
        let mut state = fake.state();
        state.open_pull_request("feature/two", "Two \"quoted\"", "", &["two"]);
        state.merge(2, true);
    }
    let mut client = Client::bitbucket(&fake);
    let mut ids = |query: &str| -> Vec<u64> {
        let reply = client.get(&format!("{PULL_REQUESTS}?{query}"));
        assert_eq!(reply.status, 200, "{query}: {reply:?}");
        reply.json()["values"].as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect()
    };
    assert_eq!(ids(""), [1]);
    assert_eq!(ids("state=OPEN&state=MERGED"), [2, 1]);
    assert_eq!(ids("q=source.branch.name%20%3D%20%22feature%2Feng-12%22%20AND%20state%20%3D%20%22OPEN%22"), [1]);
    assert_eq!(ids("state=MERGED&q=title%20%3D%20%22Two%20%5C%22quoted%5C%22%22"), [2]);
    assert_eq!(ids("state=OPEN&q=updated_on%20%3E%202026-11-22T08:00:00%2B00:00"), [1]);
    assert_eq!(ids("q=(id%20%3D%201%20OR%20id%20%3D%202)%20AND%20state%20!%3D%20%22DECLINED%22&sort=id"), [1, 2]);
    let bad = Client::bitbucket(&fake).get(&format!("{PULL_REQUESTS}?q=nonsense%20%3D%201"));
    assert_eq!(bad.status, 400);
    assert_eq!(Client::bitbucket(&fake).get(&format!("{PULL_REQUESTS}?pagelen=51")).status, 400);
}

#[test]
fn hashes_are_short_and_commits_go_with_their_branch() {
    let fake = with_pull_request();
    let mut client = Client::bitbucket(&fake);
    let open = client.get(&format!("{PULL_REQUESTS}/1")).json();
    assert_eq!(open["source"]["commit"]["hash"].as_str().unwrap().len(), 12);
    assert_eq!(open["summary"]["raw"], "See <b>ENG-12</b>.");
    let commits = client.get(&format!("{PULL_REQUESTS}/1/commits?pagelen=1")).json();
    assert_eq!(commits["values"][0]["message"], "two");
    assert_eq!(commits.get("size"), None);
    let next = commits["next"].as_str().unwrap().split_once("/2.0").unwrap().1;
    assert_eq!(client.get(&format!("/2.0{next}")).json()["values"][0]["message"], "ENG-12 one");

    let merged = fake.state().squash(1, true);
    assert_eq!(client.get(&format!("{PULL_REQUESTS}/1/commits")).json()["values"], json!([]));
    let commit = client.get(&format!("/2.0/repositories/acme/shop/commit/{merged:.12}")).json();
    assert_eq!(commit["hash"], merged);
    let parent = commit["parents"][0]["hash"].as_str().unwrap();
    let log = client.get(&format!("/2.0/repositories/acme/shop/commits?include={merged}&exclude={parent}")).json();
    assert_eq!(log["values"].as_array().unwrap().len(), 1);
    let missing = client.get(&format!("/2.0/repositories/acme/shop/commit/{merged}/pullrequests"));
    assert_eq!(missing.status, 404);
    fake.state().bitbucket.pr_commit_links = true;
    let found = client.get(&format!("/2.0/repositories/acme/shop/commit/{merged}/pullrequests")).json();
    assert_eq!(found["values"][0]["id"], 1);
}

#[test]
fn a_deleted_fork_is_null_and_has_no_commits() {
    let fake = with_pull_request();
    fake.state().bitbucket.pull_request_mut(1).source_repository = None;
    let mut client = Client::bitbucket(&fake);
    assert_eq!(client.get(&format!("{PULL_REQUESTS}/1")).json()["source"]["repository"], Value::Null);
    assert_eq!(client.get(&format!("{PULL_REQUESTS}/1/commits")).status, 404);
}

#[test]
fn a_repository_token_is_no_user_and_is_told_so_with_an_object() {
    let fake = with_pull_request();
    let reply = Client::bitbucket(&fake).get("/2.0/user");
    assert_eq!(reply.status, 403);
    assert!(reply.json()["error"]["detail"]["required"].is_array());
    let authorization = Some(basic(BITBUCKET_EMAIL, BITBUCKET_USER_TOKEN));
    let reply = Client::new(&fake, Service::Bitbucket, authorization).get("/2.0/user");
    assert_eq!(reply.json()["uuid"], Account::bot_user().uuid);
}

#[test]
fn bad_credentials_and_missing_scopes_are_told_apart() {
    let fake = with_pull_request();
    let with = |authorization: Option<&str>| {
        Client::new(&fake, Service::Bitbucket, authorization.map(str::to_owned)).get(PULL_REQUESTS).status
    };
    assert_eq!(with(None), 401);
    assert_eq!(with(Some("Bearer wrong")), 401);
    let good = format!("Bearer {BITBUCKET_TOKEN}");
    assert_eq!(with(Some(&good)), 200);
    fake.state().bitbucket.token_mut(BITBUCKET_TOKEN).scopes = vec!["repository".to_owned()];
    assert_eq!(with(Some(&good)), 403);
    fake.state().bitbucket.token_mut(BITBUCKET_TOKEN).repositories.clear();
    assert_eq!(with(Some(&good)), 404);
    fake.state().bitbucket.token_mut(BITBUCKET_TOKEN).expired = true;
    assert_eq!(with(Some(&good)), 401);
    fake.state().bitbucket.repositories[0].is_private = false;
    assert_eq!(with(None), 200, "the world reads what is public");
}

#[test]
fn reports_are_put_on_a_commit_and_only_they_pass_the_proxy() {
    let fake = with_pull_request();
    let commit = fake.state().bitbucket.pull_request(1).source_commit.clone();
    let path = format!("/2.0/repositories/acme/shop/commit/{commit}/reports/links");
    let data = json!([{"title": "Page", "type": "LINK", "value": {"text": "ADR-1", "href": "https://example.com/"}}]);
    let report =
        json!({"title": "Pages", "details": "One page", "report_type": "TEST", "result": "PASSED", "data": data});
    let mut client = Client::bitbucket(&fake);
    assert_eq!(client.send("PUT", &path, Some(&report)).status, 200);
    assert_eq!(fake.report(&commit, "links").unwrap()["data"], data);
    let annotation = json!([{"external_id": "a", "annotation_type": "BUG", "summary": "No page"}]);
    assert_eq!(client.send("POST", &format!("{path}/annotations"), Some(&annotation)).status, 200);
    assert_eq!(fake.annotations(&commit, "links").len(), 1);
    assert_eq!(client.send("DELETE", &path, None).status, 204);
    assert_eq!(fake.report(&commit, "links"), None);
    assert_eq!(client.get(&path).status, 404);

    let mut proxy = Client::new(&fake, Service::Proxy, None);
    assert_eq!(proxy.send("PUT", &path, Some(&report)).status, 500, "the host must be the API's");
    let body = report.to_string();
    let mut put = |target: &str, header: &str| {
        let head = format!("PUT {target} HTTP/1.1\r\nHost: api.bitbucket.org\r\n{header}");
        let rest = format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        std::io::Write::write_all(proxy.stream.get_mut(), (head + &rest).as_bytes()).unwrap();
        proxy.read_reply().unwrap().status
    };
    assert_eq!(put(&path, ""), 500, "the request line must name the whole address");
    assert_eq!(put(&format!("https://api.bitbucket.org{path}"), ""), 401, "what should be encrypted is nobody's");
    assert_eq!(put("http://api.bitbucket.org/2.0/repositories/acme/shop/pullrequests/1/comments", ""), 401);
    assert_eq!(put(&format!("http://api.bitbucket.org{path}"), ""), 200);
    assert_eq!(put(&format!("http://api.bitbucket.org{path}"), "Authorization: Bearer x\r\n"), 400);
    let written_down = format!("Proxy PUT {path}: a credential was sent to the proxy, over plain HTTP");
    assert_eq!(fake.take_unexpected(), [written_down]);
    let mut proxy = Client::new(&fake, Service::Proxy, None);
    assert_eq!(proxy.send("CONNECT", "api.bitbucket.org:80", None).status, 500, "a tunnel gets no credential");
    let no_comments = "PUT /2.0/repositories/acme/shop/pullrequests/1/comments: no such operation";
    told(fake.take_breaches(), &[no_comments, "CONNECT api.bitbucket.org:80: no such operation"]);
}

#[test]
fn a_fast_forward_makes_no_commit_and_a_commit_names_its_authors_account() {
    let fake = with_pull_request();
    let commits = fake.state().bitbucket.repositories[0].commits.len();
    let tip = fake.state().bitbucket.pull_request(1).source_commit.clone();
    assert_eq!(fake.state().fast_forward(1, true), tip);
    fake.state().tag("1.0.0", "main");
    assert_eq!(fake.state().bitbucket.repositories[0].commits.len(), commits);
    let mut client = Client::bitbucket(&fake);
    let request = client.get("/2.0/repositories/acme/shop/pullrequests/1").json();
    assert_eq!((&request["state"], &request["merge_commit"]["hash"]), (&json!("MERGED"), &json!(tip.get(..12))));
    let tag = client.get("/2.0/repositories/acme/shop/refs/tags/1.0.0").json();
    assert_eq!(tag["target"]["hash"], tip.as_str());
    assert_eq!(tag["target"]["author"]["user"]["account_id"], "712020:00000000-0000-4000-8000-000000000001");
}

#[test]
fn what_the_documents_do_not_know_is_written_down() {
    let fake = with_pull_request();
    let mut client = Client::bitbucket(&fake);
    assert_eq!(client.get(&format!("{COMMENTS}?pagelenn=5")).status, 400);
    assert_eq!(client.get("/2.0/repository").status, 404);
    assert_eq!(client.send("POST", COMMENTS, Some(&json!({"contents": {"raw": "x"}}))).status, 400);
    assert_eq!(client.send("PATCH", COMMENTS, None).status, 404);
    let written_down = [
        format!("Bitbucket GET {COMMENTS}: unknown query parameter pagelenn"),
        "Bitbucket GET /2.0/repository: no such path or method".to_owned(),
        format!("Bitbucket POST {COMMENTS}: unknown member contents"),
        format!("Bitbucket PATCH {COMMENTS}: no such path or method"),
    ];
    assert_eq!(fake.take_unexpected(), written_down);
    assert!(client.get(COMMENTS).header("X-Request-Id").is_some());
}

#[test]
fn what_the_fake_does_not_know_fails_a_test_that_does_not_say_so() {
    let fake = with_pull_request();
    assert_eq!(Client::bitbucket(&fake).get(&format!("{COMMENTS}?pagelenn=5")).status, 400);
    fake.clear_requests();
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(fake)));
    let said = *dropped.expect_err("it fails").downcast::<String>().unwrap();
    assert!(said.contains("unknown query parameter pagelenn"), "{said}");
}
