//! The pages that commits without a pull request mention.

use std::collections::BTreeSet;

use crate::ids::PageKind;
use crate::link;
use crate::mention::{self, Origin, Source, Text};
use crate::page::{self, MentionOutcome, Page, Question, Subject, Visibility, Wants, kind_word};
use crate::report::Failure;
use crate::run::Run;
use crate::texts::MAX_MENTIONS;

use super::contents::{DirectPush, Link, Links};
use super::range::Range;

/// So many mentions are looked up at once: no more pages than one pull request may have.
const CHUNK: usize = page::MAX_PAGES;

/// Finds the pages that these commits mention, and what failed.
pub(super) fn pushes(run: Run<'_>, range: &Range, places: &BTreeSet<usize>) -> (Vec<DirectPush>, Vec<Failure>) {
    let push = |place: &usize| DirectPush { place: *place, links: Links { links: Vec::new(), are_complete: true } };
    let mut pushes: Vec<DirectPush> = places.iter().map(push).collect();
    if run.config.sources.commits == Source::Ignored {
        return (pushes, Vec::new());
    }
    let commits = pushes.iter().filter_map(|push| range.commits().get(push.place)).enumerate();
    let texts: Vec<Text<'_>> =
        commits.map(|(place, commit)| Text { origin: Origin::Commit(place), body: &commit.message }).collect();
    let found = mention::detect(&texts, &run.config.grammar);
    let (followed, left) = found.mentions.split_at(found.mentions.len().min(MAX_MENTIONS));
    let mut unread: BTreeSet<usize> = found.cut_commits.iter().copied().collect();
    unread.extend(left.iter().flat_map(|mention| &mention.origins.commits));
    let mut failures = Vec::new();
    // A page is missing only when we are let in.
    let refused = if followed.is_empty() { None } else { run.confluence.account().err() };
    if let Some(error) = &refused {
        failures.push(Failure::of_service(error));
        unread.extend(followed.iter().flat_map(|mention| &mention.origins.commits));
    }
    let policy = run.policy();
    let (site, keys) = (&run.config.site, &run.config.grammar.keys);
    for chunk in followed.chunks(CHUNK).filter(|_| refused.is_none()) {
        let question = Question {
            mentions: chunk,
            index: &[],
            row: None,
            site,
            keys,
            policy: &policy,
            wants: Wants::default(),
            most: page::MAX_ONE_BY_ONE,
        };
        let resolution = page::resolve(run.services(), question);
        failures.extend(resolution.failures.iter().map(|failed| failed.failure.clone()));
        for error in &resolution.hiding {
            run.audit.note(None, &link::not_shown(error));
        }
        let outcomes = chunk.iter().zip(&resolution.outcomes);
        let not_read =
            outcomes.filter(|(_, outcome)| matches!(outcome, MentionOutcome::NotRead | MentionOutcome::LeftOut));
        unread.extend(not_read.flat_map(|(mention, _)| &mention.origins.commits));
        for linked in &resolution.pages {
            let places: BTreeSet<usize> =
                linked.mentions.iter().flat_map(|mention| mention.origins.commits.iter().copied()).collect();
            for place in places {
                pushes.get_mut(place).into_iter().for_each(|push| push.links.links.push(link_to(linked)));
            }
        }
    }
    for place in unread {
        pushes.get_mut(place).into_iter().for_each(|push| push.links.are_complete = false);
    }
    (pushes, failures)
}

fn link_to(linked: &Page) -> Link {
    let (kind, id) = match &linked.subject {
        Subject::Page(page) => (page_kind(page.kind), page.id.to_string()),
        Subject::Board(kind, board) => (kind_word(*kind), board.clone()),
    };
    let (title, space) = match &linked.visibility {
        Visibility::Shown { title, space, .. } => (title.clone(), space.as_ref().map(ToString::to_string)),
        Visibility::LinkOnly => (None, None),
    };
    Link { kind, id, url: linked.url.clone(), title, space, result: None }
}

fn page_kind(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Page => "page",
        PageKind::BlogPost => "blogpost",
    }
}
