//! One pull request, from its texts to what both sides say: read, look up, plan, apply, and look again.

mod advice;
mod log;
mod moves;
mod outcome;
mod read;
mod result;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::apply::{CommentState, PageAcknowledged};
use crate::audit::Event;
use crate::config::Mode;
use crate::http;
use crate::ids::{Key, PageName, PullRequestId};
use crate::mention::Mention;
use crate::page::{self, Lookup, Merge, Page, PageReading, Pages, Wants};
use crate::plan::requirements::{Requirement, Verdict};
use crate::plan::{self, KnownReport, Operation, Output, PlanInput};
use crate::report::{Failure, MentionEntry, PageEntry, SubjectEntry};
use crate::run::Run;
use crate::texts::Texts;

pub(crate) use log::{left_undone, not_shown};
pub(crate) use read::{commits, merged_commits};
pub(crate) use result::begin;

/// A pull request that changes while it is linked is read again; this limit ends an endless loop.
const MAX_ROUNDS: u32 = 4;

/// What came of one pull request.
#[derive(Debug)]
pub(crate) struct PullRequestResult {
    pub subject: SubjectEntry,
    pub mentions: Vec<MentionEntry>,
    pub pages: Vec<PageEntry>,
    pub failures: Vec<Failure>,
    pub writes: usize,
    /// Whether its requirements fail the step.
    pub enforcement: Enforcement,
}

/// Whether the requirements of a pull request fail the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enforcement {
    Blocks,
    Passes,
}

impl PullRequestResult {
    /// Whether a service limits the rate of requests.
    pub(crate) fn is_rate_limited(&self) -> bool {
        self.failures.iter().any(|failure| failure.is_rate_limit)
    }
}

pub(crate) struct Snapshot {
    texts: Texts,
    pages: Pages,
    /// Our report on the commit, if this run writes it.
    report: Result<Option<KnownReport>, read::ReportUnknown>,
    verdict: Option<Verdict>,
}

/// What earlier rounds did and logged.
#[derive(Default)]
pub(crate) struct Progress {
    comment: CommentState,
    pages: BTreeMap<PageName, PageAcknowledged>,
    logged: BTreeSet<String>,
    /// The pages that keys led to before this run.
    moved: BTreeMap<Key, BTreeSet<PageName>>,
    written: BTreeSet<PageName>,
    removed: BTreeSet<PageName>,
    /// Pages to read even if the index doesn't name them: this run wrote them, or a search found our row there.
    to_read: BTreeSet<PageName>,
    writes: usize,
}

/// Links one pull request and its pages.
pub(crate) fn link(run: Run<'_>, id: PullRequestId) -> PullRequestResult {
    link_with(run, id, BTreeSet::new())
}

/// The same, looking also at these pages: a search found comments of ours there.
pub(crate) fn link_with(run: Run<'_>, id: PullRequestId, also: BTreeSet<PageName>) -> PullRequestResult {
    let mut result = result::begin(run, id);
    let mut progress = Progress { to_read: also, ..Progress::default() };
    for _ in 0..MAX_ROUNDS {
        result.failures.clear();
        let texts = match read::texts(run, id, &mut progress) {
            Ok(texts) => texts,
            Err(failures) => return not_read(run, result, failures),
        };
        if texts.pull_request.is_fork() {
            log::log_once(run, &texts, &mut progress, &Event::Fork);
            result::fork(&mut result, &texts);
            return result;
        }
        let snapshot = match look_up(run, texts, &progress) {
            Ok(snapshot) => snapshot,
            Err(failure) => return not_read(run, result, vec![failure]),
        };
        let plan = plan::plan(&snapshot.plan_input(run, &progress));
        log::log(run, &snapshot, &plan, &mut progress);
        let outcome = match run.mode {
            Mode::DryRun => outcome::planned(run, &snapshot, &plan, &progress),
            Mode::Apply => outcome::apply(run, &snapshot, &plan, &mut progress),
        };
        log::log_unread(run, &snapshot, &mut progress);
        result::record(run, &mut result, &snapshot, &plan, &outcome, &progress);
        if !outcome.needs_another_round {
            return result;
        }
    }
    result.failures.push(Failure::other(words::KEEPS_MOVING.to_owned()));
    result::not_verified(run, &mut result);
    result
}

