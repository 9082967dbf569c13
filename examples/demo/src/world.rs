//! The team's texts before the first run, and those among them that only look like mentions.

use fake::{Account, BITBUCKET_TOKEN, BOT, Kind, Repository, State, Status};

/// The pull request of the demo, in `acme/shop`.
pub(crate) const PULL_REQUEST: u64 = 7;
/// An earlier pull request of another repository, which the same pipe linked.
pub(crate) const EARLIER: (&str, u64) = ("acme/payments", 41);
/// The host the texts say. The fake listens on loopback, so this name is configured as an alias of the site.
pub(crate) const SITE: &str = "acme.atlassian.net";
/// The page that every decoy points at; nothing may be written there.
pub(crate) const DECOY_PAGE: u64 = 98_360;

/// The page that the work is about.
pub(crate) const CHECKOUT: u64 = 98_301;

/// The release that holds the pull request.
pub(crate) const RELEASE: &str = "1.4.0";

/// The Jira issue that a commit names, and the page that only this issue links.
pub(crate) const ISSUE: (&str, u64) = ("SHOP-88", 98_306);

/// The page that only the title names.
pub(crate) const DECISION: u64 = 98_302;

const BRANCH: &str = "feature/ENG-123-new-checkout";
const TITLE: &str = "ENG-123: new checkout, see ADR-12";
const TITLE_WITHOUT_ADR: &str = "ENG-123: new checkout";

const DESCRIPTION: &str = "\
One page instead of four, see the [rollout plan](https://acme.atlassian.net/wiki/spaces/OPS/pages/98305/Rollout#Week-2).
Why we do it: https://acme.atlassian.net/wiki/x/QoAB, drawn on
https://acme.atlassian.net/wiki/spaces/ENG/whiteboard/98310.

- replaces https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=98308
- follows our [working agreement](https://acme.atlassian.net/wiki/spaces/ENG/pages/98309)

Names are UTF-8 now, signatures SHA-256, and CVE-2021-44228 does not concern us.
The ticket is https://acme.atlassian.net/browse/ENG-300,
a similar one is at https://other.atlassian.net/wiki/spaces/ENG/pages/98360.

```
git log --grep ENG-300
```

<!-- left over from the template: https://acme.atlassian.net/wiki/spaces/ENG/pages/98360 -->
";

const COMMITS: [&str; 4] = [
    "ENG-123 One page instead of four\n\nStill open: ENG-123#4. Part of SHOP-88.",
    "Wait for the payment at most 8 seconds\n\nAs ENG-207 found out. Closes ENG-123#3.",
    "Sign with SHA-256\n\nENG-123, and what OPS-31 asks for.",
    "Keep names in UTF-8\n\nCVE-2021-44228 was checked.",
];

/// Something that looks like a mention and is none.
pub(crate) struct Decoy {
    /// What the team wrote.
    pub(crate) shown: &'static str,
    /// What a comment or report would hold if it had been taken for a mention.
    pub(crate) traces: &'static [&'static str],
}

/// The decoys of the pull request.
pub(crate) const DECOYS: [Decoy; 7] = [
    Decoy { shown: "UTF-8", traces: &["UTF-8", "UTF-08"] },
    Decoy { shown: "SHA-256", traces: &["SHA-256"] },
    Decoy { shown: "CVE-2021-44228", traces: &["CVE-2021"] },
    Decoy { shown: "a Jira URL on the same host", traces: &["browse", "ENG-300"] },
    Decoy { shown: "another site's URL", traces: &["other.atlassian.net", "98360"] },
    Decoy { shown: "a code block", traces: &["ENG-300", "98360"] },
    Decoy { shown: "an HTML comment", traces: &["template", "98360"] },
];

