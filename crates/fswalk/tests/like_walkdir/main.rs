//! A walk finds what walkdir finds: the same paths, depths, kinds, links, inode numbers, metadata and errors, with every option, in every way of
//! asking and with any number of threads; where an order is promised, in walkdir's. Where the two differ on purpose, a test says so.

// What makes the trees, and looks at the process, is Linux's.
#![cfg(target_os = "linux")]

mod differences;
mod file_systems;
#[path = "../kit/mod.rs"]
mod kit;
mod random;
mod rights;
mod roots;

use fswalk::Walk;
use kit::alike::{Asks, DEFAULT, Item, Options, WAYS, assert_alike, assert_same, found, sorted, walkdir};
use kit::fixed;
use kit::process::passes_as_an_ordinary_user;
use kit::trees::{self, Tree};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

#[test]
fn an_ordinary_user_finds_what_walkdir_finds() {
    passes_as_an_ordinary_user(
        "an_ordinary_user_finds",
        &["a_directory_of_20_000_entries", "a_broad_tree", "a_deep_tree"],
    );
}

/// Whether a name has an even number of bytes: about half of all are refused, at any depth but the root's.
fn is_even(name: &OsStr, depth: usize) -> bool {
    depth > 0 && name.len().is_multiple_of(2)
}

/// Each option alone, and some together.
fn options() -> Vec<Options> {
    let mut all = vec![DEFAULT];
    for (min_depth, max_depth) in [(1, usize::MAX), (2, usize::MAX), (0, 0), (0, 1), (0, 2), (1, 1), (2, 3), (100, 200)]
    {
        all.push(Options { min_depth, max_depth, ..DEFAULT });
    }
    // Crossed bounds: the one that is set last gives way.
    for (min_depth, max_depth) in [(3, 1), (1, 0), (usize::MAX, 2)] {
        for max_first in [false, true] {
            all.push(Options { min_depth, max_depth, max_first, ..DEFAULT });
        }
    }
    all.push(Options { follow_links: true, ..DEFAULT });
    all.push(Options { follow_links: true, min_depth: 2, max_depth: 3, ..DEFAULT });
    all.push(Options { refuses: Some(is_even), ..DEFAULT });
    all.push(Options { refuses: Some(is_even), follow_links: true, min_depth: 1, ..DEFAULT });
    for asks in [Asks::Walk, Asks::Files, Asks::Entries] {
        all.push(Options { asks, ..DEFAULT });
        all.push(Options { asks, follow_links: true, ..DEFAULT });
    }
    all
}

/// The same, and options that look at file systems; an ordinary user's walkdir gives up entries that it cannot look up, and ours does
/// not.
fn options_where_all_can_be_searched() -> Vec<Options> {
    let mut all = options();
    all.push(Options { same_file_system: true, ..DEFAULT });
    all.push(Options { same_file_system: true, follow_links: true, ..DEFAULT });
    all.push(Options { same_file_system: true, asks: Asks::Walk, refuses: Some(is_even), ..DEFAULT });
    all
}

#[test]
fn an_empty_directory_is_found_alike() {
    let tree = trees::empty();
    for options in options_where_all_can_be_searched() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn a_directory_of_20_000_entries_is_found_alike() {
    let tree = trees::flat(20_000, 50);
    let some = [DEFAULT, Options { refuses: Some(is_even), follow_links: true, asks: Asks::Walk, ..DEFAULT }];
    for options in some {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn a_deep_tree_is_found_alike() {
    let tree = trees::deep();
    for options in options_where_all_can_be_searched() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn a_broad_tree_is_found_alike() {
    let tree = trees::broad();
    for options in options_where_all_can_be_searched() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn links_are_found_alike() {
    let tree = trees::links();
    for options in options_where_all_can_be_searched() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn names_of_any_bytes_are_found_alike() {
    let tree = trees::names();
    for options in options_where_all_can_be_searched() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn fifos_sockets_and_devices_are_found_alike() {
    let tree = trees::special();
    for options in options_where_all_can_be_searched() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn a_walk_can_be_done_again_and_its_iterator_stays_at_its_end() {
    let tree = trees::broad();
    let walk = Walk::new(tree.path()).threads(fixed(2));
    let expected = sorted(walkdir(&[tree.path().to_owned()], &DEFAULT, |walk| walk));
    for _ in 0..3 {
        for way in WAYS {
            assert_same(&sorted(found(&walk, Asks::Nothing, way)), &expected, &format!("{way:?}"));
        }
    }
    for walk in [walk.clone(), walk.clone().threads(fixed(1)), walk.sort_by_file_name()] {
        let mut entries = walk.into_iter();
        assert_eq!(entries.by_ref().count(), expected.len());
        assert!((0..3).all(|_| entries.next().is_none()));
    }
}

#[test]
fn a_name_is_borrowed_bytes() {
    let tree = Tree::new();
    let name = OsStr::from_bytes(b"\xff\n\x80");
    tree.file(name, 0);
    Walk::new(tree.path()).min_depth(1).for_each(|found| {
        let entry = found.unwrap();
        assert_eq!((entry.file_name(), entry.parent_below_root()), (name, Path::new("")));
        assert_eq!(entry.root(), tree.path());
        let mut path = b"before ".to_vec();
        entry.append_path(&mut path);
        assert_eq!(path, [b"before ", tree.at(name).as_os_str().as_bytes()].concat());
    });
}

fn error(path: &Path, depth: usize, errno: Errno) -> Item {
    Item::Error { path: Some(path.into()), depth, errno: Some(errno.raw_os_error()), ancestor: None }
}

fn paths(items: &[Item]) -> Vec<&OsStr> {
    let entries = items.iter().filter_map(|item| match item {
        Item::Entry { path, .. } => Some(path.as_os_str()),
        Item::Error { .. } => None,
    });
    entries.collect()
}
