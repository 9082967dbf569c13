//! One try of one request. Only this file, `agents`, `names` and `forward` know the HTTP library.

use std::error::Error;
use std::io;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use rustls::CertificateError;
use ureq::http::{HeaderValue, Response, header};
use ureq::{Agent, AsSendBody, Body, Timeout};
use url::Url;

use super::base::{Base, Transport};
use super::connection_error::ConnectionError;
use super::error::Failure;
use super::explain::{explain, is_html};
use super::forward::Channel;
use super::headers::{date_of, id_of, is_anonymous, text, wait_of};
use super::network::Route;
use super::request::{Authorization, Effect, Method, Request, ServiceName};
use super::session::Session;
use crate::secret::Scrubber;

/// Where requests go, how, and in whose name.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: ServiceName,
    pub(crate) base: Base,
    pub(crate) authorization: Authorization,
    pub(crate) channel: Channel,
}

/// What came of a try.
pub(crate) struct Reply {
    pub(crate) request_id: Option<String>,
    pub(crate) result: Result<(u16, Vec<u8>), Failure>,
}

/// Sends a request once, for at most this long and what is left of the run's budget.
pub(crate) fn attempt(session: &Session, target: &Target, request: &Request, most: Duration) -> Reply {
    let mut request_id = None;
    let result = call(session, target, request, most).and_then(|response| {
        request_id = id_of(response.headers(), &session.scrubber);
        if let Some(date) = text(response.headers(), "date").and_then(date_of) {
            session.dated(date);
        }
        judge(session, target, request, response)
    });
    Reply { request_id, result }
}

fn unsendable<E>(_: E) -> Failure {
    Failure::NotSent("the request has a path or header that cannot be sent".into())
}

fn call(session: &Session, target: &Target, request: &Request, most: Duration) -> Result<Response<Body>, Failure> {
    if !request.path.is_sound() {
        return Err(unsendable(()));
    }
    let uri = format!("{}{}", target.base, request.target());
    let mut builder = ureq::http::Request::builder().method(request.method.as_str()).uri(uri);
    if let Some(value) = target.authorization.header() {
        let mut value = HeaderValue::from_str(value).map_err(unsendable)?;
        value.set_sensitive(true);
        builder = builder.header(header::AUTHORIZATION, value);
    }
    if let Some((kind, _)) = &request.body {
        builder = builder.header(header::CONTENT_TYPE, *kind);
    }
    let (route, agent) = session.agents.for_request(&target.channel, &target.base, request);
    let machine = |duration| session.clock.by_the_machine(duration);
    let times = Times {
        all: machine(session.deadline.remaining(&session.clock).min(most)),
        connect: machine(target.channel.connect_timeout(&session.limits)),
        encrypted: target.base.transport() == Transport::Encrypted,
    };
    let response = match (&request.body, request.method) {
        (None, Method::Get | Method::Delete) => run(agent, builder.body(()).map_err(unsendable)?, &times),
        (body, _) => {
            let bytes = body.as_ref().map_or(&[][..], |(_, bytes)| bytes);
            run(agent, builder.body(bytes).map_err(unsendable)?, &times)
        }
    };
    response.map_err(|error| {
        session.agents.forget_names();
        failure_of(error, route, session.limits.body)
    })
}

/// How long a call may take, and whether it must be encrypted.
struct Times {
    all: Duration,
    connect: Duration,
    encrypted: bool,
}

fn run<S: AsSendBody>(
    agent: &Agent,
    request: ureq::http::Request<S>,
    times: &Times,
) -> Result<Response<Body>, ureq::Error> {
    let call = agent.configure_request(request).https_only(times.encrypted);
    agent.run(call.timeout_connect(Some(times.connect)).timeout_global(Some(times.all)).build())
}

/// Turns a response into bytes, or into a failure with the service's own words.
fn judge(
    session: &Session,
    target: &Target,
    request: &Request,
    response: Response<Body>,
) -> Result<(u16, Vec<u8>), Failure> {
    let status = response.status().as_u16();
    let (parts, body) = response.into_parts();
    let headers = &parts.headers;
    if (300..400).contains(&status) {
        return Err(redirected(status, &target.base, request, text(headers, "location"), &session.scrubber));
    }
    let content_type = text(headers, "content-type");
    let body = read(body, session.limits.body).map(|body| match target.name {
        // What it answers is a secret, and when it is asked again perhaps one that is known.
        ServiceName::Login => body,
        ServiceName::Bitbucket | ServiceName::AuthProxy | ServiceName::Confluence | ServiceName::Jira => {
            session.scrubber.scrub_answer(body)
        }
    });
    let is_success = (200..300).contains(&status);
    if target.authorization.header().is_some() && (is_success || status == 404) && is_anonymous(headers) {
        return Err(Failure::Anonymous { status });
    }
    if !is_success {
        // The status is known; that its explanation got lost on the way changes nothing.
        let (explained, detail) = explain(status, content_type, &body.unwrap_or_default(), &session.scrubber);
        let retry_after = wait_of(headers, status, session.clock.utc_now());
        return Err(Failure::Refused { status, explained, detail, retry_after });
    }
    if status == 202 && request.effect == Effect::Reads {
        return Err(Failure::NotYet { status });
    }
    let body = body?;
    // No request of ours is answered with a page: this is a proxy or a login that says 200. Bitbucket labels even an answer
    // without a body as one.
    let says_nothing = status == 204 && body.is_empty();
    if !says_nothing && is_html(content_type, &body) {
        return Err(Failure::NotJson { status, shape: "an HTML page" });
    }
    Ok((status, body))
}

