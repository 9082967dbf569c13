//! Pull requests × pages → the lines of the matrix and what is worth a look in them. Pure.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::bitbucket::{PullRequest, PullRequestState};
use crate::confluence::{ContentStatus, LastChange};
use crate::ids::{Key, PageName, PullRequestId, RepositoryName};
use crate::page::{self, Access, Face, Fate, MAX_PAGES, Presence, Subject, Survey, Surveyed, Titles};
use crate::surface::markdown::one_line;
use crate::surface::page_row::{PullRequestName, Row};

use super::finding::{Finding, Kind, names_no_release, stands_for_a_version};
use super::line::Line;
use super::reading::Told;

/// Our rows on each page that was read; `None` when reading them failed.
pub(super) type Rows = BTreeMap<PageName, Option<BTreeMap<PullRequestName, Row>>>;

/// Whether people without an account may view a page, as far as that is known.
pub(super) type Anonymous = BTreeMap<PageName, bool>;

/// Everything that was read.
pub(super) struct Facts<'a> {
    pub(super) repository: &'a RepositoryName,
    pub(super) titles: Titles,
    pub(super) told: &'a [Told],
    /// What the references of all of them lead to, in their order.
    pub(super) survey: &'a Survey,
    pub(super) rows: &'a Rows,
    pub(super) anonymous: &'a Anonymous,
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
struct Tie {
    keys: BTreeSet<Key>,
    row: Option<Row>,
}

type Ties = BTreeMap<Subject, BTreeMap<Reverse<PullRequestId>, Tie>>;

