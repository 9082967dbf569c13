//! The pages of a release: those that its texts mention, and those with a row of one of its pull requests.

use std::collections::{BTreeMap, BTreeSet};

use crate::action::found_rows::{self, FoundRows};
use crate::bitbucket::{Commit, Commits, ListEnd, MergedPullRequest};
use crate::ids::{Key, PageName, PullRequestId, ReleaseName, RepositoryUuid, TaskId};
use crate::link;
use crate::mention::{Closing, Mention, Source};
use crate::page::{self, MentionOutcome, Presence, Subject, Survey, key_of};
use crate::plan::Output;
use crate::report::Failure;
use crate::run::Run;
use crate::surface::page_row::{KeySource, LeadingKey, Row};
use crate::texts;

use super::found::Found;
use super::gaps::Gaps;
use super::range::Range;
use super::words;

/// The most mentions that are followed for one release.
const MAX_MENTIONS: usize = 10_000;

/// What a release delivers, and everything that is known of its pages.
#[derive(Debug)]
pub(super) struct Pages {
    /// The pull requests, the oldest merge first; then the direct pushes, the newest first.
    pub(super) deliveries: Vec<Delivery>,
    pub(super) survey: Survey,
    /// The pages with a row that carries the name of the release already.
    pub(super) released: BTreeSet<PageName>,
    /// The identity of the repository.
    pub(super) repository: Option<RepositoryUuid>,
    /// Whether the pull requests are certainly all.
    pub(super) are_certain: bool,
}

/// A pull request or a direct push.
#[derive(Debug)]
pub(super) struct Delivery {
    /// `None` for a direct push.
    pub(super) merged: Option<MergedPullRequest>,
    /// The places of its commits.
    pub(super) commits: BTreeSet<usize>,
    pub(super) leads: Leads,
}

/// The pages that a delivery leads to.
#[derive(Debug, Default)]
pub(super) struct Leads {
    /// The mentioned ones, each with the keys that led there.
    pub(super) mentioned: BTreeMap<Subject, BTreeSet<LeadingKey>>,
    /// Pages that only a row names.
    pub(super) rows: BTreeSet<PageName>,
    /// All keys that are mentioned, whatever they lead to.
    pub(super) keys: BTreeSet<Key>,
    /// The tasks that are closed.
    pub(super) closed_tasks: BTreeMap<PageName, BTreeSet<TaskId>>,
    /// Whether these are all.
    pub(super) are_complete: bool,
}

/// Looks up the pages of all pull requests and direct pushes at once.
pub(super) fn look_up(
    run: Run<'_>,
    release: Option<&ReleaseName>,
    range: &Range,
    found: Found,
    gaps: &mut Gaps,
) -> Pages {
    let direct = range.direct(&found.parts);
    let pulls = found.parts.into_iter().map(|part| (Some(part.merged), part.commits));
    let pushes = direct.into_iter().map(|place| (None, BTreeSet::from([place])));
    let delivery = |(merged, commits)| Delivery { merged, commits, leads: Leads::default() };
    let mut deliveries: Vec<Delivery> = pulls.chain(pushes).map(delivery).collect();
    let (mut mentions, mut owners) = (Vec::new(), Vec::new());
    for (owner, delivery) in deliveries.iter_mut().enumerate() {
        let (own, are_all) = delivery.mentions(run, range, found.is_cut);
        let room = MAX_MENTIONS.saturating_sub(mentions.len());
        delivery.leads.are_complete = are_all && own.len() <= room;
        mentions.extend(own.into_iter().take(room));
        owners.resize(mentions.len(), owner);
    }
    let repository =
        deliveries.iter().find_map(Delivery::repository).or(run.pipeline.repository_uuid.as_ref()).cloned();
    let rows = found_rows::search(run, repository.as_ref(), days(run, range));
    let carries = |row: &Row| release.is_some_and(|release| row.carries(release));
    let is_own = |row: &Row| deliveries.iter().any(|delivery| delivery.id() == Some(row.name.id));
    let index: Vec<PageName> = rows.pages(|row| is_own(row) || carries(row)).into_iter().collect();
    let survey = survey(run, &mentions, &index, gaps);
    for ((owner, mention), outcome) in owners.into_iter().zip(&mentions).zip(&survey.outcomes) {
        if let Some(delivery) = deliveries.get_mut(owner) {
            delivery.leads.add(mention, outcome);
        }
    }
    for delivery in &mut deliveries {
        if run.intent.outputs.tasks == Output::Off {
            delivery.leads.closed_tasks.clear();
        }
        delivery.add_rows(&rows, &survey);
    }
    let (released, rows_are_all) = (rows.pages(carries), !rows.capped && rows.failures.is_empty());
    rows.failures.into_iter().for_each(|failure| gaps.fail(run, words::SEARCH_ROWS, failure));
    let mut pages = Pages { deliveries, survey, released, repository, are_certain: found.are_certain };
    pages.note_unread(gaps);
    if !rows_are_all {
        gaps.miss(words::ROWS_MISSING.to_owned());
        let of_pulls = pages.deliveries.iter_mut().filter(|delivery| delivery.merged.is_some());
        of_pulls.for_each(|delivery| delivery.leads.are_complete = false);
    }
    pages
}

/// How many days rows may have changed in: two more, for the part of a day and for clocks that differ.
fn days(run: Run<'_>, range: &Range) -> Option<u32> {
    let now = run.clock.utc_now();
    let days = now.duration_since(range.begin(now)?).as_hours() / 24 + 2;
    Some(u32::try_from(days).unwrap_or(u32::MAX))
}

