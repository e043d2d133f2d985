//! Directories that may not be read or searched.

use super::{error, options};
use crate::kit::alike::{Asks, DEFAULT, Item, Options, WAYS, assert_alike, assert_same, found, sorted, walk, walkdir};
use crate::kit::process::{Alone, is_root, path_from_env};
use crate::kit::trees::{self, Tree};
use crate::kit::{skip, threads};
use fswalk::{Walk, Want};
use rustix::io::Errno;
use std::path::{Path, PathBuf};

#[test]
fn directories_without_rights_are_found_alike() {
    let tree = trees::closed();
    for options in options() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn a_directory_that_can_be_read_and_not_searched_gives_all_its_entries() {
    if is_root() {
        return skip(
            "directories that must not be searched",
            "nothing stops root; an ordinary user's run has the test",
        );
    }
    let tree = trees::flat(6000, 20);
    tree.mode("", 0o444);
    assert_all_of_unsearchable_is_found(tree.path());
}

#[test]
fn another_users_directory_that_can_be_read_and_not_searched_gives_all_its_entries() {
    if !is_root() {
        return skip("directories of another user", "root makes them; its run has the test");
    }
    let tree = Tree::new();
    tree.mode("", 0o755);
    let (large, padding) = (tree.dir("large"), "x".repeat(20));
    for number in 0..6000 {
        std::fs::File::create(large.join(format!("{number:06}-{padding}"))).unwrap();
    }
    for number in 0..20 {
        tree.dir(format!("large/dir-{number}"));
    }
    tree.mode("large", 0o444);
    Alone::as_an_ordinary_user("rights::another_users_directory").env("TREE", tree.at("large")).passes();
}

#[test]
#[ignore = "the test above runs it, as an ordinary user"]
fn another_users_directory() {
    assert_all_of_unsearchable_is_found(&path_from_env("TREE"));
}

/// Of a directory of 6,000 files and 20 directories.
fn assert_all_of_unsearchable_is_found(root: &Path) {
    let root = [root.to_owned()];
    let denied = Some(Errno::ACCESS.raw_os_error());
    for options in [DEFAULT, Options { asks: Asks::Walk, ..DEFAULT }, Options { same_file_system: true, ..DEFAULT }] {
        // walkdir says the same but where it looks at file systems: then it has errors in place of directories.
        let expected = sorted(walkdir(&root, &Options { same_file_system: false, ..options.clone() }, |walk| walk));
        for threads in threads() {
            for way in WAYS {
                let items = sorted(found(&walk(&root, &options).threads(threads), options.asks, way));
                assert_same(&items, &expected, &format!("{way:?} {threads:?} {options:?}"));
            }
        }
        let (entries, errors): (Vec<_>, Vec<_>) = expected.iter().partition(|item| matches!(item, Item::Entry { .. }));
        assert_eq!((entries.len(), errors.len()), (6021, 20));
        assert!(errors.iter().all(|error| matches!(error, Item::Error { errno, depth: 1, .. } if *errno == denied)));
    }
}

#[test]
fn an_entry_whose_lookup_failed_is_there_and_says_why() {
    if is_root() {
        return skip("lookups that fail", "nothing stops root; an ordinary user's run has the test");
    }
    let tree = Tree::new();
    tree.file("closed/file", 3);
    tree.file("open/file", 3);
    tree.mode("closed", 0o444);
    for threads in threads() {
        let seen = std::sync::Mutex::new(Vec::new());
        Walk::new(tree.path()).want(Want::Metadata).threads(threads).for_each(|found| {
            let entry = found.expect("every directory can be read");
            let name = entry.parent_below_root().join(entry.file_name());
            let errno = |error: &fswalk::Error| error.source.raw_os_error();
            let says =
                (entry.error().map(errno), entry.metadata().map(|meta| meta.len()).map_err(|error| errno(&error)));
            if entry.file_type().is_file() {
                if let Some(error) = entry.error() {
                    assert_eq!((error.path(), error.depth()), (Some(entry.path().as_path()), 2));
                }
                seen.lock().unwrap().push((name, says));
            }
        });
        let mut seen = seen.into_inner().unwrap();
        seen.sort();
        let denied = Some(Errno::ACCESS.raw_os_error());
        let expected = [("closed/file", (Some(denied), Err(denied))), ("open/file", (None, Ok(3)))];
        assert_eq!(seen, expected.map(|(name, says)| (PathBuf::from(name), says)));
    }
    for walk in
        [Walk::new(tree.path()).want(Want::Metadata), Walk::new(tree.path()).want(Want::Metadata).sort_by_file_name()]
    {
        let entries: Vec<_> = walk.into_iter().map(Result::unwrap).collect();
        let closed = entries.iter().find(|entry| entry.path().ends_with("closed/file")).unwrap();
        let error = closed.metadata().unwrap_err();
        let call = if cfg!(any(not(target_os = "linux"), fswalk_elsewhere)) { "fstatat" } else { "statx" };
        assert_eq!((error.call, error.depth()), (call, 2));
        assert_eq!(error.source.raw_os_error(), Some(Errno::ACCESS.raw_os_error()));
    }
}

#[test]
fn a_link_to_a_directory_that_cannot_be_read_is_an_entry_and_an_error() {
    // walkdir has an error without a path in place of both.
    if is_root() {
        return skip("directories that must not be read", "nothing stops root; an ordinary user's run has the test");
    }
    let tree = Tree::new();
    tree.dir("closed");
    tree.mode("closed", 0o111);
    tree.link("closed", "link");
    for way in WAYS {
        let items = sorted(found(&Walk::new(tree.path()).follow_links(true), Asks::Nothing, way));
        let link = |item: &&Item| match item {
            Item::Entry { path, kind, is_link, .. } => *path == *tree.at("link") && *kind == 'd' && *is_link,
            Item::Error { .. } => false,
        };
        assert_eq!(items.iter().filter(link).count(), 1, "{way:?} {items:?}");
        for below in ["closed", "link"] {
            assert!(items.contains(&error(&tree.at(below), 1, Errno::ACCESS)), "{way:?} {items:?}");
        }
        assert_eq!(items.len(), 5);
    }
}
