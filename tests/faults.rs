//! What goes wrong costs what it is about and nothing else: one entry, one directory, one thread's time. Every walker and
//! lister of ours, at several thread counts, on a file system whose answers are errors, come in small parts, or not at all.

mod kit;

use fsbench::error::Error;
use fsbench::list::{Entry, LookupOrder, Options, Parallel, Projection, ReadWith, Sink, Sinks, Standing, Want};
use fsbench::strategy::{Level, Strategy};
use fsbench::walk::Open;
use fuser::{Errno, FileType};
use kit::faults::{Call, Fault, Faults, Gate};
use kit::skip::skip;
use kit::slow::Slow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Three levels: the root holds d1 to d8, d1 holds d9 to d16, and so on.
const TREE: Slow = Slow { latency: Duration::ZERO, directories: 40, files: 3 };

/// The path below the root of a directory.
fn path(directory: u64) -> String {
    match directory {
        0 => String::new(),
        _ => join(&path((directory - 1) / 8), &format!("d{directory}")),
    }
}

fn join(dir: &str, name: &str) -> String {
    format!("{dir}{}{name}", if dir.is_empty() { "" } else { "/" })
}

/// What file systems answer: a broken disk or network, a right that is lacking, something that has gone, a loop, no memory, a
/// handle of a server that has started anew, no answer in time, a file system whose server has died.
const ERRNOS: [Errno; 8] = [
    Errno::EIO,
    Errno::EACCES,
    Errno::ENOENT,
    Errno::ELOOP,
    Errno::ENOMEM,
    Errno::ESTALE,
    Errno::ETIMEDOUT,
    Errno::ENOTCONN,
];

/// Everything there is.
fn all() -> BTreeSet<String> {
    let files = |directory| (0..TREE.files).map(move |file| join(&path(directory), &format!("f{file}")));
    (0..TREE.directories).flat_map(|n| files(n).chain((n > 0).then(|| path(n)))).collect()
}

/// Everything but what is below `dir`.
fn all_not_below(dir: &str) -> BTreeSet<String> {
    all().into_iter().filter(|path| !path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))).collect()
}

/// What was seen, and what went wrong with what.
#[derive(Default)]
struct Seen(Mutex<(BTreeSet<String>, Vec<Error>)>);

impl Sinks for Seen {
    fn sink(&self) -> Box<dyn Sink + Send + '_> {
        Box::new(SeenSink(self))
    }
}

struct SeenSink<'s>(&'s Seen);

impl Sink for SeenSink<'_> {
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        let path = join(&String::from_utf8_lossy(entry.dir), &String::from_utf8_lossy(entry.name));
        assert!(self.0.0.lock().unwrap().0.insert(path.clone()), "{path} twice");
        ControlFlow::Continue(())
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.0.0.lock().unwrap().1.push(error);
        ControlFlow::Continue(())
    }
}

/// Strategies of ours, with what can be asked of them and their thread counts.
fn ours(level: Level) -> impl Iterator<Item = (Strategy, Want, usize)> {
    let of_peers = |strategy: &Strategy| match strategy {
        Strategy::Tree { walker, .. } => matches!(walker.open, Open::Alone(_)) && walker.name != "uring-walk",
        Strategy::Directory(_) => false,
    };
    let ours = Strategy::all().chain(Strategy::combinations()).filter(move |strategy| {
        strategy.level() == level && strategy.standing() == Standing::Ranked && !of_peers(strategy)
    });
    ours.flat_map(|strategy| {
        let threads: &[usize] = if strategy.takes_threads() { &[1, 2, 7, 64] } else { &[1] };
        let wants = Want::ALL.into_iter().filter(move |&want| strategy.delivers(want));
        // What follows links and knows two kinds takes any error for "neither".
        let wants = wants.filter(move |&want| strategy.projection(want) != Projection::Followed);
        wants.flat_map(move |want| threads.iter().map(move |&threads| (strategy, want, threads)))
    })
}

/// Fewer of them: the rows of the registry without their combinations, with one thread or three.
fn rows(level: Level) -> impl Iterator<Item = (Strategy, Want, usize)> {
    let rows: HashSet<String> = Strategy::all().map(|strategy| strategy.name().into_owned()).collect();
    let few = ours(level).filter(move |(strategy, ..)| rows.contains(&*strategy.name()));
    few.filter(|&(.., threads)| threads < 7).map(|(strategy, want, threads)| (strategy, want, (threads * 2).min(3)))
}

/// How a run ended, what it saw, and what went wrong.
type Ran = (Result<(), Error>, BTreeSet<String>, Vec<Error>);