pub(super) fn survey(run: Run<'_>, mentions: &[Mention], index: &[PageName], gaps: &mut Gaps) -> Survey {
    let nothing = || Survey { outcomes: vec![MentionOutcome::NotRead; mentions.len()], ..Survey::default() };
    if mentions.is_empty() && index.is_empty() {
        return nothing();
    }
    // A page is missing only if the account is let in.
    let account = run.confluence.account().map_err(|error| Failure::of_service(&error));
    if gaps.keep(run, words::LOOK_UP_PAGES, account).is_none() {
        return nothing();
    }
    let (site, grammar) = (&run.config.site, &run.config.grammar);
    let survey = page::survey(run.services(), mentions, index, site, grammar, run.policy());
    survey.failures.iter().for_each(|failed| gaps.fail(run, &failed.what, failed.failure.clone()));
    survey.hiding.iter().for_each(|error| run.audit.note(None, &link::not_shown(error)));
    survey
}

impl Delivery {
    /// The number of the pull request.
    pub(super) fn id(&self) -> Option<PullRequestId> {
        self.merged.as_ref().map(MergedPullRequest::id)
    }

    fn repository(&self) -> Option<&RepositoryUuid> {
        self.merged.as_ref()?.pull_request.destination_repository.as_ref()?.uuid.as_ref()
    }

    fn is_fork(&self) -> bool {
        self.merged.as_ref().is_some_and(|merged| merged.pull_request.is_fork())
    }

    /// What its texts mention, and whether that is all. Where the list of pull requests is cut, a direct push may belong to
    /// one of the others.
    fn mentions(&self, run: Run<'_>, range: &Range, is_cut: bool) -> (Vec<Mention>, bool) {
        let sources = run.config.sources;
        let read = self.commits.iter().filter(|_| sources.commits == Source::Read);
        let commits = read.filter_map(|place| range.commits().get(*place)).map(|commit| Commit {
            hash: Some(commit.hash.clone()),
            message: commit.message.clone(),
            parents: commit.parents.len(),
        });
        let commits = Commits { commits: commits.collect(), end: ListEnd::Complete };
        let pull_request = self.merged.as_ref().map(|merged| &merged.pull_request);
        let (found, gaps) = texts::find(pull_request, commits, sources, &run.config.grammar);
        if self.is_fork() || found.skip.is_some() {
            return (Vec::new(), true);
        }
        (found.mentions, gaps.is_empty() && !(is_cut && self.merged.is_none()))
    }

    /// Adds the pages with a row of it.
    fn add_rows(&mut self, rows: &FoundRows, survey: &Survey) {
        let id = self.id().filter(|_| !self.is_fork());
        for page in rows.pages(|row| id == Some(row.name.id)) {
            match survey.pages.get(&page).map_or(Presence::NotRead, |it| it.presence) {
                Presence::There if self.leads.mentioned.contains_key(&Subject::Page(page)) => {}
                Presence::There => drop(self.leads.rows.insert(page)),
                Presence::Missing => {}
                Presence::NotRead => self.leads.are_complete = false,
            }
        }
    }
}

impl Pages {
    /// The pull requests, each with its number.
    pub(super) fn pull_requests(&self) -> impl Iterator<Item = (&MergedPullRequest, &Delivery)> {
        self.deliveries.iter().filter_map(|delivery| Some((delivery.merged.as_ref()?, delivery)))
    }

    /// The pages that hold or should hold rows of the release, and may be changed.
    pub(super) fn to_write(&self) -> Vec<PageName> {
        let own = self.pull_requests().flat_map(|(_, delivery)| delivery.leads.pages());
        let pages: BTreeSet<PageName> = own.chain(self.released.iter().copied()).collect();
        let takes_changes =
            |page: &PageName| self.survey.pages.get(page).is_some_and(|surveyed| surveyed.writability.takes_changes());
        pages.into_iter().filter(takes_changes).collect()
    }

    fn note_unread(&self, gaps: &mut Gaps) {
        let unread = || self.deliveries.iter().filter(|delivery| !delivery.leads.are_complete);
        let ids = unread().filter_map(|delivery| Some(format!("#{}", delivery.id()?)));
        let ids: Vec<String> = ids.collect();
        if !ids.is_empty() {
            gaps.miss(words::pages_of_pull_requests_missing(&ids));
        }
        let pushes = unread().filter(|delivery| delivery.merged.is_none()).count();
        if pushes > 0 {
            gaps.miss(words::pages_of_pushes_missing(pushes));
        }
    }
}

impl Leads {
    /// Adds what a mention leads to.
    fn add(&mut self, mention: &Mention, outcome: &MentionOutcome) {
        let key = key_of(mention);
        self.keys.extend(key.clone());
        let subjects = outcome.subjects();
        self.are_complete &= !matches!(outcome, MentionOutcome::NotRead | MentionOutcome::LeftOut);
        if let [Subject::Page(page)] = subjects {
            let closed = mention.tasks.iter().filter(|(_, closing)| **closing == Closing::Closes);
            for (number, _) in closed {
                self.closed_tasks.entry(*page).or_default().insert(number.clone());
            }
        }
        for subject in subjects {
            let leading = key.clone().map(|key| LeadingKey { key, source: KeySource::Page });
            self.mentioned.entry(subject.clone()).or_default().extend(leading);
        }
    }

    /// Pages and boards.
    pub(super) fn subjects(&self) -> impl Iterator<Item = Subject> + '_ {
        self.mentioned.keys().cloned().chain(self.rows.iter().map(|page| Subject::Page(*page)))
    }

    /// The pages, without boards.
    pub(super) fn pages(&self) -> impl Iterator<Item = PageName> + '_ {
        self.subjects().filter_map(|subject| subject.page())
    }

    /// Whether it is certain that there is no page. Unread isn't empty.
    pub(super) fn are_none(&self) -> bool {
        self.are_complete && self.mentioned.is_empty() && self.rows.is_empty()
    }
}
