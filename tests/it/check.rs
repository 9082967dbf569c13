//! `ACTION: check` reports what is missing, and writes nothing.

mod options;

use std::fs;
use std::path::{Path, PathBuf};

use confluence_pr_link::http::{Method, ServiceName};
use confluence_pr_link::refusal::scopes::{self, Kind};
use regex::Regex;
use serde_json::{Value, json};

use crate::bed::{Bed, Ran, run_with};
use crate::identity::{WAYS_IN, WayIn};
use crate::linking::simple;
use fake::{
    BITBUCKET_EMAIL, BITBUCKET_TOKEN, BITBUCKET_USER_TOKEN, CONFLUENCE_CLIENT_SECRET, CONFLUENCE_SCOPED_TOKEN, Fault,
    FaultKind, Service, State, Who,
};

/// A check in the pipeline of a pull request.
fn checking() -> Bed {
    simple().with("ACTION", "check").with("DEBUG", "true")
}

/// Runs it, and nothing was written: what has the method of a write went to number 0 at the gateway, with nothing in it,
/// and was refused.
fn run(bed: &Bed) -> Ran {
    let before = bed.fake.what_people_see();
    let ran = bed.run();
    assert_eq!(bed.fake.what_people_see(), before, "{}", ran.log);
    for recorded in bed.fake.writes() {
        let request = &recorded.request;
        let allowed = match request.method.as_str() {
            "POST" => &["/wiki/rest/api/content/0/label"][..],
            "PUT" => &["/wiki/api/v2/footer-comments/0", "/wiki/api/v2/tasks/0"],
            _ => &["/wiki/api/v2/footer-comments/0"],
        };
        assert!(allowed.iter().any(|end| request.path.ends_with(end)), "{}", recorded.line());
        assert_eq!(request.service, Service::Gateway, "{}", recorded.line());
        assert!(
            matches!(request.body.as_slice(), b"" | b"{}" | b"[]" | b"{\"status\":\"incomplete\"}"),
            "{}",
            recorded.line()
        );
        assert!(recorded.status.is_some_and(|status| (400..500).contains(&status)), "{}", recorded.line());
    }
    assert!(bed.variables["DEBUG"] == "false" || ran.log.contains(" 0 writes,"), "{}", ran.log);
    ran
}

/// The row that is about this: result, scope, and what more is said.
fn row(ran: &Ran, what: &str) -> (String, String) {
    let lines: Vec<&str> = ran.log.lines().filter(|line| line.starts_with("DEBUG: ") && line.contains(what)).collect();
    let [line] = lines[..] else { panic!("one row about {what:?}: {}", ran.log) };
    let cells: Vec<&str> =
        line.trim_start_matches("DEBUG: ").split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    (cells[0].to_owned(), cells.get(4).copied().unwrap_or_default().to_owned())
}

fn result(ran: &Ran, what: &str) -> String {
    row(ran, what).0
}

/// The rows with one of these results: what they are about, and their scope.
fn lacking(ran: &Ran) -> Vec<(String, String, String)> {
    let lines = ran.log.lines().filter_map(|line| line.strip_prefix("DEBUG: "));
    let cells = lines.map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>());
    let wanted = cells.filter(|cells| cells.len() > 3 && matches!(cells[0], "missing" | "no" | "failed"));
    wanted.map(|cells| (cells[0].to_owned(), cells[2].to_owned(), cells[3].to_owned())).collect()
}

fn grant(bed: &Bed, missing: &str) {
    let all = scopes::smallest(Kind::Confluence);
    let scopes = all.into_iter().filter(|scope| *scope != missing).map(str::to_owned);
    bed.fake.state().confluence.token_mut(CONFLUENCE_SCOPED_TOKEN).scopes = scopes.collect();
}

