//! Which names and numbers are valid, and never mixed up: every identifier of both services is a type of its own.
//!
//! Ids are strings on Confluence's wire and numbers on Bitbucket's; here each is parsed once, at the edge, and what
//! cannot be parsed is not an id.

use std::fmt;

use serde::Serialize;

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// Parses decimal digits; `None` for anything else, zero included: neither service hands out a zero.
            pub fn parse(text: &str) -> Option<Self> {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                digits.then(|| text.parse().ok()).flatten().and_then(Self::new)
            }

            /// The id of this number; `None` for zero.
            pub fn new(number: u64) -> Option<Self> {
                (number > 0).then_some(Self(number))
            }

            /// The number itself.
            pub fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

number_id! {
    /// A pull request's number within its repository.
    PullRequestId
}
number_id! {
    /// A comment on a pull request.
    PullRequestCommentId
}
number_id! {
    /// Confluence content: a page, a blog post, a whiteboard, …; 64 bits (Cloud ids exceed 2^32).
    ContentId
}
number_id! {
    /// A footer comment on a page.
    FooterCommentId
}
number_id! {
    /// A Confluence space's number, as v2 answers name spaces.
    SpaceId
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes the text when it is valid.
            pub fn parse(text: &str) -> Option<Self> {
                let valid: fn(&str) -> bool = $valid;
                valid(text).then(|| Self(text.to_owned()))
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

text_id! {
    /// An Atlassian account id, `712020:5b10…`; opaque, one person in both products.
    AccountId,
    |text| !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic())
}
text_id! {
    /// A Bitbucket account's UUID, with braces, as the API writes it.
    UserUuid,
    |text| !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic())
}
text_id! {
    /// The number of an inline task within its page (`ac:task-id`); newer content may hold a UUID.
    TaskId,
    |text| !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
text_id! {
    /// A Confluence site's cloud id, a UUID as the gateway's URLs carry it.
    CloudId,
    |text| !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
text_id! {
    /// A commit hash or its prefix: 7 to 40 hexadecimal digits (pull request objects hold 12).
    CommitHash,
    |text| (7..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

impl CommitHash {
    /// Whether both name the same commit, when either may be a prefix.
    pub fn same_commit(&self, other: &Self) -> bool {
        let (short, long) = if self.0.len() <= other.0.len() { (&self.0, &other.0) } else { (&other.0, &self.0) };
        long.get(..short.len()).is_some_and(|head| head.eq_ignore_ascii_case(short))
    }
}

/// A Confluence space's key. ASCII letters and digits, at most 255, a personal space's begins with `~`; equal in any
/// case (lookup ignores case), so it is kept in upper case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpaceKey(String);

impl SpaceKey {
    /// Takes the text when it can be a space's key.
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix('~').unwrap_or(text);
        let valid = !body.is_empty()
            && text.len() <= 255
            && body
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || (text.starts_with('~') && matches!(b, b'_' | b'-' | b'.')));
        valid.then(|| Self(text.to_ascii_uppercase()))
    }

    /// The key in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SpaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SpaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpaceKey({})", self.0)
    }
}

impl Serialize for SpaceKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The letters before a key's hyphen, in upper case: two or more characters, the first a letter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPrefix(String);

impl KeyPrefix {
    /// Takes ASCII letters and digits that begin with a letter, two or more, at most 32; any case.
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (2..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric())
            && text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        valid.then(|| Self(text.to_ascii_uppercase()))
    }

    /// The prefix in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPrefix({})", self.0)
    }
}

/// A key, `ENG-123`. Leading zeros of the number do not count (`ADR-0012` is `ADR-12`), and a number of any length is
/// kept as digits, so none overflows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    prefix: KeyPrefix,
    number: String,
}

impl Key {
    /// The longest number read, in digits as written: longer ones are noise.
    pub const MAX_DIGITS: usize = 40;

    /// The key of a prefix and a run of ASCII digits.
    pub fn new(prefix: KeyPrefix, digits: &str) -> Option<Self> {
        let valid = (1..=Self::MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let significant = digits.trim_start_matches('0');
        let number = if significant.is_empty() { "0" } else { significant };
        valid.then(|| Self { prefix, number: number.to_owned() })
    }

    /// Parses `ENG-123` in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, digits) = text.split_once('-')?;
        Self::new(KeyPrefix::parse(prefix)?, digits)
    }

    /// The letters before the hyphen.
    pub fn prefix(&self) -> &KeyPrefix {
        &self.prefix
    }

    /// The digits after the hyphen, without leading zeros.
    pub fn number(&self) -> &str {
        &self.number
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.prefix, self.number)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A host name in lower case, with its port when the URL has one that is not its scheme's own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(String);

impl Host {
    /// The host (and port) of an absolute URL.
    pub fn of(url: &url::Url) -> Option<Self> {
        let host = url.host_str()?.to_ascii_lowercase();
        Some(Self(url.port().map_or(host.clone(), |port| format!("{host}:{port}"))))
    }

    /// Takes `docs.acme.example` or `localhost:8090`, or a whole URL of which only the host counts.
    pub fn parse(text: &str) -> Option<Self> {
        let absolute = if text.contains("://") { text.to_owned() } else { format!("https://{text}/") };
        Self::of(&url::Url::parse(&absolute).ok()?)
    }

    /// The host as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host({})", self.0)
    }
}

impl Serialize for Host {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A repository's full name, `workspace/slug`: only what may stand in a path of both the API and the web.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryName {
    workspace: String,
    slug: String,
}

impl RepositoryName {
    /// Parses `workspace/slug`; letters, digits, `_`, `-`, `.`, and neither part `.` or `..`.
    pub fn parse(text: &str) -> Option<Self> {
        let (workspace, slug) = text.split_once('/')?;
        let valid = |part: &str| {
            !part.is_empty()
                && part.len() <= 255
                && !matches!(part, "." | "..")
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        };
        (valid(workspace) && valid(slug)).then(|| Self { workspace: workspace.to_owned(), slug: slug.to_owned() })
    }

    /// The workspace's id.
    pub fn workspace(&self) -> &str {
        &self.workspace
    }

    /// The repository's slug.
    pub fn slug(&self) -> &str {
        &self.slug
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.workspace, self.slug)
    }
}

impl fmt::Debug for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RepositoryName({self})")
    }
}

impl Serialize for RepositoryName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The two kinds of content that take footer comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PageKind {
    /// A page or a live doc.
    Page,
    /// A blog post.
    BlogPost,
}

/// A page with its kind, as the ledger names it: `page:101`, `blogpost:110`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageName {
    /// Its id.
    pub id: ContentId,
    /// Which endpoints know it.
    pub kind: PageKind,
}

impl fmt::Display for PageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            PageKind::Page => write!(f, "page:{}", self.id),
            PageKind::BlogPost => write!(f, "blogpost:{}", self.id),
        }
    }
}

impl PageName {
    /// Parses what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        let kind = match kind {
            "page" => PageKind::Page,
            "blogpost" => PageKind::BlogPost,
            _ => return None,
        };
        Some(Self { id: ContentId::parse(id)?, kind })
    }
}

/// The Confluence site as people see it, whichever base requests go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// `https://acme.atlassian.net`, without a path.
    pub url: String,
    /// Its host.
    pub host: Host,
}

impl Site {
    /// Where people see a page or blog post: by id, so that a rename or a move does not break it and no title shows.
    pub fn page_url(&self, id: ContentId) -> String {
        format!("{}/wiki/pages/viewpage.action?pageId={id}", self.url)
    }
}