fn not_read(run: Run<'_>, mut result: PullRequestResult, failures: Vec<Failure>) -> PullRequestResult {
    let id = result.subject.pull_request;
    failures.iter().for_each(|failure| run.audit.note_failure(Some(id), words::LINK, failure));
    result::failed(&mut result, failures);
    result::not_verified(run, &mut result);
    result
}

/// Looks up the pages, and reads the report at the same time.
fn look_up(run: Run<'_>, texts: Texts, progress: &Progress) -> Result<Snapshot, Failure> {
    let mut index = texts.index(&progress.comment.authorship);
    index.extend(&progress.to_read);
    let index: Vec<PageName> = index.into_iter().collect();
    let lookup = Lookup {
        mentions: mentions(run, &texts),
        index: &index,
        row: texts.row.as_ref(),
        site: &run.config.site,
        grammar: &run.config.grammar,
        jira: run.config.sources.jira,
        policy: run.policy(),
        creates: run.intent.creates,
        wants: wants(run, &texts),
        most: page::MAX_ONE_BY_ONE,
    };
    let known = |page: PageName, listed| match progress.pages.get(&page) {
        Some(acknowledged) => acknowledged.merge(listed),
        None => listed,
    };
    let pages = || {
        // The account separates our comments from those of others, and proves that a 404 isn't a bad credential.
        let look_up = || page::look_up(run.services(), &lookup, known);
        let (account, pages) = http::both(|| run.confluence.account(), look_up);
        account.map(|_| pages)
    };
    let (pages, report) = http::both(pages, || read::report(run, &texts));
    let pages = pages.map_err(|error| Failure::of_service(&error))?;
    let verdict = run.requirements.map(|requirements| {
        let naming = texts.naming(run.config.sources, &run.config.grammar);
        plan::verdict(requirements, &texts, &pages, &naming)
    });
    Ok(Snapshot { texts, pages, report, verdict })
}

/// The mentions whose pages are looked up.
fn mentions<'a>(run: Run<'_>, texts: &'a Texts) -> &'a [Mention] {
    match run.intent.operation {
        // Every mention may lead to a row to remove, even one that doesn't count.
        Operation::Remove => &texts.found.mentions,
        Operation::Link => texts.mentions(),
    }
}

/// What to read of the pages beyond what links need.
fn wants<'a>(run: Run<'a>, texts: &'a Texts) -> Wants<'a> {
    let outputs = run.intent.outputs;
    let judged = run.requirements.filter(|requirements| plan::before_pages(requirements, texts).is_none());
    let asks = |wanted: fn(&Requirement) -> bool| judged.is_some_and(|asked| asked.each.iter().any(wanted));
    let writes = outputs.page_comment == Output::On && run.intent.operation != Operation::Remove;
    let of_spaces = run.config.spaces != page::Spaces::All
        && asks(|it| matches!(it, Requirement::Link | Requirement::Label(_) | Requirement::State(_)));
    let date = texts.merge.as_ref().and_then(|merge| merge.date);
    let merge = texts.pull_request.merge_commit.as_ref().map(|commit| Merge { commit, date });
    let merged = texts.pull_request.state == crate::bitbucket::PullRequestState::Merged;
    Wants {
        may_comment: writes,
        fresh: of_spaces || asks(|it| matches!(it, Requirement::Current)),
        labels: asks(|it| matches!(it, Requirement::Label(_))),
        state: asks(|it| matches!(it, Requirement::State(_))),
        merge: merge.filter(|_| merged && writes),
    }
}

impl Snapshot {
    /// Whether our own comment names a page that nothing mentions, and this run doesn't know what is there.
    fn is_unread(&self, page: &Page, progress: &Progress) -> bool {
        !page.is_mentioned()
            && page.row.is_none()
            && page.reading != PageReading::Complete
            && page.name().is_some_and(|name| self.texts.own_index(&progress.comment.authorship).contains(&name))
    }

    /// What a plan rests on.
    fn plan_input<'a>(&'a self, run: Run<'a>, progress: &'a Progress) -> PlanInput<'a> {
        PlanInput {
            texts: &self.texts,
            pages: &self.pages,
            authorship: &progress.comment.authorship,
            report: self.report.as_ref().ok().and_then(Option::as_ref),
            verdict: self.verdict.as_ref(),
            intent: run.intent,
            policy: run.policy(),
            sources: run.config.sources,
        }
    }
}
