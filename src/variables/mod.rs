//! The variables of the pipe, as text.
//!
//! Pipes get strings only, an unset variable arrives as an empty one, and a YAML list arrives as `NAME_COUNT`,
//! `NAME_0`, … `envy` prints values in its errors, fails on empty numbers and stops at the first problem, so it fills
//! flat structs of `Option<String>` from cleaned pairs and nothing more.

mod form;
pub mod help;
mod typo;
pub(crate) mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;

use serde::Deserialize;

use form::Form;

/// The variables that are lists.
pub const LISTS: &[&str] = &[
    "KEY_PREFIXES",
    "SPACES",
    "SOURCES",
    "PULL_REQUEST_OUTPUT",
    "PAGE_OUTPUT",
    "REQUIRE",
    "REQUIRE_EXEMPT",
    "CONFLUENCE_SITE_ALIASES",
    "NO_PROXY",
];

/// Variables that other tools read in lower case too. The upper-case name wins.
const IN_BOTH_CASES: &[&str] = &["HTTPS_PROXY", "NO_PROXY"];

/// What is wrong with one variable. Never holds its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    variable: &'static str,
    what: String,
}

impl Problem {
    /// A problem of a variable, as the end of a sentence that begins with its name.
    pub fn new(variable: &'static str, what: impl Into<String>) -> Self {
        Self { variable, what: what.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.variable, self.what)
    }
}

/// The most items a list may have; more is a mistake.
const MAX_ITEMS: usize = 500;

/// The pipe's variables as typed: those of [`help::VARIABLES`], and those of every step.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Raw {
    pub confluence_base_url: Option<String>,
    pub confluence_user_email: Option<String>,
    pub confluence_api_token: Option<String>,
    pub confluence_client_id: Option<String>,
    pub confluence_client_secret: Option<String>,
    pub atlassian_account_email: Option<String>,
    pub atlassian_api_token: Option<String>,
    pub bitbucket_access_token: Option<String>,
    pub key_prefixes: Option<String>,
    pub spaces: Option<String>,
    pub sources: Option<String>,
    pub pull_request_output: Option<String>,
    pub page_output: Option<String>,
    pub show_titles: Option<String>,
    pub require: Option<String>,
    pub require_exempt: Option<String>,
    pub release_label: Option<String>,
    pub release_version: Option<String>,
    pub days: Option<String>,
    pub bitbucket_auth_proxy: Option<String>,
    pub action: Option<String>,
    pub dry_run: Option<String>,
    pub on_error: Option<String>,
    pub output_dir: Option<String>,
    pub timeout_seconds: Option<String>,
    pub ca_certificate: Option<String>,
    pub ssl_cert_file: Option<String>,
    pub https_proxy: Option<String>,
    pub no_proxy: Option<String>,
    pub debug: Option<String>,
    pub bitbucket_api_url: Option<String>,
    pub atlassian_gateway_url: Option<String>,
    pub atlassian_auth_url: Option<String>,
    pub confluence_cloud_id: Option<String>,
    pub confluence_site_aliases: Option<String>,
    #[serde(skip)]
    pub step: Step,
    /// Those that arrived as a reference to themselves, and count as unset.
    #[serde(skip)]
    pub unfilled: BTreeSet<&'static str>,
    /// Names that are probably misspelled, each with the one that was probably meant.
    #[serde(skip)]
    pub misspelled: BTreeMap<String, &'static str>,
}

/// Variables that aren't the pipe's own: those that Bitbucket Pipelines sets, `NO_COLOR`, and a credential that Bitbucket
/// no longer accepts.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Step {
    pub bitbucket_repo_full_name: Option<String>,
    pub bitbucket_workspace: Option<String>,
    pub bitbucket_repo_slug: Option<String>,
    /// The repository's UUID, in braces.
    pub bitbucket_repo_uuid: Option<String>,
    pub bitbucket_repo_is_private: Option<String>,
    pub bitbucket_project_key: Option<String>,
    pub bitbucket_pr_id: Option<String>,
    pub bitbucket_pr_destination_branch: Option<String>,
    pub bitbucket_branch: Option<String>,
    pub bitbucket_tag: Option<String>,
    pub bitbucket_commit: Option<String>,
    pub bitbucket_clone_dir: Option<String>,
    pub bitbucket_pipe_storage_dir: Option<String>,
    pub bitbucket_pipe_shared_storage_dir: Option<String>,
    pub bitbucket_pipeline_uuid: Option<String>,
    pub bitbucket_step_uuid: Option<String>,
    pub bitbucket_app_password: Option<String>,
    pub no_color: Option<String>,
}

