//! A walk needs few descriptors, no threads but its caller's, and no limit to a path's length: nothing is lost and nothing is an error where
//! there are few.

// What makes the trees, and looks at the process, is Linux's.
#![cfg(target_os = "linux")]

mod kit;

use fswalk::{Directory, Entry, Error, Next, Threads, Visitor, Walk, Want};
use kit::process::{Alone, is_root, passes_as_an_ordinary_user, path_from_env};
use kit::trees::{self, Tree};
use kit::{fixed, skip, threads};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn an_ordinary_users_walk_needs_as_little() {
    passes_as_an_ordinary_user("an_ordinary_users_walk", &["levels", "paths"]);
}

/// Counts, and sums up what each directory has below it by what is handed up.
struct Counting<'c> {
    entries: &'c AtomicUsize,
    errors: &'c Mutex<Vec<Error>>,
    handed_up: &'c AtomicUsize,
}

impl Visitor for Counting<'_> {
    type State = AtomicUsize;

    fn entry(&mut self, entry: &Entry<'_>, state: &AtomicUsize) -> Next {
        self.entries.fetch_add(1, Ordering::Relaxed);
        state.fetch_add(usize::from(entry.depth() > 0), Ordering::Relaxed);
        Next::Enter
    }

    fn leave(&mut self, directory: &Directory<'_>, state: AtomicUsize, above: Option<&AtomicUsize>) {
        assert_eq!(directory.depth() == 0, above.is_none());
        above.unwrap_or(self.handed_up).fetch_add(state.into_inner(), Ordering::Relaxed);
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.errors.lock().unwrap().push(error);
        ControlFlow::Continue(())
    }
}

/// Asserts that all ways to walk find so many entries, and no errors.
fn assert_finds(walk: &Walk, count: usize) {
    let (entries, errors, handed_up) = (AtomicUsize::new(0), Mutex::default(), AtomicUsize::new(0));
    walk.visit(|| Counting { entries: &entries, errors: &errors, handed_up: &handed_up });
    let errors = errors.into_inner().unwrap();
    assert!(errors.is_empty(), "{walk:?}: {} errors: {}", errors.len(), errors[0]);
    assert_eq!((entries.into_inner(), handed_up.into_inner()), (count, count - 1), "{walk:?}");
    for (order, walk) in [
        ("", walk.clone()),
        ("sorted", walk.clone().sort_by_file_name()),
        ("contents first", walk.clone().contents_first(true)),
    ] {
        let found =
            walk.clone().into_iter().map(|found| found.unwrap_or_else(|error| panic!("{order} {walk:?}: {error}")));
        assert_eq!(found.count(), count, "{order} {walk:?}");
    }
}

#[test]
fn a_tree_of_10_000_levels_is_walked_whole_with_few_descriptors() {
    let tree = trees::chain(10_000, false);
    for limit in [16, 64] {
        Alone::with_descriptors(limit, "a_tree_is_walked_whole")
            .env("TREE", tree.path())
            .env("COUNT", "20001")
            .passes();
    }
}

#[test]
fn a_deep_tree_whose_levels_all_wait_at_once_is_walked_whole_with_few_descriptors() {
    // Directories are closed, and opened again on the way back.
    let tree = trees::chain(1000, true);
    for limit in [16, 64, 1024] {
        Alone::with_descriptors(limit, "a_tree_is_walked_whole").env("TREE", tree.path()).env("COUNT", "3001").passes();
    }
}

#[test]
fn a_directory_that_is_cut_into_ranges_is_walked_whole_with_few_descriptors() {
    let tree = trees::flat(20_000, 50);
    for limit in [16, 64] {
        Alone::with_descriptors(limit, "a_tree_is_walked_whole")
            .env("TREE", tree.path())
            .env("COUNT", "20101")
            .passes();
    }
}

#[test]
#[ignore = "the tests above run it, with few descriptors"]
fn a_tree_is_walked_whole() {
    let count = std::env::var("COUNT").unwrap().parse().unwrap();
    let walk = Walk::new(path_from_env("TREE"));
    for threads in [Threads::Auto, fixed(1), fixed(8)] {
        assert_finds(&walk.clone().threads(threads), count);
    }
    assert_finds(&walk.clone().threads(fixed(2)).max_open(4), count);
}

#[test]
fn a_walk_has_no_more_descriptors_open_than_it_was_allowed() {
    Alone::new("few_are_open").passes();
}

