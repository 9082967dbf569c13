//! A pull request and its pages link to each other. The second run writes nothing.

use crate::bed::Bed;
use fake::{Kind, State, Status};

/// A pull request that names one page by key.
pub(crate) fn simple() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-123 Checkout redesign");
    let id = state.open_pull_request("feature/ENG-123-checkout", "ENG-123: new checkout", "", &["ENG-123 first step"]);
    Bed::new(state, id)
}

#[test]
fn a_key_links_the_pull_request_and_the_page() {
    let bed = simple();
    let ran = bed.run_twice();
    assert_eq!(ran.exit.code(), 0);
    insta::assert_snapshot!(bed.placed(&ran.log), @r#"
    INFO: Executing the pipe...
    INFO: confluence-pr-link 0.1.0: acme/shop #1, https://acme.example
    INFO: Linked "ENG-123 Checkout redesign" https://acme.example/wiki/pages/viewpage.action?pageId=101 (ENG-123 in branch, title, 1 commit)
    ✔ 1 page linked: https://bitbucket.org/acme/shop/pull-requests/1
    "#);
    insta::assert_snapshot!(bed.comments(1).join("\n===\n"), @r"
    ### Confluence pages

    1 page linked.

    | Page | Last change | Mentioned in |
    | --- | --- | --- |
    | [ENG-123 Checkout redesign](https://acme.example/wiki/pages/viewpage.action?pageId=101) (ENG) | 2026-11-21, v1 | `ENG-123`: branch, title, 1 commit |

    Edited the title or description? Rerun the pipeline step.

    [//]: # (confluence-pr-link v1 site=acme.example cloud=c10d0000-0000-4000-8000-000000000001 sent=DIGEST pages=page:101)
    ");
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-123: new checkout | open"]);
}

#[test]
fn pages_are_named_by_key_label_url_short_link_and_task() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Named by title");
    state.add_page(102, "ENG", "Named by label").labels.push("eng-2".to_owned());
    state.add_page(103, "OPS", "Named by URL");
    state.add_page(104, "OPS", "Named by short link");
    state.add_page(105, "ENG", "ADR-0012: zeros do not count");
    state.add_content(106, Kind::BlogPost, "ENG", "Named by blog URL");
    state.add_content(107, Kind::Whiteboard, "ENG", "A board");
    state.add_task(101, "4", "Write the migration");
    let description = "See SITE/wiki/spaces/OPS/pages/103/Named+by+URL, SITE/wiki/x/aAAAAA, \
        SITE/wiki/spaces/ENG/blog/2026/11/20/106/Named and SITE/wiki/spaces/ENG/whiteboard/107.";
    let id = state.open_pull_request("ENG-1-task-4", "ENG-2: four ways (ADR-12)", description, &["ADR-12 fits UTF-8"]);
    let mut bed = Bed::new(state, id).with("KEY_PREFIXES", "ENG,ADR=ENG");
    let site = bed.fake.confluence_url();
    {
        let mut state = bed.fake.state();
        let pull_request = state.bitbucket.pull_request_mut(id);
        pull_request.description = pull_request.description.replace("SITE", &site);
    }
    bed.at_tip(id);
    let ran = bed.run_twice();
    insta::assert_snapshot!(bed.comments(id).join("\n===\n"), @r"
    ### Confluence pages

    6 pages linked, 1 listed only.

    | Page | Last change | Mentioned in |
    | --- | --- | --- |
    | [ENG-1 Named by title](https://acme.example/wiki/pages/viewpage.action?pageId=101) (ENG) | 2026-11-21, v1 | `ENG-1`: branch |
    | [Named by label](https://acme.example/wiki/pages/viewpage.action?pageId=102) (ENG) | 2026-11-21, v1 | `ENG-2`: title |
    | [ADR-0012: zeros do not count](https://acme.example/wiki/pages/viewpage.action?pageId=105) (ENG) | 2026-11-21, v1 | `ADR-12`: title, 1 commit |
    | [Named by URL](https://acme.example/wiki/pages/viewpage.action?pageId=103) (OPS) | 2026-11-21, v1 | URL: description |
    | [Named by short link](https://acme.example/wiki/pages/viewpage.action?pageId=104) (OPS) | 2026-11-21, v1 | URL: description |
    | [Named by blog URL](https://acme.example/wiki/pages/viewpage.action?pageId=106) (ENG), **blog post** | 2026-11-21, v1 | URL: description |
    | [whiteboard 107](https://acme.example/wiki/x/aw), **whiteboard** |  | URL: description |

    Tasks:

    - ☐ Task 4 of [ENG-1 Named by title](https://acme.example/wiki/pages/viewpage.action?pageId=101): Write the migration

    Edited the title or description? Rerun the pipeline step.

    [//]: # (confluence-pr-link v1 site=acme.example cloud=c10d0000-0000-4000-8000-000000000001 sent=DIGEST pages=page:101,page:102,page:103,page:104,page:105,blogpost:106)
    ");
    for page in [101, 102, 103, 104, 105, 106] {
        assert_eq!(bed.only_rows(page), ["acme/shop #1 ENG-2: four ways (ADR-12) | open"], "{}", ran.log);
    }
    assert_eq!(bed.rows(107), Vec::<Vec<String>>::new(), "a whiteboard is shown and not written");
}

#[test]
fn only_the_sources_that_are_asked_for_are_read() {
    let table = [("branch", 101), ("commits", 102), ("title", 103), ("description", 104)];
    for (source, page) in table {
        let mut state = State::default();
        for id in 101..=104 {
            state.add_page(id, "ENG", &format!("ENG-{} Page", id - 100));
        }
        let id = state.open_pull_request("ENG-1-work", "ENG-3", "ENG-4", &["ENG-2"]);
        let bed = Bed::new(state, id).with("SOURCES", source).with("KEY_PREFIXES", "ENG");
        bed.run_twice();
        for other in 101..=104 {
            assert_eq!(bed.rows(other).len(), usize::from(other == page), "{source}: {other}");
        }
    }
}

#[test]
fn merge_commits_are_not_read_and_squashes_are() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Ours");
    state.add_page(102, "ENG", "ENG-2 Of another branch");
    let id = state.open_pull_request("work", "Work", "", &["ENG-1 in one commit"]);
    {
        let repository = &mut state.bitbucket.repositories[0];
        let main = repository.branches["main"].clone();
        let tip = repository.branches["work"].clone();
        let message = "Merge branch 'feature/ENG-2-other' into work";
        let merge = repository.commit_with_parents(&mut state.clock, "work", message, vec![tip, main]);
        let pull_request = state.bitbucket.pull_request_mut(id);
        pull_request.commits.insert(0, merge.clone());
        pull_request.source_commit = merge;
    }
    let bed = Bed::new(state, id);
    bed.run_twice();
    assert_eq!((bed.rows(101).len(), bed.rows(102).len()), (1, 0));
}

#[test]
fn a_key_names_only_a_page_of_its_space_that_is_its_own() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 The page");
    state.add_page(102, "OPS", "ENG-1 elsewhere");
    state.add_page(103, "ENG", "ENG-1 thrown away").status = Status::Trashed;
    state.add_page(104, "ENG", "ENG-1 before it is published").status = Status::Draft;
    state.add_page(105, "ENG", "ENG-2 and ENG-3 compared");
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", "", &["x"]);
    let bed = Bed::new(state, id);
    // Links let the run know of the others too.
    let links: Vec<String> =
        (102..=105).map(|page| format!("{}/wiki/spaces/ENG/pages/{page}", bed.fake.confluence_url())).collect();
    bed.fake.state().bitbucket.pull_request_mut(id).description = links.join(" ");
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101).len(), 1, "{}", ran.log);
    assert!(ran.log.contains("No page found for ENG-2"), "{}", ran.log);
    assert_eq!(bed.comments(id)[0].matches("`ENG-1`").count(), 1, "{:?}", bed.comments(id));
}

#[test]
fn key_without_a_page_is_shown_with_known_prefixes() {
    for (prefixes, shown) in [("ENG", true), ("", false)] {
        let mut state = State::default();
        state.add_page(101, "ENG", "ENG-1 Page");
        let id = state.open_pull_request("work", "ENG-1 ENG-9 UTF-8", "", &["x"]);
        let bed = Bed::new(state, id).with("KEY_PREFIXES", prefixes);
        bed.run_twice();
        let comment = bed.comments(id).join("");
        assert_eq!(comment.contains("No page found for `ENG-9`."), shown, "{comment}");
        assert!(!comment.contains("UTF"), "{comment}");
    }
}

#[test]
fn a_page_is_shown_as_it_is_and_not_as_search_remembers_it() {
    let bed = simple();
    bed.run();
    bed.fake.state().confluence.freeze_index();
    bed.fake.state().confluence.content_mut(101).title = "ENG-123 Renamed".to_owned();
    bed.run_twice();
    assert!(bed.comments(1)[0].contains("[ENG-123 Renamed]"), "{:?}", bed.comments(1));
}

#[test]
fn a_very_long_title_is_cut() {
    let bed = simple();
    bed.fake.state().confluence.content_mut(101).title = format!("ENG-123 {}", "x".repeat(400));
    bed.run_twice();
    assert!(bed.comments(1)[0].contains(&format!("[ENG-123 {}…]", "x".repeat(292))), "{:?}", bed.comments(1));
}

#[test]
fn a_page_keeps_the_rows_of_other_pull_requests() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    let first = state.open_pull_request("a", "ENG-1 first", "", &["x"]);
    let second = state.open_pull_request("b", "ENG-1 second", "", &["x"]);
    let mut bed = Bed::new(state, first);
    bed.run_twice();
    bed.variables.insert("BITBUCKET_PR_ID".to_owned(), second.to_string());
    bed.at_tip(second);
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #2 ENG-1 second | open", "acme/shop #1 ENG-1 first | open"]);
}

#[test]
fn edited_title_alone_writes_nothing_on_the_page() {
    let bed = simple();
    bed.run();
    bed.fake.state().bitbucket.pull_request_mut(1).title = "ENG-123: the new checkout, better".to_owned();
    let ran = bed.run_twice();
    assert_eq!(ran.writes, Vec::<String>::new(), "{}", ran.log);
}

#[test]
fn a_draft_is_shown_as_a_draft_and_a_merge_as_merged() {
    let bed = simple();
    bed.fake.state().bitbucket.pull_request_mut(1).draft = true;
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-123: new checkout | draft"]);
    bed.fake.state().bitbucket.pull_request_mut(1).draft = false;
    bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-123: new checkout | open"]);
    bed.fake.state().merge(1, true);
    let ran = bed.run_twice();
    assert_eq!(bed.only_rows(101), ["acme/shop #1 ENG-123: new checkout | merged | 1"], "{}", ran.log);
}

#[test]
fn pages_that_are_not_current_get_no_comment() {
    let mut state = State::default();
    for (id, status) in [(101, Status::Archived), (102, Status::Draft), (103, Status::Trashed)] {
        state.add_page(id, "ENG", "A page").status = status;
    }
    state.add_page(104, "ENG", "Leave me alone").labels.push("no-pr-links".to_owned());
    let id = state.open_pull_request("b", "Pages", "", &["x"]);
    let bed = Bed::new(state, id);
    let links: Vec<String> =
        (101..=104).map(|page| format!("{}/wiki/spaces/ENG/pages/{page}/A", bed.fake.confluence_url())).collect();
    bed.fake.state().bitbucket.pull_request_mut(id).description = links.join(" ");
    let ran = bed.run_twice();
    insta::assert_snapshot!(bed.placed(&format!("{}\n{}", ran.log, bed.comments(id).join("\n"))), @r#"
    INFO: Executing the pipe...
    INFO: confluence-pr-link 0.1.0: acme/shop #1, https://acme.example
    INFO: Listed only: "A page" https://acme.example/wiki/pages/viewpage.action?pageId=101 (archived)
    INFO: Listed only: "A page" https://acme.example/wiki/pages/viewpage.action?pageId=102 (draft. Publish it and rerun this step)
    INFO: Listed only: "A page" https://acme.example/wiki/pages/viewpage.action?pageId=103 (in the trash)
    INFO: Listed only: "Leave me alone" https://acme.example/wiki/pages/viewpage.action?pageId=104 (labeled no-pr-links)
    ✔ 4 pages listed only: https://bitbucket.org/acme/shop/pull-requests/1

    ### Confluence pages

    4 pages listed only.

    | Page | Last change | Mentioned in |
    | --- | --- | --- |
    | [A page](https://acme.example/wiki/pages/viewpage.action?pageId=101) (ENG), **archived** | 2026-11-21, v1 | URL: description |
    | [A page](https://acme.example/wiki/pages/viewpage.action?pageId=102) (ENG), **draft** | 2026-11-21, v1 | URL: description |
    | [A page](https://acme.example/wiki/pages/viewpage.action?pageId=103) (ENG), **in the trash** | 2026-11-21, v1 | URL: description |
    | [Leave me alone](https://acme.example/wiki/pages/viewpage.action?pageId=104) (ENG), **no-pr-links** | 2026-11-21, v1 | URL: description |

    Edited the title or description? Rerun the pipeline step.

    [//]: # (confluence-pr-link v1 site=acme.example cloud=c10d0000-0000-4000-8000-000000000001 sent=DIGEST pages=)
    "#);
    for page in 101..=104 {
        assert_eq!(bed.rows(page), Vec::<Vec<String>>::new());
    }
    assert_eq!(ran.exit.code(), 0);
}

#[test]
fn hostile_texts_stay_text_on_both_sides() {
    let mut state = State::default();
    let hostile = "ENG-1 ](https://evil.example) | <script>x</script> `code` @bob \u{202e}reverse *b* ![i](u) \\";
    state.add_page(101, "ENG", hostile);
    let id = state.open_pull_request("b", hostile, "", &["x"]);
    let bed = Bed::new(state, id);
    let ran = bed.run_twice();
    let comment = bed.comments(id).join("\n").replace('\u{200b}', "(zero width)");
    insta::assert_snapshot!(comment, @r"
    ### Confluence pages

    1 page linked.

    | Page | Last change | Mentioned in |
    | --- | --- | --- |
    | [ENG-1 \](https&#58;//evil.example) &#124; &lt;script&gt;x&lt;/script&gt; \`code\` @(zero width)bob reverse \*b\* !\[i\](u) \\](https://acme.example/wiki/pages/viewpage.action?pageId=101) (ENG) | 2026-11-21, v1 | `ENG-1`: title |

    Edited the title or description? Rerun the pipeline step.

    [//]: # (confluence-pr-link v1 site=acme.example cloud=c10d0000-0000-4000-8000-000000000001 sent=DIGEST pages=page:101)
    ");
    let storage = bed.fake.page_comments(101).join("");
    assert!(!storage.contains("<script"), "{storage}");
    assert_eq!(bed.only_rows(101).len(), 1, "{}", ran.log);
}

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing() {
    let bed = simple().with("DRY_RUN", "true");
    let ran = bed.run();
    assert_eq!(ran.writes, Vec::<String>::new());
    insta::assert_snapshot!(bed.placed(&ran.log), @r#"
    INFO: Executing the pipe...
    INFO: confluence-pr-link 0.1.0: acme/shop #1, https://acme.example
    INFO: Would add a comment to the pull request
    INFO: Would write the report on the commit
    INFO: Would link "ENG-123 Checkout redesign" https://acme.example/wiki/pages/viewpage.action?pageId=101 (ENG-123 in branch, title, 1 commit)
    ✔ Dry run, nothing was written, the plan is above: https://bitbucket.org/acme/shop/pull-requests/1
    "#);
}
