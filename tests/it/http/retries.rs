//! Retries, ambiguous writes, and the limit of concurrent requests.

#![expect(clippy::disallowed_methods, reason = "the library's own timeouts run on real time; these are short")]

use std::net::TcpListener;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use confluence_pr_link::clock::Clock;
use confluence_pr_link::http::{ConnectionError, Request, Service, map};
use serde_json::json;

use super::scripted_service::{QUICK, door, door_with, get, lost, on_clock, post};
use super::server::{Act, Server, answer, ok, server};

#[test]
fn rate_limit_waits_as_asked_with_every_method() {
    for request in [get(), post(), Request::put("/a"), Request::delete("/a")] {
        let server =
            server(|n| if n == 0 { answer("429 Too Many Requests", &["Retry-After: 3"], "slow") } else { ok() });
        let door = door(&server);
        assert!(door.service.send(&request).is_ok());
        assert_eq!(door.sleeps(), [3_000]);
        let counts = door.session.counts();
        assert_eq!((counts.requests, counts.retries, counts.waited_ms), (2, 1, 3_000));
    }
}

#[test]
fn unavailable_until_a_date_waits_until_then() {
    let date = "Retry-After: Sun, 22 Nov 2026 12:00:05 GMT";
    let server = server(move |n| if n == 0 { answer("503 Service Unavailable", &[date], "") } else { ok() });
    let door = door(&server);
    assert!(door.service.send(&post()).is_ok());
    assert_eq!(door.sleeps(), [5_000]);
}

#[test]
fn a_wait_that_does_not_fit_ends_the_request_with_its_reason() {
    let body = r#"{"message":"slow down"}"#;
    for (status, header, budget) in [
        ("429 Too Many Requests", "Retry-After: 20", 10),
        ("429 Too Many Requests", "Retry-After: 3600", 3_600),
        ("429 Too Many Requests", "X-RateLimit-Reset: 745", 3_600),
        ("429 Too Many Requests", "RateLimit-Reason: confluence-quota-global-based", 3_600),
        ("429 Too Many Requests", "X-Nothing: 1", 0),
        ("503 Service Unavailable", "Retry-After: 3600", 3_600),
    ] {
        let server = server(move |_| answer(status, &[header], body));
        let door = door_with(&server, QUICK, Duration::from_millis(budget * 1_000 + 900));
        let error = door.fail(&post());
        assert!(!error.is_out_of_budget() && !error.is_ambiguous(), "{header}");
        assert_eq!((error.attempts(), door.sleeps().len()), (1, 0), "{header}");
    }
}

#[test]
fn a_throttled_request_gives_up_after_four_tries() {
    let server = server(|_| answer("429 Too Many Requests", &[], "Rate limit for this resource has been exceeded"));
    let door = door(&server);
    let error = door.fail(&get());
    assert_eq!(error.to_string(), "`GET /2.0/a` to Bitbucket failed after 4 tries");
    assert_eq!(
        error.failure().to_string(),
        "answered 429 Too Many Requests: Rate limit for this resource has been exceeded"
    );
    assert_eq!(door.sleeps(), [1_000, 2_000, 4_000]);
}

