//! Without a Bitbucket credential: pages are linked with what is known, and Bitbucket gets only a report.

use crate::bed::{Bed, Ran};
use crate::faults::{self, Faults, Words};
use fake::{Fault, FaultKind, Recorded, Service, State};

/// A pull request whose branch names page 101 and whose title names page 102, in a step without a credential.
fn private() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Named by the branch");
    state.add_page(102, "ENG", "ENG-2 Named by the title");
    let id = state.open_pull_request("feature/ENG-1-checkout", "ENG-2: new checkout", "", &["start"]);
    let mut bed = Bed::new(state, id).with("BITBUCKET_BRANCH", "feature/ENG-1-checkout");
    bed.variables.remove("BITBUCKET_ACCESS_TOKEN");
    let proxy = bed.fake.proxy_url();
    bed.with("BITBUCKET_AUTH_PROXY", &proxy).with("BITBUCKET_PR_DESTINATION_BRANCH", "main")
}

/// The same in a public repository.
fn public() -> Bed {
    let bed = private().with("BITBUCKET_REPO_IS_PRIVATE", "false");
    bed.fake.state().bitbucket.repositories[0].is_private = false;
    bed
}

fn with_credential(bed: &Bed) -> Ran {
    let mut variables = bed.variables.clone();
    variables.insert("BITBUCKET_ACCESS_TOKEN".to_owned(), fake::BITBUCKET_TOKEN.to_owned());
    let (exit, log) = crate::bed::run_with(&variables);
    Ran { exit, details: log.clone(), log, writes: Vec::new() }
}

fn asked(bed: &Bed, service: Service) -> Vec<Recorded> {
    bed.fake.requests().into_iter().filter(|recorded| recorded.request.service == service).collect()
}

fn linked_in_report(bed: &Bed) -> Vec<String> {
    let commit = bed.fake.state().bitbucket.pull_request(1).source_commit.clone();
    let state = bed.fake.state();
    let found = state.bitbucket.repositories[0].reports.iter().find(|report| report.commit == commit);
    let data = found.map(|report| report.json["data"].as_array().cloned().unwrap()).unwrap_or_default();
    data.iter().map(|entry| entry["value"]["href"].as_str().unwrap().rsplit('=').next().unwrap().to_owned()).collect()
}

#[test]
fn public_pull_request_is_read_anonymously() {
    let bed = public();
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0);
    let log = bed.placed(&ran.log).replace(&bed.fake.proxy_url(), "http://proxy.example");
    insta::assert_snapshot!(log, @r#"
    INFO: Executing the pipe...
    INFO: confluence-pr-link 0.1.0: acme/shop #1, https://acme.example
    WARNING: No comment on the pull request lists its pages, so stale links stay until `ACTION: reconcile` runs. Add `comment` to PULL_REQUEST_OUTPUT, and set a Bitbucket credential
    INFO: Linked "ENG-1" https://acme.example/wiki/pages/viewpage.action?pageId=101 (ENG-1 in branch)
    INFO: Linked "ENG-2" https://acme.example/wiki/pages/viewpage.action?pageId=102 (ENG-2 in title)
    ✔ 2 pages linked: https://bitbucket.org/acme/shop/pull-requests/1
    "#);
    let direct = asked(&bed, Service::Bitbucket);
    assert_eq!(direct.len(), 3, "the pull request, its commits, the pull request again: {direct:#?}");
    assert!(direct.iter().all(|recorded| recorded.authorization().is_none() && recorded.request.method == "GET"));
    bed.nothing_is_left_to_do();
    assert_eq!(asked(&bed, Service::Bitbucket).len(), 2);
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-2: new checkout | open"]);
    assert_eq!(bed.only_rows(102), ["acme/shop #1 ENG-2: new checkout | open"]);
    assert_eq!(bed.comments(1), Vec::<String>::new());
    assert_eq!(linked_in_report(&bed), ["101", "102"]);
}

