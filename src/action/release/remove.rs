//! Takes one release off all pages, and nothing else.

use std::collections::BTreeSet;

use crate::action::found_rows;
use crate::config::Mode;
use crate::finish::Ended;
use crate::ids::{PageName, ReleaseName, RepositoryUuid};
use crate::page;
use crate::plan::{PageChange, RowEffect};
use crate::report::{Failure, PageResult, number};
use crate::run::Run;
use crate::surface::page_comment::{DesiredRows, OurComment, RowChange, WithoutRows};

use super::rows;
use super::written::Rows;

/// Removes the release that `RELEASE_VERSION` names from every row of this repository.
pub(in crate::action) fn remove(run: Run<'_>) -> Ended {
    let ended = Ended::new("remove");
    let Some(release) = &run.config.release else { return ended };
    let Some(repository) = &run.pipeline.repository_uuid else {
        return Ended { failures: vec![Failure::other(rows::NO_UUID.to_owned())], ..ended };
    };
    let found = found_rows::search(run, Some(repository), None);
    let carries = |releases: &[String]| releases.iter().any(|name| name == release.as_str());
    let pages: BTreeSet<PageName> =
        found.rows.iter().filter(|(_, row)| carries(&row.releases)).map(|(page, _)| *page).collect();
    let mut rows = Rows { failures: found.failures, ..Rows::default() };
    if found.capped {
        rows.failures.push(Failure::other("the search reads no more comments, so some pages may keep it".to_owned()));
    }
    let pages: Vec<PageName> = pages.into_iter().collect();
    let writable = writable(run, &pages, &mut rows);
    let read = rows::read_comments(run, &writable, &mut rows);
    let changes = read.into_iter().map(|(page, comments)| change(run, page, comments, repository, release));
    let changes: Vec<PageChange> = changes.filter(|change| !change.writes().is_empty()).collect();
    rows::apply(run, changes, |_| None, &mut rows);
    let outcome = Some(outcome(run, release, &rows));
    Ended { failures: rows.failures, outcome, ..ended }
}

/// The pages that may be changed.
fn writable(run: Run<'_>, pages: &[PageName], rows: &mut Rows) -> Vec<PageName> {
    if pages.is_empty() {
        return Vec::new();
    }
    if let Err(error) = run.confluence.account() {
        rows.failures.push(Failure::of_service(&error));
        return Vec::new();
    }
    let (site, grammar) = (&run.config.site, &run.config.grammar);
    let survey = page::survey(run.services(), &[], pages, site, grammar, &run.policy());
    rows.failures.extend(survey.failures.iter().map(|failed| failed.failure.clone()));
    let (may, may_not): (Vec<PageName>, Vec<PageName>) = pages
        .iter()
        .partition(|page| survey.pages.get(page).is_some_and(|surveyed| surveyed.writability.takes_changes()));
    rows.results.extend(may_not.into_iter().map(|page| (page, PageResult::ReadOnly)));
    may
}

fn change(
    run: Run<'_>,
    page: PageName,
    current: Vec<OurComment>,
    repository: &RepositoryUuid,
    release: &ReleaseName,
) -> PageChange {
    let rows = current.iter().flat_map(|comment| &comment.rows);
    let own = rows.filter(|row| row.repository.as_ref() == Some(repository));
    let changes = own.filter_map(|row| Some(RowChange::Unrelease(row.key()?, release.to_string()))).collect();
    PageChange {
        page,
        edits: Vec::new(),
        desired: DesiredRows {
            repository: repository.clone(),
            name: run.pipeline.repository.clone(),
            changes,
            without_rows: WithoutRows::Stays,
        },
        row: RowEffect::OfRelease(release.to_string()),
        current,
    }
}

fn outcome(run: Run<'_>, release: &ReleaseName, rows: &Rows) -> String {
    let count = |wanted: PageResult| rows.results.values().filter(|result| **result == wanted).count();
    let pages = |count: usize| number(count, "page", "pages");
    let kept = count(PageResult::ReadOnly) + count(PageResult::Failed);
    let kept = if kept == 0 { String::new() } else { format!("; {} kept it", pages(kept)) };
    match run.mode {
        Mode::Apply => {
            format!("Release {release} removed from {}{kept}; labels stay", pages(count(PageResult::Written)))
        }
        Mode::DryRun => {
            format!(
                "Dry run, nothing was written: release {release} would be removed from {}",
                pages(count(PageResult::Planned))
            )
        }
    }
}
