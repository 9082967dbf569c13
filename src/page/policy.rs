//! What may be shown of a page, and may it be written?

use std::collections::BTreeSet;

use crate::confluence::{Content, ContentStatus, LastChange, Restriction};
use crate::ids::SpaceKey;

/// Which spaces' pages may be titled and commented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spaces {
    /// All that the account can see.
    All,
    /// These.
    Only(BTreeSet<SpaceKey>),
}

/// Whose titles are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Titles {
    /// Those of pages that readers of the repository may see.
    Auto,
    /// None on the other side.
    Never,
}

/// Who can see the repository, and so what we write there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepositoryVisibility {
    /// Members.
    Private,
    /// Everybody.
    Public,
}

/// What may be shown and written.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Which spaces' pages may be titled and commented.
    pub spaces: Spaces,
    /// Whose titles are shown.
    pub titles: Titles,
    /// Who can see what is shown.
    pub visibility: RepositoryVisibility,
}

/// What may be shown of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Face {
    /// Everything.
    Shown {
        /// Its title; `None` when titles are not shown.
        title: Option<String>,
        /// Its space.
        space: Option<SpaceKey>,
        /// Its status.
        status: ContentStatus,
        /// Its last change.
        changed: Option<LastChange>,
        /// What people call its owner; `None` when that is not known, or titles are not shown.
        owner: Option<String>,
    },
    /// A link and a key, nothing else.
    Hidden,
}

/// Whether a page's space is among `SPACES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InSpaces {
    /// It is, or all spaces are.
    Yes,
    /// It is not.
    No,
    /// The space was not read.
    NotKnown,
}

/// Whether a page may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Writable,
    /// It is linked in the pull request only.
    ReadOnly(ReadOnly),
}

impl Standing {
    /// Whether a row that is there may be changed.
    pub fn takes_changes(self) -> bool {
        match self {
            Self::Writable => true,
            Self::ReadOnly(why) => !why.keeps_its_rows(),
        }
    }
}

/// Why a page is linked in the pull request only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadOnly {
    /// It carries the label `no-pr-links`.
    OptedOut,
    /// It is archived.
    Archived,
    /// It was never published.
    Draft,
    /// It is in the trash.
    Trashed,
    /// Its space is not among `SPACES`.
    OutsideSpaces,
    /// It takes no footer comments.
    Board,
    /// The pull request names too many pages.
    TooManyPages,
    /// Confluence refused a comment there.
    Refused,
    /// Confluence refused a comment there before, and whether it still does could not be asked.
    NotAsked,
    /// Its labels could not be read, so nobody knows whether it opted out.
    Unread,
    /// It was never linked to this pull request, and the action adds nothing new.
    NotBackfilled,
    /// It takes no changes, and why is not for the readers of the pull request.
    NotShown,
}

impl ReadOnly {
    /// Whether a row that is there may still be changed: not where the page itself takes no changes.
    pub fn keeps_its_rows(self) -> bool {
        match self {
            Self::OptedOut | Self::Archived | Self::Draft | Self::Trashed | Self::Board | Self::Unread => true,
            Self::NotShown => true,
            Self::OutsideSpaces | Self::TooManyPages | Self::Refused | Self::NotAsked | Self::NotBackfilled => false,
        }
    }

    /// The reason as one word of the receipt.
    pub fn word(self) -> &'static str {
        match self {
            Self::OptedOut => "opted-out",
            Self::Archived => "archived",
            Self::Draft => "draft",
            Self::Trashed => "trashed",
            Self::OutsideSpaces => "outside-spaces",
            Self::Board => "board",
            Self::TooManyPages => "too-many-pages",
            Self::Refused => "refused",
            Self::NotAsked => "not-asked",
            Self::Unread => "unread",
            Self::NotBackfilled => "not-backfilled",
            Self::NotShown => "not-shown",
        }
    }

    /// The reason as readers of the pull request may know it: a hidden page's status and labels are its own.
    fn as_told(self, face: &Face) -> Self {
        match self {
            Self::OptedOut | Self::Archived | Self::Draft | Self::Trashed if *face == Face::Hidden => Self::NotShown,
            Self::OptedOut
            | Self::Archived
            | Self::Draft
            | Self::Trashed
            | Self::OutsideSpaces
            | Self::Board
            | Self::TooManyPages
            | Self::Refused
            | Self::Unread
            | Self::NotBackfilled
            | Self::NotAsked
            | Self::NotShown => self,
        }
    }
}

/// Whether readers of the repository may know of a page more than its link, if nothing restricts viewing it.
pub(super) fn is_for_readers(content: &Content, policy: &Policy) -> bool {
    policy.visibility == RepositoryVisibility::Private && is_inside(content, policy)
}

fn is_inside(content: &Content, policy: &Policy) -> bool {
    in_spaces(Some(content), policy) == InSpaces::Yes
}

/// Of a page that may not have been read.
pub(super) fn in_spaces(content: Option<&Content>, policy: &Policy) -> InSpaces {
    let Spaces::Only(keys) = &policy.spaces else { return InSpaces::Yes };
    match content.and_then(|content| content.space.key.as_ref()) {
        Some(key) if keys.contains(key) => InSpaces::Yes,
        Some(_) => InSpaces::No,
        None => InSpaces::NotKnown,
    }
}

/// Whether a page is shown if nothing above it is restricted.
pub(super) fn may_be_shown(content: &Content, policy: &Policy) -> bool {
    face(content, Restriction::Open, policy) != Face::Hidden
}

/// What nobody said to be open is hidden: a restriction that could not be read hides too.
pub(super) fn face(content: &Content, inherited: Restriction, policy: &Policy) -> Face {
    let open = content.restriction == Some(Restriction::Open) && inherited == Restriction::Open;
    if !open || !is_for_readers(content, policy) {
        return Face::Hidden;
    }
    let (title, owner) = match policy.titles {
        Titles::Auto => (Some(content.title.clone()), content.owner_name().map(str::to_owned)),
        Titles::Never => (None, None),
    };
    let (space, changed) = (content.space.key.clone(), content.changed.clone());
    Face::Shown { title, space, status: content.status, changed, owner }
}

pub(super) fn standing(content: &Content, face: &Face, policy: &Policy) -> Standing {
    let opted_out = content.labels.as_ref().is_some_and(|labels| labels.contains("no-pr-links"));
    let why = match content.status {
        _ if opted_out => ReadOnly::OptedOut,
        ContentStatus::Archived => ReadOnly::Archived,
        ContentStatus::Draft => ReadOnly::Draft,
        ContentStatus::Trashed => ReadOnly::Trashed,
        ContentStatus::Current if !is_inside(content, policy) => ReadOnly::OutsideSpaces,
        ContentStatus::Current if content.labels.is_none() => ReadOnly::Unread,
        ContentStatus::Current => return Standing::Writable,
    };
    Standing::ReadOnly(why.as_told(face))
}
