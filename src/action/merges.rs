//! The pull requests that a pushed commit merged.
//!
//! Bitbucket's merge commits are the only proof. A message can name any pull request.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::bitbucket::{BranchPullRequest, Indexed, ListEnd, Listed, MergedPullRequest, PullRequest, RangeCommit};
use crate::http::HttpError;
use crate::ids::{CommitHash, PullRequestId};
use crate::run::Run;

use super::history::History;
use super::words;

/// How many commits before the pushed one are looked at.
const MAX_COMMITS: usize = 30;

/// The most pull requests that are taken because of the branches they were merged into.
const MAX_STACKED: usize = 20;

/// The most numbers that are taken from a message.
const MAX_NAMED: usize = 3;

/// How often Bitbucket is asked again, a second apart, while it may not know yet.
const MAX_WAITS: u32 = 5;

/// Dates of commits are those of the machines where they were made.
const LEEWAY: SignedDuration = SignedDuration::from_hours(24);

/// The pull requests that a commit merged.
#[derive(Debug, Default)]
pub(super) struct Merges {
    pub(super) ids: BTreeSet<PullRequestId>,
    /// Why these may not be all.
    pub(super) doubt: Option<String>,
    /// The branches that they came from.
    branches: BTreeSet<String>,
}

impl Merges {
    fn add(&mut self, one: &PullRequest) {
        self.ids.insert(one.id);
        self.branches.extend(one.own_branch().map(str::to_owned));
    }
}

/// Finds the pull requests that the pushed commit merged into its branch.
pub(super) fn of_push(run: Run<'_>, branch: &str) -> Result<Merges, HttpError> {
    let unknown = |why: &str| Ok(Merges { doubt: Some(why.to_owned()), ..Merges::default() });
    let Some(commit) = &run.pipeline.commit else { return unknown(words::COMMIT_MISSING) };
    let history = match run.bitbucket.newest(&[commit], &[], MAX_COMMITS + 1) {
        Ok(commits) => History::of(commits),
        Err(error) if error.status() == Some(404) => return unknown(words::COMMIT_UNKNOWN),
        Err(error) => return Err(error),
    };
    let now = run.clock.utc_now();
    let Some(push) = Push::of(&history, commit, now) else { return unknown(words::COMMIT_NOT_LISTED) };
    let since = push.made.unwrap_or(now).checked_sub(LEEWAY).unwrap_or(Timestamp::UNIX_EPOCH);
    let listed = run.bitbucket.lately_merged_pull_requests(since);
    let is_cut = match listed.end {
        ListEnd::Complete => false,
        ListEnd::Capped => true,
        ListEnd::Failed(error) => return Err(error),
    };
    let mut merges = Merges::default();
    push.merged(&listed.values).for_each(|one| merges.add(&one.pull_request));
    if !push.is_explained_by(&listed.values) {
        ask_for_late_ones(run, &push, branch, &mut merges)?;
        if is_cut {
            ask_the_index(run, &push, &mut merges)?;
        }
    }
    add_stacked(run, &mut merges)?;
    Ok(merges)
}

/// A pushed commit, and those before it.
struct Push<'h> {
    history: &'h History,
    place: usize,
    head: &'h RangeCommit,
    /// When it was made at the earliest: a commit is never older than its parents, and never of the future.
    made: Option<Timestamp>,
}

impl<'h> Push<'h> {
    fn of(history: &'h History, commit: &CommitHash, now: Timestamp) -> Option<Self> {
        let place = history.place(commit)?;
        let head = history.commits().get(place)?;
        let near = history.commits().iter().filter(|one| one.hash == head.hash || head.parents.contains(&one.hash));
        let made = near.filter_map(|one| one.date).filter(|made| *made <= now).max();
        Some(Self { history, place, head, made })
    }

    /// Whether the pushed commit is itself the merge of one of these.
    fn is_explained_by(&self, listed: &[MergedPullRequest]) -> bool {
        listed.iter().any(|one| self.is_merge_of(one))
    }

    fn is_merge_of(&self, one: &MergedPullRequest) -> bool {
        self.head.hash.same_commit(&one.merge_commit)
    }

