//! One fault at any request, then a clean run: both sides are what a clean run alone would have made.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::bed::{Bed, fast_clock, run_by};
use crate::sweep::{self, Ground};
use fake::{Fault, FaultKind, Recorded, State};

/// So many seconds of a run pass in one of the machine's: what never answers is waited for in full.
pub(crate) const PACE: u32 = 20;

/// The run's budget, and two seconds of the machine's for threads that wait for a busy core.
const BUDGET: Duration = Duration::from_secs(60 + 2 * PACE as u64);

fn world() -> State {
    let mut state = State::default();
    for (id, key) in [(101, "ENG-1"), (102, "ENG-2"), (103, "ENG-3"), (104, "OPS-4")] {
        let space = key.split('-').next().unwrap();
        state.add_page(id, space, &format!("{key} Page"));
    }
    state.second = Duration::from_secs(1) / PACE;
    state
}

/// A pull request that is linked for the first time: by keys, by a link and to a page that others link to as well.
pub(crate) fn linking() -> Bed {
    let mut state = world();
    let other = state.open_pull_request("other", "ENG-1", "", &["start"]);
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", "", &["start"]);
    let mut bed = Bed::new(state, other);
    bed.run();
    let link = format!("{}/wiki/spaces/ENG/pages/103", bed.fake.confluence_url());
    bed.fake.state().bitbucket.pull_request_mut(id).description = link;
    bed.variables.insert("BITBUCKET_PR_ID".to_owned(), id.to_string());
    bed.at_tip(id);
    bed
}

/// A pull request that changes its mind: page 101 stays, 102 leaves, 103 and 104 join.
pub(crate) fn change_of_mind() -> Bed {
    let mut state = world();
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", "", &["start"]);
    let mut bed = Bed::new(state, id);
    bed.run();
    bed.fake.state().bitbucket.pull_request_mut(id).title = "ENG-1, ENG-3 and OPS-4".to_owned();
    bed.fake.state().push(id, "go on");
    bed.at_tip(id);
    bed
}

/// A pull request whose mentions all go.
pub(crate) fn unlinking_everything() -> Bed {
    let bed = change_of_mind();
    bed.fake.state().bitbucket.pull_request_mut(1).title = "nothing".to_owned();
    bed
}

/// A tag on a release with two pull requests, one linked before, and a commit that names a page by itself.
pub(crate) fn releasing() -> Bed {
    let mut state = world();
    state.tag("1.0.0", "main");
    let one = state.open_pull_request("one", "ENG-1", "", &["start"]);
    let two = state.open_pull_request("two", "ENG-2", "", &["start"]);
    let bed = Bed::new(state, two);
    bed.run();
    let mut bed = bed.with("BITBUCKET_PR_ID", &one.to_string());
    bed.run();
    let mut state = bed.fake.state();
    state.merge(one, false);
    state.squash(two, true);
    let State { bitbucket, clock, .. } = &mut *state;
    bitbucket.repositories[0].commit(clock, "main", "ENG-3: straight to main");
    let commit = state.tag("1.1.0", "main");
    drop(state);
    bed.variables.retain(|name, _| name != "BITBUCKET_PR_ID" && name != "BITBUCKET_BRANCH");
    bed.with("BITBUCKET_TAG", "1.1.0").with("BITBUCKET_COMMIT", &commit)
}

/// Whether a fault passes when the request is sent again, or says something that stays said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lasts {
    No,
    Yes(Option<u16>),
}

/// Which faults a scenario meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Faults {
    All,
    /// One of each sort that the engine can tell apart. The client's retries hide the differences between the others.
    Distinct,
}

const DISTINCT: [&str; 6] = ["reset after it acted", "500", "401", "403", "404", "409"];

fn kinds(faults: Faults) -> Vec<(&'static str, Lasts, FaultKind)> {
    let said = |status| (Lasts::Yes(Some(status)), FaultKind::refused(status));
    let passing = |kind| (Lasts::No, kind);
    let kinds = [
        ("refused", passing(FaultKind::Refuse)),
        ("reset before it acted", passing(FaultKind::ResetBefore)),
        ("reset after it acted", passing(FaultKind::ResetAfter)),
        ("closed silently", passing(FaultKind::CloseAfter)),
        ("429 in seconds", passing(FaultKind::too_many_requests("2"))),
        // Two seconds after what the test bed's clock says.
        ("429 as a date", passing(FaultKind::too_many_requests("Sun, 22 Nov 2026 09:30:02 GMT"))),
        ("500", passing(FaultKind::status(500))),
        ("502", passing(FaultKind::status(502))),
        ("503", passing(FaultKind::unavailable("1"))),
        ("truncated", passing(FaultKind::Truncated)),
        ("one byte a second", passing(FaultKind::Trickle)),
        ("no answer", passing(FaultKind::Silence)),
        ("401", said(401)),
        ("403", said(403)),
        ("404", said(404)),
        ("409", said(409)),
        ("a login page", (Lasts::Yes(None), FaultKind::LoginPage)),
        ("an endless body", (Lasts::Yes(None), FaultKind::Endless)),
    ];
    let wanted = |name| faults == Faults::All || DISTINCT.contains(&name);
    let kinds = kinds.into_iter().filter(|(name, _)| wanted(name));
    kinds.map(|(name, (lasts, kind))| (name, lasts, kind)).collect()
}

