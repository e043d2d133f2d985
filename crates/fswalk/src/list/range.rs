//! Cutting one directory into ranges of positions, so that several threads can read it at once.
//!
//! A directory's entries have positions: what `d_off` says and lseek(2) takes. Several descriptors of one directory may read it
//! at once (the kernel takes the inode's lock shared), each from a position of its own. Where positions are known to
//! ascend in reading order, disjoint ranges of them are disjoint parts of the directory:
//!
//! - ext4, where the directory itself is indexed (`FS_INDEX_FL`; statfs cannot tell ext2, 3 and 4 apart): positions are hashes,
//!   spread evenly over 63 bits (fs/ext4/dir.c, `hash2pos`). Cutting 2^63 evenly cuts the entries evenly.
//! - XFS: positions are addresses in the directory's data, below 2^31 (fs/xfs/xfs_dir2_readdir.c). The largest is found by
//!   bisection; the addresses up to it are cut evenly.
//! - btrfs: ascending sequence numbers too, but its readers contend and nothing is gained. tmpfs: descending. FUSE and
//!   network file systems: cookies that promise nothing. These, and all others, get one range.
//!
//! An entry's own position is the `d_off` of the entry before it, and the first entry after an lseek has none before it:
//!
//! ```text
//!            a                 b                 Whose is the first entry that is read after lseek(a)?
//! X ---------|--- X ----- Y ---|------- Z        d_off = Y < b: it is ours, since it lies before its d_off.
//! X ---------|------- X -------|--- Y            d_off = Y > b: it lies before b ...
//! X ---------|-----------------|--- X --- Y      ... or not: then it is among what lseek(b) finds, before Y.
//! ```
//!
//! The question is asked of the first entry of every getdents64 call, not of the first of the range alone: between two
//! calls the entry that the last `d_off` pointed to may have gone. So an entry that stays is read exactly once, whatever
//! else happens to the directory. Without the rule an empty range takes its successor's entry.

/// When a directory is worth sharing among threads, and in how large ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sharing {
    /// Least size of a directory that is shared, bytes. ext4 takes 64 KiB for about 1,600 names of 20 bytes.
    pub from_bytes: u64,
    /// Least part of it that a range has: below it, seeking and handing out cost more than reading.
    pub least_range_bytes: u64,
    /// Most that a range has.
    pub most_range_bytes: u64,
}

impl Sharing {
    /// Of names alone, by threads that are yet to be started: of 20,000 names two threads are as fast as one, of 40,000 they
    /// take 0.75 times as long, of 10,000 1.15 times (2 cores).
    pub const NAMES: Self = Self { from_bytes: 768 << 10, least_range_bytes: 64 << 10, most_range_bytes: u64::MAX };
    /// Where each entry is looked up: small ranges keep all threads busy to the end. Of 10,000 entries two threads take 0.7
    /// times as long as one.
    pub const LOOKUPS: Self = Self { from_bytes: 192 << 10, least_range_bytes: 16 << 10, ..Self::NAMES };

    /// How many ranges are worth making of a directory of `bytes` for `threads` threads: 1 where it is small.
    pub fn count(self, bytes: u64, threads: usize) -> usize {
        if threads < 2 || bytes < self.from_bytes {
            return 1;
        }
        let fair = bytes / (threads as u64 * RANGES_PER_THREAD);
        usize::try_from(bytes / fair.clamp(self.least_range_bytes, self.most_range_bytes)).unwrap_or(usize::MAX)
    }
}

/// Ranges per thread, at least, where there is enough to read: so that the last one to finish is short against the whole.
const RANGES_PER_THREAD: u64 = 8;

/// A directory, cut: so many ranges, in directory order, that together are the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranges {
    /// Positions are spread from it ...
    pub(super) start: u64,
    /// ... to below it.
    pub(super) end: u64,
    pub(super) count: usize,
    /// The directory's size in bytes, which is about what is read of it; 0 where unknown.
    pub(super) bytes: u64,
}

/// The part of a directory whose positions are at least `from` and, unless it is the last, below `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub(super) from: u64,
    pub(super) to: Option<u64>,
    /// About what will be read of it; 0 where unknown.
    pub(super) bytes: usize,
}

impl Ranges {
    /// The whole as one range: right for any directory.
    pub const WHOLE: Self = Self { start: 0, end: 0, count: 1, bytes: 0 };

    /// How many there are, at least 1.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The range number `index`, from 0, in directory order; `None` from [`Ranges::count`] on.
    pub fn get(&self, index: usize) -> Option<Range> {
        let width = u128::from(self.end - self.start);
        let cut = |index: usize| self.start + (width * index as u128 / self.count as u128) as u64;
        let to = (index + 1 < self.count).then(|| cut(index + 1));
        let bytes = usize::try_from(self.bytes / self.count as u64).unwrap_or(usize::MAX);
        (index < self.count).then(|| Range { from: cut(index), to, bytes })
    }
}

impl Range {
    /// The positions from `from` to below `to`, or to the end. About `bytes` will be read of it; 0 where unknown. Positions are what an
    /// entry's `position` says of the one after it, or what [`Range::from`] and [`Range::to`] said of a range, on this machine or on
    /// another that has the same file system.
    pub fn new(from: u64, to: Option<u64>, bytes: usize) -> Self {
        Self { from, to, bytes }
    }

    /// Where it starts; 0 is the start of the directory.
    pub fn from(&self) -> u64 {
        self.from
    }

    /// Where the next one starts; `None` if it goes to the end.
    pub fn to(&self) -> Option<u64> {
        self.to
    }

    /// About how much will be read of it; 0 where unknown.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}
