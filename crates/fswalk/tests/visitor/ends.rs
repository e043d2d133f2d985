//! How a walk ends: by a stop, an error, from outside, or as its iterator is dropped; and with which threads it was done.

use crate::kit::process::Alone;
use crate::kit::trees::{self, Tree};
use crate::kit::{fixed, threads};
use crate::wait_for;
use fswalk::{Cancel, Entry, Error, Next, Threads, Visitor, Walk};
use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_walk_uses_no_more_threads_than_it_was_allowed() {
    let tree = trees::broad();
    let caller = thread::current().id();
    let used = |walk: &Walk| {
        let used = Mutex::new(BTreeMap::new());
        walk.for_each(|_| {
            thread::sleep(Duration::from_micros(20));
            *used.lock().unwrap().entry(format!("{:?}", thread::current().id())).or_insert(0) += 1;
        });
        used.into_inner().unwrap()
    };
    let walk = Walk::new(tree.path());
    for one in [walk.clone().threads(fixed(1)), walk.clone().max_threads(1), walk.clone().max_threads(0)] {
        assert_eq!(used(&one).into_keys().collect::<Vec<_>>(), [format!("{caller:?}")]);
    }
    for most in [2, 3, 8] {
        assert!(used(&walk.clone().threads(fixed(most))).len() <= most);
        assert!(used(&walk.clone().max_threads(most)).len() <= most);
    }
    let states = walk.clone().threads(fixed(3)).fold(|| 0, |count, _| *count += 1);
    assert!((1..=3).contains(&states.len()), "{states:?}");
    assert_eq!(states.into_iter().sum::<usize>(), walk.into_iter().count());
}

/// Entries that may still be told after a stop: one for each of the others' threads.
fn assert_soon(count: usize, threads: Threads) {
    let most = match threads {
        Threads::Auto => 256,
        Threads::Fixed(threads) => threads.get(),
    };
    assert!((1..=most).contains(&count), "{count} entries with {threads:?}");
}

#[test]
fn a_stop_ends_the_walk_at_once() {
    let tree = trees::endless(20);
    for threads in threads() {
        let walk = Walk::new(tree.path()).follow_links(true).threads(threads);
        for after in [0, 1, 1000] {
            let count = AtomicUsize::new(0);
            walk.for_each(|_| if count.fetch_add(1, Ordering::Relaxed) >= after { Next::Stop } else { Next::Enter });
            assert_soon(count.into_inner() - after, threads);
            let states = walk.fold(
                || 0,
                |count, _| {
                    *count += 1;
                    if *count > after { Next::Stop } else { Next::Enter }
                },
            );
            assert!(states.iter().any(|&count| count == after + 1), "{states:?}");
        }
    }
}

/// Ends at the first error.
pub(crate) struct EndsAtError<'e>(pub(crate) &'e AtomicUsize);

impl Visitor for EndsAtError<'_> {
    type State = ();

    fn entry(&mut self, _: &Entry<'_>, (): &()) -> Next {
        Next::Enter
    }

    fn error(&mut self, _: Error) -> ControlFlow<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        ControlFlow::Break(())
    }
}

#[test]
fn an_error_may_end_the_walk() {
    let tree = Tree::new();
    for number in 0..2000 {
        tree.link("nowhere", number.to_string());
    }
    for threads in threads() {
        let errors = AtomicUsize::new(0);
        let walk = Walk::new(tree.path()).follow_links(true).threads(threads);
        walk.visit(|| EndsAtError(&errors));
        assert_soon(errors.into_inner(), threads);
        let errors = AtomicUsize::new(0);
        walk.for_each(|found| match found {
            Ok(_) => Next::Enter,
            Err(_) => {
                errors.fetch_add(1, Ordering::Relaxed);
                Next::Stop
            }
        });
        assert_soon(errors.into_inner(), threads);
        // A root that is not there, among others.
        let errors = AtomicUsize::new(0);
        let walk = Walk::new(tree.at("none")).add(tree.at("none")).add(tree.at("none")).threads(threads);
        walk.visit(|| EndsAtError(&errors));
        assert_soon(errors.into_inner(), threads);
    }
}

