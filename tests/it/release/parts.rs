//! The contents of a release: merges of every strategy, stacked pull requests, back-ports, direct pushes.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Shop;
use fake::{Account, Fault, FaultKind, Service, State};

pub(super) fn numbers(json: &Value) -> Vec<u64> {
    json["pull_requests"].as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect()
}

pub(super) fn without_page(json: &Value) -> Vec<&str> {
    json["commits_without_page"].as_array().unwrap().iter().map(|commit| commit["message"].as_str().unwrap()).collect()
}

/// Somebody commits to a branch; gives the commit.
pub(super) fn commit(shop: &Shop, branch: &str, message: &str) -> String {
    let mut state = shop.state();
    let State { bitbucket, clock, .. } = &mut *state;
    bitbucket.repositories[0].commit(clock, branch, message)
}

/// The first commit of a pull request, which is not the tip of its branch.
pub(super) fn first_commit(shop: &Shop, id: u64) -> String {
    shop.state().bitbucket.pull_request(id).commits.last().unwrap().clone()
}

/// Everything that happened so far in the repository happened so many days earlier.
fn age(shop: &Shop, days: i64) {
    let mut state = shop.state();
    let repository = &mut state.bitbucket.repositories[0];
    let dates = repository.pull_requests.iter_mut().flat_map(|one| [&mut one.created_on, &mut one.updated_on]);
    for date in dates.chain(repository.commits.iter_mut().map(|one| &mut one.date)) {
        *date -= SignedDuration::from_hours(24 * days);
    }
}

/// The source branch of a pull request as it is now, after merges into it.
pub(super) fn follow_branch(shop: &Shop, id: u64) {
    let mut state = shop.state();
    let branch = state.bitbucket.pull_request(id).source_branch.clone();
    let tip = state.bitbucket.repositories[0].branches[&branch].clone();
    state.bitbucket.pull_request_mut(id).source_commit = tip;
}

pub(super) fn stacked(shop: &mut Shop, branch: &str, onto: &str, title: &str) -> u64 {
    let id = shop.state().open_stacked_pull_request(branch, onto, title, &["work"]);
    shop.unset("BITBUCKET_TAG");
    shop.set("BITBUCKET_PR_ID", &id.to_string());
    shop.bed.at_tip(id);
    assert_eq!(shop.bed.run().exit.code(), 0);
    id
}

#[test]
fn release_contains_pull_requests_of_every_strategy() {
    for reword in [false, true] {
        let mut shop = Shop::new("strategies");
        let merges = [State::merge, State::squash, State::fast_forward];
        for (number, merge) in merges.into_iter().enumerate() {
            let id = shop.linked(&format!("b{number}"), &format!("ENG-{}: work", number + 1), &["one", "two"]);
            let main = shop.state().bitbucket.repositories[0].branches["main"].clone();
            if number == 2 {
                // Moving forward takes a branch that begins at the tip.
                let mut state = shop.state();
                let commits = state.bitbucket.pull_request(id).commits.clone();
                let first = commits.last().unwrap().clone();
                let own = state.bitbucket.repositories[0].commits.iter_mut().find(|one| one.hash == first).unwrap();
                own.parents = vec![main.clone()];
            }
            let merged = merge(&mut shop.state(), id, true);
            if reword {
                shop.state().reword(&merged, "any words");
            }
        }
        let four = shop.linked("four", "ENG-4: rebased", &["one", "two"]);
        shop.state().rebase(four, !reword, true);
        shop.tag("1.4.0", "main");
        let ran = shop.bed.run_twice();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        for (page, number) in (101..=104).zip(1..) {
            assert_eq!(shop.rows(page), [format!("#{number} merged 1.4.0")], "{page}");
        }
    }
}

