//! Takes one release off all pages, and nothing else.

use crate::action::found_rows;
use crate::config::Mode;
use crate::finish::RunResult;
use crate::ids::{PageName, ReleaseName, RepositoryUuid};
use crate::plan::{PageChange, RowEffect};
use crate::report::{Failure, PageResult};
use crate::run::Run;

use super::desired::{desired, unrelease};
use super::gaps::Gaps;
use super::pages::survey;
use super::rows::{self, Results};
use super::words;

/// Removes the release that `RELEASE_VERSION` names from every row of this repository.
pub(in crate::action) fn remove(run: Run<'_>, release: &ReleaseName) -> RunResult {
    let mut gaps = Gaps::default();
    let mut results = Results::new();
    match &run.pipeline.repository_uuid {
        Some(repository) => take_off(run, release, repository, &mut results, &mut gaps),
        None => gaps.failures.push(Failure::other(words::NO_UUID.to_owned())),
    }
    let outcome = Some(outcome(run, release, &results));
    RunResult { failures: gaps.failures, outcome, ..RunResult::new("remove") }
}

fn take_off(run: Run<'_>, release: &ReleaseName, repository: &RepositoryUuid, results: &mut Results, gaps: &mut Gaps) {
    let found = found_rows::search(run, Some(repository), None);
    let pages: Vec<PageName> = found.pages(|row| row.carries(release)).into_iter().collect();
    found.failures.into_iter().for_each(|failure| gaps.fail(run, words::SEARCH_ROWS, failure));
    if found.capped {
        gaps.fail(run, words::SEARCH_ROWS, Failure::other(words::MORE_COMMENTS.to_owned()));
    }
    let survey = survey(run, &[], &pages, gaps);
    let takes_changes =
        |page: &PageName| survey.pages.get(page).is_some_and(|surveyed| surveyed.writability.takes_changes());
    let (may, may_not): (Vec<PageName>, Vec<PageName>) = pages.into_iter().partition(takes_changes);
    results.extend(may_not.into_iter().map(|page| (page, PageResult::ListedOnly)));
    let comments = rows::read_comments(run, &may, results, gaps);
    let change = |(page, current): (PageName, Vec<_>)| {
        let changes = unrelease(&current, repository, release, |_| true);
        let row = RowEffect::OfRelease(release.to_string());
        PageChange::new(page, Vec::new(), current, desired(run, repository, changes), row)
    };
    let changes: Vec<PageChange> = comments.into_iter().map(change).collect();
    let title = |page: PageName| survey.pages.get(&page)?.title();
    rows::apply(run, changes, title, results, gaps);
    rows::stop(run, results, gaps);
}

fn outcome(run: Run<'_>, release: &ReleaseName, results: &Results) -> String {
    let count = |wanted: PageResult| results.values().filter(|result| **result == wanted).count();
    match run.mode {
        Mode::Apply => {
            let kept = count(PageResult::ListedOnly) + count(PageResult::Failed);
            words::removed(release, count(PageResult::Written), kept)
        }
        Mode::DryRun => words::would_be_removed(release, count(PageResult::Planned)),
    }
}