/// What a run of which one request failed comes to.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// Everything is done, as if nothing had happened.
    Done,
    /// The exit code is 0, and a warning names the request.
    Warning,
    /// One of the two.
    DoneOrWarning,
    /// The exit code is 0, a warning names the request, and no later run tries again.
    Refused,
    /// The exit code is 0, and the next run does the rest.
    Later,
    /// This exit code, and a sentence that names the request.
    Failed(u8),
}

/// What it should come to, by the table of answers in the design and the weight of what the request is for.
fn end_of(lasts: Lasts, request: &Recorded, look: Look) -> End {
    let path = request.request.path.as_str();
    // Without the cloud id it isn't known which report is ours, and a run that can do without it doesn't wait for it.
    if path.ends_with("/tenant_info") {
        return End::Later;
    }
    let Lasts::Yes(status) = lasts else { return End::Done };
    // A credential that can't read Jira is no failure, and what Jira led to stays.
    if path.ends_with("/remotelink") && matches!(status, Some(401 | 403 | 404)) {
        return End::Later;
    }
    let reads = request.request.is_reading();
    let method = request.request.method.as_str();
    let of_comment = path.contains("/comments/") || path.ends_with("/comments");
    let footer = path.contains("/footer-comments");
    let asks_who = path.ends_with("/user/current");
    let asks_what = path.ends_with("/pullrequests/1") || path.ends_with("/pullrequests/2");
    // Without its tags or its pull requests nothing is known of a repository.
    let lists = path.ends_with("/shop/refs/tags") || path.ends_with("/shop/pullrequests");
    let adorns = request.request.query.iter().any(|(_, value)| value.contains(" id in ("));
    match (method, status) {
        // The row is written all the same, and then it is the memory.
        (_, Some(403 | 404)) if is_edit(request) => End::Refused,
        // No report there is an answer, and a failing report fails nothing.
        ("GET", Some(404)) if path.contains("/reports/") => End::Done,
        _ if path.contains("/reports/") => End::Warning,
        // Not taken at the site: the gateway is asked, and takes it.
        ("GET", Some(401)) if asks_who => End::Done,
        ("GET", _) if asks_what && look == Look::Between => End::Done,
        // A comment that may be somebody else's blocks nothing. What is added instead is by the same account, which tells.
        // The next write of the same run knows it.
        ("PUT", Some(401 | 403 | 404)) if of_comment && !footer && look == Look::First => End::DoneOrWarning,
        // A bad credential is one for everything that is asked with it.
        (_, Some(401)) => End::Failed(3),
        // Without them less is shown, and the next turn of reading asks again.
        _ if adorns => End::Done,
        _ if path.contains("/restriction/") => End::Warning,
        ("GET", Some(403 | 404)) if asks_who || lists || (asks_what && look == Look::First) => End::Failed(3),
        // Whether a comment may be added shows when one is.
        _ if path.ends_with("/operations") => End::Done,
        _ if reads => End::Failed(1),
        ("POST", Some(403 | 404)) if footer => End::Warning,
        // There is no such pull request.
        ("POST", Some(404)) if of_comment => End::Failed(1),
        (_, Some(403)) => End::Failed(1),
        // Read again, and then done.
        (_, Some(_) | None) => End::Done,
    }
}

/// Whether a request completes a task or adds a label.
fn is_edit(request: &Recorded) -> bool {
    let path = request.request.path.as_str();
    !request.request.is_reading() && (path.contains("/tasks/") || path.ends_with("/label"))
}

/// Which of the requests for the same thing one is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    First,
    Between,
    Last,
}

fn look_of(struck: &Recorded, requests: &[Recorded]) -> Look {
    let asks_the_same = |recorded: &&Recorded| {
        (&recorded.request.method, &recorded.request.path) == (&struck.request.method, &struck.request.path)
    };
    let mut numbers = requests.iter().filter(asks_the_same).map(|recorded| recorded.number);
    match (numbers.next(), numbers.next_back()) {
        (first, _) if first == Some(struck.number) => Look::First,
        (_, last) if last == Some(struck.number) => Look::Last,
        _ => Look::Between,
    }
}

