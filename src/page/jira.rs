//! The pages that people linked in the Jira issues of mentioned keys. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::confluence::RemoteLinks;
use crate::http::HttpError;
use crate::ids::{ContentId, Key};
use crate::mention::{Grammar, Source, content_of, is_on_site};
use crate::refusal::Refusal;
use crate::report::Failure;

use super::matching::key_of;
use super::{Lookup, ReadFailure};

/// The most issues that are read for one pull request: each costs a request.
const MAX_ISSUES: usize = 20;

/// What Jira answered.
#[derive(Debug, Default)]
pub(super) struct Jira {
    issues: BTreeMap<Key, RemoteLinks>,
    /// Issues that could not be read this time.
    pub(super) failures: BTreeMap<Key, ReadFailure>,
    /// Why the credential can't read Jira, if it can't.
    pub(super) refusal: Option<Refusal>,
}

/// The keys whose issues are read, in the order of their mentions.
pub(super) fn keys(lookup: &Lookup<'_>) -> Vec<Key> {
    match lookup.jira {
        Source::Read => lookup.mentions.iter().filter_map(key_of).take(MAX_ISSUES).collect(),
        Source::Ignored => Vec::new(),
    }
}

impl Jira {
    pub(super) fn record(&mut self, key: Key, links: RemoteLinks) {
        self.issues.insert(key, links);
    }

    /// An issue that isn't there, or that the account can't see, is no failure; most often it is another tool's key.
    pub(super) fn record_failure(&mut self, key: &Key, what: String, error: &HttpError) {
        match Refusal::of(error) {
            Some(Refusal::NotFound(_)) => {}
            Some(refusal) => drop(self.refusal.get_or_insert(refusal)),
            None => {
                let request_id = error.request_id().map(str::to_owned);
                let failure = ReadFailure { what, failure: Failure::of_page(error), request_id };
                self.failures.insert(key.clone(), failure);
            }
        }
    }

    /// The pages of this site that people linked in the issue, as far as it was read.
    pub(super) fn pages(&self, key: &Key, grammar: &Grammar) -> BTreeSet<ContentId> {
        let links = self.issues.get(key).into_iter().flat_map(|issue| &issue.links);
        // The same number is another page on another site.
        let of_site = links.filter(|link| is_on_site(&link.url, grammar));
        of_site.filter_map(|link| link.page.or_else(|| content_of(&link.url, grammar))).collect()
    }

    /// Whether all that the issue links is known.
    pub(super) fn is_read(&self, key: &Key) -> bool {
        self.issues.get(key).is_some_and(|issue| !issue.cut)
    }
}
