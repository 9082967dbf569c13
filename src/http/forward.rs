//! The way to a service through a forward proxy, in plain text and without a credential.
//!
//! The proxy next to a pipeline step puts the step's own credential on requests it can read: their request line must name
//! the whole address, `PUT http://api.bitbucket.org/2.0/… HTTP/1.1`. The HTTP library asks every proxy for a tunnel
//! (CONNECT), which gets no credential. So here the connection goes to the proxy's address, and the request line is
//! completed on its way out; all else (times, limits, bodies, errors) is the library's and ours as for other requests.

use std::fmt;
use std::io;
use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, TcpConnector, Transport as Connection,
};
use url::Url;

use super::network::{Limits, connections};

/// The proxy runs next to the step, so it answers within this time or not at all.
const NEAR: Duration = Duration::from_secs(2);

/// How requests reach a service.
#[derive(Debug)]
pub(crate) enum Channel {
    Direct,
    /// Through a forward proxy, over connections of its own.
    Through(Agent),
}

impl Channel {
    /// How long a connection may take.
    pub(crate) fn connect_timeout(&self, limits: &Limits) -> Duration {
        match self {
            Self::Direct => limits.connect,
            Self::Through(_) => limits.connect.min(NEAR),
        }
    }
}

/// Where a forward proxy listens: `http://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardProxy(Uri);

impl ForwardProxy {
    /// Parses `http://host[:port]`. Any host may be named: no credential of ours goes there.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text.trim()).ok()?;
        let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
        let whole = bare && url.query().is_none() && url.fragment().is_none() && url.scheme() == "http";
        Some(Self(url.origin().ascii_serialization().parse().ok()?)).filter(|_| whole)
    }

    /// Connections to this proxy, one for each request.
    pub(crate) fn channel(&self) -> Channel {
        let config = connections(None)
            // A kept connection would send a second request line, which `Completing` doesn't see.
            .max_idle_connections_per_host(0)
            .max_idle_connections(0)
            .build();
        let resolver = AtTheProxy { proxy: self.0.clone(), names: DefaultResolver::default() };
        Channel::Through(Agent::with_parts(config, ().chain(TcpConnector::default()).chain(Completing), resolver))
    }
}

impl fmt::Display for ForwardProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_string().trim_end_matches('/'))
    }
}

/// Finds the proxy, whatever the request's host.
#[derive(Debug)]
struct AtTheProxy {
    proxy: Uri,
    names: DefaultResolver,
}

impl Resolver for AtTheProxy {
    fn resolve(&self, _: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        self.names.resolve(&self.proxy, config, timeout)
    }
}

/// Makes connections whose request line names the origin.
#[derive(Debug)]
struct Completing;

impl<In: Connection> Connector<In> for Completing {
    type Out = Completed<In>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        let origin = details.uri.authority().map(|authority| format!("http://{authority}"));
        Ok(chained.map(|inner| Completed { inner, origin }))
    }
}

/// A connection for one request; the origin is there until its line was sent.
#[derive(Debug)]
struct Completed<In> {
    inner: In,
    origin: Option<String>,
}

impl<In: Connection> Connection for Completed<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let amount = match self.origin.take() {
            Some(origin) => complete(self.inner.buffers().output(), amount, &origin)
                .ok_or_else(|| io::Error::other("the request line has no room for the whole address"))?,
            None => amount,
        };
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }
}

/// Puts the origin before the path of the request line that the first `amount` bytes begin with; the new amount.
fn complete(output: &mut [u8], amount: usize, origin: &str) -> Option<usize> {
    let path = output.get(..amount)?.iter().position(|byte| *byte == b' ')? + 1;
    let moved = path + origin.len();
    let end = amount.checked_add(origin.len()).filter(|end| *end <= output.len())?;
    output.copy_within(path..amount, moved);
    output.get_mut(path..moved)?.copy_from_slice(origin.as_bytes());
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_an_http_origin_and_nothing_more() {
        let table = [
            ("http://localhost:29418", Some("http://localhost:29418")),
            ("http://host.docker.internal:29418/", Some("http://host.docker.internal:29418")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://10.0.0.1", Some("http://10.0.0.1")),
            ("https://localhost:29418", None),
            ("localhost:29418", None),
            ("http://me:pw@localhost:29418", None),
            ("http://localhost:29418/2.0", None),
            ("http://localhost:29418/?x", None),
            ("http://localhost:29418/#x", None),
            ("", None),
        ];
        for (text, origin) in table {
            assert_eq!(ForwardProxy::parse(text).map(|proxy| proxy.to_string()).as_deref(), origin, "{text}");
        }
    }

    #[test]
    fn the_origin_goes_before_the_path_and_never_past_the_buffer() {
        let mut output = [0; 40];
        output[..18].copy_from_slice(b"PUT /a HTTP/1.1\r\n\r");
        assert_eq!(complete(&mut output, 18, "http://x.y"), Some(28));
        assert_eq!(&output[..28], b"PUT http://x.y/a HTTP/1.1\r\n\r");
        assert_eq!(complete(&mut output[..30], 28, "http://x.y"), None);
        assert_eq!(complete(&mut [b'x'; 40], 20, "http://x.y"), None);
        assert_eq!(complete(&mut output, 41, ""), None);
    }
}
