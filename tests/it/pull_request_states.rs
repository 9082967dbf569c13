//! The life of a pull request: draft, open, merged, declined, reopened. Its row follows.

use crate::bed::Bed;
use fake::{PullRequestState, State, Status};

/// A pull request that names page 101, linked while it was open.
pub(crate) fn linked() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Checkout");
    let id = state.open_pull_request("work", "Work", "", &["ENG-1 start"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    bed
}

/// Turns the step into one of a branch's pipeline, on that branch's tip.
pub(crate) fn on_branch(bed: &mut Bed, branch: &str) {
    let tip = bed.fake.state().bitbucket.repositories[0].branches[branch].clone();
    on_commit(bed, branch, &tip);
}

fn on_commit(bed: &mut Bed, branch: &str, commit: &str) {
    bed.variables.remove("BITBUCKET_PR_ID");
    bed.variables.insert("BITBUCKET_BRANCH".to_owned(), branch.to_owned());
    bed.variables.insert("BITBUCKET_COMMIT".to_owned(), commit.to_owned());
}

#[test]
fn push_links_each_open_pull_request_of_its_branch() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.add_page(102, "ENG", "ENG-2 Page");
    let first = state.open_pull_request("work", "ENG-1 to main", "", &["x"]);
    state.open_pull_request("work", "ENG-2 to main too", "", &[]);
    state.open_pull_request("other", "ENG-1 of another branch", "", &["x"]);
    let mut bed = Bed::new(state, first);
    on_branch(&mut bed, "work");
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-1 to main | open"], "{}", ran.log);
    assert_eq!(bed.only_rows(102), ["acme/shop #2 ENG-2 to main too | open"], "{}", ran.log);
    assert!(ran.details.contains("DEBUG: #2: Done: link the pull request on page:102"), "{}", ran.details);
}

#[test]
fn merging_push_records_the_page_version_at_merge() {
    for (squash, delete_branch) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut bed = linked();
        bed.fake.state().edit_page(101, "<p>Before the merge.</p>");
        let mut state = bed.fake.state();
        let merge = if squash { state.squash(1, delete_branch) } else { state.merge(1, delete_branch) };
        state.edit_page(101, "<p>After the merge.</p>");
        drop(state);
        on_commit(&mut bed, "main", &merge);
        let ran = bed.run_twice();
        assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | merged | 2"], "{squash} {delete_branch}: {}", ran.log);
    }
}

#[test]
fn a_late_run_names_the_same_version_as_an_early_one() {
    let mut bed = linked();
    bed.fake.state().merge(1, true);
    for _ in 0..3 {
        bed.fake.state().edit_page(101, "<p>Later.</p>");
    }
    on_branch(&mut bed, "main");
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | merged | 1"]);
    bed.fake.state().edit_page(101, "<p>Later still.</p>");
    bed.nothing_is_left_to_do();
}

#[test]
fn page_with_many_versions_is_read_to_the_merge() {
    let mut bed = linked();
    bed.fake.state().merge(1, true);
    for _ in 0..600 {
        bed.fake.state().edit_page(101, "<p>Edited.</p>");
    }
    on_branch(&mut bed, "main");
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | merged | 1"]);
}

#[test]
fn a_page_that_is_younger_than_the_merge_has_no_version_of_then() {
    let mut bed = linked();
    bed.fake.state().merge(1, false);
    bed.fake.state().clock.advance(60);
    let mut state = bed.fake.state();
    let later = state.clock.now();
    state.confluence.content_mut(101).versions[0].at = later;
    drop(state);
    on_branch(&mut bed, "main");
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | merged"]);
}

#[test]
fn commit_message_alone_marks_nothing_as_merged() {
    let mut bed = linked();
    let forged = {
        let mut state = bed.fake.state();
        let fake = &mut *state;
        let message = "Merged in work (pull request #1)\n\n(pull request #77) (pull request #x)";
        fake.bitbucket.repositories[0].commit(&mut fake.clock, "main", message)
    };
    on_commit(&mut bed, "main", &forged);
    let ran = bed.run_twice();
    assert_eq!(ran.writes, Vec::<String>::new(), "{}", ran.log);
    assert!(ran.log.contains("Bitbucket still shows #1 as open"), "{}", ran.log);
    assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | open"]);
    // Nor once it is merged by another commit.
    let merge = bed.fake.state().merge(1, false);
    let ran = bed.run_twice();
    assert_eq!(ran.writes, Vec::<String>::new(), "{}", ran.log);
    on_commit(&mut bed, "main", &merge);
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | merged | 1"]);
}

