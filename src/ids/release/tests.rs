//! Tests of release names.

use super::*;

fn release(tag: &str) -> ReleaseName {
    ReleaseName::parse(tag).unwrap_or_else(|| panic!("{tag} is a release"))
}

#[test]
fn tag_is_a_release_when_it_has_a_version() {
    for tag in [
        "1.4.0",
        "web-1.4.0",
        "web/v1.4.0",
        "1.4.0-rc.1",
        "1.4.0_eu",
        "1.4.0/eu",
        "release-2026.11.26",
        "1.4.0+build.7",
        "1.4",
        "1.4.0.2",
        "10.1.4.0",
        "1.4.0a",
        "01.4.0",
        "2026.01.05",
        "@acme/web@1.4.0",
        "web@1.4.0",
        "@azure/core_1.4.0",
        "1.4.0.RELEASE",
        "1.4.0)",
        "1.4.0\u{e9}",
        "\u{30b7}\u{30e7}\u{30c3}\u{30d7}-1.4.0",
        "99999999999999999999.0.0",
        "1.4.0-rc.01",
        "1.4.0-0123456",
        "web.1.4.0",
        "a;b=1.4.0#(x)",
        "R2D2-1.4.0",
    ] {
        assert_eq!(ReleaseName::parse(tag).as_ref().map(ReleaseName::as_str), Some(tag));
    }
    for (tag, name) in [("v1.4.0", "1.4.0"), ("V1.4", "1.4"), ("v2026.01.05-rc1", "2026.01.05-rc1")] {
        assert_eq!(release(tag).as_str(), name, "{tag}");
    }
    let long = format!("1.4.0-{}", "x".repeat(95));
    for tag in [
        "latest",
        "",
        "7",
        "v7",
        "release-7",
        "2026-01-05",
        "1.4.0.2.1",
        "web-1.2.3.4.5",
        "1.4.0,1.5.0",
        "a,b-1.4.0",
        "1.4.0 final",
        "1.4.0\n",
        "1.x",
        long.as_str(),
    ] {
        assert_eq!(ReleaseName::parse(tag), None, "{tag}");
    }
}

#[test]
fn releases_are_ordered_by_number_then_stage() {
    for ordered in [
        "1.4 < 1.4.0.1 < 1.4.1 < 1.10",
        "2026.01.05 < 2026.1.06 < 2026.10.5",
        "9.9.9 < 99999999999999999999.0.0 < 100000000000000000000.0.0",
        "1.4.0-1 < 1.4.0-2 < 1.4.0-alpha.1 < 1.4.0-beta < 1.4.0-beta2 < 1.4.0-rc.1 < 1.4.0-rc9 < 1.4.0-rc10 < 1.4.0",
        "1.4.0-rc.01 < 1.4.0-RC.2 < 1.4.0.Final < 1.4.0.SP1",
        "1.4.0-0123456 < 1.4.0",
        "1.4.0a1 < 1.4.0b2 < 1.4.0rc1 < 1.4.0 < 1.4.0.post1",
        "1.4.0.M2 < 1.4.0.RC1 < 1.4.0.RELEASE < 1.4.1-SNAPSHOT",
        "1.4.0 < 1.4.0-hotfix1 < 1.4.0-hotfix2 < 1.4.0-hotfix10 < 1.4.1",
        "1.0.2 < 1.0.2a < 1.0.2b < 1.0.3",
        "v16.4.0-rc9-ee < v16.4.0-rc42-ee < v16.4.0-ee < v16.4.1-ee",
        "1.4.0-customer.2 < 1.4.0-customer.10",
    ] {
        let releases: Vec<ReleaseName> = ordered.split(" < ").map(release).collect();
        for (place, one) in releases.iter().enumerate() {
            for (other_place, other) in releases.iter().enumerate() {
                assert_eq!(one.precedes(other), place < other_place, "{one} before {other}");
            }
        }
    }
    for unordered in ["1.4 1.4.0", "1.4.0+b 1.4.0+c", "1.4.0.RELEASE 1.4.0", "1.4.0-eu 1.4.0-us", "1.4.0-eu 1.4.0"] {
        let (one, other) = unordered.split_once(' ').unwrap();
        let (one, other) = (release(one), release(other));
        assert!(!one.precedes(&other) && !other.precedes(&one), "{unordered}");
    }
}

