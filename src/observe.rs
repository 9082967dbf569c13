//! What exists of ours on both sides?

use crate::bitbucket::{Comment, WireReport};
use crate::confluence::{Confluence, FooterComment};
use crate::http::HttpError;
use crate::ids::{AccountId, Host, PageName};
use crate::surface::ledger::Ledger;
use crate::surface::page_comment::{self, OurComment};
use crate::surface::pull_request_comment::Candidate;
use crate::surface::report::{Report, ReportLink, ReportResult};
use crate::surface::storage::Unreadable;

/// Why the comments of a page are not known.
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// They could not be read.
    #[error(transparent)]
    NotRead(HttpError),
    /// Ours is there, and its body makes no sense: writing it anew would lose its rows.
    #[error("our comment {comment} on the page cannot be read; delete it and the next run writes it anew")]
    NotUnderstood {
        /// Which comment.
        comment: String,
        /// What the reader met.
        source: Unreadable,
    },
}

/// Our comments on a page: those with our marker whose author is our account.
pub fn page_comments(confluence: &Confluence, page: PageName, me: &AccountId) -> Result<Vec<OurComment>, Unknown> {
    let comments = confluence.footer_comments(page).map_err(Unknown::NotRead)?;
    comments.iter().filter(|comment| is_ours(comment, me)).map(understood).collect()
}

/// An answer without an author cannot be told apart; a write to somebody else's comment would be refused.
fn is_ours(comment: &FooterComment, me: &AccountId) -> bool {
    comment.author.as_ref().is_none_or(|author| author == me) && page_comment::has_marker(&comment.body)
}

fn understood(comment: &FooterComment) -> Result<OurComment, Unknown> {
    let rows = page_comment::rows(&comment.body)
        .map_err(|source| Unknown::NotUnderstood { comment: comment.id.to_string(), source })?;
    Ok(OurComment { id: comment.id, version: comment.version, rows })
}

/// The comments of a pull request that carry this site's marker.
pub fn candidates(comments: Vec<Comment>, site: &Host) -> Vec<Candidate> {
    let read = comments.into_iter().filter_map(|comment| {
        let (visible, ledger) = Ledger::split(&comment.raw, site)?;
        let visible = visible.to_owned();
        Some(Candidate { id: comment.id, author: comment.author, visible, ledger, raw: comment.raw })
    });
    read.collect()
}

/// What the candidates remember together. Whose they are does not matter here: a forged ledger costs reads, and a
/// comment of an earlier token still knows where rows may be.
pub fn ledger(candidates: &[Candidate]) -> Ledger {
    let mut united = Ledger::default();
    for candidate in candidates {
        united.unite(&candidate.ledger);
    }
    let beyond: Vec<PageName> = united.pages.iter().skip(Ledger::MAX_PAGES).copied().collect();
    for page in beyond {
        united.pages.remove(&page);
    }
    united
}

/// A report as Bitbucket holds it.
pub fn report(wire: WireReport) -> Report {
    let links = wire.links.into_iter().map(|(title, text, href)| ReportLink { title, text, href });
    Report {
        title: wire.title,
        details: wire.details,
        result: if wire.result == "FAILED" { ReportResult::Failed } else { ReportResult::Passed },
        link: wire.link,
        links: links.collect(),
    }
}
