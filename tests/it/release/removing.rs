//! One release is removed from all pages, and nothing else.

use super::{Shop, shipped};
use fake::{Fault, FaultKind, Service};

/// The variables of a pipeline that removes a release.
fn removing(shop: &mut Shop, release: &str) {
    shop.unset("BITBUCKET_TAG");
    for (name, value) in [("BITBUCKET_BRANCH", "main"), ("ACTION", "remove"), ("RELEASE_VERSION", release)] {
        shop.set(name, value);
    }
}

#[test]
fn removing_a_release_changes_nothing_else() {
    let mut shop = shipped("remove");
    shop.bed.run_twice();
    shop.tag("14.0.0", "main");
    shop.bed.run_twice();
    // The same commit is no range, so a mistaken tag comes one commit later.
    shop.merged("six", "ENG-2: one more");
    shop.tag("14.0.1", "main");
    shop.bed.run_twice();
    let mistaken = shop.rows(102);
    assert!(mistaken.iter().any(|row| row.contains("14.0.1")), "{mistaken:?}");
    removing(&mut shop, "v14.0.1");
    shop.set("DRY_RUN", "true");
    let before = shop.bed.fake.what_people_see();
    let ran = shop.bed.run_twice();
    assert!(ran.log.contains("release 14.0.1 would be removed from 1 page"), "{}", ran.log);
    assert_eq!(shop.bed.fake.what_people_see(), before);
    shop.unset("DRY_RUN");
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), ran.writes.len()), (0, 1), "{}", ran.log);
    assert!(ran.log.contains("Release 14.0.1 removed from 1 page; labels stay"), "{}", ran.log);
    let reads_others = |one: &fake::Recorded| one.request.path.ends_with("/pages/101/footer-comments");
    assert!(!shop.bed.fake.requests().iter().any(reads_others), "a page without the release isn't read");
    let wanted: Vec<String> = mistaken.iter().map(|row| row.replace(", 14.0.1", "").replace(" 14.0.1", "")).collect();
    assert_eq!(shop.rows(102), wanted);
    assert!(shop.rows(101).iter().any(|row| row.contains("1.4.0")));
}

#[test]
fn page_that_accepts_no_changes_keeps_a_release() {
    let mut shop = shipped("remove-read-only");
    shop.bed.run_twice();
    shop.state().confluence.content_mut(102).labels.push("no-pr-links".to_owned());
    removing(&mut shop, "1.4.0");
    let ran = shop.bed.run_twice();
    assert!(ran.log.contains("Release 1.4.0 removed from 2 pages; 1 page kept it; labels stay"), "{}", ran.log);
    assert_eq!((shop.rows(102), shop.rows(103)), (vec!["#2 merged 1.4.0".to_owned()], vec!["#3 merged".to_owned()]));
}

#[test]
fn removed_release_can_be_written_again() {
    let mut shop = shipped("again");
    shop.bed.run_twice();
    let rows = |shop: &Shop| [shop.rows(101), shop.rows(102), shop.rows(103)];
    let before = rows(&shop);
    removing(&mut shop, "1.4.0");
    shop.bed.run_twice();
    assert_eq!(shop.rows(102), ["#2 merged"]);
    shop.set("ACTION", "release");
    shop.bed.run_twice();
    assert_eq!(rows(&shop), before);
}

#[test]
fn removal_whose_search_fails_or_is_capped_is_reported() {
    for capped in [false, true] {
        let mut shop = shipped("remove-unsure");
        shop.bed.run_twice();
        removing(&mut shop, "1.4.0");
        shop.search_finds_not_all(capped);
        let ran = shop.bed.run();
        assert_eq!((ran.exit.code(), shop.rows(102)), (1, vec!["#2 merged 1.4.0".to_owned()]), "{}", ran.log);
        assert_eq!(ran.log.contains("so some pages may keep it"), capped, "{}", ran.log);
    }
}

#[test]
fn removal_says_how_far_it_got_when_it_is_limited() {
    let mut shop = shipped("remove-limited");
    shop.bed.run_twice();
    removing(&mut shop, "1.4.0");
    let limited = Fault::always(FaultKind::too_many_requests("1")).at(Service::Confluence).method("PUT");
    shop.state().faults.push(Fault { skip: 1, ..limited });
    let ran = shop.bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    let said = "rate limited: 1 of 3 pages are done; the next run continues there";
    assert_eq!(ran.log.matches(said).count(), 1, "{}", ran.log);
    shop.state().faults.clear();
    assert_eq!(shop.bed.run_twice().writes.len(), 2);
}

#[test]
fn removal_without_the_identity_of_the_repository_is_reported() {
    let mut shop = shipped("remove-no-uuid");
    shop.bed.run_twice();
    removing(&mut shop, "1.4.0");
    shop.unset("BITBUCKET_REPO_UUID");
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), shop.rows(102)), (1, vec!["#2 merged 1.4.0".to_owned()]), "{}", ran.log);
}

#[test]
fn removal_of_an_old_release_looks_at_rows_of_any_age() {
    let mut shop = shipped("remove-old");
    shop.bed.run_twice();
    removing(&mut shop, "1.4.0");
    shop.set("DAYS", "1");
    for comment in &mut shop.state().confluence.comments {
        for version in &mut comment.versions {
            version.at = "2026-01-05T00:00:00Z".parse().unwrap();
        }
    }
    shop.bed.run_twice();
    assert_eq!(shop.rows(102), ["#2 merged"]);
}
