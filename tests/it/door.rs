//! Does the door to the network keep its promises towards servers that misbehave on the wire?

#![expect(clippy::disallowed_methods, reason = "the library's own timeouts run on real time; these are short")]

mod server;

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use confluence_pr_link::clock::{Clock, Deadline};
use confluence_pr_link::http::{
    Authorization, Base, Failure, HttpError, Limits, Loss, Request, Said, Service, ServiceName, Session, map,
};
use confluence_pr_link::secret::{Scrubber, Secret};
use serde_json::{Value, json};

use server::{Act, Server, answer, ok, server};

/// A service on a server, with a clock that only moves by sleeping, so that no back-off takes time.
struct Door {
    service: Service,
    session: Arc<Session>,
    sleeps: Arc<Mutex<Vec<Duration>>>,
    log: Arc<Mutex<Vec<String>>>,
}

const QUICK: Limits = Limits { attempt: Duration::from_millis(250), connect: Duration::from_secs(5), body: 64 * 1024 };

fn door(server: &Server) -> Door {
    door_with(server, Limits { attempt: Duration::from_secs(5), ..QUICK }, Duration::from_secs(60))
}

fn door_with(server: &Server, limits: Limits, budget: Duration) -> Door {
    let sleeps = Arc::new(Mutex::new(Vec::new()));
    let (read, write) = (Arc::clone(&sleeps), Arc::clone(&sleeps));
    let clock = Clock::new(
        move || read.lock().unwrap().iter().sum(),
        || "2026-11-22T12:00:00Z".parse().unwrap(),
        move |time| write.lock().unwrap().push(time),
        || 0.5,
    );
    on_clock(server, clock, limits, budget, sleeps)
}

fn on_clock(
    server: &Server,
    clock: Clock,
    limits: Limits,
    budget: Duration,
    sleeps: Arc<Mutex<Vec<Duration>>>,
) -> Door {
    let token = Secret::parse("t0ken").unwrap();
    let scrubber = Scrubber::default();
    scrubber.hide(&token);
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&log);
    let session = Session::new(clock, Deadline::after(budget), scrubber, limits, move |exchange| {
        let mut exchange = exchange.clone();
        exchange.took = Duration::ZERO;
        lines.lock().unwrap().push(exchange.to_string());
    });
    let base = Base::parse(&format!("{}/2.0", server.origin)).unwrap();
    let service = Service::new(ServiceName::Bitbucket, base, Authorization::bearer(&token), &session);
    Door { service, session, sleeps, log }
}

impl Door {
    fn fail(&self, request: &Request) -> HttpError {
        self.service.send(request).unwrap_err()
    }

