//! Pull requests that can't be linked: one sentence with cause and remedy, and the exit code.

use crate::bed::{Bed, run_with};
use crate::linking::simple;
use fake::{Account, Fault, FaultKind, Response, Service, State, Who};

/// The log without its first two lines, the fake's address replaced.
fn result(bed: &Bed) -> (u8, String) {
    let ran = bed.run();
    let log = bed.placed(&ran.log);
    let lines: Vec<&str> = log.lines().skip(2).collect();
    (ran.exit.code(), lines.join("\n"))
}

#[test]
fn nothing_configured_is_a_sentence_and_no_failure() {
    let variables = [("BITBUCKET_REPO_FULL_NAME", "acme/shop"), ("BITBUCKET_PR_ID", "1"), ("NO_COLOR", "1")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let (exit, log) = run_with(&variables);
    assert_eq!(exit.code(), 0);
    insta::assert_snapshot!(log, @r"
    INFO: Executing the pipe...
    ✔ Nothing is configured, so nothing is linked. Set CONFLUENCE_BASE_URL and the credentials to use this pipe
    ");
}

#[test]
fn every_bad_variable_is_named_at_once_and_none_with_its_value() {
    let bed = simple()
        .with("KEY_PREFIXES", "ENG,s3cret!")
        .with("TIMEOUT_SECONDS", "s3cret")
        .with("DRY_RUN", "s3cret")
        .with("CONFLUENCE_BASE_URL", "http://s3cret.example")
        .with("SOURCES", "title,s3cret")
        .with("REQUIRE", "link,s3cret")
        .with("REQUIRE_EXEMPT", "712020:robot, s3cret/*")
        .with("BITBUCKET_PR_ID", "s3cret");
    let (exit, log) = run_with(&bed.variables);
    assert_eq!(exit.code(), 2);
    assert!(!log.contains("s3cret"), "{log}");
    insta::assert_snapshot!(log, @r"
    INFO: Executing the pipe...
    ERROR: CONFLUENCE_BASE_URL must begin with `https://`, because `http://` would send the credential unencrypted
    ERROR: KEY_PREFIXES has an invalid item (number 2). Use prefixes such as `ENG` or `RFC=ARCH`
    ERROR: SOURCES must be a list of `branch`, `commits`, `title`, `description`, `jira`
    ERROR: REQUIRE has an invalid item (number 2). Use `link`, `current`, `label:NAME`, `state:NAME` or `no-skip`, and only labels and states that Confluence allows
    ERROR: REQUIRE_EXEMPT has an invalid item (number 2). Use account ids such as `712020:5b10…`
    ERROR: DRY_RUN must be `true` or `false`
    ERROR: TIMEOUT_SECONDS must be a number from 1 to 3600
    ERROR: BITBUCKET_PR_ID isn't the number of a pull request
    ✖ Bad configuration (8 problems). Nothing was read or written. See https://bitbucket.org/confluence-pr-link/confluence-pr-link
    ");
    assert_eq!(bed.fake.requests().len(), 0);
}

#[test]
fn half_a_configuration_is_refused() {
    for missing in ["CONFLUENCE_BASE_URL", "CONFLUENCE_API_TOKEN"] {
        let mut bed = simple();
        bed.variables.insert(missing.to_owned(), String::new());
        let (exit, log) = run_with(&bed.variables);
        assert_eq!(exit.code(), 2, "{log}");
        assert!(log.contains(&format!("ERROR: {missing} is missing")), "{log}");
    }
}

#[test]
fn a_branch_without_an_open_pull_request_has_nothing_to_link() {
    let mut bed = simple().with("BITBUCKET_BRANCH", "other \"branch\"");
    bed.variables.remove("BITBUCKET_PR_ID");
    insta::assert_snapshot!(format!("{:?}", result(&bed)), @r#"(0, "✔ Nothing to link: the branch `other \"branch\"` has no open pull request, and this commit merged none")"#);
}

#[test]
fn a_branch_pipeline_links_the_open_pull_request_of_its_branch() {
    let mut bed = simple().with("BITBUCKET_BRANCH", "feature/ENG-123-checkout");
    bed.variables.remove("BITBUCKET_PR_ID");
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101).len(), 1, "{}", ran.log);
}

#[test]
fn a_fork_is_never_linked() {
    let bed = simple();
    bed.fake.state().bitbucket.pull_request_mut(1).source_repository = Some("outsider/shop".to_owned());
    insta::assert_snapshot!(format!("{:?}", result(&bed)), @r#"(0, "✔ Skipped, because pull requests from forks aren't linked: https://bitbucket.org/acme/shop/pull-requests/1")"#);
    assert_eq!(bed.fake.writes().len(), 0);
}

#[test]
fn last_line_names_the_changed_pull_request() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 One");
    let ids = ["ENG-1", "ENG-1 too"].map(|title| state.open_pull_request("work", title, "", &["x"]));
    let mut bed = Bed::new(state, ids[0]).with("BITBUCKET_BRANCH", "work");
    assert_eq!(bed.run().exit.code(), 0);
    bed.variables.remove("BITBUCKET_PR_ID");
    let (_, log) = result(&bed);
    let last = log.lines().last().unwrap();
    let url = format!("https://bitbucket.org/acme/shop/pull-requests/{} and 1 more", ids[1]);
    assert!(last.contains("pages linked") && last.contains(&url), "{log}");
}

#[test]
fn a_pull_request_without_a_mention_says_so() {
    let mut state = State::default();
    let id = state.open_pull_request("work", "Work", "", &["x"]);
    insta::assert_snapshot!(format!("{:?}", result(&Bed::new(state, id))), @r#"(0, "✔ No Confluence page mentioned in https://bitbucket.org/acme/shop/pull-requests/1. Write a page's URL into the title, the description or a new commit, or a key such as ENG-123 into the title or a new commit")"#);
}

#[test]
fn a_key_without_a_page_is_one_line_and_no_comment() {
    let mut state = State::default();
    let id = state.open_pull_request("work", "ENG-999: SHA-256 and UTF-8", "", &["x"]);
    let bed = Bed::new(state, id);
    insta::assert_snapshot!(format!("{:?}", result(&bed)), @r#"(0, "INFO: No page found for ENG-999, SHA-256, UTF-8. If they are page keys, each page needs its key as a label, in a space that the account can view\n✔ No Confluence page linked: https://bitbucket.org/acme/shop/pull-requests/1")"#);
    assert_eq!(bed.comments(id), Vec::<String>::new());
}

#[test]
fn a_page_that_is_not_there_or_not_visible_is_one_warning() {
    let mut state = State::default();
    state.add_page(101, "ENG", "Secret").view = Who::Nobody;
    let id = state.open_pull_request("work", "Work", "", &["x"]);
    let bed = Bed::new(state, id);
    let site = bed.fake.confluence_url();
    let text = format!("{site}/wiki/spaces/ENG/pages/101/Secret and {site}/wiki/spaces/ENG/pages/404404");
    bed.fake.state().bitbucket.pull_request_mut(id).description = text;
    insta::assert_snapshot!(format!("{:?}", result(&bed)), @r#"(0, "WARNING: Page not found, or the Confluence account can't view it: https://acme.example/wiki/spaces/ENG/pages/101. Check the link, or grant the account \"View\"\nWARNING: Page not found, or the Confluence account can't view it: https://acme.example/wiki/spaces/ENG/pages/404404. Check the link, or grant the account \"View\"\n✔ No Confluence page linked: https://bitbucket.org/acme/shop/pull-requests/1")"#);
    assert_eq!(bed.comments(id), Vec::<String>::new());
}

#[test]
fn a_key_in_two_titles_links_none_and_names_the_label() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-5 One");
    state.add_page(102, "ENG", "ENG-5 Two");
    let id = state.open_pull_request("work", "ENG-5", "", &["x"]);
    let bed = Bed::new(state, id);
    insta::assert_snapshot!(format!("{:?}", result(&bed)), @r#"(0, "WARNING: ENG-5 is in the title of 2 pages (page:101, page:102), so none is linked. Set the label `eng-5` on the right one\n✔ No Confluence page linked: https://bitbucket.org/acme/shop/pull-requests/1")"#);
    bed.fake.state().confluence.content_mut(102).labels.push("eng-5".to_owned());
    bed.run_twice();
    assert_eq!((bed.rows(101).len(), bed.rows(102).len()), (0, 1));
}

#[test]
fn a_page_that_may_not_be_commented_is_tried_once() {
    for status in [403, 404] {
        let bed = simple();
        bed.fake.state().confluence.refuse_comments_with = status;
        bed.fake.state().confluence.content_mut(101).comment = Who::Nobody;
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert!(ran.log.contains("Add comment"), "{}", ran.log);
        assert!(bed.comments(1)[0].contains("comments not allowed"), "{:?}", bed.comments(1));
        bed.nothing_is_left_to_do();
        bed.fake.state().confluence.content_mut(101).comment = Who::Everyone;
        bed.run_twice();
        assert_eq!(bed.only_rows(101).len(), 1, "permission granted later is noticed");
    }
}

#[test]
fn a_page_outside_spaces_is_shown_by_link_only() {
    let mut state = State::default();
    state.add_page(101, "OPS", "Internal runbook");
    let id = state.open_pull_request("work", "Work", "", &["x"]);
    let bed = Bed::new(state, id).with("SPACES", "ENG");
    let link = format!("{}/wiki/spaces/OPS/pages/101", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(id).description = link;
    let ran = bed.run_twice();
    let comment = bed.comments(id).join("");
    assert!(comment.contains("[page 101](https://acme.example/wiki/pages/viewpage.action?pageId=101)"), "{comment}");
    assert!(!comment.contains("Internal") && !comment.contains("OPS"), "{comment}");
    assert!(!ran.log.contains("Internal"), "{}", ran.log);
    assert_eq!(bed.rows(101).len(), 0);
}

#[test]
fn a_restricted_page_shows_its_key_and_nothing_else() {
    let bed = simple();
    bed.fake.state().confluence.content_mut(101).read_users.push(fake::BOT.to_owned());
    let ran = bed.run_twice();
    let comment = bed.comments(1).join("");
    assert!(comment.contains("[ENG-123](https://acme.example"), "{comment}");
    assert!(!comment.contains("Checkout") && !comment.contains("current"), "{comment}");
    assert!(!ran.log.contains("Checkout redesign"), "{}", ran.log);
    assert_eq!(bed.only_rows(101).len(), 1, "its own readers see the pull request");
}

#[test]
fn a_restriction_that_cannot_be_read_hides() {
    let bed = simple();
    bed.fake
        .state()
        .faults
        .push(Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/rest/api/search"));
    let link = format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(1).description = link;
    bed.fake.state().faults.push(Fault::always(FaultKind::status(403)).at(Service::Confluence).path("/restriction"));
    bed.run();
    assert!(!bed.comments(1).join("").contains("Checkout"), "{:?}", bed.comments(1));
}

#[test]
fn a_public_repository_shows_no_titles() {
    let bed = simple().with("BITBUCKET_REPO_IS_PRIVATE", "false");
    bed.run_twice();
    assert!(!bed.comments(1).join("").contains("Checkout redesign"));
}

#[test]
fn titles_are_never_shown_when_asked() {
    let bed = simple().with("SHOW_TITLES", "never");
    bed.run_twice();
    assert!(!bed.comments(1).join("").contains("Checkout redesign"));
    assert_eq!(bed.only_rows(101), ["acme/shop #1 | open"]);
}

#[test]
fn a_base_url_with_a_typo_says_where_to_look() {
    let bed = simple().with("CONFLUENCE_BASE_URL", "http://127.0.0.1:9");
    insta::assert_snapshot!(format!("{:?}", result(&bed)), @r#"(1, "ERROR: Couldn't link the pull request: `GET /wiki/rest/api/user/current` to Confluence failed after 4 tries: connection refused; check CONFLUENCE_BASE_URL, and that this step can reach it\n✖ Couldn't link the pull request: https://bitbucket.org/acme/shop/pull-requests/1")"#);
    let bed = simple();
    let page = FaultKind::Answer(Response::html(404, "<html><title>Site unavailable</title></html>"));
    bed.fake.state().faults.push(Fault::always(page).at(Service::Confluence));
    insta::assert_snapshot!(format!("{:?}", result(&bed)), @r#"(3, "ERROR: Couldn't link the pull request: `GET /wiki/rest/api/user/current` to Confluence failed: answered 404 Not Found: an HTML page titled `Site unavailable`; no Confluence answers there: check CONFLUENCE_BASE_URL\n✖ Couldn't link the pull request: https://bitbucket.org/acme/shop/pull-requests/1")"#);
    assert_eq!(bed.fake.writes().len(), 0);
}

#[test]
fn a_bad_credential_names_the_service_and_the_remedy() {
    let bed = simple().with("CONFLUENCE_API_TOKEN", "wr0ng-token");
    insta::assert_snapshot!(format!("{:?}", result(&bed)), @r#"(3, "ERROR: Couldn't link the pull request: `GET /wiki/rest/api/user/current` to Confluence failed: answered 403 Forbidden: caller cannot access Confluence; the email address or the API token is wrong or expired, or the account isn't allowed to use Confluence\n✖ Couldn't link the pull request: https://bitbucket.org/acme/shop/pull-requests/1")"#);
    assert_eq!(bed.fake.writes().len(), 0);
    let bed = simple().with("BITBUCKET_ACCESS_TOKEN", "wr0ng-token");
    insta::assert_snapshot!(format!("{:?}", result(&bed)), @r#"(3, "ERROR: Couldn't link the pull request: `GET /2.0/repositories/acme/shop/pullrequests/1` to Bitbucket failed: answered 401 Unauthorized: Token is invalid, expired, or not supported for this endpoint; the Bitbucket credential is wrong, expired or revoked, or ATLASSIAN_ACCOUNT_EMAIL isn't its account: replace it\n✖ Couldn't link the pull request: https://bitbucket.org/acme/shop/pull-requests/1")"#);
    assert_eq!(bed.fake.writes().len(), 0);
}

#[test]
fn page_of_the_edge_blames_the_network_and_no_credential() {
    let bed = simple();
    let page = FaultKind::Answer(Response::html(403, "<html><h1>Access Denied</h1></html>"));
    bed.fake.state().faults.push(Fault::always(page).at(Service::Bitbucket));
    let (exit, log) = result(&bed);
    assert_eq!(exit, 3, "{log}");
    assert!(log.contains("Forbidden: Access Denied; a proxy or firewall before Bitbucket refuses this step"), "{log}");
    assert!(!log.contains("credential"), "{log}");
}

#[test]
fn own_words_of_a_failure_are_not_cut() {
    let (_, log) = result(&simple().with("BITBUCKET_ACCESS_TOKEN", &"x".repeat(20_000)));
    assert!(log.contains("failed: the request has a path or header that cannot be sent"), "{log}");
}

#[test]
fn warn_turns_a_failure_into_a_warning() {
    let bed = simple().with("CONFLUENCE_API_TOKEN", "wr0ng-token").with("ON_ERROR", "warn");
    let (exit, log) = result(&bed);
    assert_eq!(exit, 0);
    assert!(log.contains("WARNING:"), "{log}");
}

#[test]
fn foreign_comment_with_our_marker_is_left_alone() {
    let bed = simple();
    let host = bed.fake.confluence_url().replace("http://", "");
    let forged = format!("mine\n\n[//]: # (confluence-pr-link v1 site={host} pages=page:101)");
    bed.fake.state().comment(1, Account::other_token(), &forged);
    let theirs = "<p>theirs <a href=\"https://x.example/#confluence-pr-link-v1\">x</a></p>";
    bed.fake.state().add_page_comment(101, fake::SOMEBODY_ELSE, theirs);
    let ran = bed.run();
    assert!(ran.log.contains("is by another account"), "{}", ran.log);
    bed.nothing_is_left_to_do();
    let comments = bed.fake.pull_request_comments(1);
    assert_eq!(comments.len(), 2, "{comments:#?}");
    assert_eq!(comments[0], forged);
    assert!(bed.fake.page_comments(101)[0].contains("theirs"));
    assert_eq!(bed.rows(101).len(), 2, "theirs and ours");
}

#[test]
fn twenty_pages_are_written_and_fifty_are_listed_at_most() {
    let mut state = State::default();
    for number in 1..=60 {
        state.add_page(1_000 + number, "ENG", &format!("ENG-{number} Page"));
    }
    let title: Vec<String> = (1..=60).map(|number| format!("ENG-{number}")).collect();
    let id = state.open_pull_request("work", &title.join(" "), "", &["x"]);
    let bed = Bed::new(state, id);
    let ran = bed.run_twice();
    let comment = bed.comments(id).join("");
    assert_eq!(comment.matches("/wiki/pages/viewpage.action").count(), 50, "{}", ran.log);
    assert!(comment.contains("10 more pages are mentioned"), "{comment}");
    assert!(ran.writes.iter().all(|line| !line.contains("/wiki/")), "{:#?}", ran.writes);
}
