//! An error costs what it is about: an entry, a directory, or, of the root, the run.

use super::{ERRNOS, TREE, all, all_not_below, ours, rows, run, with};
use crate::kit::faults::{Call, Fault, Faults};
use fsbench::list::Want;
use fsbench::strategy::{Level, Strategy};
use fuser::Errno;
use std::collections::BTreeSet;
use std::path::Path;

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
            for case in rows(Level::Directory) {
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
            for case in rows(Level::Tree).chain(rows(Level::Directory)) {
                let Some((outcome, ..)) = run(case, root) else { continue };
                let error = outcome.expect_err(&format!("{case:?}"));
                assert_eq!((&*error.path, error.source.raw_os_error()), (root, Some(errno.code())), "{case:?}");
            }
        });
    }
}

#[test]
fn a_directory_whose_file_system_cannot_be_asked_is_read_like_any_other() {
    for errno in [Errno::EIO, Errno::EACCES] {
        with(Faults::default().with(Call::Statfs, TREE.directory(0), Fault::Error(errno)), |root| {
            for case in rows(Level::Tree) {
                let Some((outcome, seen, errors)) = run(case, root) else { continue };
                assert!(outcome.is_ok() && errors.is_empty(), "{case:?}: {outcome:?} {errors:?}");
                assert_eq!(seen, all(), "{case:?}");
            }
        });
    }
}
