//! Rows on pages: their identity, their content, and the comment that contains them.

use crate::bed::{Bed, Ran};
use crate::linking::simple;
use fake::{BOT, SOMEBODY_ELSE, State};

/// The UUID of the repository `acme/shop`, as a row writes it.
pub(crate) const SHOP: &str = "11111111-0000-4000-8000-000000000001";

/// The table rows of our comments on a page, in storage format: one list for each comment with our marker.
pub(crate) fn tables(bed: &Bed, page: u64) -> Vec<Vec<String>> {
    let state = bed.fake.state();
    let ours = state.confluence.comments.iter().filter(|it| it.content == page && it.author == BOT);
    let ours = ours.filter(|it| it.body.contains("#confluence-pr-link-v1"));
    let rows = ours.map(|it| it.body.split("<tr").skip(1).map(|row| format!("<tr{}", before(row, "</tr>"))));
    rows.map(|rows| rows.filter(|row| row.contains("<td")).collect()).collect()
}

/// The same when there is one comment.
pub(crate) fn table(bed: &Bed, page: u64) -> Vec<String> {
    let mut tables = tables(bed, page);
    assert_eq!(tables.len(), 1, "one comment of ours on page {page}: {tables:#?}");
    tables.remove(0)
}

/// The links of a page's rows to pull requests, in their order.
pub(crate) fn links(bed: &Bed, page: u64) -> Vec<String> {
    let links = tables(bed, page).concat().into_iter().map(|row| {
        let link = row.split("href=\"").nth(1).unwrap_or_else(|| panic!("no link in {row}"));
        before(link, "\"").to_owned()
    });
    links.collect()
}

/// The pull requests of a page's rows: `acme/shop#7`.
pub(crate) fn linked(bed: &Bed, page: u64) -> Vec<String> {
    let names = links(bed, page).into_iter().map(|link| {
        let path = link.strip_prefix("https://bitbucket.org/").unwrap_or_else(|| panic!("{link}"));
        before(path, "#").replace("/pull-requests/", "#")
    });
    names.collect()
}

/// The row of one pull request of a page that has one comment of ours, as text.
pub(crate) fn row_text(bed: &Bed, page: u64, id: u64) -> String {
    let rows = table(bed, page);
    let of_it = |row: &&String| {
        row.contains(&format!("/pull-requests/{id}#")) || row.contains(&format!("/pull-requests/{id}\""))
    };
    let row = rows.iter().find(of_it).unwrap_or_else(|| panic!("no row of #{id}: {rows:#?}"));
    regex::Regex::new("<[^>]*>").unwrap().replace_all(row, " ").into_owned()
}

/// The page ids that the index of each of our comments names, by the pull request's comments in their order.
pub(crate) fn indexes(bed: &Bed, id: u64) -> Vec<Vec<u64>> {
    bed.fake.pull_request_comments(id).iter().filter_map(|raw| index_of(raw)).collect()
}

/// The page ids that a comment's index names.
pub(crate) fn index_of(raw: &str) -> Option<Vec<u64>> {
    let line = raw.lines().rev().find(|line| line.contains("confluence-pr-link") && line.starts_with("[//]: # ("))?;
    let names = line.split("pages=").nth(1)?.split([' ', ')']).next()?;
    let ids = names.split(',').filter_map(|name| name.rsplit(':').next()?.parse().ok());
    Some(ids.collect())
}

/// A comment of ours whose index names these pages instead.
pub(crate) fn with_index(raw: &str, ids: &[u64]) -> String {
    let kinds = raw.contains("pages=page:") || raw.contains("pages=blogpost:");
    let names: Vec<String> = ids.iter().map(|id| if kinds { format!("page:{id}") } else { id.to_string() }).collect();
    let replaced = regex::Regex::new("pages=[^ )]*").unwrap();
    assert!(replaced.is_match(raw), "an index: {raw}");
    replaced.replace(raw, format!("pages={}", names.join(","))).into_owned()
}

/// What a run wrote and the service took.
pub(crate) fn taken(bed: &Bed) -> Vec<String> {
    let writes = bed.fake.writes().into_iter();
    let taken = writes.filter(|it| it.status.is_some_and(|status| status < 400));
    taken.map(|it| it.line()).collect()
}

