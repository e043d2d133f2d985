//! Dropping the kernel's caches of file systems: pages, directory entries, inodes.
//!
//! Root can write to drop_caches (proc_sys_vm(5)); nobody else can make a directory cold. Rejected: `mount -o remount` drops
//! directory entries and keeps the blocks; `posix_fadvise` drops a file's pages and no directory's; `umount` and `mount` again
//! takes more privilege than drop_caches does, and a file system that nobody else uses.

use rustix::fs::{Access, access, sync};
use std::fs;
use std::io;

/// The file that drops caches.
pub const DROP_CACHES: &str = "/proc/sys/vm/drop_caches";

/// Whether caches can be dropped here.
///
/// # Errors
/// access(2)'s: `EACCES` without root, `EROFS` in most containers.
pub fn may_drop() -> io::Result<()> {
    Ok(access(DROP_CACHES, Access::WRITE_OK)?)
}

/// Drops what is clean and in nobody's use. What is dirty is written first, since the kernel keeps it.
///
/// # Errors
/// open(2)'s and write(2)'s.
pub fn drop_caches() -> io::Result<()> {
    sync();
    // 1 for pages, 2 for directory entries and inodes.
    fs::write(DROP_CACHES, "3")
}
