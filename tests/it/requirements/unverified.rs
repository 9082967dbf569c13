//! Unverified requirements count as not met.

use super::{asking, note, report, retitle};
use crate::bed::Bed;
use fake::{Fault, FaultKind, Service, State};

#[test]
fn failed_read_meets_nothing_with_each_on_error() {
    let table = [
        ("link", "/rest/api/search"),
        ("current", "/api/v2/pages"),
        ("label:approved", "/labels"),
        ("state:Approved", "/state"),
    ];
    for (requires, path) in table {
        for on_error in ["warn", "fail"] {
            let bed = asking(requires, "ENG-1").with("ON_ERROR", on_error);
            {
                let mut state = bed.fake.state();
                state.confluence.content_mut(101).labels.push("approved".to_owned());
                state.confluence.content_mut(101).state = Some("Approved".to_owned());
                state.faults.push(Fault::always(FaultKind::refused(400)).at(Service::Confluence).path(path));
            }
            let ran = bed.run();
            assert_eq!(ran.exit.code(), 5, "{requires} {path}: {}", ran.log);
            assert!(ran.log.contains("ERROR: Not verified whether "), "{}", ran.log);
            assert!(note(&bed).is_some_and(|note| note.contains("Not verified whether ")), "{requires}");
            bed.fake.state().faults.clear();
            assert_eq!(bed.run_twice().exit.code(), 0, "{requires}");
        }
    }
}

#[test]
fn a_service_that_takes_no_credential_meets_nothing() {
    for (variable, value) in [("BITBUCKET_ACCESS_TOKEN", "wrong"), ("CONFLUENCE_API_TOKEN", "wrong")] {
        for on_error in ["warn", "fail"] {
            let bed = asking("link", "ENG-1").with(variable, value).with("ON_ERROR", on_error);
            let ran = bed.run();
            assert_eq!(ran.exit.code(), 5, "{}", ran.log);
            assert!(ran.log.contains("✖ Requirements not met, see above: "), "{}", ran.log);
        }
    }
}

#[test]
fn a_page_that_does_not_exist_meets_nothing() {
    let bed = asking("current", "ENG-1");
    retitle(&bed, &format!("ENG-1 {}/wiki/spaces/ENG/pages/999", bed.fake.confluence_url()));
    assert_eq!(bed.run_twice().exit.code(), 5);
    // But one page is linked.
    let bed = bed.with("REQUIRE", "link");
    assert_eq!(bed.run_twice().exit.code(), 0);
}

#[test]
fn unread_commits_leave_current_unverified() {
    let bed = asking("current", "ENG-1");
    let commits = Fault::always(FaultKind::refused(400)).at(Service::Bitbucket).path("/pullrequests/1/commits");
    bed.fake.state().faults.push(commits);
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 5, "{}", ran.log);
    assert!(ran.log.contains("ERROR: Not verified whether every linked page is current"), "{}", ran.log);
}

#[test]
fn renamed_page_counts_while_its_key_is_mentioned() {
    let bed = asking("link,current,label:approved", "ENG-1");
    bed.fake.state().confluence.content_mut(101).labels.push("approved".to_owned());
    assert_eq!(bed.run_twice().exit.code(), 0);
    bed.fake.state().confluence.content_mut(101).title = "Without its key".to_owned();
    assert_eq!(bed.run_twice().exit.code(), 0);
    retitle(&bed, "nothing");
    assert_eq!(bed.run_twice().exit.code(), 5);
}

#[test]
fn unread_page_is_shown_as_before_with_the_verdict() {
    let bed = asking("link,current", "ENG-1");
    assert_eq!(bed.run().exit.code(), 0);
    for path in ["/api/v2/pages", "/rest/api/search"] {
        bed.fake.state().faults.push(Fault::always(FaultKind::refused(400)).at(Service::Confluence).path(path));
    }
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 5, "{}", ran.log);
    let comment = bed.comments(1).join("");
    assert!(comment.contains("**Requirements not met** (2)") && comment.contains("ENG-1 First"), "{comment}");
    assert!(report(&bed)[0].starts_with("FAILED"), "{:?}", report(&bed));
    bed.fake.state().faults.clear();
    assert_eq!(bed.run_twice().exit.code(), 0);
    assert_eq!(note(&bed), None);
}

/// A push to the pull request's branch, in a pipeline that is not the pull request's.
fn pushed(requires: &str, title: &str) -> Bed {
    let mut bed = asking(requires, title).with("BITBUCKET_BRANCH", "work");
    bed.variables.remove("BITBUCKET_PR_ID");
    bed
}

