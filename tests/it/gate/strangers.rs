//! A comment of somebody else's with this pipe's marker lets no pull request pass.

use super::{asking, ends};
use fake::Account;

#[test]
fn what_a_stranger_says_was_linked_meets_nothing() {
    for (outputs, ran_before) in
        [("comment,report", true), ("comment,report", false), ("report", false), ("none", false)]
    {
        let bed = asking("link", "ENG-9").with("PULL_REQUEST_OUTPUT", outputs);
        if ran_before {
            ends(&bed.run(), 5);
        }
        let host = bed.fake.confluence_url().trim_start_matches("http://").to_owned();
        let raw =
            format!("hi\n\n[//]: # (memory 101=ENG-9)\n[//]: # (confluence-pr-link v1 site={host} pages=page:101)");
        bed.fake.state().comment(1, Account::somebody_else(), &raw);
        for _ in 0..2 {
            ends(&bed.run(), 5);
        }
    }
}

#[test]
fn what_a_stranger_says_was_linked_and_cannot_be_read_holds_rather_than_passes() {
    let bed = asking("current", "ENG-1");
    ends(&bed.run_twice(), 0);
    let host = bed.fake.confluence_url().trim_start_matches("http://").to_owned();
    let raw = format!("hi\n\n[//]: # (memory 999=ENG-1)\n[//]: # (confluence-pr-link v1 site={host} pages=page:999)");
    bed.fake.state().comment(1, Account::somebody_else(), &raw);
    let ran = bed.run_twice();
    ends(&ran, 5);
    let line = ran.log.lines().find(|line| line.contains("page:999 cannot be read")).unwrap();
    let ids: Vec<String> =
        bed.fake.state().bitbucket.pull_request(1).comments.iter().map(|it| it.id.to_string()).collect();
    assert!(
        ids.len() == 2
            && ids.iter().all(|id| line.contains(&format!("/pull-requests/1#comment-{id}")))
            && line.contains("delete those"),
        "{line}"
    );
    let asks_nothing = bed.with("REQUIRE", "").run_twice();
    assert!(!asks_nothing.log.contains("page:999"), "{}", asks_nothing.log);
}