#[test]
fn check_is_clean_with_each_credential_that_works() {
    for way in &WAYS_IN {
        let bed = way.of(checking()).with("KEY_PREFIXES", "ENG,RFC=OPS").with("ON_ERROR", "warn");
        let ran = run(&bed);
        assert_eq!((ran.exit.code(), lacking(&ran)), (0, vec![]), "{}: {}", way.name, ran.log);
        assert!(!ran.log.contains("unknown  ") && ran.log.contains("\n✔ Check passed"), "{}", ran.log);
        let address = if way_is_gateway(way) { bed.fake.gateway_url() } else { bed.fake.confluence_url() };
        let (_, says) = row(&ran, "  credential CONFLUENCE_");
        assert!(says.contains(&address) && says.contains("as 712020:bot"), "{says}");
        assert!(row(&ran, "  credential BITBUCKET_ACCESS_TOKEN").1.contains("unknown account"), "{}", ran.log);
        assert_eq!(result(&ran, "  space ENG "), "ok");
        for secret in [CONFLUENCE_SCOPED_TOKEN, BITBUCKET_TOKEN, CONFLUENCE_CLIENT_SECRET] {
            assert!(!ran.log.contains(secret));
        }
        let linked = bed.with("ACTION", "link").with("ON_ERROR", "fail");
        assert_eq!(linked.run_twice().exit.code(), 0);
        assert_eq!(linked.only_rows(101).len(), 1);
    }
}

fn way_is_gateway(way: &WayIn) -> bool {
    way.name != "a token without scopes"
}

#[test]
fn check_names_each_missing_confluence_scope() {
    for missing in scopes::smallest(Kind::Confluence) {
        let bed = WAYS_IN[1].of(checking()).with("KEY_PREFIXES", "ENG").with("ON_ERROR", "warn");
        grant(&bed, missing);
        let ran = run(&bed);
        assert_eq!(ran.exit.code(), 3, "{missing}: {}", ran.log);
        let found = lacking(&ran);
        assert!(!found.is_empty(), "{missing}: {}", ran.log);
        for (result, _, scope) in &found {
            assert_eq!((result.as_str(), scope.as_str()), ("missing", missing), "{}", ran.log);
        }
        let rows = ran.log.lines().filter(|line| line.starts_with("DEBUG: ") && line.contains(&format!("  {missing}")));
        assert_eq!(rows.count(), found.len(), "{missing}: {}", ran.log);
        assert!(ran.log.contains(&format!("lacks the scope `{missing}`")), "{missing}: {}", ran.log);
        assert!(ran.log.lines().last().is_some_and(|line| line.starts_with("✖ Check failed: ")), "{}", ran.log);
    }
}

#[test]
fn what_is_not_written_needs_no_scope_to_write() {
    let bed = WAYS_IN[1].of(checking()).with("PAGE_OUTPUT", "none");
    {
        let mut state = bed.fake.state();
        let token = state.confluence.token_mut(CONFLUENCE_SCOPED_TOKEN);
        token.scopes.retain(|scope| !scope.starts_with("write") && !scope.starts_with("delete"));
    }
    let ran = run(&bed);
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert!(!ran.log.contains("write:comment:confluence") && ran.writes.is_empty(), "{}", ran.log);
    assert_eq!(bed.with("ACTION", "link").run_twice().exit.code(), 0);
}

/// With a person's API token for Bitbucket.
fn as_user(mut bed: Bed) -> Bed {
    bed.variables.remove("BITBUCKET_ACCESS_TOKEN");
    bed.with("ATLASSIAN_ACCOUNT_EMAIL", BITBUCKET_EMAIL).with("ATLASSIAN_API_TOKEN", BITBUCKET_USER_TOKEN)
}

