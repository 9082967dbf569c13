//! How does the pull request's comment come to say what it should?

use crate::audit::{Event, Outcome, Why, WriteFacts};
use crate::bitbucket::{Bitbucket, ListEnd};
use crate::http::{HttpError, Said};
use crate::ids::{Host, PullRequestId};
use crate::observe;
use crate::plan::Write;
use crate::report::Failure;
use crate::surface::pull_request_comment::{self as comment, Candidate, Ownership};

use super::{PATIENCE, Writer, given_up, looks_again, read_again, refused};

/// The pull request's comment has no versions to fight over.
const MAX_COMMENT_TURNS: u32 = 12;

/// The most comments that one run adds to the pull request.
const MAX_ADDED: u32 = 3;

impl Writer<'_> {
    /// Makes the changes to the pull request's comments that `plan` gives for the candidates, reading again after a
    /// conflict, until there are none. `check` says whether to read again after success too.
    ///
    /// What the plan rests on may be what somebody else's comment remembers. Once one turns out to be somebody else's,
    /// nothing is added on top of it: the caller looks at everything again.
    pub fn comment(
        &self,
        candidates: &mut Vec<Candidate>,
        owners: &mut Ownership,
        check: Check,
        plan: impl Fn(&[Candidate], &Ownership) -> Vec<Write>,
    ) -> Result<Followed, Failure> {
        let mut writes = 0;
        let strangers = owners.foreign.len();
        let mut patience = PATIENCE;
        let mut turn = 0;
        while turn < MAX_COMMENT_TURNS {
            turn += 1;
            let changes = plan(candidates, owners);
            if changes.is_empty() {
                return Ok(Followed::ToTheEnd(writes));
            }
            let adds = |write: &Write| matches!(write, Write::Comment(comment::Change::Create { .. }));
            if owners.foreign.len() > strangers && changes.iter().any(adds) {
                return Ok(Followed::UntilAStranger(writes));
            }
            // One that was added and is not listed is not added again: a list that lags would fill the pull request.
            if owners.added >= MAX_ADDED && changes.iter().any(adds) {
                break;
            }
            let mut again = check == Check::ReadAgain;
            for write in changes {
                let Write::Comment(change) = &write else { continue };
                let facts = self.of_comment(&write, change, candidates, owners);
                match self.comment_write(change, candidates, owners) {
                    Ok(request_id) => {
                        writes += 1;
                        self.written(facts, change, owners, request_id);
                        // What was added is by the account whose comment refused a change: that one is ours as well.
                        if owners.was_wrong_about_a_stranger() {
                            return Ok(Followed::UntilAStranger(writes));
                        }
                    }
                    // Somebody else's comment is no turn: there can be any number of them.
                    Err(error) if self.foreign(&facts, change, &error, candidates, owners) => {
                        turn -= 1;
                        break;
                    }
                    Err(error) if looks_again(&error, &mut patience) => {
                        self.note(&read_again(facts, &Failure::of(&error), &error));
                        self.pause(turn);
                        again = true;
                        break;
                    }
                    Err(error) => {
                        let failure = Failure::of(&error);
                        self.take_back(candidates, owners);
                        self.note(&given_up(facts, &failure, &error));
                        return Err(failure);
                    }
                }
            }
            if again {
                *candidates = read_candidates(self.bitbucket, self.name.id, self.site)?;
            }
        }
        Err(Failure::other(
            "our comment on the pull request is not what was written, most likely because other runs change it too"
                .to_owned(),
        ))
    }

    /// Deletes the comment that this run added beside one of ours, when that one takes no change: else every run would
    /// leave one more. That it may fail too is no further failure.
    fn take_back(&self, candidates: &[Candidate], owners: &Ownership) {
        let Some(added) = owners.last_added.filter(|added| candidates.iter().any(|other| other.id != *added)) else {
            return;
        };
        let change = comment::Change::Delete { id: added };
        let facts = self.of_comment(&Write::Comment(change.clone()), &change, candidates, owners);
        match self.bitbucket.delete_comment(self.name.id, added) {
            Ok(request_id) => self.written(facts, &change, owners, request_id),
            Err(error) => self.note(&refused(facts, &error)),
        }
    }

    /// Says that a write was done; by now its answer has told whose the credential is, and the number of what was added.
    fn written(&self, facts: WriteFacts, change: &comment::Change, owners: &Ownership, request_id: Option<String>) {
        let added = owners.last_added.filter(|_| matches!(change, comment::Change::Create { .. }));
        let target = added.map(|id| id.to_string()).or(facts.target);
        let account = owners.ours.as_ref().map(ToString::to_string);
        let write = WriteFacts { target, account, ..facts };
        self.note(&Event::write(Outcome::Written, write, None, request_id));
    }

    fn comment_write(
        &self,
        change: &comment::Change,
        candidates: &mut Vec<Candidate>,
        owners: &mut Ownership,
    ) -> Result<Option<String>, HttpError> {
        let (written, request_id) = match change {
            comment::Change::Create { body } => {
                let created = self.bitbucket.create_comment(self.name.id, body)?;
                owners.added += 1;
                owners.last_added = Some(created.0.id);
                created
            }
            comment::Change::Update { id, body } => self.bitbucket.update_comment(self.name.id, *id, body)?,
            comment::Change::Delete { id } => {
                let request_id = self.bitbucket.delete_comment(self.name.id, *id)?;
                candidates.retain(|candidate| candidate.id != *id);
                return Ok(request_id);
            }
        };
        owners.is_ours(written.id, written.author.clone());
        candidates.retain(|candidate| candidate.id != written.id);
        candidates.extend(observe::candidates(vec![written], self.site));
        Ok(request_id)
    }

    /// Notes that a comment which refused a write is somebody else's; `false` when the refusal is about something else.
    fn foreign(
        &self,
        facts: &WriteFacts,
        change: &comment::Change,
        error: &HttpError,
        candidates: &[Candidate],
        owners: &mut Ownership,
    ) -> bool {
        let id = match change {
            comment::Change::Create { .. } => return false,
            comment::Change::Update { id, .. } | comment::Change::Delete { id } => *id,
        };
        // A page of something between us and Bitbucket, or a token without the scope, says nothing of the author.
        if error.status() != Some(403)
            || matches!(error.said(), Some(Said::Html | Said::Scopes { .. } | Said::Policy(_)))
        {
            return false;
        }
        let Some(candidate) = candidates.iter().find(|candidate| candidate.id == id) else { return false };
        if owners.knows(std::slice::from_ref(candidate)) {
            return false;
        }
        owners.is_foreign(candidate);
        let write = WriteFacts { target: Some(id.to_string()), ..facts.clone() };
        let (why, request_id) = (Why::from(&Failure::of(error)), error.request_id().map(str::to_owned));
        self.note(&Event::write(Outcome::Foreign, write, Some(why), request_id));
        true
    }
}

/// How far a plan of the pull request's comments was followed, and with how many writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// Until nothing was left to do.
    ToTheEnd(usize),
    /// Until a comment that it rested on turned out to be somebody else's.
    UntilAStranger(usize),
}

impl Followed {
    /// How many writes succeeded.
    pub fn writes(self) -> usize {
        let (Self::ToTheEnd(writes) | Self::UntilAStranger(writes)) = self;
        writes
    }
}

/// Whether a successful write of a comment is followed by reading the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// It is: two runs may have written at the same moment.
    ReadAgain,
    /// It is not: a later stage reads anyway.
    Later,
}

/// The comments that carry our marker, if all were read: ours could be among the others, and a second one is worse than
/// none.
pub fn read_candidates(bitbucket: &Bitbucket, id: PullRequestId, site: &Host) -> Result<Vec<Candidate>, Failure> {
    let (comments, end) = bitbucket.comments(id, |comment| observe::may_be_ours(comment, site));
    match end {
        ListEnd::Complete => Ok(observe::candidates(comments, site)),
        ListEnd::Failed(error) => Err(Failure::of(&error)),
        ListEnd::Capped => Err(Failure::other("the pull request has more than 10,000 comments".to_owned())),
    }
}
