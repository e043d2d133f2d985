//! The contract of every strategy in the registry: on every tree it reports what the oracle does, each entry once, in the
//! order that its row claims, and leaves nothing open. A row that breaks it fails here.

mod kit;

use fsbench::error::Error;
use fsbench::list::digest::Digests;
use fsbench::list::{Entry, Options, Order, Projection, Sink, Sinks, Standing, Want};
use fsbench::measure::oracle::{self, Question, Truths};
use fsbench::strategy::{Level, Strategy};
use fsbench::tree::{self, Shape, Spec};
use fsbench::walk::Run;
use kit::command::{FSBENCH, Ran};
use kit::image::Mounted;
use kit::skip::skip;
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use proptest::strategy::Strategy as _;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// fts moves the working directory of the whole process, and open descriptors are counted: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every strategy that is held against the oracle, the `WALKER:LISTER` combinations included, with the threads that make a
/// difference to it.
fn strategies() -> impl Iterator<Item = (Strategy, usize)> {
    let all = Strategy::all().chain(Strategy::combinations());
    all.filter(|strategy| strategy.standing() == Standing::Ranked).flat_map(|strategy| {
        let threads: &[usize] = if strategy.takes_threads() { &[1, 2, 7] } else { &[1] };
        threads.iter().map(move |&threads| (strategy, threads))
    })
}

/// A strategy, opened and ready to list `root`; `None` where it cannot, which `fsbench compare` tells.
fn open(strategy: &Strategy, want: Want, threads: usize, root: &Path) -> Option<Box<dyn Run>> {
    let mut run = strategy.open(want, &Options { threads, ..Options::default() }).ok()?;
    run.prepare(root).ok()?;
    Some(run)
}

/// The oracle's answers on `root`, to every question that a strategy can be asked.
fn truths(root: &Path, level: Level) -> Truths {
    let projections = [Projection::Whole, Projection::SizeAndTime, Projection::Followed];
    let questions: Vec<Question> =
        Want::ALL.into_iter().flat_map(|want| projections.map(|seen| (want, seen))).collect();
    oracle::ask(root, level, &questions, || Ok::<(), Error>(())).unwrap()
}

/// Runs every strategy of `level` on `root`, twice each, and holds it against the oracle.
fn hold(root: &Path, level: Level) {
    let ran = hold_some(root, level, |_| true);
    assert!(ran.len() > 8, "only {ran:?} ran");
}

/// Those of them that are `wanted`. Which ran.
fn hold_some(root: &Path, level: Level, wanted: impl Fn(&Strategy) -> bool) -> HashSet<String> {
    let truths = truths(root, level);
    let mut ran = HashSet::new();
    for (strategy, threads) in strategies().filter(|(strategy, _)| strategy.level() == level && wanted(strategy)) {
        for want in Want::ALL.into_iter().filter(|&want| strategy.delivers(want)) {
            let Some(mut run) = open(&strategy, want, threads, root) else { continue };
            let projection = strategy.projection(want);
            for time in ["first", "second"] {
                let sinks = Digests::new(want, projection);
                run.run(root, want, &sinks).unwrap_or_else(|error| panic!("{strategy:?}: {error}"));
                let (digest, seen) = sinks.into_seen();
                let truth = truths.get((want, projection)).unwrap();
                let what = format!("{strategy:?} x{threads}, {want}, {time} time, on {}", root.display());
                assert!(seen.errors.is_empty(), "{what}: {:?}", seen.errors);
                assert_eq!(seen.tally.only(want).difference(&truth.tally), None, "{what}");
                assert_eq!(digest, truth.digest, "{what}: equal counts, other entries");
            }
            ran.insert(strategy.name().into_owned());
        }
    }
    assert_eq!(descriptors_below(root), Vec::<PathBuf>::new(), "left open");
    ran
}

/// What this process has open at or below `root`.
fn descriptors_below(root: &Path) -> Vec<PathBuf> {
    let open = fs::read_dir("/proc/self/fd").unwrap().flatten().filter_map(|fd| fs::read_link(fd.path()).ok());
    open.filter(|path| path.starts_with(root)).collect()
}

fn made(shape: Shape, entries: u64) -> TempDir {
    let folder = TempDir::new().unwrap();
    let spec = Spec { shape, entries, seed: 7 };
    tree::generate(&folder.path().join("tree"), &spec, &|_| (), &AtomicBool::new(false)).unwrap();
    folder
}

#[test]
fn every_strategy_sees_what_std_fs_sees_on_every_standard_tree() {
    let _alone = alone();
    for shape in Shape::ALL {
        let folder = made(shape, 700);
        hold(&folder.path().join("tree"), Level::Tree);
        hold(&folder.path().join("tree"), Level::Directory);
    }
}

