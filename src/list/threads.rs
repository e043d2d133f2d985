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
const STRETCH: usize = 256;

/// Entries in a stretch. Who asks for more threads than there are cores expects answers to be waited for, and not work:
/// then each thread is given its part, however small.
pub(crate) fn stretch(entries: usize, threads: usize, cores: usize) -> usize {
    if threads > cores { entries.div_ceil(threads).clamp(1, STRETCH) } else { STRETCH }
}

struct Threads {
    threads: usize,
    cores: usize,
}

impl BatchLookup for Threads {
    fn look_up(&mut self, dir: BorrowedFd<'_>, batch: &mut Batch) -> Result<(), Errno> {
        batch.sort_by_inode();
        let (names, items, answers) = batch.parts();
        let stretch = stretch(items.len(), self.threads, self.cores);
        let helpers = self.threads.min(items.len().div_ceil(stretch)).saturating_sub(1);
        let stretches = Mutex::new(items.chunks(stretch).zip(answers.chunks_mut(stretch)));
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
    open: |options| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Box::new(Batched::new(Threads { threads: options.threads, cores })))
    },
}];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_beyond_the_cores_each_get_a_part_of_a_small_directory() {
        assert_eq!((stretch(200, 2, 2), stretch(200, 32, 2), stretch(3, 32, 2)), (256, 7, 1));
        assert_eq!((stretch(1_000_000, 32, 2), stretch(0, 32, 2)), (256, 1));
    }
}
