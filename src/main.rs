//! The process: variables, clock, sleep, streams, signals, exit code.

use std::io::Write;
use std::panic;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use confluence_pr_link::clock::Clock;
use confluence_pr_link::crash;
use confluence_pr_link::stop::{Signal, Stop};
use confluence_pr_link::variables::help;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that touches environment, clock, sleep and streams"
)]
fn main() -> ExitCode {
    let mut out = std::io::stdout();
    match std::env::args_os().nth(1).as_ref().map(|argument| argument.to_string_lossy()).as_deref() {
        Some("--help" | "-h") => return print(&mut out, &help::help(), ExitCode::SUCCESS),
        Some("--version" | "-V") => {
            return print(&mut out, concat!("confluence-pr-link ", env!("CARGO_PKG_VERSION"), "\n"), ExitCode::SUCCESS);
        }
        Some(_) => {
            let refusal = "The pipe is configured by variables. Its only arguments are --help and --version.\n";
            return print(&mut out, refusal, ExitCode::from(2));
        }
        None => {}
    }
    let begin = Instant::now();
    let stop = Arc::new(Stop::default());
    let sleeper = Arc::clone(&stop);
    let sleep = move |duration| sleeper.sleep(duration);
    let clock = Clock::new(move || begin.elapsed(), jiff::Timestamp::now, sleep, fastrand::f64);
    let clock = clock.stopped_by(Arc::clone(&stop));
    end_at_a_signal(Arc::clone(&stop));
    // A panic's message may quote a secret, so only its place is reported.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
        let line = format!("ERROR: The pipe has a bug{place}. Please report it.\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    }));
    let on_error = std::env::var("ON_ERROR").ok();
    let exit = crash::caught(on_error.as_deref(), &mut out, || {
        confluence_pr_link::run(std::env::vars_os(), &clock, std::io::stdout(), std::io::stderr())
    });
    ExitCode::from(stop.signal().map_or(exit.code(), Signal::exit_code))
}

/// A run that got a signal ends by itself, but an answer that doesn't come could delay that for long.
const LONGEST_WRITE: Duration = Duration::from_secs(25);
const TIME_TO_END: Duration = Duration::from_secs(2);

/// As process 1 of a container, the program gets only the signals that it asks for.
#[expect(clippy::exit, clippy::disallowed_methods, reason = "the run's threads may be waiting for answers")]
fn end_at_a_signal(stop: Arc<Stop>) {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    thread::spawn(move || {
        let signal = match signals.forever().next() {
            Some(SIGINT) => Signal::Interrupt,
            _ => Signal::Terminate,
        };
        stop.request(signal);
        stop.wait_for_writes(LONGEST_WRITE);
        thread::sleep(TIME_TO_END);
        let _ = std::io::stdout().write_all(format!("✖ {signal} ended the run\n").as_bytes());
        std::process::exit(i32::from(signal.exit_code()));
    });
}

/// A closed stream, as in `--help | head -1`, is no reason to fail.
fn print(out: &mut impl Write, text: &str, code: ExitCode) -> ExitCode {
    let _ = out.write_all(text.as_bytes());
    code
}
