//! Links a Bitbucket Cloud pull request and the Confluence pages it names, both ways.
//!
//! [`run`] is the pipe: variables → configuration → pull requests → [`link::link`] for each → receipt, log and exit
//! code. The modules below stand in the order in which a newcomer should read them; a module uses only those after it.

mod check;

mod action;
mod finish;

mod link;

mod apply;

mod run;

mod config;
mod event;

mod plan;
mod texts;

mod page;

pub mod mention;

pub mod crash;
mod files;
pub mod report;

pub mod surface;

pub mod refusal;

mod audit;
mod bitbucket;
mod confluence;
pub mod http;

pub mod clock;
mod console;
mod digest;
pub mod ids;
pub mod secret;
pub mod stop;
pub mod variables;
pub mod words;

use std::ffi::OsString;
use std::io::Write;
use std::sync::Arc;

use action::Job;
use audit::{Audit, AuditLog, Event, Level, Place};
use bitbucket::Bitbucket;
use clock::{Clock, Deadline};
use config::{BitbucketAccess, Config, Mode, Setup};
use confluence::Confluence;
use console::{Color, Console, Detail};
use event::Pipeline;
use files::OutputDir;
use http::{Authorization, Limits, Persistence, Service, ServiceName, Session};
use ids::RepositoryName;
use page::CreatePolicy;
use plan::{Intent, Operation};
use report::{Exit, OnError};
use run::Run;
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
    console.info(words::START);
    for name in &raw.unfilled {
        console.debug(variables::words::unset(name));
    }
    for (name, meant) in &raw.misspelled {
        console.warning(variables::words::misspelled(name, meant));
    }
    let (config, pipeline) = match understand(&raw, problems, &scrubber) {
        Ok(Some(understood)) => understood,
        Ok(None) => {
            console.success(Event::NotConfigured);
            return Exit::Success;
        }
        Err(problems) => return refuse(&console, &problems),
    };
    console.info(format_args!("{} {}: {pipeline}, {}", surface::PRODUCT, env!("CARGO_PKG_VERSION"), config.site.url));
    console.debug(words::services(&config.bitbucket, config.confluence.credential));
    let log = match config.output_dir.as_ref().map(OutputDir::open_audit_log).transpose() {
        Ok(file) => file.map(|file| AuditLog::new(file, place(&config, &pipeline), clock.clone(), scrubber.clone())),
        Err(error) => {
            let problem = Problem::new("OUTPUT_DIR", variables::words::unwritable(&error));
            return refuse(&console, &[problem]);
        }
    };
    let log = log.map(Arc::new);
    end_at_a_signal(clock, &console, log.clone());
    if !config.network.is_open() {
        console.debug(format_args!("Network: {}", config.network));
    }
    let deadline = Deadline::after(config.timeout);
    let session = session(&config, deadline, clock, &scrubber, &console);
    let failure = if config.on_error == OnError::Fail { Level::Error } else { Level::Warning };
    let audit = Audit::new(&console, log, failure);
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
        mode: config.mode,
        intent: Intent { outputs: config.outputs, creates: CreatePolicy::Always, operation: Operation::Link },
        requirements: None,
    };
    let place = finish::Place { console: &console, session: &session, scrubber: &scrubber };
    match Job::of(config.action, &pipeline.event) {
        Some(job) => {
            if job.is_about_many() {
                session.stop_at_rate_limit();
            }
            finish::finish(run, place, action::carry_out(run, job))
        }
        None => {
            let rows = check::check(check::Check {
                config: &config,
                pipeline: &pipeline,
                bitbucket: &bitbucket,
                reading: run.reading,
                confluence: &confluence,
                session: &session,
            });
            check::report(&rows, &console);
            let outcome = check::outcome(&rows);
            finish::finish_check(run, place, rows, &outcome)
        }
    }
}

/// At a signal the run ends by itself, as nothing is left of its time. The line does not wait for that.
fn end_at_a_signal(clock: &Clock, console: &Arc<Console>, log: Option<Arc<AuditLog>>) {
    let console = Arc::clone(console);
    clock.stop().on_request(move |signal| {
        Audit::new(&console, log, Level::Error).note(None, &Event::Stopped { signal });
        console.demote_failures();
    });
}

/// Configuration and pipeline, `None` when nothing is configured, or every problem of both.
fn understand(
    raw: &Raw,
    mut problems: Vec<Problem>,
    scrubber: &Scrubber,
) -> Result<Option<(Config, Pipeline)>, Vec<Problem>> {
    let setup = config::parse(raw, scrubber).map_err(|more| raw.add(&mut problems, more)).ok();
    if problems.is_empty() && matches!(setup, Some(Setup::Nothing)) {
        return Ok(None);
    }
    let pipeline = event::read(&raw.step).map_err(|more| raw.add(&mut problems, more)).ok();
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
    let color = if raw.step.no_color.is_some() { Color::Off } else { Color::On };
    let detail = if config::debug(raw) { Detail::Debug } else { Detail::Normal };
    Console::new(out, log, color, detail, scrubber)
}

fn refuse(console: &Console, problems: &[Problem]) -> Exit {
    for problem in problems {
        console.error(problem);
    }
    console.fail(variables::words::bad_configuration(problems.len(), surface::PRODUCT_URL));
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

/// Bitbucket with the credential, or anonymous without one. Reports may go through the pipeline's proxy.
fn bitbucket(access: &BitbucketAccess, repository: &RepositoryName, session: &Arc<Session>) -> Bitbucket {
    let service = |authorization| Service::new(ServiceName::Bitbucket, access.base.clone(), authorization, session);
    let reports = Service::through(ServiceName::AuthProxy, &access.auth_proxy, &access.proxied, session);
    let reports = reports.persisting(Persistence::UnlessAbsent);
    match &access.credential {
        Some(credential) => Bitbucket::new(service(credential.authorization.clone()), repository.clone())
            .reporting_instead_through(reports),
        None => {
            let api = service(Authorization::anonymous()).persisting(Persistence::UnlessLimited);
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