/// Reads at most `limit` bytes after unpacking: a few kilobytes of gzip could fill the memory.
fn read(mut body: Body, limit: u64) -> Result<Vec<u8>, Failure> {
    let read = body.with_config().limit(limit).read_to_vec();
    // A body that comes has passed the proxy.
    read.map_err(|error| failure_of(error, Route::Direct, limit))
}

/// The library's errors have no chain and many kinds; people need few words.
fn failure_of(error: ureq::Error, route: Route, limit: u64) -> Failure {
    let how = match &error {
        ureq::Error::HostNotFound => ConnectionError::Resolve,
        ureq::Error::ConnectionFailed => ConnectionError::Refused,
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => ConnectionError::ConnectTimeout,
        ureq::Error::Timeout(_) => ConnectionError::TimedOut,
        ureq::Error::Rustls(rustls) => certificate(Some(rustls)),
        ureq::Error::Tls(_) | ureq::Error::TlsRequired => ConnectionError::Tls,
        // A head that fits no buffer of ours is no answer's fault.
        ureq::Error::Protocol(error) if error.to_string().contains("output") => return unsendable(()),
        ureq::Error::Protocol(_) | ureq::Error::Decompress(..) => ConnectionError::Garbled,
        ureq::Error::Io(error) => of_io(error),
        ureq::Error::LargeResponseHeader(_, limit) => return Failure::TooLong { limit: *limit as u64 },
        ureq::Error::BodyExceedsLimit(_) => return Failure::TooLong { limit },
        ureq::Error::Http(_) | ureq::Error::BadUri(_) | ureq::Error::RequireHttpsOnly(_) => {
            return unsendable(());
        }
        ureq::Error::ConnectProxyFailed(words) if words.contains("407") => ConnectionError::ProxyLogin,
        ureq::Error::ConnectProxyFailed(_) => ConnectionError::Proxy,
        _ => ConnectionError::Dropped,
    };
    let how = match (route, how) {
        // The name that is looked up and the place that is connected to are then the proxy's.
        (
            Route::Proxy,
            ConnectionError::Resolve
            | ConnectionError::Refused
            | ConnectionError::Unreachable
            | ConnectionError::ConnectTimeout,
        ) => ConnectionError::Proxy,
        (_, how) => how,
    };
    let source: Box<dyn Error + Send + Sync> = Box::new(error);
    Failure::Lost { how, source }
}

fn of_io(error: &io::Error) -> ConnectionError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectionError::Refused,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => ConnectionError::Unreachable,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => ConnectionError::TimedOut,
        // The library passes what TLS says as "invalid data".
        io::ErrorKind::InvalidData => certificate(error.get_ref().and_then(|inner| inner.downcast_ref())),
        _ if error.to_string().contains("failed to lookup address") => ConnectionError::Resolve,
        _ => ConnectionError::Dropped,
    }
}

/// What is wrong with TLS: remedies differ for an authority that is not known, another host's name, another flaw of
/// the certificate, and the rest.
fn certificate(error: Option<&rustls::Error>) -> ConnectionError {
    let Some(rustls::Error::InvalidCertificate(flaw)) = error else { return ConnectionError::Tls };
    match flaw {
        // A bad signature is another authority of the same name: companies renew theirs.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => ConnectionError::Untrusted,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ConnectionError::WrongHost
        }
        _ => ConnectionError::Certificate,
    }
}

fn redirected(status: u16, base: &Base, request: &Request, location: Option<&str>, scrubber: &Scrubber) -> Failure {
    let target = location.and_then(|location| Url::parse(&base.to_string()).ok()?.join(location).ok());
    let target = target.filter(|target| target.host_str().is_some());
    // The rest of such an address can hold a ticket.
    let to = target.as_ref().map(|target| scrubber.scrub(&target.origin().ascii_serialization()));
    let asked = repository_of(request.path.as_str());
    let other = target.and_then(|target| repository_of(target.path())).filter(|_| asked.is_some());
    let repository = other.filter(|name| Some(name) != asked.as_ref()).map(|name| scrubber.scrub(&name));
    Failure::Redirected { status, to, repository }
}

