//! `pipe.yml`. Bitbucket ignores a misspelt field without an error.

use confluence_pr_link::variables::help::{Need, VARIABLES};
use regex::Regex;

const MANIFEST: &str = include_str!("../../pipe.yml");

/// The variables that a pipe takes from the repository or workspace if the step doesn't set them, in order.
pub(crate) fn default_variables() -> Vec<String> {
    let variable = Regex::new(r"(?m)^  - name: (\w+)\n    default: '\$\{(\w+)\}'$").unwrap();
    let found: Vec<[String; 2]> =
        variable.captures_iter(MANIFEST).map(|found| [found[1].to_owned(), found[2].to_owned()]).collect();
    assert_eq!(found.len(), MANIFEST.matches("\n  - name: ").count(), "each has a default of the form '${{NAME}}'");
    assert!(found.iter().all(|[name, default]| name == default), "{found:?}");
    found.into_iter().map(|[name, _]| name).collect()
}

#[test]
fn pipe_yml_has_the_fields_that_bitbucket_reads() {
    let field = Regex::new(r"(?m)^(\w+): ?(.*)$").unwrap();
    let fields: Vec<(&str, &str)> = field.captures_iter(MANIFEST).map(|found| found.extract::<2>().1.into()).collect();
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let expected =
        ["name", "image", "description", "category", "repository", "vendor", "maintainer", "tags", "variables"];
    assert_eq!(names, expected);
    // The toolkit reads the version after the colon. A release adds the digest. Docker Hub's accounts have no hyphens.
    let image = format!(r"^[a-z0-9]+/confluence-pr-link:{}(@sha256:[0-9a-f]{{64}})?$", env!("CARGO_PKG_VERSION"));
    assert!(Regex::new(&image).unwrap().is_match(fields[1].1), "{}", fields[1].1);
    assert_eq!(fields[3].1, "Workflow automation", "one of the catalog's categories");
    // The toolkit takes the pipe's name from the repository's path.
    assert_eq!(fields[4].1, env!("CARGO_PKG_REPOSITORY"));
}

#[test]
fn default_variables_exist_and_include_the_required_ones() {
    let default = default_variables();
    let known = VARIABLES.iter().filter(|variable| default.iter().any(|name| name == variable.name));
    assert_eq!(default, known.map(|variable| variable.name).collect::<Vec<_>>(), "in the order of --help");
    for variable in VARIABLES.iter().filter(|variable| variable.need != Need::Optional) {
        assert!(default.iter().any(|name| name == variable.name), "{}", variable.name);
    }
}
