//! A tag writes its release into the rows of the pages. The second run writes nothing.

mod approvals;
mod branches;
mod files;
mod pages;
mod parts;
mod removing;
mod tasks;
mod trouble;
mod unread;
mod versions;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bed::Bed;
use fake::{BOT, Fault, FaultKind, Service, State};

/// A repository whose pages are 101 to 104, in which 1.3.0 is out.
pub(crate) struct Shop {
    pub(crate) bed: Bed,
    directory: PathBuf,
}

impl Shop {
    /// Its files go to a directory of the story's own.
    pub(crate) fn new(story: &str) -> Self {
        let mut state = State::default();
        for id in 101..=104 {
            state.add_page(id, "ENG", &format!("ENG-{} Page", id - 100));
        }
        state.tag("1.3.0", "main");
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("release").join(story);
        drop(std::fs::remove_dir_all(&directory));
        let bed = Bed::new(state, 1).with("OUTPUT_DIR", directory.to_str().unwrap());
        Self { bed, directory }
    }

    pub(crate) fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.bed.fake.state()
    }

    /// A pull request is opened and linked by its pipeline.
    pub(crate) fn linked(&mut self, branch: &str, title: &str, messages: &[&str]) -> u64 {
        let id = self.state().open_pull_request(branch, title, "", messages);
        self.unset("BITBUCKET_TAG");
        self.set("BITBUCKET_PR_ID", &id.to_string());
        self.bed.at_tip(id);
        assert_eq!(self.bed.run().exit.code(), 0);
        id
    }

    /// The same, and merged with a merge commit.
    pub(crate) fn merged(&mut self, branch: &str, title: &str) -> u64 {
        let id = self.linked(branch, title, &["work"]);
        self.state().merge(id, false);
        id
    }

    /// The tip of a branch is tagged, and what follows runs in the tag's pipeline.
    pub(crate) fn tag(&mut self, name: &str, branch: &str) {
        let commit = self.state().tag(name, branch);
        self.unset("BITBUCKET_PR_ID");
        self.unset("BITBUCKET_BRANCH");
        self.set("BITBUCKET_TAG", name);
        self.set("BITBUCKET_COMMIT", &commit);
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.bed.variables.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.bed.variables.remove(name);
    }

    /// What the rows of a page say: `#1 merged 1.4.0`, without a release `#1 merged`.
    pub(crate) fn rows(&self, page: u64) -> Vec<String> {
        let rows = self.bed.rows(page).into_iter().flatten();
        let short = |row: String| {
            let cells: Vec<&str> = row.split(" | ").collect();
            let number = cells[0].split(' ').nth(1).unwrap();
            [number, cells[1], cells.get(3).copied().unwrap_or_default()].join(" ").trim_end().to_owned()
        };
        rows.map(short).collect()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.bed.placed(&std::fs::read_to_string(self.directory.join(name)).unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text("release.json")).unwrap()
    }

    /// The search for our comments is cut by a limit, or fails.
    pub(crate) fn search_finds_not_all(&self, is_capped: bool) {
        let mut state = self.state();
        if !is_capped {
            let fault = Fault::always(FaultKind::status(500)).at(Service::Confluence).path("currentUser");
            return state.faults.push(fault);
        }
        let ours = std::mem::take(&mut state.confluence.comments);
        for page in 10_000..10_060 {
            state.add_page(page, "OPS", &format!("Other {page}"));
            state.add_page_comment(page, BOT, "<p>other</p>");
        }
        state.confluence.comments.extend(ours);
        state.confluence.short_pages = Some(1);
    }

    pub(crate) fn wrote_files(&self) -> bool {
        self.directory.join("release.json").exists()
    }
}

/// Three pull requests that were merged in three ways, one that names no page, and two commits without one.
pub(crate) fn shipped(story: &str) -> Shop {
    let mut shop = Shop::new(story);
    shop.merged("one", "ENG-1: with a merge commit");
    let two = shop.linked("two", "ENG-2: squashed", &["first", "second"]);
    shop.state().squash(two, true);
    let three = shop.linked("three", "ENG-3: moved forward", &["begin", "end"]);
    shop.state().fast_forward(three, true);
    shop.merged("four", "no page");
    {
        let mut state = shop.state();
        let State { bitbucket, clock, .. } = &mut *state;
        bitbucket.repositories[0].commit(clock, "main", "ENG-4: straight to main\n\nSigned-off-by: a person");
        bitbucket.repositories[0].commit(clock, "main", "tidy up");
    }
    shop.linked("five", "ENG-1: still open", &["work"]);
    shop.tag("1.4.0", "main");
    shop
}

