//! The operations of Bitbucket's API, and who may call them.

mod actions;
mod comments;
mod commits;
mod fields;
pub mod model;
mod paging;
mod pull_requests;
mod query;
mod reports;

use base64::Engine;
use serde_json::{Value, json};

use self::model::{Account, Bitbucket, BitbucketTokenKind, Repository};
use super::message::{Answer, Refusal, Request, Response, Service};
use super::state::State;

/// An error as Bitbucket shapes it.
pub fn error(status: u16, message: &str) -> Response {
    Response::json(status, &json!({"type": "error", "error": {"message": message}}))
}

fn not_found(what: &str) -> Refusal {
    error(404, what).into()
}

/// The caller; no account without a credential, or behind the pipeline's proxy.
struct Caller {
    account: Option<Account>,
    is_user: bool,
    scopes: Vec<String>,
    repositories: Vec<String>,
    is_proxy: bool,
}

/// Answers one request.
pub fn answer(state: &mut State, request: &Request) -> Answer {
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let caller = caller(&state.bitbucket, request)?;
    let response = route(state, request, &caller, &path)?;
    fields::select(response, request.param("fields"))
}

fn caller(bitbucket: &Bitbucket, request: &Request) -> Result<Caller, Refusal> {
    let anonymous = Caller { account: None, is_user: false, scopes: vec![], repositories: vec![], is_proxy: false };
    if request.service == Service::Proxy {
        return proxied(bitbucket, request, anonymous);
    }
    let Some(header) = request.header("authorization") else { return Ok(anonymous) };
    let (scheme, value) = header.split_once(' ').unwrap_or((header, ""));
    let basic = base64::engine::general_purpose::STANDARD.decode(value).ok().and_then(|it| String::from_utf8(it).ok());
    let token = bitbucket.tokens.iter().find(|token| match &token.kind {
        BitbucketTokenKind::Access => scheme.eq_ignore_ascii_case("bearer") && token.secret == value,
        BitbucketTokenKind::User { email } => {
            scheme.eq_ignore_ascii_case("basic") && basic.as_deref() == Some(&format!("{email}:{}", token.secret))
        }
    });
    let Some(token) = token.filter(|token| !token.expired) else {
        return Err(error(401, "Token is invalid, expired, or not supported for this endpoint.").into());
    };
    Ok(Caller {
        account: Some(token.account.clone()),
        is_user: token.kind != BitbucketTokenKind::Access,
        scopes: token.scopes.clone(),
        repositories: token.repositories.clone(),
        is_proxy: false,
    })
}

/// Measured against the service: the proxy next to a step adds the step's credential to plain HTTP requests whose
/// request line names `http://api.bitbucket.org`; what is no absolute address (a path alone, or a CONNECT) gets nginx's
/// 500, and what should be encrypted no credential. It is known to work for reports and their annotations only.
fn proxied(bitbucket: &Bitbucket, request: &Request, anonymous: Caller) -> Result<Caller, Refusal> {
    if request.header("authorization").is_some() {
        return Err(Refusal::bad("a credential was sent to the proxy, over plain HTTP"));
    }
    let is_absolute = request.target.contains("://") && request.method != "CONNECT";
    if !is_absolute || request.header("host") != Some("api.bitbucket.org") {
        return Err(Response::html(500, "<center><h1>500 Internal Server Error</h1></center><hr>nginx").into());
    }
    if !request.target.starts_with("http://api.bitbucket.org/") {
        return Ok(anonymous);
    }
    let scopes = vec!["repository".to_owned()];
    let repositories = bitbucket.repositories.iter().map(|repository| repository.full_name.clone()).collect();
    Ok(Caller { scopes, repositories, is_proxy: true, ..anonymous })
}

impl Caller {
    /// Bitbucket's documents: a missing scope is 403, and its `detail` is an object.
    fn needs(&self, scope: &str) -> Result<(), Refusal> {
        let full = if self.is_user { format!("read:{scope}:bitbucket") } else { scope.to_owned() };
        let anonymous = self.account.is_none() && !self.is_proxy;
        let implied = !self.is_user
            && match scope {
                "repository" => self.scopes.iter().any(|held| held != "pipeline" && held != "account"),
                _ => self.scopes.iter().any(|held| held.split(':').next() == Some(scope)),
            };
        if anonymous || implied || self.scopes.contains(&full) {
            return Ok(());
        }
        let message = "Your credentials lack one or more required privilege scopes.";
        let detail = json!({"granted": self.scopes, "required": [full]});
        let body = json!({"type": "error", "error": {"message": message, "detail": detail}});
        Err(Response::json(403, &body).into())
    }

    /// The account it writes as; a request without a credential gets a 401.
    fn writer(&self) -> Result<Account, Refusal> {
        self.account.clone().ok_or_else(|| error(401, "Authentication credentials were not provided.").into())
    }
}

