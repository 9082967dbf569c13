//! One remote service: sends requests to one origin with one credential, again where that is safe.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::secret::Secret;

use super::answer::Answer;
use super::base::Base;
use super::error::{About, Failure, HttpError};
use super::forward::{Channel, ForwardProxy};
use super::limit::{Limit, MOST_IN_FLIGHT};
use super::request::{Authorization, Effect, Request, ServiceName};
use super::retry::{Decision, Persistence, decide};
use super::send::{Reply, Target, attempt};
use super::session::{Exchange, Session};

/// A service, its place and the credential that goes there and nowhere else. May be shared by threads.
#[derive(Debug)]
pub struct Service {
    target: Target,
    session: Arc<Session>,
    persistence: Persistence,
    limit: Limit,
    /// Whether nothing more is sent, as the run goes on without it.
    is_given_up: AtomicBool,
}

impl Service {
    /// A service of this run.
    pub fn new(name: ServiceName, base: Base, authorization: Authorization, session: &Arc<Session>) -> Self {
        let target = Target { name, base, authorization, channel: Channel::Direct };
        Self::at(target, session)
    }

    /// A service behind a forward proxy. In plain text, so it takes no credential.
    pub fn through(name: ServiceName, proxy: &ForwardProxy, base: &Base, session: &Arc<Session>) -> Self {
        let (base, authorization) = (base.forwarded(), Authorization::anonymous());
        Self::at(Target { name, base, authorization, channel: proxy.channel() }, session)
    }

    fn at(target: Target, session: &Arc<Session>) -> Self {
        let limit = Limit::new(MOST_IN_FLIGHT);
        let (session, persistence, is_given_up) = (Arc::clone(session), Persistence::Full, AtomicBool::new(false));
        Self { target, session, persistence, limit, is_given_up }
    }

    /// The same, given up earlier.
    pub fn persisting(self, persistence: Persistence) -> Self {
        Self { persistence, ..self }
    }

    /// Hides a secret that this service sent from all that is shown from now on.
    pub fn hide(&self, secret: &Secret) {
        self.session.scrubber.hide(secret);
    }

    /// Which service this is.
    pub fn name(&self) -> ServiceName {
        self.target.name
    }

    /// Where it is.
    pub fn base(&self) -> &Base {
        &self.target.base
    }

    /// Sends a request, again as `retry` decides, and returns a 2xx answer or everything that is known about why not.
    pub fn send(&self, request: &Request) -> Result<Answer, HttpError> {
        let mut unclear = false;
        self.send_until_answered(request, &mut unclear).map_err(|error| error.after_unclear(unclear))
    }

    fn send_until_answered(&self, request: &Request, unclear: &mut bool) -> Result<Answer, HttpError> {
        let about = About::new(self.name(), self.base(), request);
        let session = &self.session;
        let persistence = if request.is_tentative { Persistence::Once } else { self.persistence };
        let (mut tries, mut request_id, mut last) = (0, None, None);
        loop {
            let Some(slot) = self.limit.acquire(&session.clock, session.deadline) else {
                return Err(HttpError::new(about, tries, request_id, Failure::out_of_budget(last)));
            };
            if session.has_stopped() {
                return Err(HttpError::new(about, tries, request_id, Failure::rate_limited()));
            }
            if self.is_given_up.load(Ordering::Relaxed) {
                let failure = Failure::NotSent("an earlier request was not answered".into());
                return Err(HttpError::new(about, tries, request_id, failure));
            }
            tries += 1;
            let reply = self.count_and_try(&about, tries, request);
            request_id = reply.request_id.or(request_id);
            let remaining = session.deadline.remaining(&session.clock);
            let failure = match reply.result {
                // What is read too late is not used; what was written is written.
                Ok(_) if request.effect == Effect::Reads && remaining.is_zero() => {
                    return Err(HttpError::new(about, tries, request_id, Failure::out_of_budget(last)));
                }
                Ok((status, body)) => {
                    let base = self.base().clone();
                    return Ok(Answer { about, base, attempts: tries, status, body, request_id });
                }
                Err(failure) => failure,
            };
            if failure.status() == Some(429) {
                slot.too_many();
            }
            // Others may go on while this one waits.
            drop(slot);
            let decision = decide(tries, &failure, request.is_repeatable(), remaining, session.clock.jitter());
            match decision {
                Decision::Again(wait) if !persistence.ends_at(&failure) => {
                    *unclear |= request.effect == Effect::Writes && failure.may_have_happened();
                    self.wait(wait);
                    last = Some(failure);
                }
                Decision::OutOfBudget if !persistence.ends_at(&failure) => {
                    return Err(HttpError::new(about, tries, request_id, Failure::out_of_budget(Some(failure))));
                }
                _ => {
                    let is_limited = failure.status() == Some(429);
                    if self.persistence == Persistence::Brief {
                        self.is_given_up.fetch_or(is_limited || persistence.ends_at(&failure), Ordering::Relaxed);
                    } else if is_limited && !request.is_tentative {
                        session.stays_limited();
                    }
                    return Err(HttpError::new(about, tries, request_id, failure));
                }
            }
        }
    }

    /// The error for a list that goes on after as many pages as we read.
    pub fn endless(&self, request: &Request) -> HttpError {
        let about = About::new(self.name(), self.base(), request);
        HttpError::new(about, 1, None, Failure::NotSent("the list has more pages than are read".into()))
    }

    fn count_and_try(&self, about: &About, tries: u32, request: &Request) -> Reply {
        let (clock, writes) = (&self.session.clock, request.effect == Effect::Writes);
        self.session.count(|counts| {
            counts.requests += 1;
            counts.writes += u64::from(writes);
            counts.retries += u64::from(tries > 1);
        });
        let _in_flight = writes.then(|| clock.stop().writing());
        let begin = clock.now();
        let is_brief = request.is_tentative || self.persistence == Persistence::Brief;
        let most = if is_brief { self.session.limits.tentative } else { self.session.limits.attempt };
        let reply = attempt(&self.session, &self.target, request, most);
        self.session.observe(&Exchange {
            service: about.service,
            method: about.method,
            path: about.path.clone(),
            attempt: tries,
            outcome: match &reply.result {
                Ok((status, _)) => status.to_string(),
                // Nothing here knows whether a page may be shown that Confluence's words may quote.
                Err(failure) if matches!(about.service, ServiceName::Confluence | ServiceName::Jira) => {
                    failure.without_words()
                }
                Err(failure) => failure.to_string(),
            },
            took: clock.now().saturating_sub(begin),
            request_id: reply.request_id.clone(),
        });
        reply
    }

    fn wait(&self, wait: Duration) {
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.session.count(|counts| counts.waited_ms += milliseconds);
        self.session.clock.sleep(wait);
    }
}
