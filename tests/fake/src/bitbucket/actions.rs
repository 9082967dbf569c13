//! Actions of people in Bitbucket: they push, comment, merge, decline.

use std::collections::BTreeMap;

use super::model::{
    Account, BitbucketToken, Commit, Participant, PullRequest, PullRequestComment, PullRequestState, Repository, hash,
};
use crate::clock::Clock;
use crate::state::State;

impl Repository {
    /// A private repository with one commit on `main`.
    pub fn new(full_name: &str, clock: &Clock) -> Self {
        let first = hash(1);
        Self {
            full_name: full_name.to_owned(),
            former_names: vec![],
            uuid: "{11111111-0000-4000-8000-000000000001}".to_owned(),
            is_private: true,
            project_key: "ENG".to_owned(),
            main_branch: "main".to_owned(),
            branches: BTreeMap::from([("main".to_owned(), first.clone())]),
            tags: BTreeMap::new(),
            annotated: BTreeMap::new(),
            commits: vec![Commit {
                hash: first,
                message: "Begin\n".to_owned(),
                date: clock.ago(86_400),
                parents: vec![],
                author_raw: "developer <developer@example.com>".to_owned(),
                author: Some(Account::developer()),
            }],
            pull_requests: vec![],
            reports: vec![],
        }
    }

    /// A commit on top of a branch (which is made from the main branch if it is new); gives its hash.
    pub fn commit(&mut self, clock: &mut Clock, branch: &str, message: &str) -> String {
        let main = self.branches.get(&self.main_branch).cloned().unwrap_or_default();
        let parent = self.branches.get(branch).cloned().unwrap_or(main);
        self.commit_with_parents(clock, branch, message, vec![parent])
    }

    /// A commit with these parents, which becomes the tip of the branch; gives its hash.
    pub fn commit_with_parents(
        &mut self,
        clock: &mut Clock,
        branch: &str,
        message: &str,
        parents: Vec<String>,
    ) -> String {
        let hash = hash(self.commits.len() as u64 + 1);
        let author_raw = "developer <developer@example.com>".to_owned();
        let (message, date) = (message.to_owned(), clock.tick());
        let author = Some(Account::developer());
        self.commits.push(Commit { hash: hash.clone(), message, date, parents, author_raw, author });
        self.branches.insert(branch.to_owned(), hash.clone());
        hash
    }

    /// The commit that a branch, a tag, a hash or the beginning of a hash names.
    pub fn resolve(&self, revision: &str) -> Option<&Commit> {
        let named = self.branches.get(revision).or_else(|| self.tags.get(revision));
        let wanted = named.map_or(revision, String::as_str);
        let enough = wanted.len() >= 7;
        self.commits.iter().find(|commit| enough && commit.hash.starts_with(wanted))
    }
}

impl PullRequestComment {
    /// A comment of somebody.
    pub fn new(id: u64, user: Account, raw: &str, clock: &Clock) -> Self {
        let (created_on, updated_on) = (clock.now(), clock.now());
        Self { id, raw: raw.to_owned(), user, deleted: false, parent: None, inline: None, created_on, updated_on }
    }
}

impl State {
    /// One more private repository with an access token of its own, which sees no other; gives the token's secret.
    pub fn add_repository(&mut self, full_name: &str) -> String {
        let number = self.bitbucket.repositories.len() as u32 + 1;
        let uuid = format!("{{11111111-0000-4000-8000-{number:012}}}");
        let first = self.bitbucket.tokens[0].clone();
        let token = BitbucketToken {
            secret: format!("token-of-{}", full_name.replace('/', "-")),
            account: Account::token(&format!("{full_name} pipeline"), 100 + number),
            repositories: vec![full_name.to_owned()],
            ..first
        };
        let secret = token.secret.clone();
        self.bitbucket.tokens.push(token);
        self.bitbucket.repositories.push(Repository { uuid, ..Repository::new(full_name, &self.clock) });
        secret
    }

    /// The developer pushes these commits to the branch, oldest first, and opens a pull request in the first repository;
    /// gives its number.
    pub fn open_pull_request(&mut self, branch: &str, title: &str, description: &str, messages: &[&str]) -> u64 {
        let first = self.bitbucket.repositories[0].full_name.clone();
        self.open_pull_request_in(&first, branch, title, description, messages)
    }

