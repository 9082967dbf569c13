//! Which requests go through a proxy of the step's network, and as whom?

use std::fmt;

use percent_encoding::percent_decode_str;
use ureq::ProxyProtocol;
use url::Url;

use crate::secret::Secret;

/// An HTTP proxy that is asked by CONNECT for a tunnel to each service: it sees names, not requests.
#[derive(Clone)]
pub struct Proxy {
    library: ureq::Proxy,
    shown: String,
    /// Who asks: the user's name, and the password as it is sent and as it was typed.
    login: Option<(String, [Secret; 2])>,
}

impl Proxy {
    /// Parses `http(s)://[user:password@]host[:port]`; a missing scheme is `http`, as other tools have it. User name
    /// and password are percent-encoded in it.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let absolute = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&absolute).map_err(|_| ProxyError::NotAUrl)?;
        let protocol = match url.scheme() {
            "http" => ProxyProtocol::Http,
            "https" => ProxyProtocol::Https,
            _ => return Err(ProxyError::OtherKind),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(ProxyError::NotAUrl);
        }
        let host = url.host_str().ok_or(ProxyError::NotAUrl)?;
        let port = url.port_or_known_default().ok_or(ProxyError::NotAUrl)?;
        let decoded = |part| percent_decode_str(part).decode_utf8().map_err(|_| ProxyError::BadLogin);
        let (user, password) = (decoded(url.username())?, decoded(url.password().unwrap_or_default())?);
        let mut library = ureq::Proxy::builder(protocol).host(host).port(port);
        let mut login = None;
        if !user.is_empty() || !password.is_empty() {
            let secret = |text: &str| Secret::parse(text).map_err(|_| ProxyError::BadLogin);
            secret(&format!("{user}:{password}"))?;
            if let Some(typed) = url.password().filter(|typed| !typed.is_empty()) {
                login = Some((user.to_string(), [secret(&password)?, secret(typed)?]));
            }
            library = library.username(&user).password(&password);
        }
        // The colon parts the two where they are sent.
        if user.contains(':') {
            return Err(ProxyError::BadLogin);
        }
        let library = library.build().map_err(|_| ProxyError::NotAUrl)?;
        Ok(Self { library, shown: format!("{}://{host}:{port}", url.scheme()), login })
    }

    /// The user's name with the password as it is sent and as it was typed; a name alone is no secret.
    pub fn logins(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.login.iter().flat_map(|(user, passwords)| passwords.iter().map(|password| (user.as_str(), password)))
    }

    /// The same in the library's words.
    pub(crate) fn to_library(&self) -> ureq::Proxy {
        self.library.clone()
    }
}

/// Where it is; never who asks.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

/// Why a text is no proxy. Never repeats the text: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// No address of a host.
    #[error("must be a URL such as `http://proxy.example:3128`, with nothing after host and port")]
    NotAUrl,
    /// SOCKS, or something unheard of.
    #[error("must begin with `http://` or `https://`: no other kind of proxy can be used")]
    OtherKind,
    /// `%ff`, a line break.
    #[error("holds a user name or password that cannot be sent: write special characters percent-encoded")]
    BadLogin,
}

/// Hosts that are reached without the proxy, as `NO_PROXY` lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exceptions(Vec<Exception>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    /// `*`.
    Everything,
    /// A host with those below it, on one port or on all.
    Host { name: String, port: Option<u16> },
}

impl Exceptions {
    /// Parses a list with commas. `acme.example`, `.acme.example` and `*.acme.example` are all the host and those
    /// below it, as curl has it; tools differ here, and a request that avoids the proxy for nothing fails loudly.
    /// Ranges such as `10.0.0.0/8`, which others may need in the same variable, cover nothing.
    pub fn parse(list: &str) -> Self {
        let items = list.split([',', ' ']).map(str::trim).filter(|item| !item.is_empty());
        Self(items.map(Exception::parse).collect())
    }

    /// Whether this host, in lower case, is reached without the proxy.
    pub(crate) fn cover(&self, host: &str, port: u16) -> bool {
        self.0.iter().any(|exception| match exception {
            Exception::Everything => true,
            Exception::Host { name, port: only } => {
                let below = host.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                below && only.is_none_or(|only| only == port)
            }
        })
    }
}

