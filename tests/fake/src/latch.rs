//! Requests that wait for a latch.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// One request that waits until its latch is opened.
#[derive(Clone, Debug)]
pub struct PausedRequest {
    /// Counted from the last time the requests were forgotten, over all origins, from 1.
    pub number: usize,
    /// When it waits.
    pub at: PausePoint,
    /// What it waits for.
    pub latch: Latch,
}

/// When a request waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PausePoint {
    /// It has arrived, and nothing has been done.
    Arrival,
    /// The service has acted, and has not answered.
    Answer,
}

/// A latch that stays closed until a test opens it, for at most a minute.
#[derive(Clone, Debug, Default)]
pub struct Latch(Arc<(Mutex<Stand>, Condvar)>);

#[derive(Debug, Default)]
struct Stand {
    reached: bool,
    open: bool,
}

impl Latch {
    const PATIENCE: Duration = Duration::from_secs(60);

    /// Waits here until it is opened.
    pub fn pass(&self) {
        self.0.0.lock().unwrap().reached = true;
        self.0.1.notify_all();
        self.wait_for(|stand| stand.open);
    }

    /// Waits until a request has reached it, or until `ended` returns true. Returns whether one has.
    pub fn is_reached(&self, ended: impl Fn() -> bool) -> bool {
        while !self.0.0.lock().unwrap().reached {
            if ended() {
                return self.0.0.lock().unwrap().reached;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        true
    }

    /// Lets every request through from now on.
    pub fn open(&self) {
        self.0.0.lock().unwrap().open = true;
        self.0.1.notify_all();
    }

    fn wait_for(&self, condition: impl Fn(&Stand) -> bool) {
        let end = Instant::now() + Self::PATIENCE;
        let mut stand = self.0.0.lock().unwrap();
        while !condition(&stand) && Instant::now() < end {
            stand = self.0.1.wait_timeout(stand, Duration::from_millis(50)).unwrap().0;
        }
    }
}

/// Waits until it is so, or for so long.
pub fn until(patience: Duration, is_so: impl Fn() -> bool) {
    let end = Instant::now() + patience;
    while !is_so() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(1));
    }
}
