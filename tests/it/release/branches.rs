//! Branches that are merged again and again, and commits that were picked from others.

use serde_json::json;

use super::Shop;
use super::parts::{commit, first_commit, follow_branch, numbers, stacked, without_page};
use fake::{Fault, FaultKind, Service};

/// The branch goes to `main` by a squash or with a merge commit.
fn bring(shop: &Shop, branch: &str, onto: &str, squash: bool) -> u64 {
    let id = shop.state().open_pull_request(branch, "Next version", "", &[]);
    shop.state().bitbucket.pull_request_mut(id).destination_branch = onto.to_owned();
    follow_branch(shop, id);
    if squash {
        shop.state().squash(id, false)
    } else {
        shop.state().merge(id, false)
    };
    id
}

#[test]
fn merge_back_brings_no_pull_requests_of_the_previous_release() {
    for squash in [false, true] {
        let mut shop = Shop::new("merged-back");
        commit(&shop, "develop", "begin to develop");
        shop.merged("hotfix", "ENG-1: mended on main");
        shop.tag("1.3.1", "main");
        shop.bed.run_twice();
        bring(&shop, "main", "develop", false);
        let id = stacked(&mut shop, "feature", "develop", "ENG-2: developed");
        shop.state().squash(id, true);
        bring(&shop, "develop", "main", squash);
        shop.tag("1.4.0", "main");
        assert_eq!(shop.bed.run_twice().exit.code(), 0);
        assert_eq!(shop.rows(101), ["#1 merged 1.3.1"], "{squash}");
        assert!(shop.rows(102).contains(&format!("#{id} merged 1.4.0")), "{squash}: {:?}", shop.rows(102));
    }
}

#[test]
fn pull_request_of_two_branches_is_listed_once() {
    let mut shop = Shop::new("two-ways");
    let main = shop.state().bitbucket.repositories[0].branches["main"].clone();
    shop.state().bitbucket.repositories[0].branches.insert("staging".to_owned(), main);
    commit(&shop, "develop", "begin to develop");
    let part = stacked(&mut shop, "part", "develop", "ENG-1: a part");
    shop.state().squash(part, true);
    let to_staging = bring(&shop, "develop", "staging", true);
    let to_main = bring(&shop, "develop", "main", true);
    let staging = bring(&shop, "staging", "main", false);
    shop.tag("1.4.0", "main");
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    let mut listed = numbers(&shop.json());
    listed.sort_unstable();
    assert_eq!(listed, [part, to_staging, to_main, staging]);
}

#[test]
fn branch_with_too_many_commits_leaves_the_release_incomplete() {
    let mut shop = Shop::new("long-branch");
    let upper = shop.linked("integration", "ENG-1: the whole", &["begin"]);
    let lower = stacked(&mut shop, "part", "integration", "ENG-2: a part");
    shop.state().squash(lower, true);
    for _ in 0..500 {
        commit(&shop, "integration", "more");
    }
    follow_branch(&shop, upper);
    shop.state().squash(upper, true);
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    let missing = format!("Not all pull requests that were merged into the branch of #{upper} are known.");
    assert_eq!((&shop.json()["complete"], &shop.json()["missing"]), (&false.into(), &json!([missing])));
}

#[test]
fn picked_commit_belongs_to_the_merge_among_many_with_it() {
    let mut shop = Shop::new("picked-among-many");
    let base = shop.state().bitbucket.repositories[0].branches["main"].clone();
    shop.state().bitbucket.repositories[0].branches.insert("release/1.3".to_owned(), base);
    let others = |shop: &Shop, from: u64| {
        for number in from..from + 25 {
            let id = shop.state().open_pull_request(&format!("b{number}"), "other work", "", &["work"]);
            shop.state().merge(id, true);
        }
    };
    others(&shop, 1);
    let id = shop.linked("picked", "ENG-1: needed in two versions", &["the fix", "its test"]);
    let own = first_commit(&shop, id);
    shop.state().merge(id, true);
    others(&shop, 101);
    commit(&shop, "release/1.3", &format!("the fix\n\n(cherry picked from commit {own})"));
    shop.tag("1.3.1", "release/1.3");
    shop.bed.run_twice();
    assert_eq!(numbers(&shop.json()), [id]);
}

#[test]
fn picked_commit_belongs_to_the_innermost_merge() {
    let mut shop = Shop::new("picked-innermost");
    let base = shop.state().bitbucket.repositories[0].branches["main"].clone();
    shop.state().bitbucket.repositories[0].branches.insert("release/1.3".to_owned(), base);
    commit(&shop, "develop", "begin to develop");
    let id = shop.linked("one", "ENG-1: needed in two versions", &["the fix", "its test"]);
    let own = first_commit(&shop, id);
    shop.state().merge(id, true);
    commit(&shop, "main", "straight to main");
    bring(&shop, "main", "develop", false);
    commit(&shop, "release/1.3", &format!("the fix\n\n(cherry picked from commit {own})"));
    shop.tag("1.3.1", "release/1.3");
    shop.bed.run_twice();
    assert_eq!(numbers(&shop.json()), [id]);
}

