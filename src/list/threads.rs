//! statx in inode order from several threads: each takes the next stretch of the sorted directory until none is left.
//!
//! The threads start and end inside the listing: what they cost is part of its price. One lock a stretch hands out work;
//! answers are written in place, each by the one thread that holds their stretch.

use super::getdents;
use super::inode::statx_all;
use super::{
    Batch, BatchLookup, Batched, Factors, LookupOrder, Lookups, Order, Parallel, Projection, Row, Standing, Want,
};
use fswalk::team::{lock, with_helpers};
use rustix::io::Errno;
use std::os::fd::BorrowedFd;
use std::sync::Mutex;

/// Entries that a thread takes at once: half a millisecond of work, so that the last one to finish is not late by more.
pub(crate) const STRETCH: usize = 256;

struct Threads {
    threads: usize,
}

impl BatchLookup for Threads {
    fn look_up(&mut self, dir: BorrowedFd<'_>, batch: &mut Batch) -> Result<(), Errno> {
        batch.sort_by_inode();
        let (names, items, answers) = batch.parts();
        let helpers = self.threads.min(items.len().div_ceil(STRETCH)).saturating_sub(1);
        let stretches = Mutex::new(items.chunks(STRETCH).zip(answers.chunks_mut(STRETCH)));
        // The lock is free again when the work starts: the guard goes with the statement.
        let next = || lock(&stretches).next();
        let work = || {
            while let Some((items, answers)) = next() {
                statx_all(dir, names, items, answers);
            }
        };
        with_helpers(0..helpers, |_| work(), work);
        Ok(())
    }
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "getdents+threads",
    about: "getdents64 to the end, then statx in inode order from N threads",
    wants: &[Want::Metadata],
    factors: Factors { order: LookupOrder::Inode, parallel: Parallel::Threads, ..getdents::factors(Lookups::Statx) },
    order: Order::Any,
    projection: Projection::Whole,
    standing: Standing::Ranked,
    open: |options| Ok(Box::new(Batched::new(Threads { threads: options.threads }))),
}];
