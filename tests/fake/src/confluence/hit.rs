//! Content or a comment, as search finds it.

use jiff::Timestamp;

use super::cql::{Query, Value};
use super::dates;
use super::model::{Aliases, Confluence, Content, FooterComment, Version};

/// What search can find.
#[derive(Clone, Copy)]
pub enum Hit<'a> {
    Content(&'a Content),
    /// A comment and the content it is below.
    Comment(&'a FooterComment, &'a Content),
}

/// Who asks, and when.
pub struct Asking<'a> {
    pub confluence: &'a Confluence,
    pub account: &'a str,
    pub now: Timestamp,
}

impl<'a> Hit<'a> {
    pub fn id(self) -> u64 {
        match self {
            Self::Content(content) => content.id,
            Self::Comment(comment, _) => comment.id,
        }
    }

    pub fn kind(self) -> &'static str {
        match self {
            Self::Content(content) => content.kind.name(),
            Self::Comment(..) => "comment",
        }
    }

    pub fn title(self) -> String {
        match self {
            Self::Content(content) => content.title.clone(),
            Self::Comment(_, page) => format!("Re: {}", page.title),
        }
    }

    pub fn body(self) -> &'a str {
        match self {
            Self::Content(content) => &content.body,
            Self::Comment(comment, _) => &comment.body,
        }
    }

    pub fn versions(self) -> &'a [Version] {
        match self {
            Self::Content(content) => &content.versions,
            Self::Comment(comment, _) => &comment.versions,
        }
    }

    /// The content itself, or the one that the comment is below.
    pub fn page(self) -> &'a Content {
        match self {
            Self::Content(content) | Self::Comment(_, content) => content,
        }
    }

    fn created(self) -> Option<Timestamp> {
        self.versions().first().map(|version| version.at)
    }

    fn modified(self) -> Option<Timestamp> {
        self.versions().last().map(|version| version.at)
    }

    /// A date field of a query.
    pub fn date(self, field: &str) -> Option<Timestamp> {
        if field == "created" { self.created() } else { self.modified() }
    }

    fn creator(self) -> Option<&'a str> {
        match self {
            Self::Content(content) => content.versions.first().map(|version| version.author.as_str()),
            Self::Comment(comment, _) => Some(&comment.author),
        }
    }
}

impl Query {
    /// Whether this, as the index has it, answers the query.
    pub fn holds(&self, asking: &Asking<'_>, hit: Hit<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(asking, hit)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(asking, hit)),
            Self::Not(inner) => !inner.holds(asking, hit),
            Self::Compare { field, sign, values } => {
                let any = values.iter().any(|value| one(asking, hit, field, sign, value));
                any != sign.starts_with('!')
            }
        }
    }
}

fn one(asking: &Asking<'_>, hit: Hit<'_>, field: &str, sign: &str, value: &Value) -> bool {
    let text = match value {
        Value::Text(text) => text.as_str(),
        Value::CurrentUser => asking.account,
        Value::Now(_) => "",
    };
    let same = |other: &str| other.to_lowercase() == text.to_lowercase();
    match field {
        "space" | "space.key" => {
            let space = asking.confluence.spaces.iter().find(|space| space.id == hit.page().space);
            let takes_alias = asking.confluence.aliases == Aliases::Everywhere;
            space.is_some_and(|space| same(&space.key) || takes_alias && space.alias.as_deref().is_some_and(same))
        }
        "label" => matches!(hit, Hit::Content(content) if content.labels.iter().any(|label| same(label))),
        "type" => hit.kind() == text.to_lowercase(),
        "id" | "content" => hit.id().to_string() == text,
        "container" => matches!(hit, Hit::Comment(_, page) if page.id.to_string() == text),
        "creator" => hit.creator() == Some(text),
        "contributor" => hit.versions().iter().any(|version| version.author == text),
        "created" | "lastmodified" => compare(hit.date(field), sign, dates::moment(value, asking.now)),
        "title" if sign.ends_with('=') => same(&hit.title()),
        "title" => matches(&hit.title(), text),
        _ => matches(&format!("{} {}", hit.title(), hit.body()), text),
    }
}

fn compare(have: Option<Timestamp>, sign: &str, wanted: Option<Timestamp>) -> bool {
    let (Some(have), Some(wanted)) = (have, wanted) else { return false };
    match sign {
        ">=" => have >= wanted,
        ">" => have > wanted,
        "<=" => have <= wanted,
        "<" => have < wanted,
        // The caller turns `!=` around.
        _ => have == wanted,
    }
}

fn words(text: &str) -> Vec<String> {
    let split = text.split(|character: char| !character.is_alphanumeric());
    split.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Measured against the service: `~` is about words, not about text. All words must occur, in any order and anywhere,
/// so `ENG-12` also finds `12 reasons for ENG`; only a phrase in quotes of its own must occur in order. A word may end
/// in `*`.
fn matches(text: &str, value: &str) -> bool {
    let have = words(text);
    let phrase = value.trim().strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    if let Some(phrase) = phrase {
        let wanted = words(phrase);
        return !wanted.is_empty() && have.windows(wanted.len()).any(|part| part == wanted.as_slice());
    }
    let pieces: Vec<&str> = value.split_whitespace().collect();
    !words(value).is_empty()
        && pieces.iter().all(|piece| {
            let wanted = words(piece);
            let open = piece.ends_with('*');
            wanted.iter().enumerate().all(|(index, wanted_word)| {
                let last = index + 1 == wanted.len();
                have.iter().any(|word| word == wanted_word || (open && last && word.starts_with(wanted_word.as_str())))
            })
        })
}
