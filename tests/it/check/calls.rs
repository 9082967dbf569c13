//! The numbers of calls that a check tells are those that runs of `link` make.

use regex::Regex;

use super::{checking, row, run};
use crate::bed::Bed;
use crate::identity::{WAYS_IN, WayIn};
use fake::{CLOUD_ID, Service, State};

/// Calls to Bitbucket's API and to Confluence of a run of `link`.
fn counted(bed: &Bed) -> (usize, usize) {
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let requests = bed.fake.requests();
    let to = |services: &[Service]| requests.iter().filter(|it| services.contains(&it.request.service)).count();
    (to(&[Service::Bitbucket]), to(&[Service::Confluence, Service::Gateway, Service::Auth]))
}

#[test]
fn the_calls_that_a_run_makes_are_those_that_the_check_tells() {
    let mut state = State::default();
    for number in 1..=5 {
        let page = state.add_page(100 + number, "ENG", &format!("ENG-{number} Page"));
        page.labels.extend(["ready".to_owned(), "ready-too".to_owned()]);
        page.state = Some("Ready".to_owned());
    }
    let id = state.open_pull_request("ENG-1-ENG-2-ENG-3-ENG-4-ENG-5", "ENG-1 ENG-2 ENG-3 ENG-4 ENG-5", "", &["x"]);
    let calls =
        Regex::new(r"pages: (\d+) to Bitbucket, (\d+) to Confluence; of a run with nothing to write: (\d+) and (\d+)")
            .unwrap();
    let mut wrong = Vec::new();
    for (way, variables) in cases() {
        let mut bed = way.of(Bed::new(state.clone(), id)).with("KEY_PREFIXES", "ENG");
        let proxy = bed.fake.proxy_url();
        bed = bed.with("BITBUCKET_AUTH_PROXY", &proxy).with("BITBUCKET_BRANCH", "ENG-1-ENG-2-ENG-3-ENG-4-ENG-5");
        for (name, value) in &variables {
            bed = bed.with(name, value);
        }
        bed.fake.state().bitbucket.repositories[0].is_private = bed.variables["BITBUCKET_REPO_IS_PRIVATE"] == "true";
        let bed = bed.with("ACTION", "check");
        let told = run(&bed).log;
        let numbers = calls.captures(&told).unwrap_or_else(|| panic!("{told}"));
        let told: Vec<usize> = (1..=4).map(|at| numbers[at].parse().unwrap()).collect();
        let bed = bed.with("ACTION", "link");
        let (first, second) = (counted(&bed), counted(&bed));
        if told != [first.0, first.1, second.0, second.1] {
            wrong.push(format!("{} {variables:?}: told {told:?}, made {first:?} and {second:?}", way.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let ran = run(&checking());
    let says = row(&ran, "  calls ").1;
    assert!(says.ends_with("Bitbucket takes 1000 an hour of one token: 125 first links, or 250 such runs"), "{says}");
}

type Variables = Vec<(&'static str, &'static str)>;

fn cases() -> Vec<(&'static WayIn, Variables)> {
    let mut cases = Vec::new();
    let readings: [Variables; 3] = [
        vec![],
        vec![("BITBUCKET_ACCESS_TOKEN", ""), ("BITBUCKET_REPO_IS_PRIVATE", "false")],
        vec![("BITBUCKET_ACCESS_TOKEN", "")],
    ];
    for reading in readings {
        for output in ["comment,report", "comment", "report", "none"] {
            for page in ["comment", "none"] {
                let more = [("PULL_REQUEST_OUTPUT", output), ("PAGE_OUTPUT", page)];
                cases.push((&WAYS_IN[0], reading.iter().copied().chain(more).collect()));
            }
        }
        cases.push((&WAYS_IN[0], reading.iter().copied().chain([("SOURCES", "title,branch")]).collect()));
    }
    cases.extend(WAYS_IN[1..].iter().map(|way| (way, vec![])));
    cases.push((&WAYS_IN[1], vec![("CONFLUENCE_CLOUD_ID", CLOUD_ID)]));
    for requires in ["link", "link,current", "label:ready,label:ready-too,link", "state:ready,label:ready,current"] {
        cases.push((&WAYS_IN[0], vec![("REQUIRE", requires)]));
    }
    cases
}
