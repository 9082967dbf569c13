//! The pipe as a pipeline runs it: variables in, a log out, two services on loopback.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use confluence_pr_link::clock::Clock;
use confluence_pr_link::report::Exit;

use crate::world;
use fake::{BITBUCKET_TOKEN, CONFLUENCE_EMAIL, CONFLUENCE_TOKEN, Fake};

/// The variables of a step: names and values.
pub(crate) type Variables = Vec<(&'static str, String)>;

/// Who reads the log while it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Somebody at the terminal.
    Terminal,
    /// Nobody: it is shown afterwards, or not at all.
    Nobody,
}

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) exit: Exit,
    /// The whole log, with its colors.
    pub(crate) log: String,
    /// Writes that reached the services, as `POST /path`.
    pub(crate) writes: Vec<String>,
    /// Requests that the services' documents do not know.
    pub(crate) unexpected: Vec<String>,
}

/// Starts both services. The earlier pull request is linked already, by an earlier run of this pipe.
pub(crate) fn open() -> Fake {
    let fake = Fake::start(world::state());
    let (repository, id) = world::EARLIER;
    run(&fake, &variables(&fake, repository, id), Audience::Nobody);
    fake
}

/// What the `pull-requests` pipeline of this pull request hands to the pipe.
pub(crate) fn variables(fake: &Fake, repository: &str, id: u64) -> Variables {
    let (branch, commit) = tip(fake, repository, id).unwrap_or_default();
    vec![
        ("BITBUCKET_REPO_FULL_NAME", repository.to_owned()),
        ("BITBUCKET_REPO_UUID", fake.state().bitbucket.repository(repository).uuid.clone()),
        ("BITBUCKET_REPO_IS_PRIVATE", "true".to_owned()),
        ("BITBUCKET_PR_ID", id.to_string()),
        ("BITBUCKET_BRANCH", branch),
        ("BITBUCKET_COMMIT", commit),
        ("BITBUCKET_API_URL", fake.bitbucket_api_url()),
        ("BITBUCKET_ACCESS_TOKEN", BITBUCKET_TOKEN.to_owned()),
        ("CONFLUENCE_BASE_URL", fake.confluence_url()),
        ("CONFLUENCE_SITE_ALIASES", world::SITE.to_owned()),
        ("CONFLUENCE_USER_EMAIL", CONFLUENCE_EMAIL.to_owned()),
        ("CONFLUENCE_API_TOKEN", CONFLUENCE_TOKEN.to_owned()),
        ("SOURCES", "branch,commits,title,description,jira".to_owned()),
        ("PAGE_OUTPUT", "comment,tasks".to_owned()),
        ("ON_ERROR", "fail".to_owned()),
    ]
}

/// What a pipeline of this branch, on its tip, hands to the pipe.
pub(crate) fn variables_of_branch(fake: &Fake, repository: &str, branch: &str) -> Variables {
    let tip = fake.state().bitbucket.repository(repository).branches.get(branch).cloned().unwrap_or_default();
    let others = variables(fake, repository, 0);
    let others = others.into_iter().filter(|(name, _)| *name != "BITBUCKET_PR_ID");
    others
        .map(|(name, value)| match name {
            "BITBUCKET_BRANCH" => (name, branch.to_owned()),
            "BITBUCKET_COMMIT" => (name, tip.clone()),
            _ => (name, value),
        })
        .collect()
}

/// What the pipeline of a tag hands to the pipe.
pub(crate) fn variables_of_tag(fake: &Fake, repository: &str, tag: &str) -> Variables {
    let of_branch = variables_of_branch(fake, repository, "main").into_iter();
    of_branch
        .map(|(name, value)| if name == "BITBUCKET_BRANCH" { ("BITBUCKET_TAG", tag.to_owned()) } else { (name, value) })
        .collect()
}

fn tip(fake: &Fake, repository: &str, id: u64) -> Option<(String, String)> {
    let state = fake.state();
    let repository = state.bitbucket.repositories.iter().find(|one| one.full_name == repository)?;
    let pull_request = repository.pull_requests.iter().find(|one| one.id == id)?;
    Some((pull_request.source_branch.clone(), pull_request.source_commit.clone()))
}

/// A variable as it may be shown.
pub(crate) fn shown<'a>(name: &str, value: &'a str) -> &'a str {
    if name.ends_with("TOKEN") { "***" } else { value }
}

/// Runs the pipe once. This is what the binary does.
pub(crate) fn run(fake: &Fake, variables: &Variables, audience: Audience) -> Ran {
    fake.clear_requests();
    let tape = Tape { text: Arc::default(), audience };
    let given = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let exit = confluence_pr_link::run(given, &clock(), tape.clone(), tape.clone());
    let log = tape.text.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let writes = fake.writes().iter().map(|recorded| recorded.line()).collect();
    Ran { exit, log, writes, unexpected: fake.take_unexpected() }
}

#[expect(clippy::disallowed_methods, reason = "the demo stands where `main` stands")]
fn clock() -> Clock {
    let begin = Instant::now();
    Clock::new(move || begin.elapsed(), jiff::Timestamp::now, std::thread::sleep, fastrand::f64)
}

/// Keeps what is written, and lets the audience see it at once.
#[derive(Clone)]
struct Tape {
    text: Arc<Mutex<String>>,
    audience: Audience,
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.text.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
        if self.audience == Audience::Terminal {
            let mut terminal = std::io::stdout();
            let seen = if terminal.is_terminal() { text.into_owned() } else { without_colours(&text) };
            let _ = terminal.write_all(format!("  {seen}").as_bytes());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The log without its colors.
pub(crate) fn without_colours(log: &str) -> String {
    let mut parts = log.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}
