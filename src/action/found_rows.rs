//! The rows of this repository on all pages, by a search for our comments. Search says where to look; reading decides.

use std::collections::BTreeSet;

use crate::audit::{Event, Why};
use crate::http;
use crate::ids::{PageName, PullRequestId, RepositoryUuid};
use crate::page::our_comments;
use crate::report::Failure;
use crate::run::Run;
use crate::surface::page_comment;
use crate::surface::page_row::{Row, RowState};

use super::words;

#[derive(Debug, Default)]
pub(super) struct FoundRows {
    /// Each row with its page.
    pub(super) rows: Vec<(PageName, Row)>,
    pub(super) failures: Vec<Failure>,
    /// Whether more comments are there than the search reads.
    pub(super) capped: bool,
}

impl FoundRows {
    /// The pull requests that have a row.
    pub(super) fn ids(&self) -> BTreeSet<PullRequestId> {
        self.rows.iter().map(|(_, row)| row.name.id).collect()
    }

    /// The pages with such a row.
    pub(super) fn pages(&self, is_meant: impl Fn(&Row) -> bool) -> BTreeSet<PageName> {
        self.rows.iter().filter(|(_, row)| is_meant(row)).map(|(page, _)| *page).collect()
    }

    /// The states of the rows of this pull request.
    pub(super) fn states(&self, id: PullRequestId) -> impl Iterator<Item = &RowState> {
        self.rows.iter().filter(move |(_, row)| row.name.id == id).map(|(_, row)| &row.state)
    }
}

/// Searches for our comments that changed in the last days, or at any time, and takes the rows of this repository.
pub(super) fn search(run: Run<'_>, repository: Option<&RepositoryUuid>, days: Option<u32>) -> FoundRows {
    let mut found = FoundRows::default();
    let Some(repository) = repository else { return found };
    let account = run.confluence.account().map_err(|error| Failure::of_service(&error));
    let listed = account.and_then(|_| run.confluence.own_comments(days).map_err(|error| Failure::of_page(&error)));
    let comments = match listed {
        Ok(comments) => comments,
        Err(failure) => {
            run.audit.note_failure(None, words::SEARCH_COMMENTS, &failure);
            found.failures.push(failure);
            return found;
        }
    };
    if comments.capped {
        found.capped = true;
        let (what, why) = (words::FIND_ALL_COMMENTS.to_owned(), Why::from(words::SEARCH_CAPPED.to_owned()));
        run.audit.note(None, &Event::Failed { what, why, request_id: None });
    }
    let mut unread = BTreeSet::new();
    for comment in comments.comments {
        match comment.body {
            Some(body) => {
                let rows = page_comment::rows(&body).unwrap_or_default();
                found.rows.extend(rows.into_iter().map(|row| (comment.page, row)));
            }
            None => drop(unread.insert(comment.page)),
        }
    }
    let unread: Vec<PageName> = unread.into_iter().collect();
    for (page, read) in unread.iter().zip(http::map(&unread, |page| our_comments(run.confluence, *page))) {
        match read {
            Ok(comments) => {
                let rows = comments.into_iter().flat_map(|comment| comment.rows);
                found.rows.extend(rows.map(|row| (*page, row)));
            }
            Err(unknown) => found.failures.push(unknown.failure()),
        }
    }
    found.rows.retain(|(_, row)| row.repository.as_ref() == Some(repository));
    found
}