    fn sleeps(&self) -> Vec<u128> {
        self.sleeps.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}

fn get() -> Request {
    Request::get("/a")
}

fn post() -> Request {
    Request::post("/a").json(&json!({"x": 1}))
}

fn lost(error: &HttpError) -> Loss {
    match error.failure() {
        Failure::Lost { how, .. } => *how,
        Failure::OutOfBudget { last: Some(last) } => match &**last {
            Failure::Lost { how, .. } => *how,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

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
    assert_eq!(seen.header("authorization"), Some("Bearer t0ken"));
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
fn too_many_requests_waits_as_asked_and_goes_on_for_every_method() {
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
    let server = server(|_| answer("429 Too Many Requests", &["Retry-After: 20"], r#"{"message":"slow down"}"#));
    let door = door_with(&server, QUICK, Duration::from_secs(10));
    let error = door.fail(&post());
    assert!(error.is_out_of_budget() && !error.in_doubt());
    assert_eq!((error.status(), error.attempts(), door.sleeps().len()), (Some(429), 1, 0));
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
    let silent = || vec![Act::Pause(Duration::from_secs(2))];
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
        assert!(error.in_doubt(), "{name}: {:?}", error.failure());
        assert_eq!((server.seen().len(), error.attempts()), (1, 1), "{name}");
        assert_eq!(door.session.counts().writes, 1, "{name}");
    }
}

#[test]
fn a_post_that_never_left_is_repeated_and_never_in_doubt() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let door = door(&Server { origin, seen: Arc::default() });
    let error = door.fail(&post());
    assert_eq!(lost(&error), Loss::Refused);
    assert_eq!((error.attempts(), error.in_doubt()), (4, false));
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
    }
}

#[test]
fn a_put_that_was_lost_surfaces_what_its_repetition_is_told() {
    let server = server(|n| if n == 0 { vec![Act::Close] } else { answer("409 Conflict", &[], r#"{"message":"v"}"#) });
    let error = door(&server).fail(&Request::put("/a"));
    assert_eq!((error.status(), error.attempts()), (Some(409), 2));
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
fn a_kept_connection_that_the_server_closed_silently_is_no_failure() {
    let server = server(|_| ok().into_iter().chain([Act::Close]).collect());
    let door = door(&server);
    for number in 0..40 {
        let request = if number % 2 == 0 { get() } else { post() };
        assert!(door.service.send(&request).is_ok());
    }
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("POST")).count(), 20);
}

#[test]
fn a_redirect_is_refused_and_the_token_stays_here() {
    let other = server(|_| ok());
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: {}/elsewhere?ticket=t0ken", other.origin);
        let server = server(move |_| answer(&format!("{status} Moved"), &[&location], ""));
        for request in [get(), post()] {
            let error = door(&server).fail(&request);
            assert_eq!((error.status(), error.attempts()), (Some(status), 1));
            let expected = format!("answered {status}, a redirect to {}: is the base URL right?", other.origin);
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
    assert!(error.in_doubt());
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
    assert_eq!(lost(&error), Loss::TimedOut);
    assert!(begin.elapsed() < Duration::from_secs(2));
    let late = door.fail(&post());
    assert!(late.is_out_of_budget() && late.attempts() == 0 && !late.in_doubt());
}

#[test]
fn a_refusal_is_known_in_full_and_holds_no_secret() {
    let body = r#"{"errors":[{"status":404,"code":"NOT_FOUND","title":"Not Found","detail":"for t0ken"}]}"#;
    let server = server(move |_| answer("404 Not Found", &["ATL-TraceId: trace-t0ken"], body));
    let error = door(&server).fail(&Request::get("/a").query("q", "t0ken"));
    assert_eq!((error.status(), error.request_id()), (Some(404), Some("trace-***")));
    assert_eq!(error.said(), Some(&Said::V2 { title: "Not Found".to_owned() }));
    assert_eq!(error.failure().to_string(), "answered 404 Not Found: Not Found: for ***");
    assert!(!format!("{error:?}").contains("t0ken"));
}

#[test]
fn a_page_that_says_all_is_well_is_an_error() {
    let server = server(|_| answer("200 OK", &[], "\n<!doctype html><title>Log in</title>"));
    let error = door(&server).fail(&get());
    assert_eq!(error.failure().to_string(), "answered 200 with an HTML page instead of JSON");
    assert_eq!((error.status(), error.attempts(), error.in_doubt()), (None, 1, false));
}

#[test]
fn a_path_that_walks_up_is_not_sent() {
    let server = server(|_| ok());
    let door = door(&server);
    for path in ["/a/../b", "/%2E%2e/b", "a", "", "/a b", "/a\r\nX: y", "/é", "/a#b", "/a\\b", "@evil.example/"] {
        assert!(matches!(door.fail(&Request::get(path)).failure(), Failure::Unsendable), "{path}");
    }
    assert!(server.seen().is_empty());
}

#[test]
fn a_next_link_is_followed_here_and_refused_elsewhere() {
    let server = server(|_| ok());
    let door = door(&server);
    let next = door.service.follow(&format!("{}/2.0/a?page=2", server.origin)).unwrap();
    door.service.send(&Request::get(next)).unwrap();
    assert_eq!(server.lines(), ["GET /2.0/a?page=2 HTTP/1.1"]);
    let error = door.service.follow("https://evil.example/2.0/a").unwrap_err();
    assert!(matches!(error.failure(), Failure::Foreign { .. }));
    assert!(!error.in_doubt());
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
