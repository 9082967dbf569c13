//! What follows the first writes, as long as nobody else writes? The same plans, given what those leave behind.

use crate::surface::page_comment::{self, OurComment, Purpose, Replies, Wish};
use crate::surface::pull_request_comment::{self, Candidate, Ownership};

use super::{RowChange, Situation, Write};

/// More turns than any comment takes, emptied and then deleted.
const MAX_TURNS: usize = 4;

impl Situation<'_> {
    /// What follows on the pages: a comment that is left without rows goes.
    pub(super) fn page_writes_that_follow(&self) -> Vec<Write> {
        let wishes = self.wishes();
        let removed = wishes.iter().filter(|(_, wish)| matches!(wish, Wish::Removed(_)));
        let follow = removed.flat_map(|(page, wish)| {
            let ours = self.pages.get(page).map(Vec::as_slice).unwrap_or_default();
            let changes = page_comment::plan(ours, wish).into_iter();
            let emptied = changes.filter_map(|change| emptied(ours, change)).collect::<Vec<OurComment>>();
            let next = page_comment::plan(&emptied, wish).into_iter();
            next.map(|change| Write::Page { page: *page, row: RowChange::Emptied, change }).collect::<Vec<Write>>()
        });
        follow.collect()
    }

    /// The changes that lead to a comment once the pages are written, those included that follow the first ones.
    pub(super) fn comment_writes_to_the_end(
        &self,
        owners: &Ownership,
        wanted: Option<&str>,
        record: &[Write],
    ) -> Vec<Write> {
        let is_create = |write: &Write| matches!(write, Write::Comment(pull_request_comment::Change::Create { .. }));
        let mut owners = owners.clone();
        let mut candidates = self.candidates.to_vec();
        let mut all = Vec::new();
        for _ in 0..MAX_TURNS {
            let next = self.comment_writes(&owners, wanted, &candidates);
            // What was added has no number yet, so what else is to be changed in it is part of adding it.
            let ends = next.is_empty() || next.iter().any(is_create);
            all.extend(next.iter().filter(|write| !is_create(write) || !record.iter().any(is_create)).cloned());
            if ends {
                break;
            }
            next.iter().for_each(|write| pretend(write, &mut candidates, &mut owners));
        }
        all
    }
}

/// The comment that a change leaves without rows, as it will be read if nobody replied to it.
fn emptied(ours: &[OurComment], change: page_comment::Change) -> Option<OurComment> {
    let page_comment::Change::Update { id, read_version, body } = change else { return None };
    let purpose = page_comment::purpose_of(&body).filter(|purpose| *purpose == Purpose::Gone)?;
    let comment = ours.iter().find(|comment| comment.id == id)?.clone();
    let rows = std::collections::BTreeMap::new();
    Some(OurComment { version: read_version + 1, body, rows, replies: Replies::None, purpose, ..comment })
}

/// The comments on the pull request after a write.
fn pretend(write: &Write, candidates: &mut Vec<Candidate>, owners: &mut Ownership) {
    match write {
        Write::Comment(pull_request_comment::Change::Update { id, body }) => {
            for candidate in candidates.iter_mut().filter(|candidate| candidate.id == *id) {
                candidate.raw.clone_from(body);
                owners.is_ours(*id, candidate.author.clone());
            }
        }
        Write::Comment(pull_request_comment::Change::Delete { id }) => candidates.retain(|other| other.id != *id),
        Write::Comment(pull_request_comment::Change::Create { .. })
        | Write::Page { .. }
        | Write::Report(_)
        | Write::Task { .. }
        | Write::Label { .. } => {}
    }
}
