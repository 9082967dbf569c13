//! The pipeline's log: one line for each message, in the words and colors of Atlassian's own toolkit.

use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::secret::Scrubber;

/// Whether log lines are colored. A pipe has no terminal to ask, and the log view understands colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Color {
    /// The default.
    On,
    /// `NO_COLOR` is set.
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Info, warnings, errors, and the last line.
    Normal,
    /// Debug lines too.
    Debug,
}

/// The two streams. May be shared by threads; a stream without a reader doesn't stop the run.
pub(crate) struct Console {
    streams: Mutex<Streams>,
    failures_are_debug: AtomicBool,
    color: Color,
    detail: Detail,
    scrubber: Scrubber,
}

struct Streams {
    out: Box<dyn Write + Send>,
    log: Box<dyn Write + Send>,
}

impl Console {
    /// A console on the process's output (the last line) and its log (everything else).
    pub(crate) fn new(
        out: impl Write + Send + 'static,
        log: impl Write + Send + 'static,
        color: Color,
        detail: Detail,
        scrubber: Scrubber,
    ) -> Self {
        let streams = Mutex::new(Streams { out: Box::new(out), log: Box::new(log) });
        Self { streams, failures_are_debug: AtomicBool::new(false), color, detail, scrubber }
    }

    /// Makes warnings and errors debug lines from now on: after a signal, requests fail because of it.
    pub(crate) fn demote_failures(&self) {
        self.failures_are_debug.store(true, Ordering::Relaxed);
    }

    pub(crate) fn info(&self, message: impl fmt::Display) {
        self.log("34", "INFO", &message);
    }

    /// Something to look at that did not stop the run.
    pub(crate) fn warning(&self, message: impl fmt::Display) {
        self.failure("33", "WARNING", &message);
    }

    pub(crate) fn error(&self, message: impl fmt::Display) {
        self.failure("31", "ERROR", &message);
    }

    /// How the program works, with `DEBUG`.
    pub(crate) fn debug(&self, message: impl fmt::Display) {
        if self.detail == Detail::Debug {
            self.log("37", "DEBUG", &message);
        }
    }

    /// The last line of a run that ends well.
    pub(crate) fn success(&self, message: impl fmt::Display) {
        let line = self.colored("32", &format!("✔ {}", self.one_line(&message)));
        write_ignoring_closed_pipes(&mut self.streams().out, &line);
    }

    /// The last line of a run that does not.
    pub(crate) fn fail(&self, message: impl fmt::Display) {
        let line = self.colored("31", &format!("✖ {}", self.one_line(&message)));
        write_ignoring_closed_pipes(&mut self.streams().out, &line);
    }

    /// What hides secrets from both streams.
    pub(crate) fn scrubber(&self) -> &Scrubber {
        &self.scrubber
    }

    fn failure(&self, color: &str, level: &str, message: &dyn fmt::Display) {
        if self.failures_are_debug.load(Ordering::Relaxed) {
            self.debug(message);
        } else {
            self.log(color, level, message);
        }
    }

    fn log(&self, color: &str, level: &str, message: &dyn fmt::Display) {
        let line = self.colored(color, &format!("{level}: {}", self.one_line(message)));
        write_ignoring_closed_pipes(&mut self.streams().log, &line);
    }

    fn colored(&self, color: &str, text: &str) -> String {
        match self.color {
            Color::On => format!("\u{1b}[{color}m{text}\u{1b}[0m\n"),
            Color::Off => format!("{text}\n"),
        }
    }

    /// Scrubbed first: escaping or cutting could leave a part of a secret that no longer looks like one.
    fn one_line(&self, message: &dyn fmt::Display) -> String {
        visible(&self.scrubber.scrub(&message.to_string()))
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Console({:?}, {:?})", self.color, self.detail)
    }
}

/// Longer messages are somebody's text, not ours.
const LONGEST_MESSAGE: usize = 2_000;

