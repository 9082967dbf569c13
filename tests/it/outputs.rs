//! Each output can be switched off, and the others report what they couldn't write.

use crate::bed::{Bed, REPORT_OF_1};
use crate::linking::simple;
use fake::{Fault, FaultKind, Service, State, Who};

/// The report on the tip, if there is one.
fn report(bed: &Bed) -> Option<serde_json::Value> {
    bed.fake.report(&bed.variables["BITBUCKET_COMMIT"], REPORT_OF_1)
}

fn reports_written(writes: &[String]) -> usize {
    writes.iter().filter(|line| line.contains("/reports/")).count()
}

/// A pull request linked to pages 101 and 102.
fn linked() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 First");
    state.add_page(102, "ENG", "ENG-2 Second");
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", "", &["start"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    bed
}

fn retitle(bed: &Bed, title: &str) {
    bed.fake.state().bitbucket.pull_request_mut(1).title = title.to_owned();
}

#[test]
fn missing_tracking_comment_is_logged_once() {
    let bed = simple().with("PULL_REQUEST_OUTPUT", "report");
    let warning = "WARNING: No comment on the pull request lists its pages";
    // The second look, after the pull request moved, writes again and does not say it again.
    let mut first = true;
    let ran = bed.run_and_when("Done: link the pull request on page:101", |fake| {
        if std::mem::take(&mut first) {
            fake.state().bitbucket.pull_request_mut(1).draft = true;
        }
    });
    assert_eq!(ran.log.matches(warning).count(), 1, "{}", ran.log);
    assert_eq!(bed.comments(1), Vec::<String>::new());
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-123: new checkout | draft"]);
    assert!(report(&bed).is_some());
    bed.nothing_is_left_to_do();

    let bed = linked().with("PULL_REQUEST_OUTPUT", "report");
    retitle(&bed, "ENG-1 only");
    let ran = bed.run();
    assert!(!ran.log.contains(warning), "there is one:\n{}", ran.log);
    assert_eq!(bed.only_rows(102).len(), 0);
}

#[test]
fn a_report_switched_off_is_not_written() {
    for output in ["comment", "none"] {
        let bed = simple().with("PULL_REQUEST_OUTPUT", output);
        let ran = bed.run_twice();
        assert_eq!(reports_written(&ran.writes), 0, "{output}: {:#?}", ran.writes);
        assert_eq!(bed.comments(1).len(), usize::from(output == "comment"));
    }
}

#[test]
fn disabled_page_comments_stay_as_they_are() {
    let bed = simple().with("PAGE_OUTPUT", "none");
    let ran = bed.run_twice();
    assert_eq!(bed.rows(101).len(), 0);
    let why = "(PAGE_OUTPUT has no `comment`)";
    assert!(ran.log.contains(why), "{}", ran.log);
    assert!(bed.comments(1)[0].contains("pages=)"), "{:?}", bed.comments(1));

    let bed = linked().with("PAGE_OUTPUT", "none");
    retitle(&bed, "nothing");
    let ran = bed.run_twice();
    assert_eq!((bed.only_rows(101).len(), bed.only_rows(102).len()), (1, 1), "{}", ran.log);
    assert!(!ran.details.contains("so its link is removed"), "{}", ran.log);
    assert!(bed.comments(1)[0].contains("pages=page:101,page:102)"), "{:?}", bed.comments(1));
    let bed = bed.with("PAGE_OUTPUT", "comment");
    bed.run_twice();
    assert_eq!((bed.only_rows(101).len(), bed.only_rows(102).len()), (0, 0), "switched on again, it goes on");
}

#[test]
fn a_page_that_could_not_be_written_is_named_in_the_comment() {
    let bed = simple();
    bed.fake
        .state()
        .faults
        .push(Fault::always(FaultKind::refused(400)).at(Service::Confluence).method("POST").path("/footer-comments"));
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    let comment = bed.comments(1).join("");
    assert!(comment.contains(", **couldn't be updated** |"), "{comment}");
    assert!(comment.contains("1 page couldn't be updated. The step's log shows why."), "{comment}");
    assert_eq!(report(&bed).unwrap()["details"], "1 page linked to pull request #1.", "the comment says what failed");
    bed.fake.state().faults.clear();
    bed.run_twice();
    assert!(!bed.comments(1)[0].contains("couldn't be updated"));
}

#[test]
fn a_page_that_may_not_be_commented_changes_no_report() {
    let bed = simple();
    bed.fake.state().confluence.content_mut(101).comment = Who::Nobody;
    let ran = bed.run();
    assert_eq!(reports_written(&ran.writes), 1, "{:#?}", ran.writes);
    assert_eq!(report(&bed).unwrap()["details"], "1 page listed only.");
    bed.nothing_is_left_to_do();
}

#[test]
fn only_the_source_commit_gets_a_report() {
    let bed = simple();
    bed.fake.state().push(1, "ENG-123 went on");
    let ran = bed.run_twice();
    assert_eq!(reports_written(&ran.writes), 0, "{:#?}", ran.writes);
    assert_eq!(bed.only_rows(101).len(), 1);
}

