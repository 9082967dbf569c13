//! A row: what a page says of one pull request.

mod column;

use std::collections::BTreeSet;
use std::fmt;

use percent_encoding::percent_decode_str;

use crate::ids::{Key, PullRequestCommentId, PullRequestId, ReleaseName, RepositoryName, RepositoryUuid};

use super::storage;

pub use column::Column;

/// A pull request of any repository, as people see it. Ordered by repository, then number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PullRequestName {
    /// The repository the pull request is made to, under its name at this moment.
    pub repository: RepositoryName,
    pub id: PullRequestId,
}

impl PullRequestName {
    const WEB: &'static str = "https://bitbucket.org/";

    /// Where people see it. Always built from validated parts, never taken from an answer or a stored link.
    pub fn url(&self) -> String {
        format!("{}{}/pull-requests/{}", Self::WEB, self.repository, self.id)
    }

    /// Where people see a comment on it.
    pub fn comment_url(&self, id: PullRequestCommentId) -> String {
        format!("{}#comment-{id}", self.url())
    }

    /// Reads such a URL back; anything else names no pull request.
    pub fn from_url(url: &str) -> Option<Self> {
        let path = url.strip_prefix(Self::WEB)?;
        let (repository, id) = path.split_once("/pull-requests/")?;
        let digits = id.split(['/', '?', '#']).next()?;
        Some(Self { repository: RepositoryName::parse(repository)?, id: PullRequestId::parse(digits)? })
    }
}

impl fmt::Display for PullRequestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{}", self.repository, self.id)
    }
}

/// The identity of a row: no rename of the repository or its workspace changes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// The repository the pull request is made to.
    pub repository: RepositoryUuid,
    /// The pull request's number there.
    pub id: PullRequestId,
}

/// A key that led from the pull request to the page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeadingKey {
    pub key: Key,
    pub source: KeySource,
}

/// How a key led to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeySource {
    /// By the page's label or title.
    Page,
    /// By a link in the Jira issue.
    Jira,
}

impl LeadingKey {
    fn parse(text: &str) -> Option<Self> {
        match text.split_once('@') {
            None => Some(Self { key: Key::parse(text)?, source: KeySource::Page }),
            Some((key, "jira")) => Some(Self { key: Key::parse(key)?, source: KeySource::Jira }),
            Some(_) => None,
        }
    }
}

impl fmt::Display for LeadingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            KeySource::Page => self.key.fmt(f),
            KeySource::Jira => write!(f, "{}@jira", self.key),
        }
    }
}

/// The most keys that one row has.
const MAX_KEYS: usize = 20;

/// The fragment of a row's link. Confluence rewrites texts and attributes; the target of a link survives.
fn fragment(repository: &RepositoryUuid, keys: &BTreeSet<LeadingKey>) -> String {
    let keys: Vec<String> = keys.iter().take(MAX_KEYS).map(ToString::to_string).collect();
    if keys.is_empty() {
        format!("#repository={repository}")
    } else {
        format!("#repository={repository};keys={}", keys.join(","))
    }
}

fn read_fragment(url: &str) -> (Option<RepositoryUuid>, BTreeSet<LeadingKey>) {
    let (mut repository, mut keys) = (None, BTreeSet::new());
    let Some((_, fragment)) = url.split_once('#') else { return (repository, keys) };
    for field in percent_decode_str(fragment).decode_utf8_lossy().split(';') {
        match field.split_once('=') {
            Some(("repository", uuid)) => repository = RepositoryUuid::from_braces(uuid),
            Some(("keys", list)) => keys.extend(list.split(',').filter_map(LeadingKey::parse).take(MAX_KEYS)),
            Some(_) | None => {}
        }
    }
    (repository, keys)
}

/// The state of a linked pull request, as pages show it. Declined and superseded ones have no row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowState {
    Open,
    /// Open, and marked as a draft.
    Draft,
    Merged,
    /// A word a later version of this product wrote; kept as it is.
    Other(String),
}

