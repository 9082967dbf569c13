//! The name of a release in the rows of its pull requests, and its contents in two files.
//!
//! A release is what is reached from its commit and not from the one before. It is planned once, and each page is written
//! once, with all its rows.

mod contents;
mod dates;
mod desired;
mod found;
mod notes;
mod pages;
mod previous;
mod range;
mod remove;
mod rows;
mod written;

use jiff::Timestamp;

use crate::audit::{Event, Scope};
use crate::bitbucket::{ListEnd, Listed, Reading, Tag};
use crate::config::Mode;
use crate::event::Event as Occasion;
use crate::files::NewFile;
use crate::finish::Ended;
use crate::ids::{CommitHash, PageName, ReleaseName};
use crate::link::{Enforcement, PullRequestResult};
use crate::plan::{CreatePolicy, Intent, Operation, Output, Outputs};
use crate::report::{Failure, PageEntry, PageResult, SubjectEntry, number};
use crate::run::Run;
use crate::surface::page_row::PullRequestName;

use contents::{Contents, Delivery, DirectPush, Head};
use range::Range;
use written::{Release, Rows};

pub(super) use previous::previous;
pub(super) use remove::remove;

const NO_CREDENTIAL: &str = "tags and commits of a private repository are listed to a Bitbucket credential only: set \
                             BITBUCKET_ACCESS_TOKEN";

/// Which release it is, and where it begins and ends.
struct Span {
    release: Option<ReleaseName>,
    tag: Option<String>,
    commit: CommitHash,
    previous: Option<Tag>,
    /// When the tag was made, where it says so.
    tagged: Option<Timestamp>,
    /// The tag of the same commit that names the version in full.
    longer_form: Option<Tag>,
    /// Tags of the same scheme without a version.
    without_version: Vec<Tag>,
}

pub(super) fn release(run: Run<'_>) -> Ended {
    match span(run) {
        Ok(span) => tell(run, &span, Ended::new("release")),
        Err(failure) => {
            run.audit.note_failure(None, "find out what the release holds", &failure);
            let outcome = Some("no page was told of the release".to_owned());
            Ended { failures: vec![failure], outcome, ..Ended::new("release") }
        }
    }
}

/// Finds out where the release begins and ends.
fn span(run: Run<'_>) -> Result<Span, Failure> {
    if run.reading == Reading::FromEnvironment {
        return Err(Failure::other(NO_CREDENTIAL.to_owned()));
    }
    let tag = match &run.pipeline.event {
        Occasion::Tag(tag) => Some(tag.clone()),
        Occasion::PullRequest(_) | Occasion::Branch(_) | Occasion::Commit => None,
    };
    let release = match &tag {
        Some(tag) => ReleaseName::parse(tag),
        None => run.config.release.clone(),
    };
    let tags = match (&release, &run.pipeline.commit) {
        // What is no version comes after nothing.
        (None, Some(_)) => Vec::new(),
        (Some(_), _) | (None, None) => tags(run)?,
    };
    let is_it = |other: &&Tag| match (&tag, &release) {
        (Some(tag), _) => other.name == *tag,
        (None, release) => ReleaseName::parse(&other.name) == *release,
    };
    let commit = run.pipeline.commit.clone().or_else(|| Some(tags.iter().find(is_it)?.target.clone()));
    let unknown = "which commit the release is on is not known: BITBUCKET_COMMIT is missing, and no tag has its name";
    let commit = commit.ok_or_else(|| Failure::other(unknown.to_owned()))?;
    let name = release.as_ref();
    Ok(Span {
        tagged: tags.iter().find(is_it).and_then(|tag| tag.date),
        previous: name.and_then(|name| previous(name, &commit, &tags)).cloned(),
        longer_form: name.and_then(|name| previous::longer_form(name, &commit, &tags)).cloned(),
        without_version: name.map(|name| previous::without_version(name, &tags).cloned().collect()).unwrap_or_default(),
        release,
        tag,
        commit,
    })
}

