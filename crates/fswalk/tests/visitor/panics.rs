//! A panic in a visitor, a closure or a filter: it reaches the caller as it was, and leaves nothing broken.

use crate::ends::EndsAtError;
use crate::kit::trees::{self, Tree};
use crate::kit::{fixed, threads};
use crate::wait_for;
use fswalk::{Directory, Entry, Error, Next, Visitor, Walk};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Where a visitor panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Enter,
    Entry,
    Leave,
    Error,
    Listed,
    Drop,
}

/// What it panics with.
#[derive(Debug, PartialEq, Eq)]
struct Payload(Place);

/// Panics at a place, at the first opportunity, once a number of entries were told.
struct Panics<'p> {
    at: Place,
    after: usize,
    count: &'p AtomicUsize,
}

impl Panics<'_> {
    fn is_at(&self, place: Place) {
        let count = match place {
            Place::Entry => self.count.fetch_add(1, Ordering::Relaxed),
            _ => self.count.load(Ordering::Relaxed),
        };
        if self.at == place && count >= self.after && !thread::panicking() {
            panic_any(Payload(place));
        }
    }
}

impl Visitor for Panics<'_> {
    type State = ();

    fn enter(&mut self, _: &Directory<'_>, _: Option<&()>) -> Option<()> {
        self.is_at(Place::Enter);
        Some(())
    }

    fn entry(&mut self, _: &Entry<'_>, (): &()) -> Next {
        self.is_at(Place::Entry);
        Next::Enter
    }

    fn leave(&mut self, _: &Directory<'_>, (): (), _: Option<&()>) {
        self.is_at(Place::Leave);
    }

    fn error(&mut self, _: Error) -> ControlFlow<()> {
        self.is_at(Place::Error);
        ControlFlow::Continue(())
    }

    fn listed(&mut self) -> ControlFlow<()> {
        self.is_at(Place::Listed);
        ControlFlow::Continue(())
    }
}

impl Drop for Panics<'_> {
    fn drop(&mut self) {
        self.is_at(Place::Drop);
    }
}

#[test]
fn a_panic_keeps_its_payload_wherever_it_is() {
    let tree = Tree::new();
    for number in 0..300 {
        tree.file(format!("{number}/in/file"), 0);
        tree.link("nowhere", format!("{number}/link"));
    }
    for at in [Place::Enter, Place::Entry, Place::Leave, Place::Error, Place::Listed, Place::Drop] {
        for after in [0, 1, 500] {
            for threads in threads() {
                let count = AtomicUsize::new(0);
                let walk = Walk::new(tree.path()).follow_links(true).threads(threads);
                let outcome = catch_unwind(AssertUnwindSafe(|| walk.visit(|| Panics { at, after, count: &count })));
                let payload = outcome.expect_err("it panics");
                assert_eq!(payload.downcast_ref(), Some(&Payload(at)), "{threads:?} after {after}");
            }
        }
    }
}

#[test]
fn a_panic_keeps_its_payload_whichever_thread_it_is_in() {
    let tree = trees::broad();
    let caller = thread::current().id();
    for panics_in_caller in [false, true] {
        for threads in [fixed(2), fixed(8)] {
            let has_panicked = AtomicBool::new(false);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                Walk::new(tree.path()).threads(threads).for_each(|found| {
                    // There are no others yet, and nobody else gets what the root has.
                    if found.unwrap().depth() < 2 {
                        return;
                    }
                    if (thread::current().id() == caller) == panics_in_caller {
                        has_panicked.store(true, Ordering::Relaxed);
                        panic_any(Payload(Place::Entry));
                    }
                    assert!(wait_for(&has_panicked), "nobody else does anything");
                });
            }));
            assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&Payload(Place::Entry)), "{threads:?}");
        }
    }
}

