//! Limits of a review: the newest are read, and the files say that others weren't.

use serde_json::{Value, json};

use super::{Reviewed, month, review, reviewing, world};
use crate::bed::Bed;
use fake::{Fault, FaultKind, State};

const DAY: i64 = 86_400;

fn release(state: &mut State, name: &str) {
    state.clock.advance(DAY / 8);
    let id = state.open_pull_request(&format!("for-{name}"), "Work", "", &["x"]);
    state.merge(id, true);
    state.tag(name, "main");
}

fn releases(reviewed: &Reviewed) -> Vec<&str> {
    reviewed.json["releases"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
}

#[test]
fn newest_releases_of_these_days_are_read_and_a_cut_is_noted() {
    let mut state = State::default();
    state.clock.advance(-60 * DAY);
    release(&mut state, "0.9.0");
    state.clock.advance(50 * DAY);
    state.bitbucket.pull_request_mut(1).updated_on = state.clock.now();
    // Bitbucket lists 1.10.0 before 1.2.0.
    let names: Vec<String> = (0..=20).map(|number| format!("1.{number}.0")).collect();
    names[..20].iter().for_each(|name| release(&mut state, name));
    let bed = reviewing(Bed::new(state, 1));
    let newest = |from: usize, to: usize| names[from..to].iter().rev().map(String::as_str).collect::<Vec<_>>();
    let reviewed = review(&bed);
    assert_eq!((releases(&reviewed), &reviewed.json["incomplete"]), (newest(0, 20), &json!([])), "0.9.0 is older");
    release(&mut bed.fake.state(), &names[20]);
    let reviewed = review(&bed);
    let note = json!(["Only the newest 20 releases are read"]);
    assert_eq!((releases(&reviewed), &reviewed.json["incomplete"]), (newest(1, 21), &note));
    bed.fake.state().annotate("0.9.0");
    let kept = [newest(2, 21), vec!["0.9.0"]].concat();
    assert_eq!(releases(&review(&bed)), kept, "an annotated tag has a date of its own");
}

#[test]
fn list_past_its_limit_is_noted() {
    let bed = month();
    let bitbucket = |list: &str| json!({"values": [], "next": format!("{}{list}", bed.fake.bitbucket_api_url())});
    let more = json!({"results": [], "start": 0, "limit": 100, "size": 0, "totalSize": 0, "cqlQuery": "x", "searchDuration": 1, "_links": {"next": "/rest/api/search?cql=x&cursor=y"}});
    let tags = "/repositories/acme/shop/refs/tags";
    let pull_requests = "/repositories/acme/shop/pullrequests";
    for (path, answer, note) in [
        (tags, bitbucket(tags), "Some releases are unknown, because the repository has more than 5,000 tags"),
        (
            pull_requests,
            bitbucket(pull_requests),
            "More than 5,000 pull requests were updated, and the others weren't read",
        ),
        ("/rest/api/search", more, "Too many mentions or pages: some of them weren't read"),
    ] {
        bed.fake.state().faults = vec![Fault::always(FaultKind::json(200, &answer)).path(path)];
        let reviewed = review(&bed);
        let noted: Vec<&Value> = reviewed.json["incomplete"].as_array().unwrap().iter().collect();
        assert_eq!((noted, reviewed.ran.exit.code()), (vec![&json!(note)], 0), "{}", reviewed.ran.log);
    }
}

#[test]
fn owner_of_an_unindexed_page_is_named_by_another_page() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    state.confluence.freeze_index();
    state.add_page(102, "ENG", "New page");
    state.open_pull_request("work", "ENG-1", &format!("https://{}/wiki/spaces/ENG/pages/102", world::SITE), &["x"]);
    let bed = reviewing(Bed::new(state, 1).with("CONFLUENCE_SITE_ALIASES", world::SITE));
    let names = |bed: &Bed| {
        let reviewed = review(bed);
        ["page:101", "page:102"].map(|page| reviewed.line(page)["page_owner_name"].clone())
    };
    assert_eq!(names(&bed), [json!("page author"), json!("page author")]);
    assert_eq!(names(&bed.with("SHOW_TITLES", "never")), [Value::Null, Value::Null]);
}
