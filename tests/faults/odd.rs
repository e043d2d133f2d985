//! Answers that are no errors and that no sound file system gives: each is taken as it is.

use super::{TREE, all, all_not_below, join, ours, rows, run, with};
use crate::kit::faults::{Call, Fault, Faults};
use fsbench::error::Error;
use fsbench::list::{Entry, LookupOrder, Options, Parallel, ReadWith, Sink, Sinks, Want};
use fsbench::strategy::Level;
use fuser::FileType;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

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
            for (strategy, want, threads) in rows(level) {
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
        for case in rows(Level::Tree).chain(rows(Level::Directory)) {
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