/// Runs it; `None` where it cannot run here.
fn run((strategy, want, threads): (Strategy, Want, usize), root: &Path) -> Option<Ran> {
    let mut run = strategy.open(want, &Options { threads, ..Options::default() }).ok()?;
    run.prepare(root).ok()?;
    let seen = Seen::default();
    let outcome = run.run(root, want, &seen);
    let (paths, errors) = seen.0.into_inner().unwrap();
    Some((outcome, paths, errors))
}

/// Calls `test` with the root of [`TREE`], mounted with faults.
fn with(faults: Faults, test: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    match TREE.mount_with(faults, folder.path()) {
        Ok(_session) => test(folder.path()),
        Err(why) => skip("a file system with faults", why),
    }
}

/// Holds each case to having seen `expected`, and one error, `code` about `about`.
fn one_error(
    cases: impl Iterator<Item = (Strategy, Want, usize)>,
    root: &Path,
    expected: &BTreeSet<String>,
    about: &str,
    code: i32,
) {
    let mut ran = 0;
    for case in cases {
        let Some((outcome, seen, errors)) = run(case, root) else { continue };
        let what = format!("{case:?}, {about}");
        outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(&seen, expected, "{what}");
        let [error] = &errors[..] else { panic!("{what}: {errors:?}") };
        assert_eq!((error.path.as_path(), error.source.raw_os_error()), (&*root.join(about), Some(code)), "{what}");
        let calls = ["openat", "opendir", "read_dir", "getdents64", "readdir", "statx", "lstat", "fstatat"];
        assert!(calls.contains(&error.call), "{what}: {}", error.call);
        ran += 1;
    }
    assert!(ran > 4, "only {ran} ran");
}

#[test]
fn a_directory_that_cannot_be_opened_costs_what_is_below_it() {
    for (call, errno) in [
        (Call::Opendir, Errno::EIO),
        (Call::Opendir, Errno::EACCES),
        // It has gone since it was found.
        (Call::Opendir, Errno::ENOENT),
        (Call::Readdir, Errno::EIO),
    ] {
        with(Faults::default().with(call, TREE.directory(2), Fault::Error(errno)), |root| {
            one_error(ours(Level::Tree), root, &all_not_below("d2"), "d2", errno.code());
        });
    }
}

#[test]
fn whatever_the_error_it_costs_the_directory_that_it_is_about() {
    for call in [Call::Opendir, Call::Readdir] {
        // Read at its end, a directory that has gone is no error.
        for errno in ERRNOS.into_iter().filter(|errno| call != Call::Readdir || errno.code() != libc::ENOENT) {
            with(Faults::default().with(call, TREE.directory(2), Fault::Error(errno)), |root| {
                one_error(rows(Level::Tree), root, &all_not_below("d2"), "d2", errno.code());
            });
        }
    }
}

#[test]
fn a_directory_that_was_removed_while_it_was_read_ends_where_it_was() {
    let none = Faults::default().with(Call::Readdir, TREE.directory(2), Fault::Error(Errno::ENOENT));
    with(none, |root| {
        for case in ours(Level::Tree) {
            let Some((outcome, seen, errors)) = run(case, root) else { continue };
            outcome.unwrap_or_else(|error| panic!("{case:?}: {error}"));
            assert_eq!((seen, errors.len()), (all_not_below("d2"), 0), "{case:?}: {errors:?}");
        }
    });
}

#[test]
fn what_was_read_before_an_error_stands_and_is_walked() {
    with(Faults::default().with(Call::Readdir, TREE.directory(1), Fault::Breaks(3, Errno::EIO)), |root| {
        // d1 holds d9 to d16 and then files: the first three are read.
        let lost = |path: &String| {
            let mut parts = path.split('/');
            parts.next() == Some("d1") && parts.next().is_some_and(|name| !["d9", "d10", "d11"].contains(&name))
        };
        let expected = all().into_iter().filter(|path| !lost(path)).collect();
        one_error(ours(Level::Tree), root, &expected, "d1", libc::EIO);
    });
}

#[test]
fn an_entry_that_cannot_be_looked_up_is_lost_alone() {
    let file = TREE.file(0, 2);
    for (call, errno) in [Call::Lookup, Call::Getattr].into_iter().flat_map(|call| ERRNOS.map(|errno| (call, errno))) {
        with(Faults::default().with(call, file, Fault::Error(errno)), |root| {
            let mut looked = 0;
            for case in ours(Level::Directory) {
                let Some((outcome, seen, errors)) = run(case, root) else { continue };
                outcome.unwrap_or_else(|error| panic!("{case:?}: {error}"));
                let names = (1..=8).map(|n| format!("d{n}")).chain((0..3).map(|n| format!("f{n}")));
                let all: BTreeSet<String> = names.collect();
                // Names cost no lookup, kinds one where they are not taken from the directory entry, metadata always.
                let lost: BTreeSet<String> = all.difference(&seen).cloned().collect();
                assert!(lost.iter().all(|name| name == "f2"), "{case:?}: lost {lost:?}");
                assert_eq!(errors.len(), lost.len(), "{case:?}: {errors:?}");
                // A lookup brings attributes with it, and the kernel may ask for no more.
                if case.1 == Want::Metadata && call == Call::Lookup {
                    assert_eq!(lost.len(), 1, "{case:?}");
                }
                for error in errors {
                    assert_eq!(
                        (error.path, error.source.raw_os_error()),
                        (root.join("f2"), Some(errno.code())),
                        "{case:?}"
                    );
                    looked += 1;
                }
            }
            assert!(looked > 4 || call == Call::Getattr, "{looked}");
        });
    }
}

