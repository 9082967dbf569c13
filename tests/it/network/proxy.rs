//! A corporate proxy that connects to known hosts, or misbehaves.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a proxy does with a CONNECT.
#[derive(Clone)]
pub(super) enum Manner {
    /// Connects each name to a port on this machine, whatever the name means elsewhere.
    Connects(Vec<(&'static str, u16)>),
    /// The same for those who send this header, 407 for others.
    Asks(&'static str, Vec<(&'static str, u16)>),
    /// Answers this status.
    Refuses(&'static str),
    /// Reads and says nothing.
    IsSilent,
}

pub(super) struct Proxy {
    pub(super) address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(super) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (manner, all) = (manner.clone(), Arc::clone(&all));
                thread::spawn(move || serve(stream, &manner, &all));
            }
        });
        Self { address, heads }
    }

    /// What it was asked to do, as `CONNECT host:port`, each once and in order.
    pub(super) fn asked(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        let mut lines: Vec<String> = heads.iter().map(|head| head.replace(" HTTP/1.1", "")).collect();
        lines.iter_mut().for_each(|head| head.truncate(head.find('\n').unwrap()));
        lines.sort();
        lines.dedup();
        lines
    }

    /// Everything it was received before the tunnels began.
    pub(super) fn received(&self) -> String {
        self.heads.lock().unwrap().concat()
    }
}

fn serve(mut client: TcpStream, manner: &Manner, heads: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    heads.lock().unwrap().push(head.replace('\r', ""));
    let known = match manner {
        Manner::IsSilent => {
            // Until the other side has enough.
            return reader.read_line(&mut head).ok().map(drop);
        }
        Manner::Refuses(status) => {
            return write!(client, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").ok();
        }
        Manner::Asks(header, _) if !head.contains(header) => {
            let status = "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"";
            return write!(client, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").ok();
        }
        Manner::Asks(_, known) | Manner::Connects(known) => known,
    };
    let target = head.strip_prefix("CONNECT ")?.split([':', ' ']).next()?;
    let Some((_, port)) = known.iter().find(|(name, _)| *name == target) else {
        return write!(client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").ok();
    };
    let mut server = TcpStream::connect(("127.0.0.1", *port)).ok()?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
    let (mut back, mut forth) = (server.try_clone().ok()?, client.try_clone().ok()?);
    thread::spawn(move || {
        let _ = std::io::copy(&mut back, &mut forth);
        let _ = forth.shutdown(Shutdown::Both);
    });
    let _ = std::io::copy(&mut reader, &mut server);
    server.shutdown(Shutdown::Both).ok()
}
