//! Colors, streams without a reader, bytes that aren't text, and services that are down.

use std::ffi::OsString;
use std::io::{PipeWriter, pipe};
use std::os::unix::ffi::OsStringExt;
use std::process::Stdio;

use super::{checkout, command, run, said};

#[test]
fn lines_have_the_bytes_of_atlassians_toolkit() {
    let (mut bed, id) = checkout();
    bed.variables.remove("NO_COLOR");
    bed = bed.with("DEBUG", "true");
    let ran = run(&bed.variables);
    assert!(ran.log.starts_with("\u{1b}[34mINFO: Executing the pipe...\u{1b}[0m\n"), "{ran:?}");
    for line in ran.log.lines() {
        let info = line.starts_with("\u{1b}[34mINFO: ");
        let debug = line.starts_with("\u{1b}[37mDEBUG: ");
        assert!((info || debug) && line.ends_with("\u{1b}[0m"), "{line:?}");
    }
    assert!(ran.log.contains("\u{1b}[37mDEBUG: "), "{ran:?}");
    let url = format!("https://bitbucket.org/acme/shop/pull-requests/{id}");
    assert!(ran.out.starts_with("\u{1b}[32m✔ ") && ran.out.ends_with("\u{1b}[0m\n"), "{ran:?}");
    assert!(ran.out.contains(&url), "{ran:?}");
    assert_eq!(ran.out.lines().count(), 1, "{ran:?}");
}

#[test]
fn no_color_removes_all_color() {
    let (bed, _) = checkout();
    let ran = run(&bed.with("DEBUG", "yes").variables);
    assert!(!ran.log.contains('\u{1b}') && !ran.out.contains('\u{1b}'), "{ran:?}");
    assert!(ran.out.starts_with("✔ "), "{ran:?}");
}

#[test]
fn missing_confluence_warns_or_fails_as_configured() {
    let (mut bed, _) = checkout();
    bed.variables.remove("NO_COLOR");
    let gone = NOBODY;
    let bed = bed.with("CONFLUENCE_BASE_URL", gone).with("ON_ERROR", "warn");
    let mut strict = bed.variables.clone();
    strict.insert("ON_ERROR".to_owned(), "fail".to_owned());
    // Both wait between their tries, so they do it side by side.
    let (warned, failed) = std::thread::scope(|scope| {
        let failed = scope.spawn(|| run(&strict));
        (run(&bed.variables), failed.join().unwrap())
    });
    assert_eq!((warned.code, failed.code), (Some(0), Some(1)), "{warned:?} {failed:?}");
    assert!(warned.log.contains("\n\u{1b}[33mWARNING: ") && warned.out.starts_with("\u{1b}[31m✖ "), "{warned:?}");
    assert!(failed.log.contains("\n\u{1b}[31mERROR: ") && failed.out.starts_with("\u{1b}[31m✖ "), "{failed:?}");
    assert!(!warned.log.contains("ERROR: ") && !failed.log.contains("WARNING: "), "{warned:?} {failed:?}");
    insta::assert_snapshot!(warned.sorted(&bed.fake).replace(gone, "{gone}"), @r"
    INFO: Executing the pipe...
    INFO: confluence-pr-link 0.1.0: acme/shop #1, {gone}
    WARNING: Couldn't link the pull request: `GET /wiki/rest/api/user/current` to Confluence failed after 4 tries: connection refused; check CONFLUENCE_BASE_URL, and that this step can reach it
    exit code 0
    ✖ Couldn't link the pull request: https://bitbucket.org/acme/shop/pull-requests/1; the step passes, because ON_ERROR is `warn`
    ");
    assert_eq!(bed.fake.writes().len(), 0);
}

#[test]
fn a_variable_that_is_no_text_is_refused_only_if_it_is_ours() {
    let bytes = || OsString::from_vec(b"caf\xe9".to_vec());
    let (bed, _) = checkout();
    let foreign = said(command().envs(&bed.variables).env("LC_NAME", bytes()).env(bytes(), "1"));
    assert_eq!(foreign.code, Some(0), "{foreign:?}");
    assert_eq!(bed.fake.writes().len(), 3);
    for name in ["CONFLUENCE_API_TOKEN", "SPACES", "DRY_RUN"] {
        let ours = said(command().envs(&bed.variables).env(name, bytes()));
        assert_eq!(ours.code, Some(2), "{ours:?}");
        assert!(ours.log.contains(&format!("ERROR: {name} isn't text in UTF-8")), "{ours:?}");
    }
}

#[test]
fn closed_stream_stops_nothing() {
    let (bed, id) = checkout();
    let code = command().envs(&bed.variables).stdout(closed()).stderr(closed()).status().unwrap().code();
    assert_eq!(code, Some(0));
    assert_eq!(bed.fake.pull_request_comments(id).len(), 1);
    assert_eq!(bed.fake.page_comments(101).len(), 1);
    let refused = command().env("REQUIRE", "link").stdout(closed()).stderr(closed()).status().unwrap().code();
    assert_eq!(refused, Some(2));
}

#[test]
fn help_to_a_closed_stream_causes_no_panic() {
    for argument in ["--help", "--version"] {
        let code = command().arg(argument).stdout(closed()).stderr(closed()).status().unwrap().code();
        assert_eq!(code, Some(0));
    }
}

#[test]
fn an_argument_that_is_no_text_is_refused_as_any_other() {
    let code = command().arg(OsString::from_vec(b"caf\xe9".to_vec())).stderr(closed()).status().unwrap().code();
    assert_eq!(code, Some(2));
}

/// A pipe whose other end is closed.
fn closed() -> Stdio {
    let (reader, writer): (_, PipeWriter) = pipe().unwrap();
    drop(reader);
    writer.into()
}

/// An address where nothing listens: a port that the system never hands out.
const NOBODY: &str = "http://127.0.0.1:9";
