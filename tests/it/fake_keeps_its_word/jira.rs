//! The fake of Jira hides issues and treats credentials as Jira does.

use super::{Client, basic};
use fake::{
    CONFLUENCE_EMAIL, CONFLUENCE_SCOPED_TOKEN, CONFLUENCE_SERVICE_TOKEN, CONFLUENCE_TOKEN, Fake, Service, State, Who,
};

const ISSUE: &str = "/rest/api/3/issue/PROJ-7/remotelink";
const REASON: &str = "X-Seraph-LoginReason";

fn with_issue() -> Fake {
    let mut state = State::default();
    state.add_issue("PROJ-7", &[101]);
    Fake::start(state)
}

fn at_site(fake: &Fake, secret: &str) -> Client {
    Client::new(fake, Service::Confluence, Some(basic(CONFLUENCE_EMAIL, secret)))
}

#[test]
fn remote_link_names_the_page_by_number_and_not_by_title() {
    let fake = with_issue();
    let links = at_site(&fake, CONFLUENCE_TOKEN).get(ISSUE);
    assert_eq!(links["/0/object/url"], format!("{}/wiki/pages/viewpage.action?pageId=101", fake.confluence_url()));
    assert_eq!(links["/0/object/title"], "Wiki Page");
    assert!(links["/0/globalId"].as_str().unwrap().ends_with("&pageId=101"), "{links:?}");
}

#[test]
fn bad_credential_is_a_visitor_with_a_header_at_the_site() {
    let fake = with_issue();
    for (anonymous, status) in [(false, 404), (true, 200)] {
        fake.state().issue_mut("PROJ-7").anonymous = anonymous;
        let answer = at_site(&fake, "wrong").get(ISSUE);
        assert_eq!((answer.status, answer.header(REASON)), (status, Some("AUTHENTICATED_FAILED")));
        let answer = Client::new(&fake, Service::Confluence, None).get(ISSUE);
        assert_eq!((answer.status, answer.header(REASON)), (status, None));
    }
    assert_eq!(at_site(&fake, CONFLUENCE_SCOPED_TOKEN).get(ISSUE).status, 401);
    let bearer = Some(format!("Bearer {CONFLUENCE_SERVICE_TOKEN}"));
    assert_eq!(Client::new(&fake, Service::Confluence, bearer).get(ISSUE).status, 403);
}

#[test]
fn hidden_issue_is_a_404_like_a_missing_one() {
    let fake = with_issue();
    fake.state().issue_mut("PROJ-7").view = Who::Nobody;
    let client = at_site(&fake, CONFLUENCE_TOKEN);
    let [hidden, missing] = [ISSUE, "/rest/api/3/issue/PROJ-8/remotelink"].map(|path| client.get(path));
    assert_eq!((hidden.status, hidden.header(REASON), &hidden.body), (404, None, &missing.body));
    fake.state().jira.linking = false;
    assert_eq!(client.get(ISSUE).status, 403);
}
