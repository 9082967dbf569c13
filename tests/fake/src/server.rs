//! The listeners, their connections, and the end of both.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::barrier;
use super::fault::{self, FaultKind};
use super::happening::{self, Moment};
use super::latch::{PausePoint, PausedRequest};
use super::message::{Recorded, Refusal, Request, Response, Service};
use super::state::State;
use super::watch::Watch;
use super::{bitbucket, confluence, wire};

const SERVICES: [Service; 5] =
    [Service::Bitbucket, Service::Confluence, Service::Gateway, Service::Auth, Service::Proxy];

/// What was received so far.
#[derive(Default)]
pub struct Journal {
    pub requests: Vec<Recorded>,
    count: usize,
}

struct Shared {
    state: Mutex<State>,
    journal: Mutex<Journal>,
    /// Requests that the fake does not know, and what its watcher says. Never cleared: a test with any of them fails.
    unexpected: Mutex<Vec<String>>,
    /// What its watcher calls a breach. Never cleared either.
    breaches: Mutex<Vec<String>>,
    watch: Box<dyn Watch>,
    stop: AtomicBool,
    connections: Mutex<HashMap<usize, TcpStream>>,
    workers: Mutex<Vec<JoinHandle<()>>>,
    in_flight: [AtomicUsize; 5],
    most: [AtomicUsize; 5],
    started: Instant,
}

/// The listeners and their threads.
pub struct Server {
    shared: Arc<Shared>,
    acceptors: Vec<JoinHandle<()>>,
    ports: Vec<u16>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that fails while it has the state must not make the others' failures unreadable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    pub fn start(mut state: State, watch: Box<dyn Watch>) -> Self {
        let listeners: Vec<TcpListener> = SERVICES.iter().map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        let origin = |service: Service| format!("http://127.0.0.1:{}", ports[service as usize]);
        state.bitbucket.api_url = format!("{}/2.0", origin(Service::Bitbucket));
        state.confluence.site_url = origin(Service::Confluence);
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            journal: Mutex::default(),
            unexpected: Mutex::default(),
            breaches: Mutex::default(),
            watch,
            stop: AtomicBool::new(false),
            connections: Mutex::default(),
            workers: Mutex::default(),
            in_flight: Default::default(),
            most: Default::default(),
            started: Instant::now(),
        });
        let acceptors = SERVICES.iter().zip(listeners).map(|(service, listener)| {
            let (shared, service) = (Arc::clone(&shared), *service);
            std::thread::spawn(move || accept(&shared, service, &listener))
        });
        Self { acceptors: acceptors.collect(), ports, shared }
    }

    pub fn origin(&self, service: Service) -> String {
        format!("http://127.0.0.1:{}", self.ports[service as usize])
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared.state)
    }

    pub fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.shared.journal)
    }

    /// Takes out the requests so far that the fake does not know.
    pub fn take_unexpected(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.shared.unexpected))
    }

    /// Takes out the breaches so far.
    pub fn take_breaches(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.shared.breaches))
    }

    pub fn clear_journal(&self) {
        *self.journal() = Journal::default();
        self.shared.most.iter().for_each(|most| most.store(0, Ordering::SeqCst));
    }

    pub fn most_at_once(&self, service: Service) -> usize {
        self.shared.most[service as usize].load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for port in &self.ports {
            drop(TcpStream::connect(("127.0.0.1", *port)));
        }
        for acceptor in self.acceptors.drain(..) {
            drop(acceptor.join());
        }
        for connection in lock(&self.shared.connections).values() {
            drop(connection.shutdown(Shutdown::Both));
        }
        let workers: Vec<_> = lock(&self.shared.workers).drain(..).collect();
        for worker in workers {
            drop(worker.join());
        }
        let (unexpected, breaches) = (self.take_unexpected(), self.take_breaches());
        // A test that fails already says why, and a second panic would end all the others with it.
        if std::thread::panicking() {
            return;
        }
        assert!(unexpected.is_empty(), "unexpected requests: {unexpected:#?}");
        assert!(breaches.is_empty(), "breaches of the contract: {breaches:#?}");
    }
}

fn accept(shared: &Arc<Shared>, service: Service, listener: &TcpListener) {
    while let Ok((stream, address)) = listener.accept() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(other_half) = stream.try_clone() else { continue };
        let key = usize::from(address.port()) * SERVICES.len() + service as usize;
        lock(&shared.connections).insert(key, other_half);
        let mine = Arc::clone(shared);
        let worker = std::thread::spawn(move || {
            // Its end, by whichever side, is no error.
            drop(serve(&mine, service, stream));
            lock(&mine.connections).remove(&key);
        });
        let mut workers = lock(&shared.workers);
        workers.retain(|worker| !worker.is_finished());
        workers.push(worker);
    }
}

