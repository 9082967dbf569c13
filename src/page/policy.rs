//! The parts of a page that may be shown, and whether it may be written.

use std::collections::BTreeSet;

use crate::confluence::{Content, ContentStatus, LastChange, Restriction};
use crate::ids::SpaceKey;

/// Which spaces' pages may be titled and commented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spaces {
    /// All that the account can see, but no personal space.
    All,
    Only(BTreeSet<SpaceKey>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Titles {
    /// Those of pages that readers of the repository may see.
    Auto,
    /// None on the other side.
    Never,
}

/// Who can see the repository, and so what we write there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RepositoryVisibility {
    Private,
    Public,
}

/// Whether pages without a comment of ours get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CreatePolicy {
    /// Every page that is mentioned does.
    Always,
    /// Only pages with a comment of ours get a row: a repository that was never linked stays as it is.
    OnlyWithComment,
}

/// What may be shown and written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy<'a> {
    /// Which spaces' pages may be titled and commented.
    pub spaces: &'a Spaces,
    pub titles: Titles,
    /// Who can see what is shown.
    pub visibility: RepositoryVisibility,
}

/// What may be shown of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    Shown {
        /// Its title; `None` when titles are not shown.
        title: Option<String>,
        space: Option<SpaceKey>,
        status: ContentStatus,
        /// Its last change.
        changed: Option<LastChange>,
        /// What people call its owner; `None` when that is not known, or titles are not shown.
        owner: Option<String>,
    },
    /// A link and a key, nothing else.
    LinkOnly,
}

/// Whether a page's space is one of those that count: those in `SPACES`, without it all but personal ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum InSpaces {
    Yes,
    /// It is not.
    No,
    /// The space was not read.
    #[default]
    NotKnown,
}

/// Whether a page may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writability {
    /// It may.
    Writable,
    /// It is linked in the pull request only.
    ReadOnly(ReadOnly),
}

impl Writability {
    /// Whether a row that is there may be changed.
    pub(crate) fn takes_changes(self) -> bool {
        match self {
            Self::Writable => true,
            Self::ReadOnly(why) => !why.freezes_its_row(),
        }
    }
}

/// Why a page is linked in the pull request only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ReadOnly {
    /// It carries the label `no-pr-links`.
    OptedOut,
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
    /// The account may not comment there.
    Refused,
    /// Its labels could not be read, so it may have opted out.
    Unread,
    /// No comment of ours is there, and the action adds none.
    NeverLinked,
    /// The identity of the pull request's repository is not known, and a row needs it.
    UnknownRepository,
    /// It takes no changes, and why is not for the readers of the pull request.
    NotShown,
}

impl ReadOnly {
    /// Whether a row that is there may still be changed: not where the page itself takes no changes.
    pub(crate) fn freezes_its_row(self) -> bool {
        match self {
            Self::OptedOut | Self::Archived | Self::Draft | Self::Trashed | Self::Board | Self::Unread => true,
            Self::NotShown => true,
            Self::OutsideSpaces | Self::TooManyPages | Self::Refused | Self::NeverLinked | Self::UnknownRepository => {
                false
            }
        }
    }

    /// The reason as one word of the receipt.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::OptedOut => "opted-out",
            Self::Archived => "archived",
            Self::Draft => "draft",
            Self::Trashed => "trashed",
            Self::OutsideSpaces => "outside-spaces",
            Self::Board => "board",
            Self::TooManyPages => "too-many-pages",
            Self::Refused => "refused",
            Self::Unread => "unread",
            Self::NeverLinked => "never-linked",
            Self::UnknownRepository => "unknown-repository",
            Self::NotShown => "not-shown",
        }
    }

    /// The reason as readers of the pull request may see it: the status and labels of a hidden page stay hidden.
    fn as_shown(self, visibility: &Visibility) -> Self {
        let is_of_page = matches!(self, Self::OptedOut | Self::Archived | Self::Draft | Self::Trashed);
        if is_of_page && *visibility == Visibility::LinkOnly { Self::NotShown } else { self }
    }
}

/// Whether readers of the repository may know of a page more than its link, if nothing restricts viewing it.
pub(super) fn is_for_readers(content: &Content, policy: Policy<'_>) -> bool {
    policy.visibility == RepositoryVisibility::Private && is_inside(content, policy)
}

fn is_inside(content: &Content, policy: Policy<'_>) -> bool {
    in_spaces(Some(content), policy) == InSpaces::Yes
}

/// Of a page that may not have been read.
pub(super) fn in_spaces(content: Option<&Content>, policy: Policy<'_>) -> InSpaces {
    let Some(space) = content.map(|content| &content.space) else { return InSpaces::NotKnown };
    let Some(key) = &space.key else { return InSpaces::NotKnown };
    let counts = match policy.spaces {
        Spaces::Only(keys) => keys.iter().any(|key| space.is(key)),
        // Everyone has a personal space, and few mean it for the readers of a repository.
        Spaces::All => !key.is_personal(),
    };
    if counts { InSpaces::Yes } else { InSpaces::No }
}

/// Whether a page is shown if nothing above it is restricted.
pub(super) fn may_be_shown(content: &Content, policy: Policy<'_>) -> bool {
    visibility(content, true, policy) != Visibility::LinkOnly
}

/// A page is hidden unless it is known to be open: a restriction that could not be read hides too.
pub(super) fn visibility(content: &Content, is_open_above: bool, policy: Policy<'_>) -> Visibility {
    let open = content.restriction == Some(Restriction::Open) && is_open_above;
    if !open || !is_for_readers(content, policy) {
        return Visibility::LinkOnly;
    }
    let (title, owner) = match policy.titles {
        Titles::Auto => (Some(content.title.clone()), content.owner_name().map(str::to_owned)),
        Titles::Never => (None, None),
    };
    let (space, changed) = (content.space.key.clone(), content.changed.clone());
    Visibility::Shown { title, space, status: content.status, changed, owner }
}

/// Whether a page takes comments as far as it itself says.
pub(super) fn is_writable(content: &Content, policy: Policy<'_>) -> bool {
    read_only(content, policy).is_none()
}

pub(super) fn writability(content: &Content, visibility: &Visibility, policy: Policy<'_>) -> Writability {
    read_only(content, policy).map_or(Writability::Writable, |why| Writability::ReadOnly(why.as_shown(visibility)))
}

fn read_only(content: &Content, policy: Policy<'_>) -> Option<ReadOnly> {
    let opted_out = content.labels.as_ref().is_some_and(|labels| labels.contains("no-pr-links"));
    match content.status {
        _ if opted_out => Some(ReadOnly::OptedOut),
        ContentStatus::Archived => Some(ReadOnly::Archived),
        ContentStatus::Draft => Some(ReadOnly::Draft),
        ContentStatus::Trashed => Some(ReadOnly::Trashed),
        ContentStatus::Current if !is_inside(content, policy) => Some(ReadOnly::OutsideSpaces),
        ContentStatus::Current if content.labels.is_none() => Some(ReadOnly::Unread),
        ContentStatus::Current => None,
    }
}
