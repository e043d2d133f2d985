//! Where no thread can be started: what needs one says so, and nothing panics.

use crate::kit::command::{FSBENCH, Ran};
use crate::kit::filter::{Refusal, can_refuse, refusing};
use crate::kit::skip::skip;
use fswalk::Walk;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// clone(2) of a thread fails with EAGAIN, as at RLIMIT_NPROC, which root does not have. clone3(2), whose flags a filter cannot
/// see, is not there: C libraries then use clone.
const NO_THREADS: &[Refusal] = &[
    Refusal { call: libc::SYS_clone, bits: libc::CLONE_THREAD as u32, errno: libc::EAGAIN },
    Refusal::of(libc::SYS_clone3, libc::ENOSYS),
];

fn without_threads(program: impl AsRef<OsStr>) -> Command {
    refusing(NO_THREADS, program)
}

fn tree(dirs: usize, files: usize) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for dir in 0..dirs {
        let dir = tree.path().join(dir.to_string());
        fs::create_dir(&dir).unwrap();
        (0..files).for_each(|file| drop(File::create(dir.join(file.to_string())).unwrap()));
    }
    tree
}

#[test]
fn trace_says_that_no_thread_can_be_started() {
    if let Err(why) = can_refuse(NO_THREADS) {
        return skip("trace without threads", why);
    }
    let tree = tree(2, 2);
    let tree = tree.path().to_str().unwrap();
    for words in [&["--", "true"][..], &["-s", "serial", tree], &["-s", "jwalk", tree]] {
        let ran = Ran::of(without_threads(FSBENCH).arg("trace").args(words));
        assert_eq!(ran.code, Some(2), "{words:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("no thread can be started"), "{words:?}: {}", ran.err);
        assert!(!ran.err.contains("panicked"), "{words:?}: {}", ran.err);
    }
}

#[test]
fn compare_shows_each_row_that_needs_a_thread_with_its_reason() {
    if let Err(why) = can_refuse(NO_THREADS) {
        return skip("compare without threads", why);
    }
    let tree = tree(2, 2);
    let compare = |flat: &[&str], root: &Path| {
        let mut command = without_threads(FSBENCH);
        command.args(["compare", "-v", "-s", "*", "--rounds", "1", "--command", "find {}"]).args(flat).arg(root);
        let ran = Ran::of(&mut command);
        assert!(!ran.err.contains("panicked") && !ran.out.contains("panicked"), "{}{}", ran.out, ran.err);
        ran.out
    };
    let table = compare(&[], tree.path());
    let row = |name: &str| {
        let is_its = |line: &&str| line.split_whitespace().next() == Some(name);
        table.lines().find(is_its).unwrap_or_else(|| panic!("{name}: {table}"))
    };
    for name in ["rayon", "jwalk", "ignore", "dua-core"] {
        assert!(row(name).contains("cannot run here: no thread can be started"), "{}", row(name));
    }
    // Those that can do with the one there is.
    for name in ["serial", "stealing", "stealing/fixed", "uring-walk"] {
        assert!(!row(name).contains("failed"), "{}", row(name));
    }
    assert!(table.contains("no thread can be started to watch from"), "{table}");
    assert!(compare(&["--flat"], &tree.path().join("0")).contains("getdents"));
}

#[test]
fn entries_come_all_the_same() {
    if let Err(why) = can_refuse(NO_THREADS) {
        return skip("an iterator without threads", why);
    }
    // On the main thread, since there is no other.
    let inner = ["--exact", "no_threads::iterators", "--ignored", "--test-threads=1"];
    let output = without_threads(std::env::current_exe().unwrap()).args(inner).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

#[test]
#[ignore = "the test above runs it, where no thread can be started"]
fn iterators() {
    assert!(std::thread::Builder::new().spawn(|| ()).is_err());
    // So many that other threads would help.
    let tree = tree(4, 6_000);
    let walk = Walk::new(tree.path()).min_depth(1);
    let count = |entries: fswalk::IntoIter| entries.map(Result::unwrap).count();
    assert_eq!(count(walk.clone().into_iter()), 4 * 6_001);
    assert_eq!(count(walk.sort_by_file_name().into_iter()), 4 * 6_001);
}
