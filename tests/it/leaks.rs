//! Nothing of a hidden page reaches Bitbucket, the log or a file, and with `never` nothing of a pull request reaches a page:
//! every kind of hidden page in every kind of run, each twice.

mod probing;
mod to_confluence;

use std::fmt;

use crate::bed::Bed;
use crate::binary::Place;
use crate::sweep::sweep;
use fake::{BOT, Fault, FaultKind, Kind, Response, Service, State, Status, Who};

const TITLE: &str = "Zebratitle";
const SPACE: &str = "ZEBRASPACE";
const DATE: &str = "2019-03-07";

/// Why the page is hidden.
struct Hidden {
    name: &'static str,
    hide: fn(&mut State),
    variables: &'static [(&'static str, &'static str)],
    /// The secrets.
    secrets: &'static [&'static str],
}

const ALL: &[&str] = &[TITLE, SPACE, DATE];

fn restrict(state: &mut State, id: u64) {
    state.confluence.content_mut(id).read_users.push(BOT.to_owned());
}

fn restricted_as(state: &mut State, status: Status) {
    restrict(state, 101);
    state.confluence.content_mut(101).status = status;
}

/// Search does not answer, so the restriction is read by itself, and that fails too.
fn unread(state: &mut State, part: &str, kind: FaultKind) {
    let search = Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/rest/api/search");
    state.faults.extend([search, Fault::always(kind).at(Service::Confluence).path(part)]);
}

fn quoting(status: u16) -> FaultKind {
    FaultKind::refused_with(status, &format!("{TITLE} of {SPACE}, {DATE}"))
}

const KINDS: &[Hidden] = &[
    Hidden { name: "restricted", hide: |state| restrict(state, 101), variables: &[], secrets: ALL },
    Hidden { name: "below a restricted page", hide: |state| restrict(state, 91), variables: &[], secrets: ALL },
    Hidden {
        name: "below a draft of somebody",
        hide: |state| state.confluence.content_mut(91).view = Who::Nobody,
        variables: &[],
        secrets: ALL,
    },
    Hidden {
        name: "moved below a restricted page a moment ago",
        hide: |state| {
            state.confluence.content_mut(101).parent = None;
            state.confluence.freeze_index();
            state.confluence.content_mut(101).parent = Some(92);
            restrict(state, 91);
        },
        variables: &[],
        secrets: ALL,
    },
    Hidden { name: "outside SPACES", hide: |_| {}, variables: &[("SPACES", "OPS")], secrets: ALL },
    Hidden {
        name: "of a personal space",
        hide: |state| state.confluence.space_mut(SPACE).key = "~zebra".to_owned(),
        variables: &[],
        secrets: &[TITLE, DATE],
    },
    Hidden {
        name: "of a public repository",
        hide: |_| {},
        variables: &[("BITBUCKET_REPO_IS_PRIVATE", "false")],
        secrets: ALL,
    },
    Hidden { name: "without titles", hide: |_| {}, variables: &[("SHOW_TITLES", "never")], secrets: &[TITLE] },
    Hidden {
        name: "401 for its restriction",
        hide: |state| unread(state, "/restriction", quoting(401)),
        variables: &[],
        secrets: ALL,
    },
    Hidden {
        name: "403 for its restriction",
        hide: |state| unread(state, "/101/restriction", quoting(403)),
        variables: &[],
        secrets: ALL,
    },
    Hidden {
        name: "404 for its restriction",
        hide: |state| unread(state, "/101/restriction", quoting(404)),
        variables: &[],
        secrets: ALL,
    },
    Hidden {
        name: "500 for its restriction",
        hide: |state| unread(state, "/101/restriction", quoting(500)),
        variables: &[],
        secrets: ALL,
    },
    Hidden {
        name: "no answer for its restriction",
        hide: |state| unread(state, "/101/restriction", FaultKind::ResetBefore),
        variables: &[],
        secrets: ALL,
    },
    Hidden {
        name: "403 for what is above it",
        hide: |state| unread(state, "/ancestors", quoting(403)),
        variables: &[],
        secrets: ALL,
    },
    Hidden {
        name: "500 for a restriction above it",
        hide: |state| unread(state, "/91/restriction", quoting(500)),
        variables: &[],
        secrets: ALL,
    },
    Hidden {
        name: "a restricted draft",
        hide: |state| restricted_as(state, Status::Draft),
        variables: &[],
        secrets: &[TITLE, SPACE, DATE, "draft"],
    },
    Hidden {
        name: "restricted and archived",
        hide: |state| restricted_as(state, Status::Archived),
        variables: &[],
        secrets: &[TITLE, SPACE, DATE, "archived"],
    },
    Hidden {
        name: "restricted and in the trash",
        hide: |state| restricted_as(state, Status::Trashed),
        variables: &[],
        secrets: &[TITLE, SPACE, DATE, "trash"],
    },
    Hidden {
        name: "a whiteboard",
        hide: |state| state.confluence.content_mut(101).kind = Kind::Whiteboard,
        variables: &[],
        secrets: ALL,
    },
];