#[test]
fn check_names_each_missing_bitbucket_scope() {
    let ran = run(&as_user(checking()));
    assert!(row(&ran, "  credential ATLASSIAN_API_TOKEN").1.ends_with("as bot user"), "{}", ran.log);
    let reports = ["read and write reports on commits"];
    let others = ["read pull requests and their commits", "read and write comments on pull requests"];
    let (read, repository) = ("read:pullrequest:bitbucket", "read:repository:bitbucket");
    for (granted, missing, operations) in [(read, repository, &reports[..]), (repository, read, &others[..])] {
        let bed = as_user(checking());
        bed.fake.state().bitbucket.token_mut(BITBUCKET_USER_TOKEN).scopes = vec![granted.to_owned()];
        let ran = run(&bed);
        let expected: Vec<_> =
            operations.iter().map(|what| ("missing".to_owned(), (*what).to_owned(), missing.to_owned())).collect();
        assert_eq!((ran.exit.code(), lacking(&ran)), (3, expected), "{}", ran.log);
        // And where there is nothing to ask about, what was granted tells.
        let mut bed = bed;
        bed.variables.remove("BITBUCKET_COMMIT");
        assert_eq!(lacking(&run(&bed)).len(), operations.len());
    }
    let bed = checking();
    bed.fake.state().bitbucket.token_mut(BITBUCKET_TOKEN).scopes = vec!["account".to_owned()];
    assert_eq!(lacking(&run(&bed)).len(), 3);
}

#[test]
fn refused_credential_fails_and_its_rows_are_unknown() {
    for way in &WAYS_IN[..4] {
        let bed = way.of(checking()).with("ON_ERROR", "warn");
        for token in &mut bed.fake.state().confluence.tokens {
            token.expired = true;
        }
        let ran = run(&bed);
        assert_eq!((ran.exit.code(), lacking(&ran).len()), (3, 1), "{}", ran.log);
        assert_eq!(result(&ran, "  credential CONFLUENCE_"), "failed", "{}", ran.log);
        assert_eq!(result(&ran, "  read pages and blog posts"), "unknown", "{}", ran.log);
        assert_eq!(result(&ran, "  read pull requests"), "ok", "{}", ran.log);
    }
    let bed = checking().with("BITBUCKET_ACCESS_TOKEN", "not-a-token-of-anybody");
    let ran = run(&bed);
    assert_eq!((ran.exit.code(), lacking(&ran).len()), (3, 1), "{}", ran.log);
    assert!(ran.log.contains("ERROR: Bitbucket, credential BITBUCKET_ACCESS_TOKEN: "), "{}", ran.log);
    assert_eq!(checking().with("DAYS", "a week").run().exit.code(), 2);
    // Who checks wants to hear that nothing arrived.
    let nothing = [("ACTION".to_owned(), "check".to_owned())].into_iter().collect();
    let (exit, log) = run_with(&nothing);
    assert!(exit.code() == 2 && log.contains("CONFLUENCE_BASE_URL is missing"), "{log}");
}

#[test]
fn spaces_that_are_not_there_or_take_no_comment_are_named() {
    let bed = checking().with("KEY_PREFIXES", "RFC=ARCH,ENG").with("SPACES", "ARCH,ENG,OPS");
    let home = bed.fake.state().confluence.space("OPS").homepage;
    bed.fake.state().confluence.content_mut(home).comment = Who::Nobody;
    let ran = run(&bed);
    assert_eq!(ran.exit.code(), 3, "{}", ran.log);
    let found: Vec<String> = lacking(&ran).into_iter().map(|(result, what, _)| format!("{result} {what}")).collect();
    assert_eq!(found, ["no space ARCH", "no space OPS"], "{}", ran.log);
    assert!(row(&ran, "  space OPS ").1.contains("grant it \"Add comment\" in the space"), "{}", ran.log);
    let ran = run(&bed.with("PAGE_OUTPUT", "none").with("SPACES", "ENG,OPS"));
    assert_eq!(result(&ran, "  space OPS "), "ok", "{}", ran.log);

    let ran = run(&checking().with("KEY_PREFIXES", "OPS").with("SPACES", "ENG"));
    assert_eq!((ran.exit.code(), row(&ran, "  space OPS ").1.contains("by link only")), (0, true), "{}", ran.log);
}

#[test]
fn search_that_does_not_answer_fails_the_check() {
    let refused = |status| FaultKind::refused_with(status, "no search");
    let empty = FaultKind::malformed(200, &json!({}));
    let kinds = [FaultKind::removed(), refused(400), refused(403), refused(404), FaultKind::status(500), empty];
    for kind in kinds {
        let bed = checking();
        let said = format!("{kind:?}");
        bed.fake.state().faults.push(Fault::always(kind).at(Service::Confluence).path("/rest/api/search"));
        let ran = run(&bed);
        assert_eq!((ran.exit.code(), result(&ran, "  search pages")), (3, "no".to_owned()), "{said}: {}", ran.log);
    }
}

