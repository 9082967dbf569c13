//! The checks of the image, each as a sentence.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::authority::Authority;
use crate::names;
use crate::step::{CLONE, Engine, Mount, Ran, Step};
use fake::{Fake, State};

type Outcome = Result<(), String>;
type Check = fn(&Engine) -> Outcome;

pub(crate) const ALL: [(&str, Check); 8] = [
    ("as root it links both sides, and a second run writes nothing", links_as_root),
    ("another user links on a read-only file system, without a capability, and writes its files", links_as_somebody),
    ("without OUTPUT_DIR it writes no file, so that the clone may be read-only too", writes_nothing_unasked),
    ("it runs in any directory", runs_in_any_directory),
    ("a name of /etc/hosts and one of the name server are found", finds_names),
    ("an unknown authority is refused with the built-in ones alone", refuses_an_unknown_authority),
    ("an authority is trusted by CA_CERTIFICATE", trusts_a_certificate),
    ("an authority is trusted by SSL_CERT_FILE, relative and absolute", trusts_a_file),
];

/// No capability at all, not even root's right to write what is another's.
const BARE: [&str; 3] = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"];
const SOMEBODY: &str = "--user=10001:10001";
const SITE: &str = "acme.test";

/// A page and a pull request that names it.
fn services() -> Fake {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-123 Checkout redesign");
    state.open_pull_request("feature/ENG-123-checkout", "ENG-123: new checkout", "", &["ENG-123 first step"]);
    Fake::start(state)
}

fn holds(it_does: bool, ran: &Ran, what: &str) -> Outcome {
    let words = || format!("{what}; exit code {:?}, log:\n{}", ran.code, ran.log);
    if it_does { Ok(()) } else { Err(words()) }
}

/// Runs it twice: the first run links both sides, the second writes nothing.
fn links(step: &Step, fake: &Fake) -> Outcome {
    fake.clear_requests();
    let first = step.run()?;
    holds(first.code == Some(0) && first.log.contains("✔ 1 page linked"), &first, "the first run failed")?;
    let comments = (fake.pull_request_comments(1), fake.page_comments(101));
    let both = comments.0.len() == 1 && comments.1.len() == 1 && comments.1.concat().contains("acme/shop #1");
    holds(both, &first, &format!("not both sides have a comment: {comments:?}"))?;
    let before = fake.what_people_see();
    fake.clear_requests();
    let second = step.run()?;
    holds(second.code == Some(0), &second, "the second run failed")?;
    holds(!fake.requests().is_empty(), &second, "the second run asked nothing")?;
    let writes: Vec<String> = fake.writes().iter().map(|write| write.line()).collect();
    holds(writes.is_empty() && fake.what_people_see() == before, &second, &format!("a second run wrote: {writes:?}"))?;
    let unexpected = fake.take_unexpected();
    holds(unexpected.is_empty(), &second, &format!("no document knows {unexpected:?}"))
}