/// What happens.
struct Scenario {
    name: &'static str,
    /// Whether the page is hidden from the beginning, or shown first.
    begins: Begins,
    happens: fn(&mut State),
    variables: &'static [(&'static str, &'static str)],
}

#[derive(PartialEq)]
enum Begins {
    Hidden,
    Shown,
}

fn refuse(state: &mut State, method: &str, part: &str, kind: FaultKind) {
    state.faults.push(Fault::always(kind).at(Service::Confluence).method(method).path(part));
}

fn page_of_html() -> FaultKind {
    FaultKind::Answer(Response::html(500, &format!("<html><title>{TITLE} {SPACE}</title>{DATE}</html>")))
}

const SCENARIOS: &[Scenario] = &[
    Scenario { name: "first link", begins: Begins::Hidden, happens: |_| {}, variables: &[] },
    Scenario { name: "hidden later", begins: Begins::Shown, happens: |_| {}, variables: &[] },
    Scenario {
        name: "hidden later, while another page cannot be read",
        begins: Begins::Shown,
        happens: |state| refuse(state, "GET", "/pages/102", quoting(500)),
        variables: &[],
    },
    Scenario {
        name: "a change of mind",
        begins: Begins::Hidden,
        happens: |state| state.bitbucket.pull_request_mut(1).title = "ENG-123 and ENG-124".to_owned(),
        variables: &[],
    },
    Scenario {
        name: "unlinking",
        begins: Begins::Shown,
        happens: |state| {
            let pull_request = state.bitbucket.pull_request_mut(1);
            pull_request.title = "Nothing".to_owned();
            pull_request.description = "Nothing".to_owned();
        },
        variables: &[],
    },
    Scenario { name: "merged", begins: Begins::Shown, happens: |state| drop(state.merge(1, false)), variables: &[] },
    Scenario {
        name: "the page refuses",
        begins: Begins::Hidden,
        happens: |state| refuse(state, "POST", "/footer-comments", quoting(403)),
        variables: &[],
    },
    Scenario {
        name: "the page fails to be written",
        begins: Begins::Hidden,
        happens: |state| refuse(state, "POST", "/footer-comments", page_of_html()),
        variables: &[],
    },
    Scenario {
        name: "the page's comments fail to be read",
        begins: Begins::Shown,
        happens: |state| refuse(state, "GET", "/101/footer-comments", page_of_html()),
        variables: &[],
    },
    Scenario {
        name: "its tasks fail to be read",
        begins: Begins::Hidden,
        happens: |state| refuse(state, "GET", "/tasks", quoting(400)),
        variables: &[],
    },
    Scenario {
        name: "reading pages fails",
        begins: Begins::Shown,
        happens: |state| refuse(state, "GET", "/v2/pages", quoting(400)),
        variables: &[],
    },
    Scenario {
        name: "a release",
        begins: Begins::Shown,
        happens: |state| {
            state.tag("1.0.0", "main");
            state.fast_forward(1, false);
        },
        variables: &[("ACTION", "release"), ("RELEASE_VERSION", "1.1.0")],
    },
    Scenario {
        name: "a review, while something fails to be read",
        begins: Begins::Shown,
        happens: |state| {
            refuse(state, "GET", "/101/footer-comments", page_of_html());
            refuse(state, "POST", "/permission/check", quoting(403));
        },
        variables: &[("ACTION", "review")],
    },
    Scenario { name: "a dry run", begins: Begins::Hidden, happens: |_| {}, variables: &[("DRY_RUN", "true")] },
];

/// Page 101 below 92 below 91, named by key, by URL and with a task; page 102 next to it isn't hidden.
fn world() -> Bed {
    let mut state = State::default();
    let clock = state.clock.clone();
    state.confluence.add_space(&clock, 65_600, SPACE, "The zebras' space");
    for id in [91, 92] {
        state.add_page(id, SPACE, &format!("{TITLE}, a page above"));
    }
    state.confluence.content_mut(92).parent = Some(91);
    let page = state.add_page(101, SPACE, &format!("ENG-123 {TITLE}"));
    page.parent = Some(92);
    page.versions[0].at = format!("{DATE}T10:00:00Z").parse().unwrap();
    state.add_task(101, "4", &format!("Groom the {TITLE}"));
    state.add_page(102, "OPS", "Known to all");
    let id = state.open_pull_request("work", "closes ENG-123#4", "", &["x"]);
    let bed = Bed::new(state, id).with("KEY_PREFIXES", &format!("ENG={SPACE}")).with("DEBUG", "true");
    let site = bed.fake.confluence_url();
    let description = format!("{site}/wiki/spaces/ANY/pages/101 and {site}/wiki/spaces/OPS/pages/102");
    bed.fake.state().bitbucket.pull_request_mut(id).description = description;
    bed
}

/// Everything that a run said, wrote and sent to Bitbucket.
fn emitted(bed: &Bed, place: &Place, log: &str) -> Vec<(String, String)> {
    let mut all = vec![("the log".to_owned(), log.to_owned())];
    for name in
        ["receipt.json", "audit.jsonl", "release.json", "release.md", "review.csv", "review.json", "review.html"]
    {
        all.push((name.to_owned(), std::fs::read_to_string(place.join("out").join(name)).unwrap_or_default()));
    }
    for recorded in bed.fake.requests() {
        if matches!(recorded.request.service, Service::Bitbucket | Service::Proxy) {
            let body = String::from_utf8_lossy(&recorded.request.body).into_owned();
            all.push((recorded.line(), format!("{}\n{body}", recorded.request.path)));
        }
    }
    all
}

