//! The sentences of a verdict.

use crate::confluence::ContentStatus;

use super::{Reason, Requirement, SkipPlace, Verdict, Why};
use crate::mention::Naming;

/// The most pages that one reason names.
const MAX_NAMED: usize = 3;

impl Verdict {
    /// In one word, for receipt and audit log; `None` when nothing is asked.
    pub(crate) fn word(&self) -> Option<&'static str> {
        match self {
            Self::NotAsked => None,
            Self::Exempt => Some("exempt"),
            Self::Waived(_) => Some("waived"),
            Self::Met => Some("met"),
            Self::Unmet(_) => Some("unmet"),
        }
    }

    /// In one sentence without a full stop; `None` when nothing is asked.
    pub(crate) fn summary(&self, is_enforced: bool) -> Option<String> {
        Some(match self {
            Self::NotAsked => return None,
            Self::Exempt => "Requirements don't apply: REQUIRE_EXEMPT has the author".to_owned(),
            Self::Met => "All requirements are met".to_owned(),
            Self::Waived(place) => format!("Requirements waived: [skip confluence] is in the {}", place.word()),
            Self::Unmet(_) if is_enforced => "Requirements not met".to_owned(),
            Self::Unmet(_) => "Requirements not met (not enforced while this is a draft)".to_owned(),
        })
    }

    /// What is not met; empty for every other verdict.
    pub(crate) fn reasons(&self) -> &[Reason] {
        match self {
            Self::Unmet(reasons) => reasons,
            Self::NotAsked | Self::Exempt | Self::Waived(_) | Self::Met => &[],
        }
    }

    /// What is not met and what to do, for the log.
    pub(crate) fn sentences(&self) -> Vec<String> {
        self.reasons().iter().map(Reason::sentences).collect()
    }
}

impl Reason {
    /// What is not met and what to do, in two sentences.
    pub(crate) fn sentences(&self) -> String {
        format!("{}. {}.", self.finding(), self.remedy())
    }

    /// What is not met, without a full stop.
    pub(crate) fn finding(&self) -> String {
        let page = match &self.requirement {
            Requirement::Link | Requirement::NoSkip => "a page is linked".to_owned(),
            Requirement::Current => "every linked page is current".to_owned(),
            Requirement::Label(name) => format!("a linked page has the label \"{name}\""),
            Requirement::State(name) => format!("a linked page has the state \"{name}\""),
        };
        match (&self.requirement, &self.why) {
            (_, Why::NotCurrent(pages)) => format!("Not current: {}", named(pages)),
            (_, Why::Skips(place)) => format!("[skip confluence] is in the {} and waives nothing", place.word()),
            (_, Why::Unverified | Why::OnlyBranch { .. }) => format!("Not verified whether {page}"),
            (_, Why::Hidden) => format!("Not verified whether {page}, because details of hidden pages aren't checked"),
            (Requirement::Link, Why::Outside) => "No linked page is in a space that counts".to_owned(),
            (Requirement::Link | Requirement::NoSkip, Why::Absent | Why::NotNamed(_) | Why::Outside) => {
                "No page is linked".to_owned()
            }
            (_, Why::Absent | Why::NotNamed(_) | Why::Outside) => page.replacen('a', "No", 1),
        }
    }

    /// What to do, without a full stop.
    pub(crate) fn remedy(&self) -> String {
        match (&self.requirement, &self.why) {
            (_, Why::Unverified) => "The step's log shows what couldn't be read",
            (_, Why::Hidden) => "Link a page that isn't hidden",
            (requirement, Why::OnlyBranch { counts }) => return by_branch(requirement, *counts),
            (_, Why::NotNamed(naming)) => return name_one(naming),
            (_, Why::Skips(_)) => "Remove it",
            (_, Why::NotCurrent(_)) => "Publish or restore it, or link another page",
            (Requirement::Link, Why::Outside) => "Link a page of a space in SPACES, or add its space to SPACES",
            (Requirement::Label(_), _) => "Add the label to a linked page, or link a page that has it",
            (Requirement::State(_), _) => "Set the state on a linked page, or link a page that has it",
            (Requirement::Link | Requirement::Current | Requirement::NoSkip, Why::Absent | Why::Outside) => {
                "Link a page"
            }
        }
        .to_owned()
    }
}

/// In no form that Bitbucket would take for a Jira issue: it stands in a comment there.
fn name_one(naming: &Naming) -> String {
    if naming.holds_share_link {
        return "A share link can't be read. Paste the page's URL instead".to_owned();
    }
    let Some(advice) = naming.advice(None) else {
        return "Change SOURCES or KEY_PREFIXES. As they are, no text can mention a page".to_owned();
    };
    let but = if naming.holds_ignored_key {
        ". In the description a key counts only if KEY_PREFIXES has its prefix"
    } else {
        ""
    };
    let mut letters = advice.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}{but}", letters.as_str())
}

/// Running the step again reads no more than before.
fn by_branch(requirement: &Requirement, counts: bool) -> String {
    let named = match (requirement, counts) {
        (Requirement::Link | Requirement::Label(_) | Requirement::State(_), true) => {
            "Put the key of such a page into the branch name, or set"
        }
        (Requirement::Current | Requirement::NoSkip, true) | (_, false) => "Set",
    };
    format!("{named} a Bitbucket credential. Without it, only the branch name is known")
}

impl SkipPlace {
    pub(crate) fn word(self) -> &'static str {
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
