//! Values that are unresolved references or have quotes.

use confluence_pr_link::variables::help::VARIABLES;
use confluence_pr_link::variables::{FROM_CONTEXT, LISTS};

use crate::bed::{Bed, run_with};
use crate::linking::simple;
use crate::{labels, manifest};

/// Every variable with a default in `pipe.yml` that the step does not need, as it is made of its name.
fn with_all_others(make: impl Fn(&str) -> String) -> (Bed, Vec<&'static str>) {
    let bed = simple().with("DEBUG", "true");
    assert_eq!(FROM_CONTEXT, manifest::default_variables());
    let others: Vec<_> = FROM_CONTEXT.iter().copied().filter(|name| !bed.variables.contains_key(*name)).collect();
    let bed = others.iter().fold(bed, |bed, name| bed.with(name, &make(name)));
    (bed, others)
}

#[test]
fn undefined_default_variable_counts_as_unset() {
    for make in [|name: &str| format!("${name}"), |name: &str| format!("${{{name}}}")] {
        let (bed, others) = with_all_others(make);
        let ran = bed.run_twice();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert_eq!(bed.only_rows(101).len(), 1, "{}", ran.log);
        for name in others {
            let said = format!("DEBUG: {name} counts as unset, because it refers to itself\n");
            assert!(ran.details.contains(&said), "{name}: {}", ran.log);
        }
    }
    let bed = simple().with("BITBUCKET_ACCESS_TOKEN", "$BITBUCKET_ACCESS_TOKEN");
    assert!(bed.run().details.contains("without a credential"), "as without the line");
}

#[test]
fn unresolved_reference_is_refused() {
    for name in VARIABLES.iter().map(|variable| variable.name).filter(|name| !FROM_CONTEXT.contains(name)) {
        let bed = simple().with(name, &format!("${name}"));
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 2, "{name}: {}", ran.log);
        assert!(ran.log.contains(&format!("ERROR: {name} contains a reference")), "{name}: {}", ran.log);
        assert!(bed.fake.requests().is_empty());
    }
}

#[test]
fn unresolved_required_variable_is_reported_as_missing() {
    for name in ["CONFLUENCE_BASE_URL", "CONFLUENCE_API_TOKEN"] {
        let bed = simple().with(name, &format!("${name}"));
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 2, "{}", ran.log);
        let line = ran.log.lines().find(|line| line.starts_with(&format!("ERROR: {name} is missing"))).unwrap();
        assert!(line.contains("so the variable isn't defined here"), "{line}");
        assert!(bed.fake.requests().is_empty());
    }
    let mut bed = simple();
    bed.variables.retain(|name, _| !name.starts_with("ATLASSIAN_"));
    for name in ["CONFLUENCE_BASE_URL", "CONFLUENCE_USER_EMAIL", "CONFLUENCE_API_TOKEN", "BITBUCKET_ACCESS_TOKEN"] {
        bed = bed.with(name, &format!("${name}"));
    }
    let (exit, log) = run_with(&bed.variables);
    assert_eq!(exit.code(), 0, "{log}");
    assert!(log.contains("Nothing is configured"), "as in a copy of the repository: {log}");
}

#[test]
fn foreign_reference_and_quotes_are_refused() {
    let (reference, quotes) =
        ("contains a reference such as `$NAME` to a variable that isn't defined", "has quotes as part of its value");
    for (text, words) in [
        ("$s3cret", reference),
        ("${s3cret}", reference),
        ("\"s3cret\"", quotes),
        ("'s3cret'", quotes),
        ("'$s3cret'", quotes),
        ("\"\"", quotes),
    ] {
        for name in VARIABLES.iter().map(|variable| variable.name) {
            let listed = [format!("ENG,{text}")];
            let listed = listed.iter().map(String::as_str).filter(|_| LISTS.contains(&name));
            for value in [text].into_iter().chain(listed) {
                let bed = simple().with(name, value);
                let ran = bed.run();
                assert_eq!(ran.exit.code(), 2, "{name}: {}", ran.log);
                let about: Vec<_> =
                    ran.log.lines().filter(|line| line.starts_with(&format!("ERROR: {name} "))).collect();
                assert!(about.len() == 1 && about[0].contains(words), "{name}: {}", ran.log);
                assert!(!ran.log.contains("s3cret"), "{}", ran.log);
                assert!(bed.fake.requests().is_empty());
            }
        }
    }
}

#[test]
fn dollars_and_quotes_within_a_value_are_part_of_it() {
    let bed = labels::releasing().with("RELEASE_LABEL", "\"{repository}\" for ${version}");
    bed.run_twice();
    assert_eq!(bed.fake.state().confluence.content(101).labels, ["shop-for-1-4-0"]);
    let bed = simple().with("HTTPS_PROXY", "http://me:'$ecret'@127.0.0.1:9");
    assert_eq!(bed.run_twice().exit.code(), 0);
}
