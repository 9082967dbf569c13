//! The executable as a pipeline step starts it: these variables and no others, two streams, an exit code.

mod files;
mod memory;
mod planted;
mod secrets;
mod signals;
mod streams;
mod words;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::bed::Bed;
use fake::{Fake, State};

/// What a run of the executable left behind.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    log: String,
}

impl Said {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), log: text(output.stderr) }
    }

    /// Both streams as a person reads them: without colors, and with the names that the loopback addresses stand for.
    fn plainly(&self, fake: &Fake) -> String {
        let text = format!("{}{}exit code {:?}", self.log, self.out, self.code.unwrap());
        let text = text.replace(&fake.bitbucket_api_url(), "{bitbucket}").replace(&fake.confluence_url(), "{site}");
        let colors = ["\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[34m", "\u{1b}[0m"];
        colors.iter().fold(text, |text, color| text.replace(color, ""))
    }

    /// The same with the cost cut off, and lines in order where independent writes end in any.
    fn sorted(&self, fake: &Fake) -> String {
        let plain = self.plainly(fake);
        let mut lines: Vec<&str> = plain.lines().map(|line| line.split(" (").next().unwrap()).collect();
        lines.sort_unstable();
        lines.join("\n")
    }
}

/// The executable with an empty environment.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_confluence-pr-link"));
    command.env_clear().stdin(Stdio::null());
    command
}

fn said(command: &mut Command) -> Said {
    Said::of(command.output().unwrap())
}

/// The executable with these variables.
fn with<N: AsRef<OsStr>, V: AsRef<OsStr>>(variables: impl IntoIterator<Item = (N, V)>) -> Said {
    said(command().envs(variables))
}

fn run(variables: &BTreeMap<String, String>) -> Said {
    with(variables)
}

/// A pull request that names a page in its title and branch, and two keys without a page in its commits.
fn checkout() -> (Bed, u64) {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-123 Checkout redesign");
    let messages = ["ENG-123 first step", "OPS-7: second step, see UTF-8"];
    let id = state.open_pull_request("feature/ENG-123-checkout", "ENG-123: new checkout", "", &messages);
    (Bed::new(state, id), id)
}

/// A directory of this test's own, gone when the test is over.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("confluence-pr-link-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn text(&self) -> String {
        self.0.to_str().unwrap().to_owned()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
