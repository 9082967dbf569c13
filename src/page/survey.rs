//! Many pages at once, for all pull requests of a release or review. It links nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::confluence::{Content, Restriction, Viewers};
use crate::http::HttpError;
use crate::ids::{AccountId, ContentId, PageKind, PageName, Site};
use crate::mention::{Grammar, Mention, Source};

use super::describe::board_url;
use super::policy::{CreatePolicy, ReadOnly, Writability, is_for_readers, may_be_shown, visibility, writability};
use super::request::Request;
use super::{
    Answers, Lookup, MentionOutcome, Policy, ReadFailure, Services, Subject, Visibility, Wants, matching, trips,
};

/// The most that is asked for one by one, of pages that are missing and of what stands above the others: each costs a
/// request.
const MOST: usize = 1_000;

/// What the mentions of many pull requests lead to.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// What became of each mention, in the order of the mentions.
    pub outcomes: Vec<MentionOutcome>,
    /// The pages that they and the indexes name.
    pub pages: BTreeMap<PageName, Surveyed>,
    /// Where people see the boards that they name.
    pub boards: BTreeMap<Subject, String>,
    /// What could not be asked.
    pub failures: Vec<ReadFailure>,
    /// What could not be asked, so that less is shown.
    pub hiding: Vec<HttpError>,
    /// Whether a limit of ours left something unread.
    pub cut: bool,
    /// How many restrictions above the pages were not read, past our limit.
    pub unread_ancestors: usize,
}

/// What may be shown of a page.
#[derive(Clone, Debug)]
pub(crate) struct Surveyed {
    /// Where people see it.
    pub url: String,
    pub presence: Presence,
    /// What may be shown of it.
    pub visibility: Visibility,
    /// Whether it may be written.
    pub writability: Writability,
    /// Who may view it.
    pub access: Access,
    /// Its owner; `None` when the page is hidden.
    pub owner: Option<AccountId>,
    /// Its labels; none when it is hidden.
    pub labels: BTreeSet<String>,
}

impl Surveyed {
    /// Whether more than a link may be shown.
    pub(crate) fn is_shown(&self) -> bool {
        matches!(self.visibility, Visibility::Shown { .. })
    }

    /// Its title, if that may be shown.
    pub(crate) fn title(&self) -> Option<String> {
        match &self.visibility {
            Visibility::Shown { title, .. } => title.clone(),
            Visibility::LinkOnly => None,
        }
    }
}

/// Whether a page is there for the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    There,
    /// It is gone, or this account can't see it: Confluence doesn't say which.
    Missing,
    /// It could not be asked for.
    NotRead,
}

/// The people who can view a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everyone who can view the space.
    Open,
    /// Only these.
    Restricted(Viewers),
    /// Only these can view something above it.
    RestrictedAbove(Viewers),
    /// Not everything that decides it could be read.
    Unknown,
    /// That is not for the readers of the repository.
    NotShown,
}

