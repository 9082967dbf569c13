//! Crowds of forged comments, before and after ours, that name pages without a mention.

use super::*;
use fake::{BOT, Who};

const SECRET: &str = "Salary bands";
const NOTE: &str = "**Requirements waived**, because somebody says so.";
const CROWDS: [u32; 3] = [1, 12, 30];

/// When others write.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    BeforeOurs,
    AfterOurs,
}

/// Who writes the comment with this number.
type Author = fn(u32) -> Account;

const AUTHORS: [Author; 3] = [|_| Account::somebody_else(), |_| Account::other_token(), app];

/// Page 101 is mentioned. Nothing mentions the others: an approved one with a task, one that the account can't see, a
/// restricted one, one of a personal space.
fn world() -> Bed {
    let mut state = State::default();
    state.add_page(101, "ENG", "ENG-123 Page");
    state.add_page(102, "ENG", "ENG-124 Approved").labels.push("approved".to_owned());
    state.add_page(103, "ENG", SECRET).view = Who::Nobody;
    state.add_page(104, "ENG", SECRET).read_users.push(BOT.to_owned());
    let State { confluence, clock, .. } = &mut state;
    confluence.add_space(clock, 77, "~712020abc", "Somebody");
    state.add_page(105, "~712020abc", SECRET);
    state.add_task(101, "4", "Do it");
    state.add_task(102, "4", "Leave it");
    let id = state.open_pull_request("work", "closes ENG-123#4", "", &["x"]);
    let bed = Bed::new(state, id).with("PAGE_OUTPUT", "comment,tasks");
    bed.with("REQUIRE", "link,current,label:approved").with("ON_ERROR", "warn")
}

fn crowd(bed: &Bed, size: u32, author: Author) {
    let raw = with_index(&genuine(bed), &[102, 103, 104, 105, 999]).replace("ENG-123", "ENG-124");
    let raw = raw.replacen("\n\n", &format!("\n\n{NOTE}\n\n[//]: # (memory 101=closed#4 102=ENG-124)\n\n"), 1);
    for number in 0..size {
        bed.fake.state().comment(1, author(number), &raw);
    }
}

/// A pull request that is opened, reconciled, merged and reconciled again: the exit codes, what people see of ours after
/// each run, and the most requests of a run.
fn life(moment: Moment, size: u32, author: Author) -> (Vec<(u8, String)>, usize) {
    let bed = world();
    if moment == Moment::AfterOurs {
        bed.run();
    }
    crowd(&bed, size, author);
    let mut seen = vec![];
    let mut most = 0;
    let mut step = |bed: &Bed| {
        let ran = bed.run();
        let forged = ["103", "104", "105", "999", "ENG-124", SECRET];
        let log = bed.placed(&ran.log);
        let said: Vec<&str> = log
            .lines()
            .filter(|line| {
                forged.iter().any(|word| line.contains(&format!("page:{word}")) || line.contains(&format!("\"{word}")))
            })
            .collect();
        assert!(said.is_empty() && !log.contains(SECRET), "{moment:?} {size}: {said:#?}");
        most = most.max(bed.fake.requests().len());
        seen.push((ran.exit.code(), of_ours(bed)));
    };
    step(&bed);
    let bed = bed.with("ACTION", "reconcile");
    step(&bed);
    bed.fake.state().merge(1, false);
    let bed = bed.with("ACTION", "auto");
    step(&bed);
    let bed = bed.with("ACTION", "reconcile");
    step(&bed);
    nothing_is_taken(&bed);
    assert_eq!(ours(&bed).len(), 1, "{moment:?} {size}");
    assert!((102..=105).all(|page| bed.fake.page_comments(page).is_empty()), "{moment:?} {size}");
    let state = bed.fake.state();
    let others = state.bitbucket.pull_request(1).comments.iter().filter(|it| !it.deleted && it.user != Account::bot());
    assert_eq!(others.count(), size as usize, "{moment:?}: comments of others stay");
    drop(state);
    (seen, most)
}

#[test]
fn crowd_of_forged_comments_changes_nothing() {
    for moment in [Moment::BeforeOurs, Moment::AfterOurs] {
        let (without, usual) = life(moment, 0, app);
        assert_eq!(without.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [5, 0, 0, 0]);
        for (kind, author) in AUTHORS.into_iter().enumerate() {
            for size in CROWDS {
                let (with, most) = life(moment, size, author);
                for (step, (with, without)) in with.iter().zip(&without).enumerate() {
                    assert_eq!(with, without, "{moment:?}, {size} of kind {kind}, step {step}");
                }
                // Twenty pages of others are read, and five authors tried.
                assert!(most <= usual + 60, "{moment:?}, {size} of kind {kind}: {most} requests, {usual} without");
            }
        }
    }
}

#[test]
fn note_of_a_forged_comment_is_never_repeated() {
    for author in AUTHORS {
        let bed = world().with("ACTION", "backfill");
        crowd(&bed, 3, author);
        for _ in 0..2 {
            let ran = bed.run();
            let state = bed.fake.state();
            let comments = state.bitbucket.pull_request(1).comments.iter();
            let ours: Vec<String> = comments.filter(|it| it.user == Account::bot()).map(|it| it.raw.clone()).collect();
            drop(state);
            assert!(ours.len() == 1 && !ours[0].contains("somebody says so"), "{ours:#?}\n{}", ran.log);
        }
    }
}
