//! The fake of Jira hides issues and treats credentials as Jira does.

use serde_json::json;

use super::{Client, basic};
use fake::{
    CLOUD_ID, CONFLUENCE_EMAIL, CONFLUENCE_SCOPED_TOKEN, CONFLUENCE_SERVICE_TOKEN, CONFLUENCE_TOKEN, Fake, Service,
    State, Who,
};

const ISSUE: &str = "/rest/api/3/issue/PROJ-7/remotelink";

fn with_issue() -> Fake {
    let mut state = State::default();
    state.add_issue("PROJ-7", &[101]);
    Fake::start(state)
}

fn at_site(fake: &Fake, secret: &str) -> Client {
    Client::new(fake, Service::Confluence, Some(basic(CONFLUENCE_EMAIL, secret)))
}

fn at_gateway(fake: &Fake, authorization: &str) -> u16 {
    let mut client = Client::new(fake, Service::Gateway, Some(authorization.to_owned()));
    client.get(&format!("/ex/jira/{CLOUD_ID}{ISSUE}")).status
}

#[test]
fn remote_link_names_the_page_by_number_and_not_by_title() {
    let fake = with_issue();
    let links = at_site(&fake, CONFLUENCE_TOKEN).get(ISSUE).json();
    let url = format!("{}/wiki/pages/viewpage.action?pageId=101", fake.confluence_url());
    assert_eq!((&links[0]["object"]["url"], &links[0]["object"]["title"]), (&json!(url), &json!("Wiki Page")));
    assert!(links[0]["globalId"].as_str().unwrap().ends_with("&pageId=101"), "{links}");
}

#[test]
fn bad_credential_is_a_visitor_with_a_header_at_the_site() {
    let fake = with_issue();
    for (anonymous, status) in [(false, 404), (true, 200)] {
        fake.state().issue_mut("PROJ-7").anonymous = anonymous;
        let answer = at_site(&fake, "wrong").get(ISSUE);
        let reason = answer.header("X-Seraph-LoginReason");
        assert_eq!((answer.status, reason), (status, Some("AUTHENTICATED_FAILED")));
        let answer = Client::new(&fake, Service::Confluence, None).get(ISSUE);
        assert_eq!((answer.status, answer.header("X-Seraph-LoginReason")), (status, None));
    }
    assert_eq!(at_site(&fake, CONFLUENCE_SCOPED_TOKEN).get(ISSUE).status, 401);
    let bearer = Some(format!("Bearer {CONFLUENCE_SERVICE_TOKEN}"));
    assert_eq!(Client::new(&fake, Service::Confluence, bearer).get(ISSUE).status, 403);
}

#[test]
fn issue_that_the_account_does_not_see_is_a_404_like_a_missing_one() {
    let fake = with_issue();
    fake.state().issue_mut("PROJ-7").view = Who::Nobody;
    let mut client = at_site(&fake, CONFLUENCE_TOKEN);
    let [hidden, missing] = [ISSUE, "/rest/api/3/issue/PROJ-8/remotelink"].map(|path| client.get(path));
    assert_eq!((hidden.status, hidden.body), (404, missing.body));
    assert_eq!(hidden.headers.get("X-Seraph-LoginReason"), None);
    fake.state().jira.linking = false;
    assert_eq!(client.get(ISSUE).status, 403);
}

#[test]
fn gateway_wants_a_scope_of_jira_before_anything_else() {
    let fake = with_issue();
    let scoped = basic(CONFLUENCE_EMAIL, CONFLUENCE_SCOPED_TOKEN);
    let grant = |scopes: &[&str]| {
        let mut state = fake.state();
        let token = state.confluence.token_mut(CONFLUENCE_SCOPED_TOKEN);
        token.scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
    };
    let granular = ["read:issue.remote-link:jira", "read:status:jira"];
    let table = [(&[][..], 401), (&granular[..1], 401), (&granular[..], 200), (&["read:jira-work"], 200)];
    for (scopes, status) in table {
        grant(scopes);
        assert_eq!(at_gateway(&fake, &scoped), status, "{scopes:?}");
    }
    let mut client = Client::new(&fake, Service::Gateway, Some(scoped.clone()));
    assert_eq!(client.get(&format!("/ex/jira/another{ISSUE}")).status, 401);
    assert_eq!(at_gateway(&fake, "Bearer wrong"), 401);
    fake.state().jira.licensed = Who::Nobody;
    assert_eq!(at_gateway(&fake, &scoped), 403);
    grant(&[]);
    assert_eq!(at_gateway(&fake, &scoped), 401);
}