    /// Those of the merged pull requests that this push merged.
    fn merged<'l>(&'l self, listed: &'l [MergedPullRequest]) -> impl Iterator<Item = &'l MergedPullRequest> {
        let own = listed.iter().filter(|one| self.is_merge_of(one));
        let before = own.filter_map(|one| self.history.place(one.destination_commit.as_ref()?));
        let before = self.history.reached(before.filter(|place| *place != self.place), &[]);
        listed.iter().filter(move |one| {
            let was_before = |place: usize| before.get(place).copied().unwrap_or_default();
            // A pull request that ended before the commit was made was not ended by pushing it.
            let is_earlier = one.updated.zip(self.made).is_some_and(|(updated, made)| updated < made);
            let brought = self.history.place(&one.merge_commit).is_some_and(|place| !was_before(place));
            self.is_merge_of(one) || brought && !is_earlier
        })
    }
}

/// Adds the pull requests that were merged into the branch of one that is in, however long ago: no push of theirs may have
/// started a pipeline.
fn add_stacked(run: Run<'_>, merges: &mut Merges) -> Result<(), HttpError> {
    let (own, mut asked) = (merges.ids.len(), BTreeSet::new());
    loop {
        let branches: Vec<String> = merges.branches.difference(&asked).cloned().collect();
        let room = (own + MAX_STACKED).saturating_sub(merges.ids.len());
        if branches.is_empty() || room == 0 {
            return Ok(());
        }
        let Listed { mut values, end } = run.bitbucket.merged_around(&branches);
        if let ListEnd::Failed(error) = end {
            return Err(error);
        }
        let is_below = |one: &MergedPullRequest| branches.contains(&one.pull_request.destination_branch);
        values.retain(|one| is_below(one) && !merges.ids.contains(&one.id()));
        values.iter().take(room).for_each(|one| merges.add(&one.pull_request));
        asked.extend(branches);
    }
}

/// Bitbucket merges in the background: a pull request can be open for some seconds after its merge was pushed.
fn ask_for_late_ones(run: Run<'_>, push: &Push<'_>, branch: &str, merges: &mut Merges) -> Result<(), HttpError> {
    let listed = run.bitbucket.open_pull_requests_into(branch);
    if let ListEnd::Failed(error) = listed.end {
        return Err(error);
    }
    let named = named(&push.head.message);
    let is_tip = |tip: &CommitHash| {
        tip.same_commit(&push.head.hash) || push.head.parents.iter().any(|parent| parent.same_commit(tip))
    };
    let may_be_late =
        |one: &&BranchPullRequest| named.contains(&one.id) || one.source_commit.as_ref().is_some_and(is_tip);
    let mut late: BTreeSet<PullRequestId> = listed.values.iter().filter(may_be_late).map(|one| one.id).collect();
    for _ in 0..MAX_WAITS {
        if late.is_empty() {
            break;
        }
        run.sleep(Duration::from_secs(1));
        for id in late.clone() {
            let pull_request = run.bitbucket.pull_request(id)?;
            if pull_request.state.has_ended() {
                late.remove(&id);
                merges.add(&pull_request);
            }
        }
    }
    if let Some(id) = late.first() {
        merges.doubt = Some(words::still_open(*id));
    }
    Ok(())
}

/// Asks which pull requests the commit is in. A workspace may lack that index.
fn ask_the_index(run: Run<'_>, push: &Push<'_>, merges: &mut Merges) -> Result<(), HttpError> {
    let doubt = match run.bitbucket.pull_requests_of(&push.head.hash)? {
        Indexed::Found(found) => {
            let is_own = |merge: &CommitHash| merge.same_commit(&push.head.hash);
            let own = found.iter().filter(|one| one.merge_commit.as_ref().is_some_and(is_own));
            own.for_each(|one| merges.add(one));
            return Ok(());
        }
        Indexed::Missing => words::MANY_CHANGES,
        Indexed::NotYet => words::INDEXING,
    };
    merges.doubt = Some(doubt.to_owned());
    Ok(())
}

/// The numbers behind `(pull request #`, as Bitbucket writes them into the message of a merge.
fn named(message: &str) -> BTreeSet<PullRequestId> {
    let each = message.split("(pull request #").skip(1);
    each.filter_map(|rest| PullRequestId::parse(rest.split_once(')')?.0)).take(MAX_NAMED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_message_names_its_pull_request() {
        let table: [(&str, &[u64]); 6] = [
            ("Merged in feature/x (pull request #12)\n\nTitle", &[12]),
            ("Title (pull request #12)", &[12]),
            ("Revert \"A (pull request #3)\" (pull request #12)\n(pull request #3)", &[3, 12]),
            ("(pull request #)", &[]),
            ("(pull request #12", &[]),
            ("pull request #12, (#12)", &[]),
        ];
        for (message, ids) in table {
            let named: Vec<u64> = named(message).into_iter().map(PullRequestId::get).collect();
            assert_eq!(named, ids, "{message}");
        }
    }
}
