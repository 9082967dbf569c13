//! Requests through the pipeline's auth proxy.

use std::time::Duration;

use confluence_pr_link::http::{
    Base, ConnectionError, Counts, Failure, ForwardProxy, Limits, Persistence, Request, Service, ServiceName,
};
use serde_json::json;

use super::scripted_service::{Door, QUICK, door, door_with, get, lost};
use super::server::{Act, Server, answer, ok, server};

fn through(proxy: &Server, door: &Door) -> Service {
    let proxy = ForwardProxy::parse(&proxy.origin).unwrap();
    let base = Base::parse("https://api.bitbucket.org/2.0").unwrap();
    Service::through(ServiceName::AuthProxy, &proxy, &base, &door.session)
}

#[test]
fn proxied_request_has_a_full_address_and_no_credential() {
    let proxy = server(|_| ok());
    let service = through(&proxy, &door(&proxy));
    let body = json!({"b": "é", "long": "x".repeat(300_000)});
    service.send(&get()).unwrap();
    service.send(&Request::put("/x/y").query("q", "a b").json(&body)).unwrap();
    service.send(&Request::delete("/x")).unwrap();
    assert_eq!(
        proxy.lines(),
        [
            "GET http://api.bitbucket.org/2.0/a HTTP/1.1",
            "PUT http://api.bitbucket.org/2.0/x/y?q=a%20b HTTP/1.1",
            "DELETE http://api.bitbucket.org/2.0/x HTTP/1.1",
        ]
    );
    for (number, seen) in proxy.seen().iter().enumerate() {
        assert_eq!(seen.header("host"), Some("api.bitbucket.org"));
        assert_eq!(seen.header("authorization"), None);
        assert_eq!(seen.connection, number, "each request has a connection of its own");
    }
    assert_eq!(proxy.seen()[1].body, body.to_string().as_bytes());
}

#[test]
fn proxied_request_is_counted_and_retried() {
    let proxy = server(|number| if number < 2 { answer("500 Internal Server Error", &[], "") } else { ok() });
    let door = door(&proxy);
    through(&proxy, &door).send(&Request::put("/x")).unwrap();
    assert_eq!(door.sleeps(), [250, 500]);
    assert_eq!(door.session.counts(), Counts { requests: 3, writes: 3, retries: 2, waited_ms: 750 });
    assert_eq!(
        door.log.lock().unwrap()[0],
        "Bitbucket through the auth proxy: PUT /2.0/x: answered 500 Internal Server Error, 0 ms"
    );
}

#[test]
fn an_answer_is_read_no_longer_and_no_further_than_any_other() {
    let head = "HTTP/1.1 200 OK\r\n\r\n";
    let endless = server(move |_| vec![Act::Send(head.into()), Act::Forever(vec![b' '; 8_192], Duration::ZERO)]);
    let error = through(&endless, &door(&endless)).send(&get()).unwrap_err();
    assert!(matches!(error.failure(), Failure::TooLong { .. }), "{:?}", error.failure());
    let moved = server(|_| answer("302 Found", &["Location: http://elsewhere.test/"], ""));
    assert_eq!(through(&moved, &door(&moved)).send(&get()).unwrap_err().status(), Some(302));
    let silent = server(|_| vec![Act::Pause(Duration::from_secs(5))]);
    let door = door_with(&silent, Limits { attempt: Duration::from_millis(50), ..QUICK }, Duration::from_secs(60));
    assert_eq!(lost(&through(&silent, &door).send(&get()).unwrap_err()), ConnectionError::TimedOut);
}

#[test]
fn a_proxy_that_is_not_there_is_asked_for_once() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let other = server(|_| ok());
    let door = door(&other);
    let gone = Server { origin: gone, ..other.clone() };
    let error = through(&gone, &door).persisting(Persistence::UnlessAbsent).send(&get()).unwrap_err();
    assert_eq!((lost(&error), error.attempts(), door.sleeps()), (ConnectionError::Refused, 1, vec![]));
    assert_eq!(other.seen().len(), 0);
}

#[test]
fn who_gives_up_when_limited_asks_once() {
    let busy = server(|_| answer("429 Too Many Requests", &["Retry-After: 1"], ""));
    let door = door(&busy);
    let service = through(&busy, &door).persisting(Persistence::UnlessLimited);
    assert_eq!(service.send(&get()).unwrap_err().status(), Some(429));
    assert_eq!((busy.seen().len(), door.sleeps()), (1, vec![]));
}
