//! A repository after a month: its pull requests and pages.

use fake::{AUTHOR, BOT, Kind, State, Status};

/// The host that the texts say.
pub(crate) const SITE: &str = "acme.atlassian.net";

const DAY: i64 = 86_400;

/// The month until every pull request is linked: titles, and whether it was merged.
pub(crate) fn month() -> State {
    let mut state = State::default();
    state.confluence.admins.push(BOT.to_owned());
    state.clock.advance(-24 * DAY);
    state.confluence.add_space(&state.clock, 65_539, "ADR", "Decisions");
    state.confluence.add_space(&state.clock, 65_540, "PUB", "Help for customers");
    state.confluence.space_mut("PUB").anonymous = true;
    state.add_page(101, "ENG", "ENG-101 Checkout on one page");
    state.add_page(102, "ENG", "ENG-102 Payment time-outs");
    state.add_page(103, "ADR", "ADR-0012 Retries at the edge");
    state.add_page(104, "OPS", "OPS-31 Card numbers in a log file").read_users =
        vec![BOT.to_owned(), AUTHOR.to_owned()];
    state.add_page(105, "ENG", "ENG-105 Gift cards").labels = vec!["v2-final".to_owned(), "cards".to_owned()];
    state.add_page(106, "ENG", "ENG-106 The old basket");
    state.add_page(107, "ENG", "ENG-107 Price list");
    state.add_page(108, "OPS", "OPS-40 Keys of the vault").parent = Some(104);
    state.add_page(109, "PUB", "PUB-3 How to pay");
    state.add_content(110, Kind::BlogPost, "ENG", "What the last sale taught us");
    state.add_content(111, Kind::Whiteboard, "ENG", "The way through the checkout");
    let open = |state: &mut State, branch: &str, title: &str, description: &str| {
        state.clock.advance(DAY / 2);
        state.open_pull_request(branch, title, description, &["Work on it"])
    };
    let checkout = open(&mut state, "ENG-101-one-page", "ENG-101: one page instead of four", "");
    let timeouts = open(&mut state, "timeouts", "ENG-102: wait eight seconds for a payment", "");
    let retries = open(&mut state, "retries", "ADR-12: retry at the edge only", "");
    let cards = open(&mut state, "no-cards", "OPS-31: keep card numbers out of the log", "");
    state.edit_page(101, "<p>One page instead of four.</p>");
    state.clock.advance(DAY);
    for id in [checkout, timeouts, retries, cards] {
        state.merge(id, id % 2 == 0);
        state.clock.advance(DAY / 3);
    }
    open(&mut state, "gift-cards", "ENG-105: gift cards, first part", "");
    let basket = open(&mut state, "basket", "ENG-106 and ENG-101: drop the old basket", "");
    let prices = open(&mut state, "prices", "ENG-107: prices with four decimals", "");
    let vault = open(&mut state, "vault", "OPS-40: read keys from the vault", "");
    let help = open(&mut state, "help", "PUB-3: say which cards are taken", "");
    state.edit_page(109, "<p>Cards, and nothing else.</p>");
    state.clock.advance(DAY);
    for id in [basket, prices, vault, help] {
        state.merge(id, true);
    }
    let post = format!(
        "As https://{SITE}/wiki/spaces/ENG/blog/2026/11/10/110 says, drawn on \
                        https://{SITE}/wiki/spaces/ENG/whiteboard/111."
    );
    open(&mut state, "lessons", "Ask before a basket is dropped", &post);
    let typo = open(&mut state, "typo", "Correct a typo on the start page", "");
    state.merge(typo, true);
    open(&mut state, "bump", "Bump dependencies [skip confluence]", "");
    let declined = open(&mut state, "three-pages", "ENG-101: three pages instead of four", "");
    state.decline(declined);
    let draft = open(&mut state, "wallet", "ENG-105: pay with a wallet", "");
    state.bitbucket.pull_request_mut(draft).draft = true;
    let fork = open(&mut state, "outside", "ENG-101: from outside", "");
    state.bitbucket.pull_request_mut(fork).source_repository = Some("somebody/shop".to_owned());
    state
}

/// What happens after all of them were linked.
pub(crate) fn later(state: &mut State) {
    state.clock.advance(DAY);
    state.edit_page(102, "<p>Ten seconds.</p>");
    state.confluence.content_mut(106).status = Status::Archived;
    state.confluence.contents.retain(|content| content.id != 107);
    for (page, pull_request, release) in
        [(101, 1, "1.4.0"), (101, 6, "1.4.1, 1.5.0"), (102, 2, "final"), (103, 3, "1.4.0"), (109, 9, "1.5.0")]
    {
        release_row(state, page, pull_request, release);
    }
}

