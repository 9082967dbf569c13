//! The driver of all sweeps: every case runs, on several threads, and the failure names each case that failed.

use std::any::Any;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::bed::Bed;
use fake::State;

/// Most cases wait for something, so there are more workers than cores.
const WORKERS: usize = 12;

/// A bed that every case finds in the same state.
pub(crate) struct Ground {
    bed: Bed,
    start: State,
}

impl Ground {
    pub(crate) fn new(bed: Bed) -> Self {
        let start = bed.fake.state().clone();
        Self { bed, start }
    }

    /// The bed as it was at the start.
    pub(crate) fn reset(&self) -> &Bed {
        self.bed.fake.state().clone_from(&self.start);
        &self.bed
    }
}

/// Checks each case in a world of its worker. An error begins with a line that sums it up.
pub(crate) fn sweep<W, C: Debug + Sync>(
    cases: &[C],
    world: impl Fn() -> W + Sync,
    check: impl Fn(&W, &C) -> Result<(), String> + Sync,
) {
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        let mut own = world();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let checked = catch_unwind(AssertUnwindSafe(|| check(&own, case)));
            let Err(why) = checked.unwrap_or_else(|panic| {
                own = world();
                Err(message(panic.as_ref()))
            }) else {
                continue;
            };
            failures.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{case:?}: {why}"));
        }
    };
    thread::scope(|scope| {
        for _ in 0..WORKERS.min(cases.len()) {
            scope.spawn(work);
        }
    });
    let failures = failures.into_inner().unwrap();
    let summaries: Vec<&str> = failures.iter().filter_map(|failure| failure.lines().next()).collect();
    let Some(first) = failures.first() else { return };
    panic!("{} of {} cases: {summaries:#?}; the first:\n{first}", failures.len(), cases.len());
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref().copied()).unwrap_or("a panic without a message").to_owned()
}

#[test]
fn sweep_names_every_case_that_fails() {
    let swept = catch_unwind(|| {
        sweep(
            &[1, 2, 3, 4],
            || (),
            |(), number| match number {
                2 => Err("even\nand more".to_owned()),
                3 => panic!("odd"),
                _ => Ok(()),
            },
        );
    });
    let said = message(swept.unwrap_err().as_ref());
    assert!(said.starts_with("2 of 4 cases") && said.contains("\"2: even\"") && said.contains("\"3: odd\""), "{said}");
}
