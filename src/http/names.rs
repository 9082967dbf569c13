//! Where does a host's name lead? Looked up once in a run, not for every connection.
//!
//! A run makes a dozen connections and more to two or three hosts at the same moment. The library looks the name up for
//! each, with a thread that it can leave behind when that takes too long, and a system without a cache of its own (a
//! small image has none) asks its name server every time.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Scheme;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// What is known of names so far. Its clones share it.
#[derive(Debug, Default)]
pub(super) struct Names<Library = DefaultResolver> {
    known: Arc<Mutex<BTreeMap<String, Arc<Lookup>>>>,
    library: Arc<Library>,
}

impl<Library> Clone for Names<Library> {
    fn clone(&self) -> Self {
        Self { known: Arc::clone(&self.known), library: Arc::clone(&self.library) }
    }
}

/// One lookup. Whoever comes while it goes on waits for it, no longer than for one of their own.
#[derive(Debug, Default)]
struct Lookup {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    GoesOn,
    Found(Box<ResolvedSocketAddrs>),
    Failed,
}

impl<Library> Names<Library> {
    /// Forgets everything: after a connection that failed, the next one may do better elsewhere.
    pub(super) fn forget(&self) {
        lock(&self.known).clear();
    }
}

impl<Library: Resolver> Resolver for Names<Library> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return self.library.resolve(uri, config, timeout);
        };
        if let Some(address) = address(scheme, authority.host(), authority.port_u16()) {
            let mut addresses = self.empty();
            addresses.push(address);
            return Ok(addresses);
        }
        let Some(place) = DefaultResolver::host_and_port(scheme, authority) else {
            return self.library.resolve(uri, config, timeout);
        };
        let lookup = match lock(&self.known).entry(place) {
            Entry::Occupied(known) => return known.get().clone().result(timeout),
            Entry::Vacant(unknown) => Arc::clone(unknown.insert(Arc::default())),
        };
        let found = self.library.resolve(uri, config, timeout);
        *lock(&lookup.state) =
            found.as_ref().map_or(State::Failed, |addresses| State::Found(Box::new(addresses.clone())));
        lookup.ended.notify_all();
        if found.is_err() {
            // Who tries again asks again.
            lock(&self.known).retain(|_, known| !Arc::ptr_eq(known, &lookup));
        }
        found
    }
}

impl Lookup {
    /// What another one's lookup gave, if it ends in time.
    fn result(&self, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let goes_on = |state: &mut State| matches!(state, State::GoesOn);
        let waited = self.ended.wait_timeout_while(lock(&self.state), *timeout.after, goes_on);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Found(addresses) => Ok(ResolvedSocketAddrs::clone(addresses)),
            State::Failed => Err(ureq::Error::HostNotFound),
            State::GoesOn => Err(ureq::Error::Timeout(timeout.reason)),
        }
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
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

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

    /// A library whose lookups take their time, and count.
    #[derive(Debug, Default)]
    struct Slow {
        asked: AtomicUsize,
        fails: bool,
    }

    impl Resolver for Slow {
        fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            std::thread::yield_now();
            let mut addresses = self.empty();
            addresses.push("192.0.2.1:443".parse().unwrap());
            if self.fails { Err(ureq::Error::HostNotFound) } else { Ok(addresses) }
        }
    }

    fn asked(names: &Names<Slow>, uri: &str) -> Option<String> {
        let (uri, config) = (uri.parse().unwrap(), ureq::Agent::config_builder().build());
        names.resolve(&uri, &config, NextTimeout::default()).ok().map(|addresses| addresses[0].to_string())
    }

    #[test]
    fn a_name_is_looked_up_once_however_many_ask_until_it_is_forgotten() {
        let names = Names::<Slow>::default();
        let lookups = || names.library.asked.load(Ordering::Relaxed);
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| assert_eq!(asked(&names.clone(), "https://acme.example/a").unwrap(), "192.0.2.1:443"));
            }
        });
        assert_eq!(lookups(), 1);
        asked(&names, "https://acme.example:444/a");
        assert_eq!(lookups(), 2, "another port is another place");
        names.forget();
        asked(&names, "https://acme.example/b");
        assert_eq!(lookups(), 3);
    }

    #[test]
    fn a_lookup_that_fails_is_remembered_by_nobody() {
        let library = Arc::new(Slow { fails: true, ..Slow::default() });
        let names = Names { library, known: Arc::default() };
        assert!((0..3).all(|_| asked(&names, "https://acme.example/").is_none()));
        assert_eq!(names.library.asked.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn who_waits_for_a_lookup_that_does_not_end_waits_no_longer_than_for_one_of_their_own() {
        let names = Names::<Slow>::default();
        lock(&names.known).insert("acme.example:443".to_owned(), Arc::default());
        let (uri, config) = ("https://acme.example/".parse().unwrap(), ureq::Agent::config_builder().build());
        let short = NextTimeout { after: Duration::from_millis(1).into(), ..NextTimeout::default() };
        assert!(matches!(names.resolve(&uri, &config, short), Err(ureq::Error::Timeout(_))));
        assert_eq!(names.library.asked.load(Ordering::Relaxed), 0);
    }
}