impl RowState {
    pub fn word(&self) -> &str {
        match self {
            Self::Open => "open",
            Self::Draft => "draft",
            Self::Merged => "merged",
            Self::Other(word) => word,
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "open" => Self::Open,
            "draft" => Self::Draft,
            "merged" => Self::Merged,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The state after this one. A merge is for ever, so a run that read the pull request before it was merged, and
    /// writes after, does not open it again.
    pub fn next_state(self, next: Self) -> Self {
        match (&self, &next) {
            (Self::Merged, Self::Open | Self::Draft) => self,
            (Self::Open | Self::Draft | Self::Merged | Self::Other(_), _) => next,
        }
    }

    fn is_under_way(&self) -> bool {
        matches!(self, Self::Open | Self::Draft)
    }
}

/// One row of a page comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The pull request as people see it. The name is for display only.
    pub name: PullRequestName,
    /// The identity of its repository; a row whose link carries none stays as it is.
    pub repository: Option<RepositoryUuid>,
    /// The keys that led to the page when the row was last written.
    pub keys: BTreeSet<LeadingKey>,
    /// Its title when the row was last written; `None` when titles are not shown.
    pub title: Option<String>,
    pub state: RowState,
    /// The page's version that was current at the merge.
    pub version_at_merge: Option<u32>,
    /// The releases that hold it, in the order they were added.
    pub releases: Vec<String>,
    /// The display name of its author when the row was last written; `None` when it is not known or not shown.
    pub author: Option<String>,
    /// The display names of the people who had approved it at the merge; `None` without any, or if they are not shown.
    pub approved_by: Option<String>,
}

impl Row {
    /// The row of an open pull request of which nothing else is known.
    pub fn open(name: PullRequestName, repository: RepositoryUuid) -> Self {
        Self {
            name,
            repository: Some(repository),
            keys: BTreeSet::new(),
            title: None,
            state: RowState::Open,
            version_at_merge: None,
            releases: Vec::new(),
            author: None,
            approved_by: None,
        }
    }

    /// Its identity, if its link carries one.
    pub fn key(&self) -> Option<RowKey> {
        Some(RowKey { repository: self.repository.clone()?, id: self.name.id })
    }

    /// Whether it shows the name of this release.
    pub fn carries(&self, release: &ReleaseName) -> bool {
        self.releases.iter().any(|name| name == release.as_str())
    }

    /// Whether it is the row of this pull request.
    pub fn is_of(&self, key: &RowKey) -> bool {
        self.name.id == key.id && self.repository.as_ref() == Some(&key.repository)
    }

    /// Whether two rows state the same facts. Titles, names and keys alone never cause a write.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        self.key() == other.key()
            && self.state == other.state
            && self.version_at_merge == other.version_at_merge
            && self.releases == other.releases
    }

    /// The two rows of one pull request in two comments, as one: merged is later than open, and no fact is lost.
    pub fn merge(mut self, other: &Self) -> Self {
        if self.state != RowState::Merged && other.state == RowState::Merged {
            self.state = RowState::Merged;
        }
        self.title = self.title.or_else(|| other.title.clone());
        self.author = self.author.or_else(|| other.author.clone());
        self.approved_by = self.approved_by.or_else(|| other.approved_by.clone());
        self.version_at_merge = self.version_at_merge.or(other.version_at_merge);
        self.releases = with_releases(&self.releases, &other.releases);
        self.keys.extend(other.keys.iter().cloned());
        self
    }

    fn url(&self) -> String {
        let fragment = self.repository.as_ref().map(|uuid| fragment(uuid, &self.keys)).unwrap_or_default();
        self.name.url() + &fragment
    }

    /// The order rows stand in: under way first, then the newest number; repositories by name, so that every run
    /// agrees.
    pub fn rank(&self) -> impl Ord + use<> {
        (!self.state.is_under_way(), std::cmp::Reverse(self.name.id.get()), self.name.repository.to_string())
    }

    /// The row as a table row in storage format, one cell for each of these columns.
    pub fn as_table_row(&self, columns: &[Column]) -> String {
        let cells: String = columns.iter().map(|column| format!("<td><p>{}</p></td>", self.cell(*column))).collect();
        format!("<tr>{cells}</tr>")
    }

