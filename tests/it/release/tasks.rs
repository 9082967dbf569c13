//! Tasks are done before a row says that its pull request is merged.

use super::Shop;
use fake::{Fault, FaultKind, Service};

#[test]
fn tasks_are_completed_before_a_row_says_merged_and_released() {
    let mut shop = Shop::new("tasks");
    shop.set("PAGE_OUTPUT", "comment,tasks");
    shop.state().add_task(101, "4", "<p>Decide</p>");
    shop.merged("one", "closes ENG-1#4");
    shop.merged("two", "ENG-1: no task");
    shop.tag("1.4.0", "main");
    shop.state()
        .faults
        .push(Fault::always(FaultKind::status(500)).at(Service::Confluence).method("PUT").path("/tasks/"));
    let ran = shop.bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    // A page's rows are written once, so all of them wait for its tasks.
    assert_eq!(shop.rows(101), ["#2 open", "#1 open"]);
    assert!(shop.json()["missing"].to_string().contains("The release is not on page:101."));
    shop.state().faults.clear();
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert!(shop.state().confluence.tasks[0].complete, "{}", ran.log);
    assert_eq!(shop.rows(101), ["#2 merged 1.4.0", "#1 merged 1.4.0"]);
}

#[test]
fn page_whose_tasks_are_unread_waits() {
    let mut shop = Shop::new("tasks-unread");
    shop.set("PAGE_OUTPUT", "comment,tasks");
    shop.state().add_task(101, "4", "<p>Decide</p>");
    shop.merged("one", "closes ENG-1#4");
    shop.merged("two", "ENG-2: no task");
    shop.tag("1.4.0", "main");
    shop.state().faults.push(Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/tasks?"));
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    let rows = (shop.rows(101), shop.rows(102));
    assert_eq!(rows, (vec!["#1 open".to_owned()], vec!["#2 merged 1.4.0".to_owned()]));
    assert!(shop.json()["missing"].to_string().contains("The release is not on page:101."));
    shop.state().faults.clear();
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    assert_eq!(shop.rows(101), ["#1 merged 1.4.0"]);
    // A row that says merged says that its tasks were done: a person may open one again.
    shop.state().confluence.tasks[0].complete = false;
    assert_eq!(shop.bed.run().writes, Vec::<String>::new());
}

#[test]
fn release_of_a_fast_forward_writes_no_report() {
    let mut shop = Shop::new("tasks-forwarded");
    shop.set("PAGE_OUTPUT", "comment,tasks");
    shop.state().add_task(101, "4", "<p>Decide</p>");
    let id = shop.linked("one", "closes ENG-1#4", &["work"]);
    shop.state().fast_forward(id, true);
    shop.state().bitbucket.repositories[0].reports.clear();
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    assert!(shop.state().confluence.tasks[0].complete);
    assert!(shop.state().bitbucket.repositories[0].reports.is_empty());
}

#[test]
fn page_with_open_tasks_is_written_once_and_comments_show_them() {
    let mut shop = Shop::new("tasks-once");
    shop.set("PAGE_OUTPUT", "comment,tasks");
    for number in ["4", "5"] {
        shop.state().add_task(101, number, "<p>Decide</p>");
    }
    shop.merged("one", "closes ENG-1#4");
    shop.merged("two", "closes ENG-1#4 and closes ENG-1#5");
    shop.tag("1.4.0", "main");
    let ran = shop.bed.run_twice();
    let writes = |path: &str| ran.writes.iter().filter(|write| write.contains(path)).count();
    assert_eq!((ran.exit.code(), writes("/footer-comments"), writes("/tasks/")), (0, 1, 2), "{}", ran.log);
    assert_eq!(shop.rows(101), ["#2 merged 1.4.0", "#1 merged 1.4.0"]);
    for (id, count) in [(1, 1), (2, 2)] {
        let comment = shop.bed.comments(id).concat();
        assert_eq!(comment.matches("\u{2611}").count(), count, "{comment}");
    }
    assert!(!ran.writes.iter().any(|write| write.contains("/reports/")), "{:?}", ran.writes);
    shop.set("ACTION", "reconcile");
    shop.unset("BITBUCKET_TAG");
    assert_eq!(shop.bed.run_twice().writes, Vec::<String>::new(), "nothing is left");

    for output in ["comment", "none"] {
        let mut shop = Shop::new("tasks-without-comments");
        shop.state().add_task(101, "4", "<p>Decide</p>");
        shop.merged("one", "closes ENG-1#4 for ENG-2");
        let lone = shop.state().confluence.comments.iter().find(|comment| comment.content == 102).unwrap().id;
        shop.state().confluence.delete_comment(lone);
        let comments = shop.bed.comments(1);
        shop.set("PAGE_OUTPUT", "comment,tasks");
        shop.set("PULL_REQUEST_OUTPUT", output);
        shop.tag("1.4.0", "main");
        shop.bed.run_twice();
        assert_eq!(shop.bed.comments(1) == comments, output == "none");
        assert_eq!(shop.rows(102), Vec::<String>::new(), "{output}: no first comment");
        assert!(shop.state().confluence.tasks[0].complete);
    }
}

#[test]
fn tasks_outside_spaces_and_mere_mentions_stay_open() {
    for (spaces, title) in [("OPS", "closes ENG-1#4"), ("", "ENG-1#4 comes later")] {
        let mut shop = Shop::new("tasks-stay-open");
        shop.state().add_task(101, "4", "<p>Decide</p>");
        shop.merged("one", title);
        shop.set("PAGE_OUTPUT", "comment,tasks");
        shop.set("SPACES", spaces);
        shop.tag("1.4.0", "main");
        shop.bed.run_twice();
        let is_done = shop.state().confluence.tasks[0].complete;
        assert_eq!((shop.rows(101), is_done), (vec!["#1 merged 1.4.0".to_owned()], false), "{title}");
    }
}

#[test]
fn tasks_stay_open_unless_the_output_names_them() {
    let mut shop = Shop::new("tasks-off");
    shop.state().add_task(101, "4", "<p>Decide</p>");
    shop.merged("one", "closes ENG-1#4");
    shop.tag("1.4.0", "main");
    let ran = shop.bed.run_twice();
    assert!(!shop.state().confluence.tasks[0].complete);
    assert!(!shop.bed.fake.requests().iter().any(|one| one.request.path.contains("/tasks")), "{}", ran.log);
    assert!(!ran.log.contains("task"), "{}", ran.log);
}
