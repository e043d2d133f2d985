//! `fsbench count` from outside.

use crate::kit::command::fsbench;
use crate::kit::skip::skip;
use std::fs::File;

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