fn serve(shared: &Shared, service: Service, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    while let Some(head) = wire::peek_head(&stream)? {
        let Some(mut request) = wire::parse_head(service, &head) else {
            lock(&shared.unexpected).push("something that is not HTTP".to_owned());
            return Ok(());
        };
        lock(&shared.unexpected).extend(shared.watch.arrival(&request));
        let Begun { number, fault, latency, pause } = begin(shared, &request);
        if fault == Some(FaultKind::Refuse) {
            // Its body is never read.
            lock(&shared.breaches).extend(shared.watch.head(&request));
            return Ok(());
        }
        request.body = wire::read_body(&mut stream, &head, &request)?;
        record_body(shared, number, &request);
        let wants_close = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));

        wait_at_gate(shared, &request);
        let flight = Flight::begin(shared, service);
        nap(shared, latency / 2);
        wait_at(pause.as_ref(), PausePoint::Arrival);
        wait_at_latch(shared, &request);
        let response = respond(shared, &request, fault.as_ref(), flight.at_once);
        wait_at(pause.as_ref(), PausePoint::Answer);
        nap(shared, latency - latency / 2);
        drop(flight);

        let reset = matches!(fault, Some(FaultKind::ResetBefore | FaultKind::ResetAfter));
        if reset {
            return Ok(());
        }
        let response = dated(wire::identified(response, service, number), shared);
        if fault != Some(FaultKind::Silence) {
            record_status(shared, number, response.status);
        }
        wire::take_last(&mut stream)?;
        let over = deliver(shared, &mut stream, &response, fault.as_ref())?;
        if over || wants_close {
            return stream.shutdown(Shutdown::Both);
        }
    }
    Ok(())
}

/// A request that has arrived, and what is to become of it.
struct Begun {
    number: usize,
    fault: Option<FaultKind>,
    latency: Duration,
    pause: Option<PausedRequest>,
}

fn wait_at(pause: Option<&PausedRequest>, at: PausePoint) {
    if let Some(pause) = pause.filter(|pause| pause.at == at) {
        pause.latch.pass();
    }
}

fn begin(shared: &Shared, request: &Request) -> Begun {
    let mut state = lock(&shared.state);
    let mut journal = lock(&shared.journal);
    journal.count += 1;
    let number = journal.count;
    let (at, since_start) = (state.clock.now(), shared.started.elapsed());
    let (status, answered) = (None, None);
    journal.requests.push(Recorded { number, request: request.clone(), status, at, since_start, answered });
    let latency = state.latency_of(request.service);
    let pause = state.paused.iter().position(|pause| pause.number == number).map(|at| state.paused.remove(at));
    Begun { number, fault: fault::strike(&mut state.faults, request, number), latency, pause }
}

/// Nobody waits for ever: a test whose requests do not come fails and does not hang.
fn wait_at_gate(shared: &Shared, request: &Request) {
    let Some(barrier) = barrier::arrive(&mut lock(&shared.state).barriers, request) else { return };
    let patience = Instant::now() + Duration::from_secs(10);
    while lock(&shared.state).barriers.get(barrier).is_some_and(|barrier| !barrier.is_open()) {
        if Instant::now() > patience {
            return lock(&shared.unexpected).push(format!("{} waited at a barrier that never opened", request.path));
        }
        if nap(shared, Duration::from_millis(1)) {
            return;
        }
    }
}

fn wait_at_latch(shared: &Shared, request: &Request) {
    let latch = happening::latch_of(&lock(&shared.state), request);
    if let Some(latch) = latch {
        latch.pass();
    }
}

fn record_body(shared: &Shared, number: usize, request: &Request) {
    let mut journal = lock(&shared.journal);
    if let Some(recorded) = journal.requests.iter_mut().rfind(|recorded| recorded.number == number) {
        recorded.request.body.clone_from(&request.body);
    }
}

fn record_status(shared: &Shared, number: usize, status: u16) {
    let mut journal = lock(&shared.journal);
    if let Some(recorded) = journal.requests.iter_mut().rfind(|recorded| recorded.number == number) {
        recorded.status = Some(status);
        recorded.answered = Some(shared.started.elapsed());
    }
}

