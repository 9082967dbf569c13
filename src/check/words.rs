//! The rows of a check, and its last line.

use crate::ids::SpaceKey;
use crate::report::number;

pub(super) fn passed(count: usize) -> String {
    format!("{count} checks passed")
}

pub(super) fn outcome(lacking: usize, unknown: usize) -> String {
    let unknown = match unknown {
        0 => String::new(),
        count => format!(", {} without a result", number(count, "check", "checks")),
    };
    match lacking {
        0 => format!("Check passed{unknown}"),
        count => format!("Check failed: {}{unknown}", number(count, "problem", "problems")),
    }
}

// Things that are checked.
pub(super) const CONNECTION: &str = "connection";
pub(super) const NO_CREDENTIAL: &str = "no credential";
pub(super) const SMALLEST_SCOPES: &str = "smallest scopes";
pub(super) const FURTHER_SPACES: &str = "further spaces";
pub(super) const WHO: &str = "look up its own account";
pub(super) const SEARCH: &str = "search pages by key, label and id";
pub(super) const VIEWERS: &str = "see who may view a page";
pub(super) const PAGES: &str = "read pages and blog posts";
pub(super) const SPACES: &str = "read spaces";
pub(super) const TASKS: &str = "read tasks";
pub(super) const BOARDS: &str = "recognize whiteboards";
pub(super) const PAGE_COMMENTS: &str = "read the comments on pages";
pub(super) const WRITE_PAGE_COMMENTS: &str = "write comments on pages";
pub(super) const DELETE_DUPLICATES: &str = "delete a duplicate of its own comment";
pub(super) const COMPLETE_TASKS: &str = "complete tasks";
pub(super) const LABEL_PAGES: &str = "label pages";
pub(super) const JIRA: &str = "read links in Jira issues";
pub(super) const PULL_REQUESTS: &str = "read pull requests and their commits";
pub(super) const COMMENTS: &str = "read and write comments on pull requests";
pub(super) const REPORTS: &str = "read and write reports on commits";
pub(super) const ANONYMOUS_READING: &str = "read pull requests without a credential";
pub(super) const PROXIED_REPORTS: &str = "read reports through the pipeline's proxy";

pub(super) fn credential(variable: &str) -> String {
    format!("credential {variable}")
}

// The step.
pub(super) const NO_DATE: &str = "no response had a date";
pub(super) const CLOCK_IS_RIGHT: &str = "within five minutes of the services' clocks";
pub(super) fn wrong_clock(minutes: i64, is_ahead: bool) -> String {
    let side = if is_ahead { "ahead of" } else { "behind" };
    format!("{minutes} minutes {side} the services' clocks. Set this machine's clock")
}

// Bitbucket.
pub(super) const UNKNOWN_ACCOUNT: &str = "unknown account, as usual for an access token";
pub(super) const UNKNOWN_PERSON: &str = "unknown account, because the scope to look it up isn't needed otherwise";
pub(super) const NO_COMMIT: &str = "BITBUCKET_COMMIT isn't set, so there is no commit to test with";
pub(super) const ANONYMOUS: &str = "pull requests get no comment, and Bitbucket allows 60 requests an hour";
pub(super) const BRANCH_NAME_ONLY: &str =
    "pull requests get no comment, only branch names are read, and stale links stay";
pub(super) fn access_token(scopes: &str) -> String {
    format!("an access token with {scopes}")
}
pub(super) fn api_token(scopes: &str) -> String {
    format!("an API token with {scopes}")
}

// Confluence.
pub(super) const NO_SCOPE_NEEDED: &str = "no scope needed, the permissions of the space decide";
pub(super) const JIRA_PERMISSIONS: &str = "the account's permissions decide which issues it sees";
pub(super) const AT_THE_SITE: &str = "at the site's own address";
pub(super) const THROUGH_THE_GATEWAY: &str = "through the gateway";
pub(super) fn service_account_token(scopes: &str) -> String {
    format!("a service account's API token with {scopes}")
}
pub(super) fn oauth_credential(scopes: &str) -> String {
    format!("a service account's OAuth 2.0 credential with {scopes}")
}
pub(super) const NO_SCOPES: &str = "none, because this token has no scopes. Otherwise ";

// Titles.
pub(super) const NO_TITLES_BY_CHOICE: &str = "No titles appear in Bitbucket, because SHOW_TITLES is `never`";
pub(super) const NO_TITLES_IN_PUBLIC: &str = "No titles appear in Bitbucket, because the repository is public";
pub(super) const SPACES_NOT_LISTED: &str = "couldn't list the spaces that the account can view";
pub(super) const MORE_NOT_LISTED: &str = ", and more that weren't listed";
pub(super) const NO_PERSONAL_SPACES: &str = ". Titles in personal spaces can't, unless SPACES lists the space";
pub(super) fn titles(count: usize, keys: &str) -> String {
    match count {
        0 => "No titles can appear, because the account can't view the spaces".to_owned(),
        _ => format!("Titles of pages in {} can appear: {keys}", number(count, "space", "spaces")),
    }
}

// One space.
pub(super) const SPACES_NOT_READ: &str = "couldn't read the spaces";
pub(super) const SPACE_OF_JIRA: &str = "there is no such space, so its keys lead to the pages in their Jira issues";
pub(super) const NO_SPACE: &str =
    "space not found, or the account can't view it. Check the key, or grant the account \"View\"";
pub(super) const LINK_ONLY: &str = "its pages are shown by link only, because SPACES doesn't list it";
pub(super) const CAN_VIEW: &str = "the account can view it, and doesn't have to comment";
pub(super) const NO_HOME_PAGE: &str = "it has no home page to check permissions on";
pub(super) const CAN_COMMENT: &str = "the account can comment on its home page";
pub(super) const PERMISSIONS_UNKNOWN: &str = "Confluence doesn't say what the account can do there";
pub(super) const PERMISSIONS_NOT_READ: &str = "couldn't read what the account can do on its home page";
pub(super) fn more_spaces(left: usize, limit: usize) -> String {
    format!("{left} more spaces weren't checked. The limit is {limit}")
}

// The space of the project.
pub(super) const NO_PROJECT: &str = "unknown, because BITBUCKET_PROJECT_KEY isn't set";
pub(super) const NOT_A_SPACE_KEY: &str = "it can't be the key of a space";
pub(super) const LISTED: &str = "a space has this key, and the configuration lists it";
pub(super) const ONLY_URLS: &str = "a space has this key, but KEY_PREFIXES is `none`, so only URLs lead there";
pub(super) fn no_space_of(key: &SpaceKey) -> String {
    format!("no space has this key, so keys such as {key}-1 link nothing")
}
pub(super) fn space_of(key: &SpaceKey) -> String {
    format!("a space has this key, so keys such as {key}-1 can link its pages")
}
pub(super) fn add_prefix(key: &SpaceKey) -> String {
    format!("a space has this key. To link its pages by keys such as {key}-1, add {key} to KEY_PREFIXES")
}
