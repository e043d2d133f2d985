//! Reads inodes and directories, into buffers of its own: each thread has one.
//!
//! What lies around a place that is asked for is brought with it: inodes of a directory lie near each other, and so do the
//! blocks of directories. So most places are at hand already when they are asked for. A reader lives as long as one
//! listing, and so does what it remembers.

use super::inode::{Inode, Layout, STAT_BYTES};
use super::map::{Mapper, Run, first_block};
use super::{Device, Fault, FileSystem, inline};
use crate::raw::Budget;
use std::ops::Range;

/// Windows remembered.
const SLOTS: usize = 256;

/// How much is brought at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// What lies around it, too, since it is in memory.
    Around,
    /// Nothing but the page: the rest may be read from the device in vain.
    Page,
}

impl Span {
    /// In bytes, as a power of two.
    const fn shift(self) -> u32 {
        match self {
            // What the kernel maps at once when a page is touched (`fault_around_bytes`).
            Self::Around => 16,
            Self::Page => 12,
        }
    }
}

/// See the module.
pub struct Reader<'f> {
    file_system: &'f FileSystem,
    device: &'f dyn Device,
    budget: &'f Budget,
    inode: Vec<u8>,
    span: Span,
    /// The windows that were brought, direct-mapped.
    windows: [u64; SLOTS],
    /// The group asked about last: its inodes, counted from 0, and where its table is.
    group: Range<u32>,
    table: u64,
    runs: Vec<Run>,
}

const NO_WINDOW: u64 = u64::MAX;

/// Spreads windows by Fibonacci hashing: tables of neighbouring groups are a power of two apart, and files lie in another group
/// than their directory.
#[inline]
fn slot_of(window: u64) -> usize {
    (window.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SLOTS.ilog2())) as usize
}

impl<'f> Reader<'f> {
    /// One that brings as much at once as `span` says.
    pub fn new(file_system: &'f FileSystem, device: &'f dyn Device, budget: &'f Budget, span: Span) -> Self {
        Self {
            file_system,
            device,
            budget,
            inode: vec![0; file_system.superblock.inode_bytes],
            span,
            windows: [NO_WINDOW; SLOTS],
            group: 0..0,
            table: 0,
            runs: Vec::new(),
        }
    }

    /// Changes how much is brought at once.
    pub fn set_span(&mut self, span: Span) {
        if self.span != span {
            self.span = span;
            self.windows = [NO_WINDOW; SLOTS];
        }
    }

    /// Where inode `ino` is, in bytes.
    ///
    /// # Errors
    /// There is no such number.
    #[inline]
    pub fn inode_offset(&mut self, ino: u32) -> Result<u64, Fault> {
        // 0 becomes the highest number, which is no inode's either.
        let index = ino.wrapping_sub(1);
        if !self.group.contains(&index) {
            self.enter_group(index)?;
        }
        Ok(self.table + u64::from(index - self.group.start) * self.file_system.superblock.inode_bytes as u64)
    }

    #[cold]
    fn enter_group(&mut self, index: u32) -> Result<(), Fault> {
        let per_group = self.file_system.superblock.inodes_per_group;
        let number = index / per_group;
        let table = usize::try_from(number).ok().and_then(|number| self.file_system.tables.get(number));
        self.table = table.ok_or(Fault::Damaged("inode number outside the file system"))?.offset;
        // There are as many inodes as groups have: the product is at most their number.
        self.group = number * per_group..(number + 1) * per_group;
        Ok(())
    }

