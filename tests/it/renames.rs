//! Renames of repository, workspace and site.

use crate::bed::{Bed, Ran};
use crate::pull_request_states::on_branch;
use crate::rows::{SHOP, comparable, indexes, linked, links, row_text, tables};
use fake::{Account, CLOUD_ID, Fault, FaultKind, State};

/// Pull requests 1 and 2 are linked to page 101; the step is of the first.
fn two() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.open_pull_request("one", "ENG-1 one", "", &["x"]);
    state.open_pull_request("two", "ENG-1 two", "", &["y"]);
    let bed = of(Bed::new(state, 2).with("BITBUCKET_REPO_UUID", &format!("{{{SHOP}}}")), 2);
    bed.run_twice();
    let bed = of(bed, 1);
    bed.run_twice();
    bed
}

fn of(bed: Bed, id: u64) -> Bed {
    let mut bed = bed.with("BITBUCKET_PR_ID", &id.to_string());
    bed.at_tip(id);
    bed
}

const RENAMES: [&str; 3] = ["acme/store", "globex/shop", "globex/store"];

/// The repository has another name, and the next step knows it.
fn renamed(bed: Bed, name: &str) -> Bed {
    bed.fake.state().rename_repository("acme/shop", name);
    let (workspace, slug) = name.split_once('/').unwrap();
    let bed = bed.with("BITBUCKET_REPO_FULL_NAME", name).with("BITBUCKET_WORKSPACE", workspace);
    bed.with("BITBUCKET_REPO_SLUG", slug)
}

fn reports(bed: &Bed) -> Vec<(String, String)> {
    let state = bed.fake.state();
    let mut reports: Vec<_> =
        state.bitbucket.repositories[0].reports.iter().map(|it| (it.commit.clone(), it.id.clone())).collect();
    reports.sort();
    reports
}

fn names(bed: &Bed) -> Vec<String> {
    let mut names = linked(bed, 101);
    names.sort();
    names
}

fn is_well(ran: &Ran) {
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
}

#[test]
fn renamed_repository_keeps_its_rows_its_comment_and_its_report() {
    for name in RENAMES {
        let bed = two();
        let before = reports(&bed);
        let bed = renamed(bed, name);
        let ran = bed.run_twice();
        is_well(&ran);
        assert_eq!(names(&bed), [format!("{name}#1"), format!("{name}#2")], "{}", ran.log);
        assert_eq!((tables(&bed, 101).len(), bed.comments(1).len()), (1, 1), "{}", ran.log);
        assert_eq!(reports(&bed), before, "{}", ran.log);
        assert!(links(&bed, 101).iter().all(|link| link.contains(SHOP)), "{:?}", links(&bed, 101));
    }
}

#[test]
fn merge_after_a_rename_changes_the_row_that_is_there() {
    for name in RENAMES {
        let bed = two();
        bed.fake.state().merge(1, true);
        let mut bed = renamed(bed, name);
        on_branch(&mut bed, "main");
        let ran = bed.run_twice();
        is_well(&ran);
        assert_eq!(names(&bed).len(), 2, "{}", ran.log);
        assert!(row_text(&bed, 101, 1).contains("merged"), "{}", ran.log);
    }
}

#[test]
fn reconcile_after_a_rename_leaves_one_row_for_each() {
    let bed = two();
    bed.fake.state().decline(1);
    let mut bed = renamed(bed, "globex/store").with("ACTION", "reconcile");
    on_branch(&mut bed, "main");
    let ran = bed.run_twice();
    is_well(&ran);
    assert_eq!(names(&bed), ["globex/store#2"], "{}", ran.log);
}

#[test]
fn remove_after_a_rename_leaves_nothing() {
    for lost in [false, true] {
        let bed = two();
        if lost {
            let comment = bed.fake.state().bitbucket.pull_request(1).comments[0].id;
            bed.fake.state().delete_comment(1, comment);
        }
        let mut bed = renamed(bed, "globex/store").with("ACTION", "remove");
        on_branch(&mut bed, "main");
        let ran = bed.run_twice();
        is_well(&ran);
        assert_eq!(names(&bed), Vec::<String>::new(), "{}", ran.log);
        assert_eq!([1, 2].map(|id| bed.comments(id).len()), [0, 0], "{}", ran.log);
        assert_eq!(reports(&bed), [], "{}", ran.log);
    }
}

#[test]
fn unlinking_after_a_rename_takes_the_old_row() {
    let bed = two();
    bed.fake.state().bitbucket.pull_request_mut(1).title = "nothing".to_owned();
    let bed = renamed(bed, "acme/store");
    let ran = bed.run_twice();
    is_well(&ran);
    assert_eq!(names(&bed), ["acme/store#2"], "{}", ran.log);
}

