//! One try of one request. Only this file, `names` and `forward` know the HTTP library.

use std::error::Error;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use rustls::CertificateError;
use ureq::http::{HeaderMap, HeaderValue, Response, header};
use ureq::tls::TlsConfig;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, Timeout};
use url::Url;

use super::base::{Base, Transport};
use super::error::{Failure, Loss};
use super::explain::{explain, is_html};
use super::forward::Carrier;
use super::names::Names;
use super::network::{self, Network, Route};
use super::proxy::Proxy;
use super::request::{Authorization, Method, Patience, Request};
use super::service::{Service, ServiceName};
use crate::secret::Scrubber;

/// What came of a try.
pub(crate) struct Reply {
    pub(crate) request_id: Option<String>,
    pub(crate) result: Result<(u16, Vec<u8>), Failure>,
}

/// Two sets of connections.
///
/// Reads, PUT and DELETE share kept connections: a TLS handshake costs more than most answers. A server may close a
/// kept one just as the next request leaves; the retry rule mends that. It cannot for a writing POST, which would be
/// in doubt for nothing, so each of those gets a new connection.
#[derive(Debug)]
pub(crate) struct Agents {
    network: Network,
    names: Names,
    direct: Pair,
    proxied: Pair,
}

#[derive(Debug)]
struct Pair {
    kept: Agent,
    fresh: Agent,
}

impl Agents {
    pub(crate) fn new(network: &Network) -> Self {
        let proxy = network.proxy.as_ref().map(Proxy::to_library);
        let tls = TlsConfig::builder().root_certs(network.roots.to_library()).build();
        let names = Names::default();
        let agent = |proxy: &Option<ureq::Proxy>, per_host, overall| {
            let config = network::connections(proxy.clone())
                .tls_config(tls.clone())
                .max_idle_connections_per_host(per_host)
                .max_idle_connections(overall)
                .build();
            Agent::with_parts(config, DefaultConnector::default(), names.clone())
        };
        let pair = |proxy| Pair { kept: agent(&proxy, 12, 24), fresh: agent(&proxy, 0, 0) };
        Self { network: network.clone(), direct: pair(None), proxied: pair(proxy), names }
    }

    fn for_request(&self, base: &Base, request: &Request) -> (Route, &Agent) {
        let route = self.network.route(base);
        let pair = match route {
            Route::Direct => &self.direct,
            Route::Proxy => &self.proxied,
        };
        (route, if request.is_repeatable() { &pair.kept } else { &pair.fresh })
    }
}

/// Sends a request once, for at most what is left of the run's budget.
pub(crate) fn attempt(service: &Service, authorization: &Authorization, request: &Request) -> Reply {
    let mut request_id = None;
    let result = call(service, authorization, request).and_then(|response| {
        request_id = id_of(response.headers(), &service.session.scrubber);
        if let Some(date) = response.headers().get(header::DATE).and_then(|date| date_of(date.to_str().ok()?)) {
            service.session.dated(date);
        }
        judge(service, response)
    });
    Reply { request_id, result }
}

fn call(service: &Service, authorization: &Authorization, request: &Request) -> Result<Response<Body>, Failure> {
    if !request.path.is_sound() {
        return Err(Failure::Unsendable);
    }
    let session = &service.session;
    let mut builder = ureq::http::Request::builder().method(request.method.as_str()).uri(format!(
        "{}{}",
        service.base,
        request.target()
    ));
    if let Some(value) = authorization.header() {
        let mut value = HeaderValue::from_str(value).map_err(|_| Failure::Unsendable)?;
        value.set_sensitive(true);
        builder = builder.header(header::AUTHORIZATION, value);
    }
    if request.body.is_some() {
        builder = builder.header(header::CONTENT_TYPE, "application/json");
    }
    let (route, agent) = match &service.carrier {
        Carrier::Direct => session.agents.for_request(&service.base, request),
        Carrier::Through(agent) => (Route::Direct, agent),
    };
    let most = match request.patience {
        Patience::Usual => session.limits.attempt,
        Patience::Little => session.limits.tentative,
    };
    let machine = |duration| Some(session.clock.by_the_machine(duration));
    let timeout = machine(session.deadline.remaining(&session.clock).min(most));
    let connect = machine(service.carrier.patience(&session.limits));
    let encrypted = service.base.transport() == Transport::Encrypted;
    let response = match (&request.body, request.method) {
        (None, Method::Get | Method::Delete) => {
            let plain = builder.body(()).map_err(|_| Failure::Unsendable)?;
            let call = agent.configure_request(plain).https_only(encrypted);
            agent.run(call.timeout_connect(connect).timeout_global(timeout).build())
        }
        (body, _) => {
            let bytes = body.as_deref().unwrap_or_default();
            let full = builder.body(bytes).map_err(|_| Failure::Unsendable)?;
            let call = agent.configure_request(full).https_only(encrypted);
            agent.run(call.timeout_connect(connect).timeout_global(timeout).build())
        }
    };
    response.map_err(|error| {
        session.agents.names.forget();
        failure_of(error, route, session.limits.body)
    })
}

