//! Everything that was answered about the pages in question, by id.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::bitbucket::CommitFacts;
use crate::confluence::{Content, Restriction, Space, SpaceName, Task, Version, Viewers};
use crate::http::{self, HttpError};
use crate::ids::{ContentId, PageName, SpaceKey};
use crate::mention::ContentKind;
use crate::refusal::Refusal;
use crate::report::Failure;
use crate::surface::page_comment::OurComment;

use super::jira::Jira;
use super::request::{Answer, Request};
use super::{ById, CommentsUnknown, Fresh, Lookup, Services, words};

/// What was read. Each answer is stored once.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) contents: ById<Content>,
    /// Ids that turned out to be boards.
    pub(super) boards: ById<ContentKind>,
    /// Ids that turned out to be blog posts.
    pub(super) blog_posts: BTreeSet<ContentId>,
    pub(super) unread: BTreeSet<ContentId>,
    /// Ids that were asked for one by one.
    pub(super) asked: BTreeSet<ContentId>,
    /// Whether viewing is restricted on what stands above the pages, as far as it was asked for.
    pub(super) above: ById<Restriction>,
    /// What was asked for above the pages.
    pub(super) asked_above: BTreeSet<ContentId>,
    pub(super) spaces: Vec<Space>,
    /// Our comments on the pages that were asked for.
    pub(super) comments: BTreeMap<PageName, Result<Vec<OurComment>, CommentsUnknown>>,
    pub(super) may_comment: BTreeMap<PageName, bool>,
    pub(super) tasks: ById<Vec<Task>>,
    pub(super) fresh: ById<Fresh>,
    pub(super) labels: ById<BTreeSet<String>>,
    pub(super) states: ById<String>,
    pub(super) merge: Option<CommitFacts>,
    pub(super) versions: BTreeMap<PageName, Vec<Version>>,
    pub(super) jira: Jira,
    /// Whether a search for keys and titles failed.
    search_failed: bool,
    /// Whether search had more hits than were read, or something else was left out.
    pub(super) cut: bool,
    pub(super) failures: Vec<ReadFailure>,
    /// Reads that failed and without which less is shown.
    pub(super) hiding: Vec<HttpError>,
}

/// A read that failed: what it was for, and why.
#[derive(Debug)]
pub(crate) struct ReadFailure {
    /// The end of "Could not …".
    pub what: String,
    /// Why, and what to do.
    pub failure: Failure,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

impl Answers {
    /// Whether every lookup succeeded, so that a page that isn't here is known to be missing.
    pub(super) fn is_complete(&self) -> bool {
        self.failures.is_empty() && !self.cut
    }

    /// Whether search listed everything that it has for the keys.
    pub(super) fn are_searched(&self) -> bool {
        !self.search_failed && !self.cut
    }

    /// The names of all spaces that were read.
    pub(super) fn space_names(&self) -> impl Iterator<Item = &SpaceName> {
        let of_pages = self.contents.values().map(|content| &content.space);
        of_pages.chain(self.spaces.iter().map(|space| &space.name))
    }

    /// The home page of the space that a text means by `key`.
    pub(super) fn home_of(&self, key: &SpaceKey) -> Option<ContentId> {
        self.spaces.iter().filter(|space| space.name.is(key)).find_map(|space| space.home)
    }

    /// Our comments on a page, as far as they were read.
    pub(super) fn comments_on(&self, page: PageName) -> Option<&Vec<OurComment>> {
        self.comments.get(&page)?.as_ref().ok()
    }

    /// Puts what is known of the pages' comments in the place of what was read: a list may lag behind a write.
    pub(super) fn update_comments(&mut self, known: impl Fn(PageName, Vec<OurComment>) -> Vec<OurComment>) {
        for (page, comments) in &mut self.comments {
            if let Ok(comments) = comments {
                *comments = known(*page, std::mem::take(comments));
            }
        }
    }

    /// Sends the requests of one round trip, as many at once as the services take, and stores what comes back.
    pub(super) fn record_all(&mut self, services: Services<'_>, requests: &[Request]) {
        for (request, answer) in requests.iter().zip(http::map(requests, |request| request.send(services))) {
            match request {
                Request::Single(page) => drop(self.asked.insert(page.id)),
                Request::Above(id) => drop(self.asked_above.insert(*id)),
                _ => {}
            }
            match answer {
                Ok(answer) => self.record(answer),
                Err(error) => self.record_failure(request, error),
            }
        }
    }

