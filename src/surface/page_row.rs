//! What does a page say of one pull request?

use std::fmt;

use crate::ids::{PullRequestId, ReleaseName, RepositoryName};

use super::storage;

/// A pull request of any repository, as a row names it. Ordered by repository, then number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PullRequestName {
    /// The repository the pull request is made to.
    pub repository: RepositoryName,
    /// Its number there.
    pub id: PullRequestId,
}

impl PullRequestName {
    const WEB: &'static str = "https://bitbucket.org/";

    /// Where people see it. Always built from validated parts, never taken from an answer or a stored link.
    pub fn url(&self) -> String {
        format!("{}{}/pull-requests/{}", Self::WEB, self.repository, self.id)
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

/// The state of a linked pull request, as pages show it. Declined and superseded ones have no row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowState {
    /// Under review.
    Open,
    /// Open, and marked as a draft.
    Draft,
    /// Merged.
    Merged,
    /// A word a later version of this product wrote; kept as it is.
    Other(String),
}

impl RowState {
    /// The word for it.
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
    pub fn followed_by(self, next: Self) -> Self {
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
    /// Which pull request; the row's identity.
    pub pull_request: PullRequestName,
    /// Its title when the row was last changed; `None` when titles are not shown.
    pub title: Option<String>,
    /// Its state.
    pub state: RowState,
    /// The page's version that was current at the merge.
    pub version_at_merge: Option<u32>,
    /// The releases that hold it, in the order they were added.
    pub releases: Vec<String>,
    /// What people call who opened it, when the row was last changed; `None` when that is not known or not shown.
    pub author: Option<String>,
}

impl Row {
    /// The row of a pull request of which nothing else is known.
    pub fn named(pull_request: &PullRequestName) -> Self {
        let pull_request = pull_request.clone();
        Self {
            pull_request,
            title: None,
            state: RowState::Open,
            version_at_merge: None,
            releases: Vec::new(),
            author: None,
        }
    }

    /// Whether two rows say the same: a new title or name alone never changes a row.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let Self { pull_request, title: _, state, version_at_merge, releases, author: _ } = self;
        *pull_request == other.pull_request
            && *state == other.state
            && *version_at_merge == other.version_at_merge
            && *releases == other.releases
    }

    /// What two comments say of one pull request, in one row: merged is later than open, and no fact is lost.
    pub fn united(mut self, other: &Self) -> Self {
        if self.state != RowState::Merged && other.state == RowState::Merged {
            self.state = RowState::Merged;
        }
        self.title = self.title.or_else(|| other.title.clone());
        self.author = self.author.or_else(|| other.author.clone());
        self.version_at_merge = self.version_at_merge.or(other.version_at_merge);
        self.releases = with_releases(&self.releases, &other.releases);
        self
    }

    /// The order rows stand in: under way first, then the newest number; repositories by name, so that every run
    /// agrees.
    pub fn rank(&self) -> impl Ord + use<> {
        (
            !self.state.is_under_way(),
            std::cmp::Reverse(self.pull_request.id.get()),
            self.pull_request.repository.to_string(),
        )
    }

    /// The row as a table row in storage format.
    pub fn as_table_row(&self) -> String {
        let link = storage::link(&self.pull_request.to_string(), &self.pull_request.url());
        let title = self.title.as_deref().map(|title| format!(" {}", storage::text(title))).unwrap_or_default();
        let version = self.version_at_merge.map(|version| version.to_string()).unwrap_or_default();
        let releases = storage::whole(&self.releases.join(", "));
        let state = storage::text(self.state.word());
        let author = self.author.as_deref().map(storage::text).unwrap_or_default();
        let cells = [format!("{link}{title}"), state, version, releases, author];
        let cells: String = cells.iter().map(|cell| format!("<td><p>{cell}</p></td>")).collect();
        format!("<tr>{cells}</tr>")
    }

    /// Reads a table row: the first cell's link and the cells' texts, as many as the table has columns. With a cell more
    /// or less nobody knows which is which, so it is no row; a table of before the author was told has one column less.
    pub fn from_cells(link: &str, cells: &[String]) -> Option<Self> {
        let pull_request = PullRequestName::from_url(link)?;
        let (name, state, version, releases, author) = match cells {
            [name, state, version, releases] => (name, state, version, releases, ""),
            [name, state, version, releases, author] => (name, state, version, releases, author.trim()),
            _ => return None,
        };
        let title = name.trim().strip_prefix(&pull_request.to_string()).map(str::trim).unwrap_or_default().to_owned();
        Some(Self {
            title: (!title.is_empty()).then_some(title),
            state: RowState::parse(state.trim()),
            version_at_merge: version_of(version)?,
            releases: listed(releases),
            author: (!author.is_empty()).then(|| author.to_owned()),
            pull_request,
        })
    }

    /// The row in the short form of those past the table's end; its title is not kept there.
    pub fn as_short_entry(&self) -> String {
        let link = storage::link(&self.pull_request.to_string(), &self.pull_request.url());
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
        Some(Self {
            pull_request: PullRequestName::from_url(link)?,
            title: None,
            state: RowState::parse(parts.next()?),
            version_at_merge: version_of(parts.next()?)?,
            releases: listed(parts.next()?),
            author: None,
        })
    }
}

/// The releases of a row when these more hold it too. A back-port adds one; a final release takes the place of its
/// pre-releases, which say nothing beside it.
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
mod tests {
    use super::*;

    #[test]
    fn a_row_gains_releases_and_a_final_one_takes_the_place_of_its_candidates() {
        let table = [
            ("", "1.4.0", "1.4.0", "a first one"),
            ("1.4.0", "1.4.0", "1.4.0", "told again"),
            ("1.4.0", "1.3.1", "1.4.0, 1.3.1", "a back-port comes after, as it was added"),
            ("1.4.0, 1.3.1", "", "1.4.0, 1.3.1", "nothing is stated"),
            ("1.4.0-rc.1", "1.4.0", "1.4.0", "final"),
            ("1.4.0-rc.1, 1.3.1, 1.4.0-rc.2", "1.4.0", "1.4.0, 1.3.1", "in place of the first"),
            ("1.3.1, 1.4.0-rc.1", "1.4.0", "1.3.1, 1.4.0", "in its place"),
            ("1.4.0", "1.4.0-rc.2", "1.4.0", "a candidate beside its final one"),
            ("1.4.0-rc.1", "1.4.0-rc.2", "1.4.0-rc.1, 1.4.0-rc.2", "two candidates"),
            ("1.4.0-rc.1", "1.5.0", "1.4.0-rc.1, 1.5.0", "of another version"),
            ("web-1.4.0-rc.1", "api-1.4.0", "web-1.4.0-rc.1, api-1.4.0", "of another thing"),
            ("1.4.0-rc.1, 1.4.0", "1.4.0", "1.4.0-rc.1, 1.4.0", "what stands is not tidied by the way"),
            ("a word", "1.4.0", "a word, 1.4.0", "no version"),
        ];
        for (known, more, releases, why) in table {
            let once = with_releases(&listed(known), &listed(more));
            assert_eq!(once.join(", "), releases, "{why}");
            assert_eq!(with_releases(&once, &listed(more)), once, "again: {why}");
        }
    }
}
