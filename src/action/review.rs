//! Which pages are linked, who can view them, and whether they are up to date: a report for auditors and team leads.
//!
//! It only reads, and writes files. Unread facts are `unknown` in them, and the files say that they are incomplete.

mod csv;
mod finding;
mod gaps;
mod html;
mod json;
mod line;
mod lines;
mod links;
mod reading;
mod releases;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::{Event, Scope};
use crate::bitbucket::{ListEnd, ListedPullRequest, Reading};
use crate::confluence::{ContentStatus, Endpoint};
use crate::files::NewFile;
use crate::finish::RunResult;
use crate::http::{self, HttpError};
use crate::ids::{PageName, UserUuid};
use crate::mention::Mention;
use crate::page::{
    self, Access, CommentsUnknown, MentionOutcome, Presence, RepositoryVisibility, Spaces, Survey, Surveyed, Titles,
    Visibility, our_comments,
};
use crate::report::Failure;
use crate::run::Run;
use crate::surface::page_row::Row;

use finding::Kind;
use gaps::Gaps;
use json::Review;
use links::{Facts, Rows};
use reading::Readings;

/// How many pull requests are read before progress is shown.
const STEP: usize = 100;

pub(super) fn review(run: Run<'_>) -> RunResult {
    let ended = RunResult::new("review");
    if run.reading == Reading::FromEnvironment {
        let failure = Failure::other(super::words::NO_CREDENTIAL.to_owned());
        return RunResult { failures: vec![failure], ..ended };
    }
    run.audit.set_scope(Scope::Sweep);
    let mut gaps = Gaps::default();
    let since = run.config.days.before(run.clock.utc_now());
    let (mut listed, end) = run.bitbucket.list_updated_pull_requests(since);
    let list_is_complete = matches!(end, ListEnd::Complete);
    match end {
        ListEnd::Complete => {}
        ListEnd::Capped => gaps.note(words::MORE_PULL_REQUESTS.to_owned()),
        ListEnd::Failed(error) => gaps.fail(Failure::of_service(&error)),
    }
    run.audit.note(None, &Event::Selected { count: listed.len(), days: run.config.days.count() });
    let all = listed.len();
    listed.retain(|one| !one.pull_request.is_fork());
    let forks = all - listed.len();
    let pull_requests = read_all(run, listed, &mut gaps);
    let survey = survey(run, &pull_requests, &mut gaps);
    let (rows, public) = http::both(|| rows(run, &survey), || public(run, &survey));
    let rows = rows.into_iter().map(|(page, read)| (page, gaps.keep(read.map_err(|it| it.failure()))));
    let rows: Rows = rows.collect();
    let public = known_public(public, &mut gaps);
    let contents = releases::read(run, &pull_requests, &rows, &mut gaps);
    remark_on_what_is_hidden(run, &mut gaps);
    let facts = Facts {
        site: &run.config.site,
        repository: &run.pipeline.repository,
        repository_uuid: run.pipeline.repository_uuid.as_ref(),
        titles: run.config.titles,
        scrubber: run.audit.scrubber(),
        pull_requests: &pull_requests,
        survey: &survey,
        rows: &rows,
        public: &public,
        since,
        list_is_complete,
    };
    end_with(run, ended, &Review::of(run, &facts, &contents, forks, &gaps), gaps)
}

fn read_all(run: Run<'_>, listed: Vec<ListedPullRequest>, gaps: &mut Gaps) -> Readings {
    let ours = ours(run, &listed, gaps);
    let mut readings = Vec::new();
    for chunk in listed.chunks(STEP) {
        readings.extend(http::map(chunk, |one| reading::read(run, one, ours.as_ref())));
        if readings.len() < listed.len() {
            run.audit.note(None, &Event::ReadProgress { done: readings.len(), of: listed.len() });
        }
    }
    for reading in &readings {
        reading.failures.iter().for_each(|failure| gaps.fail(failure.clone()));
        reading.notes.iter().for_each(|note| gaps.note(note.clone()));
    }
    readings.into_iter().map(|reading| (reading.id(), reading)).collect()
}

/// The account whose comments are ours. Most tokens may not ask: those of a repository, project or workspace have none.
fn ours(run: Run<'_>, listed: &[ListedPullRequest], gaps: &mut Gaps) -> Option<UserUuid> {
    if run.reading != Reading::WithCredential || !listed.iter().any(|one| one.may_have_comments) {
        return None;
    }
    match run.bitbucket.current_user() {
        Ok(ours) => ours,
        Err(error) if may_not_ask(&error) => None,
        Err(error) => {
            gaps.fail(Failure::of(&error));
            None
        }
    }
}

/// The pages of all mentions. They are read together: most pull requests of a repository name the same few pages.
fn survey(run: Run<'_>, readings: &Readings, gaps: &mut Gaps) -> Survey {
    let mentions: Vec<Mention> = readings.values().flat_map(|one| one.mentions.iter().cloned()).collect();
    let index: BTreeSet<PageName> = readings.values().flat_map(|one| one.index.iter().copied()).collect();
    let index: Vec<PageName> = index.into_iter().collect();
    let arrived = run.confluence.resolve_endpoint().and_then(|way| run.confluence.account().map(|_| way));
    let Some(way) = gaps.keep(arrived.map_err(|error| Failure::of_service(&error))) else {
        let outcomes = std::iter::repeat_with(|| MentionOutcome::NotRead).take(mentions.len()).collect();
        return Survey { outcomes, ..Survey::default() };
    };
    if way == Some(Endpoint::Gateway) {
        let (site, credential) = (run.config.site.url.clone(), run.config.confluence.credential);
        run.audit.note(None, &Event::Gateway { site, credential });
    }
    let (site, grammar) = (&run.config.site, &run.config.grammar);
    let survey = page::survey(run.services(), &mentions, &index, site, grammar, run.policy());
    survey.failures.iter().for_each(|error| gaps.fail(error.failure.clone()));
    survey.hiding.iter().for_each(|error| gaps.note(Failure::of_page(error).sentence));
    if survey.cut || survey.unread_ancestors > 0 {
        gaps.note(words::MORE_MENTIONS.to_owned());
    }
    survey
}

