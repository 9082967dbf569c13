//! Tasks that stay open, each with one log line.

use super::{NUMBER, bed, complete, merge, merged, row, ticked, world};
use crate::bed::Bed;
use fake::{BOT, State, Status, Who};

/// What changes in the world, and what the log says then.
type Hindrance = (&'static str, fn(&mut State), (&'static str, &'static str), &'static str);

#[test]
fn what_hinders_is_said_in_one_line_and_nothing_is_done() {
    let none = ("DEBUG", "");
    let table: [Hindrance; 8] = [
        ("closes ENG-1#5", |_| {}, none, "complete task 5 of page:101: its page has no such task"),
        ("closes ENG-9#4", |_| {}, none, "complete task 4 of ENG-9: no page is linked for it"),
        (
            "closes ENG-3#4",
            |state| {
                for page in [101, 102] {
                    state.confluence.content_mut(page).labels.push("eng-3".to_owned());
                }
            },
            none,
            "complete task 4 of ENG-3: it leads to several pages",
        ),
        (
            "closes ENG-1#4",
            |state| state.confluence.content_mut(101).labels.push("no-pr-links".to_owned()),
            none,
            "complete task 4 of page:101: its page accepts no changes",
        ),
        ("closes ENG-1#4", |_| {}, ("SPACES", "OPS"), "complete task 4 of page:101: its page accepts no changes"),
        (
            "closes ENG-1#4",
            |state| {
                state.add_task(101, NUMBER, "Rename the other field");
            },
            none,
            "complete task 4 of page:101: its page has no such task",
        ),
        (
            "closes ENG-1#5",
            |state| {
                let page = state.confluence.content_mut(101);
                page.read_users = vec![BOT.to_owned()];
            },
            none,
            "complete task 5 of page:101: the pipe can't complete it. People who can view the page see why",
        ),
        (
            "closes ENG-1#4",
            |state| {
                state.confluence.content_mut(101).view = Who::Nobody;
            },
            none,
            "complete task 4 of ENG-1: no page is linked for it",
        ),
    ];
    for (title, change, (variable, value), said) in table {
        let (mut state, id) = world(title);
        change(&mut state);
        let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks").with(variable, value);
        merge(&bed);
        let ran = bed.run_twice();
        assert_eq!((complete(&bed).len(), ticked(&ran)), (0, 0), "{said}: {}", ran.log);
        let lines = ran.log.lines().filter(|line| line.starts_with("WARNING: ") && line.contains(said));
        assert_eq!(lines.count(), 1, "{said}: {}", ran.log);
        assert_eq!(ran.exit.code(), 0, "{said}: {}", ran.log);
    }
}

#[test]
fn refused_task_is_reported_and_delays_nothing() {
    let bed = merged("closes ENG-1#4");
    bed.fake.state().confluence.content_mut(101).edit = Who::Nobody;
    let ran = bed.run_twice();
    assert_eq!((ran.exit.code(), ticked(&ran), complete(&bed).len()), (0, 1, 0), "{}", ran.log);
    assert_eq!(ran.log.matches("WARNING: Refused: complete task 4 of page:101").count(), 1, "{}", ran.log);
    assert!(row(&bed).ends_with(" | merged | 1"), "{}", row(&bed));
    // The row says merged, so nothing tries again.
    bed.fake.state().confluence.content_mut(101).edit = Who::Everyone;
    assert_eq!((ticked(&bed.run_twice()), complete(&bed).len()), (0, 0));
}

#[test]
fn task_of_a_draft_is_completed_once_it_is_published() {
    let bed = bed_of_a_draft();
    let ran = bed.run_twice();
    assert!(ran.log.contains("complete task 4 of page:101: its page accepts no changes"), "{}", ran.log);
    bed.fake.state().confluence.content_mut(101).status = Status::Current;
    bed.run_twice();
    assert_eq!(complete(&bed), ["101#4"]);
}

#[test]
fn tasks_need_no_comment_on_the_pull_request() {
    let bed = bed("closes ENG-1#4").with("PULL_REQUEST_OUTPUT", "report");
    merge(&bed);
    bed.run_twice();
    assert_eq!((complete(&bed), bed.comments(1).len()), (vec!["101#4".to_owned()], 0));
}

/// A merged pull request that closes a task of an unpublished page.
fn bed_of_a_draft() -> Bed {
    let bed = bed("nothing yet");
    let task = format!("closes {}/wiki/spaces/ENG/pages/101?focusedTaskId=4", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(1).description = task;
    bed.fake.state().confluence.content_mut(101).status = Status::Draft;
    merge(&bed);
    bed
}
