//! Requests about pages and their answers: one type each for all round trips.

use std::collections::{BTreeMap, BTreeSet};

use crate::bitbucket::CommitFacts;
use crate::confluence::{Content, RemoteLinks, Restriction, Space, Task, Version};
use crate::http::HttpError;
use crate::ids::{CommitHash, ContentId, Key, PageKind, PageName, SpaceId, SpaceKey};
use crate::surface::page_comment::OurComment;

use super::{CommentsUnknown, Fresh, Services, our_comments};

/// One read, independent of its neighbors in the same round trip.
#[derive(Clone, Debug)]
pub(super) enum Request {
    /// Candidates for keys and titles.
    Search(String),
    /// What v2 does not say of pages known by id.
    Index(String),
    /// Pages or blog posts by id, in bulk.
    Contents(PageKind, Vec<ContentId>),
    SpaceHomes(Vec<SpaceKey>),
    /// One page that the bulk answer left out: a draft, a board, or nothing the account can see.
    Single(PageName),
    Types(Vec<ContentId>),
    Labels(PageName),
    Restriction(PageName),
    Ancestors(PageName),
    /// The restriction of content above a page.
    Above(ContentId),
    SpaceNames(Vec<SpaceId>),
    /// Our comments on a page.
    Comments(PageName),
    MayComment(PageName),
    Tasks(Vec<PageName>),
    /// Status and space of pages at this moment, for a requirement.
    Fresh(PageKind, Vec<ContentId>),
    /// Labels at this moment, for a requirement.
    FreshLabels(PageName),
    State(ContentId),
    MergeCommit(CommitHash),
    /// The versions of a page, the newest first, back to the merge if its date is known.
    Versions(PageName, Option<jiff::Timestamp>),
    /// The pages that people linked in the Jira issue of a key.
    RemoteLinks(Key),
}

#[derive(Debug)]
pub(super) enum Answer {
    Contents { contents: Vec<Content>, cut: bool },
    Spaces(Vec<Space>),
    Types(BTreeMap<ContentId, String>),
    Labels(PageName, BTreeSet<String>),
    Restriction(PageName, Restriction),
    Ancestors(PageName, Option<Vec<ContentId>>),
    Above(ContentId, Restriction),
    Comments(PageName, Result<Vec<OurComment>, CommentsUnknown>),
    MayComment(PageName, Option<bool>),
    Tasks(Vec<PageName>, Vec<Task>),
    Fresh(Vec<(ContentId, Fresh)>),
    FreshLabels(PageName, BTreeSet<String>),
    State(ContentId, String),
    MergeCommit(CommitFacts),
    Versions(PageName, Vec<Version>),
    RemoteLinks(Key, RemoteLinks),
}

impl Request {
    pub(super) fn send(&self, services: Services<'_>) -> Result<Answer, HttpError> {
        let Services { confluence, bitbucket } = services;
        Ok(match self {
            Self::Search(cql) | Self::Index(cql) => {
                let searched = confluence.search_pages(cql)?;
                Answer::Contents { contents: searched.contents, cut: searched.cut }
            }
            Self::Contents(kind, ids) => Answer::Contents { contents: confluence.contents(*kind, ids)?, cut: false },
            Self::SpaceHomes(keys) => Answer::Spaces(confluence.spaces_by_key(keys)?),
            Self::Single(name) => {
                Answer::Contents { contents: confluence.content(*name)?.into_iter().collect(), cut: false }
            }
            Self::Types(ids) => Answer::Types(confluence.types(ids)?),
            Self::Labels(name) => Answer::Labels(*name, confluence.labels(*name)?),
            Self::Restriction(name) => Answer::Restriction(*name, confluence.restriction(name.id)?),
            Self::Ancestors(name) => Answer::Ancestors(*name, confluence.ancestors(name.id)?),
            Self::Above(id) => Answer::Above(*id, confluence.restriction(*id)?),
            Self::SpaceNames(ids) => Answer::Spaces(confluence.spaces_by_id(ids)?),
            Self::Comments(page) => Answer::Comments(*page, our_comments(confluence, *page)),
            Self::MayComment(page) => Answer::MayComment(*page, confluence.may_comment(*page)?),
            Self::Tasks(pages) => Answer::Tasks(pages.clone(), confluence.tasks(pages)?),
            Self::Fresh(kind, ids) => {
                let contents = confluence.contents(*kind, ids)?.into_iter();
                let fresh = |it: Content| (it.name.id, Fresh { status: it.status, space: it.space.id });
                Answer::Fresh(contents.map(fresh).collect())
            }
            Self::FreshLabels(page) => Answer::FreshLabels(*page, confluence.labels(*page)?),
            Self::State(id) => Answer::State(*id, confluence.state(*id)?),
            Self::MergeCommit(commit) => Answer::MergeCommit(bitbucket.commit(commit)?),
            Self::Versions(page, merged) => {
                let enough = |version: Version| merged.is_some_and(|merged| version.at <= merged);
                Answer::Versions(*page, confluence.versions(*page, enough)?)
            }
            Self::RemoteLinks(key) => Answer::RemoteLinks(key.clone(), confluence.remote_links(key)?),
        })
    }
}
