//! The process: variables, clock, sleep, streams, exit code.

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use confluence_pr_link::clock::Clock;
use confluence_pr_link::variables::help;

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that touches environment, clock, sleep and streams"
)]
fn main() -> ExitCode {
    let mut out = std::io::stdout();
    match std::env::args_os().nth(1).as_ref().map(|argument| argument.to_string_lossy()).as_deref() {
        Some("--help" | "-h") => return said(&mut out, &help::help(), ExitCode::SUCCESS),
        Some("--version" | "-V") => {
            return said(&mut out, concat!("confluence-pr-link ", env!("CARGO_PKG_VERSION"), "\n"), ExitCode::SUCCESS);
        }
        Some(_) => {
            let refusal = "A pipe takes variables, no arguments but --help and --version.\n";
            return said(&mut out, refusal, ExitCode::from(2));
        }
        None => {}
    }
    let begin = Instant::now();
    let clock = Clock::new(move || begin.elapsed(), jiff::Timestamp::now, std::thread::sleep, fastrand::f64);
    let exit = confluence_pr_link::run(std::env::vars_os(), &clock, out, std::io::stderr());
    ExitCode::from(exit.code())
}

/// Says it to whoever still listens: `--help | head -1` is no reason to fail.
fn said(out: &mut impl Write, text: &str, code: ExitCode) -> ExitCode {
    let _ = out.write_all(text.as_bytes());
    code
}
