//! The form of a value: a text, an unresolved reference, or quotes that were kept.
//!
//! A shell fills in the lines of a pipe's variables, so that one that is not defined arrives as nothing. A text that was
//! typed as `$NAME` or with quotes in the settings, or that no shell has seen, arrives as it was typed.

use super::words;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A value, whatever `$` and quotes stand within.
    Value,
    /// `$NAME` or `${NAME}` and nothing else, in the variable of this name in any case.
    OwnReference,
    /// The same with another name, or a reference within a text, as in `https://$SITE.atlassian.net`.
    Reference,
    /// All of it in quotes, `"…"` or `'…'`.
    Quoted,
}

impl Form {
    /// The form of a variable's text, or of an item of its list.
    pub(super) fn of(variable: &str, text: &str) -> Self {
        let text = text.trim();
        match referred_to(text) {
            Some(name) if name.eq_ignore_ascii_case(variable) => Self::OwnReference,
            Some(_) => Self::Reference,
            None if ['"', '\''].into_iter().any(|quote| is_between(text, quote)) => Self::Quoted,
            None if !MAY_CONTAIN_DOLLARS.contains(&variable) && contains_reference(text) => Self::Reference,
            None => Self::Value,
        }
    }

    /// What is wrong with it, as the end of a sentence that begins with the variable's name.
    pub(super) fn problem(self) -> Option<&'static str> {
        match self {
            Self::Value => None,
            Self::OwnReference | Self::Reference => Some(words::REFERENCE),
            Self::Quoted => Some(words::QUOTED),
        }
    }
}

/// Secrets, files and free text, in which `$` followed by letters is a text like any other.
const MAY_CONTAIN_DOLLARS: &[&str] = &[
    "CONFLUENCE_API_TOKEN",
    "CONFLUENCE_CLIENT_SECRET",
    "BITBUCKET_ACCESS_TOKEN",
    "ATLASSIAN_API_TOKEN",
    "HTTPS_PROXY",
    "CA_CERTIFICATE",
    "SSL_CERT_FILE",
    "RELEASE_LABEL",
];

/// Whether a reference is a part of the text. A shell would have filled it in.
fn contains_reference(text: &str) -> bool {
    text.split('$').skip(1).any(|rest| {
        let is_braced = rest.starts_with('{') && rest.contains('}');
        let name = if is_braced { rest.get(1..).unwrap_or_default() } else { rest };
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    })
}

/// The name in a reference that is the whole text.
fn referred_to(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('$')?;
    let name = rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(rest);
    let is_one = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_one.then_some(name)
}

fn is_between(text: &str, quote: char) -> bool {
    text.strip_prefix(quote).is_some_and(|rest| rest.ends_with(quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfilled_references_and_quotes_are_recognized() {
        let table = [
            ("$SPACES", Form::OwnReference),
            ("${SPACES}", Form::OwnReference),
            ("$spaces", Form::OwnReference),
            (" $SPACES ", Form::OwnReference),
            ("$OTHER", Form::Reference),
            ("${_other_1}", Form::Reference),
            ("\"ENG\"", Form::Quoted),
            ("'ENG'", Form::Quoted),
            ("'$SPACES'", Form::Quoted),
            ("\"\"", Form::Quoted),
            ("ENG", Form::Value),
            ("$", Form::Value),
            ("${}", Form::Value),
            ("$1", Form::Value),
            ("$ENG-1", Form::Reference),
            ("${OTHER", Form::Value),
            ("v$OTHER", Form::Reference),
            ("${A}${B}", Form::Reference),
            ("https://${SITE}.atlassian.net", Form::Reference),
            ("US$ 5, $5", Form::Value),
            ("{repository}-{version}", Form::Value),
            ("label:\"x\"", Form::Value),
            ("it's", Form::Value),
            ("\"", Form::Value),
            ("\"ENG'", Form::Value),
        ];
        for (text, form) in table {
            assert_eq!(Form::of("SPACES", text), form, "{text}");
        }
    }

    #[test]
    fn secrets_may_contain_dollar_signs() {
        for (text, form) in
            [("s3cr$et", Form::Value), ("a${b}c", Form::Value), ("$OTHER", Form::Reference), ("\"x\"", Form::Quoted)]
        {
            assert_eq!(Form::of("BITBUCKET_ACCESS_TOKEN", text), form, "{text}");
        }
    }
}