    fn cell(&self, column: Column) -> String {
        match column {
            Column::PullRequest => {
                let name = self.name.to_string();
                match self.title.as_deref().map(storage::text).filter(|title| !title.is_empty()) {
                    Some(title) => format!("{} {}", storage::link_of(&title, &self.url()), storage::text(&name)),
                    None => storage::link(&name, &self.url()),
                }
            }
            Column::State => storage::text(self.state.word()),
            Column::VersionAtMerge => self.version_at_merge.map(|version| version.to_string()).unwrap_or_default(),
            Column::Releases => storage::whole(&self.releases.join(", ")),
            Column::Author => self.author.as_deref().map(storage::text).unwrap_or_default(),
            Column::ApprovedBy => self.approved_by.as_deref().map(storage::text).unwrap_or_default(),
        }
    }

    /// Reads a table row: its link, and the texts of its cells by their columns. A row without a state is none.
    pub fn from_cells(link: &str, cells: &[(Column, &str)]) -> Option<Self> {
        let name = PullRequestName::from_url(link)?;
        let cell = |wanted: Column| cells.iter().find(|(column, _)| *column == wanted).map(|(_, text)| text.trim());
        let text = |column| cell(column).filter(|text| !text.is_empty()).map(str::to_owned);
        let title = cell(Column::PullRequest)?.strip_suffix(&name.to_string()).map(str::trim).unwrap_or_default();
        // A smart link shows its address.
        let title = if PullRequestName::from_url(title).is_some() { "" } else { title };
        let (repository, keys) = read_fragment(link);
        Some(Self {
            title: (!title.is_empty()).then(|| title.to_owned()),
            state: RowState::parse(cell(Column::State)?),
            version_at_merge: version_of(cell(Column::VersionAtMerge).unwrap_or_default())?,
            releases: listed(cell(Column::Releases).unwrap_or_default()),
            author: text(Column::Author),
            approved_by: text(Column::ApprovedBy),
            repository,
            keys,
            name,
        })
    }

    /// The row in the short form of those past the table's end; its title is not kept there.
    pub fn as_short_entry(&self) -> String {
        let link = storage::link(&self.name.to_string(), &self.url());
        let version = self.version_at_merge.map(|version| version.to_string()).unwrap_or_default();
        format!(
            "{link} ({}; {version}; {})",
            storage::text(self.state.word()),
            storage::whole(&self.releases.join(", "))
        )
    }

    /// Reads a short entry: its link and the text that follows it.
    pub fn from_short_entry(link: &str, following: &str) -> Option<Self> {
        // The name of a release may hold both signs.
        let inside = following.trim_start().strip_prefix('(')?.rsplit_once(')')?.0;
        let mut parts = inside.splitn(3, ';').map(str::trim);
        let (repository, keys) = read_fragment(link);
        Some(Self {
            name: PullRequestName::from_url(link)?,
            repository,
            keys,
            title: None,
            state: RowState::parse(parts.next()?),
            version_at_merge: version_of(parts.next()?)?,
            releases: listed(parts.next()?),
            author: None,
            approved_by: None,
        })
    }
}

/// The releases of a row together with these. A back-port adds one; a final release replaces its pre-releases, which
/// add nothing to it.
pub fn with_releases(known: &[String], more: &[String]) -> Vec<String> {
    let mut releases = known.to_vec();
    for release in more {
        let leads_to = |one: &String, other: &String| match (ReleaseName::parse(one), ReleaseName::parse(other)) {
            (Some(one), Some(other)) => one.leads_to(&other),
            // What a later version of this product wrote is kept as it is.
            _ => false,
        };
        if releases.iter().any(|there| there == release || leads_to(release, there)) {
            continue;
        }
        let place = releases.iter().position(|there| leads_to(there, release)).unwrap_or(releases.len());
        releases.retain(|there| !leads_to(there, release));
        releases.insert(place.min(releases.len()), release.clone());
    }
    releases
}

/// The version a cell holds; the outer `None` when it holds something else.
fn version_of(text: &str) -> Option<Option<u32>> {
    let text = text.trim();
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}

fn listed(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
