//! The network that a step runs in: what stands between it and the services.

use std::fmt;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

use super::base::Base;
use super::proxy::{Exceptions, Proxy};
use super::roots::Roots;

/// The step's network. The default is the open one: no proxy, and the certificate authorities built in.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// What requests go through.
    pub proxy: Option<Proxy>,
    /// Hosts that are reached without it. This machine always is.
    pub exceptions: Exceptions,
    /// Who is trusted besides.
    pub roots: Roots,
}

/// The way of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// To the service itself.
    Direct,
    /// Through the proxy.
    Proxy,
}

/// What a connection holds of an answer at a time, and so the longest head of an answer. The library's 128 KiB for each
/// direction, encrypted twice, would be most of what a run takes, as it has a dozen connections and more.
const INPUT_BYTES: usize = 32 * 1024;

/// The same of a request: its longest address has 6,000 characters, and a token may take as many.
const OUTPUT_BYTES: usize = 16 * 1024;

/// What is the same for all connections: a status is an answer, and nothing is sent to where a server points.
pub(super) fn connections(proxy: Option<ureq::Proxy>) -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .input_buffer_size(INPUT_BYTES)
        .output_buffer_size(OUTPUT_BYTES)
        // A longer head would fill the buffer and never be whole.
        .max_response_header_size(INPUT_BYTES - 1)
        // Given, or the library reads the environment.
        .proxy(proxy)
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .accept("application/json")
}

/// Where a container finds the machine that it runs on, and with it the helpers of a pipeline step. No proxy of the
/// network can know that machine.
const HOST_OF_CONTAINER: &str = "host.docker.internal";

impl Network {
    /// The way to a service.
    pub(crate) fn route(&self, base: &Base) -> Route {
        let here = base.is_loopback() || base.host() == HOST_OF_CONTAINER;
        if self.proxy.is_none() || here || self.exceptions.cover(&base.host(), base.port()) {
            Route::Direct
        } else {
            Route::Proxy
        }
    }

    /// Whether there is nothing to say of it.
    pub fn is_open(&self) -> bool {
        self.proxy.is_none() && self.roots.count() == 0
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proxy {
            Some(proxy) => write!(f, "proxy {proxy}")?,
            None => f.write_str("no proxy")?,
        }
        match self.roots.count() {
            0 => f.write_str(", built-in certificate authorities only"),
            1 => f.write_str(", 1 certificate authority besides the built-in ones"),
            count => write!(f, ", {count} certificate authorities besides the built-in ones"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_never_reached_through_a_proxy() {
        let proxy = Some(Proxy::parse("http://proxy.example:3128").unwrap());
        let network = Network { proxy, exceptions: Exceptions::parse("acme.example"), ..Network::default() };
        let table = [
            ("https://api.bitbucket.org/2.0", Route::Proxy),
            ("https://localhost.example", Route::Proxy),
            ("https://acme.example", Route::Direct),
            ("https://WIKI.acme.example:8443", Route::Direct),
            ("https://localhost:8443", Route::Direct),
            ("https://127.1.2.3", Route::Direct),
            ("http://[::1]:99", Route::Direct),
            ("https://host.docker.internal:29418", Route::Direct),
        ];
        for (base, route) in table {
            let base = Base::parse(base).unwrap();
            assert_eq!(network.route(&base), route, "{base}");
            assert_eq!(Network::default().route(&base), Route::Direct, "{base}");
        }
        assert_eq!(network.to_string(), "proxy http://proxy.example:3128, built-in certificate authorities only");
    }
}
