//! Which version is a tag, and which release does it name?

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;
use semver::Version;
use serde::Serialize;

/// A release: a text with one semantic version in it, such as `1.4.0`, `v1.4.0` or `web-1.4.0-rc.1`.
#[derive(Clone, PartialEq, Eq)]
pub struct ReleaseName {
    before: String,
    version: Version,
    after: String,
    name: String,
}

/// The longest name of a release: it stands in a cell of every page.
const LONGEST: usize = 100;

impl ReleaseName {
    /// Takes a tag's name. Only letters, digits and `. _ + - /` may stand in it: what stands in a row is listed there with
    /// commas, and has to be read back.
    pub fn parse(tag: &str) -> Option<Self> {
        static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
            let part = "(?:0|[1-9][0-9]*)";
            Regex::new(&format!(r"(?:^|[^0-9.])({part}\.{part}\.{part}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)")).ok()
        });
        let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-' | '/');
        if tag.len() > LONGEST || !tag.chars().all(sound) {
            return None;
        }
        let found = VERSION.as_ref()?.captures(tag)?.get(1)?;
        let version = Version::parse(found.as_str()).ok()?;
        let (before, after) = (tag.get(..found.start())?, tag.get(found.end()..)?);
        // A fourth number, or letters at once: something else than a version.
        if after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.') {
            return None;
        }
        let before = if before.eq_ignore_ascii_case("v") { "" } else { before };
        let name = format!("{before}{version}{after}");
        Some(Self { before: before.to_owned(), version, after: after.to_owned(), name })
    }

    /// What people call it: the tag without a bare `v` before its version.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Whether it comes before the final one, `1.4.0-rc.1`.
    pub fn is_pre_release(&self) -> bool {
        !self.version.pre.is_empty()
    }

    /// Whether both are releases of one thing: the same text stands before and after their versions.
    pub fn is_of_the_same(&self, other: &Self) -> bool {
        self.before == other.before && self.after == other.after
    }

    /// Whether it comes before another one by the precedence of semantic versions, which does not look at build metadata.
    pub fn precedes(&self, other: &Self) -> bool {
        self.version.cmp_precedence(&other.version).is_lt()
    }

    /// Whether it is a pre-release of the version whose final release the other one is.
    pub fn leads_to(&self, other: &Self) -> bool {
        let numbers = |version: &Version| (version.major, version.minor, version.patch);
        let same = self.is_of_the_same(other) && numbers(&self.version) == numbers(&other.version);
        same && self.is_pre_release() && !other.is_pre_release()
    }
}

impl fmt::Display for ReleaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for ReleaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReleaseName({})", self.name)
    }
}

impl Serialize for ReleaseName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_version_with_a_text_before_and_after() {
        let table = [
            ("1.4.0", Some("1.4.0")),
            ("v1.4.0", Some("1.4.0")),
            ("V1.4.0", Some("1.4.0")),
            ("web-1.4.0", Some("web-1.4.0")),
            ("web/v1.4.0", Some("web/v1.4.0")),
            ("1.4.0-rc.1", Some("1.4.0-rc.1")),
            ("1.4.0_eu", Some("1.4.0_eu")),
            ("1.4.0/eu", Some("1.4.0/eu")),
            ("release-2026.11.26", Some("release-2026.11.26")),
            ("1.4.0+build.7", Some("1.4.0+build.7")),
            ("1.4", None),
            ("1.4.0.2", None),
            ("10.1.4.0", None),
            ("1.4.0a", None),
            ("01.4.0", None),
            ("2026.01.05", None),
            ("latest", None),
            ("", None),
            ("1.4.0,1.5.0", None),
            ("1.4.0)", None),
            ("1.4.0\u{e9}", None),
            ("99999999999999999999.0.0", None),
        ];
        for (tag, name) in table {
            assert_eq!(ReleaseName::parse(tag).as_ref().map(ReleaseName::as_str), name, "{tag}");
        }
    }

    #[test]
    fn versions_are_ordered_and_only_of_one_thing() {
        let release = |tag| ReleaseName::parse(tag).unwrap();
        assert!(release("1.9.0").precedes(&release("v1.10.0")));
        assert!(release("1.10.0-rc.2").precedes(&release("1.10.0-rc.10")));
        assert!(release("1.10.0-rc.2").precedes(&release("1.10.0")));
        assert!(!release("1.10.0+b").precedes(&release("1.10.0+c")));
        assert!(release("v1.0.0").is_of_the_same(&release("1.1.0")));
        assert!(!release("web-1.0.0").is_of_the_same(&release("api-1.0.0")));
        assert!(release("1.4.0-rc.1").leads_to(&release("v1.4.0")));
        assert!(!release("1.4.0-rc.1").leads_to(&release("1.4.1")));
        assert!(!release("1.4.0-rc.1").leads_to(&release("1.4.0-rc.2")));
    }
}
