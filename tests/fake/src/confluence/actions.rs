//! Actions of people in Confluence: they write pages, label, restrict, archive, comment.

use super::model::{AUTHOR, Confluence, Content, FooterComment, Kind, Space, Status, Task, Version, Who};
use super::storage;
use crate::clock::Clock;
use crate::state::State;

impl Content {
    /// A page with one version, a day old, which everyone may view, comment and edit.
    pub fn new(clock: &Clock, id: u64, kind: Kind, space: u64, title: &str) -> Self {
        Self {
            id,
            kind,
            live: false,
            space,
            parent: None,
            title: title.to_owned(),
            status: Status::Current,
            body: "<p>Text of the page.</p>".to_owned(),
            versions: vec![Version { number: 1, at: clock.ago(86_400), author: AUTHOR.to_owned() }],
            labels: vec![],
            state: None,
            read_users: vec![],
            read_groups: vec![],
            view: Who::Everyone,
            comment: Who::Everyone,
            edit: Who::Everyone,
        }
    }
}

impl Confluence {
    /// A space and its homepage (whose id is the space's plus a million).
    pub fn add_space(&mut self, clock: &Clock, id: u64, key: &str, name: &str) {
        let homepage = id + 1_000_000;
        let (key, name, kind) = (key.to_owned(), name.to_owned(), "global".to_owned());
        self.contents.push(Content::new(clock, homepage, Kind::Page, id, &format!("{name} Home")));
        let created_at = clock.ago(864_000);
        let (alias, view, admins, anonymous) = (None, Who::Everyone, vec![], false);
        self.spaces.push(Space { id, key, name, kind, homepage, alias, view, admins, anonymous, created_at });
    }

    /// The space of this key.
    pub fn space(&self, key: &str) -> &Space {
        self.spaces.iter().find(|space| space.key == key).expect("a space")
    }

    /// The space of this key, to change it.
    pub fn space_mut(&mut self, key: &str) -> &mut Space {
        self.spaces.iter_mut().find(|space| space.key == key).expect("a space")
    }

    /// The content of this id.
    pub fn content(&self, id: u64) -> &Content {
        self.contents.iter().find(|content| content.id == id).expect("content")
    }

    /// The content of this id, to change it. Search sees the change unless its index is frozen.
    pub fn content_mut(&mut self, id: u64) -> &mut Content {
        self.contents.iter_mut().find(|content| content.id == id).expect("content")
    }

    /// A comment goes for good, and with it every reply below it.
    pub fn delete_comment(&mut self, comment: u64) {
        let mut gone = vec![comment];
        while let Some(id) = gone.pop() {
            self.comments.retain(|one| one.id != id);
            gone.extend(self.comments.iter().filter(|one| one.parent == Some(id)).map(|one| one.id));
        }
    }

    /// From now on search answers from what it knows now: titles, labels and comments of later are not seen, nor are new
    /// pages.
    pub fn freeze_index(&mut self) {
        self.index = Some(self.contents.clone());
        self.freeze_comment_index();
    }

    /// The same for comments alone.
    pub fn freeze_comment_index(&mut self) {
        self.comment_index = Some(self.comments.clone());
    }

    /// Search catches up with the present; it stays frozen if it was.
    pub fn reindex(&mut self) {
        if self.index.is_some() {
            self.freeze_index();
        }
        if self.comment_index.is_some() {
            self.freeze_comment_index();
        }
    }

    /// The account with this credential, to change it.
    pub fn token_mut(&mut self, secret: &str) -> &mut super::model::ConfluenceToken {
        self.tokens.iter_mut().find(|token| token.secret == secret).expect("a token")
    }
}

impl State {
    /// The author publishes content of this kind; gives it for further changes.
    pub fn add_content(&mut self, id: u64, kind: Kind, space: &str, title: &str) -> &mut Content {
        let space = self.confluence.space(space);
        let mut content = Content::new(&self.clock, id, kind, space.id, title);
        content.parent = (kind == Kind::Page).then_some(space.homepage);
        self.confluence.contents.push(content);
        self.confluence.content_mut(id)
    }

    /// The author publishes a page; gives it for further changes.
    pub fn add_page(&mut self, id: u64, space: &str, title: &str) -> &mut Content {
        self.add_content(id, Kind::Page, space, title)
    }

    /// The author edits the page: one more version.
    pub fn edit_page(&mut self, id: u64, body: &str) {
        let at = self.clock.tick();
        let content = self.confluence.content_mut(id);
        body.clone_into(&mut content.body);
        let number = content.version().number + 1;
        content.versions.push(Version { number, at, author: AUTHOR.to_owned() });
    }

    /// An account comments below the page; gives the id. The body is storage format, kept as the service would.
    pub fn add_page_comment(&mut self, content: u64, account: &str, body: &str) -> u64 {
        let at = self.clock.tick();
        let id = self.confluence.numbers.take();
        let body = storage::rewrite(body).expect("storage format");
        let author = account.to_owned();
        let versions = vec![Version { number: 1, at, author: author.clone() }];
        let (parent, earlier_bodies, resolved) = (None, vec![], false);
        let comment = FooterComment { id, content, parent, body, earlier_bodies, versions, author, resolved };
        self.confluence.comments.push(comment);
        id
    }

    /// An account that may do so changes a footer comment. It stays its author's, and the new version is this account's.
    pub fn edit_page_comment(&mut self, comment: u64, account: &str, body: &str) {
        let at = self.clock.tick();
        let kept = storage::rewrite(body).expect("storage format");
        let found = self.confluence.comments.iter_mut().find(|one| one.id == comment).expect("a comment");
        found.change(kept, at, account);
    }

    /// An account replies to a footer comment; gives the id.
    pub fn reply_to_page_comment(&mut self, comment: u64, account: &str, body: &str) -> u64 {
        let content = self.confluence.comments.iter().find(|one| one.id == comment).expect("a comment").content;
        let id = self.add_page_comment(content, account, body);
        self.confluence.comments.last_mut().expect("the reply").parent = Some(comment);
        id
    }

    /// Somebody with the right to do so deletes a comment by hand.
    pub fn delete_page_comment(&mut self, comment: u64) {
        self.clock.tick();
        self.confluence.delete_comment(comment);
    }

    /// The author adds a task to the page; gives the global id.
    pub fn add_task(&mut self, content: u64, local_id: &str, text: &str) -> u64 {
        let at = self.clock.tick();
        let id = 90_000 + self.confluence.tasks.len() as u64 + 1;
        let (local_id, body) = (local_id.to_owned(), text.to_owned());
        let task = format!(
            "<ac:task-list><ac:task><ac:task-id>{local_id}</ac:task-id><ac:task-status>incomplete</ac:task-status>\
             <ac:task-body>{text}</ac:task-body></ac:task></ac:task-list>"
        );
        self.confluence.content_mut(content).body.push_str(&task);
        self.confluence.tasks.push(Task {
            id,
            local_id,
            content,
            body,
            complete: false,
            assigned_to: None,
            completed_by: None,
            created_at: at,
            updated_at: at,
        });
        id
    }
}
