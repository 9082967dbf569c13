//! Generated tables and lists in README.md and docs. `UPDATE_TABLES=1 cargo test documents` writes them.
//!
//! A line such as `[generated]: # (receipt)` marks the next block of its file. Markdown doesn't show it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use confluence_pr_link::refusal::scopes::{self, Confluence, Kind, OPERATIONS};
use confluence_pr_link::variables::help::{Need, VARIABLES, Variable};
use serde_json::Value;

use crate::{linking, manifest, release};

/// README.md, CONTRIBUTING.md and the files of docs: path and text.
pub(crate) fn documents() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let markdown = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let paths = ["README.md", "CONTRIBUTING.md"].map(|name| root.join(name)).into_iter().chain(markdown);
    paths.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// The blocks with this mark: their path, the words of the mark after its name, and the text.
fn blocks(name: &str) -> Vec<(PathBuf, Vec<String>, String)> {
    let mut found = vec![];
    for (path, text) in documents() {
        let blocks: Vec<&str> = text.split("\n\n").collect();
        for pair in blocks.windows(2) {
            let mark = pair[0].strip_prefix("[generated]: # (").and_then(|rest| rest.strip_suffix(')'));
            let mut words = mark.unwrap_or_default().split(' ').map(str::to_owned);
            if words.next().as_deref() == Some(name) {
                found.push((path.clone(), words.collect(), pair[1].trim_end().to_owned()));
            }
        }
    }
    assert!(!found.is_empty(), "no document has the line `[generated]: # ({name})` and a block after it");
    found
}

/// Checks each block with this mark, or writes it. `make` gets the words of the mark and the present text.
#[allow(clippy::disallowed_methods, reason = "the command that writes is a variable of the tests")]
fn generate(name: &str, make: impl Fn(&[String], &str) -> String) {
    static WRITING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    for (path, words, present) in blocks(name) {
        let wanted = make(&words, &present);
        if std::env::var_os("UPDATE_TABLES").is_some() {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, text.replace(&format!("\n\n{present}\n"), &format!("\n\n{wanted}\n"))).unwrap();
        } else {
            let command = "`UPDATE_TABLES=1 cargo test documents` writes it";
            assert_eq!(present, wanted, "{name} in {}: {command}", path.display());
        }
    }
}

fn cells(line: &str) -> Vec<String> {
    line.trim_start_matches("| ").trim_end_matches(" |").split(" | ").map(str::to_owned).collect()
}

/// The rows below the head of the tables with this mark.
pub(crate) fn rows(name: &str) -> Vec<Vec<String>> {
    blocks(name).iter().flat_map(|(_, _, table)| table.lines().skip(2).map(cells).collect::<Vec<_>>()).collect()
}

/// What stands in code spans.
pub(crate) fn code_spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// A table whose first cells are generated. `rows` gets the words of the mark and the present first cells. People write
/// the other cells, which are kept.
fn table(name: &str, rows: impl Fn(&[String], Vec<String>) -> Vec<Vec<String>>) {
    generate(name, |words, present| {
        assert!(!present.contains("| TODO"), "{name}: describe what is TODO");
        let old: Vec<Vec<String>> = present.lines().map(cells).collect();
        let mut lines: Vec<String> = present.lines().take(2).map(str::to_owned).collect();
        for mut row in rows(words, old.iter().skip(2).map(|row| row[0].clone()).collect()) {
            let kept = old.iter().find(|old| old[0] == row[0]).into_iter().flatten();
            row.extend(kept.skip(row.len()).cloned().collect::<Vec<_>>());
            row.resize(old[0].len(), "TODO".to_owned());
            lines.push(format!("| {} |", row.join(" | ")));
        }
        lines.join("\n")
    });
}

