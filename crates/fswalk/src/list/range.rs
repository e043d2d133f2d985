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

use super::found::{Found, next};
use crate::error::Error;
use rustix::fs::{AtFlags, IFlags, RawDir, SeekFrom, fstat, fstatfs, ioctl_getflags, seek, statat};
use rustix::io::Errno;
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::os::fd::BorrowedFd;

/// `EXT4_SUPER_MAGIC` of statfs(2): ext2 and ext3 have it too.
const EXT4: u64 = 0xEF53;
/// `XFS_SUPER_MAGIC`.
const XFS: u64 = 0x5846_5342;
/// `FS_INDEX_FL` of ioctl_iflags(2): the directory has a hash tree.
const INDEXED: IFlags = IFlags::from_bits_retain(0x1000);
/// Room for one entry of the longest name, and a few more.
const PEEK_BYTES: usize = 1024;

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
    /// By the threads of a walk, which are there.
    const WALK: Self = Self { from_bytes: 128 << 10, ..Self::NAMES };

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

/// Threads for which a walk cuts a directory: its threads come and go.
const WALK_THREADS: usize = 32;

/// The ranges worth making of a directory for `threads` threads; one where it is small, or cannot be cut. It moves `dir`'s
/// position.
pub fn ranges(dir: BorrowedFd<'_>, threads: usize, sharing: Sharing) -> Ranges {
    let bytes = size_bytes(dir);
    Ranges::of(dir, bytes, sharing.count(bytes, threads))
}

/// The ranges that a walk makes of what lies from position `from` on; `None` where it cannot be cut or is small.
pub(super) fn ranges_of_rest(dir: BorrowedFd<'_>, from: u64) -> Result<Option<Ranges>, Refused> {
    let bytes = size_bytes(dir);
    let count = Sharing::WALK.count(bytes, WALK_THREADS);
    // Each range opens `.`, which takes the right to search the directory; it may be read without.
    if count < 2 || statat(dir, c".", AtFlags::empty()).is_err() {
        return Ok(None);
    }
    Ranges::rest(dir, bytes, from, count)
}

fn size_bytes(dir: BorrowedFd<'_>) -> u64 {
    fstat(dir).map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0))
}

/// A directory, cut: so many ranges, in directory order, that together are the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranges {
    /// Positions are spread from it ...
    start: u64,
    /// ... to below it.
    end: u64,
    count: usize,
    /// The directory's size in bytes, which is about what is read of it; 0 where unknown.
    bytes: u64,
}

/// The part of a directory whose positions are at least `from` and, unless it is the last, below `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    from: u64,
    to: Option<u64>,
    /// About what will be read of it; 0 where unknown.
    bytes: usize,
}

impl Ranges {
    /// The whole as one range: right for any directory.
    pub const WHOLE: Self = Self { start: 0, end: 0, count: 1, bytes: 0 };

    /// `count` ranges of about as many entries each, or one where positions are not known to be ordered. `bytes` is the
    /// directory's size, 0 where unknown. It moves `dir`'s position.
    pub fn of(dir: BorrowedFd<'_>, bytes: u64, count: usize) -> Self {
        if count < 2 {
            return Self::WHOLE;
        }
        // An error is no reason to fail: one range is always right.
        match positions_end(dir) {
            Ok(Some(end)) => Self { start: 0, end, count, bytes },
            Ok(None) | Err(_) => Self::WHOLE,
        }
    }

    /// What of a directory lies from position `from` on, in `count` ranges; `None` where it can't be cut, `dir`'s position
    /// being where it was then.
    ///
    /// # Errors
    /// When the position was lost.
    pub fn rest(dir: BorrowedFd<'_>, bytes: u64, from: u64, count: usize) -> Result<Option<Self>, Refused> {
        if count < 2 {
            return Ok(None);
        }
        Ok(positions_end(dir)?.map(|end| Self { start: from, end: end.max(from), count, bytes }))
    }

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

/// A call that failed on a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Its name: `lseek` or `getdents64`.
    pub call: &'static str,
    /// What it answered.
    pub errno: Errno,
}

impl Refused {
    fn reading(errno: Errno) -> Self {
        Self { call: "getdents64", errno }
    }

    /// As an error of the directory at `path`.
    pub fn at(self, path: &[u8]) -> Error {
        Error::at(self.call, path, self.errno)
    }
}

fn seek_to(dir: BorrowedFd<'_>, position: u64) -> Result<(), Refused> {
    seek(dir, SeekFrom::Start(position)).map(drop).map_err(|errno| Refused { call: "lseek", errno })
}

/// Below which positions are spread; `None` where they are not known to be ordered. Only on XFS does it move the position.
fn positions_end(dir: BorrowedFd<'_>) -> Result<Option<u64>, Refused> {
    match fstatfs(dir).map_or(0, |stat| stat.f_type as u64) {
        EXT4 => Ok(ioctl_getflags(dir).is_ok_and(|flags| flags.contains(INDEXED)).then_some(1 << 63)),
        XFS => last_position(dir, 1 << 31).map(Some),
        _ => Ok(None),
    }
}

