//! Where a walk and walkdir differ on purpose.

use super::{error, paths};
use crate::kit::alike::{Asks, DEFAULT, Item, Options, WAYS, Way, assert_alike, found, walk};
use crate::kit::trees::{self, Tree};
use fswalk::Walk;
use rustix::io::Errno;
use std::slice::from_ref;

#[test]
fn a_root_that_is_no_directory_is_an_error_where_it_is_not_itself_asked_for() {
    // walkdir says nothing of it.
    let tree = trees::links();
    for (below, errno) in [("real/file", Errno::NOTDIR), ("to a file", Errno::NOTDIR), ("to nothing", Errno::NOENT)] {
        let root = tree.at(below);
        let options = Options { min_depth: 1, ..DEFAULT };
        for way in WAYS {
            let items = found(&walk(from_ref(&root), &options), Asks::Nothing, way);
            assert_eq!(items, [error(&root, 0, errno)], "{way:?}");
        }
    }
}

#[test]
fn a_root_that_is_a_link_to_nothing_is_a_link() {
    // walkdir gives an error in its place, as ours does where links are followed.
    let tree = trees::links();
    let root = tree.at("to nothing");
    for way in WAYS {
        let items = found(&Walk::new(&root), Asks::Nothing, way);
        assert!(matches!(&items[..], [Item::Entry { depth: 0, kind: 'l', is_link: true, .. }]), "{way:?} {items:?}");
    }
    assert_alike(&[root], &Options { follow_links: true, ..DEFAULT });
    // One that leads to itself cannot be looked through: a link, and an error.
    let root = tree.at("itself");
    for way in WAYS {
        let items = found(&Walk::new(&root), Asks::Nothing, way);
        assert!(matches!(&items[0], Item::Entry { depth: 0, kind: 'l', .. }), "{way:?} {items:?}");
        assert_eq!(items[1..], [error(&root, 0, Errno::LOOP)], "{way:?}");
    }
    assert_alike(&[root], &Options { follow_links: true, ..DEFAULT });
}

#[test]
fn a_root_that_is_a_link_to_a_directory_comes_after_its_contents_where_these_come_first() {
    // walkdir gives it before them, unless links are followed.
    let tree = trees::links();
    let root = tree.at("to a deeper directory");
    for walk in [Walk::new(&root).contents_first(true), Walk::new(&root).contents_first(true).sort_by_file_name()] {
        let items = found(&walk, Asks::Nothing, Way::Iterator);
        assert_eq!(paths(&items).last(), Some(&root.as_os_str()), "{items:?}");
        assert!(items.len() > 3);
    }
}

#[test]
fn what_the_filter_refuses_is_not_entered_even_if_its_contents_would_come_first() {
    // walkdir has entered it before it asks.
    let tree = Tree::new();
    tree.file("in/file", 0);
    tree.file("out/file", 0);
    let walk = Walk::new(tree.path()).contents_first(true).sort_by_file_name();
    let items = found(&walk.filter_entry(|entry| entry.file_name() != "out"), Asks::Nothing, Way::Iterator);
    let expected = ["in/file", "in", ""].map(|below| tree.path().join(below));
    assert_eq!(paths(&items), expected.each_ref().map(|path| path.to_str().unwrap().trim_end_matches('/')));
}

#[test]
fn a_root_that_the_filter_refuses_is_not_walked_even_if_it_is_a_link() {
    // walkdir walks the link's target.
    let tree = trees::links();
    for below in ["real", "to a directory", "real/file"] {
        for way in WAYS {
            let walk = Walk::new(tree.at(below)).filter_entry(|entry| entry.depth() > 0);
            assert_eq!(found(&walk, Asks::Nothing, way), [], "{below} {way:?}");
        }
    }
}