#[test]
fn a_panic_while_a_visitor_is_made_keeps_its_payload_whichever_thread_it_is_in() {
    let tree = trees::broad();
    let caller = thread::current().id();
    for panics_in_caller in [false, true] {
        let has_panicked = AtomicBool::new(false);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let init = || {
                if (thread::current().id() == caller) == panics_in_caller {
                    has_panicked.store(true, Ordering::Relaxed);
                    panic_any(Payload(Place::Enter));
                }
            };
            Walk::new(tree.path()).threads(fixed(2)).fold(init, |(), found| {
                assert!(found.unwrap().depth() < 2 || wait_for(&has_panicked), "nobody else makes a visitor");
            });
        }));
        assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&Payload(Place::Enter)), "{panics_in_caller}");
    }
}

#[test]
fn a_filters_panic_keeps_its_payload_in_every_way() {
    let tree = trees::broad();
    for after in [0, 1, 200] {
        for threads in threads() {
            let walk = || {
                let count = AtomicUsize::new(0);
                Walk::new(tree.path()).threads(threads).filter_entry(move |_| {
                    if count.fetch_add(1, Ordering::Relaxed) >= after {
                        panic_any(Payload(Place::Entry));
                    }
                    true
                })
            };
            let errors = AtomicUsize::new(0);
            let ways: [&dyn Fn(); 6] = [
                &|| walk().for_each(|_| ()),
                &|| drop(walk().fold(|| (), |(), _| ())),
                &|| drop(walk().visit(|| EndsAtError(&errors))),
                &|| assert!(walk().into_iter().count() > 0),
                &|| assert!(walk().sort_by_file_name().into_iter().count() > 0),
                &|| assert!(walk().contents_first(true).into_iter().count() > 0),
            ];
            for (number, way) in ways.iter().enumerate() {
                let outcome = catch_unwind(AssertUnwindSafe(way));
                assert_eq!(
                    outcome.expect_err("it panics").downcast_ref(),
                    Some(&Payload(Place::Entry)),
                    "way {number} {threads:?} after {after}"
                );
            }
        }
    }
}

#[test]
fn an_iterator_that_panicked_is_at_its_end() {
    let tree = trees::broad();
    for threads in threads() {
        let walk = Walk::new(tree.path()).threads(threads);
        let mut entries = walk.filter_entry(|entry| entry.depth() < 3 || panic_any(Payload(Place::Entry))).into_iter();
        let outcome = catch_unwind(AssertUnwindSafe(|| entries.by_ref().count()));
        assert!(outcome.is_err());
        let start = Instant::now();
        while catch_unwind(AssertUnwindSafe(|| entries.next().is_some())).unwrap_or(true) {
            assert!(start.elapsed() < Duration::from_secs(20), "{threads:?}");
        }
    }
}

#[test]
fn what_a_panic_leaves_behind_is_whole() {
    // States are handed back by threads that did not panic; a second walk is as good as the first.
    let tree = trees::broad();
    let walk = Walk::new(tree.path()).threads(fixed(8));
    let total = walk.clone().into_iter().count();
    let seen = Mutex::new(0);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        walk.for_each(|_| -> Next {
            *seen.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            panic!("as asked");
        });
    }));
    assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&"as asked"));
    assert_eq!(walk.fold(|| 0, |count, _| *count += 1).into_iter().sum::<usize>(), total);
}

/// Walks when it is dropped.
struct Walks<'w>(&'w Walk, &'w Mutex<Vec<usize>>);

impl Drop for Walks<'_> {
    fn drop(&mut self) {
        assert!(thread::panicking());
        let visited = self.0.fold(|| 0, |count, _| *count += 1).into_iter().sum();
        let iterated = self.0.clone().into_iter().count();
        let sorted = self.0.clone().sort_by_file_name().into_iter().count();
        self.1.lock().unwrap().extend([visited, iterated, sorted]);
    }
}

#[test]
fn a_walk_that_is_done_while_a_panic_unwinds_is_whole() {
    let tree = trees::broad();
    let count = Walk::new(tree.path()).into_iter().count();
    for threads in threads() {
        let (walk, counts) = (Walk::new(tree.path()).threads(threads), Mutex::default());
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let _walks = Walks(&walk, &counts);
            panic!("as asked");
        }));
        assert!(outcome.is_err());
        assert_eq!(counts.into_inner().unwrap(), [count; 3], "{threads:?}");
    }
}
