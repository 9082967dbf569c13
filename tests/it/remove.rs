//! `ACTION: remove` removes everything that this repository wrote, and nothing else.

use std::collections::BTreeMap;
use std::thread;

use crate::bed::{Bed, run_with};
use crate::pull_request_states::on_branch;
use fake::{AUTHOR, BOT, Latch, PausePoint, PausedRequest, State};

/// Two pull requests, one of them merged, and one of another repository on the same page.
pub(crate) fn pilot() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.add_page(102, "ENG", "ENG-2 Page");
    state.open_pull_request("work", "Work", "", &["ENG-1", "ENG-2"]);
    state.open_pull_request("more", "More", "", &["ENG-1"]);
    state.add_repository("acme/api");
    state.open_pull_request_in("acme/api", "work", "Api", "", &["ENG-1"]);
    let mut bed = Bed::new(state, 1);
    for id in [1, 2] {
        bed.variables.insert("BITBUCKET_PR_ID".to_owned(), id.to_string());
        bed.at_tip(id);
        bed.run_twice();
    }
    bed.fake.state().merge(2, true);
    bed.run_twice();
    run_with(&of_api(&bed, 1));
    let mut bed = bed.with("ACTION", "remove");
    on_branch(&mut bed, "main");
    bed
}

/// The variables of a pipeline of the other repository's pull request.
fn of_api(bed: &Bed, id: u64) -> BTreeMap<String, String> {
    let mut variables = bed.variables.clone();
    variables.remove("ACTION");
    variables.insert("BITBUCKET_REPO_FULL_NAME".to_owned(), "acme/api".to_owned());
    variables.insert("BITBUCKET_REPO_UUID".to_owned(), bed.fake.state().bitbucket.repository("acme/api").uuid.clone());
    variables.insert("BITBUCKET_ACCESS_TOKEN".to_owned(), "token-of-acme-api".to_owned());
    variables.insert("BITBUCKET_PR_ID".to_owned(), id.to_string());
    variables
}

#[test]
fn remove_takes_rows_of_this_repository_only() {
    let bed = pilot();
    let foreign = bed.fake.state().add_page_comment(102, AUTHOR, "<p>Looks good.</p>");
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(bed.only_rows(101), ["acme/api #1 Api | open"], "{}", ran.log);
    let left = bed.fake.page_comments(102);
    assert!(left.len() == 1 && left[0].contains("Looks good."), "{left:?}: {}", ran.log);
    assert!(bed.fake.state().confluence.comments.iter().any(|comment| comment.id == foreign));
    assert_eq!([1, 2].map(|id| bed.comments(id).len()), [0, 0], "{}", ran.log);
}

#[test]
fn a_dry_run_lists_what_would_go() {
    let bed = pilot().with("DRY_RUN", "true");
    let before = bed.fake.what_people_see();
    let ran = bed.run();
    assert_eq!((ran.exit.code(), ran.writes.len()), (0, 0), "{}", ran.log);
    assert_eq!(bed.fake.what_people_see(), before);
    let last = "✔ Dry run, nothing was written: 2 of 2 pull requests checked, 2 would change";
    for words in ["#1: Would unlink \"ENG-1", "#2: Would unlink", "on the pull request", last] {
        assert!(ran.log.contains(words), "{words}: {}", ran.log);
    }
}

#[test]
fn remove_takes_rows_that_only_the_texts_lead_to() {
    let bed = pilot();
    let ours = bed.fake.state().bitbucket.pull_request(1).comments[0].id;
    bed.fake.state().delete_comment(1, ours);
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/api #1 Api | open"], "{}", ran.log);
    assert_eq!(bed.fake.page_comments(102), Vec::<String>::new(), "{}", ran.log);
}

