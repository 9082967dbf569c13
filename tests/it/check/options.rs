//! Options that need more are checked only when they are set.

use super::{checking, result, run};
use crate::identity::WAYS_IN;
use fake::CONFLUENCE_SCOPED_TOKEN;

#[test]
fn the_scopes_of_an_option_are_asked_for_only_with_it() {
    let options = [
        ("PAGE_OUTPUT", "comment,tasks", "  complete tasks", &["write:task:confluence"][..]),
        ("PAGE_OUTPUT", "comment,labels", "  label pages", &["write:label:confluence", "read:label:confluence"]),
    ];
    for (variable, value, what, needed) in options {
        let bed = WAYS_IN[1].of(checking());
        let ran = run(&bed);
        assert!(!ran.log.contains(what) && !ran.log.contains(needed[0]), "{}", ran.log);
        let bed = bed.with(variable, value);
        assert_eq!(result(&run(&bed), what), "ok");
        for scope in needed {
            let bed = WAYS_IN[1].of(checking()).with(variable, value);
            let stays = |held: &String| held != scope && held != "write:confluence-content";
            bed.fake.state().confluence.token_mut(CONFLUENCE_SCOPED_TOKEN).scopes.retain(stays);
            let ran = run(&bed);
            assert_eq!((ran.exit.code(), result(&ran, what)), (3, "missing".to_owned()), "{}", ran.log);
            assert!(ran.log.contains(&format!("`{scope}`")), "{}", ran.log);
        }
        // At the site's own address nothing is sent, and none is needed.
        let ran = run(&checking().with(variable, value));
        assert_eq!((result(&ran, what), bed.fake.writes().is_empty()), ("ok".to_owned(), false), "{}", ran.log);
    }
}
