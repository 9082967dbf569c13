//! Several comments with our marker: duplicates of ours, broken ones, and other people's.

use crate::bed::Bed;
use crate::linking::simple;
use fake::{Account, BOT, Fault, FaultKind, Response, Service, State};

/// Our comment on a page as an earlier run left it; each row is a number, a state, a version at merge, releases.
fn page_comment(bed: &Bed, rows: &[(u64, &str, &str, &str)]) -> String {
    let uuid = bed.fake.state().bitbucket.repositories[0].uuid.replace(['{', '}'], "");
    let row = |(id, state, version, releases): &(u64, &str, &str, &str)| {
        let url = format!("https://bitbucket.org/acme/shop/pull-requests/{id}#repository={uuid}");
        let link = format!("<a href=\"{url}\">T{id}</a>");
        format!(
            "<tr><td><p>{link} acme/shop #{id}</p></td><td><p>{state}</p></td><td><p>{version}</p></td><td><p>{releases}</p></td></tr>"
        )
    };
    let rows: String = rows.iter().map(row).collect();
    let headings =
        ["Pull request", "State", "Page version at merge", "Releases"].map(|it| format!("<th><p>{it}</p></th>"));
    let rows = format!("<tr>{}</tr>{rows}", headings.concat());
    let marker = "https://bitbucket.org/confluence-pr-link/confluence-pr-link#confluence-pr-link-v1";
    format!("<table><tbody>{rows}</tbody></table><p><a href=\"{marker}\">confluence-pr-link</a></p>")
}

fn retitle(bed: &Bed, title: &str) {
    bed.fake.state().bitbucket.pull_request_mut(1).title = title.to_owned();
}

#[test]
fn two_page_comments_unite_without_a_lost_row() {
    let bed = simple();
    let first = page_comment(&bed, &[(7, "open", "", "1.0"), (8, "open", "", "")]);
    let second = page_comment(&bed, &[(7, "merged", "4", "1.1"), (9, "waiting", "", "")]);
    for body in [first, second] {
        bed.fake.state().add_page_comment(101, BOT, &body);
    }
    bed.run_twice();
    assert_eq!(
        bed.only_rows(101),
        [
            "acme/shop #8 T8 | open",
            "acme/shop #1 ENG-123: new checkout | open",
            "acme/shop #9 T9 | waiting",
            "acme/shop #7 T7 | merged | 4 | 1.0, 1.1"
        ]
    );
}

#[test]
fn equal_page_comments_unite_behind_a_new_version() {
    let bed = simple();
    bed.run();
    let body = bed.fake.page_comments(101).remove(0);
    let second = bed.fake.state().add_page_comment(101, BOT, &body);
    let ran = bed.run_twice();
    let first = bed.fake.state().confluence.comments[0].clone();
    assert_eq!(bed.only_rows(101).len(), 1, "{}", ran.log);
    assert!(
        first.id < second && first.versions.len() == 2,
        "another run that read before it meets a conflict: {first:#?}"
    );
}

#[test]
fn unreadable_page_comment_is_not_doubled() {
    let bed = simple();
    bed.run();
    for broken in ["<table><tr><td>", "<p>&"] {
        let marker =
            "<a href=\"https://bitbucket.org/confluence-pr-link/confluence-pr-link#confluence-pr-link-v1\">x</a>";
        bed.fake.state().confluence.comments[0].body = format!("{broken}{marker}");
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 1, "{}", ran.log);
        assert!(ran.log.contains("delete it, and the next run adds it again"), "{}", ran.log);
        assert_eq!(bed.fake.page_comments(101).len(), 1, "{}", ran.log);
        assert!(bed.comments(1)[0].contains("pages=page:101)"), "{}", ran.log);
    }
}

