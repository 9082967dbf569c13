//! A very large pull request and its pages. `cargo bench` runs it too.

use fake::{BOT, SOMEBODY_ELSE, State};

/// How many pull requests of others have a row on page 101.
pub(crate) const ROWS: u64 = 400;

/// 5,000 commits, of which the newest 1,000 name 300 keys, one with a message of 1 MiB, and a description of 250 kB. So
/// many keys have a page, from 101 on; page 101 has 1,000 comments and among them ours with 400 rows.
pub(crate) fn grow(state: &mut State, id: u64, pages: u64) {
    for number in 1..=pages {
        state.add_page(100 + number, "ENG", &format!("ENG-{number} One of many pages"));
    }
    let theirs = format!("<p>{}</p>", "What somebody thinks of this page. ".repeat(60));
    for number in 0..1_000 {
        if number == 500 {
            state.add_page_comment(101, BOT, &rows_of_others());
        }
        state.add_page_comment(101, SOMEBODY_ELSE, &theirs);
    }
    state.push(id, "ENG-900 in a commit that is too old to be read");
    for number in 0..5_000_u32 {
        let key = number % 300 + 1;
        let long = if number == 4_500 { format!("{} ENG-900", "x".repeat(1_024 * 1_024)) } else { String::new() };
        state.push(id, &format!("ENG-{key} step {number}\n\nWhy this was done, in a line or two.\n{long}"));
    }
    let pull_request = state.bitbucket.pull_request_mut(id);
    pull_request.title = "Everything at once".to_owned();
    pull_request.description = "Some `code`, a [link](https://example.com/a) and *words*.\n".repeat(4_400);
    assert!(pull_request.description.len() > 250_000);
}

fn rows_of_others() -> String {
    let row = |id: u64| {
        let url = format!(
            "https://bitbucket.org/acme/web/pull-requests/{id}#repository=22222222-0000-4000-8000-000000000002"
        );
        let link = format!("<a href=\"{url}\">Title {id}</a>");
        format!(
            "<tr><td><p>{link} acme/web #{id}</p></td><td><p>merged</p></td><td><p>{id}</p></td><td><p>1.{id}.0</p></td></tr>"
        )
    };
    let rows: String = (1..=ROWS).map(row).collect();
    let marker = "https://bitbucket.org/confluence-pr-link/confluence-pr-link#confluence-pr-link-v1";
    let headings =
        ["Pull request", "State", "Page version at merge", "Releases"].map(|it| format!("<th><p>{it}</p></th>"));
    let rows = format!("<tr>{}</tr>{rows}", headings.concat());
    format!("<table><tbody>{rows}</tbody></table><p><a href=\"{marker}\">confluence-pr-link</a></p>")
}