pub(crate) fn seen(bed: &Bed) -> String {
    bed.placed(&serde_json::to_string_pretty(&bed.fake.what_people_see()).unwrap())
}

struct Case {
    at: usize,
    name: &'static str,
    lasts: Lasts,
    kind: FaultKind,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at request {}", self.name, self.at)
    }
}

/// Our comments on a pull request, if there is one of that number.
fn ours_on(bed: &Bed, id: u64) -> usize {
    let there = bed.fake.state().bitbucket.repositories[0].pull_requests.iter().any(|request| request.id == id);
    if there { bed.comments(id).len() } else { 0 }
}

/// How a run ended of which one request failed.
struct Met {
    /// What is wrong with that.
    ill: Option<String>,
    /// Whether the world stays without what was refused.
    stays: bool,
}

fn meet(bed: &Bed, case: &Case, wanted: &str, missed: &AtomicUsize) -> Met {
    bed.fake.clear_requests();
    bed.fake.state().faults.push(Fault::at_request(case.at, case.kind.clone()));
    let clock = fast_clock(PACE);
    let (exit, log) = run_by(&clock, &bed.variables);
    let took = clock.now();
    bed.fake.state().faults.clear();
    let requests = bed.fake.requests();
    // A run that needed fewer requests than the clean one met nothing.
    let Some(struck) = requests.iter().find(|recorded| recorded.number == case.at) else {
        missed.fetch_add(1, Ordering::Relaxed);
        return Met { ill: None, stays: false };
    };
    let end = end_of(case.lasts, struck, look_of(struck, &requests));
    let named = log.contains(&format!("`{} {}`", struck.request.method, struck.request.path));
    // Whatever it is, it is no reason for a second comment of ours.
    let crowded = (101..=104).any(|page| bed.rows(page).len() > 1) || [1, 2].iter().any(|id| ours_on(bed, *id) > 1);
    let right = !crowded
        && match &end {
            End::Done => exit.code() == 0 && seen(bed) == wanted,
            End::Later => exit.code() == 0,
            End::Warning | End::Refused => exit.code() == 0 && named && log.contains("WARNING"),
            End::DoneOrWarning => exit.code() == 0 && (seen(bed) == wanted || (named && log.contains("WARNING"))),
            End::Failed(code) => exit.code() == *code && named && log.contains("ERROR"),
        };
    let all = if took > BUDGET { format!("; it took {took:?}") } else { String::new() };
    let (code, line) = (exit.code(), struck.line());
    let why = format!("{line}: wanted {end:?}, exit code {code}, named: {named}{all}\nnow {}\n{log}", seen(bed));
    Met { ill: (!right || took > BUDGET).then_some(why), stays: end == End::Refused }
}

/// Whether the words and the exit code of the run that met the fault are looked at, or only what stands at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// They are, by the table of answers.
    Matter,
    /// They are not: another way is taken when one fails.
    Aside,
}

pub(crate) fn sweep(scenario: fn() -> Bed, words: Words, faults: Faults) {
    let clean = scenario();
    clean.run();
    let requests = clean.fake.requests().len();
    assert!(requests > 5, "{requests}");
    let wanted = seen(&clean);
    // So a run that ends like this has nothing left to do.
    clean.nothing_is_left_to_do();
    let of_each = |at| kinds(faults).into_iter().map(move |(name, lasts, kind)| Case { at, name, lasts, kind });
    let cases: Vec<Case> = (1..=requests).flat_map(of_each).collect();
    let missed = AtomicUsize::new(0);
    sweep::sweep(
        &cases,
        || Ground::new(scenario()),
        |ground, case| {
            let bed = ground.reset();
            let Met { ill, stays } = meet(bed, case, &wanted, &missed);
            let ill = ill.filter(|_| words == Words::Matter || stays);
            let before = seen(bed);
            let repair = bed.run();
            let (now, wanted) = (seen(bed), if stays { &before } else { &wanted });
            let lost = (now != *wanted).then(|| format!("{now}\nwanted {wanted}"));
            ill.or(lost).map_or(Ok(()), |why| Err(format!("{why}\nrepair: {}", repair.log)))
        },
    );
    assert!(missed.into_inner() * 20 < cases.len(), "nearly every fault is met");
}

#[test]
fn a_first_link_survives_every_single_fault() {
    sweep(linking, Words::Matter, Faults::Distinct);
}

