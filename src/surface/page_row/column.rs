//! The columns of the table on a page.

use super::Row;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The link to the pull request, and its title.
    PullRequest,
    State,
    /// The page's version that was current at the merge.
    VersionAtMerge,
    /// The releases that hold it.
    Releases,
    Author,
    /// The people who approved it.
    ApprovedBy,
}

impl Column {
    /// All of them, in their order.
    pub const ALL: [Self; 6] =
        [Self::PullRequest, Self::State, Self::VersionAtMerge, Self::Releases, Self::Author, Self::ApprovedBy];

    pub fn heading(self) -> &'static str {
        match self {
            Self::PullRequest => "Pull request",
            Self::State => "State",
            Self::VersionAtMerge => "Page version at merge",
            Self::Releases => "Releases",
            Self::Author => "Author",
            Self::ApprovedBy => "Approved by",
        }
    }

    /// The columns of a table of these rows: those that have something to show.
    pub fn of(rows: &[&Row]) -> Vec<Self> {
        let shows = |column: &Self| match column {
            Self::PullRequest | Self::State => true,
            Self::VersionAtMerge => rows.iter().any(|row| row.version_at_merge.is_some()),
            Self::Releases => rows.iter().any(|row| !row.releases.is_empty()),
            Self::Author => rows.iter().any(|row| row.author.is_some()),
            Self::ApprovedBy => rows.iter().any(|row| row.approved_by.is_some()),
        };
        Self::ALL.into_iter().filter(shows).collect()
    }

    /// The column below a heading.
    pub fn below(heading: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.heading() == heading.trim())
    }
}
