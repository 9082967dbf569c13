//! Which pages get the label of a release, and what is an edit that is not done?
//!
//! A label and a task need the permission to edit a page, which a comment does not.

use crate::ids::{Label, PageName};
use crate::page::{ReadOnly, Standing, Subject};

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
        let pages = self.writable().chain(kept.map(|(page, _)| *page));
        pages.filter(|page| self.was_linked_before() && self.standing(*page).is_some_and(takes_labels)).collect()
    }

    fn standing(&self, page: PageName) -> Option<Standing> {
        let named = self.resolution.linked.iter().find(|linked| linked.subject == Subject::Page(page));
        let kept = || self.resolution.kept.get(&page).map(|kept| &kept.linked);
        named.or_else(kept).map(|linked| linked.standing)
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

/// Whether a page that holds our row takes a label. A row is kept true where nothing else is written any more.
fn takes_labels(standing: Standing) -> bool {
    match standing {
        Standing::Writable => true,
        Standing::ReadOnly(why) => match why {
            ReadOnly::TooManyPages | ReadOnly::Refused | ReadOnly::NotAsked | ReadOnly::NotBackfilled => true,
            ReadOnly::OutsideSpaces | ReadOnly::OptedOut | ReadOnly::Archived | ReadOnly::Draft => false,
            ReadOnly::Trashed | ReadOnly::Board | ReadOnly::Unread | ReadOnly::NotShown => false,
        },
    }
}

/// Why nothing is tried after a failed read.
pub(super) const NOT_READ: &str = "what that takes could not be read in this run; run this step again";

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::bitbucket::{PullRequest, PullRequestState};
    use crate::ids::{ContentId, Host, LabelTemplate, PageKind, PullRequestId, ReleaseName, RepositoryName};
    use crate::page::{Face, InSpaces, Linked, Own, Resolution, Titles};
    use crate::plan::{Intent, Outputs, ReportSide};
    use crate::surface::ledger::Ledger;
    use crate::surface::page_row::PullRequestName;

    fn page(id: u64) -> PageName {
        PageName { id: ContentId::new(id).unwrap(), kind: PageKind::Page }
    }

    fn linked(id: u64, standing: Standing) -> Linked {
        let (url, mentions, tasks) = (String::new(), Vec::new(), BTreeSet::new());
        let own = Own { status: None, space: None, in_spaces: InSpaces::Yes };
        Linked { subject: Subject::Page(page(id)), url, face: Face::Hidden, standing, own, mentions, tasks }
    }

    /// What is planned and what is left of these pages, for an intent.
    fn planned(outputs: Outputs, creates: Creates, stated: Stated<'_>) -> (Vec<String>, Vec<String>) {
        let name = PullRequestName {
            repository: RepositoryName::parse("acme/shop").unwrap(),
            id: PullRequestId::new(1).unwrap(),
        };
        let pull_request = PullRequest {
            id: name.id,
            title: String::new(),
            description: String::new(),
            state: PullRequestState::Merged,
            source_branch: String::new(),
            source_commit: None,
            source_repository: None,
            destination_branch: String::new(),
            merge_commit: None,
            author: None,
            author_name: None,
        };
        let writable = (101..=104).map(|id| linked(id, Standing::Writable));
        let outside = linked(105, Standing::ReadOnly(ReadOnly::OutsideSpaces));
        let resolution = Resolution { linked: writable.chain([outside]).collect(), ..Resolution::default() };
        let labels = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        let read = [(101, labels(&["mine"])), (102, labels(&["shop-1-4-0"])), (103, labels(&[])), (105, labels(&[]))];
        let edits = [(101, MayEdit::Yes), (102, MayEdit::No), (103, MayEdit::No), (104, MayEdit::Yes)];
        let situation = Situation {
            name: &name,
            pull_request: &pull_request,
            mentions: &[],
            resolution: &resolution,
            tasks: &[],
            versions: &BTreeMap::new(),
            tasks_unread: &BTreeSet::new(),
            edits: &edits.into_iter().map(|(id, may)| (page(id), may)).collect(),
            labels: &read.into_iter().map(|(id, labels)| (page(id), labels)).collect(),
            release_label: &LabelTemplate::default(),
            ledger: &Ledger::default(),
            candidates: &[],
            pages: &BTreeMap::new(),
            states: &[(page(105), crate::plan::PageState::Holds)].into(),
            troubles: &BTreeMap::new(),
            report: &ReportSide::Untouched,
            report_commit: None,
            intent: Intent { outputs, creates, stated },
            verdict: None,
            titles: Titles::Auto,
            site: &Host::parse("acme.atlassian.net").unwrap(),
        };
        let writes = situation.label_writes().iter().map(ToString::to_string).collect();
        (writes, situation.labels_left().into_iter().map(|left| format!("{}: {}", left.what, left.why)).collect())
    }

    #[test]
    fn a_release_labels_the_pages_that_lack_it_and_may_be_edited() {
        let off = Output::Off;
        let none = Outputs { comment: off, report: off, page_comment: off, labels: off, tasks: off };
        let both = Outputs { page_comment: Output::On, labels: Output::On, ..none };
        let release = ReleaseName::parse("v1.4.0").unwrap();
        let released = Stated::Released(&release);
        let (writes, left) = planned(both, Creates::Freely, released);
        assert_eq!(writes, ["put the label `shop-1-4-0` on page:101"]);
        let [no, unread] = &left[..] else { panic!("{left:?}") };
        assert!(no.starts_with("put the label `shop-1-4-0` on page:103: the Confluence account may not edit"), "{no}");
        assert!(unread.starts_with("put the label `shop-1-4-0` on page:104: what that takes"), "{unread}");

        let labels = Outputs { labels: Output::On, ..none };
        let nothing = (Vec::new(), Vec::new());
        assert_eq!(planned(labels, Creates::Freely, released), (writes, left));
        assert_eq!(planned(labels, Creates::WhereKnown, released), nothing, "nothing tells that they were linked");
        assert_eq!(planned(none, Creates::Freely, released), nothing);
        for stated in [Stated::Present, Stated::Gone] {
            assert_eq!(planned(both, Creates::Freely, stated), nothing);
        }
    }
}
