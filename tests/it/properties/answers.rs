//! Arbitrary answers of the services: a run ends with an exit code of its own, and the next
//! one, with true answers, ends well.

use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use confluence_pr_link::clock::Clock;

use crate::claims::Claims;
use fake::{BITBUCKET_TOKEN, CONFLUENCE_EMAIL, CONFLUENCE_TOKEN, Fake, Fault, FaultKind, State};

/// Runs the pipe twice while the answers are altered, and once when they are not. The nth alteration is the nth request's.
pub(crate) fn survived(alterations: &[Vec<u8>]) {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Checkout");
    state.add_page(102, "ENG", "Payments");
    state.add_page(103, "OPS", "Rollout");
    state.add_issue("PROJ-7", &[103]);
    let id = state.open_pull_request("feature/eng-1", "ENG-1: new", "", &["see ENG-1#4, PROJ-7"]);
    let fake = Fake::start_watched(state, Claims::new());
    for (at, alteration) in alterations.iter().enumerate().filter(|(_, alteration)| !alteration.is_empty()) {
        let kind = FaultKind::Altered(alteration.clone());
        fake.state().faults.push(Fault::at_request(at + 1, kind));
    }
    for _ in 0..2 {
        let (code, log) = run(&fake, id);
        assert!([0, 1, 3, 4].contains(&code), "exit code {code}\n{log}");
    }
    fake.state().faults.clear();
    let (code, log) = run(&fake, id);
    assert_eq!(code, 0, "{log}");
}

fn run(fake: &Fake, id: u64) -> (u8, String) {
    let tip = fake.state().bitbucket.pull_request(id).source_commit.clone();
    let variables = [
        ("CI", "true"),
        ("BITBUCKET_REPO_FULL_NAME", "acme/shop"),
        ("BITBUCKET_PR_ID", &id.to_string()),
        ("BITBUCKET_BRANCH", "feature/eng-1"),
        ("BITBUCKET_COMMIT", &tip),
        ("BITBUCKET_API_URL", &fake.bitbucket_api_url()),
        ("BITBUCKET_ACCESS_TOKEN", BITBUCKET_TOKEN),
        ("CONFLUENCE_BASE_URL", &fake.confluence_url()),
        ("CONFLUENCE_USER_EMAIL", CONFLUENCE_EMAIL),
        ("CONFLUENCE_API_TOKEN", CONFLUENCE_TOKEN),
        ("ATLASSIAN_GATEWAY_URL", &fake.gateway_url()),
        ("SOURCES", "branch,title,description,commits,jira"),
        ("ON_ERROR", "fail"),
    ];
    let variables = variables.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let log = Log::default();
    let exit = confluence_pr_link::run(variables, &impatient(), log.clone(), log.clone());
    let bytes = log.0.lock().unwrap().clone();
    (exit.code(), String::from_utf8_lossy(&bytes).into_owned())
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A clock whose sleeps cost nothing, and count.
#[allow(clippy::disallowed_methods, reason = "it stands where `main` stands")]
fn impatient() -> Clock {
    let begin = std::time::Instant::now();
    let slept = Arc::new(Mutex::new(Duration::ZERO));
    let total = Arc::clone(&slept);
    let now = move || begin.elapsed() + *total.lock().unwrap();
    let sleep = move |duration: Duration| *slept.lock().unwrap() += duration;
    Clock::new(now, || "2026-11-22T09:30:00Z".parse().unwrap(), sleep, || 0.5)
}
