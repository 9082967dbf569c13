//! Variables → [`Config`], or every problem at once.

mod action;
mod bitbucket;
mod confluence;
mod network;
mod requirements;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use crate::audit::Event;
use crate::files::{self, OutputDir};
use crate::http::{Authorization, Network};
use crate::ids::{Host, KeyPrefix, LabelTemplate, ReleaseName, Site, SpaceKey};
use crate::mention::{Gateway, Grammar, KeyRule, Source, Sources};
use crate::page::{Spaces, Titles};
use crate::plan::requirements::Requirements;
use crate::plan::{Output, Outputs};
use crate::report::OnError;
use crate::secret::{Scrubber, Secret};
use crate::variables::{Problem, Raw, words};

pub(crate) use action::{Action, Days};
pub(crate) use bitbucket::BitbucketAccess;
pub(crate) use values::debug;

use values::{Problems, boolean, list, list_of, one_of};

#[derive(Debug)]
pub(crate) struct Config {
    pub action: Action,
    /// Bitbucket's API and the ways to it.
    pub bitbucket: BitbucketAccess,
    /// Where the Confluence site may be reached, and with what.
    pub confluence: ConfluenceAccess,
    /// What stands between this step and the services.
    pub network: Network,
    /// The site as people see it.
    pub site: Site,
    /// What counts as a mention.
    pub grammar: Grammar,
    /// Where mentions are looked for.
    pub sources: Sources,
    /// Which pages may be titled and commented.
    pub spaces: Spaces,
    /// Which places are written.
    pub outputs: Outputs,
    /// How the label of a release is made.
    pub release_label: LabelTemplate,
    pub titles: Titles,
    /// What pull requests are asked for.
    pub requirements: Requirements,
    pub mode: Mode,
    /// What an error does to the exit code.
    pub on_error: OnError,
    /// Where the files go.
    pub output_dir: Option<OutputDir>,
    pub timeout: Duration,
    /// How far back actions that select pull requests themselves look.
    pub days: Days,
    /// The release of an action that has no tag to name it.
    pub release: Option<ReleaseName>,
    /// What was asked for and cannot be had, for the log.
    pub notes: Vec<Event>,
}

/// The Confluence site's addresses and the credential that is for them alone.
#[derive(Debug)]
pub(crate) struct ConfluenceAccess {
    /// Where, and with what.
    pub access: crate::confluence::Access,
    /// Which credential that is, for the log.
    pub credential: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Apply,
    DryRun,
}

/// What the variables amount to.
#[derive(Debug)]
pub(crate) enum Setup {
    Ready(Box<Config>),
    /// Nothing is configured at all: a fork, or a copy of the repository.
    Nothing,
}

