//! Facts → the lines of a review and its to-do list. Pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::bitbucket::PullRequest;
use crate::confluence::{ContentStatus, Viewers};
use crate::ids::{AccountId, PageName, PullRequestId, ReleaseName};
use crate::page::{self, Access, Presence, Subject, Surveyed, Visibility};
use crate::surface::page_row::{PullRequestName, Row};

use super::finding::{Finding, Kind, Severity, stands_for_a_version};
use super::line::Line;
use super::links::{Facts, LastMerge, Link, Links, PageLinks, last_merge};
use super::reading::PullRequestReading;
use super::words;

/// The lines of all pages, then those of pull requests without one; and the to-do list in its order.
pub(super) fn lines(links: &Links<'_>, facts: &Facts<'_>) -> (Vec<Line>, Vec<Finding>) {
    let (mut lines, mut to_do) = (Vec::new(), Vec::new());
    for (subject, of_page) in &links.pages {
        let (about, findings) = about_page(subject, of_page, facts);
        for (Reverse(id), link) in of_page {
            let mut line = Line { pull_request: id.get(), ..about.clone() };
            describe(&mut line, *id, link.row.as_ref(), facts);
            line.keys = link.keys.iter().map(|key| facts.text(key)).collect();
            describe_row(&mut line, subject, link, facts);
            let of_row: Vec<Finding> = wrong_releases(&line, *id).collect();
            line.findings = findings.iter().chain(&of_row).map(|finding| finding.kind).collect();
            line.findings.sort_unstable();
            line.findings.dedup();
            to_do.extend(of_row);
            lines.push(line);
        }
        to_do.extend(findings);
    }
    for reading in &links.without_page {
        let id = reading.id();
        let mut line = Line { pull_request: id.get(), ..Line::default() };
        describe(&mut line, id, None, facts);
        let is_indexed = links.pages.values().any(|of_page| of_page.contains_key(&Reverse(id)));
        let finding = without_page(reading, is_indexed, &line);
        line.findings.push(finding.kind);
        to_do.push(finding);
        lines.push(line);
    }
    in_order(&mut to_do);
    (lines, to_do)
}

/// Sorts by owner, the owner of the most serious item first.
fn in_order(to_do: &mut [Finding]) {
    let mut most_serious: BTreeMap<Option<String>, (Severity, Kind)> = BTreeMap::new();
    for finding in to_do.iter() {
        let own = (finding.severity, finding.kind);
        most_serious.entry(finding.owner.clone()).and_modify(|known| *known = own.min(*known)).or_insert(own);
    }
    to_do.sort_by_cached_key(|finding| {
        let owner = finding.owner.clone();
        (most_serious.get(&owner).copied(), owner.is_none(), owner, finding.kind, finding.pull_request.map(Reverse))
    });
}

/// The fields about a page, and its findings.
fn about_page(subject: &Subject, of_page: &PageLinks, facts: &Facts<'_>) -> (Line, Vec<Finding>) {
    let line = Line { page: Some(page::subject_word(subject)), ..Line::default() };
    let surveyed = subject.page().and_then(|page| Some((page, facts.survey.pages.get(&page)?)));
    let Some((page, surveyed)) = surveyed else {
        let (page_url, not_shown) = (facts.survey.boards.get(subject).map(|url| facts.text(url)), Some("not-shown"));
        return (Line { page_url, page_status: not_shown, access: not_shown, public: not_shown, ..line }, Vec::new());
    };
    let (access, viewers) = access(surveyed);
    let mut line = Line {
        page_url: Some(facts.text(&surveyed.url)),
        page_status: Some(status(surveyed)),
        access: Some(access),
        view_groups: viewers.iter().flat_map(|it| &it.groups).filter_map(|group| facts.title(Some(group))).collect(),
        view_people: viewers.map(|viewers| viewers.people),
        public: Some(public(page, surveyed, facts)),
        page_owner: surveyed.owner.as_ref().map(|owner| facts.text(owner)),
        page_owner_name: surveyed.owner.as_ref().and_then(|owner| name_of(owner, facts)),
        ..line
    };
    let rows_are_known = facts.rows.get(&page).is_some_and(Option::is_some);
    let changed = match &surveyed.visibility {
        Visibility::Shown { changed, .. } => changed.as_ref(),
        Visibility::LinkOnly => None,
    };
    let version = changed.and_then(|changed| Some((changed.version, changed.at?)));
    let merge = last_merge(of_page, rows_are_known, version, facts);
    if let Visibility::Shown { title, space, owner, .. } = &surveyed.visibility {
        line.page_title = title.as_ref().map(|title| facts.text(title));
        line.page_owner_name = owner.as_ref().map(|owner| facts.text(owner)).or(line.page_owner_name);
        line.space = space.as_ref().map(|space| facts.text(space));
        line.page_version = changed.map(|changed| changed.version);
        line.page_changed = version.map(|(_, at)| at.to_string());
        if let (LastMerge::Version(merged), Some(current)) = (merge, line.page_version) {
            let since = current.saturating_sub(merged);
            line.merged_version = Some(merged);
            line.versions_since_merge = Some(since);
            line.changes_url = (since > 0).then(|| facts.text(facts.site.changes_url(page.id, merged, current)));
        }
    }
    let findings = findings(&line, surveyed, merge, version.is_some_and(|(_, at)| at < facts.since), facts);
    (line, findings)
}

