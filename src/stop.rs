//! The end of a run by a signal: no new request, then the end.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

/// A signal that ends the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Signal {
    #[serde(rename = "SIGINT")]
    Interrupt,
    /// What `docker stop` and a canceled step send.
    #[serde(rename = "SIGTERM")]
    Terminate,
}

impl Signal {
    /// The exit code that shells give a program that ended by it.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        })
    }
}

/// Whether a run is to end now, shared by the thread that receives signals and the run.
#[derive(Default)]
pub struct Stop {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    signal: Option<Signal>,
    writing: usize,
    handler: Option<Box<dyn FnOnce(Signal) + Send>>,
}

impl Stop {
    /// Ends the run: no request begins any more, and sleeping threads wake up.
    pub fn request(&self, signal: Signal) {
        let handler = {
            let mut state = self.state();
            state.signal.get_or_insert(signal);
            self.changed.notify_all();
            state.handler.take()
        };
        if let Some(handler) = handler {
            handler(signal);
        }
    }

    /// The signal that ended the run, if there was one.
    pub fn signal(&self) -> Option<Signal> {
        self.state().signal
    }

    /// What to do at a signal, at once if it came already.
    pub fn on_request(&self, handler: impl FnOnce(Signal) + Send + 'static) {
        let signal = {
            let mut state = self.state();
            let Some(signal) = state.signal else {
                state.handler = Some(Box::new(handler));
                return;
            };
            signal
        };
        handler(signal);
    }

    /// Sleeps until the time is over or the run is to end.
    pub fn sleep(&self, duration: Duration) {
        let is_running = |state: &mut State| state.signal.is_none();
        drop(self.changed.wait_timeout_while(self.state(), duration, is_running));
    }

    /// Counts a write that is in flight until the value is dropped.
    pub(crate) fn writing(&self) -> Writing<'_> {
        self.state().writing += 1;
        Writing(self)
    }

    /// Waits until no write is in flight, but no longer than this.
    pub fn wait_for_writes(&self, longest: Duration) {
        let is_writing = |state: &mut State| state.writing > 0;
        drop(self.changed.wait_timeout_while(self.state(), longest, is_writing));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stop({:?})", self.signal())
    }
}

/// A write in flight.
pub(crate) struct Writing<'a>(&'a Stop);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.state().writing -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;
    use std::time::Instant;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test measures how long it waits")]
    fn a_signal_wakes_sleepers_and_is_handled_once() {
        let (stop, handled) = (Arc::new(Stop::default()), Arc::new(AtomicU32::new(0)));
        let count = Arc::clone(&handled);
        stop.on_request(move |_| _ = count.fetch_add(1, Ordering::SeqCst));
        let other = Arc::clone(&stop);
        let sleeper = thread::spawn(move || {
            let begin = Instant::now();
            other.sleep(LONG);
            begin.elapsed()
        });
        stop.request(Signal::Terminate);
        stop.request(Signal::Interrupt);
        assert!(sleeper.join().unwrap() < LONG);
        assert_eq!((stop.signal(), handled.load(Ordering::SeqCst)), (Some(Signal::Terminate), 1));
        let count = Arc::clone(&handled);
        stop.on_request(move |_| _ = count.fetch_add(1, Ordering::SeqCst));
        assert_eq!(handled.load(Ordering::SeqCst), 2, "late, so at once");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test measures how long it waits")]
    fn writes_in_flight_are_waited_for_but_not_forever() {
        let stop = Arc::new(Stop::default());
        let write = stop.writing();
        stop.wait_for_writes(Duration::from_millis(5));
        let other = Arc::clone(&stop);
        let waiter = thread::spawn(move || {
            let begin = Instant::now();
            other.wait_for_writes(LONG);
            begin.elapsed()
        });
        drop(write);
        assert!(waiter.join().unwrap() < LONG);
    }
}