struct Case {
    hidden: &'static Hidden,
    scenario: &'static Scenario,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.hidden.name, self.scenario.name)
    }
}

/// What leaks of a hidden page, and where.
fn leak(Case { hidden, scenario }: &Case) -> Option<String> {
    let place = Place::new();
    let mut bed = world();
    if scenario.begins == Begins::Shown {
        bed.run();
    }
    bed = bed.with("BITBUCKET_CLONE_DIR", &place.text()).with("OUTPUT_DIR", "out").with("PAGE_OUTPUT", "comment,tasks");
    for (name, value) in hidden.variables.iter().chain(scenario.variables) {
        bed = bed.with(name, value);
    }
    {
        let mut state = bed.fake.state();
        (scenario.happens)(&mut state);
        (hidden.hide)(&mut state);
    }
    for time in ["first", "second"] {
        let before = bed.fake.what_people_see();
        let ran = bed.run();
        for (place, text) in emitted(&bed, &place, &ran.log) {
            for secret in hidden.secrets {
                if let Some(line) = text.lines().find(|line| line.to_lowercase().contains(&secret.to_lowercase())) {
                    return Some(format!("{time} run: {place} tells `{secret}`\n{line}"));
                }
            }
        }
        if time == "second" && bed.fake.what_people_see() != before {
            return Some(format!(
                "a second run changes something\n{before:#}\nnow {:#}\n{}",
                bed.fake.what_people_see(),
                ran.log
            ));
        }
    }
    None
}

#[test]
fn hidden_page_leaves_no_trace_in_bitbucket() {
    let cases: Vec<Case> =
        KINDS.iter().flat_map(|hidden| SCENARIOS.iter().map(move |scenario| Case { hidden, scenario })).collect();
    sweep(&cases, || (), |(), case| leak(case).map_or(Ok(()), Err));
}

#[test]
fn page_hidden_later_leaves_the_comment() {
    for scenario in SCENARIOS.iter().filter(|scenario| scenario.name.starts_with("hidden later")) {
        let bed = world();
        bed.run_twice();
        assert!(bed.comments(1).join("").contains(TITLE));
        (scenario.happens)(&mut bed.fake.state());
        restrict(&mut bed.fake.state(), 91);
        bed.run();
        let comment = bed.comments(1).join("");
        assert!(!comment.contains(TITLE) && !comment.contains(SPACE), "{}: {comment}", scenario.name);
    }
}

#[test]
fn pages_that_share_what_is_above_them_ask_for_it_once() {
    let mut state = State::default();
    state.add_page(91, "ENG", "Above");
    for id in 101..=105 {
        state.add_page(id, "ENG", &format!("ENG-{id} Page")).parent = Some(91);
    }
    let id = state.open_pull_request("work", "ENG-101 ENG-102 ENG-103 ENG-104 ENG-105", "", &["x"]);
    let bed = Bed::new(state, id);
    bed.run_twice();
    let asked = bed.fake.requests().iter().filter(|it| it.request.path.contains("/restriction/")).count();
    assert_eq!(asked, 2, "the page above and the space's home page");
    assert!(bed.comments(id)[0].contains("ENG-105 Page"));
}

#[test]
fn what_stands_too_high_to_be_looked_at_hides_and_is_said() {
    let mut state = State::default();
    for id in 1_001..=1_060 {
        state.add_page(id, "ENG", "Above").parent = (id > 1_001).then_some(id - 1);
    }
    state.add_page(101, "ENG", "ENG-1 Far below").parent = Some(1_060);
    let id = state.open_pull_request("work", "ENG-1", "", &["x"]);
    let bed = Bed::new(state, id);
    let ran = bed.run_twice();
    assert!(!bed.comments(id)[0].contains("Far below"), "{:?}", bed.comments(id));
    assert!(ran.log.contains("10 parent pages and folders beyond the limit"), "{}", ran.log);
}

#[test]
fn title_in_a_url_isnt_in_the_audit_log() {
    for fault in [None, Some(Fault::always(FaultKind::status(500)).at(Service::Confluence).path("/pages"))] {
        let place = Place::new();
        let bed = world().with("BITBUCKET_CLONE_DIR", &place.text()).with("OUTPUT_DIR", "out");
        let site = bed.fake.confluence_url();
        let description = format!("{site}/wiki/spaces/{SPACE}/pages/999/{TITLE} {site}/wiki/display/{SPACE}/{TITLE}+2");
        bed.fake.state().bitbucket.pull_request_mut(1).description = description;
        bed.fake.state().faults.extend(fault);
        bed.run();
        let audit = std::fs::read_to_string(place.join("out/audit.jsonl")).unwrap();
        assert!(audit.contains("page:999") && !audit.contains(TITLE) && !audit.contains(SPACE), "{audit}");
    }
}