#[test]
fn release_contains_stacked_pull_requests() {
    for squash in [false, true] {
        let mut shop = Shop::new("stacked");
        let upper = shop.linked("integration", "ENG-1: the whole", &["begin"]);
        let lower = stacked(&mut shop, "part", "integration", "ENG-2: a part");
        let lowest = stacked(&mut shop, "piece", "part", "ENG-3: a piece of it");
        shop.state().squash(lowest, true);
        follow_branch(&shop, lower);
        shop.state().squash(lower, true);
        follow_branch(&shop, upper);
        if squash {
            shop.state().squash(upper, true)
        } else {
            shop.state().merge(upper, true)
        };
        shop.merged("other", "ENG-4: next to it");
        shop.tag("1.4.0", "main");
        shop.bed.run_twice();
        // The pull request above mentions what was merged into it, too.
        for (page, number) in (101..=104).zip(1..) {
            assert!(shop.rows(page).contains(&format!("#{number} merged 1.4.0")), "{page}: {:?}", shop.rows(page));
        }
    }
}

#[test]
fn commit_of_two_pull_requests_has_a_page_when_one_of_them_has() {
    let mut shop = Shop::new("shared-commits");
    let upper = shop.linked("integration", "ENG-1: the whole", &["begin"]);
    let lower = stacked(&mut shop, "part", "integration", "no page");
    shop.state().merge(lower, true);
    follow_branch(&shop, upper);
    shop.state().merge(upper, true);
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    assert_eq!((numbers(&shop.json()), without_page(&shop.json())), (vec![lower, upper], Vec::new()));
}

#[test]
fn stacked_pull_requests_of_long_ago_are_in_the_release() {
    let mut shop = Shop::new("long-ago");
    let upper = shop.linked("integration", "ENG-1: the whole", &["begin"]);
    let lower = stacked(&mut shop, "part", "integration", "ENG-2: a part");
    let lowest = stacked(&mut shop, "detail", "part", "ENG-3: a detail");
    for (id, onto) in [(lowest, lower), (lower, upper)] {
        shop.state().squash(id, true);
        follow_branch(&shop, onto);
    }
    age(&shop, 40);
    shop.state().squash(upper, true);
    shop.tag("1.4.0", "main");
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    let rows = [101, 102, 103].map(|page| shop.rows(page));
    assert!(rows.iter().all(|rows| rows.len() == 1 && rows[0].ends_with(" merged 1.4.0")), "{rows:?}");

    shop.state().faults.push(Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path("source.branch.name ="));
    assert_eq!(shop.bed.run_twice().exit.code(), 1);
    assert_eq!(shop.json()["missing"][0], "Not all stacked pull requests could be listed.");
    assert_eq!([101, 102, 103].map(|page| shop.rows(page)), rows);
}

#[test]
fn more_stacked_pull_requests_than_are_listed_keep_the_name() {
    let mut shop = Shop::new("crowded-branch");
    let upper = shop.linked("integration", "ENG-1: the whole", &["begin"]);
    let first = stacked(&mut shop, "part", "integration", "ENG-2: a part");
    shop.state().squash(first, true);
    for number in 0..55 {
        let id = shop.state().open_stacked_pull_request(&format!("b{number}"), "integration", "Part", &["work"]);
        shop.state().squash(id, true);
    }
    follow_branch(&shop, upper);
    shop.state().squash(upper, true);
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    let released = [format!("#{first} merged 1.4.0")];
    assert_eq!(shop.rows(102), released);
    for one in &mut shop.state().bitbucket.repositories[0].pull_requests {
        if one.id != upper {
            one.updated_on -= SignedDuration::from_hours(24 * 40);
        }
    }
    shop.bed.run_twice();
    assert_eq!(shop.rows(102), released);
}

#[test]
fn stacked_pull_request_belongs_to_the_next_merge_of_its_branch() {
    let mut shop = Shop::new("long-lived");
    commit(&shop, "develop", "begin to develop");
    let release = |shop: &mut Shop, feature: &str, title: &str, tag: &str| {
        let id = stacked(shop, feature, "develop", title);
        shop.state().squash(id, true);
        age(shop, 40);
        let upper = shop.state().open_pull_request("develop", "Next version", "", &[]);
        // Its destination is main, and develop has what was merged into it.
        follow_branch(shop, upper);
        shop.state().squash(upper, false);
        shop.tag(tag, "main");
        assert_eq!(shop.bed.run_twice().exit.code(), 0);
    };
    release(&mut shop, "one", "ENG-1: for the first", "1.4.0");
    release(&mut shop, "two", "ENG-2: for the second", "1.5.0");
    assert_eq!(
        (shop.rows(101), shop.rows(102)),
        (vec!["#1 merged 1.4.0".to_owned()], vec!["#3 merged 1.5.0".to_owned()])
    );
}