#[test]
fn a_walk_can_be_cancelled_from_inside_and_from_another_thread() {
    let tree = trees::endless(20);
    for threads in threads() {
        let (cancel, count) = (Cancel::new(), AtomicUsize::new(0));
        Walk::new(tree.path()).follow_links(true).threads(threads).cancel(&cancel).for_each(|_| {
            count.fetch_add(1, Ordering::Relaxed);
            cancel.cancel();
        });
        assert!(cancel.is_cancelled());
        // A root that was told is listed all the same, to its first entry.
        assert_soon(count.into_inner().saturating_sub(1).max(1), threads);

        let (cancel, count, has_begun) = (Cancel::new(), AtomicUsize::new(0), AtomicBool::new(false));
        let walk = Walk::new(tree.path()).follow_links(true).threads(threads).cancel(&cancel.clone());
        thread::scope(|scope| {
            scope.spawn(|| {
                wait_for(&has_begun);
                cancel.cancel();
            });
            walk.for_each(|_| {
                has_begun.store(true, Ordering::Relaxed);
                while !cancel.is_cancelled() {
                    thread::yield_now();
                }
                count.fetch_add(1, Ordering::Relaxed);
            });
        });
        assert_soon(count.into_inner().saturating_sub(1).max(1), threads);
        // One that was cancelled before finds nothing.
        assert_eq!(walk.fold(|| 0, |count, _| *count += 1).iter().sum::<usize>(), 0);
        assert!(walk.into_iter().next().is_none());
    }
}

#[test]
fn a_cancelled_iterator_gives_what_was_found_and_ends() {
    let tree = trees::endless(20);
    for threads in threads() {
        for order in [|walk: Walk| walk, Walk::sort_by_file_name, |walk: Walk| walk.contents_first(true)] {
            for first in [1, 5000] {
                let cancel = Cancel::new();
                let walk = order(Walk::new(tree.path()).follow_links(true).threads(threads).cancel(&cancel));
                let mut entries = walk.into_iter();
                assert_eq!(entries.by_ref().take(first).count(), first);
                cancel.cancel();
                // 64 batches of 256 entries, and what threads have in hand; the tree has 2,000,000.
                assert!(entries.by_ref().count() < 100_000);
                assert!(entries.next().is_none());
            }
        }
    }
}

#[test]
fn an_iterator_that_is_dropped_early_leaves_no_thread_and_no_descriptor() {
    Alone::new("ends::dropped_early").passes();
}

/// Threads and descriptors of this process.
fn held() -> (usize, usize) {
    let count = |folder: &str| fs::read_dir(folder).unwrap().count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

/// The same, once threads that have ended are gone from /proc: they are joined before.
fn assert_held(expected: (usize, usize), of: &str) {
    let start = Instant::now();
    while held() != expected {
        assert!(start.elapsed() < Duration::from_secs(20), "{of}: {:?} and not {expected:?}", held());
        thread::yield_now();
    }
}

#[test]
#[ignore = "the test above runs it, in a process where nothing else goes on"]
fn dropped_early() {
    let (endless, flat) = (trees::endless(20), trees::flat(20_000, 50));
    let before = held();
    for (tree, sizes) in [(&endless, [0, 1, 100, 20_000]), (&flat, [0, 1, 100, 19_000])] {
        for threads in threads() {
            for order in [|walk: Walk| walk, Walk::sort_by_file_name, |walk: Walk| walk.contents_first(true)] {
                for taken in sizes {
                    let walk = order(Walk::new(tree.path()).follow_links(true).threads(threads));
                    let mut entries = walk.into_iter();
                    assert_eq!(entries.by_ref().take(taken).count(), taken);
                    drop(entries);
                    assert_held(before, &format!("{threads:?} after {taken}"));
                }
            }
            // A walk that ended by itself, by a stop and by a panic.
            let walk = Walk::new(flat.path()).threads(threads);
            walk.for_each(|_| ());
            walk.for_each(|_| Next::Stop);
            assert!(catch_unwind(AssertUnwindSafe(|| walk.for_each(|_| -> Next { panic!("as asked") }))).is_err());
            assert_held(before, &format!("{threads:?} walked"));
        }
    }
}