fn tags(run: Run<'_>) -> Result<Vec<Tag>, Failure> {
    let Listed { values, end } = run.bitbucket.tags();
    match end {
        ListEnd::Complete => Ok(values),
        ListEnd::Failed(error) => Err(Failure::of_service(&error)),
        ListEnd::Capped => Err(Failure::other(format!(
            "the repository has more than the {} tags that are read, so which release comes before this one is not known: \
             delete tags that nobody needs",
            values.len()
        ))),
    }
}

/// Tells the pages of the release, and writes its files.
fn tell(run: Run<'_>, span: &Span, ended: Ended) -> Ended {
    let name = span.release.as_ref().map(ReleaseName::as_str).or(span.tag.as_deref()).unwrap_or_default();
    let stated = match (&span.release, &span.previous) {
        (Some(_), _) if span.longer_form.is_some() => Err("a tag with a longer version is on the same commit"),
        (Some(release), Some(_)) => Ok(release),
        (Some(_), None) => Err("no earlier release has a tag"),
        (None, _) => Err("the tag is not a version such as 1.4.0"),
    };
    if let Err(why) = stated {
        if run.config.output_dir.is_none() {
            return Ended { outcome: Some(format!("Release {name}: nothing to write, as {why}")), ..ended };
        }
        run.audit.note(None, &Event::FilesOnly { release: name.to_owned(), why });
    }
    let mut missing = Vec::new();
    let mut failures = Vec::new();
    let range = read(run, span, &mut missing, &mut failures);
    // After the first request that stays rate limited, no other is sent.
    let found = if is_limited(&failures) {
        found::Found { is_cut: true, ..found::Found::default() }
    } else {
        found::find(run, &range)
    };
    missing.extend(found.missing);
    failures.extend(found.failures);
    let (parts, is_cut) = (found.parts, found.is_cut);
    run.audit.tell_apart(Scope::Sweep);
    run.audit.note(
        None,
        &Event::Release {
            release: name.to_owned(),
            previous: span.previous.as_ref().map(|tag| tag.name.clone()),
            commits: range.commits().len(),
            pull_requests: parts.len(),
        },
    );
    let direct = range.direct(&parts);
    let mut pages = if is_limited(&failures) {
        pages::unread(run, &range, &parts, &direct)
    } else {
        pages::look_up(run, span.release.as_ref(), &range, &parts, &direct)
    };
    if is_cut {
        pages.pushes.values_mut().for_each(|leads| leads.are_complete = false);
    }
    failures.extend(pages.failures.iter().cloned());
    missing.extend(pages.unread(&parts));
    let rows = match stated {
        Ok(_) if is_limited(&failures) => {
            missing.push("No page has the release: the service limits the rate of requests.".to_owned());
            Rows::default()
        }
        Ok(release) => {
            let run = writing(run);
            failures.extend(rows::complete_tasks(run, &parts, &pages));
            rows::write(
                run,
                Release { name: release, commit: &span.commit, range: &range, parts: &parts, pages: &pages },
            )
        }
        Err(_) => Rows::default(),
    };
    missing.extend(rows.missing.iter().cloned());
    failures.extend(rows.failures.iter().cloned());
    let result =
        |page: PageName| stated.is_ok().then(|| rows.results.get(&page).copied().unwrap_or(PageResult::ReadOnly));
    let links = pages.parts.iter().map(|leads| leads.links(&pages.survey, result));
    let deliveries: Vec<Delivery> =
        parts.into_iter().zip(links).map(|(part, links)| Delivery { part, links }).collect();
    let pushes = pages
        .pushes
        .iter()
        .map(|(place, leads)| DirectPush { place: *place, links: leads.links(&pages.survey, |_| None) });
    let pushes: Vec<DirectPush> = pushes.collect();
    let head = head(run, span, &range, missing, !failures.is_empty());
    let contents = Contents::of(head, &range, &deliveries, &pushes).scrubbed(run.audit.scrubber());
    let outcome = Some(outcome(&contents));
    let results = deliveries.iter().map(|delivery| result_of(run, delivery)).collect();
    Ended { failures, outcome, results, files: files(&contents), ..ended }
}

