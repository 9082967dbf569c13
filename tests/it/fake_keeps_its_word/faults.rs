//! Does everything go wrong as ordered, and nothing else?

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use serde_json::json;

use contract::Contract;

use super::Client;
use fake::{Account, Fake, Fault, FaultKind, Gate, Response, Service, State};

const COMMENTS: &str = "/2.0/repositories/acme/shop/pullrequests/1/comments";

fn with(faults: Vec<Fault>) -> Fake {
    let mut state = State::default();
    state.open_pull_request("a", "A", "", &["one"]);
    state.faults = faults;
    Fake::start_watched(state, Contract::new())
}

fn post(fake: &Fake) -> std::io::Result<super::Reply> {
    Client::bitbucket(fake).try_send("POST", COMMENTS, Some(&json!({"content": {"raw": "x"}})))
}

#[test]
fn one_connection_carries_many_requests() {
    let fake = with(vec![]);
    let mut client = Client::bitbucket(&fake);
    for number in 1..=5 {
        assert_eq!(client.get(COMMENTS).status, 200);
        assert_eq!(fake.requests().len(), number);
    }
    let chunked = format!(
        "POST {COMMENTS} HTTP/1.1\r\nAuthorization: {}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n\
         a\r\n{{\"content\"\r\na\r\n:{{\"raw\":\"x\r\n3\r\n\"}}}}\r\n0\r\n\r\n",
        client.authorization.clone().unwrap()
    );
    client.stream.get_mut().write_all(chunked.as_bytes()).unwrap();
    assert_eq!(client.read_reply().unwrap().status, 201);
    assert_eq!(client.get(COMMENTS).json()["size"], 1);
    let last = fake.requests().pop().unwrap();
    assert_eq!((last.number, last.status, last.line()), (7, Some(200), format!("GET {COMMENTS}")));
}

#[test]
fn a_gate_opens_when_all_have_arrived() {
    let fake = with(vec![]);
    fake.state().gates.push(Gate::new("POST", "/comments", 2));
    std::thread::scope(|scope| {
        let first = scope.spawn(|| post(&fake).unwrap().status);
        while fake.requests().is_empty() {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(Client::bitbucket(&fake).get(COMMENTS).json()["size"], 0, "the first waits, and readers do not");
        assert_eq!((post(&fake).unwrap().status, first.join().unwrap()), (201, 201));
        assert_eq!(post(&fake).unwrap().status, 201, "it stays open");
    });
}

#[test]
fn a_broken_connection_may_or_may_not_have_done_its_work() {
    for (kind, done) in [(FaultKind::Refuse, 0), (FaultKind::ResetBefore, 0), (FaultKind::ResetAfter, 1)] {
        let fake = with(vec![Fault::once(kind.clone()).at(Service::Bitbucket).method("POST")]);
        let error = post(&fake).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{kind:?}");
        assert_eq!(fake.pull_request_comments(1).len(), done, "{kind:?}");
        assert_eq!(fake.requests()[0].status, None);
        assert_eq!(post(&fake).unwrap().status, 201, "only once");
    }
}

#[test]
fn a_pooled_connection_closes_without_a_word() {
    let fake = with(vec![Fault::once(FaultKind::CloseAfter)]);
    let mut client = Client::bitbucket(&fake);
    assert_eq!(client.get(COMMENTS).status, 200);
    assert!(client.try_send("GET", COMMENTS, None).is_err());
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn answers_are_replaced_with_or_without_acting() {
    let fake = with(vec![
        Fault::once(FaultKind::too_many_requests("2")).writes(),
        Fault::once(FaultKind::ActThenAnswer(Response::html(504, "late"))).writes(),
        Fault::once(FaultKind::LoginPage).writes(),
        Fault::once(FaultKind::status(500)).writes(),
    ]);
    assert_eq!(Client::bitbucket(&fake).get(COMMENTS).status, 200, "reading is not touched");
    let limited = post(&fake).unwrap();
    assert_eq!((limited.status, limited.header("Retry-After")), (429, Some("2")));
    assert_eq!(fake.pull_request_comments(1).len(), 0);
    assert_eq!(post(&fake).unwrap().status, 504);
    assert_eq!(fake.pull_request_comments(1).len(), 1);
    let login = post(&fake).unwrap();
    assert_eq!((login.status, login.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(post(&fake).unwrap().status, 500);
    assert_eq!(fake.pull_request_comments(1).len(), 1);
}

#[test]
fn half_an_answer_is_an_error_after_the_work_is_done() {
    let fake = with(vec![Fault::once(FaultKind::Truncated)]);
    assert_eq!(post(&fake).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    assert_eq!(fake.pull_request_comments(1).len(), 1);
}

#[test]
fn an_endless_answer_a_slow_one_and_none_end_with_the_client_or_the_fake() {
    let fake =
        with(vec![Fault::once(FaultKind::Endless), Fault::once(FaultKind::Trickle), Fault::once(FaultKind::Silence)]);
    let mut client = Client::bitbucket(&fake);
    client.get(COMMENTS);
    let mut bytes = vec![0; 1_000_000];
    client.stream.read_exact(&mut bytes).unwrap();
    drop(client);
    for _ in 0..2 {
        let mut client = Client::bitbucket(&fake);
        client.stream.get_ref().set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        assert_eq!(client.try_send("GET", COMMENTS, None).unwrap_err().kind(), ErrorKind::WouldBlock);
        std::mem::forget(client);
    }
    let before = Instant::now();
    drop(fake);
    assert!(before.elapsed() < Duration::from_secs(5), "it ends although its clients do not");
}

#[test]
fn a_fault_strikes_where_it_was_told_to() {
    let fake = with(vec![
        Fault::at_request(2, FaultKind::status(502)),
        Fault::once(FaultKind::status(503)).path("/commits").nth(2),
    ]);
    let mut client = Client::bitbucket(&fake);
    let mut status = |path: &str| client.get(&format!("/2.0/repositories/acme/shop{path}")).status;
    assert_eq!((status(""), status(""), status("")), (200, 502, 200));
    assert_eq!((status("/commits"), status("/commits"), status("/commits")), (200, 503, 200));
}

#[test]
fn latency_is_waited_for_and_too_many_at_once_are_refused() {
    let fake = with(vec![]);
    fake.state().bitbucket_latency = Duration::from_millis(150);
    fake.state().bitbucket_max_parallel = Some(2);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| Client::bitbucket(&fake).get(COMMENTS).status)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(statuses.contains(&429) && statuses.contains(&200), "{statuses:?}");
    assert!(fake.most_at_once(Service::Bitbucket) > 2);
}

#[test]
fn the_clock_ticks_with_writes_only() {
    let fake = with(vec![]);
    let before = fake.state().clock.now();
    Client::bitbucket(&fake).get(COMMENTS);
    assert_eq!(fake.state().clock.now(), before);
    fake.state().comment(1, Account::bot(), "x");
    assert_eq!(fake.state().clock.now().as_second(), before.as_second() + 1);
}

#[test]
fn a_fake_is_quick_to_start_and_to_end() {
    let before = Instant::now();
    for _ in 0..50 {
        let fake = with(vec![]);
        Client::bitbucket(&fake).get(COMMENTS);
    }
    assert!(before.elapsed() < Duration::from_secs(20));
}
