//! Pull requests × pages → the lines of the matrix and what is worth a look in them. Pure.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::bitbucket::{PullRequest, PullRequestState};
use crate::ids::{Key, PageName, PullRequestId, RepositoryName, RepositoryUuid};
use crate::page::{self, MAX_PAGES, MentionOutcome, Presence, Subject, Survey, Titles};
use crate::surface::markdown::one_line;
use crate::surface::page_row::{PullRequestName, Row};

use super::about;
use super::finding::{Finding, Kind, names_no_release};
use super::line::Line;
use super::reading::Told;

/// Our rows on each page that was read; `None` when reading them failed.
pub(super) type Rows = BTreeMap<PageName, Option<Vec<Row>>>;

/// Whether people without an account may view a page, as far as that is known.
pub(super) type Anonymous = BTreeMap<PageName, bool>;

/// Everything that was read.
pub(super) struct Facts<'a> {
    pub(super) repository: &'a RepositoryName,
    /// Its identity, as far as the pipeline knows it.
    pub(super) repository_uuid: Option<&'a RepositoryUuid>,
    pub(super) titles: Titles,
    pub(super) told: &'a [Told],
    /// What the mentions of all of them lead to, in their order.
    pub(super) survey: &'a Survey,
    pub(super) rows: &'a Rows,
    pub(super) anonymous: &'a Anonymous,
    /// From when on pull requests were read.
    pub(super) since: Timestamp,
    /// Whether all that were updated since then are listed.
    pub(super) list_is_complete: bool,
}

impl Facts<'_> {
    /// Whether a row is of the repository that is reviewed, whatever name it had when it was written.
    fn is_of_this_repository(&self, row: &Row) -> bool {
        match (&row.repository, self.repository_uuid) {
            (Some(uuid), Some(ours)) => uuid == ours,
            (None, _) => false,
            (Some(_), None) => row.name.repository == *self.repository,
        }
    }
}

/// The lines and findings of a review.
#[derive(Debug, Default)]
pub(super) struct Matrix {
    pub(super) lines: Vec<Line>,
    pub(super) findings: Vec<Finding>,
    /// How many pages and boards there are.
    pub(super) pages: usize,
}

/// What connects a pull request to a page.
#[derive(Default)]
pub(super) struct Tie {
    /// The keys that led there.
    pub(super) keys: BTreeSet<Key>,
    /// The row on the page.
    pub(super) row: Option<Row>,
}

type Ties = BTreeMap<Subject, BTreeMap<Reverse<PullRequestId>, Tie>>;

pub(super) fn matrix(facts: &Facts<'_>) -> Matrix {
    let (ties, without_page) = ties(facts);
    let known: BTreeMap<PullRequestId, &Told> =
        facts.told.iter().map(|one| (one.listed.pull_request.id, one)).collect();
    let mut matrix = Matrix { pages: ties.len(), ..Matrix::default() };
    for (subject, of_page) in &ties {
        let about = about::about(subject, of_page, &known, facts);
        for (Reverse(id), tie) in of_page {
            let mut line = Line { pull_request: id.get(), ..about.line.clone() };
            match known.get(id) {
                Some(told) => describe(&mut line, told, facts),
                None => describe_by_row(&mut line, *id, tie, facts),
            }
            let mut findings = of_row(subject, *id, tie);
            line.keys = tie.keys.iter().map(ToString::to_string).collect();
            line.releases = tie.row.iter().flat_map(|row| row.releases.iter().cloned()).collect();
            line.row = row_word(subject, tie, facts);
            if about.is_shown {
                line.version_at_merge = tie.row.as_ref().and_then(|row| row.version_at_merge);
            }
            line.findings = about.findings.iter().chain(&findings).map(|finding| finding.kind).collect();
            line.findings.sort_unstable();
            line.findings.dedup();
            matrix.lines.push(line);
            matrix.findings.append(&mut findings);
        }
        matrix.findings.extend(about.findings);
    }
    for told in without_page {
        let id = told.listed.pull_request.id;
        let mut line = Line { pull_request: id.get(), ..Line::default() };
        describe(&mut line, told, facts);
        let is_remembered = ties.values().any(|of_page| of_page.contains_key(&Reverse(id)));
        if let Some(finding) = of_lonely(told, is_remembered) {
            line.findings.push(finding.kind);
            matrix.findings.push(finding);
        }
        matrix.lines.push(line);
    }
    matrix.findings.sort_by(|left, right| {
        let key = |finding: &Finding| (finding.kind, finding.pull_request.map(Reverse));
        key(left).cmp(&key(right))
    });
    matrix
}