/// A table with a row for each field of an object. People write the rest, which names the fields of inner objects.
pub(crate) fn fields(name: &str, object: &Value) {
    table(name, |_, present| {
        let mut missing: BTreeSet<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
        let known = |cell: &String| code_spans(cell).into_iter().all(|field| missing.remove(field));
        let kept: Vec<String> = present.into_iter().filter(known).collect();
        kept.into_iter().chain(missing.into_iter().map(|field| format!("`{field}`"))).map(|cell| vec![cell]).collect()
    });
    for row in rows(name) {
        for inner in code_spans(&row[0]).into_iter().flat_map(|field| objects(&object[field])) {
            let missing: Vec<&String> =
                inner.keys().filter(|key| !code_spans(&row[1]).contains(&key.as_str())).collect();
            assert!(missing.is_empty(), "{name}: the row {} doesn't name {missing:?}", row[0]);
        }
    }
}

fn objects(value: &Value) -> Vec<&serde_json::Map<String, Value>> {
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    items.iter().filter_map(Value::as_object).collect()
}

fn spans<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

#[test]
fn tables_of_variables_are_those_of_help() {
    let default = manifest::default_variables();
    let row = |variable: &Variable| {
        let need = match variable.need {
            Need::Required => " (*)",
            Need::OneOfConfluence => " (2*)",
            Need::Optional => "",
        };
        let taken = if default.iter().any(|name| name == variable.name) { " (**)" } else { "" };
        vec![format!("{}{need}{taken}", variable.name), variable.usage.to_owned()]
    };
    // A mark without names is for all of them.
    table("variables", |names, _| {
        let is_chosen = |one: &&Variable| names.is_empty() || names.iter().any(|name| name == one.name);
        VARIABLES.iter().filter(|one| one.is_for_users()).filter(is_chosen).map(row).collect()
    });
    table("variables-for-tests", |_, _| VARIABLES.iter().filter(|one| !one.is_for_users()).map(row).collect());
    let rows = [rows("variables"), rows("variables-for-tests")].concat();
    let documented: BTreeSet<&str> = rows.iter().filter_map(|row| row[0].split(' ').next()).collect();
    assert_eq!(documented, VARIABLES.iter().map(|variable| variable.name).collect());
}

#[test]
fn tables_of_scopes_are_those_of_the_requests() {
    let confluence = || OPERATIONS.iter().filter_map(|one| Some((one.need, one.confluence()?)));
    let needed = scopes::smallest(Kind::Confluence);
    let classic = |granular: &str| -> BTreeSet<&str> {
        confluence().filter(|(_, scope)| scope.granular == granular).filter_map(|(_, scope)| scope.classic).collect()
    };
    table("scopes", |_, _| needed.iter().map(|granular| vec![spans([*granular]), spans(classic(granular))]).collect());
    let chosen = |scope: &Confluence| vec![spans(scope.granular()), spans(scope.classic)];
    table("scopes-of-options", |_, _| {
        confluence().filter(|(need, _)| *need == scopes::Need::Chosen).map(|(_, scope)| chosen(scope)).collect()
    });
    let of = |variables: &str, kind| vec![variables.to_owned(), spans(scopes::smallest(kind))];
    table("scopes-of-bitbucket", |_, _| {
        vec![
            of("`BITBUCKET_ACCESS_TOKEN`", Kind::AccessToken),
            of("`ATLASSIAN_ACCOUNT_EMAIL`, `ATLASSIAN_API_TOKEN`", Kind::ApiToken),
        ]
    });
}

#[test]
fn table_of_the_receipt_has_its_fields() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
    let receipt = |action: &str| -> Value {
        let bed = linking::simple().with("OUTPUT_DIR", directory.to_str().unwrap()).with("ACTION", action);
        assert_eq!(bed.run().exit.code(), 0);
        serde_json::from_slice(&std::fs::read(directory.join("receipt.json")).unwrap()).unwrap()
    };
    let mut linked = receipt("link");
    linked["check"] = receipt("check")["check"].clone();
    fields("receipt", &linked);
}

#[test]
fn table_of_a_release_has_its_fields() {
    let shop = release::shipped("documents");
    assert_eq!(shop.bed.run().exit.code(), 0);
    fields("release", &shop.json());
}
