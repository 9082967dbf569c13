//! A pipeline step on loopback: the fake's two services, the variables of a `pull-requests` pipeline, and the pipe.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use confluence_pr_link::clock::Clock;
use confluence_pr_link::report::Exit;
use regex::Regex;

use crate::claims::Claims;
use crate::log;
use fake::{BITBUCKET_TOKEN, CONFLUENCE_EMAIL, CONFLUENCE_TOKEN, Fake, State};

/// The id of the report on pull request 1: it ends with the beginning of the site's cloud id.
pub(crate) const REPORT_OF_1: &str = "confluence-pr-link-1-c10d0000";

/// The fake and the variables of a step.
pub(crate) struct Bed {
    pub(crate) fake: Fake,
    pub(crate) variables: BTreeMap<String, String>,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: Exit,
    /// The log without colors: stderr, then the last line of stdout.
    pub(crate) log: String,
    /// The same with the lines for `DEBUG`.
    pub(crate) details: String,
    /// Writes that reached the services, as `POST /path`.
    pub(crate) writes: Vec<String>,
}

impl Bed {
    /// A step of pull request `id`'s pipeline.
    pub(crate) fn new(state: State, id: u64) -> Self {
        let tip = state.bitbucket.repositories[0]
            .pull_requests
            .iter()
            .find(|pull_request| pull_request.id == id)
            .map(|pull_request| pull_request.source_commit.clone());
        let uuid = state.bitbucket.repositories[0].uuid.clone();
        let fake = Fake::start_watched(state, Claims::new());
        let mut variables = BTreeMap::new();
        let mut set = |name: &str, value: &str| drop(variables.insert(name.to_owned(), value.to_owned()));
        set("CI", "true");
        set("BITBUCKET_REPO_FULL_NAME", "acme/shop");
        set("BITBUCKET_REPO_UUID", &uuid);
        set("BITBUCKET_REPO_IS_PRIVATE", "true");
        set("BITBUCKET_PR_ID", &id.to_string());
        set("BITBUCKET_BRANCH", "some/branch");
        set("BITBUCKET_COMMIT", tip.as_deref().unwrap_or("0000000000000000000000000000000000000000"));
        set("BITBUCKET_API_URL", &fake.bitbucket_api_url());
        set("BITBUCKET_ACCESS_TOKEN", BITBUCKET_TOKEN);
        set("CONFLUENCE_BASE_URL", &fake.confluence_url());
        set("CONFLUENCE_USER_EMAIL", CONFLUENCE_EMAIL);
        set("CONFLUENCE_API_TOKEN", CONFLUENCE_TOKEN);
        set("ATLASSIAN_GATEWAY_URL", &fake.gateway_url());
        set("ATLASSIAN_AUTH_URL", &fake.auth_url());
        set("ON_ERROR", "fail");
        set("NO_COLOR", "1");
        Self { fake, variables }
    }

    /// Sets a variable for the runs that follow.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Points the step at the pull request's present tip, as its next pipeline would be.
    pub(crate) fn at_tip(&mut self, id: u64) {
        let tip = self.fake.state().bitbucket.pull_request(id).source_commit.clone();
        self.variables.insert("BITBUCKET_COMMIT".to_owned(), tip);
    }

    /// Runs the pipe once.
    pub(crate) fn run(&self) -> Ran {
        self.fake.clear_requests();
        let (exit, details) = run_in_detail(&quick_clock(), &self.variables);
        self.ran(exit, details)
    }

    fn ran(&self, exit: Exit, details: String) -> Ran {
        let writes = self.fake.writes().iter().map(|recorded| recorded.line()).collect();
        Ran { exit, log: log::seen(&details, &self.variables), details, writes }
    }

    /// Runs the scenario again: nothing may be written and nothing may change.
    pub(crate) fn nothing_is_left_to_do(&self) {
        let before = self.fake.what_people_see();
        let again = self.run();
        assert_eq!(again.writes, Vec::<String>::new(), "a second run writes nothing:\n{}", again.log);
        assert_eq!(self.fake.what_people_see(), before, "a second run changes nothing");
    }

