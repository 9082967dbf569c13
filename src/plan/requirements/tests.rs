//! Every kind of requirement against every kind of finding.

use super::*;
use crate::mention::{Found, Grammar, KeyRule, Source, Sources};

fn requirements(words: &str) -> Requirements {
    let each = words.split(',').filter(|word| !word.is_empty()).map(|word| Requirement::parse(word).unwrap());
    let exempt = AccountId::parse("712020:robot").into_iter().collect();
    Requirements { each: each.collect(), exempt }
}

/// A page in short: status (`c`, `d`, `a`, `t`), labels, state, and `out` of `SPACES` or `hidden`; `?` is what was not read.
fn page(short: &str) -> Page {
    let mut parts = short.split('/');
    let status = match parts.next() {
        Some("c") => Some(ContentStatus::Current),
        Some("d") => Some(ContentStatus::Draft),
        Some("a") => Some(ContentStatus::Archived),
        Some("t") => Some(ContentStatus::Trashed),
        _ => None,
    };
    let known = |text: &str| (text != "?").then(|| text.to_owned());
    let labels = parts.next().and_then(known).map(|text| text.split('+').map(str::to_owned).collect());
    let state = parts.next().and_then(known);
    let in_spaces = match parts.next() {
        Some("out") => InSpaces::No,
        Some("?") => InSpaces::NotKnown,
        _ => InSpaces::Yes,
    };
    let shown = if short.ends_with("/hidden") { Shown::No } else { Shown::Yes };
    Page { name: "P".to_owned(), shown, in_spaces, status, labels, state }
}

/// Everything is read, and every key counts.
fn naming() -> Naming {
    let (branch, commits, title, description) = (Source::Read, Source::Read, Source::Read, Source::Read);
    let sources = Sources { branch, commits, title, description, jira: Source::Ignored };
    let grammar = Grammar { site_hosts: BTreeSet::new(), gateway: None, keys: KeyRule::Any };
    Naming::new(sources, &grammar, "", &Found::default())
}

fn shown(verdict: &Verdict) -> String {
    let reason = |reason: &Reason| format!("{} {}", reason.requirement, kind(&reason.why));
    let reasons: Vec<String> = verdict.reasons().iter().map(reason).collect();
    format!("{} {}", verdict.word().unwrap_or("not asked"), reasons.join(", ")).trim_end().to_owned()
}

fn kind(why: &Why) -> &'static str {
    match why {
        Why::Absent | Why::NotNamed(_) => "absent",
        Why::OnlyBranch { counts: true } => "only branch",
        Why::OnlyBranch { counts: false } => "only branch, in vain",
        Why::Outside => "outside",
        Why::NotCurrent(_) => "put away",
        Why::Skips(_) => "skips",
        Why::Unverified => "unknown",
        Why::Hidden => "hidden",
    }
}

