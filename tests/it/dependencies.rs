//! ARCHITECTURE.md counts and justifies every crate that the program and its tests bring. The figures are those of Linux.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::documents::{code_spans, document, table};

/// The crates that this one names, each with everything it brings, itself included.
type Brought = BTreeMap<String, BTreeSet<String>>;

/// What cargo says. `cargo test` has fetched all of it, so nothing is asked of a network.
fn brought(edges: &str) -> Brought {
    let arguments = ["tree", "--locked", "--offline", "--no-dedupe", "--prefix", "depth", "--edges", edges];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut brought, mut named) = (Brought::new(), None);
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (depth, package) = line.split_at(line.find(|c: char| !c.is_ascii_digit()).unwrap());
        match depth {
            "0" => continue,
            "1" => named = package.split(' ').next().map(str::to_owned),
            _ => {}
        }
        brought.entry(named.clone().unwrap()).or_default().insert(package.to_owned());
    }
    brought
}

fn all(brought: &Brought) -> BTreeSet<&String> {
    brought.values().flatten().collect()
}

#[test]
#[cfg(target_os = "linux")]
fn the_table_of_crates_has_each_with_its_number() {
    let mut said = BTreeMap::new();
    for row in table(&document("ARCHITECTURE.md"), "## Dependencies").iter().skip(1) {
        let (names, numbers) = (code_spans(&row[0]), row[1].split(", ").collect::<Vec<_>>());
        assert_eq!(names.len(), numbers.len(), "{row:?}");
        let numbers = numbers.iter().map(|number| number.parse::<usize>().unwrap());
        said.extend(names.into_iter().map(str::to_owned).zip(numbers));
    }
    let counted: BTreeMap<String, usize> = brought("normal").into_iter().map(|(name, all)| (name, all.len())).collect();
    assert_eq!(said, counted);
}

#[test]
// One of the tests' crates brings another number on other processors.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn the_counts_of_crates_are_those_of_cargo_and_each_for_tests_is_named() {
    let text = document("ARCHITECTURE.md");
    let text = text.split("\n## Dependencies\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let (normal, with_tests) = (brought("normal"), brought("normal,dev"));
    let own = format!("counts {} on Linux: this crate, the {} below,", all(&normal).len() + 1, normal.len());
    assert!(text.contains(&own), "{own}");
    let more = all(&with_tests).difference(&all(&normal)).count();
    let for_tests = format!("For tests only, {more} more with what they bring");
    assert!(text.contains(&for_tests), "{for_tests}");
    let paragraph = text.split("For tests only,").nth(1).unwrap();
    let named: BTreeSet<&str> = code_spans(paragraph).into_iter().collect();
    for name in with_tests.keys().filter(|name| !normal.contains_key(*name)) {
        assert!(named.contains(name.as_str()), "{name} is not justified");
    }
}

#[test]
fn one_version_of_cargo_deny_is_named_everywhere() {
    // What an unknown version finds fault with tomorrow would stop a change that is not to blame.
    let places = ["bitbucket-pipelines.yml", "CONTRIBUTING.md", ".ci/run"].map(document);
    let named = places.iter().map(|text| text.split("cargo install --locked cargo-deny").nth(1).unwrap());
    let versions: BTreeSet<&str> = named.map(|rest| rest.split([' ', '\'', '\n']).next().unwrap()).collect();
    assert_eq!(versions.len(), 1, "{versions:?}");
    assert!(versions.iter().all(|version| version.matches('.').count() == 2), "{versions:?}");
}