/// Runs again: the services take no write, and nothing changes. A refused try is allowed where only a refusal tells whose a
/// comment is.
pub(crate) fn nothing_is_taken(bed: &Bed) {
    let before = bed.fake.what_people_see();
    let again = bed.run();
    assert_eq!(taken(bed), Vec::<String>::new(), "{}", again.log);
    assert_eq!(bed.fake.what_people_see(), before, "{}", again.log);
}

/// A text without what differs from fake to fake: the site's names, the ids of comments, the index's digest.
pub(crate) fn comparable(bed: &Bed, text: &str) -> String {
    let host = bed.fake.confluence_url().trim_start_matches("http://").to_owned();
    let mut text = text.to_owned();
    for host in [host.replace("127.0.0.1", "localhost"), host] {
        let flat = host.replace([':', '.'], "-");
        text = text.replace(&host, "acme.example").replace(&flat, "acme-example");
    }
    let index = regex::Regex::new(r"\[//\]: # \([^)]*pages=([^ )]*)[^)]*\)").unwrap();
    let comment = regex::Regex::new("comment-[0-9]+").unwrap();
    comment.replace_all(&index.replace_all(&text, "index of $1"), "comment-N").into_owned()
}

pub(crate) fn retitle(bed: &Bed, id: u64, title: &str) {
    bed.fake.state().bitbucket.pull_request_mut(id).title = title.to_owned();
}

fn before<'a>(text: &'a str, end: &str) -> &'a str {
    text.split(end).next().unwrap_or_default()
}

/// The id and the body of our comment on a page.
fn our_comment(bed: &Bed, page: u64) -> (u64, String) {
    let state = bed.fake.state();
    let ours = state.confluence.comments.iter().find(|it| it.content == page && it.author == BOT).unwrap();
    (ours.id, ours.body.clone())
}

fn is_linked_once(bed: &Bed, ran: &Ran) {
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert_eq!(linked(bed, 101), ["acme/shop#1"], "{}", ran.log);
}

#[test]
fn row_link_carries_the_repository_and_the_keys() {
    let bed = simple();
    let ran = bed.run_twice();
    is_linked_once(&bed, &ran);
    let link = links(&bed, 101).remove(0);
    let (url, fragment) = link.split_once('#').expect("a fragment");
    assert_eq!(url, "https://bitbucket.org/acme/shop/pull-requests/1");
    assert!(fragment.contains(SHOP) && fragment.contains("ENG-123"), "{fragment}");
}

#[test]
fn renamed_page_that_a_url_names_too_keeps_its_key() {
    let bed = simple();
    bed.run();
    let url = format!("{}/wiki/spaces/ENG/pages/101", bed.fake.confluence_url());
    {
        let mut state = bed.fake.state();
        let page = state.confluence.content_mut(101);
        (page.title, page.labels) = ("Another name".to_owned(), Vec::new());
        state.bitbucket.pull_request_mut(1).description = url;
        state.merge(1, false);
    }
    let ran = bed.run_twice();
    assert!(row_text(&bed, 101, 1).contains("merged"), "{}", ran.log);
    assert!(links(&bed, 101)[0].contains("ENG-123"), "{:?}", links(&bed, 101));
}

#[test]
fn row_of_a_page_mentioned_by_link_carries_no_key() {
    let bed = simple();
    let site = bed.fake.confluence_url();
    {
        let mut state = bed.fake.state();
        state.add_page(102, "ENG", "Without a key");
        state.bitbucket.pull_request_mut(1).description = format!("{site}/wiki/spaces/ENG/pages/102");
    }
    bed.run_twice();
    let link = links(&bed, 102).remove(0);
    assert!(link.contains(SHOP) && !link.contains("ENG-"), "{link}");
}

#[test]
fn row_whose_text_was_rewritten_is_still_ours() {
    let bed = simple();
    bed.run_twice();
    let (id, body) = our_comment(&bed, 101);
    let link = links(&bed, 101).remove(0);
    // A smart link: the address takes the place of the text.
    let text = regex::Regex::new(&format!("(href=\"{}\")[^>]*>[^<]*<", regex::escape(&link))).unwrap();
    let smart = text.replace_all(&body, format!("$1 data-card-appearance=\"inline\">{link}<")).into_owned();
    assert_ne!(smart, body);
    bed.fake.state().edit_page_comment(id, BOT, &smart);
    bed.run();
    bed.fake.state().merge(1, false);
    let ran = bed.run_twice();
    is_linked_once(&bed, &ran);
    assert!(row_text(&bed, 101, 1).contains("merged"), "{:?}", table(&bed, 101));
}

