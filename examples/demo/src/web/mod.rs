//! Both sides in a browser: one page on loopback, rendered for each request.

mod page;

mod bitbucket;
mod confluence;

mod html;
mod links;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::stage::{self, Audience};
use crate::world;
use fake::Fake;

/// What happened last.
pub(crate) struct LastRun {
    /// In one sentence.
    pub(crate) sentence: String,
    /// The log of the last run, with its colors.
    pub(crate) log: String,
}

struct Show {
    fake: Fake,
    /// Whether the next run is that of the release's tag.
    is_released: bool,
    last_run: LastRun,
}

/// Serves the page until the process is stopped.
pub(crate) fn serve(port: u16) -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let mut out = std::io::stdout();
    writeln!(out, "http://{}/ shows both sides; Ctrl-C ends it.", listener.local_addr()?)?;
    out.flush()?;
    let show = Arc::new(Mutex::new(Show::begin()));
    for stream in listener.incoming() {
        let show = Arc::clone(&show);
        // Browsers open connections on which they say nothing for a while: each has a thread of its own.
        std::thread::spawn(move || stream.and_then(|stream| answer(&show, stream)));
    }
    Ok(())
}

fn answer(show: &Mutex<Show>, mut stream: TcpStream) -> std::io::Result<()> {
    /// More than any browser sends for this page.
    const LONGEST_REQUEST: u64 = 64 * 1024;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new((&stream).take(LONGEST_REQUEST)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let mut show = show.lock().unwrap_or_else(PoisonError::into_inner);
    let mut words = request.split(' ');
    let answer = match (words.next(), words.next()) {
        (Some("GET"), Some("/")) => {
            let page = page::page(&show.fake.state(), &show.last_run);
            let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'";
            let kind = "text/html; charset=utf-8";
            let length = page.len();
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
                 Content-Security-Policy: {policy}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{page}"
            )
        }
        (Some("POST"), Some(action)) if show.act(action) => {
            "HTTP/1.1 303 See Other\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
        }
        _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
    };
    stream.write_all(answer.as_bytes())
}

impl Show {
    fn begin() -> Self {
        let last_run = LastRun { sentence: String::new(), log: String::new() };
        let mut show = Self { fake: stage::open(), is_released: false, last_run };
        show.run();
        show
    }

    /// Does what a button says; `false` for what none of them says.
    fn act(&mut self, action: &str) -> bool {
        let happened = match action {
            "/run" => {
                self.run();
                return true;
            }
            "/start-over" => {
                *self = Self::begin();
                return true;
            }
            "/title" => {
                world::toggle_title(&mut self.fake.state());
                "The title was edited"
            }
            "/merge" => {
                self.fake.state().merge(world::PULL_REQUEST, false);
                "The pull request was merged"
            }
            "/decline" => {
                self.fake.state().decline(world::PULL_REQUEST);
                "The pull request was declined"
            }
            "/release" => {
                world::release(&mut self.fake.state());
                self.is_released = true;
                "Version 1.4.0 was tagged"
            }
            _ => return false,
        };
        self.last_run.sentence = format!("{happened}. Run the pipe to see what follows.");
        true
    }

    fn run(&mut self) {
        let variables = match self.is_released {
            true => stage::variables_of_tag(&self.fake, "acme/shop", world::RELEASE),
            false => stage::variables(&self.fake, "acme/shop", world::PULL_REQUEST),
        };
        let ran = stage::run(&self.fake, &variables, Audience::Nobody);
        let wrote = match ran.writes.len() {
            0 => "nothing was left to write".to_owned(),
            1 => "1 write".to_owned(),
            many => format!("{many} writes"),
        };
        self.last_run = LastRun { sentence: format!("The pipe ran: {wrote}."), log: ran.log };
    }
}