#[test]
fn a_root_that_cannot_be_read_is_the_runs_error() {
    let opened = ERRNOS.map(|errno| (Call::Opendir, Fault::Error(errno), errno));
    let read = [Errno::EIO, Errno::ESTALE].map(|errno| (Call::Readdir, Fault::Error(errno), errno));
    let broken = [(Call::Readdir, Fault::Breaks(2, Errno::EIO), Errno::EIO)];
    for (call, fault, errno) in opened.into_iter().chain(read).chain(broken) {
        with(Faults::default().with(call, TREE.directory(0), fault), |root| {
            for case in ours(Level::Tree).chain(ours(Level::Directory)) {
                let Some((outcome, ..)) = run(case, root) else { continue };
                let error = outcome.expect_err(&format!("{case:?}"));
                assert_eq!((&*error.path, error.source.raw_os_error()), (root, Some(errno.code())), "{case:?}");
            }
        });
    }
}

#[test]
fn a_directory_whose_file_system_cannot_be_asked_is_read_like_any_other() {
    for errno in ERRNOS {
        with(Faults::default().with(Call::Statfs, TREE.directory(0), Fault::Error(errno)), |root| {
            for case in rows(Level::Tree) {
                let Some((outcome, seen, errors)) = run(case, root) else { continue };
                assert!(outcome.is_ok() && errors.is_empty(), "{case:?}: {outcome:?} {errors:?}");
                assert_eq!(seen, all(), "{case:?}");
            }
        });
    }
}

#[test]
fn an_entry_that_is_given_twice_is_reported_twice_and_walked_twice() {
    let twice = Faults::default().with(Call::Readdir, TREE.directory(0), Fault::Twice).with(
        Call::Readdir,
        TREE.directory(1),
        Fault::Twice,
    );
    with(twice, |root| {
        let expected = |level| {
            let is_here = |path: &String| level == Level::Tree || !path.contains('/');
            let times = |path: &String| if path.starts_with("d1/") { 4 } else { 2 };
            all().into_iter().filter(is_here).map(|path| (times(&path), path)).collect::<BTreeSet<_>>()
        };
        for level in [Level::Directory, Level::Tree] {
            for (strategy, want, threads) in ours(level) {
                let what = format!("{strategy:?}, {want}, {threads}");
                let Ok(mut opened) = strategy.open(want, &Options { threads, ..Options::default() }) else { continue };
                if opened.prepare(root).is_err() {
                    continue;
                }
                let counted = Counted::default();
                opened.run(root, want, &counted).unwrap_or_else(|error| panic!("{what}: {error}"));
                let seen: BTreeSet<_> =
                    counted.0.into_inner().unwrap().into_iter().map(|(path, times)| (times, path)).collect();
                assert_eq!(seen, expected(level), "{what}");
            }
        }
    });
}

/// How often each path was seen.
#[derive(Default)]
struct Counted(Mutex<BTreeMap<String, usize>>);

impl Sinks for Counted {
    fn sink(&self) -> Box<dyn Sink + Send + '_> {
        Box::new(CountedSink(self))
    }
}

struct CountedSink<'c>(&'c Counted);

impl Sink for CountedSink<'_> {
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        let path = join(&String::from_utf8_lossy(entry.dir), &String::from_utf8_lossy(entry.name));
        *self.0.0.lock().unwrap().entry(path).or_default() += 1;
        ControlFlow::Continue(())
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        panic!("{error}")
    }
}

#[test]
fn a_file_that_is_given_as_a_directory_is_an_error_about_it_where_it_is_believed() {
    let lie = Faults::default().with(Call::Entry, TREE.file(1, 1), Fault::Type(FileType::Directory));
    with(lie, |root| {
        let (mut believed, mut looked) = (0, 0);
        for case in ours(Level::Tree) {
            let Some((outcome, seen, errors)) = run(case, root) else { continue };
            outcome.unwrap_or_else(|error| panic!("{case:?}: {error}"));
            assert_eq!(seen, all(), "{case:?}");
            match &errors[..] {
                [] => looked += 1,
                [error] => {
                    let code = error.source.raw_os_error();
                    assert_eq!((&*error.path, code), (&*root.join("d1/f1"), Some(libc::ENOTDIR)), "{case:?}: {error}");
                    believed += 1;
                }
                _ => panic!("{case:?}: {errors:?}"),
            }
        }
        assert!(believed > 4 && looked > 4, "{believed} {looked}");
    });
}

