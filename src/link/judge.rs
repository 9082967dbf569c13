//! May the pull request pass? What the gate asks beyond what linking reads, and what it comes to.
//!
//! Search lags and may be wrong about a page for a minute, so what the gate asks for is read from the page itself, beside
//! the last turn of reading.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::Event;
use crate::bitbucket::PullRequestState;
use crate::confluence::{Confluence, Content, ContentStatus};
use crate::context::Gap;
use crate::http::{self, HttpError};
use crate::ids::{ContentId, PageKind, PageName, SpaceId};
use crate::mention::Naming;
use crate::page::{self, Face, Fate, InSpaces, Kept, Linked, Resolution, Spaces};
use crate::plan::gate::{self, Page, Reach, Requirement, Requirements, Shown, Subject, Verdict};
use crate::plan::{self, PageState};

use super::look::{Seen, pages};
use super::{Held, Run};

/// What was read of the pages for the gate alone.
#[derive(Default)]
pub(super) struct Qualities {
    fresh: BTreeMap<ContentId, Fresh>,
    /// Pages whose space counts only as they themselves tell it now.
    placed: BTreeSet<ContentId>,
    labels: BTreeMap<ContentId, BTreeSet<String>>,
    states: BTreeMap<ContentId, String>,
    pub(super) failures: Vec<HttpError>,
}

/// What a page itself says at this moment.
#[derive(Clone, Copy)]
struct Fresh {
    status: ContentStatus,
    space: Option<SpaceId>,
}

/// One read, independent of its neighbours.
enum Read {
    Fresh(PageKind, Vec<ContentId>),
    Labels(PageName),
    State(ContentId),
}

enum Gave {
    Fresh(Vec<(ContentId, Fresh)>),
    Labels(ContentId, BTreeSet<String>),
    State(ContentId, String),
}

/// The verdict, if the pages need not be looked at.
pub(super) fn beforehand(run: Run<'_>, seen: &Seen) -> Option<Option<Verdict>> {
    let Some(requirements) = run.requirements else { return Some(None) };
    let pull_request = &seen.context.pull_request;
    let (state, author) = (pull_request.state, pull_request.author.as_ref());
    gate::beforehand(requirements, Subject { state, author, skip: seen.context.found.skip }).map(Some)
}

/// Reads what is asked of the linked pages.
pub(super) fn read(run: Run<'_>, requirements: &Requirements, resolution: &Resolution) -> Qualities {
    let confluence = run.confluence;
    let names: Vec<PageName> = judged(resolution).map(|(page, _)| page).collect();
    let asks = |wanted: fn(&Requirement) -> bool| requirements.each.iter().any(wanted);
    let mut reads = Vec::new();
    // Which space a page is in decides of what is asked of at least one.
    let of_spaces = run.config.spaces != Spaces::All
        && asks(|it| matches!(it, Requirement::Link | Requirement::Label(_) | Requirement::State(_)));
    if of_spaces || asks(|it| matches!(it, Requirement::Current)) {
        for kind in [PageKind::Page, PageKind::BlogPost] {
            let ids: Vec<ContentId> = names.iter().filter(|name| name.kind == kind).map(|name| name.id).collect();
            reads.extend((!ids.is_empty()).then_some(Read::Fresh(kind, ids)));
        }
    }
    if asks(|it| matches!(it, Requirement::Label(_))) {
        reads.extend(names.iter().map(|name| Read::Labels(*name)));
    }
    if asks(|it| matches!(it, Requirement::State(_))) {
        reads.extend(names.iter().map(|name| Read::State(name.id)));
    }
    let placed = names.iter().filter(|_| of_spaces).map(|name| name.id).collect();
    let mut qualities = Qualities { placed, ..Qualities::default() };
    for gave in http::map(&reads, |read| ask(confluence, read)) {
        match gave {
            Ok(Gave::Fresh(fresh)) => qualities.fresh.extend(fresh),
            Ok(Gave::Labels(id, labels)) => drop(qualities.labels.insert(id, labels)),
            Ok(Gave::State(id, state)) => drop(qualities.states.insert(id, state)),
            Err(error) => qualities.failures.push(error),
        }
    }
    qualities
}

fn ask(confluence: &Confluence, read: &Read) -> Result<Gave, HttpError> {
    Ok(match read {
        Read::Fresh(kind, ids) => {
            let contents = confluence.contents(*kind, ids)?;
            let fresh = |content: Content| (content.name.id, Fresh { status: content.status, space: content.space.id });
            Gave::Fresh(contents.into_iter().map(fresh).collect())
        }
        Read::Labels(name) => Gave::Labels(name.id, confluence.labels(*name)?),
        Read::State(id) => Gave::State(*id, confluence.state(*id)?),
    })
}