#[test]
fn the_projects_key_is_advice() {
    let table = [
        ("ENG", "", "a space has this key, so keys such as ENG-1 can link its pages"),
        ("ENG", "OPS", "add ENG to KEY_PREFIXES"),
        ("ENG", "ENG", "and the configuration lists it"),
        ("ENG", "none", "KEY_PREFIXES is `none`"),
        ("SHOP", "", "no space has this key"),
        ("A_B", "", "it can't be the key of a space"),
    ];
    for (project, prefixes, words) in table {
        let ran = run(&checking().with("BITBUCKET_PROJECT_KEY", project).with("KEY_PREFIXES", prefixes));
        assert!(row(&ran, "  project ").1.contains(words), "{}", ran.log);
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    }
    let bed = checking();
    bed.fake.state().bitbucket.repositories[0].project_key = "OPS".to_owned();
    assert!(row(&run(&bed), "  project OPS").1.contains("a space has this key"));
}

#[test]
fn it_runs_in_every_pipeline_and_without_a_bitbucket_credential() {
    let mut bed = checking();
    bed.variables.remove("BITBUCKET_PR_ID");
    assert_eq!((run(&bed).exit.code(), lacking(&run(&bed))), (0, vec![]));
    bed.variables.remove("BITBUCKET_BRANCH");
    let mut bed = bed.with("BITBUCKET_TAG", "v1.0.0");
    assert_eq!(run(&bed).exit.code(), 0);
    bed.variables.remove("BITBUCKET_COMMIT");
    let ran = run(&bed);
    // The refusal to tell whose the token is tells its scopes.
    assert_eq!((ran.exit.code(), result(&ran, "  read and write reports")), (0, "ok".to_owned()), "{}", ran.log);
    let ran = run(&as_user(bed));
    assert_eq!((ran.exit.code(), result(&ran, "  read and write reports")), (0, "unknown".to_owned()), "{}", ran.log);

    for (private, words) in [("true", "only branch names are read"), ("false", "60 requests an hour")] {
        let mut bed = checking().with("BITBUCKET_REPO_IS_PRIVATE", private);
        bed.fake.state().bitbucket.repositories[0].is_private = private == "true";
        bed.variables.remove("BITBUCKET_ACCESS_TOKEN");
        let proxy = bed.fake.proxy_url();
        let bed = bed.with("BITBUCKET_AUTH_PROXY", &proxy);
        let ran = run(&bed);
        assert_eq!((ran.exit.code(), lacking(&ran)), (0, vec![]), "{}", ran.log);
        assert!(row(&ran, "  no credential").1.contains(words), "{}", ran.log);
        assert_eq!(result(&ran, "  read reports through the pipeline's proxy"), "ok", "{}", ran.log);
    }
}

#[test]
fn a_clock_that_is_wrong_and_the_network_are_shown() {
    let ran = run(&checking());
    assert_eq!(result(&ran, "  clock "), "ok", "{}", ran.log);
    for (date, words) in [("2026-11-22T09:24:00Z", "6 minutes ahead of"), ("2026-11-22T10:30:00Z", "60 minutes behind")]
    {
        let bed = checking();
        bed.fake.state().date = date.parse().unwrap();
        let ran = run(&bed);
        let (result, says) = row(&ran, "  clock ");
        assert!(result == "warning" && says.starts_with(words) && ran.exit.code() == 0, "{}", ran.log);
    }
    // This machine is reached directly, whatever the proxy.
    let ran = run(&checking().with("HTTPS_PROXY", "http://me:sesame-open@proxy.test:3128"));
    assert!(row(&ran, "  network ").1.starts_with("proxy http://proxy.test:3128, built-in"), "{}", ran.log);
    assert!(!ran.log.contains("sesame"), "{}", ran.log);
}

