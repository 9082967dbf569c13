//! The documents tell the truth: what README, changelog and Dockerfile say is what the program does.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use confluence_pr_link::refusal::scopes::{self, Kind, OPERATIONS};
use confluence_pr_link::variables::help::{Need, Topic, VARIABLES, Variable};
use serde_json::Value;

use crate::{linking, manifest, release};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub(crate) fn document(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The cells of the tables' data rows between a heading and the next one of its rank or above.
pub(crate) fn table(document: &str, heading: &str) -> Vec<Vec<String>> {
    let rank = heading.chars().take_while(|c| *c == '#').count();
    let ends = |line: &&str| {
        let marks = line.chars().take_while(|c| *c == '#').count();
        (1..=rank).contains(&marks)
    };
    let section = document.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !ends(line));
    let rows = section.filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = rows.map(|row| row.split(" | ").map(str::to_owned).collect::<Vec<_>>());
    let rows: Vec<Vec<String>> = cells.filter(|cells| cells.iter().all(|cell| cell != "---")).collect();
    assert!(!rows.is_empty(), "there is a table under `{heading}`");
    rows
}

/// What stands in code spans.
pub(crate) fn code_spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_readme_has_the_variables_in_the_words_of_help() {
    let rows = table(&document("README.md"), "## Variables");
    let default = manifest::default_variables();
    let marked = |variable: &Variable| {
        let need = match variable.need {
            Need::Required => " (*)",
            Need::OneOfConfluence => " (2*)",
            Need::Optional => "",
        };
        let taken = if default.iter().any(|name| name == variable.name) { " (**)" } else { "" };
        vec![format!("{}{need}{taken}", variable.name), variable.usage.to_owned()]
    };
    let mut expected = vec![vec!["Variable".to_owned(), "Usage".to_owned()]];
    expected.extend(VARIABLES.iter().filter(|variable| variable.is_for_users()).map(marked));
    assert_eq!(rows, expected);
}

#[test]
fn the_snippet_of_the_readme_offers_every_variable_that_is_not_advanced() {
    let readme = document("README.md");
    let snippet = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let names = snippet.lines().filter_map(|line| line.trim_start_matches([' ', '#']).split_once(": \"<"));
    let names: Vec<&str> = names.map(|(name, _)| name).collect();
    let advanced = ["SSL_CERT_FILE", "HTTPS_PROXY", "NO_PROXY"];
    let is_common = |variable: &&Variable| {
        variable.is_for_users() && variable.topic != Topic::Addresses && !advanced.contains(&variable.name)
    };
    let common = VARIABLES.iter().filter(is_common);
    assert_eq!(names, common.map(|variable| variable.name).collect::<Vec<_>>());
    assert!(VARIABLES.last().is_some_and(|variable| variable.name == "DEBUG"));
}

#[test]
fn contributing_has_the_variables_that_only_tests_set() {
    let rows = table(&document("CONTRIBUTING.md"), "## Variables for tests");
    let mut expected = vec![vec!["Variable".to_owned(), "Usage".to_owned()]];
    let testing = VARIABLES.iter().filter(|variable| !variable.is_for_users());
    expected.extend(testing.map(|variable| vec![variable.name.to_owned(), variable.usage.to_owned()]));
    assert_eq!(rows, expected);
}

#[test]
fn every_document_names_this_version() {
    let (readme, manifest) = (document("README.md"), document("pipe.yml"));
    let image = manifest.lines().find_map(|line| line.strip_prefix("image: ")?.split('@').next()).unwrap();
    for line in readme.lines().filter(|line| line.contains("- pipe: ")) {
        let reference = line.trim_start();
        let by_tag = format!("- pipe: confluence-pr-link/confluence-pr-link:{VERSION}");
        let by_digest = format!("- pipe: docker://{image}@sha256:<digest>");
        assert!(reference == by_tag || reference == by_digest, "alone on its line: {line}");
    }
    let changelog = document("CHANGELOG.md");
    let first = changelog.lines().find(|line| line.starts_with("## "));
    assert!(first.is_some_and(|line| line.starts_with(&format!("## [{VERSION}]"))), "{first:?}");
    assert!(document("Dockerfile").contains(&format!("org.opencontainers.image.version=\"{VERSION}\"")));
}

