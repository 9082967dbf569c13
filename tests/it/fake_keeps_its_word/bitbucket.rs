//! The fake of Bitbucket lists, hides and refuses as Bitbucket does, where the OpenAPI document says nothing.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{COMMENTS, Client, PULL_REQUEST, assert_breaches, raw, start};
use fake::{Account, BITBUCKET_TOKEN, Service};

const REPOSITORY: &str = "/2.0/repositories/acme/shop";
const PULL_REQUESTS: &str = "/2.0/repositories/acme/shop/pullrequests";

#[test]
fn comments_come_ten_at_a_time_with_an_absolute_next_link() {
    let fake = start();
    for number in 0..12 {
        fake.state().comment(1, Account::somebody_else(), &format!("comment {number}"));
    }
    let client = Client::bitbucket(&fake);
    let first = client.get(COMMENTS);
    assert_eq!((first.each("/values", "/id").len(), &first["/size"]), (10, &json!(12)));
    assert_eq!(first["/values/0/content/raw"], "comment 0", "the oldest is the first");
    let next = first["/next"].as_str().unwrap().strip_prefix(&fake.origin(Service::Bitbucket)).unwrap();
    assert_eq!(client.get(next)["/values/1/content/raw"], "comment 11");
    let only = client.get(&format!("{COMMENTS}?fields=values.id"));
    assert_eq!(only["/values/0"], json!({"id": first["/values/0/id"]}));
}

#[test]
fn deleted_comment_stays_listed_with_nothing_in_it() {
    let fake = start();
    let client = Client::bitbucket(&fake);
    let made = client.send("POST", COMMENTS, raw("<!-- mark -->"));
    assert_eq!(made["/content/html"], "<p>&lt;!-- mark --&gt;</p>", "HTML comments are shown as text");
    let path = format!("{COMMENTS}/{}", made["/id"]);
    assert_eq!([(); 2].map(|()| client.delete(&path)), [204, 404]);
    let listed = client.get(COMMENTS);
    assert_eq!((&listed["/values/0/deleted"], &listed["/values/0/content/raw"]), (&json!(true), &json!("")));
    assert!(fake.pull_request_comments(1).is_empty());
}

#[test]
fn comment_is_refused_to_others_and_when_it_is_too_long() {
    let fake = start();
    let path = format!("{COMMENTS}/{}", fake.state().comment(1, Account::somebody_else(), "mine"));
    let client = Client::bitbucket(&fake);
    assert_eq!([client.send("PUT", &path, raw("yours")).status, client.delete(&path)], [403, 403]);
    assert_eq!(fake.pull_request_comments(1), ["mine"]);
    let long = client.send("POST", COMMENTS, raw(&"x".repeat(32_769)));
    assert_eq!((long.status, long.body.as_slice()), (400, b"<h1>Bad Request (400)</h1>".as_slice()));
}

#[test]
fn pull_request_list_holds_open_ones_unless_states_are_named() {
    let fake = start();
    fake.state().open_pull_request("feature/two", "Two \"quoted\"", "", &["two"]);
    fake.state().merge(2, true);
    let client = Client::bitbucket(&fake);
    let table = [
        ("", vec![1]),
        ("state=OPEN&state=MERGED", vec![2, 1]),
        ("q=source.branch.name%20%3D%20%22feature%2Feng-12%22%20AND%20state%20%3D%20%22OPEN%22", vec![1]),
        ("state=MERGED&q=title%20%3D%20%22Two%20%5C%22quoted%5C%22%22", vec![2]),
        ("state=OPEN&q=updated_on%20%3E%202026-11-22T08:00:00%2B00:00", vec![1]),
        ("q=(id%20%3D%201%20OR%20id%20%3D%202)%20AND%20state%20!%3D%20%22DECLINED%22&sort=id", vec![1, 2]),
    ];
    for (query, expected) in table {
        assert_eq!(client.get(&format!("{PULL_REQUESTS}?{query}")).each("/values", "/id"), expected, "{query}");
    }
    assert_eq!(client.get(&format!("{PULL_REQUESTS}?q=nonsense%20%3D%201")).status, 400);
}

#[test]
fn commits_go_with_their_branch_and_hashes_are_short() {
    let fake = start();
    let client = Client::bitbucket(&fake);
    assert_eq!(client.get(PULL_REQUEST)["/source/commit/hash"].as_str().unwrap().len(), 12);
    let commits = client.get(&format!("{PULL_REQUEST}/commits?pagelen=1"));
    assert_eq!((&commits["/values/0/message"], commits.has("/size")), (&json!("two"), false));
    let merged = fake.state().squash(1, true);
    assert_eq!(client.get(&format!("{PULL_REQUEST}/commits"))["/values"], json!([]));
    let commit = client.get(&format!("{REPOSITORY}/commit/{merged:.12}"));
    assert_eq!(commit["/hash"], merged);
    let parent = commit["/parents/0/hash"].as_str().unwrap();
    let log = client.get(&format!("{REPOSITORY}/commits?include={merged}&exclude={parent}"));
    assert_eq!(log.each("/values", "/hash"), [merged.as_str()]);
    let index = format!("{REPOSITORY}/commit/{merged}/pullrequests");
    assert_eq!(client.get(&index).status, 404, "the workspace lacks the index");
    fake.state().bitbucket.pr_commit_links = true;
    assert_eq!(client.get(&index)["/values/0/id"], 1);
}