    /// Runs the pipe twice.
    pub(crate) fn run_twice(&self) -> Ran {
        let ran = self.run();
        self.nothing_is_left_to_do();
        ran
    }
}

impl Bed {
    /// Runs the pipe, which waits after each line of its log that holds `words` until `happens` has happened.
    pub(crate) fn run_and_when(&self, words: &'static str, mut happens: impl FnMut(&Fake)) -> Ran {
        self.fake.clear_requests();
        let (said, hear) = sync_channel(0);
        let (answer, go_on) = sync_channel(0);
        let log = Buffer::default();
        let pausing = Pausing { log: log.clone(), words, said, go_on };
        let exit = std::thread::scope(|scope| {
            // Dropped here when `happens` panics: the run would wait for them forever, and the scope for the run.
            let (hear, answer) = (hear, answer);
            let run =
                scope.spawn(|| confluence_pr_link::run(given(&self.variables), &quick_clock(), log.clone(), pausing));
            let mut times = 0;
            while hear.recv().is_ok() {
                happens(&self.fake);
                times += 1;
                answer.send(()).unwrap();
            }
            assert!(times > 0, "the log never said {words:?}:\n{}", log.text());
            run.join().unwrap()
        });
        log::check_lengths(&log.text());
        self.ran(exit, log.text())
    }
}

/// Runs the pipe with these variables and no others.
pub(crate) fn run_with(variables: &BTreeMap<String, String>) -> (Exit, String) {
    run_by(&quick_clock(), variables)
}

/// The same by a clock of the caller's.
pub(crate) fn run_by(clock: &Clock, variables: &BTreeMap<String, String>) -> (Exit, String) {
    let (exit, details) = run_in_detail(clock, variables);
    (exit, log::seen(&details, variables))
}

fn run_in_detail(clock: &Clock, variables: &BTreeMap<String, String>) -> (Exit, String) {
    let log = Buffer::default();
    let exit = confluence_pr_link::run(given(variables), clock, log.clone(), log.clone());
    log::check_lengths(&log.text());
    (exit, log.text())
}

/// The variables, and `DEBUG` if a test doesn't set it: what people see without it is taken from the whole log.
fn given(variables: &BTreeMap<String, String>) -> impl Iterator<Item = (OsString, OsString)> {
    let debug = (!variables.contains_key("DEBUG")).then(|| (OsString::from("DEBUG"), OsString::from("true")));
    variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).chain(debug)
}

/// Real time, and sleeps that last a hundredth.
#[expect(clippy::disallowed_methods, reason = "the test bed stands where `main` stands")]
pub(crate) fn quick_clock() -> Clock {
    let begin = Instant::now();
    Clock::new(
        move || begin.elapsed(),
        || "2026-11-22T09:30:00Z".parse().unwrap(),
        |duration: Duration| std::thread::sleep(duration / 100),
        || 0.5,
    )
}

