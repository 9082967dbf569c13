//! A team writes keys of Jira issues and links its pages there: the pages are linked without labels or URLs.

mod hostile;
mod keeping;

use crate::bed::{Bed, Ran};
use crate::identity::{WAYS_IN, round_trips};
use crate::rows::links;
use fake::{CONFLUENCE_SCOPED_TOKEN, CONFLUENCE_SERVICE_TOKEN, Fault, FaultKind, Response, Service, State, Who};

const TEXTS: &str = "branch,commits,title,description,jira";

/// Pull request 1 names the issue PROJ-7, which links page 101.
pub(crate) fn linking() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "Checkout redesign");
    state.add_page(102, "OPS", "Rollout");
    state.add_issue("PROJ-7", &[101]);
    let id = state.open_pull_request("feature/PROJ-7-checkout", "A new checkout", "", &["start"]);
    Bed::new(state, id).with("SOURCES", TEXTS)
}

/// How often the links of issues were asked for, and where.
fn asked(bed: &Bed) -> Vec<(Service, String)> {
    let requests = bed.fake.requests();
    let of_jira = requests.iter().filter(|it| it.request.path.ends_with("/remotelink"));
    of_jira.map(|it| (it.request.service, it.request.path.split('/').nth_back(1).unwrap().to_owned())).collect()
}

fn keys(bed: &Bed) -> Vec<String> {
    let mut keys: Vec<String> = asked(bed).into_iter().map(|(_, key)| key).collect();
    keys.sort();
    keys
}

fn is_linked(bed: &Bed, page: u64) -> bool {
    !links(bed, page).is_empty()
}

fn advice(ran: &Ran) -> Vec<&str> {
    ran.log.lines().filter(|line| line.contains("Links in Jira issues")).collect()
}

