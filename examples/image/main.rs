//! `bash scripts/check-image.sh`: the tests of the process, repeated in a container of the image.
//!
//! Its arguments are the image and the words of the engine's command: `image confluence-pr-link docker`. Each check has
//! services of its own on loopback, which the container shares, and ends by itself.

mod checks;
mod names;
mod step;

#[path = "../../tests/it/network/authority.rs"]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code: a panic is a failed check")]
mod authority;

use std::process::ExitCode;

use step::Engine;

#[expect(clippy::print_stdout, reason = "this is the check's `main`")]
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(image), command) = (arguments.next(), arguments.collect::<Vec<_>>()) else { return usage() };
    if command.is_empty() {
        return usage();
    }
    let engine = Engine { command, image };
    let mut failed = 0;
    for (sentence, check) in checks::ALL {
        match check(&engine) {
            Ok(()) => println!("ok      {sentence}"),
            Err(why) => {
                failed += 1;
                println!("FAILED  {sentence}\n{why}");
            }
        }
    }
    println!("{} checks, {failed} failed", checks::ALL.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "this is the check's `main`")]
fn usage() -> ExitCode {
    println!("usage: cargo run --example image -- IMAGE ENGINE [WORD...]");
    ExitCode::from(2)
}
