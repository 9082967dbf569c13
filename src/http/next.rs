//! The `next` links that may be followed, checked before a token is attached.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

use super::base::Base;
use super::request::{Path, ServiceName};

/// The path below the base that a `next` link means, or `None` when it leads elsewhere.
///
/// Bitbucket's are absolute URLs. Confluence's v2 API writes `/wiki/api/v2/…` whatever the origin, its v1 API
/// `/rest/api/…`, which is relative to `/wiki`; through the gateway a link may hold the gateway's own prefix.
pub(crate) fn path_of(service: ServiceName, base: &Base, next: &str) -> Option<Path> {
    if next.chars().any(|c| c.is_control() || c == '\\' || c == '#') {
        return None;
    }
    let (path, query) = match next.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (next, None),
    };
    let below = if path.starts_with('/') { relative(service, base, path)? } else { absolute(base, path)? };
    let sound = !below.starts_with("//") && Path::from(below.as_str()).is_sound();
    sound.then(|| match query {
        Some(query) => Path::from(format!("{below}?{}", utf8_percent_encode(query, NOT_IN_A_QUERY))),
        None => Path::from(below),
    })
}

/// What a service forgot to encode; the percent sign stays, because it did encode the rest.
const NOT_IN_A_QUERY: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'{').add(b'}').add(b'|').add(b'^');

fn absolute(base: &Base, text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let same_origin = url.origin().ascii_serialization() == base.origin();
    let no_credential = url.username().is_empty() && url.password().is_none();
    // Taken from the text, not from the parsed URL, which has already walked through `..`.
    let (_, after_scheme) = text.split_once("://")?;
    let path = after_scheme.find('/').and_then(|slash| after_scheme.get(slash..))?;
    (same_origin && no_credential).then(|| below_prefix(base, path)).flatten()
}

fn relative(service: ServiceName, base: &Base, path: &str) -> Option<String> {
    if service != ServiceName::Confluence {
        return None;
    }
    if path.starts_with("/wiki/") {
        return Some(path.to_owned());
    }
    if path.starts_with("/rest/") || path.starts_with("/api/") {
        return Some(format!("/wiki{path}"));
    }
    if base.prefix().is_empty() { None } else { below_prefix(base, path) }
}

fn below_prefix(base: &Base, path: &str) -> Option<String> {
    // `/2.0evil` leaves `evil`, which has no slash in front and so is no sound path.
    path.strip_prefix(base.prefix()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(service: ServiceName, base: &str, next: &str) -> Option<String> {
        path_of(service, &Base::parse(base).unwrap(), next).map(|path| path.as_str().to_owned())
    }

    const BITBUCKET: &str = "https://api.bitbucket.org/2.0";
    const SITE: &str = "https://acme.atlassian.net";
    const GATEWAY: &str = "https://api.atlassian.com/ex/confluence/c-1";

    #[test]
    fn links_of_the_same_service_become_paths_below_the_base() {
        use ServiceName::{Bitbucket, Confluence};
        let table = [
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org/2.0/a/b?page=2", "/a/b?page=2"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org:443/2.0/a", "/a"),
            (Bitbucket, BITBUCKET, "https://API.bitbucket.org/2.0/2.0/a", "/2.0/a"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org/2.0/a?q=b..c/../d", "/a?q=b..c/../d"),
            (Bitbucket, "http://127.0.0.1:99/2.0", "http://127.0.0.1:99/2.0/a?ctx=%2F", "/a?ctx=%2F"),
            (Confluence, SITE, "/wiki/api/v2/pages?cursor=eyJ=", "/wiki/api/v2/pages?cursor=eyJ="),
            (Confluence, SITE, "/rest/api/search?cql=a b&cursor=é", "/wiki/rest/api/search?cql=a%20b&cursor=%C3%A9"),
            (Confluence, SITE, "https://acme.atlassian.net/wiki/api/v2/x", "/wiki/api/v2/x"),
            (Confluence, GATEWAY, "/wiki/api/v2/pages?cursor=1", "/wiki/api/v2/pages?cursor=1"),
            (Confluence, GATEWAY, "/rest/api/search?x=1", "/wiki/rest/api/search?x=1"),
            (Confluence, GATEWAY, "/ex/confluence/c-1/wiki/api/v2/x", "/wiki/api/v2/x"),
            (Confluence, GATEWAY, "https://api.atlassian.com/ex/confluence/c-1/wiki/x", "/wiki/x"),
        ];
        for (service, base, next, path) in table {
            assert_eq!(follow(service, base, next).as_deref(), Some(path), "{next}");
        }
    }

    #[test]
    fn links_that_lead_elsewhere_are_refused() {
        use ServiceName::{Bitbucket, Confluence};
        let table = [
            (Bitbucket, BITBUCKET, "https://evil.example/2.0/a"),
            (Bitbucket, BITBUCKET, "http://api.bitbucket.org/2.0/a"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org:8443/2.0/a"),
            (Bitbucket, BITBUCKET, "https://me@api.bitbucket.org/2.0/a"),
            (Bitbucket, BITBUCKET, "https://me:pw@api.bitbucket.org/2.0/a"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org@evil.example/2.0/a"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org/1.0/a"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org/2.0evil/a"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org/2.0/../a"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org/2.0/%2e%2E/a"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org/2.0/.%2e/a"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org/2.0//evil.example"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org/2.0/a#b"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org\\@evil.example/2.0/a"),
            (Bitbucket, BITBUCKET, "https://api.bitbucket.org/2.0/a\r\nX: y"),
            (Bitbucket, BITBUCKET, "/2.0/a"),
            (Bitbucket, BITBUCKET, ""),
            (Bitbucket, BITBUCKET, "2.0/a"),
            (Confluence, SITE, "//evil.example/wiki/x"),
            (Confluence, SITE, "https://evil.example/wiki/x"),
            (Confluence, SITE, "/\\evil.example/wiki/x"),
            (Confluence, SITE, "/wiki/../secret"),
            (Confluence, SITE, "/wiki/./x"),
            (Confluence, SITE, "/rest/%2e%2e/%2e%2e/x"),
            (Confluence, SITE, "/admin/x"),
            (Confluence, GATEWAY, "/ex/confluence/other/wiki/api/v2/x"),
            (Confluence, GATEWAY, "https://api.atlassian.com/ex/confluence/other/wiki/x"),
            (Confluence, GATEWAY, "https://acme.atlassian.net/wiki/api/v2/x"),
            (Confluence, GATEWAY, "https://api.atlassian.com/ex/confluence/c-1/../other/wiki/x"),
            (Confluence, GATEWAY, "wiki/api/v2/x"),
        ];
        for (service, base, next) in table {
            assert_eq!(follow(service, base, next), None, "{next}");
        }
    }
}
