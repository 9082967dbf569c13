//! What does a run say of what it saw? Each sentence once.

use std::collections::BTreeSet;

use crate::audit::{Event, Outcome, Why, WriteFacts};
use crate::bitbucket::PullRequestState;
use crate::context::{self, Gap, NotRead};
use crate::http::HttpError;
use crate::mention::{KeyRule, Naming};
use crate::page::{self, Fate, Linked, ReadOnly, Standing};
use crate::plan::gate::Verdict;
use crate::plan::{self, LeftUndone, Output, Stated};
use crate::report::Failure;
use crate::surface::pull_request_comment::Candidate;

use super::look::Seen;
use super::{Run, judge, keys};

/// Says what was found, each sentence once in a run.
pub(super) fn tell(run: Run<'_>, seen: &Seen, told: &mut BTreeSet<String>) {
    for event in events(run, seen) {
        if told.insert(event.to_string()) {
            run.audit.note(Some(seen.name.id), &event);
        }
    }
    for event in keys::inconsistent(run, seen, &seen.missing_spaces) {
        run.audit.note_once(&event);
    }
}

fn events(run: Run<'_>, seen: &Seen) -> Vec<Event> {
    if seen.fork {
        return vec![Event::Fork];
    }
    let mut events = Vec::new();
    match seen.context.pull_request.state {
        PullRequestState::Declined => events.push(Event::Closed { state: "declined" }),
        PullRequestState::Superseded => events.push(Event::Closed { state: "superseded" }),
        PullRequestState::Open | PullRequestState::Draft | PullRequestState::Merged | PullRequestState::Unknown => {
            events.extend(seen.context.found.skip.map(|_| Event::Skip));
        }
    }
    events.extend(seen.context.gaps.iter().map(gap));
    events.extend(share_links(seen));
    if seen.context.found.mentions.is_empty() && seen.context.gaps.is_empty() && events.is_empty() {
        events.push(Event::NoMention { told: no_mention(run, &seen.naming(run)) });
    }
    events.extend(of_mentions(seen));
    events.extend(seen.resolution.linked.iter().map(|linked| found(linked, run.intent.outputs.page_comment)));
    if seen.resolution.cut {
        let what = "So much is named, or found, that not all of it was asked for or read".to_owned();
        events.push(Event::Incomplete { what: Why::from(what) });
    }
    if seen.resolution.left_out > 0 {
        events.push(Event::LeftOut { count: seen.resolution.left_out });
    }
    events.extend(seen.resolution.crowded.iter().map(|key| Event::CrowdedKey { key: key.clone() }));
    let kept = seen.resolution.kept.iter();
    events.extend(kept.map(|(page, kept)| Event::Kept { page: page.to_string(), why: kept.why.word() }));
    if matches!(seen.verdict, Some(Verdict::Unmet(_))) {
        let url = seen.name.url();
        let comment = |candidate: &Candidate| format!("{url}#comment-{}", candidate.id);
        let comments: Vec<String> = seen.candidates.iter().map(comment).collect();
        let doubtful = seen.doubtful.iter().map(ToString::to_string);
        events.extend(doubtful.map(|page| Event::Doubtful { page, comments: comments.clone() }));
    }
    let told = events.iter().any(|event| matches!(event, Event::Closed { .. } | Event::Skip));
    if run.intent.outputs.page_comment == Output::On && run.intent.stated != Stated::Gone && !told {
        events.extend(seen.resolution.leaving.iter().map(|page| Event::Leaving { page: page.to_string() }));
    }
    events.extend(seen.report_failure.iter().map(|error| Event::NoReport {
        why: Why::from(&Failure::of(error)),
        request_id: error.request_id().map(str::to_owned),
    }));
    events.extend(seen.resolution.hiding.iter().map(not_shown));
    if seen.resolution.not_looked_at > 0 {
        events.push(Event::NotShown { why: Why::from(left_out(seen.resolution.not_looked_at)), request_id: None });
    }
    events.extend(failed(seen));
    let situation = seen.situation(run);
    let left = |place| {
        move |LeftUndone { page, what, why }| {
            let write = WriteFacts::unsent(place, page.map(|page| page.to_string()), what);
            Event::write(Outcome::LeftUndone, write, Some(Why::from(why.to_owned())), None)
        }
    };
    events.extend(situation.tasks_left().into_iter().map(left("task")));
    events.extend(situation.labels_left().into_iter().map(left("label")));
    let state = seen.context.pull_request.state;
    events.extend(seen.verdict.as_ref().and_then(|verdict| judge::event(verdict, judge::holds(verdict, state))));
    events
}

fn share_links(seen: &Seen) -> Option<Event> {
    let written: Vec<String> = seen.share_links().map(|(written, _)| written.clone()).collect();
    (!written.is_empty()).then_some(Event::ShareLinks { count: written.len(), written })
}

fn no_mention(run: Run<'_>, naming: &Naming) -> String {
    let example = match &run.config.grammar.keys {
        KeyRule::None => None,
        KeyRule::Any => Some("ENG-123".to_owned()),
        KeyRule::Configured(prefixes) => prefixes.keys().next().map(|prefix| format!("{prefix}-123")),
    };
    let places = if run.config.sources.are_all() {
        "Branch, title, description and commit messages"
    } else {
        "The places in SOURCES"
    };
    let Some(advice) = naming.advice(example.as_deref()) else {
        let nothing = "with SOURCES and KEY_PREFIXES as they are, nothing can name one";
        return format!("{places} name no Confluence page: {nothing}");
    };
    let but = match (naming.holds_ignored_key, example) {
        (true, _) => "; in the description a key counts only if KEY_PREFIXES names its prefix",
        (false, None) => "; by KEY_PREFIXES no key counts",
        (false, Some(_)) => "",
    };
    format!("{places} name no Confluence page: to link one, {advice}{but}")
}

