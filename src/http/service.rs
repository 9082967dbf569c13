//! One remote service: sends requests to one origin with one credential, again where that is safe.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Serialize;

use crate::secret::Secret;

use super::answer::Answer;
use super::base::Base;
use super::error::{About, Earlier, Failure, HttpError};
use super::explain::Said;
use super::forward::{Carrier, ForwardProxy};
use super::limit::{Limit, MOST_IN_FLIGHT};
use super::next;
use super::renewal::{Carried, Holder, Renewal};
use super::request::{Authorization, Effect, Method, Path, Patience, Request};
use super::retry::{Decision, Persistence, Repeat, decide};
use super::send::{Reply, attempt};
use super::session::{Exchange, Session};

/// Which service a sentence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceName {
    /// Bitbucket Cloud's API.
    Bitbucket,
    /// A Confluence Cloud site, under its own address or the gateway's.
    Confluence,
    /// Where a client id and secret become an access token.
    Login,
    /// The forward proxy beside a pipeline step, on its way to Bitbucket.
    AuthProxy,
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bitbucket => "Bitbucket",
            Self::Confluence => "Confluence",
            Self::Login => "Atlassian's login",
            Self::AuthProxy => "Bitbucket through the pipeline's auth proxy",
        })
    }
}

/// A service, its place and the credential that goes there and nowhere else. May be shared by threads.
#[derive(Debug)]
pub struct Service {
    name: ServiceName,
    pub(crate) base: Base,
    holder: Holder,
    pub(crate) session: Arc<Session>,
    pub(crate) carrier: Carrier,
    persistence: Persistence,
    limit: Limit,
}

impl Service {
    /// A service of this run.
    pub fn new(name: ServiceName, base: Base, authorization: Authorization, session: &Arc<Session>) -> Self {
        Self::held(name, base, Holder::Fixed(authorization), session)
    }

    /// A service whose credential runs out and is fetched again.
    pub fn renewing(name: ServiceName, base: Base, renewal: Renewal, session: &Arc<Session>) -> Self {
        Self::held(name, base, Holder::Renewed(renewal), session)
    }

    fn held(name: ServiceName, base: Base, holder: Holder, session: &Arc<Session>) -> Self {
        let limit = Limit::new(MOST_IN_FLIGHT);
        let (carrier, persistence) = (Carrier::Direct, Persistence::Full);
        Self { name, base, holder, session: Arc::clone(session), carrier, persistence, limit }
    }

    /// A service behind a forward proxy. In plain text, so it takes no credential.
    pub fn through(name: ServiceName, proxy: &ForwardProxy, base: &Base, session: &Arc<Session>) -> Self {
        let carrier = proxy.carrier();
        Self { carrier, ..Self::new(name, base.forwarded(), Authorization::anonymous(), session) }
    }

    /// The same, given up earlier.
    pub fn persisting(self, persistence: Persistence) -> Self {
        Self { persistence, ..self }
    }

    /// Hides a secret that this service told us from all that is shown from now on.
    pub fn hide(&self, secret: &Secret) {
        self.session.scrubber.hide(secret);
    }

    /// Which service this is.
    pub fn name(&self) -> ServiceName {
        self.name
    }

    /// Where it is.
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// Sends a request, again as `retry` decides, and returns a 2xx answer or everything that is known about why not.
    pub fn send(&self, request: &Request) -> Result<Answer, HttpError> {
        let mut earlier = Earlier::Void;
        self.send_until_answered(request, &mut earlier).map_err(|error| error.after(earlier))
    }