#[test]
fn tag_writes_its_release_into_the_rows_merged_since() {
    let shop = shipped("all");
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    let asks_for_versions = |one: &fake::Recorded| one.request.path.contains("/versions");
    assert!(!shop.bed.fake.requests().iter().any(asks_for_versions), "the second run knows them from the rows");
    assert_eq!(shop.rows(101), ["#5 open", "#1 merged 1.4.0"]);
    assert_eq!(shop.rows(102), ["#2 merged 1.4.0"]);
    assert_eq!(shop.rows(103), ["#3 merged 1.4.0"]);
    assert_eq!(shop.rows(104), Vec::<String>::new(), "a commit has no row");
    let log: Vec<&str> = ran.log.lines().filter(|line| line.contains("elease")).collect();
    let [begin, rows @ .., end] = &log[..] else { panic!("{log:#?}") };
    assert_eq!(*begin, "INFO: Release 1.4.0, since 1.3.0; commits: 9, merged pull requests: 4");
    let row = "INFO: Updated \"ENG-1";
    assert!(rows.len() == 3 && rows.iter().any(|said| said.contains(row)), "{log:#?}");
    assert!(
        end.starts_with("✔ Release 1.4.0: 4 pull requests, 3 pages, 1 listed only, 2 commits without a page"),
        "{end}"
    );
}

#[test]
fn a_back_port_is_a_second_release_of_the_same_pull_request() {
    let mut shop = Shop::new("back-port");
    shop.merged("one", "ENG-1: needed in two versions");
    let at = shop.state().bitbucket.repositories[0].branches["main"].clone();
    shop.state().bitbucket.repositories[0].branches.insert("release/1.3".to_owned(), at);
    shop.merged("two", "ENG-2: for the new version only");
    shop.tag("2.0.0", "main");
    shop.bed.run_twice();
    shop.tag("1.3.1", "release/1.3");
    let ran = shop.bed.run_twice();
    assert!(ran.log.contains("Release 1.3.1, since 1.3.0"), "{}", ran.log);
    assert_eq!(shop.rows(101), ["#1 merged 2.0.0, 1.3.1"]);
    assert_eq!(shop.rows(102), ["#2 merged 2.0.0"]);
}

#[test]
fn the_final_release_takes_the_place_of_its_candidates() {
    let mut shop = Shop::new("candidates");
    shop.merged("one", "ENG-1: in the first candidate");
    shop.tag("1.4.0-rc.1", "main");
    shop.bed.run_twice();
    shop.merged("two", "ENG-2: in the second candidate");
    shop.tag("1.4.0-rc.2", "main");
    shop.bed.run_twice();
    assert_eq!(shop.rows(101), ["#1 merged 1.4.0-rc.1"]);
    assert_eq!(shop.rows(102), ["#2 merged 1.4.0-rc.2"]);
    shop.tag("1.4.0", "main");
    let ran = shop.bed.run_twice();
    assert!(ran.log.contains("Release 1.4.0, since 1.3.0"), "{}", ran.log);
    assert_eq!(shop.rows(101), ["#1 merged 1.4.0"]);
    assert_eq!(shop.rows(102), ["#2 merged 1.4.0"]);

    // Somebody runs the pipeline of the candidate again.
    shop.tag("1.4.0-rc.1", "one");
    assert_eq!(shop.bed.run_twice().writes, Vec::<String>::new());
    assert_eq!(shop.rows(101), ["#1 merged 1.4.0"]);
}

#[test]
fn two_things_in_one_repository_have_releases_of_their_own() {
    let mut shop = Shop::new("two-things");
    shop.state().tag("web-1.0.0", "main");
    shop.state().tag("api-7.0.0", "main");
    shop.merged("one", "ENG-1: one");
    shop.tag("web-1.1.0", "main");
    shop.bed.run_twice();
    shop.merged("two", "ENG-2: two");
    shop.tag("api-7.1.0", "main");
    let ran = shop.bed.run_twice();
    assert!(ran.log.contains("Release api-7.1.0, since api-7.0.0"), "{}", ran.log);
    assert_eq!(shop.rows(101), ["#1 merged web-1.1.0, api-7.1.0"]);
    assert_eq!(shop.rows(102), ["#2 merged api-7.1.0"]);
}

