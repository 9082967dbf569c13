//! The contents of `release.json` and `release.md`.

use serde_json::{Value, json};

use super::{Shop, shipped};
use fake::{BOT, Fault, FaultKind, Service};

/// The hashes of the commits with these messages, the newest first.
fn without_page(json: &Value) -> Vec<&str> {
    json["commits_without_page"].as_array().unwrap().iter().map(|commit| commit["message"].as_str().unwrap()).collect()
}

#[test]
fn release_json_says_what_went_out() {
    let shop = shipped("json");
    shop.bed.run_twice();
    let mut json = shop.json();
    for pull_request in json["pull_requests"].as_array_mut().unwrap() {
        assert_eq!(pull_request["merge_commit"].as_str().unwrap().len(), 12);
        pull_request.as_object_mut().unwrap().remove("merge_commit");
    }
    assert_eq!(without_page(&json), ["tidy up", "work"]);
    let developer = "712020:00000000-0000-4000-8000-000000000001";
    let url = |id: u64| format!("https://bitbucket.org/acme/shop/pull-requests/{id}");
    let pull_request = |id: u64, title: &str, pages: &[&str]| json!({ "id": id, "url": url(id), "title": title, "author": developer, "pages": pages });
    let pull_requests = json!([
        pull_request(1, "ENG-1: with a merge commit", &["page:101"]),
        pull_request(2, "ENG-2: squashed", &["page:102"]),
        pull_request(3, "ENG-3: moved forward", &["page:103"]),
        pull_request(4, "no page", &[]),
    ]);
    assert_eq!(json["pull_requests"], pull_requests);
    let page = |id: u64| {
        json!({
            "id": id.to_string(), "kind": "page", "title": format!("ENG-{} Page", id - 100), "space": "ENG",
            "url": format!("https://acme.example/wiki/pages/viewpage.action?pageId={id}"),
            "pull_requests": [id - 100], "commits": [], "result": "unchanged",
        })
    };
    let naming = json["pages"][3]["commits"][0].as_str().unwrap().to_owned();
    let mut fourth = page(104);
    (fourth["pull_requests"], fourth["commits"], fourth["result"]) = (json!([]), json!([naming]), Value::Null);
    assert_eq!(json["pages"], json!([page(101), page(102), page(103), fourth]));
    assert_eq!(json["authors"], json!([developer]));
    let commit = shop.bed.variables["BITBUCKET_COMMIT"].clone();
    let begin = shop.state().bitbucket.repositories[0].tags["1.3.0"].clone();
    let web = "https://bitbucket.org/acme/shop";
    let head = json!({
        "version": 1, "release": "1.4.0", "tag": "1.4.0", "commit": commit, "previous": "1.3.0",
        "repository": "acme/shop", "site": "https://acme.example", "complete": true, "missing": [], "dry_run": false,
        "date": "2026-11-22", "commit_url": format!("{web}/commits/{commit}"),
        "changes_url": format!("{web}/branches/compare/{commit}%0D{begin}"),
    });
    for (name, value) in head.as_object().unwrap() {
        assert_eq!(json[name], *value, "{name}");
    }
    assert!(!json.to_string().contains("example.com"), "an author's address is personal data");
}