#[test]
fn picked_commit_of_a_squashed_branch_is_no_direct_push() {
    // The tip of the branch is known from the list, the others from the index of commits.
    for (messages, indexed) in [(&["the fix"][..], false), (&["the fix", "its test"], true)] {
        let mut shop = Shop::new("picked-and-squashed");
        let id = shop.linked("one", "ENG-1: squashed", messages);
        let own = first_commit(&shop, id);
        shop.state().squash(id, true);
        shop.state().bitbucket.pr_commit_links = indexed;
        commit(&shop, "main", &format!("the fix\n\n(cherry picked from commit {own})"));
        shop.tag("1.4.0", "main");
        shop.bed.run_twice();
        assert_eq!((numbers(&shop.json()), without_page(&shop.json())), (vec![id], Vec::new()));
    }
}

#[test]
fn picked_merge_is_known_from_the_list_alone() {
    let mut shop = Shop::new("picked-merge");
    let base = shop.state().bitbucket.repositories[0].branches["main"].clone();
    shop.state().bitbucket.repositories[0].branches.insert("release/1.3".to_owned(), base);
    let id = shop.linked("one", "ENG-1: needed in two versions", &["the fix"]);
    let merge = shop.state().merge(id, true);
    commit(&shop, "release/1.3", &format!("the fix\n\n(cherry picked from commit {merge})"));
    shop.tag("1.3.1", "release/1.3");
    shop.state().faults.push(Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path("/commit/"));
    let ran = shop.bed.run();
    assert_eq!((numbers(&shop.json()), shop.rows(101)), (vec![id], vec!["#1 merged 1.3.1".to_owned()]), "{}", ran.log);
}

#[test]
fn commit_picked_within_a_release_is_not_looked_up() {
    let mut shop = Shop::new("picked-within");
    let origin = commit(&shop, "main", "the fix");
    commit(&shop, "main", &format!("the fix again\n\n(cherry picked from commit {origin})"));
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    assert_eq!(without_page(&shop.json()), ["the fix again", "the fix"]);
    assert!(!shop.bed.fake.requests().iter().any(|one| one.request.path.contains("/commit/")));
}

#[test]
fn picked_commit_of_a_merge_in_its_release_is_no_direct_push() {
    let mut shop = Shop::new("picked-back");
    let base = shop.state().bitbucket.repositories[0].branches["main"].clone();
    shop.state().bitbucket.repositories[0].branches.insert("release/1.3".to_owned(), base);
    let id = shop.state().open_pull_request("fix", "No page", "", &["the fix"]);
    let own = first_commit(&shop, id);
    shop.state().merge(id, true);
    let mut origin = own;
    for _ in 0..2 {
        origin = commit(&shop, "release/1.3", &format!("picked\n\n(cherry picked from commit {origin})"));
    }
    commit(&shop, "release/1.3", "straight to the branch");
    bring(&shop, "release/1.3", "main", false);
    shop.state().bitbucket.repositories[0].pull_requests.pop();
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    let json = shop.json();
    let direct = json["commits_without_page"].as_array().unwrap().iter().filter(|one| one["pull_request"].is_null());
    let direct: Vec<_> = direct.filter_map(|one| one["message"].as_str()).collect();
    assert_eq!((numbers(&json), direct), (vec![id], vec!["straight to the branch"]));
}

#[test]
fn twenty_picked_commits_are_looked_up() {
    let mut shop = Shop::new("picked-often");
    for number in 0..21 {
        commit(&shop, "main", &format!("the fix\n\n(cherry picked from commit {number:040x})"));
    }
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    assert_eq!(shop.json()["missing"], json!(["Only 20 of 21 cherry-picked commits were looked up."]));
}

#[test]
fn commit_of_the_future_is_in_its_release() {
    for date in ["2026-11-25T00:00:00Z", "2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z"] {
        let mut shop = Shop::new("future");
        let id = shop.linked("one", "ENG-1: on a machine with another clock", &["work"]);
        let tip = shop.state().fast_forward(id, true);
        for commit in &mut shop.state().bitbucket.repositories[0].commits {
            if commit.hash == tip {
                commit.date = date.parse().unwrap();
            }
        }
        shop.tag("1.4.0", "main");
        let ran = shop.bed.run_twice();
        assert_eq!(shop.rows(101), ["#1 merged 1.4.0"], "{date}: {}", ran.log);
    }
}
