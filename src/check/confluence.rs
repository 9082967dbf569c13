//! The rights of the account in Confluence, and its spaces.

use std::collections::{BTreeMap, BTreeSet};

use crate::confluence::{Account, Credential, Endpoint, Probe, Space, VisibleSpaces};
use crate::http::{self, HttpError};
use crate::ids::{ContentId, PageKind, PageName, SpaceKey};
use crate::mention::{KeyRule, Source};
use crate::page::{RepositoryVisibility, Spaces, Titles};
use crate::plan::Output;
use crate::refusal::scopes::{self, Kind};
use crate::refusal::{Permission, Refusal};
use crate::report::{self, CheckRow, Finding};
use crate::words::cut;

use super::needs::{self, Need};
use super::{Check, finding, not_reached, row, words};

const ABOUT: &str = "Confluence";

/// Each of these costs a request.
const MAX_SPACES: usize = 50;

/// The rows about Confluence; three round trips.
pub(super) fn look(check: Check<'_>) -> Vec<CheckRow> {
    let (arrived, project) = http::both(|| check.confluence.resolve_endpoint(), || project(check));
    let way = match arrived {
        Ok(way) => way.unwrap_or(Endpoint::Site),
        Err(error) => {
            let mut rows = vec![not_reached(ABOUT, what(check), &error)];
            let needs = needs::of_confluence(check.config.outputs);
            rows.extend(needs.iter().map(|need| {
                CheckRow::new(Finding::Unknown, ABOUT, need.what).with_scope(need.scope().map(|scope| scope.granular))
            }));
            rows.push(smallest(check, None));
            return rows;
        }
    };
    let wanted = wanted(check);
    let asked: Vec<SpaceKey> = wanted.iter().take(MAX_SPACES).chain(&project.key).cloned().collect();
    let needs: Vec<Need> =
        needs::of_confluence(check.config.outputs).into_iter().filter(|need| is_asked(need, way)).collect();
    let jira = (check.config.sources.jira == Source::Read).then_some(Probe::Jira);
    let probes: Vec<Probe> = needs.iter().map(|need| need.probe).chain(jira).collect();
    let ((who, listed), (answers, spaces)) = http::both(
        || http::both(|| check.confluence.who(), || listed(check)),
        || {
            let probes = || http::map(&probes, |probe| (*probe, check.confluence.probe(*probe)));
            http::both(probes, || check.confluence.spaces_by_key(&asked))
        },
    );
    let spaces = spaces.and_then(|spaces| home_pages(check, &asked, spaces, listed.as_ref()));
    let mut rows = vec![credential(check, way, &who)];
    let taken = rows.iter().all(|row| !row.result.is_lacking());
    let own = scopes::operation(http::ServiceName::Confluence, http::Method::Get, "/wiki/rest/api/user/current");
    let own_scope = own.and_then(scopes::Operation::confluence);
    let judged = |refused: Option<&HttpError>| if taken { finding(refused) } else { (Finding::Unknown, None) };
    rows.push(row(ABOUT, words::WHO, named(own_scope, way), judged(who.as_ref().err())));
    for need in needs::of_confluence(check.config.outputs) {
        let found = match answers.iter().find(|(probe, _)| *probe == need.probe) {
            Some((Probe::Search, Err(error))) if taken => of_search(error),
            Some((_, answer)) => judged(answer.as_ref().err()),
            // The credential may do what its account may do.
            None if taken => (Finding::Ok, Some(words::NO_SCOPE_NEEDED.to_owned())),
            None => (Finding::Unknown, None),
        };
        rows.push(row(ABOUT, need.what, named(need.scope(), way), found));
    }
    let of_jira = |(probe, answer): &(Probe, _)| (*probe == Probe::Jira).then(|| of_jira(answer, way));
    rows.extend(answers.iter().find_map(of_jira));
    rows.push(smallest(check, Some(way)));
    rows.extend(of_spaces(check, &wanted, &spaces));
    rows.push(of_project(check, &project, &spaces));
    rows.push(of_titles(check, listed, &spaces));
    rows
}

