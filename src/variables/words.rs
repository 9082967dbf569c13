//! Problems with variables. Each text is the end of a sentence that begins with the variable's name.

use std::fmt::Display;

/// The item of a list that can't be read, counted from 1, and what to use.
pub(crate) fn invalid_item(index: usize, advice: &str) -> String {
    format!("has an invalid item (number {}). {advice}", index + 1)
}

pub(crate) fn number_up_to(most: impl Display) -> String {
    format!("must be a number from 1 to {most}")
}

/// A variable that another one needs.
pub(crate) fn needed_by(other: &str) -> String {
    format!("is missing. {other} needs it")
}

pub(crate) fn one_of(choices: &[&str]) -> String {
    format!("must be {}", quoted(choices).join(" or "))
}

pub(crate) fn list_of(choices: &[&str]) -> String {
    let named: Vec<&str> = choices.iter().copied().filter(|choice| *choice != "none").collect();
    let alone = if named.len() < choices.len() { ", or `none` alone" } else { "" };
    format!("must be a list of {}{alone}", quoted(&named).join(", "))
}

fn quoted(choices: &[&str]) -> Vec<String> {
    choices.iter().map(|choice| format!("`{choice}`")).collect()
}

pub(crate) const BOOLEAN: &str = "must be `true` or `false`";
pub(crate) const NOT_A_LIST: &str = "takes one value, not a list. Remove the brackets";
pub(crate) const LIST_TOO_LONG: &str = "must be a YAML list with at most 500 items";
pub(crate) const NOT_UTF_8: &str = "isn't text in UTF-8";
pub(crate) const QUOTED: &str = "has quotes as part of its value. Remove them, in the settings too";
pub(crate) const REFERENCE: &str = "contains a reference such as `$NAME` to a variable that isn't defined here. Define that \
    variable, or remove this one. Secured variables aren't available in every pipeline";

/// Why a variable is missing that arrived as a reference to itself.
pub(crate) fn unfilled(name: &str) -> String {
    format!(
        ". The step received the text `${name}`, so the variable isn't defined here. Secured variables aren't available in \
         every pipeline"
    )
}

pub(crate) fn unset(name: &str) -> String {
    format!("{name} counts as unset, because it refers to itself")
}

pub(crate) fn misspelled(name: &str, meant: &str) -> String {
    format!("{name} isn't a variable of this pipe and is ignored. Did you mean {meant}?")
}

/// The last line of a run with such problems.
pub(crate) fn bad_configuration(count: usize, documents: &str) -> String {
    let problems = if count == 1 { "problem" } else { "problems" };
    format!("Bad configuration ({count} {problems}). Nothing was read or written. See {documents}")
}

// The site and its credential.
pub(crate) const NO_SITE: &str = "is missing. Set it to your site, such as `https://acme.atlassian.net`";
pub(crate) const SITE_NOT_URL: &str = "must be a URL such as `https://acme.atlassian.net`";
pub(crate) const SITE_WITH_PATH: &str =
    "must be the site's address only, such as `https://acme.atlassian.net`. Remove the path";
pub(crate) const SITE_WITH_MORE: &str = "must not have a user name, `?` or `#`";
pub(crate) const SITE_WITHOUT_HOST: &str = "must name a host";
pub(crate) const CLOUD_ID: &str = "must be the site's id: letters, digits and hyphens";
pub(crate) const ALIASES: &str = "must be a list of host names";
pub(crate) const EMAIL: &str = "must be an email address";
pub(crate) const TWO_CREDENTIALS: &str = "is set together with CONFLUENCE_USER_EMAIL or CONFLUENCE_API_TOKEN. Use one \
    credential, and remove the other one";
pub(crate) const NO_CREDENTIAL: &str = "is missing. Create one at \
    https://id.atlassian.com/manage-profile/security/api-tokens, and set it with CONFLUENCE_USER_EMAIL. A service account \
    needs only the token, or CONFLUENCE_CLIENT_ID and CONFLUENCE_CLIENT_SECRET";

// Bitbucket.
pub(crate) fn without_credential(api: impl Display, proxy: impl Display) -> String {
    format!("{api} without a credential, reports through {proxy}")
}
pub(crate) const APP_PASSWORD: &str = "isn't supported, because app passwords ended in 2026. Remove it. Set \
    BITBUCKET_ACCESS_TOKEN to a repository access token with the scope `pullrequest`, or set ATLASSIAN_API_TOKEN";
pub(crate) const AUTH_PROXY: &str = "must be `http://`, a host and a port, such as `http://localhost:29418`";
pub(crate) const NO_REPOSITORY: &str =
    "is missing or isn't the name of a repository. Run the pipe as a step of a Bitbucket pipeline";
pub(crate) const NOT_A_PULL_REQUEST: &str = "isn't the number of a pull request";

// The network.
pub(crate) fn unreadable_file(error: &std::io::Error, is_path_only: bool) -> String {
    let pem = if is_path_only { "" } else { "isn't PEM or base64 of PEM, and as a path it " };
    format!("{pem}names a file that can't be read ({error}). A pipe sees only files in the clone directory")
}

// Detection.
pub(crate) const PREFIXES: &str = "Use prefixes such as `ENG` or `RFC=ARCH`";
pub(crate) fn same_prefix_twice(index: usize) -> String {
    format!("has the same prefix twice (item {})", index + 1)
}
pub(crate) const SPACES: &str = "Use space keys such as `ENG`";
pub(crate) const JIRA_ALONE: &str = "needs a text with keys next to `jira`, such as `branch`";

// Outputs.
pub(crate) const COMMENT_NEEDED: &str =
    "needs `comment` next to `labels` or `tasks`, because only pages with the pipe's comment get them";
pub(crate) const RELEASE_LABEL: &str = "isn't a valid label. Use at most 100 characters and the placeholders {repository} \
    and {version}. `no-pr-links` isn't allowed";
pub(crate) const NO_OUTPUT_DIR: &str =
    "is missing. A review only writes files, so it needs a directory, such as `confluence-review`";
pub(crate) const OUTPUT_DIR_OUTSIDE: &str = "leads out of the clone directory, so its files would be lost. Use a path inside \
    it, such as `confluence-pr-link`";
pub(crate) fn unwritable(error: &std::io::Error) -> String {
    format!("can't be written to: {error}")
}

// Requirements.
pub(crate) const REQUIREMENTS: &str = "Use `link`, `current`, `label:NAME`, `state:NAME` or `no-skip`, and only labels and \
    states that Confluence allows";
pub(crate) const NO_SKIP_ALONE: &str = "needs another requirement next to `no-skip`";
pub(crate) fn too_many_items(most: usize) -> String {
    format!("has more than {most} items")
}
pub(crate) const ACCOUNT_IDS: &str = "Use account ids such as `712020:5b10…`";

// Releases.
pub(crate) const NO_RELEASE: &str = "is missing. In a pipeline without a tag, `ACTION: release` needs it";
pub(crate) const RELEASE: &str =
    "must contain a version with two to four numbers, and no comma or space, such as `1.4.0` or `web-1.4.0-rc.1`";