/// `workspace/slug` of a path below `/repositories/`.
fn repository_of(path: &str) -> Option<String> {
    let (_, below) = path.split_once("/repositories/")?;
    let mut parts = below.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy());
    let (workspace, slug) = (parts.next()?, parts.next()?);
    let is_name = |text: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '{' | '}');
        !text.is_empty() && text.len() <= 100 && text.chars().all(allowed)
    };
    (is_name(&workspace) && is_name(&slug)).then(|| format!("{workspace}/{slug}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_shows_the_host_and_a_moved_repository() {
        let base = Base::parse("https://api.bitbucket.org/2.0").unwrap();
        let moved = "/2.0/repositories/acme/store/pullrequests/7?ticket=s3cret";
        let table = [
            ("https://id.atlassian.com/login?ticket=s3cret", Some("https://id.atlassian.com"), None),
            ("/login?x", Some("https://api.bitbucket.org"), None),
            ("//user:pw@evil.example:8443/x", Some("https://evil.example:8443"), None),
            ("data:text/plain,x", None, None),
            (moved, Some("https://api.bitbucket.org"), Some("acme/store")),
            ("/2.0/repositories/acme/shop/pullrequests/7", Some("https://api.bitbucket.org"), None),
            ("/2.0/repositories/%7B0-1%7D/%7B2-3%7D", Some("https://api.bitbucket.org"), Some("{0-1}/{2-3}")),
            ("/2.0/repositories/acme/%1b[2J", Some("https://api.bitbucket.org"), None),
            ("https://eu.example/2.0/repositories/acme/store", Some("https://eu.example"), Some("acme/store")),
        ];
        let request = Request::get("/repositories/acme/shop/pullrequests/7");
        for (location, place, name) in table {
            let failure = redirected(301, &base, &request, Some(location), &Scrubber::default());
            let Failure::Redirected { to, repository, .. } = failure else { panic!("{failure:?}") };
            assert_eq!((to.as_deref(), repository.as_deref()), (place, name), "{location}");
        }
    }

    #[test]
    fn the_librarys_errors_become_few_words() {
        let io = |kind, text: &str| ureq::Error::Io(io::Error::new(kind, text.to_owned()));
        let certificate = |error| {
            let error = rustls::Error::InvalidCertificate(error);
            ureq::Error::Io(io::Error::new(io::ErrorKind::InvalidData, error))
        };
        let table = [
            (ureq::Error::HostNotFound, ConnectionError::Resolve),
            (io(io::ErrorKind::Other, "failed to lookup address information: x"), ConnectionError::Resolve),
            (io(io::ErrorKind::ConnectionRefused, ""), ConnectionError::Refused),
            (io(io::ErrorKind::NetworkUnreachable, ""), ConnectionError::Unreachable),
            (certificate(CertificateError::UnknownIssuer), ConnectionError::Untrusted),
            (certificate(CertificateError::BadSignature), ConnectionError::Untrusted),
            (certificate(CertificateError::Expired), ConnectionError::Certificate),
            (certificate(CertificateError::NotValidForName), ConnectionError::WrongHost),
            (ureq::Error::ConnectProxyFailed("proxy server responded 403/403".to_owned()), ConnectionError::Proxy),
            (ureq::Error::ConnectProxyFailed("proxy server responded 407/407".to_owned()), ConnectionError::ProxyLogin),
            (io(io::ErrorKind::InvalidData, "received corrupt message"), ConnectionError::Tls),
            (io(io::ErrorKind::ConnectionReset, ""), ConnectionError::Dropped),
            (io(io::ErrorKind::BrokenPipe, ""), ConnectionError::Dropped),
            (io(io::ErrorKind::UnexpectedEof, ""), ConnectionError::Dropped),
            (ureq::Error::Timeout(Timeout::Connect), ConnectionError::ConnectTimeout),
            (ureq::Error::Timeout(Timeout::Global), ConnectionError::TimedOut),
        ];
        for (error, expected) in table {
            let name = error.to_string();
            assert!(
                matches!(failure_of(error, Route::Direct, 1), Failure::Lost { how, .. } if how == expected),
                "{name}"
            );
        }
        for error in [ureq::Error::HostNotFound, ureq::Error::Timeout(Timeout::Connect)] {
            let through_proxy = failure_of(error, Route::Proxy, 1);
            assert!(matches!(through_proxy, Failure::Lost { how: ConnectionError::Proxy, .. }), "{through_proxy:?}");
        }
    }
}
