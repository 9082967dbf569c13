//! Writes of the pull request's comment.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::Event;
use crate::bitbucket::{Comment, ListEnd, Reading};
use crate::http::{ErrorDetail, HttpError};
use crate::ids::{PullRequestCommentId, PullRequestId};
use crate::report::Failure;
use crate::run::Run;
use crate::surface::index::SiteIdentity;
use crate::surface::pull_request_comment::{self, Authorship, Candidate, Change, Desired, looks_like_ours};

use super::facts::{failed, read_again};
use super::{PATIENCE, Writer, reads_again, words};

/// More writes than any pull request's comments take; this only ends what would never end.
const MAX_WRITES: u32 = 40;

/// How many times in a row a write may end unclear or in a conflict while the comments stay the same.
const CONFLICTS: u32 = 3;

/// What a run knows of the pull request's comments beyond what a list shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct CommentState {
    /// Which are ours.
    pub authorship: Authorship,
    pub acknowledged: Acknowledged,
}

impl CommentState {
    /// The comments that may be ours, of those in a list. The site must have been reached before.
    pub(crate) fn candidates(&mut self, run: Run<'_>, id: PullRequestId, listed: Vec<Comment>) -> Vec<Candidate> {
        self.forget_overwritten(run, id, &listed);
        let (site, writer) = (run.site(), run.writer());
        let mut candidates: Vec<Candidate> =
            listed.into_iter().filter_map(|comment| Candidate::of(comment, &site, writer)).collect();
        self.acknowledged.update(&mut candidates);
        candidates.sort_by_key(|candidate| candidate.id);
        candidates
    }

    /// A list that shows a replaced text lags, or another run wrote that text again. The comment itself says which.
    fn forget_overwritten(&mut self, run: Run<'_>, id: PullRequestId, listed: &[Comment]) {
        for comment in listed.iter().filter(|comment| self.acknowledged.is_older(comment)).collect::<Vec<_>>() {
            let now = run.bitbucket.comment(id, comment.id);
            if now.is_ok_and(|now| now.is_some_and(|now| now.raw == comment.raw)) {
                self.acknowledged.forget(comment.id);
            }
        }
    }
}

/// The comments that look like ours; none for a reader who may not write them. If not all could be read this fails: ours
/// could be among the others, and a second one is worse than none.
pub(crate) fn comments(run: Run<'_>, id: PullRequestId) -> Result<Vec<Comment>, Failure> {
    if run.reading != Reading::WithCredential {
        return Ok(Vec::new());
    }
    let (comments, end) = run.bitbucket.comments(id, looks_like_ours);
    match end {
        ListEnd::Complete => Ok(comments),
        ListEnd::Failed(error) => Err(Failure::of(&error)),
        ListEnd::Capped => Err(Failure::other(words::TOO_MANY_COMMENTS.to_owned())),
    }
}

/// The acknowledged writes: a list may lag behind them by seconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acknowledged {
    written: BTreeMap<PullRequestCommentId, Written>,
    unseen: BTreeSet<PullRequestCommentId>,
    /// Those of them that are there and that this run no longer waits for.
    not_listed: BTreeSet<PullRequestCommentId>,
    deleted: BTreeSet<PullRequestCommentId>,
}

#[derive(Clone, Debug)]
struct Written {
    now: Candidate,
    /// Every text that was there before.
    before: Vec<String>,
}

impl Acknowledged {
    fn write(&mut self, now: Candidate, before: Option<String>) {
        let id = now.id;
        let mut texts = self.written.remove(&id).map(|written| written.before).unwrap_or_default();
        if before.is_none() {
            self.unseen.insert(id);
        }
        texts.extend(before);
        self.written.insert(id, Written { now, before: texts });
    }

    fn delete(&mut self, id: PullRequestCommentId) {
        self.forget(id);
        self.deleted.insert(id);
    }

    /// Whether a list shows a text that this run has replaced.
    fn is_older(&self, listed: &Comment) -> bool {
        self.written.get(&listed.id).is_some_and(|written| written.before.contains(&listed.raw))
    }