    fn send_until_answered(&self, request: &Request, earlier: &mut Earlier) -> Result<Answer, HttpError> {
        let about = About::new(self.name, &self.base, request);
        let session = &self.session;
        let repeat = if request.is_repeatable() { Repeat::Harmless } else { Repeat::Doubles };
        let (mut tries, mut request_id, mut last) = (0, None, None);
        let mut renewed = false;
        loop {
            let carried = self.holder.carried(session.clock.now())?;
            let Some(slot) = self.limit.acquire(&session.clock, session.deadline) else {
                let failure = Failure::OutOfBudget { last: last.map(Box::new) };
                return Err(HttpError::new(about, tries, request_id, failure));
            };
            tries += 1;
            let reply = self.count_and_try(&about, tries, request, &carried);
            request_id = reply.request_id.or(request_id);
            let failure = match reply.result {
                // What is read too late is not used; what was written is written.
                Ok(_) if request.effect == Effect::Reads && session.deadline.remaining(&session.clock).is_zero() => {
                    let failure = Failure::OutOfBudget { last: last.map(Box::new) };
                    return Err(HttpError::new(about, tries, request_id, failure));
                }
                Ok((status, body)) => {
                    self.holder.accepted(&carried);
                    return Ok(Answer { about, attempts: tries, status, body, request_id });
                }
                Err(failure) => failure,
            };
            if failure.status() == Some(429) {
                slot.too_many();
            }
            // Others may go on while this one waits.
            drop(slot);
            // Turned away at the door, so nothing happened, whatever the method. Another credential has no other scopes.
            let turned_away = failure.status() == Some(401) && failure.said() != Some(&Said::ScopeDoesNotMatch);
            if turned_away && !renewed && self.holder.renews(&carried) {
                renewed = true;
                continue;
            }
            if request.patience == Patience::Little {
                return Err(HttpError::new(about, tries, request_id, failure));
            }
            let remaining = session.deadline.remaining(&session.clock);
            if self.persistence.ends_at(&failure) {
                return Err(HttpError::new(about, tries, request_id, failure));
            }
            match decide(tries, &failure, repeat, remaining, session.clock.jitter()) {
                Decision::Again(wait) => {
                    if request.effect == Effect::Writes && failure.may_have_happened() {
                        *earlier = Earlier::Unclear;
                    }
                    self.wait(wait);
                    last = Some(failure);
                }
                Decision::Stop => return Err(HttpError::new(about, tries, request_id, failure)),
                Decision::OutOfBudget => {
                    let failure = Failure::OutOfBudget { last: Some(Box::new(failure)) };
                    return Err(HttpError::new(about, tries, request_id, failure));
                }
            }
        }
    }

    /// The path behind a `next` link of this service's answer, or a refusal when it leads anywhere else; decided here
    /// so that no token is ever attached to a foreign address.
    pub fn follow(&self, next: &str) -> Result<Path, HttpError> {
        next::path_of(self.name, &self.base, next).ok_or_else(|| {
            let path = format!("{}/…", self.base.prefix());
            let origin = self.base.origin().to_owned();
            let about = About { service: self.name, method: Method::Get, path, effect: Effect::Reads, origin };
            HttpError::new(about, 0, None, Failure::Foreign { base: self.base.to_string() })
        })
    }

    /// The error for a list that goes on after as many pages as we read.
    pub fn endless(&self, request: &Request) -> HttpError {
        let about = About::new(self.name, &self.base, request);
        HttpError::new(about, 1, None, Failure::Endless)
    }

    fn count_and_try(&self, about: &About, tries: u32, request: &Request, carried: &Carried) -> Reply {
        let Session { clock, tally, .. } = &*self.session;
        tally.requests.fetch_add(1, Ordering::Relaxed);
        if request.effect == Effect::Writes {
            tally.writes.fetch_add(1, Ordering::Relaxed);
        }
        if tries > 1 {
            tally.retries.fetch_add(1, Ordering::Relaxed);
        }
        let begin = clock.now();
        let reply = attempt(self, &carried.authorization, request);
        self.session.observe(&Exchange {
            service: about.service,
            method: about.method,
            path: about.path.clone(),
            attempt: tries,
            outcome: match &reply.result {
                Ok((status, _)) => status.to_string(),
                // At this door nobody knows whether a page may be shown that Confluence's words may quote.
                Err(failure) if about.service == ServiceName::Confluence => failure.without_words(),
                Err(failure) => failure.to_string(),
            },
            took: clock.now().saturating_sub(begin),
            request_id: reply.request_id.clone(),
        });
        reply
    }

    fn wait(&self, wait: Duration) {
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.session.tally.waited_ms.fetch_add(milliseconds, Ordering::Relaxed);
        self.session.clock.sleep(wait);
    }
}
