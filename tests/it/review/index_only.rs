//! Pages that only our comment on the pull request names: shown, and believed if the comment is proven ours.

use serde_json::json;

use super::{Reviewed, month, review, reviewing};
use crate::bed::Bed;
use fake::{
    Account, BITBUCKET_EMAIL, BITBUCKET_TOKEN, BITBUCKET_USER_TOKEN, CLOUD_ID, Fault, FaultKind, Service, State,
};

/// With a repository's token, which may not ask whose it is.
fn as_a_repository(bed: Bed) -> Bed {
    bed.with("BITBUCKET_ACCESS_TOKEN", BITBUCKET_TOKEN)
}

/// With a user's token, which may.
fn as_a_user(bed: Bed) -> Bed {
    bed.with("ATLASSIAN_ACCOUNT_EMAIL", BITBUCKET_EMAIL).with("ATLASSIAN_API_TOKEN", BITBUCKET_USER_TOKEN)
}

fn asked_who_we_are(bed: &Bed) -> usize {
    bed.fake.requests().iter().filter(|recorded| recorded.request.path == "/2.0/user").count()
}

/// The pull requests that are said to be without a page.
fn without_page(reviewed: &Reviewed) -> Vec<u64> {
    let findings = reviewed.json["to_do"].as_array().unwrap();
    let found = findings.iter().filter(|finding| finding["kind"] == "pull-request-without-page");
    found.map(|finding| finding["pull_request"].as_u64().unwrap()).collect()
}

/// Pull request 1, linked by `step` and merged; then its page has got another title, and nothing names it any more.
fn unnamed(step: fn(Bed) -> Bed) -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    let id = state.open_pull_request("work", "ENG-1", "", &["x"]);
    let bed = step(Bed::new(state, id));
    assert_eq!(bed.run().exit.code(), 0);
    bed.fake.state().merge(id, true);
    bed.fake.state().confluence.content_mut(101).title = "Renamed".to_owned();
    reviewing(bed)
}

const WITH_ITS_ROW: &str = "page:101 current open unknown 0 1 merged  yes";
const GONE: &str = "page:101 missing unknown unknown - 1 merged  unknown";
const WITHOUT_PAGE: &str = "- - - - - 1 merged  -";

#[test]
fn merged_pull_request_keeps_its_page_in_a_review() {
    let bed = unnamed(as_a_user);
    let reviewed = review(&bed);
    assert_eq!(reviewed.lines(), [WITH_ITS_ROW]);
    assert_eq!(reviewed.line("page:101")["keys"], json!(["ENG-1"]), "the row has the key that led there");
    assert_eq!(asked_who_we_are(&bed), 1);
    bed.fake.state().confluence.contents.retain(|content| content.id != 101);
    let reviewed = review(&bed);
    assert_eq!(reviewed.lines(), [GONE]);
    assert_eq!(without_page(&reviewed), Vec::<u64>::new());
    assert_eq!(reviewed.line("page:101")["keys"], json!([]), "the index has no keys");
}

#[test]
fn missing_page_of_an_unproven_comment_is_no_page() {
    let bed = unnamed(as_a_repository);
    let reviewed = review(&bed);
    assert_eq!(reviewed.lines(), [WITH_ITS_ROW], "a row on the page is proof");
    assert_eq!((reviewed.ran.exit.code(), asked_who_we_are(&bed)), (0, 1), "{}", reviewed.ran.log);
    bed.fake.state().confluence.contents.retain(|content| content.id != 101);
    let reviewed = review(&bed);
    assert_eq!(reviewed.lines(), [GONE, WITHOUT_PAGE]);
    assert_eq!((reviewed.ran.exit.code(), without_page(&reviewed)), (0, vec![1]), "{}", reviewed.ran.log);
    let forged = bed.fake.pull_request_comments(1)[0].replace("page:101", "page:999");
    bed.fake.state().comment(1, Account::other_token(), &forged);
    assert_eq!(review(&bed).lines(), [WITHOUT_PAGE], "of two possible authors, neither is believed");
}

#[test]
fn a_remembered_page_that_cannot_be_read_may_have_the_row() {
    for step in [as_a_user, as_a_repository] {
        for (paths, lines) in [
            (&["/api/v2/pages", "/rest/api/search"][..], &["page:101 unknown unknown unknown - 1 merged  unknown"][..]),
            (&["/101/footer-comments"], &[]),
        ] {
            let bed = unnamed(step);
            bed.fake.state().bitbucket.pull_request_mut(1).title = "nothing".to_owned();
            let faults =
                paths.iter().map(|path| Fault::always(FaultKind::status(400)).at(Service::Confluence).path(path));
            bed.fake.state().faults = faults.collect();
            let reviewed = review(&bed);
            assert_eq!(reviewed.json["complete"], false, "{}", reviewed.ran.log);
            assert_eq!(
                (reviewed.lines(), without_page(&reviewed)),
                (lines.iter().map(|it| (*it).to_owned()).collect(), vec![])
            );
        }
    }
}

#[test]
fn review_reports_that_its_account_is_unknown() {
    let bed = unnamed(as_a_user);
    bed.fake.state().confluence.contents.retain(|content| content.id != 101);
    bed.fake.state().faults.push(Fault::always(FaultKind::status(500)).path("/2.0/user"));
    let reviewed = review(&bed);
    assert_eq!((reviewed.ran.exit.code(), reviewed.lines()), (1, vec![GONE.to_owned(), WITHOUT_PAGE.to_owned()]));
    assert!(reviewed.json["incomplete"].to_string().contains("/2.0/user"), "{}", reviewed.json["incomplete"]);
}

/// The only comment with our marker is forged: by a person, and by another token.
#[test]
fn forged_index_hides_no_pull_request_without_page() {
    for (author, is_shown) in [(Account::somebody_else(), false), (Account::other_token(), true)] {
        let bed = month();
        let host = bed.fake.confluence_url().trim_start_matches("http://").to_owned();
        let raw = format!("hi\n\n[//]: # (confluence-pr-link v1 site={host} cloud={CLOUD_ID} pages=page:999999)");
        assert!(without_page(&review(&bed)).contains(&11));
        bed.fake.state().comment(11, author, &raw);
        let reviewed = review(&bed);
        assert!(without_page(&reviewed).contains(&11), "{:?}", reviewed.findings());
        assert_eq!(reviewed.json.to_string().contains("999999"), is_shown, "only another token's could be ours");
        // Where the account is known, nothing of a forged comment is shown.
        let reviewed = review(&as_a_user(bed));
        assert!(without_page(&reviewed).contains(&11), "{:?}", reviewed.findings());
        assert!(!reviewed.json.to_string().contains("999999"));
    }
}
