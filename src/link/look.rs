//! What does the pull request say, what do its mentions lead to, and what of ours is there already?
//!
//! Three turns of reading, each as wide as the services take: the pull request's own side; what its mentions lead
//! to, beside the pages the ledger names; then what only that could name, and what stands above the pages.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::Event;
use crate::bitbucket::{CommitFacts, PullRequestState};
use crate::confluence::{Task, Way};
use crate::context::{self, Context, Gap};
use crate::http::{self, HttpError};
use crate::ids::{CommitHash, PageName, PullRequestId, SpaceKey};
use crate::mention::{Mention, Naming, Origins};
use crate::observe::{self, Unknown};
use crate::page::{self, Kept, Leaving, Linked, Policy, Resolution, Subject};
use crate::plan::gate::Verdict;
use crate::plan::{self, MayEdit, Output, PageState, ReportSide, Situation, Stated, Trouble};
use crate::report::Failure;
use crate::surface::ledger::Ledger;
use crate::surface::page_comment::OurComment;
use crate::surface::page_row::PullRequestName;
use crate::surface::pull_request_comment::{Candidate, Ownership};
use crate::surface::report::{self, Report};

use super::Run;
use super::read::{self, Read};
use super::rest;

/// How many pages' comments are read while mentions are looked up. Of the twelve places that one service has, three
/// stay for a search and two bulk answers: what is above the pages waits for them, and nothing waits for these.
const BESIDE_LOOKING_UP: usize = 9;

/// Everything one round rests on.
pub(super) struct Seen {
    pub(super) name: PullRequestName,
    pub(super) context: Context,
    /// The merge, as far as it was read.
    pub(super) merge: Option<CommitFacts>,
    pub(super) fork: bool,
    /// The mentions that count: none of a declined, superseded or skipped pull request.
    pub(super) mentions: Vec<Mention>,
    pub(super) resolution: Resolution,
    pub(super) ledger: Ledger,
    pub(super) candidates: Vec<Candidate>,
    pub(super) pages: BTreeMap<PageName, Vec<OurComment>>,
    pub(super) states: BTreeMap<PageName, PageState>,
    pub(super) troubles: BTreeMap<PageName, Trouble>,
    pub(super) unknown: Vec<(PageName, Unknown)>,
    /// The page versions that were current at the merge.
    pub(super) versions: BTreeMap<PageName, u32>,
    pub(super) tasks: Vec<Task>,
    pub(super) tasks_failure: Option<HttpError>,
    pub(super) tasks_unread: BTreeSet<PageName>,
    pub(super) edits: BTreeMap<PageName, MayEdit>,
    pub(super) labels: BTreeMap<PageName, BTreeSet<String>>,
    pub(super) report: ReportSide,
    pub(super) report_commit: Option<CommitHash>,
    pub(super) report_failure: Option<HttpError>,
    /// Spaces of configured prefixes, or of SPACES, that do not exist, or that the account may not see.
    pub(super) missing_spaces: BTreeSet<SpaceKey>,
    /// Pages that cannot be read, and that only comments remember which may be somebody else's.
    pub(super) doubtful: BTreeSet<PageName>,
    /// Whether it may pass; `None` when nobody judges.
    pub(super) verdict: Option<Verdict>,
}

impl Seen {
    /// What a plan rests on.
    pub(super) fn situation<'a>(&'a self, run: Run<'a>) -> Situation<'a> {
        Situation {
            name: &self.name,
            pull_request: &self.context.pull_request,
            mentions: &self.mentions,
            resolution: &self.resolution,
            tasks: &self.tasks,
            versions: &self.versions,
            tasks_unread: &self.tasks_unread,
            edits: &self.edits,
            labels: &self.labels,
            release_label: &run.config.release_label,
            ledger: &self.ledger,
            candidates: &self.candidates,
            pages: &self.pages,
            states: &self.states,
            troubles: &self.troubles,
            report: &self.report,
            report_commit: self.report_commit.as_ref(),
            intent: run.intent,
            verdict: self.verdict.as_ref(),
            titles: run.config.titles,
            site: &run.config.site.host,
        }
    }

