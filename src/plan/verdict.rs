//! The verdict: the requirements against the pages of a pull request.

use crate::mention::Naming;
use crate::page::{MentionOutcome, Page};
use crate::texts::{Gap, Texts};

use super::requirements::{self, Coverage, Requirements, Shown, Subject, Verdict};
use crate::page::Pages;

/// The verdict, if no page decides about it.
pub(crate) fn before_pages(requirements: &Requirements, texts: &Texts) -> Option<Verdict> {
    let (state, author) = (texts.pull_request.state, texts.pull_request.author.as_ref());
    requirements::beforehand(requirements, Subject { state, author, skip: texts.found.skip })
}

pub(crate) fn verdict(requirements: &Requirements, texts: &Texts, pages: &Pages, naming: &Naming) -> Verdict {
    before_pages(requirements, texts).unwrap_or_else(|| {
        let judged: Vec<requirements::Page> = pages.pages.iter().filter(|page| counts(page)).map(of_page).collect();
        requirements::judge(requirements, &judged, coverage(texts, pages), naming)
    })
}

/// The pages that are mentioned, and those whose key still is. Boards are shown and meet no requirement. A page that
/// only an index names counts for nothing until our row is seen there.
fn counts(page: &Page) -> bool {
    let by_its_key = page.row.is_some() && !page.unresolved_keys.is_empty();
    page.name().is_some() && (page.is_mentioned() || by_its_key)
}

fn of_page(page: &Page) -> requirements::Page {
    requirements::Page {
        name: page.title(),
        shown: if page.is_shown() { Shown::Yes } else { Shown::No },
        in_spaces: page.attributes.in_spaces,
        status: page.attributes.status,
        labels: page.attributes.labels.clone(),
        state: page.attributes.state.clone(),
    }
}

fn coverage(texts: &Texts, pages: &Pages) -> Coverage {
    let unseen = |outcome: &MentionOutcome| match outcome {
        MentionOutcome::NotVisible | MentionOutcome::LeftOut | MentionOutcome::NotRead => true,
        MentionOutcome::Linked(_) | MentionOutcome::NoPage | MentionOutcome::Ambiguous(_) => false,
    };
    let only_branch = !texts.gaps.is_empty() && texts.gaps.iter().all(|gap| matches!(gap, Gap::NotRead(_)));
    let whole = (texts.gaps.is_empty() || only_branch) && pages.is_complete() && !pages.outcomes.iter().any(unseen);
    match (whole, only_branch) {
        (true, false) => Coverage::Whole,
        (true, true) => Coverage::Branch,
        (false, _) => Coverage::Part,
    }
}