impl Raw {
    /// Reads the process's variables: what is empty is not there, lists are folded into `a,b,c`. A list
    /// that can't be folded is a problem like the others, and then not there.
    pub fn read(variables: impl IntoIterator<Item = (OsString, OsString)>) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut pairs = named_in_capitals(variables, &mut problems);
        let misspelled: BTreeMap<_, _> =
            pairs.keys().filter_map(|name| Some((name.clone(), typo::meant(name)?))).collect();
        for name in LISTS {
            match folded(&pairs, name) {
                Ok(Some(list)) => drop(pairs.insert((*name).to_owned(), list)),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        // A YAML list for any other variable would have no effect.
        let singles = help::VARIABLES.iter().map(|variable| variable.name).filter(|name| !LISTS.contains(name));
        for name in singles.filter(|name| pairs.contains_key(&format!("{name}_COUNT"))) {
            problems.push(Problem::new(name, words::NOT_A_LIST));
        }
        let unfilled = take_unfilled(&mut pairs);
        problems.extend(help::VARIABLES.iter().filter_map(|variable| left_over(&pairs, variable.name)));
        let step = envy::from_iter(pairs.clone()).unwrap_or_default();
        let raw = Self { step, unfilled, misspelled, ..envy::from_iter(pairs).unwrap_or_default() };
        (raw, problems)
    }

    /// Adds what was found wrong later: of each variable once, and why it is missing where that is known.
    pub fn add(&self, problems: &mut Vec<Problem>, more: Vec<Problem>) {
        for Problem { variable, what } in more {
            let why = if self.unfilled.contains(variable) { words::unfilled(variable) } else { String::new() };
            if problems.iter().all(|known| known.variable != variable) {
                problems.push(Problem { variable, what: format!("{what}{why}") });
            }
        }
    }
}

/// The variables that are set. `envy` ignores case, and lower-case names belong to other tools.
fn named_in_capitals(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    for (name, value) in variables {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string().map(|value| value.trim().to_owned()) {
            Ok(value) if value.is_empty() => {}
            Ok(value) => drop(pairs.insert(name, value)),
            Err(_) => problems.extend(
                help::VARIABLES
                    .iter()
                    .filter(|ours| ours.name == name)
                    .map(|ours| Problem::new(ours.name, words::NOT_UTF_8)),
            ),
        }
    }
    for name in IN_BOTH_CASES {
        if let Some(value) = pairs.remove(&name.to_ascii_lowercase()) {
            pairs.entry((*name).to_owned()).or_insert(value);
        }
    }
    pairs.retain(|name, _| name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_lowercase()));
    pairs
}

/// The variables with a default in `pipe.yml`, which is a reference to themselves. Of any other, such as `DRY_RUN`, a reference
/// is what somebody meant to fill in.
pub const FROM_CONTEXT: &[&str] = &[
    "CONFLUENCE_BASE_URL",
    "CONFLUENCE_USER_EMAIL",
    "CONFLUENCE_API_TOKEN",
    "CONFLUENCE_CLIENT_ID",
    "CONFLUENCE_CLIENT_SECRET",
    "BITBUCKET_ACCESS_TOKEN",
    "ATLASSIAN_ACCOUNT_EMAIL",
    "ATLASSIAN_API_TOKEN",
];

/// Takes out what refers to itself, as a default of `pipe.yml` may that nothing filled in: that is no value.
fn take_unfilled(pairs: &mut BTreeMap<String, String>) -> BTreeSet<&'static str> {
    let refers_to_itself =
        |name: &&str| pairs.get(*name).is_some_and(|text| Form::of(name, text) == Form::OwnReference);
    let unfilled: BTreeSet<&str> = FROM_CONTEXT.iter().copied().filter(refers_to_itself).collect();
    pairs.retain(|name, _| !unfilled.contains(name.as_str()));
    unfilled
}

/// What is no value in a variable, or in an item of its list.
fn left_over(pairs: &BTreeMap<String, String>, name: &'static str) -> Option<Problem> {
    let text = pairs.get(name)?;
    let items = LISTS.contains(&name).then(|| text.split(',')).into_iter().flatten();
    let what = items.chain([text.as_str()]).find_map(|text| Form::of(name, text).problem())?;
    Some(Problem::new(name, what))
}

fn folded(pairs: &BTreeMap<String, String>, name: &'static str) -> Result<Option<String>, Problem> {
    let count: usize = match pairs.get(&format!("{name}_COUNT")).map(|count| count.parse()) {
        Some(Ok(count)) if count <= MAX_ITEMS => count,
        // Bitbucket sets the count. A person who writes the items may not.
        None if pairs.contains_key(&format!("{name}_0")) => MAX_ITEMS,
        None => return Ok(None),
        Some(_) => return Err(Problem::new(name, words::LIST_TOO_LONG)),
    };
    let items = (0..count).filter_map(|index| pairs.get(&format!("{name}_{index}")));
    let list = items.cloned().collect::<Vec<_>>().join(",");
    Ok((!list.is_empty()).then_some(list))
}