/// The row about the spaces whose titles can appear in pull requests.
pub(super) const TITLES: &str = "titles";

/// The log shows so many keys, because people don't read longer lists.
const MAX_KEYS: usize = 50;

/// Why no title appears at all.
fn untitled(check: Check<'_>) -> Option<&'static str> {
    match (check.config.titles, check.pipeline.visibility) {
        (Titles::Never, _) => Some(words::NO_TITLES_BY_CHOICE),
        (Titles::Auto, RepositoryVisibility::Public) => Some(words::NO_TITLES_IN_PUBLIC),
        (Titles::Auto, RepositoryVisibility::Private) => None,
    }
}

/// The spaces that the account sees, if that matters.
fn listed(check: Check<'_>) -> Option<Result<VisibleSpaces, HttpError>> {
    let matters = check.config.spaces == Spaces::All && untitled(check).is_none();
    matters.then(|| check.confluence.visible_spaces())
}

/// What the account can see is what everyone who can read the pull request sees.
fn of_titles(
    check: Check<'_>,
    listed: Option<Result<VisibleSpaces, HttpError>>,
    homes: &Result<HomePages, HttpError>,
) -> CheckRow {
    let row = CheckRow::new(Finding::Note, ABOUT, TITLES);
    if let Some(why) = untitled(check) {
        return row.with_details(why);
    }
    let (mut keys, end) = match (listed, &check.config.spaces, homes) {
        (Some(Ok(VisibleSpaces { spaces, are_all })), _, _) => {
            let names = spaces.into_iter().map(|space| space.name);
            let shared = names.filter(|name| !name.names().any(|key| key.as_str().starts_with('~')));
            // The key that people see.
            let shared: BTreeSet<SpaceKey> = shared.filter_map(|name| name.alias.or(name.key)).collect();
            (shared, if are_all { "" } else { words::MORE_NOT_LISTED })
        }
        (None, Spaces::Only(only), Ok(homes)) => {
            (only.iter().filter(|key| homes.contains_key(key)).cloned().collect(), "")
        }
        (None, Spaces::Only(only), Err(_)) => (only.clone(), ""),
        (Some(Err(_)), _, _) | (None, Spaces::All, _) => {
            return CheckRow { result: Finding::Unknown, ..row }.with_details(words::SPACES_NOT_LISTED);
        }
    };
    let count = keys.len();
    let more = count.saturating_sub(MAX_KEYS);
    let shown: Vec<String> =
        std::iter::from_fn(|| keys.pop_first()).take(MAX_KEYS).map(|key| key.to_string()).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let personal = match check.config.spaces {
        Spaces::All => words::NO_PERSONAL_SPACES,
        Spaces::Only(_) => "",
    };
    row.with_details(words::titles(count, &format!("{}{more}{end}{personal}", shown.join(", "))))
}

/// Without an answer to a search, no key leads to a page. So a refusal that names nothing counts too.
fn of_search(error: &HttpError) -> (Finding, Option<String>) {
    match finding(Some(error)) {
        (Finding::Ok | Finding::Unknown, _) if !error.is_out_of_budget() => {
            (Finding::No, Some(report::Failure::of(error).sentence))
        }
        found => found,
    }
}

/// Nothing needs Jira, so what it refuses is advice.
fn of_jira(answer: &Result<(), HttpError>, way: Endpoint) -> CheckRow {
    let (method, path) = Probe::Jira.operation();
    let scope = scopes::operation(http::ServiceName::Jira, method, path).and_then(scopes::Operation::confluence);
    let found = match answer.as_ref().map_err(|error| (Refusal::of(error), error)) {
        Ok(()) | Err((Some(Refusal::NotFound(_)), _)) => (Finding::Ok, Some(words::JIRA_PERMISSIONS.to_owned())),
        Err((Some(refusal), _)) => (Finding::Warning, Some(refusal.to_string())),
        Err((None, error)) => (Finding::Unknown, Some(report::Failure::of_page(error).sentence)),
    };
    row(ABOUT, words::JIRA, named(scope, way), found)
}

/// Only the gateway checks scopes first, so a probe with the method of a write makes sense only there.
fn is_asked(need: &Need, way: Endpoint) -> bool {
    let (method, _) = need.probe.operation();
    match (way, method, need.probe) {
        (Endpoint::Site, _, Probe::AddLabel) => false,
        (Endpoint::Gateway, _, _) | (Endpoint::Site, http::Method::Get | http::Method::Post, _) => true,
        (Endpoint::Site, http::Method::Put | http::Method::Delete, _) => false,
    }
}

/// At the site's own address scopes are of no use.
fn named(scope: Option<&'static scopes::Confluence>, way: Endpoint) -> Option<&'static str> {
    match way {
        Endpoint::Gateway => scope.map(|scope| scope.granular),
        Endpoint::Site => None,
    }
}

fn what(check: Check<'_>) -> String {
    words::credential(check.config.confluence.credential)
}

fn credential(check: Check<'_>, way: Endpoint, who: &Result<Account, HttpError>) -> CheckRow {
    let who = match who {
        Ok(Account { id, name: Some(name) }) if name != id.as_str() => format!("{} ({id})", cut(name)),
        Ok(Account { id, .. }) => id.to_string(),
        Err(error) => match Refusal::of(error) {
            Some(Refusal::MissingScope(_)) => "unknown".to_owned(),
            _ => return not_reached(ABOUT, what(check), error),
        },
    };
    let address = check.confluence.address().unwrap_or_default();
    let through = match way {
        Endpoint::Site => words::AT_THE_SITE,
        Endpoint::Gateway => words::THROUGH_THE_GATEWAY,
    };
    CheckRow::new(Finding::Ok, ABOUT, what(check)).with_details(format_args!("{through}, {address}, as {who}"))
}

fn smallest(check: Check<'_>, way: Option<Endpoint>) -> CheckRow {
    let kind = match check.config.confluence.access.credential {
        Credential::Basic(_) => words::api_token,
        Credential::Bearer(_) => words::service_account_token,
        Credential::Client { .. } => words::oauth_credential,
    };
    let scopes: Vec<&str> = needs::smallest(Kind::Confluence, check.config.outputs).into_iter().collect();
    let none = match way {
        Some(Endpoint::Site) => words::NO_SCOPES,
        Some(Endpoint::Gateway) | None => "",
    };
    let details = format!("{none}{}", kind(&scopes.join(" ")));
    CheckRow::new(Finding::Note, ABOUT, words::SMALLEST_SCOPES).with_details(details)
}

/// The spaces that the configuration names.
fn wanted(check: Check<'_>) -> BTreeSet<SpaceKey> {
    let mut keys = BTreeSet::new();
    if let KeyRule::Configured(prefixes) = &check.config.grammar.keys {
        keys.extend(prefixes.values().cloned());
    }
    if let Spaces::Only(only) = &check.config.spaces {
        keys.extend(only.iter().cloned());
    }
    keys
}

/// The home pages of spaces, by their keys and by their aliases.
type HomePages = BTreeMap<SpaceKey, Option<ContentId>>;

/// The home pages of the spaces of these keys or aliases. Confluence may find no space by its alias; the list of all spaces
/// has it, and is read here unless it was before.
fn home_pages(
    check: Check<'_>,
    keys: &[SpaceKey],
    mut spaces: Vec<Space>,
    listed: Option<&Result<VisibleSpaces, HttpError>>,
) -> Result<HomePages, HttpError> {
    if keys.iter().any(|key| !spaces.iter().any(|space| space.name.is(key))) {
        match listed {
            Some(Ok(listed)) => spaces.extend(listed.spaces.iter().cloned()),
            _ => spaces.extend(check.confluence.visible_spaces()?.spaces),
        }
    }
    let names = spaces.iter().flat_map(|space| space.name.names().map(|name| (name.clone(), space.home)));
    Ok(names.collect())
}

fn of_spaces(check: Check<'_>, wanted: &BTreeSet<SpaceKey>, spaces: &Result<HomePages, HttpError>) -> Vec<CheckRow> {
    let keys: Vec<&SpaceKey> = wanted.iter().take(MAX_SPACES).collect();
    let mut rows = http::map(&keys, |key| {
        let found = match spaces {
            Err(_) => (Finding::Unknown, Some(words::SPACES_NOT_READ.to_owned())),
            Ok(homes) => of_space(check, key, homes),
        };
        row(ABOUT, &format!("space {key}"), None, found)
    });
    if wanted.len() > keys.len() {
        let left = wanted.len() - keys.len();
        let row = CheckRow::new(Finding::Unknown, ABOUT, words::FURTHER_SPACES);
        rows.push(row.with_details(words::more_spaces(left, MAX_SPACES)));
    }
    rows
}

fn of_space(check: Check<'_>, key: &SpaceKey, homes: &HomePages) -> (Finding, Option<String>) {
    let say = |finding, details: &str| (finding, Some(details.to_owned()));
    let is_wanted = matches!(&check.config.spaces, Spaces::Only(only) if only.contains(key));
    let Some(home) = homes.get(key) else {
        if check.config.sources.jira == Source::Read && !is_wanted {
            return say(Finding::Note, words::SPACE_OF_JIRA);
        }
        return say(Finding::No, words::NO_SPACE);
    };
    // A key and an alias of one space lead to one home page.
    let is_same = |other: &SpaceKey| other == key || (home.is_some() && homes.get(other) == Some(home));
    let left_out = matches!(&check.config.spaces, Spaces::Only(only) if !only.iter().any(is_same));
    if left_out {
        return say(Finding::Note, words::LINK_ONLY);
    }
    if check.config.outputs.page_comment == Output::Off {
        return say(Finding::Ok, words::CAN_VIEW);
    }
    let Some(home) = home else { return say(Finding::Unknown, words::NO_HOME_PAGE) };
    match check.confluence.may_comment(PageName { id: *home, kind: PageKind::Page }) {
        Ok(Some(true)) => say(Finding::Ok, words::CAN_COMMENT),
        Ok(Some(false)) => (Finding::No, Some(Refusal::NoPermission(Permission::AddComment).to_string())),
        Ok(None) => say(Finding::Unknown, words::PERMISSIONS_UNKNOWN),
        Err(_) => say(Finding::Unknown, words::PERMISSIONS_NOT_READ),
    }
}

/// The repository's project, as far as its key can be a space's.
struct Project {
    text: Option<String>,
    key: Option<SpaceKey>,
}

/// From the pipeline, else from Bitbucket. Without it, one row of advice is missing.
fn project(check: Check<'_>) -> Project {
    let set = check.pipeline.project.clone();
    let asked = || check.bitbucket.project_key().ok().flatten();
    let text = set.or_else(|| if check.config.bitbucket.credential.is_some() { asked() } else { None });
    Project { key: text.as_deref().and_then(SpaceKey::parse), text }
}

/// Advice, never a reason to fail.
fn of_project(check: Check<'_>, project: &Project, spaces: &Result<HomePages, HttpError>) -> CheckRow {
    let row = |text: &str| CheckRow::new(Finding::Note, ABOUT, format!("project {text}"));
    let (key, homes) = match (&project.text, &project.key, spaces) {
        (None, _, _) => return row("key").with_details(words::NO_PROJECT),
        (Some(_), None, _) => return row("key").with_details(words::NOT_A_SPACE_KEY),
        (Some(_), Some(key), Err(_)) => return row(key.as_str()).with_details(words::SPACES_NOT_READ),
        (Some(_), Some(key), Ok(homes)) => (key, homes),
    };
    let named = wanted(check).contains(key);
    row(key.as_str()).with_details(match (homes.contains_key(key), &check.config.grammar.keys) {
        (false, _) => words::no_space_of(key),
        (true, KeyRule::Any) => words::space_of(key),
        (true, _) if named => words::LISTED.to_owned(),
        (true, KeyRule::None) => words::ONLY_URLS.to_owned(),
        (true, KeyRule::Configured(_)) => words::add_prefix(key),
    })
}
