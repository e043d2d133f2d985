//! A walk allocates nothing for an entry. In a program of its own: it counts all allocations.

// What makes the trees, and looks at the process, is Linux's.
#![cfg(target_os = "linux")]

mod kit;

use fswalk::{Threads, Walk, Want};
use kit::trees::{self, Tree};
use kit::{fixed, threads};
use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, and how often it was asked.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY:
// - Every call is handed to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY:
        // - The caller's promises are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY:
        // - The caller's promises are the same.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY:
        // - The caller's promises are the same.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const DIRECTORIES: usize = 100;
const FILES: usize = 2000;

/// Directories of files: by hard links, which are the quickest to make.
fn tree() -> Tree {
    let tree = Tree::new();
    for dir in 0..DIRECTORIES {
        let first = tree.file(format!("{dir}/0000"), 0);
        for file in 1..FILES {
            fs::hard_link(&first, tree.at(format!("{dir}/{file:04}"))).unwrap();
        }
    }
    tree
}

/// Allocations while all entries are counted and their names looked at; how many there are.
fn allocations(walk: &Walk) -> (usize, usize) {
    let (entries, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    walk.for_each(|found| {
        let entry = found.expect("everything can be read");
        entries.fetch_add(1, Ordering::Relaxed);
        bytes.fetch_add(entry.file_name().len() + entry.parent_below_root().as_os_str().len(), Ordering::Relaxed);
    });
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    assert!(bytes.into_inner() > 0);
    (allocations, entries.into_inner())
}

// One test alone: what another allocated meanwhile would count.
#[test]
fn a_walk_allocates_nothing_for_an_entry() {
    let tree = tree();
    for threads in threads() {
        // A thread and what it works with, its buffer, its deque, its names: about 20. Nothing for a directory without directories.
        let most = match threads {
            Threads::Auto => 256,
            Threads::Fixed(threads) => threads.get(),
        };
        let most = 100 + 20 * most;
        let walk = Walk::new(tree.path()).threads(threads);
        for walk in [walk.clone(), walk.clone().want(Want::Metadata), walk.max_open(4)] {
            let (allocations, entries) = allocations(&walk);
            assert_eq!(entries, 1 + DIRECTORIES * (1 + FILES));
            assert!(allocations < most, "{allocations} allocations for {entries} entries: {walk:?}");
        }
    }
    // One large directory, which is cut into ranges.
    let tree = trees::flat(20_000, 50);
    for threads in [fixed(1), fixed(2)] {
        let (allocations, entries) = allocations(&Walk::new(tree.path()).threads(threads));
        assert_eq!(entries, 20_101);
        assert!(allocations < 500, "{allocations} allocations for {entries} entries with {threads:?}");
    }
    // Paths, appended to a buffer that is kept.
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    let lengths = Walk::new(tree.path()).threads(fixed(1)).fold(
        || (Vec::with_capacity(4096), 0),
        |(path, length), found| {
            path.clear();
            found.unwrap().append_path(path);
            *length += path.len();
        },
    );
    assert!(lengths[0].1 > 20_000);
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    assert!(allocations < 200, "{allocations} allocations for paths");
}