/// A clock of which so many seconds pass in one of the machine's, for runs that wait out what never answers.
#[expect(clippy::disallowed_methods, reason = "the test bed stands where `main` stands")]
pub(crate) fn fast_clock(pace: u32) -> Clock {
    let begin = Instant::now();
    let now = move || begin.elapsed() * pace;
    let sleep = move |duration: Duration| std::thread::sleep(duration / pace);
    Clock::new(now, || "2026-11-22T09:30:00Z".parse().unwrap(), sleep, || 0.5).at_pace(pace)
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    /// What was written, without colors.
    fn text(&self) -> String {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.replace("\u{1b}[32m", "").replace("\u{1b}[31m", "").replace("\u{1b}[0m", "")
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A log that waits after certain words.
struct Pausing {
    log: Buffer,
    words: &'static str,
    said: SyncSender<()>,
    go_on: Receiver<()>,
}

impl Write for Pausing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.log.write(bytes)?;
        if String::from_utf8_lossy(bytes).contains(self.words) {
            self.said.send(()).map_err(std::io::Error::other)?;
            self.go_on.recv().map_err(std::io::Error::other)?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Bed {
    /// Our comments on the pull request, as raw text, with the fake's address replaced.
    pub(crate) fn comments(&self, id: u64) -> Vec<String> {
        self.fake.pull_request_comments(id).iter().map(|raw| self.placed(raw)).collect()
    }

    /// The pull requests in the rows of a page's comments, with their states: one list for each comment of ours.
    pub(crate) fn rows(&self, page: u64) -> Vec<Vec<String>> {
        let ours = |body: &String| body.contains("#confluence-pr-link-v1");
        let bodies = self.fake.page_comments(page);
        bodies.iter().filter(|body| ours(body)).map(|body| table_rows(body)).collect()
    }

    /// The same when there is one comment.
    pub(crate) fn only_rows(&self, page: u64) -> Vec<String> {
        let mut comments = self.rows(page);
        assert_eq!(comments.len(), 1, "one comment of ours on page {page}: {comments:#?}");
        comments.remove(0)
    }

    /// A text with the fake's address replaced by a name that is the same in every run.
    pub(crate) fn placed(&self, text: &str) -> String {
        let site = self.fake.confluence_url();
        let host = site.trim_start_matches("http://");
        let flat = host.replace([':', '.'], "-");
        let text = text.replace(&site, "https://acme.example").replace(host, "acme.example");
        let text =
            text.replace(&flat, "acme-example").replace(&self.fake.bitbucket_api_url(), "https://api.example/2.0");
        let text = TOOK.replace_all(&text, "90 ms total");
        let text = SENT.replace_all(&text, "sent=DIGEST");
        COMMENT.replace_all(&text, "comment N").into_owned()
    }
}

static TOOK: LazyLock<Regex> = LazyLock::new(|| Regex::new("[0-9.]+ m?s total").unwrap());
/// The digest of our comment's text, which holds the fake's address.
static SENT: LazyLock<Regex> = LazyLock::new(|| Regex::new("sent=[0-9a-f]{12}").unwrap());
/// Which of several pages is written first, and so gets the lower id, is chance.
static COMMENT: LazyLock<Regex> = LazyLock::new(|| Regex::new("comment [0-9]{5,}").unwrap());
static OF_ROW: LazyLock<Regex> = LazyLock::new(|| Regex::new("^(.*?) ?([^ /]+/[^ /]+ #[0-9]+)$").unwrap());

/// The data rows of the tables in a storage document: `acme/shop #1 Title | state | version at merge | releases`.
fn table_rows(body: &str) -> Vec<String> {
    let columns = ["Pull request", "State", "Page version at merge", "Releases"].map(|heading| column(body, heading));
    let rows = (0..columns[0].len()).map(|at| {
        let cells = columns.iter().map(|column| column.get(at).cloned().unwrap_or_default());
        let mut cells: Vec<String> = cells.collect();
        cells[0] = OF_ROW.replace(&cells[0], "$2 $1").trim().to_owned();
        cells.join(" | ").trim_end_matches([' ', '|']).to_owned()
    });
    rows.collect()
}

/// The cells below a heading of a table in a storage document; none without that heading.
pub(crate) fn column(body: &str, heading: &str) -> Vec<String> {
    let without_tags = |cell: &str| -> String {
        let texts = cell.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
        texts.collect::<String>().trim().to_owned()
    };
    let cells = |row: &str, tag: &str| -> Vec<String> {
        let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
        let cells = row.split(&open).skip(1);
        let cells = cells.map(|cell| format!("<{tag}{}", cell.split(&close).next().unwrap_or_default()));
        cells.map(|cell| without_tags(&cell)).collect()
    };
    let mut at = None;
    let mut found = Vec::new();
    for row in body.split("<tr").skip(1).map(|row| row.split("</tr>").next().unwrap_or_default()) {
        if row.contains("<th") {
            at = cells(row, "th").iter().position(|cell| cell == heading);
        } else if let Some(at) = at {
            found.push(cells(row, "td").get(at).cloned().unwrap_or_default());
        }
    }
    found
}

#[test]
fn run_and_when_ends_when_its_closure_panics() {
    let (report, ended) = sync_channel(1);
    std::thread::spawn(move || {
        let bed = crate::linking::simple();
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            bed.run_and_when("page:101", |_| panic!("on purpose"));
        }));
        report.send(ran.is_err()).unwrap();
    });
    assert_eq!(ended.recv_timeout(Duration::from_secs(60)), Ok(true));
}
