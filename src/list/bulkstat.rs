//! XFS's bulkstat in place of a stat an entry: the directory is read and sorted by inode number, then the file system
//! is asked for the inodes in use from the first one on, a thousand a call, and those that are the directory's are
//! picked out.
//!
//! It answers by inode number, about what is on disk, and to root (CAP_SYS_ADMIN) only. To be exact all the same:
//!
//! - A size may be behind while what was written has not reached the disk. So the file system is synced once, before
//!   the clock runs, and what was changed after that moment is looked up by name.
//! - So is what changed since the directory was read: its inode number may be another file's by now.
//! - A name at which something is mounted leads to another inode: any name that some mount point has is looked up.
//! - Blocks of extended attributes are left out where the data is in the inode itself: looked up.
//!
//! Where inodes lie scattered, among many of other directories, most of an answer is of no use: such stretches are
//! looked up by name as well. Rejected: XFS_IOC_FSBULKSTAT, its predecessor, whose times are as wide as a C `long`.

use super::batch::Names;
use super::getdents;
use super::inode::statx_all;
use super::mounts::mount_points;
use super::privilege::{failed, refused, sys_admin};
use super::{
    Answer, Batch, BatchLookup, Batched, Factors, Item, LookupOrder, Lookups, Meta, Order, Projection, Row, Standing,
    Want,
};
use crate::error::Unsupported;
use crate::sys::xfs::{Bulkstat, Inode};
use rustix::fs::{fstat, fstatfs, syncfs};
use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};
use std::collections::HashSet;
use std::os::fd::BorrowedFd;

const CALL: &str = "XFS_IOC_BULKSTAT";

/// Inodes asked for at once: 192 KiB of answers.
const MOST: usize = 1024;
/// Where so few would be asked for, a statx each is cheaper.
const LEAST: usize = 16;

struct Bulk {
    bulkstat: Bulkstat,
    /// Which device was synced, and when, in seconds and nanoseconds: what changed before is on disk.
    synced: Option<(u64, (i64, u32))>,
}

impl Bulk {
    /// The device that `dir` is on, and when it was synced: now, unless it was before.
    fn sync(&mut self, dir: BorrowedFd<'_>) -> Result<(u64, (i64, u32)), Errno> {
        let dev = fstat(dir)?.st_dev;
        if let Some(synced) = self.synced.filter(|(synced, _)| *synced == dev) {
            return Ok(synced);
        }
        // The clock that the kernel sets change times by.
        let now = clock_gettime(ClockId::RealtimeCoarse);
        let now = (now.tv_sec, u32::try_from(now.tv_nsec).unwrap_or(0));
        syncfs(dir)?;
        Ok(*self.synced.insert((dev, now)))
    }
}

impl BatchLookup for Bulk {
    const CALL: &'static str = CALL;

    fn prepare(&mut self, dir: BorrowedFd<'_>) -> Result<(), Unsupported> {
        self.bulkstat.from(dir, 0, 1).map_err(|errno| match errno {
            Errno::NOTTY => Unsupported("it is XFS that has it, from Linux 5.5 on; this is another file system".into()),
            Errno::INVAL => Unsupported("XFS refuses it on an ID-mapped mount".into()),
            errno => refused(CALL, errno),
        })?;
        mount_points().map_err(|error| failed("/proc/self/mountinfo", error))?;
        self.sync(dir).map(drop).map_err(|errno| failed("syncfs", errno))
    }

    fn look_up(&mut self, dir: BorrowedFd<'_>, batch: &mut Batch) -> Result<(), Errno> {
        let (dev, synced) = self.sync(dir)?;
        let points = mount_points().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        let name = |point: &Vec<u8>| point.rsplit(|&byte| byte == b'/').next().map(<[u8]>::to_vec);
        let mounted = points.iter().filter_map(name).collect();
        // The file system's, in which it counts; a device file's inode names another.
        let block_bytes = u64::try_from(fstatfs(dir)?.f_bsize).unwrap_or(0);
        batch.sort_by_inode();
        let (names, items, answers) = batch.parts();
        let join = Join { dir, names, mounted, synced, dev, block_bytes };
        join.all(&mut self.bulkstat, items, answers)
    }
}

