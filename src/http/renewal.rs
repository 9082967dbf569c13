//! A credential that runs out: fetched when it is first needed, and again when its time is over or it is refused.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::HttpError;
use super::request::Authorization;
use super::session::Session;

/// So long before its end a credential is not used any more: a request must still arrive, and clocks differ.
const MARGIN: Duration = Duration::from_secs(30);

/// A credential is used at least so long, whatever its answer says, so that no answer makes us fetch without end.
const SHORTEST: Duration = Duration::from_secs(10);

/// A credential just fetched.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// What requests carry.
    pub authorization: Authorization,
    /// How long it is good for.
    pub lifetime: Duration,
}

type Fetch = dyn Fn() -> Result<Fresh, HttpError> + Send + Sync;

/// How a credential is fetched, and the one that was fetched last.
pub struct Renewal {
    fetch: Box<Fetch>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    current: Option<Current>,
    fetched: u32,
    /// Whether one that never was taken was replaced: that helps once, or not at all.
    doubted: bool,
}

struct Current {
    authorization: Authorization,
    until: Duration,
    /// Whether the service took it once, and so may refuse it because it is over.
    proven: bool,
}

impl Renewal {
    /// `fetch` is called when a credential is needed, by one thread at a time; the others wait for what it brings.
    pub fn new(fetch: impl Fn() -> Result<Fresh, HttpError> + Send + Sync + 'static) -> Self {
        Self { fetch: Box::new(fetch), held: Mutex::default() }
    }

    /// Fetches a credential now, so that no request has to wait for it.
    pub fn prepare(&self, session: &Session) -> Result<(), HttpError> {
        self.carried(session.clock.now()).map(drop)
    }

    fn carried(&self, now: Duration) -> Result<Carried, HttpError> {
        let mut held = self.held();
        if let Some(current) = held.current.as_ref().filter(|current| now < current.until) {
            return Ok(Carried { authorization: current.authorization.clone(), number: held.fetched });
        }
        let Fresh { authorization, lifetime } = (self.fetch)()?;
        let until = now.saturating_add(lifetime.saturating_sub(MARGIN).max(SHORTEST));
        held.current = Some(Current { authorization: authorization.clone(), until, proven: false });
        held.fetched = held.fetched.saturating_add(1);
        Ok(Carried { authorization, number: held.fetched })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewal")
    }
}

/// Where a service's credential comes from.
#[derive(Debug)]
pub(crate) enum Holder {
    Fixed(Authorization),
    Renewed(Renewal),
}

/// What one request carries, and which of the credentials that were fetched it is.
#[derive(Debug)]
pub(crate) struct Carried {
    pub(crate) authorization: Authorization,
    number: u32,
}

impl Holder {
    /// What a request sent at this time of the run carries.
    pub(crate) fn carried(&self, now: Duration) -> Result<Carried, HttpError> {
        match self {
            Self::Fixed(authorization) => Ok(Carried { authorization: authorization.clone(), number: 0 }),
            Self::Renewed(renewal) => renewal.carried(now),
        }
    }

    /// The service took it.
    pub(crate) fn accepted(&self, carried: &Carried) {
        if let Self::Renewed(renewal) = self {
            let mut held = renewal.held();
            if held.fetched == carried.number
                && let Some(current) = &mut held.current
            {
                current.proven = true;
            }
        }
    }

    /// The service refused it: whether another one is there or worth fetching.
    pub(crate) fn renews(&self, carried: &Carried) -> bool {
        let Self::Renewed(renewal) = self else { return false };
        let mut held = renewal.held();
        if held.fetched != carried.number {
            return true;
        }
        let proven = held.current.as_ref().is_none_or(|current| current.proven);
        if !proven && std::mem::replace(&mut held.doubted, true) {
            return false;
        }
        held.current = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::secret::Secret;

    fn renewed(lifetime: u64) -> (Holder, Arc<AtomicU32>) {
        let fetched = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&fetched);
        let renewal = Renewal::new(move || {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            let token = Secret::parse(&format!("t{number}")).unwrap();
            Ok(Fresh { authorization: Authorization::bearer(&token), lifetime: Duration::from_secs(lifetime) })
        });
        (Holder::Renewed(renewal), fetched)
    }

    fn at(holder: &Holder, second: u64) -> Carried {
        holder.carried(Duration::from_secs(second)).unwrap()
    }

    #[test]
    fn a_credential_is_fetched_once_and_again_half_a_minute_before_its_end() {
        let (holder, fetched) = renewed(3_600);
        for (second, token) in [(0, "t1"), (3_569, "t1"), (3_570, "t2"), (7_139, "t2"), (7_140, "t3")] {
            assert_eq!(
                at(&holder, second).authorization.header(),
                Some(format!("Bearer {token}").as_str()),
                "{second}"
            );
        }
        assert_eq!(fetched.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn a_credential_that_says_it_is_over_is_used_for_a_while_all_the_same() {
        let (holder, fetched) = renewed(0);
        (0..10).for_each(|second| drop(at(&holder, second)));
        assert_eq!(fetched.load(Ordering::SeqCst), 1);
        at(&holder, 10);
        assert_eq!(fetched.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn one_that_was_taken_and_is_refused_is_renewed_once_for_all_who_carried_it() {
        let (holder, fetched) = renewed(3_600);
        let [first, other] = [at(&holder, 0), at(&holder, 0)];
        holder.accepted(&first);
        assert!(holder.renews(&first));
        assert_eq!(at(&holder, 1).authorization.header(), Some("Bearer t2"));
        assert!(holder.renews(&other), "another one is there already");
        assert_eq!(at(&holder, 1).authorization.header(), Some("Bearer t2"));
        assert_eq!(fetched.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn one_that_was_never_taken_is_renewed_once() {
        let (holder, _) = renewed(3_600);
        let first = at(&holder, 0);
        assert!(holder.renews(&first));
        assert!(!holder.renews(&at(&holder, 0)));
        assert!(!Holder::Fixed(Authorization::anonymous()).renews(&first));
    }
}