/// Appends the files of a directory, those of its directories too.
fn collect(directory: &Path, text: &mut String) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, text);
        } else {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// The program's sources as one text, string literals over several lines joined.
fn sources() -> String {
    let mut text = String::new();
    collect(&path("src"), &mut text);
    let mut lines = text.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |joined, line| joined + line.trim_start())
}

#[test]
fn the_messages_under_troubleshooting_are_the_programs_own() {
    let sources = sources();
    let rows = table(&document("README.md"), "### Troubleshooting by message");
    for row in rows.iter().skip(1) {
        let [message] = code_spans(&row[0])[..] else { panic!("one message: {row:?}") };
        assert!(sources.contains(message), "no source says `{message}`");
    }
}

#[test]
fn the_table_of_the_receipt_has_its_fields() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
    let _ = std::fs::remove_dir_all(&directory);
    let bed = linking::simple().with("OUTPUT_DIR", directory.to_str().unwrap());
    assert_eq!(bed.run().exit.code(), 0);
    let receipt: Value = serde_json::from_slice(&std::fs::read(directory.join("receipt.json")).unwrap()).unwrap();
    let checked = linking::simple().with("OUTPUT_DIR", directory.to_str().unwrap()).with("ACTION", "check");
    assert_eq!(checked.run().exit.code(), 0);
    let mut receipt = receipt;
    let of_check: Value = serde_json::from_slice(&std::fs::read(directory.join("receipt.json")).unwrap()).unwrap();
    receipt["check"] = of_check["check"].clone();
    let rows = table(&document("README.md"), "### Receipt and audit log");
    let audit_table = rows.iter().rposition(|row| row[0] == "Field").unwrap();
    let said: BTreeSet<&str> = rows[1..audit_table].iter().flat_map(|row| code_spans(&row[0])).collect();
    let fields = receipt.as_object().unwrap();
    assert_eq!(said, fields.keys().map(String::as_str).collect());
    for (name, value) in fields {
        let inner = value.as_array().and_then(|entries| entries.first()).unwrap_or(value);
        let words = rows[..audit_table].iter().find(|row| code_spans(&row[0]) == [name]).map(|row| code_spans(&row[1]));
        for field in inner.as_object().into_iter().flat_map(|inner| inner.keys()) {
            assert!(words.as_ref().is_some_and(|words| words.contains(&field.as_str())), "{name}.{field}");
        }
    }
    let line = std::fs::read_to_string(directory.join("audit.jsonl")).unwrap();
    let line: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    let said: BTreeSet<&str> =
        rows[audit_table..].iter().flat_map(|row| row.iter().flat_map(|cell| code_spans(cell))).collect();
    for field in line.as_object().unwrap().keys() {
        assert!(said.contains(field.as_str()), "audit.{field}");
    }
}

#[test]
fn the_table_of_a_release_has_its_fields() {
    let shop = release::shipped("documents");
    assert_eq!(shop.bed.run().exit.code(), 0);
    let json = shop.json();
    let rows = table(&document("README.md"), "### Releases");
    let said: Vec<&str> = rows.iter().skip(1).flat_map(|row| code_spans(&row[0])).collect();
    let fields = json.as_object().unwrap();
    assert_eq!(said.iter().copied().collect::<BTreeSet<_>>(), fields.keys().map(String::as_str).collect());
    for (name, value) in fields {
        let words = rows.iter().find(|row| code_spans(&row[0]) == [name]).map(|row| code_spans(&row[1])).unwrap();
        for entry in value.as_array().into_iter().flatten().filter_map(Value::as_object) {
            assert!(entry.keys().all(|field| words.contains(&field.as_str())), "{name}: {entry:?}");
        }
    }
}

#[test]
fn the_readme_begins_with_the_two_commands_that_do_everything() {
    let readme = document("README.md");
    let begin = readme.split("\n## ").next().unwrap();
    for command in ["cargo run -p demo ", "cargo test "] {
        assert!(begin.lines().any(|line| line.starts_with(command)), "{command}");
    }
}

