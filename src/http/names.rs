//! The addresses of hosts, looked up once in a run, not for every connection.
//!
//! A run makes a dozen connections and more to two or three hosts at the same moment. The library looks the name up for
//! each, with a thread that it can leave behind when that takes too long, and a system without a cache of its own (a
//! small image has none) asks its name server every time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// What is known of names so far. Clones share it.
#[derive(Debug, Default)]
pub(super) struct Names<Library = DefaultResolver>(Arc<Shared<Library>>);

#[derive(Debug, Default)]
struct Shared<Library> {
    known: Mutex<BTreeMap<String, ResolvedSocketAddrs>>,
    library: Library,
}

impl<Library> Clone for Names<Library> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Library> Names<Library> {
    /// Forgets everything: after a connection that failed, the next one may do better elsewhere.
    pub(super) fn forget(&self) {
        self.known().clear();
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, ResolvedSocketAddrs>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Library: Resolver> Resolver for Names<Library> {
    /// Others wait meanwhile: a lookup ends within the time for a connection.
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let place = format!("{:?} {:?}", uri.scheme_str(), uri.authority());
        let mut known = self.known();
        if let Some(addresses) = known.get(&place) {
            return Ok(addresses.clone());
        }
        let addresses = self.0.library.resolve(uri, config, timeout)?;
        known.insert(place, addresses.clone());
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A library whose lookups count.
    #[derive(Debug, Default)]
    struct Counting {
        asked: AtomicUsize,
        fails: bool,
    }

    impl Resolver for Counting {
        fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            std::thread::yield_now();
            let mut addresses = self.empty();
            addresses.push("192.0.2.1:443".parse().unwrap());
            if self.fails { Err(ureq::Error::HostNotFound) } else { Ok(addresses) }
        }
    }

    fn ask(names: &Names<Counting>, uri: &str) -> Option<String> {
        let (uri, config) = (uri.parse().unwrap(), ureq::Agent::config_builder().build());
        names.resolve(&uri, &config, NextTimeout::default()).ok().map(|addresses| addresses[0].to_string())
    }

    #[test]
    fn a_name_is_looked_up_once_until_it_is_forgotten() {
        let names = Names::<Counting>::default();
        let lookups = || names.0.library.asked.load(Ordering::Relaxed);
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| assert_eq!(ask(&names.clone(), "https://acme.example/a").unwrap(), "192.0.2.1:443"));
            }
        });
        assert_eq!(lookups(), 1);
        ask(&names, "https://acme.example:444/a");
        assert_eq!(lookups(), 2, "another port is another place");
        names.forget();
        ask(&names, "https://acme.example/b");
        assert_eq!(lookups(), 3);
    }

    #[test]
    fn a_failed_lookup_is_asked_again() {
        let library = Counting { fails: true, ..Counting::default() };
        let names = Names(Arc::new(Shared { library, known: Mutex::default() }));
        assert!((0..3).all(|_| ask(&names, "https://acme.example/").is_none()));
        assert_eq!(names.0.library.asked.load(Ordering::Relaxed), 3);
    }
}