#[test]
fn refused_anonymous_reader_uses_the_environment() {
    for (path, asks) in [("/pullrequests/1?", 1), ("/pullrequests/1/commits", 2)] {
        for status in [401, 403, 404, 429] {
            let bed = public();
            let fault = Fault::always(FaultKind::status(status)).at(Service::Bitbucket).path(path);
            bed.fake.state().faults.push(fault);
            let ran = bed.run();
            assert_eq!(ran.exit.code(), 0, "{}", ran.log);
            let said = format!("WARNING: Bitbucket answered {status} without a credential");
            assert_eq!(ran.log.matches(&said).count(), 1, "{}", ran.log);
            assert_eq!(asked(&bed, Service::Bitbucket).len(), asks, "{path} {status}: no useless request");
            bed.nothing_is_left_to_do();
            assert_eq!(bed.only_rows(101), ["acme/shop #1 | open"]);
            assert_eq!(bed.rows(102).len(), 0);
            bed.fake.state().faults.clear();
            bed.run_twice();
            assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-2: new checkout | open"], "the title once it is known");
        }
    }
}

#[test]
fn a_limit_reached_after_the_writes_fails_nothing() {
    let bed = public();
    let limited = Fault::always(FaultKind::status(429)).at(Service::Bitbucket).path("/pullrequests/1?").nth(2);
    bed.fake.state().faults.push(limited);
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(asked(&bed, Service::Bitbucket).len(), 3);
    assert_eq!(bed.only_rows(102), ["acme/shop #1 ENG-2: new checkout | open"]);
}

#[test]
fn a_limit_reached_later_takes_nothing_away() {
    let bed = public();
    bed.run_twice();
    let limited = Fault::always(FaultKind::status(429)).at(Service::Bitbucket);
    bed.fake.state().faults.push(limited);
    bed.nothing_is_left_to_do();
    assert_eq!((bed.rows(101).len(), bed.rows(102).len()), (1, 1));
    assert_eq!(linked_in_report(&bed), ["101", "102"], "the report keeps what the earlier run read");
}

#[test]
fn a_broken_bitbucket_is_no_reason_to_guess() {
    let bed = public();
    bed.fake.state().faults.push(Fault::always(FaultKind::status(500)).at(Service::Bitbucket));
    let ran = bed.run();
    assert_eq!((ran.exit.code(), ran.writes.len()), (1, 0), "{}", ran.log);
}

#[test]
fn a_public_fork_is_no_subject() {
    let bed = public();
    bed.fake.state().bitbucket.pull_request_mut(1).source_repository = Some("outsider/shop".to_owned());
    let ran = bed.run_twice();
    assert!(ran.log.contains("pull requests from forks aren't linked"), "{}", ran.log);
    assert_eq!(ran.writes, Vec::<String>::new());
}

#[test]
fn a_private_pull_request_is_known_by_its_branch() {
    let bed = private();
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0);
    let log = bed.placed(&ran.log).replace(&bed.fake.proxy_url(), "http://proxy.example");
    insta::assert_snapshot!(log, @r#"
    INFO: Executing the pipe...
    INFO: confluence-pr-link 0.1.0: acme/shop #1, https://acme.example
    WARNING: Without a Bitbucket credential, only the branch name of the pull request is known. No link is removed in this run
    WARNING: No comment on the pull request lists its pages, so stale links stay until `ACTION: reconcile` runs. Add `comment` to PULL_REQUEST_OUTPUT, and set a Bitbucket credential
    INFO: Linked "ENG-1 Named by the branch" https://acme.example/wiki/pages/viewpage.action?pageId=101 (ENG-1 in branch)
    ✔ 1 page linked: https://bitbucket.org/acme/shop/pull-requests/1
    "#);
    assert_eq!(asked(&bed, Service::Bitbucket).len(), 0, "no request without a credential");
    assert_eq!(bed.only_rows(101), ["acme/shop #1 | open"]);
    assert_eq!(linked_in_report(&bed), ["101"]);
}