/// A pull request whose Jira issue led to page 102 and now links page 103.
pub(crate) fn through_jira() -> Bed {
    let mut state = world();
    state.add_issue("PROJ-7", &[102]);
    let id = state.open_pull_request("work", "ENG-1 and PROJ-7", "", &["start"]);
    let bed = Bed::new(state, id).with("SOURCES", "branch,commits,title,jira");
    bed.run();
    bed.fake.state().issue_mut("PROJ-7").links = vec![fake::Link::Page(103)];
    bed
}

#[test]
fn link_through_jira_survives_every_single_fault() {
    sweep(through_jira, Words::Matter, Faults::Distinct);
}

#[test]
fn a_change_of_mind_survives_every_single_fault() {
    sweep(change_of_mind, Words::Matter, Faults::All);
}

#[test]
fn a_release_survives_every_single_fault() {
    sweep(releasing, Words::Matter, Faults::Distinct);
}

#[test]
fn unlinking_everything_survives_every_single_fault() {
    sweep(unlinking_everything, Words::Matter, Faults::Distinct);
}

/// The push that merged a linked pull request, which names one page and remembers another.
pub(crate) fn merging() -> Bed {
    let bed = change_of_mind();
    bed.run();
    let mut bed = bed;
    bed.fake.state().bitbucket.pull_request_mut(1).title = "ENG-1".to_owned();
    let merge = bed.fake.state().merge(1, true);
    bed.fake.state().edit_page(101, "<p>After the merge.</p>");
    bed.variables.remove("BITBUCKET_PR_ID");
    bed.variables.insert("BITBUCKET_BRANCH".to_owned(), "main".to_owned());
    bed.variables.insert("BITBUCKET_COMMIT".to_owned(), merge);
    bed
}

/// A repository whose pull request was declined without a run, and lost a page comment by hand.
pub(crate) fn reconciling() -> Bed {
    let bed = linking();
    bed.run();
    bed.fake.state().decline(2);
    let ours = bed.fake.state().confluence.comments.iter().find(|comment| comment.content == 101).unwrap().id;
    bed.fake.state().delete_page_comment(ours);
    bed.with("ACTION", "reconcile")
}

/// The end of a pilot of one pull request.
pub(crate) fn removing() -> Bed {
    let mut state = world();
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", "", &["start"]);
    let bed = Bed::new(state, id);
    bed.run();
    bed.with("ACTION", "remove")
}

/// A release that was tagged by mistake, next to rows that stay.
pub(crate) fn removing_a_release() -> Bed {
    let mut bed = releasing();
    bed.run();
    bed.variables.remove("BITBUCKET_TAG");
    bed.with("BITBUCKET_BRANCH", "main").with("ACTION", "remove").with("RELEASE_VERSION", "1.1.0")
}

/// A release whose pull requests close tasks that are still open, two of them on one page.
pub(crate) fn releasing_with_tasks() -> Bed {
    // A fault while the comments of the pull requests show the tasks is left to `reconcile`.
    let bed = releasing().with("PAGE_OUTPUT", "comment,tasks,labels").with("PULL_REQUEST_OUTPUT", "none");
    {
        let mut state = bed.fake.state();
        for (page, number) in [(101, "4"), (101, "5"), (102, "6")] {
            state.add_task(page, number, "<p>Decide</p>");
        }
        state.bitbucket.pull_request_mut(1).title = "ENG-1, closes ENG-1#4".to_owned();
        state.bitbucket.pull_request_mut(2).title = "ENG-2, closes ENG-1#5 and closes ENG-2#6".to_owned();
    }
    bed
}

#[test]
fn removing_a_release_survives_every_single_fault() {
    let bed = removing_a_release();
    let ran = bed.run_twice();
    let rows: Vec<String> = [101, 102].iter().flat_map(|page| bed.rows(*page)).flatten().collect();
    assert!(ran.writes.len() == 2 && rows.len() == 2, "{rows:?}: {}", ran.log);
    assert!(rows.iter().all(|row| row.contains("merged") && !row.contains("1.1.0")), "{rows:?}");
    sweep(removing_a_release, Words::Aside, Faults::Distinct);
}

#[test]
fn a_release_with_tasks_survives_every_single_fault() {
    sweep(releasing_with_tasks, Words::Aside, Faults::Distinct);
}

#[test]
fn a_merge_survives_every_single_fault() {
    sweep(merging, Words::Aside, Faults::Distinct);
}

#[test]
fn a_reconciliation_survives_every_single_fault() {
    sweep(reconciling, Words::Aside, Faults::Distinct);
}

#[test]
fn a_removal_survives_every_single_fault() {
    sweep(removing, Words::Aside, Faults::Distinct);
}
