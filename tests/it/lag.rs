//! An acknowledged write counts, even if lists don't show it yet.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::bed::{Bed, Ran, run_with};
use crate::linking::simple;
use crate::rows::{comparable, indexes, linked, retitle, row_text, tables};
use fake::{Account, BOT, Barrier, Fault, FaultKind, Lag, Service, State};

/// Sleeps of the pipe last a hundredth here, so this is two seconds for it.
const TWO_SECONDS: Duration = Duration::from_millis(20);

const LAGS: [Lag; 4] = [Lag::Reads(1), Lag::Reads(2), Lag::Reads(3), Lag::Time(TWO_SECONDS)];

fn lagging(bed: Bed, lag: Lag, by_id: bool) -> Bed {
    {
        let mut state = bed.fake.state();
        (state.bitbucket.comments.lag, state.bitbucket.comments.by_id) = (Some(lag), by_id);
        (state.confluence.replica.lag, state.confluence.replica.by_id) = (Some(lag), by_id);
    }
    bed
}

/// Both services show everything again.
fn catch_up(bed: &Bed) {
    let mut state = bed.fake.state();
    state.bitbucket.comments.lag = None;
    state.bitbucket.comments.catch_up();
    state.confluence.replica.lag = None;
    state.confluence.replica.catch_up();
}

fn count(ran: &Ran, method: &str, part: &str) -> usize {
    ran.writes.iter().filter(|line| line.starts_with(method) && line.contains(part)).count()
}

fn comments(ran: &Ran, method: &str) -> (usize, usize) {
    (count(ran, method, "/pullrequests/1/comments"), count(ran, method, "/footer-comments"))
}

fn is_well(ran: &Ran) {
    assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    assert!(!ran.log.contains("other runs"), "{}", ran.log);
}

/// Which text the services hold of ours, without ids.
fn both_sides(bed: &Bed) -> serde_json::Value {
    serde_json::from_str(&comparable(bed, &bed.fake.what_people_see().to_string())).unwrap()
}

#[test]
fn first_run_adds_one_comment_on_each_side() {
    for lag in LAGS {
        for by_id in [false, true] {
            let bed = lagging(simple(), lag, by_id);
            let ran = bed.run();
            is_well(&ran);
            assert_eq!(comments(&ran, "POST"), (1, 1), "{lag:?} {by_id}: {:#?}\n{}", ran.writes, ran.log);
            catch_up(&bed);
            assert_eq!((bed.comments(1).len(), linked(&bed, 101).len()), (1, 1), "{lag:?} {by_id}: {}", ran.log);
            bed.nothing_is_left_to_do();
        }
    }
}

#[test]
fn write_that_no_list_ever_shows_is_not_repeated() {
    let bed = lagging(simple(), Lag::Reads(10_000), false);
    let ran = bed.run();
    assert_eq!(comments(&ran, "POST"), (1, 1), "{:#?}\n{}", ran.writes, ran.log);
    assert!(!ran.log.contains("other runs"), "{}", ran.log);
    catch_up(&bed);
    bed.run();
    assert_eq!((bed.comments(1).len(), linked(&bed, 101).len()), (1, 1));
    bed.nothing_is_left_to_do();
}