#[test]
fn branch_that_went_elsewhere_before_brings_its_pull_requests() {
    let mut shop = Shop::new("elsewhere");
    let main = shop.state().bitbucket.repositories[0].branches["main"].clone();
    shop.state().bitbucket.repositories[0].branches.insert("staging".to_owned(), main);
    commit(&shop, "develop", "begin to develop");
    let one = stacked(&mut shop, "one", "develop", "ENG-1: a part");
    shop.state().squash(one, true);
    for onto in ["staging", "main"] {
        let upper = shop.state().open_pull_request("develop", "Next version", "", &[]);
        shop.state().bitbucket.pull_request_mut(upper).destination_branch = onto.to_owned();
        follow_branch(&shop, upper);
        shop.state().squash(upper, false);
    }
    shop.tag("1.4.0", "main");
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    assert_eq!(shop.rows(101), ["#1 merged 1.4.0"]);
}

#[test]
fn branch_with_a_reused_name_brings_only_its_own_pull_requests() {
    let mut shop = Shop::new("used-again");
    let mut commits = Vec::new();
    for (feature, title, tag) in [("one", "ENG-1: a part", "1.4.0"), ("two", "ENG-2: a part", "1.5.0")] {
        let upper = shop.state().open_pull_request("sprint", "The sprint", "", &["begin"]);
        let lower = stacked(&mut shop, feature, "sprint", title);
        shop.state().squash(lower, true);
        follow_branch(&shop, upper);
        shop.state().squash(upper, true);
        shop.tag(tag, "main");
        assert_eq!(shop.bed.run_twice().exit.code(), 0);
        commits.push(shop.bed.variables["BITBUCKET_COMMIT"].clone());
    }
    // Bitbucket knows the commits of neither branch any more.
    for (tag, commit, contents, missing) in [
        ("1.4.0", 0, [1, 2], json!([])),
        ("1.5.0", 1, [3, 4], json!([])),
        // What is not certain takes the name from no row.
        ("1.5.0", 0, [1, 2], json!(["Rows that may be outside the release keep its name."])),
    ] {
        let gone = Fault::always(FaultKind::refused(404)).at(Service::Bitbucket).path("/commits?include=");
        shop.state().faults = vec![Fault { skip: 1, ..gone }];
        shop.set("BITBUCKET_TAG", tag);
        shop.set("BITBUCKET_COMMIT", &commits[commit]);
        shop.bed.run();
        assert_eq!((numbers(&shop.json()), &shop.json()["missing"]), (contents.to_vec(), &missing), "{tag}");
        assert!(shop.rows(102).iter().all(|row| row.ends_with("1.5.0")), "{:?}", shop.rows(102));
    }
}

#[test]
fn comment_on_an_ended_pull_request_changes_no_release() {
    let mut shop = Shop::new("commented");
    commit(&shop, "develop", "begin to develop");
    let mut uppers = Vec::new();
    for (feature, title, tag) in [("one", "ENG-1: for the first", "1.4.0"), ("two", "ENG-2: for the second", "1.5.0")] {
        let id = stacked(&mut shop, feature, "develop", title);
        shop.state().squash(id, true);
        let upper = shop.state().open_pull_request("develop", "Next version", "", &[]);
        follow_branch(&shop, upper);
        shop.state().squash(upper, false);
        shop.tag(tag, "main");
        assert_eq!(shop.bed.run_twice().exit.code(), 0);
        uppers.push((upper, shop.bed.variables["BITBUCKET_COMMIT"].clone()));
    }
    // A person comments on the pull request of the first release, and its pipeline runs again.
    let (upper, commit) = uppers.swap_remove(0);
    shop.state().clock.advance(3_600);
    let now = shop.state().clock.ago(0);
    shop.state().bitbucket.pull_request_mut(upper).updated_on = now;
    shop.set("BITBUCKET_TAG", "1.4.0");
    shop.set("BITBUCKET_COMMIT", &commit);
    assert_eq!(shop.bed.run_twice().writes, Vec::<String>::new());
    assert_eq!(
        (shop.rows(101), shop.rows(102)),
        (vec!["#1 merged 1.4.0".to_owned()], vec!["#3 merged 1.5.0".to_owned()])
    );
}