#[test]
fn failing_service_is_unknown_and_missing_one_fails() {
    let bed = as_user(WAYS_IN[1].of(checking()));
    bed.fake.state().faults.push(Fault::always(FaultKind::status(500)).path("/footer-comments"));
    bed.fake.state().faults.push(Fault::always(FaultKind::status(502)).path("/reports/"));
    let ran = run_quietly(&bed);
    assert_eq!((ran.exit.code(), lacking(&ran)), (0, vec![]), "{}", ran.log);
    for what in ["  write comments on pages", "  read the comments on pages", "  read and write reports"] {
        assert_eq!(result(&ran, what), "unknown", "{}", ran.log);
    }
    assert!(ran.log.contains("4 checks without a result"), "{}", ran.log);
    assert_eq!(bed.fake.writes().len(), 2, "what has the method of a write is not sent again");

    for (variable, service) in [("CONFLUENCE_BASE_URL", "Confluence"), ("BITBUCKET_API_URL", "Bitbucket")] {
        let ran = checking().with(variable, "http://127.0.0.1:1").with("ON_ERROR", "warn").run();
        assert_eq!((ran.exit.code(), result(&ran, "  connection")), (3, "failed".to_owned()), "{}", ran.log);
        assert!(!ran.log.contains(&format!("ERROR: {service}, credential")), "no credential is to blame: {}", ran.log);
    }
}

/// The same where a fault answers for the service.
fn run_quietly(bed: &Bed) -> Ran {
    let before = bed.fake.what_people_see();
    let ran = bed.run();
    assert_eq!(bed.fake.what_people_see(), before, "{}", ran.log);
    ran
}

fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check").join(name);
    let _ = fs::remove_dir_all(&place);
    place
}

#[test]
fn hostile_words_stay_in_their_line_and_hold_no_secret() {
    let place = place("hostile");
    let bed = checking().with("OUTPUT_DIR", place.to_str().unwrap()).with("DEBUG", "true");
    let name = format!("me\nERROR: all is lost\u{1b}[2J {BITBUCKET_TOKEN} {}", "x".repeat(5_000));
    let who = json!({"type": "known", "accountId": "712020:bot", "displayName": name});
    bed.fake.state().faults.push(Fault::always(FaultKind::json(200, &who)).path("/user/current"));
    let user = json!({"display_name": name});
    bed.fake.state().faults.push(Fault::always(FaultKind::json(200, &user)).path("/2.0/user"));
    let ran = run(&bed);
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let receipt = fs::read_to_string(place.join("receipt.json")).unwrap();
    for text in [&ran.log, &receipt] {
        assert!(
            !text.contains("\nERROR: all") && !text.contains('\u{1b}') && !text.contains(BITBUCKET_TOKEN),
            "{text}"
        );
        assert!(!text.contains(&"x".repeat(100)), "{text}");
    }
}

#[test]
fn the_receipt_has_the_rows_of_the_table() {
    let place = place("receipt");
    let bed = checking().with("OUTPUT_DIR", place.to_str().unwrap()).with("SPACES", "ARCH");
    let ran = run(&bed);
    let receipt: Value = serde_json::from_slice(&fs::read(place.join("receipt.json")).unwrap()).unwrap();
    assert_eq!((receipt["action"].as_str(), receipt["exit_code"].as_u64()), (Some("check"), Some(3)));
    let rows = receipt["check"].as_array().unwrap();
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let of_it = |line: &&str| {
            line.starts_with(&format!("DEBUG: {}", text("result")))
                && line.contains(&text("what"))
                && line.ends_with(&text("says"))
        };
        assert!(ran.log.lines().any(|line| of_it(&line)), "{row}: {}", ran.log);
    }
    let failures = receipt["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1);
    assert!(ran.log.contains(&format!("ERROR: {}", failures[0].as_str().unwrap())), "{}", ran.log);
    assert!(bed.with("ACTION", "link").run().exit.code() == 0);
    let receipt: Value = serde_json::from_slice(&fs::read(place.join("receipt.json")).unwrap()).unwrap();
    assert_eq!(receipt.get("check"), None);
}

