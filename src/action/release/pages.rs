//! The pages of a release: those that its texts mention, and those with a row of one of its pull requests.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range as Span;

use jiff::Timestamp;

use crate::bitbucket::{Commit, Commits, ListEnd};
use crate::ids::{Key, PageName, PullRequestId, ReleaseName, RepositoryUuid};
use crate::link;
use crate::mention::{self, Closing, Mention, Origin, Source, Text};
use crate::page::{self, MentionOutcome, Presence, Subject, Survey, Visibility, key_of, kind_word};
use crate::report::{Failure, PageResult, number};
use crate::run::Run;
use crate::surface::page_row::{KeySource, LeadingKey};
use crate::texts;

use super::contents::{Link, Links};
use super::range::{Part, Range};
use crate::action::found_rows::{self, FoundRows};

/// The most mentions that are followed for one release.
const MAX_MENTIONS: usize = 10_000;

/// Everything that is known of the pages of a release.
#[derive(Debug)]
pub(super) struct Pages {
    /// One for each pull request, in their order.
    pub(super) parts: Vec<Leads>,
    /// One for each direct push, by the place of its commit.
    pub(super) pushes: BTreeMap<usize, Leads>,
    pub(super) survey: Survey,
    /// The rows of this repository that a search found.
    pub(super) rows: FoundRows,
    pub(super) failures: Vec<Failure>,
}

/// The pages that one pull request or commit leads to.
#[derive(Debug, Default)]
pub(super) struct Leads {
    /// The mentioned ones, each with the keys that led there.
    pub(super) mentioned: BTreeMap<Subject, BTreeSet<LeadingKey>>,
    /// Pages that only a row names.
    pub(super) rows: BTreeSet<PageName>,
    /// All keys that are mentioned, whatever they lead to.
    pub(super) keys: BTreeSet<Key>,
    /// The pages on which a task is closed.
    pub(super) closing: BTreeSet<PageName>,
    /// Whether these are all.
    pub(super) are_complete: bool,
}

/// The mentions of one pull request or commit.
struct Said {
    mentions: Vec<Mention>,
    is_complete: bool,
}

/// Looks up the pages of these pull requests and direct pushes.
pub(super) fn look_up(
    run: Run<'_>,
    release: Option<&ReleaseName>,
    range: &Range,
    parts: &[Part],
    direct: &BTreeSet<usize>,
) -> Pages {
    let said = said(run, range, parts, direct);
    let rows = found_rows::search(run, repository(run, parts), range.begin().map(|begin| days_since(run, begin)));
    if rows.failures.iter().any(|failure| failure.is_rate_limit) {
        return Pages { failures: rows.failures.clone(), rows, ..unread(run, range, parts, direct) };
    }
    let ids: BTreeSet<PullRequestId> = parts.iter().map(|part| part.merged.id()).collect();
    let is_relevant = |id: PullRequestId, releases: &[String]| {
        ids.contains(&id) || release.is_some_and(|release| releases.iter().any(|name| name == release.as_str()))
    };
    let index: BTreeSet<PageName> =
        rows.rows.iter().filter(|(_, row)| is_relevant(row.name.id, &row.releases)).map(|(page, _)| *page).collect();
    let index: Vec<PageName> = index.into_iter().collect();
    let mentions: Vec<Mention> =
        said.iter().flat_map(|said| said.mentions.iter().cloned()).take(MAX_MENTIONS).collect();
    let mut failures = rows.failures.clone();
    let survey = survey(run, &mentions, &index, &mut failures);
    let mut pages = assemble(&said, &mentions, survey, parts, direct);
    for (leads, part) in pages.parts.iter_mut().zip(parts).filter(|(_, part)| !part.merged.pull_request.is_fork()) {
        let is_there = |page: &PageName| pages.survey.pages.get(page).is_some_and(|it| it.presence == Presence::There);
        let found = rows.pages(part.merged.id()).into_iter().filter(is_there);
        leads.rows = found.filter(|page| !leads.mentioned.contains_key(&Subject::Page(*page))).collect();
    }
    Pages { rows, failures, ..pages }
}

