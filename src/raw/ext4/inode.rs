//! Inodes: what a stat says, and for a directory where its entries are.
//!
//! Kernel: Documentation/filesystems/ext4, "Index Nodes" and "Inode Timestamps"; `__ext4_iget` and `ext4_getattr` in
//! fs/ext4/inode.c are what is to be equalled.

use super::feature::Features;
use super::{Fault, FileSystem};
use crate::raw::bytes::{u16_at, u32_at, u48_at};
use fswalk::{Kind, Meta};
use rustix::io::Errno;

pub(super) const BASE_BYTES: usize = 128;
/// What a stat takes: the base, and of what follows it the times' extra bits, which end at 0x8c: copied in words of 8.
pub(super) const STAT_BYTES: usize = 0x90;
/// Where the block map, or the extent tree's root, or inline data is.
pub(super) const MAP: std::ops::Range<usize> = 0x28..0x64;
pub(super) const MAP_BYTES: usize = 60;

const EXTENTS: u32 = 0x8_0000;
const HUGE_FILE: u32 = 0x4_0000;
const INLINE_DATA: u32 = 0x1000_0000;
const ENCRYPTED: u32 = 0x800;

/// An inode in its table.
#[derive(Clone, Copy)]
pub struct Inode<'b> {
    base: &'b [u8; BASE_BYTES],
    /// All of it, what follows the base included.
    pub(super) bytes: &'b [u8],
    features: Features,
    block_bytes: usize,
}

/// How a directory finds its entries.
pub(super) enum Layout<'b> {
    Extents(&'b [u8; MAP_BYTES]),
    BlockMap(&'b [u8; MAP_BYTES]),
    /// In the inode.
    Inline(&'b [u8; MAP_BYTES]),
}

impl<'b> Inode<'b> {
    /// The inode that `bytes` are.
    ///
    /// # Errors
    /// Nobody uses it; the kernel says `ESTALE`, too.
    pub(super) fn new(bytes: &'b [u8], file_system: &FileSystem) -> Result<Self, Fault> {
        let base = bytes.first_chunk().ok_or(Fault::Damaged("inode: cut short"))?;
        let features = file_system.superblock.features;
        let this = Self { base, bytes, features, block_bytes: file_system.superblock.block_bytes };
        match this.short(0x1a) {
            0 => Err(Fault::Read(Errno::STALE.into())),
            _ => Ok(this),
        }
    }

    /// The same, though no name may be left: a directory that was removed while it is open is empty.
    pub(super) fn of_root(bytes: &'b [u8], file_system: &FileSystem) -> Result<Self, Fault> {
        let base = bytes.first_chunk().ok_or(Fault::Damaged("inode: cut short"))?;
        let features = file_system.superblock.features;
        Ok(Self { base, bytes, features, block_bytes: file_system.superblock.block_bytes })
    }

    #[inline]
    fn short(&self, at: usize) -> u16 {
        u16_at(self.base, at).expect("every field of the base lies within it")
    }

    #[inline]
    fn long(&self, at: usize) -> u32 {
        u32_at(self.base, at).expect("every field of the base lies within it")
    }

    #[inline]
    fn flags(&self) -> u32 {
        self.long(0x20)
    }

    /// What it is.
    #[inline]
    pub fn kind(&self) -> Kind {
        Kind::from_mode(self.short(0).into())
    }

    /// Size in bytes. Only files have a high half, and directories where large_dir is in use.
    #[inline]
    pub(super) fn size_bytes(&self) -> u64 {
        let low = u64::from(self.long(0x4));
        match self.kind().is_file() || self.features.has_large_directories() {
            true => low | u64::from(self.long(0x6c)) << 32,
            false => low,
        }
    }

    /// Where a directory's entries are.
    ///
    /// # Errors
    /// It is no directory, or an encrypted one.
    pub(super) fn layout(&self) -> Result<Layout<'b>, Fault> {
        if !self.kind().is_dir() {
            return Err(Fault::Read(Errno::NOTDIR.into()));
        }
        let map = self.base[MAP].first_chunk().expect("the map lies within the base");
        match self.flags() {
            flags if flags & ENCRYPTED != 0 => Err(Fault::Damaged("inode: encrypted, in a file system that is not")),
            flags if flags & INLINE_DATA != 0 => Ok(Layout::Inline(map)),
            flags if flags & EXTENTS != 0 => Ok(Layout::Extents(map)),
            _ => Ok(Layout::BlockMap(map)),
        }
    }

    /// How much of what follows the base is in use. 0 stands for what today's kernels use.
    pub(super) fn extra_bytes(&self) -> usize {
        match u16_at(self.bytes, BASE_BYTES) {
            Some(0) => 32,
            Some(extra) => extra.into(),
            None => 0,
        }
    }

    /// What a stat says of inode `ino` on the device `dev`.
    #[inline]
    pub fn meta(&self, ino: u32, dev: u64) -> Meta {
        let mode = u32::from(self.short(0));
        let (mtime_seconds, mtime_nanos) = self.modified();
        Meta {
            mode,
            links: self.short(0x1a).into(),
            uid: u32::from(self.short(0x2)) | u32::from(self.short(0x78)) << 16,
            gid: u32::from(self.short(0x18)) | u32::from(self.short(0x7a)) << 16,
            ino: ino.into(),
            dev,
            rdev: self.device(),
            size_bytes: self.size_bytes(),
            blocks_512: self.blocks_512(),
            mtime_seconds,
            mtime_nanos,
        }
    }

    /// Of a device file, the device that it is, in one of two forms.
    #[inline]
    fn device(&self) -> u64 {
        if !matches!(self.kind(), Kind::Block | Kind::Character) {
            return 0;
        }
        let (old, new) = (self.long(0x28), self.long(0x2c));
        match old {
            0 => rustix::fs::makedev((new & 0xf_ff00) >> 8, (new & 0xff) | (new >> 12 & 0xf_ff00)),
            old => rustix::fs::makedev(old >> 8 & 0xff, old & 0xff),
        }
    }

    /// Disk usage in blocks of 512 bytes. A huge file counts in blocks of the file system. What lies in the inode itself is
    /// counted for files (`ext4_file_getattr`).
    #[inline]
    fn blocks_512(&self) -> u64 {
        let blocks = match self.features.has_huge_files() {
            true => u48_at(self.base, 0x1c, 0x74).expect("every field of the base lies within it"),
            false => self.long(0x1c).into(),
        };
        let unit =
            if self.features.has_huge_files() && self.flags() & HUGE_FILE != 0 { self.block_bytes / 512 } else { 1 };
        let is_inline = self.flags() & INLINE_DATA != 0 && self.kind().is_file();
        let inline = if is_inline { self.size_bytes().div_ceil(512) } else { 0 };
        // 48 bits times at most 128.
        blocks * unit as u64 + inline
    }

    /// The modification time: 32 bits with a sign; 2 more, and nanoseconds, where the inode is large enough.
    #[inline]
    fn modified(&self) -> (i64, u32) {
        const EXTRA: usize = 0x88;
        let seconds = i64::from(self.long(0x10).cast_signed());
        let is_used = BASE_BYTES + self.extra_bytes() >= EXTRA + 4;
        match u32_at(self.bytes, EXTRA).filter(|_| is_used) {
            Some(extra) => (seconds + (i64::from(extra & 3) << 32), (extra >> 2).min(999_999_999)),
            None => (seconds, 0),
        }
    }
}