fn is_limited(failures: &[Failure]) -> bool {
    failures.iter().any(|failure| failure.is_rate_limit)
}

/// How rows are written: nothing but pages.
fn writing(run: Run<'_>) -> Run<'_> {
    let outputs = Outputs { report: Output::Off, ..run.config.outputs };
    let intent = Intent { outputs, creates: CreatePolicy::OnlyWithComment, operation: Operation::Link };
    Run { intent, ..run }
}

/// A pull request for the receipt.
fn result_of(run: Run<'_>, Delivery { part, links }: &Delivery) -> PullRequestResult {
    let id = part.merged.id();
    let pages: Vec<PageEntry> = links.links.iter().map(|link| link.entry(id)).collect();
    let has = |wanted: PageResult| pages.iter().any(|page| page.result == wanted);
    let outcome = match () {
        () if part.merged.pull_request.is_fork() => "fork",
        () if has(PageResult::Failed) => "failed",
        () if has(PageResult::Planned) => "planned",
        () if has(PageResult::Written) => "linked",
        () => "unchanged",
    };
    let subject = SubjectEntry {
        pull_request: id,
        url: PullRequestName { repository: run.pipeline.repository.clone(), id }.url(),
        state: Some("merged"),
        outcome,
        complete: links.are_complete,
        advice: None,
        requirements: None,
        plan: Vec::new(),
        not_done: Vec::new(),
    };
    PullRequestResult {
        subject,
        mentions: Vec::new(),
        pages,
        failures: Vec::new(),
        writes: 0,
        enforcement: Enforcement::Passes,
    }
}

fn head(run: Run<'_>, span: &Span, range: &Range, mut missing: Vec<String>, has_failed: bool) -> Head {
    let repository = run.pipeline.repository.clone();
    if has_failed && missing.is_empty() {
        missing.push("Not everything was written; the log of the step has the reasons.".to_owned());
    }
    let commit = range.commits().iter().find(|commit| commit.hash.same_commit(&span.commit));
    let at = span.tagged.or_else(|| commit?.date);
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

/// Reads the commits of the release, as far as they can be read.
fn read(run: Run<'_>, span: &Span, missing: &mut Vec<String>, failures: &mut Vec<Failure>) -> Range {
    let Listed { values, end } = run.bitbucket.range(&span.commit, span.previous.as_ref().map(|tag| &tag.target));
    let failure = match end {
        ListEnd::Complete => None,
        ListEnd::Failed(error) => Some(Failure::of(&error)),
        ListEnd::Capped => Some(too_many(values.len())),
    };
    if let Some(failure) = failure {
        run.audit.note_failure(None, "read all commits of the release", &failure);
        failures.push(failure);
        missing.push("Not all commits of the release could be read.".to_owned());
    }
    let mut range = Range::of(values);
    for tag in &span.without_version {
        if !tag.target.same_commit(&span.commit) && range.begin_after(&tag.target) {
            run.audit.note(None, &Event::TagWithoutVersion { tag: tag.name.clone() });
        }
    }
    range
}

fn too_many(read: usize) -> Failure {
    Failure::other(format!("there are more than the {read} commits that are read, and the oldest are missing"))
}

fn files(contents: &Contents) -> Vec<NewFile> {
    let json = serde_json::to_string_pretty(contents).unwrap_or_default();
    vec![
        NewFile { name: "release.json", text: json + "\n" },
        NewFile { name: "release.md", text: notes::render(contents) },
    ]
}

/// What it came to, in one sentence.
fn outcome(contents: &Contents) -> String {
    let dry = if contents.head.dry_run { "Dry run, nothing was written: release" } else { "Release" };
    format!(
        "{dry} {}: {}, {}, {}",
        contents.name(),
        number(contents.pull_requests.len(), "pull request", "pull requests"),
        number(contents.pages.len(), "page", "pages"),
        number(contents.commits_without_page.len(), "commit without a page", "commits without a page")
    )
}
