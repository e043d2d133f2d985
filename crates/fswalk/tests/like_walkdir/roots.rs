//! What a walk may begin at: files, links, paths of every form, and what is not there.

use super::error;
use crate::kit::alike::{
    Asks, DEFAULT, Item, Options, WAYS, Way, assert_alike, assert_same, found, sorted, walk, walkdir,
};
use crate::kit::process::Alone;
use crate::kit::threads;
use crate::kit::trees::{self, Tree};
use fswalk::Walk;
use rustix::io::Errno;
use std::ffi::OsString;
use std::path::Path;
use std::slice::from_ref;

#[test]
fn several_roots_are_found_alike_one_after_the_other() {
    let (first, second) = (trees::links(), trees::broad());
    let file = first.at("real/file");
    let roots = [second.path(), first.path(), file.as_path(), &first.at("none"), second.path(), &first.at("real")];
    for options in [
        DEFAULT,
        Options { max_depth: 1, ..DEFAULT },
        Options { follow_links: true, asks: Asks::Walk, ..DEFAULT },
        Options { same_file_system: true, ..DEFAULT },
    ] {
        assert_alike(&roots, &options);
    }
}

#[test]
fn a_missing_root_among_others_costs_that_root_alone() {
    let tree = trees::broad();
    let none = tree.at("none");
    for threads in threads() {
        for way in WAYS {
            let walk = Walk::new(&none).add(tree.path()).threads(threads);
            let items = sorted(found(&walk, Asks::Nothing, way));
            let mut expected = walkdir(&[tree.path().to_owned()], &DEFAULT, |walk| walk);
            expected.push(error(&none, 0, Errno::NOENT));
            assert_same(&items, &sorted(expected), &format!("{way:?} {threads:?}"));
        }
    }
}

#[test]
fn odd_roots_are_found_alike() {
    let tree = trees::links();
    let absolute = |below: &str| tree.path().join(below).into_os_string();
    let with = |text: &str, below: &str| {
        let mut root = OsString::from(text);
        root.push(tree.path().join(below));
        root
    };
    let slashes = |count: usize| {
        let mut root = tree.path().as_os_str().to_owned();
        root.push("/".repeat(count));
        root
    };
    let roots = [
        absolute("real/file"),
        absolute("to a file"),
        absolute("to a directory"),
        absolute("to a directory/"),
        absolute("chain of three"),
        absolute("none"),
        absolute("none/below"),
        absolute("real/file/"),
        absolute("real/file/below"),
        absolute("real/../real"),
        absolute("real/./deep"),
        absolute("real//deep"),
        absolute("real/.."),
        absolute("real/."),
        absolute("to a directory/.."),
        slashes(1),
        slashes(3),
        with("/", ""),
        with("//", "real"),
        OsString::from("x".repeat(300)),
        OsString::from("x/".repeat(3000)),
    ];
    for root in roots {
        for options in [
            DEFAULT,
            Options { follow_links: true, ..DEFAULT },
            Options { asks: Asks::Walk, max_depth: 1, ..DEFAULT },
            Options { same_file_system: true, ..DEFAULT },
        ] {
            let is_contents_of_a_link = !options.follow_links
                && Path::new(&root).symlink_metadata().is_ok_and(|meta| meta.is_symlink())
                && Path::new(&root).is_dir();
            if !is_contents_of_a_link {
                assert_alike(&[&root], &options);
                continue;
            }
            // Of these one order differs: see below.
            let expected = sorted(walkdir(&[root.clone().into()], &options, |walk| walk));
            for threads in threads() {
                for way in WAYS {
                    let walk = walk(&[root.clone().into()], &options).threads(threads);
                    assert_same(&sorted(found(&walk, options.asks, way)), &expected, &format!("{way:?} {root:?}"));
                }
            }
        }
    }
}

#[test]
fn relative_roots_are_found_alike() {
    let tree = Tree::new();
    tree.file("inner/a/file", 1);
    tree.file("inner/b", 1);
    tree.file("beside/file", 1);
    tree.link("inner/a", "link");
    Alone::new("roots::relative_roots").in_folder(&tree.at("inner")).passes();
}

#[test]
#[ignore = "the test above runs it, in a folder of its own"]
fn relative_roots() {
    for root in
        [".", "./", "..", "../", "../inner", "a", "a/", "./a", "a/..", "b", "../link/", "none", "./.", "a/../.."]
    {
        assert_alike(&[root], &DEFAULT);
        assert_alike(&[root], &Options { follow_links: true, asks: Asks::Walk, ..DEFAULT });
        assert_alike(&[root], &Options { same_file_system: true, ..DEFAULT });
    }
}

#[test]
fn an_empty_root_is_not_found_and_its_error_has_no_path() {
    let missing = Item::Error { path: None, depth: 0, errno: Some(Errno::NOENT.raw_os_error()), ancestor: None };
    for threads in threads() {
        for way in WAYS {
            assert_eq!(found(&Walk::new("").threads(threads), Asks::Nothing, way), from_ref(&missing));
        }
    }
    assert_eq!(found(&Walk::new("").sort_by_file_name(), Asks::Nothing, Way::Iterator), [missing]);
}

#[test]
fn open_descriptors_are_found_in_proc() {
    for threads in threads() {
        for way in WAYS {
            let items = found(&Walk::new("/proc/self/fd").threads(threads), Asks::Nothing, way);
            for number in ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2"] {
                let is_it = |item: &Item| matches!(item, Item::Entry { path, .. } if path == number);
                assert_eq!(
                    items.iter().filter(|&item| is_it(item)).count(),
                    1,
                    "{number} {way:?} {threads:?}: {items:?}"
                );
            }
            let is_link = |item: &Item| matches!(item, Item::Entry { depth: 1, is_link: true, .. });
            assert_eq!(items.iter().filter(|&item| is_link(item)).count(), items.len() - 1, "{items:?}");
        }
    }
}

#[test]
fn proc_is_walked_without_a_panic() {
    // Processes come and go, and much is for nobody to see. The walker's own folder must be there.
    let items = found(&Walk::new("/proc").max_depth(3), Asks::Nothing, Way::ForEach);
    let own = format!("/proc/{}/stat", std::process::id());
    assert!(items.iter().any(|item| matches!(item, Item::Entry { path, .. } if *path == *own)));
}
