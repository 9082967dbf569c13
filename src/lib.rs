//! Links a Bitbucket Cloud pull request and the Confluence pages it names, both ways.
//!
//! [`run`] is the pipe: variables → configuration → pull requests → [`link::link`] for each → receipt, log and exit
//! code. The modules below stand in the order in which a newcomer should read them; a module uses only those after it.

pub mod check;
pub mod link;

pub mod config;
pub mod event;

pub mod context;

pub mod apply;
pub mod plan;

pub mod page;
pub mod reference;

pub mod files;
pub mod report;

pub mod observe;
pub mod surface;

pub mod refusal;

pub mod audit;
pub mod bitbucket;
pub mod confluence;
pub mod http;

pub mod clock;
pub mod console;
pub mod ids;
pub mod secret;
pub mod variables;

use std::ffi::OsString;
use std::io::Write;
use std::sync::Arc;

use audit::{Audit, Event, Level, Place};
use bitbucket::{Bitbucket, Reading};
use clock::{Clock, Deadline};
use config::{Action, BitbucketAccess, Config, Mode, Setup};
use confluence::Confluence;
use console::{Colour, Console, Detail};
use event::{Event as Occasion, Pipeline};
use http::{Authorization, Limits, Persistence, Service, ServiceName, Session};
use ids::{PullRequestId, RepositoryName};
use link::{Run, Story};
use report::{CheckRow, Exit, Failure, OnError, Receipt};
use secret::Scrubber;
use variables::{Problem, Raw};

/// The pipe. Everything from outside is an argument: variables, time, the two streams.
pub fn run(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    clock: &Clock,
    out: impl Write + Send + 'static,
    log: impl Write + Send + 'static,
) -> Exit {
    let scrubber = Scrubber::default();
    let (raw, problems) = Raw::read(variables);
    let console = Arc::new(console(&raw, out, log, scrubber.clone()));
    console.info("Executing the pipe...");
    let (config, pipeline) = match understand(&raw, problems, &scrubber) {
        Ok(Some(understood)) => understood,
        Ok(None) => {
            console.success(Event::NotConfigured);
            return Exit::Success;
        }
        Err(problems) => return refuse(&console, &problems),
    };
    console.info(format_args!(
        "Version {}; Bitbucket: {}; Confluence: {} with {}",
        env!("CARGO_PKG_VERSION"),
        config.bitbucket,
        config.site.url,
        config.confluence.credential
    ));
    if !config.network.is_open() {
        console.info(format_args!("Network: {}", config.network));
    }
    let deadline = Deadline::after(config.timeout);
    let session = session(&config, deadline, clock, &scrubber, &console);
    let failure = if config.on_error == OnError::Fail { Level::Error } else { Level::Warning };
    let audit = Audit::new(&console, clock, place(&config, &pipeline), failure);
    let confluence = Confluence::new(config.confluence.access.clone(), &session);
    let bitbucket = bitbucket(&config.bitbucket, &pipeline.repository, &session);
    config.notes.iter().for_each(|event| audit.note(None, event));
    let run = Run {
        config: &config,
        pipeline: &pipeline,
        reading: config.bitbucket.reading(pipeline.visibility),
        bitbucket: &bitbucket,
        confluence: &confluence,
        clock,
        deadline,
        audit: &audit,
    };
    match config.action {
        Action::Link => {}
        Action::Check => return check_only(run, &console, &session, &scrubber),
    }
    let (stories, failures) = match subjects(run) {
        Ok(ids) => (ids.into_iter().map(|id| link::link(run, id)).collect(), Vec::new()),
        Err(failure) => (Vec::new(), vec![failure]),
    };
    finish(run, &console, &session, &scrubber, stories, failures)
}

/// Configuration and pipeline, `None` when nothing is configured, or every problem of both.
fn understand(
    raw: &Raw,
    mut problems: Vec<Problem>,
    scrubber: &Scrubber,
) -> Result<Option<(Config, Pipeline)>, Vec<Problem>> {
    let setup = config::parse(raw, scrubber).map_err(|more| problems.extend(more)).ok();
    if problems.is_empty() && matches!(setup, Some(Setup::Nothing)) {
        return Ok(None);
    }
    let pipeline = event::read(raw).map_err(|more| problems.extend(more)).ok();
    match (setup, pipeline) {
        (Some(Setup::Ready(config)), Some(pipeline)) if problems.is_empty() => Ok(Some((*config, pipeline))),
        _ => Err(problems),
    }
}