/// Puts a text into the releases of a row on a page.
pub(crate) fn release_row(state: &mut State, page: u64, pull_request: u64, releases: &str) {
    let link = format!("/pull-requests/{pull_request}#");
    let comments = state.confluence.comments.iter_mut().filter(|comment| comment.content == page);
    let comment = comments.into_iter().find(|comment| comment.body.contains(&link)).expect("a row");
    if !comment.body.contains(">Releases<") {
        let (rows, end) = comment.body.rsplit_once("</tr>").expect("a table");
        let rows = rows.split("</tr>").map(|row| {
            let cell = if row.contains("<th") { "<th><p>Releases</p></th>" } else { "<td><p></p></td>" };
            format!("{row}{cell}</tr>")
        });
        comment.body = rows.collect::<String>() + end;
    }
    let (before, row) = comment.body.split_once(&link).expect("a row");
    let (row, after) = row.split_once("</tr>").expect("the end of a row");
    let (kept, _) = row.rsplit_once("<td").expect("its last cell");
    comment.body = format!("{before}{link}{kept}<td><p>{releases}</p></td></tr>{after}");
}

/// The releases of [`large`], the oldest first.
pub(crate) const RELEASES: [&str; 4] = ["2.1.0", "2.2.0", "2.3.0", "2.4.0"];

const OWNERS: [&str; 5] = [AUTHOR, "ada.lind", "ben.osei", "carla.ruiz", "dev.patel"];

/// 40 pages, 60 pull requests of four weeks and four older ones, and the tags of [`RELEASES`].
pub(crate) fn large() -> State {
    const TOPICS: [&str; 8] =
        ["Checkout", "Payments", "Gift cards", "Search", "Prices", "Stock & delivery", "Accounts", "<Returns>"];
    const KINDS: [&str; 5] = ["specification", "runbook", "decision", "interface", "limits"];
    let mut state = State::default();
    state.confluence.admins.push(BOT.to_owned());
    state.clock.advance(-60 * DAY);
    state.confluence.add_space(&state.clock, 65_540, "PUB", "Help for customers");
    state.confluence.space_mut("PUB").anonymous = true;
    let space = |page: usize| if page % 13 == 7 { "PUB" } else { ["ENG", "OPS"][page % 2] };
    let key = |page: usize| format!("{}-{page}", space(page));
    for (page, id) in (0..40).zip(200..) {
        let title = format!("{} {}: {}", key(page), TOPICS[page % 8], KINDS[page % 5]);
        let page_made = state.add_page(id, space(page), &title);
        page_made.versions[0].author = OWNERS[page % 5].to_owned();
        if page % 13 == 4 {
            page_made.read_users = vec![BOT.to_owned(), AUTHOR.to_owned()];
            page_made.read_groups = vec!["payments".to_owned(), "<security>".to_owned()];
        }
    }
    for page in 0..4 {
        let id = state.open_pull_request(&format!("old-{page}"), &format!("{}: first version", key(page)), "", &["x"]);
        state.merge(id, true);
    }
    state.tag("2.0.0", "main");
    state.clock.advance(15 * DAY);
    (200..204).for_each(|page| state.edit_page(page, "<p>Changed long ago.</p>"));
    state.clock.advance(16 * DAY);
    for number in 0..60_usize {
        state.clock.advance(27 * DAY / 60);
        let keys = if number % 3 == 0 {
            format!("{} {}", key(number % 40), key((number + 11) % 40))
        } else {
            key(number % 40)
        };
        let (title, skip) = match number % 12 {
            11 => (format!("Correct a typo, part {number}"), ""),
            7 if number < 12 => (format!("{keys}: bump dependencies"), "[skip confluence]"),
            _ => (format!("{keys}: part {number} of the work"), ""),
        };
        let id = state.open_pull_request(&format!("work-{number}"), &title, skip, &["Work on it"]);
        if number % 4 == 0 {
            state.edit_page(200 + (number % 40) as u64, "<p>Changed with the code.</p>");
        }
        match number % 10 {
            4 => {}
            _ if number % 40 == 3 => {}
            8 if number > 50 => state.decline(id),
            _ => {
                state.approve(id, fake::Account::maintainer());
                state.merge(id, true);
            }
        }
        if let Some(release) = RELEASES.iter().zip([14, 29, 44, 59]).find(|(_, last)| *last == number) {
            state.tag(release.0, "main");
        }
    }
    state
}

/// What happens after all of them were linked.
pub(crate) fn large_later(state: &mut State) {
    state.clock.advance(DAY);
    for id in 1..=4 {
        let long_ago = state.clock.ago(50 * DAY);
        state.bitbucket.pull_request_mut(id).updated_on = long_ago;
    }
    for page in [210, 221, 235] {
        state.edit_page(page, "<p>Changed after the merge.</p>");
    }
    state.confluence.content_mut(212).status = Status::Archived;
    state.confluence.content_mut(225).status = Status::Trashed;
    state.confluence.contents.retain(|content| content.id != 233);
}
