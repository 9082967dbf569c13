//! `cargo run -p demo`: the pipe, a pull request and its pages, on loopback.
//!
//! Without arguments it plays in the terminal and ends; it fails when a second run writes anything. With
//! `--serve [PORT]` it stays and shows both sides in a browser.

mod acts;
mod stage;
mod world;

mod sides;

mod show;
mod terminal;
mod web;

mod document;
mod markdown;
mod storage;

use std::process::ExitCode;

#[expect(clippy::print_stdout, reason = "this is the demo's `main`")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let port = match words.as_slice() {
        [] if acts::play().is_empty() => return ExitCode::SUCCESS,
        [] => return ExitCode::FAILURE,
        ["--serve"] => Some(0),
        ["--serve", port] => port.parse().ok(),
        _ => None,
    };
    match port {
        Some(port) => serve(port),
        None => {
            println!("usage: cargo run -p demo [-- --serve [PORT]]");
            ExitCode::from(2)
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is the demo's `main`")]
fn serve(port: u16) -> ExitCode {
    match web::serve(port) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("port {port} cannot be served: {error}");
            ExitCode::FAILURE
        }
    }
}
