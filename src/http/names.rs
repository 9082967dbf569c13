//! Where does a host's name lead? Looked up once in a run, not for every connection.
//!
//! A run makes a dozen connections and more to two or three hosts at the same moment. The library looks the name up for
//! each, with a thread that it can leave behind when that takes too long, and a system without a cache of its own (a
//! small image has none) asks its name server every time.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Scheme;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// What is known of names so far. Its clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    known: Arc<Mutex<BTreeMap<String, Place>>>,
    library: Arc<DefaultResolver>,
}

/// Where one name and port lead; locked while somebody finds out, so that the others wait instead of asking too.
type Place = Arc<Mutex<Option<ResolvedSocketAddrs>>>;

impl Names {
    /// Forgets everything: after a connection that failed, the next one may do better elsewhere.
    pub(super) fn forget(&self) {
        lock(&self.known).clear();
    }

    fn place(&self, host_and_port: String) -> Place {
        Arc::clone(lock(&self.known).entry(host_and_port).or_default())
    }
}

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return self.library.resolve(uri, config, timeout);
        };
        if let Some(address) = address(scheme, authority.host(), authority.port_u16()) {
            let mut addresses = self.empty();
            addresses.push(address);
            return Ok(addresses);
        }
        let Some(host_and_port) = DefaultResolver::host_and_port(scheme, authority) else {
            return self.library.resolve(uri, config, timeout);
        };
        let place = self.place(host_and_port);
        let mut known = lock(&place);
        if let Some(addresses) = &*known {
            return Ok(addresses.clone());
        }
        let found = self.library.resolve(uri, config, timeout)?;
        Ok(known.insert(found).clone())
    }
}

/// The address that a host is by itself, `127.0.0.1` or `[::1]`, with its port.
fn address(scheme: &Scheme, host: &str, port: Option<u16>) -> Option<SocketAddr> {
    let usual = if *scheme == Scheme::HTTPS { 443 } else { 80 };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let ip: IpAddr = bare.parse().ok()?;
    Some(SocketAddr::new(ip, port.unwrap_or(usual)))
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_no_lookup() {
        let table = [
            (Scheme::HTTP, "127.0.0.1", Some(8080), Some("127.0.0.1:8080")),
            (Scheme::HTTPS, "127.0.0.1", None, Some("127.0.0.1:443")),
            (Scheme::HTTP, "[::1]", None, Some("[::1]:80")),
            (Scheme::HTTP, "localhost", Some(80), None),
            (Scheme::HTTPS, "1.example", None, None),
        ];
        for (scheme, host, port, expected) in table {
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(address(&scheme, host, port), expected, "{host}");
        }
    }

    #[test]
    fn names_that_lead_somewhere_are_remembered_until_they_are_forgotten() {
        let names = Names::default();
        let known = names.place("acme.example:443".to_owned());
        let mut addresses = names.empty();
        addresses.push("192.0.2.1:443".parse().unwrap());
        *lock(&known) = Some(addresses);
        let again = || lock(&names.clone().place("acme.example:443".to_owned())).is_some();
        assert!(again());
        assert!(lock(&names.place("acme.example:80".to_owned())).is_none(), "another port is another place");
        names.forget();
        assert!(!again());
    }
}
