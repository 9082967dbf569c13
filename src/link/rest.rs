//! What could only be asked once it was known what the references lead to? The third turn of reading.

use std::collections::BTreeSet;

use crate::bitbucket::CommitFacts;
use crate::confluence::{Confluence, Task, Version};
use crate::http::{self, HttpError};
use crate::ids::{CommitHash, PageName, SpaceKey};
use crate::observe::{self, Unknown};
use crate::page::{ReadOnly, Standing};
use crate::plan::{Creates, MayEdit, Output, PageState};
use crate::surface::page_comment::OurComment;

use super::look::{Seen, pages};
use super::{Run, judge, keys, merge};

/// One read that only the resolution could name.
enum Rest {
    Comments(PageName),
    MayComment(PageName),
    MayEdit(PageName),
    Labels(PageName),
    Tasks(Vec<PageName>),
    Spaces(Vec<SpaceKey>),
    Versions(PageName),
    Merge(CommitHash),
}

enum Gave {
    Comments(PageName, Result<Vec<OurComment>, Unknown>),
    MayComment(PageName, Result<Option<bool>, HttpError>),
    MayEdit(PageName, Result<Option<bool>, HttpError>),
    Labels(PageName, Result<BTreeSet<String>, HttpError>),
    Tasks(Vec<PageName>, Result<Vec<Task>, HttpError>),
    /// Those that are not there.
    Spaces(BTreeSet<SpaceKey>),
    Versions(PageName, Result<Vec<Version>, HttpError>),
    Merge(Result<CommitFacts, HttpError>),
}