impl Exception {
    fn parse(item: &str) -> Self {
        if item == "*" {
            return Self::Everything;
        }
        let port = item.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse().ok()?)));
        // More colons are an IPv6 address, which has a port only behind brackets.
        let (name, port) = match port {
            Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
            _ => (item, None),
        };
        let name = name.strip_prefix('*').unwrap_or(name);
        let name = name.trim_start_matches('.').trim_end_matches('.').to_ascii_lowercase();
        let bare_ipv6 = name.contains(':') && !name.starts_with('[');
        Self::Host { name: if bare_ipv6 { format!("[{name}]") } else { name }, port }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_place_and_who_asks() {
        let table = [
            ("http://proxy.example:3128", "http://proxy.example:3128", ("", "")),
            ("proxy.example:3128", "http://proxy.example:3128", ("", "")),
            ("proxy.example", "http://proxy.example:80", ("", "")),
            ("HTTPS://Proxy.example/", "https://proxy.example:443", ("", "")),
            ("http://[::1]:8080", "http://[::1]:8080", ("", "")),
            ("http://me:p%40ss%3A%2Fword@proxy.example:1", "http://proxy.example:1", ("me", "p@ss:/word")),
            ("me:p@ss@proxy.example:1", "http://proxy.example:1", ("me", "p@ss")),
            ("http://t0ken@proxy.example:1", "http://proxy.example:1", ("t0ken", "")),
        ];
        for (text, shown, login) in table {
            let proxy = Proxy::parse(text).unwrap();
            assert_eq!((proxy.to_string().as_str(), format!("{proxy:?}")), (shown, format!("Proxy({shown})")));
            let library = proxy.to_library();
            let sent = (library.username().unwrap_or_default(), library.password().unwrap_or_default());
            assert_eq!(sent, login, "{text}");
        }
    }

    #[test]
    fn passwords_are_secret_as_they_are_sent_and_typed() {
        let logins = |text| -> Vec<String> {
            let proxy = Proxy::parse(text).unwrap();
            proxy.logins().map(|(user, password)| format!("{user}:{}", password.expose())).collect()
        };
        assert_eq!(logins("http://me:p%40ss@proxy.example"), ["me:p@ss", "me:p%40ss"]);
        assert_eq!(logins("http://t0k%20en@proxy.example"), [""; 0]);
        assert_eq!(logins("http://proxy.example"), [""; 0]);
    }

    #[test]
    fn what_is_no_proxy_says_why() {
        let table = [
            ("http://", ProxyError::NotAUrl),
            ("http://proxy.example:99999", ProxyError::NotAUrl),
            ("http://proxy.example/path", ProxyError::NotAUrl),
            ("http://proxy.example/?x", ProxyError::NotAUrl),
            ("socks5://proxy.example:1080", ProxyError::OtherKind),
            ("http://me:%ff@proxy.example", ProxyError::BadLogin),
            ("http://me:a%0d%0ab@proxy.example", ProxyError::BadLogin),
            ("http://m%3Ae:a@proxy.example", ProxyError::BadLogin),
        ];
        for (text, error) in table {
            assert_eq!(Proxy::parse(text).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn exceptions_are_hosts_and_those_below_them() {
        let list =
            Exceptions::parse("acme.example, .b.example,*.c.example,D.Example:8443 10.1.2.3,::1,[::2]:7,10.0.0.0/8");
        let table = [
            ("acme.example", 443, true),
            ("wiki.acme.example", 443, true),
            ("evilacme.example", 443, false),
            ("acme.example.evil", 443, false),
            ("b.example", 443, true),
            ("a.b.example", 443, true),
            ("c.example", 443, true),
            ("a.c.example", 443, true),
            ("d.example", 8443, true),
            ("d.example", 443, false),
            ("10.1.2.3", 443, true),
            ("10.1.2.4", 443, false),
            ("[::1]", 443, true),
            ("[::2]", 7, true),
            ("[::2]", 8, false),
        ];
        for (host, port, covered) in table {
            assert_eq!(list.cover(host, port), covered, "{host}:{port}");
        }
        assert!(Exceptions::parse("*").cover("x.example", 1));
        assert!(!Exceptions::parse(" ,").cover("x.example", 1));
    }
}