fn console(
    raw: &Raw,
    out: impl Write + Send + 'static,
    log: impl Write + Send + 'static,
    scrubber: Scrubber,
) -> Console {
    let colour = if raw.no_color.is_some() { Colour::Off } else { Colour::On };
    let detail = if config::debug(raw) { Detail::Debug } else { Detail::Normal };
    Console::new(out, log, colour, detail, scrubber)
}

fn refuse(console: &Console, problems: &[Problem]) -> Exit {
    for problem in problems {
        console.error(problem);
    }
    let count = if problems.len() == 1 { "1 problem".to_owned() } else { format!("{} problems", problems.len()) };
    console.fail(format_args!("Bad configuration, {count}; nothing was read or written: see {}", surface::PRODUCT_URL));
    Exit::Configuration
}

fn session(
    config: &Config,
    deadline: Deadline,
    clock: &Clock,
    scrubber: &Scrubber,
    console: &Arc<Console>,
) -> Arc<Session> {
    let console = Arc::clone(console);
    Session::new(clock.clone(), deadline, scrubber.clone(), Limits::default(), &config.network, move |exchange| {
        console.debug(exchange);
    })
}

/// Bitbucket in the credential's name; without one in nobody's, and with reports through the pipeline's proxy.
fn bitbucket(access: &BitbucketAccess, repository: &RepositoryName, session: &Arc<Session>) -> Bitbucket {
    let service = |authorization| Service::new(ServiceName::Bitbucket, access.base.clone(), authorization, session);
    match &access.credential {
        Some(credential) => Bitbucket::new(service(credential.authorization.clone()), repository.clone()),
        None => {
            let api = service(Authorization::anonymous()).persisting(Persistence::UnlessLimited);
            let reports = Service::through(ServiceName::AuthProxy, &access.auth_proxy, &access.proxied, session)
                .persisting(Persistence::UnlessAbsent);
            Bitbucket::new(api, repository.clone()).reporting_through(reports)
        }
    }
}

fn place(config: &Config, pipeline: &Pipeline) -> Place {
    Place {
        repository: Some(pipeline.repository.clone()),
        pipeline: pipeline.pipeline.clone(),
        step: pipeline.step.clone(),
        dry_run: config.mode == Mode::DryRun,
    }
}

/// The pull requests of this event.
fn subjects(run: Run<'_>) -> Result<Vec<PullRequestId>, Failure> {
    match &run.pipeline.event {
        Occasion::PullRequest(id) => Ok(vec![*id]),
        Occasion::Tag(_) => {
            run.audit.note(None, &Event::Tag);
            Ok(Vec::new())
        }
        Occasion::Branch(branch) => {
            let listed = match run.reading {
                Reading::FromEnvironment => None,
                Reading::WithCredential | Reading::Anonymous => Some(run.bitbucket.open_pull_requests(branch))
                    .filter(|listed| !listed.as_ref().is_err_and(|error| run.reading.gives_way(error))),
            };
            let Some(listed) = listed else {
                run.audit.note(None, &Event::NotListed);
                return Ok(Vec::new());
            };
            let ids = listed.map_err(|error| {
                let failure = Failure::of_service(&error);
                run.audit.note_failure(None, "look for the pull requests of this branch", &failure.sentence);
                failure
            })?;
            if ids.is_empty() {
                run.audit.note(None, &Event::NoPullRequest { branch: branch.clone() });
            }
            Ok(ids)
        }
    }
}