#[test]
fn a_directory_that_is_given_as_something_else_is_walked_where_it_is_looked_up() {
    for kind in [FileType::RegularFile, FileType::Symlink, FileType::Socket] {
        with(Faults::default().with(Call::Entry, TREE.directory(2), Fault::Type(kind)), |root| {
            let (mut believed, mut looked) = (0, 0);
            for case in rows(Level::Tree) {
                let Some((outcome, seen, errors)) = run(case, root) else { continue };
                assert!(outcome.is_ok() && errors.is_empty(), "{case:?}: {outcome:?} {errors:?}");
                if seen == all() {
                    looked += 1;
                } else {
                    assert_eq!(seen, all_not_below("d2"), "{case:?}");
                    believed += 1;
                }
            }
            assert!(believed > 1 && looked > 1, "{believed} {looked}");
        });
    }
}

#[test]
fn an_entry_with_inode_number_0_is_an_entry() {
    let none = Faults::default().with(Call::Entry, TREE.file(0, 1), Fault::NoInode).with(
        Call::Entry,
        TREE.directory(2),
        Fault::NoInode,
    );
    with(none, |root| {
        for case in ours(Level::Tree).chain(ours(Level::Directory)) {
            let Some((outcome, seen, errors)) = run(case, root) else { continue };
            assert!(outcome.is_ok() && errors.is_empty(), "{case:?}: {outcome:?} {errors:?}");
            let is_here = |path: &String| case.0.level() == Level::Tree || !path.contains('/');
            let all: BTreeSet<String> = all().into_iter().filter(is_here).collect();
            match case.0.factors(case.1).read {
                ReadWith::Getdents { .. } => assert_eq!(seen, all, "{case:?}"),
                // The C library may take it for an entry that was deleted (glibc's readdir64 does).
                _ => {
                    let is_theirs = |path: &String| path == "f1" || path.starts_with("d2");
                    assert!(
                        seen == all || seen == all.into_iter().filter(|path| !is_theirs(path)).collect(),
                        "{case:?}"
                    );
                }
            }
        }
    });
}

#[test]
fn a_directory_without_end_ends_where_the_reader_has_enough() {
    with(Faults::default().with(Call::Readdir, TREE.directory(0), Fault::Endless), |root| {
        let mut ran = 0;
        for (strategy, want, threads) in rows(Level::Tree).chain(rows(Level::Directory)) {
            // What looks entries up together reads a directory to its end before, and there is none.
            let factors = strategy.factors(want);
            let is_batch = strategy.level() == Level::Directory || matches!(factors.parallel, Parallel::Ring { .. });
            if want == Want::Metadata && is_batch && factors.parallel != Parallel::Serial
                || factors.order == LookupOrder::Inode
            {
                continue;
            }
            let what = format!("{strategy:?}, {want}, {threads}");
            let Ok(mut opened) = strategy.open(want, &Options { threads, ..Options::default() }) else { continue };
            if opened.prepare(root).is_err() {
                continue;
            }
            let enough = Enough(AtomicUsize::new(0));
            opened.run(root, want, &enough).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(enough.0.into_inner() >= Enough::MOST, "{what}");
            ran += 1;
        }
        assert!(ran > 10, "only {ran} ran");
    });
}

/// Ends a listing after some thousand entries.
struct Enough(AtomicUsize);

impl Enough {
    const MOST: usize = 3000;
}

impl Sinks for Enough {
    fn sink(&self) -> Box<dyn Sink + Send + '_> {
        Box::new(EnoughSink(self))
    }
}

struct EnoughSink<'e>(&'e Enough);

impl Sink for EnoughSink<'_> {
    fn entry(&mut self, _: &Entry<'_>) -> ControlFlow<()> {
        let seen = self.0.0.fetch_add(1, Ordering::Relaxed) + 1;
        if seen < Enough::MOST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        panic!("{error}")
    }
}

#[test]
fn short_answers_are_read_to_the_end() {
    let short = |faults: Faults, n| faults.with(Call::Readdir, TREE.directory(n), Fault::Short(1 + n as usize % 3));
    with((0..TREE.directories).fold(Faults::default(), short), |root| {
        for case in ours(Level::Tree) {
            let Some((outcome, seen, errors)) = run(case, root) else { continue };
            assert!(outcome.is_ok() && errors.is_empty(), "{case:?}: {outcome:?} {errors:?}");
            assert_eq!(seen, all(), "{case:?}");
        }
    });
}

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
                    // Whatever else there is, the others see to it meanwhile; that answer may be the last one asked for.
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
