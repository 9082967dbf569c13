//! The rows of a check, for the log and the receipt.

use std::fmt;

use serde::Serialize;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckRow {
    pub result: Finding,
    /// Whose it is: `Bitbucket`, `Confluence` or `step`.
    pub about: &'static str,
    /// What was looked at, in our words.
    pub what: String,
    /// The scope that it needs, when the credential is of a kind that has scopes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// What there is to say of it: one line, foreign words among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Finding {
    /// As it should be.
    Ok,
    /// The credential lacks its scope.
    Missing,
    /// It is not there, or the account may not.
    No,
    /// The credential isn't accepted, or the service can't be reached.
    Failed,
    /// It could not be found out. Never a reason to fail.
    Unknown,
    /// Odd, and nothing that linking needs.
    Warning,
    Note,
}

impl Finding {
    /// Whether linking lacks something that it needs.
    pub fn is_lacking(self) -> bool {
        match self {
            Self::Missing | Self::No | Self::Failed => true,
            Self::Ok | Self::Unknown | Self::Warning | Self::Note => false,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::No => "no",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

impl CheckRow {
    /// A row with nothing more to say.
    pub fn new(result: Finding, about: &'static str, what: impl Into<String>) -> Self {
        Self { result, about, what: what.into(), scope: None, details: None }
    }

    /// The same with the scope that it needs.
    pub fn with_scope(self, scope: Option<&str>) -> Self {
        Self { scope: scope.map(str::to_owned), ..self }
    }

    /// The same with words, on one line.
    pub fn with_details(self, words: impl fmt::Display) -> Self {
        let words = words.to_string();
        let visible: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { details: Some(visible.split_whitespace().collect::<Vec<_>>().join(" ")), ..self }
    }
}

/// What is lacking, as a sentence for the log.
impl fmt::Display for CheckRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.details.clone().unwrap_or_else(|| self.result.to_string());
        write!(f, "{}, {}: {words}", self.about, self.what)
    }
}

impl CheckRow {
    /// All that it holds, for a debug line. Foreign words stand at the end.
    pub fn cells(&self) -> String {
        let scope = self.scope.as_deref().unwrap_or("-");
        let details = self.details.as_deref().unwrap_or_default();
        format!("{}  {}  {}  {scope}  {details}", self.result, self.about, self.what).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_words_stay_on_one_line_at_the_end() {
        let row = CheckRow::new(Finding::Missing, "step", "x").with_details("a\n\tb\u{1b}[2J  c");
        assert_eq!(row.cells(), "missing  step  x  -  a b [2J c");
        let row = CheckRow::new(Finding::Ok, "Confluence", "read").with_scope(Some("read:page:confluence"));
        assert_eq!(row.cells(), "ok  Confluence  read  read:page:confluence");
    }
}