#[test]
fn indexes_of_two_comments_of_ours_count_together() {
    let mut state = State::default();
    for id in [101, 102, 103] {
        state.add_page(id, "ENG", &format!("ENG-{} Page", id - 100));
    }
    let id = state.open_pull_request("work", "ENG-1 ENG-2 ENG-3", "", &["x"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    let host = bed.fake.confluence_url().replace("http://", "");
    let half = |key: u64| format!("[//]: # (confluence-pr-link v1 site={host} pages=page:10{key})");
    {
        let mut state = bed.fake.state();
        state.bitbucket.pull_request_mut(id).comments[0].raw = half(1);
        state.comment(id, Account::bot(), &half(2));
        state.comment(id, Account::bot(), &half(3));
        state.confluence.content_mut(103).title = "Renamed".to_owned();
    }
    retitle(&bed, "ENG-3");
    let ran = bed.run_twice();
    assert_eq!([101, 102, 103].map(|page| bed.only_rows(page).len()), [0, 0, 1], "{}", ran.log);
    assert_eq!(bed.comments(id).len(), 1);
}

#[test]
fn replies_and_deleted_comments_are_never_ours() {
    let bed = simple();
    bed.run();
    let raw = bed.fake.pull_request_comments(1).remove(0);
    let ours = bed.fake.state().bitbucket.pull_request(1).comments[0].id;
    {
        let mut state = bed.fake.state();
        for _ in 0..3 {
            state.comment(1, Account::bot(), &raw);
        }
        let comments = &mut state.bitbucket.pull_request_mut(1).comments;
        comments[1].parent = Some(ours);
        comments[2].inline = Some(("src/shop.rs".to_owned(), 7));
        comments[3].deleted = true;
        // The lowest of ours stays: each of them would be it.
        for (number, comment) in comments.iter_mut().skip(1).enumerate() {
            comment.id = number as u64 + 1;
        }
    }
    retitle(&bed, "ENG-123 and more");
    bed.fake.state().add_page(102, "ENG", "ENG-7 More");
    bed.fake.state().push(1, "ENG-7");
    bed.run_twice();
    let comments = bed.fake.state().bitbucket.pull_request(1).comments.clone();
    let alike = comments.iter().filter(|comment| comment.raw == raw).count();
    assert_eq!((comments.len(), alike), (4, 3), "{comments:#?}");
}

#[test]
fn author_whose_comment_was_not_ours_is_not_tried_twice() {
    let bed = simple();
    let host = bed.fake.confluence_url().replace("http://", "");
    for number in 0..4 {
        let forged = format!("mine {number}\n\n[//]: # (confluence-pr-link v1 site={host} pages=)");
        bed.fake.state().comment(1, Account::other_token(), &forged);
    }
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(ran.log.matches("is by another account").count(), 1, "{}", ran.log);
    assert_eq!(bed.comments(1).len(), 5);
}

#[test]
fn list_that_never_shows_a_new_comment_makes_no_storm() {
    let table = [
        (Service::Bitbucket, "/pullrequests/1/comments?", "{\"values\": []}"),
        (Service::Confluence, "/footer-comments?", "{\"results\": []}"),
    ];
    for (service, path, empty) in table {
        let bed = simple();
        let empty: serde_json::Value = serde_json::from_str(empty).unwrap();
        let lagging = FaultKind::Answer(Response::json(200, &empty));
        bed.fake.state().faults.push(Fault::always(lagging).at(service).method("GET").path(path));
        let ran = bed.run();
        let added = ran.writes.iter().filter(|line| line.starts_with("POST") && line.ends_with("comments")).count();
        assert_eq!(added, 2, "one on each side: {:#?}", ran.writes);
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert!(ran.log.contains("list yet. The next run checks it"), "{}", ran.log);
    }
}

#[test]
fn write_in_doubt_fails_after_a_few_tries() {
    let bed = simple();
    bed.run();
    bed.fake.state().bitbucket.pull_request_mut(1).draft = true;
    let gone = FaultKind::refused_with(404, "Not Found");
    bed.fake.state().faults.push(Fault::always(gone).at(Service::Confluence).method("PUT"));
    let ran = bed.run();
    let tried = ran.writes.iter().filter(|line| line.starts_with("PUT /wiki")).count();
    assert!((2..=8).contains(&tried), "{tried}");
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    assert!(bed.comments(1)[0].contains("pages=page:101)"), "{}", ran.log);
    bed.fake.state().faults.clear();
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-123: new checkout | draft"]);
}

#[test]
fn comments_that_could_not_all_be_read_are_not_written() {
    let bed = simple();
    bed.run();
    for _ in 0..120 {
        bed.fake.state().comment(1, Account::somebody_else(), "theirs");
    }
    bed.fake.state().bitbucket.pull_request_mut(1).comments.rotate_left(1);
    bed.fake.state().merge(1, false);
    let second_page = Fault::always(FaultKind::status(500)).at(Service::Bitbucket).path("/comments?").nth(2);
    bed.fake.state().faults.push(second_page);
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    assert_eq!(ran.writes, Vec::<String>::new(), "{}", ran.log);
}
