//! The sentences of a verdict.

use crate::confluence::ContentStatus;

use super::{Reason, Requirement, SkipPlace, Verdict, Why};
use crate::mention::Naming;

/// The most pages that one reason names.
const MAX_NAMED: usize = 3;

impl Verdict {
    /// In one word, for receipt and audit log; `None` when nothing is asked.
    pub fn word(&self) -> Option<&'static str> {
        match self {
            Self::NotAsked => None,
            Self::Exempt => Some("exempt"),
            Self::Waived(_) => Some("waived"),
            Self::Met => Some("met"),
            Self::Unmet(_) => Some("unmet"),
        }
    }

    /// What is not met; empty for every other verdict.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Unmet(reasons) => reasons,
            Self::NotAsked | Self::Exempt | Self::Waived(_) | Self::Met => &[],
        }
    }

    /// Everything that is not met and what to do, a sentence each; the last one ends with running the step again.
    pub fn sentences(&self) -> Vec<String> {
        let last = self.reasons().len().saturating_sub(1);
        let sentence = |(place, reason): (usize, &Reason)| {
            let again = if place == last { ", then rerun this step" } else { "" };
            format!("{}: {}{again}.", reason.finding(), reason.remedy())
        };
        self.reasons().iter().enumerate().map(sentence).collect()
    }
}

impl Reason {
    /// What is not there, without a full stop.
    pub fn finding(&self) -> String {
        let what = match &self.requirement {
            Requirement::Link => "page".to_owned(),
            Requirement::Current => "page that is current".to_owned(),
            Requirement::Label(name) => format!("page with the label \"{name}\""),
            Requirement::State(name) => format!("page in the state \"{name}\""),
            Requirement::NoSkip => "[skip confluence]".to_owned(),
        };
        match (&self.requirement, &self.why) {
            (_, Why::Absent | Why::NotNamed(_)) => format!("No {what} is linked"),
            (_, Why::Outside) => format!("No {what} of a space in SPACES is linked"),
            (_, Why::NotCurrent(pages)) => format!("Not current: {}", named(pages)),
            (_, Why::Skips(place)) => format!("{what} is in the {}, where it waives nothing", place.word()),
            (Requirement::Current, Why::Unverified | Why::OnlyBranch { .. }) => {
                "Whether every linked page is current is not known".to_owned()
            }
            (_, Why::Unverified | Why::OnlyBranch { .. }) => format!("Whether a {what} is linked is not known"),
        }
    }

    /// What to do, without a full stop, small at its beginning.
    pub fn remedy(&self) -> String {
        match (&self.requirement, &self.why) {
            (_, Why::Unverified) => "see in the log of the step what could not be read",
            (requirement, Why::OnlyBranch { counts }) => return by_branch(requirement, *counts),
            (_, Why::NotNamed(naming)) => return name_one(naming),
            (_, Why::Skips(_)) => "take it out",
            (_, Why::NotCurrent(_)) => "publish or restore it, or name another page in its place",
            (Requirement::Link, Why::Outside) => "name a page of such a space, or have its space added to SPACES",
            (Requirement::Label(_), Why::Outside) => "name a page of such a space that has it, or set it on one",
            (Requirement::State(_), Why::Outside) => "name a page of such a space that is in it, or set it on one",
            (Requirement::Label(_), Why::Absent) => "name a page that has it, or set it on a page that is named",
            (Requirement::State(_), Why::Absent) => "name a page that is in it, or set it on a page that is named",
            (Requirement::Link | Requirement::Current | Requirement::NoSkip, Why::Absent | Why::Outside) => {
                "name a page"
            }
        }
        .to_owned()
    }
}

/// In no form that Bitbucket would take for a Jira issue: it stands in a comment there.
fn name_one(naming: &Naming) -> String {
    if naming.holds_share_link {
        return "a share link can't be read, so paste the page's URL from the browser's address bar".to_owned();
    }
    let Some(advice) = naming.advice(None) else {
        return "have SOURCES or KEY_PREFIXES changed, by which nothing can name one".to_owned();
    };
    let but = if naming.holds_ignored_key {
        " (in the description a key counts only if KEY_PREFIXES names its prefix)"
    } else {
        ""
    };
    format!("{advice}{but}")
}

/// Running the step again reads no more than before.
fn by_branch(requirement: &Requirement, counts: bool) -> String {
    let named = match (requirement, counts) {
        (Requirement::Link, true) => "name a page by its key in the branch, or ",
        (Requirement::Label(_), true) => "name a page that has it by its key in the branch, or ",
        (Requirement::State(_), true) => "name a page that is in it by its key in the branch, or ",
        (Requirement::Current | Requirement::NoSkip, true) | (_, false) => "",
    };
    format!("{named}set a Bitbucket credential, without which only the branch's name is known")
}

impl SkipPlace {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
        }
    }
}

fn named(pages: &[(String, Option<ContentStatus>)]) -> String {
    let each = pages.iter().take(MAX_NAMED).map(|(name, status)| match status {
        Some(ContentStatus::Draft) => format!("{name} (draft)"),
        Some(ContentStatus::Archived) => format!("{name} (archived)"),
        Some(ContentStatus::Trashed) => format!("{name} (in the trash)"),
        Some(ContentStatus::Current) | None => name.clone(),
    });
    let each: Vec<String> = each.collect();
    let more = pages.len().saturating_sub(MAX_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", each.join(", "))
}
