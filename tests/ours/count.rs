//! `fsbench count` from outside.

use crate::kit::command::{Ran, Unprivileged, fsbench};
use crate::kit::skip::skip;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;

#[test]
fn sizes_add_up_beyond_64_bits() {
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else { return skip("sizes beyond 64 bits", "no /dev/shm") };
    for name in ["a", "b", "c"] {
        if let Err(why) = File::create(folder.path().join(name)).unwrap().set_len(i64::MAX as u64) {
            return skip("sizes beyond 64 bits", why);
        }
    }
    let ran = fsbench(&["count", "--size", folder.path().to_str().unwrap()]);
    assert!(ran.out.contains("; 24.0 EiB in files, 0 B on disk"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_large_directory_that_may_be_read_and_not_searched_is_counted_whole() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("large");
    fs::create_dir(&dir).unwrap();
    (0..20_000).for_each(|number| drop(File::create(dir.join(format!("file-{number:08}.dat"))).unwrap()));
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    fs::set_permissions(&dir, PermissionsExt::from_mode(0o444)).unwrap();
    let ran = Ran::of(Unprivileged::new().command().arg("count").arg(&dir));
    fs::set_permissions(&dir, PermissionsExt::from_mode(0o755)).unwrap();
    assert!(ran.out.starts_with("20,000 entries"), "{}{}", ran.out, ran.err);
}