/// Turns a response into bytes, or into a failure with the service's own words.
fn judge(service: &Service, response: Response<Body>) -> Result<(u16, Vec<u8>), Failure> {
    let session = &service.session;
    let status = response.status().as_u16();
    let (parts, body) = response.into_parts();
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if (300..400).contains(&status) {
        let to = text(header::LOCATION).and_then(|location| origin_of(&service.base.to_string(), location));
        let to = to.map(|to| session.scrubber.scrub(&to));
        return Err(Failure::Redirected { status, to });
    }
    let content_type = text(header::CONTENT_TYPE);
    let body = read(body, session.limits.body).map(|body| match service.name() {
        // What it answers is a secret, and when it is asked again perhaps one that is known.
        ServiceName::Login => body,
        ServiceName::Bitbucket | ServiceName::AuthProxy | ServiceName::Confluence => {
            session.scrubber.scrub_answer(body)
        }
    });
    if !(200..300).contains(&status) {
        // The status is known; that its explanation got lost on the way changes nothing.
        let (explained, said) = explain(content_type, &body.unwrap_or_default(), &session.scrubber);
        let retry_after = text(header::RETRY_AFTER).and_then(|value| wait_of(value, session.clock.wall()));
        return Err(Failure::Refused { status, explained, said, retry_after });
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
        ureq::Error::HostNotFound => Loss::Resolve,
        ureq::Error::ConnectionFailed => Loss::Refused,
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => Loss::ConnectTimeout,
        ureq::Error::Timeout(_) => Loss::TimedOut,
        ureq::Error::Rustls(rustls) => certificate(Some(rustls)),
        ureq::Error::Tls(_) | ureq::Error::TlsRequired => Loss::Tls,
        ureq::Error::Protocol(_) | ureq::Error::Decompress(..) => Loss::Garbled,
        ureq::Error::Io(error) => io_loss(error),
        ureq::Error::LargeResponseHeader(..) | ureq::Error::BodyExceedsLimit(_) => return Failure::TooLong { limit },
        ureq::Error::Http(_) | ureq::Error::BadUri(_) | ureq::Error::RequireHttpsOnly(_) => {
            return Failure::Unsendable;
        }
        ureq::Error::ConnectProxyFailed(words) if words.contains("407") => Loss::ProxyLogin,
        ureq::Error::ConnectProxyFailed(_) => Loss::Proxy,
        _ => Loss::Dropped,
    };
    let how = match (route, how) {
        // The name that is looked up and the place that is connected to are then the proxy's.
        (Route::Proxy, Loss::Resolve | Loss::Refused | Loss::Unreachable | Loss::ConnectTimeout) => Loss::Proxy,
        (_, how) => how,
    };
    let source: Box<dyn Error + Send + Sync> = Box::new(error);
    Failure::Lost { how, source }
}

fn io_loss(error: &io::Error) -> Loss {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Loss::Refused,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Loss::Unreachable,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Loss::TimedOut,
        // The library passes what TLS says as "invalid data".
        io::ErrorKind::InvalidData => certificate(error.get_ref().and_then(|inner| inner.downcast_ref())),
        _ if error.to_string().contains("failed to lookup address") => Loss::Resolve,
        _ => Loss::Dropped,
    }
}

/// What is wrong with TLS: remedies differ for an authority that is not known, another host's name, another flaw of
/// the certificate, and the rest.
fn certificate(error: Option<&rustls::Error>) -> Loss {
    let Some(rustls::Error::InvalidCertificate(flaw)) = error else { return Loss::Tls };
    match flaw {
        // A bad signature is another authority of the same name: companies renew theirs.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Loss::Untrusted,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Loss::WrongHost,
        _ => Loss::Certificate,
    }
}

/// Scheme, host and port of a redirect; the rest of such an address can hold a ticket.
fn origin_of(base: &str, location: &str) -> Option<String> {
    let target = Url::parse(base).ok()?.join(location).ok()?;
    target.host_str().map(|_| target.origin().ascii_serialization())
}

