//! Our acknowledged writes to a page's comments, merged into lists that lag.
//!
//! A list may lag behind a write by seconds. The answer to the write outranks it: a comment that was added is there, a
//! version that was written is the newest one known, and a comment that was deleted is gone.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::FooterCommentId;
use crate::surface::page_comment::OurComment;

/// The acknowledged writes to the comments of one page.
#[derive(Clone, Debug, Default)]
pub(crate) struct PageAcknowledged {
    written: BTreeMap<FooterCommentId, OurComment>,
    created: BTreeSet<FooterCommentId>,
    deleted: BTreeSet<FooterCommentId>,
}

impl PageAcknowledged {
    /// Notes that a comment was added.
    pub(super) fn create(&mut self, comment: OurComment) {
        self.created.insert(comment.id);
        self.written.insert(comment.id, comment);
    }

    /// Notes that a comment has a new version.
    pub(super) fn update(&mut self, comment: OurComment) {
        self.written.insert(comment.id, comment);
    }

    /// Notes that a comment is gone.
    pub(super) fn delete(&mut self, id: FooterCommentId) {
        self.written.remove(&id);
        self.created.remove(&id);
        self.deleted.insert(id);
    }

    /// Notes that a list shows these comments: what it shows once is no longer waited for.
    pub(super) fn saw(&mut self, listed: &[OurComment]) {
        self.created.retain(|id| !listed.iter().any(|comment| comment.id == *id));
    }

    /// The comments that were added and that no list has shown yet.
    pub(super) fn unseen(&self) -> Vec<FooterCommentId> {
        self.created.iter().copied().collect()
    }

    /// The comments as they are, given what a list shows.
    pub(crate) fn merge(&self, listed: Vec<OurComment>) -> Vec<OurComment> {
        let newest = |comment: OurComment| match self.written.get(&comment.id) {
            Some(written) if written.version > comment.version => {
                OurComment { replies: comment.replies, ..written.clone() }
            }
            _ => comment,
        };
        let mut merged: Vec<OurComment> =
            listed.into_iter().filter(|comment| !self.deleted.contains(&comment.id)).map(newest).collect();
        for id in &self.created {
            if !merged.iter().any(|comment| comment.id == *id) {
                merged.extend(self.written.get(id).cloned());
            }
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::page_comment::{Purpose, Replies};

    fn comment(id: u64, version: u32, body: &str) -> OurComment {
        let id = FooterCommentId::new(id).unwrap();
        let (rows, replies, purpose) = (Vec::new(), Replies::None, Purpose::Rows);
        OurComment { id, version, body: body.to_owned(), rows, replies, purpose }
    }

    #[test]
    fn an_acknowledged_write_outranks_a_list_that_lags() {
        let mut acknowledged = PageAcknowledged::default();
        acknowledged.update(comment(1, 3, "new"));
        acknowledged.create(comment(2, 1, "added"));
        acknowledged.delete(FooterCommentId::new(4).unwrap());
        let listed = vec![comment(1, 2, "old"), comment(3, 1, "other"), comment(4, 1, "gone")];
        let bodies = |listed: Vec<OurComment>| {
            acknowledged.merge(listed).into_iter().map(|comment| comment.body).collect::<Vec<_>>()
        };
        assert_eq!(bodies(listed), ["new", "other", "added"]);
        assert_eq!(bodies(vec![comment(1, 4, "newer"), comment(2, 1, "added")]), ["newer", "added"]);
        acknowledged.saw(&[comment(2, 1, "added")]);
        assert_eq!(acknowledged.merge(Vec::new()), [], "what was shown once and is gone was removed");
    }
}