#[test]
fn removed_comment_with_a_reply_keeps_one_sentence() {
    let bed = pilot();
    let ours = bed.fake.state().confluence.comments.iter().find(|comment| comment.content == 102).unwrap().id;
    bed.fake.state().reply_to_page_comment(ours, AUTHOR, "<p>Thank you.</p>");
    let ran = bed.run_twice();
    let left = bed.fake.page_comments(102);
    assert_eq!(left.len(), 2, "{left:?}: {}", ran.log);
    assert!(!left.concat().contains("confluence-pr-link"), "{left:?}");
}

#[test]
fn opted_out_page_keeps_its_row() {
    for (kept, gone) in [(101, 102), (102, 101)] {
        let bed = pilot();
        bed.fake.state().confluence.content_mut(kept).labels.push("no-pr-links".to_owned());
        let url = |page: u64| format!("{}/wiki/pages/viewpage.action?pageId={page} ", bed.fake.confluence_url());
        let description = [101, 102].map(url).concat();
        bed.fake.state().bitbucket.pull_request_mut(1).description = description;
        let ran = bed.run_twice();
        assert!(bed.only_rows(kept).contains(&"acme/shop #1 Work | open".to_owned()), "{}", ran.log);
        let comment = &bed.comments(1)[0];
        assert!(
            comment.contains(&format!("pages=page:{kept})")) && comment.contains("\n1 page linked.\n"),
            "{comment}"
        );
        assert!(!comment.contains(&format!("pageId={gone}")) && !comment.contains("Rerun"), "{comment}");
    }
}

#[test]
fn a_run_that_links_meanwhile_loses_nothing() {
    let bed = pilot();
    let linking = {
        let mut variables = bed.variables.clone();
        variables.remove("ACTION");
        variables.insert("BITBUCKET_PR_ID".to_owned(), "3".to_owned());
        variables
    };
    bed.fake.state().open_pull_request("new", "New", "", &["ENG-2"]);
    let before = bed.with("DAYS", "30");
    // Between the update that empties the comment and its deletion.
    let ran = before.run_and_when("Done: unlink the pull request from page:102", |_| {
        let (exit, log) = crate::bed::run_with(&linking);
        assert_eq!(exit.code(), 0, "{log}");
    });
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let (exit, log) = crate::bed::run_with(&linking);
    assert_eq!(exit.code(), 0, "{log}");
    assert_eq!(before.only_rows(102), ["acme/shop #3 New | open"], "{}", ran.log);
    assert_eq!(
        before.fake.state().confluence.comments.iter().filter(|it| it.author == BOT && it.content == 102).count(),
        1
    );
}

#[test]
fn overtaken_removal_keeps_the_row_of_the_other_run() {
    let bed = pilot();
    let linking = of_api(&bed, 2);
    bed.fake.state().open_pull_request_in("acme/api", "new", "New", "", &["ENG-1, ENG-2"]);
    let before = bed.fake.state().clone();
    bed.run();
    let requests = bed.fake.requests().len();
    for (number, at) in (1..=requests).flat_map(|number| [(number, PausePoint::Arrival), (number, PausePoint::Answer)])
    {
        bed.fake.state().clone_from(&before);
        bed.fake.clear_requests();
        let latch = Latch::default();
        bed.fake.state().paused.push(PausedRequest { number, at, latch: latch.clone() });
        let (removed, linked) = thread::scope(|scope| {
            let removing = scope.spawn(|| run_with(&bed.variables));
            latch.is_reached(|| removing.is_finished());
            bed.fake.rest();
            let linked = run_with(&linking);
            latch.open();
            (removing.join().unwrap(), linked)
        });
        bed.fake.state().paused.clear();
        let logs = format!("{number} {at:?}\nremoval:\n{}\nlinking:\n{}", removed.1, linked.1);
        assert_eq!((removed.0.code(), linked.0.code()), (0, 0), "{logs}");
        assert_eq!(bed.only_rows(101), ["acme/api #2 New | open", "acme/api #1 Api | open"], "{logs}");
        assert_eq!(bed.only_rows(102), ["acme/api #2 New | open"], "{logs}");
        assert_eq!(bed.fake.page_comments(102).len(), 1, "{logs}");
    }
}