/// The same without a request: what is mentioned is not known.
pub(super) fn unread(run: Run<'_>, range: &Range, parts: &[Part], direct: &BTreeSet<usize>) -> Pages {
    let said = said(run, range, parts, direct);
    let mentions: Vec<Mention> = said.iter().flat_map(|said| said.mentions.iter().cloned()).collect();
    let outcomes = vec![MentionOutcome::NotRead; mentions.len()];
    assemble(&said, &mentions, Survey { outcomes, ..Survey::default() }, parts, direct)
}

fn said(run: Run<'_>, range: &Range, parts: &[Part], direct: &BTreeSet<usize>) -> Vec<Said> {
    let of_parts = parts.iter().map(|part| of_part(run, range, part));
    of_parts.chain(direct.iter().map(|place| of_commit(run, range, *place))).collect()
}

fn assemble(said: &[Said], mentions: &[Mention], survey: Survey, parts: &[Part], direct: &BTreeSet<usize>) -> Pages {
    let mut begin = 0;
    let mut leads = said.iter().map(|said| {
        let end = begin + said.mentions.len();
        let leads = leads_of(said, mentions, &survey, begin..end);
        begin = end;
        leads
    });
    let of_parts: Vec<Leads> = leads.by_ref().take(parts.len()).collect();
    let pushes: BTreeMap<usize, Leads> = direct.iter().copied().zip(leads).collect();
    Pages { parts: of_parts, pushes, survey, rows: FoundRows::default(), failures: Vec::new() }
}

/// The identity of the repository, by a pull request or by the pipeline.
pub(super) fn repository<'a>(run: Run<'a>, parts: &'a [Part]) -> Option<&'a RepositoryUuid> {
    let of_parts =
        parts.iter().find_map(|part| part.merged.pull_request.destination_repository.as_ref()?.uuid.as_ref());
    of_parts.or(run.pipeline.repository_uuid.as_ref())
}

fn days_since(run: Run<'_>, begin: Timestamp) -> u32 {
    let hours = run.clock.wall().duration_since(begin).as_hours().max(0);
    u32::try_from(hours / 24).unwrap_or(u32::MAX).saturating_add(2)
}

fn of_part(run: Run<'_>, range: &Range, part: &Part) -> Said {
    let pull_request = &part.merged.pull_request;
    let commits = part.commits.iter().filter_map(|place| range.commits().get(*place));
    let commit = |commit: &crate::bitbucket::RangeCommit| Commit {
        hash: Some(commit.hash.clone()),
        message: commit.message.clone(),
        parents: commit.parents.len(),
    };
    let commits = match run.config.sources.commits {
        Source::Ignored => Commits::none(),
        Source::Read => Commits { commits: commits.map(commit).collect(), end: ListEnd::Complete },
    };
    let (found, gaps) = texts::find(pull_request, commits, run.config.sources, &run.config.grammar);
    if pull_request.is_fork() || found.skip.is_some() {
        return Said { mentions: Vec::new(), is_complete: true };
    }
    Said { mentions: found.mentions, is_complete: gaps.is_empty() }
}

fn of_commit(run: Run<'_>, range: &Range, place: usize) -> Said {
    let commit = range.commits().get(place).filter(|_| run.config.sources.commits == Source::Read);
    let Some(commit) = commit else { return Said { mentions: Vec::new(), is_complete: true } };
    let found = mention::detect(&[Text { origin: Origin::Commit(0), body: &commit.message }], &run.config.grammar);
    let mut mentions = found.mentions;
    let is_complete = mentions.len() <= texts::MAX_MENTIONS && found.cut_commits.is_empty();
    mentions.truncate(texts::MAX_MENTIONS);
    Said { mentions, is_complete }
}

