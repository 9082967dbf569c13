//! A service that talks to a scripted server. Its time passes only by sleeping.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use confluence_pr_link::clock::{Clock, Deadline};
use confluence_pr_link::http::{
    Authorization, Base, ConnectionError, Failure, HttpError, Limits, Network, Request, Service, ServiceName, Session,
};
use confluence_pr_link::secret::{Scrubber, Secret};
use serde_json::json;

use super::server::Server;

/// A service on a server, with a clock that only moves by sleeping, so that no back-off takes time.
pub(super) struct Door {
    pub(super) service: Service,
    pub(super) session: Arc<Session>,
    pub(super) sleeps: Arc<Mutex<Vec<Duration>>>,
    pub(super) log: Arc<Mutex<Vec<String>>>,
}

pub(super) const QUICK: Limits = Limits {
    attempt: Duration::from_millis(250),
    tentative: Duration::from_millis(250),
    connect: Duration::from_secs(5),
    body: 64 * 1024,
};

pub(super) fn door(server: &Server) -> Door {
    door_with(server, Limits { attempt: Duration::from_secs(5), ..QUICK }, Duration::from_secs(60))
}

pub(super) fn door_with(server: &Server, limits: Limits, budget: Duration) -> Door {
    let sleeps = Arc::new(Mutex::new(Vec::new()));
    let (read, write) = (Arc::clone(&sleeps), Arc::clone(&sleeps));
    let clock = Clock::new(
        move || read.lock().unwrap().iter().sum(),
        || "2026-11-22T12:00:00Z".parse().unwrap(),
        move |time| write.lock().unwrap().push(time),
        || 0.5,
    );
    on_clock(server, clock, limits, budget, sleeps)
}

pub(super) fn on_clock(
    server: &Server,
    clock: Clock,
    limits: Limits,
    budget: Duration,
    sleeps: Arc<Mutex<Vec<Duration>>>,
) -> Door {
    let token = Secret::parse("t0ken-of-ours").unwrap();
    let scrubber = Scrubber::default();
    scrubber.hide(&token);
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&log);
    let session =
        Session::new(clock, Deadline::after(budget), scrubber, limits, &Network::default(), move |exchange| {
            let mut exchange = exchange.clone();
            exchange.took = Duration::ZERO;
            lines.lock().unwrap().push(exchange.to_string());
        });
    let base = Base::parse(&format!("{}/2.0", server.origin)).unwrap();
    let service = Service::new(ServiceName::Bitbucket, base, Authorization::bearer(&token), &session);
    Door { service, session, sleeps, log }
}

impl Door {
    pub(super) fn fail(&self, request: &Request) -> HttpError {
        self.service.send(request).unwrap_err()
    }

    pub(super) fn sleeps(&self) -> Vec<u128> {
        self.sleeps.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}

pub(super) fn get() -> Request {
    Request::get("/a")
}

pub(super) fn post() -> Request {
    Request::post("/a").json(&json!({"x": 1}))
}

pub(super) fn lost(error: &HttpError) -> ConnectionError {
    match error.failure() {
        Failure::Lost { how, .. } => *how,
        Failure::OutOfBudget { last: Some(last) } => match &**last {
            Failure::Lost { how, .. } => *how,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}
