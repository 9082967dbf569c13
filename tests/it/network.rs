//! A company's network: its own certificate authority, its own proxy. All of it on loopback.

mod authority;
mod flawed;
mod proxy;

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bed::{Bed, Ran};
use crate::binary::Place;
use crate::linking::simple;
use authority::Authority;
use fake::{CONFLUENCE_CLIENT_ID, CONFLUENCE_CLIENT_SECRET, CONFLUENCE_SCOPED_TOKEN, State};
use proxy::{Manner, Proxy};

/// The step's site is behind TLS, under this name.
fn guarded(authority: &Authority, host: &str, names: &[&str]) -> Bed {
    let bed = simple();
    let port = authority.guard(&bed.fake.confluence_url(), names);
    at(bed, &format!("https://{host}:{port}"))
}

fn at(bed: Bed, site: &str) -> Bed {
    site.clone_into(&mut bed.fake.state().confluence.site_url);
    bed.with("CONFLUENCE_BASE_URL", site)
}

fn is_linked(bed: &Bed, ran: &Ran) {
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-123: new checkout | open"]);
}

/// Nothing was written in Confluence, and the log holds these words.
#[track_caller]
fn says(bed: &Bed, words: &[&str]) -> Ran {
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 1, "{}", ran.log);
    assert_eq!(bed.rows(101), Vec::<Vec<String>>::new());
    for words in words {
        assert!(ran.log.contains(words), "{words:?} is not in\n{}", ran.log);
    }
    ran
}

#[test]
fn unknown_authority_gets_advice_on_its_variable() {
    let bed = guarded(&Authority::new(), "localhost", &["localhost"]);
    let remedy = "TLS certificate not trusted: UnknownIssuer; if a proxy or firewall inspects TLS, set CA_CERTIFICATE to \
                  its certificate authority";
    says(&bed, &[remedy]);
    let others = Authority::new().pem();
    let remedy = remedy.replace("UnknownIssuer", "BadSignature");
    let ran = says(&bed.with("CA_CERTIFICATE", &others), &[&remedy]);
    assert!(ran.details.contains("1 certificate authority besides the built-in ones"), "{}", ran.details);
}

#[test]
fn an_own_authority_is_trusted_as_pem_base64_or_path() {
    let (authority, place) = (Authority::new(), Place::new());
    let file = place.join("ca.pem");
    fs::write(&file, format!("A bundle.\n{}{}", Authority::new().pem(), authority.pem())).unwrap();
    let packed = STANDARD.encode(authority.pem());
    let ways = [
        ("CA_CERTIFICATE", authority.pem()),
        ("CA_CERTIFICATE", packed.clone()),
        ("CA_CERTIFICATE", {
            let (head, tail) = packed.split_at(76);
            format!("{head}\n{tail}\n")
        }),
        ("CA_CERTIFICATE", file.to_str().unwrap().to_owned()),
        ("SSL_CERT_FILE", file.to_str().unwrap().to_owned()),
    ];
    for (name, value) in ways {
        let bed = guarded(&authority, "localhost", &["localhost"]).with(name, &value);
        let ran = bed.run_twice();
        is_linked(&bed, &ran);
        assert!(ran.details.contains("DEBUG: Network: no proxy, "), "{}", ran.log);
    }
    let bed = guarded(&authority, "localhost", &["localhost"])
        .with("CA_CERTIFICATE", &Authority::new().pem())
        .with("SSL_CERT_FILE", file.to_str().unwrap());
    let ran = bed.run();
    is_linked(&bed, &ran);
    assert!(ran.details.contains("DEBUG: Network: no proxy, 3 certificate authorities besides"), "{}", ran.log);
}

#[test]
fn certificate_for_another_host_is_refused() {
    let authority = Authority::new();
    for names in [["acme.test"], ["localhost.test"], ["127.0.0.2"]] {
        let bed = guarded(&authority, "localhost", &names).with("CA_CERTIFICATE", &authority.pem());
        let remedy = "; check the host in CONFLUENCE_BASE_URL";
        let ran = says(&bed, &["TLS certificate not valid for this host", remedy]);
        assert!(!ran.log.contains("set CA_CERTIFICATE"), "{}", ran.log);
    }
}

