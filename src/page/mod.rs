//! Mentions → pages: what is known of each page that a pull request mentions, or that an index names.
//!
//! [`look_up`] sends the round trips of `trips`, stores the answers, and lets `describe` make one [`Page`] each. What is
//! decided never rests on search alone: search lags and does not see archived pages, so pages of an index are read by id.

mod answers;
mod comments;
mod copies;
mod describe;
mod jira;
mod matching;
mod policy;
mod request;
mod survey;
mod trips;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::bitbucket::Bitbucket;
use crate::confluence::{Confluence, ContentStatus, Task};
use crate::http::HttpError;
use crate::ids::{CommitHash, Key, PageName, Site, SpaceId, TaskId};
use crate::mention::{ContentKind, Grammar, Mention, Origins, Source};
use crate::refusal::Refusal;
use crate::surface::page_comment::OurComment;
use crate::surface::page_row::{Row, RowKey};

use answers::Answers;
pub(crate) use answers::ReadFailure;
pub(crate) use comments::{CommentsUnknown, our_comments};
pub(crate) use matching::key_of;
pub(crate) use policy::{
    CreatePolicy, InSpaces, Policy, ReadOnly, RepositoryVisibility, Spaces, Titles, Visibility, Writability,
};
pub(crate) use survey::{Access, Presence, Survey, Surveyed, survey};
pub(crate) use words::{kind_word, subject_word, target_word};

/// The most pages one pull request is linked to.
pub(crate) const MAX_PAGES: usize = 50;

/// A pull request that names more pages than this gets its comment, but no page is written.
pub(crate) const MAX_WRITTEN_PAGES: usize = 20;

/// What a lookup is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookup<'a> {
    /// The mentions whose pages are looked up.
    pub mentions: &'a [Mention],
    /// Pages to look at although nothing may mention them: an index or a search named them.
    pub index: &'a [PageName],
    /// Which row to look for on the pages; `None` to read no comments.
    pub row: Option<&'a RowKey>,
    pub site: &'a Site,
    /// What counts as a mention.
    pub grammar: &'a Grammar,
    /// Whether the Jira issues of keys are read.
    pub jira: Source,
    /// What may be written and shown.
    pub policy: Policy<'a>,
    /// Whether pages without a comment of ours get one.
    pub creates: CreatePolicy,
    /// What else to read of the pages.
    pub wants: Wants<'a>,
    /// The most that is asked for one by one, of missing pages and of what stands above the others: each costs a request.
    pub most: usize,
}

/// The most that is asked for one by one for one pull request.
pub(crate) const MAX_ONE_BY_ONE: usize = 50;

/// What else to read of the pages that were found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wants<'a> {
    /// Whether a page without a comment of ours accepts one.
    pub may_comment: bool,
    /// Status and space, at this moment.
    pub fresh: bool,
    pub labels: bool,
    pub state: bool,
    /// The merge, to find the page versions that were current then.
    pub merge: Option<Merge<'a>>,
}

/// The merge of a pull request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Merge<'a> {
    pub commit: &'a CommitHash,
    /// When it was made, as far as that is known already.
    pub date: Option<Timestamp>,
}

/// A page or board of one pull request: everything that is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub subject: Subject,
    /// Where people see it.
    pub url: String,
    /// How and where it is mentioned, in order of appearance; empty when only an index or our row led to it.
    pub mentions: Vec<NamedBy>,
    /// What may be shown of it.
    pub visibility: Visibility,
    /// Whether it may be written.
    pub writability: Writability,
    /// What decides about it, even if it may not be shown.
    pub attributes: Attributes,
    /// Our comments on it, as read.
    pub comments: Vec<OurComment>,
    /// What they say of this pull request.
    pub row: Option<Row>,
    /// The keys of the row that are still mentioned and lead to no page now.
    pub unresolved_keys: BTreeSet<Key>,
    /// The numbers of its tasks that are mentioned.
    pub mentioned_tasks: BTreeSet<TaskId>,
    /// The numbers of its tasks that the pull request closes.
    pub closed_tasks: BTreeSet<TaskId>,
    /// Its tasks; `None` when they could not be read.
    pub tasks: Option<Vec<Task>>,
    /// The version that was current at the merge.
    pub version_at_merge: Option<u32>,
    /// Whether everything that decides about its row was read.
    pub reading: PageReading,
}

/// Whether a page was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageReading {
    /// The page and our comments on it were read.
    Complete,
    /// Nothing of it may be seen: it was deleted, or is hidden from the account.
    NotVisible,
    Failed,
    /// It was read, and our comments on it are not known: it is left as it is.
    CommentsUnknown,
}

impl PageReading {
    /// Whether something that decides about the page is missing.
    pub(crate) fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::CommentsUnknown)
    }
}

/// What decides about a page, even if it may not be shown. `None` is what was not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub status: Option<ContentStatus>,
    /// Whether its space is one of those that count.
    pub in_spaces: InSpaces,
    /// Its labels at this moment, in lower case; read for a requirement only.
    pub labels: Option<BTreeSet<String>>,
    /// The name of its content state; read for a requirement only.
    pub state: Option<String>,
}