#[test]
fn a_row_that_is_there_keeps_what_only_a_credential_could_know() {
    let bed = private();
    with_credential(&bed);
    bed.fake.state().merge(1, false);
    with_credential(&bed);
    let merged = "acme/shop #1 ENG-2: new checkout | merged | 1";
    assert_eq!((bed.only_rows(101), bed.only_rows(102)), (vec![merged.to_owned()], vec![merged.to_owned()]));
    let comments = bed.comments(1);
    let ran = bed.run_twice();
    assert_eq!(ran.writes, Vec::<String>::new(), "{}", ran.log);
    assert_eq!((bed.only_rows(101), bed.only_rows(102)), (vec![merged.to_owned()], vec![merged.to_owned()]));
    assert_eq!(bed.comments(1), comments, "the comment and its index are left alone");
    assert_eq!(linked_in_report(&bed), ["101", "102"]);
}

#[test]
fn nothing_is_unlinked_when_the_branch_names_another_page() {
    let mut bed = private();
    bed.run_twice();
    bed.variables.insert("BITBUCKET_BRANCH".to_owned(), "feature/ENG-2-checkout".to_owned());
    bed.run_twice();
    assert_eq!(
        (bed.only_rows(101), bed.only_rows(102)),
        (vec!["acme/shop #1 | open".to_owned()], vec!["acme/shop #1 | open".to_owned()])
    );
    bed.variables.insert("BITBUCKET_BRANCH".to_owned(), "nothing".to_owned());
    bed.nothing_is_left_to_do();
    assert_eq!(linked_in_report(&bed), ["102"], "nor is the report taken away");
}

#[test]
fn run_without_credential_unlinks_nothing() {
    for bed in [private(), public()] {
        with_credential(&bed);
        assert_eq!((bed.rows(101).len(), bed.rows(102).len()), (1, 1));
        bed.fake.state().bitbucket.pull_request_mut(1).title = "nothing".to_owned();
        let comments = bed.comments(1);
        bed.run_twice();
        assert_eq!((bed.only_rows(101).len(), bed.only_rows(102).len()), (1, 1));
        assert_eq!(bed.comments(1), comments);
        with_credential(&bed);
        assert_eq!((bed.only_rows(101).len(), bed.only_rows(102).len()), (1, 0), "who can, does");
    }
}

#[test]
fn the_proxy_sees_whole_addresses_and_no_credential() {
    let bed = public().with("PULL_REQUEST_OUTPUT", "report");
    bed.run();
    let through = asked(&bed, Service::Proxy);
    let lines: Vec<String> = through.iter().map(|recorded| recorded.line()).collect();
    assert_eq!(through.len(), 2, "{lines:#?}");
    for recorded in &through {
        let Recorded { request, .. } = recorded;
        assert!(
            request.target.starts_with("http://api.bitbucket.org/2.0/repositories/acme/shop/commit/"),
            "{request:?}"
        );
        assert_eq!(recorded.authorization(), None);
        let secret = fake::CONFLUENCE_TOKEN;
        assert!(!format!("{:?} {}", request.headers, recorded.json()).contains(secret), "{request:?}");
    }
    let others = bed.fake.requests().into_iter().filter(|recorded| recorded.request.service != Service::Proxy);
    assert!(others.into_iter().all(|recorded| !recorded.request.target.contains("://")), "only the proxy is a proxy");
}

#[test]
fn who_has_a_credential_does_without_the_proxy() {
    let bed = private();
    let ran = with_credential(&bed);
    assert_eq!(asked(&bed, Service::Proxy).len(), 0, "{}", ran.log);
    assert_eq!((bed.comments(1).len(), linked_in_report(&bed).len()), (1, 2));
}

#[test]
fn a_proxy_that_is_not_there_costs_the_report_only() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let bed = private().with("BITBUCKET_AUTH_PROXY", &closed);
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let warning = "WARNING: The report on the commit wasn't updated: ";
    assert_eq!(ran.log.matches(warning).count(), 1, "{}", ran.log);
    assert!(ran.log.contains("only Bitbucket Pipelines has this proxy"), "{}", ran.log);
    assert!(ran.details.contains("0 retries"), "{}", ran.details);
    assert_eq!(bed.only_rows(101), ["acme/shop #1 | open"]);
}

