//! Failed reads in a review are unknown and reported. A large repository takes few requests for each page.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Reviewed, files_of, month, review, reviewing};
use crate::bed::{Bed, Ran, fast_clock, run_by};
use crate::binary;
use fake::{AUTHOR, BITBUCKET_TOKEN, BOT, CONFLUENCE_TOKEN, Fault, FaultKind, Service, State};

fn sentences(reviewed: &Reviewed) -> String {
    reviewed.json["incomplete"].to_string()
}

#[test]
fn page_with_unread_comments_is_listed_without_them() {
    let bed = month();
    let fault = Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/101/footer-comments");
    bed.fake.state().faults.push(fault);
    let reviewed = review(&bed);
    assert_eq!(
        (reviewed.ran.exit.code(), &reviewed.json["complete"]),
        (1, &Value::Bool(false)),
        "{}",
        reviewed.ran.log
    );
    assert!(sentences(&reviewed).contains("/101/footer-comments"), "{}", sentences(&reviewed));
    assert!(reviewed.html.contains("Incomplete"));
    let line = reviewed.line("page:101");
    assert_eq!((line["row"].as_str(), line["page_status"].as_str()), (Some("unknown"), Some("current")));
    assert_eq!(reviewed.line("page:102")["row"], "yes");
}

#[test]
fn failing_confluence_leaves_no_pull_request_without_a_page() {
    let bed = month().with("CONFLUENCE_API_TOKEN", "wrong");
    let reviewed = review(&bed);
    assert_eq!(
        (reviewed.ran.exit.code(), &reviewed.json["complete"]),
        (3, &Value::Bool(false)),
        "{}",
        reviewed.ran.log
    );
    let counts = reviewed.counts();
    assert_eq!(
        counts.keys().collect::<Vec<_>>(),
        [&"pull-request-without-page", &"skipped"],
        "{:?}",
        reviewed.findings()
    );
    assert_eq!(counts["pull-request-without-page"], 1, "the one that names nothing");
    assert!(bed.fake.requests().iter().filter(|it| it.request.service == Service::Confluence).count() < 5);
}

#[test]
fn unread_commits_leave_no_pull_request_without_a_page() {
    let bed = month();
    let fault = Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path("/pullrequests/11/commits");
    bed.fake.state().faults.push(fault);
    let reviewed = review(&bed);
    assert_eq!(
        (reviewed.ran.exit.code(), &reviewed.json["complete"]),
        (1, &Value::Bool(false)),
        "{}",
        reviewed.ran.log
    );
    assert!(!reviewed.findings().iter().any(|says| says.contains("#11")), "{:?}", reviewed.findings());
}

#[test]
fn a_list_that_breaks_off_is_reviewed_as_far_as_it_goes() {
    let bed = month();
    let fault =
        Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path("/repositories/acme/shop/pullrequests");
    bed.fake.state().faults.push(fault);
    let reviewed = review(&bed);
    assert_eq!((reviewed.ran.exit.code(), reviewed.lines().len()), (1, 0), "{}", reviewed.ran.log);
    assert!(reviewed.html.contains("Incomplete"));
}

#[test]
fn when_time_runs_out_the_files_are_there_and_say_so() {
    let bed = month();
    bed.fake.state().confluence_latency = Duration::from_millis(150);
    let place = binary::Place::new();
    let bed = bed.with("TIMEOUT_SECONDS", "3").with("OUTPUT_DIR", &place.text());
    let (exit, log) = run_by(&fast_clock(10), &bed.variables);
    let reviewed = files_of(&place, Ran { exit, details: log.clone(), log, writes: Vec::new() });
    assert_eq!(
        (reviewed.ran.exit.code(), &reviewed.json["complete"]),
        (4, &Value::Bool(false)),
        "{}",
        reviewed.ran.log
    );
    assert!(sentences(&reviewed).contains("Raise TIMEOUT_SECONDS, or lower DAYS"), "{}", sentences(&reviewed));
    assert!(reviewed.html.contains("Incomplete"));
    assert!(reviewed.ran.log.lines().filter(|line| line.contains("ERROR")).count() < 5, "{}", reviewed.ran.log);
}

