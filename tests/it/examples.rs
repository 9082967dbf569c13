//! Every YAML example is found, is YAML, and has the form that Bitbucket and the tools around it read.
//!
//! What a schema can tell is asked of Bitbucket's own by `scripts/check-files.py`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use confluence_pr_link::variables::help::VARIABLES;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use regex::Regex;
use serde_json::{Map, Value};

use crate::yaml;

fn root(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Markdown file but what is built.
fn documents() -> Vec<PathBuf> {
    let (mut found, mut open) = (vec![], vec![root("")]);
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                open.extend(Some(path).filter(|_| name != "target" && !name.starts_with('.')));
            } else if name.ends_with(".md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The YAML examples of a document with their places, or what keeps one from being checked.
fn yaml_in(name: &str, text: &str) -> Result<Vec<(String, String)>, String> {
    let mut found: Vec<(String, String)> = vec![];
    let mut is_open = false;
    for (event, range) in Parser::new_ext(text, Options::all()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let (before, block) = (text.get(..range.start).unwrap(), text.get(range).unwrap());
                let place = format!("{name}:{}", before.matches('\n').count() + 1);
                is_open = is_yaml(&kind, before, block).map_err(|remedy| format!("{place}: {remedy}"))?;
                found.extend(is_open.then(|| (place, String::new())));
            }
            Event::Text(part) if is_open => found.last_mut().unwrap().1.push_str(&part),
            Event::End(TagEnd::CodeBlock) => is_open = false,
            _ => {}
        }
    }
    Ok(found)
}