#[test]
fn a_failed_post_is_in_doubt_and_not_repeated() {
    let close = || vec![Act::Close];
    let truncated = || vec![Act::Send(b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{".into()), Act::Close];
    let garbled = || vec![Act::Send(b"hello there\r\n\r\n".into()), Act::Close];
    let html = || answer("200 OK", &["Content-Type: text/html"], "<html>Log in");
    let silent = || vec![Act::Pause(Duration::from_secs(2)), Act::Close];
    type Script = Box<dyn Fn() -> Vec<Act> + Send + Sync>;
    let scripts: Vec<(&str, Script)> = vec![
        ("500", Box::new(|| answer("500 Internal Server Error", &[], ""))),
        ("502", Box::new(|| answer("502 Bad Gateway", &[], "<html>"))),
        ("503", Box::new(|| answer("503 Service Unavailable", &[], ""))),
        ("closed", Box::new(close)),
        ("truncated", Box::new(truncated)),
        ("garbled", Box::new(garbled)),
        ("html", Box::new(html)),
        ("silent", Box::new(silent)),
    ];
    for (name, script) in scripts {
        let server = server(move |_| script());
        let door = door_with(&server, QUICK, Duration::from_secs(60));
        let error = door.fail(&post());
        assert!(error.is_ambiguous(), "{name}: {:?}", error.failure());
        assert_eq!((server.seen().len(), error.attempts()), (1, 1), "{name}");
        assert_eq!(door.session.counts().writes, 1, "{name}");
        assert!(name != "silent" || lost(&error) == ConnectionError::TimedOut);
    }
}

#[test]
fn a_post_that_never_left_is_repeated_and_never_in_doubt() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let door = door(&Server { origin, seen: Arc::default() });
    let error = door.fail(&post());
    assert_eq!(lost(&error), ConnectionError::Refused);
    assert_eq!((error.attempts(), error.is_ambiguous()), (4, false));
    assert_eq!(door.sleeps(), [250, 500, 1_000]);
}

#[test]
fn what_may_be_repeated_is() {
    let truncated = || vec![Act::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".into()), Act::Close];
    for request in [get(), Request::put("/a").json(&json!({})), Request::delete("/a"), post().reading()] {
        let server = server(move |n| match n {
            0 => answer("500 Internal Server Error", &[], ""),
            1 => vec![Act::Close],
            2 => truncated(),
            _ => ok(),
        });
        let door = door(&server);
        assert!(door.service.send(&request).is_ok());
        assert_eq!(door.sleeps(), [250, 500, 1_000]);
        let lines = server.lines();
        assert!(lines.len() == 4 && lines.iter().all(|line| *line == lines[0]));
        let writes = if lines[0].starts_with("PUT") || lines[0].starts_with("DELETE") { 4 } else { 0 };
        assert_eq!(door.session.counts().writes, writes);
    }
}

#[test]
fn lost_put_reports_the_answer_to_its_retry() {
    let server = server(|n| if n == 0 { vec![Act::Close] } else { answer("409 Conflict", &[], r#"{"message":"v"}"#) });
    let error = door(&server).fail(&Request::put("/a"));
    assert_eq!((error.status(), error.attempts()), (Some(409), 2));
}

#[test]
fn the_last_answer_is_named_even_when_a_later_try_had_none() {
    let server = server(|n| match n {
        0 => answer("502 Bad Gateway", &["X-Request-Id: r-1"], ""),
        _ => vec![Act::Close],
    });
    let error = door(&server).fail(&get());
    assert_eq!((lost(&error), error.attempts(), error.request_id()), (ConnectionError::Dropped, 4, Some("r-1")));
}

#[test]
fn kept_connections_serve_reads_and_a_post_never_uses_one() {
    let server = server(|_| ok());
    let door = door(&server);
    for request in [get(), get(), post(), get(), post()] {
        door.service.send(&request).unwrap();
    }
    let connections: Vec<_> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 1, 0, 2]);
}

#[test]
fn silently_closed_connection_is_replaced() {
    let server = server(|_| ok().into_iter().chain([Act::Close]).collect());
    let door = door(&server);
    for number in 0..40 {
        let request = if number % 2 == 0 { get() } else { post() };
        assert!(door.service.send(&request).is_ok());
    }
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("POST")).count(), 20);
}

#[test]
fn at_most_twelve_requests_are_on_their_way() {
    let now = Arc::new(Mutex::new((0_usize, 0_usize)));
    let inside = Arc::clone(&now);
    let server = server(move |_| {
        {
            let mut now = inside.lock().unwrap();
            now.0 += 1;
            now.1 = now.1.max(now.0);
        }
        thread::sleep(Duration::from_millis(20));
        inside.lock().unwrap().0 -= 1;
        ok()
    });
    let door = door(&server);
    let statuses = map(&[(); 48], |()| door.service.send(&get()).unwrap().status());
    assert_eq!(statuses, [200; 48]);
    let most = now.lock().unwrap().1;
    assert!((2..=12).contains(&most), "{most}");
}

#[test]
fn after_a_complaint_fewer_are_on_their_way() {
    let now = Arc::new(Mutex::new((0_usize, 0_usize)));
    let inside = Arc::clone(&now);
    let server = server(move |n| {
        if n < 12 {
            thread::sleep(Duration::from_millis(20));
            return answer("429 Too Many Requests", &[], "");
        }
        {
            let mut now = inside.lock().unwrap();
            now.0 += 1;
            now.1 = now.1.max(now.0);
        }
        thread::sleep(Duration::from_millis(10));
        inside.lock().unwrap().0 -= 1;
        ok()
    });
    let door = door(&server);
    assert!(map(&[(); 24], |()| door.service.send(&get()).is_ok()).into_iter().all(|ok| ok));
    let most = now.lock().unwrap().1;
    assert!((1..=6).contains(&most), "{most}");
}

#[test]
fn who_waits_for_another_try_does_not_hold_up_others() {
    let server = server(|n| if n < 5 { answer("429 Too Many Requests", &[], "") } else { ok() });
    let neighbour: Arc<OnceLock<Service>> = Arc::default();
    let (other, begin, answered) = (Arc::clone(&neighbour), Instant::now(), Arc::new(Mutex::new(Vec::new())));
    let inside = Arc::clone(&answered);
    let clock = Clock::new(
        move || begin.elapsed(),
        || "2026-11-22T12:00:00Z".parse().unwrap(),
        // Only requests with a Retry-After sleep. The limit has fallen to one by the third time.
        move |_| {
            let result = other.get().unwrap().send(&Request::get("/neighbour")).map(|answer| answer.status());
            inside.lock().unwrap().push(result.is_ok());
        },
        || 0.5,
    );
    let door = on_clock(&server, clock, QUICK, Duration::from_secs(5), Arc::default());
    let service = neighbour.get_or_init(|| door.service);
    assert!(service.send(&get()).is_ok());
    let answered = answered.lock().unwrap();
    assert!(answered.len() == 5 && answered.iter().all(|answered| *answered), "{answered:?}");
}

#[test]
fn a_run_that_oversleeps_says_what_happened_before() {
    let server = server(|_| vec![Act::Close]);
    let slept = Arc::new(Mutex::new(Duration::ZERO));
    let (read, write) = (Arc::clone(&slept), slept);
    let clock = Clock::new(
        move || *read.lock().unwrap(),
        || "2026-11-22T12:00:00Z".parse().unwrap(),
        move |_| *write.lock().unwrap() += Duration::from_secs(99),
        || 0.5,
    );
    let door = on_clock(&server, clock, QUICK, Duration::from_secs(60), Arc::default());
    let error = door.fail(&Request::put("/a"));
    assert!(error.is_out_of_budget() && error.is_ambiguous());
    assert_eq!((lost(&error), error.attempts()), (ConnectionError::Dropped, 1));
}

#[test]
fn late_answer_is_unused_and_late_write_counts() {
    for (request, used) in [(get(), false), (post().reading(), false), (post(), true), (Request::put("/a"), true)] {
        let now = Arc::new(Mutex::new(Duration::ZERO));
        let (read, write) = (Arc::clone(&now), Arc::clone(&now));
        // The answer is in time; looking through it is what takes long.
        let server = server(move |_| {
            *write.lock().unwrap() = Duration::from_secs(2);
            ok()
        });
        let clock = Clock::new(
            move || *read.lock().unwrap(),
            || "2026-11-22T12:00:00Z".parse().unwrap(),
            |time| panic!("waited {time:?}"),
            || 0.5,
        );
        let door = on_clock(&server, clock, QUICK, Duration::from_secs(2), Arc::default());
        match door.service.send(&request) {
            Ok(_) => assert!(used, "{request:?}"),
            Err(error) => {
                assert!(
                    !used && error.is_out_of_budget() && error.attempts() == 1 && !error.is_ambiguous(),
                    "{error:?}"
                );
            }
        }
    }
}
