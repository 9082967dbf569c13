//! Sent requests, refused requests, and the size limit of answers.

#![expect(clippy::disallowed_methods, reason = "the library's own timeouts run on real time; these are short")]

use std::env::current_exe;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use confluence_pr_link::clock::Clock;
use confluence_pr_link::http::{ConnectionError, ErrorDetail, Failure, Limits, Request};
use serde_json::{Value, json};

use super::scripted_service::{QUICK, door, door_with, get, lost, on_clock, post};
use super::server::{Act, answer, ok, server};

#[test]
fn a_request_is_on_the_wire_what_it_says() {
    let server = server(|_| answer("200 OK", &["X-Request-Id: r1"], r#"{"id":7}"#));
    let door = door(&server);
    let body = json!({"b": "é", "a": [1]});
    let answer = door.service.send(&Request::put("/x/y").query("q", "a b+é").json(&body)).unwrap();
    assert_eq!((answer.status(), answer.request_id()), (200, Some("r1")));
    assert_eq!(answer.json::<Value>().unwrap(), json!({"id": 7}));
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "PUT /2.0/x/y?q=a%20b%2B%C3%A9 HTTP/1.1");
    assert_eq!(seen.body, r#"{"a":[1],"b":"é"}"#.as_bytes());
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("accept"), Some("application/json"));
    assert_eq!(seen.header("authorization"), Some("Bearer t0ken-of-ours"));
    assert_eq!(seen.header("user-agent"), Some(concat!("confluence-pr-link/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(*door.log.lock().unwrap(), ["Bitbucket: PUT /2.0/x/y: 200, 0 ms, request id r1"]);
    for request in [Request::get("/g"), Request::delete("/d"), Request::post("/p"), Request::put("/u")] {
        door.service.send(&request).unwrap();
    }
    let lengths: Vec<_> =
        server.seen()[1..].iter().map(|seen| seen.header("content-length").map(str::to_owned)).collect();
    assert_eq!(lengths, [None, None, Some("0".to_owned()), Some("0".to_owned())]);
}

#[test]
fn a_redirect_is_refused_and_the_token_stays_here() {
    let other = server(|_| ok());
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: {}/elsewhere?ticket=t0ken-of-ours", other.origin);
        let server = server(move |_| answer(&format!("{status} Moved"), &[&location], ""));
        for request in [get(), post()] {
            let error = door(&server).fail(&request);
            assert_eq!((error.status(), error.attempts()), (Some(status), 1));
            let expected = format!("answered {status}, a redirect to {}", other.origin);
            assert_eq!(error.failure().to_string(), expected);
        }
    }
    assert!(other.seen().is_empty());
}

#[test]
fn an_answer_without_end_is_cut() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
    let endless = move |_| vec![Act::Send(head.into()), Act::Forever(vec![b' '; 8_192], Duration::ZERO)];
    let error = door(&server(endless)).fail(&get());
    assert!(matches!(error.failure(), Failure::TooLong { limit: 65_536 }), "{:?}", error.failure());
    assert_eq!(error.attempts(), 1);
    let exactly = server(|_| answer("200 OK", &[], &" ".repeat(65_536)));
    assert!(door(&exactly).service.send(&get()).is_ok());
    let one_more = server(|_| answer("200 OK", &[], &" ".repeat(65_537)));
    assert!(matches!(door(&one_more).fail(&get()).failure(), Failure::TooLong { .. }));
    let long_refusal = server(|_| answer("404 Not Found", &[], &"x".repeat(99_999)));
    assert_eq!(door(&long_refusal).fail(&get()).status(), Some(404));
}

/// 100,000 spaces, packed.
const BOMB: &str = concat!(
    "H4sIAAAAAAACA+3BMQEAAADCoCrrn9IaHkABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAArwYt8HnKoIYBAA==",
);

#[test]
fn a_small_answer_that_unpacks_to_a_large_one_is_cut() {
    let server = server(|_| {
        let bomb = base64::engine::general_purpose::STANDARD.decode(BOMB).unwrap();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
        vec![Act::Send([head.as_bytes(), &bomb].concat())]
    });
    let error = door(&server).fail(&get());
    assert!(matches!(error.failure(), Failure::TooLong { .. }), "{:?}", error.failure());
}

#[test]
fn headers_without_end_are_cut() {
    let header = format!("X-Filler: {}\r\n", "x".repeat(1_000));
    let endless =
        move |_| vec![Act::Send(b"HTTP/1.1 200 OK\r\n".into()), Act::Forever(header.clone().into(), Duration::ZERO)];
    let error = door(&server(endless)).fail(&post());
    assert!(matches!(error.failure(), Failure::TooLong { .. }), "{:?}", error.failure());
    assert!(error.is_ambiguous());
}

#[test]
fn an_answer_that_trickles_ends_with_the_budget() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n";
    let server = server(move |_| vec![Act::Send(head.into()), Act::Forever(b" ".into(), Duration::from_millis(5))]);
    let begin = Instant::now();
    let clock = Clock::new(move || begin.elapsed(), || "2026-11-22T12:00:00Z".parse().unwrap(), thread::sleep, || 0.5);
    let limits = Limits { attempt: Duration::from_secs(20), ..QUICK };
    let door = on_clock(&server, clock, limits, Duration::from_millis(250), Arc::default());
    let error = door.fail(&get());
    assert!(error.is_out_of_budget(), "{:?}", error.failure());
    assert_eq!(lost(&error), ConnectionError::TimedOut);
    assert!(begin.elapsed() < Duration::from_secs(2));
    let late = door.fail(&post());
    assert!(late.is_out_of_budget() && late.attempts() == 0 && !late.is_ambiguous());
}

#[test]
fn a_refusal_is_known_in_full_and_holds_no_secret() {
    let body = r#"{"errors":[{"status":404,"code":"NOT_FOUND","title":"Not Found","detail":"for t0ken-of-ours"}]}"#;
    let server = server(move |_| answer("404 Not Found", &["ATL-TraceId: trace-t0ken-of-ours"], body));
    let error = door(&server).fail(&Request::get("/a").query("q", "t0ken-of-ours"));
    assert_eq!((error.status(), error.request_id()), (Some(404), Some("trace-***")));
    assert_eq!(error.detail(), Some(&ErrorDetail::V2 { title: "Not Found".to_owned() }));
    assert_eq!(error.failure().to_string(), "answered 404 Not Found: Not Found: for ***");
    assert!(!format!("{error:?}").contains("t0ken-of-ours"));
}

#[test]
fn a_page_that_says_all_is_well_is_an_error() {
    let server = server(|_| answer("200 OK", &[], "\n<!doctype html><title>Log in</title>"));
    let error = door(&server).fail(&get());
    assert_eq!(error.failure().to_string(), "answered 200 with an HTML page instead of JSON");
    assert_eq!((error.status(), error.attempts(), error.is_ambiguous()), (None, 1, false));
}

#[test]
fn a_path_that_walks_up_is_not_sent() {
    let server = server(|_| ok());
    let door = door(&server);
    for path in ["/a/../b", "/%2E%2e/b", "a", "", "/a b", "/a\r\nX: y", "/é", "/a#b", "/a\\b", "@evil.example/"] {
        assert!(matches!(door.fail(&Request::get(path)).failure(), Failure::NotSent(_)), "{path}");
    }
    assert!(server.seen().is_empty());
}

#[test]
fn a_next_link_is_followed_here_and_refused_elsewhere() {
    let server = server(|_| ok());
    let door = door(&server);
    let answer = door.service.send(&get()).unwrap();
    let next = answer.follow(&format!("{}/2.0/a?page=2", server.origin)).unwrap();
    door.service.send(&Request::get(next)).unwrap();
    assert_eq!(server.lines().last().unwrap(), "GET /2.0/a?page=2 HTTP/1.1");
    let error = answer.follow("https://evil.example/2.0/a").unwrap_err();
    assert!(matches!(error.failure(), Failure::NotSent(_)));
    assert!(!error.is_ambiguous());
}

#[test]
fn eight_mebibytes_are_enough_and_the_most() {
    for (length, fits) in [(8 << 20, true), ((8 << 20) + 1, false)] {
        let server = server(move |_| answer("200 OK", &[], &" ".repeat(length)));
        let door = door_with(&server, Limits::default(), Duration::from_secs(60));
        assert_eq!(door.service.send(&get()).is_ok(), fits, "{length}");
    }
}

/// The library would take a proxy from the environment; which one is used is for the configuration to say.
#[test]
fn a_proxy_in_the_environment_is_not_ours() {
    let test = "http::wire::a_request_is_on_the_wire_what_it_says";
    let mut command = Command::new(current_exe().unwrap());
    command.args(["--exact", test, "--quiet"]);
    for name in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "http_proxy", "https_proxy"] {
        command.env(name, "http://127.0.0.1:1");
    }
    let output = command.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && words.contains("1 passed"), "{words}");
}