#[test]
#[ignore = "the test above runs it, in a process where nothing else goes on"]
fn few_are_open() {
    let open = || fs::read_dir("/proc/self/fd").unwrap().count();
    let (deep, large) = (trees::chain(300, true), trees::flat(20_000, 50));
    let wide = Tree::new();
    for number in 0..400 {
        wide.dir(format!("{}/{}/{number}/in", number % 4, number % 20));
    }
    // Each takes more than one call to read, and is too small to be cut.
    let parts = Tree::new();
    for dir in 0..8 {
        for file in 0..1000 {
            parts.file(format!("{dir}/{file:04}-{}", "x".repeat(60)), 0);
        }
        for sub in 0..5 {
            parts.dir(format!("{dir}/{sub}/in"));
        }
    }
    let before = open();
    for tree in [&deep, &large, &wide, &parts] {
        for threads in threads() {
            for max_open in [0, 4, 16, 64] {
                let (most, seen) = (Mutex::new(before), AtomicUsize::new(0));
                let look = || {
                    if seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(50) {
                        // One at a time: looking takes a descriptor.
                        let mut most = most.lock().unwrap();
                        *most = open().max(*most);
                    }
                };
                let walk = Walk::new(tree.path()).threads(threads).max_open(max_open);
                let assert_few = |way: &str| {
                    let (most, allowed) = (*most.lock().unwrap() - before, max_open.max(4));
                    let tree = tree.path().display();
                    assert!(most <= allowed, "{most} open, {allowed} allowed: {way} {threads:?} {tree}");
                };
                walk.for_each(|_| look());
                assert_few("for_each");
                walk.clone().into_iter().for_each(|_| look());
                assert_few("iterator");
                walk.clone().sort_by_file_name().into_iter().for_each(|_| look());
                assert_few("sorted");
                walk.contents_first(true).into_iter().for_each(|_| look());
                assert_few("contents first");
            }
        }
    }
    assert_eq!(open(), before);
}

#[test]
fn several_walks_at_once_share_what_descriptors_there_are() {
    let tree = Tree::new();
    for outer in 0..40 {
        for inner in 0..20 {
            tree.file(format!("{outer}/{inner}/deep/deeper/file"), 0);
        }
    }
    for limit in [64, 256, 1024] {
        Alone::with_descriptors(limit, "eight_at_once").env("TREE", tree.path()).passes();
    }
}

#[test]
#[ignore = "the test above runs it, with few descriptors"]
fn eight_at_once() {
    let tree = path_from_env("TREE");
    let count = 1 + 40 + 40 * 20 * 4;
    let all = [Threads::Auto, fixed(1), fixed(32), Threads::Auto, fixed(64), fixed(4), Threads::Auto, fixed(16)];
    std::thread::scope(|scope| {
        let tree = &tree;
        for threads in all {
            scope.spawn(move || (0..3).for_each(|_| assert_finds(&Walk::new(tree).threads(threads), count)));
        }
    });
}

#[test]
fn a_walk_that_gets_no_threads_is_done_by_its_caller() {
    if is_root() {
        return skip(
            "a walk without threads",
            "nothing keeps root from having some; an ordinary user's run has the test",
        );
    }
    let tree = trees::flat(20_000, 50);
    Alone::new("no_threads").env("TREE", tree.path()).passes();
}

#[test]
#[ignore = "the test above runs it, in a process that gives up its threads"]
fn no_threads() {
    setrlimit(Resource::Nproc, Rlimit { current: Some(0), maximum: Some(0) }).unwrap();
    assert!(std::thread::Builder::new().spawn(|| ()).is_err(), "threads are refused");
    let tree = path_from_env("TREE");
    for threads in threads() {
        assert_finds(&Walk::new(&tree).threads(threads), 20_101);
    }
}

#[test]
fn paths_are_whole_however_long_they_are() {
    let tree = trees::chain(3000, false);
    let deepest = |walk: &Walk| {
        let paths = walk.fold(Vec::new, |longest: &mut Vec<u8>, found| {
            let entry = found.unwrap();
            if entry.depth() == 3000 && entry.file_type().is_dir() {
                entry.append_path(longest);
            }
        });
        paths.concat()
    };
    let mut expected = tree.path().as_os_str().as_encoded_bytes().to_vec();
    expected.extend(b"/d".repeat(3000));
    for threads in threads() {
        let walk = Walk::new(tree.path()).threads(threads);
        assert!(deepest(&walk) == expected, "{threads:?}");
        assert!(deepest(&walk.clone().max_open(4)) == expected, "{threads:?}");
        let is_it = |path: &Path| path.as_os_str().as_encoded_bytes() == expected;
        let found = walk.clone().into_iter().filter(|found| is_it(found.as_ref().unwrap().path())).count();
        assert_eq!(found, 1);
        // Metadata is looked up in the open directory: a path that long is no use to a system call.
        walk.want(Want::Metadata).for_each(|found| assert!(found.unwrap().metadata().is_ok()));
    }
}
