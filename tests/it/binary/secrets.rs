//! No secret leaves, in any of its forms, whatever the services answer.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex::{Captures, Regex};
use serde_json::json;

use super::{Place, checkout, run};
use crate::bed::Bed;
use fake::{BITBUCKET_TOKEN, CONFLUENCE_EMAIL, CONFLUENCE_TOKEN, Fault, FaultKind, Recorded, Response, Service};

/// Tokens whose forms all differ.
pub(super) const FOR_CONFLUENCE: &str = "ATATT3xFf/GF0+q~Z?=9E4D51C8";
pub(super) const FOR_BITBUCKET: &str = "ATCTT3xFf/GN0>y\"&<t=%41B7";

#[test]
fn a_run_that_goes_well_shows_no_secret() {
    let (bed, place) = (secretive(), Place::new());
    let everything = leave_everything(&bed, &place);
    assert!(everything.contains("✔ 1 page linked"), "{everything}");
    hides_secrets(&everything);
}

#[test]
fn an_answer_that_holds_a_secret_is_not_repeated() {
    let forms = every_form();
    let text = forms.join(" and ");
    let answers = [
        Response::json(400, &json!({"message": text, "errors": [{"title": text, "detail": text}]})),
        Response::json(401, &json!({"type": "error", "error": {"message": text, "detail": text}})),
        Response::json(403, &json!({"error": {"message": "no", "detail": {"required": [text]}}})),
        Response::json(404, &json!({"errors": [{"code": text, "title": "Not Found", "detail": text}]})),
        Response::json(418, &json!(text)),
        Response::html(401, &format!("<title>{text}</title>{text}")),
        Response::html(200, &text),
        Response::empty(302).with("Location", &format!("https://elsewhere.test/{}", forms[1])),
        Response::empty(400).with("X-Request-Id", &forms[1]).with("Atl-Traceid", &forms[1]).with("X-Trace", &forms[1]),
        Response::json(200, &json!({"values": text, "results": text, "id": forms[0]})),
        Response::html(400, &spelled(&text)),
        Response::html(403, &format!("{{\"message\": \"{}", spelled(&forms[0]))),
        Response::html(400, &format!("{}{}", " ".repeat(5_990), forms[0])),
        Response::empty(400).with("X-Request-Id", &format!("{}{}", "x".repeat(110), forms[0])),
    ];
    for answer in answers {
        for (service, method) in
            [(Service::Bitbucket, "GET"), (Service::Confluence, "GET"), (Service::Confluence, "POST")]
        {
            let (bed, place) = (secretive(), Place::new());
            let fault = Fault::always(FaultKind::Malformed(answer.clone())).at(service).method(method);
            bed.fake.state().faults.push(fault);
            let everything = leave_everything(&bed, &place);
            let answered = bed.fake.requests().iter().filter(|recorded| recorded.status == Some(answer.status)).count();
            assert!(answered > 0, "{everything}");
            hides_secrets(&everything);
        }
    }
}

#[test]
fn a_refused_configuration_shows_no_secret() {
    let (bed, place) = (secretive().with("TIMEOUT_SECONDS", "soon"), Place::new());
    hides_secrets(&leave_everything(&bed, &place));
    for name in ["CONFLUENCE_API_TOKEN", "BITBUCKET_ACCESS_TOKEN"] {
        let broken = format!("{FOR_CONFLUENCE}\n{FOR_BITBUCKET}");
        hides_secrets(&leave_everything(&secretive().with(name, &broken), &place));
        let inside = format!("https://bot:{broken}@acme.test/{broken}");
        for url in ["CONFLUENCE_BASE_URL", "BITBUCKET_API_URL", "ATLASSIAN_GATEWAY_URL"] {
            hides_secrets(&leave_everything(&secretive().with(url, &inside), &place));
        }
    }
}

