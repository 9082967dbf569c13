//! A link that Jira led to stays while Jira can't be asked, and goes when the issue was read without it.

use super::{advice, grant, is_linked, linking};
use crate::bed::{Bed, Ran};
use crate::identity::WAYS_IN;
use fake::{Fault, FaultKind, Service, Who};

/// Pull request 1 is linked to page 101 by its issue.
fn linked() -> Bed {
    let bed = linking();
    bed.run_twice();
    assert!(is_linked(&bed, 101));
    bed
}

fn stays(bed: &Bed, why: &str) -> Ran {
    let ran = bed.run();
    assert!(is_linked(bed, 101), "{why}: {}", ran.log);
    bed.nothing_is_left_to_do();
    ran
}

fn goes(bed: &Bed, why: &str) {
    let ran = bed.run_twice();
    assert!(!is_linked(bed, 101), "{why}: {}", ran.log);
}

#[test]
fn link_stays_while_jira_does_not_answer() {
    let kinds = [
        (FaultKind::status(500), 1),
        (FaultKind::too_many_requests("1"), 1),
        (FaultKind::ResetBefore, 1),
        (FaultKind::LoginPage, 1),
        (FaultKind::malformed(200, &serde_json::json!({})), 1),
        (FaultKind::refused(401), 0),
        (FaultKind::refused(403), 0),
        (FaultKind::refused(404), 0),
    ];
    for (kind, code) in kinds {
        let bed = linked();
        let why = format!("{kind:?}");
        bed.fake.state().faults.push(Fault::always(kind).at(Service::Confluence).path("/remotelink"));
        assert_eq!(stays(&bed, &why).exit.code(), code, "{why}");
        bed.fake.state().faults.clear();
        stays(&bed, &why);
    }
}

#[test]
fn link_stays_while_the_account_does_not_see_the_issue() {
    let bed = linked();
    bed.fake.state().issue_mut("PROJ-7").view = Who::Nobody;
    let ran = stays(&bed, "hidden");
    assert_eq!(advice(&ran).len(), 0, "{}", ran.log);
    assert!(ran.details.contains("because the Jira issue that links it can't be read now"), "{}", ran.log);
    bed.fake.state().jira.issues.clear();
    stays(&bed, "deleted");
    bed.fake.state().jira.linking = false;
    stays(&bed, "issue linking is off");
}

#[test]
fn link_stays_when_its_key_is_past_the_limit() {
    let bed = linking();
    bed.fake.state().bitbucket.pull_request_mut(1).source_branch = "work".to_owned();
    bed.fake.state().bitbucket.pull_request_mut(1).title = "PROJ-7".to_owned();
    bed.run_twice();
    assert!(is_linked(&bed, 101));
    let many: Vec<String> = (1..=20).map(|number| format!("PROJ-{}", 100 + number)).collect();
    bed.fake.state().bitbucket.pull_request_mut(1).title = format!("{} PROJ-7", many.join(" "));
    stays(&bed, "21 keys");
}

#[test]
fn link_that_jira_no_longer_has_goes() {
    let bed = linked();
    bed.fake.state().issue_mut("PROJ-7").links.clear();
    goes(&bed, "the issue links nothing");
    let bed = linked();
    bed.fake.state().issue_mut("PROJ-7").links = vec![fake::Link::Page(102)];
    goes(&bed, "the issue links another page");
    assert!(is_linked(&bed, 102));
    let bed = linked();
    bed.fake.state().bitbucket.pull_request_mut(1).source_branch = "work".to_owned();
    goes(&bed, "the key is gone");
    goes(&linked().with("SOURCES", "branch"), "jira is no source any more");
}

#[test]
fn page_named_by_a_url_stays_linked_whatever_jira_says() {
    let bed = linked();
    let url = format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(1).description = url;
    bed.fake.state().issue_mut("PROJ-7").links.clear();
    stays(&bed, "a URL names it");
}

#[test]
fn key_that_gets_a_page_of_its_own_leaves_the_page_of_its_issue() {
    let bed = linking().with("KEY_PREFIXES", "PROJ=ENG");
    bed.run_twice();
    bed.fake.state().add_page(103, "ENG", "A page").labels = vec!["proj-7".to_owned()];
    let ran = bed.run_twice();
    assert_eq!([101, 103].map(|page| is_linked(&bed, page)), [false, true], "the label comes first: {}", ran.log);
    assert!(ran.log.contains("PROJ-7 led to \"Checkout redesign\""), "{}", ran.log);
}

#[test]
fn search_that_fails_leaves_all_links_as_they_are() {
    let bed = linked();
    bed.fake.state().add_issue("PROJ-8", &[102]);
    bed.fake.state().bitbucket.pull_request_mut(1).title = "PROJ-8".to_owned();
    let search = Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/rest/api/search");
    bed.fake.state().faults.push(search);
    let ran = stays(&bed, "no search");
    assert!(!is_linked(&bed, 102), "whether the key has a page of its own isn't known: {}", ran.log);
    bed.fake.state().faults.clear();
    bed.run_twice();
    assert!(is_linked(&bed, 102));
}

#[test]
fn failed_page_read_is_no_reason_to_forget_what_jira_says() {
    let bed = linking();
    let url = format!("{}/wiki/spaces/OPS/pages/102", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(1).description = url;
    let fault = Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/pages/102/footer-comments");
    bed.fake.state().faults.push(fault);
    let ran = bed.run();
    assert!(is_linked(&bed, 101), "{}", ran.log);
}

#[test]
fn link_stays_for_a_credential_that_lost_its_scope() {
    let bed = WAYS_IN[2].of(linking());
    grant(&bed, &["read:jira-work"]);
    bed.run_twice();
    bed.fake.state().confluence.token_mut(fake::CONFLUENCE_SERVICE_TOKEN).scopes.remove("read:jira-work");
    let ran = stays(&bed, "no scope");
    assert_eq!((ran.exit.code(), advice(&ran).len()), (0, 1), "{}", ran.log);
}