    /// Copies what is at `offset` into `into`, brought before unless it is there.
    #[inline]
    fn copy(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Fault> {
        let shift = self.span.shift();
        let last = offset.saturating_add(into.len().saturating_sub(1) as u64);
        for window in offset >> shift..=last >> shift {
            let slot = slot_of(window);
            if self.windows[slot] != window {
                self.bring(slot, window)?;
            }
        }
        self.device.copy_at(into, offset)
    }

    #[cold]
    fn bring(&mut self, slot: usize, window: u64) -> Result<(), Fault> {
        let shift = self.span.shift();
        self.device.bring(window << shift, 1 << shift)?;
        self.windows[slot] = window;
        Ok(())
    }

    /// The first `length` bytes of inode `ino`, or all of it if it is smaller.
    #[inline]
    fn inode_bytes(&mut self, ino: u32, length: usize) -> Result<&[u8], Fault> {
        let offset = self.inode_offset(ino)?;
        let mut inode = std::mem::take(&mut self.inode);
        let length = length.min(inode.len());
        let copied = self.copy(offset, &mut inode[..length]);
        self.inode = inode;
        copied.map(|()| &self.inode[..length])
    }

    /// Says that inode `ino` will be asked for soon. What is wrong with it is said when it is asked for.
    #[inline]
    pub fn expect_inode(&mut self, ino: u32) {
        if let Ok(offset) = self.inode_offset(ino) {
            self.expect(offset, STAT_BYTES);
        }
    }

    /// The same of the first bytes of directory `ino`, whose inode is at hand.
    pub fn expect_block(&mut self, ino: u32, length: usize) {
        let block_bytes = self.file_system.block_bytes() as u64;
        let first = self.inode_bytes(ino, STAT_BYTES).ok().and_then(first_block);
        if let Some(offset) = first.and_then(|number| number.checked_mul(block_bytes)) {
            self.expect(offset, length);
        }
    }

    #[inline]
    fn expect(&mut self, offset: u64, length: usize) {
        let window = offset >> self.span.shift();
        let slot = slot_of(window);
        if self.windows[slot] == window || self.bring(slot, window).is_ok() {
            self.device.prefetch(offset, length);
        }
    }

    /// Inode `ino`: what a stat says of it.
    ///
    /// # Errors
    /// It cannot be read, or nobody uses it.
    #[inline]
    pub fn inode(&mut self, ino: u32) -> Result<Inode<'_>, Fault> {
        let file_system = self.file_system;
        Inode::new(self.inode_bytes(ino, STAT_BYTES)?, file_system)
    }

    /// Finds what directory `ino` consists of: its own bytes go to `into` if it lies in its inode, else [`Reader::runs`] has
    /// its blocks. Answers where in `into` its records begin, if they are there.
    ///
    /// # Errors
    /// It is no directory, or cannot be read.
    pub fn open_directory(&mut self, ino: u32, is_root: bool, into: &mut Vec<u8>) -> Result<Option<usize>, Fault> {
        let (file_system, device, budget) = (self.file_system, self.device, self.budget);
        let mut runs = std::mem::take(&mut self.runs);
        runs.clear();
        let bytes = self.inode_bytes(ino, usize::MAX)?;
        let inode = if is_root { Inode::of_root(bytes, file_system)? } else { Inode::new(bytes, file_system)? };
        let layout = inode.layout()?;
        let blocks = inode.size_bytes().div_ceil(file_system.block_bytes() as u64);
        let mut mapper = Mapper { device, file_system, budget, blocks, runs: &mut runs };
        let start = match layout {
            // Removed while it is open.
            _ if blocks == 0 => None,
            Layout::Extents(root) => mapper.extents(root).map(|()| None)?,
            Layout::BlockMap(map) => mapper.block_map(map).map(|()| None)?,
            Layout::Inline(map) => {
                inline::read(map, &inode, into);
                Some(inline::START)
            }
        };
        self.runs = runs;
        Ok(start)
    }

    /// The blocks of the directory that was opened last.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Fills `into` from block `first` on.
    ///
    /// # Errors
    /// The device's.
    pub fn blocks(&mut self, first: u64, into: &mut [u8]) -> Result<(), Fault> {
        self.copy(first * self.file_system.block_bytes() as u64, into)
    }

    /// Fills `into` with a part of block `number`, from byte `from` on.
    ///
    /// # Errors
    /// The device's.
    pub fn part(&mut self, number: u64, from: usize, into: &mut [u8]) -> Result<(), Fault> {
        self.copy(number * self.file_system.block_bytes() as u64 + from as u64, into)
    }
}
