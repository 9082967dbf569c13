//! A row in state `merged` says that its tasks are done; nothing else keeps state.

use crate::bed::Bed;
use crate::rows::row_text;
use fake::{Fault, FaultKind, Service, State, Who};

/// A merged pull request whose merge closes task 4 on page 101.
fn closing() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.add_task(101, "4", "Do it");
    let id = state.open_pull_request("work", "Closes ENG-1#4", "", &["x"]);
    let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks");
    bed.run();
    bed.fake.state().merge(1, false);
    bed
}

fn is_complete(bed: &Bed) -> bool {
    bed.fake.state().confluence.tasks[0].complete
}

#[test]
fn task_is_completed_before_its_row_says_merged() {
    let bed = closing();
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let at = |part: &str| ran.writes.iter().position(|line| line.starts_with("PUT") && line.contains(part));
    let (task, row) = (at("/tasks/").expect("the task"), at("/footer-comments/").expect("the row"));
    assert!(task < row, "{:#?}", ran.writes);
    bed.nothing_is_left_to_do();
}

#[test]
fn task_opened_again_after_the_merge_stays_open() {
    let bed = closing();
    bed.run();
    assert!(is_complete(&bed));
    bed.fake.state().confluence.tasks[0].complete = false;
    // Our comment on the pull request shows that it is open.
    bed.run();
    assert!(!is_complete(&bed), "the row says merged, so its tasks are done");
    bed.nothing_is_left_to_do();
    // A person deletes our comment on the pull request: the row still remembers.
    let comment = bed.fake.state().bitbucket.pull_request(1).comments[0].id;
    bed.fake.state().delete_comment(1, comment);
    bed.run();
    assert!(!is_complete(&bed), "the row says merged, so its tasks are done");
    bed.nothing_is_left_to_do();
}

#[test]
fn task_that_fails_for_a_passing_reason_delays_its_row() {
    let bed = closing();
    let fault = Fault::always(FaultKind::status(500)).at(Service::Confluence).method("PUT").path("/tasks/");
    bed.fake.state().faults.push(fault);
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    assert!(!row_text(&bed, 101, 1).contains("merged"), "{}", ran.log);
    bed.fake.state().faults.clear();
    bed.run_twice();
    assert!(row_text(&bed, 101, 1).contains("merged") && is_complete(&bed));
}

#[test]
fn refused_task_does_not_delay_its_row() {
    let bed = closing();
    bed.fake.state().confluence.content_mut(101).edit = Who::Nobody;
    let ran = bed.run();
    assert!(row_text(&bed, 101, 1).contains("merged"), "{}", ran.log);
    assert!(!is_complete(&bed));
    bed.nothing_is_left_to_do();
    bed.fake.state().confluence.content_mut(101).edit = Who::Everyone;
    bed.run();
    assert!(!is_complete(&bed), "the row says merged, so its tasks are done");
}

#[test]
fn page_outside_spaces_gets_no_task_completed() {
    let bed = closing().with("SPACES", "OPS");
    let ran = bed.run();
    assert!(row_text(&bed, 101, 1).contains("merged"), "{}", ran.log);
    assert!(!is_complete(&bed), "{}", ran.log);
}

#[test]
fn page_without_a_row_gets_no_task_completed() {
    let bed = closing();
    {
        let mut state = bed.fake.state();
        let comment = state.confluence.comments[0].id;
        state.delete_page_comment(comment);
        state.confluence.content_mut(101).comment = Who::Nobody;
    }
    let ran = bed.run();
    assert!(!is_complete(&bed), "{}", ran.log);
}