#[test]
fn release_that_is_not_wholly_known_takes_its_name_from_no_row() {
    // The merges of neither are reached from the release: the one was picked, the other squashed with its branch.
    for path in ["/commit/", "/pullrequests?", "/commits?include="] {
        let mut shop = Shop::new("keeps-its-name");
        let base = shop.state().bitbucket.repositories[0].branches["main"].clone();
        shop.state().bitbucket.repositories[0].branches.insert("release/1.3".to_owned(), base);
        let picked = shop.linked("picked", "ENG-1: needed in two versions", &["the fix", "its test"]);
        let own = first_commit(&shop, picked);
        shop.state().merge(picked, true);
        commit(&shop, "release/1.3", &format!("the fix\n\n(cherry picked from commit {own})"));
        let upper = shop.linked("integration", "ENG-2: the whole", &["begin"]);
        let lower = stacked(&mut shop, "part", "integration", "ENG-3: a part");
        shop.state().squash(lower, true);
        follow_branch(&shop, upper);
        shop.state().bitbucket.pull_request_mut(upper).destination_branch = "release/1.3".to_owned();
        shop.state().squash(upper, false);
        shop.tag("1.3.1", "release/1.3");
        shop.bed.run_twice();
        let rows = || [shop.rows(101), shop.rows(102), shop.rows(103)];
        let before = rows();
        assert!(before.iter().all(|rows| rows.iter().all(|row| row.ends_with("1.3.1"))), "{before:?}");
        let mut fault = Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path(path);
        // The first of these lists holds the commits of the release.
        fault.skip = usize::from(path == "/commits?include=");
        shop.state().faults.push(fault);
        let ran = shop.bed.run_twice();
        assert_eq!((ran.exit.code(), rows()), (1, before), "{path}: {}", ran.log);
        assert_eq!(shop.json()["complete"], false, "{path}");
    }
}

#[test]
fn back_port_with_a_noted_origin_belongs_to_its_pull_request() {
    // Picked are a commit of the branch, its squash, and its merge.
    for (squash, picks_the_merge) in [(false, false), (true, true), (false, true)] {
        let mut shop = Shop::new("picked");
        let base = shop.state().bitbucket.repositories[0].branches["main"].clone();
        shop.state().bitbucket.repositories[0].branches.insert("release/1.3".to_owned(), base);
        let id = shop.linked("one", "ENG-1: needed in two versions", &["the fix", "its test"]);
        shop.linked("two", "ENG-2: open", &["work"]);
        shop.merged("three", "ENG-3: merged before");
        let own = first_commit(&shop, id);
        let merge = if squash { shop.state().squash(id, true) } else { shop.state().merge(id, true) };
        shop.merged("four", "ENG-4: merged later");
        shop.tag("1.4.0", "main");
        shop.bed.run_twice();
        let origin = if picks_the_merge { merge } else { own };
        // Weeks later.
        age(&shop, 40);
        let picked = commit(&shop, "release/1.3", &format!("the fix\n\n(cherry picked from commit {origin})"));
        commit(&shop, "release/1.3", "straight to the branch");
        shop.tag("1.3.1", "release/1.3");
        let ran = shop.bed.run_twice();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert_eq!(shop.rows(101), ["#1 merged 1.4.0, 1.3.1"], "{squash} {picks_the_merge}: {}", ran.log);
        assert_eq!(
            (shop.rows(103), shop.rows(104)),
            (vec!["#3 merged 1.4.0".to_owned()], vec!["#4 merged 1.4.0".to_owned()])
        );
        assert_eq!((numbers(&shop.json()), without_page(&shop.json())), (vec![1], vec!["straight to the branch"]));
        assert!(picked.len() == 40);
    }
}