#[test]
fn the_table_of_the_audit_log_has_every_event() {
    let source = document("src/audit/event.rs");
    let list = source.split("pub enum Event {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
    let names =
        list.lines().filter_map(|line| line.strip_prefix("    ").filter(|name| name.starts_with(char::is_uppercase)));
    let kebab = |name: &str| {
        let dashed = name.trim_end_matches([' ', '{', ',']).chars().enumerate();
        dashed.fold(String::new(), |mut word, (at, c)| {
            if c.is_ascii_uppercase() && at > 0 {
                word.push('-');
            }
            word.push(c.to_ascii_lowercase());
            word
        })
    };
    let names: BTreeSet<String> = names.map(kebab).collect();
    let rows = table(&document("README.md"), "### Receipt and audit log");
    let row = rows.iter().find(|row| row[0] == "`event`").unwrap();
    assert_eq!(code_spans(&row[1]).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), names);
}

#[test]
fn the_tables_of_scopes_are_the_programs_own() {
    let readme = document("README.md");
    let rows = table(&readme, "### Scopes of a Confluence credential");
    let granular: Vec<&str> = rows.iter().skip(1).flat_map(|row| code_spans(&row[0])).collect();
    assert_eq!(granular.iter().copied().collect::<BTreeSet<_>>(), scopes::smallest(Kind::Confluence));
    assert_eq!(granular.len(), scopes::smallest(Kind::Confluence).len(), "each once");
    for row in rows.iter().skip(1) {
        let of_this = OPERATIONS.iter().filter_map(|operation| operation.confluence());
        let classic = of_this.filter(|scope| code_spans(&row[0]) == [scope.granular]).filter_map(|scope| scope.classic);
        let said: BTreeSet<&str> = code_spans(&row[1]).into_iter().collect();
        assert_eq!(said, classic.collect::<BTreeSet<_>>(), "{row:?}");
    }
    let rows = table(&readme, "### Scopes that an option needs");
    let chosen = OPERATIONS.iter().filter(|operation| operation.need == scopes::Need::Chosen);
    let chosen: Vec<_> = chosen.filter_map(|operation| operation.confluence()).collect();
    assert_eq!(rows.len() - 1, chosen.len());
    for (row, scope) in rows.iter().skip(1).zip(chosen) {
        assert_eq!(code_spans(&row[0]), scope.granular().collect::<Vec<_>>());
        assert_eq!(code_spans(&row[1]), scope.classic.into_iter().collect::<Vec<_>>());
    }
    let rows = table(&readme, "### Bitbucket credentials");
    for (variable, kind) in [("BITBUCKET_ACCESS_TOKEN", Kind::AccessToken), ("ATLASSIAN_API_TOKEN", Kind::ApiToken)] {
        let row = rows.iter().find(|row| code_spans(&row[0]).contains(&variable)).unwrap();
        assert_eq!(code_spans(&row[2]).into_iter().collect::<BTreeSet<_>>(), scopes::smallest(kind), "{variable}");
    }
}

/// The modules in the order of ARCHITECTURE.md's map.
fn map() -> Vec<String> {
    let rows = table(&document("ARCHITECTURE.md"), "## The map, in reading order");
    let places = rows.iter().flat_map(|row| code_spans(&row[0])).map(str::to_owned).collect::<Vec<_>>();
    let names = places.iter().filter_map(|place| place.strip_prefix("src/"));
    let mut names: Vec<String> =
        names.map(|name| name.trim_end_matches(".rs").trim_end_matches('/').to_owned()).collect();
    names.dedup();
    names
}

#[test]
fn the_map_has_every_module_and_each_uses_those_below_it_only() {
    let map = map();
    let library = document("src/lib.rs");
    let modules = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let expected: BTreeSet<&str> = modules.chain(["main", "lib"]).collect();
    assert_eq!(map.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    for (place, module) in map.iter().enumerate().skip(2) {
        let mut text = std::fs::read_to_string(path(&format!("src/{module}.rs"))).unwrap_or_default();
        let directory = path(&format!("src/{module}"));
        if directory.is_dir() {
            collect(&directory, &mut text);
        }
        for above in &map[..place] {
            let uses = ["::", ";"].iter().any(|end| text.contains(&format!("crate::{above}{end}")));
            assert!(!uses, "`{module}` uses `{above}`, which is above it");
        }
    }
}