/// What the service says, after acting if this fault lets it act.
fn respond(shared: &Shared, request: &Request, fault: Option<&FaultKind>, at_once: usize) -> Response {
    let might_be = fault.is_some_and(FaultKind::might_be_the_services);
    if let Some(response) = fault.and_then(|fault| fault.instead_of_acting(request)) {
        watch_exchange(shared, request, might_be.then_some(&response));
        return response;
    }
    let mut state = lock(&shared.state);
    if state.max_parallel(request.service).is_some_and(|max| at_once > max) {
        let response = fault::error(request, 429, "Too many requests").with("Retry-After", "1");
        watch_exchange(shared, request, Some(&response));
        return response;
    }
    happening::take_place(&mut state, request, Moment::Before);
    let response = act(shared, &mut state, request);
    happening::take_place(&mut state, request, Moment::After);
    drop(state);
    match fault {
        Some(FaultKind::ActThenAnswer(instead)) => {
            watch_exchange(shared, request, Some(instead));
            instead.clone()
        }
        Some(fault) => Response { body: fault.rewritten(response.body), ..response },
        None => response,
    }
}

fn act(shared: &Shared, state: &mut State, request: &Request) -> Response {
    let of_bitbucket = matches!(request.service, Service::Bitbucket | Service::Proxy);
    let answer = if of_bitbucket { bitbucket::answer(state, request) } else { confluence::answer(state, request) };
    match answer {
        Ok(response) | Err(Refusal::Answer(response)) => {
            watch_exchange(shared, request, Some(&response));
            response
        }
        Err(Refusal::Unexpected { status, why }) => {
            let line = format!("{:?} {} {}: {why}", request.service, request.method, request.path);
            lock(&shared.unexpected).push(line);
            fault::error(request, status, &why)
        }
    }
}

/// Shows the watcher a request, and an answer that the service gives or might give. What the fake calls unexpected is
/// written down already.
fn watch_exchange(shared: &Shared, request: &Request, answer: Option<&Response>) {
    lock(&shared.breaches).extend(shared.watch.exchange(request, answer));
}

/// Every answer has a date, as HTTP asks of a server with a clock.
fn dated(response: Response, shared: &Shared) -> Response {
    response.with("Date", &lock(&shared.state).date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

/// Writes the answer; says whether the connection is over.
fn deliver(
    shared: &Shared,
    stream: &mut TcpStream,
    response: &Response,
    fault: Option<&FaultKind>,
) -> io::Result<bool> {
    match fault {
        Some(FaultKind::Truncated) => {
            let bytes = wire::bytes(response);
            let keep = bytes.len() - response.body.len().div_ceil(2);
            stream.write_all(&bytes[..keep])?;
            Ok(true)
        }
        Some(FaultKind::Trickle) => {
            let second = lock(&shared.state).second;
            let length = format!("Content-Length: {}\r\n", response.body.len());
            stream.write_all(&wire::head(response, &length))?;
            for byte in &response.body {
                stream.write_all(&[*byte])?;
                if nap(shared, second) {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Some(FaultKind::Endless) => {
            stream.write_all(&wire::head(response, "Transfer-Encoding: chunked\r\n"))?;
            let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
            for _ in 0..1024 {
                stream.write_all(&chunk)?;
            }
            Ok(true)
        }
        Some(FaultKind::Silence) => {
            while stream.read(&mut [0; 1024])? > 0 {}
            Ok(true)
        }
        other => {
            stream.write_all(&wire::bytes(response))?;
            Ok(other == Some(&FaultKind::CloseAfter))
        }
    }
}

/// Sleeps; says whether the fake was stopped meanwhile.
fn nap(shared: &Shared, duration: Duration) -> bool {
    let end = Instant::now() + duration;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || shared.stop.load(Ordering::SeqCst) {
            return shared.stop.load(Ordering::SeqCst);
        }
        std::thread::sleep(left.min(Duration::from_millis(20)));
    }
}

/// One request between its arrival and its answer.
struct Flight<'a> {
    count: &'a AtomicUsize,
    at_once: usize,
}

impl<'a> Flight<'a> {
    fn begin(shared: &'a Shared, service: Service) -> Self {
        let count = &shared.in_flight[service as usize];
        let at_once = count.fetch_add(1, Ordering::SeqCst) + 1;
        shared.most[service as usize].fetch_max(at_once, Ordering::SeqCst);
        Self { count, at_once }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::SeqCst);
    }
}