#[test]
fn each_service_sees_its_own_credential_only() {
    let bed = secretive();
    run(&bed.variables);
    let requests = bed.fake.requests();
    assert!(requests.len() > 10);
    for Recorded { request, .. } in requests {
        let pairs = request.headers.iter().chain(&request.query).map(|(name, value)| format!("{name}={value}\n"));
        let all = pairs.collect::<String>() + &request.path + &String::from_utf8_lossy(&request.body);
        let (own, other) = match request.service {
            Service::Bitbucket => (forms(FOR_BITBUCKET, ""), forms(FOR_CONFLUENCE, CONFLUENCE_EMAIL)),
            _ => (forms(FOR_CONFLUENCE, CONFLUENCE_EMAIL), forms(FOR_BITBUCKET, "")),
        };
        let other = other.iter().find(|form| all.contains(*form));
        assert_eq!(other, None, "{} {}", request.method, request.path);
        // Public facts of the site are asked for without a credential.
        let carried = request.header("authorization").unwrap_or("nothing");
        assert_eq!(carried == "nothing", request.path == "/_edge/tenant_info", "{}", request.path);
        let elsewhere = all.replacen(carried, "", 1);
        assert_eq!(own.iter().find(|form| elsewhere.contains(*form)), None, "{} {}", request.method, request.path);
    }
}

/// The usual step, with tokens that look like real ones and all that is said.
pub(super) fn secretive() -> Bed {
    let (bed, _) = checkout();
    FOR_CONFLUENCE.clone_into(&mut bed.fake.state().confluence.token_mut(CONFLUENCE_TOKEN).secret);
    FOR_BITBUCKET.clone_into(&mut bed.fake.state().bitbucket.token_mut(BITBUCKET_TOKEN).secret);
    bed.with("CONFLUENCE_API_TOKEN", FOR_CONFLUENCE).with("BITBUCKET_ACCESS_TOKEN", FOR_BITBUCKET).with("DEBUG", "true")
}

/// Runs the step; gives both streams and both files.
pub(super) fn leave_everything(bed: &Bed, place: &Place) -> String {
    let mut variables = bed.variables.clone();
    variables.insert("OUTPUT_DIR".to_owned(), place.text());
    let ran = run(&variables);
    let file = |name: &str| fs::read_to_string(place.join(name)).unwrap_or_default();
    [ran.log, ran.out, file("receipt.json"), file("audit.jsonl")].concat()
}

/// Both tokens in every form.
pub(super) fn every_form() -> Vec<String> {
    forms(FOR_CONFLUENCE, CONFLUENCE_EMAIL).into_iter().chain(forms(FOR_BITBUCKET, "")).collect()
}

/// Every character as JSON may write it.
fn spelled(text: &str) -> String {
    text.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect()
}

/// No form of a token is there, nor the beginning of one, in capital or small letters.
#[track_caller]
pub(super) fn hides_secrets(text: &str) {
    let small = text.to_lowercase();
    let beginning = [FOR_CONFLUENCE, FOR_BITBUCKET].map(|token| token.split_at(8).0.to_owned());
    let spelled = beginning.clone().map(|begin| spelled(&begin));
    for form in every_form().into_iter().chain(beginning).chain(spelled) {
        assert!(!small.contains(&form.to_lowercase()), "{form} is in\n{text}");
    }
}

/// A token as it is, as a URL, JSON and a header carry it.
pub(super) fn forms(token: &str, email: &str) -> Vec<String> {
    let pair = format!("{email}:{token}");
    let encoded = utf8_percent_encode(token, NON_ALPHANUMERIC).to_string();
    let lower = Regex::new("%..").unwrap().replace_all(&encoded, |escape: &Captures<'_>| escape[0].to_lowercase());
    let mut forms = vec![token.to_owned(), encoded.clone(), lower.into_owned()];
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        forms.push(engine.encode(token));
        if !email.is_empty() {
            forms.push(engine.encode(&pair));
        }
    }
    let json = json!(token).to_string();
    forms.push(json.trim_matches('"').to_owned());
    forms
}
