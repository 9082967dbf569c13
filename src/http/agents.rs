//! The connections of a run.

use ureq::Agent;
use ureq::tls::TlsConfig;
use ureq::unversioned::transport::DefaultConnector;

use super::base::Base;
use super::forward::Channel;
use super::names::Names;
use super::network::{Network, Route, connections};
use super::proxy::Proxy;
use super::request::Request;

/// Two sets of connections.
///
/// Reads, PUT and DELETE share kept connections: a TLS handshake costs more than most answers. A server may close a
/// kept one just as the next request leaves; the retry rule mends that. It cannot for a writing POST, which would be
/// in doubt without need, so each of those gets a new connection.
#[derive(Debug)]
pub(crate) struct Agents {
    network: Network,
    names: Names,
    kept: Agent,
    fresh: Agent,
}

impl Agents {
    pub(crate) fn new(network: &Network) -> Self {
        let tls = TlsConfig::builder().root_certs(network.roots.to_library()).build();
        let names = Names::default();
        let agent = |per_host, overall| {
            let config = connections(network.proxy.as_ref().map(Proxy::to_library))
                .tls_config(tls.clone())
                .max_idle_connections_per_host(per_host)
                .max_idle_connections(overall)
                .build();
            Agent::with_parts(config, DefaultConnector::default(), names.clone())
        };
        Self { network: network.clone(), kept: agent(12, 24), fresh: agent(0, 0), names }
    }

    /// The connections for a request, and the way that it goes.
    pub(crate) fn for_request<'a>(
        &'a self,
        channel: &'a Channel,
        base: &Base,
        request: &Request,
    ) -> (Route, &'a Agent) {
        match channel {
            Channel::Through(agent) => (Route::Direct, agent),
            Channel::Direct if request.is_repeatable() => (self.network.route(base), &self.kept),
            Channel::Direct => (self.network.route(base), &self.fresh),
        }
    }

    /// Looks names up again for the next connections.
    pub(crate) fn forget_names(&self) {
        self.names.forget();
    }
}