/// What is said where the question failed that tells whether pages may be shown.
pub(crate) fn not_shown(error: &HttpError) -> Event {
    Event::NotShown { why: Why::from(&Failure::of_page(error)), request_id: error.request_id().map(str::to_owned) }
}

fn left_out(count: usize) -> String {
    format!(
        "{count} more pages and folders stand above those that are linked than are looked at; what is below them is \
         shown by its link only"
    )
}

fn found(linked: &Linked, output: Output) -> Event {
    let by = linked.mentions.iter().map(|mention| {
        let how = mention.key.as_ref().map_or_else(|| "link".to_owned(), ToString::to_string);
        format!("{how} in {}", plan::places(&mention.origins))
    });
    Event::Linked {
        page: page::subject_word(&linked.subject),
        by: by.collect(),
        name: plan::name(linked),
        read_only: read_only_words(linked.standing, output),
    }
}

fn gap(gap: &Gap) -> Event {
    let what = match gap {
        Gap::MoreCommits => format!("There are more commits than the {} that are read", context::MAX_COMMITS),
        Gap::CommitsFailed(error) => {
            let Why { said, kept } = Why::from(&Failure::of(error));
            let what = |why| format!("Not all commits could be read: {why}");
            return Event::Incomplete { what: Why { said: what(said), kept: what(kept) } };
        }
        Gap::MoreReferences(count) => {
            format!("{count} more mentions are named than the {} that are followed", context::MAX_MENTIONS)
        }
        Gap::NotRead(NotRead::NoCredential) => {
            "There is no Bitbucket credential, so of the pull request only its branch name is known".to_owned()
        }
        Gap::NotRead(NotRead::TurnedAway(status)) => format!(
            "Bitbucket answered {status} to a reader without a credential, so of the pull request only its branch name \
             is known"
        ),
        Gap::LongMessages(count) => format!("{count} commit messages are longer than is read"),
    };
    Event::Incomplete { what: Why::from(what) }
}

fn of_mentions(seen: &Seen) -> Vec<Event> {
    let mut events = Vec::new();
    let (mut without, mut not_read, mut written) = (Vec::new(), Vec::new(), Vec::new());
    for (mention, fate) in seen.mentions.iter().zip(&seen.resolution.fates) {
        let key = page::key_of(mention);
        match (fate, key) {
            (Fate::NoPage, Some(key)) => without.push(key),
            (Fate::Ambiguous(pages), Some(key)) => {
                let pages = pages.iter().map(ToString::to_string).collect();
                events.push(Event::AmbiguousKey { key, pages });
            }
            (Fate::NotVisible, None) => {
                let written = mention.written.clone();
                events.push(Event::NotVisible { mention: page::target_word(&mention.target), written });
            }
            (Fate::NotRead, key) => {
                not_read.push(page::target_word(&mention.target));
                written.push(key.map_or_else(|| mention.written.clone(), |key| key.to_string()));
            }
            (Fate::Linked(_) | Fate::LeftOut | Fate::NoPage, _)
            | (Fate::Ambiguous(_), None)
            | (Fate::NotVisible, Some(_)) => {}
        }
    }
    if !without.is_empty() {
        events.push(Event::KeysWithoutPage { keys: without });
    }
    if !not_read.is_empty() {
        events.push(Event::NotRead { mentions: not_read, written });
    }
    events
}

fn read_only_words(standing: Standing, output: Output) -> Option<&'static str> {
    match standing {
        Standing::Writable if output == Output::On => None,
        Standing::Writable => Some("PAGE_OUTPUT does not hold `comment`"),
        Standing::ReadOnly(why) => Some(match why {
            ReadOnly::OptedOut => "it is labelled no-pr-links",
            ReadOnly::Archived => "it is archived",
            ReadOnly::Draft => "it is a draft: publish it and run this step again",
            ReadOnly::Trashed => "it is in the trash",
            ReadOnly::OutsideSpaces => "its space is not known to be in SPACES",
            ReadOnly::Board => "it takes no comments",
            ReadOnly::TooManyPages => "more than 20 pages are named",
            ReadOnly::Unread => "its labels could not be read",
            ReadOnly::NotBackfilled => {
                "it was never linked before: run ACTION `backfill` once to add comments to such pages"
            }
            ReadOnly::NotAsked => "it took no comment before, and whether it does now could not be asked",
            ReadOnly::NotShown => "it takes no comment from this pipe; who may view it sees why",
            ReadOnly::Refused => "the Confluence account may not comment there: grant it \"Add comment\" in the space",
        }),
    }
}

fn failed(seen: &Seen) -> Vec<Event> {
    let event = |what: &str, failure: Failure, error: Option<&HttpError>| Event::Failed {
        what: what.to_owned(),
        why: Why::from(&failure),
        request_id: error.and_then(HttpError::request_id).map(str::to_owned),
    };
    let of = |what: &'static str| move |error| event(what, Failure::of_page(error), Some(error));
    let resolving = seen.resolution.failures.iter().map(of("look up pages"));
    let tasks = seen.tasks_failure.iter().map(of("read the tasks of pages"));
    let pages = seen
        .unknown
        .iter()
        .map(|(page, unknown)| event(&format!("read the comments on {page}"), Failure::of_unknown(unknown), None));
    resolving.chain(tasks).chain(pages).collect()
}