#[test]
fn old_name_of_the_step_makes_no_fork() {
    let bed = two();
    bed.fake.state().rename_repository("acme/shop", "globex/store");
    bed.fake.state().bitbucket.repositories[0].former_names.push("acme/shop".to_owned());
    let bed = bed.with("REQUIRE", "link");
    let ran = bed.run();
    is_well(&ran);
    assert_eq!(names(&bed).len(), 2, "{}", ran.log);
    assert_eq!((tables(&bed, 101).len(), bed.comments(1).len()), (1, 1), "{}", ran.log);
    bed.nothing_is_left_to_do();
}

#[test]
fn repository_that_took_the_old_name_is_another_one() {
    let bed = two();
    let mut bed = renamed(bed, "acme/store");
    is_well(&bed.run());
    {
        let mut state = bed.fake.state();
        state.add_repository("acme/shop");
        state.open_pull_request_in("acme/shop", "one", "ENG-1 of the new one", "", &["x"]);
    }
    bed.variables.insert("BITBUCKET_REPO_FULL_NAME".to_owned(), "acme/shop".to_owned());
    bed.variables.insert("BITBUCKET_ACCESS_TOKEN".to_owned(), "token-of-acme-shop".to_owned());
    bed.variables.insert("BITBUCKET_REPO_UUID".to_owned(), "{11111111-0000-4000-8000-000000000002}".to_owned());
    let ran = bed.run_twice();
    is_well(&ran);
    assert_eq!(names(&bed), ["acme/shop#1", "acme/store#1", "acme/store#2"], "{}", ran.log);
}

#[test]
fn pull_request_from_another_repository_is_a_fork() {
    for source in [Some("acme/shop-of-somebody".to_owned()), None] {
        let mut state = State::default();
        state.add_page(101, "ENG", "ENG-1 Page");
        let id = state.open_pull_request("one", "ENG-1", "", &["x"]);
        state.bitbucket.pull_request_mut(id).source_repository = source;
        let bed = Bed::new(state, id);
        let ran = bed.run_twice();
        is_well(&ran);
        assert_eq!((tables(&bed, 101).len(), bed.comments(1).len()), (0, 0), "{}", ran.log);
    }
}

/// The site has another host, and the next step knows it; with or without the old one as an alias.
fn moved(bed: Bed, alias: bool) -> Bed {
    let old = bed.fake.confluence_url().trim_start_matches("http://").to_owned();
    let new = bed.fake.rename_site();
    let bed = bed.with("CONFLUENCE_BASE_URL", &new);
    if alias { bed.with("CONFLUENCE_SITE_ALIASES", &old) } else { bed }
}

fn no_cloud_id() -> Fault {
    Fault::always(FaultKind::status(404)).path("/_edge/tenant_info")
}

fn host(bed: &Bed) -> String {
    bed.variables["CONFLUENCE_BASE_URL"].trim_start_matches("http://").to_owned()
}

#[test]
fn renamed_site_keeps_its_comment_and_its_report() {
    for alias in [false, true] {
        let bed = two();
        let before = reports(&bed);
        let bed = moved(bed, alias);
        let ran = bed.run_twice();
        is_well(&ran);
        assert_eq!((bed.comments(1).len(), reports(&bed)), (1, before), "{alias}: {}", ran.log);
        let raw = bed.fake.pull_request_comments(1).remove(0);
        assert!(raw.contains(&host(&bed)) && !raw.contains("127.0.0.1"), "{alias}: {raw}");
        assert_eq!(names(&bed).len(), 2, "{alias}: {}", ran.log);
    }
}

#[test]
fn pages_linked_before_the_site_was_renamed_are_unlinked() {
    for alias in [false, true] {
        let bed = moved(two(), alias);
        bed.fake.state().bitbucket.pull_request_mut(1).title = "nothing".to_owned();
        let ran = bed.run_twice();
        is_well(&ran);
        assert_eq!((names(&bed), bed.comments(1).len()), (vec!["acme/shop#2".to_owned()], 0), "{alias}: {}", ran.log);
    }
}

#[test]
fn unread_cloud_id_leaves_comment_and_report_as_they_are() {
    let bed = two();
    let before = bed.fake.what_people_see();
    bed.fake.state().faults.push(no_cloud_id());
    let ran = bed.run();
    is_well(&ran);
    assert_eq!(bed.fake.what_people_see(), before, "{}", ran.log);
}

#[test]
fn alias_stands_in_for_an_unread_cloud_id() {
    let bed = moved(two(), true);
    bed.fake.state().faults.push(no_cloud_id());
    let ran = bed.run();
    is_well(&ran);
    assert_eq!((bed.comments(1).len(), names(&bed).len()), (1, 2), "{}", ran.log);
    bed.fake.state().faults.clear();
    bed.run();
    assert_eq!(bed.comments(1).len(), 1);
    bed.nothing_is_left_to_do();
}