/// The name of an account, from another page: a page outside the search index has no name of its owner.
fn name_of(account: &AccountId, facts: &Facts<'_>) -> Option<String> {
    let named = facts.survey.pages.values().find_map(|surveyed| match &surveyed.visibility {
        Visibility::Shown { owner: Some(name), .. } if surveyed.owner.as_ref() == Some(account) => Some(name),
        Visibility::Shown { .. } | Visibility::LinkOnly => None,
    });
    facts.title(named)
}

fn findings(
    line: &Line,
    surveyed: &Surveyed,
    merge: LastMerge,
    change_is_old: bool,
    facts: &Facts<'_>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut find = |kind: Kind, sentence: String| {
        found.push(Finding { page: line.page.clone(), ..Finding::new(kind, line.owner(), sentence) });
    };
    let by_status = match line.page_status {
        Some("missing") => Some(Kind::PageMissing),
        Some("trashed") => Some(Kind::PageTrashed),
        Some("archived") => Some(Kind::PageArchived),
        Some("draft") => Some(Kind::PageDraft),
        _ => None,
    };
    let public = (line.public == Some("yes")).then_some(Kind::Public);
    let no_merge = merge == LastMerge::None;
    for kind in by_status.into_iter().chain(public).chain(no_merge.then_some(Kind::NoMerge)) {
        find(kind, kind.meaning().to_owned());
    }
    match line.access {
        Some("restricted") => find(Kind::Restricted, words::only_viewers(&viewers(line))),
        Some("restricted-above") => find(Kind::Restricted, words::only_viewers_above(&viewers(line))),
        _ => {}
    }
    if let (Some(since @ 1..), Some(merged), true) = (line.versions_since_merge, line.merged_version, change_is_old) {
        let day = line.page_changed.as_deref().map(day).unwrap_or_default();
        find(Kind::ChangedAfterMerge, words::changed_after_merge(since, merged, day));
    }
    for label in surveyed.labels.iter().filter(|label| stands_for_a_version(label)) {
        find(Kind::NoVersion, words::label_without_version(&facts.text(label)));
    }
    found
}

/// The people whom a restriction names, as people say it.
pub(super) fn viewers(line: &Line) -> String {
    words::viewers(&line.view_groups, line.view_people.unwrap_or_default())
}

/// The day of a time in RFC 3339.
pub(super) fn day(at: &str) -> &str {
    at.split('T').next().unwrap_or(at)
}

fn status(surveyed: &Surveyed) -> &'static str {
    match (surveyed.presence, &surveyed.visibility) {
        (Presence::Missing, _) => "missing",
        (Presence::NotRead, _) => "unknown",
        (Presence::There, Visibility::LinkOnly) => "not-shown",
        (Presence::There, Visibility::Shown { status, .. }) => match status {
            ContentStatus::Current => "current",
            ContentStatus::Draft => "draft",
            ContentStatus::Archived => "archived",
            ContentStatus::Trashed => "trashed",
        },
    }
}