/// Text as it can be trusted on a terminal: what would move the cursor, begin a line, turn the reading direction or
/// not be seen at all is written as an escape.
fn visible(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut characters = text.chars();
    for (index, c) in characters.by_ref().enumerate() {
        if index >= LONGEST_MESSAGE {
            line.push('…');
            break;
        }
        match c {
            '\t' => line.push(' '),
            c if c.is_control() || is_spoofing_char(c) => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line
}

/// Line and paragraph separators, bidirectional controls, and characters without width: harmless to a program, but a
/// reader sees another text than the one that is there.
fn is_spoofing_char(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    )
}

fn write_ignoring_closed_pipes(stream: &mut Box<dyn Write + Send>, line: &str) {
    let _ = stream.write_all(line.as_bytes()).and_then(|()| stream.flush());
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;
    use crate::secret::Secret;

    #[derive(Clone, Default)]
    struct Tape(Arc<Mutex<Vec<u8>>>);

    impl Write for Tape {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Tape {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn record(color: Color, detail: Detail, say: impl Fn(&Console)) -> (String, String) {
        let (out, log) = (Tape::default(), Tape::default());
        let scrubber = Scrubber::default();
        scrubber.hide(&Secret::parse("s3cret-token").unwrap());
        say(&Console::new(out.clone(), log.clone(), color, detail, scrubber));
        (out.text(), log.text())
    }

    fn say_everything(console: &Console) {
        console.info("i");
        console.warning("w");
        console.error("e");
        console.debug("d");
        console.success("s");
        console.fail("f");
    }

    #[test]
    fn bytes_are_those_of_the_toolkit() {
        let (out, log) = record(Color::On, Detail::Debug, say_everything);
        assert_eq!(out, "\x1b[32m✔ s\x1b[0m\n\x1b[31m✖ f\x1b[0m\n");
        assert_eq!(
            log,
            "\x1b[34mINFO: i\x1b[0m\n\x1b[33mWARNING: w\x1b[0m\n\x1b[31mERROR: e\x1b[0m\n\x1b[37mDEBUG: d\x1b[0m\n"
        );
    }

    #[test]
    fn no_color_removes_all_color() {
        let (out, log) = record(Color::Off, Detail::Normal, say_everything);
        assert_eq!(out, "✔ s\n✖ f\n");
        assert_eq!(log, "INFO: i\nWARNING: w\nERROR: e\n");
    }

    #[test]
    fn a_message_is_one_visible_line() {
        let table = [
            ("plain, ünïcode 日本 🙂", "plain, ünïcode 日本 🙂"),
            ("a\nERROR: forged", "a\\nERROR: forged"),
            ("a\rb\tc", "a\\rb c"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{0}\u{7f}\u{85}", "\\u{0}\\u{7f}\\u{85}"),
            ("a\u{202e}b\u{2066}c\u{2069}", "a\\u{202e}b\\u{2066}c\\u{2069}"),
            ("a\u{2028}b\u{2029}c", "a\\u{2028}b\\u{2029}c"),
            ("a\u{200b}b\u{200f}\u{feff}", "a\\u{200b}b\\u{200f}\\u{feff}"),
        ];
        for (message, line) in table {
            let (_, log) = record(Color::Off, Detail::Normal, |console| console.info(message));
            assert_eq!(log, format!("INFO: {line}\n"));
            let (out, _) = record(Color::Off, Detail::Normal, |console| console.success(message));
            assert_eq!(out, format!("✔ {line}\n"));
        }
    }

    #[test]
    fn long_messages_are_cut() {
        let message = |length: usize| "é".repeat(length);
        let (_, log) = record(Color::Off, Detail::Normal, |console| console.info(message(2_000)));
        assert_eq!(log, format!("INFO: {}\n", message(2_000)));
        let (_, log) = record(Color::Off, Detail::Normal, |console| console.info(message(2_001)));
        assert_eq!(log, format!("INFO: {}…\n", message(2_000)));
    }

    #[test]
    fn secrets_do_not_pass_on_any_level_nor_in_half_at_the_cut() {
        let (out, log) = record(Color::On, Detail::Debug, |console| {
            for say in [Console::info, Console::warning, Console::error, Console::debug, Console::success] {
                say(console, "Basic czNjcmV0LXRva2Vu s3cret-token");
                say(console, "half s3cret-token");
            }
            console.fail(format!("{}s3cret-token", "x".repeat(1_997)));
        });
        assert!(!(out.clone() + &log).contains("s3c"), "{log}");
        assert!(!log.contains("czNjcmV0LX"), "{log}");
        assert!(out.contains("x***\x1b"), "{out}");
    }

    #[test]
    fn a_closed_pipe_is_no_reason_to_stop() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        say_everything(&Console::new(Closed, Closed, Color::On, Detail::Debug, Scrubber::default()));
    }
}
