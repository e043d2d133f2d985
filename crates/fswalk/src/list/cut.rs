//! Reading one range of a directory, and finding out where one can be cut. See [`super::range`] for what ranges are.

use super::found::{Found, next};
use super::range::{Range, Ranges, Sharing};
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

/// What is worth sharing by the threads of a walk, which are there.
const WALK: Sharing = Sharing { from_bytes: 128 << 10, ..Sharing::NAMES };
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
    let count = WALK.count(bytes, WALK_THREADS);
    // Each range opens `.`, which takes the right to search the directory; it may be read without.
    if count < 2 || statat(dir, c".", AtFlags::empty()).is_err() {
        return Ok(None);
    }
    Ranges::rest(dir, bytes, from, count)
}

fn size_bytes(dir: BorrowedFd<'_>) -> u64 {
    fstat(dir).map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0))
}

impl Ranges {
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
