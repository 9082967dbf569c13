//! Which pages do commits name that no pull request brought?

use std::collections::BTreeSet;

use crate::bitbucket::RangeCommit;
use crate::context;
use crate::ids::CommitHash;
use crate::link::{self, Run};
use crate::mention::{self, Origin, Source, Text};
use crate::page::{self, Leaving, Linked, Policy};
use crate::report::Failure;
use crate::surface::ledger::Ledger;

/// So many mentions are looked up at once: no more pages than one pull request may have.
const CHUNK: usize = page::MAX_PAGES;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Each page, and the commits that name it.
    pub(super) pages: Vec<(Linked, BTreeSet<CommitHash>)>,
    /// What failed.
    pub(super) failures: Vec<Failure>,
    /// Whether a limit left something out.
    pub(super) cut: bool,
}

/// Finds the pages that these commits name.
pub(super) fn named(run: Run<'_>, commits: &[&RangeCommit]) -> Named {
    let mut named = Named::default();
    if run.config.sources.commits == Source::Ignored {
        return named;
    }
    let numbered = commits.iter().enumerate();
    let texts: Vec<Text<'_>> =
        numbered.map(|(place, commit)| Text { origin: Origin::Commit(place), body: &commit.message }).collect();
    let found = mention::detect(&texts, &run.config.grammar);
    named.cut = found.mentions.len() > context::MAX_MENTIONS || !found.cut_commits.is_empty();
    let mentions = found.mentions.get(..context::MAX_MENTIONS).unwrap_or(&found.mentions);
    if mentions.is_empty() {
        return named;
    }
    // A page is missing only when we are let in.
    if let Err(error) = run.confluence.account() {
        named.failures.push(Failure::of_service(&error));
        return named;
    }
    let policy =
        Policy { spaces: run.config.spaces.clone(), titles: run.config.titles, visibility: run.pipeline.visibility };
    let (site, keys) = (&run.config.site, &run.config.grammar.keys);
    for chunk in mentions.chunks(CHUNK) {
        let ledger = Ledger::default();
        let (ledger, leaving) = (&ledger, Leaving::NotAllowed);
        let question = page::Question { mentions: chunk, ledger, leaving, site, keys, policy: &policy };
        let resolution = page::resolve(run.confluence, question);
        named.cut |= resolution.cut || resolution.left_out > 0;
        named.failures.extend(resolution.failures.iter().map(Failure::of_page));
        for error in &resolution.hiding {
            run.audit.note(None, &link::not_shown(error));
        }
        named.pages.extend(resolution.linked.into_iter().map(|linked| {
            let places = linked.mentions.iter().flat_map(|mention| &mention.origins.commits);
            let hashes = places.filter_map(|place| commits.get(*place)).map(|commit| commit.hash.clone()).collect();
            (linked, hashes)
        }));
    }
    named
}
