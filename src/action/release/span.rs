//! The name of a release, its commit, and the release before it.

use jiff::Timestamp;

use crate::bitbucket::{ListEnd, Listed, Reading, Tag};
use crate::event::Event;
use crate::ids::{CommitHash, ReleaseName};
use crate::report::Failure;
use crate::run::Run;

use super::previous::{longer_form, previous, without_version};
use super::words;

/// A release: what is reached from its commit and not from the tag before.
pub(super) struct Span {
    /// `None` for a tag without a version.
    pub(super) release: Option<ReleaseName>,
    pub(super) tag: Option<String>,
    pub(super) commit: CommitHash,
    pub(super) previous: Option<Tag>,
    /// When the tag was made, where it says so.
    pub(super) tagged: Option<Timestamp>,
    /// Tags of the same scheme without a version.
    pub(super) without_version: Vec<Tag>,
    /// Whether the tag only abbreviates a longer version on the same commit.
    is_short_form: bool,
}

impl Span {
    /// Reads the tags. What is no version comes after nothing.
    pub(super) fn read(run: Run<'_>) -> Result<Self, Failure> {
        if run.reading == Reading::FromEnvironment {
            return Err(Failure::other(words::NO_CREDENTIAL.to_owned()));
        }
        let (release, tag) = match &run.pipeline.event {
            Event::Tag(tag) => (ReleaseName::parse(tag), Some(tag.clone())),
            Event::PullRequest(_) | Event::Branch(_) | Event::Commit => (run.config.release.clone(), None),
        };
        let tags = if release.is_none() && run.pipeline.commit.is_some() { Vec::new() } else { tags(run)? };
        let own = tags.iter().find(|other| match &tag {
            Some(tag) => other.name == *tag,
            None => ReleaseName::parse(&other.name) == release,
        });
        let commit = run.pipeline.commit.clone().or_else(|| Some(own?.target.clone()));
        let commit = commit.ok_or_else(|| Failure::other(words::NO_COMMIT.to_owned()))?;
        let name = release.as_ref();
        Ok(Self {
            tagged: own.and_then(|tag| tag.date),
            previous: name.and_then(|name| previous(name, &commit, &tags)).cloned(),
            without_version: name.map(|name| without_version(name, &tags).cloned().collect()).unwrap_or_default(),
            is_short_form: name.is_some_and(|name| longer_form(name, &commit, &tags).is_some()),
            release,
            tag,
            commit,
        })
    }

    /// The name for the rows, or why no row gets one.
    pub(super) fn stated(&self) -> Result<&ReleaseName, &'static str> {
        match (&self.release, &self.previous) {
            (None, _) => Err(words::NO_VERSION),
            (Some(_), _) if self.is_short_form => Err(words::SHORT_FORM),
            (Some(_), None) => Err(words::FIRST_RELEASE),
            (Some(release), Some(_)) => Ok(release),
        }
    }

    /// The name of the release, or its tag.
    pub(super) fn name(&self) -> &str {
        self.release.as_ref().map(ReleaseName::as_str).or(self.tag.as_deref()).unwrap_or_default()
    }
}

fn tags(run: Run<'_>) -> Result<Vec<Tag>, Failure> {
    let Listed { values, end } = run.bitbucket.tags();
    match end {
        ListEnd::Complete => Ok(values),
        ListEnd::Failed(error) => Err(Failure::of_service(&error)),
        ListEnd::Capped => Err(Failure::other(words::more_tags(values.len()))),
    }
}