#[test]
fn branch_pipeline_judges_its_open_pull_requests() {
    let bed = pushed("link", "nothing");
    assert_eq!(bed.run_twice().exit.code(), 5);
    assert_eq!(pushed("link", "ENG-1").run_twice().exit.code(), 0);
    let without = pushed("link", "nothing").with("BITBUCKET_BRANCH", "another");
    assert_eq!(without.run_twice().exit.code(), 0, "there is none to hold");

    let failing = pushed("link", "ENG-1").with("ON_ERROR", "warn");
    failing
        .fake
        .state()
        .faults
        .push(Fault::always(FaultKind::refused(400)).at(Service::Bitbucket).path("/pullrequests"));
    let ran = failing.run();
    assert_eq!(ran.exit.code(), 5, "{}", ran.log);
    let mut anonymous = pushed("link", "ENG-1");
    anonymous.variables.remove("BITBUCKET_ACCESS_TOKEN");
    let ran = anonymous.run();
    assert_eq!(ran.exit.code(), 5, "{}", ran.log);
    assert!(ran.log.contains("couldn't be looked up"), "{}", ran.log);
}

#[test]
fn unknown_merge_fails_no_requirement() {
    for (on_error, code) in [("warn", 0), ("fail", 1)] {
        let bed = pushed("link", "nothing").with("BITBUCKET_BRANCH", "main").with("ON_ERROR", on_error);
        bed.fake.state().faults.push(Fault::always(FaultKind::refused(400)).at(Service::Bitbucket).path("/commits?"));
        let ran = bed.run();
        assert_eq!(ran.exit.code(), code, "{}", ran.log);
        assert!(ran.log.contains("look for the pull requests that this commit merged"), "{}", ran.log);
        assert!(!ran.log.contains("Requirements not met"), "{}", ran.log);
        // An open one is held all the same.
        let bed = bed.with("BITBUCKET_BRANCH", "work");
        let open = bed.run();
        assert_eq!(open.exit.code(), 5, "{}", open.log);
        // And one that is not held is linked, and the failure is logged.
        super::retitle(&bed, "ENG-1");
        let linked = bed.run();
        assert_eq!((linked.exit.code(), bed.only_rows(101).len()), (code, 1), "{}", linked.log);
        assert!(linked.log.contains("Not everything could be done"), "{}", linked.log);
    }
}

#[test]
fn page_of_the_branch_counts_without_a_credential() {
    let with = |requires: &str| {
        let mut state = State::default();
        state.add_page(101, "ENG", "ENG-1 First");
        let id = state.open_pull_request("feature/ENG-1", "nothing", "", &["start"]);
        let mut bed = Bed::new(state, id).with("BITBUCKET_BRANCH", "feature/ENG-1").with("REQUIRE", requires);
        bed.variables.remove("BITBUCKET_ACCESS_TOKEN");
        let proxy = bed.fake.proxy_url();
        bed.with("BITBUCKET_AUTH_PROXY", &proxy)
    };
    let bed = with("link");
    assert_eq!(bed.run_twice().exit.code(), 0);
    // Whether other pages are named is not known.
    let bed = with("link,current");
    assert_eq!(bed.run_twice().exit.code(), 5);
    assert_eq!(report(&bed).len(), 2, "{:?}", report(&bed));
    // Rerunning the step alone would not help.
    let set = "et a Bitbucket credential. Without it, only the branch name is known";
    let current = report(&bed)[1].clone();
    assert!(current.contains(&format!("Not verified whether every linked page is current; S{set}.")), "{current}");
    let another = || with("link,label:approved").with("BITBUCKET_BRANCH", "work");
    for (bed, advice) in [
        (another(), "Put the key of such a page into the branch name, or s"),
        (another().with("SOURCES", "title,commits"), "S"),
        (another().with("KEY_PREFIXES", "none"), "S"),
    ] {
        let ran = bed.run_twice();
        assert_eq!(ran.exit.code(), 5);
        for what in ["a page is linked", "a linked page has the label \"approved\""] {
            let line = format!("ERROR: Not verified whether {what}. {advice}{set}.");
            assert!(ran.log.contains(&line), "{line}\n{}", ran.log);
        }
    }
}

#[test]
fn sweep_judges_nothing_and_keeps_the_verdict() {
    let bed = asking("link", "nothing");
    assert_eq!(bed.run().exit.code(), 5);
    let before = bed.fake.what_people_see();
    let bed = bed.with("ACTION", "reconcile");
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(bed.fake.what_people_see(), before);
}

#[test]
fn pages_past_the_limit_of_a_key_leave_current_unverified() {
    for (pages, code) in [(5, 0), (6, 5)] {
        let mut state = State::default();
        for number in 1..=pages {
            state.add_page(200 + number, "ENG", &format!("Part {number}")).labels.push("eng-7".to_owned());
        }
        let id = state.open_pull_request("work", "ENG-7", "", &["start"]);
        let ran = Bed::new(state, id).with("REQUIRE", "current").run_twice();
        assert_eq!(ran.exit.code(), code, "{pages} pages: {}", ran.log);
        assert_eq!(ran.log.contains("Not verified whether "), code == 5, "{}", ran.log);
    }
}

#[test]
fn removal_takes_a_comment_that_only_notes_requirements() {
    let bed = asking("link", "Nothing");
    assert_eq!(bed.run_twice().exit.code(), 5);
    assert!(note(&bed).is_some());
    let bed = bed.with("ACTION", "remove");
    assert_eq!(bed.run_twice().exit.code(), 0);
    assert_eq!(bed.comments(1), Vec::<String>::new());
}