    /// The share links in texts that count.
    pub(super) fn share_links(&self) -> impl Iterator<Item = (&String, &Origins)> {
        let counts = governs(&self.context).1;
        self.context.found.share_links.iter().filter(move |_| counts)
    }

    /// Where the pull request may name a page.
    pub(super) fn naming(&self, run: Run<'_>) -> Naming {
        let Context { pull_request, found, .. } = &self.context;
        Naming::new(run.config.sources, &run.config.grammar, &pull_request.description, found)
    }

    /// What people call a page, as far as it may be shown.
    pub(super) fn name_of(&self, page: PageName) -> Option<String> {
        let kept = self.resolution.kept.iter().map(|(page, kept)| (*page, &kept.linked));
        let named = pages(&self.resolution).chain(kept).find(|(of, _)| *of == page);
        named.map(|(_, linked)| plan::name(linked))
    }

    /// What could not be read, for the exit code. A failing report never counts.
    pub(super) fn failures(&self) -> Vec<Failure> {
        let commits = self.context.gaps.iter().filter_map(|gap| match gap {
            Gap::CommitsFailed(error) => Some(Failure::of(error)),
            Gap::MoreCommits | Gap::LongMessages(_) | Gap::MoreReferences(_) | Gap::NotRead(_) => None,
        });
        let resolving = self.resolution.failures.iter().chain(&self.tasks_failure).map(Failure::of_page);
        let pages = self.unknown.iter().map(|(_, unknown)| Failure::of_unknown(unknown));
        commits.chain(resolving).chain(pages).collect()
    }
}

/// Reads everything, or says why the pull request cannot be linked at all.
pub(super) fn look(
    run: Run<'_>,
    id: PullRequestId,
    owners: &mut Ownership,
    touched: &BTreeSet<PageName>,
) -> Result<Seen, Vec<Failure>> {
    let Run { config, pipeline, bitbucket, confluence, .. } = run;
    let name = PullRequestName { repository: pipeline.repository.clone(), id };
    let report_commit = pipeline.commit.clone().filter(|_| run.intent.outputs.report == Output::On);
    let (read, (candidates, (report, arrived))) = http::both(
        || read::pull_request(run, id),
        || {
            let last = || http::both(|| read_report(run, id, report_commit.as_ref()), || confluence.arrive());
            http::both(|| read::candidates(run, id), last)
        },
    );
    let mut failures = Vec::new();
    let read = keep(read, &mut failures);
    let arrived = keep(arrived.map_err(|error| Failure::of_service(&error)), &mut failures);
    if arrived.flatten() == Some(Way::Gateway) {
        run.audit
            .note(None, &Event::Gateway { site: config.site.url.clone(), credential: config.confluence.credential });
    }
    let comments_failures = &mut Vec::new();
    let candidates = keep(candidates, comments_failures);
    // A credential that fails for the one fails for the other.
    if read.is_some() {
        failures.append(comments_failures);
    }
    let (Some(read), Some(_), Some(candidates)) = (read, arrived, candidates) else { return Err(failures) };
    let Read { pull_request, commits, merge, gap } = read;
    let fork = pull_request.source_repository != Some(name.repository.to_string().to_ascii_lowercase());
    let mut context = context::context(pull_request, commits, config.sources, &config.grammar);
    context.gaps.extend(gap);
    let on_tip =
        |commit: &CommitHash| context.pull_request.source_commit.as_ref().is_some_and(|tip| tip.same_commit(commit));
    let report_commit = report_commit.filter(|commit| on_tip(commit));
    let (report, report_failure) = match (report, &report_commit) {
        (Some(Ok(report)), Some(_)) => (ReportSide::Known(report), None),
        (Some(Err(error)), Some(_)) => (ReportSide::Untouched, Some(error)),
        (_, None) | (None, _) => (ReportSide::Untouched, None),
    };
    if owners.ours.is_none() && observe::is_ambiguous(&candidates, owners) {
        // Somebody else wrote a comment with our marker. Who may ask who it is learns which is ours; others try.
        owners.ours = bitbucket.current_user().ok().flatten();
    }
    let mut candidates = candidates;
    // A stranger's is no sign that anything was linked here before.
    candidates.retain(|candidate| owners.may_be_ours(candidate));
    let mut ledger = observe::ledger(&candidates, owners);
    // Another run may have forgotten a page between our record and our write.
    ledger.pages.extend(touched);
    let mut seen = Seen {
        ledger,
        mentions: Vec::new(),
        resolution: Resolution::default(),
        pages: BTreeMap::new(),
        states: BTreeMap::new(),
        troubles: BTreeMap::new(),
        unknown: Vec::new(),
        versions: BTreeMap::new(),
        merge,
        tasks: Vec::new(),
        tasks_failure: None,
        tasks_unread: BTreeSet::new(),
        edits: BTreeMap::new(),
        labels: BTreeMap::new(),
        name,
        context,
        fork,
        candidates,
        report,
        report_commit,
        report_failure,
        missing_spaces: BTreeSet::new(),
        doubtful: BTreeSet::new(),
        verdict: None,
    };
    if !fork {
        look_at_pages(run, &mut seen).map_err(|error| vec![Failure::of_service(&error)])?;
        if observe::is_ambiguous(&seen.candidates, owners) {
            seen.trust_what_was_seen();
        }
    }
    Ok(seen)
}

