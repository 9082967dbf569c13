//! Identifiers of both services, a type for each, so that they can't be mixed up.
//!
//! Ids are strings on Confluence's wire and numbers on Bitbucket's; here each is parsed once, at the edge, and what
//! cannot be parsed is not an id.

mod keys;
mod label;
mod pages;
mod release;

use std::fmt;

use serde::Serialize;

pub use keys::{Key, KeyPrefix, SpaceKey};
pub use label::{Label, LabelTemplate};
pub use pages::{PageKind, PageName, Site};
pub use release::ReleaseName;

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

            /// The id of this number; `None` for zero, and for what both services' 64 bits with a sign cannot hold.
            pub fn new(number: u64) -> Option<Self> {
                (number > 0 && i64::try_from(number).is_ok()).then_some(Self(number))
            }

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

    };
}

impl Serialize for PullRequestId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
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
    /// A Bitbucket repository's UUID without braces, in lower case: no rename changes it.
    RepositoryUuid,
    |text| !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase() || b == b'-')
}

impl RepositoryUuid {
    /// Takes what Bitbucket writes, `{9C8B…}`, in braces and in any case.
    pub fn from_braces(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
        Self::parse(&bare.to_ascii_lowercase())
    }
}

text_id! {
    /// The number of an inline task within its page (`ac:task-id`); newer content may hold a UUID.
    TaskId,
    |text| !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
text_id! {
    /// An inline task in all of Confluence, as requests name it; people never see it. Digits so far.
    GlobalTaskId,
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
    /// Whether it is a whole hash and no prefix.
    pub fn is_whole(&self) -> bool {
        self.0.len() == 40
    }

    /// Whether both name the same commit, when either may be a prefix.
    pub fn same_commit(&self, other: &Self) -> bool {
        let (short, long) = if self.0.len() <= other.0.len() { (&self.0, &other.0) } else { (&other.0, &self.0) };
        long.get(..short.len()).is_some_and(|head| head.eq_ignore_ascii_case(short))
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

    pub fn workspace(&self) -> &str {
        &self.workspace
    }

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