/// Makes sense of the variables, or says everything that is wrong with them. Secrets are hidden from the log at once.
pub(crate) fn parse(raw: &Raw, scrubber: &Scrubber) -> Result<Setup, Vec<Problem>> {
    let configured = [
        &raw.confluence_base_url,
        &raw.confluence_user_email,
        &raw.confluence_api_token,
        &raw.confluence_client_id,
        &raw.confluence_client_secret,
        &raw.atlassian_account_email,
        &raw.atlassian_api_token,
        &raw.bitbucket_access_token,
        &raw.step.bitbucket_app_password,
        &raw.require,
    ];
    // Who checks wants to hear that nothing arrived.
    if configured.iter().all(|variable| variable.is_none()) && action::action(raw) != Ok(Action::Check) {
        return Ok(Setup::Nothing);
    }
    let mut problems = Problems::default();
    let site = problems.note(confluence::site(raw));
    let bitbucket = bitbucket::access(raw, scrubber).map_err(|more| problems.0.extend(more)).ok();
    let confluence = problems.note(confluence::gateway(raw)).zip(problems.note(confluence::credential(raw, scrubber)));
    let grammar =
        problems.note(keys(raw)).zip(problems.note(confluence::cloud_id(raw))).zip(problems.note(aliases(raw)));
    let spaces = problems.note(spaces(raw));
    let sources = problems.note(sources(raw));
    let outputs =
        problems.note(list_of("PULL_REQUEST_OUTPUT", &raw.pull_request_output, &["comment", "report", "none"]));
    let page_output = problems.note(page_output(raw));
    let release_label = problems.note(release_label(raw));
    let titles = [("auto", Titles::Auto), ("never", Titles::Never)];
    let titles = problems.note(one_of("SHOW_TITLES", &raw.show_titles, &titles));
    let requirements = requirements::requirements(raw).map_err(|more| problems.0.extend(more)).ok();
    let on_error = [("warn", OnError::Warn), ("fail", OnError::Fail)];
    let on_error = problems.note(one_of("ON_ERROR", &raw.on_error, &on_error));
    let action = problems.note(action::action(raw));
    if action == Some(Action::Review) && raw.output_dir.is_none() {
        problems.0.push(Problem::new("OUTPUT_DIR", words::NO_OUTPUT_DIR));
    }
    let output_dir = problems.note(output_dir(raw));
    let days = problems.note(action::days(raw));
    let release = problems.note(action::release(raw));
    let mode = problems.note(boolean("DRY_RUN", &raw.dry_run)).map(|on| if on { Mode::DryRun } else { Mode::Apply });
    problems.note(boolean("DEBUG", &raw.debug));
    let timeout = problems.note(action::timeout(raw));
    let network = network::network(raw, scrubber).map_err(|more| problems.0.extend(more)).ok();
    let config = || {
        let (site, site_base) = site?;
        let ((keys, cloud_id), mut site_hosts) = grammar?;
        let (gateway, (credential, name)) = confluence?;
        let gateway_host = Host::parse(gateway.origin());
        let gateway_urls = gateway_host.zip(cloud_id.clone()).map(|(host, cloud_id)| Gateway { host, cloud_id });
        site_hosts.insert(site.host.clone());
        let (outputs, page_output) = (outputs?, page_output?);
        let bitbucket = bitbucket?;
        let comment = comment(&outputs, &bitbucket);
        let (timeout, longest) = (timeout?, longest_with(&credential));
        let mut notes = notes(&outputs, &bitbucket);
        notes.extend((timeout > longest).then_some(Event::TimeoutLimited { seconds: longest.as_secs() }));
        Some(Config {
            action: action?,
            notes,
            bitbucket,
            confluence: ConfluenceAccess {
                access: crate::confluence::Access { site: site_base, gateway, cloud_id, credential },
                credential: name,
            },
            network: network?,
            site,
            grammar: Grammar { site_hosts, gateway: gateway_urls, keys },
            sources: sources?,
            spaces: spaces?,
            outputs: Outputs {
                comment,
                report: output(&outputs, "report"),
                page_comment: output(&page_output, "comment"),
                labels: if page_output.contains("labels") { Output::On } else { Output::Off },
                tasks: if page_output.contains("tasks") { Output::On } else { Output::Off },
            },
            release_label: release_label?,
            titles: titles?,
            requirements: requirements?,
            mode: mode?,
            on_error: on_error?,
            output_dir: output_dir?,
            timeout: timeout.min(longest),
            days: days?,
            release: release?,
        })
    };
    match config() {
        Some(config) if problems.0.is_empty() => Ok(Setup::Ready(Box::new(config))),
        _ => Err(problems.0),
    }
}

/// What the pipe writes in Confluence. Only rows keep state, so labels and tasks need the comment.
fn page_output(raw: &Raw) -> Result<BTreeSet<String>, Problem> {
    let places = list_of("PAGE_OUTPUT", &raw.page_output, &["comment", "labels", "tasks", "none"])?;
    let needs_comment = places.contains("labels") || places.contains("tasks");
    if needs_comment && !places.contains("comment") {
        return Err(Problem::new("PAGE_OUTPUT", words::COMMENT_NEEDED));
    }
    Ok(places)
}

fn sources(raw: &Raw) -> Result<Sources, Problem> {
    let chosen = list_of("SOURCES", &raw.sources, &["branch", "commits", "title", "description", "jira"])?;
    let source = |is_read| if is_read { Source::Read } else { Source::Ignored };
    let text = |word: &str| source(chosen.is_empty() || chosen.contains(word));
    let jira = chosen.contains("jira");
    if jira && chosen.len() == 1 {
        return Err(Problem::new("SOURCES", words::JIRA_ALONE));
    }
    Ok(Sources {
        branch: text("branch"),
        commits: text("commits"),
        title: text("title"),
        description: text("description"),
        jira: source(jira),
    })
}

/// An empty list is the default: everything.
fn output(places: &BTreeSet<String>, place: &str) -> Output {
    if places.is_empty() || places.contains(place) { Output::On } else { Output::Off }
}

/// Without a credential, Bitbucket accepts no comment.
fn comment(places: &BTreeSet<String>, bitbucket: &BitbucketAccess) -> Output {
    match bitbucket.credential {
        Some(_) => output(places, "comment"),
        None => Output::Off,
    }
}