fn survey(run: Run<'_>, mentions: &[Mention], index: &[PageName], failures: &mut Vec<Failure>) -> Survey {
    let (site, grammar) = (&run.config.site, &run.config.grammar);
    // A page is missing only if the account is let in.
    let refused = if mentions.is_empty() && index.is_empty() { None } else { run.confluence.account().err() };
    if let Some(error) = refused {
        failures.push(Failure::of_service(&error));
        return Survey { outcomes: vec![MentionOutcome::NotRead; mentions.len()], ..Survey::default() };
    }
    let survey = page::survey(run.services(), mentions, index, site, grammar, &run.policy());
    failures.extend(survey.failures.iter().map(|failed| failed.failure.clone()));
    for error in &survey.hiding {
        run.audit.note(None, &link::not_shown(error));
    }
    survey
}

fn leads_of(said: &Said, mentions: &[Mention], survey: &Survey, span: Span<usize>) -> Leads {
    let mut leads = Leads { are_complete: said.is_complete && span.end <= mentions.len(), ..Leads::default() };
    for at in span {
        let (Some(mention), Some(outcome)) = (mentions.get(at), survey.outcomes.get(at)) else { continue };
        let key = key_of(mention);
        leads.keys.extend(key.clone());
        let subjects = match outcome {
            MentionOutcome::Linked(subjects) => subjects,
            MentionOutcome::NotRead | MentionOutcome::LeftOut => {
                leads.are_complete = false;
                continue;
            }
            MentionOutcome::NoPage | MentionOutcome::Ambiguous(_) | MentionOutcome::NotVisible => continue,
        };
        if let ([Subject::Page(page)], true) =
            (subjects.as_slice(), mention.tasks.values().any(|it| *it == Closing::Closes))
        {
            leads.closing.insert(*page);
        }
        for subject in subjects {
            let leading = key.clone().map(|key| LeadingKey { key, source: KeySource::Page });
            leads.mentioned.entry(subject.clone()).or_default().extend(leading);
        }
    }
    leads
}

impl Pages {
    /// What was not read, in sentences.
    pub(super) fn unread(&self, parts: &[Part]) -> Vec<String> {
        let unread = parts.iter().zip(&self.parts).filter(|(_, leads)| !leads.are_complete);
        let ids: Vec<String> = unread.map(|(part, _)| format!("#{}", part.merged.id())).collect();
        let of_parts =
            (!ids.is_empty()).then(|| format!("Not all pages of these pull requests are known: {}.", ids.join(", ")));
        let pushes = self.pushes.values().filter(|leads| !leads.are_complete).count();
        let of_pushes = (pushes > 0)
            .then(|| format!("Not all pages of {} are known.", number(pushes, "direct push", "direct pushes")));
        let of_search = (self.rows.capped || !self.rows.failures.is_empty())
            .then(|| "Pages that only a row names may be missing.".to_owned());
        of_parts.into_iter().chain(of_pushes).chain(of_search).collect()
    }
}

impl Leads {
    /// The pages, without boards.
    pub(super) fn pages(&self) -> impl Iterator<Item = PageName> + '_ {
        let mentioned = self.mentioned.keys().filter_map(|subject| match subject {
            Subject::Page(page) => Some(*page),
            Subject::Board(..) => None,
        });
        mentioned.chain(self.rows.iter().copied())
    }

    /// The same for the files, each with what became of it.
    pub(super) fn links(&self, survey: &Survey, result: impl Fn(PageName) -> Option<PageResult>) -> Links {
        let rows = self.rows.iter().map(|page| Subject::Page(*page));
        let subjects = self.mentioned.keys().cloned().chain(rows);
        let links = subjects.filter_map(|subject| match subject {
            Subject::Page(page) => {
                let surveyed = survey.pages.get(&page)?;
                let (title, space) = match &surveyed.visibility {
                    Visibility::Shown { title, space, .. } => (title.clone(), space.as_ref().map(ToString::to_string)),
                    Visibility::LinkOnly => (None, None),
                };
                let (kind, id, url) = (page.kind.word(), page.id.to_string(), surveyed.url.clone());
                Some(Link { kind, id, url, title, space, result: result(page) })
            }
            Subject::Board(kind, ref id) => {
                let url = survey.boards.get(&subject)?.clone();
                Some(Link { kind: kind_word(kind), id: id.clone(), url, title: None, space: None, result: None })
            }
        });
        Links { links: links.collect(), are_complete: self.are_complete }
    }
}