/// A bulk interface runs where its file system is, and nowhere else.
#[test]
fn file_systems_with_bulk_interfaces_are_seen_whole_through_them() {
    let _alone = alone();
    let xfs = ["getdents+bulkstat"].as_slice();
    let btrfs = ["btrfs-search"].as_slice();
    let ext4 = ["raw-ext4", "raw-ext4/threads", "raw-ext4/directory"].as_slice();
    let rows = [xfs, btrfs, ext4].concat();
    for (kind, bulk) in [("xfs", xfs), ("btrfs", btrfs), ("ext4", ext4)] {
        let mounted = match Mounted::new(kind) {
            Ok(mounted) => mounted,
            Err(why) => {
                skip(&format!("bulk interfaces on {kind}"), why);
                continue;
            }
        };
        for shape in Shape::ALL {
            let root = mounted.root().join(shape.to_string());
            let spec = Spec { shape, entries: 3000, seed: 7 };
            tree::generate(&root, &spec, &|_| (), &AtomicBool::new(false)).unwrap();
            for level in [Level::Tree, Level::Directory] {
                let ran = hold_some(&root, level, |strategy| rows.contains(&&*strategy.name()));
                let is_at_level = |name: &str| Strategy::by_name(name).unwrap().level() == level;
                let expected = bulk.iter().filter(|name| is_at_level(name)).map(ToString::to_string).collect();
                assert_eq!(ran, expected, "{kind}");
            }
        }
    }
}

#[test]
fn a_directory_of_many_blocks_is_read_whole() {
    let _alone = alone();
    let folder = made(Shape::Flat, 30_000);
    hold(&folder.path().join("tree"), Level::Directory);
}

#[test]
fn a_root_may_be_relative_or_end_in_slashes() {
    let _alone = alone();
    let folder = made(Shape::Source, 200);
    let root = folder.path().join("tree");
    hold(&root.join(""), Level::Tree);
    hold(Path::new(&format!("{}//", root.display())), Level::Tree);
    let before = std::env::current_dir().unwrap();
    std::env::set_current_dir(folder.path()).unwrap();
    hold(Path::new("tree"), Level::Tree);
    hold(Path::new("./tree/."), Level::Directory);
    std::env::set_current_dir(before).unwrap();
}

/// Keeps names in the order in which they come.
#[derive(Default)]
struct Names(Mutex<Vec<Vec<u8>>>);

impl Sinks for Names {
    fn sink(&self) -> Box<dyn Sink + Send + '_> {
        Box::new(NamesSink(self))
    }
}

struct NamesSink<'n>(&'n Names);

impl Sink for NamesSink<'_> {
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        self.0.0.lock().unwrap().push(entry.name.to_vec());
        ControlFlow::Continue(())
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        panic!("{error}")
    }
}

#[test]
fn who_claims_directory_order_keeps_it() {
    let _alone = alone();
    let folder = made(Shape::Flat, 3000);
    let root = folder.path().join("tree");
    let names = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name().as_bytes().to_vec());
    let expected: Vec<Vec<u8>> = names.collect();
    let in_order = strategies().filter(|(strategy, _)| strategy.level() == Level::Directory);
    for (strategy, threads) in in_order.filter(|(strategy, _)| strategy.order() == Order::Directory) {
        let want = Want::ALL.into_iter().find(|&want| strategy.delivers(want)).unwrap();
        let Some(mut run) = open(&strategy, want, threads, &root) else { continue };
        let names = Names::default();
        run.run(&root, want, &names).unwrap();
        assert!(names.0.into_inner().unwrap() == expected, "{strategy:?}");
    }
}

/// Breaks after so many entries, and fails if it is called again.
struct Breaks {
    after: u64,
    seen: AtomicU64,
}

impl Sinks for Breaks {
    fn sink(&self) -> Box<dyn Sink + Send + '_> {
        Box::new(BreakSink { of: self, broken: false })
    }
}

struct BreakSink<'b> {
    of: &'b Breaks,
    broken: bool,
}

impl Sink for BreakSink<'_> {
    fn entry(&mut self, _: &Entry<'_>) -> ControlFlow<()> {
        assert!(!self.broken, "an entry after a break");
        let seen = self.of.seen.fetch_add(1, Ordering::Relaxed) + 1;
        self.broken = seen >= self.of.after;
        if self.broken { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        panic!("{error}")
    }
}

#[test]
fn a_break_ends_the_listing_without_an_error_and_without_another_entry() {
    let _alone = alone();
    let folder = made(Shape::Source, 2000);
    let root = folder.path().join("tree");
    for (strategy, threads) in strategies() {
        for want in Want::ALL.into_iter().filter(|&want| strategy.delivers(want)) {
            let Some(mut run) = open(&strategy, want, threads, &root) else { continue };
            for after in [1, 10] {
                let sinks = Breaks { after, seen: AtomicU64::new(0) };
                run.run(&root, want, &sinks).unwrap_or_else(|error| panic!("{strategy:?}: {error}"));
                let seen = sinks.seen.into_inner();
                // Other threads may be about to report one more entry each.
                assert!((1..=after + threads as u64).contains(&seen), "{strategy:?} x{threads}, {want}: {seen}");
            }
        }
    }
    assert_eq!(descriptors_below(&root), Vec::<PathBuf>::new(), "left open");
}

