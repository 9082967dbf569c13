//! What stands between this step and the services: a proxy, certificate authorities of its own.

use std::path::Path;

use crate::files;
use crate::http::{Exceptions, Network, Proxy, Roots};
use crate::secret::Scrubber;
use crate::variables::{Problem, Raw};

/// The network, or everything that is wrong with it. A proxy's password is hidden from the log at once.
pub(super) fn network(raw: &Raw, scrubber: &Scrubber) -> Result<Network, Vec<Problem>> {
    let exceptions = Exceptions::parse(raw.no_proxy.as_deref().unwrap_or_default());
    let mut network = Network { exceptions, ..Network::default() };
    let mut problems = Vec::new();
    match raw.https_proxy.as_deref().map(|text| proxy(text, scrubber)).transpose() {
        Ok(proxy) => network.proxy = proxy,
        Err(problem) => problems.push(problem),
    }
    let given = raw.ca_certificate.as_deref().map(|text| roots("CA_CERTIFICATE", text.as_bytes()));
    let file = raw.ssl_cert_file.as_deref().map(|path| file(Path::new(path)));
    for roots in [given, file].into_iter().flatten() {
        match roots {
            Ok(roots) => network.roots.extend(roots),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(network) } else { Err(problems) }
}

fn proxy(text: &str, scrubber: &Scrubber) -> Result<Proxy, Problem> {
    let proxy = Proxy::parse(text).map_err(|error| Problem::new("HTTPS_PROXY", error.to_string()))?;
    proxy.logins().for_each(|(user, password)| scrubber.hide_from_people(user, password));
    Ok(proxy)
}

fn roots(name: &'static str, text: &[u8]) -> Result<Roots, Problem> {
    Roots::parse(text).map_err(|error| Problem::new(name, error.to_string()))
}

/// Every certificate authority that browsers know is a quarter of this; more is another file.
const LONGEST_FILE: u64 = 1024 * 1024;

fn file(path: &Path) -> Result<Roots, Problem> {
    let name = "SSL_CERT_FILE";
    let text = files::read(path, LONGEST_FILE).map_err(|error| {
        let what = format!("names a file that cannot be read ({error}): a pipe sees the clone directory and no other");
        Problem::new(name, what)
    })?;
    roots(name, &text)
}
