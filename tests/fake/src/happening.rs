//! Actions of people while a request is under way.

use std::fmt;
use std::sync::Arc;

use super::latch::Latch;
use super::message::Request;
use super::state::State;

/// Something that happens once, at the first request that fits.
#[derive(Clone)]
pub struct Happening {
    fits: Arc<dyn Fn(&Request) -> bool + Send + Sync>,
    moment: Moment,
    what: Arc<dyn Fn(&mut State) + Send + Sync>,
}

/// When it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the service acts.
    Before,
    /// After the service has acted, before its answer leaves.
    After,
}

impl Happening {
    /// It happens before the service acts on the request.
    pub fn before(
        fits: impl Fn(&Request) -> bool + Send + Sync + 'static,
        what: impl Fn(&mut State) + Send + Sync + 'static,
    ) -> Self {
        Self { fits: Arc::new(fits), moment: Moment::Before, what: Arc::new(what) }
    }

    /// It happens after the service has acted on the request.
    pub fn after(
        fits: impl Fn(&Request) -> bool + Send + Sync + 'static,
        what: impl Fn(&mut State) + Send + Sync + 'static,
    ) -> Self {
        Self { moment: Moment::After, ..Self::before(fits, what) }
    }
}

impl fmt::Debug for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Happening").field("moment", &self.moment).finish_non_exhaustive()
    }
}

/// Lets everything happen that was to happen at this moment of the request.
pub fn take_place(state: &mut State, request: &Request, moment: Moment) {
    while let Some(at) = state.happenings.iter().position(|one| one.moment == moment && (one.fits)(request)) {
        let happening = state.happenings.remove(at);
        (happening.what)(state);
    }
}

/// Requests that wait, before anything is done, until a latch is opened.
#[derive(Clone)]
pub struct Wait {
    fits: Arc<dyn Fn(&Request) -> bool + Send + Sync>,
    latch: Latch,
}

impl Wait {
    /// Requests that fit wait at this latch.
    pub fn at(latch: &Latch, fits: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        Self { fits: Arc::new(fits), latch: latch.clone() }
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("latch", &self.latch).finish_non_exhaustive()
    }
}

/// The latch that this request waits at.
pub fn latch_of(state: &State, request: &Request) -> Option<Latch> {
    state.waits.iter().find(|wait| (wait.fits)(request)).map(|wait| wait.latch.clone())
}