#[test]
fn a_v_before_the_version_is_no_part_of_it() {
    let mut shop = Shop::new("v");
    let id = shop.linked("one", "ENG-1: one", &["work"]);
    shop.state().fast_forward(id, false);
    shop.state().bitbucket.repositories[0].reports.clear();
    shop.tag("v1.4.0", "main");
    let ran = shop.bed.run_twice();
    assert!(ran.log.contains("Release 1.4.0, since 1.3.0"), "{}", ran.log);
    assert!(!ran.writes.iter().any(|write| write.contains("/reports/")), "a release reports nothing on a commit");
    assert_eq!(shop.rows(101), ["#1 merged 1.4.0"]);
    assert_eq!((&shop.json()["release"], &shop.json()["tag"]), (&"1.4.0".into(), &"v1.4.0".into()));
}

#[test]
fn first_tag_or_no_version_writes_files_only() {
    for (tag, why, previous) in
        [("web-1.0.0", "no earlier release has a tag", 4), ("nightly", "the tag is not a version such as 1.4.0", 4)]
    {
        let mut shop = shipped(&format!("first-{tag}"));
        shop.tag(tag, "main");
        let before = shop.bed.fake.what_people_see();
        let ran = shop.bed.run_twice();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
        assert_eq!(ran.writes, Vec::<String>::new(), "{tag}");
        assert_eq!(shop.bed.fake.what_people_see(), before, "{tag}");
        let said = format!("INFO: No page is updated for {tag}, as {why}. ");
        assert!(ran.log.contains(&said), "{}", ran.log);
        let json = shop.json();
        assert_eq!(json["pull_requests"].as_array().unwrap().len(), previous, "{json:#}");
        assert_eq!(
            (&json["previous"], &json["complete"], &json["dry_run"]),
            (&Value::Null, &true.into(), &false.into())
        );
        assert_eq!(json["pages"][0]["result"], Value::Null, "no page was to be written");
        shop.unset("OUTPUT_DIR");
        let ran = shop.bed.run_twice();
        assert!(ran.log.contains(&format!("Release {tag}: nothing to write, as {why}")), "{}", ran.log);
        assert!(!ran.log.contains("goes to the files"), "there are none: {}", ran.log);
        assert_eq!(shop.bed.fake.requests().len(), usize::from(tag == "web-1.0.0"), "the tags are all that is read");
    }
}

#[test]
fn without_a_tag_the_version_is_a_variable() {
    let mut shop = shipped("variable");
    shop.unset("BITBUCKET_TAG");
    shop.state().bitbucket.repositories[0].tags.remove("1.4.0");
    shop.set("BITBUCKET_BRANCH", "main");
    shop.set("ACTION", "release");
    let ran = shop.bed.run();
    assert_eq!((ran.exit.code(), ran.writes.len(), shop.bed.fake.requests().len()), (2, 0, 0), "{}", ran.log);
    let said = "ERROR: RELEASE_VERSION is missing. In a pipeline without a tag, `ACTION: release` needs it";
    assert!(ran.log.contains(said), "{}", ran.log);

    shop.set("RELEASE_VERSION", "1.4.0");
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    assert_eq!(shop.rows(102), ["#2 merged 1.4.0"]);
    assert_eq!((&shop.json()["release"], &shop.json()["tag"]), (&"1.4.0".into(), &Value::Null));
}

#[test]
fn a_tag_goes_before_the_variable_and_knows_its_own_commit() {
    let mut shop = shipped("tag-first");
    shop.set("ACTION", "release");
    shop.set("RELEASE_VERSION", "9.9.9");
    shop.unset("BITBUCKET_COMMIT");
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    assert_eq!(shop.rows(102), ["#2 merged 1.4.0"]);
}

