//! `pipe.yml` has the fields and forms that Bitbucket, its toolkit and the catalogue of pipes read. Bitbucket itself takes
//! a misspelt field without a word, so this is who tells.

use confluence_pr_link::variables::help::{Need, VARIABLES};
use regex::Regex;
use serde::Deserialize;
use url::Url;

use crate::documents::document;
use crate::yaml;

/// The whole of pipe.yml: a field that is not here is refused, one without `Option` is needed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: String,
    image: String,
    description: String,
    category: String,
    repository: String,
    vendor: Party,
    maintainer: Party,
    tags: Vec<String>,
    variables: Vec<DefaultVariable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Party {
    name: String,
    website: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultVariable {
    name: String,
    default: String,
}

fn manifest() -> Manifest {
    let value = yaml::parse(&document("pipe.yml")).unwrap_or_else(|error| panic!("pipe.yml: {error}"));
    serde_json::from_value(value).unwrap_or_else(|error| panic!("pipe.yml: {error}"))
}

/// The variables that a pipe takes from the repository or workspace when the step does not write them, in order.
pub(crate) fn default_variables() -> Vec<String> {
    manifest().variables.into_iter().map(|variable| variable.name).collect()
}

/// What the catalogue sorts pipes by.
const CATEGORIES: [&str; 11] = [
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

#[test]
fn pipe_yml_names_the_image_of_this_version() {
    // `account/image:1.2.3`, without a leading v: the toolkit reads the version out of it. A release adds the digest.
    // An account of Docker Hub has no hyphens.
    let image = Regex::new(r"^[a-z0-9]{4,30}/confluence-pr-link:([0-9.]+)(@sha256:[0-9a-f]{64})?$").unwrap();
    let named = manifest().image;
    let version = image.captures(&named).unwrap_or_else(|| panic!("{named}"));
    assert_eq!(&version[1], env!("CARGO_PKG_VERSION"));
}

#[test]
fn pipe_yml_tells_people_what_it_is_and_whose() {
    let manifest = manifest();
    assert!(manifest.name.contains(' ') && manifest.name.starts_with(char::is_uppercase), "a title, not the slug");
    let sentences = manifest.description.matches(". ").count() + usize::from(manifest.description.ends_with('.'));
    assert_eq!(sentences, 1, "one sentence: {}", manifest.description);
    assert!(CATEGORIES.contains(&manifest.category.as_str()), "{}", manifest.category);
    // The toolkit takes the pipe's name from the repository's path.
    assert_eq!(manifest.repository, env!("CARGO_PKG_REPOSITORY"));
    assert_eq!(Url::parse(&manifest.repository).unwrap().host_str(), Some("bitbucket.org"));
    for Party { name, website } in [&manifest.vendor, &manifest.maintainer] {
        assert_eq!((name.as_str(), Url::parse(website).unwrap().scheme()), ("confluence-pr-link", "https"));
    }
    // They become a part of the community's link.
    let plain = |tag: &String| !tag.is_empty() && tag.chars().all(|c| c.is_ascii_lowercase() || c == ' ');
    assert!(!manifest.tags.is_empty() && manifest.tags.iter().all(plain), "{:?}", manifest.tags);
}

#[test]
fn each_default_variable_is_one_of_the_table_and_takes_the_value_of_its_own_name() {
    for DefaultVariable { name, default } in manifest().variables {
        assert_eq!(default, format!("${{{name}}}"));
    }
    let default = default_variables();
    let in_the_order_of_the_table: Vec<&str> =
        VARIABLES.iter().map(|variable| variable.name).filter(|name| default.iter().any(|own| own == name)).collect();
    assert_eq!(default, in_the_order_of_the_table);
    for variable in VARIABLES.iter().filter(|variable| variable.need != Need::Optional) {
        assert!(default.iter().any(|name| name == variable.name), "{} can come from the context", variable.name);
    }
}