    fn forget(&mut self, id: PullRequestCommentId) {
        self.written.remove(&id);
        self.unseen.remove(&id);
    }

    /// Puts what is known in the place of what a list shows, as far as the list is older.
    fn update(&mut self, listed: &mut Vec<Candidate>) {
        self.unseen.retain(|id| !listed.iter().any(|candidate| candidate.id == *id));
        listed.retain(|candidate| !self.deleted.contains(&candidate.id));
        for candidate in listed.iter_mut() {
            let Some(written) = self.written.get(&candidate.id) else { continue };
            if written.before.contains(&candidate.raw) {
                *candidate = written.now.clone();
            }
        }
        let unseen = self.unseen.iter().filter_map(|id| self.written.get(id));
        listed.extend(unseen.map(|written| written.now.clone()));
    }
}

/// Whether a successful write of a comment is followed by reading the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// It is: two runs may have written at the same moment.
    ReadAgain,
    /// It is not: a later stage reads anyway.
    Later,
}

/// Writes the comments of one pull request.
#[derive(Clone, Copy)]
pub(crate) struct CommentWriter<'a> {
    pub writer: Writer<'a>,
    /// The site, as markers name it.
    pub site: &'a SiteIdentity,
    pub id: PullRequestId,
}

impl CommentWriter<'_> {
    /// Makes the changes that lead to what is desired, until there are none; gives the number of writes.
    pub(crate) fn comment(
        &self,
        comments: &mut Vec<Candidate>,
        state: &mut CommentState,
        desired: &Desired,
        check: Check,
    ) -> Result<usize, Failure> {
        let (mut writes, mut unread, mut unchanged) = (0, false, 0);
        for _ in 0..MAX_WRITES {
            let Some(change) = pull_request_comment::next(comments, &state.authorship, desired, self.site) else {
                if !unread || check == Check::Later {
                    return Ok(writes);
                }
                *comments = self.read_comments(state)?;
                unread = false;
                continue;
            };
            let account = state.authorship.ours.as_ref().map(ToString::to_string);
            let facts = self.writer.comment_facts(&change, account);
            let error = match self.send_comment(&change, comments, state) {
                Ok((target, request_id)) => {
                    let account = state.authorship.ours.as_ref().map(ToString::to_string);
                    self.writer.note(&facts.by(account).written(target, request_id));
                    writes += 1;
                    unread = true;
                    unchanged = 0;
                    continue;
                }
                Err(error) => error,
            };
            let failure = Failure::of(&error);
            let before = comments.clone();
            if self.is_gone(&change, &error) {
                comments.retain(|candidate| change.id() != Some(candidate.id));
                change.id().into_iter().for_each(|id| state.acknowledged.delete(id));
                self.writer.note(&read_again(facts, &failure, &error));
                continue;
            }
            let is_foreign = error.status() == Some(404) && !state.authorship.is_ours(&change);
            if reads_again(&error) && unchanged < CONFLICTS && !is_foreign {
                self.writer.back_off(unchanged);
                *comments = self.read_until_changed(state, &before, &error, unchanged)?;
                unchanged = if *comments == before { unchanged + 1 } else { 0 };
                self.writer.note(&read_again(facts, &failure, &error));
                continue;
            }
            match refusing_comment(&change, &error, &state.authorship) {
                Some(id) => {
                    state.authorship.refused.insert(id);
                    self.writer.note(&facts.of_another_account(id.to_string(), &failure, &error));
                    unchanged = 0;
                }
                None => {
                    self.writer.note(&failed(facts, &failure, &error));
                    return Err(failure);
                }
            }
        }
        Err(Failure::other(words::COMMENT_CONFLICTS.to_owned()))
    }

    fn send_comment(
        &self,
        change: &Change,
        comments: &mut Vec<Candidate>,
        state: &mut CommentState,
    ) -> Result<(Option<String>, Option<String>), HttpError> {
        let (bitbucket, pull_request) = (self.writer.run.bitbucket, self.id);
        let (written, request_id, before) = match change {
            Change::Create { body } => {
                let (written, request_id) = bitbucket.create_comment(pull_request, body)?;
                (written, request_id, None)
            }
            Change::Update { id, before, body } => {
                let (written, request_id) = bitbucket.update_comment(pull_request, *id, body)?;
                (written, request_id, Some(before.clone()))
            }
            Change::Delete { id, .. } => {
                let request_id = bitbucket.delete_comment(pull_request, *id)?;
                comments.retain(|candidate| candidate.id != *id);
                state.acknowledged.delete(*id);
                return Ok((None, request_id));
            }
        };
        let id = written.id;
        state.authorship.accept(id, written.author.clone());
        if let Some(candidate) = Candidate::of(written, self.site, self.writer.run.writer()) {
            comments.retain(|other| other.id != id);
            comments.push(candidate.clone());
            comments.sort_by_key(|candidate| candidate.id);
            state.acknowledged.write(candidate, before);
        }
        Ok((Some(id.to_string()), request_id))
    }

    /// Reads the comments again. A comment that was added is waited for: only a list that shows it says whether another
    /// one exists.
    pub(crate) fn read_comments(&self, state: &mut CommentState) -> Result<Vec<Candidate>, Failure> {
        for waits in 0..=PATIENCE {
            let comments = self.list_comments(state)?;
            if state.acknowledged.unseen.is_subset(&state.acknowledged.not_listed) {
                return Ok(comments);
            }
            if waits < PATIENCE {
                self.writer.wait(waits);
            }
        }
        let unseen: Vec<PullRequestCommentId> = state.acknowledged.unseen.iter().copied().collect();
        for id in unseen {
            match self.writer.run.bitbucket.comment(self.id, id) {
                // Someone removed it.
                Ok(None) => state.acknowledged.forget(id),
                Ok(Some(_)) | Err(_) => {
                    state.acknowledged.not_listed.insert(id);
                    self.writer.note(&Event::NotListedYet { page: None });
                }
            }
        }
        self.list_comments(state)
    }

    fn list_comments(&self, state: &mut CommentState) -> Result<Vec<Candidate>, Failure> {
        let run = self.writer.run;
        Ok(state.candidates(run, self.id, comments(run, self.id)?))
    }

    /// Whether a comment that was listed a moment ago is deleted.
    fn is_gone(&self, change: &Change, error: &HttpError) -> bool {
        let listed = change.id().filter(|_| error.status() == Some(404));
        listed.is_some_and(|id| matches!(self.writer.run.bitbucket.comment(self.id, id), Ok(None)))
    }

    /// Reads again after a failed write. One that may have happened may show a little later.
    fn read_until_changed(
        &self,
        state: &mut CommentState,
        before: &[Candidate],
        error: &HttpError,
        unchanged: u32,
    ) -> Result<Vec<Candidate>, Failure> {
        let polls = if error.is_ambiguous() { 4 } else { 1 };
        let mut now = Vec::new();
        for poll in 0..polls {
            if poll > 0 || unchanged > 0 {
                self.writer.wait(unchanged.max(poll));
            }
            now = self.list_comments(state)?;
            if now != before {
                break;
            }
        }
        Ok(now)
    }
}

/// The comment that refused an update, if the refusal may be about its author: a missing scope, a limit or a passing failure
/// say nothing of that. What is wrong with the credential itself shows when a comment is added.
fn refusing_comment(change: &Change, error: &HttpError, authorship: &Authorship) -> Option<PullRequestCommentId> {
    let id = change.id().filter(|_| !authorship.is_ours(change))?;
    let of_scopes = matches!(error.detail(), Some(ErrorDetail::Scopes { .. }));
    let passing = matches!(error.status(), Some(408 | 425 | 429));
    let is_refusal = error.status().is_some_and(|status| (400..500).contains(&status)) && !passing;
    (is_refusal && !of_scopes).then_some(id)
}
