//! What the safe face of fts(3) answers. It is alone here: fts moves the working directory.

use fsbench::sys::fts::{Info, Stats, Walk};
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

/// Whether each entry of a directory of a directory and a file has a stat.
fn stats(stats: Stats) -> Vec<bool> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("directory")).unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let root = CString::new(folder.path().as_os_str().as_bytes()).unwrap();
    let mut walk = Walk::open(&root, stats).unwrap();
    let mut seen = Vec::new();
    while let Some(entry) = walk.next() {
        let entry = entry.unwrap();
        let expected = std::fs::symlink_metadata(OsStr::from_bytes(entry.path())).unwrap().ino();
        assert_eq!(entry.ino(), (entry.info() != Info::NotStatted).then_some(expected));
        assert!(entry.stat().is_none_or(|stat| stat.st_ino == expected));
        seen.push(entry.stat().is_some());
    }
    seen
}

#[test]
fn an_entry_has_a_stat_and_an_inode_number_where_fts_has_written_them() {
    // Two directories come twice.
    assert_eq!(stats(Stats::All), [true; 5]);
    assert_eq!(stats(Stats::Unkept), [false; 5]);
}