#[test]
fn never_linked_pull_request_is_linked_after_its_merge() {
    for squash in [false, true] {
        let mut state = State::default();
        state.add_page(101, "ENG", "ENG-1 Checkout");
        state.add_page(102, "ENG", "ENG-2 Of somebody else");
        let other = state.open_pull_request("other", "Other", "", &["ENG-2 of another pull request"]);
        let id = state.open_pull_request("work", "Work", "", &["ENG-1 start", "more"]);
        state.merge(other, true);
        let _ = if squash { state.squash(id, true) } else { state.merge(id, true) };
        let mut bed = Bed::new(state, id);
        on_branch(&mut bed, "main");
        let ran = bed.run_twice();
        assert_eq!(bed.only_rows(101), ["acme/shop #2 Work | merged | 1"], "{}", ran.log);
        assert_eq!(bed.rows(102).len(), 0, "the commits of another pull request are not its own: {}", ran.log);
    }
}

#[test]
fn declined_is_unlinked_and_reopened_is_linked() {
    for state in [PullRequestState::Declined, PullRequestState::Superseded] {
        let bed = linked();
        bed.fake.state().bitbucket.pull_request_mut(1).state = state;
        let ran = bed.run_twice();
        assert_eq!((bed.rows(101), bed.comments(1)), (vec![vec![]], vec![]), "{}", ran.log);
        bed.fake.state().bitbucket.pull_request_mut(1).state = PullRequestState::Open;
        bed.run_twice();
        assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | open"]);
        assert_eq!(bed.comments(1).len(), 1);
    }
}

#[test]
fn a_draft_is_shown_as_a_draft_until_it_is_ready() {
    let bed = linked();
    bed.fake.state().bitbucket.pull_request_mut(1).draft = true;
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | draft"]);
    bed.fake.state().bitbucket.pull_request_mut(1).draft = false;
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | open"]);
}

#[test]
fn nothing_unlinks_a_merged_pull_request() {
    let bed = linked();
    bed.fake.state().merge(1, false);
    bed.run_twice();
    let merged = ["acme/shop #1 Work | merged | 1"];
    // Not a title that names nothing, not the skip word, not commits that are gone, not a key that is gone.
    for title in ["Nothing", "[skip confluence]"] {
        bed.fake.state().bitbucket.pull_request_mut(1).title = title.to_owned();
        bed.fake.state().bitbucket.pull_request_mut(1).commits.clear();
        bed.fake.state().confluence.content_mut(101).title = "Renamed".to_owned();
        bed.run_twice();
        assert_eq!(bed.only_rows(101), merged, "{title}");
    }
    assert!(bed.comments(1)[0].contains("pages=page:101)"));
}

#[test]
fn deleted_row_of_an_unmentioned_page_stays_deleted() {
    let bed = linked();
    bed.fake.state().merge(1, false);
    bed.run_twice();
    // Only the index names the page now: its key stands in a commit.
    let bed = bed.with("SOURCES", "title");
    let comment = bed.fake.state().confluence.comments.iter().find(|it| it.content == 101).unwrap().id;
    bed.fake.state().delete_page_comment(comment);
    let ran = bed.run_twice();
    assert_eq!(bed.rows(101).len(), 0, "{}", ran.log);
}

#[test]
fn forged_index_on_a_merged_pull_request_writes_nothing() {
    for delete_ours in [false, true] {
        let bed = linked();
        bed.fake.state().merge(1, false);
        bed.run_twice();
        bed.fake.state().add_page(102, "ENG", "Somebody's page");
        let forged = bed.fake.pull_request_comments(1)[0].replace("pages=page:101", "pages=page:101,page:102");
        if delete_ours {
            let ours = bed.fake.state().bitbucket.pull_request(1).comments[0].id;
            bed.fake.state().delete_comment(1, ours);
        }
        bed.fake.state().comment(1, fake::Account::somebody_else(), &forged);
        let ran = bed.run_twice();
        assert_eq!(bed.rows(102).len(), 0, "{}", ran.log);
        assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | merged | 1"], "{}", ran.log);
    }
}

#[test]
fn page_unseen_at_the_merge_gets_its_version_later() {
    let bed = linked();
    bed.fake.state().confluence.content_mut(101).status = Status::Archived;
    bed.fake.state().merge(1, false);
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | open"], "an archived page takes no changes");
    bed.fake.state().confluence.content_mut(101).status = Status::Current;
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 Work | merged | 1"]);
}