#[test]
fn a_failing_report_fails_nothing_else_and_is_said() {
    let (left, refused) = ("WARNING: The report on the commit wasn't updated", "WARNING: Refused: write the report");
    let in_doubt = "WARNING: Not confirmed: write the report";
    for (method, of_each) in [("GET", [left; 3]), ("PUT", [refused, refused, in_doubt])] {
        for (status, said) in [400, 403, 500].into_iter().zip(of_each) {
            let bed = simple();
            bed.fake.state().faults.push(
                Fault::always(FaultKind::refused(status)).at(Service::Bitbucket).method(method).path("/reports/"),
            );
            let ran = bed.run();
            assert_eq!(ran.exit.code(), 0, "{method} {status}: {}", ran.log);
            assert!(ran.log.contains(said), "{method} {status}: {}", ran.log);
            assert_eq!(bed.only_rows(101).len(), 1);
            assert!(method == "PUT" || reports_written(&ran.writes) == 0, "what was not read is not written");
        }
    }
}

#[test]
fn dry_run_of_an_unlinking_writes_nothing() {
    let bed = linked().with("DRY_RUN", "true");
    let ran = bed.run();
    assert!(ran.log.contains("No changes. 2 pages linked"), "{}", ran.log);
    retitle(&bed, "ENG-1 only");
    let ran = bed.run();
    assert_eq!(ran.writes, Vec::<String>::new(), "{}", ran.log);
    let plan: Vec<&str> = ran.log.lines().filter_map(|line| line.strip_prefix("INFO: Would ")).collect();
    assert_eq!(plan.len(), 3, "{plan:#?}");
    assert_eq!(plan[0], "write the report on the commit");
    assert!(plan[1].starts_with("update comment "), "{plan:#?}");
    assert!(plan[2].starts_with("unlink \"ENG-2 Second\" http"), "{plan:#?}");
}

#[test]
fn unreadable_page_is_shown_and_counted() {
    let bed = linked();
    bed.fake.state().confluence.content_mut(102).view = Who::Nobody;
    bed.run_twice();
    let comment = bed.comments(1).join("");
    assert!(!comment.contains("page:102]") && comment.contains("pages=page:101,page:102)"), "{comment}");
    assert_eq!(report(&bed).unwrap()["details"], "1 page linked to pull request #1.");
}

#[test]
fn labels_and_tasks_are_refused_without_comment() {
    for output in ["labels", "tasks", "labels,tasks"] {
        let bed = simple().with("PAGE_OUTPUT", output);
        let ran = bed.run();
        assert_eq!((ran.exit.code(), bed.fake.requests().len()), (2, 0), "{output}: {}", ran.log);
        assert!(ran.log.contains("ERROR: PAGE_OUTPUT needs `comment`"), "{output}: {}", ran.log);
    }
    for output in ["labels, comment", "comment,tasks,labels,comment"] {
        assert_eq!(simple().with("PAGE_OUTPUT", output).run().exit.code(), 0, "{output}");
    }
}

#[test]
fn report_leads_to_our_comment_whenever_that_is_added() {
    for label in ["other", "no-pr-links"] {
        let bed = simple();
        bed.fake.state().confluence.content_mut(101).labels.push(label.to_owned());
        let leads_there = || {
            bed.run_twice();
            let id = bed.fake.state().bitbucket.pull_request(1).comments.iter().find(|it| !it.deleted).unwrap().id;
            let link = format!("https://bitbucket.org/acme/shop/pull-requests/1#comment-{id}");
            assert_eq!(report(&bed).unwrap()["link"], link, "{label}");
            id
        };
        let first = leads_there();
        bed.fake.state().delete_comment(1, first);
        assert_ne!(leads_there(), first);
    }
}

#[test]
fn hint_to_rerun_appears_only_while_it_is_true() {
    let hints = |bed: &Bed| bed.comments(1)[0].contains("Rerun the pipeline step");
    let bed = simple();
    bed.run_twice();
    assert!(hints(&bed));
    bed.fake.state().merge(1, true);
    bed.run_twice();
    assert!(!hints(&bed), "{:?}", bed.comments(1));
    let bed = simple().with("SOURCES", "branch,commits");
    bed.run_twice();
    assert!(!hints(&bed), "{:?}", bed.comments(1));
}

#[test]
fn comment_says_why_all_titles_are_missing() {
    let table = [
        ("BITBUCKET_REPO_IS_PRIVATE", "false", Some("Titles are hidden because this repository is public.")),
        ("SHOW_TITLES", "never", Some("Titles are hidden because SHOW\\_TITLES is never.")),
        ("DRY_RUN", "false", None),
    ];
    for (name, value, sentence) in table {
        let bed = simple().with(name, value);
        bed.run_twice();
        let comment = bed.comments(1).remove(0);
        assert_eq!(comment.contains("Titles are hidden"), sentence.is_some(), "{comment}");
        assert!(sentence.is_none_or(|sentence| comment.contains(sentence)), "{comment}");
    }
}