#[test]
fn version_without_a_commit_is_that_of_its_tag() {
    let mut shop = shipped("by-name");
    for name in ["BITBUCKET_TAG", "BITBUCKET_COMMIT"] {
        shop.unset(name);
    }
    shop.set("BITBUCKET_BRANCH", "main");
    shop.set("ACTION", "release");
    shop.set("RELEASE_VERSION", "v1.4.0");
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    assert_eq!(shop.rows(102), ["#2 merged 1.4.0"]);
}

#[test]
fn untagged_version_without_a_commit_is_refused() {
    let mut shop = shipped("nowhere");
    shop.unset("BITBUCKET_TAG");
    shop.unset("BITBUCKET_COMMIT");
    shop.set("BITBUCKET_BRANCH", "main");
    shop.set("ACTION", "release");
    shop.set("RELEASE_VERSION", "9.9.9");
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 1);
    assert!(ran.log.contains("BITBUCKET_COMMIT is missing, and no tag has its name"), "{}", ran.log);
    assert!(!shop.wrote_files());
}

#[test]
fn a_release_adds_no_comment_to_a_page_that_was_never_linked() {
    let mut shop = Shop::new("never-linked");
    shop.merged("one", "ENG-1: linked by its pipeline");
    for (branch, title) in [("two", "ENG-1: before this pipe came"), ("three", "ENG-3: before this pipe came")] {
        let id = shop.state().open_pull_request(branch, title, "", &["work"]);
        shop.state().merge(id, false);
    }
    shop.tag("1.4.0", "main");
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(shop.rows(101), ["#2 merged 1.4.0", "#1 merged 1.4.0"], "where a comment of ours is, rows join it");
    assert_eq!((shop.rows(103), shop.bed.comments(3)), (Vec::new(), Vec::new()));
    assert_eq!(shop.json()["pages"].as_array().unwrap().len(), 2, "{:#}", shop.json());
}

#[test]
fn comment_that_a_person_deleted_is_not_written_again() {
    let shop = shipped("deleted");
    let comment = shop.state().confluence.comments.iter().find(|comment| comment.content == 102).unwrap().id;
    shop.state().confluence.delete_comment(comment);
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    assert_eq!((shop.rows(101), shop.rows(102)), (vec!["#5 open".to_owned(), "#1 merged 1.4.0".to_owned()], vec![]));
}

#[test]
fn what_is_not_linked_has_no_row_and_stands_in_the_files() {
    let mut shop = Shop::new("not-linked");
    let skipped = shop.merged("skipped", "ENG-1 [skip confluence]");
    let fork = shop.linked("fork", "ENG-2: an outsider's", &["work"]);
    shop.state().bitbucket.pull_request_mut(fork).source_repository = Some("somebody/shop".to_owned());
    shop.state().merge(fork, false);
    let refused = shop.merged("refused", "ENG-3: may not be written any more");
    shop.state().confluence.content_mut(103).labels.push("no-pr-links".to_owned());
    shop.tag("1.4.0", "main");
    let ran = shop.bed.run_twice();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(ran.writes.iter().filter(|write| write.contains("footer-comments")).count(), 0, "{:?}", ran.writes);
    let json = shop.json();
    let pages: Vec<(u64, usize)> = json["pull_requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_u64().unwrap(), one["pages"].as_array().unwrap().len()))
        .collect();
    assert_eq!(pages, [(skipped, 0), (fork, 0), (refused, 1)]);
    assert_eq!((&json["pages"][0]["result"], &json["complete"]), (&"listed-only".into(), &true.into()), "{json:#}");
}

#[test]
fn a_release_of_many_weeks_holds_its_first_pull_request_too() {
    let shop = shipped("weeks");
    {
        let mut state = shop.state();
        let State { bitbucket, clock, .. } = &mut *state;
        let (began, merged) = (clock.ago(40 * 86_400), clock.ago(39 * 86_400));
        let merge = bitbucket.pull_request(1).merge_commit.clone().unwrap();
        bitbucket.pull_request_mut(1).updated_on = merged;
        let commits = &mut bitbucket.repositories[0].commits;
        let commit = commits.iter_mut().find(|commit| commit.hash == merge).unwrap();
        commit.date = began;
    }
    assert_eq!(shop.bed.run_twice().exit.code(), 0);
    assert_eq!(shop.rows(101), ["#5 open", "#1 merged 1.4.0"]);
}
