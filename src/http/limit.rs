//! The limit of requests that are under way to one service.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::clock::{Clock, Deadline};

/// 20 to 30 at once made Confluence answer 429 (github.com/atlassian/atlassian-mcp-server, issue 171).
pub(crate) const MOST_IN_FLIGHT: usize = 12;

/// A counting lock that shrinks when the service says "too many" and never grows back: a run is short.
#[derive(Debug)]
pub(crate) struct Limit {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug)]
struct State {
    in_flight: usize,
    allowed: usize,
    /// How often the limit shrank. A burst of twelve 429 answers is one complaint, not twelve.
    generation: u32,
}

/// The right to have one request on its way; ends when dropped.
#[derive(Debug)]
pub(crate) struct Slot<'a> {
    limit: &'a Limit,
    generation: u32,
}

impl Limit {
    pub(crate) fn new(allowed: usize) -> Self {
        Self { state: Mutex::new(State { in_flight: 0, allowed, generation: 0 }), freed: Condvar::new() }
    }

    /// Waits for a slot; `None` when the run's budget ends first.
    pub(crate) fn acquire(&self, clock: &Clock, deadline: Deadline) -> Option<Slot<'_>> {
        let mut state = self.state();
        loop {
            let remaining = deadline.remaining(clock);
            if remaining.is_zero() {
                return None;
            }
            if state.in_flight < state.allowed {
                state.in_flight += 1;
                return Some(Slot { limit: self, generation: state.generation });
            }
            state = self
                .freed
                .wait_timeout(state, clock.by_the_machine(remaining))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot<'_> {
    /// Halves the limit, unless another request of the same burst already did.
    pub(crate) fn too_many(&self) {
        let mut state = self.limit.state();
        if state.generation == self.generation {
            state.allowed = (state.allowed / 2).max(1);
            state.generation += 1;
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.limit.state().in_flight -= 1;
        self.limit.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;
    use crate::clock::tests::virtual_clock;

    fn allowed(limit: &Limit) -> usize {
        limit.state().allowed
    }

    #[test]
    fn burst_of_429s_halves_the_limit_once_and_never_below_one() {
        let (clock, _) = virtual_clock();
        let deadline = Deadline::after(Duration::from_secs(1));
        let limit = Limit::new(12);
        let burst: Vec<_> = (0..12).map(|_| limit.acquire(&clock, deadline).unwrap()).collect();
        for slot in &burst {
            slot.too_many();
        }
        drop(burst);
        assert_eq!(allowed(&limit), 6);
        for expected in [3, 1, 1, 1] {
            limit.acquire(&clock, deadline).unwrap().too_many();
            assert_eq!(allowed(&limit), expected);
        }
    }

    #[test]
    fn who_comes_late_waits_until_a_slot_is_free() {
        let (clock, _) = virtual_clock();
        let deadline = Deadline::after(Duration::from_secs(3_600));
        let limit = Limit::new(1);
        let first = limit.acquire(&clock, deadline).unwrap();
        let (sender, served) = channel();
        std::thread::scope(|scope| {
            scope.spawn(|| sender.send(limit.acquire(&clock, deadline).is_some()));
            assert!(served.recv_timeout(Duration::from_millis(30)).is_err());
            drop(first);
            assert_eq!(served.recv_timeout(Duration::from_secs(5)), Ok(true));
        });
    }

    #[test]
    fn waiting_ends_with_the_budget() {
        let (clock, _) = virtual_clock();
        let limit = Limit::new(1);
        let _first = limit.acquire(&clock, Deadline::after(Duration::from_secs(1))).unwrap();
        clock.sleep(Duration::from_millis(990));
        let late = clock.clone();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| limit.acquire(&clock, Deadline::after(Duration::from_secs(1))).is_none());
            late.sleep(Duration::from_millis(10));
            assert!(waiting.join().unwrap());
        });
    }
}
