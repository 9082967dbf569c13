//! One line of the matrix: a page, a pull request, and what holds of both. CSV, JSON and HTML are made of it. Pure.

use serde::Serialize;

use super::finding::Kind;

/// A page and a pull request that is linked to it; or a pull request without a page.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Line {
    /// `page:101`, `blogpost:110`, `whiteboard:107`.
    pub page: Option<String>,
    /// Where people see the page.
    pub page_url: Option<String>,
    /// Its title, when it may be shown.
    pub page_title: Option<String>,
    /// Its space, when it may be shown.
    pub space: Option<String>,
    /// The keys that led to it from this pull request.
    pub keys: Vec<String>,
    /// `current`, `draft`, `archived`, `trashed`, `missing`, `not-shown` or `unknown`.
    pub page_status: Option<&'static str>,
    /// `open`, `restricted`, `restricted-above`, `not-shown` or `unknown`.
    pub access: Option<&'static str>,
    /// Whether people without an account may view it: `yes`, `no`, `not-shown` or `unknown`.
    pub anonymous: Option<&'static str>,
    /// Whose page it is, by account id.
    pub page_owner: Option<String>,
    /// What people call the owner, when titles may be shown and the service tells.
    pub page_owner_name: Option<String>,
    /// Its version.
    pub page_version: Option<u32>,
    /// When that was made, RFC 3339.
    pub page_changed: Option<String>,
    /// The page beside its last merged pull request: `in-step`, `changed-after-merge`, `not-changed-with-code`,
    /// `no-merge`, `not-shown` or `unknown`.
    pub freshness: Option<&'static str>,
    /// The pull request's number.
    pub pull_request: u64,
    /// Where people see it.
    pub pull_request_url: String,
    /// Its title, when it may be shown.
    pub pull_request_title: Option<String>,
    /// `open`, `draft`, `merged`, `declined` or `superseded`.
    pub state: String,
    /// Who opened it, by account id.
    pub author: Option<String>,
    /// What people call who opened it, when titles may be shown and the service tells.
    pub author_name: Option<String>,
    /// The people who had approved it at the merge, when titles may be shown.
    pub approved_by: Option<String>,
    /// When it was merged, RFC 3339.
    pub merged: Option<String>,
    /// The commit that merged it.
    pub commit: Option<String>,
    /// The page's version at the merge.
    pub version_at_merge: Option<u32>,
    /// The releases that hold it.
    pub releases: Vec<String>,
    /// Whether the page's comment has a row of it: `yes`, `no` or `unknown`.
    pub row: Option<&'static str>,
    /// What was found, about the page, the pull request or both.
    pub findings: Vec<Kind>,
}

/// The columns of `review.csv`, which are the fields of a line.
pub(super) const COLUMNS: [&str; 26] = [
    "page",
    "page_url",
    "page_title",
    "space",
    "keys",
    "page_status",
    "access",
    "anonymous",
    "page_owner",
    "page_owner_name",
    "page_version",
    "page_changed",
    "freshness",
    "pull_request",
    "pull_request_url",
    "pull_request_title",
    "state",
    "author",
    "author_name",
    "approved_by",
    "merged",
    "commit",
    "version_at_merge",
    "releases",
    "row",
    "findings",
];

impl Line {
    /// The texts that others wrote.
    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let texts = [
            &mut self.page_url,
            &mut self.page_title,
            &mut self.space,
            &mut self.page_owner,
            &mut self.page_owner_name,
            &mut self.pull_request_title,
            &mut self.author,
            &mut self.author_name,
            &mut self.approved_by,
        ];
        let lists = self.keys.iter_mut().chain(&mut self.releases);
        texts.into_iter().flatten().chain(lists).chain([&mut self.pull_request_url])
    }

    /// The fields as text, in the order of [`COLUMNS`]; empty when there is nothing.
    pub(super) fn cells(&self) -> [String; 26] {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let word = |field: Option<&'static str>| field.unwrap_or_default().to_owned();
        let number = |field: Option<u32>| field.map(|number| number.to_string()).unwrap_or_default();
        let findings: Vec<&str> = self.findings.iter().map(|kind| kind.word()).collect();
        [
            text(&self.page),
            text(&self.page_url),
            text(&self.page_title),
            text(&self.space),
            self.keys.join(", "),
            word(self.page_status),
            word(self.access),
            word(self.anonymous),
            text(&self.page_owner),
            text(&self.page_owner_name),
            number(self.page_version),
            text(&self.page_changed),
            word(self.freshness),
            self.pull_request.to_string(),
            self.pull_request_url.clone(),
            text(&self.pull_request_title),
            self.state.clone(),
            text(&self.author),
            text(&self.author_name),
            text(&self.approved_by),
            text(&self.merged),
            text(&self.commit),
            number(self.version_at_merge),
            self.releases.join(", "),
            word(self.row),
            findings.join(", "),
        ]
    }
}