pub(super) fn look_at_the_rest(run: Run<'_>, seen: &mut Seen) {
    let with_tasks: Vec<PageName> =
        pages(&seen.resolution).filter(|(_, linked)| !linked.tasks.is_empty()).map(|(page, _)| page).collect();
    let writable: BTreeSet<PageName> = match run.intent.outputs.page_comment {
        Output::Off => BTreeSet::new(),
        Output::On => {
            let writable = pages(&seen.resolution).filter(|(_, linked)| linked.standing == Standing::Writable);
            writable.map(|(page, _)| page).collect()
        }
    };
    let mut rest: Vec<Rest> =
        writable.iter().filter(|page| !seen.states.contains_key(page)).map(|page| Rest::Comments(*page)).collect();
    let refused = writable.iter().filter(|page| seen.ledger.refused.contains(&page.id));
    rest.extend(refused.map(|page| Rest::MayComment(*page)));
    let situation = seen.situation(run);
    let labelled = situation.pages_to_label();
    let edited: BTreeSet<PageName> =
        situation.pages_with_closing_tasks().into_iter().chain(labelled.iter().copied()).collect();
    rest.extend(edited.into_iter().map(Rest::MayEdit));
    rest.extend(labelled.into_iter().map(Rest::Labels));
    let in_doubt = keys::in_doubt(run, seen);
    rest.extend((!in_doubt.is_empty()).then_some(Rest::Spaces(in_doubt)));
    rest.extend(with_tasks.chunks(50).map(|chunk| Rest::Tasks(chunk.to_vec())));
    let undated = merge::undated(run, seen);
    if let Some(commit) = merge::unread(seen).filter(|_| !undated.is_empty()) {
        rest.push(Rest::Merge(commit));
    }
    rest.extend(undated.into_iter().map(Rest::Versions));
    let confluence = run.confluence;
    let merged = seen.merge.as_ref().and_then(|merge| merge.date);
    let enough = |version: Version| merged.is_some_and(|merged| version.at <= merged);
    let ask = |read: &Rest| match read {
        Rest::Comments(page) => Gave::Comments(*page, observe::page_comments(confluence, *page, &seen.name)),
        Rest::MayComment(page) => Gave::MayComment(*page, confluence.may_comment(*page)),
        Rest::MayEdit(page) => Gave::MayEdit(*page, confluence.may_edit(*page)),
        Rest::Labels(page) => Gave::Labels(*page, confluence.labels(*page)),
        Rest::Tasks(pages) => Gave::Tasks(pages.clone(), confluence.tasks(pages)),
        Rest::Spaces(keys) => Gave::Spaces(missing(confluence, keys)),
        Rest::Versions(page) => Gave::Versions(*page, confluence.versions(*page, enough)),
        Rest::Merge(commit) => Gave::Merge(run.bitbucket.commit(commit)),
    };
    let early = judge::beforehand(run, seen);
    let asked = run.requirements.filter(|_| early.is_none());
    let read = || asked.map(|asked| judge::read(confluence, asked, &seen.resolution)).unwrap_or_default();
    let (gave, qualities) = http::both(|| http::map(&rest, ask), read);
    seen.verdict = early.unwrap_or_else(|| asked.map(|asked| judge::judge(asked, seen, &qualities)));
    seen.resolution.failures.extend(qualities.failures);
    let mut versions = Vec::new();
    for gave in gave {
        match gave {
            Gave::Comments(page, ours) => seen.take(page, ours),
            Gave::MayComment(_, Ok(Some(true))) => {}
            Gave::MayComment(page, Ok(Some(false) | None)) => seen.resolution.hold_back(page, ReadOnly::Refused),
            // As it was remembered, and said: it may have been granted by now.
            Gave::MayComment(page, Err(error)) => {
                seen.resolution.hold_back(page, ReadOnly::NotAsked);
                seen.resolution.failures.push(error);
            }
            Gave::Spaces(missing) => seen.missing_spaces = missing,
            Gave::Versions(page, Ok(read)) => versions.push((page, read)),
            Gave::Merge(Ok(merge)) => seen.merge = Some(merge),
            // The row says so later.
            Gave::Versions(_, Err(error)) | Gave::Merge(Err(error)) => seen.resolution.failures.push(error),
            Gave::MayEdit(page, Ok(answer)) => drop(seen.edits.insert(page, MayEdit::of(answer))),
            Gave::MayEdit(page, Err(error)) => {
                seen.edits.insert(page, MayEdit::NotKnown);
                seen.resolution.failures.push(error);
            }
            Gave::Labels(page, Ok(labels)) => drop(seen.labels.insert(page, labels)),
            Gave::Labels(_, Err(error)) => seen.resolution.failures.push(error),
            Gave::Tasks(_, Ok(tasks)) => seen.tasks.extend(tasks),
            // A list of tasks adorns; without it they are shown without their state, and none is completed.
            Gave::Tasks(pages, Err(error)) => {
                seen.tasks_unread.extend(pages);
                seen.tasks_failure = Some(error);
            }
        }
    }
    seen.versions = merge::current_then(seen, &versions);
    if run.intent.creates == Creates::WhereKnown {
        leave_what_was_never_linked(seen);
    }
}

/// Advice rests on it and nothing else, so whoever could not ask knows of none.
fn missing(confluence: &Confluence, keys: &[SpaceKey]) -> BTreeSet<SpaceKey> {
    let there = confluence.spaces_of(keys);
    there.map(|there| keys.iter().filter(|key| !there.contains_key(key)).cloned().collect()).unwrap_or_default()
}

/// Holds back the pages on which nothing of ours is, and which the ledger does not name.
fn leave_what_was_never_linked(seen: &mut Seen) {
    let is_new = |page: &PageName| {
        let clean = seen.states.get(page) == Some(&PageState::Clean);
        let ours = seen.pages.get(page).is_some_and(|ours| ours.iter().any(OurComment::is_in_use));
        clean && !ours && !seen.ledger.pages.contains(page)
    };
    let writable = pages(&seen.resolution).filter(|(_, linked)| linked.standing == Standing::Writable);
    let new: Vec<PageName> = writable.map(|(page, _)| page).filter(is_new).collect();
    for page in new {
        seen.resolution.hold_back(page, ReadOnly::NotBackfilled);
    }
}
