//! The round trips of a lookup, each from what was answered before it. A round trip without requests costs nothing.

use std::collections::BTreeSet;

use crate::confluence::{Content, ContentStatus, SpaceName, Term, queries, queries_of_ids};
use crate::ids::{ContentId, PageKind, PageName, SpaceKey};
use crate::mention::{ContentKind, Mention, Source, Target};

use super::jira;
use super::matching::{self, led_here_before};
use super::policy::{self, may_be_shown};
use super::request::Request;
use super::{Answers, Lookup, MAX_PAGES, MAX_WRITTEN_PAGES, MentionOutcome};

/// One round trip: what to ask now.
pub(super) type RoundTrip = fn(&Lookup<'_>, &Answers) -> Vec<Request>;

/// All of them, in their order.
pub(super) const ALL: [RoundTrip; 6] = [mentioned, missing, corrected, undescribed, details, at_merge];

/// How many index pages have their comments read in the first round trip. Of the twelve places that one service has, three
/// stay for a search and two bulk answers; the other comments are read while nothing else is.
const FIRST_COMMENTS: usize = 9;

/// How many pages one request for tasks names.
const TASK_PAGES: usize = 50;

/// What the mentions and the index name, in bulk, and what Jira links to the keys.
pub(super) fn mentioned(lookup: &Lookup<'_>, _: &Answers) -> Vec<Request> {
    let asked = Asked::of(lookup);
    let mut requests: Vec<Request> = queries(&asked.terms).into_iter().map(Request::Search).collect();
    requests.extend(asked.by_id());
    if !asked.spaces.is_empty() {
        requests.push(Request::SpaceHomes(asked.spaces.iter().cloned().collect()));
    }
    if lookup.row.is_some() {
        requests.extend(lookup.index.iter().take(FIRST_COMMENTS).map(|page| Request::Comments(*page)));
    }
    requests.extend(jira::keys(lookup).into_iter().map(Request::RemoteLinks));
    requests
}

/// What the bulk answers did not hold, and what Jira alone names.
pub(super) fn missing(lookup: &Lookup<'_>, answers: &Answers) -> Vec<Request> {
    let asked = Asked::of(lookup);
    let missing = asked.missing(answers);
    // The names of so many pages that are not there are noise.
    let missing = missing.get(..lookup.most).unwrap_or(&missing);
    let homes = asked.spaces.iter().filter_map(|space| answers.home_of(space));
    let homes: Vec<ContentId> = homes.filter(|id| !answers.contents.contains_key(id)).collect();
    let mut requests: Vec<Request> = missing.iter().map(|name| Request::Single(*name)).collect();
    requests.extend(queries_of_ids(&asked.waiting(answers)).into_iter().map(Request::Index));
    let ids: Vec<ContentId> = missing.iter().map(|name| name.id).collect();
    requests.extend(ids.chunks(100).map(|chunk| Request::Types(chunk.to_vec())));
    if !homes.is_empty() {
        requests.push(Request::Contents(PageKind::Page, homes.clone()));
        requests.extend(queries_of_ids(&homes).into_iter().map(Request::Index));
    }
    requests.extend(left_out_by_search(answers));
    let linked: Vec<ContentId> = matching::linked_in_jira(lookup, answers).into_iter().collect();
    if !linked.is_empty() {
        let kinds = [PageKind::Page, PageKind::BlogPost];
        requests.extend(kinds.map(|kind| Request::Contents(kind, linked.clone())));
        requests.extend(queries_of_ids(&linked).into_iter().map(Request::Index));
    }
    requests
}

/// The bulk answers of pages whose space or last change search left out. v2 has both.
fn left_out_by_search(answers: &Answers) -> impl Iterator<Item = Request> {
    let lacks = |content: &&Content| {
        let SpaceName { id, key, .. } = &content.space;
        content.changed.is_none() || (id.is_none() && key.is_none())
    };
    [PageKind::Page, PageKind::BlogPost].into_iter().filter_map(move |kind| {
        let of_kind = answers.contents.values().filter(lacks).filter(|content| content.name.kind == kind);
        let ids: Vec<ContentId> = of_kind.map(|content| content.name.id).collect();
        (!ids.is_empty()).then_some(Request::Contents(kind, ids))
    })
}

/// What is asked for once more in other words. A URL can show a blog post as a page, and search returns its kind unless it
/// fails.
pub(super) fn corrected(lookup: &Lookup<'_>, answers: &Answers) -> Vec<Request> {
    let renamed = under_other_names(lookup, answers);
    let mut requests: Vec<Request> = queries(&renamed).into_iter().map(Request::Search).collect();
    let posts: Vec<ContentId> =
        answers.blog_posts.iter().filter(|id| !answers.contents.contains_key(id)).copied().collect();
    if !posts.is_empty() {
        requests.push(Request::Contents(PageKind::BlogPost, posts));
    }
    requests
}

/// The keys and titles without a page in a space that has another name too, as far as a page that was read shows both.
/// Atlassian says that search takes both names. That was never measured.
fn under_other_names(lookup: &Lookup<'_>, answers: &Answers) -> BTreeSet<(SpaceKey, Term)> {
    if answers.space_names().all(|space| space.names().count() < 2) {
        return BTreeSet::new();
    }
    let outcomes = matching::decide(lookup, answers).outcomes;
    let unfound = lookup.mentions.iter().zip(outcomes).filter(|(_, outcome)| match outcome {
        MentionOutcome::NoPage | MentionOutcome::NotVisible => true,
        MentionOutcome::Linked(_) | MentionOutcome::Ambiguous(_) => false,
        MentionOutcome::LeftOut | MentionOutcome::NotRead => false,
    });
    let mut wanted = BTreeSet::new();
    for (space, term) in unfound.filter_map(|(mention, _)| searched(mention)) {
        let names = answers.space_names().filter(|name| name.is(&space)).flat_map(SpaceName::names);
        wanted.extend(names.filter(|name| **name != space).map(|name| (name.clone(), term.clone())));
    }
    wanted
}

/// What search is asked for, and in which space.
fn searched(mention: &Mention) -> Option<(SpaceKey, Term)> {
    match &mention.target {
        Target::Key { key, space } => Some((space.clone(), Term::Key(key.clone()))),
        Target::Titled { space, title } => Some((space.clone(), Term::Title(title.clone()))),
        Target::SpaceHome { .. } | Target::Content { .. } | Target::Board { .. } => None,
    }
}

/// Whether [`missing`] left a mentioned page out. One that only an index names counts for nothing.
pub(super) fn leaves_out(lookup: &Lookup<'_>, answers: &Answers) -> bool {
    let mentioned = Asked::of(&Lookup { index: &[], ..*lookup });
    mentioned.missing(answers).iter().any(|page| !answers.asked.contains(&page.id))
}

/// What the answers so far left out: v2 does not say labels, restrictions or the space's key, and search may lag.
pub(super) fn undescribed(_: &Lookup<'_>, answers: &Answers) -> Vec<Request> {
    let mut requests = Vec::new();
    let mut spaces = BTreeSet::new();
    for content in answers.contents.values() {
        if content.labels.is_none() {
            requests.push(Request::Labels(content.name));
        }
        if content.restriction.is_none() {
            requests.push(Request::Restriction(content.name));
        }
        if content.ancestors.is_none() {
            requests.push(Request::Ancestors(content.name));
        }
        if content.space.key.is_none() || content.space.alias.is_none() {
            spaces.extend(content.space.id);
        }
    }
    if !spaces.is_empty() {
        requests.push(Request::SpaceNames(spaces.into_iter().collect()));
    }
    requests
}

/// What stands above the pages, and everything else of those that were found.
fn details(lookup: &Lookup<'_>, answers: &Answers) -> Vec<Request> {
    let outcomes = matching::decide(lookup, answers).outcomes;
    let found = found(&outcomes);
    let pages: BTreeSet<PageName> = found.iter().copied().collect();
    let mut requests = above(answers, &to_be_shown(lookup, answers, &found), lookup.most);
    // A pull request that names more is written on its own side only.
    let may_write = pages.len() <= MAX_WRITTEN_PAGES;
    let is_writable = |page: &&PageName| may_write && is_writable(**page, lookup, answers);
    if lookup.row.is_some() {
        let writable = pages.iter().filter(is_writable);
        let index = lookup.index.iter().skip(FIRST_COMMENTS);
        let unread: BTreeSet<PageName> =
            writable.chain(index).filter(|page| !answers.comments.contains_key(page)).copied().collect();
        requests.extend(unread.into_iter().map(Request::Comments));
    }
    if lookup.wants.may_comment {
        let without_ours = |page: &&PageName| {
            !lookup.index.contains(page) || answers.comments_on(**page).is_some_and(|comments| comments.is_empty())
        };
        let writable = pages.iter().filter(is_writable);
        requests.extend(writable.filter(without_ours).map(|page| Request::MayComment(*page)));
    }
    let with_tasks = pages.iter().filter(|page| matching::has_mentioned_tasks(**page, lookup.mentions, &outcomes));
    let with_tasks: Vec<PageName> = with_tasks.copied().collect();
    requests.extend(with_tasks.chunks(TASK_PAGES).map(|chunk| Request::Tasks(chunk.to_vec())));
    let kept = kept_by_key(lookup, answers, &outcomes);
    requests.extend(for_requirements(lookup, &pages.union(&kept).copied().collect()));
    let merge = lookup.wants.merge.filter(|merge| merge.date.is_none() && !undated(lookup, answers, &found).is_empty());
    requests.extend(merge.map(|merge| Request::MergeCommit(merge.commit.clone())));
    requests
}

/// The pages that keep their row because a key that led there is still mentioned. They count for requirements too.
fn kept_by_key(lookup: &Lookup<'_>, answers: &Answers, outcomes: &[MentionOutcome]) -> BTreeSet<PageName> {
    let unresolved = matching::unresolved_keys(lookup.mentions, outcomes);
    let led_here = |page: &&PageName| unresolved.iter().any(|key| led_here_before(**page, key, lookup, answers));
    lookup.index.iter().filter(led_here).copied().collect()
}

/// Search lags and may be wrong about a page for a minute, so requirements use the page itself.
fn for_requirements(lookup: &Lookup<'_>, pages: &BTreeSet<PageName>) -> Vec<Request> {
    let wants = lookup.wants;
    let mut requests = Vec::new();
    if wants.fresh {
        for kind in [PageKind::Page, PageKind::BlogPost] {
            let ids: Vec<ContentId> = pages.iter().filter(|page| page.kind == kind).map(|page| page.id).collect();
            requests.extend((!ids.is_empty()).then_some(Request::Fresh(kind, ids)));
        }
    }
    if wants.labels {
        requests.extend(pages.iter().map(|page| Request::FreshLabels(*page)));
    }
    if wants.state {
        requests.extend(pages.iter().map(|page| Request::State(page.id)));
    }
    requests
}

/// The versions of the pages whose row will say merged and does not say yet at which version.
fn at_merge(lookup: &Lookup<'_>, answers: &Answers) -> Vec<Request> {
    let date = answers.merge_date(lookup);
    let found = found(&matching::decide(lookup, answers).outcomes);
    let undated = undated(lookup, answers, &found).into_iter().filter(|_| date.is_some());
    undated.map(|page| Request::Versions(page, date)).collect()
}

/// The pages that have or may get a row, and whose row does not say the version at the merge.
fn undated(lookup: &Lookup<'_>, answers: &Answers, found: &[PageName]) -> BTreeSet<PageName> {
    let (Some(_), Some(row)) = (lookup.wants.merge, lookup.row) else { return BTreeSet::new() };
    let all = found.iter().chain(lookup.index).copied();
    let is_undated = |page: &PageName| {
        let comments = answers.comments_on(*page).into_iter().flatten();
        let rows: Vec<_> = comments.filter_map(|comment| comment.row(row)).collect();
        // A page that only an index names counts for nothing until our row is seen there.
        let may_get_one = found.contains(page) || !answers.comments.contains_key(page);
        let has_one = may_get_one && is_writable(*page, lookup, answers) || !rows.is_empty();
        has_one && rows.iter().all(|row| row.version_at_merge.is_none())
    };
    all.filter(is_undated).collect()
}

/// The pages that the mentions lead to so far, in order of appearance, as many as one pull request is linked to.
pub(super) fn found(outcomes: &[MentionOutcome]) -> Vec<PageName> {
    let mut pages: Vec<PageName> = Vec::new();
    for page in outcomes.iter().flat_map(MentionOutcome::pages) {
        if pages.len() < MAX_PAGES && !pages.contains(&page) {
            pages.push(page);
        }
    }
    pages
}

fn is_writable(page: PageName, lookup: &Lookup<'_>, answers: &Answers) -> bool {
    let content = answers.contents.get(&page.id);
    content.is_some_and(|content| policy::is_writable(content, lookup.policy))
}

/// The pages of which more than a link may be shown, as far as they themselves say.
pub(super) fn to_be_shown(lookup: &Lookup<'_>, answers: &Answers, found: &[PageName]) -> Vec<ContentId> {
    let all = found.iter().chain(lookup.index).map(|page| page.id);
    let shown = |id: &ContentId| answers.contents.get(id).is_some_and(|it| may_be_shown(it, lookup.policy));
    let mut ids: Vec<ContentId> = Vec::new();
    for id in all.filter(shown) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// The restrictions of what stands above these pages, each once, at most so many.
pub(super) fn above(answers: &Answers, pages: &[ContentId], most: usize) -> Vec<Request> {
    unread_above(answers, pages).into_iter().take(most).map(Request::Above).collect()
}

/// How many restrictions above these pages were not asked for.
pub(super) fn not_asked_above(answers: &Answers, pages: &[ContentId]) -> usize {
    unread_above(answers, pages).iter().filter(|id| !answers.asked_above.contains(id)).count()
}

fn unread_above(answers: &Answers, pages: &[ContentId]) -> Vec<ContentId> {
    let mut ids: Vec<ContentId> = Vec::new();
    for content in pages.iter().filter_map(|page| answers.contents.get(page)) {
        for id in content.ancestors.iter().flatten() {
            if answers.restriction_of(*id).is_none() && !ids.contains(id) {
                ids.push(*id);
            }
        }
    }
    ids
}

/// What is asked for in bulk.
#[derive(Default)]
struct Asked {
    terms: BTreeSet<(SpaceKey, Term)>,
    pages: BTreeSet<ContentId>,
    blog_posts: BTreeSet<ContentId>,
    spaces: BTreeSet<SpaceKey>,
    /// Ids that only the index names. As a rule their keys are still there and the search for those finds them, so that
    /// search is not asked for the ids too until it has answered. It finds no page that Jira led to.
    indexed: BTreeSet<ContentId>,
}

impl Asked {
    fn of(lookup: &Lookup<'_>) -> Self {
        let mut asked = Self::default();
        for mention in lookup.mentions {
            match &mention.target {
                Target::Key { .. } | Target::Titled { .. } => asked.terms.extend(searched(mention)),
                Target::SpaceHome { space } => drop(asked.spaces.insert(space.clone())),
                Target::Content { id, kind } => {
                    if *kind != Some(ContentKind::BlogPost) {
                        asked.pages.insert(*id);
                    }
                    if *kind != Some(ContentKind::Page) {
                        asked.blog_posts.insert(*id);
                    }
                }
                Target::Board { .. } => {}
            }
        }
        let named: BTreeSet<ContentId> = asked.pages.union(&asked.blog_posts).copied().collect();
        if !asked.terms.is_empty() && lookup.jira == Source::Ignored {
            asked.indexed = lookup.index.iter().map(|page| page.id).filter(|id| !named.contains(id)).collect();
        }
        for page in lookup.index {
            match page.kind {
                PageKind::Page => asked.pages.insert(page.id),
                PageKind::BlogPost => asked.blog_posts.insert(page.id),
            };
        }
        asked
    }

    fn by_id(&self) -> Vec<Request> {
        let both = self.pages.union(&self.blog_posts).filter(|id| !self.indexed.contains(id));
        let both: Vec<ContentId> = both.copied().collect();
        let mut requests: Vec<Request> = queries_of_ids(&both).into_iter().map(Request::Index).collect();
        for (kind, ids) in [(PageKind::Page, &self.pages), (PageKind::BlogPost, &self.blog_posts)] {
            if !ids.is_empty() {
                requests.push(Request::Contents(kind, ids.iter().copied().collect()));
            }
        }
        requests
    }

    /// Ids that search is asked for after all. It never finds archived pages.
    fn waiting(&self, answers: &Answers) -> Vec<ContentId> {
        let known = self.indexed.iter().filter_map(|id| answers.contents.get(id));
        let undescribed = known.filter(|it| it.labels.is_none() && it.status == ContentStatus::Current);
        undescribed.map(|content| content.name.id).collect()
    }

    /// Ids that the bulk answers do not hold: drafts, boards, or nothing the account can see.
    fn missing(&self, answers: &Answers) -> Vec<PageName> {
        let unseen = |id: &&ContentId| !answers.contents.contains_key(id) && !answers.unread.contains(id);
        let pages = self.pages.iter().filter(unseen).map(|id| PageName { id: *id, kind: PageKind::Page });
        let posts = self.blog_posts.iter().filter(unseen).filter(|id| !self.pages.contains(id));
        pages.chain(posts.map(|id| PageName { id: *id, kind: PageKind::BlogPost })).collect()
    }
}