/// Reads what the mentions lead to and what is known of those pages, and of the indexes' pages.
pub(crate) fn survey(
    services: Services<'_>,
    mentions: &[Mention],
    index: &[PageName],
    site: &Site,
    grammar: &Grammar,
    policy: Policy<'_>,
) -> Survey {
    // What Jira links has a row.
    let (row, jira, wants, creates) = (None, Source::Ignored, Wants::default(), CreatePolicy::Always);
    let lookup = Lookup { mentions, index, row, site, grammar, jira, policy, creates, wants, most: MOST };
    let mut answers = Answers::default();
    for trip in [trips::mentioned, trips::missing, trips::corrected, trips::undescribed] {
        let requests = trip(&lookup, &answers);
        answers.record_all(services, &requests);
    }
    answers.cut |= trips::leaves_out(&lookup, &answers);
    let outcomes = matching::decide(&lookup, &answers).outcomes;
    let is_one = |page: &PageName| answers.contents.get(&page.id).is_none_or(|content| content.name == *page);
    let mentioned = outcomes.iter().flat_map(MentionOutcome::pages);
    let named: BTreeSet<PageName> = mentioned.chain(index.iter().copied().filter(is_one)).collect();
    // Search alone lags, and does not say whose the pages are. One that has moved is below something else than it said.
    let requests = owners(&answers, &named);
    if !requests.is_empty() {
        answers.record_all(services, &requests);
        let requests = trips::undescribed(&lookup, &answers);
        answers.record_all(services, &requests);
    }
    let is_shown = |page: &&PageName| answers.contents.get(&page.id).is_some_and(|it| may_be_shown(it, policy));
    let shown: Vec<ContentId> = named.iter().filter(is_shown).map(|page| page.id).collect();
    let requests = trips::above(&answers, &shown, MOST);
    answers.record_all(services, &requests);
    answers.drop_filled_gaps();
    Survey {
        boards: boards(mentions, &outcomes, site),
        unread_ancestors: trips::not_asked_above(&answers, &shown),
        pages: named.into_iter().map(|page| (page, surveyed(page, &answers, site, policy))).collect(),
        outcomes,
        cut: answers.cut,
        failures: answers.failures,
        hiding: answers.hiding,
    }
}

fn owners(answers: &Answers, named: &BTreeSet<PageName>) -> Vec<Request> {
    let requests = [PageKind::Page, PageKind::BlogPost].into_iter().filter_map(|kind| {
        let ownerless = |page: &&PageName| {
            let known = answers.contents.get(&page.id);
            page.kind == kind && known.is_some_and(|content| content.owner.is_none())
        };
        let ids: Vec<ContentId> = named.iter().filter(ownerless).map(|page| page.id).collect();
        (!ids.is_empty()).then_some(Request::Contents(kind, ids))
    });
    requests.collect()
}

fn boards(mentions: &[Mention], outcomes: &[MentionOutcome], site: &Site) -> BTreeMap<Subject, String> {
    let mut boards = BTreeMap::new();
    for (mention, outcome) in mentions.iter().zip(outcomes) {
        for subject in outcome.subjects() {
            if let Subject::Board(kind, id) = subject {
                boards.insert(subject.clone(), board_url(site, Some(mention), *kind, id));
            }
        }
    }
    boards
}

fn surveyed(page: PageName, answers: &Answers, site: &Site, policy: Policy<'_>) -> Surveyed {
    let hidden = Surveyed {
        url: site.page_url(page.id),
        presence: Presence::Missing,
        visibility: Visibility::LinkOnly,
        writability: Writability::ReadOnly(ReadOnly::Unread),
        access: Access::Unknown,
        owner: None,
        labels: BTreeSet::new(),
    };
    let Some(content) = answers.contents.get(&page.id) else {
        let was_read = !answers.unread.contains(&page.id) && answers.asked.contains(&page.id);
        return Surveyed { presence: if was_read { Presence::Missing } else { Presence::NotRead }, ..hidden };
    };
    let access = access(content, answers, policy);
    let visibility = visibility(content, answers.is_open_above(content), policy);
    let writability = writability(content, &visibility, policy);
    match visibility {
        Visibility::LinkOnly => Surveyed { presence: Presence::There, writability, access, ..hidden },
        shown @ Visibility::Shown { .. } => Surveyed {
            presence: Presence::There,
            visibility: shown,
            writability,
            access,
            owner: content.owner.clone(),
            labels: content.labels.clone().unwrap_or_default(),
            ..hidden
        },
    }
}

fn access(content: &Content, answers: &Answers, policy: Policy<'_>) -> Access {
    if !is_for_readers(content, policy) {
        return Access::NotShown;
    }
    match (&content.restriction, answers.viewers_above(content)) {
        (Some(Restriction::Restricted(viewers)), _) => Access::Restricted(viewers.clone()),
        (_, Some(viewers)) => Access::RestrictedAbove(viewers.clone()),
        (Some(Restriction::Open), None) if answers.is_open_above(content) => Access::Open,
        (Some(Restriction::Open) | None, None) => Access::Unknown,
    }
}
