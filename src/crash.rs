//! A panic as a failure of the run.

use std::io::Write;
use std::panic::{self, AssertUnwindSafe};

use crate::report::{self, CRASHED, Exit};

/// Runs, and turns a panic into a last line and an exit code as `ON_ERROR` has it. The panic's message is not repeated,
/// because it may quote a text with a secret.
pub fn caught(on_error: Option<&str>, out: &mut impl Write, run: impl FnOnce() -> Exit) -> Exit {
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let fails = on_error.is_some_and(|word| word.trim().eq_ignore_ascii_case("fail"));
        let (exit, last) =
            if fails { (Exit::Failed, CRASHED.to_owned()) } else { (Exit::Success, report::passes(CRASHED)) };
        let _ = out.write_all(format!("✖ {last}\n").as_bytes());
        exit
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_is_a_failure_and_its_message_stays_hidden() {
        let table = [(None, Exit::Success), (Some("warn"), Exit::Success), (Some(" FAIL "), Exit::Failed)];
        for (on_error, exit) in table {
            let mut out = Vec::new();
            let ended = caught(on_error, &mut out, || panic::resume_unwind(Box::new("s3cret")));
            let printed = String::from_utf8(out).unwrap();
            assert_eq!((ended, printed.lines().count()), (exit, 1), "{printed}");
            assert_eq!(printed.contains("the step passes"), exit == Exit::Success, "{printed}");
            assert!(printed.starts_with("✖ ") && !printed.contains("s3cret"), "{printed}");
        }
        assert_eq!(caught(None, &mut Vec::new(), || Exit::Requirements), Exit::Requirements);
    }
}