/// What each page is tied to, and the pull requests that are tied to none although they live.
fn ties<'a>(facts: &Facts<'a>) -> (Ties, Vec<&'a Told>) {
    let mut ties = Ties::new();
    let mut tied: BTreeSet<PullRequestId> = BTreeSet::new();
    let mut in_doubt: BTreeSet<PullRequestId> = BTreeSet::new();
    let mut outcomes = facts.survey.outcomes.iter();
    for told in facts.told {
        let id = told.listed.pull_request.id;
        let mut of_this: BTreeSet<&Subject> = BTreeSet::new();
        for (mention, outcome) in told.mentions.iter().zip(outcomes.by_ref().take(told.mentions.len())) {
            let MentionOutcome::Linked(subjects) = outcome else {
                if matches!(outcome, MentionOutcome::NotRead | MentionOutcome::LeftOut) {
                    in_doubt.insert(id);
                }
                continue;
            };
            for subject in subjects {
                // As many as one pull request is linked to.
                if of_this.len() == MAX_PAGES && !of_this.contains(subject) {
                    continue;
                }
                of_this.insert(subject);
                let tie = ties.entry(subject.clone()).or_default().entry(Reverse(id)).or_default();
                tie.keys.extend(page::key_of(mention));
                tied.insert(id);
            }
        }
        // What is remembered is told where nobody can look whether the row is there. As the page of this pull request it
        // counts only if we remember it: its author could write a comment that names any page.
        for page in &told.index {
            let presence = facts.survey.pages.get(page).map(|surveyed| surveyed.presence);
            if presence == Some(Presence::NotRead) || matches!(facts.rows.get(page), Some(None)) {
                in_doubt.insert(id);
            }
            if matches!(presence, Some(Presence::Missing | Presence::NotRead)) {
                ties.entry(Subject::Page(*page)).or_default().entry(Reverse(id)).or_default();
                if told.index_is_ours {
                    tied.insert(id);
                }
            }
        }
        if !told.complete {
            in_doubt.insert(id);
        }
    }
    for (page, rows) in facts.rows {
        for row in rows.iter().flatten().filter(|row| facts.is_of_this_repository(row)) {
            let tie = ties.entry(Subject::Page(*page)).or_default().entry(Reverse(row.name.id)).or_default();
            if tie.keys.is_empty() {
                tie.keys.extend(row.keys.iter().map(|leading| leading.key.clone()));
            }
            tie.row = Some(row.clone());
            tied.insert(row.name.id);
        }
    }
    let lives = |told: &&Told| match told.listed.pull_request.state {
        PullRequestState::Open | PullRequestState::Draft | PullRequestState::Merged => true,
        PullRequestState::Declined | PullRequestState::Superseded | PullRequestState::Unknown => false,
    };
    let lonely = facts.told.iter().filter(lives).filter(|told| {
        let id = &told.listed.pull_request.id;
        !tied.contains(id) && (told.skipped || !in_doubt.contains(id))
    });
    let mut lonely: Vec<&Told> = lonely.collect();
    lonely.sort_by_key(|told| Reverse(told.listed.pull_request.id));
    (ties, lonely)
}

fn row_word(subject: &Subject, tie: &Tie, facts: &Facts<'_>) -> Option<&'static str> {
    let Subject::Page(page) = subject else { return Some("no") };
    Some(match (facts.rows.get(page), &tie.row) {
        (Some(Some(_)), Some(_)) => "yes",
        (Some(Some(_)), None) => "no",
        (Some(None) | None, _) => "unknown",
    })
}

fn describe(line: &mut Line, told: &Told, facts: &Facts<'_>) {
    let PullRequest { id, title, state, merge_commit, author, author_name, .. } = &told.listed.pull_request;
    line.pull_request_url = url(*id, facts);
    line.pull_request_title = shown(facts, Some(title));
    line.state = match state {
        PullRequestState::Open => "open",
        PullRequestState::Draft => "draft",
        PullRequestState::Merged => "merged",
        PullRequestState::Declined => "declined",
        PullRequestState::Superseded => "superseded",
        PullRequestState::Unknown => "unknown",
    }
    .to_owned();
    line.author = author.as_ref().map(ToString::to_string);
    line.author_name = shown(facts, author_name.as_ref());
    line.approved_by = shown(facts, told.listed.pull_request.approvers().as_ref());
    line.merged = told.merged.map(|at| at.to_string());
    line.commit = merge_commit.as_ref().map(ToString::to_string);
}

/// A pull request that did not change in these days: the row alone tells of it.
fn describe_by_row(line: &mut Line, id: PullRequestId, tie: &Tie, facts: &Facts<'_>) {
    line.pull_request_url = url(id, facts);
    line.pull_request_title = shown(facts, tie.row.as_ref().and_then(|row| row.title.as_ref()));
    line.author_name = shown(facts, tie.row.as_ref().and_then(|row| row.author.as_ref()));
    line.approved_by = shown(facts, tie.row.as_ref().and_then(|row| row.approved_by.as_ref()));
    line.state = tie.row.as_ref().map_or("unknown", |row| row.state.word()).to_owned();
}

fn url(id: PullRequestId, facts: &Facts<'_>) -> String {
    PullRequestName { repository: facts.repository.clone(), id }.url()
}

/// The files stand in Bitbucket, and may be carried to Confluence: `never` is for both sides.
fn shown(facts: &Facts<'_>, title: Option<&String>) -> Option<String> {
    match facts.titles {
        Titles::Auto => title.map(|title| one_line(title)),
        Titles::Never => None,
    }
}

fn of_row(subject: &Subject, id: PullRequestId, tie: &Tie) -> Vec<Finding> {
    let word = page::subject_word(subject);
    let releases = tie.row.iter().flat_map(|row| &row.releases).filter(|release| names_no_release(release));
    let found = releases.map(|release| Finding {
        kind: Kind::NoVersion,
        page: Some(word.clone()),
        pull_request: Some(id),
        says: format!("`{release}` stands among the releases of #{id} on {word}, where a version belongs"),
    });
    found.collect()
}

fn of_lonely(told: &Told, is_remembered: bool) -> Option<Finding> {
    let id = told.listed.pull_request.id;
    let (kind, says) = if told.skipped {
        (Kind::Skipped, format!("Pull request #{id} asks for no links, by [skip confluence]"))
    } else {
        let but =
            if is_remembered { "; a comment that anybody may have written remembers one that is gone" } else { "" };
        (Kind::PullRequestWithoutPage, format!("Pull request #{id} is linked to no page{but}"))
    };
    Some(Finding { kind, page: None, pull_request: Some(id), says })
}
