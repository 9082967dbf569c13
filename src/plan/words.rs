//! What a plan shows of the pages, and how it reads to a reviewer.

use std::fmt;

use crate::bitbucket::PullRequestState;
use crate::confluence::{ContentStatus, LastChange};
use crate::ids::{PageKind, PageName, TaskId};
use crate::mention::{ContentKind, Origins};
use crate::page::{Face, Kept, Linked, PageMention, ReadOnly, Standing, Subject, kind_word};
use crate::report::number;
use crate::surface::markdown::one_line;
use crate::surface::page_comment;
use crate::surface::pull_request_comment::{self as comment, Content, TaskClosed, TaskLine};
use crate::surface::report::{self, Annotation, MAX_LINKS, Report, ReportLink, ReportResult};
use crate::surface::storage;

use super::gate::Verdict;
use super::{Plan, RowChange, Situation, Trouble, Write};

/// What the comment on the pull request shows.
pub fn comment_content(situation: &Situation<'_>) -> Content {
    let Situation { resolution, troubles, .. } = situation;
    let named = resolution.linked.iter().map(|linked| row(linked, None, situation));
    let kept = resolution.kept.values().map(|kept| row(&kept.linked, Some(kept.why), situation));
    let mut remarks = Vec::new();
    if resolution.linked.iter().any(|linked| linked.standing == Standing::ReadOnly(ReadOnly::TooManyPages)) {
        remarks.push("So many pages are named that none of them gets a comment: the limit is 20.".to_owned());
    }
    if resolution.left_out > 0 {
        remarks.push(format!("{} more are named; the limit is 50.", pages(resolution.left_out)));
    }
    if let Some(sentence) = trouble_sentence(troubles.values().filter(|trouble| trouble.is_failure()).count()) {
        remarks.push(sentence);
    }
    Content {
        gate: None,
        rows: named.chain(kept).collect(),
        keys_without_page: resolution.without_page.clone(),
        remarks,
    }
}

fn trouble_sentence(failed: usize) -> Option<String> {
    (failed > 0).then(|| format!("{} could not be written; the step's log says why.", pages(failed)))
}

fn pages(count: usize) -> String {
    if count == 1 { "1 page".to_owned() } else { format!("{count} pages") }
}

fn row(linked: &Linked, kept: Option<Kept>, situation: &Situation<'_>) -> comment::Row {
    let (space, version, owner) = match &linked.face {
        Face::Shown { space, changed, owner, .. } => (
            space.as_ref().map(ToString::to_string).unwrap_or_default(),
            match situation.pull_request.state {
                PullRequestState::Merged => version_at_merge(linked, situation),
                _ => changed.as_ref().map(changed_words),
            }
            .unwrap_or_default(),
            owner.clone().unwrap_or_default(),
        ),
        Face::Hidden => (String::new(), String::new(), String::new()),
    };
    comment::Row {
        name: name(linked),
        url: linked.url.clone(),
        space,
        status: status_words(linked, kept, situation),
        version,
        owner,
        found_in: linked
            .mentions
            .iter()
            .filter(|mention| mention.key.is_some() || kept.is_none())
            .map(mentioned)
            .collect(),
        tasks: linked.tasks.iter().map(|task| task_line(linked, task, situation)).collect(),
    }
}

/// What people call the page: its title, or for a hidden one its key or number.
pub fn name(linked: &Linked) -> String {
    if let Face::Shown { title: Some(title), .. } = &linked.face
        && !one_line(title).is_empty()
    {
        return title.clone();
    }
    if let Some(key) = linked.mentions.iter().find_map(|mention| mention.key.as_ref()) {
        return key.to_string();
    }
    match &linked.subject {
        Subject::Page(page) => format!("page {}", page.id),
        Subject::Board(kind, id) => format!("{} {id}", kind_word(*kind)),
    }
}

/// What a merged pull request shows of a page's versions: the one of then, so a page that is edited later changes nothing.
fn version_at_merge(linked: &Linked, situation: &Situation<'_>) -> Option<String> {
    let Subject::Page(page) = &linked.subject else { return None };
    let ours = situation.pages.get(page).into_iter().flatten();
    let row = ours.filter_map(|comment| comment.rows.get(situation.name)).find_map(|row| row.version_at_merge);
    let version = row.or_else(|| situation.versions.get(page).copied());
    version.map(|version| format!("v{version} at the merge"))
}

fn changed_words(changed: &LastChange) -> String {
    let LastChange { version, day, at: _ } = changed;
    if day.is_empty() { format!("v{version}") } else { format!("v{version}, {day}") }
}

