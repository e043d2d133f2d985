//! `--cache cold`: every sample proves that it read from storage, or its row says that it was warm.

use crate::kit::command::{Ran, Unprivileged, fsbench};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Compares one row, its twin and `null`, one round each: three drops.
fn compare_cold(dir: &Path) -> Ran {
    fsbench(&["compare", "-v", "--flat", dir.to_str().unwrap(), "-s", "std", "--rounds", "1", "--cache", "cold"])
}

fn may_drop() -> bool {
    fsbench::sys::cache::may_drop().is_ok()
}

/// A folder with a few files in it, on the file system of `below`.
fn folder(below: &Path) -> TempDir {
    let folder = tempfile::Builder::new().prefix("fsbench-cold-").tempdir_in(below).unwrap();
    for name in 0..100 {
        fs::write(folder.path().join(format!("file-{name}")), "").unwrap();
    }
    folder
}

#[test]
fn a_row_on_a_disk_says_what_it_read() {
    let below = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let kind = fsbench::measure::file_system::FileSystem::of(below).kind;
    if !may_drop() || !["ext4", "xfs", "btrfs"].contains(&kind.as_str()) {
        return; // Caches cannot be dropped, or nothing there counts as blocks read.
    }
    let folder = folder(below);
    let ran = compare_cold(folder.path());
    assert!(ran.out.contains("cold: read "), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("WARM"), "{}", ran.out);
    assert!(ran.out.contains("Caches: cold."), "{}", ran.out);
}

#[test]
fn a_row_on_a_file_system_in_memory_says_that_it_was_warm() {
    let memory = Path::new("/dev/shm");
    let kind = fsbench::measure::file_system::FileSystem::of(memory).kind;
    if !may_drop() || kind != "tmpfs" {
        return; // Caches cannot be dropped, or there is no tmpfs to try.
    }
    let folder = folder(memory);
    let ran = compare_cold(folder.path());
    assert!(ran.out.contains("WARM: 1 of 1 samples read nothing from storage"), "{}{}", ran.out, ran.err);
}

#[test]
fn without_root_it_says_what_to_do_and_measures_nothing() {
    let user = Unprivileged::new();
    let arguments = ["compare", "--flat", "/", "-s", "std", "--rounds", "1", "--cache", "cold"];
    let ran = Ran::of(user.command().args(arguments));
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("/proc/sys/vm/drop_caches") && ran.err.contains("sudo fsbench"), "{}", ran.err);
    assert!(ran.out.is_empty(), "{}", ran.out);
}
