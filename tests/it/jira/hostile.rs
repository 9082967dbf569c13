//! Whatever Jira sends, only pages of this site that people linked there are linked, and none of its words are shown.

use serde_json::{Value, json};

use super::{advice, asked, is_linked, linking};
use crate::bed::{Bed, fast_clock, run_by};
use fake::{Fault, FaultKind, Link, Response, Service, page_link};

/// The issue's links are these; `SITE` is the site.
fn link(bed: &Bed, links: &[Value]) {
    let site = bed.fake.confluence_url();
    let placed = |value: &Value| serde_json::from_str(&value.to_string().replace("SITE", &site)).unwrap();
    bed.fake.state().issue_mut("PROJ-7").links = links.iter().map(placed).map(Link::Raw).collect();
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut link = page_link(1, "PROJ-7", "SITE", 101);
    change(&mut link);
    link
}

fn url(url: &str) -> Value {
    changed(|link| {
        link["globalId"] = json!("appId=x&pageId=none");
        link["object"]["url"] = json!(url);
    })
}

#[test]
fn page_is_known_by_its_url_if_the_global_id_is_odd() {
    let urls =
        ["SITE/wiki/pages/viewpage.action?pageId=101", "SITE/wiki/spaces/ENG/pages/101/Checkout", "SITE/wiki/x/ZQ"];
    for address in urls {
        let bed = linking();
        link(&bed, &[url(address)]);
        let ran = bed.run_twice();
        assert!(is_linked(&bed, 101), "{address}: {}", ran.log);
    }
    let bed = linking();
    for address in ["SITE/anything", "SITE/wiki/spaces/OPS/pages/102"] {
        link(&bed, &[changed(|link| link["object"]["url"] = json!(address))]);
        bed.run_twice();
        assert_eq!([101, 102].map(|page| is_linked(&bed, page)), [true, false], "the global id decides");
    }
}

#[test]
fn links_of_other_kinds_and_sites_lead_nowhere() {
    let odd = [
        changed(|link| link["object"]["url"] = json!("https://other.example/wiki/pages/viewpage.action?pageId=101")),
        changed(|link| link["object"]["url"] = json!("https://SITE@other.example/wiki/spaces/ENG/pages/101")),
        changed(|link| link["object"]["url"] = json!("not a url")),
        changed(|link| link["relationship"] = json!("mentioned in")),
        changed(|link| link["relationship"] = json!(null)),
        changed(|link| link["application"]["type"] = json!("com.example")),
        changed(|link| link["application"] = json!({})),
        changed(|link| link["object"] = json!({"title": "SITE/wiki/spaces/ENG/pages/101"})),
        url("SITE/browse/PROJ-7"),
        url("SITE/wiki/display/ENG/Checkout+redesign"),
        url("SITE/wiki/spaces/ENG/pages/99999999999999999999"),
        json!(null),
        json!("PROJ-7"),
    ];
    for entry in odd {
        let bed = linking();
        link(&bed, std::slice::from_ref(&entry));
        let ran = bed.run_twice();
        assert_eq!((ran.exit.code(), is_linked(&bed, 101)), (0, false), "{entry}: {}", ran.log);
        // It hides no other entry.
        link(&bed, &[entry, changed(|_| ())]);
        bed.run_twice();
        assert!(is_linked(&bed, 101));
    }
}

#[test]
fn no_word_of_jira_is_shown() {
    let secret = "Words-of-Jira";
    let bed = linking().with("DEBUG", "true");
    bed.fake.state().add_issue("PROJ-8", &[]);
    bed.fake.state().bitbucket.pull_request_mut(1).title = "PROJ-8 PROJ-9".to_owned();
    link(
        &bed,
        &[changed(|link| {
            link["object"]["title"] = json!(secret);
            link["object"]["summary"] = json!(secret);
            link["application"]["name"] = json!(secret);
        })],
    );
    let mut log = bed.run_twice().log;
    for status in [400, 401, 403, 404, 500] {
        bed.fake.state().faults = vec![Fault::always(FaultKind::refused_with(status, secret)).path("/remotelink")];
        log += &bed.run().log;
    }
    let html = Response::html(200, &format!("<title>{secret}</title>"));
    bed.fake.state().faults = vec![Fault::always(FaultKind::Malformed(html)).path("/remotelink")];
    log += &bed.run().log;
    assert!(!(log + &bed.fake.what_people_see().to_string()).contains(secret));
}