#[test]
fn a_proxy_that_fails_or_refuses_costs_the_report_only() {
    let (left, refused) = ("The report on the commit wasn't updated", "Refused: write the report");
    let doubt = "Not confirmed: write the report";
    let table =
        [("GET", [(401, left), (403, left), (500, left)]), ("PUT", [(401, refused), (403, refused), (500, doubt)])];
    for (method, answers) in table {
        for (status, warning) in answers {
            let bed = private();
            let fault = Fault::always(FaultKind::status(status)).at(Service::Proxy).method(method);
            bed.fake.state().faults.push(fault);
            let ran = bed.run();
            assert_eq!(ran.exit.code(), 0, "{method} {status}: {}", ran.log);
            assert_eq!(ran.log.matches(&format!("WARNING: {warning}")).count(), 1, "{method} {status}: {}", ran.log);
            assert_eq!(bed.only_rows(101), ["acme/shop #1 | open"]);
            bed.fake.state().faults.clear();
            bed.run_twice();
            assert_eq!(linked_in_report(&bed), ["101"], "the next run writes it");
        }
    }
}

#[test]
fn requested_comment_needs_a_credential() {
    let bed = private().with("PULL_REQUEST_OUTPUT", "comment,report");
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(ran.log.matches("WARNING: `comment` in PULL_REQUEST_OUTPUT needs").count(), 1, "{}", ran.log);
    assert!(!private().run().log.contains("in PULL_REQUEST_OUTPUT needs"), "a default asks for nothing");
    assert!(!with_credential(&bed).log.contains("in PULL_REQUEST_OUTPUT needs"));
}

#[test]
fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let bed = private().with("DRY_RUN", "true");
    let ran = bed.run_twice();
    assert_eq!(ran.writes, Vec::<String>::new());
    assert!(ran.log.contains("INFO: Would link \"ENG-1 Named by the branch\""), "{}", ran.log);
}

#[test]
fn the_pull_requests_of_a_private_branch_cannot_be_looked_up() {
    let mut bed = private();
    bed.variables.remove("BITBUCKET_PR_ID");
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0);
    let log: Vec<&str> = ran.log.lines().skip(2).collect();
    assert_eq!(log.len(), 1, "{log:#?}");
    assert!(log[0].starts_with("✔ Nothing to link: without a Bitbucket credential"), "{log:#?}");
    assert_eq!(bed.fake.requests().len(), 0);
}

#[test]
fn public_branch_is_linked_anonymously() {
    let mut bed = public();
    bed.variables.remove("BITBUCKET_PR_ID");
    bed.run_twice();
    assert_eq!(bed.only_rows(102), ["acme/shop #1 ENG-2: new checkout | open"]);
    let limited = Fault::always(FaultKind::status(429)).at(Service::Bitbucket);
    bed.fake.state().faults.push(limited);
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0);
    assert!(ran.log.contains("the pull requests of this branch are unknown"), "{}", ran.log);
}

#[test]
fn a_pull_request_found_by_its_branch_is_not_taken_on_trust() {
    let mut bed = public();
    bed.variables.remove("BITBUCKET_PR_ID");
    let fault = Fault::always(FaultKind::status(429)).at(Service::Bitbucket).path("/pullrequests/1");
    bed.fake.state().faults.push(fault);
    let ran = bed.run();
    assert_eq!((ran.exit.code(), ran.writes.len()), (1, 0), "it may be of a fork: {}", ran.log);
    let said = "Bitbucket answered 429 without a credential, and the pull request may come from a fork";
    assert!(ran.log.contains(said), "{}", ran.log);
}

/// A second run of a step in which other pages are named.
fn going_on(bed: Bed) -> Bed {
    bed.run();
    let mut bed = bed.with("BITBUCKET_BRANCH", "feature/ENG-2-checkout");
    bed.fake.state().push(1, "go on");
    bed.at_tip(1);
    bed
}

#[test]
fn without_a_credential_every_single_fault_is_survived() {
    faults::sweep(|| going_on(private()), Words::Aside, Faults::Distinct);
    faults::sweep(public, Words::Aside, Faults::Distinct);
}
