//! What could only be asked once it was known what the mentions lead to? The third turn of reading; at a merge or a
//! release there is a fourth.

use std::collections::BTreeSet;

use crate::bitbucket::CommitFacts;
use crate::confluence::{Confluence, Task, Version};
use crate::http::{self, HttpError};
use crate::ids::{CommitHash, PageName, SpaceKey};
use crate::observe::{self, Unknown};
use crate::page::{ReadOnly, Resolution, Standing};
use crate::plan::gate::Verdict;
use crate::plan::{Creates, MayEdit, Output, PageState};
use crate::surface::page_comment::OurComment;

use super::judge::Qualities;
use super::look::{Seen, pages};
use super::{Run, judge, keys, merge};

/// One read that only the resolution could name.
enum Read {
    Comments(PageName),
    MayComment(PageName),
    Tasks(Vec<PageName>),
    Spaces(Vec<SpaceKey>),
}

enum Gave {
    Comments(PageName, Result<Vec<OurComment>, Unknown>),
    MayComment(PageName, Result<Option<bool>, HttpError>),
    Tasks(Vec<PageName>, Result<Vec<Task>, HttpError>),
    /// Those that are not there.
    Spaces(BTreeSet<SpaceKey>),
}

/// What was answered beside what stands above the pages.
pub(super) struct Rest {
    gave: Vec<Gave>,
    early: Option<Option<Verdict>>,
    qualities: Qualities,
}

/// Asks for what needs neither what stands above the pages nor what the ledger's pages hold.
pub(super) fn ask(run: Run<'_>, resolution: &Resolution, seen: &Seen) -> Rest {
    let with_tasks: Vec<PageName> =
        pages(resolution).filter(|(_, linked)| !linked.tasks.is_empty()).map(|(page, _)| page).collect();
    let writable: BTreeSet<PageName> = match run.intent.outputs.page_comment {
        Output::Off => BTreeSet::new(),
        Output::On => {
            let writable = pages(resolution).filter(|(_, linked)| linked.standing == Standing::Writable);
            writable.map(|(page, _)| page).collect()
        }
    };
    let mut reads: Vec<Read> =
        writable.iter().filter(|page| !seen.ledger.pages.contains(page)).map(|page| Read::Comments(*page)).collect();
    let refused = writable.iter().filter(|page| seen.ledger.refused.contains(&page.id));
    reads.extend(refused.map(|page| Read::MayComment(*page)));
    let in_doubt = keys::in_doubt(run, &seen.mentions, resolution);
    reads.extend((!in_doubt.is_empty()).then_some(Read::Spaces(in_doubt)));
    reads.extend(with_tasks.chunks(50).map(|chunk| Read::Tasks(chunk.to_vec())));
    let confluence = run.confluence;
    let ask = |read: &Read| match read {
        Read::Comments(page) => Gave::Comments(*page, observe::page_comments(confluence, *page, &seen.name)),
        Read::MayComment(page) => Gave::MayComment(*page, confluence.may_comment(*page)),
        Read::Tasks(pages) => Gave::Tasks(pages.clone(), confluence.tasks(pages)),
        Read::Spaces(keys) => Gave::Spaces(missing(confluence, keys)),
    };
    let early = judge::beforehand(run, seen);
    let asked = run.requirements.filter(|_| early.is_none());
    let (gave, qualities) = match asked {
        None => (http::map(&reads, ask), Qualities::default()),
        Some(asked) => http::both(|| http::map(&reads, ask), || judge::read(run, asked, resolution)),
    };
    Rest { gave, early, qualities }
}

/// Takes what was answered, and asks for what only that and the ledger's pages could name.
pub(super) fn take(run: Run<'_>, seen: &mut Seen, rest: Rest) {
    let Rest { gave, early, qualities } = rest;
    let asked = run.requirements.filter(|_| early.is_none());
    seen.verdict = early.unwrap_or_else(|| asked.map(|asked| judge::judge(asked, seen, &qualities, &seen.naming(run))));
    seen.resolution.failures.extend(qualities.failures);
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
            Gave::Tasks(_, Ok(tasks)) => seen.tasks.extend(tasks),
            // A list of tasks adorns; without it they are shown without their state, and none is completed.
            Gave::Tasks(pages, Err(error)) => {
                seen.tasks_unread.extend(pages);
                seen.tasks_failure = Some(error);
            }
        }
    }
    look_at_the_ends(run, seen);
    if run.intent.creates == Creates::WhereKnown {
        leave_what_was_never_linked(seen);
    }
}

/// One read for what happens at a merge or a release. Most of it hangs on what the pages hold, so it is a turn of its own.
enum EndRead {
    MayEdit(PageName),
    Labels(PageName),
    Versions(PageName),
    Merge(CommitHash),
}

enum EndGave {
    MayEdit(PageName, Result<Option<bool>, HttpError>),
    Labels(PageName, Result<BTreeSet<String>, HttpError>),
    Versions(PageName, Result<Vec<Version>, HttpError>),
    Merge(Result<CommitFacts, HttpError>),
}

fn look_at_the_ends(run: Run<'_>, seen: &mut Seen) {
    let situation = seen.situation(run);
    let labelled = situation.pages_to_label();
    let edited: BTreeSet<PageName> =
        situation.pages_with_closing_tasks().into_iter().chain(labelled.iter().copied()).collect();
    let mut reads: Vec<EndRead> = edited.into_iter().map(EndRead::MayEdit).collect();
    reads.extend(labelled.into_iter().map(EndRead::Labels));
    let undated = merge::undated(run, seen);
    if let Some(commit) = merge::unread(seen).filter(|_| !undated.is_empty()) {
        reads.push(EndRead::Merge(commit));
    }
    reads.extend(undated.into_iter().map(EndRead::Versions));
    let confluence = run.confluence;
    let merged = seen.merge.as_ref().and_then(|merge| merge.date);
    let enough = |version: Version| merged.is_some_and(|merged| version.at <= merged);
    let gave = http::map(&reads, |read| match read {
        EndRead::MayEdit(page) => EndGave::MayEdit(*page, confluence.may_edit(*page)),
        EndRead::Labels(page) => EndGave::Labels(*page, confluence.labels(*page)),
        EndRead::Versions(page) => EndGave::Versions(*page, confluence.versions(*page, enough)),
        EndRead::Merge(commit) => EndGave::Merge(run.bitbucket.commit(commit)),
    });
    let mut versions = Vec::new();
    for gave in gave {
        match gave {
            EndGave::Versions(page, Ok(read)) => versions.push((page, read)),
            EndGave::Merge(Ok(merge)) => seen.merge = Some(merge),
            // The row says so later.
            EndGave::Versions(_, Err(error)) | EndGave::Merge(Err(error)) => seen.resolution.failures.push(error),
            EndGave::MayEdit(page, Ok(answer)) => drop(seen.edits.insert(page, MayEdit::of(answer))),
            EndGave::MayEdit(page, Err(error)) => {
                seen.edits.insert(page, MayEdit::NotKnown);
                seen.resolution.failures.push(error);
            }
            EndGave::Labels(page, Ok(labels)) => drop(seen.labels.insert(page, labels)),
            EndGave::Labels(_, Err(error)) => seen.resolution.failures.push(error),
        }
    }
    seen.versions = merge::current_then(seen, &versions);
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
