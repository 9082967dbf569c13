//! The actions: each selects pull requests and states what should happen to them.
//!
//! The engine ([`link`](crate::link)) is the same for all: an action selects, and says what it wants.

mod found_rows;
mod history;
mod merges;
mod of_event;
mod release;
mod review;
mod sweep;
mod words;

use crate::config::Action;
use crate::event::Event;
use crate::finish::RunResult;
use crate::page::CreatePolicy;
use crate::plan::Operation;
use crate::run::Run;

use sweep::Sweep;

/// What is to be done with pull requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Link those of the pipeline's event.
    Link,
    /// Say which release holds them.
    Release,
    /// Bring many up to date.
    Reconcile,
    /// The same, and comment pages that were never linked.
    Backfill,
    /// Take away what was written for many.
    Remove,
    /// Report on the links of many.
    Review,
}

impl Job {
    /// Whether it may send hundreds of requests.
    pub(crate) fn is_about_many(self) -> bool {
        self != Self::Link
    }

    /// The job of an action; `None` when it has nothing to do with pull requests.
    pub(crate) fn of(action: Action, event: &Event) -> Option<Self> {
        match (action, event) {
            (Action::Auto, Event::Tag(_)) | (Action::Release, _) => Some(Self::Release),
            (Action::Auto, Event::PullRequest(_) | Event::Branch(_) | Event::Commit) | (Action::Link, _) => {
                Some(Self::Link)
            }
            (Action::Reconcile, _) => Some(Self::Reconcile),
            (Action::Backfill, _) => Some(Self::Backfill),
            (Action::Remove, _) => Some(Self::Remove),
            (Action::Review, _) => Some(Self::Review),
            (Action::Check, _) => None,
        }
    }
}

pub(crate) fn carry_out(run: Run<'_>, job: Job) -> RunResult {
    let sweep = |action, creates, operation| sweep::sweep(run, Sweep { action, creates, operation });
    match job {
        Job::Link => of_event::link(run),
        Job::Release => release::release(run),
        Job::Reconcile => sweep("reconcile", CreatePolicy::OnlyWithComment, Operation::Link),
        Job::Backfill => sweep("backfill", CreatePolicy::Always, Operation::Link),
        Job::Remove => match &run.config.release {
            Some(name) => release::remove(run, name),
            None => sweep("remove", CreatePolicy::OnlyWithComment, Operation::Remove),
        },
        Job::Review => review::review(run),
    }
}
