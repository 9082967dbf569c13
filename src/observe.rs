//! What exists of ours on both sides?

use std::collections::{BTreeMap, BTreeSet};

use crate::bitbucket::{Comment, WireAnnotation, WireReport};
use crate::confluence::{Confluence, FooterComment};
use crate::http::HttpError;
use crate::ids::{FooterCommentId, Host, PageName, PullRequestId, UserUuid};
use crate::surface::ledger::Ledger;
use crate::surface::page_comment::{self, OurComment, Purpose, Replies};
use crate::surface::page_row::PullRequestName;
use crate::surface::pull_request_comment::{Candidate, Ownership};
use crate::surface::report::{self, Annotation, Report, ReportLink, ReportResult};
use crate::surface::storage::Unreadable;

/// The most comments of one account whose ledgers are read: somebody could write a hundred.
const MAX_CANDIDATES: usize = 10;

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

/// Our comments on a page: those with our marker whose author is our account. Answers name the author; should they not,
/// ours is what holds this pull request's row, else a deleted account's comment would be taken for ours.
pub fn page_comments(
    confluence: &Confluence,
    page: PageName,
    pull_request: &PullRequestName,
) -> Result<Vec<OurComment>, Unknown> {
    let has_marker = |comment: &FooterComment| page_comment::purpose_of(&comment.body).is_some();
    // Whose they are is asked at the same time, so it is looked at last.
    let mut comments = confluence.footer_comments(page, has_marker).map_err(Unknown::NotRead)?;
    let me = confluence.account().map_err(Unknown::NotRead)?;
    let is_mine = |comment: &FooterComment| comment.author.as_ref() == Some(&me);
    if comments.iter().any(is_mine) {
        comments.retain(is_mine);
    } else {
        let holds = |body: &str| page_comment::rows(body).is_ok_and(|rows| rows.contains_key(pull_request));
        comments.retain(|comment| comment.author.is_none() && holds(&comment.body));
    }
    let mut ours = comments.iter().map(understood).collect::<Result<Vec<OurComment>, Unknown>>()?;
    let stays = ours.iter().filter(|comment| comment.is_in_use()).map(|comment| comment.id).min();
    for goes in ours.iter_mut().filter(|comment| Some(comment.id) != stays) {
        goes.replies = match (confluence.has_replies(goes.id), goes.purpose) {
            (Ok(true), _) => Replies::Some,
            (Ok(false), _) => Replies::None,
            // Another run deleted it between the two reads; the next write to it will tell.
            (Err(error), Purpose::Rows) if error.status() == Some(404) => Replies::Unread,
            // Nothing will be written to it but its deletion, which would take replies along.
            (Err(error), Purpose::Gone) if error.status() == Some(404) => {
                make_sure_it_is_gone(confluence, page, goes.id, error)?;
                Replies::None
            }
            (Err(error), _) => return Err(Unknown::NotRead(error)),
        };
    }
    Ok(ours)
}

/// Makes sure that a comment whose replies are not there is itself gone; if it is not, its replies are not known.
fn make_sure_it_is_gone(
    confluence: &Confluence,
    page: PageName,
    id: FooterCommentId,
    error: HttpError,
) -> Result<(), Unknown> {
    let listed = confluence.footer_comments(page, |comment| comment.id == id).map_err(Unknown::NotRead)?;
    if listed.is_empty() { Ok(()) } else { Err(Unknown::NotRead(error)) }
}

fn understood(comment: &FooterComment) -> Result<OurComment, Unknown> {
    let purpose = page_comment::purpose_of(&comment.body).unwrap_or(Purpose::Rows);
    let rows = match purpose {
        Purpose::Gone => BTreeMap::new(),
        Purpose::Rows => page_comment::rows(&comment.body)
            .map_err(|source| Unknown::NotUnderstood { comment: comment.id.to_string(), source })?,
    };
    let FooterComment { id, version, body, .. } = comment.clone();
    Ok(OurComment { id, version, body, rows, replies: Replies::Unread, purpose })
}

/// Whether a comment of a pull request carries this site's marker.
pub fn may_be_ours(comment: &Comment, site: &Host) -> bool {
    Ledger::split(&comment.raw, site).is_some()
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

/// What the candidates that may be ours remember together.
pub fn ledger(candidates: &[Candidate], owners: &Ownership) -> Ledger {
    let mut by_author: BTreeMap<Option<&UserUuid>, Vec<&Candidate>> = BTreeMap::new();
    for candidate in candidates.iter().filter(|candidate| owners.may_be_ours(candidate)) {
        by_author.entry(candidate.author.as_ref()).or_default().push(candidate);
    }
    // Each has its share: forged ones cost reads, and must not push ours out.
    let possible: Vec<&Candidate> =
        by_author.into_values().flat_map(|of_one| of_one.into_iter().take(MAX_CANDIDATES)).collect();
    let share = Ledger::MAX_PAGES / possible.len().max(1);
    let mut united = Ledger::default();
    for candidate in possible {
        let pages = candidate.ledger.pages.iter().copied().take(share).collect();
        united.unite(&Ledger { pages, ..candidate.ledger.clone() });
    }
    united
}

/// Whether several accounts wrote candidates: one of them is not ours, and the answer does not say which.
pub fn is_ambiguous(candidates: &[Candidate], owners: &Ownership) -> bool {
    let possible = candidates.iter().filter(|candidate| owners.may_be_ours(candidate));
    let authors: BTreeSet<_> = possible.map(|candidate| candidate.author.as_ref()).collect();
    authors.len() > 1
}

/// A report as Bitbucket holds it, and what of ours is noted in it.
pub fn report(wire: WireReport, annotations: Vec<WireAnnotation>, pull_request: PullRequestId, site: &Host) -> Report {
    let begins = report::annotation_id(pull_request, site, "");
    let ours = annotations.into_iter().filter(|annotation| annotation.id.starts_with(&begins));
    let ours = ours.map(|WireAnnotation { id, summary, details }| (id, Annotation { summary, details }));
    let links = wire.links.into_iter().map(|(title, text, href)| ReportLink { title, text, href });
    Report {
        title: wire.title,
        details: wire.details,
        result: if wire.result == "FAILED" { ReportResult::Failed } else { ReportResult::Passed },
        link: wire.link,
        links: links.collect(),
        annotations: ours.collect(),
    }
}
