//! One fault at any request, then a clean run: both sides are what a clean run alone would have made.

use crate::bed::Bed;
use crate::fake::{Fault, FaultKind, State};

/// A pull request that changes its mind: page 101 stays, 102 leaves, 103 and 104 join.
fn change_of_mind() -> Bed {
    let mut state = State::default();
    for (id, key) in [(101, "ENG-1"), (102, "ENG-2"), (103, "ENG-3"), (104, "OPS-4")] {
        let space = key.split('-').next().unwrap();
        state.add_page(id, space, &format!("{key} Page"));
    }
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", "", &["start"]);
    let mut bed = Bed::new(state, id);
    bed.run();
    bed.fake.state().bitbucket.pull_request_mut(id).title = "ENG-1, ENG-3 and OPS-4".to_owned();
    bed.fake.state().push(id, "go on");
    bed.at_tip(id);
    bed
}

/// A pull request whose references all go.
fn unlinking_everything() -> Bed {
    let bed = change_of_mind();
    bed.fake.state().bitbucket.pull_request_mut(1).title = "nothing".to_owned();
    bed
}

fn seen(bed: &Bed) -> String {
    bed.placed(&serde_json::to_string_pretty(&bed.fake.what_people_see()).unwrap())
}

fn kinds() -> Vec<(&'static str, FaultKind)> {
    let envelope = serde_json::json!({ "type": "error", "error": { "message": "no" } });
    vec![
        ("refused", FaultKind::Refuse),
        ("reset before", FaultKind::ResetBefore),
        ("reset after it acted", FaultKind::ResetAfter),
        ("closed silently", FaultKind::CloseAfter),
        ("429 in seconds", FaultKind::too_many_requests("1")),
        ("500", FaultKind::status(500)),
        ("502", FaultKind::status(502)),
        ("503", FaultKind::unavailable("1")),
        ("401", FaultKind::json(401, &envelope)),
        ("403", FaultKind::json(403, &envelope)),
        ("404", FaultKind::json(404, &envelope)),
        ("409", FaultKind::json(409, &envelope)),
        ("truncated", FaultKind::Truncated),
        ("a login page", FaultKind::LoginPage),
    ]
}

fn sweep(story: fn() -> Bed) {
    let clean = story();
    clean.run();
    let requests = clean.fake.requests().len();
    assert!(requests > 10);
    let wanted = seen(&clean);
    let cases: Vec<(usize, &str, FaultKind)> =
        (1..=requests).flat_map(|at| kinds().into_iter().map(move |(name, kind)| (at, name, kind))).collect();
    let troubles = confluence_pr_link::http::map(&cases, |(at, name, kind)| {
        let bed = story();
        // The run counts its requests from one.
        bed.fake.state().faults.push(Fault::at_request(*at, kind.clone()));
        let faulty = bed.run();
        bed.fake.state().faults.clear();
        let repair = bed.run();
        let (now, again) = (seen(&bed), bed.run());
        let lost = (now != wanted).then(|| format!("{now}\nwanted {wanted}"));
        let twice = (!again.writes.is_empty()).then(|| format!("a third run writes {:#?}", again.writes));
        let why = lost.or(twice)?;
        Some(format!("{name} at request {at}: {why}\nfaulty: {}\nrepair: {}", faulty.log, repair.log))
    });
    let troubles: Vec<String> = troubles.into_iter().flatten().collect();
    assert!(troubles.is_empty(), "{} of {} cases; the first:\n{}", troubles.len(), cases.len(), troubles[0]);
}

#[test]
fn a_change_of_mind_survives_every_single_fault() {
    sweep(change_of_mind);
}

#[test]
fn unlinking_everything_survives_every_single_fault() {
    sweep(unlinking_everything);
}
