//! The meaning of refusals.

use super::*;

const GATEWAY: &str = "/ex/confluence/c-1";

fn sentence(
    service: ServiceName,
    method: Method,
    path: &str,
    status: u16,
    detail: &ErrorDetail,
    words: &str,
) -> String {
    let refusal = of_answer(service, method, path, status, detail, words);
    refusal.map(|refusal| refusal.to_string()).unwrap_or_default()
}

#[test]
fn every_shape_of_no_has_its_meaning() {
    use Method::{Delete, Get, Post};
    use ServiceName::{Bitbucket, Confluence, Jira, Login};
    let scopes = |required: &[&str]| ErrorDetail::Scopes {
        granted: vec!["repository".to_owned()],
        required: required.iter().map(|&scope| scope.to_owned()).collect(),
    };
    let v2 = |title: &str| ErrorDetail::V2 { title: title.to_owned() };
    let page = "/wiki/api/v2/pages/7";
    let through = format!("{GATEWAY}{page}");
    let commenting = "/wiki/api/v2/footer-comments";
    let issue = "/ex/jira/c-1/rest/api/3/issue/ENG-7/remotelink";
    let comment = "/2.0/repositories/acme/shop/pullrequests/1/comments";
    let lacking = "Your credentials lack one or more required privilege scopes.";
    let table = [
        (
            Confluence,
            Get,
            "/wiki/rest/api/user/current",
            401,
            ErrorDetail::Html,
            "",
            "the email address or the API token",
        ),
        (Confluence, Get, &through, 401, ErrorDetail::Other, "Unauthorized", "the gateway doesn't accept"),
        (
            Confluence,
            Get,
            &through,
            401,
            ErrorDetail::Other,
            "Token expired",
            "the credential for Confluence has expired",
        ),
        (
            Confluence,
            Get,
            &through,
            401,
            ErrorDetail::ScopeDoesNotMatch,
            "Unauthorized; scope does not match",
            "the Confluence credential lacks the scope `read:page:confluence`",
        ),
        (
            Confluence,
            Delete,
            "/ex/confluence/c-1/wiki/api/v2/footer-comments/9",
            401,
            ErrorDetail::ScopeDoesNotMatch,
            "",
            "the Confluence credential lacks the scope `delete:comment:confluence`",
        ),
        (
            Confluence,
            Get,
            "/ex/confluence/c-1/wiki/rest/api/search",
            401,
            ErrorDetail::ScopeDoesNotMatch,
            "",
            "the Confluence credential lacks the scope `read:content-details:confluence` (or the classic one, \
             `search:confluence`)",
        ),
        (
            Confluence,
            Get,
            "/wiki/rest/api/search",
            403,
            ErrorDetail::V1,
            "caller cannot access Confluence",
            "the email address or the API token",
        ),
        (
            Confluence,
            Post,
            commenting,
            403,
            v2("Forbidden"),
            "",
            "the Confluence account isn't allowed to comment there",
        ),
        (
            Confluence,
            Delete,
            "/wiki/api/v2/footer-comments/9",
            403,
            v2("Forbidden"),
            "",
            "the Confluence account isn't allowed to delete",
        ),
        (Confluence, Get, page, 403, v2("Forbidden"), "", "the Confluence account can't view this"),
        (Confluence, Get, page, 404, v2("Cannot find a page with id [7]"), "", "it doesn't exist, or"),
        (Confluence, Get, page, 404, ErrorDetail::Html, "", "no Confluence answers there"),
        (Confluence, Get, "/_edge/tenant_info", 404, ErrorDetail::Html, "", "the gateway needs the site's cloud id"),
        (
            Bitbucket,
            Get,
            comment,
            401,
            ErrorDetail::Other,
            "Token is invalid, expired, or not supported for this endpoint.",
            "the Bitbucket credential is wrong, expired or revoked",
        ),
        (
            Bitbucket,
            Get,
            comment,
            401,
            ErrorDetail::Other,
            "Access token expired.",
            "the credential for Bitbucket has expired",
        ),
        (
            Bitbucket,
            Post,
            comment,
            403,
            scopes(&["pullrequest"]),
            lacking,
            "the Bitbucket credential lacks the scope `pullrequest`",
        ),
        (
            Bitbucket,
            Post,
            comment,
            403,
            ErrorDetail::Other,
            lacking,
            "the Bitbucket credential lacks a scope: an access token needs `pullrequest`, an API token \
             `read:pullrequest:bitbucket`",
        ),
        (
            Bitbucket,
            Method::Put,
            "/2.0/repositories/acme/shop/commit/abc1234/reports/r",
            403,
            scopes(&[]),
            lacking,
            "the Bitbucket credential lacks a scope: an access token needs `repository`, an API token \
             `read:repository:bitbucket`",
        ),
        (
            Bitbucket,
            Method::Put,
            comment,
            403,
            ErrorDetail::Other,
            "not yours",
            "the Bitbucket credential isn't allowed to do this",
        ),
        (Bitbucket, Get, comment, 404, ErrorDetail::Other, "", "check the number"),
        (
            Bitbucket,
            Get,
            comment,
            403,
            ErrorDetail::Policy(Policy::Network),
            "",
            "Bitbucket refuses this step's IP address",
        ),
        (
            Confluence,
            Post,
            commenting,
            403,
            ErrorDetail::Policy(Policy::Network),
            "",
            "Confluence refuses this step's IP",
        ),
        (
            Confluence,
            Get,
            page,
            401,
            ErrorDetail::Policy(Policy::Access),
            "",
            "a policy of your organization refuses this",
        ),
        (Confluence, Get, page, 410, ErrorDetail::V1, "", "Atlassian removed this endpoint: update the pipe"),
        (Bitbucket, Get, comment, 410, ErrorDetail::Other, "", "Atlassian removed this endpoint: update the pipe"),
        (Confluence, Get, &through, 404, ErrorDetail::Other, "", "the gateway doesn't accept"),
        (
            Confluence,
            Get,
            "/ex/confluence/c-1/wiki/rest/api/user/current",
            404,
            v2("Not Found"),
            "",
            "the gateway doesn't accept",
        ),
        (Confluence, Get, &through, 404, v2("Cannot find a page with id [7]"), "", "it doesn't exist, or"),
        (
            Jira,
            Get,
            issue,
            401,
            ErrorDetail::ScopeDoesNotMatch,
            "",
            "the Confluence credential lacks the scope `read:issue.",
        ),
        (Jira, Get, issue, 401, ErrorDetail::Other, "Unauthorized", "the Confluence credential can't read Jira"),
        (Jira, Get, issue, 401, ErrorDetail::Other, "Token expired", "the credential for Jira has expired"),
        (Jira, Get, issue, 403, ErrorDetail::Other, "", "the Confluence credential can't read Jira"),
        (Jira, Get, issue, 404, ErrorDetail::V1, "", "it doesn't exist, or"),
        (Jira, Get, issue, 404, ErrorDetail::Html, "", "the Confluence credential can't read Jira"),
        (Jira, Get, issue, 400, ErrorDetail::V1, "", "it doesn't exist, or"),
        (Jira, Get, issue, 410, ErrorDetail::V1, "", "Atlassian removed this endpoint"),
        (Jira, Get, issue, 403, ErrorDetail::Policy(Policy::Network), "", "Jira refuses this step's IP address"),
        (Jira, Get, issue, 500, ErrorDetail::Other, "", ""),
        (Login, Post, "/oauth/token", 401, ErrorDetail::Other, "Unauthorized", "the client id or its secret"),
        (Login, Post, "/oauth/token", 500, ErrorDetail::Other, "", ""),
    ];
    for (service, method, path, status, detail, words, begins) in table {
        let sentence = sentence(service, method, path, status, &detail, words);
        assert!(sentence.starts_with(begins) && (begins.is_empty() == sentence.is_empty()), "{path}: {sentence}");
    }
}