fn status_words(linked: &Linked, kept: Option<Kept>, situation: &Situation<'_>) -> String {
    let mut words = match &linked.face {
        Face::Shown { status, .. } => vec![status_word(*status)],
        Face::Hidden if matches!(linked.subject, Subject::Board(..)) => Vec::new(),
        Face::Hidden => vec!["not shown"],
    };
    if matches!(&linked.subject, Subject::Page(page) if page.kind == PageKind::BlogPost) {
        words.push("blog post");
    }
    let trouble = match &linked.subject {
        Subject::Page(page) => situation.troubles.get(page),
        Subject::Board(..) => None,
    };
    match (linked.standing, trouble) {
        (_, Some(Trouble::Failed | Trouble::OutOfTime | Trouble::NotRecorded)) => words.push("could not be written"),
        (Standing::ReadOnly(ReadOnly::Refused | ReadOnly::NotAsked), _) | (_, Some(Trouble::Refused)) => {
            words.push("comments not allowed")
        }
        (Standing::ReadOnly(ReadOnly::OptedOut), _) if linked.face != Face::Hidden => words.push("no-pr-links"),
        (Standing::ReadOnly(ReadOnly::Unread), _) => words.push("labels not read"),
        (Standing::ReadOnly(ReadOnly::Board), _) => {
            if let Subject::Board(kind, _) = &linked.subject {
                words.push(kind_word(*kind));
            }
        }
        (Standing::Writable | Standing::ReadOnly(_), None) => {}
    }
    match kept {
        Some(Kept::Unreachable | Kept::NotRead) => words.push("cannot be read"),
        Some(Kept::Incomplete | Kept::KeyStillNamed | Kept::NotWritten) => words.push("linked earlier"),
        Some(Kept::Frozen) | None => {}
    }
    words.join(", ")
}

/// The word for a status.
fn status_word(status: ContentStatus) -> &'static str {
    match status {
        ContentStatus::Current => "current",
        ContentStatus::Draft => "draft",
        ContentStatus::Archived => "archived",
        ContentStatus::Trashed => "trashed",
    }
}

fn mentioned(mention: &PageMention) -> comment::Mention {
    comment::Mention { key: mention.key.clone(), places: places(&mention.origins) }
}

/// `branch, title, 3 commits`.
pub fn places(origins: &Origins) -> String {
    let Origins { branch, title, description, commits } = origins;
    let named = [(*branch, "branch"), (*title, "title"), (*description, "description")];
    let mut places: Vec<String> =
        named.iter().filter(|(there, _)| *there).map(|(_, word)| (*word).to_owned()).collect();
    match commits.len() {
        0 => {}
        1 => places.push("1 commit".to_owned()),
        many => places.push(format!("{many} commits")),
    }
    if places.is_empty() { "earlier runs".to_owned() } else { places.join(", ") }
}

fn task_line(linked: &Linked, number: &TaskId, situation: &Situation<'_>) -> TaskLine {
    let Subject::Page(page) = &linked.subject else {
        return TaskLine { done: None, number: number.to_string(), words: String::new(), closed: TaskClosed::No };
    };
    let task = situation.tasks.iter().find(|task| task.page == page.id && task.local_id == *number);
    let may_show = matches!(linked.face, Face::Shown { title: Some(_), .. });
    let closed = linked.face != Face::Hidden && situation.closed().contains(&(page.id, number.clone()));
    TaskLine {
        done: task.map(|task| task.done).filter(|_| linked.face != Face::Hidden),
        number: number.to_string(),
        words: task.filter(|_| may_show).map(|task| storage::plain(&task.body)).unwrap_or_default(),
        closed: if closed { TaskClosed::WithTheMerge } else { TaskClosed::No },
    }
}

/// What the report on the commit should say; `None` when there is no page to show and nothing is asked.
pub fn report_wanted(situation: &Situation<'_>) -> Option<Report> {
    let verdict = situation.verdict.unwrap_or(&Verdict::NotAsked);
    let all = situation.resolution.linked.iter().chain(situation.resolution.kept.values().map(|kept| &kept.linked));
    let linked: Vec<&Linked> = all.collect();
    if linked.is_empty() && *verdict == Verdict::NotAsked {
        return None;
    }
    let failed = situation.troubles.values().filter(|trouble| trouble.is_failure()).count();
    let details = match linked.len() {
        0 => format!("No page is linked to pull request #{}.", situation.name.id),
        count => format!("{} linked to pull request #{}.", pages(count), situation.name.id),
    };
    let (title, result, of_gate) = of_verdict(verdict);
    let details = std::iter::once(details).chain(trouble_sentence(failed)).chain(of_gate);
    let links = linked.iter().take(MAX_LINKS).map(|linked| ReportLink {
        title: label(linked),
        text: one_line(&name(linked)),
        href: linked.url.clone(),
    });
    let annotations = verdict.reasons().iter().map(|reason| {
        let id = report::annotation_id(situation.name.id, situation.site, &reason.requirement.id());
        (id, Annotation { summary: one_line(&reason.finding()), details: format!("To do: {}.", reason.remedy()) })
    });
    Some(Report {
        title: title.to_owned(),
        details: details.collect::<Vec<_>>().join(" "),
        result,
        link: linked.first().map_or_else(|| situation.name.url(), |first| first.url.clone()),
        links: links.collect(),
        annotations: annotations.collect(),
    })
}

/// How a report's text begins to tell of what holds the pull request. What stands before it names no page.
const NOT_MET: &str = "The gate is not met";

/// The most findings that a report's own text repeats; its annotations have all.
const MAX_FINDINGS: usize = 5;

