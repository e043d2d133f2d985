//! statx through io_uring, a ring's depth in flight. The kernel runs each on a worker thread of its own, so this buys
//! overlap where calls wait, and costs a hand-over where they do not (see `sys::uring`).

use super::getdents;
use super::statx::{FLAGS, MASK};
use super::{
    Batch, BatchLookup, Batched, Factors, Lister, Lookups, Order, Parallel, Projection, Row, Standing, Want,
    meta_of_statx,
};
use crate::error::{Unsupported, reason};
use crate::sys::uring::{Operation, Outcome, Ring};
use rustix::io::Errno;
use std::os::fd::BorrowedFd;

impl BatchLookup for Ring {
    const CALL: &'static str = "io_uring_enter";

    fn look_up(&mut self, dir: BorrowedFd<'_>, batch: &mut Batch) -> Result<(), Errno> {
        let (names, items, answers) = batch.parts();
        let ask = |item| Operation::Statx { at: dir, name: names.get(item), flags: FLAGS, mask: MASK };
        let mut keep = |index: usize, outcome: Result<Outcome<'_>, Errno>| {
            if let Some(answer) = answers.get_mut(index) {
                *answer = outcome.map(|outcome| meta_of_statx(outcome.statx));
            }
        };
        self.perform(items.iter().map(ask), &mut keep)
            .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
    }
}

/// A ring, or why there can be none here.
pub(crate) fn ring(depth: u32) -> Result<Ring, Unsupported> {
    Ring::new(depth).map_err(|error| {
        Unsupported(
            match error.raw_os_error() {
                Some(libc::ENOSYS) => "the kernel has no io_uring (Linux 5.6 or later has what is needed)".to_owned(),
                Some(libc::EPERM | libc::EACCES) => {
                    "io_uring is not allowed here (see the sysctl kernel.io_uring_disabled, or the container's seccomp filter)"
                        .to_owned()
                }
                Some(libc::EOPNOTSUPP) => {
                    "this kernel's io_uring has no openat, statx and close (Linux 5.6 or later has them)".to_owned()
                }
                Some(libc::ENOMEM) => "no memory for the ring: raise `ulimit -l`".to_owned(),
                _ => format!("io_uring_setup: {}", reason(&error)),
            }
            .into(),
        )
    })
}

fn open<const DEPTH: u32>() -> Result<Box<dyn Lister>, Unsupported> {
    Ok(Box::new(Batched::new(ring(DEPTH)?)))
}

const fn row<const DEPTH: u32>(name: &'static str, about: &'static str) -> Row {
    Row {
        name,
        about,
        wants: &[Want::Metadata],
        factors: Factors { parallel: Parallel::Ring { depth: DEPTH }, ..getdents::factors(Lookups::Statx) },
        order: Order::Directory,
        projection: Projection::Whole,
        standing: Standing::Ranked,
        open: |_| open::<DEPTH>(),
    }
}

/// One row per depth.
pub const ROWS: &[Row] = &[
    row::<64>("getdents+uring/64", "getdents64 to the end, then statx through io_uring, 64 in flight"),
    row::<256>("getdents+uring/256", "getdents64 to the end, then statx through io_uring, 256 in flight"),
    row::<1024>("getdents+uring/1024", "getdents64 to the end, then statx through io_uring, 1024 in flight"),
];
