//! Who may see what stands above a page? A restriction there holds for the page too, and no answer about the page tells of
//! it.

use crate::confluence::{Confluence, Content, Restriction};
use crate::ids::ContentId;

use super::facts::{Facts, Read, read};

/// The most that is looked at above the pages of one pull request: each costs a request.
pub(super) const MAX_ABOVE: usize = 50;

/// Reads the restrictions of what stands above these pages, each once and at most so many. Gives how many were left out.
pub(super) fn look(confluence: &Confluence, facts: &mut Facts, pages: &[ContentId], most: usize) -> usize {
    let mut asked: Vec<ContentId> = Vec::new();
    for content in pages.iter().filter_map(|page| facts.contents.get(page)) {
        for id in content.ancestors.iter().flatten() {
            if restriction(facts, *id).is_none() && !asked.contains(id) {
                asked.push(*id);
            }
        }
    }
    let left_out = asked.len().saturating_sub(most);
    asked.truncate(most);
    read(confluence, asked.into_iter().map(Read::Above).collect(), facts);
    left_out
}

/// What a page inherits. Open only when that is known of everything above it, and not from search alone when asking for
/// the page itself failed: search lags.
pub(super) fn inherited(facts: &Facts, content: &Content) -> Restriction {
    let is_open = |id: &ContentId| restriction(facts, *id) == Some(Restriction::Open);
    match &content.ancestors {
        Some(ancestors) if ancestors.iter().all(is_open) && !facts.unread.contains(&content.name.id) => {
            Restriction::Open
        }
        Some(_) | None => Restriction::Restricted,
    }
}

/// Whether something above a page is known to be restricted.
pub(super) fn is_below_a_restriction(facts: &Facts, content: &Content) -> bool {
    let restricted = |id: &ContentId| restriction(facts, *id) == Some(Restriction::Restricted);
    content.ancestors.iter().flatten().any(restricted)
}

fn restriction(facts: &Facts, id: ContentId) -> Option<Restriction> {
    let of_page = facts.contents.get(&id).and_then(|content| content.restriction);
    of_page.or_else(|| facts.above.get(&id).copied())
}
