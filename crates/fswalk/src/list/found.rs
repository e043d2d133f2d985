//! A directory entry as it was read.

use super::Kind;
#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
use rustix::fs::{RawDir, RawDirEntry};
use std::ffi::CStr;
use std::os::fd::BorrowedFd;

/// What a reader read: the directory entry as the kernel gave it.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The directory, open.
    pub dir: BorrowedFd<'a>,
    /// The name.
    pub name: &'a CStr,
    /// `d_type`.
    pub kind: Kind,
    /// `d_ino`.
    pub ino: u64,
    /// `d_off`.
    pub next_position: Option<u64>,
}

#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
impl<'a> Found<'a> {
    /// What getdents64 read in `dir`; `None` of `.` and `..`.
    #[inline]
    pub fn decode(dir: BorrowedFd<'a>, entry: &'a RawDirEntry<'a>) -> Option<Self> {
        let (name, next_position) = (entry.file_name(), Some(entry.next_entry_cookie()));
        let is_itself = matches!(name.to_bytes(), b"." | b"..");
        let found = || Self { dir, name, kind: Kind::from(entry.file_type()), ino: entry.ino(), next_position };
        (!is_itself).then(found)
    }
}

#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
/// The next entry of an open directory. One that was removed since it was opened has no more: the kernel says `ENOENT` then
/// (fs/readdir.c, `iterate_dir`), and readdir(3) takes it for the end too.
#[inline]
pub fn next<'e, Fd: std::os::fd::AsFd>(
    entries: &'e mut RawDir<'_, Fd>,
) -> Option<Result<RawDirEntry<'e>, rustix::io::Errno>> {
    entries.next().filter(|entry| !matches!(entry, Err(rustix::io::Errno::NOENT)))
}