/// Looks, and says what it saw. That something is lacking is what was asked about, so ON_ERROR does not soften it.
fn check_only(run: Run<'_>, console: &Console, session: &Arc<Session>, scrubber: &Scrubber) -> Exit {
    let Run { config, pipeline, bitbucket, reading, confluence, .. } = run;
    let rows = check::check(check::Check { config, pipeline, bitbucket, reading, confluence, session });
    report::table(&rows).iter().for_each(|line| console.info(line));
    let lacking: Vec<&CheckRow> = rows.iter().filter(|row| row.result.is_lacking()).collect();
    let mut failures: Vec<Failure> = lacking.iter().map(|row| Failure::other(row.to_string())).collect();
    failures.iter().for_each(|failure| console.error(&failure.sentence));
    let exit = if lacking.is_empty() { Exit::Success } else { Exit::Credential };
    let outcome = format!("{}: {}", check::outcome(&rows), config.site.url);
    let receipt = receipt(run, session, &[], &failures, exit, &outcome);
    let receipt = Receipt { action: "check", check: rows, ..receipt };
    let unwritten = write_files(run, scrubber, &receipt).err();
    failures.extend(unwritten);
    let exit = match exit {
        Exit::Success => Exit::of(&failures, config.on_error),
        Exit::Configuration | Exit::Credential | Exit::Budget | Exit::Failed => exit,
    };
    conclude(run, console, session, exit, &outcome, &failures)
}

fn finish(
    run: Run<'_>,
    console: &Console,
    session: &Session,
    scrubber: &Scrubber,
    stories: Vec<Story>,
    mut failures: Vec<Failure>,
) -> Exit {
    failures.extend(stories.iter().flat_map(|story| story.failures.iter().cloned()));
    for failure in &failures {
        run.audit.note_failure(None, "finish", &failure.sentence);
    }
    let mut exit = Exit::of(&failures, run.config.on_error);
    let subjects: Vec<_> = stories.iter().map(|story| &story.subject).collect();
    let pages: Vec<_> = stories.iter().flat_map(|story| &story.pages).collect();
    let mut outcome = report::outcome(&subjects, &pages, &failures);
    if let Err(failure) = write_files(run, scrubber, &receipt(run, session, &stories, &failures, exit, &outcome)) {
        failures.push(failure);
        exit = Exit::of(&failures, run.config.on_error);
        outcome = report::outcome(&subjects, &pages, &failures);
    }
    conclude(run, console, session, exit, &outcome, &failures)
}

/// Writes receipt and audit log, where they are wanted.
fn write_files(run: Run<'_>, scrubber: &Scrubber, receipt: &Receipt) -> Result<(), Failure> {
    let Some(dir) = &run.config.output_dir else { return Ok(()) };
    let receipt = serde_json::to_string_pretty(receipt).unwrap_or_default();
    let audit = run.audit.text();
    let written = files::write(
        run.config.clone_dir.as_deref(),
        dir,
        &scrubber.scrub_json(&receipt),
        &scrubber.scrub_json(&audit),
    );
    written.map_err(|error| {
        run.audit.note_failure(None, "write the files in OUTPUT_DIR", &error.to_string());
        Failure::other(error.to_string())
    })
}

/// Says the last line.
fn conclude(
    run: Run<'_>,
    console: &Console,
    session: &Session,
    exit: Exit,
    outcome: &str,
    failures: &[Failure],
) -> Exit {
    let last = format!("{outcome} ({})", report::cost(&session.counts(), run.clock.now()));
    match exit {
        Exit::Success if failures.is_empty() => console.success(last),
        Exit::Success => console.fail(format_args!("{last}; the step passes, as ON_ERROR is `warn`")),
        Exit::Configuration | Exit::Credential | Exit::Budget | Exit::Failed => console.fail(last),
    }
    exit
}

fn receipt(
    run: Run<'_>,
    session: &Session,
    stories: &[Story],
    failures: &[Failure],
    exit: Exit,
    outcome: &str,
) -> Receipt {
    let elapsed = run.clock.now();
    let started = run.clock.wall() - jiff::SignedDuration::try_from(elapsed).unwrap_or_default();
    Receipt {
        version: report::VERSION,
        tool_version: env!("CARGO_PKG_VERSION"),
        action: "link",
        dry_run: run.config.mode == Mode::DryRun,
        started: started.to_string(),
        elapsed_ms: elapsed.as_millis(),
        exit_code: exit.code(),
        outcome: outcome.to_owned(),
        site: Some(run.config.site.url.clone()),
        repository: Some(run.pipeline.repository.clone()),
        subjects: stories.iter().map(|story| story.subject.clone()).collect(),
        references: stories.iter().flat_map(|story| story.references.iter().cloned()).collect(),
        pages: stories.iter().flat_map(|story| story.pages.iter().cloned()).collect(),
        check: Vec::new(),
        counts: session.counts(),
        failures: failures.iter().map(|failure| failure.sentence.clone()).collect(),
    }
}