pub(super) fn matrix(facts: &Facts<'_>) -> Matrix {
    let (ties, without_page) = ties(facts);
    let known: BTreeMap<PullRequestId, &Told> =
        facts.told.iter().map(|one| (one.listed.pull_request.id, one)).collect();
    let mut matrix = Matrix { pages: ties.len(), ..Matrix::default() };
    for (subject, of_page) in &ties {
        let about = about_page(subject, of_page, &known, facts);
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
        if let Some(finding) = of_lonely(told) {
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
    let mut fates = facts.survey.fates.iter();
    for told in facts.told {
        let id = told.listed.pull_request.id;
        let mut of_this: BTreeSet<&Subject> = BTreeSet::new();
        for (reference, fate) in told.references.iter().zip(fates.by_ref().take(told.references.len())) {
            let Fate::Linked(subjects) = fate else {
                if matches!(fate, Fate::NotRead | Fate::LeftOut) {
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
                tie.keys.extend(page::key_of(reference));
                tied.insert(id);
            }
        }
        // What is remembered counts where nobody can look whether the row is there.
        for page in &told.ledger.pages {
            let gone = facts.survey.pages.get(page).is_some_and(|surveyed| surveyed.presence != Presence::There);
            if gone {
                let tie = ties.entry(Subject::Page(*page)).or_default().entry(Reverse(id)).or_default();
                tie.keys.extend(told.ledger.keys.get(&page.id).into_iter().flatten().cloned());
                tied.insert(id);
            }
        }
        if !told.complete {
            in_doubt.insert(id);
        }
    }
    for (page, rows) in facts.rows {
        for (name, row) in rows.iter().flatten().filter(|(name, _)| name.repository == *facts.repository) {
            let tie = ties.entry(Subject::Page(*page)).or_default().entry(Reverse(name.id)).or_default();
            tie.row = Some(row.clone());
            tied.insert(name.id);
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

/// What holds of a page, whatever the pull request.
struct About {
    line: Line,
    findings: Vec<Finding>,
    is_shown: bool,
}

fn about_page(
    subject: &Subject,
    ties: &BTreeMap<Reverse<PullRequestId>, Tie>,
    known: &BTreeMap<PullRequestId, &Told>,
    facts: &Facts<'_>,
) -> About {
    let word = page::subject_word(subject);
    let line = Line { page: Some(word.clone()), ..Line::default() };
    let surveyed = match subject {
        Subject::Page(page) => facts.survey.pages.get(page),
        Subject::Board(..) => None,
    };
    let (Subject::Page(page), Some(surveyed)) = (subject, surveyed) else {
        let (page_url, not_shown) = (facts.survey.boards.get(subject).cloned(), Some("not-shown"));
        let line = Line {
            page_url,
            page_status: not_shown,
            access: not_shown,
            anonymous: not_shown,
            freshness: not_shown,
            ..line
        };
        return About { line, findings: Vec::new(), is_shown: false };
    };
    let mut found = Vec::new();
    let mut find = |kind, says: String| {
        found.push(Finding { kind, page: Some(word.clone()), pull_request: None, says });
    };
    let mut line = Line {
        page_url: Some(surveyed.url.clone()),
        page_status: Some(status(surveyed)),
        access: Some(access_word(surveyed)),
        anonymous: Some(anonymous_word(*page, surveyed, facts)),
        page_owner: surveyed.owner.as_ref().map(ToString::to_string),
        freshness: Some(if surveyed.access == Access::Unknown { "unknown" } else { "not-shown" }),
        ..line
    };
    match status(surveyed) {
        "missing" => find(Kind::PageMissing, format!("{word} is gone, or the Confluence account may not see it")),
        "trashed" => find(Kind::PageTrashed, format!("{word} is in the trash")),
        "archived" => find(Kind::PageArchived, format!("{word} is archived")),
        "draft" => find(Kind::PageDraft, format!("{word} was never published")),
        _ => {}
    }
    match surveyed.access {
        Access::Restricted => find(Kind::Restricted, format!("Only some people may view {word}")),
        Access::RestrictedAbove => {
            find(Kind::Restricted, format!("Only some people may view {word}: something above it is restricted"));
        }
        Access::Open | Access::Unknown | Access::NotShown => {}
    }
    if facts.anonymous.get(page) == Some(&true) {
        find(Kind::Anonymous, format!("People without an account may view {word}"));
    }
    let merged = last_merged(ties, known);
    let rows_known = facts.rows.get(page).is_some_and(Option::is_some);
    if merged == LastMerge::None && rows_known && surveyed.presence == Presence::There {
        let says = format!("No pull request of this repository that is linked to {word} is merged");
        find(Kind::NoMergedPullRequest, says);
    }
    let is_shown = matches!(surveyed.face, Face::Shown { .. });
    if let Face::Shown { title, space, status, changed } = &surveyed.face {
        line.page_title = title.as_deref().map(one_line);
        line.space = space.as_ref().map(ToString::to_string);
        line.page_version = changed.as_ref().map(|changed| changed.version);
        line.page_changed = changed.as_ref().and_then(|changed| changed.at).map(|at| at.to_string());
        let fresh = if *status == ContentStatus::Current { freshness(changed.as_ref(), merged) } else { "unknown" };
        line.freshness = Some(fresh);
        let day = changed.as_ref().map(|changed| changed.day.clone()).unwrap_or_default();
        match (fresh, merged) {
            ("changed-after-merge", LastMerge::Known { id, .. }) => {
                let says = format!("{word} was changed on {day}, after pull request #{id} was merged");
                find(Kind::ChangedAfterMerge, says);
            }
            ("not-changed-with-code", LastMerge::Known { id, .. }) => {
                let says = format!("{word} was last changed on {day}, before pull request #{id} was opened");
                find(Kind::NotChangedWithCode, says);
            }
            _ => {}
        }
        for label in surveyed.labels.iter().filter(|label| stands_for_a_version(label)) {
            find(Kind::NoVersion, format!("{word} is labelled `{label}`, which names no version"));
        }
    }
    About { line, findings: found, is_shown }
}

fn status(surveyed: &Surveyed) -> &'static str {
    match (surveyed.presence, &surveyed.face) {
        (Presence::Missing, _) => "missing",
        (Presence::NotRead, _) => "unknown",
        (Presence::There, Face::Hidden) => "not-shown",
        (Presence::There, Face::Shown { status, .. }) => match status {
            ContentStatus::Current => "current",
            ContentStatus::Draft => "draft",
            ContentStatus::Archived => "archived",
            ContentStatus::Trashed => "trashed",
        },
    }
}

fn access_word(surveyed: &Surveyed) -> &'static str {
    match surveyed.access {
        Access::Open => "open",
        Access::Restricted => "restricted",
        Access::RestrictedAbove => "restricted-above",
        Access::Unknown => "unknown",
        Access::NotShown => "not-shown",
    }
}

fn anonymous_word(page: PageName, surveyed: &Surveyed, facts: &Facts<'_>) -> &'static str {
    match (facts.anonymous.get(&page), surveyed.access) {
        (Some(true), _) => "yes",
        (Some(false), _) => "no",
        // A restriction names accounts and groups of accounts.
        (None, Access::Restricted | Access::RestrictedAbove) => "no",
        (None, Access::NotShown) => "not-shown",
        (None, Access::Open | Access::Unknown) => "unknown",
    }
}

fn row_word(subject: &Subject, tie: &Tie, facts: &Facts<'_>) -> Option<&'static str> {
    let Subject::Page(page) = subject else { return Some("no") };
    Some(match (facts.rows.get(page), &tie.row) {
        (Some(Some(_)), Some(_)) => "yes",
        (Some(Some(_)), None) => "no",
        (Some(None) | None, _) => "unknown",
    })
}

/// The pull request of a page that was merged last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastMerge {
    /// None is merged.
    None,
    /// One is, and when is not known.
    Unknown,
    /// This one.
    Known { id: PullRequestId, at: Timestamp, opened: Option<Timestamp> },
}

fn last_merged(ties: &BTreeMap<Reverse<PullRequestId>, Tie>, known: &BTreeMap<PullRequestId, &Told>) -> LastMerge {
    let mut last = LastMerge::None;
    for (Reverse(id), tie) in ties {
        let Some(told) = known.get(id) else {
            // It was not updated in these days, so it was merged before those that were.
            let merged = tie.row.as_ref().is_some_and(|row| row.state.word() == "merged");
            if merged && last == LastMerge::None {
                last = LastMerge::Unknown;
            }
            continue;
        };
        if told.listed.pull_request.state != PullRequestState::Merged {
            continue;
        }
        last = match (last, told.merged) {
            (LastMerge::Known { at: later, .. }, Some(at)) if later >= at => last,
            (_, Some(at)) => LastMerge::Known { id: *id, at, opened: told.listed.opened },
            (LastMerge::Known { .. }, None) => last,
            (LastMerge::None | LastMerge::Unknown, None) => LastMerge::Unknown,
        };
    }
    last
}

fn freshness(changed: Option<&LastChange>, merged: LastMerge) -> &'static str {
    match (changed.and_then(|changed| changed.at), merged) {
        (_, LastMerge::None) => "no-merge",
        (Some(changed), LastMerge::Known { at, .. }) if changed > at => "changed-after-merge",
        (Some(changed), LastMerge::Known { opened: Some(opened), .. }) if changed < opened => "not-changed-with-code",
        (Some(_), LastMerge::Known { opened: Some(_), .. }) => "in-step",
        (_, LastMerge::Known { .. } | LastMerge::Unknown) => "unknown",
    }
}

fn describe(line: &mut Line, told: &Told, facts: &Facts<'_>) {
    let PullRequest { id, title, state, merge_commit, author, .. } = &told.listed.pull_request;
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
    line.merged = told.merged.map(|at| at.to_string());
    line.commit = merge_commit.as_ref().map(ToString::to_string);
}

/// A pull request that did not change in these days: the row alone tells of it.
fn describe_by_row(line: &mut Line, id: PullRequestId, tie: &Tie, facts: &Facts<'_>) {
    line.pull_request_url = url(id, facts);
    line.pull_request_title = shown(facts, tie.row.as_ref().and_then(|row| row.title.as_ref()));
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

fn of_lonely(told: &Told) -> Option<Finding> {
    let id = told.listed.pull_request.id;
    let (kind, says) = if told.skipped {
        (Kind::Skipped, format!("Pull request #{id} asks for no links, by [skip confluence]"))
    } else {
        (Kind::PullRequestWithoutPage, format!("Pull request #{id} is linked to no page"))
    };
    Some(Finding { kind, page: None, pull_request: Some(id), says })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_in_step_when_it_changed_while_its_last_merged_pull_request_was_open() {
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        let id = PullRequestId::new(7).unwrap();
        let merged = LastMerge::Known { id, at: at(20), opened: Some(at(10)) };
        let changed = |hour| LastChange { version: 3, day: String::new(), at: Some(at(hour)) };
        let table = [
            (9, merged, "not-changed-with-code"),
            (10, merged, "in-step"),
            (20, merged, "in-step"),
            (21, merged, "changed-after-merge"),
            (21, LastMerge::None, "no-merge"),
            (21, LastMerge::Unknown, "unknown"),
            (15, LastMerge::Known { id, at: at(20), opened: None }, "unknown"),
        ];
        for (hour, merged, word) in table {
            assert_eq!(freshness(Some(&changed(hour)), merged), word, "{hour}");
        }
        assert_eq!(freshness(None, merged), "unknown");
    }
}