    fn record(&mut self, answer: Answer) {
        match answer {
            Answer::Contents { contents, cut } => {
                self.cut |= cut;
                for content in contents {
                    let id = content.name.id;
                    self.contents.entry(id).and_modify(|known| merge(known, &content)).or_insert(content);
                }
            }
            Answer::Types(types) => {
                self.boards.extend(types.iter().filter_map(|(id, kind)| Some((*id, board_kind(kind)?))));
                self.blog_posts.extend(types.iter().filter(|(_, kind)| *kind == "blogpost").map(|(id, _)| *id));
            }
            Answer::Labels(name, labels) => self.amend(name.id, |content| content.labels = Some(labels)),
            Answer::Restriction(name, restriction) => {
                self.amend(name.id, |content| content.restriction = Some(restriction));
            }
            Answer::Ancestors(name, ancestors) => self.amend(name.id, |content| content.ancestors = ancestors),
            Answer::Above(id, restriction) => drop(self.above.insert(id, restriction)),
            Answer::Spaces(spaces) => {
                for content in self.contents.values_mut().filter(|content| content.space.id.is_some()) {
                    let space = spaces.iter().find(|space| space.name.id == content.space.id);
                    content.space = space.map_or_else(|| content.space.clone(), |space| space.name.clone());
                }
                self.spaces.extend(spaces);
            }
            Answer::Comments(page, comments) => drop(self.comments.insert(page, comments)),
            Answer::MayComment(page, allowed) => self.may_comment.extend(allowed.map(|allowed| (page, allowed))),
            Answer::Tasks(pages, tasks) => {
                for page in pages {
                    let of_page = tasks.iter().filter(|task| task.page == page.id).cloned().collect();
                    self.tasks.insert(page.id, of_page);
                }
            }
            Answer::Fresh(fresh) => self.fresh.extend(fresh),
            Answer::FreshLabels(page, labels) => drop(self.labels.insert(page.id, labels)),
            Answer::State(id, state) => drop(self.states.insert(id, state)),
            Answer::MergeCommit(merge) => self.merge = Some(merge),
            Answer::Versions(page, versions) => drop(self.versions.insert(page, versions)),
            Answer::RemoteLinks(key, links) => self.jira.record(key, links),
        }
    }

    fn amend(&mut self, id: ContentId, change: impl FnOnce(&mut Content)) {
        if let Some(content) = self.contents.get_mut(&id) {
            change(content);
        }
    }

    /// What a failed read means: some of them only hide something, the others make the observation incomplete. A
    /// credential that does not reach so far is always reported.
    fn record_failure(&mut self, request: &Request, error: HttpError) {
        if let Request::RemoteLinks(key) = request {
            return self.jira.record_failure(key, request.purpose(), &error);
        }
        let credential = Refusal::of(&error).is_some_and(|refusal| refusal.is_credential_error());
        let harmless = !credential && !error.is_out_of_budget();
        match request {
            // Without an answer the write shows whether it is allowed.
            Request::MayComment(_) if harmless => return,
            // Without its space a page cannot be a key's, which is no reason to unlink it.
            Request::SpaceNames(_) if harmless => {
                self.cut = true;
                return self.hiding.push(error);
            }
            Request::Index(_) | Request::Restriction(_) | Request::Ancestors(_) | Request::Above(_) if harmless => {
                return self.hiding.push(error);
            }
            Request::Search(_) => self.search_failed = true,
            Request::Single(name) => drop(self.unread.insert(name.id)),
            // A board isn't a page: while its type isn't known, it must not count as gone.
            Request::Contents(_, ids) | Request::Types(ids) => self.unread.extend(ids.iter().copied()),
            _ => {}
        }
        let request_id = error.request_id().map(str::to_owned);
        self.failures.push(ReadFailure { what: request.purpose(), failure: Failure::of_page(&error), request_id });
    }

    /// Counts comments that could not be read as failures, except on pages that the account can't see: a comment that
    /// names such a page must not cause a failure.
    pub(super) fn count_unknown_comments(&mut self) {
        let unknown = self.comments.iter().filter_map(|(page, read)| Some((page, read.as_ref().err()?)));
        for (page, unknown) in unknown {
            let is_there = match self.contents.get(&page.id) {
                Some(content) => content.name == *page,
                None => self.unread.contains(&page.id),
            };
            if is_there || !unknown.is_not_found() {
                let (failure, request_id) = (unknown.failure(), unknown.request_id());
                self.failures.push(ReadFailure { what: words::read_comments(*page), failure, request_id });
            }
        }
    }

