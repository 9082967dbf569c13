//! The base URL of a service, which every request to it stays under.

use std::fmt;

use url::{Host, Url};

/// Scheme, host, port and a path prefix, `https://api.bitbucket.org/2.0`. Plain `http` only towards this machine,
/// because every request carries a credential.
#[derive(Clone, PartialEq, Eq)]
pub struct Base {
    origin: String,
    prefix: String,
    transport: Transport,
}

/// Whether the way to a service is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Encrypted,
    /// Plain text to a loopback address.
    Loopback,
    /// Plain text through a forward proxy, without a credential.
    Forwarded,
}

impl Base {
    /// Parses `http(s)://host[:port][/prefix]`.
    pub fn parse(text: &str) -> Result<Self, BaseError> {
        let url = Url::parse(text.trim()).map_err(|_| BaseError::NotAUrl)?;
        let host = url.host().ok_or(BaseError::NotAUrl)?;
        let transport = match url.scheme() {
            "https" => Transport::Encrypted,
            "http" if is_loopback(&host) => Transport::Loopback,
            "http" => return Err(BaseError::NotEncrypted),
            _ => return Err(BaseError::NotAUrl),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseError::HoldsCredential);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseError::HoldsQuery);
        }
        let prefix = url.path().trim_end_matches('/').to_owned();
        Ok(Self { origin: url.origin().ascii_serialization(), prefix, transport })
    }

    /// Scheme, host and port, the port only when it is not the scheme's own.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The path that every request begins with; empty, or with a slash in front and none at the end.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The same address for a forward proxy: always plain `http`, and never with a credential.
    pub(crate) fn forwarded(&self) -> Self {
        let host = self.origin.split_once("://").map_or(self.origin.as_str(), |(_, host)| host);
        Self { origin: format!("http://{host}"), transport: Transport::Forwarded, ..self.clone() }
    }

    /// The same place, further down. The path is sound, with a slash in front and none at the end.
    pub fn below(&self, path: &str) -> Self {
        Self { prefix: format!("{}{path}", self.prefix), ..self.clone() }
    }

    pub(crate) fn transport(&self) -> Transport {
        self.transport
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.prefix)
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base({self})")
    }
}

/// Why a text is not a base URL. Never repeats the text: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseError {
    /// No absolute http(s) URL.
    #[error("must be a URL that begins with `https://`")]
    NotAUrl,
    /// Plain http to another machine.
    #[error("must begin with `https://`, because `http://` would send the credential unencrypted")]
    NotEncrypted,
    /// `user:password@`.
    #[error("must not contain a user name or password")]
    HoldsCredential,
    /// `?` or `#`.
    #[error("must end with the path, without `?` or `#`")]
    HoldsQuery,
}

fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_an_origin_and_a_prefix() {
        let table = [
            ("https://api.bitbucket.org/2.0", "https://api.bitbucket.org", "/2.0"),
            ("https://api.bitbucket.org/2.0/", "https://api.bitbucket.org", "/2.0"),
            ("https://ACME.atlassian.net", "https://acme.atlassian.net", ""),
            ("https://acme.atlassian.net:443/", "https://acme.atlassian.net", ""),
            ("https://gw.example:8443/ex/confluence/1-2", "https://gw.example:8443", "/ex/confluence/1-2"),
            ("http://127.0.0.1:8080/2.0", "http://127.0.0.1:8080", "/2.0"),
            ("http://127.8.9.1", "http://127.8.9.1", ""),
            ("http://[::1]:80", "http://[::1]", ""),
            ("http://LOCALHOST:9/", "http://localhost:9", ""),
        ];
        for (text, origin, prefix) in table {
            let base = Base::parse(text).unwrap();
            assert_eq!((base.origin(), base.prefix()), (origin, prefix), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_base_says_why() {
        let table = [
            ("", BaseError::NotAUrl),
            ("acme.atlassian.net", BaseError::NotAUrl),
            ("ftp://127.0.0.1", BaseError::NotAUrl),
            ("file:///etc/passwd", BaseError::NotAUrl),
            ("http://acme.atlassian.net", BaseError::NotEncrypted),
            ("http://128.0.0.1", BaseError::NotEncrypted),
            ("http://localhost.evil.example", BaseError::NotEncrypted),
            ("http://[::2]", BaseError::NotEncrypted),
            ("https://me:pw@acme.atlassian.net", BaseError::HoldsCredential),
            ("https://me@acme.atlassian.net", BaseError::HoldsCredential),
            ("https://acme.atlassian.net/?x=1", BaseError::HoldsQuery),
            ("https://acme.atlassian.net/#x", BaseError::HoldsQuery),
        ];
        for (text, error) in table {
            assert_eq!(Base::parse(text), Err(error), "{text}");
        }
    }
}