/// What everything that was read comes to.
pub(super) fn judge(requirements: &Requirements, seen: &Seen, qualities: &Qualities, naming: &Naming) -> Verdict {
    let of_page = |(name, linked): (PageName, &Linked)| {
        let id = name.id;
        let shown = match &linked.face {
            Face::Shown { .. } => Shown::Yes,
            Face::Hidden => Shown::No,
        };
        let fresh = qualities.fresh.get(&id);
        // A bulk answer holds no drafts, and who sees one was told so by the page itself.
        let draft = linked.own.status.filter(|status| *status == ContentStatus::Draft);
        // Search may still say where a page was that has just been moved.
        let moved = fresh.and_then(|fresh| fresh.space).zip(linked.own.space).is_some_and(|(now, then)| now != then);
        let unread = qualities.placed.contains(&id) && fresh.is_none() && draft.is_none();
        Page {
            name: plan::name(linked),
            shown,
            in_spaces: if moved || unread { InSpaces::NotKnown } else { linked.own.in_spaces },
            status: fresh.map(|fresh| fresh.status).or(draft),
            labels: qualities.labels.get(&id).cloned(),
            state: qualities.states.get(&id).cloned(),
        }
    };
    // What is remembered counts where our own row proves it: anybody may write a comment that remembers a page.
    let holds = |page: &PageName| seen.states.get(page) == Some(&PageState::Holds);
    let proven = |(page, _): &(PageName, &Linked)| !seen.resolution.kept.contains_key(page) || holds(page);
    let pages: Vec<Page> = judged(&seen.resolution).filter(proven).map(of_page).collect();
    gate::judge(requirements, &pages, reach(seen), naming)
}

/// The pages that count: those that are named, and those whose key still is. Boards are shown and not looked at.
fn judged(resolution: &Resolution) -> impl Iterator<Item = (PageName, &Linked)> {
    let kept = resolution.kept.iter().filter(|(_, kept)| kept.why == Kept::KeyStillNamed);
    pages(resolution).chain(kept.map(|(page, kept)| (*page, &kept.linked)))
}

/// Whether a verdict holds the pull request. A draft is told what it lacks, and nobody merges it yet.
pub(super) fn holds(verdict: &Verdict, state: PullRequestState) -> Held {
    match (verdict, state) {
        (Verdict::Unmet(_), PullRequestState::Draft) => Held::No,
        (Verdict::Unmet(_), _) => Held::Yes,
        (Verdict::NotAsked | Verdict::Exempt | Verdict::Waived(_) | Verdict::Met, _) => Held::No,
    }
}

/// What is said of a verdict; nothing when nothing was asked.
pub(super) fn event(verdict: &Verdict, held: Held) -> Option<Event> {
    let told = match (verdict, held) {
        (Verdict::NotAsked, _) => return None,
        (Verdict::Exempt, _) => "REQUIRE_EXEMPT names the author, so the gate does not hold".to_owned(),
        (Verdict::Met, _) => "The gate is met".to_owned(),
        (Verdict::Waived(place), _) => format!("The gate is waived: [skip confluence] is in the {}", place.word()),
        (Verdict::Unmet(_), held) => {
            let draft = match held {
                Held::Yes => "",
                Held::No => ", which does not hold a draft",
            };
            format!("The gate is not met{draft}. {}", verdict.sentences().join(" "))
        }
    };
    let waived_in = match verdict {
        Verdict::Waived(place) => Some(place.word()),
        Verdict::NotAsked | Verdict::Exempt | Verdict::Met | Verdict::Unmet(_) => None,
    };
    let unmet = verdict.reasons().iter().map(|reason| reason.requirement.to_string()).collect();
    Some(Event::Gate { verdict: verdict.word()?, unmet, held: held == Held::Yes, waived_in, told })
}

fn reach(seen: &Seen) -> Reach {
    let resolution = &seen.resolution;
    let unseen = |fate: &Fate| match fate {
        Fate::NotVisible | Fate::LeftOut | Fate::NotRead => true,
        Fate::Linked(_) | Fate::NoPage | Fate::Ambiguous(_) => false,
    };
    let named: BTreeSet<_> = seen.mentions.iter().filter_map(page::key_of).collect();
    let lost = resolution.kept.values().any(|kept| match kept.why {
        Kept::NotRead => true,
        // If nothing leads there any more, nobody could ever bring it back.
        Kept::Unreachable => {
            kept.linked.mentions.iter().any(|by| by.key.as_ref().is_some_and(|key| named.contains(key)))
        }
        Kept::Incomplete | Kept::KeyStillNamed | Kept::Frozen | Kept::NotWritten => false,
    });
    let gaps = &seen.context.gaps;
    let only_branch = !gaps.is_empty() && gaps.iter().all(|gap| matches!(gap, Gap::NotRead(_)));
    let whole = (gaps.is_empty() || only_branch)
        && resolution.failures.is_empty()
        && !resolution.cut
        && resolution.left_out == 0
        && resolution.crowded.is_empty()
        && !resolution.fates.iter().any(unseen)
        && !lost;
    match (whole, only_branch) {
        (true, false) => Reach::Whole,
        (true, true) => Reach::Branch,
        (false, _) => Reach::Part,
    }
}