/// The smallest position from which nothing more is read, by bisection.
fn last_position(dir: BorrowedFd<'_>, end: u64) -> Result<u64, Refused> {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        let mut buffer = [MaybeUninit::uninit(); PEEK_BYTES];
        seek_to(dir, middle)?;
        match next(&mut RawDir::new(dir, &mut buffer)) {
            Some(entry) => entry.map(|_| low = middle + 1).map_err(Refused::reading)?,
            None => high = middle,
        }
    }
    Ok(low)
}

/// See [`super::Getdents::read_range`].
pub(super) fn read<F>(
    buffer: &mut [MaybeUninit<u8>],
    dir: BorrowedFd<'_>,
    range: Range,
    mut found: F,
) -> Result<(), Refused>
where
    F: FnMut(&Found<'_>) -> ControlFlow<()>,
{
    seek_to(dir, range.from)?;
    let most_bytes = buffer.len();
    let (mut room_bytes, mut read_bytes) = (most_bytes.min(range.first_bytes()), 0);
    while let Some(position) = read_call(buffer, dir, range, room_bytes, &mut found)? {
        read_bytes += room_bytes;
        room_bytes = most_bytes.min(range.rest_bytes(position, read_bytes));
    }
    Ok(())
}

/// What one call with room for so many bytes reads of a range; the position behind it, or `None` where the range ends there.
#[inline]
fn read_call<F>(
    buffer: &mut [MaybeUninit<u8>],
    dir: BorrowedFd<'_>,
    range: Range,
    room_bytes: usize,
    found: &mut F,
) -> Result<Option<u64>, Refused>
where
    F: FnMut(&Found<'_>) -> ControlFlow<()>,
{
    let Some(room) = buffer.get_mut(..room_bytes) else { return Ok(None) };
    let mut entries = RawDir::new(dir, room);
    // The entry's own position, where the one before it in the same call tells.
    let mut position = None;
    while let Some(entry) = next(&mut entries) {
        let entry = entry.map_err(Refused::reading)?;
        let next = entry.next_entry_cookie();
        let last = match (range.to, position) {
            (Some(to), Some(position)) if position >= to => return Ok(None),
            (Some(to), None) if next >= to => {
                if is_found_from(dir, to, entry.file_name().to_bytes(), next)? {
                    return Ok(None);
                }
                true
            }
            _ => false,
        };
        if Found::decode(dir, &entry).is_some_and(|entry| found(&entry).is_break()) || last {
            return Ok(None);
        }
        if entries.is_buffer_empty() {
            return Ok(Some(next));
        }
        position = Some(next);
    }
    Ok(None)
}

/// The least that is asked for: what the estimate before it missed.
const LEAST_BYTES: usize = 4096;

impl Range {
    /// Buffer size for the first call: what the directory's size promises, and a quarter more.
    fn first_bytes(self) -> usize {
        match (self.to, self.bytes) {
            (Some(_), 1..) => {
                self.bytes.saturating_add(self.bytes / 4).saturating_add(LEAST_BYTES / 4).max(LEAST_BYTES)
            }
            _ => usize::MAX,
        }
    }

    /// Buffer size for the next call, when about `read_bytes` lay before `position`: the bytes expected to remain in this
    /// range, so that little of the next one is read and thrown away. Where it is too much, the entry beyond the end says that
    /// this was all, and nothing need be asked again.
    fn rest_bytes(self, position: u64, read_bytes: usize) -> usize {
        let Some(to) = self.to else { return usize::MAX };
        let (done, rest) = (position.saturating_sub(self.from), to.saturating_sub(position));
        let bytes = u128::from(rest) * read_bytes as u128 / u128::from(done.max(1));
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        bytes.saturating_add(bytes / 16).saturating_add(LEAST_BYTES / 4).max(LEAST_BYTES)
    }
}

/// Whether `name`, whose successor is at `successor`, is at `from` or behind it.
fn is_found_from(dir: BorrowedFd<'_>, from: u64, name: &[u8], successor: u64) -> Result<bool, Refused> {
    seek_to(dir, from)?;
    let mut buffer = [MaybeUninit::uninit(); PEEK_BYTES];
    let mut entries = RawDir::new(dir, &mut buffer);
    while let Some(entry) = next(&mut entries) {
        let entry = entry.map_err(Refused::reading)?;
        if entry.file_name().to_bytes() == name {
            return Ok(true);
        }
        // What follows lies behind the successor. Entries of one hash share a position, so `==` is not enough.
        if entry.next_entry_cookie() > successor {
            break;
        }
    }
    Ok(false)
}
