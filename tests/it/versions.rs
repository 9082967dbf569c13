//! A release is refused when the documents do not agree on its version.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const FILES: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "CHANGELOG.md",
    "Dockerfile",
    "README.md",
    "bitbucket-pipelines.yml",
    "fuzz/Cargo.lock",
    "pipe.yml",
    "scripts/release-check.sh",
];

/// A copy of what names the version, in which the changelog dates it.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Self {
        let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("release").join(name);
        let _ = fs::remove_dir_all(&to);
        for directory in ["scripts", "fuzz"] {
            fs::create_dir_all(to.join(directory)).unwrap();
        }
        for file in FILES {
            fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(file), to.join(file)).unwrap();
        }
        let copy = Self(to);
        let changelog = copy.read("CHANGELOG.md");
        let heading = changelog.lines().find(|line| line.starts_with("## ")).unwrap();
        copy.change("CHANGELOG.md", heading, &format!("## [{VERSION}] - 2026-12-01"));
        copy
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }

    /// Changes the first occurrence; there has to be one.
    fn change(&self, file: &str, from: &str, to: &str) {
        let before = self.read(file);
        assert!(before.contains(from), "{file} has {from:?}");
        fs::write(self.0.join(file), before.replacen(from, to, 1)).unwrap();
    }

    /// Whether the script accepts this tag, or the documents alone, and what it says.
    fn check(&self, tag: &[&str]) -> (bool, String) {
        let script = self.0.join("scripts/release-check.sh");
        let output = Command::new("bash").arg(script).args(tag).output().unwrap();
        (output.status.success(), String::from_utf8([output.stderr, output.stdout].concat()).unwrap())
    }
}

#[test]
fn documents_that_agree_are_released_under_their_tag_with_a_digest_too() {
    let copy = Copy::new("agreed");
    let agreed = (true, format!("Everything names version {VERSION}\n"));
    assert_eq!(copy.check(&[]), agreed);
    assert_eq!(copy.check(&[VERSION]), agreed);
    let image = copy.read("pipe.yml").lines().find_map(|line| line.strip_prefix("image: ").map(str::to_owned)).unwrap();
    let tag = image.split('@').next().unwrap();
    copy.change("pipe.yml", &image, &format!("{tag}@sha256:{}", "0f".repeat(32)));
    assert_eq!(copy.check(&[VERSION]), agreed);
}

#[test]
fn a_tag_that_is_not_the_version_is_refused() {
    let copy = Copy::new("tags");
    for tag in [&format!("v{VERSION}"), "9.9.9", "1.2", "1.2.3-rc1", "latest", ""] {
        let (accepted, said) = copy.check(&[tag]);
        assert!(!accepted && said.contains(&format!("Cargo.toml: '{VERSION}' where '{tag}' was expected")), "{said}");
        assert_eq!(said.contains(&format!("the tag: '{tag}' is no version")), tag != "9.9.9", "{said}");
    }
}

#[test]
fn each_document_that_names_another_version_is_named() {
    let pipe = "confluence-pr-link/confluence-pr-link";
    let image = "confluenceprlink/confluence-pr-link";
    let table = [
        ("Cargo.lock", format!("name = \"confluence-pr-link\"\nversion = \"{VERSION}\""), "Cargo.lock"),
        ("fuzz/Cargo.lock", format!("name = \"confluence-pr-link\"\nversion = \"{VERSION}\""), "fuzz/Cargo.lock"),
        ("Dockerfile", format!("image.version=\"{VERSION}\""), "Dockerfile"),
        ("pipe.yml", format!("{image}:{VERSION}"), "pipe.yml"),
        ("README.md", format!("{pipe}:{VERSION}"), "README.md"),
        ("README.md", format!("{image}:{VERSION}"), "README.md"),
        ("CHANGELOG.md", format!("/src/{VERSION}\n"), "CHANGELOG.md: no link"),
    ];
    for (file, place, words) in table {
        let copy = Copy::new("others");
        copy.change(file, &place, &place.replace(VERSION, "0.0.7"));
        for tag in [&[][..], &[VERSION]] {
            let (accepted, said) = copy.check(tag);
            assert!(!accepted && said.lines().count() == 1 && said.contains(words), "{words}: {said}");
        }
    }
    let copy = Copy::new("others");
    copy.change("CHANGELOG.md", &format!("## [{VERSION}]"), &format!("## [0.0.7] - 2026-12-02\n\n## [{VERSION}]"));
    let (accepted, said) = copy.check(&[VERSION]);
    assert!(!accepted && said.contains("CHANGELOG.md: the first heading is '## [0.0.7] - 2026-12-02'"), "{said}");
    let copy = Copy::new("others");
    copy.change("Cargo.toml", &format!("version = \"{VERSION}\""), "version = \"0.0.7\"");
    let (accepted, said) = copy.check(&["0.0.7"]);
    assert!(!accepted && said.lines().count() >= 6, "{said}");
}

#[test]
fn a_version_without_a_date_is_no_release_yet() {
    let copy = Copy::new("undated");
    copy.change("CHANGELOG.md", " - 2026-12-01", " - unreleased");
    assert!(copy.check(&[]).0);
    let (accepted, said) = copy.check(&[VERSION]);
    assert_eq!((accepted, said), (false, format!("CHANGELOG.md: {VERSION} is called unreleased: date it\n")));
}

#[test]
fn the_project_uses_a_version_that_the_changelog_has() {
    let copy = Copy::new("own");
    let own = "- pipe: confluence-pr-link/confluence-pr-link:";
    let line = copy.read("bitbucket-pipelines.yml").lines().find(|line| line.contains(own)).unwrap().to_owned();
    let other = format!("{}{own}0.0.7", line.split(own).next().unwrap());
    copy.change("bitbucket-pipelines.yml", &line, &other);
    let (accepted, said) = copy.check(&[]);
    assert!(!accepted && said.contains("bitbucket-pipelines.yml: the pipe's own version '0.0.7'"), "{said}");
    // The release before this one will do: its tag exists while this one is prepared.
    let foot = format!("[{VERSION}]: ");
    copy.change("CHANGELOG.md", &foot, &format!("## [0.0.7] - 2026-11-01\n\n{foot}"));
    assert!(copy.check(&[VERSION]).0);
}

#[test]
fn the_image_can_be_built_without_the_tests_and_benches() {
    // Cargo looks for the file of a target that the manifest names without a path, also when it is not built.
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let targets: Vec<&str> = manifest.split("\n[[").skip(1).filter_map(|rest| rest.split("\n\n").next()).collect();
    assert!(!targets.is_empty());
    for target in targets {
        assert!(target.contains("\npath = "), "[[{target}");
    }
}
