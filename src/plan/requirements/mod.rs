//! Requirements × what was found of the pull request → whether it may pass. Pure.
//!
//! Unverified requirements count as not met.

mod requirement;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeSet;

use crate::bitbucket::PullRequestState;
use crate::confluence::ContentStatus;
use crate::ids::AccountId;
use crate::mention::{Naming, Origin};
use crate::page::{InSpaces, RepositoryVisibility, Spaces};

pub(crate) use requirement::Requirement;

/// What is asked of pull requests, and of whose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Requirements {
    /// Everything that is asked, each once; nothing asks nothing.
    pub each: Vec<Requirement>,
    /// Authors whose pull requests pass: automation, by account id.
    pub exempt: BTreeSet<AccountId>,
}

impl Requirements {
    pub(crate) fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// Why requirements for labels and states say little in this configuration.
    pub(crate) fn caveat(&self, spaces: &Spaces, visibility: RepositoryVisibility) -> Option<Caveat> {
        let of_details = self.each.iter().filter(|it| matches!(it, Requirement::Label(_) | Requirement::State(_)));
        let requirements: Vec<String> = of_details.map(ToString::to_string).collect();
        let why = match (visibility, spaces) {
            _ if requirements.is_empty() => return None,
            (RepositoryVisibility::Public, _) => "public-repository",
            (RepositoryVisibility::Private, Spaces::All) => "no-spaces",
            (RepositoryVisibility::Private, Spaces::Only(_)) => return None,
        };
        Some(Caveat { requirements, why })
    }
}

/// Requirements that say little in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caveat {
    /// Which, as `REQUIRE` has them.
    pub requirements: Vec<String>,
    /// Why, in one word.
    pub why: &'static str,
}

/// Whether a pull request may pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is asked of it.
    NotAsked,
    /// Its author's need not.
    Exempt,
    /// `[skip confluence]` waives it.
    Waived(SkipPlace),
    /// All that is asked is there.
    Met,
    /// This is not, at least one.
    Unmet(Vec<Reason>),
}

/// Where `[skip confluence]` stands for the whole pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SkipPlace {
    /// In its title.
    Title,
    /// In its description.
    Description,
}

/// One thing that is asked and not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    pub requirement: Requirement,
    /// Why it is not met.
    pub why: Why,
}

/// Why a requirement is not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// No page is, or has, what is asked.
    Absent,
    /// No page is linked, and there one may be named.
    NotNamed(Naming),
    /// The same, and pages of other spaces than those of `SPACES` are linked.
    Outside,
    /// These pages are not current: what people call each, and its status where that is shown.
    NotCurrent(Vec<(String, Option<ContentStatus>)>),
    /// `[skip confluence]` stands there and waives nothing.
    Skips(SkipPlace),
    /// Something was not read.
    Unverified,
    /// Details of a linked page may not be shown.
    Hidden,
    /// Without a credential nothing but the branch's name was read; whether a key counts there.
    OnlyBranch { counts: bool },
}

impl Why {
    /// Whether it is known not to be met.
    pub(crate) fn is_verified(&self) -> bool {
        match self {
            Self::Absent | Self::NotNamed(_) | Self::Outside | Self::NotCurrent(_) | Self::Skips(_) => true,
            Self::Unverified | Self::Hidden | Self::OnlyBranch { .. } => false,
        }
    }
}

/// What is known of a pull request before its pages are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub state: PullRequestState,
    /// Its author; `None` when that isn't known.
    pub author: Option<&'a AccountId>,
    /// Where `[skip confluence]` stands.
    pub skip: Option<Origin>,
}

/// A linked page, as far as requirements ask for it. `None` is what was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// What people call it, as far as it may be shown.
    pub name: String,
    /// Whether its status may be shown.
    pub shown: Shown,
    /// Whether its space is one of `SPACES`. Authors of pull requests can put any label on pages of their personal
    /// spaces.
    pub in_spaces: InSpaces,
    pub status: Option<ContentStatus>,
    /// Its labels, in lower case.
    pub labels: Option<BTreeSet<String>>,
    /// The name of its content state; empty when it has none.
    pub state: Option<String>,
}

/// Whether more than a link to a page may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// It may.
    Yes,
    /// It may not.
    No,
}

/// Whether everything that the pull request names was found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coverage {
    Whole,
    /// Nothing of its texts but the branch's name was read, as there is no credential; what that names was found out.
    Branch,
    /// Something was not read, or could not be seen.
    Part,
}

