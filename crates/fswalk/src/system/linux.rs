//! Linux: getdents64(2), statx(2), openat2(2).

use crate::list::Meta;
use crate::list::statx::{FLAGS, MASK};
use rustix::fs::{AtFlags, StatxFlags, makedev, statat, statx};
use rustix::io::Errno;
use rustix::path::Arg;
use std::os::fd::BorrowedFd;

pub(crate) use crate::list::{Getdents as Reader, Statx as Lookup};
pub(crate) use crate::walk::reopen::reopen;

/// What is at `name`, a link being followed or not. Nothing is mounted for it.
pub(crate) fn look_up(dir: BorrowedFd<'_>, name: impl Arg + Copy, follow: bool) -> Result<Meta, Errno> {
    let flags = if follow { AtFlags::NO_AUTOMOUNT } else { FLAGS };
    match statx(dir, name, flags, MASK) {
        // A filter, or a kernel before 4.11.
        Err(Errno::NOSYS) => statat(dir, name, flags.difference(AtFlags::NO_AUTOMOUNT)).map(|stat| Meta::from(&stat)),
        found => found.map(|found| Meta::from(&found)),
    }
}

/// The device of what is at `name`, without asking a server for anything.
pub(crate) fn device_unasked(dir: BorrowedFd<'_>, name: &[u8]) -> Result<u64, Errno> {
    match statx(dir, name, FLAGS | AtFlags::STATX_DONT_SYNC, StatxFlags::empty()) {
        Err(Errno::NOSYS) => look_up(dir, name, false).map(|meta| meta.dev),
        found => found.map(|found| makedev(found.stx_dev_major, found.stx_dev_minor)),
    }
}

/// The calling thread's identifier, as /proc has it.
pub(crate) fn thread_id() -> u32 {
    rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs()
}
