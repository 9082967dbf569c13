//! The service's own words for a refusal, found in whichever envelope it uses, and what they mean to a program.

use serde_json::Value;

use crate::secret::Scrubber;

/// A refusal as a program understands it, where the envelope says more than its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorDetail {
    /// Bitbucket: the credential's scopes, and one of which would be enough.
    Scopes {
        granted: Vec<String>,
        required: Vec<String>,
    },
    /// Confluence, and the gateway before it: the token lacks a scope, not named.
    ScopeDoesNotMatch,
    /// Whatever the credential, no request from here is allowed, or none of this kind.
    Policy(Policy),
    /// Confluence's v2 API. A bare `Not Found` is a bad credential; what is really missing is named.
    V2 {
        /// The first error's title.
        title: String,
    },
    /// The v1 API of Confluence or Jira.
    V1,
    /// A page for people: a proxy, a login, or a scoped token used on a site's own address.
    Html,
    Other,
}

/// What is decided without regard to the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// From which networks requests may come.
    Network,
    /// Which apps, kinds of token and accounts may be used.
    Access,
    /// What a proxy, firewall or content network on the way lets through.
    Edge,
}

/// The longest explanation that is passed on; more is a stack trace or a page.
const LONGEST_WORDS: usize = 300;

/// No refusal needs more. As a value, some JSON takes a hundred times the memory.
const LONGEST_ENVELOPE: usize = 64 * 1024;

/// The service's words, one line, without secrets, and what they mean to a program.
pub(crate) fn explain(
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
    scrubber: &Scrubber,
) -> (Option<String>, ErrorDetail) {
    let text = String::from_utf8_lossy(body);
    let (mut words, mut detail) = if is_html(content_type, body) {
        (Some(html_words(&text)), ErrorDetail::Html)
    } else {
        match (text.len() <= LONGEST_ENVELOPE).then(|| serde_json::from_str(&text)) {
            Some(Ok(value)) => json_words(&value),
            Some(Err(_)) | None => (Some(text.to_string()), ErrorDetail::Other),
        }
    };
    let is_page = detail == ErrorDetail::Html;
    let all = if is_page { Some(html_text(&text)) } else { words.clone() };
    let policy = all.as_deref().filter(|_| matches!(status, 401 | 403 | 451)).and_then(|all| policy(all, is_page));
    // The services' own refusals are JSON, but for those of a login.
    let is_edge = is_page && status == 403 && !text.to_ascii_lowercase().contains("authentication");
    if let Some(policy) = policy.or(is_edge.then_some(Policy::Edge)) {
        (words, detail) = (all, ErrorDetail::Policy(policy));
    }
    (words.map(|words| tidy(&words, scrubber)).filter(|words| !words.is_empty()), detail)
}

/// Whether an answer is a page for people. Some proxies label one as JSON or not at all.
pub(crate) fn is_html(content_type: Option<&str>, body: &[u8]) -> bool {
    let labelled = content_type.is_some_and(|kind| {
        let kind = kind.trim_start().to_ascii_lowercase();
        kind.starts_with("text/html") || kind.starts_with("application/xhtml")
    });
    labelled || body.trim_ascii_start().starts_with(b"<")
}

fn json_words(value: &Value) -> (Option<String>, ErrorDetail) {
    if let Some(error @ Value::Object(_)) = value.get("error") {
        return bitbucket_words(error);
    }
    let message = ["message", "error_description", "error", "errorMessage"].iter().find_map(|name| text(value, name));
    let message = message.or_else(|| join(text(value, "title"), text(value, "detail")));
    let errors = value.get("errors");
    if let Some(errors) = errors.and_then(Value::as_array) {
        let title = errors.first().and_then(|error| text(error, "title")).unwrap_or_default();
        return (all_of(errors.iter().filter_map(words_of)).or(message), ErrorDetail::V2 { title });
    }
    if let Some(messages) = value.get("errorMessages") {
        let fields = errors.and_then(Value::as_object).into_iter().flat_map(|fields| fields.values());
        let messages = names(messages).into_iter().chain(messages.as_str().map(str::to_owned));
        return (all_of(messages.chain(fields.filter_map(words_of))).or(message), ErrorDetail::V1);
    }
    let detail = match &message {
        Some(message) if message.contains("scope does not match") => ErrorDetail::ScopeDoesNotMatch,
        _ if value.get("statusCode").is_some() => ErrorDetail::V1,
        _ => ErrorDetail::Other,
    };
    (message, detail)
}