#[test]
fn a_root_that_is_missing_or_no_directory_is_an_error_that_names_it() {
    let _alone = alone();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for (strategy, threads) in strategies() {
        for want in Want::ALL.into_iter().filter(|&want| strategy.delivers(want)) {
            let missing = folder.path().join("missing");
            let Some(mut run) = open(&strategy, want, threads, &missing) else { continue };
            let error = run.run(&missing, want, &Names::default()).expect_err(&strategy.name());
            assert_eq!(error.path, missing, "{strategy:?}");
            assert_eq!(error.source.raw_os_error(), Some(2), "{strategy:?}: {error}");
        }
    }
}

/// A folder that a process may still be in.
#[test]
fn a_directory_that_was_removed_is_empty_to_every_strategy() {
    let _alone = alone();
    let folder = TempDir::new().unwrap();
    let removed = folder.path().join("removed");
    let before = std::env::current_dir().unwrap();
    fs::create_dir(&removed).unwrap();
    std::env::set_current_dir(&removed).unwrap();
    fs::remove_dir(&removed).unwrap();
    let root = Path::new(".");
    let mut ran = HashSet::new();
    for (strategy, threads) in strategies() {
        for want in Want::ALL.into_iter().filter(|&want| strategy.delivers(want)) {
            let Some(mut run) = open(&strategy, want, threads, root) else { continue };
            let names = Names::default();
            let outcome = run.run(root, want, &names);
            outcome.unwrap_or_else(|error| panic!("{strategy:?} x{threads}, {want}: {error}"));
            assert!(names.0.into_inner().unwrap().is_empty(), "{strategy:?} x{threads}, {want}");
            ran.insert(strategy.name().into_owned());
        }
    }
    std::env::set_current_dir(before).unwrap();
    assert!(ran.len() > 30, "only {ran:?} ran");
}

#[test]
fn a_directory_that_was_removed_is_empty_to_ls_and_count() {
    let folder = TempDir::new().unwrap();
    for (arguments, out) in [
        (&["ls"][..], ""),
        (&["ls", "-U"], ""),
        (&["ls", "-l"], "total 0\n"),
        (&["ls", "-R"], ".:\n"),
        (&["ls", "--threads", "4"], ""),
        (&["ls", "--strategy", "getdents/64k"], ""),
        (&["count", "."], "0 entries  .\n"),
    ] {
        let script = "mkdir removed && cd removed && rmdir ../removed && exec \"$@\"";
        let ran = Ran::of(Command::new("sh").args(["-c", script, "sh", FSBENCH]).args(arguments).current_dir(&folder));
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), out, ""), "{arguments:?}");
    }
}

#[test]
fn names_are_unique_and_every_row_says_what_it_does() {
    let mut names = HashSet::new();
    for strategy in Strategy::all().chain(Strategy::combinations()) {
        let name = strategy.name();
        assert!(names.insert(name.clone().into_owned()), "two rows are called {name}");
        assert_eq!(Strategy::by_name(&name), Some(strategy));
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-/:".contains(&byte)), "{name}");
        let about = strategy.about();
        assert!(about.len() > 10 && !about.ends_with('.'), "{name}: {about}");
        assert!(Want::ALL.into_iter().any(|want| strategy.delivers(want)), "{name} can be asked for nothing");
    }
}

/// A name of any bytes that a file can have.
fn name() -> impl proptest::strategy::Strategy<Value = Vec<u8>> {
    let byte = any::<u8>().prop_filter("not in a name", |&byte| byte != 0 && byte != b'/');
    prop::collection::vec(byte, 1..40).prop_filter("taken", |name| name != b"." && name != b"..")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Each entry goes below one that came before it, where that is a directory, and is what its number says.
    #[test]
    fn any_tree_of_any_names_is_seen_whole(entries in prop::collection::vec((name(), 0..6_u8, any::<prop::sample::Index>()), 0..30)) {
        let _alone = alone();
        let folder = TempDir::new().unwrap();
        let mut directories = vec![folder.path().join("root")];
        fs::create_dir(&directories[0]).unwrap();
        for (name, kind, parent) in &entries {
            let path = parent.get(&directories).join(OsStr::from_bytes(name));
            // A name that is taken already makes one entry less.
            let _ = match kind {
                0 | 1 => fs::create_dir(&path).map(|()| directories.push(path.clone())),
                2 => symlink("..", &path),
                3 => symlink("nowhere", &path),
                _ => fs::File::create_new(&path).map(drop),
            };
        }
        hold(&directories[0], Level::Tree);
        hold(&directories[0], Level::Directory);
    }
}
