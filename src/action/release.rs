//! Which pull requests went out in a release, and what do their pages say of it?
//!
//! A release is what is reached from its commit and not from the one before. Each of its pull requests is linked as at any
//! other time, with one more thing stated: that this release holds it. The same is written down in two files.

mod contents;
mod direct;
mod notes;
mod previous;
mod range;

use jiff::{SignedDuration, Timestamp};

use crate::audit::Event;
use crate::bitbucket::{ListEnd, Listed, Reading, Tag};
use crate::config::Mode;
use crate::event::Event as Occasion;
use crate::files::NewFile;
use crate::finish::Ended;
use crate::ids::{CommitHash, ReleaseName};
use crate::link::{Run, Story};
use crate::plan::{Creates, Intent, Output, Outputs, Stated};
use crate::report::{Failure, number};

use super::sweep;
use contents::{Contents, Head, Rows};
use range::{Part, Range};

/// A merge is never younger than its pull request's last change, but for clocks that differ.
const LEEWAY: SignedDuration = SignedDuration::from_hours(24);

const NO_CREDENTIAL: &str = "tags and commits of a private repository are listed to a Bitbucket credential only: set \
                             BITBUCKET_ACCESS_TOKEN";

/// Which release it is, and where it begins and ends.
struct Span {
    release: Option<ReleaseName>,
    tag: Option<String>,
    commit: CommitHash,
    previous: Option<Tag>,
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
    let Some(name) = &release else {
        return Ok(Span { release, tag, commit, previous: None, longer_form: None, without_version: Vec::new() });
    };
    let previous = previous::previous(name, &commit, &tags).cloned();
    let longer_form = previous::longer_form(name, &commit, &tags).cloned();
    let without_version = previous::without_version(name, &tags).cloned().collect();
    Ok(Span { release, tag, commit, previous, longer_form, without_version })
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
    let mut failures = Vec::new();
    let (range, parts) = read(run, span, &mut failures);
    run.audit.tell_apart();
    run.audit.note(
        None,
        &Event::Release {
            release: name.to_owned(),
            previous: span.previous.as_ref().map(|tag| tag.name.clone()),
            commits: range.commits().len(),
            pull_requests: parts.len(),
        },
    );
    let rows = if stated.is_ok() { Rows::Written } else { Rows::None };
    let ids: Vec<_> = parts.iter().map(|part| part.pull_request.id).collect();
    let ended = sweep::settle(wanting(run, stated.ok()), &ids, Ended { failures, ..ended });
    let commits: Vec<_> = range.direct(&parts).into_iter().filter_map(|place| range.commits().get(place)).collect();
    let named = direct::named(run, &commits);
    let complete = ended.failures.is_empty()
        && named.failures.is_empty()
        && !named.cut
        && ended.stories.iter().all(is_told)
        && ended.stories.len() == parts.len();
    let head = Head {
        release: span.release.clone(),
        tag: span.tag.clone(),
        commit: span.commit.clone(),
        previous: span.previous.as_ref().map(|tag| tag.name.clone()),
        repository: run.pipeline.repository.clone(),
        site: run.config.site.url.clone(),
        complete,
        dry_run: run.mode == Mode::DryRun,
    };
    let contents = Contents::of(head, rows, &range, &parts, &ended.stories, &named);
    let contents = contents.scrubbed(run.audit.scrubber());
    let outcome = Some(outcome(&contents));
    let Ended { mut failures, .. } = ended;
    failures.extend(named.failures);
    Ended { failures, outcome, files: files(&contents), ..ended }
}

/// Whether everything that a pull request names is known, and written where it was to be.
fn is_told(story: &Story) -> bool {
    let is_read = story.subject.complete || story.subject.outcome == "fork";
    is_read && story.failures.is_empty()
}

/// What is wanted of each pull request. Without a release to state nothing is written at all, only looked at.
fn wanting<'a>(run: Run<'a>, stated: Option<&'a ReleaseName>) -> Run<'a> {
    match stated {
        Some(release) => {
            let outputs = Outputs { report: Output::Off, ..run.config.outputs };
            let intent = Intent { outputs, creates: Creates::WhereKnown, stated: Stated::Released(release) };
            Run { intent, ..run }
        }
        None => {
            let off = Output::Off;
            let outputs = Outputs { comment: off, report: off, page_comment: off, labels: off, tasks: off };
            let intent = Intent { outputs, creates: Creates::WhereKnown, stated: Stated::Present };
            Run { intent, mode: Mode::DryRun, ..run }
        }
    }
}

/// Reads the commits of the release and the pull requests that brought them, as far as they can be read.
fn read(run: Run<'_>, span: &Span, failures: &mut Vec<Failure>) -> (Range, Vec<Part>) {
    let mut fail = |what: &str, failure: Failure| {
        run.audit.note_failure(None, what, &failure);
        failures.push(failure);
    };
    let Listed { values, end } = run.bitbucket.range(&span.commit, span.previous.as_ref().map(|tag| &tag.target));
    let read = values.len();
    match end {
        ListEnd::Complete => {}
        ListEnd::Failed(error) => fail("read all commits of the release", Failure::of(&error)),
        ListEnd::Capped => fail("read all commits of the release", too_many(read, "commits")),
    }
    let mut range = Range::of(values);
    for tag in &span.without_version {
        if !tag.target.same_commit(&span.commit) && range.begin_after(&tag.target) {
            run.audit.note(None, &Event::TagWithoutVersion { tag: tag.name.clone() });
        }
    }
    let Some(begin) = range.begin() else { return (range, Vec::new()) };
    let since = begin.checked_sub(LEEWAY).unwrap_or(Timestamp::UNIX_EPOCH);
    let Listed { values, end } = run.bitbucket.merged_pull_requests(since);
    match end {
        ListEnd::Complete => {}
        ListEnd::Failed(error) => fail("list the merged pull requests", Failure::of_service(&error)),
        ListEnd::Capped => fail("list all merged pull requests", too_many(values.len(), "pull requests")),
    }
    let parts = range.parts(values);
    (range, parts)
}

fn too_many(read: usize, what: &str) -> Failure {
    Failure::other(format!("there are more than the {read} {what} that are read, and the oldest are missing"))
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
