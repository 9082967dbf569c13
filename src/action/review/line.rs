//! One line of a review: a page, a pull request, and the facts about both. CSV, JSON and HTML show it. Pure.

use serde::Serialize;

use super::finding::Kind;

/// A value as `review.csv` writes it.
trait Cell {
    fn cell(&self) -> String;
}

macro_rules! cells_as_displayed {
    ($($kind:ty),*) => { $(impl Cell for $kind { fn cell(&self) -> String { self.to_string() } })* };
}
cells_as_displayed!(String, &str, u32, u64);

impl Cell for Kind {
    fn cell(&self) -> String {
        self.word().to_owned()
    }
}

impl<T: Cell> Cell for Option<T> {
    fn cell(&self) -> String {
        self.as_ref().map(T::cell).unwrap_or_default()
    }
}

impl<T: Cell> Cell for Vec<T> {
    fn cell(&self) -> String {
        self.iter().map(T::cell).collect::<Vec<_>>().join(", ")
    }
}

/// Names each field once, for the struct and for the columns of `review.csv`.
macro_rules! line {
    ($($(#[$about:meta])* $field:ident: $kind:ty,)*) => {
        /// A page and a pull request that is linked to it; or a pull request without a page.
        #[derive(Clone, Debug, Default, Serialize)]
        pub(super) struct Line { $($(#[$about])* pub(super) $field: $kind,)* }

        impl Line {
            pub(super) const COLUMNS: &[&str] = &[$(stringify!($field)),*];

            pub(super) fn cells(&self) -> Vec<String> {
                vec![$(self.$field.cell()),*]
            }
        }
    };
}

line! {
    /// `page:101`, `blogpost:110`, `whiteboard:107`.
    page: Option<String>,
    page_url: Option<String>,
    page_title: Option<String>,
    space: Option<String>,
    /// The keys that led from this pull request to the page.
    keys: Vec<String>,
    /// `current`, `draft`, `archived`, `trashed`, `missing`, `not-shown` or `unknown`.
    page_status: Option<&'static str>,
    /// `open`, `restricted`, `restricted-above`, `not-shown` or `unknown`.
    access: Option<&'static str>,
    /// The groups and the number of people whom the restriction names.
    view_groups: Vec<String>,
    view_people: Option<u64>,
    /// Whether people without an account can view it: `yes`, `no`, `not-shown` or `unknown`.
    public: Option<&'static str>,
    page_owner: Option<String>,
    page_owner_name: Option<String>,
    page_version: Option<u32>,
    page_changed: Option<String>,
    /// The page's version when its last pull request was merged, and how many versions came later.
    merged_version: Option<u32>,
    versions_since_merge: Option<u32>,
    /// Where people see the difference.
    changes_url: Option<String>,
    pull_request: u64,
    pull_request_url: String,
    pull_request_title: Option<String>,
    /// `open`, `draft`, `merged`, `declined` or `superseded`.
    state: String,
    author: Option<String>,
    author_name: Option<String>,
    approved_by: Option<String>,
    /// How many people had approved it when it was merged.
    approvals: Option<u64>,
    merged: Option<String>,
    commit: Option<String>,
    version_at_merge: Option<u32>,
    releases: Vec<String>,
    /// Whether the page's comment has a row for it: `yes`, `no` or `unknown`.
    row: Option<&'static str>,
    findings: Vec<Kind>,
}

impl Line {
    /// The page as people know it: its title, a key, or its kind and id.
    pub(super) fn page_name(&self) -> String {
        let by_id = || self.page.as_deref().unwrap_or_default().replacen("blogpost", "blog post", 1).replace(':', " ");
        self.page_title.clone().or_else(|| self.keys.first().cloned()).unwrap_or_else(by_id)
    }

    /// The owner of the page or the author of a pull request without a page: by name, else by account id.
    pub(super) fn owner(&self) -> Option<&String> {
        match self.page {
            Some(_) => self.page_owner_name.as_ref().or(self.page_owner.as_ref()),
            None => self.author_name.as_ref().or(self.author.as_ref()),
        }
    }
}
