//! The proxy of the step's network, and the hosts that are reached without it.

use std::fmt;

use percent_encoding::percent_decode_str;
use ureq::ProxyProtocol;
use ureq::http::Uri;
use url::Url;

use super::base::Base;
use crate::secret::Secret;

/// Hosts that no proxy of the network can reach: this machine, and under the last name the one that a container runs on,
/// with the helpers of a pipeline step.
const HERE: [&str; 4] = ["localhost", "127.*", "[::1]", "host.docker.internal"];

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
    ///
    /// `exceptions` lists hosts as `NO_PROXY` does. `acme.example`, `.acme.example` and `*.acme.example` are all the host
    /// and those below it, as curl has it; tools differ here, and a request that avoids the proxy by mistake fails loudly.
    /// Ports do not count, and ranges such as `10.0.0.0/8` cover nothing.
    pub fn parse(text: &str, exceptions: &str) -> Result<Self, ProxyError> {
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
        for pattern in HERE.map(str::to_owned).into_iter().chain(exceptions.split([',', ' ']).flat_map(patterns)) {
            library = library.no_proxy(&pattern);
        }
        let library = library.build().map_err(|_| ProxyError::NotAUrl)?;
        Ok(Self { library, shown: format!("{}://{host}:{port}", url.scheme()), login })
    }

    /// The user's name with the password as it is sent and as it was typed; a name alone is no secret.
    pub fn logins(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.login.iter().flat_map(|(user, passwords)| passwords.iter().map(|password| (user.as_str(), password)))
    }

    /// Whether requests to this place go through it.
    pub(crate) fn takes(&self, base: &Base) -> bool {
        base.origin().parse::<Uri>().is_ok_and(|uri| !self.library.is_no_proxy(&uri))
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
    #[error("must be an HTTP proxy. Its URL begins with `http://` or `https://`. SOCKS isn't supported")]
    OtherKind,
    /// `%ff`, a line break.
    #[error("has a user name or password with unsafe characters. Percent-encode them, such as `%40` for `@`")]
    BadLogin,
}

/// A host of `NO_PROXY` in the library's patterns: the host itself, and those below it.
fn patterns(item: &str) -> Vec<String> {
    let port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = match item.trim().rsplit_once(':') {
        // More colons are an IPv6 address, which has a port only behind brackets.
        Some((name, end)) if port(end) && (!name.contains(':') || name.ends_with(']')) => name,
        _ => item.trim(),
    };
    if name == "*" {
        return vec![name.to_owned()];
    }
    let name = name.strip_prefix('*').unwrap_or(name).trim_start_matches('.').trim_end_matches('.');
    match name {
        "" => Vec::new(),
        name if name.contains(':') && !name.starts_with('[') => vec![format!("[{name}]")],
        name => vec![name.to_owned(), format!(".{name}")],
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
            let proxy = Proxy::parse(text, "").unwrap();
            assert_eq!((proxy.to_string().as_str(), format!("{proxy:?}")), (shown, format!("Proxy({shown})")));
            let library = proxy.to_library();
            let sent = (library.username().unwrap_or_default(), library.password().unwrap_or_default());
            assert_eq!(sent, login, "{text}");
        }
    }

    #[test]
    fn passwords_are_secret_as_they_are_sent_and_typed() {
        let logins = |text| -> Vec<String> {
            let proxy = Proxy::parse(text, "").unwrap();
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
            assert_eq!(Proxy::parse(text, "").unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn no_proxy_is_for_this_machine_and_listed_hosts() {
        let list = "acme.example, .b.example,*.c.example,D.Example:8443 10.1.2.3,::1,[::2]:7,10.0.0.0/8";
        let through = |list: &str, url: &str| {
            Proxy::parse("http://proxy.example:3128", list).unwrap().takes(&Base::parse(url).unwrap())
        };
        let table = [
            ("https://acme.example", false),
            ("https://WIKI.acme.example:8443", false),
            ("https://evilacme.example", true),
            ("https://acme.example.evil", true),
            ("https://b.example", false),
            ("https://a.b.example", false),
            ("https://c.example", false),
            ("https://a.c.example", false),
            ("https://d.example:8443", false),
            ("https://d.example", false),
            ("https://10.1.2.3", false),
            ("https://10.1.2.4", true),
            ("https://[::2]:8", false),
            ("https://[::3]", true),
            ("https://api.bitbucket.org/2.0", true),
            ("https://localhost.example", true),
            ("https://localhost:8443", false),
            ("https://127.1.2.3", false),
            ("http://[::1]:99", false),
            ("https://host.docker.internal:29418", false),
        ];
        for (url, proxied) in table {
            assert_eq!(through(list, url), proxied, "{url}");
        }
        assert!(!through("*", "https://x.example"));
        assert!(through(" ,", "https://x.example"));
    }
}
