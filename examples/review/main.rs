//! `cargo run --example review -- DIRECTORY`: a review of a made-up repository, on loopback, for people to look at.
//!
//! `scripts/screenshots.sh` takes its pictures.

#[path = "../../tests/it/review/world.rs"]
#[allow(clippy::expect_used, reason = "it is test code: a panic is a failed test")]
mod world;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use confluence_pr_link::clock::Clock;
use confluence_pr_link::report::Exit;

use fake::{BITBUCKET_TOKEN, CONFLUENCE_EMAIL, CONFLUENCE_TOKEN, Fake};

#[expect(clippy::print_stdout, reason = "this is the example's `main`")]
fn main() -> ExitCode {
    let Some(directory) = std::env::args().nth(1) else {
        println!("usage: cargo run --example review -- DIRECTORY");
        return ExitCode::from(2);
    };
    let fake = Fake::start(world::month());
    if run(&fake, &[("ACTION", "backfill")]) != Exit::Success {
        return ExitCode::FAILURE;
    }
    world::later(&mut fake.state());
    if run(&fake, &[("ACTION", "review"), ("OUTPUT_DIR", &directory)]) != Exit::Success {
        return ExitCode::FAILURE;
    }
    match under_its_name(&fake, Path::new(&directory)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{directory}: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the example stands where `main` stands")]
fn run(fake: &Fake, more: &[(&str, &str)]) -> Exit {
    let urls = [fake.bitbucket_api_url(), fake.confluence_url()];
    let variables = [
        ("BITBUCKET_REPO_FULL_NAME", "acme/shop"),
        ("BITBUCKET_REPO_IS_PRIVATE", "true"),
        ("BITBUCKET_BRANCH", "main"),
        ("BITBUCKET_API_URL", urls[0].as_str()),
        ("BITBUCKET_ACCESS_TOKEN", BITBUCKET_TOKEN),
        ("CONFLUENCE_BASE_URL", urls[1].as_str()),
        ("CONFLUENCE_SITE_ALIASES", world::SITE),
        ("CONFLUENCE_USER_EMAIL", CONFLUENCE_EMAIL),
        ("CONFLUENCE_API_TOKEN", CONFLUENCE_TOKEN),
        ("ON_ERROR", "fail"),
    ];
    let given = variables.iter().chain(more).map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let begin = Instant::now();
    let wall = || "2026-11-22T09:30:00Z".parse().unwrap_or_default();
    let clock = Clock::new(move || begin.elapsed(), wall, std::thread::sleep, fastrand::f64);
    confluence_pr_link::run(given, &clock, std::io::stdout(), std::io::stderr())
}

/// The fake listens on loopback; in the files the site has the name that the texts say.
fn under_its_name(fake: &Fake, directory: &Path) -> std::io::Result<()> {
    for name in ["review.csv", "review.json", "review.html"] {
        let path = directory.join(name);
        let text = std::fs::read_to_string(&path)?;
        std::fs::write(path, text.replace(&fake.confluence_url(), &format!("https://{}", world::SITE)))?;
    }
    Ok(())
}
