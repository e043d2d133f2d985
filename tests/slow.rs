//! The walker on a file system that takes its time to answer.

mod kit;

use fsbench::list::tally::Tallies;
use fswalk::{Summary, Threads, Walk};
use kit::slow::Slow;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

/// Walks `slow` as `walk` says; how it went, or `None` where it can't be mounted.
fn walk(slow: Slow, threads: Threads) -> Option<Summary> {
    let folder = tempfile::tempdir().unwrap();
    let session = match slow.mount(folder.path()) {
        Ok(session) => session,
        Err(why) => {
            kit::skip::skip("a walk of a slow file system", why);
            return None;
        }
    };
    let summary = counted(folder.path(), slow, threads);
    drop(session);
    Some(summary)
}

fn counted(root: &Path, slow: Slow, threads: Threads) -> Summary {
    let sinks = Tallies::default();
    let summary = Walk::new(root).threads(threads).report(&sinks).unwrap();
    let seen = sinks.into_seen();
    assert!(seen.errors.is_empty(), "{:?}", seen.errors);
    assert_eq!(seen.tally.entries, slow.entries(), "{threads:?}");
    summary
}

#[test]
fn every_entry_of_a_slow_file_system_is_seen_once() {
    let slow = Slow { latency: Duration::from_micros(300), directories: 200, files: 5 };
    for threads in [1, 3, 32] {
        walk(slow, Threads::Fixed(NonZeroUsize::new(threads).unwrap()));
    }
    walk(slow, Threads::Auto);
}

#[test]
fn threads_that_wait_for_answers_are_joined_by_others() {
    let cores = std::thread::available_parallelism().unwrap().get();
    let slow = Slow { latency: Duration::from_millis(10), directories: 800, files: 2 };
    if let Some(summary) = walk(slow, Threads::Auto) {
        let most = summary.threads.iter().map(|(_, threads)| *threads).max();
        assert!(most > Some(cores * 2), "{cores} cores: {:?}", summary.threads);
    }
}

#[test]
fn entries_come_as_they_are_read_and_a_reader_that_leaves_ends_the_walk() {
    // A minute, if it were walked whole.
    let slow = Slow { latency: Duration::from_millis(20), directories: 800, files: 2 };
    let folder = tempfile::tempdir().unwrap();
    let session = match slow.mount(folder.path()) {
        Ok(session) => session,
        Err(why) => return kit::skip::skip("entries of a slow file system", why),
    };
    let start = Instant::now();
    let walk = Walk::new(folder.path()).threads(Threads::Fixed(NonZeroUsize::MIN));
    let first = walk.into_iter().take(40).map(Result::unwrap).count();
    assert_eq!(first, 40);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    drop(session);
}
