//! The pages of a release: those that its texts mention, and those with a row of one of its pull requests.

use std::collections::{BTreeMap, BTreeSet};

use crate::action::found_rows;
use crate::bitbucket::{Commit, Commits, ListEnd, MergedPullRequest};
use crate::ids::{Key, PageName, PullRequestId, ReleaseName, RepositoryUuid, TaskId};
use crate::link;
use crate::mention::{self, Closing, Mention, Origin, Source, Text};
use crate::page::{self, MentionOutcome, Presence, Subject, Survey, key_of};
use crate::plan::Output;
use crate::report::Failure;
use crate::run::Run;
use crate::surface::page_row::{KeySource, LeadingKey};
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

/// The mentions of one delivery.
struct DeliveryMentions {
    mentions: Vec<Mention>,
    is_complete: bool,
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
    let pushes = direct.into_iter().map(|place| (None, BTreeSet::from([place])));
    let pulls = found.parts.into_iter().map(|part| (Some(part.merged), part.commits));
    let brought: Vec<(Option<MergedPullRequest>, BTreeSet<usize>)> = pulls.chain(pushes).collect();
    let mentioned = |(merged, commits): &(Option<MergedPullRequest>, _)| match merged {
        Some(merged) => of_pull_request(run, range, merged, commits),
        None => of_push(run, range, commits, found.is_cut),
    };
    let mentioned: Vec<DeliveryMentions> = brought.iter().map(mentioned).collect();
    let of_pulls = brought.iter().filter_map(|(merged, _)| merged.as_ref());
    let repository = of_pulls.clone().find_map(|one| one.pull_request.destination_repository.as_ref()?.uuid.as_ref());
    let repository = repository.or(run.pipeline.repository_uuid.as_ref()).cloned();
    let now = run.clock.utc_now();
    // Two days more, for the part of a day and for clocks that differ.
    let days = range.begin(now).map(|begin| now.duration_since(begin).as_hours() / 24 + 2);
    let days = days.map(|days| u32::try_from(days).unwrap_or(u32::MAX));
    let rows = found_rows::search(run, repository.as_ref(), days);
    let rows_are_all = !rows.capped && rows.failures.is_empty();
    let ids: BTreeSet<PullRequestId> = of_pulls.map(MergedPullRequest::id).collect();
    let released = rows.pages(|row| release.is_some_and(|release| row.carries(release)));
    let index: BTreeSet<PageName> = rows.pages(|row| ids.contains(&row.name.id)).union(&released).copied().collect();
    let index: Vec<PageName> = index.into_iter().collect();
    let mentions = mentioned.iter().flat_map(|mentioned| &mentioned.mentions).take(MAX_MENTIONS);
    let mentions: Vec<Mention> = mentions.cloned().collect();
    let survey = survey(run, &mentions, &index, gaps);
    let mut begin = 0;
    let deliveries = brought.into_iter().zip(mentioned).map(|((merged, commits), mentioned)| {
        let mut leads = leads_of(&mentioned, survey.outcomes.get(begin..).unwrap_or_default());
        begin += mentioned.mentions.len();
        if run.intent.outputs.tasks == Output::Off {
            leads.closed_tasks.clear();
        }
        if let Some(merged) = merged.as_ref().filter(|merged| !merged.pull_request.is_fork()) {
            for page in rows.pages(|row| row.name.id == merged.id()) {
                match survey.pages.get(&page).map_or(Presence::NotRead, |it| it.presence) {
                    Presence::There if leads.mentioned.contains_key(&Subject::Page(page)) => {}
                    Presence::There => drop(leads.rows.insert(page)),
                    Presence::Missing => {}
                    Presence::NotRead => leads.are_complete = false,
                }
            }
        }
        Delivery { merged, commits, leads }
    });
    let deliveries: Vec<Delivery> = deliveries.collect();
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

fn of_pull_request(
    run: Run<'_>,
    range: &Range,
    merged: &MergedPullRequest,
    places: &BTreeSet<usize>,
) -> DeliveryMentions {
    let commits = places.iter().filter_map(|place| range.commits().get(*place)).map(|commit| Commit {
        hash: Some(commit.hash.clone()),
        message: commit.message.clone(),
        parents: commit.parents.len(),
    });
    let commits = match run.config.sources.commits {
        Source::Ignored => Commits::none(),
        Source::Read => Commits { commits: commits.collect(), end: ListEnd::Complete },
    };
    let (found, gaps) = texts::find(&merged.pull_request, commits, run.config.sources, &run.config.grammar);
    if merged.pull_request.is_fork() || found.skip.is_some() {
        return DeliveryMentions { mentions: Vec::new(), is_complete: true };
    }
    DeliveryMentions { mentions: found.mentions, is_complete: gaps.is_empty() }
}

/// A direct push. Where a list of pull requests is cut, it may belong to one of the others.
fn of_push(run: Run<'_>, range: &Range, places: &BTreeSet<usize>, is_cut: bool) -> DeliveryMentions {
    let read = places.iter().filter(|_| run.config.sources.commits == Source::Read);
    let commits = read.filter_map(|place| range.commits().get(*place)).enumerate();
    let texts: Vec<Text<'_>> =
        commits.map(|(position, commit)| Text { origin: Origin::Commit(position), body: &commit.message }).collect();
    let mut found = mention::detect(&texts, &run.config.grammar);
    let is_complete = !is_cut && found.mentions.len() <= texts::MAX_MENTIONS && found.cut_commits.is_empty();
    found.mentions.truncate(texts::MAX_MENTIONS);
    DeliveryMentions { mentions: found.mentions, is_complete }
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

/// The pages that mentions lead to. The outcomes begin with theirs; those past the limit are lacking.
fn leads_of(mentioned: &DeliveryMentions, outcomes: &[MentionOutcome]) -> Leads {
    let are_complete = mentioned.is_complete && mentioned.mentions.len() <= outcomes.len();
    let mut leads = Leads { are_complete, ..Leads::default() };
    for (mention, outcome) in mentioned.mentions.iter().zip(outcomes) {
        let key = key_of(mention);
        leads.keys.extend(key.clone());
        let subjects = match outcome {
            MentionOutcome::Linked(subjects) => subjects.as_slice(),
            MentionOutcome::NotRead | MentionOutcome::LeftOut => {
                leads.are_complete = false;
                &[]
            }
            MentionOutcome::NoPage | MentionOutcome::Ambiguous(_) | MentionOutcome::NotVisible => &[],
        };
        if let [Subject::Page(page)] = subjects {
            let closed = mention.tasks.iter().filter(|(_, closing)| **closing == Closing::Closes);
            for (number, _) in closed {
                leads.closed_tasks.entry(*page).or_default().insert(number.clone());
            }
        }
        for subject in subjects {
            let leading = key.clone().map(|key| LeadingKey { key, source: KeySource::Page });
            leads.mentioned.entry(subject.clone()).or_default().extend(leading);
        }
    }
    leads
}

impl Delivery {
    /// The number of the pull request.
    pub(super) fn id(&self) -> Option<PullRequestId> {
        self.merged.as_ref().map(MergedPullRequest::id)
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
    /// Pages and boards.
    pub(super) fn subjects(&self) -> impl Iterator<Item = Subject> + '_ {
        self.mentioned.keys().cloned().chain(self.rows.iter().map(|page| Subject::Page(*page)))
    }

    /// The pages, without boards.
    pub(super) fn pages(&self) -> impl Iterator<Item = PageName> + '_ {
        self.subjects().filter_map(|subject| match subject {
            Subject::Page(page) => Some(page),
            Subject::Board(..) => None,
        })
    }

    /// Whether it is certain that there is no page. Unread isn't empty.
    pub(super) fn are_none(&self) -> bool {
        self.are_complete && self.mentioned.is_empty() && self.rows.is_empty()
    }
}
