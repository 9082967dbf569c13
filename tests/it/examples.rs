//! Every YAML example, and pipe.yml, has the form that Bitbucket and the tools around it read.
//!
//! What a schema can tell is asked of Bitbucket's own by `scripts/check-files.py`.

use std::path::{Path, PathBuf};

use confluence_pr_link::variables::help::VARIABLES;
use regex::Regex;

fn root(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// README.md and every Markdown file below docs.
fn documents() -> Vec<PathBuf> {
    let (mut found, mut open) = (vec![root("README.md")], vec![root("docs")]);
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// Places and texts of the examples, and the project's own pipelines.
fn examples() -> Vec<(String, String)> {
    let mut examples = vec![("bitbucket-pipelines.yml".to_owned(), read(&root("bitbucket-pipelines.yml")))];
    for document in documents() {
        let text = read(&document);
        let fenced = text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
        let place = document.display();
        examples.extend(
            fenced.enumerate().map(|(at, example)| (format!("{place}, example {}", at + 1), example.to_owned())),
        );
    }
    examples
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
        assert!(of_main.trim_start().starts_with("- step: *link") || place == "bitbucket-pipelines.yml", "{place}");
    }
}

#[test]
fn every_pipe_stands_alone_on_its_line_so_that_updates_find_it() {
    // Renovate's own expression for a line of bitbucket-pipelines.yml.
    let found = Regex::new(r#"^\s*-\s?pipe:\s*'?"?([^\s'"]+)'?"?\s*$"#).unwrap();
    let expected = format!("confluence-pr-link/confluence-pr-link:{}", env!("CARGO_PKG_VERSION"));
    for (place, example) in examples() {
        for line in example.lines().filter(|line| line.contains("pipe:")) {
            let reference = found.captures(line).unwrap_or_else(|| panic!("{place}: {line}")).get(1).unwrap().as_str();
            assert!(reference == expected || reference.starts_with("docker://"), "{place}: {line}");
        }
    }
}

#[test]
fn pipe_yml_has_each_field_in_the_form_that_others_read() {
    let text = read(&root("pipe.yml"));
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("pipe.yml has no {name}"))
    };
    // `account/image:1.2.3`, without a leading v: the toolkit reads the version out of it, a digest may follow.
    let image = Regex::new(r"^[a-z0-9._/-]+:([0-9]+\.[0-9]+\.[0-9]+)(@sha256:[0-9a-f]{64})?$").unwrap();
    let version = image.captures(field("image")).expect("an image").get(1).unwrap().as_str().to_owned();
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    assert!(field("name").contains(' ') && field("name").starts_with(char::is_uppercase), "a title, not the slug");
    let description = field("description");
    assert_eq!(description.matches(". ").count() + usize::from(description.ends_with('.')), 1, "one sentence");
    let categories = [
        "Alerting",
        "Artifact management",
        "Code quality",
        "Deployment",
        "Feature flagging",
        "Monitoring",
        "Notifications",
        "Security",
        "Testing",
        "Utilities",
        "Workflow automation",
    ];
    assert!(categories.contains(&field("category")), "{}", field("category"));
    assert!(field("repository").starts_with("https://bitbucket.org/"));
    let tags = text.lines().skip_while(|line| *line != "tags:").skip(1).take_while(|line| line.starts_with("  - "));
    let tags: Vec<&str> = tags.map(|line| line.trim_start_matches("  - ")).collect();
    assert!(
        !tags.is_empty() && tags.iter().all(|tag| tag.chars().all(|c| c.is_ascii_lowercase() || c == ' ')),
        "{tags:?}"
    );
}