    /// Drops failures whose missing facts came with other answers: then nothing is hidden.
    pub(super) fn drop_filled_gaps(&mut self) {
        let is_known = |content: &Content| {
            let of_page = content.labels.is_some() && content.restriction.is_some();
            of_page && content.ancestors.is_some() && content.space.key.is_some()
        };
        let above = self.contents.values().flat_map(|content| content.ancestors.iter().flatten());
        let all_above = above.into_iter().all(|id| self.restriction_of(*id).is_some());
        if all_above && self.contents.values().all(is_known) {
            self.hiding.clear();
        }
    }

    /// Whether viewing some content is restricted on itself, as far as it was read.
    pub(super) fn restriction_of(&self, id: ContentId) -> Option<&Restriction> {
        let of_page = self.contents.get(&id).and_then(|content| content.restriction.as_ref());
        of_page.or_else(|| self.above.get(&id))
    }

    /// Whether a page inherits no restriction. True only when that is known of everything above it, and not from search
    /// alone when asking for the page itself failed: search lags.
    pub(super) fn is_open_above(&self, content: &Content) -> bool {
        let is_open = |id: &ContentId| self.restriction_of(*id) == Some(&Restriction::Open);
        content.ancestors.as_ref().is_some_and(|ancestors| ancestors.iter().all(is_open))
            && !self.unread.contains(&content.name.id)
    }

    /// The people who can view a restricted ancestor of a page, if one is known.
    pub(super) fn viewers_above(&self, content: &Content) -> Option<&Viewers> {
        content.ancestors.iter().flatten().find_map(|id| match self.restriction_of(*id)? {
            Restriction::Restricted(viewers) => Some(viewers),
            Restriction::Open => None,
        })
    }

    /// When the pull request was merged.
    pub(super) fn merge_date(&self, lookup: &Lookup<'_>) -> Option<Timestamp> {
        lookup.wants.merge?.date.or_else(|| self.merge.as_ref()?.date)
    }

    /// The version of a page that was current at the merge: the last one that is not younger than the merge commit, so a
    /// late run says the same as an early one.
    pub(super) fn version_at_merge(&self, page: PageName, lookup: &Lookup<'_>) -> Option<u32> {
        let merged = self.merge_date(lookup)?;
        let older = self.versions.get(&page)?.iter().filter(|version| version.at <= merged);
        older.map(|version| version.number).max()
    }
}

/// Joins two answers about one page. The v2 answer (the one without labels) is of this moment, search may lag.
fn merge(known: &mut Content, other: &Content) {
    let (fresh, indexed) = if known.labels.is_none() { (&*known, other) } else { (other, &*known) };
    let moved = matches!((fresh.space.id, indexed.space.id), (Some(now), Some(then)) if now != then);
    let named = if fresh.space.key.is_some() || moved { &fresh.space } else { &indexed.space };
    let space = SpaceName { id: fresh.space.id.or(indexed.space.id), ..named.clone() };
    let still_there = |ancestors: &Vec<ContentId>| fresh.parent.is_none_or(|parent| ancestors.contains(&parent));
    let ancestors = fresh.ancestors.clone().or_else(|| indexed.ancestors.clone().filter(still_there));
    *known = Content {
        name: fresh.name,
        title: fresh.title.clone(),
        status: fresh.status,
        space,
        changed: fresh.changed.clone().or_else(|| indexed.changed.clone()),
        labels: fresh.labels.clone().or_else(|| indexed.labels.clone()),
        restriction: fresh.restriction.clone().or_else(|| indexed.restriction.clone()),
        parent: fresh.parent.or(indexed.parent),
        owner: fresh.owner.clone().or_else(|| indexed.owner.clone()),
        owned_by: indexed.owned_by.clone().or_else(|| fresh.owned_by.clone()),
        ancestors,
    };
}

/// The kind of board a type name of the API means; `None` for pages, blog posts and everything else.
fn board_kind(name: &str) -> Option<ContentKind> {
    match name {
        "whiteboard" => Some(ContentKind::Whiteboard),
        "database" => Some(ContentKind::Database),
        "folder" => Some(ContentKind::Folder),
        "embed" => Some(ContentKind::Embed),
        _ => None,
    }
}