/// One of several errors: a sentence, or an object that holds one.
fn words_of(error: &Value) -> Option<String> {
    let title = text(error, "title").or_else(|| text(error, "message"));
    error.as_str().map(str::to_owned).or_else(|| join(title, text(error, "detail")))
}

fn all_of(words: impl Iterator<Item = String>) -> Option<String> {
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// `detail` is a sentence, or for a missing scope an object.
fn bitbucket_words(error: &Value) -> (Option<String>, ErrorDetail) {
    let message = text(error, "message");
    let detail = error.get("detail");
    let scopes = |name| detail.and_then(|detail| detail.get(name)).map(names);
    match (scopes("granted"), scopes("required")) {
        (None, None) => {
            let fields = error.get("fields").filter(|fields| fields.is_object()).map(Value::to_string);
            (join(message, text(error, "detail").or(fields)), ErrorDetail::Other)
        }
        (granted, required) => {
            let detail =
                ErrorDetail::Scopes { granted: granted.unwrap_or_default(), required: required.unwrap_or_default() };
            (message, detail)
        }
    }
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

fn join(message: Option<String>, detail: Option<String>) -> Option<String> {
    match (message, detail) {
        (Some(message), Some(detail)) if message != detail => Some(format!("{message}: {detail}")),
        (message, detail) => message.or(detail),
    }
}

fn html_words(page: &str) -> String {
    // Lower case for ASCII only keeps every byte where it is.
    let lower = page.to_ascii_lowercase();
    let begin = lower.find("<title").and_then(|tag| lower.get(tag..)?.find('>').map(|close| tag + close + 1));
    let title = begin.and_then(|begin| {
        let end = begin + lower.get(begin..)?.find("</title")?;
        page.get(begin..end).map(str::trim)
    });
    match title {
        Some(title) if !title.is_empty() && title.chars().count() <= 80 => format!("an HTML page titled `{title}`"),
        _ => "an HTML page".to_owned(),
    }
}

fn html_text(page: &str) -> String {
    let mut shown = String::new();
    for (index, part) in page.split('<').enumerate() {
        let (tag, after) = part.split_once('>').unwrap_or(if index == 0 { ("", part) } else { (part, "") });
        let tag = tag.get(..6).unwrap_or(tag).to_ascii_lowercase();
        if !tag.starts_with("script") && !tag.starts_with("style") {
            shown.push(' ');
            shown.push_str(after);
        }
    }
    shown
}

/// The policy that a refusal is about, known by its words: no envelope says it in another way.
fn policy(words: &str, is_page: bool) -> Option<Policy> {
    let text = words.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    let begins = |parts: &[&str]| {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        words.any(|word| parts.iter().any(|part| word.starts_with(part)))
    };
    let is = |names: &[&str]| text.split(|c: char| !c.is_alphanumeric()).any(|word| names.contains(&word));
    let forbids = begins(&["block", "disabl", "disallow", "prohibit"]) || has(&["not allowed", "not permitted"]);
    let of_a_place = begins(&["reject", "allow", "restrict", "permit", "den", "forbid", "trust"]) || forbids;
    if has(&["allowlist", "allow-list", "allow list", "allowed list", "whitelist"])
        || (is(&["ip", "ips", "network", "networks", "location", "vpn"]) && of_a_place)
    {
        return Some(Policy::Network);
    }
    let of_an_organization = begins(&["admin", "organi", "api", "token"]) && forbids;
    let is_access = is(&["policy", "policies"]) || has(&["access rule", "two-step", "two-factor", "2fa"]);
    (is_access || of_an_organization || (is(&["blocked"]) && !is_page)).then_some(Policy::Access)
}

/// One line; secrets go before the cut, which could leave half of one.
fn tidy(words: &str, scrubber: &Scrubber) -> String {
    let head: String = scrubber.scrub(words).chars().take(20 * LONGEST_WORDS).collect();
    let visible: String = head.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    // A line break or a tag in a secret left it in pieces.
    let joined = line.replace(' ', "");
    if scrubber.scrub(&joined) != joined {
        return "***".to_owned();
    }
    match line.char_indices().nth(LONGEST_WORDS) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn words_and_said(body: &str) -> (Option<String>, ErrorDetail) {
        explain(400, None, body.as_bytes(), &Scrubber::default())
    }

    #[test]
    fn every_envelope_gives_its_words() {
        let v2 = |title: &str| ErrorDetail::V2 { title: title.to_owned() };
        let table = [
            (r#"{"type":"error","error":{"message":"Token is invalid."}}"#, "Token is invalid.", ErrorDetail::Other),
            (r#"{"type":"error","error":{"message":"Bad","detail":"Too long"}}"#, "Bad: Too long", ErrorDetail::Other),
            (r#"{"error":{"message":"Bad","detail":null}}"#, "Bad", ErrorDetail::Other),
            (r#"{"error":{"message":"Bad","fields":{"a":["b"]}}}"#, r#"Bad: {"a":["b"]}"#, ErrorDetail::Other),
            (
                r#"{"error":{"message":"Your credentials lack","detail":{"granted":["a"],"required":["b","c"]}}}"#,
                "Your credentials lack",
                ErrorDetail::Scopes { granted: vec!["a".into()], required: vec!["b".into(), "c".into()] },
            ),
            (
                r#"{"error":{"message":"m","detail":{"required":"oops"}}}"#,
                "m",
                ErrorDetail::Scopes { granted: vec![], required: vec![] },
            ),
            (r#"{"code":400,"message":"Bad report"}"#, "Bad report", ErrorDetail::Other),
            (
                r#"{"code":401,"message":"Unauthorized; scope does not match"}"#,
                "Unauthorized; scope does not match",
                ErrorDetail::ScopeDoesNotMatch,
            ),
            (
                r#"{"errors":[{"status":404,"code":"NOT_FOUND","title":"Cannot find [9]","detail":null}]}"#,
                "Cannot find [9]",
                v2("Cannot find [9]"),
            ),
            (r#"{"errors":[{"title":"Not Found","detail":"d"},{"title":"x"}]}"#, "Not Found: d; x", v2("Not Found")),
            (r#"{"statusCode":403,"data":{"errors":[]},"message":"not permitted"}"#, "not permitted", ErrorDetail::V1),
            (r#"{"error":"access_denied","error_description":"Unauthorized"}"#, "Unauthorized", ErrorDetail::Other),
            (r#"{"error":"access_denied"}"#, "access_denied", ErrorDetail::Other),
            (r#"{"errorMessages":["No such issue.","b"],"errors":{}}"#, "No such issue.; b", ErrorDetail::V1),
            (r#"{"errorMessages":[],"errors":{"summary":"Too long"}}"#, "Too long", ErrorDetail::V1),
            (r#"{"errorMessages":"One","message":"m"}"#, "One", ErrorDetail::V1),
            (r#"{"errors":["a",{"message":"b"}],"message":"m"}"#, "a; b", v2("")),
            (r#"{"errors":[],"message":"m"}"#, "m", v2("")),
            (r#"{"type":"about:blank","title":"Forbidden","detail":"No."}"#, "Forbidden: No.", ErrorDetail::Other),
            ("Rate limit for this resource\r\nhas been exceeded", "Rate limit for this resource has been exceeded", {
                ErrorDetail::Other
            }),
            ("<html><head><TITLE> Log in </title>", "an HTML page titled `Log in`", ErrorDetail::Html),
            ("\n<!doctype html><p>", "an HTML page", ErrorDetail::Html),
            ("<title>İ</title>", "an HTML page titled `İ`", ErrorDetail::Html),
            ("<title", "an HTML page", ErrorDetail::Html),
        ];
        for (body, words, detail) in table {
            assert_eq!(words_and_said(body), (Some(words.to_owned()), detail), "{body}");
        }
    }

    #[test]
    fn nothing_said_is_nothing() {
        for body in ["", "  ", "{}", "[]", "null", r#"{"message":""}"#, r#"{"message":7}"#] {
            assert_eq!(words_and_said(body), (None, ErrorDetail::Other), "{body}");
        }
        assert_eq!(words_and_said(r#"{"errors":[]}"#), (None, ErrorDetail::V2 { title: String::new() }));
    }

    #[test]
    fn policies_are_recognized_in_every_envelope() {
        let network = "The IP address has been rejected because it is not on the allowed list.";
        let words = [
            (network, Policy::Network),
            ("To access this repository, an admin of its workspace must whitelist your IP", Policy::Network),
            ("Access from your network is not permitted", Policy::Network),
            ("The app is blocked by an app access rule", Policy::Access),
            ("User API tokens are disabled for this organization", Policy::Access),
            ("This action is not allowed by your organization's authentication policy", Policy::Access),
            ("Enable two-step verification to access this workspace", Policy::Access),
        ];
        for (words, policy) in words {
            let bodies = [
                format!(r#"{{"errorMessages":["{words}"],"errors":{{}}}}"#),
                format!(r#"{{"code":403,"message":"{words}"}}"#),
                format!(r#"{{"type":"error","error":{{"message":"{words}"}}}}"#),
                format!(r#"{{"errors":[{{"status":403,"title":"{words}"}}]}}"#),
                format!(r#"{{"statusCode":403,"data":{{}},"message":"{words}"}}"#),
                format!("<html><head><title>403</title><style>p{{}}</style></head><body><p>{words}</p></body></html>"),
                words.to_owned(),
            ];
            for body in bodies {
                let (shown, detail) = explain(403, None, body.as_bytes(), &Scrubber::default());
                assert_eq!(detail, ErrorDetail::Policy(policy), "{body}");
                assert!(shown.unwrap().contains(words), "{body}");
                assert!(!matches!(words_and_said(&body).1, ErrorDetail::Policy(_)), "{body}");
            }
        }
        let pages = [
            ("ERROR: The request could not be satisfied. Request blocked.", ErrorDetail::Policy(Policy::Edge)),
            ("Access Denied. You don't have permission to access this server.", ErrorDetail::Policy(Policy::Edge)),
            ("Basic Authentication Failure - Reason : AUTHENTICATION_DENIED", ErrorDetail::Html),
        ];
        for (words, detail) in pages {
            let page = format!("<html><body><h1>{words}</h1></body></html>");
            assert_eq!(explain(403, None, page.as_bytes(), &Scrubber::default()).1, detail, "{words}");
            assert_eq!(explain(401, None, page.as_bytes(), &Scrubber::default()).1, ErrorDetail::Html, "{words}");
        }
        let others = [
            "Your credentials lack one or more required privilege scopes.",
            "Token is invalid, expired, or not supported for this endpoint.",
            "Unauthorized; scope does not match",
            "Request rejected because caller cannot access Confluence",
            "Current user not permitted to use Confluence",
            "Basic auth with password is not allowed on this instance",
        ];
        for words in others {
            let (_, detail) = explain(403, None, words.as_bytes(), &Scrubber::default());
            assert_eq!(detail, ErrorDetail::Other, "{words}");
        }
    }

    #[test]
    fn a_page_is_known_by_its_label_too() {
        for kind in ["text/html", "Text/HTML;charset=utf-8", "application/xhtml+xml"] {
            assert!(is_html(Some(kind), b"hello"), "{kind}");
        }
        assert!(!is_html(Some("application/json"), b"{}"));
    }

    #[test]
    fn words_are_one_short_line_without_secrets() {
        let scrubber = Scrubber::default();
        scrubber.hide(&Secret::parse("t0ken-of-ours").unwrap());
        let body = format!(r#"{{"message":"a\u001b[2J\n{}t0ken-of-ours{}"}}"#, "x".repeat(290), "y".repeat(90));
        let (words, _) = explain(400, None, body.as_bytes(), &scrubber);
        assert_eq!(words.unwrap(), format!("a [2J {}***y…", "x".repeat(290)));
        let far = format!("{}t0ken-of-ours", " ".repeat(20 * LONGEST_WORDS - 3));
        assert_eq!(explain(400, None, far.as_bytes(), &scrubber).0.unwrap(), "***");
        for split in ["t0ken-\r\n of-ours, and more", "<p>t0ken<wbr>-of-ours is not allowed: blocked"] {
            assert_eq!(explain(403, None, split.as_bytes(), &scrubber).0.unwrap(), "***", "{split}");
        }
    }
}