#[test]
fn release_md_is_for_people() {
    let shop = shipped("notes");
    shop.bed.run_twice();
    let hashes = regex::Regex::new("[0-9a-f]{40}|[0-9a-f]{12}").unwrap();
    insta::assert_snapshot!(hashes.replace_all(&shop.text("release.md"), "0123456789ab"), @r"
    # Release 1.4.0

    2026-11-22, acme/shop, commit [0123456789ab](https://bitbucket.org/acme/shop/commits/0123456789ab), [changes since 1.3.0](https://bitbucket.org/acme/shop/branches/compare/0123456789ab%0D0123456789ab).

    ## Pages

    - [ENG-1 Page](https://acme.example/wiki/pages/viewpage.action?pageId=101) (ENG)
        - [\#1](https://bitbucket.org/acme/shop/pull-requests/1) ENG-1: with a merge commit (developer)
    - [ENG-2 Page](https://acme.example/wiki/pages/viewpage.action?pageId=102) (ENG)
        - [\#2](https://bitbucket.org/acme/shop/pull-requests/2) ENG-2: squashed (developer)
    - [ENG-3 Page](https://acme.example/wiki/pages/viewpage.action?pageId=103) (ENG)
        - [\#3](https://bitbucket.org/acme/shop/pull-requests/3) ENG-3: moved forward (developer)
    - [ENG-4 Page](https://acme.example/wiki/pages/viewpage.action?pageId=104) (ENG)

    ## Pull requests without a page

    - [\#4](https://bitbucket.org/acme/shop/pull-requests/4) no page (developer)

    ## Direct pushes without a page

    - [0123456789ab](https://bitbucket.org/acme/shop/commits/0123456789ab) tidy up
    ");
}

#[test]
fn release_files_and_receipt_name_the_results_of_rows() {
    let mut shop = shipped("results");
    shop.state().bitbucket.pull_request_mut(3).source_repository = Some("somebody/shop".to_owned());
    let comment = shop.state().confluence.comments.iter().find(|comment| comment.content == 102).unwrap().id;
    let fault = Fault::always(FaultKind::status(500)).at(Service::Confluence).method("PUT");
    shop.state().faults.push(fault.path(&format!("/footer-comments/{comment}")));
    shop.set("DRY_RUN", "true");
    shop.bed.run();
    let outcomes = |shop: &Shop| -> Value {
        let receipt: Value = serde_json::from_str(&shop.text("receipt.json")).unwrap();
        receipt["subjects"].as_array().unwrap().iter().map(|subject| subject["outcome"].clone()).collect()
    };
    assert_eq!(outcomes(&shop), json!(["planned", "planned", "fork", "unchanged"]));
    shop.set("DRY_RUN", "false");
    shop.bed.run();
    assert_eq!(outcomes(&shop), json!(["linked", "failed", "fork", "unchanged"]));
    assert_eq!(shop.json()["pages"][0]["result"], "written");
    assert_eq!(shop.json()["pages"][1]["result"], "failed");
    shop.state().faults = vec![Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/search")];
    shop.bed.run();
    let receipt: Value = serde_json::from_str(&shop.text("receipt.json")).unwrap();
    assert_eq!(receipt["subjects"][0]["complete"], false);
}

#[test]
fn release_without_page_output_writes_the_files_alone() {
    let mut shop = shipped("no-page-output");
    shop.set("PAGE_OUTPUT", "none");
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), ran.writes.len(), shop.rows(102)), (0, 0, vec!["#2 open".to_owned()]), "{}", ran.log);
    assert!(shop.wrote_files());
}

#[test]
fn date_is_that_of_the_tag_where_it_has_one() {
    let shop = shipped("tag-date");
    let [begin, commit] = ["1.3.0", "1.4.0"].map(|tag| shop.state().bitbucket.repositories[0].tags[tag].clone());
    let tags = json!({"values": [
        {"name": "1.3.0", "target": {"hash": begin}},
        {"name": "1.4.0", "date": "2026-11-25T23:30:00-02:00", "target": {"hash": commit}},
    ]});
    shop.state().faults.push(Fault::always(FaultKind::json(200, &tags)).at(Service::Bitbucket).path("/refs/tags?"));
    shop.bed.run_twice();
    assert_eq!(shop.json()["date"], "2026-11-26");
}

#[test]
fn a_hidden_page_is_a_link_and_never_a_title_there() {
    let shop = shipped("hidden");
    for id in [101, 104] {
        shop.state().confluence.content_mut(id).read_users.push(BOT.to_owned());
    }
    let ran = shop.bed.run_twice();
    assert_eq!(shop.rows(101), ["#5 open", "#1 merged 1.4.0"]);
    for text in [shop.text("release.json"), shop.text("release.md"), ran.log] {
        for title in ["ENG-1 Page", "ENG-4 Page"] {
            assert!(!text.contains(title), "{text}");
        }
    }
    assert!(shop.text("release.md").contains("[page 101](https://acme.example/wiki/pages/viewpage.action?pageId=101)"));
    assert_eq!((&shop.json()["pages"][0]["title"], &shop.json()["pages"][0]["space"]), (&Value::Null, &Value::Null));
    assert_eq!(shop.json()["pages"][1]["title"], "ENG-2 Page");
}

#[test]
fn nor_is_any_page_when_titles_are_not_wanted() {
    let mut shop = shipped("never");
    shop.set("SHOW_TITLES", "never");
    shop.bed.run_twice();
    for text in [shop.text("release.json"), shop.text("release.md")] {
        assert!(!text.contains("-1 Page"), "{text}");
    }
}

#[test]
fn hostile_names_and_titles_stay_text() {
    let mut shop = Shop::new("hostile");
    let tag = "x](https://evil.example)<script>|1.4.0";
    let id = shop.linked("one", "ENG-1 ](https://evil.example) <img src=x> @team", &["work"]);
    shop.state().merge(id, false);
    shop.state().confluence.content_mut(101).title = "ENG-1 ](https://evil.example) <b>".to_owned();
    let invisible = shop.merged("two", "\u{200b}");
    shop.state().bitbucket.pull_request_mut(invisible).author.display_name = "\u{200b}".to_owned();
    {
        let mut state = shop.state();
        let fake::State { bitbucket, clock, .. } = &mut *state;
        let message = "](https://evil.example) `code` | <i>\u{202e}\nSecond line";
        bitbucket.repositories[0].commit(clock, "main", message);
    }
    shop.tag(tag, "main");
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let notes = shop.text("release.md");
    assert!(notes.starts_with("# Release x\\](https&#58;//evil.example)&lt;script&gt;&#124;1.4.0\n"), "{notes}");
    for markup in ["](https://evil", "<img", "<b>", "<i>", "<script", "\u{202e}", "@team", "Second line"] {
        assert!(!notes.contains(markup), "{markup}: {notes}");
    }
    assert!(notes.contains(&format!("/pull-requests/{invisible})\n")), "{notes}");
    assert_eq!(without_page(&shop.json())[0], "](https://evil.example) `code` | <i>\u{202e}");
}

#[test]
fn a_long_line_of_a_message_is_cut_and_a_secret_is_none() {
    let mut shop = Shop::new("long");
    shop.set("HTTPS_PROXY", "http://somebody:pw_1d_abc@proxy.example:3128");
    shop.set("NO_PROXY", "127.0.0.1,localhost");
    {
        let mut state = shop.state();
        let fake::State { bitbucket, clock, .. } = &mut *state;
        let message = format!("{} pw_1d_abc {}", fake::BITBUCKET_TOKEN, "x".repeat(300));
        for message in [format!("{}pw_1d_abc", "x".repeat(195)), message] {
            bitbucket.repositories[0].commit(clock, "main", &message);
        }
    }
    shop.tag("1.4.0", "main");
    shop.bed.run_twice();
    let json = shop.json();
    let message = json["commits_without_page"][0]["message"].as_str().unwrap();
    assert!(message.chars().count() == 200 && message.ends_with("xx…"), "{message}");
    for text in [json.to_string(), shop.text("release.md")] {
        assert!(!text.contains(fake::BITBUCKET_TOKEN), "{text}");
        assert!(!text.contains("pw") && !text.contains("d\\_abc"), "a short one is in no file either: {text}");
    }
}

#[test]
fn a_dry_run_writes_the_files_alone_and_marks_them() {
    let mut shop = shipped("dry");
    shop.set("DRY_RUN", "true");
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), &ran.writes), (0, &Vec::new()));
    assert!(ran.details.contains("DEBUG: Would update the rows of release 1.4.0 on page:101"));
    assert!(ran.log.contains("INFO: Would update \"ENG-1"), "{}", ran.log);
    assert!(ran.log.contains("✔ Dry run, nothing was written: release 1.4.0: 4 pull requests"), "{}", ran.log);
    assert_eq!((&shop.json()["dry_run"], &shop.json()["pages"][0]["result"]), (&true.into(), &"planned".into()));
    assert!(shop.text("release.md").contains("\nA dry run: no page was changed.\n"));
    shop.set("DRY_RUN", "false");
    shop.bed.run_twice();
    assert_eq!(shop.json()["dry_run"], false);
    assert!(!shop.text("release.md").contains("dry run"));
}
