//! Is the fake as unkind as the services are?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "test code: a panic is a failed test"
)]
#![allow(clippy::disallowed_methods, reason = "the network has a time of its own")]

mod bitbucket;
mod confluence;
mod faults;
mod lag;
mod search;
mod storage;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine;
use serde_json::Value;

use fake::{BITBUCKET_TOKEN, CONFLUENCE_EMAIL, CONFLUENCE_TOKEN, Fake, Service};

/// A connection of HTTP/1.1 that stays open, written out by hand: what it shows is what is on the wire.
struct Client {
    stream: BufReader<TcpStream>,
    authorization: Option<String>,
}

#[derive(Debug)]
struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What a test did against Atlassian's documents on purpose, in these sentences and no others. Where the documents are not
/// there, nothing is known to be against them.
fn told(breaches: Vec<String>, expected: &[&str]) {
    let expected = if contract::documents().is_some() { expected } else { &[] };
    assert_eq!(breaches, expected);
}

fn basic(email: &str, secret: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{email}:{secret}")))
}

impl Client {
    fn new(fake: &Fake, service: Service, authorization: Option<String>) -> Self {
        let stream = TcpStream::connect(fake.origin(service).trim_start_matches("http://")).expect("a listener");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        Self { stream: BufReader::new(stream), authorization }
    }

    fn bitbucket(fake: &Fake) -> Self {
        Self::new(fake, Service::Bitbucket, Some(format!("Bearer {BITBUCKET_TOKEN}")))
    }

    fn confluence(fake: &Fake) -> Self {
        Self::new(fake, Service::Confluence, Some(basic(CONFLUENCE_EMAIL, CONFLUENCE_TOKEN)))
    }

    fn try_send(&mut self, method: &str, target: &str, body: Option<&Value>) -> io::Result<Reply> {
        let body = body.map(Value::to_string);
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: fake\r\n");
        if let Some(authorization) = &self.authorization {
            head.push_str(&format!("Authorization: {authorization}\r\n"));
        }
        if let Some(body) = &body {
            head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        head.push_str(body.as_deref().unwrap_or_default());
        self.stream.get_mut().write_all(head.as_bytes())?;
        self.read_reply()
    }

    fn read_reply(&mut self) -> io::Result<Reply> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let mut headers = vec![];
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let Some((key, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((key.to_owned(), value.to_owned()));
        }
        let mut reply = Reply { status, headers, body: vec![] };
        let length = reply.header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
        reply.body = vec![0; length];
        self.stream.read_exact(&mut reply.body)?;
        Ok(reply)
    }

    fn send(&mut self, method: &str, target: &str, body: Option<&Value>) -> Reply {
        self.try_send(method, target, body).expect("an answer")
    }

    fn get(&mut self, target: &str) -> Reply {
        self.send("GET", target, None)
    }
}
