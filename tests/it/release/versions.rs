//! Tags of every kind: which are releases, and where a release begins.

use super::Shop;

/// Three pull requests; the tags are on the merges of the first two, and the release on that of the third.
fn tagged(story: &str, tags: [&str; 3]) -> Shop {
    let mut shop = Shop::new(story);
    shop.state().bitbucket.repositories[0].tags.clear();
    for (branch, tag) in ["one", "two"].iter().zip(tags) {
        let number = if *branch == "one" { 1 } else { 2 };
        shop.merged(branch, &format!("ENG-{number}: work"));
        shop.state().tag(tag, "main");
    }
    shop.merged("three", "ENG-3: work");
    shop.tag(tags[2], "main");
    shop
}

#[test]
fn release_begins_at_the_previous_tag_of_another_form() {
    for tags in [
        ["2026.10.31", "2026.11.03", "2026.11.15"],
        ["4.1.7", "4.2", "4.2.1"],
        ["@acme/web@1.2.0", "@acme/web@1.3.0", "@acme/web@1.4.0"],
        ["web-1.2.0", "web-1.3.0", "web-v1.4.0"],
        ["1.4.0.1", "1.4.0.2", "1.4.0.10"],
        ["1.3.0.RELEASE", "1.3.1.RELEASE", "1.4.0"],
        ["1.4.0-rc1", "1.4.0-rc9", "1.4.0-rc10"],
        ["1.3.0", "1.4.0", "1.4.0-hotfix1"],
        ["v16.3.0-ee", "v16.4.0-ee", "v16.4.1-ee"],
        ["1.4.0-rc.01", "1.4.0-rc.02", "1.4.0-rc.03"],
    ] {
        let shop = tagged("forms", tags);
        let ran = shop.bed.run_twice();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert_eq!(shop.json()["previous"], tags[1], "{tags:?}");
        let rows = [shop.rows(101), shop.rows(102), shop.rows(103)];
        let name = tags[2].strip_prefix('v').unwrap_or(tags[2]);
        assert_eq!(rows, [vec!["#1 open".to_owned()], vec!["#2 open".to_owned()], vec![format!("#3 merged {name}")]]);
    }
}

#[test]
fn release_begins_after_a_tag_of_its_scheme_without_version() {
    for unreadable in ["1.2.3.4.5", "v7", "2026-11-03"] {
        let shop = tagged("unreadable", ["1.3.0", unreadable, "1.4.0"]);
        let ran = shop.bed.run_twice();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert!(ran.log.contains(&format!("WARNING: The tag {unreadable} has no version")), "{}", ran.log);
        assert_eq!((shop.rows(102), shop.rows(103)), (vec!["#2 open".to_owned()], vec!["#3 merged 1.4.0".to_owned()]));
    }
    let shop = tagged("unreadable-digits", ["log4j-1.3.0", "log4j-1.3.1.0.1", "log4j-1.4.0"]);
    assert!(shop.bed.run_twice().log.contains("WARNING: The tag log4j-1.3.1.0.1 has no version"));
    assert_eq!(shop.rows(102), ["#2 open"], "a product's name may have digits");
    let shop = tagged("unreadable-here", ["1.3.0", "1.3.1", "1.4.0"]);
    shop.state().tag("v7", "main");
    assert!(!shop.bed.run_twice().log.contains("has no version"), "one on the release's own commit ends nothing");
    assert_eq!(shop.rows(103), ["#3 merged 1.4.0"]);
    for other in ["web-1.2.3.4.5", "nightly"] {
        let shop = tagged("unreadable-other", ["1.3.0", other, "1.4.0"]);
        assert!(!shop.bed.run_twice().log.contains("has no version"), "{other}");
        assert_eq!(shop.rows(102), ["#2 merged 1.4.0"], "{other}");
    }
}

#[test]
fn short_version_on_the_commit_of_a_longer_one_is_not_a_release() {
    let mut shop = tagged("short", ["v1.3.0", "v1.3.1", "v1.4.0"]);
    shop.bed.run_twice();
    shop.tag("v1.4", "main");
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), ran.writes.len()), (0, 0), "{}", ran.log);
    assert_eq!(shop.rows(103), ["#3 merged 1.4.0"]);

    shop.merged("four", "ENG-4: work");
    shop.tag("v1.4.1", "main");
    shop.tag("v1.4", "main");
    shop.tag("v1.4.1", "main");
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(
        (shop.rows(103), shop.rows(104)),
        (vec!["#3 merged 1.4.0".to_owned()], vec!["#4 merged 1.4.1".to_owned()])
    );
}

#[test]
fn tag_on_the_commit_of_the_release_is_not_the_previous_one() {
    let mut shop = tagged("same-commit", ["1.3.0", "1.3.1", "1.4.0"]);
    shop.state().tag("1.3.9", "main");
    shop.bed.run_twice();
    assert_eq!((&shop.json()["previous"], shop.rows(103)), (&"1.3.1".into(), vec!["#3 merged 1.4.0".to_owned()]));
    shop.tag("1.3.9", "main");
    shop.bed.run_twice();
    assert_eq!(shop.rows(103), ["#3 merged 1.4.0, 1.3.9"]);
}

#[test]
fn tag_that_is_too_long_is_not_a_release() {
    let mut shop = Shop::new("too-long");
    shop.tag(&format!("{}-1.4.0", "x".repeat(200)), "main");
    let ran = shop.bed.run_twice();
    assert_eq!((ran.exit.code(), &shop.json()["release"]), (0, &serde_json::Value::Null), "{}", ran.log);
}

#[test]
fn name_with_every_sign_is_read_back_from_a_row() {
    let [first, second, name] =
        ["1.2.0", "1.3.0", "1.4.0"].map(|it| format!("a;b)(<&\"'=\\|*_`\u{e9}\u{30b7}\u{1f600}-{it}"));
    let mut shop = tagged("signs", [&first, &second, &name]);
    shop.bed.run_twice();
    assert_eq!(shop.json()["release"], name);
    shop.set("DRY_RUN", "true");
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    assert_eq!(shop.json()["pages"][0]["result"], "unchanged");
}
