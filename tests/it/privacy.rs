//! Who can see what, as docs/privacy.md says.

use crate::bed::Bed;
use crate::binary::Place;
use crate::linking::simple;
use crate::pull_request_states::on_branch;
use fake::{BOT, State, Status, Who};

const TITLE: &str = "Salary bands";

/// A pull request with a link to a page of somebody's personal space.
fn personal() -> Bed {
    let mut state = State::default();
    let State { confluence, clock, .. } = &mut state;
    confluence.add_space(clock, 77, "~712020abc", "Somebody");
    state.add_page(101, "~712020abc", TITLE);
    let id = state.open_pull_request("work", "New bands", "", &["first step"]);
    let bed = Bed::new(state, id);
    let url = format!("{}/wiki/spaces/~712020abc/pages/101", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(id).description = url;
    bed
}

/// What readers of the repository see: the comment, the report on the tip and the log of a run.
fn in_bitbucket(bed: &Bed) -> String {
    let ran = bed.run_twice();
    [bed.comments(1).join(""), report(bed, &bed.variables["BITBUCKET_COMMIT"]), ran.log].concat()
}

/// All reports on a commit.
fn report(bed: &Bed, commit: &str) -> String {
    let state = bed.fake.state();
    let reports = state.bitbucket.repositories[0].reports.iter().filter(|report| report.commit == commit);
    reports.map(|report| report.json.to_string()).collect()
}

#[test]
fn personal_page_is_link_only_unless_spaces_names_it() {
    let bed = personal().with("REQUIRE", "link");
    assert_eq!(bed.run().exit.code(), 5);
    let seen = in_bitbucket(&bed);
    assert!(seen.contains("101") && !seen.contains(TITLE), "{seen}");
    assert_eq!(bed.fake.page_comments(101), Vec::<String>::new());

    let bed = bed.with("SPACES", "~712020abc");
    assert_eq!(bed.run().exit.code(), 0);
    assert!(in_bitbucket(&bed).contains(TITLE));
    assert_eq!(bed.only_rows(101).len(), 1);

    let mut bed = bed;
    bed.variables.remove("SPACES");
    assert!(!in_bitbucket(&bed).contains(TITLE));
    assert_eq!(bed.only_rows(101).len(), 1, "a row that exists stays");
}

#[test]
fn restricted_page_is_link_only_and_gets_its_row() {
    let bed = simple();
    bed.fake.state().confluence.content_mut(101).read_users.push(BOT.to_owned());
    let seen = in_bitbucket(&bed);
    assert!(seen.contains("ENG-123") && !seen.contains("Checkout redesign"), "{seen}");
    assert_eq!(bed.only_rows(101).len(), 1);
}

#[test]
fn archived_page_is_shown_with_its_status_and_gets_no_row() {
    let bed = simple();
    bed.fake.state().confluence.content_mut(101).status = Status::Archived;
    let url = format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(1).description = url;
    let seen = in_bitbucket(&bed);
    assert!(bed.comments(1)[0].contains("Checkout redesign") && bed.comments(1)[0].contains("archived"), "{seen}");
    assert!(report(&bed, &bed.variables["BITBUCKET_COMMIT"]).contains("Checkout redesign"), "{seen}");
    assert_eq!(bed.fake.page_comments(101), Vec::<String>::new());
}

#[test]
fn row_names_no_branch_description_or_message() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-123 Page");
    let id = state.open_pull_request("okapi/ENG-123", "ENG-123 Checkout", "Okapi", &["okapi"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    let body = bed.fake.page_comments(101).concat();
    assert!(
        body.contains("acme/shop") && body.contains("Checkout") && !body.to_lowercase().contains("okapi"),
        "{body}"
    );
}

#[test]
fn report_on_an_earlier_commit_keeps_the_title_of_a_hidden_page() {
    let mut bed = simple();
    let earlier = bed.variables["BITBUCKET_COMMIT"].clone();
    bed.run_twice();
    bed.fake.state().confluence.content_mut(101).read_users.push(BOT.to_owned());
    bed.fake.state().push(1, "ENG-123 went on");
    bed.at_tip(1);
    assert!(!in_bitbucket(&bed).contains("Checkout redesign"));
    assert!(report(&bed, &earlier).contains("Checkout redesign"), "docs/privacy.md says that it stays");
}

#[test]
fn personal_page_is_link_only_in_every_mention_and_action() {
    for (prefixes, mention) in [
        ("ENG=~712020abc", "closes ENG-1#4"),
        ("none", "closes SITE/wiki/spaces/~712020abc/pages/101?focusedTaskId=4"),
        ("none", "closes SITE/wiki/pages/viewpage.action?pageId=101&focusedTaskId=4"),
    ] {
        let bed = personal().with("KEY_PREFIXES", prefixes).with("PAGE_OUTPUT", "comment,labels,tasks");
        let mention = mention.replace("SITE", &bed.fake.confluence_url());
        {
            let mut state = bed.fake.state();
            state.confluence.content_mut(101).title = format!("ENG-1 {TITLE}");
            state.add_task(101, "4", TITLE);
            let pull_request = state.bitbucket.pull_request_mut(1);
            (pull_request.title, pull_request.description) = (mention, String::new());
        }
        let hides = |bed: &Bed| {
            let seen = in_bitbucket(bed);
            assert!(seen.contains("101") && !seen.contains(TITLE), "{seen}");
        };
        hides(&bed);
        bed.fake.state().merge(1, false);
        hides(&bed);
        let mut bed = bed;
        for action in ["reconcile", "backfill"] {
            bed = bed.with("ACTION", action);
            hides(&bed);
        }
        bed.fake.state().tag("1.0.0", "main");
        bed = bed.with("ACTION", "release").with("RELEASE_VERSION", "1.0.0");
        assert!(!bed.run().log.contains(TITLE));
        let state = bed.fake.state();
        let page = state.confluence.comments.iter().filter(|it| it.content == 101).count();
        assert_eq!((page, state.confluence.tasks[0].complete), (0, false), "no row, no task");
    }
}

const SPACE: &str = "ZEBRASPACE";

/// A pull request that closes task 4 of page 101, which is below page 91.
fn world() -> Bed {
    let mut state = State::default();
    let clock = state.clock.clone();
    state.confluence.add_space(&clock, 65_600, SPACE, "A space");
    for id in [91, 92] {
        state.add_page(id, SPACE, "Above").parent = (id == 92).then_some(91);
    }
    let page = state.add_page(101, SPACE, &format!("ENG-123 {TITLE}"));
    page.parent = Some(92);
    page.versions[0].at = "2019-03-07T10:00:00Z".parse().unwrap();
    state.add_task(101, "4", "Groom the zebra");
    state.tag("1.3.0", "main");
    let id = state.open_pull_request("work", "closes ENG-123#4", "", &["x"]);
    let bed = Bed::new(state, id).with("KEY_PREFIXES", &format!("ENG={SPACE}"));
    let url = format!("{}/wiki/pages/viewpage.action?pageId=101", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(id).description = url;
    bed
}

fn restrict(state: &mut State, id: u64) {
    state.confluence.content_mut(id).read_users.push(BOT.to_owned());
    state.confluence.content_mut(id).read_groups.push("zebra-keepers".to_owned());
}

/// The pull request is merged, and the run that follows is for its release.
fn releasing(bed: Bed) -> Bed {
    let commit = {
        let mut state = bed.fake.state();
        state.merge(1, false);
        state.tag("1.4.0", "main")
    };
    let mut bed = bed.with("BITBUCKET_TAG", "1.4.0").with("BITBUCKET_COMMIT", &commit);
    bed.variables.remove("BITBUCKET_PR_ID");
    bed.variables.remove("BITBUCKET_BRANCH");
    bed
}

/// The facts about the page in each output of a link, a release and a review.
fn outputs(hide: fn(&mut State)) -> String {
    let place = Place::new();
    let bed = world().with("BITBUCKET_CLONE_DIR", &place.text()).with("OUTPUT_DIR", "out");
    hide(&mut bed.fake.state());
    let file = |name: &str| std::fs::read_to_string(place.join("out").join(name)).unwrap();
    let mut log = bed.run_twice().log;
    let mut texts = vec![("comment", bed.comments(1).join("")), ("report", reports(&bed))];
    texts.extend(["receipt.json", "audit.jsonl"].map(|name| (name, file(name))));
    let bed = releasing(bed);
    log += &bed.run_twice().log;
    texts.extend(["release.md", "release.json"].map(|name| (name, file(name))));
    let mut bed = bed.with("ACTION", "review");
    bed.variables.remove("BITBUCKET_TAG");
    on_branch(&mut bed, "main");
    log += &bed.run_twice().log;
    texts.extend(["review.csv", "review.json", "review.html"].map(|name| (name, file(name))));
    texts.push(("log", log));
    let facts = [
        ("title", TITLE),
        ("space", SPACE),
        ("status", "archived"),
        ("change", "2019-03-07"),
        ("task", "Groom"),
        ("groups", "zebra-keepers"),
        ("owner", fake::display_name(fake::AUTHOR)),
    ];
    let shown = |text: &str| facts.iter().filter(|(_, words)| text.contains(words)).map(|(fact, _)| *fact).collect();
    let lines = texts.iter().map(|(name, text)| (*name, shown(text)));
    let lines = lines.filter(|(_, shown): &(&str, Vec<&str>)| !shown.is_empty());
    lines.map(|(name, shown)| format!("\n  {name}: {}", shown.join(" "))).collect()
}

/// All reports of the repository.
fn reports(bed: &Bed) -> String {
    bed.fake.state().bitbucket.repositories[0].reports.iter().map(|report| report.json.to_string()).collect()
}

#[test]
fn outputs_show_of_a_page_what_the_table_says() {
    type Change = fn(&mut State);
    let kinds: [(&str, Change); 5] = [
        ("restricted", |state| restrict(state, 101)),
        ("below a restricted page", |state| restrict(state, 91)),
        ("personal", |state| state.confluence.space_mut(SPACE).key = "~zebra".to_owned()),
        ("public", |state| state.confluence.space_mut(SPACE).anonymous = true),
        ("archived", |state| state.confluence.content_mut(101).status = Status::Archived),
    ];
    let shown = kinds.map(|(name, change)| format!("{name}{}", outputs(change)));
    insta::assert_snapshot!(shown.join("\n"), @r"
    restricted
      review.csv: groups
      review.json: groups
      review.html: groups
    below a restricted page
      review.csv: groups
      review.json: groups
      review.html: groups
    personal
    public
      comment: title space change task
      report: title
      receipt.json: title space
      release.md: title space
      release.json: title space
      review.csv: title space change owner
      review.json: title space change owner
      review.html: title space change owner
      log: title
    archived
      comment: title space status change task
      report: title status
      receipt.json: title space status
      audit.jsonl: status
      release.md: title space
      release.json: title space
      review.csv: title space status change
      review.json: title space status change
      review.html: title space status change
      log: title status
    ");
}

#[test]
fn page_hidden_later_goes_where_the_document_says() {
    let hides: [fn(&mut State); 6] = [
        |state| restrict(state, 101),
        |state| restrict(state, 91),
        |state| state.confluence.content_mut(101).read_users.push("somebody else".to_owned()),
        |state| state.confluence.space_mut(SPACE).view = Who::Nobody,
        |state| state.confluence.contents.retain(|content| content.id != 101),
        // The repository becomes public.
        |_| {},
    ];
    // What still has the title: the comment, the report.
    for (action, left) in
        [("auto", [false; 2]), ("reconcile", [false, true]), ("release", [true; 2]), ("review", [true; 2])]
    {
        for (at, hide) in hides.iter().enumerate() {
            let bed = world();
            bed.run_twice();
            let mut bed = if action == "release" { releasing(bed) } else { bed };
            if matches!(action, "reconcile" | "review") {
                on_branch(&mut bed, "main");
            }
            hide(&mut bed.fake.state());
            let place = Place::new();
            let is_private = (at + 1 < hides.len()).to_string();
            let bed = bed.with("ACTION", action).with("OUTPUT_DIR", &place.text());
            let bed = bed.with("BITBUCKET_REPO_IS_PRIVATE", &is_private);
            let ran = bed.run_twice();
            let has_title = [bed.comments(1).join(""), reports(&bed)].map(|text| text.contains(TITLE));
            assert_eq!((has_title, ran.log.contains(TITLE)), (left, false), "{action} {at}: {}", ran.log);
        }
    }
}
