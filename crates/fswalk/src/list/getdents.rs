//! getdents64(2) with a buffer of a chosen size: what readdir(3) does underneath, without its fixed 32 KiB.
//!
//! rustix's `RawDir` decodes in place and lends out each name. Buffers past 16 KiB hardly matter warm: the kernel's work
//! per entry (`filldir64`, and ext4's hash tree under it) is the floor, and the calls saved are few.

use super::cut::{self, Refused, ranges_of_rest};
use super::found::{Found, next};
use super::range::Range;
use super::{Dir, Leave, Reader, Rest};
use crate::error::Error;
use rustix::fs::RawDir;
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::os::fd::BorrowedFd;

/// The buffer that walks use.
pub const DEFAULT_BUFFER_BYTES: usize = 64 * 1024;

/// What a directory entry takes beside its name, in the mean: 19 bytes, a NUL, and what rounds it up to eight.
const DIRENT_BYTES: usize = 24;

/// A directory of which so much was read may be worth cutting. Most directories end before.
const LARGE_BYTES: usize = 32 * 1024;

/// Reads with getdents64 into a buffer that it keeps.
pub struct Getdents {
    buffer: Box<[MaybeUninit<u8>]>,
}

impl Getdents {
    /// A reader whose calls each fill at most `buffer_bytes`. The kernel wants room for one entry at least: 280 bytes.
    pub fn new(buffer_bytes: usize) -> Self {
        Self { buffer: Box::new_uninit_slice(buffer_bytes) }
    }

    /// Hands every entry of one range of the open directory `dir` but `.` and `..` to `found`, until it breaks. It moves the
    /// descriptor's position: threads that read at once need an open file description each.
    ///
    /// # Errors
    /// lseek(2)'s and getdents64(2)'s.
    pub fn read_range<F>(&mut self, dir: BorrowedFd<'_>, range: Range, found: F) -> Result<(), Refused>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        cut::read(&mut self.buffer, dir, range, found)
    }
}

impl Default for Getdents {
    fn default() -> Self {
        Self::new(DEFAULT_BUFFER_BYTES)
    }
}

impl Reader for Getdents {
    #[inline]
    fn read<F>(&mut self, dir: &mut Dir<'_>, found: F) -> Result<(), Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        self.scan(dir, None, found).map(drop)
    }

    #[inline]
    fn read_or_leave<F>(&mut self, dir: &mut Dir<'_>, leave: Leave, found: F) -> Result<Option<Rest>, Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        self.scan(dir, Some(leave), found)
    }

    fn read_part<F>(&mut self, dir: &mut Dir<'_>, range: Range, found: F) -> Result<(), Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        let path = dir.path();
        self.read_range(dir.fd()?, range, found).map_err(|refused| refused.at(path))
    }
}

impl Getdents {
    /// Reads to the end, or to the end of the first call after which [`LARGE_BYTES`] have been read, if the rest may be left.
    #[inline]
    fn scan<F>(&mut self, dir: &mut Dir<'_>, leave: Option<Leave>, mut found: F) -> Result<Option<Rest>, Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        let path = dir.path();
        let fd = dir.fd()?;
        let failed = |errno| Error::at("getdents64", path, errno);
        let mut entries = RawDir::new(fd, &mut self.buffer);
        let (mut bytes, mut position) = (0, 0);
        let mut leave_bytes = if leave.is_some() { LARGE_BYTES } else { usize::MAX };
        loop {
            if bytes >= leave_bytes && entries.is_buffer_empty() {
                if let Some(rest) = ranges_of_rest(fd, position).map_err(|refused| refused.at(path))? {
                    return Ok(Some(Rest::Ranges(rest)));
                }
                if leave == Some(Leave::Anything) {
                    return Ok(Some(Rest::Unread));
                }
                leave_bytes = usize::MAX;
            }
            let Some(entry) = next(&mut entries) else { return Ok(None) };
            let entry = entry.map_err(failed)?;
            position = entry.next_entry_cookie();
            bytes += DIRENT_BYTES + entry.file_name().count_bytes();
            if Found::decode(fd, &entry).is_some_and(|entry| found(&entry).is_break()) {
                return Ok(None);
            }
        }
    }
}