#[test]
fn our_comment_that_another_person_edited_stays_ours() {
    let bed = simple();
    bed.run_twice();
    let (id, body) = our_comment(&bed, 101);
    bed.fake.state().edit_page_comment(id, SOMEBODY_ELSE, &format!("{body}<p>A note.</p>"));
    let ran = bed.run();
    is_linked_once(&bed, &ran);
    assert_eq!(bed.fake.page_comments(101).len(), 1, "no second comment: {}", ran.log);
    bed.fake.state().merge(1, false);
    let ran = bed.run_twice();
    is_linked_once(&bed, &ran);
    assert!(row_text(&bed, 101, 1).contains("merged"), "{}", ran.log);
    assert_eq!(bed.fake.page_comments(101).len(), 1, "{}", ran.log);
}

#[test]
fn copy_of_our_comment_by_another_account_is_left_alone() {
    let bed = simple();
    bed.run_twice();
    let (_, body) = our_comment(&bed, 101);
    let copy = body.replace("/pull-requests/1#", "/pull-requests/7#");
    let id = bed.fake.state().add_page_comment(101, SOMEBODY_ELSE, &copy);
    retitle(&bed, 1, "nothing");
    bed.fake.state().bitbucket.pull_request_mut(1).commits.truncate(0);
    bed.fake.state().push(1, "nothing");
    let bed = bed.with("SOURCES", "title,commits");
    let ran = bed.run();
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    nothing_is_taken(&bed);
    assert_eq!(linked(&bed, 101), Vec::<String>::new(), "{}", ran.log);
    let state = bed.fake.state();
    let theirs = state.confluence.comments.iter().find(|it| it.id == id).unwrap();
    assert_eq!((theirs.body.as_str(), theirs.versions.len()), (copy.as_str(), 1));
}

#[test]
fn comment_without_an_author_is_not_ours() {
    let elsewhere = simple();
    elsewhere.run();
    let (_, body) = our_comment(&elsewhere, 101);
    let bed = simple();
    let id = bed.fake.state().add_page_comment(101, "", &body);
    let ran = bed.run_twice();
    is_linked_once(&bed, &ran);
    let state = bed.fake.state();
    let theirs = state.confluence.comments.iter().find(|it| it.id == id).unwrap();
    assert_eq!(theirs.versions.len(), 1);
}

#[test]
fn page_renamed_since_stays_linked_by_its_key() {
    let bed = simple();
    bed.run_twice();
    bed.fake.state().confluence.content_mut(101).title = "Another title".to_owned();
    let ran = bed.run();
    is_linked_once(&bed, &ran);
    assert!(ran.writes.iter().all(|line| !line.contains("/wiki/")), "{:#?}", ran.writes);
    bed.nothing_is_left_to_do();
    // What keeps it is its row, not its comment on the pull request.
    let comment = bed.fake.state().bitbucket.pull_request(1).comments[0].clone();
    let without = comment.raw.replace("ENG-123", "ENG-999");
    bed.fake.state().bitbucket.pull_request_mut(1).comments[0].raw = without;
    let ran = bed.run_twice();
    is_linked_once(&bed, &ran);
}

#[test]
fn another_key_of_the_same_page_writes_no_row() {
    let bed = simple();
    bed.run_twice();
    bed.fake.state().confluence.content_mut(101).labels.push("eng-9".to_owned());
    retitle(&bed, 1, "ENG-123 and ENG-9");
    let ran = bed.run();
    assert!(ran.writes.iter().all(|line| !line.contains("/wiki/")), "{:#?}\n{}", ran.writes, ran.log);
    bed.nothing_is_left_to_do();
    // The key joins when the row is written anyway.
    bed.fake.state().merge(1, false);
    let ran = bed.run_twice();
    is_linked_once(&bed, &ran);
    let link = links(&bed, 101).remove(0);
    assert!(link.contains("ENG-123") && link.contains("ENG-9"), "{link}");
}