    /// The same in the repository of this full name; each counts from 1.
    pub fn open_pull_request_in(
        &mut self,
        repository: &str,
        branch: &str,
        title: &str,
        description: &str,
        messages: &[&str],
    ) -> u64 {
        let repository = self.bitbucket.repository_mut(repository);
        let destination_commit = repository.branches[&repository.main_branch].clone();
        let mut commits: Vec<String> =
            messages.iter().map(|message| repository.commit(&mut self.clock, branch, message)).collect();
        commits.reverse();
        let id = repository.pull_requests.iter().map(|request| request.id).max().unwrap_or(0) + 1;
        let now = self.clock.tick();
        repository.branches.entry(branch.to_owned()).or_insert_with(|| destination_commit.clone());
        repository.pull_requests.push(PullRequest {
            id,
            title: title.to_owned(),
            description: description.to_owned(),
            state: PullRequestState::Open,
            draft: false,
            source_branch: branch.to_owned(),
            source_commit: repository.branches[branch].clone(),
            source_repository: Some(repository.full_name.clone()),
            source_branch_exists: true,
            destination_branch: repository.main_branch.clone(),
            destination_commit,
            commits,
            merge_commit: None,
            author: Account::developer(),
            created_on: now,
            updated_on: now,
            participants: vec![],
            comments: vec![],
        });
        id
    }

    /// The developer pushes one more commit; gives its hash.
    pub fn push(&mut self, id: u64, message: &str) -> String {
        let branch = self.bitbucket.pull_request(id).source_branch.clone();
        let hash = self.bitbucket.repositories[0].commit(&mut self.clock, &branch, message);
        let now = self.clock.now();
        let request = self.bitbucket.pull_request_mut(id);
        request.commits.insert(0, hash.clone());
        request.source_commit.clone_from(&hash);
        request.updated_on = now;
        hash
    }

    /// The maintainer merges with a merge commit; the source branch goes away if so wished. Gives the merge commit.
    pub fn merge(&mut self, id: u64, delete_branch: bool) -> String {
        let request = self.bitbucket.pull_request(id).clone();
        let repository = &mut self.bitbucket.repositories[0];
        let tip = repository.branches[&request.destination_branch].clone();
        let message = format!("Merged in {} (pull request #{id})\n\n{}\n", request.source_branch, request.title);
        let parents = vec![tip.clone(), request.source_commit];
        self.bitbucket.pull_request_mut(id).destination_commit = tip;
        let repository = &mut self.bitbucket.repositories[0];
        let merged = repository.commit_with_parents(&mut self.clock, &request.destination_branch, &message, parents);
        self.end(id, PullRequestState::Merged, Some(merged.clone()), delete_branch);
        merged
    }

    /// The maintainer squashes: one commit with one parent, its message the title and all messages. Gives it.
    pub fn squash(&mut self, id: u64, delete_branch: bool) -> String {
        let request = self.bitbucket.pull_request(id).clone();
        let repository = &mut self.bitbucket.repositories[0];
        let messages: Vec<String> = request
            .commits
            .iter()
            .rev()
            .filter_map(|hash| repository.resolve(hash))
            .map(|commit| format!("* {}", commit.message.trim_end()))
            .collect();
        let message = format!(
            "Merged in {} (pull request #{id})\n\n{}\n\n{}\n",
            request.source_branch,
            request.title,
            messages.join("\n\n")
        );
        let tip = repository.branches[&request.destination_branch].clone();
        let squashed = repository.commit(&mut self.clock, &request.destination_branch, &message);
        self.bitbucket.pull_request_mut(id).destination_commit = tip;
        self.end(id, PullRequestState::Merged, Some(squashed.clone()), delete_branch);
        squashed
    }

    /// The maintainer merges by moving the destination forward to the source's tip, which becomes the merge commit. Gives it.
    pub fn fast_forward(&mut self, id: u64, delete_branch: bool) -> String {
        let request = self.bitbucket.pull_request(id).clone();
        self.clock.tick();
        let branches = &mut self.bitbucket.repositories[0].branches;
        let tip = branches.insert(request.destination_branch, request.source_commit.clone()).unwrap_or_default();
        self.bitbucket.pull_request_mut(id).destination_commit = tip;
        self.end(id, PullRequestState::Merged, Some(request.source_commit.clone()), delete_branch);
        request.source_commit
    }

    /// The maintainer rebases: a copy of each commit goes on top of the destination, and nothing else does; or, unless that
    /// moves the destination forward, a merge commit on top of the copies. Gives the last of them.
    pub fn rebase(&mut self, id: u64, forward: bool, delete_branch: bool) -> String {
        let request = self.bitbucket.pull_request(id).clone();
        let repository = &mut self.bitbucket.repositories[0];
        let begin = repository.branches[&request.destination_branch].clone();
        let messages: Vec<String> =
            request.commits.iter().rev().filter_map(|hash| Some(repository.resolve(hash)?.message.clone())).collect();
        let mut tip = begin.clone();
        for message in messages {
            tip = repository.commit_with_parents(&mut self.clock, &request.destination_branch, &message, vec![tip]);
        }
        if !forward {
            let message = format!("Merged in {} (pull request #{id})\n\n{}\n", request.source_branch, request.title);
            tip = repository.commit_with_parents(
                &mut self.clock,
                &request.destination_branch,
                &message,
                vec![begin.clone(), tip],
            );
        }
        self.bitbucket.pull_request_mut(id).destination_commit = begin;
        self.end(id, PullRequestState::Merged, Some(tip.clone()), delete_branch);
        tip
    }

