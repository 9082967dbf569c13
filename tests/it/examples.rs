//! The YAML examples of the documents. `scripts/check-files.py` checks them against Bitbucket's schema.

use confluence_pr_link::variables::help::VARIABLES;
use regex::Regex;

use crate::binary::Place;
use crate::documents::documents;
use crate::linking::simple;
use crate::pull_request_states::on_branch;

/// Every YAML example with the name of its document.
pub(crate) fn examples() -> Vec<(String, String)> {
    let fence = Regex::new(r"(?ms)^```yaml\n(.*?)^```$").unwrap();
    let mut examples = vec![];
    for (path, text) in documents() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        examples.extend(fence.captures_iter(&text).map(|found| (name.clone(), found[1].to_owned())));
        // A pipe in any other kind of block would escape the checks.
        let pipes = |text: &str| text.matches("- pipe:").count();
        let checked: usize = fence.captures_iter(&text).map(|found| pipes(&found[1])).sum();
        let inline = text.matches("`- pipe:").count();
        assert_eq!(pipes(&text), checked + inline, "{name}: begin each block of YAML with ```yaml at the line's start");
    }
    examples
}

#[test]
fn variables_of_examples_exist_and_are_quoted() {
    // Bitbucket's schema refuses booleans, numbers and null as values.
    let variable = Regex::new(r"^(?:# )?([A-Z][A-Z0-9_]+): (.*?)(?: # .*)?$").unwrap();
    let quoted = Regex::new(r#"^("[^"\\]+"|\[("[^"\\]+"(, )?)+\])$"#).unwrap();
    let mut count = 0;
    for (name, example) in examples() {
        for found in example.lines().filter_map(|line| variable.captures(line.trim())) {
            assert!(VARIABLES.iter().any(|variable| variable.name == &found[1]), "{name}: no variable {}", &found[1]);
            assert!(quoted.is_match(&found[2]), "{name}: {}", &found[0]);
            count += 1;
        }
    }
    assert!(count > 20, "only {count} variables were found");
}

#[test]
fn examples_that_link_pull_requests_link_the_main_branch_too() {
    // Without the main branch, pages would say `open` until something else updates them.
    let examples = examples();
    let linking = examples.iter().filter(|(_, example)| example.contains("  pull-requests:\n"));
    assert!(linking.clone().count() > 0);
    for (name, example) in linking {
        let of_main = example.split("  branches:\n    main:\n").nth(1).unwrap_or_default();
        let mut steps = of_main.lines().take_while(|line| line.starts_with("      "));
        assert!(steps.any(|step| step == "      - step: *link"), "{name}: no step for main:\n{example}");
    }
}

#[test]
fn renovate_finds_every_pipe_of_an_example() {
    // Renovate's own expression.
    let found = Regex::new(r#"^\s*-\s?pipe:\s*'?"?([^\s'"]+)'?"?\s*$"#).unwrap();
    for (name, example) in examples() {
        let pipes = example.lines().filter(|line| line.contains("pipe:"));
        pipes.for_each(|line| assert!(found.is_match(line), "{name}: {line}"));
    }
}

#[test]
fn steps_of_examples_run_as_they_are_configured() {
    let variable = Regex::new(r"^ +([A-Z_]+): (.+)$").unwrap();
    let quoted = Regex::new(r#""([^"]*)""#).unwrap();
    for (name, example) in examples() {
        for step in example.split("- pipe:").skip(1) {
            let place = Place::new();
            let mut bed = simple().with("BITBUCKET_CLONE_DIR", &place.text());
            let lines = step.lines().skip(1).take_while(|line| line.contains("variables:") || variable.is_match(line));
            for found in lines.filter_map(|line| variable.captures(line)) {
                let values: Vec<String> = quoted.captures_iter(&found[2]).map(|value| value[1].to_owned()).collect();
                // The fake has its own address and credentials.
                if bed.variables.contains_key(&found[1]) || values[0].starts_with('$') {
                    continue;
                }
                if !found[2].starts_with('[') {
                    bed = bed.with(&found[1], &values[0]);
                    continue;
                }
                bed = bed.with(&format!("{}_COUNT", &found[1]), &values.len().to_string());
                for (at, value) in values.iter().enumerate() {
                    bed = bed.with(&format!("{}_{at}", &found[1]), value);
                }
            }
            if example.contains("\n  custom:\n") {
                on_branch(&mut bed, "main");
            }
            let ran = bed.run();
            assert_eq!(ran.exit.code(), 0, "{name}: {step}\n{}", ran.log);
        }
    }
}
