//! Hostile texts and answers: few requests, and a true report of what was done.

use serde_json::json;

use crate::bed::Bed;
use crate::linking::simple;
use fake::{Fault, FaultKind, State};

#[test]
fn a_conflict_that_never_ends_is_no_storm() {
    let bed = simple();
    bed.run_twice();
    bed.fake.state().merge(1, false);
    let envelope = json!({"errors":[{"status":409,"code":"CONFLICT","title":"locked","detail":null}]});
    bed.fake
        .state()
        .faults
        .push(Fault::always(FaultKind::json(409, &envelope)).method("PUT").path("/footer-comments/"));
    let ran = bed.run();
    assert!(bed.fake.requests().len() < 60, "{} requests for one page\n{}", bed.fake.requests().len(), ran.log);
}

#[test]
fn thousands_of_links_are_no_storm() {
    let bed = simple();
    let url = bed.fake.confluence_url();
    let urls: Vec<String> = (0..2_000).map(|n| format!("{url}/wiki/spaces/E/pages/{}", 5_000_000 + n)).collect();
    bed.fake.state().bitbucket.pull_request_mut(1).description = urls.join(" ");
    let ran = bed.run();
    assert!(
        bed.fake.requests().len() < 300,
        "{} requests {:?}\n{}",
        bed.fake.requests().len(),
        ran.exit,
        ran.log.lines().last().unwrap_or("")
    );
}

#[test]
fn thousands_of_keys_are_no_storm() {
    let mut bed = simple();
    let keys: Vec<String> = (0..6_000).map(|n| format!("ENG-{}", 10_000 + n)).collect();
    bed.fake.state().push(1, &keys.join(" "));
    bed.at_tip(1);
    let ran = bed.run();
    assert!(
        bed.fake.requests().len() < 100,
        "{} requests {:?}\n{}",
        bed.fake.requests().len(),
        ran.exit,
        ran.log.lines().last().unwrap_or("")
    );
}

#[test]
fn what_a_cap_left_out_is_said() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 One");
    for n in 0..1_100 {
        state.add_page(1_000 + n, "ENG", &format!("About ENG-1 and ENG-2, part {n}"));
    }
    let id = state.open_pull_request("b", "ENG-1", "", &["x"]);
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("storms");
    let bed = Bed::new(state, id).with("OUTPUT_DIR", dir.to_str().unwrap());
    let ran = bed.run();
    let receipt = std::fs::read_to_string(dir.join("receipt.json")).unwrap();
    let receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    assert!(
        receipt["subjects"][0]["complete"] == false && ran.log.contains("some of them weren't read"),
        "{} requests {}\n{}",
        bed.fake.requests().len(),
        receipt["subjects"][0],
        ran.log
    );
}

#[test]
fn a_refused_report_is_no_write() {
    let bed = simple();
    bed.fake.state().faults.push(Fault::always(FaultKind::refused(403)).method("PUT").path("/reports/"));
    bed.run();
    let ran = bed.run();
    assert!(ran.log.contains("No changes"), "{:?} {:?}\n{}", ran.exit, ran.writes, ran.log);
}

#[test]
fn a_lasting_failure_writes_the_same_nothing() {
    let bed = simple();
    bed.fake.state().faults.push(Fault::always(FaultKind::refused(400)).method("POST").path("/footer-comments"));
    bed.run();
    bed.run();
    let ran = bed.run();
    let other: Vec<&String> = ran.writes.iter().filter(|w| !w.contains("footer-comments")).collect();
    assert!(other.is_empty(), "{other:#?}\n{}", ran.log);
}

#[test]
fn a_lasting_refusal_writes_the_same_nothing() {
    let bed = simple();
    bed.fake.state().faults.push(Fault::always(FaultKind::refused(403)).method("POST").path("/footer-comments"));
    bed.run();
    bed.run();
    let ran = bed.run();
    let other: Vec<&String> = ran.writes.iter().filter(|w| !w.contains("footer-comments")).collect();
    assert!(other.is_empty(), "{other:#?}\n{}", ran.log);
}

#[test]
fn a_refused_report_names_its_scope() {
    let bed = simple();
    bed.fake.state().faults.push(Fault::always(FaultKind::json(403, &json!({"type":"error","error":{"message":"Your credentials lack one or more required privilege scopes.","detail":{"granted":["pullrequest"],"required":["repository"]}}}))).path("/reports/"));
    let ran = bed.run();
    assert!(ran.log.contains("`repository`"), "{}", ran.log);
}

#[test]
fn a_missing_scope_is_a_failed_credential() {
    let bed = simple();
    bed.fake.state().faults.push(
        Fault::always(FaultKind::json(401, &json!({"code": 401, "message": "Unauthorized; scope does not match"})))
            .path("/rest/api/search"),
    );
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 3, "{}", ran.log);
}

#[test]
fn a_page_without_a_visible_title_still_has_a_name() {
    let mut state = State::default();
    state.add_page(101, "ENG", "\u{200b}").labels.push("eng-1".to_owned());
    let id = state.open_pull_request("b", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id);
    bed.run();
    let report = bed.fake.state().bitbucket.repositories[0].reports[0].json.to_string();
    assert!(!report.contains("\"text\":\"\""));
}

#[test]
fn an_error_does_not_tell_a_hidden_title() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 SECRETWORD");
    let id = state.open_pull_request("b", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id).with("BITBUCKET_REPO_IS_PRIVATE", "false");
    let words =
        json!({"errors":[{"status":400,"code":"X","title":"Cannot comment on page 'ENG-1 SECRETWORD'","detail":null}]});
    bed.fake.state().faults.push(Fault::always(FaultKind::json(400, &words)).path("/footer-comments").method("POST"));
    let ran = bed.run();
    assert!(!ran.log.contains("SECRETWORD"), "{}", ran.log);
}
