//! What keeps a task from being completed is said in one line, and done once it is gone.

use super::{NUMBER, bed, complete, memory, merge, merged, ticked, world};
use crate::bed::Bed;
use fake::{BOT, State, Status, Who};

/// What changes in the world, and what the log says then.
type Hindrance = (&'static str, fn(&mut State), (&'static str, &'static str), &'static str);

#[test]
fn what_hinders_is_said_in_one_line_and_nothing_is_done() {
    let none = ("DEBUG", "");
    let table: [Hindrance; 10] = [
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
            |state| state.confluence.content_mut(101).edit = Who::Nobody,
            none,
            "complete task 4 of page:101: the Confluence account may not edit the page",
        ),
        (
            "closes ENG-1#4",
            |state| state.confluence.content_mut(101).labels.push("no-pr-links".to_owned()),
            none,
            "complete task 4 of page:101: its page takes no changes",
        ),
        ("closes ENG-1#4", |_| {}, ("SPACES", "OPS"), "complete task 4 of page:101: its page takes no changes"),
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
            "complete task 5 of page:101: it cannot be completed by this pipe; who may view its page sees why",
        ),
        (
            "closes ENG-1#4",
            |state| {
                state.confluence.content_mut(101).view = Who::Nobody;
            },
            none,
            "complete task 4 of ENG-1: no page is linked for it",
        ),
        ("closes ENG-1#4", |_| {}, ("PULL_REQUEST_OUTPUT", "report"), "PAGE_OUTPUT lists `tasks`, and no comment"),
    ];
    for (title, change, (variable, value), said) in table {
        let (mut state, id) = world(title);
        change(&mut state);
        let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks").with(variable, value);
        merge(&bed);
        let ran = bed.run_twice();
        assert_eq!((complete(&bed).len(), ticked(&ran)), (0, 0), "{said}: {}", ran.log);
        let told = ran.log.lines().filter(|line| line.starts_with("WARNING: ") && line.contains(said));
        assert_eq!(told.count(), 1, "{said}: {}", ran.log);
        assert_eq!(ran.exit.code(), 0, "{said}: {}", ran.log);
        assert!(!memory(&bed).contains("closed"), "{said}: {}", memory(&bed));
    }
}

#[test]
fn what_hindered_is_done_once_it_is_gone() {
    let bed = merged("closes ENG-1#4");
    bed.fake.state().confluence.content_mut(101).edit = Who::Nobody;
    assert_eq!(ticked(&bed.run_twice()), 0);
    bed.fake.state().confluence.content_mut(101).edit = Who::Everyone;
    bed.run_twice();
    assert_eq!(complete(&bed), ["101#4"]);

    let bed = bed_of_a_draft();
    let ran = bed.run_twice();
    assert!(ran.log.contains("complete task 4 of page:101: its page takes no changes"), "{}", ran.log);
    bed.fake.state().confluence.content_mut(101).status = Status::Current;
    bed.run_twice();
    assert_eq!(complete(&bed), ["101#4"]);
}

/// A merged pull request that closes a task of a page nobody has published yet.
fn bed_of_a_draft() -> Bed {
    let bed = bed("nothing yet");
    let task = format!("closes {}/wiki/spaces/ENG/pages/101?focusedTaskId=4", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(1).description = task;
    bed.fake.state().confluence.content_mut(101).status = Status::Draft;
    merge(&bed);
    bed
}