#[test]
fn update_is_written_once_while_the_old_text_is_shown() {
    for lag in LAGS {
        let bed = simple();
        bed.run_twice();
        let bed = lagging(bed, lag, false);
        bed.fake.state().merge(1, false);
        let ran = bed.run();
        is_well(&ran);
        let (comment, page) = comments(&ran, "PUT");
        assert!(comment <= 1 && page == 1, "{lag:?}: {:#?}\n{}", ran.writes, ran.log);
        assert_eq!(comments(&ran, "POST"), (0, 0), "{lag:?}: {:#?}", ran.writes);
        catch_up(&bed);
        assert!(row_text(&bed, 101, 1).contains("merged"), "{lag:?}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn deleted_comment_that_is_still_listed_is_deleted_once() {
    for lag in LAGS {
        let bed = simple();
        bed.run_twice();
        let bed = lagging(bed, lag, false).with("SOURCES", "title");
        retitle(&bed, 1, "nothing");
        let ran = bed.run();
        is_well(&ran);
        assert_eq!(count(&ran, "DELETE", "/pullrequests/1/comments"), 1, "{lag:?}: {:#?}\n{}", ran.writes, ran.log);
        assert_eq!(comments(&ran, "POST"), (0, 0), "{lag:?}: {:#?}", ran.writes);
        let last = ran.writes.iter().rfind(|line| line.contains("/pullrequests/1/comments"));
        assert!(last.is_some_and(|line| line.starts_with("DELETE")), "{lag:?}: {:#?}", ran.writes);
        catch_up(&bed);
        assert_eq!((bed.comments(1).len(), linked(&bed, 101).len()), (0, 0), "{lag:?}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

/// A pull request that is opened, changes its mind and is merged, at the end of each step both sides as people see them.
fn life(lag: Option<Lag>) -> Vec<serde_json::Value> {
    let mut state = State::default();
    for n in 1..=4 {
        state.add_page(100 + n, "ENG", &format!("ENG-{n} Page"));
    }
    let id = state.open_pull_request("work", "ENG-1 and ENG-2", "", &["x"]);
    let mut bed = Bed::new(state, id);
    if let Some(lag) = lag {
        bed = lagging(bed, lag, false);
    }
    let mut seen = vec![];
    for title in ["ENG-1 and ENG-2", "ENG-2 and ENG-3", "ENG-3 and ENG-4", ""] {
        if title.is_empty() {
            bed.fake.state().merge(id, true);
        } else {
            retitle(&bed, id, title);
        }
        // The next pipeline starts some seconds later.
        bed.fake.state().bitbucket.comments.catch_up();
        bed.fake.state().confluence.replica.catch_up();
        let ran = bed.run();
        is_well(&ran);
        assert_eq!(bed.comments(id).len(), 1, "{lag:?} {title}: {}", ran.log);
        seen.push(both_sides(&bed));
    }
    seen
}

#[test]
fn whole_life_with_lagging_lists_ends_as_without() {
    let expected = life(None);
    for lag in LAGS {
        assert_eq!(life(Some(lag)), expected, "{lag:?}");
    }
}

#[test]
fn two_first_runs_with_lagging_lists_leave_one_comment() {
    for lag in LAGS {
        let bed = lagging(simple(), lag, false);
        bed.fake.state().barriers.push(Barrier::new("POST", "/pullrequests/1/comments", 2));
        let codes = thread::scope(|scope| {
            let runs = [(); 2].map(|()| scope.spawn(|| run_with(&bed.variables)));
            runs.map(|run| run.join().unwrap())
        });
        for (exit, log) in &codes {
            assert_eq!(exit.code(), 0, "{lag:?}: {log}");
        }
        catch_up(&bed);
        let log: String = codes.into_iter().map(|(_, log)| log).collect();
        assert_eq!((bed.comments(1).len(), linked(&bed, 101).len()), (1, 1), "{lag:?}: {log}");
        assert_eq!(tables(&bed, 101).len(), 1, "{lag:?}: {log}");
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn comment_of_another_run_does_not_stand_in_for_ours() {
    let other = simple();
    other.run();
    let body = other.fake.page_comments(101).remove(0);
    for lag in LAGS {
        let bed = lagging(simple(), lag, false);
        let body = body.clone();
        let is_post = |request: &fake::Request| request.method == "POST" && request.path.ends_with("/footer-comments");
        // Another run was a moment faster, and lists show its comment before ours.
        bed.fake.state().happenings.push(fake::Happening::before(is_post, move |state| {
            state.add_page_comment(101, BOT, &body);
        }));
        let ran = bed.run();
        is_well(&ran);
        catch_up(&bed);
        assert_eq!((tables(&bed, 101).len(), linked(&bed, 101).len()), (1, 1), "{lag:?}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn comment_of_ours_that_another_run_deleted_is_forgotten() {
    let other = simple();
    other.run();
    let body = other.fake.page_comments(101).remove(0);
    for lag in LAGS {
        let bed = lagging(simple(), lag, false);
        let body = body.clone();
        let is_post = |request: &fake::Request| request.method == "POST" && request.path.ends_with("/footer-comments");
        let is_put = |request: &fake::Request| request.method == "PUT" && request.path.contains("/footer-comments/");
        {
            let mut state = bed.fake.state();
            state.happenings.push(fake::Happening::before(is_post, move |state| {
                state.add_page_comment(101, BOT, &body);
            }));
            // The other run unites both into its own while we are about to.
            state.happenings.push(fake::Happening::before(is_put, |state| {
                let ours = state.confluence.comments.iter().map(|comment| comment.id).max().unwrap();
                state.delete_page_comment(ours);
            }));
        }
        let ran = bed.run();
        is_well(&ran);
        let (_, page) = comments(&ran, "PUT");
        assert!(page <= 4, "{lag:?}: {page} updates: {}", ran.log);
        catch_up(&bed);
        assert_eq!((tables(&bed, 101).len(), linked(&bed, 101).len()), (1, 1), "{lag:?}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn pull_requests_share_a_page_comment_while_lists_lag() {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-1 Page");
    let ids: Vec<u64> = (0..4).map(|n| state.open_pull_request(&format!("b{n}"), "ENG-1", "", &["x"])).collect();
    let bed = lagging(Bed::new(state, 1), Lag::Reads(2), false);
    let variables = |id: &u64| {
        let mut variables = bed.variables.clone();
        variables.insert("BITBUCKET_PR_ID".to_owned(), id.to_string());
        let tip = bed.fake.state().bitbucket.pull_request(*id).source_commit.clone();
        variables.insert("BITBUCKET_COMMIT".to_owned(), tip);
        variables
    };
    let steps: Vec<_> = ids.iter().map(variables).collect();
    bed.fake.state().barriers.push(Barrier::new("POST", "/wiki/api/v2/footer-comments", 4));
    let logs: Vec<(u8, String)> = thread::scope(|scope| {
        let runs: Vec<_> = steps.iter().map(|step| scope.spawn(|| run_with(step))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).map(|(exit, log)| (exit.code(), log)).collect()
    });
    catch_up(&bed);
    for step in &steps {
        let (exit, log) = run_with(step);
        assert_eq!(exit.code(), 0, "{log}");
    }
    assert_eq!((tables(&bed, 101).len(), linked(&bed, 101).len()), (1, 4), "{logs:#?}");
    let before = bed.fake.what_people_see();
    for step in &steps {
        run_with(step);
    }
    assert_eq!(bed.fake.what_people_see(), before);
}

#[test]
fn two_comments_of_ours_become_one_while_lists_lag() {
    for lag in LAGS {
        let bed = simple();
        bed.run_twice();
        let body = bed.fake.page_comments(101).remove(0);
        bed.fake.state().add_page_comment(101, BOT, &body.replace("/pull-requests/1#", "/pull-requests/7#"));
        let raw = bed.fake.pull_request_comments(1).remove(0);
        bed.fake.state().comment(1, Account::bot(), &raw);
        let bed = lagging(bed, lag, false);
        let ran = bed.run();
        is_well(&ran);
        catch_up(&bed);
        bed.run();
        assert_eq!((tables(&bed, 101).len(), bed.comments(1).len()), (1, 1), "{lag:?}: {}", ran.log);
        let mut rows = linked(&bed, 101);
        rows.sort();
        assert_eq!(rows, ["acme/shop#1", "acme/shop#7"], "{lag:?}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn comment_removed_right_after_it_was_added_is_added_again() {
    for lag in [Lag::Reads(2), Lag::Reads(10_000)] {
        let bed = lagging(simple(), lag, false);
        let is_post =
            |request: &fake::Request| request.method == "POST" && request.path.ends_with("/pullrequests/1/comments");
        bed.fake.state().happenings.push(fake::Happening::after(is_post, |state| {
            let ours = state.bitbucket.pull_request(1).comments.last().unwrap().id;
            state.delete_comment(1, ours);
        }));
        let ran = bed.run();
        catch_up(&bed);
        assert!(comments(&ran, "POST").0 <= 2, "{lag:?}: {:#?}\n{}", ran.writes, ran.log);
        assert_eq!((bed.comments(1).len(), indexes(&bed, 1)), (1, vec![vec![101]]), "{lag:?}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn older_text_written_between_two_rounds_does_not_stay() {
    let bed = simple();
    bed.run_twice();
    let bed = bed.with("SOURCES", "title,description");
    let before = bed.fake.pull_request_comments(1).remove(0);
    {
        let mut state = bed.fake.state();
        state.add_page(102, "ENG", "ENG-2 Second");
        state.bitbucket.pull_request_mut(1).title = "ENG-123 and ENG-2".to_owned();
        // The first round reads each of these twice, the second round reads the comments again.
        let nth = |nth: usize, path: &'static str| {
            let seen = AtomicUsize::new(0);
            move |request: &fake::Request| {
                let is_read = request.method == "GET" && request.path.ends_with(path);
                is_read && seen.fetch_add(1, Ordering::Relaxed) + 1 == nth
            }
        };
        state.happenings.push(fake::Happening::before(nth(2, "/pullrequests/1"), |state| {
            state.bitbucket.pull_request_mut(1).description.push_str("Thank you!");
        }));
        state.happenings.push(fake::Happening::before(nth(3, "/pullrequests/1/comments"), move |state| {
            state.bitbucket.pull_request_mut(1).comments.last_mut().unwrap().raw.clone_from(&before);
        }));
    }
    let ran = bed.run();
    is_well(&ran);
    assert_eq!(indexes(&bed, 1), [vec![101, 102]], "{}", ran.log);
    assert!(bed.fake.state().happenings.is_empty(), "both happened");
    bed.nothing_is_left_to_do();
}

#[test]
fn deleted_comment_is_added_again_and_not_called_foreign() {
    let bed = simple();
    bed.run_twice();
    let bed = bed.with("SOURCES", "title,description");
    {
        let mut state = bed.fake.state();
        state.add_page(102, "ENG", "ENG-2 Second");
        state.bitbucket.pull_request_mut(1).title = "ENG-123 and ENG-2".to_owned();
        let is_put =
            |request: &fake::Request| request.method == "PUT" && request.path.contains("/pullrequests/1/comments/");
        state.happenings.push(fake::Happening::before(is_put, |state| {
            let ours = state.bitbucket.pull_request(1).comments.last().unwrap().id;
            state.delete_comment(1, ours);
        }));
    }
    let ran = bed.run();
    is_well(&ran);
    assert_eq!((bed.comments(1).len(), indexes(&bed, 1)), (1, vec![vec![101, 102]]), "{}", ran.log);
    assert!(!ran.log.contains("is by another account"), "{}", ran.log);
    bed.nothing_is_left_to_do();
}

#[test]
fn page_comment_removed_right_after_it_was_added_is_added_again() {
    let bed = lagging(simple(), Lag::Reads(10_000), false);
    let is_post = |request: &fake::Request| request.method == "POST" && request.path.ends_with("/footer-comments");
    bed.fake.state().happenings.push(fake::Happening::after(is_post, |state| {
        let ours = state.confluence.comments.iter().map(|comment| comment.id).max().unwrap();
        state.delete_page_comment(ours);
    }));
    let ran = bed.run();
    is_well(&ran);
    catch_up(&bed);
    assert_eq!((comments(&ran, "POST").1, linked(&bed, 101).len()), (2, 1), "{:#?}\n{}", ran.writes, ran.log);
    bed.nothing_is_left_to_do();
}

#[test]
fn text_that_the_service_keeps_differently_is_written_once() {
    type Keep = fn(&str) -> String;
    let kept: [(&str, Keep); 6] = [
        ("carriage returns", |text| text.replace('\n', "\r\n")),
        ("a line break at the end", |text| format!("{}\n", text.trim_end())),
        ("no line break at the end", |text| text.trim_end().to_owned()),
        ("no blanks at line ends", |text| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")),
        ("no zero-width spaces", |text| text.replace('\u{200b}', "")),
        ("other dashes", |text| text.replace("| --- |", "| :-- |")),
    ];
    for (name, keep) in kept {
        let bed = simple();
        bed.fake.state().bitbucket.kept_text = keep;
        bed.fake.state().confluence.content_mut(101).title = "ENG-123 @all: a < b".to_owned();
        let ran = bed.run();
        is_well(&ran);
        assert_eq!(comments(&ran, "POST").0, 1, "{name}: {:#?}", ran.writes);
        assert!(comments(&ran, "PUT").0 <= 1, "{name}: {:#?}", ran.writes);
        bed.nothing_is_left_to_do();
        bed.fake.state().merge(1, false);
        let ran = bed.run();
        is_well(&ran);
        assert!(comments(&ran, "PUT").0 <= 2, "{name}: {:#?}", ran.writes);
        bed.nothing_is_left_to_do();
    }
}

/// A change is due on both sides, and one of them answers every update with this.
fn stuck(service: Service, status: u16, words: &str) -> (Bed, Ran) {
    let bed = simple();
    bed.run_twice();
    bed.fake.state().add_page(102, "ENG", "ENG-2 Another");
    bed.fake.state().merge(1, false);
    retitle(&bed, 1, "ENG-123 and ENG-2");
    let fault = Fault::always(FaultKind::refused_with(status, words)).at(service).method("PUT").path("comments/");
    bed.fake.state().faults.push(fault);
    let ran = bed.run();
    (bed, ran)
}

#[test]
fn persistent_conflict_ends_soon_in_its_own_words() {
    for (service, part) in
        [(Service::Bitbucket, "/pullrequests/1/comments/"), (Service::Confluence, "/footer-comments/")]
    {
        let (bed, ran) = stuck(service, 409, "The comment is locked");
        let tries = count(&ran, "PUT", part);
        assert!((1..=8).contains(&tries), "{service:?}: {tries} tries: {}", ran.log);
        // Confluence's words may quote the title of a page that may not be shown, so its status stands alone.
        let words = if service == Service::Bitbucket { "The comment is locked" } else { "answered 409" };
        assert!(ran.details.contains(words), "{service:?}: {}", ran.log);
        assert!(!ran.log.contains("other runs"), "{service:?}: {}", ran.log);
        bed.fake.state().faults.clear();
        bed.run();
        assert!(row_text(&bed, 101, 1).contains("merged"));
        assert_eq!((bed.comments(1).len(), tables(&bed, 101).len()), (1, 1), "{service:?}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn stale_version_answered_with_400_is_read_again() {
    for status in [400, 409] {
        let bed = simple();
        bed.run_twice();
        bed.fake.state().confluence.refuse_stale_with = status;
        bed.fake.state().merge(1, false);
        // Another run changes the comment between our read and our write.
        let is_put = |request: &fake::Request| request.method == "PUT" && request.path.contains("/footer-comments/");
        bed.fake.state().happenings.push(fake::Happening::before(is_put, |state| {
            let comment = state.confluence.comments[0].clone();
            state.edit_page_comment(comment.id, BOT, &comment.body);
        }));
        let ran = bed.run();
        is_well(&ran);
        assert!(row_text(&bed, 101, 1).contains("merged"), "{status}: {}", ran.log);
        bed.nothing_is_left_to_do();
    }
}

#[test]
fn lag_after_a_foreign_comment_leaves_it_alone() {
    let bed = lagging(simple(), Lag::Reads(2), false);
    let theirs = bed.fake.state().comment(1, Account::somebody_else(), "Looks good.");
    is_well(&bed.run());
    catch_up(&bed);
    let state = bed.fake.state();
    let found = state.bitbucket.pull_request(1).comments.iter().find(|it| it.id == theirs).unwrap();
    assert_eq!((found.raw.as_str(), found.deleted), ("Looks good.", false));
}