/// What a mention leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// A page or blog post.
    Page(PageName),
    /// A whiteboard, database, slide, folder or embed, by its kind and id.
    Board(ContentKind, String),
}

impl Subject {
    /// Its id and kind, unless it is a board.
    pub(crate) fn page(&self) -> Option<PageName> {
        match self {
            Self::Page(page) => Some(*page),
            Self::Board(..) => None,
        }
    }
}

/// How a page is mentioned, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedBy {
    /// The key, if it was one.
    pub key: Option<Key>,
    /// Where.
    pub origins: Origins,
}

impl Page {
    /// Its id and kind, unless it is a board.
    pub(crate) fn name(&self) -> Option<PageName> {
        self.subject.page()
    }

    /// Whether a text mentions it.
    pub(crate) fn is_mentioned(&self) -> bool {
        !self.mentions.is_empty()
    }

    /// Whether more than a link to it may be shown.
    pub(crate) fn is_shown(&self) -> bool {
        matches!(self.visibility, Visibility::Shown { .. })
    }

    /// Its title, if that may be shown.
    pub(crate) fn shown_title(&self) -> Option<&str> {
        match &self.visibility {
            Visibility::Shown { title, .. } => title.as_deref(),
            Visibility::LinkOnly => None,
        }
    }

    /// What people call it, as far as it may be shown: its title, else a key or its number.
    pub(crate) fn title(&self) -> String {
        words::title(self)
    }
}

/// What a mention led to, or why to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MentionOutcome {
    Linked(Vec<Subject>),
    /// A key without a page: most often another tool's key.
    NoPage,
    /// A key that several titles hold; none is linked.
    Ambiguous(Vec<PageName>),
    /// A page that does not exist, or that the account cannot see: Confluence does not say which.
    NotVisible,
    /// Past our limit.
    LeftOut,
    /// Asked, and not answered.
    NotRead,
}

impl MentionOutcome {
    /// What it led to.
    pub(crate) fn subjects(&self) -> &[Subject] {
        match self {
            Self::Linked(subjects) => subjects,
            Self::NoPage | Self::Ambiguous(_) | Self::NotVisible | Self::LeftOut | Self::NotRead => &[],
        }
    }

    /// The pages among them.
    pub(crate) fn pages(&self) -> impl Iterator<Item = PageName> + '_ {
        self.subjects().iter().filter_map(Subject::page)
    }
}

/// All pages of a pull request, and what is known of the lookup as a whole.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    /// The mentioned ones in order of first appearance, then those that only an index named.
    pub pages: Vec<Page>,
    /// What became of each mention, in their order.
    pub outcomes: Vec<MentionOutcome>,
    /// What could not be read.
    pub failures: Vec<ReadFailure>,
    /// What could not be read, so that less is shown.
    pub hiding: Vec<HttpError>,
    /// Whether a limit of ours left something unread.
    pub cut: bool,
    /// How many pages are past our limit.
    pub left_out: usize,
    /// How many restrictions above the pages were not read, past our limit.
    pub unread_ancestors: usize,
    /// Keys with more than five pages, by their label or in their Jira issue.
    pub crowded: Vec<Key>,
    /// Keys that lead to pages because their Jira issue links them.
    pub by_jira: BTreeSet<Key>,
    /// Why the credential can't read Jira, if it can't.
    pub jira_refusal: Option<Refusal>,
    /// Keys of a configured prefix that led to no page.
    pub without_page: Vec<Key>,
}

impl Pages {
    /// Those that a text mentions.
    pub(crate) fn mentioned(&self) -> impl Iterator<Item = &Page> {
        self.pages.iter().filter(|page| page.is_mentioned())
    }

    /// The page of this name.
    pub(crate) fn find(&self, name: PageName) -> Option<&Page> {
        self.pages.iter().find(|page| page.name() == Some(name))
    }

    /// Whether everything that was asked for was read: only then may a row go because nothing mentions its page.
    pub(crate) fn is_complete(&self) -> bool {
        self.failures.is_empty() && !self.cut && self.left_out == 0 && self.crowded.is_empty()
    }
}

/// Where lookups go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Services<'a> {
    pub confluence: &'a Confluence,
    pub bitbucket: &'a Bitbucket,
}

/// Reads what is known of the pages in question, round trip by round trip. `known` says what is known of a page's comments
/// after they were listed.
pub(crate) fn look_up(
    services: Services<'_>,
    lookup: &Lookup<'_>,
    known: impl Fn(PageName, Vec<OurComment>) -> Vec<OurComment>,
) -> Pages {
    let mut answers = Answers::default();
    for trip in trips::ALL {
        let requests = trip(lookup, &answers);
        answers.record_all(services, &requests);
    }
    answers.cut |= trips::leaves_out(lookup, &answers);
    answers.count_unknown_comments();
    answers.drop_filled_gaps();
    answers.update_comments(known);
    describe::describe(lookup, answers)
}

type ById<T> = BTreeMap<crate::ids::ContentId, T>;

/// What a page itself says at this moment.
#[derive(Clone, Copy, Debug)]
struct Fresh {
    status: ContentStatus,
    space: Option<SpaceId>,
}
