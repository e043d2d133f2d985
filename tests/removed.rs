//! A directory that is removed while it is open, on file systems with interfaces of their own and while it is read: it is at
//! its end, and that is no error.

mod kit;

use fsbench::error::Error;
use fsbench::list::tally::{Tallies, Tally};
use fsbench::list::{Entry, Options, Sink, Sinks, Standing, Want};
use fsbench::strategy::Strategy;
use kit::image::Mounted;
use kit::skip::skip;
use std::collections::HashSet;
use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, Once};

/// Every strategy that is ranked, with the wants it delivers and the threads that make a difference to it.
fn strategies() -> impl Iterator<Item = (Strategy, Want, usize)> {
    let all = Strategy::all().chain(Strategy::combinations());
    all.filter(|strategy| strategy.standing() == Standing::Ranked).flat_map(|strategy| {
        let threads: &[usize] = if strategy.takes_threads() { &[1, 3] } else { &[1] };
        let wants = Want::ALL.into_iter().filter(move |&want| strategy.delivers(want));
        wants.flat_map(move |want| threads.iter().map(move |&threads| (strategy, want, threads)))
    })
}

/// Makes `folder`, steps into it and removes it.
fn in_removed(folder: &Path, test: impl FnOnce()) {
    // The working directory is the process's: one test at a time.
    static LOCK: Mutex<()> = Mutex::new(());
    let _alone = LOCK.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let before = std::env::current_dir().unwrap();
    fs::create_dir(folder).unwrap();
    std::env::set_current_dir(folder).unwrap();
    fs::remove_dir(folder).unwrap();
    test();
    std::env::set_current_dir(before).unwrap();
}

/// What every strategy sees of the working directory, which was removed: nothing. Which ran.
fn see_nothing() -> HashSet<String> {
    let mut ran = HashSet::new();
    for (strategy, want, threads) in strategies() {
        let here = Path::new(".");
        let Ok(mut run) = strategy.open(want, &Options { threads, ..Options::default() }) else { continue };
        if run.prepare(here).is_err() {
            continue;
        }
        let sinks = Tallies::default();
        run.run(here, want, &sinks).unwrap_or_else(|error| panic!("{strategy:?}, {want}: {error}"));
        let seen = sinks.into_seen();
        assert!(seen.errors.is_empty(), "{strategy:?}, {want}: {:?}", seen.errors);
        assert_eq!(seen.tally, Tally::default(), "{strategy:?}, {want}");
        ran.insert(strategy.name().into_owned());
    }
    ran
}

#[test]
fn a_removed_directory_is_empty_where_positions_are_cut_and_bulk_interfaces_work() {
    for (kind, bulk) in [("xfs", "getdents+bulkstat"), ("btrfs", "btrfs-search")] {
        match Mounted::new(kind) {
            Err(why) => skip(&format!("a removed directory on {kind}"), why),
            Ok(mounted) => {
                in_removed(&mounted.root().join("removed"), || assert!(see_nothing().contains(bulk), "{kind}"));
            }
        }
    }
}

/// Removes a directory with all that is in it when the first of its files is reported.
struct Removes<'r> {
    dir: &'r Path,
    once: Once,
    errors: Mutex<Vec<Error>>,
}

impl Sinks for Removes<'_> {
    fn sink(&self) -> Box<dyn Sink + Send + '_> {
        Box::new(RemovingSink(self))
    }
}

struct RemovingSink<'r>(&'r Removes<'r>);

impl Sink for RemovingSink<'_> {
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        if entry.name.starts_with(b"file-") {
            self.0.once.call_once(|| fs::remove_dir_all(self.0.dir).unwrap());
        }
        ControlFlow::Continue(())
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.0.errors.lock().unwrap().push(error);
        ControlFlow::Continue(())
    }
}

/// Some 240 KiB of entries: read in several calls, and cut where positions are ordered.
fn fill(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    for number in 0..900 {
        File::create(dir.join(format!("file-{number:0>245}"))).unwrap();
    }
}

#[test]
fn a_directory_removed_while_it_is_read_ends_there() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["getdents/4k", "getdents/64k", "getdents/split", "readdir", "readdir/nix", "std"] {
        let root = folder.path().join("flat");
        fill(&root);
        let removes = Removes { dir: &root, once: Once::new(), errors: Mutex::default() };
        let mut run = Strategy::by_name(name).unwrap().open(Want::Names, &Options { threads: 2, ..Options::default() });
        run.as_mut().unwrap().run(&root, Want::Names, &removes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(removes.once.is_completed() && !root.exists());
        let errors = removes.errors.into_inner().unwrap();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
    for name in ["serial", "serial-absolute", "rayon", "stealing", "stealing/fixed", "uring-walk", "serial:readdir"] {
        let strategy = Strategy::by_name(name).unwrap();
        let root = folder.path().join("tree");
        fill(&root.join("large"));
        let removes = Removes { dir: &root.join("large"), once: Once::new(), errors: Mutex::default() };
        let mut run = match strategy.open(Want::Kinds, &Options { threads: 2, ..Options::default() }) {
            Ok(run) => run,
            Err(why) => {
                skip(name, why.to_string());
                continue;
            }
        };
        run.run(&root, Want::Kinds, &removes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(removes.once.is_completed() && !root.join("large").exists());
        let errors = removes.errors.into_inner().unwrap();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}
