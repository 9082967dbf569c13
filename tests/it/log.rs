//! The log that people see: rules for every test's log, and what a run logs at all.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::bed::Bed;
use crate::linking::simple;
use fake::State;

/// The longest line, without addresses and the words of services.
const LONGEST: usize = 220;

static OF_OTHERS: LazyLock<Regex> = LazyLock::new(of_others);

/// URLs, paths and scopes; a service's words after its status; keys of spaces.
fn of_others() -> Regex {
    let addresses = r"https?://\S+|`[A-Z]+ /[^` ]*`|[A-Z]+ /\S+|[a-z.-]+:[a-z.-]+:(confluence|bitbucket|jira)";
    let words = r"answered [0-9]{3}( [A-Z][A-Za-z' -]+)?: [^;]*|spaces can appear: [A-Z0-9, ]*";
    Regex::new(&format!("{addresses}|{words}")).unwrap()
}

/// The lines that people see with these variables.
pub(crate) fn seen(details: &str, variables: &BTreeMap<String, String>) -> String {
    let shows = |line: &&str| variables.contains_key("DEBUG") || !line.starts_with("DEBUG: ");
    details.lines().filter(shows).map(|line| format!("{line}\n")).collect()
}

/// Fails if a line is longer than people read.
pub(crate) fn check_lengths(log: &str) {
    for line in log.lines().filter(|line| line.len() > LONGEST) {
        let length = OF_OTHERS.replace_all(line, "").chars().count();
        assert!(length <= LONGEST, "{length} characters without addresses and services' words: {line}");
    }
}

#[test]
fn long_line_is_refused_unless_others_wrote_it() {
    check_lengths(&format!("ERROR: https://acme.example/{}", "x".repeat(300)));
    check_lengths(&format!("ERROR: `GET /wiki` failed: answered 403 Forbidden: {}; check it", "words ".repeat(60)));
    let long = std::panic::catch_unwind(|| check_lengths(&format!("INFO: {}", "x".repeat(LONGEST))));
    assert!(long.is_err());
}

#[test]
fn run_without_changes_logs_three_lines() {
    let bed = simple();
    bed.run();
    let ran = bed.run();
    let lines: Vec<&str> = ran.log.lines().collect();
    assert!(
        matches!(lines[..], ["INFO: Executing the pipe...", start, last]
            if start.starts_with("INFO: confluence-pr-link ") && start.contains(": acme/shop #1, ")
                && last.starts_with("✔ No changes. 1 page linked: https://bitbucket.org/")),
        "{}",
        ran.log
    );
    let costs = |log: &str| log.contains(" requests, 0 writes, 0 retries");
    assert!(costs(&ran.details) && !costs(&ran.log), "{}", ran.details);
}

#[test]
fn twenty_pages_are_twenty_lines_below_the_warnings() {
    let mut state = State::default();
    let long = "A long title ".repeat(10);
    for number in 1..=20 {
        state.add_page(100 + number, "ENG", &format!("ENG-{number} {long}"));
    }
    let title: Vec<String> = (1..=21).map(|number| format!("ENG-{number}")).collect();
    let id = state.open_pull_request("work", &title.join(" "), "", &["x"]);
    let bed = Bed::new(state, id);
    let gone = format!("{}/wiki/spaces/ENG/pages/999", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(id).description = gone;
    let ran = bed.run();
    let lines: Vec<&str> = ran.log.lines().skip(2).collect();
    let [warning, keys, pages @ .., last] = &lines[..] else { panic!("{}", ran.log) };
    assert!(warning.starts_with("WARNING: ") && keys.starts_with("INFO: No page found for ENG-21. "), "{}", ran.log);
    assert!(pages.len() == 20 && last.starts_with("✔ 20 pages linked: "), "{}", ran.log);
    for (number, line) in (1..).zip(pages) {
        let title: String = format!("ENG-{number} {long}").chars().take(80).collect();
        let begin = format!("INFO: Linked \"{title}…\" {}", bed.fake.confluence_url());
        assert!(line.starts_with(&begin) && line.ends_with(&format!(" (ENG-{number} in title)")), "{line}");
    }
    let again = bed.run();
    assert_eq!(again.log.lines().count(), 5, "warnings stay: {}", again.log);
}