#[test]
fn open_pull_request_without_branch_has_no_commits() {
    let fake = start();
    fake.state().delete_branch(1);
    let client = Client::bitbucket(&fake);
    assert_eq!(client.get(PULL_REQUEST)["/state"], "OPEN");
    assert_eq!(client.get(&format!("{PULL_REQUEST}/commits"))["/values"], json!([]));
    fake.state().bitbucket.pull_request_mut(1).source_repository = None;
    let deleted_fork = client.get(PULL_REQUEST);
    assert!(deleted_fork.has("/source/repository") && deleted_fork["/source/repository"].is_null());
    assert_eq!(client.get(&format!("{PULL_REQUEST}/commits")).status, 404);
}

#[test]
fn access_token_is_an_app_user_and_may_not_ask_who_it_is() {
    let fake = start();
    fake.state().comment(1, Account::somebody_else(), "hi");
    let client = Client::bitbucket(&fake);
    client.send("POST", COMMENTS, raw("a"));
    let listed = client.get(COMMENTS);
    assert_eq!(listed.each("/values", "/user/type"), ["user", "app_user"]);
    assert_eq!(listed.each("/values", "/user/nickname").len(), 1, "an app has none");
    let refused = client.get("/2.0/user");
    assert_eq!((refused.status, refused.header("x-credential-type")), (403, Some("repo_access_token")));
    assert!(!format!("{refused:?}").contains(BITBUCKET_TOKEN));
}

#[test]
fn proxy_adds_its_credential_to_reports_over_plain_http_only() {
    let fake = start();
    let path = format!("{REPOSITORY}/commit/{}/reports/links", fake.state().bitbucket.pull_request(1).source_commit);
    let body = json!({"title": "Pages", "details": "One page", "report_type": "TEST", "result": "PASSED"}).to_string();
    let put = |target: &str, header: &str| {
        let mut stream = TcpStream::connect(fake.proxy_url().trim_start_matches("http://")).unwrap();
        let head = format!("PUT {target} HTTP/1.1\r\nHost: api.bitbucket.org\r\nConnection: close\r\n{header}");
        write!(stream, "{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(put(&path, ""), "500", "the request line must name the whole address");
    assert_eq!(put(&format!("https://api.bitbucket.org{path}"), ""), "401");
    assert_eq!(put(&format!("http://api.bitbucket.org{COMMENTS}"), ""), "401");
    assert_eq!(put(&format!("http://api.bitbucket.org{path}"), ""), "200");
    assert_eq!(put(&format!("http://api.bitbucket.org{path}"), "Authorization: Bearer x\r\n"), "400");
    let unexpected = format!("Proxy PUT {path}: a credential was sent to the proxy, over plain HTTP");
    assert_eq!(fake.take_unexpected(), [unexpected]);
    assert_breaches(fake.take_breaches(), &[&format!("PUT {COMMENTS}: no such operation")]);
}

#[test]
fn unknown_request_fails_a_test_that_does_not_expect_it() {
    let fake = start();
    let client = Client::bitbucket(&fake);
    assert_eq!(client.send("POST", COMMENTS, json!({"contents": {"raw": "x"}})).status, 400);
    assert_eq!(client.send("PATCH", COMMENTS, Value::Null).status, 404);
    let unexpected = ["POST COMMENTS: unknown member contents", "PATCH COMMENTS: no such path or method"];
    let unexpected = unexpected.map(|line| format!("Bitbucket {}", line.replace("COMMENTS", COMMENTS)));
    assert_eq!(fake.take_unexpected(), unexpected);
    assert_eq!(client.get(&format!("{COMMENTS}?pagelenn=5")).status, 400);
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(fake)));
    let said = *dropped.expect_err("it fails").downcast::<String>().unwrap();
    assert!(said.contains("unknown query parameter pagelenn"), "{said}");
}

#[test]
fn token_of_another_repository_is_a_404_and_an_expired_one_a_401() {
    let fake = start();
    let client = Client::bitbucket(&fake);
    fake.state().bitbucket.token_mut(BITBUCKET_TOKEN).repositories.clear();
    assert_eq!(client.get(PULL_REQUEST).status, 404);
    fake.state().bitbucket.token_mut(BITBUCKET_TOKEN).expired = true;
    assert_eq!(client.get(PULL_REQUEST).status, 401);
}