/// What needs no look at pages: `None` when it does.
pub(crate) fn beforehand(requirements: &Requirements, subject: Subject<'_>) -> Option<Verdict> {
    if requirements.is_empty() {
        return Some(Verdict::NotAsked);
    }
    match subject.state {
        PullRequestState::Open | PullRequestState::Draft | PullRequestState::Unknown => {}
        // There is nothing left to hold.
        PullRequestState::Merged | PullRequestState::Declined | PullRequestState::Superseded => {
            return Some(Verdict::NotAsked);
        }
    }
    if subject.author.is_some_and(|author| requirements.exempt.contains(author)) {
        return Some(Verdict::Exempt);
    }
    let place = match subject.skip? {
        Origin::Title => SkipPlace::Title,
        Origin::Description => SkipPlace::Description,
        // A branch or a commit says it of nothing but itself.
        Origin::Branch | Origin::Commit(_) => return None,
    };
    Some(if requirements.each.contains(&Requirement::NoSkip) {
        // Its pages aren't read, so only this requirement has a result.
        Verdict::Unmet(vec![Reason { requirement: Requirement::NoSkip, why: Why::Skips(place) }])
    } else {
        Verdict::Waived(place)
    })
}

/// What the pages come to.
pub(crate) fn judge(requirements: &Requirements, pages: &[Page], coverage: Coverage, naming: &Naming) -> Verdict {
    let unmet = |requirement: &Requirement| {
        let why = match (requirement, why_not(requirement, pages, coverage, naming)?) {
            (Requirement::Link, Why::Absent) => Why::NotNamed(naming.clone()),
            (_, why) => why,
        };
        Some(Reason { requirement: requirement.clone(), why })
    };
    let reasons: Vec<Reason> = requirements.each.iter().filter_map(unmet).collect();
    if reasons.is_empty() { Verdict::Met } else { Verdict::Unmet(reasons) }
}

/// What a pull request comes to of which nothing could be read.
pub(crate) fn unverified(requirements: &Requirements) -> Verdict {
    if requirements.is_empty() {
        return Verdict::NotAsked;
    }
    let reason = |requirement: &Requirement| Reason { requirement: requirement.clone(), why: Why::Unverified };
    let asked = requirements.each.iter().filter(|requirement| **requirement != Requirement::NoSkip);
    Verdict::Unmet(asked.map(reason).collect())
}

fn why_not(requirement: &Requirement, pages: &[Page], coverage: Coverage, naming: &Naming) -> Option<Why> {
    let unread = match coverage {
        Coverage::Whole => None,
        Coverage::Branch => Some(Why::OnlyBranch { counts: naming.in_branch }),
        Coverage::Part => Some(Why::Unverified),
    };
    match requirement {
        Requirement::Link => any(pages, unread, |_| Some(true)),
        Requirement::Current => not_current(pages, unread),
        Requirement::Label(name) => {
            any_shown(pages, unread, |page| page.labels.as_ref().map(|labels| labels.contains(name)))
        }
        Requirement::State(name) => {
            let wanted = name.to_lowercase();
            any_shown(pages, unread, |page| page.state.as_ref().map(|state| state.trim().to_lowercase() == wanted))
        }
        // Asked beforehand.
        Requirement::NoSkip => None,
    }
}

/// One page that holds is enough; without one, all must be known not to.
fn any<'a>(
    pages: impl IntoIterator<Item = &'a Page> + Clone,
    unread: Option<Why>,
    holds: impl Fn(&Page) -> Option<bool>,
) -> Option<Why> {
    let answer = |page: &Page| match page.in_spaces {
        InSpaces::Yes => holds(page),
        InSpaces::No => Some(false),
        InSpaces::NotKnown => None,
    };
    let answers: Vec<Option<bool>> = pages.clone().into_iter().map(answer).collect();
    if answers.contains(&Some(true)) {
        return None;
    }
    Some(if answers.contains(&None) {
        Why::Unverified
    } else if let Some(unread) = unread {
        unread
    } else if pages.into_iter().any(|page| page.in_spaces == InSpaces::No) {
        Why::Outside
    } else {
        Why::Absent
    })
}

/// The same for details that only shown pages reveal: for a hidden one the answer may not depend on them.
fn any_shown(pages: &[Page], unread: Option<Why>, holds: impl Fn(&Page) -> Option<bool>) -> Option<Why> {
    let (shown, hidden): (Vec<&Page>, Vec<&Page>) = pages.iter().partition(|page| page.shown == Shown::Yes);
    match any(shown, unread, holds) {
        Some(Why::Absent) if !hidden.is_empty() => Some(Why::Hidden),
        why => why,
    }
}

fn not_current(pages: &[Page], unread: Option<Why>) -> Option<Why> {
    let is_put_away = |page: &&Page| match page.status {
        Some(ContentStatus::Draft | ContentStatus::Archived | ContentStatus::Trashed) => true,
        Some(ContentStatus::Current) | None => false,
    };
    let named = |page: &Page| (page.name.clone(), page.status.filter(|_| page.shown == Shown::Yes));
    let put_away: Vec<_> = pages.iter().filter(is_put_away).map(named).collect();
    if !put_away.is_empty() {
        return Some(Why::NotCurrent(put_away));
    }
    if pages.iter().any(|page| page.status.is_none()) { Some(Why::Unverified) } else { unread }
}