#[test]
fn answer_without_end_or_sense_fails_its_own_key_only() {
    let kinds = [
        ("endless", FaultKind::Endless),
        ("truncated", FaultKind::Truncated),
        ("no list", FaultKind::malformed(200, &json!({ "links": [] }))),
        ("a number", FaultKind::malformed(200, &json!(7))),
    ];
    for (name, kind) in kinds {
        let bed = linking();
        bed.fake.state().add_issue("PROJ-8", &[102]);
        bed.fake.state().bitbucket.pull_request_mut(1).title = "PROJ-8".to_owned();
        let fault = Fault::always(kind).at(Service::Confluence).path("/issue/PROJ-7/");
        bed.fake.state().faults.push(fault);
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 1, "{name}: {}", ran.log);
        assert_eq!([101, 102].map(|page| is_linked(&bed, page)), [false, true], "{name}: {}", ran.log);
        assert_eq!(advice(&ran).len(), 0, "{name}: {}", ran.log);
        assert!(ran.log.contains("Couldn't look up in this run: PROJ-7\n"), "{name}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

/// Names page 102 by its URL too.
fn with_a_url(bed: Bed) -> Bed {
    let url = format!("{}/wiki/spaces/OPS/pages/102", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(1).description = url;
    bed
}

#[test]
fn silent_jira_leaves_time_for_everything_else() {
    for kind in [FaultKind::Silence, FaultKind::Trickle, FaultKind::too_many_requests("20")] {
        let bed = with_a_url(linking());
        let many: Vec<String> = (1..=30).map(|number| format!("PROJ-{}", 100 + number)).collect();
        bed.fake.state().bitbucket.pull_request_mut(1).title = many.join(" ");
        bed.fake.state().faults.push(Fault::always(kind.clone()).path("/remotelink"));
        let (exit, log) = run_by(&fast_clock(20), &bed.variables);
        assert_eq!((exit.code(), is_linked(&bed, 102)), (1, true), "{kind:?}: {log}");
    }
}

#[test]
fn silent_jira_is_given_up_after_ten_seconds() {
    let bed = with_a_url(linking()).with("TIMEOUT_SECONDS", "18");
    bed.fake.state().faults.push(Fault::always(FaultKind::Silence).path("/remotelink"));
    let (exit, log) = run_by(&fast_clock(6), &bed.variables);
    assert_eq!((exit.code(), is_linked(&bed, 102)), (1, true), "{log}");
}

#[test]
fn jira_that_is_limited_ends_no_backfill() {
    for kind in [FaultKind::Silence, FaultKind::too_many_requests("3600"), FaultKind::too_many_requests("1")] {
        let bed = with_a_url(linking()).with("ACTION", "backfill").with("BITBUCKET_PR_ID", "");
        for number in 2..=9 {
            bed.fake.state().open_pull_request(&format!("PROJ-{number}"), "Others", "", &["work"]);
        }
        bed.fake.state().faults.push(Fault::always(kind.clone()).path("/remotelink"));
        let (exit, log) = run_by(&fast_clock(20), &bed.variables);
        assert_eq!((exit.code(), is_linked(&bed, 102)), (1, true), "{kind:?}: {log}");
        assert!(asked(&bed).len() < 5, "{kind:?}: {} requests", asked(&bed).len());
    }
}

#[test]
fn thousands_of_links_are_cut() {
    let bed = linking();
    let mut links: Vec<Value> = (0..5_000).map(|page| page_link(page, "PROJ-7", "SITE", 100_000)).collect();
    links.push(changed(|_| ()));
    link(&bed, &links);
    let ran = bed.run_twice();
    assert_eq!((ran.exit.code(), is_linked(&bed, 101)), (0, false), "{}", ran.log);
    let bed = linking();
    bed.run_twice();
    link(&bed, &links);
    bed.run_twice();
    assert!(is_linked(&bed, 101), "a page that was linked before may be among the others");
}
