//! A footer comment and its versions.

use jiff::Timestamp;

use super::model::Version;

/// A footer comment.
#[derive(Clone, Debug)]
pub struct FooterComment {
    /// Its id.
    pub id: u64,
    /// The page or blog post it is below.
    pub content: u64,
    /// The comment it replies to: replies are children of it and not in the page's list.
    pub parent: Option<u64>,
    /// Storage format, as the service keeps it.
    pub body: String,
    /// The bodies of all versions but the last, oldest first.
    pub earlier_bodies: Vec<String>,
    /// All versions, oldest first; the last one's author is the one that answers name.
    pub versions: Vec<Version>,
    /// Who made it: the only account that may change it.
    pub author: String,
    /// Whether somebody has resolved it.
    pub resolved: bool,
}

impl FooterComment {
    /// A new version with this body.
    pub fn change(&mut self, body: String, at: Timestamp, author: &str) {
        let number = self.versions.last().map_or(0, |version| version.number) + 1;
        self.versions.push(Version { number, at, author: author.to_owned() });
        self.earlier_bodies.push(std::mem::replace(&mut self.body, body));
    }

    /// A version with its body.
    pub fn version(&self, number: u64) -> Option<(&Version, &str)> {
        let at = self.versions.iter().position(|version| version.number == number)?;
        Some((&self.versions[at], self.earlier_bodies.get(at).map_or(self.body.as_str(), String::as_str)))
    }
}