#[test]
fn picked_commit_of_an_unknown_origin_is_a_direct_push() {
    let mut shop = Shop::new("picked-unknown");
    commit(&shop, "main", &format!("the fix\n\n(cherry picked from commit {})", "a".repeat(40)));
    shop.tag("1.4.0", "main");
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!((without_page(&shop.json()), &shop.json()["complete"]), (vec!["the fix"], &true.into()));
}

#[test]
fn direct_push_below_a_fast_forward_stays_listed() {
    for earlier in [false, true] {
        let mut shop = Shop::new("forwarded");
        if earlier {
            shop.merged("one", "ENG-1: earlier");
        }
        let id = shop.linked("two", "ENG-2: moved forward", &["feature work"]);
        let direct = commit(&shop, "main", "direct push");
        {
            let mut state = shop.state();
            let State { bitbucket, clock, .. } = &mut *state;
            let tip = bitbucket.pull_request(id).source_commit.clone();
            let parents = vec![tip, direct];
            let tip = bitbucket.repositories[0].commit_with_parents(clock, "two", "Merge main into two", parents);
            bitbucket.pull_request_mut(id).source_commit = tip;
            state.fast_forward(id, true);
        }
        shop.tag("1.4.0", "main");
        shop.bed.run_twice();
        assert_eq!(shop.rows(102), [format!("#{id} merged 1.4.0")]);
        assert_eq!(without_page(&shop.json()), ["direct push"]);
    }
}

#[test]
fn pull_request_a_little_older_than_its_commits_is_found() {
    let mut shop = Shop::new("leeway");
    shop.merged("one", "ENG-1: on a machine with another clock");
    {
        let mut state = shop.state();
        let earlier = state.clock.ago(20 * 3_600);
        state.bitbucket.pull_request_mut(1).updated_on = earlier;
    }
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    assert_eq!(shop.rows(101), ["#1 merged 1.4.0"]);
}

#[test]
fn authors_are_those_of_pull_requests_and_commits() {
    let mut shop = Shop::new("authors");
    shop.merged("one", "ENG-1: by a developer");
    let pushed = commit(&shop, "main", "by somebody else");
    {
        let mut state = shop.state();
        let commits = &mut state.bitbucket.repositories[0].commits;
        commits.iter_mut().find(|one| one.hash == pushed).unwrap().author = Some(Account::somebody_else());
        for one in commits.iter_mut().filter(|one| one.hash != pushed) {
            one.author = None;
        }
    }
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    let wanted = [Account::developer().account_id, Account::somebody_else().account_id];
    assert_eq!(shop.json()["authors"], serde_json::json!(wanted));
}

#[test]
fn merged_list_is_read_up_to_ten_pages() {
    let mut shop = Shop::new("ten-pages");
    shop.merged("one", "ENG-1: work");
    {
        let mut state = shop.state();
        let first = state.bitbucket.pull_request(1).clone();
        for id in 2..=520 {
            let mut other = first.clone();
            (other.id, other.merge_commit) = (id, Some("0123456789abcdef0123456789abcdef01234567".to_owned()));
            state.bitbucket.repositories[0].pull_requests.push(other);
        }
    }
    shop.tag("1.4.0", "main");
    let ran = shop.bed.run();
    assert_eq!((ran.exit.code(), &shop.json()["complete"]), (1, &false.into()), "{}", ran.log);
    assert_eq!(shop.json()["missing"][0], "Not all merged pull requests could be listed.");
    let is_page = |one: &&fake::Recorded| one.request.query.iter().any(|(_, value)| value.contains("updated_on >="));
    assert_eq!(shop.bed.fake.requests().iter().filter(is_page).count(), 10);
}
