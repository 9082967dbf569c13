//! The duration of a run when every answer takes its time.

use std::time::Duration;

use crate::chain;
use crate::sequential;
use crate::stage;
use fake::Fake;

const PAGES: [u64; 5] = [1, 5, 12, 20, 50];

/// With answers at once, what is left is the program's own work, and the fake's. A chain can't be measured there: requests
/// that depend on nothing follow one another too.
const DELAYS: [Duration; 2] = [Duration::from_millis(50), Duration::ZERO];

/// Prints a table of first and second runs, next to a sequential client that sends the same requests.
#[expect(clippy::print_stdout, reason = "it shows figures")]
pub(crate) fn show() {
    for delay in DELAYS {
        println!("\nlatency: every answer after {} ms", delay.as_millis());
        println!(
            "{:>5}  {:<6}  {:>8}  {:>10}  {:>5}  {:>8}  {:>6}  {:>5}",
            "pages", "run", "wall, ms", "one by one", "share", "requests", "writes", "depth"
        );
        for pages in PAGES {
            for figures in told_twice(pages, delay) {
                println!("{figures}");
            }
        }
    }
}

/// The first link of so many pages, and the run after it. Two fakes that hold the same: one for each client.
fn told_twice(pages: u64, delay: Duration) -> [String; 2] {
    let (state, id) = stage::world(pages);
    let (ours, other) = (Fake::start(state.clone()), Fake::start(state));
    let variables = stage::variables(&ours, id);
    for fake in [&ours, &other] {
        stage::answer_after(fake, delay);
    }
    ["first", "second"].map(|name| {
        ours.clear_requests();
        let took = stage::run(&variables);
        let requests = ours.requests();
        let sequential = sequential::replay(&requests, &other);
        let depth = if delay.is_zero() { "-".to_owned() } else { chain::depth(&requests).to_string() };
        format!(
            "{pages:>5}  {name:<6}  {:>8.1}  {:>10.1}  {:>5.2}  {:>8}  {:>6}  {depth:>5}",
            milliseconds(took),
            milliseconds(sequential),
            took.as_secs_f64() / sequential.as_secs_f64(),
            requests.len(),
            ours.writes().len(),
        )
    })
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