fn access(surveyed: &Surveyed) -> (&'static str, Option<&Viewers>) {
    match &surveyed.access {
        Access::Open => ("open", None),
        Access::Restricted(viewers) => ("restricted", Some(viewers)),
        Access::RestrictedAbove(viewers) => ("restricted-above", Some(viewers)),
        Access::Unknown => ("unknown", None),
        Access::NotShown => ("not-shown", None),
    }
}

fn public(page: PageName, surveyed: &Surveyed, facts: &Facts<'_>) -> &'static str {
    match (facts.public.get(&page), &surveyed.access) {
        (Some(true), _) => "yes",
        (Some(false), _) => "no",
        // A restriction names accounts and groups of accounts.
        (None, Access::Restricted(_) | Access::RestrictedAbove(_)) => "no",
        (None, Access::NotShown) => "not-shown",
        (None, Access::Open | Access::Unknown) => "unknown",
    }
}

/// A pull request that didn't change in these days is described by its row.
fn describe(line: &mut Line, id: PullRequestId, row: Option<&Row>, facts: &Facts<'_>) {
    let reading = facts.pull_requests.get(&id);
    let listed = reading.map(|reading| &reading.listed.pull_request);
    let approvers = listed.and_then(PullRequest::approvers);
    let of_row = |field: fn(&Row) -> Option<&String>| row.and_then(field);
    line.pull_request_url = facts.text(PullRequestName { repository: facts.repository.clone(), id }.url());
    line.pull_request_title = facts.title(listed.map(|it| &it.title).or(of_row(|row| row.title.as_ref())));
    line.state = match reading {
        Some(reading) => reading.state().word().to_owned(),
        None => row.map_or_else(|| "unknown".to_owned(), |row| facts.text(row.state.word())),
    };
    line.author = listed.and_then(|it| it.author.as_ref()).map(|author| facts.text(author));
    line.author_name = facts.title(listed.and_then(|it| it.author_name.as_ref()).or(of_row(|row| row.author.as_ref())));
    line.approved_by = facts.title(approvers.as_ref().or(of_row(|row| row.approved_by.as_ref())));
    line.approvals = listed.and_then(|it| it.approved_by.as_ref()).map(|people| people.len() as u64);
    line.merged = reading.and_then(|reading| reading.merged).map(|at| at.to_string());
    line.commit = listed.and_then(|it| it.merge_commit.as_ref()).map(ToString::to_string);
}

fn describe_row(line: &mut Line, subject: &Subject, link: &Link, facts: &Facts<'_>) {
    line.releases = link.row.iter().flat_map(|row| &row.releases).map(|release| facts.text(release)).collect();
    line.version_at_merge =
        link.row.as_ref().and_then(|row| row.version_at_merge).filter(|_| line.page_version.is_some());
    line.row = Some(match subject {
        Subject::Board(..) => "no",
        Subject::Page(page) => match (facts.rows.get(page), &link.row) {
            (Some(Some(_)), Some(_)) => "yes",
            (Some(Some(_)), None) => "no",
            (Some(None) | None, _) => "unknown",
        },
    });
}

fn wrong_releases(line: &Line, id: PullRequestId) -> impl Iterator<Item = Finding> {
    line.releases.iter().filter(|release| ReleaseName::parse(release).is_none()).map(move |release| {
        let finding = Finding::new(Kind::NoVersion, line.owner(), words::release_without_version(id, release));
        Finding { page: line.page.clone(), pull_request: Some(id), ..finding }
    })
}

fn without_page(reading: &PullRequestReading, is_indexed: bool, line: &Line) -> Finding {
    let kind = if reading.skipped { Kind::Skipped } else { Kind::WithoutPage };
    let comment = if is_indexed && !reading.skipped { words::UNPROVEN_COMMENT } else { "" };
    let finding = Finding::new(kind, line.owner(), format!("{}{comment}", kind.meaning()));
    Finding { pull_request: Some(reading.id()), ..finding }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_owner_comes_after_known_ones() {
        let finding = |owner: Option<&str>| {
            let owner = owner.map(str::to_owned);
            Finding::new(Kind::Public, owner.as_ref(), String::new())
        };
        let mut to_do = [finding(None), finding(Some("b")), finding(Some("a"))];
        in_order(&mut to_do);
        assert_eq!(to_do.each_ref().map(|finding| finding.owner.as_deref()), [Some("a"), Some("b"), None]);
    }
}