#[test]
fn pages_are_judged_by_what_was_read_of_them() {
    use Coverage::{Branch, Part, Whole};
    let table: [(&str, &[&str], Coverage, &str); 51] = [
        ("link", &["c/?/?"], Whole, "met"),
        ("link", &["?/?/?"], Part, "met"),
        ("link", &[], Whole, "unmet link absent"),
        ("link", &[], Part, "unmet link unknown"),
        ("current", &[], Whole, "met"),
        ("current", &[], Part, "unmet current unknown"),
        ("current", &["c/?/?", "c/?/?"], Whole, "met"),
        ("current", &["c/?/?"], Part, "unmet current unknown"),
        ("current", &["c/?/?", "?/?/?"], Whole, "unmet current unknown"),
        ("current", &["c/?/?", "d/?/?"], Whole, "unmet current put away"),
        ("current", &["a/?/?", "?/?/?"], Part, "unmet current put away"),
        ("current", &["t/?/?"], Whole, "unmet current put away"),
        ("label:approved", &["c/x+approved/?"], Part, "met"),
        ("label:Approved", &["c/approved/?", "c/?/?"], Whole, "met"),
        ("label:approved", &["c/x/?"], Whole, "unmet label:approved absent"),
        ("label:approved", &["c/approved-not/?"], Whole, "unmet label:approved absent"),
        ("label:approved", &["c/x/?", "c/?/?"], Whole, "unmet label:approved unknown"),
        ("label:approved", &["c/x/?"], Part, "unmet label:approved unknown"),
        ("label:approved", &[], Whole, "unmet label:approved absent"),
        ("state:Approved", &["c/?/approved"], Part, "met"),
        ("state:in review", &["c/?/In Review"], Whole, "met"),
        ("state:Approved", &["c/?/"], Whole, "unmet state:Approved absent"),
        ("state:Approved", &["c/?/Draft", "c/?/?"], Whole, "unmet state:Approved unknown"),
        ("state:Approved", &["c/?/Draft"], Part, "unmet state:Approved unknown"),
        ("state:Approved", &[], Whole, "unmet state:Approved absent"),
        ("link", &["c/?/?/out"], Whole, "unmet link outside"),
        ("link", &["c/?/?/out"], Part, "unmet link unknown"),
        ("link", &["c/?/?/out", "c/?/?"], Whole, "met"),
        ("link", &["c/?/?/out", "c/?/?/?"], Whole, "unmet link unknown"),
        ("label:x", &["c/x/?/out", "c/y/?"], Whole, "unmet label:x outside"),
        ("label:x", &["c/x/?/out", "c/x/?"], Whole, "met"),
        ("label:x", &["c/x/?/?"], Whole, "unmet label:x unknown"),
        ("label:x,state:y", &["c/y/y/?"], Whole, "unmet label:x unknown, state:y unknown"),
        ("link,label:x,state:y", &["c/x/y/hidden"], Whole, "unmet label:x hidden, state:y hidden"),
        ("link,label:x,state:y", &["c/z/z/hidden"], Whole, "unmet label:x hidden, state:y hidden"),
        ("label:x", &["c/x/?/hidden", "c/y/?"], Whole, "unmet label:x hidden"),
        ("label:x", &["c/y/?/hidden", "c/x/?"], Whole, "met"),
        ("label:x", &["c/x/?/hidden"], Part, "unmet label:x unknown"),
        ("label:x", &["c/x/?/hidden", "c/?/?"], Whole, "unmet label:x unknown"),
        ("label:x", &["c/x/?/hidden"], Branch, "unmet label:x only branch"),
        ("current,state:y", &["a/?/y/out"], Whole, "unmet current put away, state:y outside"),
        ("no-skip,link", &["c/?/?"], Whole, "met"),
        ("link,current,label:x", &["d//?"], Whole, "unmet current put away, label:x absent"),
        ("link", &["c/?/?"], Branch, "met"),
        ("link", &[], Branch, "unmet link only branch"),
        ("link", &["c/?/?/out"], Branch, "unmet link only branch"),
        ("label:x", &["c/y/?"], Branch, "unmet label:x only branch"),
        ("label:x", &["c/?/?"], Branch, "unmet label:x unknown"),
        ("current", &["c/?/?"], Branch, "unmet current only branch"),
        ("current", &["?/?/?"], Branch, "unmet current unknown"),
        ("link,label:x,state:y", &[], Part, "unmet link unknown, label:x unknown, state:y unknown"),
    ];
    for (words, pages, coverage, verdict) in table {
        let pages_read: Vec<Page> = pages.iter().map(|short| page(short)).collect();
        let judged = judge(&requirements(words), &pages_read, coverage, &naming());
        assert_eq!(shown(&judged), verdict, "{words} {pages:?} {coverage:?}");
        let is_open = |why: &Why| ["unknown", "hidden", "only branch"].contains(&kind(why));
        assert!(judged.reasons().iter().all(|it| it.why.is_verified() != is_open(&it.why)), "{verdict}");
    }
    assert_eq!(shown(&unverified(&requirements("link,no-skip"))), "unmet link unknown");
    assert_eq!(unverified(&requirements("")), Verdict::NotAsked);
}