/// A report's title, its result, and what it says of the gate.
fn of_verdict(verdict: &Verdict) -> (&'static str, ReportResult, Option<String>) {
    match verdict {
        Verdict::NotAsked => ("Confluence pages", ReportResult::Passed, None),
        Verdict::Exempt => {
            let sentence = "The gate does not hold for this author.".to_owned();
            ("Confluence pages", ReportResult::Passed, Some(sentence))
        }
        Verdict::Met => ("Confluence pages", ReportResult::Passed, Some("The gate is met.".to_owned())),
        Verdict::Waived(place) => {
            let sentence = format!("The gate is waived: [skip confluence] is in the {}.", place.word());
            ("Confluence pages: gate waived", ReportResult::Passed, Some(sentence))
        }
        Verdict::Unmet(reasons) => {
            let findings = reasons.iter().take(MAX_FINDINGS).map(|reason| one_line(&reason.finding()));
            let findings = findings.collect::<Vec<_>>().join("; ");
            let more = reasons.len().saturating_sub(MAX_FINDINGS);
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            let sentence = format!("{NOT_MET}: {findings}{more}.");
            ("Confluence pages: gate not met", ReportResult::Failed, Some(sentence))
        }
    }
}

/// A report entry's label: the key that named the page, else what it is.
fn label(linked: &Linked) -> String {
    if let Some(key) = linked.mentions.iter().find_map(|mention| mention.key.as_ref()) {
        return key.to_string();
    }
    match &linked.subject {
        Subject::Page(PageName { kind: PageKind::Page, .. }) => "Page".to_owned(),
        Subject::Page(PageName { kind: PageKind::BlogPost, .. }) => "Blog post".to_owned(),
        Subject::Board(kind, _) => match kind {
            ContentKind::Whiteboard => "Whiteboard",
            ContentKind::Database => "Database",
            ContentKind::Slide => "Slide",
            ContentKind::Folder => "Folder",
            ContentKind::Page | ContentKind::BlogPost | ContentKind::Embed => "Embed",
        }
        .to_owned(),
    }
}

impl fmt::Display for Plan {
    /// One line a write, in the order they would happen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.all().map(ToString::to_string).collect();
        f.write_str(&all.join("\n"))
    }
}

/// In words that name no page by its title: they stand in the audit log.
impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment(comment::Change::Create { .. }) => f.write_str("add a comment to the pull request"),
            Self::Comment(comment::Change::Update { id, .. }) => write!(f, "update comment {id} on the pull request"),
            Self::Comment(comment::Change::Delete { id }) => write!(f, "delete comment {id} on the pull request"),
            Self::Page { page, row, change } => match (change, row) {
                (page_comment::Change::Create { .. }, RowChange::Released(releases)) => {
                    let releases = releases.join(", ");
                    write!(f, "link the pull request on {page} as released in {releases}, in a new comment")
                }
                (page_comment::Change::Update { id, .. }, RowChange::Released(releases)) => {
                    let releases = releases.join(", ");
                    write!(f, "link the pull request on {page} as released in {releases}, in comment {id}")
                }
                (page_comment::Change::Create { .. }, _) => {
                    write!(f, "link the pull request on {page}, in a new comment")
                }
                (page_comment::Change::Update { id, .. }, RowChange::Linked(state)) => {
                    write!(f, "link the pull request on {page} as {}, in comment {id}", state.word())
                }
                (page_comment::Change::Update { id, .. }, RowChange::Named) => {
                    write!(f, "link the pull request on {page}, in comment {id}")
                }
                (
                    page_comment::Change::Update { id, .. },
                    RowChange::Unlinked | RowChange::Removed | RowChange::Emptied,
                ) => {
                    write!(f, "take the pull request off {page}, in comment {id}")
                }
                (page_comment::Change::Delete { id }, RowChange::Emptied) => {
                    write!(f, "delete our comment {id} on {page}, if nobody replied to it")
                }
                (page_comment::Change::Delete { id }, RowChange::Removed) => {
                    write!(f, "delete our comment {id} on {page}")
                }
                (page_comment::Change::Delete { id }, _) => write!(f, "delete our second comment {id} on {page}"),
                (page_comment::Change::Retire { id, .. }, _) => {
                    write!(f, "empty our second comment {id} on {page}, which has replies")
                }
            },
            Self::Report(report::Change::Put(report)) => match report.details.split_once(NOT_MET) {
                Some((before, _)) => write!(f, "write the report on the commit: {before}{NOT_MET}."),
                None => write!(f, "write the report on the commit: {}", report.details),
            },
            Self::Report(report::Change::Delete) => f.write_str("delete the report on the commit"),
            Self::Task { page, number, id: _ } => write!(f, "complete task {number} of {page}"),
            Self::Label { page, label } => write!(f, "put the label `{label}` on {page}"),
            Self::Report(report::Change::Annotate(annotations)) => {
                write!(f, "note in the report on the commit: {}", number(annotations.len(), "reason", "reasons"))
            }
            Self::Report(report::Change::Unannotate { id }) => {
                write!(f, "take the annotation {id} out of the report on the commit")
            }
        }
    }
}