#[test]
fn page_in_the_jira_issue_of_a_key_is_linked_on_both_sides() {
    let bed = linking();
    let ran = bed.run();
    insta::assert_snapshot!(bed.placed(&ran.log), @r#"
    INFO: Executing the pipe...
    INFO: confluence-pr-link 0.1.0: acme/shop #1, https://acme.example
    INFO: Linked "Checkout redesign" https://acme.example/wiki/pages/viewpage.action?pageId=101 (PROJ-7 in branch, Jira)
    ✔ 1 page linked: https://bitbucket.org/acme/shop/pull-requests/1
    "#);
    insta::assert_snapshot!(bed.comments(1).join("\n===\n"), @r"
    ### Confluence pages

    1 page linked.

    | Page | Last change | Mentioned in |
    | --- | --- | --- |
    | [Checkout redesign](https://acme.example/wiki/pages/viewpage.action?pageId=101) (ENG) | 2026-11-21, v1 | `PROJ-7`: branch, Jira |

    Edited the title or description? Rerun the pipeline step.

    [//]: # (confluence-pr-link v1 site=acme.example cloud=c10d0000-0000-4000-8000-000000000001 sent=DIGEST pages=page:101)
    ");
    let row = links(&bed, 101).remove(0);
    assert!(row.ends_with(";keys=PROJ-7@jira"), "{row}");
    bed.nothing_is_left_to_do();
    assert_eq!(keys(&bed), ["PROJ-7"]);
}

#[test]
fn jira_costs_one_round_trip_and_only_for_new_pages() {
    let labelled = || {
        let bed = linking().with("KEY_PREFIXES", "PROJ=ENG").with("SOURCES", "branch");
        bed.fake.state().confluence.content_mut(101).labels = vec!["proj-7".to_owned()];
        bed
    };
    let [first, again] = [labelled(), labelled()];
    again.run();
    let [first, again] = [first, again].map(|bed| round_trips(&bed));
    let [new, known] = [linking(), linking()];
    known.run();
    assert_eq!([new, known].map(|bed| round_trips(&bed)), [first + 1, again]);
}

#[test]
fn jira_is_asked_only_if_sources_names_it() {
    for sources in ["", "branch,title"] {
        let bed = linking().with("SOURCES", sources);
        bed.run_twice();
        assert_eq!((asked(&bed).len(), is_linked(&bed, 101)), (0, false), "{sources}");
    }
    let ran = linking().with("SOURCES", "jira").run();
    assert_eq!(ran.exit.code(), 2);
    assert!(ran.log.contains("SOURCES needs a text with keys next to `jira`"), "{}", ran.log);
}

#[test]
fn key_with_a_page_of_its_own_leads_there_and_not_to_jira() {
    let bed = linking();
    bed.fake.state().add_page(103, "ENG", "A page").labels = vec!["proj-7".to_owned()];
    let bed = bed.with("KEY_PREFIXES", "PROJ=ENG");
    let ran = bed.run_twice();
    assert_eq!([101, 103].map(|page| is_linked(&bed, page)), [false, true], "{}", ran.log);
    assert!(links(&bed, 103)[0].ends_with(";keys=PROJ-7"));
}

#[test]
fn key_in_several_titles_leads_to_the_page_of_its_issue() {
    let bed = linking().with("KEY_PREFIXES", "PROJ=ENG");
    bed.fake.state().add_page(103, "ENG", "PROJ-7 one");
    bed.fake.state().add_page(104, "ENG", "PROJ-7 other");
    let ran = bed.run_twice();
    assert_eq!([101, 103, 104].map(|page| is_linked(&bed, page)), [true, false, false], "{}", ran.log);
    assert!(!ran.log.contains("so none is linked"), "{}", ran.log);
}

#[test]
fn keys_of_every_text_count_as_key_prefixes_allows() {
    let mut state = State::default();
    for number in 1..=5 {
        state.add_page(100 + number, "ENG", "Page");
        state.add_issue(&format!("PROJ-{number}"), &[100 + number]);
    }
    state.open_pull_request("proj-1-x", "PROJ-2", "PROJ-3, UTF-8", &["PROJ-4", "OTHER-5"]);
    let bed = Bed::new(state, 1).with("SOURCES", TEXTS);
    bed.run_twice();
    assert_eq!(keys(&bed), ["OTHER-5", "PROJ-1", "PROJ-2", "PROJ-4"]);
    let bed = bed.with("KEY_PREFIXES", "PROJ");
    bed.run_twice();
    assert_eq!(keys(&bed), ["PROJ-1", "PROJ-2", "PROJ-3", "PROJ-4"]);
    assert_eq!([101, 102, 103, 104, 105].map(|page| is_linked(&bed, page)), [true, true, true, true, false]);
    let bed = bed.with("KEY_PREFIXES", "none");
    bed.run_twice();
    assert_eq!(asked(&bed).len(), 0);
}

#[test]
fn twenty_issues_are_read_at_most() {
    let bed = linking();
    let title: Vec<String> = (1..=30).map(|number| format!("PROJ-{}", 100 + number)).collect();
    bed.fake.state().bitbucket.pull_request_mut(1).title = title.join(" ");
    bed.run_twice();
    // The branch comes first.
    assert_eq!((keys(&bed).len(), keys(&bed).contains(&"PROJ-7".to_owned())), (20, true));
    assert!(is_linked(&bed, 101));
}

#[test]
fn five_pages_of_an_issue_are_linked_at_most() {
    let bed = linking();
    for page in 110..116 {
        bed.fake.state().add_page(page, "ENG", "Page");
    }
    bed.fake.state().issue_mut("PROJ-7").links = (110..116).map(fake::Link::Page).collect();
    let ran = bed.run_twice();
    assert_eq!((110..116).filter(|page| is_linked(&bed, *page)).count(), 5, "{}", ran.log);
    assert!(ran.log.contains("The Jira issue PROJ-7 links more than five pages"), "{}", ran.log);
}

#[test]
fn page_in_a_jira_issue_meets_a_requirement() {
    let bed = linking().with("REQUIRE", "link");
    assert_eq!(bed.run_twice().exit.code(), 0);
    bed.fake.state().issue_mut("PROJ-7").links.clear();
    assert_eq!(bed.run_twice().exit.code(), 5);
}

#[test]
fn hidden_page_in_a_jira_issue_stays_hidden() {
    let bed = linking();
    bed.fake.state().confluence.content_mut(101).read_users = vec![fake::BOT.to_owned()];
    let ran = bed.run_twice();
    assert!(is_linked(&bed, 101), "{}", ran.log);
    assert!(!(ran.log + &bed.comments(1).concat()).contains("Checkout redesign"));
    bed.fake.state().confluence.content_mut(101).view = Who::Nobody;
    let ran = bed.run();
    assert!(!ran.log.contains("Found page:101"), "{}", ran.log);
}

fn grant(bed: &Bed, scopes: &[&str]) {
    let mut state = bed.fake.state();
    let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
    for token in [CONFLUENCE_SCOPED_TOKEN, CONFLUENCE_SERVICE_TOKEN] {
        state.confluence.token_mut(token).scopes.extend(scopes.clone());
    }
    state.confluence.client.scopes.extend(scopes);
}

#[test]
fn every_credential_reads_jira_where_it_is_accepted() {
    for way in WAYS_IN {
        for scopes in [&["read:jira-work"][..], &["read:issue.remote-link:jira", "read:status:jira"]] {
            let bed = way.of(linking());
            grant(&bed, scopes);
            let ran = bed.run_twice();
            assert_eq!((ran.exit.code(), is_linked(&bed, 101)), (0, true), "{}: {}", way.name, ran.log);
            let own = if way.is_gateway() { Service::Gateway } else { Service::Confluence };
            assert_eq!(asked(&bed), [(own, "PROJ-7".to_owned())], "{}", way.name);
        }
    }
}

#[test]
fn credential_without_a_scope_for_jira_is_one_line_of_advice() {
    for way in &WAYS_IN[1..] {
        for scopes in [&[][..], &["read:status:jira"]] {
            let bed = way.of(linking());
            grant(&bed, scopes);
            bed.fake.state().bitbucket.pull_request_mut(1).title = "PROJ-8 PROJ-9".to_owned();
            let ran = bed.run_twice();
            assert_eq!((ran.exit.code(), advice(&ran).len()), (0, 1), "{}: {}", way.name, ran.log);
            assert!(advice(&ran)[0].contains("`read:jira-work`"), "{}", ran.log);
        }
    }
}

#[test]
fn jira_that_does_not_let_the_account_in_is_one_line_of_advice() {
    let as_visitor = |response: Response| response.with("X-Seraph-LoginReason", "AUTHENTICATED_FAILED");
    let message = serde_json::json!({"errorMessages": ["Issue does not exist"], "errors": {}});
    let public = serde_json::json!([fake::page_link(1, "PROJ-7", "SITE", 101)]);
    let answers = [
        FaultKind::Answer(as_visitor(Response::json(404, &message))),
        FaultKind::Answer(as_visitor(Response::json(200, &public))),
        FaultKind::refused(401),
        FaultKind::refused(403),
        FaultKind::Answer(Response::html(404, "<title>Not here</title>")),
        FaultKind::Malformed(Response::empty(302).with("Location", "https://login.example/")),
    ];
    for answer in answers {
        let bed = linking();
        bed.fake.state().faults.push(Fault::always(answer.clone()).path("/remotelink"));
        let ran = bed.run_twice();
        assert_eq!((ran.exit.code(), advice(&ran).len()), (0, 1), "{answer:?}: {}", ran.log);
        assert!(!is_linked(&bed, 101));
    }
    let bed = WAYS_IN[2].of(linking());
    grant(&bed, &["read:jira-work"]);
    bed.fake.state().jira.licensed = Who::Nobody;
    let ran = bed.run_twice();
    assert_eq!((ran.exit.code(), advice(&ran).len()), (0, 1), "{}", ran.log);
}

#[test]
fn issue_that_is_not_there_is_no_matter() {
    let bed = linking();
    bed.fake.state().bitbucket.pull_request_mut(1).title = "UTF-8 and PROJ-8".to_owned();
    bed.fake.state().add_issue("PROJ-8", &[102]).view = Who::Nobody;
    let ran = bed.run_twice();
    assert_eq!((ran.exit.code(), advice(&ran).len()), (0, 0), "{}", ran.log);
    assert_eq!([101, 102].map(|page| is_linked(&bed, page)), [true, false]);
}

#[test]
fn check_says_whether_the_credential_reads_jira() {
    let row = |bed: &Bed| {
        let ran = bed.run();
        let line =
            ran.log.lines().find(|line| line.starts_with("DEBUG: ") && line.contains("read links in Jira issues"));
        (ran.exit.code(), line.unwrap_or_default().to_owned())
    };
    let checking = || linking().with("ACTION", "check").with("DEBUG", "true");
    insta::assert_snapshot!(row(&checking()).1, @r"DEBUG: ok  Confluence  read links in Jira issues  -  the account's permissions decide which issues it sees");
    assert_eq!(row(&checking().with("SOURCES", "")), (0, String::new()));
    let without = WAYS_IN[1].of(checking());
    let (code, line) = row(&without);
    assert_eq!(code, 0, "{line}");
    insta::assert_snapshot!(line, @r"DEBUG: warning  Confluence  read links in Jira issues  read:issue.remote-link:jira  the Confluence credential lacks the scope `read:issue.remote-link:jira`, or `read:status:jira`, which is needed too (or the classic one, `read:jira-work`)");
    grant(&without, &["read:jira-work"]);
    assert!(row(&without).1.starts_with("DEBUG: ok "), "{}", row(&without).1);
    let prefix = checking().with("KEY_PREFIXES", "PROJ");
    assert_eq!(row(&prefix).0, 0, "keys of a Jira project need no space");
    assert_eq!(row(&prefix.with("SPACES", "PROJ")).0, 3);
    let down = checking();
    down.fake.state().faults.push(Fault::always(FaultKind::status(500)).path("/remotelink"));
    let (code, line) = row(&down);
    assert!(code == 0 && line.starts_with("DEBUG: unknown "), "{line}");
}

#[test]
fn receipt_says_that_jira_led_to_the_page() {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("jira");
    let bed = linking().with("OUTPUT_DIR", directory.to_str().unwrap());
    bed.run();
    let receipt = std::fs::read_to_string(directory.join("receipt.json")).unwrap();
    let receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    let mention = &receipt["mentions"][0];
    assert_eq!(mention["origins"], serde_json::json!(["branch", "jira"]), "{mention}");
    assert_eq!(mention["pages"], serde_json::json!(["page:101"]), "{mention}");
}