#[test]
fn unread_facts_are_reported_and_nothing_is_claimed() {
    let mut state = State::default();
    state.confluence.admins.push(BOT.to_owned());
    state.add_page(101, "ENG", "ENG-1 Page");
    state.add_page(102, "OPS", "OPS-2 Page");
    state.open_pull_request("work", "ENG-1", "", &["OPS-2"]);
    state.open_pull_request("other", "OPS-2", "", &["x"]);
    state.merge(1, true);
    let linking = Bed::new(state, 2).with("ACTION", "backfill");
    assert_eq!(linking.run().exit.code(), 0);
    let bed = reviewing(linking);
    let clean = review(&bed);
    assert_eq!(clean.json["complete"], true);
    let requests = bed.fake.requests().len();
    assert!(requests > 12, "{requests}");
    for status in [400, 403, 404] {
        for number in 1..=requests {
            let answer = FaultKind::refused(status);
            bed.fake.state().faults = vec![Fault { number: Some(number), ..Fault::always(answer) }];
            let reviewed = review(&bed);
            let case = format!("{status} for request {number} of {requests}: {}", reviewed.ran.log);
            let is_said = reviewed.json["complete"] == false || reviewed.json["notes"] != json!([]);
            assert!(is_said || reviewed.json["lines"] == clean.json["lines"], "{case}");
            let known = clean.findings();
            let claimed: Vec<_> = reviewed.findings().into_iter().filter(|says| !known.contains(says)).collect();
            // A 404 is how Confluence says that a page is gone.
            let believed = |says: &String| status == 404 && says.contains("is deleted");
            assert!(claimed.iter().all(believed), "{claimed:?}, {case}");
        }
    }
}

#[test]
fn without_a_credential_a_private_repository_is_not_reviewed() {
    let mut bed = month();
    bed.variables.remove("BITBUCKET_ACCESS_TOKEN");
    let place = binary::Place::new();
    let ran = bed.with("OUTPUT_DIR", &place.text()).run();
    assert_eq!((ran.exit.code(), place.join("review.html").exists()), (1, false), "{}", ran.log);
    assert!(ran.log.contains("Set BITBUCKET_ACCESS_TOKEN"), "{}", ran.log);
}

#[test]
fn no_credential_is_in_the_files() {
    let bed = month();
    {
        let mut state = bed.fake.state();
        state.bitbucket.pull_request_mut(1).title = format!("ENG-101 {BITBUCKET_TOKEN}");
        state.confluence.content_mut(101).title = format!("ENG-101 {CONFLUENCE_TOKEN}");
    }
    let reviewed = review(&bed);
    for text in [&reviewed.csv, &reviewed.html, &reviewed.json.to_string()] {
        assert!(text.contains("ENG-101 ***"), "{text}");
        assert!(!text.contains(BITBUCKET_TOKEN) && !text.contains(CONFLUENCE_TOKEN));
    }
}

#[test]
fn three_hundred_pages_and_pull_requests_take_few_requests_each() {
    let mut state = State::default();
    for n in 1..=300 {
        state.add_page(1_000 + n, "ENG", &format!("ENG-{n} Page"));
        state.open_pull_request(&format!("work-{n}"), &format!("ENG-{n}: work"), "", &["x"]);
        if n % 2 == 0 {
            state.merge(n, true);
        }
    }
    let bed = reviewing(Bed::new(state, 1));
    let reviewed = review(&bed);
    assert_eq!((reviewed.ran.exit.code(), reviewed.lines().len()), (0, 300), "{}", reviewed.ran.log);
    let count = |service, part: &str| {
        let requests = bed.fake.requests();
        requests.iter().filter(|it| it.request.service == service && it.request.path.contains(part)).count()
    };
    assert_eq!(count(Service::Bitbucket, "/pullrequests?") + count(Service::Bitbucket, "/comments"), 0);
    let bitbucket = count(Service::Bitbucket, "");
    let confluence = count(Service::Confluence, "");
    // Lists of 50 at a time, one for each state; of each its commits, of each merged one its merge and what that brought along; no comments,
    // as the list says that there are none. And the tags.
    assert_eq!(bitbucket, 8 + 300 + 2 * 150 + 1);
    // Of each page its comments; of all together who we are, search, and what is above them; and one question about anonymous
    // readers, which is refused.
    assert_eq!(count(Service::Confluence, "/footer-comments"), 300);
    assert_eq!(count(Service::Confluence, "/rest/api/search"), 28);
    assert_eq!(confluence, 300 + 34);
    assert!(reviewed.json["lines"].as_array().unwrap().iter().all(|line| line["page_owner"] == AUTHOR));
}
