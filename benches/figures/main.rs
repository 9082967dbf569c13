//! `cargo bench`: what a run costs, in figures. `cargo bench -- latency` (or `start`, `detection`) is one part of it.
//!
//! It prints and judges nothing: how long something takes depends on the machine and what else it does, so no test is
//! made of it. What each figure should be stands in ARCHITECTURE.md.

#![allow(clippy::panic, reason = "a figure that can't be taken ends the program")]

mod detection;
mod latency;
mod start;

mod chain;
mod sequential;
mod stage;

#[path = "../../tests/it/size/large.rs"]
mod large;
#[path = "../../src/mention/tests/units.rs"]
mod units;

type Part = (&'static str, fn());

const PARTS: [Part; 3] = [("detection", detection::show), ("start", start::show), ("latency", latency::show)];

fn main() {
    // Cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, show) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|one| one == name) {
            show();
        }
    }
}
