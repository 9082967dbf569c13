//! A server that follows a script byte by byte and records its requests.

#![expect(clippy::disallowed_methods, reason = "the library's own timeouts run on real time; these are short")]

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a server does with a request.
pub(super) enum Act {
    Send(Vec<u8>),
    Pause(Duration),
    /// The same bytes for ever, or until the other side has enough.
    Forever(Vec<u8>, Duration),
    Close,
}

#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) line: String,
    pub(super) headers: Vec<String>,
    pub(super) body: Vec<u8>,
    pub(super) connection: usize,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

#[derive(Clone)]
pub(super) struct Server {
    pub(super) origin: String,
    pub(super) seen: Arc<Mutex<Vec<Seen>>>,
}

/// A server that answers its n-th request, from zero, as `script` says.
pub(super) fn server(script: impl Fn(usize) -> Vec<Act> + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let server = Server { origin, seen: Arc::clone(&seen) };
    let script = Arc::new(script);
    thread::spawn(move || {
        for (connection, stream) in listener.incoming().enumerate() {
            let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
            thread::spawn(move || talk(connection, stream.unwrap(), &seen, &*script));
        }
    });
    server
}

fn talk(connection: usize, mut stream: TcpStream, seen: &Mutex<Vec<Seen>>, script: &dyn Fn(usize) -> Vec<Act>) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read_request(connection, &mut reader) {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request);
            seen.len() - 1
        };
        for act in script(number) {
            let going = match act {
                Act::Send(bytes) => stream.write_all(&bytes).is_ok(),
                Act::Pause(time) => {
                    thread::sleep(time);
                    true
                }
                Act::Forever(bytes, pause) => {
                    while stream.write_all(&bytes).is_ok() {
                        thread::sleep(pause);
                    }
                    false
                }
                Act::Close => {
                    let _ = stream.shutdown(Shutdown::Both);
                    false
                }
            };
            if !going {
                return;
            }
        }
    }
}

fn read_request(connection: usize, reader: &mut impl BufRead) -> Option<Seen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut seen = Seen { line: lines.remove(0), headers: lines, body: Vec::new(), connection };
    let length = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
    seen.body = vec![0; length];
    reader.read_exact(&mut seen.body).ok()?;
    Some(seen)
}

pub(super) fn answer(status: &str, headers: &[&str], body: &str) -> Vec<Act> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    vec![Act::Send(format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n{body}").into())]
}

pub(super) fn ok() -> Vec<Act> {
    answer("200 OK", &["Content-Type: application/json"], r#"{"id":7}"#)
}

impl Server {
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }
}