/// Whether a block of code is YAML, in the one form that `scripts/check-files.py` finds.
fn is_yaml(kind: &CodeBlockKind<'_>, before: &str, block: &str) -> Result<bool, &'static str> {
    let CodeBlockKind::Fenced(language) = kind else { return Err("fence this block of code and name its language") };
    let usual = (before.is_empty() || before.ends_with('\n')) && block.starts_with("```yaml\n");
    let of_pipelines = Regex::new(r"(?m)^[ >]*(- (pipe|step|parallel):|(pipelines|script|variables):\s*$)").unwrap();
    match language.to_ascii_lowercase().as_str() {
        "yaml" if usual => Ok(true),
        "" => Err("name the language of this block of code: a block of YAML without it is checked by nobody"),
        other if other.starts_with("yaml") || other.starts_with("yml") || of_pipelines.is_match(block) => Err(
            "this is YAML: begin it with three backticks and `yaml` at the beginning of a line, so that it is checked",
        ),
        _ => Ok(false),
    }
}

#[test]
fn a_block_of_yaml_cannot_hide_from_the_checks() {
    let example = "- pipe: a/b:1.2.3\n";
    let seen = yaml_in("x.md", &format!("A\n\n```yaml\n{example}```\n\n```sh\nls\n```\n")).unwrap();
    assert_eq!(seen, [("x.md:3".to_owned(), example.to_owned())]);
    for (open, close) in [
        ("```yml\n", "```"),
        ("```YAML\n", "```"),
        ("``` yaml\n", "```"),
        ("```yaml title\n", "```"),
        ("````yaml\n", "````"),
        ("~~~yaml\n", "~~~"),
        ("- a\n\n  ```yaml\n  ", "  ```"),
        ("> ```yaml\n> ", "> ```"),
        ("```sh\n", "```"),
        ("> ```text\n> ", "> ```"),
        ("   ```yaml\n", "```"),
    ] {
        let refused = yaml_in("x.md", &format!("A\n\n{open}{example}{close}\n")).unwrap_err();
        assert!(refused.starts_with("x.md:") && refused.contains("this is YAML: begin it with"), "{open:?}: {refused}");
    }
    assert!(yaml_in("x.md", &format!("```\n{example}```\n")).unwrap_err().contains("name the language"));
    assert!(yaml_in("x.md", &format!("A\n\n    {example}")).unwrap_err().contains("fence this block"));
}

/// Places and texts of the examples, and the project's own pipelines.
fn examples() -> Vec<(String, String)> {
    let mut examples = vec![("bitbucket-pipelines.yml".to_owned(), read(&root("bitbucket-pipelines.yml")))];
    for document in documents() {
        let name = document.strip_prefix(root("")).unwrap().display().to_string();
        examples.extend(yaml_in(&name, &read(&document)).unwrap_or_else(|error| panic!("{error}")));
    }
    examples
}

/// Every mapping below `value` that has a `pipe`.
fn pipes(value: &Value) -> Vec<&Map<String, Value>> {
    match value {
        Value::Object(map) => {
            let own = map.contains_key("pipe").then_some(map);
            own.into_iter().chain(map.values().flat_map(pipes)).collect()
        }
        Value::Array(items) => items.iter().flat_map(pipes).collect(),
        _ => vec![],
    }
}

#[test]
fn every_example_is_yaml_and_stays_it_when_its_optional_lines_are_used() {
    let optional = Regex::new(r"(?m)^( *)# ([A-Z][A-Z0-9_]*: )").unwrap();
    let known = |name: &String| VARIABLES.iter().any(|variable| variable.name == name);
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    for (place, example) in examples() {
        for text in [example.as_str(), &optional.replace_all(&example, "$1$2")] {
            let value = yaml::parse(text).unwrap_or_else(|error| panic!("{place}: {error}\n{text}"));
            // What an alias repeats stands once in the text.
            assert!(pipes(&value).len() >= text.matches("- pipe: ").count(), "{place}: a pipe is no pipe\n{text}");
            for pipe in pipes(&value) {
                let keys: BTreeSet<&str> = pipe.keys().map(String::as_str).collect();
                assert!(keys.is_subset(&["pipe", "variables"].into()), "{place}: {keys:?}");
                let Some(variables) = pipe.get("variables") else { continue };
                for (name, value) in variables.as_object().unwrap_or_else(|| panic!("{place}: {variables}")) {
                    assert!(known(name), "{place}: no variable {name}");
                    let items = value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(is_text));
                    assert!(items || is_text(value), "{place}: {name}: {value}");
                }
            }
        }
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The lines of `variables:` below each of our pipes, comments of optional ones too.
fn variables(example: &str) -> Vec<&str> {
    let (mut found, mut within) = (vec![], None);
    let mut of_pipe = false;
    for line in example.lines().filter(|line| !line.trim().is_empty()) {
        of_pipe = line.trim_start().starts_with("- pipe:") || (of_pipe && !line.trim_start().starts_with("- "));
        within = within.filter(|outer| indent(line) > *outer);
        if within.is_some() {
            found.push(line.trim().trim_start_matches("# "));
        } else if of_pipe && line.trim() == "variables:" {
            within = Some(indent(line));
        }
    }
    found
}

#[test]
fn every_variable_of_an_example_exists_and_its_value_is_quoted() {
    // A boolean, a number or nothing is refused by Bitbucket's schema; what an example shows is copied.
    let quoted = r#"("[^"\\]*"|\[("[^"\\]*"(, )?)+\])"#;
    let form = Regex::new(&format!(r"^([A-Z][A-Z0-9_]*): {quoted}( # .*)?$")).unwrap();
    let mut count = 0;
    for (place, example) in examples() {
        for line in variables(&example) {
            let name = form.captures(line).unwrap_or_else(|| panic!("{place}: {line}")).get(1).unwrap().as_str();
            assert!(VARIABLES.iter().any(|variable| variable.name == name), "{place}: no variable {name}");
            count += 1;
        }
    }
    assert!(count > 20, "only {count} variables were seen");
}

#[test]
fn every_example_that_links_pull_requests_settles_them_on_the_main_branch_too() {
    // A merge starts no pipeline of the pull request: who copies the one without the other has pages that say open for ever.
    let linking: Vec<_> =
        examples().into_iter().filter(|(_, example)| example.contains("  pull-requests:\n")).collect();
    assert!(linking.len() > 3, "our own pipelines and three of the README");
    for (place, example) in linking {
        let of_main =
            example.split("  branches:\n    main:\n").nth(1).unwrap_or_else(|| panic!("{place}: no main branch"));
        let mut steps = of_main.lines().take_while(|line| line.starts_with("      "));
        assert!(steps.any(|step| step == "      - step: *link"), "{place}");
    }
}

#[test]
fn every_pipe_stands_alone_on_its_line_so_that_updates_find_it() {
    // Renovate's own expression for a line of bitbucket-pipelines.yml.
    let found = Regex::new(r#"^\s*-\s?pipe:\s*'?"?([^\s'"]+)'?"?\s*$"#).unwrap();
    // Our own pipelines use the version before this one until this one is released: `versions.rs`.
    let documented = format!("confluence-pr-link/confluence-pr-link:{}", env!("CARGO_PKG_VERSION"));
    for (place, example) in examples() {
        let is_ours = place == "bitbucket-pipelines.yml";
        for line in example.lines().filter(|line| line.contains("pipe:")) {
            let reference = found.captures(line).unwrap_or_else(|| panic!("{place}: {line}")).get(1).unwrap().as_str();
            assert!(reference == documented || reference.starts_with("docker://") || is_ours, "{place}: {line}");
        }
    }
}