    /// The developer opens a pull request whose destination is the branch of another one.
    pub fn open_stacked_pull_request(&mut self, branch: &str, onto: &str, title: &str, messages: &[&str]) -> u64 {
        let begin = self.bitbucket.repositories[0].branches[onto].clone();
        self.bitbucket.repositories[0].branches.insert(branch.to_owned(), begin.clone());
        let id = self.open_pull_request(branch, title, "", messages);
        let request = self.bitbucket.pull_request_mut(id);
        (request.destination_branch, request.destination_commit) = (onto.to_owned(), begin);
        id
    }

    /// The message of a commit is edited before the merge button is pressed.
    pub fn reword(&mut self, commit: &str, message: &str) {
        let commits = &mut self.bitbucket.repositories[0].commits;
        let found = commits.iter_mut().find(|one| one.hash == commit).expect("a commit");
        message.clone_into(&mut found.message);
    }

    /// Somebody tags the tip of a branch; gives the commit.
    pub fn tag(&mut self, name: &str, branch: &str) -> String {
        let repository = &mut self.bitbucket.repositories[0];
        let commit = repository.branches[branch].clone();
        repository.tags.insert(name.to_owned(), commit.clone());
        commit
    }

    /// Somebody replaces a tag by an annotated one on the same commit.
    pub fn annotate(&mut self, tag: &str) {
        let now = self.clock.now();
        self.bitbucket.repositories[0].annotated.insert(tag.to_owned(), now);
    }

    /// The maintainer declines; the branch stays.
    pub fn decline(&mut self, id: u64) {
        self.clock.tick();
        self.end(id, PullRequestState::Declined, None, false);
    }

    /// Somebody deletes the source branch; the pull request stays as it is, and its list of commits is empty.
    pub fn delete_branch(&mut self, id: u64) {
        let request = self.bitbucket.pull_request_mut(id);
        request.source_branch_exists = false;
        let branch = request.source_branch.clone();
        self.bitbucket.repositories[0].branches.remove(&branch);
    }

    /// Somebody renames the repository, or moves it to another workspace. Its identity stays, and so do its tokens; the
    /// old name leads nowhere.
    pub fn rename_repository(&mut self, from: &str, to: &str) {
        let repository = self.bitbucket.repository_mut(from);
        to.clone_into(&mut repository.full_name);
        let requests = self.bitbucket.repositories.iter_mut().flat_map(|repository| &mut repository.pull_requests);
        for source in requests.filter_map(|request| request.source_repository.as_mut()) {
            if source == from {
                to.clone_into(source);
            }
        }
        for name in self.bitbucket.tokens.iter_mut().flat_map(|token| &mut token.repositories) {
            if name == from {
                to.clone_into(name);
            }
        }
    }

    /// Somebody renames a workspace, and with it every repository of it.
    pub fn rename_workspace(&mut self, from: &str, to: &str) {
        let names: Vec<String> = self.bitbucket.repositories.iter().map(|one| one.full_name.clone()).collect();
        for name in names {
            if let Some(slug) = name.strip_prefix(&format!("{from}/")) {
                self.rename_repository(&name, &format!("{to}/{slug}"));
            }
        }
    }

    /// Somebody comments; gives the id.
    pub fn comment(&mut self, id: u64, user: Account, raw: &str) -> u64 {
        self.clock.tick();
        let number = self.bitbucket.numbers.take();
        let comment = PullRequestComment::new(number, user, raw, &self.clock);
        self.bitbucket.pull_request_mut(id).comments.push(comment);
        number
    }

    /// Somebody with the right to do so deletes a comment by hand.
    pub fn delete_comment(&mut self, id: u64, comment: u64) {
        let now = self.clock.tick();
        let found = self.bitbucket.pull_request_mut(id).comments.iter_mut().find(|one| one.id == comment);
        let found = found.expect("a comment");
        (found.deleted, found.updated_on) = (true, now);
        found.raw.clear();
    }

    /// A person approves, asked or not.
    pub fn approve(&mut self, id: u64, user: Account) {
        let at = self.clock.tick();
        let request = self.bitbucket.pull_request_mut(id);
        request.participants.push(Participant { user, approved: true, at });
        request.updated_on = at;
    }

    /// A pull request ends.
    pub fn end(&mut self, id: u64, state: PullRequestState, merge_commit: Option<String>, delete_branch: bool) {
        let now = self.clock.now();
        let request = self.bitbucket.pull_request_mut(id);
        (request.state, request.merge_commit, request.updated_on) = (state, merge_commit, now);
        let branch = request.source_branch.clone();
        if delete_branch {
            request.source_branch_exists = false;
            self.bitbucket.repositories[0].branches.remove(&branch);
        }
    }
}