#[test]
fn comment_with_the_host_alone_is_adopted_later() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    let id = state.open_pull_request("one", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id);
    bed.fake.state().faults.push(no_cloud_id());
    let ran = bed.run_twice();
    is_well(&ran);
    let raw = bed.fake.pull_request_comments(id).remove(0);
    assert!(raw.contains(&host(&bed)) && !raw.contains(CLOUD_ID), "{raw}");
    assert_eq!(reports(&bed), [], "{}", ran.log);
    bed.fake.state().faults.clear();
    let ran = bed.run_twice();
    is_well(&ran);
    let raws = bed.fake.pull_request_comments(id);
    assert!(raws.len() == 1 && raws[0].contains(CLOUD_ID), "{raws:?}");
    assert_eq!(reports(&bed).len(), 1, "{}", ran.log);
    // Now the site may be renamed as well.
    let bed = moved(bed, false);
    is_well(&bed.run_twice());
    assert_eq!(bed.comments(id).len(), 1);
}

#[test]
fn another_site_leaves_this_sites_comment_alone() {
    for same_host in [false, true] {
        let bed = two();
        let before = bed.fake.pull_request_comments(1).remove(0);
        let bed = if same_host { bed } else { moved(bed, false) };
        let other = "c10d9999-0000-4000-8000-000000000009";
        bed.fake.state().confluence.cloud_id = other.to_owned();
        let ran = bed.run_twice();
        is_well(&ran);
        let raws = bed.fake.pull_request_comments(1);
        assert_eq!(raws.len(), 2, "{}", ran.log);
        assert!(raws.contains(&before), "{raws:?}");
        assert!(reports(&bed).len() > 2, "a report of its own: {:?}", reports(&bed));
    }
}

#[test]
fn report_carries_the_cloud_id_and_stands_on_the_full_hash() {
    let bed = two();
    let tip = bed.fake.state().bitbucket.pull_request(1).source_commit.clone();
    assert!(reports(&bed).iter().all(|(_, id)| id.contains("c10d0000") && !id.contains("127")), "{:?}", reports(&bed));
    bed.fake.state().push(1, "one more");
    let tip_now = bed.fake.state().bitbucket.pull_request(1).source_commit.clone();
    assert_ne!(tip, tip_now);
    let bed = bed.with("BITBUCKET_COMMIT", tip_now.get(..12).unwrap());
    let ran = bed.run_twice();
    is_well(&ran);
    let paths: Vec<String> = bed.fake.requests().iter().map(|it| it.request.path.clone()).collect();
    let asked: Vec<&String> = paths.iter().filter(|path| path.contains("/reports/")).collect();
    assert!(!asked.is_empty() && asked.iter().all(|path| path.contains(&tip_now)), "{asked:?}");
}

#[test]
fn index_survives_every_rename() {
    let bed = moved(renamed(two(), "globex/store"), false);
    let ran = bed.run_twice();
    is_well(&ran);
    assert_eq!(indexes(&bed, 1), [[101]], "{}", ran.log);
    let state = bed.fake.state();
    let ours = state.bitbucket.pull_request(1).comments.iter().filter(|it| it.user == Account::bot());
    assert_eq!(ours.count(), 1);
}

/// A pull request that is opened, changes its mind and is merged; before one step the repository and the site get other
/// names. What people see at the end of each step, by the first names and without ids.
fn life(rename_before: Option<usize>) -> Vec<serde_json::Value> {
    let mut state = State::default();
    for n in 1..=3 {
        state.add_page(100 + n, "ENG", &format!("ENG-{n} Page"));
    }
    state.open_pull_request("one", "ENG-1", "", &["x"]);
    let mut bed = Bed::new(state, 1).with("BITBUCKET_REPO_UUID", &format!("{{{SHOP}}}"));
    let mut seen = vec![];
    for (step, title) in ["ENG-1 and ENG-2", "ENG-2 and ENG-3", "ENG-3 again", "merged"].iter().enumerate() {
        if Some(step) == rename_before {
            bed = moved(renamed(bed, "globex/store"), false);
        }
        if *title == "merged" {
            bed.fake.state().merge(1, true);
        } else {
            (*title).clone_into(&mut bed.fake.state().bitbucket.pull_request_mut(1).title);
        }
        let ran = bed.run_twice();
        is_well(&ran);
        let all = bed.fake.what_people_see().to_string().replace("globex/store", "acme/shop");
        seen.push(serde_json::from_str(&comparable(&bed, &all)).unwrap());
    }
    seen
}

#[test]
fn renames_in_a_whole_life_change_nothing_but_the_names() {
    let expected = life(None);
    for step in 0..4 {
        let seen = life(Some(step));
        // What is only a name is not written for its own sake.
        assert_eq!(seen.last(), expected.last(), "renamed before step {step}");
    }
}
