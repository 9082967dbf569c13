//! Failed reads and writes of a release are reported, don't stop the rest, and are done by the next run.

use serde_json::json;

use super::{Shop, shipped};
use fake::{Fault, FaultKind, Service};

#[test]
fn page_that_fails_does_not_stop_the_others() {
    let shop = shipped("one-fails");
    let comment = shop.state().confluence.comments.iter().find(|comment| comment.content == 102).unwrap().id;
    let fault = Fault::always(FaultKind::status(500)).at(Service::Confluence).method("PUT");
    shop.state().faults.push(fault.path(&format!("/footer-comments/{comment}")));
    let ran = shop.bed.run();
    assert_eq!(ran.exit.code(), 1);
    assert_eq!(
        (shop.rows(101), shop.rows(102), shop.rows(103)),
        (
            vec!["#5 open".to_owned(), "#1 merged 1.4.0".to_owned()],
            vec!["#2 open".to_owned()],
            vec!["#3 merged 1.4.0".to_owned()]
        )
    );
    assert_eq!(shop.json()["complete"], false);
    assert!(shop.text("release.md").contains("\nThis list isn't complete:\n\n- The release is not on page"));
    shop.state().faults.clear();
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    assert_eq!(shop.rows(102), ["#2 merged 1.4.0"]);
    assert_eq!(shop.json()["complete"], true);
}

#[test]
fn run_says_how_far_it_got_when_its_time_is_up() {
    let mut shop = shipped("budget");
    shop.set("TIMEOUT_SECONDS", "3");
    let comment = shop.state().confluence.comments.iter().find(|comment| comment.content == 102).unwrap().id;
    let silence = Fault::always(FaultKind::Silence).at(Service::Confluence).method("PUT");
    shop.state().faults.push(silence.path(&format!("/footer-comments/{comment}")));
    let clock = crate::bed::fast_clock(1);
    let (exit, log) = crate::bed::run_by(&clock, &shop.bed.variables);
    assert_eq!(exit.code(), 4, "{log}");
    assert!(log.contains("the time budget is used up: 1 of 3 pages are done; the next run continues there"), "{log}");
    assert_eq!(
        (shop.rows(101), shop.rows(103)),
        (vec!["#5 open".to_owned(), "#1 merged 1.4.0".to_owned()], vec!["#3 open".to_owned()])
    );
    assert_eq!(shop.json()["complete"], false);
    shop.state().faults.clear();
    shop.unset("TIMEOUT_SECONDS");
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), ran.writes.len()), (0, 2), "{}", ran.log);
    assert_eq!(shop.rows(103), ["#3 merged 1.4.0"]);
}

#[test]
fn failure_that_leaves_nothing_out_is_still_not_complete() {
    let shop = shipped("no-versions");
    shop.state().faults.push(Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/versions"));
    let ran = shop.bed.run();
    assert_eq!((ran.exit.code(), shop.rows(102)), (1, vec!["#2 merged 1.4.0".to_owned()]), "{}", ran.log);
    assert_eq!(shop.json()["missing"], json!(["Not everything was written; the log of the step has the reasons."]));
}

#[test]
fn release_without_the_identity_of_its_repository_is_reported() {
    let mut shop = Shop::new("no-uuid");
    super::parts::commit(&shop, "main", "straight to main");
    shop.tag("1.4.0", "main");
    shop.unset("BITBUCKET_REPO_UUID");
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 1);
    assert!(ran.log.contains("BITBUCKET_REPO_UUID is missing, and a row needs it"), "{}", ran.log);
    let mut shop = shipped("uuid-of-a-pull-request");
    shop.unset("BITBUCKET_REPO_UUID");
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    assert_eq!(shop.rows(102), ["#2 merged 1.4.0"], "its pull requests name the repository, too");
}

#[test]
fn all_pages_of_tags_are_read() {
    let shop = shipped("many-tags");
    {
        let mut state = shop.state();
        let tags = &mut state.bitbucket.repositories[0].tags;
        let first = tags.remove("1.3.0").unwrap();
        for number in 0..250 {
            tags.insert(format!("0.0.{number}"), first.clone());
        }
        tags.insert("v1.3.9".to_owned(), first);
    }
    let ran = shop.bed.run_twice();
    assert!(ran.log.contains("Release 1.4.0, since v1.3.9"), "{}", ran.log);
    assert_eq!(shop.rows(102), ["#2 merged 1.4.0"]);
}

/// Each page of this list has these entries, and there is always another one.
fn endless(shop: &Shop, path: &str, entries: serde_json::Value) {
    let next = format!("{}/repositories/acme/shop{path}?page=2", shop.bed.fake.bitbucket_api_url());
    let answer = FaultKind::json(200, &json!({ "values": entries, "next": next }));
    shop.state().faults.push(Fault::always(answer).at(Service::Bitbucket).path(&format!("/acme/shop{path}")));
}