fn route(state: &mut State, request: &Request, caller: &Caller, path: &[&str]) -> Answer {
    if let ["2.0", "user"] = path {
        return user(request, caller);
    }
    let ["2.0", "repositories", workspace, slug, rest @ ..] = path else { return Err(Refusal::no_such_path()) };
    let at = find_repository(&state.bitbucket, caller, workspace, slug)?;
    if caller.is_proxy && !rest.contains(&"reports") {
        return Err(error(401, "Authentication credentials were not provided.").into());
    }
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            caller.needs("repository")?;
            request.only_params(&["fields"])?;
            Ok(Response::json(200, &repository_json(&state.bitbucket.repositories[at])))
        }
        (_, ["pullrequests", rest @ ..]) => {
            caller.needs("pullrequest")?;
            pull_requests::answer(state, at, request, caller, rest)
        }
        (_, ["commit", commit, "reports", rest @ ..]) => {
            caller.needs("repository")?;
            if !caller.is_proxy {
                caller.writer()?;
            }
            reports::answer(state, at, request, commit, rest)
        }
        ("GET", ["commit", commit, "pullrequests"]) => {
            caller.needs("pullrequest")?;
            pull_requests::of_commit(state, at, request, commit)
        }
        ("GET", ["commit", _] | ["commits", ..] | ["refs", ..]) => {
            caller.needs("repository")?;
            commits::answer(state, at, request, rest)
        }
        _ => Err(Refusal::no_such_path()),
    }
}

fn user(request: &Request, caller: &Caller) -> Answer {
    if request.method != "GET" {
        return Err(Refusal::no_such_path());
    }
    request.only_params(&["fields"])?;
    let account = caller.writer()?;
    if !caller.is_user && !caller.scopes.iter().any(|scope| scope == "account") {
        // An access token belongs to a repository: it has no account and cannot be given this scope.
        let message = "Your credentials lack one or more required privilege scopes.";
        let detail = json!({"granted": caller.scopes, "required": ["account"]});
        let body = json!({"type": "error", "error": {"message": message, "detail": detail}});
        let refusal = Response::json(403, &body).with("x-credential-type", "repo_access_token");
        return Err(refusal.with("x-oauth-scopes", &caller.scopes.join(", ")).into());
    }
    caller.needs("user").or_else(|refusal| if caller.is_user { Err(refusal) } else { Ok(()) })?;
    Ok(Response::json(200, &account_json(&account)))
}

/// A private repository that the caller may not see does not exist; without a credential the answer is 401.
fn find_repository(bitbucket: &Bitbucket, caller: &Caller, workspace: &str, slug: &str) -> Result<usize, Refusal> {
    let full_name = format!("{workspace}/{slug}");
    let is_it = |repository: &Repository| {
        repository.full_name == full_name || repository.uuid == slug || repository.former_names.contains(&full_name)
    };
    let gone = || not_found("You may not have access to this repository or it no longer exists in this workspace.");
    let at = bitbucket.repositories.iter().position(is_it).ok_or_else(gone)?;
    let repository = &bitbucket.repositories[at];
    if caller.account.is_none() && !caller.is_proxy && repository.is_private {
        return Err(error(401, "You must be authenticated to access this resource.").into());
    }
    let allowed = !repository.is_private || caller.repositories.contains(&repository.full_name);
    if allowed { Ok(at) } else { Err(gone()) }
}

/// A person; or the app user that an access token is, which has no nickname.
fn account_json(account: &Account) -> Value {
    if let Some(kind) = &account.app {
        return json!({
            "type": "app_user",
            "kind": kind,
            "uuid": account.uuid,
            "display_name": account.display_name,
            "account_id": account.account_id,
            "account_status": "active",
            "created_on": "2026-01-01T00:00:00.000000+00:00",
            "links": {},
        });
    }
    json!({
        "type": "user",
        "uuid": account.uuid,
        "display_name": account.display_name,
        "account_id": account.account_id,
        "nickname": account.display_name,
        "links": {"avatar": {"href": "https://bitbucket.org/account/avatar.png"}},
    })
}

fn repository_reference(full_name: &str, uuid: &str) -> Value {
    json!({
        "type": "repository",
        "full_name": full_name,
        "name": full_name.rsplit('/').next(),
        "uuid": uuid,
        "links": {
            "self": {"href": format!("https://api.bitbucket.org/2.0/repositories/{full_name}")},
            "html": {"href": format!("https://bitbucket.org/{full_name}")},
        },
    })
}

fn repository_json(repository: &Repository) -> Value {
    let mut json = repository_reference(&repository.full_name, &repository.uuid);
    let project = &repository.project_key;
    json["is_private"] = repository.is_private.into();
    json["scm"] = "git".into();
    json["project"] = json!({"type": "project", "key": project, "name": project, "is_private": repository.is_private});
    json["mainbranch"] = json!({"type": "branch", "name": repository.main_branch});
    json["description"] = "".into();
    json["language"] = "rust".into();
    json
}
