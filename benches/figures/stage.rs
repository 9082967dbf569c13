//! The measured run: a pull request that names some pages, on loopback.

use std::ffi::OsString;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use confluence_pr_link::clock::Clock;
use confluence_pr_link::report::Exit;

use fake::{BITBUCKET_TOKEN, CONFLUENCE_EMAIL, CONFLUENCE_TOKEN, Fake, State};

/// The variables of a step: names and values.
pub(crate) type Variables = Vec<(&'static str, String)>;

/// A pull request with a commit for each of so many pages, each named by its key.
pub(crate) fn world(pages: u64) -> (State, u64) {
    let mut state = State::default();
    for number in 1..=pages {
        state.add_page(100 + number, "ENG", &format!("ENG-{number} One of many pages"));
    }
    let messages: Vec<String> = (1..=pages).map(|number| format!("ENG-{number}: a step")).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).chain(["the last step"]).collect();
    let id = state.open_pull_request("work", "One change", "What was done, and why.", &messages);
    (state, id)
}

/// What the `pull-requests` pipeline hands to the pipe.
pub(crate) fn variables(fake: &Fake, id: u64) -> Variables {
    let mut state = fake.state();
    let tip = state.bitbucket.pull_request(id).source_commit.clone();
    let [bitbucket_token, confluence_token] = ["ATCTT", "ATATT"].map(like_a_real_one);
    state.bitbucket.token_mut(BITBUCKET_TOKEN).secret.clone_from(&bitbucket_token);
    state.confluence.token_mut(CONFLUENCE_TOKEN).secret.clone_from(&confluence_token);
    drop(state);
    vec![
        ("BITBUCKET_REPO_FULL_NAME", "acme/shop".to_owned()),
        ("BITBUCKET_REPO_IS_PRIVATE", "true".to_owned()),
        ("BITBUCKET_PR_ID", id.to_string()),
        ("BITBUCKET_BRANCH", "work".to_owned()),
        ("BITBUCKET_COMMIT", tip),
        ("BITBUCKET_API_URL", fake.bitbucket_api_url()),
        ("BITBUCKET_ACCESS_TOKEN", bitbucket_token),
        ("CONFLUENCE_BASE_URL", fake.confluence_url()),
        ("CONFLUENCE_USER_EMAIL", CONFLUENCE_EMAIL.to_owned()),
        ("CONFLUENCE_API_TOKEN", confluence_token),
        ("ON_ERROR", "fail".to_owned()),
    ]
}

/// A token with the length and the letters of Atlassian's: each letter that begins one costs time in every answer.
fn like_a_real_one(begin: &str) -> String {
    format!("{begin}{}=9E4D51C8", "3xFfGF0q7Zk_uB-".repeat(11))
}

/// Every answer of both services takes so long.
pub(crate) fn answer_after(fake: &Fake, delay: Duration) {
    let mut state = fake.state();
    state.bitbucket_latency = delay;
    state.confluence_latency = delay;
}

/// Runs the pipe in this process, and says how long it took.
pub(crate) fn run(variables: &Variables) -> Duration {
    let given = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let log = Log::default();
    let (exit, took) = timed(|| confluence_pr_link::run(given, &clock(), io::sink(), log.clone()));
    assert_eq!(exit, Exit::Success, "{}", log.text());
    took
}

/// What something gives, and how long it took.
#[expect(clippy::disallowed_methods, reason = "it measures time")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let given = work();
    (given, begin.elapsed())
}

/// How long this thread was on a processor, as Linux tells it; elsewhere the time on the wall.
pub(crate) fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let on_processor = text.as_deref().and_then(|text| text.split(' ').next()?.parse().ok());
    on_processor.map_or_else(on_the_wall, Duration::from_nanos)
}

#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn on_the_wall() -> Duration {
    static BEGIN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    BEGIN.elapsed()
}

/// Waits.
#[expect(clippy::disallowed_methods, reason = "it looks at another process from time to time")]
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

#[expect(clippy::disallowed_methods, reason = "it stands where `main` stands")]
fn clock() -> Clock {
    let begin = Instant::now();
    Clock::new(move || begin.elapsed(), jiff::Timestamp::now, std::thread::sleep, fastrand::f64)
}

/// The log, for the case that a run fails.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        self.0.lock().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Ok(mut log) = self.0.lock() {
            log.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