#[test]
fn row_without_a_repository_stays_as_it_is() {
    let bed = simple();
    bed.run();
    let (id, body) = our_comment(&bed, 101);
    let first = table(&bed, 101).remove(0);
    let link = links(&bed, 101).remove(0);
    let others =
        ["https://bitbucket.org/acme/shop/pull-requests/7", "https://bitbucket.org/acme/shop/pull-requests/8#x"];
    let old: String = others.iter().map(|other| first.replace(&link, other) + "</tr>").collect();
    let more = body.replacen("</tbody>", &format!("{old}</tbody>"), 1);
    assert_ne!(more, body);
    bed.fake.state().edit_page_comment(id, BOT, &more);
    let names = |bed: &Bed| linked(bed, 101).iter().filter(|name| **name != "acme/shop#1").count();
    let before = names(&bed);
    assert_eq!(before, 2, "{:?}", linked(&bed, 101));
    for (title, action) in [("ENG-123 merged", "link"), ("gone", "remove")] {
        retitle(&bed, 1, title);
        let mut variables = bed.variables.clone();
        variables.insert("ACTION".to_owned(), action.to_owned());
        let (exit, log) = crate::bed::run_with(&variables);
        assert_eq!(exit.code(), 0, "{log}");
        assert_eq!(names(&bed), before, "{action}: {log}");
    }
    assert!(!linked(&bed, 101).contains(&"acme/shop#1".to_owned()), "{:?}", linked(&bed, 101));
}

#[test]
fn no_page_is_written_while_the_repository_is_unknown() {
    let mut bed = simple();
    bed.variables.remove("BITBUCKET_REPO_UUID");
    bed.fake.state().bitbucket.repositories[0].uuid = String::new();
    let ran = bed.run();
    assert!(ran.writes.iter().all(|line| !line.contains("/wiki/")), "{:#?}\n{}", ran.writes, ran.log);
    let bed = bed.with("BITBUCKET_REPO_UUID", &format!("{{{SHOP}}}"));
    let ran = bed.run_twice();
    is_linked_once(&bed, &ran);
    assert!(links(&bed, 101)[0].contains(SHOP), "{:?}", links(&bed, 101));
}

#[test]
fn row_carries_the_identity_that_the_pull_request_names() {
    let bed = simple().with("BITBUCKET_REPO_UUID", "{99999999-0000-4000-8000-000000000009}");
    let ran = bed.run_twice();
    is_linked_once(&bed, &ran);
    assert!(links(&bed, 101)[0].contains(SHOP), "{:?}", links(&bed, 101));
}

#[test]
fn row_that_a_person_deleted_is_not_restored_without_a_mention() {
    let bed = simple();
    bed.run();
    bed.fake.state().merge(1, false);
    bed.run();
    let (id, _) = our_comment(&bed, 101);
    bed.fake.state().delete_page_comment(id);
    {
        let mut state = bed.fake.state();
        let request = state.bitbucket.pull_request_mut(1);
        (request.title, request.source_branch) = ("nothing".to_owned(), "work".to_owned());
        for commit in &mut state.bitbucket.repositories[0].commits {
            commit.message = commit.message.replace("ENG-123", "it");
        }
    }
    let ran = bed.run();
    assert_eq!(tables(&bed, 101), Vec::<Vec<String>>::new(), "{}", ran.log);
    nothing_is_taken(&bed);
}

#[test]
fn row_that_goes_while_it_is_being_written_is_not_restored() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    let id = state.open_pull_request("work", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id);
    bed.run();
    // Merged, so the row stays although nothing mentions the page any more.
    bed.fake.state().merge(id, false);
    retitle(&bed, id, "nothing");
    let is_put = |request: &fake::Request| request.method == "PUT" && request.path.contains("/footer-comments/");
    bed.fake.state().happenings.push(fake::Happening::before(is_put, |state| {
        let comment = state.confluence.comments[0].clone();
        let (head, rest) = comment.body.split_once("<tr").unwrap();
        let (headings, _) = rest.split_once("</tr>").unwrap();
        let (_, end) = comment.body.rsplit_once("</tr>").unwrap();
        state.edit_page_comment(comment.id, BOT, &format!("{head}<tr{headings}</tr>{end}"));
    }));
    let ran = bed.run();
    assert!(bed.fake.state().happenings.is_empty(), "it was written: {}", ran.log);
    assert_eq!(linked(&bed, 101), Vec::<String>::new(), "{}", ran.log);
}