#[test]
fn every_request_of_a_check_has_its_operation() {
    for way in &WAYS_IN[..2] {
        let bed = way.of(checking()).with("SPACES", "ENG");
        run(&bed);
        for recorded in bed.fake.requests() {
            let request = &recorded.request;
            let service =
                if request.service == Service::Bitbucket { ServiceName::Bitbucket } else { ServiceName::Confluence };
            let methods = [Method::Get, Method::Put, Method::Post, Method::Delete];
            let method = methods.into_iter().find(|method| method.to_string() == request.method).unwrap();
            let known = scopes::operation(service, method, &request.path).is_some();
            assert!(known || request.path == "/_edge/tenant_info", "{}", recorded.line());
        }
    }
}

#[test]
fn documented_example_is_the_output_of_a_check() {
    let bed = WAYS_IN[1].of(checking()).with("KEY_PREFIXES", "ENG,RFC=ARCH").with("DEBUG", "false");
    grant(&bed, "write:comment:confluence");
    let ran = run(&bed);
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/authentication.md");
    let document = fs::read_to_string(document).unwrap();
    let example = document.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let shown = bed.placed(&ran.log).replace(&bed.fake.gateway_url(), "https://gateway.example");
    let figures = Regex::new(r" \([0-9]+ requests.*").unwrap();
    let shown: String = shown.lines().skip(2).map(|line| format!("{}\n", figures.replace(line, ""))).collect();
    assert_eq!(shown, example, "\n{shown}");
}

#[test]
fn an_answer_in_place_of_the_services_says_nothing_good() {
    let bed = checking();
    bed.fake.state().faults.push(Fault::always(FaultKind::LoginPage));
    let ran = run_quietly(&bed);
    assert_eq!(ran.exit.code(), 3, "{}", ran.log);
    assert!(ran.log.lines().all(|line| !line.starts_with("DEBUG: ok") || line.contains(" clock ")), "{}", ran.log);
}

#[test]
fn a_check_without_problems_prints_one_line_for_all_that_passed() {
    let ran = run(&checking().with("DEBUG", "false"));
    let lines: Vec<&str> = ran.log.lines().skip(2).collect();
    assert!(
        matches!(lines[..], [passed, titles, last]
        if passed.ends_with(" checks passed") && titles.starts_with("INFO: Titles of pages in ") && last.starts_with("✔ ")),
        "{}",
        ran.log
    );
}

fn add_space(bed: &Bed, id: u64, key: &str) {
    let State { confluence, clock, .. } = &mut *bed.fake.state();
    confluence.add_space(clock, id, key, "A space");
    confluence.space_mut(key).kind = if key.starts_with('~') { "personal" } else { "global" }.to_owned();
}

#[test]
fn a_check_lists_the_spaces_whose_titles_can_appear() {
    let titles = |bed: Bed| {
        add_space(&bed, 9_001, "~55705842");
        row(&run(&bed), "  titles  ").1
    };
    let all = titles(checking());
    assert!(all.starts_with("Titles of pages in ") && all.contains("ENG") && !all.contains("~55705842"), "{all}");
    assert!(all.ends_with("Titles in personal spaces can't, unless SPACES lists the space"), "{all}");
    let some = titles(checking().with("SPACES", "ENG,~55705842,ARCH"));
    assert_eq!(some, "Titles of pages in 2 spaces can appear: ENG, ~55705842");
    let none = titles(checking().with("SPACES", "ARCH"));
    assert_eq!(none, "No titles can appear, because the account can't view the spaces");
    assert!(titles(checking().with("SHOW_TITLES", "never")).starts_with("No titles appear"));
    let public = checking().with("BITBUCKET_REPO_IS_PRIVATE", "false");
    assert!(titles(public).contains("the repository is public"));
    let hidden = checking();
    hidden.fake.state().confluence.space_mut("OPS").view = Who::Nobody;
    assert!(!titles(hidden).contains("OPS"));
    let many = checking();
    for number in 0..60 {
        add_space(&many, 9_100 + number, &format!("AA{number:02}"));
    }
    assert!(titles(many).contains("AA00, AA01, "));
}
