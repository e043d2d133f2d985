//! getdents64(2) with a buffer of a chosen size: what readdir(3) does underneath, without its fixed 32 KiB.
//!
//! rustix's `RawDir` decodes in place and lends out each name. Buffers past 16 KiB hardly matter warm: the kernel's work
//! per entry (`filldir64`, and ext4's hash tree under it) is the floor, and the calls saved are few.

use super::range::{Range, Ranges};
use super::split::ranges_of_rest;
use super::{Dir, Factors, Found, Lookups, Options, Order, Pair, Projection, ReadWith, Reader, Resolve, Row, Standing};
use super::{Lookup, TypeOnly, Want};
use crate::error::Error;
use rustix::fs::{RawDir, RawDirEntry};
use rustix::io::Errno;
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::os::fd::AsFd;

/// The buffer that rows use unless their name says otherwise.
pub const DEFAULT_BUFFER_BYTES: usize = 64 * 1024;

/// The lister under a walker that is asked for names or kinds.
pub const DEFAULT: &str = "getdents/64k";

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

    /// The buffer, for other ways of filling it.
    pub(super) fn buffer(&mut self) -> &mut [MaybeUninit<u8>] {
        &mut self.buffer
    }

    /// This reader with a lookup, boxed for a [`Row`].
    pub fn with<L: Lookup + 'static>(lookup: L) -> Box<Pair<Self, L>> {
        Box::new(Pair { reader: Self::new(DEFAULT_BUFFER_BYTES), lookup })
    }

    /// The factors of this reader with a lookup by descriptor.
    pub const fn factors(lookups: Lookups) -> Factors {
        Factors::reading(ReadWith::Getdents { buffer_bytes: DEFAULT_BUFFER_BYTES })
            .looking_up(lookups, Resolve::Relative)
    }
}

impl Reader for Getdents {
    #[inline]
    fn read<F>(&mut self, dir: &mut Dir<'_>, found: F) -> Result<(), Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        self.scan(dir, usize::MAX, found).map(drop)
    }

    #[inline]
    fn read_or_cut<F>(&mut self, dir: &mut Dir<'_>, found: F) -> Result<Option<Ranges>, Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        self.scan(dir, LARGE_BYTES, found)
    }

    fn read_part<F>(&mut self, dir: &mut Dir<'_>, range: Range, found: F) -> Result<(), Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        let path = dir.path();
        self.read_range(dir.fd()?, range, found).map_err(|refused| refused.at(path))
    }
}

/// The next entry of an open directory. One that was removed since it was opened has no more: the kernel says `ENOENT` then
/// (fs/readdir.c, `iterate_dir`), and readdir(3) takes it for the end too.
#[inline]
pub(crate) fn next<'e, Fd: AsFd>(entries: &'e mut RawDir<'_, Fd>) -> Option<Result<RawDirEntry<'e>, Errno>> {
    entries.next().filter(|entry| !matches!(entry, Err(Errno::NOENT)))
}

impl Getdents {
    /// Reads to the end, or to the end of the first call after which `cut_bytes` have been read, if the rest can be cut.
    #[inline]
    fn scan<F>(&mut self, dir: &mut Dir<'_>, mut cut_bytes: usize, mut found: F) -> Result<Option<Ranges>, Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        let path = dir.path();
        let fd = dir.fd()?;
        let failed = |errno| Error::at("getdents64", path, errno);
        let mut entries = RawDir::new(fd, &mut self.buffer);
        let (mut bytes, mut position) = (0, 0);
        loop {
            if bytes >= cut_bytes && entries.is_buffer_empty() {
                if let Some(rest) = ranges_of_rest(fd, position).map_err(|refused| refused.at(path))? {
                    return Ok(Some(rest));
                }
                cut_bytes = usize::MAX;
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

const fn row<const BUFFER_BYTES: usize>(name: &'static str, about: &'static str) -> Row {
    Row {
        name,
        about,
        wants: &[Want::Names, Want::Kinds],
        factors: Factors::reading(ReadWith::Getdents { buffer_bytes: BUFFER_BYTES }),
        order: Order::Directory,
        projection: Projection::Whole,
        standing: Standing::Ranked,
        open: |_: &Options| Ok(Box::new(Pair { reader: Getdents::new(BUFFER_BYTES), lookup: TypeOnly })),
    }
}

/// One row per buffer size.
pub const ROWS: &[Row] = &[
    row::<{ 4 << 10 }>("getdents/4k", "getdents64 into 4 KiB; kinds by d_type"),
    row::<{ 32 << 10 }>("getdents/32k", "getdents64 into 32 KiB, as much as readdir's buffer; kinds by d_type"),
    row::<DEFAULT_BUFFER_BYTES>(DEFAULT, "getdents64 into 64 KiB; kinds by d_type"),
    row::<{ 256 << 10 }>("getdents/256k", "getdents64 into 256 KiB; kinds by d_type"),
    row::<{ 1 << 20 }>("getdents/1m", "getdents64 into 1 MiB; kinds by d_type"),
];
