//! A whole run by variables alone: what it writes to the services, and what it leaves in `OUTPUT_DIR`.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::{Value, json};

use super::{Place, checkout, run};
use crate::bed::Bed;
use fake::State;

#[test]
fn a_step_links_both_sides_by_its_variables_alone() {
    let (bed, id) = checkout();
    let first = run(&bed.variables);
    assert_eq!(first.code, Some(0), "{first:?}");
    insta::assert_snapshot!(first.sorted(&bed.fake), @r#"
    INFO: Executing the pipe...
    INFO: Linked "ENG-123 Checkout redesign" {site}/wiki/pages/viewpage.action?pageId=101
    INFO: No page found for OPS-7, UTF-8. If they are page keys, each page needs its key as a label, in a space that the account can view
    INFO: confluence-pr-link 0.1.0: acme/shop #1, {site}
    exit code 0
    ✔ 1 page linked: https://bitbucket.org/acme/shop/pull-requests/1
    "#);
    assert_eq!(bed.fake.writes().len(), 3);
    assert!(bed.fake.pull_request_comments(id)[0].contains("ENG-123 Checkout redesign"));
    assert!(bed.fake.page_comments(101)[0].contains(&format!("/acme/shop/pull-requests/{id}")));

    bed.fake.clear_requests();
    let second = run(&bed.variables);
    assert_eq!(bed.fake.writes().len(), 0, "{second:?}");
    insta::assert_snapshot!(second.sorted(&bed.fake), @r"
    INFO: Executing the pipe...
    INFO: No page found for OPS-7, UTF-8. If they are page keys, each page needs its key as a label, in a space that the account can view
    INFO: confluence-pr-link 0.1.0: acme/shop #1, {site}
    exit code 0
    ✔ No changes. 1 page linked: https://bitbucket.org/acme/shop/pull-requests/1
    ");
}

#[test]
fn the_receipt_tells_a_program_what_came_of_every_mention() {
    let (place, (bed, id)) = (Place::new(), checkout());
    let url = format!("{}/wiki/spaces/ENG/pages/999/Gone", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(id).description = format!("See {url} (ENG-5 is not read here)");
    let bed = bed.with("OUTPUT_DIR", &place.join("out").to_string_lossy());
    let ran = run(&bed.variables);
    let receipt = receipt(&place, "out");
    let known = ["version", "tool_version", "action", "dry_run", "exit_code", "repository", "site"];
    let head: Vec<&Value> = known.iter().map(|name| &receipt[name]).collect();
    let site = bed.fake.confluence_url();
    assert_eq!(json!(head), json!([1, env!("CARGO_PKG_VERSION"), "link", false, 0, "acme/shop", site]));
    let people = "https://bitbucket.org/acme/shop/pull-requests/1";
    let subject = json!([{"pull_request": 1, "url": people, "state": "open", "outcome": "linked", "complete": true}]);
    assert_eq!(receipt["subjects"], subject);
    let mut mentions = receipt["mentions"].as_array().unwrap().clone();
    let gone = mentions.remove(1);
    assert!(gone["url"].as_str().unwrap().contains("999"), "{gone:#}");
    assert_eq!((&gone["outcome"], &gone["origins"]), (&json!("not-found"), &json!(["description"])));
    assert_eq!(
        Value::from(mentions),
        json!([
            {"pull_request": 1, "key": "ENG-123", "origins": ["branch", "title", "commits"], "commits": 1,
             "outcome": "linked", "pages": ["page:101"]},
            {"pull_request": 1, "key": "OPS-7", "origins": ["commits"], "commits": 1, "outcome": "no-page", "pages": []},
            {"pull_request": 1, "key": "UTF-8", "origins": ["commits"], "commits": 1, "outcome": "no-page", "pages": []},
        ])
    );
    let page = json!([{"pull_request": 1, "id": "101", "kind": "page", "title": "ENG-123 Checkout redesign",
        "space": "ENG", "result": "written", "url": format!("{site}/wiki/pages/viewpage.action?pageId=101")}]);
    assert_eq!(receipt["pages"], page);
    assert_eq!(receipt["counts"]["requests"], bed.fake.requests().len());
    assert_eq!(receipt["counts"]["writes"], bed.fake.writes().len());
    assert_eq!(receipt["failures"], json!([]));
    assert!(receipt["elapsed_ms"].as_u64().is_some_and(|elapsed| elapsed < 60_000), "{receipt:#}");
    assert!(receipt["started"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{receipt:#}");
    assert!(ran.out.contains(receipt["outcome"].as_str().unwrap()), "{ran:?}");
}

#[test]
fn audit_log_has_a_line_for_each_decision_and_write() {
    let (place, (bed, _)) = (Place::new(), checkout());
    let pipeline = "{11111111-2222-4333-8444-555555555555}";
    let bed = bed.with("OUTPUT_DIR", &place.text()).with("BITBUCKET_PIPELINE_UUID", pipeline);
    run(&bed.variables);
    let first = audit(&place);
    for line in &first {
        assert!(line["time"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{line:#}");
        let place = (&line["version"], &line["repository"], &line["pipeline"], &line["pull_request"], &line["dry_run"]);
        assert_eq!(place, (&json!(1), &json!("acme/shop"), &json!(pipeline), &json!(1), &json!(false)));
    }
    let written: Vec<&Value> = first.iter().filter(|line| line["outcome"] == "written").collect();
    assert_eq!(written.len(), bed.fake.writes().len());
    for line in written {
        assert!(line["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{line:#}");
    }
    run(&bed.variables);
    let both = audit(&place);
    assert_eq!(both[..first.len()], first, "what was there stays");
    assert!(both.len() > first.len());
}

#[test]
fn a_relative_directory_is_in_the_clone() {
    let (place, (bed, _)) = (Place::new(), checkout());
    let bed = bed.with("BITBUCKET_CLONE_DIR", &place.text()).with("OUTPUT_DIR", "build/links");
    assert_eq!(run(&bed.variables).code, Some(0));
    assert_eq!(receipt(&place, "build/links")["version"], 1);
    assert!(place.join("build/links/audit.jsonl").is_file());
}

#[test]
fn a_symbolic_link_does_not_lead_the_files_elsewhere() {
    let (place, (bed, _)) = (Place::new(), checkout());
    let (clone, outside) = (place.join("clone"), place.join("outside"));
    fs::create_dir_all(clone.join("made")).unwrap();
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("precious"), "as it was").unwrap();
    symlink(&outside, clone.join("linked")).unwrap();
    symlink(outside.join("precious"), clone.join("made/audit.jsonl")).unwrap();
    let mut bed = bed.with("BITBUCKET_CLONE_DIR", &clone.to_string_lossy());
    for dir in ["linked", "made"] {
        bed = bed.with("OUTPUT_DIR", dir);
        let ran = run(&bed.variables);
        assert_eq!(ran.code, Some(2), "{dir}: {ran:?}");
        assert!(ran.log.contains("is a symbolic link"), "{dir}: {ran:?}");
    }
    let names: Vec<_> = fs::read_dir(&outside).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["precious"]);
    assert_eq!(fs::read_to_string(outside.join("precious")).unwrap(), "as it was");
}

#[test]
fn a_symbolic_link_above_the_directory_is_refused_too() {
    let (place, (bed, _)) = (Place::new(), checkout());
    let (clone, outside) = (place.join("clone"), place.join("outside"));
    fs::create_dir_all(&clone).unwrap();
    fs::create_dir_all(&outside).unwrap();
    symlink(&outside, clone.join("linked")).unwrap();
    let bed = bed.with("BITBUCKET_CLONE_DIR", &clone.to_string_lossy()).with("OUTPUT_DIR", "linked/below");
    assert_eq!(run(&bed.variables).code, Some(2));
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "nothing was made there");
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_not() {
    let (place, (bed, _)) = (Place::new(), checkout());
    let bed = bed.with("DRY_RUN", "True").with("OUTPUT_DIR", &place.text());
    let ran = run(&bed.variables);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(bed.fake.writes().len(), 0);
    insta::assert_snapshot!(ran.sorted(&bed.fake), @r#"
    INFO: Executing the pipe...
    INFO: No page found for OPS-7, UTF-8. If they are page keys, each page needs its key as a label, in a space that the account can view
    INFO: Would add a comment to the pull request
    INFO: Would link "ENG-123 Checkout redesign" {site}/wiki/pages/viewpage.action?pageId=101
    INFO: Would write the report on the commit
    INFO: confluence-pr-link 0.1.0: acme/shop #1, {site}
    exit code 0
    ✔ Dry run, nothing was written, the plan is above: https://bitbucket.org/acme/shop/pull-requests/1
    "#);
    let receipt = receipt(&place, "");
    assert_eq!((&receipt["dry_run"], &receipt["subjects"][0]["outcome"]), (&json!(true), &json!("planned")));
    assert_eq!(receipt["subjects"][0]["plan"].as_array().unwrap().len(), 3);
    assert_eq!(receipt["pages"][0]["result"], "planned");
    assert!(audit(&place).iter().all(|line| line["dry_run"] == true && line["outcome"] != "written"));
}

#[test]
fn lists_arrive_as_count_and_items_or_with_commas() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 One");
    state.add_page(102, "OPS", "RFC-2 Two");
    state.add_page(103, "OPS", "OPS-3 Three");
    let id = state.open_pull_request("main-work", "ENG-1 RFC-2 OPS-3", "", &[]);
    let listed = |variables: &[(&str, &str)]| {
        let bed = Bed::new(state.clone(), id);
        let bed = variables.iter().fold(bed, |bed, (name, value)| bed.with(name, value));
        let ran = run(&bed.variables);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        [101, 102, 103].map(|page| bed.fake.page_comments(page).len())
    };
    assert_eq!(listed(&[]), [1, 0, 1]);
    let folded = [("KEY_PREFIXES_COUNT", "2"), ("KEY_PREFIXES_0", "ENG"), ("KEY_PREFIXES_1", "RFC=OPS")];
    assert_eq!(listed(&folded), [1, 1, 0]);
    assert_eq!(listed(&[("KEY_PREFIXES", "RFC = OPS , ENG")]), [1, 1, 0]);
    assert_eq!(listed(&[("KEY_PREFIXES_COUNT", "0"), ("SPACES", "ENG")]), [1, 0, 0]);
    assert_eq!(listed(&[("KEY_PREFIXES_COUNT", "2"), ("KEY_PREFIXES_0", ""), ("KEY_PREFIXES_1", "OPS")]), [0, 0, 1]);
}

fn receipt(place: &Place, dir: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(place.join(dir).join("receipt.json")).unwrap()).unwrap()
}

pub(super) fn audit(place: &Place) -> Vec<Value> {
    let text = fs::read_to_string(place.join("audit.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_output_dir_that_ends_in_a_slash_or_dot_follows_no_link() {
    let (place, (bed, _)) = (Place::new(), checkout());
    let (clone, outside) = (place.join("clone"), place.join("outside"));
    fs::create_dir_all(clone.join("real")).unwrap();
    fs::create_dir_all(&outside).unwrap();
    symlink(&outside, clone.join("linked")).unwrap();
    let mut bed = bed.with("BITBUCKET_CLONE_DIR", &format!("{}/", clone.display()));
    let round = format!("{}/../clone/linked", outside.display());
    let slashes = ["linked", "linked/", "linked/.", ".//linked//", "./linked/./", "linked/below/"];
    for dir in slashes.into_iter().chain(["real/../linked/", "missing/../linked", "missing/a/../../linked/.", &round]) {
        bed = bed.with("OUTPUT_DIR", dir);
        let ran = run(&bed.variables);
        assert_eq!(ran.code, Some(2), "{dir}: {ran:?}");
        assert!(ran.log.contains("is a symbolic link"), "{dir}: {ran:?}");
    }
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    bed = bed.with("OUTPUT_DIR", ".//real/./");
    assert_eq!(run(&bed.variables).code, Some(0));
    assert!(clone.join("real/receipt.json").is_file());
}

#[test]
fn a_fifo_or_device_in_place_of_a_file_is_refused_at_once() {
    let (place, (bed, _)) = (Place::new(), checkout());
    let bed = bed.with("OUTPUT_DIR", &place.text()).with("ON_ERROR", "warn");
    for name in ["audit.jsonl", "receipt.json"] {
        let path = place.join(name);
        let _ = fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let ran = run(&bed.variables);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.log.contains(&format!("{name}` is not a regular file")), "{ran:?}");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(run(&bed.variables).code, Some(2), "a directory");
        fs::remove_dir(&path).unwrap();
    }
    assert_eq!(bed.fake.requests().len(), 0);
    assert!(Command::new("mkfifo").arg(place.join("review.html")).status().unwrap().success());
    let ran = run(&bed.with("ACTION", "review").variables);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.log.contains("review.html` is not a regular file"), "{ran:?}");
    let fifo = place.join("review.html").display().to_string();
    for (name, value) in [("CA_CERTIFICATE", "/dev/zero"), ("SSL_CERT_FILE", &fifo)] {
        let ran = run(&checkout().0.with(name, value).variables);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.log.contains("not a regular file"), "{ran:?}");
    }
}
