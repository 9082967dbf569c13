//! Valid labels, and the label of a release.

use std::fmt;

use super::{ReleaseName, RepositoryName};

/// A label in its normal form: small letters, digits, `_` and `-`. Confluence takes no full stop in a label, and makes two
/// labels of one with a space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label(String);

/// The longest label that Confluence takes.
const LONGEST: usize = 255;

/// A label by which people keep this product off a page.
const OPTS_OUT: &str = "no-pr-links";

impl Label {
    /// Makes a valid label of a text: small letters, each run of what a label may not hold one `-`, none at its ends.
    /// `None` when nothing is left.
    pub fn of(text: &str) -> Option<Self> {
        let mut label = String::new();
        let mut invalid = false;
        for c in text.to_lowercase().chars() {
            if c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-') {
                if std::mem::take(&mut invalid) {
                    label.push('-');
                }
                label.push(c);
            } else {
                invalid = true;
            }
        }
        label = label.trim_matches('-').to_owned();
        // All of it is ASCII, so every place is one between characters.
        label.truncate(LONGEST);
        let label = label.trim_end_matches('-');
        (!label.is_empty()).then(|| Self(label.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the label of a release is made: text in which `{repository}` and `{version}` are filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelTemplate(String);

impl LabelTemplate {
    /// What holds when none is given.
    pub const DEFAULT: &str = "{repository}-{version}";

    /// So much leaves room for a repository's and a release's name.
    const LONGEST: usize = 100;

    const REPOSITORY: &str = "{repository}";
    const VERSION: &str = "{version}";

    /// Takes a text with these two placeholders and no others, of which a label can be made.
    pub fn parse(text: &str) -> Option<Self> {
        let filled = text.replace(Self::REPOSITORY, "r").replace(Self::VERSION, "1");
        let sound = text.len() <= Self::LONGEST && !filled.contains(['{', '}']);
        let opts_out = |label: &Label| label.as_str() == OPTS_OUT;
        (sound && Label::of(&filled).is_some_and(|label| !opts_out(&label))).then(|| Self(text.to_owned()))
    }

    /// The label of a release; `None` when nothing is left of it, or what is left would keep this product off the page.
    pub fn label(&self, repository: &RepositoryName, release: &ReleaseName) -> Option<Label> {
        let filled = self.0.replace(Self::REPOSITORY, repository.slug()).replace(Self::VERSION, release.as_str());
        Label::of(&filled).filter(|label| label.as_str() != OPTS_OUT)
    }
}

impl Default for LabelTemplate {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_has_lower_case_letters_digits_and_hyphens_only() {
        let long = "1.".repeat(200);
        let table = [
            ("shop-1.4.0", Some("shop-1-4-0")),
            ("Shop 1.4.0", Some("shop-1-4-0")),
            ("web/v1.4.0+build.7", Some("web-v1-4-0-build-7")),
            ("a_b--c", Some("a_b--c")),
            ("..a, (b)!", Some("a-b")),
            ("-a-", Some("a")),
            ("\u{c9}t\u{e9} 1", Some("t-1")),
            ("...", None),
            ("-", None),
            ("", None),
        ];
        for (text, label) in table {
            assert_eq!(Label::of(text).as_ref().map(Label::as_str), label, "{text}");
        }
        let label = Label::of(&long).unwrap();
        assert_eq!((label.as_str().len(), label.as_str().ends_with('1')), (255, true));
    }

    #[test]
    fn a_template_is_filled_in_and_an_impossible_one_is_none() {
        let repository = RepositoryName::parse("acme/Web.Shop").unwrap();
        let release = ReleaseName::parse("v1.4.0-rc.1").unwrap();
        let label = |template| LabelTemplate::parse(template)?.label(&repository, &release);
        let table = [
            (LabelTemplate::DEFAULT, Some("web-shop-1-4-0-rc-1")),
            ("released in {version}", Some("released-in-1-4-0-rc-1")),
            ("released", Some("released")),
            ("{branch}-{version}", None),
            ("{version", None),
            ("...", None),
            ("No PR links", None),
        ];
        for (template, wanted) in table {
            assert_eq!(label(template).as_ref().map(Label::as_str), wanted, "{template}");
        }
        assert_eq!(LabelTemplate::parse(&"x".repeat(101)), None);
        // A label that opts pages out is none, whatever filled it in.
        let odd = RepositoryName::parse("acme/no-pr-links").unwrap();
        assert_eq!(LabelTemplate::parse("{repository}").unwrap().label(&odd, &release), None);
    }
}