type PageRows = Vec<Row>;

/// The rows on every page that is there. A draft or a page in the trash shows no comments.
fn rows(run: Run<'_>, survey: &Survey) -> Vec<(PageName, Result<PageRows, CommentsUnknown>)> {
    let has_comments = |surveyed: &Surveyed| match surveyed.visibility {
        Visibility::Shown { status: ContentStatus::Draft | ContentStatus::Trashed, .. } => false,
        Visibility::Shown { .. } | Visibility::LinkOnly => surveyed.presence == Presence::There,
    };
    let pages: Vec<PageName> =
        survey.pages.iter().filter(|(_, surveyed)| has_comments(surveyed)).map(|(page, _)| *page).collect();
    let read = http::map(&pages, |page| {
        let mut rows = PageRows::new();
        for row in our_comments(run.confluence, *page)?.into_iter().flat_map(|comment| comment.rows) {
            match rows.iter_mut().find(|known: &&mut Row| row.key().is_some_and(|key| known.is_of(&key))) {
                Some(known) => *known = known.clone().merge(&row),
                None => rows.push(row),
            }
        }
        Ok(rows)
    });
    pages.into_iter().zip(read).collect()
}

/// Whether people without an account can view the pages that aren't restricted. The first is asked about alone: a credential
/// that isn't allowed to ask about it isn't allowed to ask about the others.
fn public(run: Run<'_>, survey: &Survey) -> Vec<(PageName, Result<bool, HttpError>)> {
    let is_asked_about = |surveyed: &Surveyed| {
        surveyed.access == Access::Open
            && matches!(surveyed.visibility, Visibility::Shown { status: ContentStatus::Current, .. })
    };
    let pages: Vec<PageName> =
        survey.pages.iter().filter(|(_, surveyed)| is_asked_about(surveyed)).map(|(page, _)| *page).collect();
    let Some((first, others)) = pages.split_first() else { return Vec::new() };
    let ask = |page: &PageName| run.confluence.is_open_to_anonymous_readers(page.id);
    let first_answer = ask(first);
    if first_answer.as_ref().is_err_and(may_not_ask) {
        return vec![(*first, first_answer)];
    }
    let answers = http::map(others, ask);
    std::iter::once((*first, first_answer)).chain(others.iter().copied().zip(answers)).collect()
}

fn may_not_ask(error: &HttpError) -> bool {
    matches!(error.status(), Some(401 | 403))
}

fn known_public(answers: Vec<(PageName, Result<bool, HttpError>)>, gaps: &mut Gaps) -> BTreeMap<PageName, bool> {
    let (mut known, mut failed) = (BTreeMap::new(), Vec::new());
    for (page, answer) in answers {
        match answer {
            Ok(is_public) => drop(known.insert(page, is_public)),
            Err(error) if may_not_ask(&error) => {
                gaps.remark(words::public_not_allowed(&Failure::of_page(&error).sentence));
            }
            Err(error) => failed.push(Failure::of_page(&error)),
        }
    }
    // They fail for the same reason, so one sentence is enough.
    let count = failed.len();
    if let Some(failure) = failed.into_iter().min_by_key(|failure| failure.kind) {
        gaps.fail(Failure { sentence: words::public_unknown(count, &failure.sentence), ..failure });
    }
    known
}

fn remark_on_what_is_hidden(run: Run<'_>, gaps: &mut Gaps) {
    let is_public = run.pipeline.visibility == RepositoryVisibility::Public;
    let only_some_spaces = matches!(run.config.spaces, Spaces::Only(_));
    let remarks = [
        (is_public, words::PUBLIC_REPOSITORY),
        (run.config.titles == Titles::Never, words::TITLES_HIDDEN),
        (only_some_spaces, words::OTHER_SPACES),
    ];
    remarks.iter().filter(|(applies, _)| *applies).for_each(|(_, remark)| gaps.remark((*remark).to_owned()));
}

fn end_with(run: Run<'_>, ended: RunResult, review: &Review, gaps: Gaps) -> RunResult {
    for note in &gaps.notes {
        run.audit.note(None, &Event::NotReviewed { what: note.clone() });
    }
    for kind in Kind::ALL.iter().copied() {
        let count = review.count(kind);
        if count > 0 {
            run.audit.note(None, &Event::Finding { kind: kind.word(), count, means: kind.meaning() });
        }
    }
    let counts = &review.counts;
    let outcome = words::outcome(counts.pull_requests, counts.pages, review.to_do.len(), &run.config.site.url);
    let files = vec![
        NewFile { name: "review.csv", text: csv::text(&review.lines) },
        NewFile { name: "review.json", text: serde_json::to_string_pretty(review).unwrap_or_default() },
        NewFile { name: "review.html", text: html::text(review) },
    ];
    RunResult { failures: gaps.into_failures(), outcome: Some(outcome), files, ..ended }
}
