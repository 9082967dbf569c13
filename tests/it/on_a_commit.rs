//! A custom pipeline that was started on a commit: Bitbucket names no branch, tag or pull request.

use crate::bed::Bed;
use crate::binary::Place;
use crate::linking::simple;
use crate::{reconcile, release, remove};

/// The same step as a pipeline of a commit.
pub(crate) fn on_a_commit(mut bed: Bed) -> Bed {
    for name in ["BITBUCKET_PR_ID", "BITBUCKET_BRANCH", "BITBUCKET_TAG", "BITBUCKET_PR_DESTINATION_BRANCH"] {
        bed.variables.remove(name);
    }
    bed
}

#[test]
fn linking_on_a_commit_ends_with_one_sentence() {
    for action in ["auto", "link"] {
        let bed = on_a_commit(simple()).with("ACTION", action);
        let ran = bed.run_twice();
        assert_eq!((ran.exit.code(), bed.fake.requests().len()), (0, 0), "{action}: {}", ran.log);
        assert_eq!(ran.log.matches("runs on a commit without a branch or pull request").count(), 1, "{}", ran.log);
    }
}

#[test]
fn requirements_are_not_verified_on_a_commit() {
    let bed = on_a_commit(simple()).with("REQUIRE", "link");
    let ran = bed.run();
    assert_eq!((ran.exit.code(), bed.fake.requests().len()), (5, 0), "{}", ran.log);
}

#[test]
fn actions_that_need_no_branch_work_on_a_commit() {
    let bed = on_a_commit(reconcile::three());
    bed.fake.state().decline(2);
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert!(!ran.writes.is_empty(), "{}", ran.log);

    let adopting = on_a_commit(simple()).with("ACTION", "backfill");
    adopting.run_twice();
    assert_eq!(adopting.only_rows(101).len(), 1);

    let leaving = on_a_commit(remove::pilot());
    assert_eq!(leaving.run_twice().exit.code(), 0);
    assert_eq!((leaving.comments(1).len(), leaving.only_rows(101).len()), (0, 1), "another repository's row stays");

    let checked = on_a_commit(simple()).with("ACTION", "check").run();
    assert_eq!(checked.exit.code(), 0, "{}", checked.log);

    let place = Place::new();
    let reviewed = on_a_commit(simple()).with("ACTION", "review").with("OUTPUT_DIR", &place.text()).run();
    assert_eq!(reviewed.exit.code(), 0, "{}", reviewed.log);

    let shop = release::shipped("on-a-commit");
    let bed = on_a_commit(shop.bed).with("ACTION", "release").with("RELEASE_VERSION", "1.4.0");
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
}

#[test]
fn outside_a_pipeline_a_run_is_refused() {
    for action in ["auto", "reconcile", "check"] {
        let mut bed = on_a_commit(simple()).with("ACTION", action);
        bed.variables.remove("BITBUCKET_REPO_FULL_NAME");
        let ran = bed.run();
        assert_eq!((ran.exit.code(), bed.fake.requests().len()), (2, 0), "{}", ran.log);
        assert!(ran.log.contains("ERROR: BITBUCKET_REPO_FULL_NAME is missing"), "{}", ran.log);
    }
}
