//! The network that a step runs in, and how much a request may take of its time and memory.

use std::fmt;
use std::time::Duration;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

use super::base::Base;
use super::proxy::Proxy;
use super::roots::Roots;

/// The step's network. The default is the open one: no proxy, and the certificate authorities built in.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// What requests go through.
    pub proxy: Option<Proxy>,
    /// Which authorities are trusted besides.
    pub roots: Roots,
}

/// The way of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
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

impl Network {
    /// The way to a service.
    pub(crate) fn route(&self, base: &Base) -> Route {
        match &self.proxy {
            Some(proxy) if proxy.takes(base) => Route::Proxy,
            _ => Route::Direct,
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

/// How much one try may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From connecting to the last byte. Atlassian's slowest answers, searches, take a few seconds.
    pub attempt: Duration,
    /// The same for a request whose answer may not be needed.
    pub tentative: Duration,
    /// For name, connection and TLS.
    pub connect: Duration,
    /// Bytes of an answer, unpacked. A bulk answer of 250 pages is well below one MiB.
    pub body: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(20),
            // The site's cloud id is asked for like this. Without it a run writes no report.
            tentative: Duration::from_secs(10),
            connect: Duration::from_secs(10),
            body: 8 * 1024 * 1024,
        }
    }
}
