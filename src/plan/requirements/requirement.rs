//! The requirements that `REQUIRE` can name.

use std::fmt;

/// One requirement. In the order in which they are listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Requirement {
    /// At least one page is linked.
    Link,
    /// No linked page is a draft, archived or in the trash.
    Current,
    /// At least one linked page has this label, in lower case.
    Label(String),
    /// At least one linked page has this content state, spelled as in `REQUIRE` and compared ignoring case.
    State(String),
    /// `[skip confluence]` waives nothing.
    NoSkip,
}

/// Confluence's documents say at most 255 for labels; states are shorter.
const MAX_NAME: usize = 255;

impl Requirement {
    /// Reads a word of the list; `None` for any other.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let (kind, name) = word.split_once(':').map_or((word, None), |(kind, name)| (kind, Some(name.trim())));
        match (kind.trim().to_ascii_lowercase().as_str(), name) {
            ("link", None) => Some(Self::Link),
            ("current", None) => Some(Self::Current),
            ("no-skip", None) => Some(Self::NoSkip),
            ("label", Some(name)) => label(name).map(Self::Label),
            ("state", Some(name)) => state(name).map(Self::State),
            _ => None,
        }
    }

    /// The same for two that ask for the same thing, and fit for a part of a path: what is no letter or digit of ASCII is
    /// written as its bytes.
    pub(crate) fn id(&self) -> String {
        self.to_string().to_lowercase().bytes().fold(String::new(), |id, byte| match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => id + char::from(byte).encode_utf8(&mut [0; 4]),
            _ => id + &format!("_{byte:02x}"),
        })
    }
}

/// No page can have a label that Confluence does not take, so asking for one is a mistake.
fn label(name: &str) -> Option<String> {
    let takes = |c: char| !c.is_whitespace() && !c.is_control() && !":;,.?&[]()#^*@!'`".contains(c);
    (!name.is_empty() && name.len() <= MAX_NAME && name.chars().all(takes)).then(|| name.to_lowercase())
}

fn state(name: &str) -> Option<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    (!name.is_empty() && name.len() <= MAX_NAME && !name.chars().any(char::is_control)).then_some(name)
}

/// As it is written in `REQUIRE`.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link => f.write_str("link"),
            Self::Current => f.write_str("current"),
            Self::Label(name) => write!(f, "label:{name}"),
            Self::State(name) => write!(f, "state:{name}"),
            Self::NoSkip => f.write_str("no-skip"),
        }
    }
}
