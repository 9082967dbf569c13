//! The network between this step and the services: a proxy, certificate authorities.

use std::path::Path;

use crate::files;
use crate::http::{Network, Proxy, Roots, RootsError};
use crate::secret::Scrubber;
use crate::variables::{Problem, Raw, words};

/// The network, or everything that is wrong with it. A proxy's password is hidden from the log at once.
pub(super) fn network(raw: &Raw, scrubber: &Scrubber) -> Result<Network, Vec<Problem>> {
    let exceptions = raw.no_proxy.as_deref().unwrap_or_default();
    let mut network = Network::default();
    let mut problems = Vec::new();
    match raw.https_proxy.as_deref().map(|text| proxy(text, exceptions, scrubber)).transpose() {
        Ok(proxy) => network.proxy = proxy,
        Err(problem) => problems.push(problem),
    }
    let given = raw.ca_certificate.as_deref().map(ca_certificate);
    let file = raw.ssl_cert_file.as_deref().map(|path| file("SSL_CERT_FILE", path));
    for roots in [given, file].into_iter().flatten() {
        match roots {
            Ok(roots) => network.roots.extend(roots),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(network) } else { Err(problems) }
}

fn proxy(text: &str, exceptions: &str, scrubber: &Scrubber) -> Result<Proxy, Problem> {
    let proxy = Proxy::parse(text, exceptions).map_err(|error| Problem::new("HTTPS_PROXY", error.to_string()))?;
    proxy.logins().for_each(|(user, password)| scrubber.hide_from_people(user, password));
    Ok(proxy)
}

/// PEM, base64 of PEM, or the path of a file that has either.
fn ca_certificate(text: &str) -> Result<Roots, Problem> {
    const NAME: &str = "CA_CERTIFICATE";
    match Roots::parse(text.as_bytes()) {
        // A path such as `certs/ca` is base64 too, so what it decodes to decides.
        Err(RootsError::NotPem) => file(NAME, text),
        parsed => parsed.map_err(|error| Problem::new(NAME, error.to_string())),
    }
}

fn roots(name: &'static str, text: &[u8]) -> Result<Roots, Problem> {
    Roots::parse(text).map_err(|error| Problem::new(name, error.to_string()))
}

/// Every certificate authority that browsers know is a quarter of this; more is another file.
const LONGEST_FILE: u64 = 1024 * 1024;

fn file(name: &'static str, path: &str) -> Result<Roots, Problem> {
    let unreadable = |error| Problem::new(name, words::unreadable_file(&error, name == "SSL_CERT_FILE"));
    let text = files::read(Path::new(path), LONGEST_FILE).map_err(unreadable)?;
    roots(name, &text)
}
