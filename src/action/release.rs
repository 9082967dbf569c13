//! The name of a release in the rows of its pull requests, and its contents in two files. [`release`] goes in this order:
//!
//! 1. `Span::read`: the tags say which release it is, and which one comes before it.
//! 2. `read`: the commits between the two, a `Range`.
//! 3. `found::find`: the pull requests that brought the commits, the stacked ones below them, and the picked ones.
//! 4. `pages::look_up`: the pages that all their texts and rows name, in one survey.
//! 5. `write`: `rows` reads our comments there, `facts` what else a row states, `desired` plans, and each page is written
//!    once.
//! 6. `Contents::of`: what the files, the receipt and the last line say.
//!
//! `Gaps` collects what failed, and what is missing therefore.

mod contents;
mod desired;
mod entries;
mod facts;
mod found;
mod gaps;
mod notes;
mod pages;
mod previous;
mod range;
mod remove;
mod rows;
mod span;
mod words;

use crate::audit::{Event, Scope};
use crate::bitbucket::{ListEnd, Listed, MergedPullRequest};
use crate::config::Mode;
use crate::files::NewFile;
use crate::finish::RunResult;
use crate::ids::ReleaseName;
use crate::link::{self, PullRequestResult};
use crate::plan::Output;
use crate::report::{Failure, PageEntry, PageResult, SubjectEntry};
use crate::run::Run;

use contents::{Contents, Head};
use entries::Release;
use gaps::Gaps;
use pages::{Delivery, Pages};
use range::Range;
use rows::Results;
use span::Span;

pub(super) use previous::previous;
pub(super) use remove::remove;

pub(super) fn release(run: Run<'_>) -> RunResult {
    let ended = RunResult::new("release");
    let span = match Span::read(run) {
        Ok(span) => span,
        Err(failure) => {
            run.audit.note_failure(None, words::READ_RELEASE, &failure);
            let outcome = Some(words::NOT_READ.to_owned());
            return RunResult { failures: vec![failure], outcome, ..ended };
        }
    };
    let name = span.name();
    if let Err(why) = span.stated() {
        if run.config.output_dir.is_none() {
            return RunResult { outcome: Some(words::nothing_to_write(name, why)), ..ended };
        }
        run.audit.note(None, &Event::FilesOnly { release: name.to_owned(), why });
    }
    let mut gaps = Gaps::default();
    let range = read(run, &span, &mut gaps);
    let found = found::find(run, &span, &range, &mut gaps);
    run.audit.set_scope(Scope::Sweep);
    run.audit.note(
        None,
        &Event::Release {
            release: name.to_owned(),
            previous: span.previous.as_ref().map(|tag| tag.name.clone()),
            commits: range.commits().len(),
            pull_requests: found.parts.len(),
        },
    );
    let pages = pages::look_up(run, span.release.as_ref(), &range, found, &mut gaps);
    let rows = span.stated().ok().map(|release| write(run, release, &span, &range, &pages, &mut gaps));
    let head = head(run, &span, &range, &gaps);
    let contents = Contents::of(head, &range, &pages, rows.as_ref()).scrubbed(run.audit.scrubber());
    let results = pages.pull_requests().map(|(merged, delivery)| result_of(run, merged, delivery, &contents)).collect();
    let (outcome, files) = (Some(outcome(&contents)), files(&contents));
    RunResult { failures: gaps.failures, outcome, results, files, ..ended }
}

/// Reads the commits of the release, as far as they can be read.
fn read(run: Run<'_>, span: &Span, gaps: &mut Gaps) -> Range {
    let Listed { values, end } = run.bitbucket.range(&span.commit, span.previous.as_ref().map(|tag| &tag.target));
    let failure = match end {
        ListEnd::Complete => None,
        ListEnd::Failed(error) => Some(Failure::of(&error)),
        ListEnd::Capped => Some(Failure::other(words::more_commits(values.len()))),
    };
    if let Some(failure) = failure {
        gaps.fail(run, words::READ_COMMITS, failure);
        gaps.miss(words::COMMITS_MISSING.to_owned());
    }
    let mut range = Range::of(values);
    for tag in &span.without_version {
        if !tag.target.same_commit(&span.commit) && range.begin_after(&tag.target) {
            run.audit.note(None, &Event::TagWithoutVersion { tag: tag.name.clone() });
        }
    }
    range
}

fn write(run: Run<'_>, name: &ReleaseName, span: &Span, range: &Range, pages: &Pages, gaps: &mut Gaps) -> Results {
    match &pages.repository {
        _ if run.intent.outputs.page_comment == Output::Off => Results::new(),
        Some(repository) => rows::write(Release { run, name, commit: &span.commit, range, pages, repository }, gaps),
        None => {
            gaps.fail(run, words::WRITE_RELEASE, Failure::other(words::NO_UUID.to_owned()));
            Results::new()
        }
    }
}

/// A pull request for the receipt.
fn result_of(run: Run<'_>, merged: &MergedPullRequest, delivery: &Delivery, contents: &Contents) -> PullRequestResult {
    let id = merged.id();
    let own = contents.pages.iter().filter(|page| page.pull_requests.contains(&id));
    let pages: Vec<PageEntry> = own.map(|page| page.entry(id)).collect();
    let has = |wanted: PageResult| pages.iter().any(|page| page.result == wanted);
    let outcome = match () {
        () if merged.pull_request.is_fork() => "fork",
        () if has(PageResult::Failed) => "failed",
        () if has(PageResult::Planned) => "planned",
        () if has(PageResult::Written) => "linked",
        () => "unchanged",
    };
    let result = link::begin(run, id);
    let complete = delivery.leads.are_complete;
    let subject = SubjectEntry { state: Some("merged"), outcome, complete, ..result.subject };
    PullRequestResult { subject, pages, ..result }
}

fn head(run: Run<'_>, span: &Span, range: &Range, gaps: &Gaps) -> Head {
    let repository = run.pipeline.repository.clone();
    let mut missing = gaps.missing.clone();
    if !gaps.failures.is_empty() && missing.is_empty() {
        missing.push(words::NOT_WRITTEN.to_owned());
    }
    let at = span.tagged.or_else(|| range.commit(&span.commit)?.date);
    Head {
        release: span.release.clone(),
        tag: span.tag.clone(),
        date: at.map(|at| at.strftime("%Y-%m-%d").to_string()),
        commit: span.commit.clone(),
        commit_url: contents::commit_url(&repository, &span.commit),
        previous: span.previous.as_ref().map(|tag| tag.name.clone()),
        changes_url: span.previous.as_ref().map(|tag| contents::changes_url(&repository, &tag.target, &span.commit)),
        repository,
        site: run.config.site.url.clone(),
        complete: missing.is_empty(),
        missing,
        dry_run: run.mode == Mode::DryRun,
    }
}

fn outcome(contents: &Contents) -> String {
    let listed_only = contents.pages.iter().filter(|page| page.is_listed_only()).count();
    let pages = contents.pages.len() - listed_only;
    let counts = [contents.pull_requests.len(), pages, listed_only, contents.commits_without_page.len()];
    words::outcome(contents.name(), contents.head.dry_run, counts, &contents.head.missing)
}

fn files(contents: &Contents) -> Vec<NewFile> {
    let json = serde_json::to_string_pretty(contents).unwrap_or_default();
    vec![
        NewFile { name: "release.json", text: json + "\n" },
        NewFile { name: "release.md", text: notes::render(contents) },
    ]
}