#[test]
fn invalid_certificate_blames_the_server() {
    let authority = Authority::new();
    let origin = |bed: &Bed| bed.fake.confluence_url();
    let (late, own) = (simple(), simple());
    let table = [
        (authority.guard_too_late(&origin(&late), &["localhost"]), late, "certificate expired"),
        (authority.guard_as_authority(&origin(&own), &["localhost"]), own, "CaUsedAsEndEntity"),
    ];
    for (port, bed, flaw) in table {
        let bed = at(bed, &format!("https://localhost:{port}")).with("CA_CERTIFICATE", &authority.pem());
        let remedy = "; replace the server's or the proxy's certificate; CA_CERTIFICATE can't fix it";
        let ran = says(&bed, &["TLS certificate not valid: ", flaw, remedy]);
        assert!(!ran.log.contains("right"), "{}", ran.log);
    }
}

#[test]
fn unreachable_gateway_is_named() {
    let bed = simple().with("CONFLUENCE_API_TOKEN", CONFLUENCE_SCOPED_TOKEN);
    let bed = bed.with("ATLASSIAN_GATEWAY_URL", "http://127.0.0.1:9");
    let remedy =
        "connection refused; check ATLASSIAN_GATEWAY_URL (http://127.0.0.1:9), and that this step can reach it";
    let ran = says(&bed, &["/ex/confluence/", remedy]);
    assert!(!ran.log.contains("CONFLUENCE_BASE_URL"), "{}", ran.log);
    let checked = bed.with("ACTION", "check").run();
    assert_eq!(checked.exit.code(), 3, "{}", checked.log);
    assert!(checked.log.contains(remedy) && !checked.log.contains("CONFLUENCE_BASE_URL"), "{}", checked.log);
}

#[test]
fn the_other_places_that_cannot_be_reached_are_named_as_well() {
    let closed = "http://127.0.0.1:9";
    let client = [
        ("CONFLUENCE_USER_EMAIL", ""),
        ("CONFLUENCE_API_TOKEN", ""),
        ("CONFLUENCE_CLIENT_ID", CONFLUENCE_CLIENT_ID),
        ("CONFLUENCE_CLIENT_SECRET", CONFLUENCE_CLIENT_SECRET),
    ];
    let table: [(&str, &[(&str, &str)]); 2] = [("ATLASSIAN_AUTH_URL", &client), ("BITBUCKET_API_URL", &[])];
    for (variable, others) in table {
        let bed = others.iter().fold(simple().with(variable, closed), |bed, (name, value)| bed.with(name, value));
        says(&bed, &[&format!("check {variable} ({closed}), and that this step can reach it")]);
    }
}

#[test]
fn bad_certificate_or_proxy_is_a_configuration_error() {
    let place = Place::new();
    let (empty, long, key) = (place.join("empty.pem"), place.join("long.pem"), place.join("key.pem"));
    fs::write(&empty, "").unwrap();
    fs::write(&long, vec![b'x'; 1_048_577]).unwrap();
    fs::write(&key, "-----BEGIN PRIVATE KEY-----\nUFJJVkFURQ==\n-----END PRIVATE KEY-----\n").unwrap();
    let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let cut = Authority::new().pem().split_at(200).0.to_owned();
    let table = [
        ("CA_CERTIFICATE", "hunter2".to_owned(), "CA_CERTIFICATE isn't PEM"),
        ("CA_CERTIFICATE", STANDARD.encode("hunter2"), "CA_CERTIFICATE isn't PEM"),
        ("CA_CERTIFICATE", cut, "CA_CERTIFICATE contains a certificate that can't be read"),
        ("CA_CERTIFICATE", path(&key), "CA_CERTIFICATE contains no certificate"),
        ("CA_CERTIFICATE", path(&empty), "CA_CERTIFICATE must be PEM"),
        ("CA_CERTIFICATE", place.text(), "and as a path it names a file that can't be read (not a regular file)"),
        ("CA_CERTIFICATE", "no/such/file".to_owned(), "and as a path it names a file that can't be read (No such file"),
        ("SSL_CERT_FILE", path(&key), "SSL_CERT_FILE contains no certificate"),
        ("SSL_CERT_FILE", path(&empty), "SSL_CERT_FILE must be PEM"),
        ("SSL_CERT_FILE", path(&long), "SSL_CERT_FILE names a file that can't be read (too long)"),
        ("SSL_CERT_FILE", place.text(), "SSL_CERT_FILE names a file that can't be read (not a regular file)"),
        ("SSL_CERT_FILE", path(&place.join("hunter2")), "SSL_CERT_FILE names a file that can't be read (No such file"),
        ("HTTPS_PROXY", "socks5://me:hunter2@proxy.test".to_owned(), "HTTPS_PROXY must be an HTTP proxy"),
        ("HTTPS_PROXY", "http://me:hunter2@proxy.test/x".to_owned(), "HTTPS_PROXY must be a URL such as"),
        ("https_proxy", "http://me:hunter2%00@proxy.test".to_owned(), "HTTPS_PROXY has a user name or password with"),
        ("HTTPS_PROXY_COUNT", "1".to_owned(), "HTTPS_PROXY takes one value"),
    ];
    for (name, value, words) in table {
        let bed = simple().with(name, &value);
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 2, "{name}: {}", ran.log);
        assert!(ran.log.contains(words), "{words:?} is not in\n{}", ran.log);
        assert!(bed.fake.requests().is_empty());
        for hidden in ["hunter2", "UFJJVkFURQ", "MII"] {
            assert!(!ran.log.contains(hidden), "{}", ran.log);
        }
    }
    let all =
        simple().with("CA_CERTIFICATE", "x").with("SSL_CERT_FILE", "x").with("HTTPS_PROXY", "x:y:z").with("DAYS", "0");
    assert!(all.run().log.contains("Bad configuration (4 problems)"));
}