fn keep<T>(read: Result<T, Failure>, failures: &mut Vec<Failure>) -> Option<T> {
    read.map_err(|failure| failures.push(failure)).ok()
}

fn read_report(
    run: Run<'_>,
    id: PullRequestId,
    commit: Option<&CommitHash>,
) -> Option<Result<Option<Report>, HttpError>> {
    let (commit, site) = (commit?, &run.config.site.host);
    let read = || {
        let (pull_request, id) = (id, report::id(id, site));
        let Some(wire) = run.bitbucket.report(commit, &id)? else { return Ok(None) };
        // Only a failed one should have any; a report that seemed not to be there may have left some.
        let asked = run.requirements.is_some_and(|requirements| !requirements.is_empty());
        let annotations =
            if asked || wire.result == "FAILED" { run.bitbucket.annotations(commit, &id)? } else { Vec::new() };
        Ok(Some(observe::report(wire, annotations, pull_request, site)))
    };
    Some(read())
}

/// Whether pages may leave, and which mentions count.
pub fn governs(context: &Context) -> (Leaving, bool) {
    match context.pull_request.state {
        PullRequestState::Declined | PullRequestState::Superseded => (Leaving::Allowed, false),
        PullRequestState::Merged => (Leaving::Frozen, context.found.skip.is_none()),
        PullRequestState::Open | PullRequestState::Draft if context.found.skip.is_some() => (Leaving::Allowed, false),
        PullRequestState::Open | PullRequestState::Draft if context.gaps.is_empty() => (Leaving::Allowed, true),
        PullRequestState::Open | PullRequestState::Draft | PullRequestState::Unknown => (Leaving::NotAllowed, true),
    }
}