/// Both services as the team left them.
pub(crate) fn state() -> State {
    let mut state = State::default();
    state.confluence.add_space(&state.clock, 65_539, "ADR", "Decisions");
    let page = state.add_page(CHECKOUT, "ENG", "ENG-123 Checkout redesign");
    page.body = "<p>Customers leave at the second of four steps. We make it one page.</p>".to_owned();
    state.add_task(CHECKOUT, "3", "Agree on the time-out with payments");
    state.add_task(CHECKOUT, "4", "Do guests see saved cards?");
    let page = state.add_page(DECISION, "ADR", "ADR-0012 Retries at the edge");
    page.body = "<p>Accepted. The <strong>edge</strong> retries, the services do not.</p>".to_owned();
    state.edit_page(DECISION, "<p>Accepted. The <strong>edge</strong> retries twice, the services never do.</p>");

    let page = state.add_page(98_303, "ENG", "Payment time-outs");
    page.labels = vec!["eng-207".to_owned(), "payments".to_owned()];
    page.body = "<p>99 of 100 payments are answered in 6.2 seconds.</p>".to_owned();

    let page = state.add_page(98_304, "OPS", "OPS-31 Card numbers in a log file");
    page.read_users = vec![BOT.to_owned(), fake::AUTHOR.to_owned()];
    page.body = "<p>For the security team only.</p>".to_owned();

    let page = state.add_page(98_305, "OPS", "Rollout of the new checkout");
    page.body = "<h2>Week 1</h2><p>Staff only.</p><h2>Week 2</h2><p>One customer in ten.</p>".to_owned();

    let (issue, linked) = ISSUE;
    let page = state.add_page(linked, "OPS", "What guests may buy");
    page.body = "<p>Everything but gift cards.</p>".to_owned();
    state.add_issue(issue, &[linked]);

    let post = state.add_content(98_370, Kind::BlogPost, "ENG", "What the last sale taught us");
    post.body = "<p>Half of the abandoned baskets were abandoned in silence.</p>".to_owned();

    let page = state.add_page(98_308, "ENG", "The old checkout");
    page.status = Status::Archived;
    page.body = "<p>Basket, address, payment, summary.</p>".to_owned();

    let page = state.add_page(98_309, "ENG", "How we work together");
    page.labels = vec!["no-pr-links".to_owned()];
    page.body = "<p>Small changes, reviewed on the same day.</p>".to_owned();

    let board = state.add_content(98_310, Kind::Whiteboard, "ENG", "The way through the checkout");
    board.body = "<p>A whiteboard.</p>".to_owned();

    let page = state.add_page(DECOY_PAGE, "ENG", "ENG-300 Gift cards");
    page.body = "<p>Nobody works on this yet.</p>".to_owned();

    earlier_pull_request(&mut state);
    state.open_pull_request(BRANCH, TITLE, DESCRIPTION, &COMMITS);
    state.bitbucket.pull_request_mut(1).id = PULL_REQUEST;
    state.comment(PULL_REQUEST, Account::maintainer(), "Good to see this! Is **ENG-300** part of it?");
    state
}

/// The title with and without the decision that it names.
pub(crate) fn toggle_title(state: &mut State) {
    state.clock.tick();
    let now = state.clock.now();
    let pull_request = state.bitbucket.pull_request_mut(PULL_REQUEST);
    pull_request.updated_on = now;
    pull_request.title = if pull_request.title == TITLE { TITLE_WITHOUT_ADR } else { TITLE }.to_owned();
}

/// The page is edited, the pull request merged and its branch deleted, and the page is edited again.
pub(crate) fn merge(state: &mut State) {
    let body = state.confluence.content(CHECKOUT).body.clone();
    state.edit_page(CHECKOUT, &body);
    state.merge(PULL_REQUEST, true);
    state.edit_page(CHECKOUT, &body);
}

/// The maintainer tags what was merged; the release before was tagged when the work began.
pub(crate) fn release(state: &mut State) {
    if let Some(repository) = state.bitbucket.repositories.first_mut() {
        let first = repository.commits.first().map(|commit| commit.hash.clone()).unwrap_or_default();
        repository.tags.insert("1.3.0".to_owned(), first);
    }
    state.tag(RELEASE, "main");
}

/// Another repository's pull request, which names one of the same pages.
fn earlier_pull_request(state: &mut State) {
    let (name, id) = EARLIER;
    let uuid = "{11111111-0000-4000-8000-000000000002}".to_owned();
    let repository = Repository { uuid, ..Repository::new(name, &state.clock) };
    state.bitbucket.repositories.insert(0, repository);
    let title = "ENG-123: pay on one page";
    state.open_pull_request("ENG-123-one-page", title, "", &["ENG-123 Accept the whole basket"]);
    state.bitbucket.pull_request_mut(1).id = id;
    state.bitbucket.repositories.swap(0, 1);
    state.bitbucket.token_mut(BITBUCKET_TOKEN).repositories.push(name.to_owned());
}
