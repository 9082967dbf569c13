//! The context of a run: configuration, pipeline, services, time and log.

use std::time::Duration;

use crate::audit::Audit;
use crate::bitbucket::{Bitbucket, Reading};
use crate::clock::{Clock, Deadline};
use crate::config::{Config, Mode};
use crate::confluence::Confluence;
use crate::event::Pipeline;
use crate::page::{Policy, Services};
use crate::plan::Intent;
use crate::plan::requirements::Requirements;
use crate::refusal::scopes::Kind;
use crate::surface::index::SiteIdentity;
use crate::surface::pull_request_comment::Writer;

/// What a run works with.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    pub config: &'a Config,
    /// Where it runs.
    pub pipeline: &'a Pipeline,
    pub bitbucket: &'a Bitbucket,
    /// How its pull requests are read.
    pub reading: Reading,
    pub confluence: &'a Confluence,
    pub clock: &'a Clock,
    /// When the run must have ended.
    pub deadline: Deadline,
    /// What was decided and done.
    pub audit: &'a Audit<'a>,
    pub mode: Mode,
    /// What the action wants of each pull request.
    pub intent: Intent,
    /// What is asked of each; `None` when the action judges none.
    pub requirements: Option<&'a Requirements>,
}

impl<'a> Run<'a> {
    /// Where lookups go.
    pub(crate) fn services(&self) -> Services<'a> {
        Services { confluence: self.confluence, bitbucket: self.bitbucket }
    }

    /// Waits, but not past the end of the run.
    pub(crate) fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration.min(self.deadline.remaining(self.clock)));
    }

    /// What may be written and shown.
    pub(crate) fn policy(&self) -> Policy<'a> {
        Policy { spaces: &self.config.spaces, titles: self.config.titles, visibility: self.pipeline.visibility }
    }

    /// The site, as far as this run could read who it is.
    pub(crate) fn site(&self) -> SiteIdentity {
        SiteIdentity {
            cloud_id: self.confluence.cloud_id().cloned(),
            host: self.config.site.host.clone(),
            hosts: self.config.grammar.site_hosts.clone(),
        }
    }

    /// What kind of account writes comments on pull requests.
    pub(crate) fn writer(&self) -> Writer {
        match self.config.bitbucket.credential.as_ref().map(|credential| credential.kind) {
            Some(Kind::ApiToken) => Writer::Person,
            _ => Writer::Token,
        }
    }
}