fn look_at_pages(run: Run<'_>, seen: &mut Seen) -> Result<(), HttpError> {
    let Run { config, confluence, pipeline, .. } = run;
    let (leaving, counts) = match run.intent.stated {
        // Whatever names a page leads to a row that goes.
        Stated::Gone => (Leaving::Allowed, true),
        Stated::Present | Stated::Released(_) => governs(&seen.context),
    };
    seen.mentions = if counts { seen.context.found.mentions.clone() } else { Vec::new() };
    let policy = Policy { spaces: config.spaces.clone(), titles: config.titles, visibility: pipeline.visibility };
    let remembered: Vec<PageName> = seen.ledger.pages.iter().copied().collect();
    if seen.mentions.is_empty() && remembered.is_empty() {
        confluence.account()?;
        let rest = rest::ask(run, &seen.resolution, seen);
        rest::take(run, seen, rest);
        return Ok(());
    }
    let (mentions, ledger, site, keys) = (&seen.mentions, &seen.ledger, &config.site, &config.grammar.keys);
    let question = page::Question { mentions, ledger, leaving, site, keys, policy: &policy };
    let resolve = || {
        let mut answered = page::ask(confluence, question);
        // What stands above a page decides what is shown of it, not what else has to be read.
        let so_far = answered.so_far();
        let (_, rest) = http::both(|| answered.ask_above(confluence), || rest::ask(run, &so_far, seen));
        (answered.resolution(), rest)
    };
    let read_comments = || {
        let read = |page: &PageName| observe::page_comments(confluence, *page, &seen.name);
        let (beside, after) = remembered.split_at(remembered.len().min(BESIDE_LOOKING_UP));
        let mut comments = http::map(beside, read);
        comments.extend(http::map(after, read));
        comments
    };
    // Who we are tells our comments from others', and that a 404 means what it says. The gateway was not asked yet, so it
    // is asked beside all else.
    let (account, ((resolution, rest), ledger_pages)) =
        http::both(|| confluence.account(), || http::both(resolve, read_comments));
    account?;
    seen.resolution = resolution;
    for (page, ours) in remembered.into_iter().zip(ledger_pages) {
        // A page that cannot be read is told about once, by the resolution; a name that is no page holds nothing.
        let named = pages(&seen.resolution).any(|(name, _)| name == page) || seen.resolution.leaving.contains(&page);
        match seen.resolution.kept.get(&page).map(|kept| kept.why) {
            Some(Kept::Unreachable | Kept::NotRead) => drop(seen.states.insert(page, PageState::Unknown)),
            Some(_) => seen.take(page, ours),
            None if named => seen.take(page, ours),
            None => drop(seen.states.insert(page, PageState::Clean)),
        }
    }
    rest::take(run, seen, rest);
    Ok(())
}

pub(super) fn pages(resolution: &Resolution) -> impl Iterator<Item = (PageName, &Linked)> {
    resolution.linked.iter().filter_map(|linked| match &linked.subject {
        Subject::Page(page) => Some((*page, linked)),
        Subject::Board(..) => None,
    })
}

impl Seen {
    /// While nobody knows whose ledger it is, a page is believed to be ours only if our row is there, or could not be
    /// looked for. The verdict was made before: who forges a comment may have a pull request held, which everybody sees,
    /// and may not have one pass whose own page cannot be read.
    fn trust_what_was_seen(&mut self) {
        let Self { states, troubles, resolution, ledger, doubtful, .. } = self;
        let believed = |page: &PageName| states.get(page) == Some(&PageState::Holds) || troubles.contains_key(page);
        ledger.pages.retain(believed);
        ledger.refused.clear();
        let unreachable = resolution.kept.iter().filter(|(_, kept)| kept.why == Kept::Unreachable);
        doubtful.extend(unreachable.map(|(page, _)| *page).filter(|page| !believed(page)));
        resolution.kept.retain(|page, _| believed(page));
        resolution.leaving.retain(believed);
    }

    pub(super) fn take(&mut self, page: PageName, ours: Result<Vec<OurComment>, Unknown>) {
        match ours {
            Ok(ours) => {
                let holds = ours.iter().any(|comment| comment.rows.contains_key(&self.name));
                self.states.insert(page, if holds { PageState::Holds } else { PageState::Clean });
                self.pages.insert(page, ours);
            }
            Err(unknown) => {
                self.states.insert(page, PageState::Unknown);
                self.troubles.insert(page, Trouble::of(&Failure::of_unknown(&unknown)));
                self.unknown.push((page, unknown));
            }
        }
    }
}
