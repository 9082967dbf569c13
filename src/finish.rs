//! The end of a run: files, the last line, the exit code.

use crate::audit::Event;
use crate::config::Mode;
use crate::console::Console;
use crate::files::NewFile;
use crate::http::Session;
use crate::link::{Enforcement, PullRequestResult};
use crate::report::{self, CheckRow, Exit, Failure, Receipt};
use crate::run::Run;
use crate::secret::Scrubber;
use crate::stop::Signal;

/// What an action came to.
#[derive(Debug)]
pub(crate) struct RunResult {
    /// Its word in the receipt.
    pub action: &'static str,
    /// What came of each pull request.
    pub results: Vec<PullRequestResult>,
    pub failures: Vec<Failure>,
    /// What it says of itself in the last line, when that is not about one pull request.
    pub outcome: Option<String>,
    pub files: Vec<NewFile>,
    /// Whether what is asked of pull requests could not even be looked for.
    pub enforcement: Enforcement,
}

impl RunResult {
    /// An action that found nothing to do yet.
    pub(crate) fn new(action: &'static str) -> Self {
        Self {
            action,
            results: Vec::new(),
            failures: Vec::new(),
            outcome: None,
            files: Vec::new(),
            enforcement: Enforcement::Passes,
        }
    }
}

/// Where a run's words and files go, and what they must not hold.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub console: &'a Console,
    /// Knows what the run cost.
    pub session: &'a Session,
    pub scrubber: &'a Scrubber,
}

/// Ends a run that linked, or whatever its action was.
pub(crate) fn finish(run: Run<'_>, place: Place<'_>, ended: RunResult) -> Exit {
    let RunResult { action, results, mut failures, outcome, files, enforcement } = ended;
    failures.extend(results.iter().flat_map(|result| result.failures.iter().cloned()));
    if let Some(signal) = run.clock.stop().signal() {
        // Whatever else failed, failed because of it.
        failures = vec![Failure::other(Event::Stopped { signal }.to_string())];
    } else {
        failures.iter().for_each(|failure| run.audit.note_failure(None, "finish", failure));
    }
    let fails_step =
        enforcement == Enforcement::Blocks || results.iter().any(|result| result.enforcement == Enforcement::Blocks);
    // Whatever ON_ERROR details: what could not be verified is not met.
    let exit_of =
        |failures: &[Failure]| if fails_step { Exit::Requirements } else { Exit::of(failures, run.config.on_error) };
    let mut exit = exit_of(&failures);
    let subjects: Vec<_> = results.iter().map(|result| &result.subject).collect();
    let pages: Vec<_> = results.iter().flat_map(|result| &result.pages).collect();
    let last_line = |failures: &[Failure]| match &outcome {
        Some(outcome) => report::outcome_of_many(outcome, failures),
        None => report::outcome(&subjects, &pages, failures),
    };
    let mut last = last_line(&failures);
    let receipt = receipt(run, place, action, &results, &failures, exit, &last);
    if let Err(failure) = write_files(run, place, &receipt, &files) {
        failures.push(failure);
        exit = exit_of(&failures);
        last = last_line(&failures);
    }
    let is_capped = outcome.is_none() && report::are_too_many(&pages);
    conclude(run, place, exit, &last, &failures, is_capped)
}

/// Ends a check. That something is lacking is what was asked about, so ON_ERROR does not soften it.
pub(crate) fn finish_check(run: Run<'_>, place: Place<'_>, rows: Vec<CheckRow>, outcome: &str) -> Exit {
    let lacking: Vec<&CheckRow> = rows.iter().filter(|row| row.result.is_lacking()).collect();
    let mut failures: Vec<Failure> = lacking.iter().map(|row| Failure::other(row.to_string())).collect();
    let exit = if lacking.is_empty() { Exit::Success } else { Exit::Credential };
    let outcome = format!("{outcome}: {}", run.config.site.url);
    let receipt = receipt(run, place, "check", &[], &failures, exit, &outcome);
    let unwritten = write_files(run, place, &Receipt { check: rows, ..receipt }, &[]).err();
    failures.extend(unwritten);
    let exit = match exit {
        Exit::Success => Exit::of(&failures, run.config.on_error),
        Exit::Configuration | Exit::Requirements | Exit::Credential | Exit::Budget | Exit::Failed => exit,
    };
    conclude(run, place, exit, &outcome, &failures, false)
}

/// Writes the receipt and the action's own files, where they are wanted.
fn write_files(run: Run<'_>, place: Place<'_>, receipt: &Receipt, others: &[NewFile]) -> Result<(), Failure> {
    let Some(dir) = &run.config.output_dir else { return Ok(()) };
    let receipt = serde_json::to_string_pretty(receipt).unwrap_or_default();
    // The texts of the others were scrubbed before they were rendered.
    let written = dir.write(&place.scrubber.scrub_json(&receipt), others);
    let unwritten = run.audit.log_failure().or_else(|| written.err().map(|error| error.to_string()));
    let Some(error) = unwritten else { return Ok(()) };
    run.audit.note_failure(None, report::WRITE_FILES, error.clone());
    Err(Failure::other(error))
}

/// Logs the last line. A step may pass without everything being done.
fn conclude(run: Run<'_>, place: Place<'_>, exit: Exit, last: &str, failures: &[Failure], is_capped: bool) -> Exit {
    place.console.debug(report::cost(&place.session.counts(), run.clock.now()));
    match exit {
        Exit::Success if failures.is_empty() && !is_capped => place.console.success(last),
        Exit::Success if failures.is_empty() || run.clock.stop().signal().is_some() => place.console.fail(last),
        Exit::Success => place.console.fail(report::passes(last)),
        Exit::Configuration | Exit::Requirements | Exit::Credential | Exit::Budget | Exit::Failed => {
            place.console.fail(last)
        }
    }
    exit
}

fn receipt(
    run: Run<'_>,
    place: Place<'_>,
    action: &'static str,
    results: &[PullRequestResult],
    failures: &[Failure],
    exit: Exit,
    outcome: &str,
) -> Receipt {
    let elapsed = run.clock.now();
    let started = run.clock.utc_now() - jiff::SignedDuration::try_from(elapsed).unwrap_or_default();
    Receipt {
        version: report::VERSION,
        tool_version: env!("CARGO_PKG_VERSION"),
        action,
        dry_run: run.config.mode == Mode::DryRun,
        started: started.to_string(),
        elapsed_ms: elapsed.as_millis(),
        exit_code: run.clock.stop().signal().map_or(exit.code(), Signal::exit_code),
        outcome: outcome.to_owned(),
        site: Some(run.config.site.url.clone()),
        repository: Some(run.pipeline.repository.clone()),
        subjects: results.iter().map(|result| result.subject.clone()).collect(),
        mentions: results.iter().flat_map(|result| result.mentions.iter().cloned()).collect(),
        pages: results.iter().flat_map(|result| result.pages.iter().cloned()).collect(),
        check: Vec::new(),
        counts: place.session.counts(),
        failures: failures.iter().map(|failure| failure.sentence.clone()).collect(),
    }
}
