//! Independent requests at the same time, results in order.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, Scope, ScopedJoinHandle, scope};

/// More than one service's limit, so that reads of both sides overlap, and few enough for a small container.
const MOST_THREADS: usize = 16;

/// A request needs little; the default of 2 MiB times sixteen would count against a container's memory.
const STACK_BYTES: usize = 512 * 1024;

/// Applies `work` to every item, at most sixteen at once, and returns the results in the order of the items.
///
/// The calling thread works too: one item costs no thread, and where no thread can be made the work is done anyway.
/// A panic in `work` reaches the caller.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let share = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match items.get(index) {
                Some(item) => done.push((index, work(item))),
                None => return done,
            }
        }
    };
    let mut done = scope(|scope| {
        let helpers = items.len().min(MOST_THREADS).saturating_sub(1);
        let threads: Vec<_> = (0..helpers).map_while(|_| spawn(scope, &share)).collect();
        let mut done = share();
        for thread in threads {
            done.extend(join(thread));
        }
        done
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Does two different things at the same time. Nest it for more.
pub fn both<A, B: Send>(first: impl FnOnce() -> A, second: impl Fn() -> B + Sync) -> (A, B) {
    scope(|scope| {
        let thread = spawn(scope, &second);
        let first = first();
        (first, thread.map_or_else(&second, join))
    })
}

/// `None` where the system has no thread left: the caller does the work itself.
fn spawn<'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: &'scope (impl Fn() -> R + Sync),
) -> Option<ScopedJoinHandle<'scope, R>> {
    Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).ok()
}

fn join<R>(thread: ScopedJoinHandle<'_, R>) -> R {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;
    use std::thread::current;

    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..500).collect();
        let doubled = map(&items, |item| {
            if item % 7 == 0 {
                std::thread::yield_now();
            }
            item * 2
        });
        assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert!(map(&[] as &[u8], |item| *item).is_empty());
    }

    #[test]
    fn sixteen_items_run_at_the_same_time() {
        let barrier = Barrier::new(16);
        assert_eq!(map(&[(); 16], |()| barrier.wait().is_leader()).into_iter().filter(|leader| *leader).count(), 1);
    }

    #[test]
    fn never_more_than_sixteen() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        map(&[(); 64], |()| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            (0..100).for_each(|_| std::thread::yield_now());
            running.fetch_sub(1, Ordering::SeqCst);
        });
        assert!(most.into_inner() <= 16);
    }

    #[test]
    fn one_item_costs_no_thread() {
        let caller = current().id();
        assert_eq!(map(&[()], |()| current().id()), [caller]);
    }

    #[test]
    fn two_things_happen_at_the_same_time() {
        let barrier = Barrier::new(2);
        let meet = |name| {
            barrier.wait();
            name
        };
        assert_eq!(both(|| meet("a"), || meet("b")), ("a", "b"));
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        let caught = |work: &dyn Fn()| catch_unwind(AssertUnwindSafe(work)).unwrap_err().downcast::<&str>().unwrap();
        let items: Vec<usize> = (0..40).collect();
        assert_eq!(
            *caught(&|| {
                map(&items, |item| {
                    if *item == 33 {
                        std::panic::panic_any("boom")
                    }
                });
            }),
            "boom"
        );
        assert_eq!(
            *caught(&|| {
                both(|| (), || std::panic::panic_any("bang"));
            }),
            "bang"
        );
    }
}