/// The services' names for an answer, the first that is there.
const REQUEST_ID_HEADERS: [&str; 4] = ["x-request-id", "atl-request-id", "atl-traceid", "x-arequestid"];

/// Scrubbed before it is cut, which could leave a part of a secret that no longer looks like one.
fn id_of(headers: &HeaderMap, scrubber: &Scrubber) -> Option<String> {
    let value = REQUEST_ID_HEADERS.iter().find_map(|name| headers.get(*name))?;
    let visible = value.as_bytes().iter().filter(|byte| byte.is_ascii_graphic());
    let id: String = visible.map(|byte| char::from(*byte)).collect();
    let id: String = scrubber.scrub(&id).chars().take(128).collect();
    (!id.is_empty()).then_some(id)
}

/// `Retry-After`: seconds, or a date.
fn wait_of(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    Some(Duration::try_from(date_of(value)?.duration_since(now)).unwrap_or_default())
}

fn date_of(value: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let table = [
            ("7", seconds(7)),
            (" 0 ", seconds(0)),
            ("Sun, 22 Nov 2026 12:00:09 GMT", seconds(9)),
            ("Sun, 22 Nov 2026 11:00:00 GMT", seconds(0)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ];
        for (value, wait) in table {
            assert_eq!(wait_of(value, now), wait, "{value}");
        }
    }

    #[test]
    fn request_ids_are_short_and_visible() {
        let scrubber = Scrubber::default();
        scrubber.hide(&Secret::parse("t0ken-of-ours").unwrap());
        let id_of = |headers: &HeaderMap| id_of(headers, &scrubber);
        let mut headers = HeaderMap::new();
        assert_eq!(id_of(&headers), None);
        headers.insert("x-arequestid", HeaderValue::from_static("old"));
        assert_eq!(id_of(&headers).unwrap(), "old");
        headers.insert("atl-traceid", HeaderValue::from_bytes(b"a b\tc\xff").unwrap());
        assert_eq!(id_of(&headers).unwrap(), "abc");
        headers.insert("x-request-id", HeaderValue::from_str(&"x".repeat(500)).unwrap());
        assert_eq!(id_of(&headers).unwrap().len(), 128);
        let at_the_cut = format!("{}t0ken-of-ours", "x".repeat(125));
        headers.insert("x-request-id", HeaderValue::from_str(&at_the_cut).unwrap());
        assert_eq!(id_of(&headers).unwrap(), format!("{}***", "x".repeat(125)));
    }

    #[test]
    fn a_redirect_shows_only_where_to() {
        let base = "https://acme.atlassian.net/wiki";
        let table = [
            ("https://id.atlassian.com/login?ticket=s3cret", Some("https://id.atlassian.com")),
            ("/login?x", Some("https://acme.atlassian.net")),
            ("//user:pw@evil.example:8443/x", Some("https://evil.example:8443")),
            ("data:text/plain,x", None),
        ];
        for (location, to) in table {
            assert_eq!(origin_of(base, location).as_deref(), to, "{location}");
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
            (ureq::Error::HostNotFound, Loss::Resolve),
            (io(io::ErrorKind::Other, "failed to lookup address information: x"), Loss::Resolve),
            (io(io::ErrorKind::ConnectionRefused, ""), Loss::Refused),
            (io(io::ErrorKind::NetworkUnreachable, ""), Loss::Unreachable),
            (certificate(CertificateError::UnknownIssuer), Loss::Untrusted),
            (certificate(CertificateError::BadSignature), Loss::Untrusted),
            (certificate(CertificateError::Expired), Loss::Certificate),
            (certificate(CertificateError::NotValidForName), Loss::WrongHost),
            (ureq::Error::ConnectProxyFailed("proxy server responded 403/403".to_owned()), Loss::Proxy),
            (ureq::Error::ConnectProxyFailed("proxy server responded 407/407".to_owned()), Loss::ProxyLogin),
            (io(io::ErrorKind::InvalidData, "received corrupt message"), Loss::Tls),
            (io(io::ErrorKind::ConnectionReset, ""), Loss::Dropped),
            (io(io::ErrorKind::BrokenPipe, ""), Loss::Dropped),
            (io(io::ErrorKind::UnexpectedEof, ""), Loss::Dropped),
            (ureq::Error::Timeout(Timeout::Connect), Loss::ConnectTimeout),
            (ureq::Error::Timeout(Timeout::Global), Loss::TimedOut),
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
            assert!(matches!(through_proxy, Failure::Lost { how: Loss::Proxy, .. }), "{through_proxy:?}");
        }
    }
}