#[test]
fn more_tags_than_are_read_leave_the_release_before_unknown() {
    let shop = shipped("endless-tags");
    let commit = shop.bed.variables["BITBUCKET_COMMIT"].clone();
    endless(&shop, "/refs/tags", json!([{ "name": "1.3.0", "target": { "hash": commit } }]));
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), ran.writes.len()), (1, 0), "{}", ran.log);
    assert!(ran.log.contains("so which release comes before this one is not known"), "{}", ran.log);
    assert_eq!(shop.bed.fake.requests().len(), 50);
    assert!(!shop.wrote_files());
}

#[test]
fn capped_commits_are_reported_and_the_rest_is_written() {
    let shop = shipped("endless-commits");
    let merge = shop.state().bitbucket.pull_request(2).merge_commit.clone().unwrap();
    endless(&shop, "/commits", json!([{ "hash": merge, "message": "x", "date": "2026-11-21T00:00:00Z" }]));
    let ran = shop.bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    let said = "Couldn't read all commits of the release: there are more than the 50 commits that are read";
    assert!(ran.log.contains(said), "{}", ran.log);
    assert_eq!((shop.rows(102), shop.rows(103)), (vec!["#2 merged 1.4.0".to_owned()], vec!["#3 open".to_owned()]));
    assert_eq!(shop.json()["complete"], false);
    shop.bed.nothing_is_left_to_do();
}

#[test]
fn broken_list_is_reported_and_the_rest_is_written() {
    for (path, what) in [
        ("/acme/shop/commits?", "read all commits of the release"),
        ("/acme/shop/pullrequests?", "list the merged pull requests"),
        ("/refs/tags?", "find out what the release holds"),
    ] {
        let shop = shipped("breaks-off");
        shop.state().faults.push(Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path(path));
        let ran = shop.bed.run_twice();
        assert_eq!((ran.exit.code(), ran.writes.len()), (1, 0), "{path}: {}", ran.log);
        assert!(
            ran.log.contains(&format!("ERROR: Couldn't {what}: `GET /2.0/repositories/acme/shop")),
            "{path}: {}",
            ran.log
        );
        assert_eq!(shop.wrote_files(), path != "/refs/tags?");
        if path == "/acme/shop/commits?" {
            assert_eq!(shop.json()["missing"][0], "Not all commits of the release could be read.");
        }
        shop.state().faults.clear();
        shop.bed.run_twice();
        assert_eq!(shop.rows(102), ["#2 merged 1.4.0"], "{path}");
    }
}

#[test]
fn without_a_credential_a_private_repository_has_no_releases() {
    let mut shop = shipped("private");
    shop.unset("BITBUCKET_ACCESS_TOKEN");
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 1);
    let said = "tags and commits of a private repository are listed to a Bitbucket credential only: set BITBUCKET_ACCESS_TOKEN";
    assert!(ran.log.contains(said), "{}", ran.log);
    assert!(
        ran.log.contains("✖ Not everything could be done, see above: no page was updated for the release"),
        "{}",
        ran.log
    );
    assert_eq!(shop.bed.fake.requests().len(), 0);
    assert!(!shop.wrote_files());
}

#[test]
fn public_repository_needs_no_credential_for_a_release() {
    let mut shop = shipped("public");
    shop.unset("BITBUCKET_ACCESS_TOKEN");
    shop.set("BITBUCKET_REPO_IS_PRIVATE", "false");
    shop.state().bitbucket.repositories[0].is_private = false;
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let requests = shop.bed.fake.requests();
    let mut to_bitbucket = requests.iter().filter(|recorded| recorded.request.service == Service::Bitbucket);
    assert!(to_bitbucket.all(|recorded| recorded.authorization().is_none() && recorded.request.is_reading()));
    assert_eq!(shop.rows(101), ["#5 open", "#1 merged 1.4.0"]);
    assert!(!shop.text("release.json").contains("ENG-1 Page"), "everybody reads what is public");
}

#[test]
fn fast_forward_without_its_branch_is_read_from_the_range() {
    let mut shop = Shop::new("moved-and-gone");
    let id = shop.linked("one", "ENG-1: moved forward", &["ENG-2: begin", "end"]);
    shop.state().fast_forward(id, true);
    shop.tag("1.4.0", "main");
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(
        (shop.rows(101), shop.rows(102)),
        (vec!["#1 merged 1.4.0".to_owned()], vec!["#1 merged 1.4.0".to_owned()])
    );
    assert_eq!(shop.json()["complete"], true);
}