/// Both services are known to the proxy alone.
fn behind(manner: impl FnOnce(Vec<(&'static str, u16)>) -> Manner) -> (Bed, Proxy) {
    let (bed, authority) = (simple(), Authority::new());
    let ports = vec![
        ("acme.test", authority.guard(&bed.fake.confluence_url(), &["acme.test"])),
        ("api.bitbucket.test", authority.guard(&bed.fake.origin(fake::Service::Bitbucket), &["api.bitbucket.test"])),
    ];
    "https://api.bitbucket.test/2.0".clone_into(&mut bed.fake.state().bitbucket.api_url);
    let bed = at(bed, "https://acme.test").with("BITBUCKET_API_URL", "https://api.bitbucket.test/2.0");
    let proxy = Proxy::start(manner(ports));
    let address = format!("http://{}", proxy.address);
    (bed.with("CA_CERTIFICATE", &authority.pem()).with("HTTPS_PROXY", &address), proxy)
}

const BOTH: [&str; 2] = ["CONNECT acme.test:443", "CONNECT api.bitbucket.test:443"];

#[test]
fn every_request_goes_through_the_proxy_which_sees_names_alone() {
    let (bed, proxy) = behind(Manner::Connects);
    let ran = bed.run_twice();
    is_linked(&bed, &ran);
    assert_eq!(proxy.asked(), BOTH);
    assert!(!proxy.received().to_ascii_lowercase().contains("authorization"), "{}", proxy.received());
    let line = format!("DEBUG: Network: proxy http://{}, 1 certificate authority", proxy.address);
    assert!(ran.details.contains(&line), "{}", ran.log);
}

#[test]
fn lower_case_proxy_counts_and_upper_case_wins() {
    let (bed, proxy) = behind(Manner::Connects);
    let mut bed = bed.with("https_proxy", "http://127.0.0.1:1").with("no_proxy", "*");
    bed = bed.with("NO_PROXY", "else.test");
    is_linked(&bed, &bed.run());
    let own = bed.variables.remove("HTTPS_PROXY").unwrap();
    bed = bed.with("https_proxy", &own);
    bed.nothing_is_left_to_do();
    assert_eq!(proxy.asked(), BOTH);
}

#[test]
fn proxy_password_goes_to_the_proxy_only() {
    let place = Place::new();
    let (bed, proxy) = behind(|known| Manner::Asks("Proxy-Authorization: Basic bWU6c2VzYW1lL29wZW4hbm93", known));
    let url = format!("http://me:sesame%2Fopen!now@{}", proxy.address);
    let bed = bed.with("HTTPS_PROXY", &url).with("DEBUG", "true").with("OUTPUT_DIR", &place.text());
    let ran = bed.run_twice();
    is_linked(&bed, &ran);
    assert_eq!(proxy.asked(), BOTH);
    let seen = bed.fake.requests().iter().map(|recorded| format!("{:?}", recorded.request)).collect::<String>();
    let files = ["receipt.json", "audit.jsonl"].map(|name| fs::read_to_string(place.join(name)).unwrap()).concat();
    for form in ["sesame", "bWU6c2VzYW1l", "proxy-auth"] {
        let everything = format!("{}{files}{seen}", ran.log);
        assert!(!everything.contains(form), "{form} is in\n{everything}");
    }
}

#[test]
fn failing_proxy_is_named_by_its_variable() {
    let refusal = |manner: Manner, login: &str, words: &[&str]| {
        let (bed, proxy) = behind(|_| manner);
        let ran = says(&bed.with("HTTPS_PROXY", &format!("http://{login}{}", proxy.address)), words);
        assert!(!ran.log.contains("sesame"), "{}", ran.log);
        ran.log
    };
    let login = ["the proxy requires a user name and password", "; check the login in HTTPS_PROXY, percent-encoded"];
    for given in ["", "me:sesame-open@"] {
        let log = refusal(Manner::Asks("never", vec![]), given, &login);
        assert!(!log.contains(" after "), "asking again with the same is of no use: {log}");
    }
    let remedy = "; check HTTPS_PROXY, or add the host to NO_PROXY";
    refusal(Manner::Refuses("403 Forbidden"), "", &["no connection through the proxy", "403", remedy]);
    refusal(Manner::Connects(vec![]), "", &["no connection through the proxy", "502", remedy]);
    let (bed, _) = behind(|_| Manner::IsSilent);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let bed = bed.with("HTTPS_PROXY", &format!("http://me:sesame-open@{closed}"));
    let ran = says(&bed, &["no connection through the proxy", "refused", remedy]);
    assert!(!ran.log.contains("sesame") && !ran.log.contains("check CONFLUENCE_BASE_URL"), "{}", ran.log);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it took is the question")]
fn a_silent_proxy_costs_no_more_than_the_budget() {
    let (bed, _proxy) = behind(|_| Manner::IsSilent);
    let begin = Instant::now();
    let ran = bed.with("TIMEOUT_SECONDS", "1").run();
    assert_eq!(ran.exit.code(), 4, "{}", ran.log);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

/// Connecting to 0.0.0.0 ends on this machine, and yet it is not one of the addresses of loopback.
#[test]
fn no_proxy_hosts_are_reached_directly() {
    let authority = Authority::new();
    let site = guarded(&authority, "0.0.0.0", &["0.0.0.0"]).with("CA_CERTIFICATE", &authority.pem());
    let port = site.variables["CONFLUENCE_BASE_URL"].rsplit(':').next().unwrap().parse().unwrap();
    let proxy = Proxy::start(Manner::Connects(vec![("0.0.0.0", port)]));
    let bed = site.with("HTTPS_PROXY", &proxy.address).with("NO_PROXY", "else.test, 0.0.0.0");
    is_linked(&bed, &bed.run());
    assert_eq!(proxy.asked(), Vec::<String>::new());
    bed.with("NO_PROXY", "else.test").nothing_is_left_to_do();
    assert_eq!(proxy.asked(), [format!("CONNECT 0.0.0.0:{port}")], "Bitbucket is on loopback");
}

/// Only the proxy gets its login, and no answer of a service is changed for it.
#[test]
fn a_proxys_user_may_be_named_like_the_tool_or_the_repository() {
    let named = |login: &str| simple().with("HTTPS_PROXY", &format!("http://{login}@127.0.0.1:9"));
    for login in ["confluence-pr-link", "me:confluence-pr-link", "me:ENG-123%20Checkout%20redesign"] {
        let bed = named(login);
        is_linked(&bed, &bed.run_twice());
        assert_eq!(bed.comments(1).len(), 1, "{login}");
    }
    let name = "acme/bitbucket-pipelines";
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 One");
    let token = state.add_repository(name);
    let id = state.open_pull_request_in(name, "b", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id)
        .with("BITBUCKET_REPO_FULL_NAME", name)
        .with("BITBUCKET_ACCESS_TOKEN", &token)
        .with("HTTPS_PROXY", "http://bitbucket-pipelines@127.0.0.1:9");
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101).len(), 1, "{}", ran.log);
}
