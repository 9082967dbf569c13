//! The process: variables, clock, sleep, streams, exit code.

use std::process::ExitCode;
use std::time::Instant;

use confluence_pr_link::clock::Clock;
use confluence_pr_link::variables::help;

#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "this is the one place that touches environment, clock, sleep and streams"
)]
fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("--help" | "-h") => {
            print!("{}", help::help());
            return ExitCode::SUCCESS;
        }
        Some("--version" | "-V") => {
            println!("confluence-pr-link {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Some(_) => {
            println!("A pipe takes variables, no arguments but --help and --version.");
            return ExitCode::from(2);
        }
        None => {}
    }
    let begin = Instant::now();
    let clock = Clock::new(move || begin.elapsed(), jiff::Timestamp::now, std::thread::sleep, fastrand::f64);
    let exit = confluence_pr_link::run(std::env::vars_os(), &clock, std::io::stdout(), std::io::stderr());
    ExitCode::from(exit.code())
}