#[test]
fn release_is_a_pre_release_when_a_word_says_so() {
    for tag in [
        "1.4.0-rc.1",
        "1.4.0rc1",
        "1.4-beta",
        "1.4.0-1",
        "1.4.0.M1",
        "1.4.0-SNAPSHOT",
        "1.4.0-alpha-ee",
        "1.4.0-0123456",
    ] {
        assert!(release(tag).is_pre_release(), "{tag}");
    }
    for tag in ["1.4.0", "1.4.0-eu", "1.4.0-hotfix1", "1.4.0.RELEASE", "1.4.0.1", "1.4.0+rc1", "1.4.0m", "rc-1.4.0"] {
        assert!(!release(tag).is_pre_release(), "{tag}");
    }
}

#[test]
fn schemes_are_equal_without_case_separators_and_v() {
    for same in [
        "1.3.0 v1.4.0",
        "v1.3 V.1.4",
        "web-1.3.0 web-v1.4.0",
        "web-1.3.0 Web/1.4.0",
        "@acme/web@1.3.0 acme-web_v1.4.0",
        "webv1.3.0 web1.4.0",
        "app-1.3.0 app1.4.0",
        "1.3.0-ee 1.4.0",
        "py3.11-1.3.0 py3.11-v1.4.0",
    ] {
        let (one, other) = same.split_once(' ').unwrap();
        assert_eq!(release(one).scheme(), release(other).scheme(), "{same}");
    }
    for different in ["web-1.3.0 api-1.4.0", "1.3.0 release-1.4.0", "dev-1.3.0 de-1.4.0", "web2-1.3.0 web3-1.4.0"] {
        let (one, other) = different.split_once(' ').unwrap();
        assert_ne!(release(one).scheme(), release(other).scheme(), "{different}");
    }
}

#[test]
fn pre_release_leads_to_the_final_one_of_its_version() {
    for (pre, last) in
        [("1.4.0-rc.1", "v1.4.0"), ("1.4-rc1", "1.4.0"), ("web@1.4.0-rc1", "web@1.4.0"), ("1.4.0.RC1", "1.4.0.RELEASE")]
    {
        assert!(release(pre).leads_to(&release(last)), "{pre} to {last}");
    }
    for (pre, last) in [
        ("1.4.0-rc.1", "1.4.1"),
        ("1.4.0-rc.1", "1.4.0-rc.2"),
        ("web-1.4.0-rc.1", "api-1.4.0"),
        ("1.4.0-eu", "1.4.0"),
        ("1.4.0-hotfix1", "1.4.0"),
        ("1.4.0-rc.1", "1.4.0-eu"),
        ("1.4.0-rc.1", "1.4.0-hotfix1"),
    ] {
        assert!(!release(pre).leads_to(&release(last)), "{pre} to {last}");
    }
}

#[test]
fn short_version_abbreviates_a_longer_one_of_its_scheme() {
    for (short, longer) in [("v1.4", "v1.4.0"), ("v1.4", "1.4.3"), ("web-1.4", "web-v1.4.0.1")] {
        assert!(release(short).abbreviates(&release(longer)), "{short} of {longer}");
    }
    for (short, longer) in [("1.4.0", "1.4.0.1"), ("1.4", "1.5.0"), ("web-1.4", "1.4.0"), ("1.4", "v1.4")] {
        assert!(!release(short).abbreviates(&release(longer)), "{short} of {longer}");
    }
}

#[test]
fn tag_without_version_belongs_to_the_scheme_it_begins_with() {
    for (name, tag) in
        [("1.4.0", "v2"), ("1.4.0", "1.2.3.4.5"), ("log4j-1.4.0", "log4j-7"), ("log4j-1.4.0", "Log4j_v1.2.3.4.5")]
    {
        assert!(release(name).scheme().begins(tag), "{tag} as {name}");
    }
    for (name, tag) in [("1.4.0", "nightly"), ("1.4.0", "web-7"), ("log4j-1.4.0", "log5j-7"), ("log-1.4.0", "login-7")]
    {
        assert!(!release(name).scheme().begins(tag), "{tag} as {name}");
    }
}
