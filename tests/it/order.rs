//! The order of writes: a run may end anywhere, so the most important write comes first.

use crate::bed::Bed;
use crate::linking::simple;
use fake::{Fake, Fault, FaultKind, Service, State};

/// A pull request that names pages 101 and 102 by key; 103 is there for later.
fn two_pages() -> Bed {
    let mut state = State::default();
    for id in [101, 102, 103] {
        state.add_page(id, "ENG", &format!("ENG-{} Page", id - 100));
    }
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", "", &["start"]);
    Bed::new(state, id)
}

fn title(fake: &Fake, title: &str) {
    fake.state().bitbucket.pull_request_mut(1).title = title.to_owned();
}

/// What a service says when a request makes no sense to it: nothing was done, and asking again is of no use.
fn refusal() -> FaultKind {
    FaultKind::refused(400)
}

#[test]
fn index_names_new_pages_before_they_are_written() {
    let bed = two_pages();
    bed.run_and_when("Done: add a comment", |fake| {
        assert!(fake.pull_request_comments(1)[0].contains("pages=page:101,page:102)"));
        assert!(fake.page_comments(101).is_empty() && fake.page_comments(102).is_empty());
    });
    title(&bed.fake, "ENG-3 only");
    bed.run_and_when("Done: unlink the pull request from page:101", |_| {});
    title(&bed.fake, "ENG-1 only");
    // A run that ended here would still know the page that leaves.
    let mut first = true;
    bed.run_and_when("Done: update comment", |fake| {
        if std::mem::take(&mut first) {
            let comment = &fake.pull_request_comments(1)[0];
            assert!(comment.contains("pages=page:101,page:103)"), "{comment}");
        }
    });
    assert!(bed.comments(1)[0].contains("pages=page:101)"));
}

#[test]
fn without_a_record_only_indexed_pages_are_written() {
    let bed = simple();
    bed.fake.state().faults.push(Fault::always(refusal()).at(Service::Bitbucket).method("POST").path("/comments"));
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    assert_eq!(bed.rows(101).len(), 0, "nothing would record the row:\n{}", ran.log);

    let bed = two_pages();
    title(&bed.fake, "ENG-1 only");
    bed.run_twice();
    title(&bed.fake, "ENG-1 and ENG-2");
    bed.fake.state().bitbucket.pull_request_mut(1).draft = true;
    // A refusal would be that of another account's comment.
    let down = Fault::always(FaultKind::status(500)).at(Service::Bitbucket).method("PUT").path("/comments/");
    bed.fake.state().faults.push(down);
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-1 and ENG-2 | draft"]);
    assert_eq!(bed.rows(102).len(), 0, "{}", ran.log);
    bed.fake.state().faults.clear();
    bed.run_twice();
    assert_eq!(bed.only_rows(102), ["acme/shop #1 ENG-1 and ENG-2 | draft"]);
}

#[test]
fn a_pull_request_that_changes_meanwhile_is_looked_at_again() {
    type Change = (&'static str, fn(&Fake), [&'static [&'static str]; 2]);
    let table: [Change; 5] = [
        ("another title", |fake| title(fake, "ENG-2 only"), [&[], &["acme/shop #1 ENG-1 and ENG-2 | draft"]]),
        (
            "a description",
            |fake| fake.state().bitbucket.pull_request_mut(1).description = "[skip confluence]".to_owned(),
            [&[], &[]],
        ),
        (
            "ready for review",
            |fake| fake.state().bitbucket.pull_request_mut(1).draft = false,
            [&["acme/shop #1 ENG-1 and ENG-2 | open"], &["acme/shop #1 ENG-1 and ENG-2 | open"]],
        ),
        ("declined", |fake| fake.state().decline(1), [&[], &[]]),
        (
            "merged",
            |fake| drop(fake.state().merge(1, true)),
            [&["acme/shop #1 ENG-1 and ENG-2 | merged | 1"], &["acme/shop #1 ENG-1 and ENG-2 | merged | 1"]],
        ),
    ];
    for (change, happens, rows) in table {
        let bed = two_pages();
        bed.fake.state().bitbucket.pull_request_mut(1).draft = true;
        let mut first = true;
        let ran = bed.run_and_when("Done: add a comment", |fake| {
            if std::mem::take(&mut first) {
                happens(fake);
            }
        });
        assert_eq!(ran.exit.code(), 0, "{change}: {}", ran.log);
        assert_eq!([bed.only_rows(101), bed.only_rows(102)], rows, "{change}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn endless_changes_end_the_run_with_a_failure() {
    let bed = simple();
    let ran = bed.run_and_when("Done: link the pull request on page:101", |fake| {
        let mut state = fake.state();
        let pull_request = state.bitbucket.pull_request_mut(1);
        pull_request.draft = !pull_request.draft;
    });
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    assert!(ran.log.contains("changed again and again"), "{}", ran.log);
    assert_eq!(ran.details.matches("Done: link the pull request").count(), 4, "{}", ran.details);
    bed.run_twice();
}

#[test]
fn a_last_look_that_fails_is_a_failure() {
    let bed = simple();
    let last_look = Fault::always(refusal()).at(Service::Bitbucket).path("/pullrequests/1?").nth(2);
    bed.fake.state().faults.push(last_look);
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    assert_eq!(bed.only_rows(101).len(), 1);
}

#[test]
fn what_a_later_look_mends_is_no_failure() {
    let bed = two_pages();
    let once = Fault::once(refusal()).at(Service::Confluence).method("POST").path("/footer-comments");
    bed.fake.state().faults.push(once);
    let mut first = true;
    let ran = bed.run_and_when("Done: link the pull request on page", |fake| {
        if std::mem::take(&mut first) {
            title(fake, "ENG-1, ENG-2");
        }
    });
    assert_eq!((bed.only_rows(101).len(), bed.only_rows(102).len()), (1, 1));
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    bed.nothing_is_left_to_do();
}

#[test]
fn record_of_a_concurrent_run_is_kept() {
    let bed = simple();
    bed.fake.state().add_page(102, "ENG", "Of the other run");
    bed.run_and_when("Done: link the pull request on page:101", |fake| {
        let mut state = fake.state();
        let comment = &mut state.bitbucket.pull_request_mut(1).comments[0];
        comment.raw = comment.raw.replace("pages=page:101)", "pages=page:101,page:102)");
        // So that there is something to write.
        comment.raw = comment.raw.replace("Checkout redesign", "Checkout");
    });
    let comment = bed.comments(1).join("");
    assert!(comment.contains("Checkout redesign") && comment.contains("pages=page:101,page:102)"), "{comment}");
    bed.run_twice();
    assert!(bed.comments(1)[0].contains("pages=page:101)"), "seen clean, it is forgotten");
}
