//! Answers that do not come.

use super::{Seen, TREE, all, all_not_below, with};
use crate::kit::faults::{Call, Fault, Faults, Gate};
use fsbench::list::{Options, Want};
use fsbench::strategy::Strategy;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Opens the gate whatever happens: an asker can be freed in no other way.
struct Opens<'g>(&'g Gate);

impl Drop for Opens<'_> {
    fn drop(&mut self) {
        self.0.open();
    }
}

fn until(what: &str, mut is: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn an_answer_that_does_not_come_holds_up_one_thread_and_no_other() {
    for (name, threads) in [("stealing/fixed", 2), ("stealing/fixed", 7), ("rayon", 2), ("stealing", 1)] {
        for call in [Call::Opendir, Call::Readdir] {
            let gate = Arc::new(Gate::default());
            with(Faults::default().with(call, TREE.directory(3), Fault::Held(Arc::clone(&gate))), |root| {
                let seen = Seen::default();
                let what = format!("{name} x{threads}, {call:?}");
                let strategy = Strategy::by_name(name).unwrap();
                let options = Options { threads, ..Options::default() };
                thread::scope(|scope| {
                    let _opens = Opens(&gate);
                    let walk =
                        scope.spawn(|| strategy.open(Want::Kinds, &options).unwrap().run(root, Want::Kinds, &seen));
                    // Whatever else there is, the others see to it meanwhile; that answer may be the last one asked
                    // for.
                    until(&what, || gate.held() == 1 && seen.0.lock().unwrap().0 == all_not_below("d3"));
                    assert_eq!((gate.held(), walk.is_finished()), (1, false), "{what}");
                    gate.open();
                    walk.join().unwrap().unwrap();
                });
                assert_eq!(seen.0.into_inner().unwrap().0, all(), "{what}");
            });
        }
    }
}

#[test]
fn one_thread_waits_for_an_answer_and_goes_on() {
    for name in ["serial", "serial-absolute", "stealing/fixed", "uring-walk"] {
        let gate = Arc::new(Gate::default());
        with(Faults::default().with(Call::Readdir, TREE.directory(3), Fault::Held(Arc::clone(&gate))), |root| {
            let strategy = Strategy::by_name(name).unwrap();
            let Ok(mut opened) = strategy.open(Want::Kinds, &Options { threads: 1, ..Options::default() }) else {
                return;
            };
            let seen = Seen::default();
            thread::scope(|scope| {
                let _opens = Opens(&gate);
                let walk = scope.spawn(|| opened.run(root, Want::Kinds, &seen));
                until(name, || gate.held() == 1);
                gate.open();
                walk.join().unwrap().unwrap();
            });
            assert_eq!(seen.0.into_inner().unwrap().0, all(), "{name}");
        });
    }
}
