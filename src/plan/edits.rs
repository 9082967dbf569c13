//! Which pages get the label of a release, and what is an edit that is not done?
//!
//! A label and a task need the permission to edit a page, which a comment does not.

use crate::ids::{Label, PageName};

use super::{Creates, Output, Situation, Stated, Write};

/// Whether the account may edit a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MayEdit {
    /// It may.
    Yes,
    /// It may not.
    No,
    /// Confluence could not be asked.
    NotKnown,
}

impl MayEdit {
    /// What Confluence's answer means.
    pub fn of(answer: Option<bool>) -> Self {
        match answer {
            Some(true) => Self::Yes,
            // Who is told of no operation at all has none.
            Some(false) | None => Self::No,
        }
    }
}

/// An edit that is wanted and not even tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftUndone {
    /// The page, as far as there is one.
    pub page: Option<PageName>,
    /// What was wanted, as the end of a sentence.
    pub what: String,
    /// Why it is not tried, and what to do.
    pub why: &'static str,
}

impl Situation<'_> {
    /// The pages that are to carry the label of a release: those that hold or will hold the pull request's row.
    pub fn pages_to_label(&self) -> Vec<PageName> {
        match (self.release_label(), self.intent.outputs.labels) {
            (Some(_), Output::On) => {}
            (None, _) | (_, Output::Off) => return Vec::new(),
        }
        let kept = self.resolution.kept.iter().filter(|(page, kept)| self.stays_written(**page, kept));
        self.writable().chain(kept.map(|(page, _)| *page)).filter(|_| self.was_linked_before()).collect()
    }

    fn release_label(&self) -> Option<Label> {
        match self.intent.stated {
            Stated::Released(release) => self.release_label.label(&self.name.repository, release),
            Stated::Present | Stated::Gone => None,
        }
    }

    /// Whether pages may be edited as far as an action goes that only updates. Where pages get comments, those that never
    /// had one are held back; without such comments our comment on the pull request tells.
    pub(super) fn was_linked_before(&self) -> bool {
        match (self.intent.creates, self.intent.outputs.page_comment) {
            (Creates::Freely, _) | (Creates::WhereKnown, Output::On) => true,
            (Creates::WhereKnown, Output::Off) => !self.candidates.is_empty(),
        }
    }

    /// The labels that are missing and may be added.
    pub(super) fn label_writes(&self) -> Vec<Write> {
        let Some(label) = self.release_label() else { return Vec::new() };
        let lacks = |page: &PageName| self.labels.get(page).is_some_and(|labels| !labels.contains(label.as_str()));
        let may = |page: &PageName| self.edits.get(page) == Some(&MayEdit::Yes);
        let pages = self.pages_to_label().into_iter().filter(|page| lacks(page) && may(page));
        pages.map(|page| Write::Label { page, label: label.clone() }).collect()
    }

    /// The labels that are missing and are not tried.
    pub fn labels_left(&self) -> Vec<LeftUndone> {
        let Some(label) = self.release_label() else { return Vec::new() };
        let left = self.pages_to_label().into_iter().filter_map(|page| {
            let why = match (self.labels.get(&page), self.edits.get(&page)) {
                (Some(labels), _) if labels.contains(label.as_str()) => return None,
                (Some(_), Some(MayEdit::Yes)) => return None,
                (Some(_), Some(MayEdit::No)) => {
                    "the Confluence account may not edit the page: grant it that, or take `labels` out of PAGE_OUTPUT"
                }
                (None, _) | (_, Some(MayEdit::NotKnown) | None) => NOT_READ,
            };
            let what = Write::Label { page, label: label.clone() }.to_string();
            Some(LeftUndone { page: Some(page), what, why })
        });
        left.collect()
    }
}

/// Why nothing is tried after a failed read.
pub(super) const NOT_READ: &str = "what that takes could not be read in this run; run this step again";