fn notes(places: &BTreeSet<String>, bitbucket: &BitbucketAccess) -> Vec<Event> {
    let impossible = places.contains("comment") && bitbucket.credential.is_none();
    impossible.then_some(Event::CommentNeedsCredential).into_iter().collect()
}

/// The longest budget: an access token is good for an hour, and fetched once.
fn longest_with(credential: &crate::confluence::Credential) -> Duration {
    match credential {
        crate::confluence::Credential::Client { .. } => Duration::from_secs(3_500),
        crate::confluence::Credential::Basic(_) | crate::confluence::Credential::Bearer(_) => Duration::MAX,
    }
}

fn release_label(raw: &Raw) -> Result<LabelTemplate, Problem> {
    let Some(text) = &raw.release_label else { return Ok(LabelTemplate::default()) };
    LabelTemplate::parse(text).ok_or_else(|| Problem::new("RELEASE_LABEL", words::RELEASE_LABEL))
}

fn basic(
    names: (&'static str, &'static str),
    email: &str,
    token: &str,
    scrubber: &Scrubber,
) -> Result<Authorization, Problem> {
    let token = secret(names.1, token)?;
    scrubber.hide_pair(email, &token);
    let valid = email.contains('@') && !email.contains(':') && email.chars().all(|c| c.is_ascii_graphic());
    if !valid {
        return Err(Problem::new(names.0, words::EMAIL));
    }
    Ok(Authorization::basic(email, &token))
}

fn secret(name: &'static str, text: &str) -> Result<Secret, Problem> {
    Secret::parse(text).map_err(|error| Problem::new(name, error.to_string()))
}

fn aliases(raw: &Raw) -> Result<BTreeSet<Host>, Problem> {
    let problem = || Problem::new("CONFLUENCE_SITE_ALIASES", words::ALIASES);
    let host = |alias| Host::parse(alias).ok_or_else(problem);
    list(&raw.confluence_site_aliases).map(host).collect()
}

fn keys(raw: &Raw) -> Result<KeyRule, Problem> {
    let items: Vec<&str> = list(&raw.key_prefixes).collect();
    match items.as_slice() {
        [] => return Ok(KeyRule::Any),
        [word] if word.eq_ignore_ascii_case("none") => return Ok(KeyRule::None),
        _ => {}
    }
    let mut prefixes = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        let (prefix, space) =
            item.split_once('=').map_or((*item, *item), |(prefix, space)| (prefix.trim(), space.trim()));
        let (Some(prefix), Some(space)) = (KeyPrefix::parse(prefix), SpaceKey::parse(space)) else {
            return Err(Problem::new("KEY_PREFIXES", words::invalid_item(index, words::PREFIXES)));
        };
        if prefixes.insert(prefix, space).is_some() {
            return Err(Problem::new("KEY_PREFIXES", words::same_prefix_twice(index)));
        }
    }
    Ok(KeyRule::Configured(prefixes))
}

fn spaces(raw: &Raw) -> Result<Spaces, Problem> {
    let keys: Result<BTreeSet<SpaceKey>, Problem> = list(&raw.spaces)
        .enumerate()
        .map(|(index, item)| {
            let problem = || Problem::new("SPACES", words::invalid_item(index, words::SPACES));
            SpaceKey::parse(item).ok_or_else(problem)
        })
        .collect();
    let keys = keys?;
    Ok(if keys.is_empty() { Spaces::All } else { Spaces::Only(keys) })
}

/// Only files in the clone directory outlive a pipe. Outside Pipelines there is none, so any directory is accepted. So is an
/// absolute path elsewhere, because a container may have mounted it.
fn output_dir(raw: &Raw) -> Result<Option<OutputDir>, Problem> {
    let (Some(dir), clone) = (&raw.output_dir, &raw.step.bitbucket_clone_dir) else { return Ok(None) };
    let Some(clone) = clone.as_deref().map(Path::new) else {
        return Ok(Some(OutputDir::new(None, Path::new(dir))));
    };
    let is_elsewhere = Path::new(dir).is_absolute() && !Path::new(dir).starts_with(clone);
    let dir = clone.join(dir);
    if is_elsewhere || files::is_within(clone, &dir) {
        Ok(Some(OutputDir::new(Some(clone), &dir)))
    } else {
        Err(Problem::new("OUTPUT_DIR", words::OUTPUT_DIR_OUTSIDE))
    }
}
