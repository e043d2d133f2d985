//! statx in inode order: where inodes must come from a disk, neighbours in the inode table come in one read, while the
//! directory's own order (on ext4 a hash of the names) jumps about. Warm, it only pays for the sort.

use super::batch::{Answer, Item, Names};
use super::getdents;
use super::statx::{FLAGS, MASK};
use super::{Batch, BatchLookup, Batched, Factors, LookupOrder, Lookups, Meta, Order, Projection, Row, Standing, Want};
use rustix::fs::statx;
use rustix::io::Errno;
use std::os::fd::BorrowedFd;

struct InodeOrder;

impl BatchLookup for InodeOrder {
    fn look_up(&mut self, dir: BorrowedFd<'_>, batch: &mut Batch) -> Result<(), Errno> {
        batch.sort_by_inode();
        let (names, items, answers) = batch.parts();
        statx_all(dir, names, items, answers);
        Ok(())
    }
}

/// One statx per item, in their order.
pub(super) fn statx_all(dir: BorrowedFd<'_>, names: Names<'_>, items: &[Item], answers: &mut [Answer]) {
    for (item, answer) in items.iter().zip(answers) {
        *answer = statx(dir, names.get(item), FLAGS, MASK).map(|x| Meta::from(&x));
    }
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "getdents+statx-inode",
    about: "getdents64 to the end, then one statx an entry in inode order",
    wants: &[Want::Metadata],
    factors: Factors { order: LookupOrder::Inode, ..getdents::factors(Lookups::Statx) },
    order: Order::Any,
    projection: Projection::Whole,
    standing: Standing::Ranked,
    open: |_| Ok(Box::new(Batched::new(InodeOrder))),
}];
