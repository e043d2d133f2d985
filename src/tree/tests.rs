//! What holds of every shape: the same spec makes the same tree, and exactly as many entries as it says.

use super::plan::Plan;
use super::*;
use crate::list::digest::Digests;
use crate::list::{Options, Projection, Want};
use crate::strategy::Strategy;
use proptest::prelude::*;
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

const SILENT: &(dyn Fn(u64) + Sync) = &|_| {};

fn make(root: &Path, shape: Shape, entries: u64, seed: u64) -> Manifest {
    generate(root, &Spec { shape, entries, seed }, SILENT, &AtomicBool::new(false)).unwrap()
}

/// What a listing of the tree sees: entries, and the digest of their kinds.
fn seen(root: &Path, want: Want) -> (u64, String) {
    let sinks = Digests::new(want, Projection::Whole);
    let walker = Strategy::by_name("serial").unwrap();
    walker.open(want, &Options::default()).unwrap().run(root, want, &sinks).unwrap();
    let (digest, seen) = sinks.into_seen();
    assert_eq!(seen.tally.errors, 0);
    (seen.tally.entries, digest.to_string())
}

/// Changed digests here mean that old manifests no longer describe their trees: [`SCHEMA`] changes with them.
#[test]
fn each_shape_is_what_it_always_was() {
    let golden = [
        (Shape::Flat, "34fce5fa1a4b0e86"),
        (Shape::Wide, "6b4d4e4f315e991c"),
        (Shape::Deep, "06bc92c3eef33a85"),
        (Shape::Source, "4628bf61b2dedb7b"),
        (Shape::Modules, "b8ae41d7e95ef33f"),
        (Shape::Mail, "c8dcc40cdd98947f"),
        (Shape::Mixed, "d18082c2d46ab8a1"),
        (Shape::Empty, "0000000000000000"),
    ];
    let made = golden.map(|(shape, _)| {
        let plan = Plan::new(&Spec { shape, entries: 1000, seed: 7 }).unwrap();
        (shape, contents::contents(&plan, &|| true).kinds.to_string())
    });
    assert_eq!(made, golden.map(|(shape, kinds)| (shape, kinds.to_owned())));
}

#[test]
fn a_tree_is_what_its_manifest_says() {
    for shape in Shape::ALL {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("tree");
        let manifest = make(&root, shape, 500, 3);
        let contents = manifest.contents.unwrap();
        assert_eq!(seen(&root, Want::Kinds), (manifest.entries, contents.kinds.to_string()), "{shape}");
        assert_eq!(seen(&root, Want::Names).1, contents.names.to_string(), "{shape}");
        assert_eq!(Manifest::read(&root).unwrap(), manifest, "{shape}");
    }
}

#[test]
fn a_million_entries_of_source_have_64855_directories() {
    let plan = Plan::new(&Spec { shape: Shape::Source, entries: 1_000_000, seed: 7 }).unwrap();
    assert_eq!(plan.indices().len() - 1, 64_855);
    let depth = plan.indices().skip(1).map(|dir| plan.path(dir).iter().filter(|&&byte| byte == b'/').count() + 1).max();
    assert_eq!(depth, Some(7), "so that files are eight deep");
}

#[test]
fn deep_has_the_same_files_at_four_depths() {
    let plan = Plan::new(&Spec { shape: Shape::Deep, entries: 131, seed: 0 }).unwrap();
    let mut files: Vec<(usize, Vec<Vec<u8>>)> = Vec::new();
    for dir in plan.indices() {
        let mut names = Vec::new();
        let _ = plan.files(dir, |name, _| {
            names.push(name.to_owned());
            Ok::<(), ()>(())
        });
        if !names.is_empty() {
            files.push((dir as usize + 1, names));
        }
    }
    assert_eq!(files.iter().map(|(depth, _)| *depth).collect::<Vec<_>>(), [1, 4, 16, 32]);
    assert!(files.iter().all(|(_, names)| *names == files[0].1 && names.len() == 25));
}

