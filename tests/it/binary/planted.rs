//! A hostile server repeats our credentials in everything that it can answer: nothing of them leaves again, neither to
//! people, nor to the other service, nor back.

use percent_encoding::percent_decode_str;
use regex::Regex;
use serde_json::json;

use super::secrets::{FOR_BITBUCKET, FOR_CONFLUENCE, every_form, forms, hides_secrets, leave_everything, secretive};
use super::{Place, run};
use crate::bed::Bed;
use fake::{Account, BOT, CONFLUENCE_EMAIL, Fault, FaultKind, Recorded, Response, SOMEBODY_ELSE, Service};

/// Every form of both tokens in every text that the services hold.
fn planted() -> Bed {
    let bed = secretive();
    let text = every_form().join(" ");
    let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let row = Regex::new("<tr[^>]*>(<td[^/]*>.*?)</tr>").unwrap();
    run(&bed.variables);
    {
        let mut guard = bed.fake.state();
        let state = &mut *guard;
        state.add_page_comment(101, SOMEBODY_ELSE, &format!("<p>{html}</p>"));
        for comment in state.confluence.comments.iter_mut().filter(|comment| comment.author == BOT) {
            // A row of another pull request, whose title somebody chose.
            let own = row.find(&comment.body).unwrap();
            let end = own.end();
            let other = own.as_str().replace("pull-requests/1", "pull-requests/7").replace("new checkout", &html);
            assert!(other.contains(FOR_CONFLUENCE), "{}", comment.body);
            comment.body.insert_str(end, &other);
        }
        let clock = state.clock.clone();
        state.confluence.add_space(&clock, 77, FOR_CONFLUENCE, &text);
        state.confluence.space_mut("ENG").name.clone_from(&text);
        state.confluence.content_mut(101).title = format!("ENG-123 {text}");
        state.add_page(102, "ENG", &text).labels.extend([FOR_CONFLUENCE.to_owned(), "eng-5".to_owned()]);
        state.add_page(103, FOR_CONFLUENCE, &text);
        state.add_task(102, "4", &html);
        state.comment(1, Account::somebody_else(), &text);
        let site = state.confluence.site_url.clone();
        state.open_pull_request(FOR_CONFLUENCE, &text, &text, &[&text]);
        let pull_request = state.bitbucket.pull_request_mut(1);
        pull_request.title = format!("ENG-123: {text}");
        pull_request.description = format!("{text} {site}/wiki/spaces/ENG/pages/103/{FOR_BITBUCKET} ENG-5#4 {text}");
        pull_request.author.display_name.clone_from(&text);
        pull_request.author.account_id = FOR_CONFLUENCE.to_owned();
        state.push(1, &format!("ENG-5#4 {text}"));
    }
    let mut bed = bed;
    bed.at_tip(1);
    bed
}

/// What was sent: each credential in its own header only, and nowhere a form of either.
#[track_caller]
fn requests_hide_secrets(requests: &[Recorded]) {
    let (open, requests): (Vec<_>, Vec<_>) =
        requests.iter().partition(|recorded| recorded.request.path == "/_edge/tenant_info");
    assert!(open.iter().all(|recorded| recorded.request.header("authorization").is_none()), "everybody may ask");
    for Recorded { request, .. } in requests {
        let own = match request.service {
            Service::Bitbucket => format!("Bearer {FOR_BITBUCKET}"),
            Service::Confluence => forms(FOR_CONFLUENCE, CONFLUENCE_EMAIL)[4].clone(),
            elsewhere => panic!("a request went to {elsewhere:?}"),
        };
        let sent = request.header("authorization").unwrap();
        assert!(sent.ends_with(&own), "{sent}");
        let others = request.headers.iter().filter(|(name, _)| name != "authorization");
        let pairs: String = others.chain(&request.query).map(|(name, value)| format!("{name}={value}\n")).collect();
        let body = String::from_utf8_lossy(&request.body);
        let path = percent_decode_str(&request.path).decode_utf8_lossy();
        hides_secrets(&format!("{} {} {path}\n{pairs}{body}", request.method, request.path));
    }
}

#[test]
fn planted_secrets_are_neither_shown_nor_written() {
    for (fault, debug) in [(None, "true"), (None, "false"), (Some(FaultKind::Spelled), "true")] {
        let bed = planted().with("DEBUG", debug);
        bed.fake.state().faults.extend(fault.map(Fault::always));
        let place = Place::new();
        for turn in ["first", "second"] {
            bed.fake.clear_requests();
            let everything = leave_everything(&bed, &place);
            assert!(everything.contains("page:101") && everything.contains("page:103"), "{everything}");
            assert!(everything.contains("\u{2714}"), "{everything}");
            hides_secrets(&everything);
            requests_hide_secrets(&bed.fake.requests());
            let bodies: String = bed.fake.writes().iter().map(Recorded::line).collect();
            assert_eq!(bodies.is_empty(), turn == "second", "{turn}: {bodies}\n{everything}");
        }
        let ours = bed.comments(1).concat() + &bed.fake.page_comments(101).concat();
        assert!(
            ours.contains("***") || ours.contains("\\*\\*\\*"),
            "the texts were written, the secrets in them not: {ours}"
        );
    }
}

#[test]
fn no_credential_follows_a_redirect_or_a_next_link() {
    for service in [Service::Bitbucket, Service::Confluence] {
        let other = if service == Service::Bitbucket { Service::Confluence } else { Service::Bitbucket };
        for target in [Service::Gateway, Service::Auth, Service::Proxy, other] {
            let bed = secretive();
            let url = format!("{}/2.0/x?token={FOR_CONFLUENCE}", bed.fake.origin(target));
            let next = json!({"next": url, "_links": {"next": url}, "values": [], "results": []});
            let mut answers = vec![Response::json(200, &next)];
            answers.extend([301, 302, 303, 307, 308].map(|status| Response::empty(status).with("Location", &url)));
            for answer in answers {
                bed.fake.clear_requests();
                bed.fake.state().faults = vec![Fault::always(FaultKind::Malformed(answer)).at(service)];
                let place = Place::new();
                hides_secrets(&leave_everything(&bed, &place));
                let requests = bed.fake.requests();
                assert!(requests.iter().any(|recorded| recorded.request.service == service));
                assert!(!requests.iter().any(|recorded| recorded.request.path == "/2.0/x"), "it was followed to {url}");
                requests_hide_secrets(&requests);
            }
        }
    }
}

#[test]
fn a_token_in_one_text_in_several_forms_is_hidden_in_each() {
    let all = forms(FOR_CONFLUENCE, CONFLUENCE_EMAIL);
    for other in &all {
        for title in [format!("ENG-123 {FOR_CONFLUENCE} and {other}"), format!("ENG-123 {other} and {}", all[1])] {
            let bed = secretive();
            bed.fake.state().bitbucket.pull_request_mut(1).title = title;
            run(&bed.variables);
            assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-123 *** and *** | open"], "{other}");
        }
    }
}