#[test]
fn who_wrote_it_and_what_it_says_of_itself_comes_first() {
    use PullRequestState::{Declined, Draft, Merged, Open, Superseded, Unknown};
    let (robot, person) = (AccountId::parse("712020:robot"), AccountId::parse("712020:person"));
    let title = Some(Origin::Title);
    type Row<'a> = (&'static str, PullRequestState, Option<&'a AccountId>, Option<Origin>, Option<&'static str>);
    let table: [Row<'_>; 15] = [
        ("", Open, None, None, Some("not asked")),
        ("link", Open, person.as_ref(), None, None),
        ("link", Draft, person.as_ref(), None, None),
        ("link", Unknown, None, None, None),
        ("link", Merged, person.as_ref(), None, Some("not asked")),
        ("link", Declined, person.as_ref(), title, Some("not asked")),
        ("link", Superseded, person.as_ref(), None, Some("not asked")),
        ("link", Open, robot.as_ref(), None, Some("exempt")),
        ("link,no-skip", Open, robot.as_ref(), title, Some("exempt")),
        ("link", Open, None, None, None),
        ("link", Open, person.as_ref(), title, Some("waived")),
        ("link", Draft, person.as_ref(), Some(Origin::Description), Some("waived")),
        ("link", Open, person.as_ref(), Some(Origin::Commit(0)), None),
        ("link", Open, person.as_ref(), Some(Origin::Branch), None),
        ("link,no-skip", Open, person.as_ref(), title, Some("unmet no-skip skips")),
    ];
    for (words, state, author, skip, verdict) in table {
        let given = beforehand(&requirements(words), Subject { state, author, skip });
        assert_eq!(given.as_ref().map(shown).as_deref(), verdict, "{words} {state:?} {author:?} {skip:?}");
    }
}

#[test]
fn a_word_asks_for_one_thing_and_its_id_is_its_own() {
    let table = [
        ("link", Some("link"), "link"),
        (" Link ", Some("link"), "link"),
        ("CURRENT", Some("current"), "current"),
        ("no-skip", Some("no-skip"), "no-skip"),
        ("label:Approved", Some("label:approved"), "label_3aapproved"),
        ("label: approved", Some("label:approved"), "label_3aapproved"),
        ("state:Ready  for review", Some("state:Ready for review"), "state_3aready_20for_20review"),
        ("state:Geprüft", Some("state:Geprüft"), "state_3agepr_c3_bcft"),
        ("STATE:x:y", Some("state:x:y"), "state_3ax_3ay"),
        ("", None, ""),
        ("links", None, ""),
        ("link:x", None, ""),
        ("label", None, ""),
        ("label:", None, ""),
        ("label:two words", None, ""),
        ("label:1.4", None, ""),
        ("state:", None, ""),
        ("no skip", None, ""),
    ];
    for (word, written, id) in table {
        let requirement = Requirement::parse(word);
        assert_eq!(requirement.as_ref().map(ToString::to_string).as_deref(), written, "{word}");
        assert_eq!(requirement.map(|requirement| requirement.id()).unwrap_or_default(), id, "{word}");
    }
}

#[test]
fn a_hidden_page_is_named_without_its_status() {
    let mut pages = vec![page("a/?/?"); 5];
    pages[0].shown = Shown::No;
    let verdict = judge(&requirements("link,current,label:ok"), &pages, Coverage::Whole, &naming());
    insta::assert_snapshot!(verdict.sentences().join("\n"), @r#"
    Not current: P, P (archived), P (archived) and 2 more. Publish or restore it, or link another page.
    Not verified whether a linked page has the label "ok". The step's log shows what couldn't be read.
    "#);
}