#[test]
fn mixed_has_every_kind_and_every_byte() {
    let plan = Plan::new(&Spec { shape: Shape::Mixed, entries: 500, seed: 1 }).unwrap();
    let contents = contents::contents(&plan, &|| true);
    for count in [contents.files, contents.directories, contents.links, contents.fifos, contents.sockets] {
        assert!(count > 20, "{contents:?}");
    }
    let mut bytes = HashSet::new();
    let mut longest = 0;
    let _ = plan.files(plan::ROOT, |name, _| {
        bytes.extend(name.iter().copied());
        longest = longest.max(name.len());
        Ok::<(), ()>(())
    });
    let all: HashSet<u8> = (1..=255).filter(|&byte| byte != b'/').collect();
    assert_eq!(bytes, all);
    assert_eq!(longest, 255);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Exactly so many, each under a name that a file system can take and no sibling has.
    #[test]
    fn a_plan_has_as_many_entries_as_asked_for(shape in 0..Shape::ALL.len(), entries in 0u64..2000, seed: u64) {
        let shape = Shape::ALL[shape];
        let plan = Plan::new(&Spec { shape, entries, seed }).unwrap();
        let expected = if shape == Shape::Empty { 0 } else { entries };
        prop_assert_eq!(plan.entries(), expected);
        let held = contents::contents(&plan, &|| true);
        prop_assert_eq!(held.files + held.directories + held.links + held.fifos + held.sockets, expected);
        for dir in plan.indices() {
            let mut names = HashSet::new();
            let mut add = |name: Vec<u8>| {
                let fits = (1..=255).contains(&name.len()) && !name.iter().any(|byte| matches!(byte, 0 | b'/'));
                fits && name != b"." && name != b".." && names.insert(name)
            };
            for child in plan.children(dir) {
                let mut name = Vec::new();
                plan.push_name(child, &mut name);
                prop_assert_eq!(plan.parent(child), dir);
                prop_assert!(add(name));
            }
            let added = plan.files(dir, |name, _| if add(name.to_owned()) { Ok(()) } else { Err(name.to_owned()) });
            prop_assert_eq!(added, Ok(()));
        }
    }

    /// With any seed and number of threads the same.
    #[test]
    fn a_plan_is_a_function_of_its_spec(shape in 0..Shape::ALL.len(), entries in 0u64..2000, seed: u64) {
        let spec = Spec { shape: Shape::ALL[shape], entries, seed };
        let digest = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| contents::contents(&Plan::new(&spec).unwrap(), &|| true))
        };
        prop_assert_eq!(digest(1), digest(3));
    }
}

#[test]
fn a_name_is_a_shape_and_back() {
    for shape in Shape::ALL {
        assert_eq!(shape.to_string().parse(), Ok(shape));
    }
    assert!("round".parse::<Shape>().unwrap_err().contains("flat, wide"));
}

#[test]
fn what_is_not_an_empty_directory_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str| {
        let spec = Spec { shape: Shape::Flat, entries: 1, seed: 0 };
        generate(&folder.path().join(name), &spec, SILENT, &AtomicBool::new(false)).unwrap_err().to_string()
    };
    std::fs::create_dir_all(folder.path().join("full/of")).unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    std::fs::create_dir(folder.path().join("bare")).unwrap();
    std::os::unix::fs::symlink("bare", folder.path().join("link")).unwrap();
    assert!(refused("full").contains("not empty"), "{}", refused("full"));
    assert!(refused("file").contains("Not a directory"), "{}", refused("file"));
    assert!(refused("link").contains("symbolic link"), "{}", refused("link"));
    assert!(refused("link/").contains("symbolic link"), "{}", refused("link/"));
    assert!(refused("none/tree").contains("mkdirat"), "{}", refused("none/tree"));
    assert!(refused("bare/..").contains("name of its own"), "{}", refused("bare/.."));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "a refusal leaves nothing behind: {left:?}");
}

#[test]
fn what_lies_in_the_manifests_place_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    std::fs::write(folder.path().join("tree.fsbench.json"), "{\"mine\": true}").unwrap();
    let spec = Spec { shape: Shape::Flat, entries: 1, seed: 0 };
    let error = generate(&root, &spec, SILENT, &AtomicBool::new(false)).unwrap_err();
    assert!(!error.stays && error.to_string().contains("no manifest of a tree"), "{error}");
    assert!(!root.exists());
}

#[test]
fn what_was_made_before_a_stop_has_an_unfinished_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    let stop = AtomicBool::new(false);
    let raise = |_| stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let spec = Spec { shape: Shape::Source, entries: 20_000, seed: 1 };
    let error = generate(&root, &spec, &raise, &stop).unwrap_err();
    assert!(error.stays);
    assert_eq!(error.error.source.kind(), std::io::ErrorKind::Interrupted);
    assert_eq!(Manifest::read(&root).unwrap().contents, None);
    assert!(seen(&root, Want::Kinds).0 < 20_000);
}
