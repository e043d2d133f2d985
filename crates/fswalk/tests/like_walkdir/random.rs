//! Trees that nobody would think of.

use super::is_even;
use crate::kit::alike::{Asks, DEFAULT, Options, assert_alike};
use crate::kit::trees::{self, Node, Tree, What};
use proptest::prelude::{Just, ProptestConfig, any, prop, proptest};
use proptest::prop_oneof;
use proptest::strategy::{BoxedStrategy, Strategy};
use std::ffi::OsStr;

/// A name: few enough that links may meet them, and of any bytes.
fn name() -> BoxedStrategy<Vec<u8>> {
    let any_bytes = prop::collection::vec(any::<u8>().prop_filter("no name", |&byte| byte != 0 && byte != b'/'), 1..6);
    let is_name = |name: &Vec<u8>| name != b"." && name != b"..";
    prop_oneof![4 => prop::sample::select(vec![b"a".to_vec(), b"b".to_vec(), b"c".to_vec(), b"..d".to_vec()]), 1 => any_bytes]
        .prop_filter("no name", is_name)
        .boxed()
}

/// What a link says: one of its neighbours, what is in one, or a directory that it is in, though none above the root.
fn target(depth: usize) -> BoxedStrategy<Vec<u8>> {
    let up = (0..=depth).prop_map(|levels| if levels == 0 { b".".to_vec() } else { b"../".repeat(levels) });
    let down = prop::collection::vec(name(), 1..3).prop_map(|names| names.join(&b'/'));
    (up, prop::option::of(down))
        .prop_map(|(mut up, down)| match down {
            Some(down) => {
                up.push(b'/');
                up.extend(down);
                up
            }
            None => up,
        })
        .boxed()
}

/// What may be in a directory of that depth.
fn nodes(depth: usize, modes: &'static [u32]) -> BoxedStrategy<Vec<Node>> {
    let what = if depth < 4 {
        prop_oneof![
            3 => prop::sample::select(&[0, 0o444, 0o111, 0o755][..]).prop_map(What::File),
            2 => target(depth).prop_map(What::Link),
            3 => (prop::sample::select(modes), nodes(depth + 1, modes)).prop_map(|(mode, nodes)| What::Directory(mode, nodes)),
        ]
        .boxed()
    } else {
        Just(What::File(0o644)).boxed()
    };
    prop::collection::vec((name(), what).prop_map(|(name, what)| Node { name, what }), 0..6).boxed()
}

fn made(nodes: &[Node]) -> Tree {
    let tree = Tree::new();
    trees::make(tree.path(), nodes);
    tree
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_trees_are_found_alike(
        nodes in nodes(0, &[0, 0o444, 0o111, 0o755, 0o755, 0o755]),
        min_depth in 0_usize..3, max_depth in 0_usize..5, has_filter in any::<bool>(),
        asks in prop::sample::select(&[Asks::Nothing, Asks::Walk, Asks::Files, Asks::Entries][..]),
    ) {
        let tree = made(&nodes);
        let refuses = has_filter.then_some(is_even as fn(&OsStr, usize) -> bool);
        assert_alike(&[tree.path()], &Options { asks, ..DEFAULT });
        assert_alike(&[tree.path()], &Options { min_depth, max_depth, refuses, asks, ..DEFAULT });
    }

    #[test]
    fn random_trees_are_found_alike_when_links_are_followed(
        nodes in nodes(0, &[0o444, 0o755, 0o755, 0o755]),
        max_depth in 2_usize..6,
        asks in prop::sample::select(&[Asks::Nothing, Asks::Walk, Asks::Files, Asks::Entries][..]),
    ) {
        let tree = made(&nodes);
        // Links among neighbours multiply what is found.
        assert_alike(&[tree.path()], &Options { follow_links: true, max_depth, asks, ..DEFAULT });
    }
}
