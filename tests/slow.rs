//! The walker on a file system that takes its time to answer.

mod kit;

use fsbench::list::tally::Tallies;
use fswalk::{Summary, Threads, Walk};
use kit::faults::Faults;
use kit::slow::{Manner, Slow};
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

/// What it takes to look up 20 files one after the other where an answer takes 5 ms; `None` where nothing can be mounted.
fn looked_up(manner: Manner) -> Option<Duration> {
    let slow = Slow { latency: Duration::from_millis(5), directories: 1, files: 20 };
    let folder = tempfile::tempdir().unwrap();
    let session = match slow.mount_in(manner, Faults::default(), folder.path()) {
        Ok(session) => session,
        Err(why) => {
            kit::skip::skip("lookups on a slow file system", why);
            return None;
        }
    };
    let entries: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    let start = Instant::now();
    assert_eq!(entries.iter().filter(|entry| entry.metadata().unwrap().is_file()).count(), 20);
    let time = start.elapsed();
    drop(session);
    Some(time)
}

#[test]
fn a_lookup_waits_unless_the_attributes_came_with_the_names() {
    let kept = Manner { validity: Duration::from_secs(60), ..Manner::default() };
    let Some(apart) = looked_up(kept) else { return };
    assert!(apart >= Duration::from_millis(100), "20 answers of 5 ms: {apart:?}");
    let together = looked_up(Manner { plus: true, ..kept }).unwrap();
    assert!(together < Duration::from_millis(5), "no answer is waited for: {together:?}");
}

#[test]
fn a_link_of_few_bytes_makes_answers_wait_for_each_other() {
    // An answer of 160 bytes takes 20 ms; its latency is on top.
    let narrow = Manner { bytes_per_second: Some(8000), validity: Duration::from_secs(60), ..Manner::default() };
    if let Some(time) = looked_up(narrow) {
        assert!(time >= Duration::from_millis(20 * 25), "{time:?}");
    }
}
