//! Processor time and memory of the executable, from its start to its end.
#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux counts"))]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::large;
use crate::stage::{self, Variables};
use fake::{Fake, SOMEBODY_ELSE, State};

/// Enough for a mean: Linux adds up its children's time to the nanosecond and counts it in hundredths of a second.
const RUNS: u32 = 40;

/// Long enough that the peak is seen before the process has gone.
const DELAY: Duration = Duration::from_millis(20);

/// Prints processor time and peak memory of runs of different size.
#[expect(clippy::print_stdout, reason = "it shows figures")]
pub(crate) fn show() {
    if cfg!(not(target_os = "linux")) {
        return println!("\nstart: only Linux counts what a process took");
    }
    println!("\nstart: the executable, mean processor time of {RUNS} runs and highest resident memory of one");
    println!("{:<44}  {:>7}  {:>9}", "run", "CPU, ms", "peak, KiB");
    let nothing = || (State::default(), 0);
    println!("{}", line("--version", &Scenario { arguments: &["--version"], runs: Runs::First, world: nothing }));
    let runs = |runs, world| Scenario { arguments: &[], runs, world };
    println!("{}", line("a pull request that names nothing", &runs(Runs::First, || stage::world(0))));
    println!("{}", line("first link of 20 pages", &runs(Runs::First, || stage::world(20))));
    println!("{}", line("nothing left to do, 1 page", &runs(Runs::Again, || stage::world(1))));
    println!("{}", line("nothing left to do, 20 pages", &runs(Runs::Again, || stage::world(20))));
    println!("{}", line("100 comments whose letters begin no token", &runs(Runs::Again, || commented(APART))));
    println!("{}", line("100 comments of prose", &runs(Runs::Again, || commented(PROSE))));
    println!("{}", line("largest: 5,000 commits, 1,000 comments, first", &runs(Runs::First, largest)));
    println!("{}", line("largest: nothing left to do", &runs(Runs::Again, largest)));
}

/// A comment of 2 kB on the page, a hundred times: in letters with which no form of the tokens begins, and in English.
const APART: &str = "0123 4567 8899 7766 5544 3322 1100 2233 4455 6677 8899 0011 2233 ";
const PROSE: &str =
    "At a glance, the queue adds each message as an event, and a quiet error asks the team to act again. ";

/// One linked page with a hundred comments by others.
fn commented(words: &str) -> (State, u64) {
    let (mut state, id) = stage::world(1);
    let text = words.repeat(2_000 / words.len() + 1);
    for _ in 0..100 {
        state.add_page_comment(101, SOMEBODY_ELSE, &format!("<p>{text}</p>"));
    }
    (state, id)
}

fn largest() -> (State, u64) {
    let mut state = State::default();
    let id = state.open_pull_request("work", "Everything", "", &["start"]);
    large::grow(&mut state, id, 15);
    (state, id)
}

/// Whether the run that is measured is the first one, or the one after it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    First,
    Again,
}

/// What is measured.
struct Scenario {
    arguments: &'static [&'static str],
    runs: Runs,
    world: fn() -> (State, u64),
}

fn line(name: &str, scenario: &Scenario) -> String {
    let (state, id) = (scenario.world)();
    let fake = Fake::start(state);
    let variables = if id == 0 { Variables::new() } else { stage::variables(&fake, id) };
    if scenario.runs == Runs::Again {
        finish(start(scenario, &variables));
    }
    let before = fake.state().clone();
    let begin = children();
    for _ in 0..RUNS {
        fake.state().clone_from(&before);
        finish(start(scenario, &variables));
    }
    let cpu = (children() - begin) / RUNS;
    fake.state().clone_from(&before);
    stage::answer_after(&fake, DELAY);
    let peak = peak(start(scenario, &variables));
    format!("{name:<44}  {:>7.2}  {peak:>9}", cpu.as_secs_f64() * 1_000.0)
}

fn start(scenario: &Scenario, variables: &Variables) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_confluence-pr-link"));
    command.args(scenario.arguments).env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    child.unwrap_or_else(|error| panic!("the executable cannot be started: {error}"))
}

fn finish(mut child: Child) {
    let ended = child.wait();
    assert!(ended.as_ref().is_ok_and(|status| status.success()), "{ended:?}");
}

/// The time that this process's ended children took, in user and kernel mode.
fn children() -> Duration {
    /// `cutime` and `cstime` are the fourteenth and fifteenth after the name, which ends with a bracket.
    const PLACES: [usize; 2] = [13, 14];
    const TICK: Duration = Duration::from_millis(10);
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = PLACES.iter().filter_map(|place| fields.get(*place)?.parse::<u32>().ok());
    TICK * ticks.sum()
}

/// Waits for the end; gives the most resident memory, in KiB.
fn peak(child: Child) -> u64 {
    let mut peak = 0;
    let status = format!("/proc/{}/status", child.id());
    while let Some(now) = fs::read_to_string(&status).ok().as_deref().and_then(resident) {
        peak = peak.max(now);
        stage::pause(Duration::from_millis(1));
    }
    finish(child);
    peak
}

/// The highest so far; none once the process has ended.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
