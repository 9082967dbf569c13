//! `cargo run --example review -- DIRECTORY month|large`: a review of a made-up repository, on loopback.
//!
//! `scripts/screenshots.sh` takes its pictures.

#[path = "../../tests/it/review/world.rs"]
#[allow(clippy::expect_used, clippy::indexing_slicing, reason = "it is test code: a panic is a failed test")]
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
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, size] = arguments.as_slice() else {
        println!("usage: cargo run --example review -- DIRECTORY month|large");
        return ExitCode::from(2);
    };
    let is_large = size == "large";
    let fake = Fake::start(if is_large { world::large() } else { world::month() });
    let mut runs = vec![vec![("ACTION", "backfill".to_owned()), ("DAYS", "90".to_owned())]];
    let releases = if is_large { world::RELEASES.as_slice() } else { &[] };
    for release in releases {
        let commit = fake.state().bitbucket.repositories.first().and_then(|it| it.tags.get(*release).cloned());
        let commit = commit.unwrap_or_default();
        runs.push(vec![("BITBUCKET_TAG", (*release).to_owned()), ("BITBUCKET_COMMIT", commit)]);
    }
    if runs.iter().any(|more| run(&fake, more) != Exit::Success) {
        return ExitCode::FAILURE;
    }
    if is_large {
        world::large_later(&mut fake.state())
    } else {
        world::later(&mut fake.state())
    }
    if run(&fake, &[("ACTION", "review".to_owned()), ("OUTPUT_DIR", directory.clone())]) != Exit::Success {
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
fn run(fake: &Fake, more: &[(&str, String)]) -> Exit {
    let urls = [fake.bitbucket_api_url(), fake.confluence_url()];
    let variables = [
        ("BITBUCKET_REPO_FULL_NAME", "acme/shop"),
        ("BITBUCKET_REPO_IS_PRIVATE", "true"),
        ("BITBUCKET_API_URL", urls[0].as_str()),
        ("BITBUCKET_ACCESS_TOKEN", BITBUCKET_TOKEN),
        ("CONFLUENCE_BASE_URL", urls[1].as_str()),
        ("CONFLUENCE_SITE_ALIASES", world::SITE),
        ("CONFLUENCE_USER_EMAIL", CONFLUENCE_EMAIL),
        ("CONFLUENCE_API_TOKEN", CONFLUENCE_TOKEN),
        ("ON_ERROR", "fail"),
    ];
    let event =
        if more.iter().any(|(name, _)| *name == "BITBUCKET_TAG") { None } else { Some(("BITBUCKET_BRANCH", "main")) };
    let fixed = variables.into_iter().chain(event).map(|(name, value)| (name, value.to_owned()));
    let given = fixed.chain(more.iter().cloned()).map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let begin = Instant::now();
    let utc_now = || "2026-11-22T09:30:00Z".parse().unwrap_or_default();
    let clock = Clock::new(move || begin.elapsed(), utc_now, std::thread::sleep, fastrand::f64);
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
