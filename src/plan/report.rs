//! The desired report on the commit.

use std::collections::BTreeMap;

use crate::bitbucket::PullRequestState;
use crate::ids::{PageKind, PageName};
use crate::mention::ContentKind;
use crate::page::{Page, Subject, Visibility};
use crate::surface::markdown::one_line;
use crate::surface::report::{self, Annotation, MAX_LINKS, Report, ReportLink, ReportResult};

use super::requirements::Verdict;
use super::words;
use super::{KeepReason, KnownReport, Operation, PlanInput, ReportChange, Results, comment};

/// The change to the report, if it is ours to write and differs.
pub(super) fn change(input: &PlanInput<'_>, kept: &BTreeMap<PageName, KeepReason>) -> Option<ReportChange> {
    let KnownReport { commit, id, report: current } = input.report?;
    let judged = !matches!(input.verdict, None | Some(Verdict::NotAsked));
    let mut desired = match input.intent.operation {
        Operation::Remove => None,
        Operation::Link => desired(input, id, kept),
    };
    // What an earlier run read and this one could not is no reason to take a link away.
    let removes = input.intent.operation == Operation::Remove;
    if !removes && (comment::sees_less(input) || knows_no_state(input)) {
        if !judged && current.as_ref().is_some_and(|current| current.links_more_than(desired.as_ref())) {
            return None;
        }
        if let Some(current) = current {
            desired = desired.map(|desired| desired.keeping_links_of(current));
        }
    }
    if let Some(desired) = &mut desired {
        desired.link = link(input, current.as_ref());
    }
    Some(ReportChange { commit: commit.clone(), id: id.clone(), current: current.clone(), desired })
}

/// Our comment, else the pull request.
fn link(input: &PlanInput<'_>, current: Option<&Report>) -> String {
    let pull_request = input.texts.name.url();
    let ours = input.authorship.only_author(&input.texts.comments);
    match (ours.first(), current) {
        (Some(comment), _) => input.texts.name.comment_url(comment.id),
        // While comments of several accounts may be ours, the run that wrote this link knew more.
        (None, Some(current)) if current.link.starts_with(&format!("{pull_request}#")) => current.link.clone(),
        (None, _) => pull_request,
    }
}

fn knows_no_state(input: &PlanInput<'_>) -> bool {
    input.texts.pull_request.state == PullRequestState::Unknown
}

/// `None` when there is no page to show and nothing is asked.
fn desired(input: &PlanInput<'_>, id: &str, kept: &BTreeMap<PageName, KeepReason>) -> Option<Report> {
    let verdict = input.verdict.unwrap_or(&Verdict::NotAsked);
    let listed: Vec<_> = comment::listed(input, kept).collect();
    if listed.is_empty() && *verdict == Verdict::NotAsked {
        return None;
    }
    let counts = comment::counts(input, &listed, &Results::default());
    let details = words::summary(counts, &words::to_pull_request(input.texts.pull_request.id));
    let is_enforced = input.texts.pull_request.state != PullRequestState::Draft;
    let result = if verdict.reasons().is_empty() { ReportResult::Passed } else { ReportResult::Failed };
    let about_requirements = words::requirements(verdict, is_enforced);
    let links = listed.iter().take(MAX_LINKS).map(|(page, _)| ReportLink {
        title: label(page),
        text: one_line(&page.title()),
        href: page.url.clone(),
    });
    let annotations = verdict.reasons().iter().map(|reason| {
        let id = report::annotation_id(id, &reason.requirement.id());
        let summary = one_line(&words::annotation(reason));
        (id, Annotation { summary, details: words::remedy(reason) })
    });
    Some(Report {
        title: words::report_title(verdict).to_owned(),
        details: std::iter::once(details).chain(about_requirements).collect::<Vec<_>>().join(" "),
        result,
        link: input.texts.name.url(),
        links: links.collect(),
        annotations: annotations.collect(),
    })
}

/// A report entry's label: the key that led to the page, else its space or what it is; and what is unusual about it.
fn label(page: &Page) -> String {
    let (space, status) = match &page.visibility {
        Visibility::Shown { space, status, .. } => (space.as_ref(), words::status(*status)),
        Visibility::LinkOnly => (None, None),
    };
    let key = page.mentions.iter().find_map(|mention| mention.key.as_ref()).map(ToString::to_string);
    let label = key.or(space.map(ToString::to_string)).unwrap_or_else(|| {
        match &page.subject {
            Subject::Page(PageName { kind: PageKind::Page, .. }) => "Page",
            Subject::Page(PageName { kind: PageKind::BlogPost, .. }) => "Blog post",
            Subject::Board(kind, _) => match kind {
                ContentKind::Whiteboard => "Whiteboard",
                ContentKind::Database => "Database",
                ContentKind::Slide => "Slide",
                ContentKind::Folder => "Folder",
                ContentKind::Page | ContentKind::BlogPost | ContentKind::Embed => "Embed",
            },
        }
        .to_owned()
    });
    status.map_or(label.clone(), |status| format!("{label} ({status})"))
}
