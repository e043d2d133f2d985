//! A manifest beside a tree that is no tree: refused, or the tree found to be another. Nothing that is there goes.

#![no_main]

use fsbench::tree::{remove, verify};
use libfuzzer_sys::fuzz_target;
use std::fs;
use std::sync::atomic::AtomicBool;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("file-00000000.dat"), "").unwrap();
    fs::write(folder.path().join("tree.fsbench.json"), bytes).unwrap();
    // A tree of a billion entries would be planned in full: that it is one is enough.
    let is_small = serde_json::from_slice::<fsbench::tree::Manifest>(bytes).is_ok_and(|manifest| manifest.entries < 1000);
    if is_small {
        let stop = AtomicBool::new(false);
        let _ = verify(&root, &|_| {}, &stop);
        let _ = remove(&root, &|_| {}, &stop);
    }
    assert!(root.join("file-00000000.dat").exists());
});