/// A directory's entries and what decides whether an inode is theirs.
struct Join<'b> {
    dir: BorrowedFd<'b>,
    names: Names<'b>,
    /// Names at which something is mounted, here or elsewhere.
    mounted: HashSet<Vec<u8>>,
    synced: (i64, u32),
    dev: u64,
    block_bytes: u64,
}

impl Join<'_> {
    /// Answers for all items, which are in inode order.
    fn all(&self, bulkstat: &mut Bulkstat, mut items: &[Item], mut answers: &mut [Answer]) -> Result<(), Errno> {
        let (mut most, mut by_name) = (4 * LEAST, LEAST);
        while let Some(first) = items.first() {
            let done = if most < LEAST {
                let done = by_name;
                // The longer this goes on, the less often it is tried again.
                (most, by_name) = (4 * LEAST, (by_name * 2).min(MOST));
                done
            } else {
                let inodes = bulkstat.from(self.dir, first.ino, most.min(items.len()))?;
                // All up to the last inode of the answer are in it or not in use.
                let last = inodes.last().map_or(u64::MAX, |inode| inode.ino);
                let done = items.partition_point(|item| item.ino <= last);
                let found = self.join(inodes, &items[..done], answers);
                (most, by_name) =
                    if found * 2 >= inodes.len() { ((most * 2).min(MOST), LEAST) } else { (most / 4, by_name) };
                done
            };
            let (now, later) = items.split_at(done.min(items.len()));
            let (filled, rest) = std::mem::take(&mut answers).split_at_mut(now.len());
            self.look_up_rest(now, filled);
            (items, answers) = (later, rest);
        }
        Ok(())
    }

    /// Answers for the items that are among `inodes`; how many inodes were of use.
    fn join(&self, inodes: &[Inode], items: &[Item], answers: &mut [Answer]) -> usize {
        let (mut inodes, mut found) = (inodes.iter().peekable(), 0);
        for (item, answer) in items.iter().zip(answers) {
            while inodes.next_if(|inode| inode.ino < item.ino).is_some() {}
            // Several names of one inode follow each other.
            if let Some(inode) = inodes.peek().filter(|inode| inode.ino == item.ino) {
                found += 1;
                if self.is_exact(inode) && !self.mounted.contains(self.names.get(item).to_bytes()) {
                    *answer = Ok(self.meta(inode));
                }
            }
        }
        found
    }

    /// Whether it says what a stat would.
    fn is_exact(&self, inode: &Inode) -> bool {
        let left_out = inode.blocks == 0 && inode.attribute_extents > 0;
        (inode.ctime_seconds, inode.ctime_nanos) < self.synced && !left_out
    }

    fn meta(&self, inode: &Inode) -> Meta {
        Meta {
            mode: inode.mode.into(),
            links: inode.links.into(),
            uid: inode.uid,
            gid: inode.gid,
            ino: inode.ino,
            dev: self.dev,
            rdev: libc::makedev(inode.rdev >> 18, inode.rdev & 0x3_ffff),
            size_bytes: inode.size_bytes,
            blocks_512: inode.blocks.saturating_mul(self.block_bytes / 512),
            mtime_seconds: inode.mtime_seconds,
            mtime_nanos: inode.mtime_nanos,
        }
    }

    /// Looks up by name what has no answer yet.
    fn look_up_rest(&self, items: &[Item], answers: &mut [Answer]) {
        for (item, answer) in items.iter().zip(answers) {
            if answer.is_err() {
                statx_all(self.dir, self.names, std::slice::from_ref(item), std::slice::from_mut(answer));
            }
        }
    }
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "getdents+bulkstat",
    about: "getdents64 to the end, then XFS's bulkstat, joined by inode; synced before the clock runs; as root, on XFS",
    wants: &[Want::Metadata],
    factors: Factors { order: LookupOrder::Inode, ..getdents::factors(Lookups::Bulkstat) },
    order: Order::Any,
    projection: Projection::Whole,
    standing: Standing::Ranked,
    open: |_| {
        sys_admin(CALL)?;
        Ok(Box::new(Batched::new(Bulk { bulkstat: Bulkstat::new(MOST), synced: None })))
    },
}];