/// The files of OUTPUT_DIR are in the clone, with this owner.
fn has_files(step: &Step, owner: u32) -> Outcome {
    for name in ["receipt.json", "audit.jsonl"] {
        let file = step.clone.join("links").join(name);
        let found = fs::metadata(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        if found.uid() != owner || found.len() == 0 {
            return Err(format!("{}: {} bytes of user {}", file.display(), found.len(), found.uid()));
        }
    }
    Ok(())
}

fn links_as_root(engine: &Engine) -> Outcome {
    let fake = services();
    let step = Step::new(engine, "root", &fake)?.with("OUTPUT_DIR", "links");
    links(&step, &fake)?;
    has_files(&step, 0)
}

fn links_as_somebody(engine: &Engine) -> Outcome {
    let fake = services();
    let step = Step::new(engine, "somebody", &fake)?.options(&BARE).options(&[SOMEBODY]);
    let step = step.with("OUTPUT_DIR", "links");
    links(&step, &fake)?;
    has_files(&step, 10001)
}

fn writes_nothing_unasked(engine: &Engine) -> Outcome {
    for user in [SOMEBODY, "--user=0:0"] {
        let fake = services();
        let step = Step::new(engine, "unasked", &fake)?.options(&BARE).options(&[user]).mounted(Mount::ReadOnly);
        links(&step, &fake)?;
    }
    Ok(())
}

fn runs_in_any_directory(engine: &Engine) -> Outcome {
    for directory in ["services/shop", "with a blank, ümläut and $HOME", "-"] {
        let fake = services();
        let step = Step::new(engine, "directory", &fake)?.below(directory)?.with("OUTPUT_DIR", "links");
        links(&step, &fake)?;
        has_files(&step, 0)?;
    }
    let fake = services();
    let step = Step::new(engine, "directory", &fake)?.options(&["--workdir=/"]);
    links(&step, &fake)
}

/// Services whose site is behind TLS, under a name of `acme.test`; the authority's certificate is in the clone.
fn guarded<'a>(engine: &'a Engine, name: &str) -> Result<(Fake, Step<'a>, String), String> {
    let (fake, authority) = (services(), Authority::new());
    let port = authority.guard(&fake.confluence_url(), &[SITE]);
    let site = format!("https://{SITE}:{port}");
    site.clone_into(&mut fake.state().confluence.site_url);
    let step = Step::new(engine, name, &fake)?.with("CONFLUENCE_BASE_URL", &site);
    fs::write(step.clone.join("ca.pem"), authority.pem()).map_err(|error| format!("ca.pem: {error}"))?;
    Ok((fake, step.options(&BARE).options(&[SOMEBODY]), authority.pem()))
}

/// What makes the site's name known, without a name server.
fn in_hosts() -> String {
    format!("--add-host={SITE}:127.0.0.1")
}

fn finds_names(engine: &Engine) -> Outcome {
    names::serve(SITE)?;
    let (fake, step, pem) = guarded(engine, "hosts")?;
    links(&step.with("CA_CERTIFICATE", &pem).options(&[&in_hosts()]), &fake)?;

    let (fake, step, pem) = guarded(engine, "names")?;
    let file = step.clone.with_file_name("resolv.conf");
    fs::write(&file, names::RESOLV_CONF).map_err(|error| format!("resolv.conf: {error}"))?;
    let step = step.options(&[&format!("--volume={}:/etc/resolv.conf:ro", file.display())]);
    let step = step.with("CA_CERTIFICATE", &pem);
    links(&step, &fake)?;

    // The same step cannot find another name, so it was the name server that was asked.
    let step = step.with("CONFLUENCE_BASE_URL", "https://nobody.test");
    let ran = step.run()?;
    holds(ran.code == Some(1) && ran.log.contains("nobody.test"), &ran, "a name that does not exist was found")
}

fn refuses_an_unknown_authority(engine: &Engine) -> Outcome {
    let (fake, step, _) = guarded(engine, "unknown")?;
    let ran = step.options(&[&in_hosts()]).run()?;
    holds(ran.code == Some(1) && ran.log.contains("UnknownIssuer"), &ran, "the authority was not refused as unknown")?;
    holds(fake.page_comments(101).is_empty(), &ran, "the page was written")
}

fn trusts_a_certificate(engine: &Engine) -> Outcome {
    let (fake, step, pem) = guarded(engine, "certificate")?;
    links(&step.options(&[&in_hosts()]).with("CA_CERTIFICATE", &pem), &fake)
}

fn trusts_a_file(engine: &Engine) -> Outcome {
    for path in ["ca.pem".to_owned(), format!("{CLONE}/ca.pem")] {
        let (fake, step, _) = guarded(engine, "file")?;
        links(&step.options(&[&in_hosts()]).with("SSL_CERT_FILE", &path), &fake)?;
    }
    Ok(())
}
