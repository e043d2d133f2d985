//! Reads inodes and directories, into buffers of its own: each thread has one.
//!
//! Inodes come through a small cache of pieces of inode tables, direct-mapped. Entries of a directory are asked for in
//! inode order, and inodes of a directory lie near each other: most are in a piece that is there already, and each piece
//! is read once. A reader lives as long as one listing, and so does what it remembers.

use super::inode::{Inode, Layout};
use super::map::{Mapper, Run};
use super::{Device, Fault, FileSystem, inline};
use crate::raw::Budget;
use std::ops::Range;

/// Pieces kept.
const SLOTS: usize = 64;

/// See the module.
pub struct Reader<'f> {
    file_system: &'f FileSystem,
    device: &'f dyn Device,
    budget: &'f Budget,
    piece_bytes: usize,
    pieces: Vec<u8>,
    /// Which piece of the device is in each slot.
    tags: [u64; SLOTS],
    /// The group asked about last: its inodes, counted from 0, and where its table is.
    group: Range<u32>,
    table: u64,
    runs: Vec<Run>,
}

const NO_PIECE: u64 = u64::MAX;

/// Spreads pieces by Fibonacci hashing: tables of neighbouring groups are a power of two apart, and files lie in another group
/// than their directory.
#[inline]
fn slot_of(piece: u64) -> usize {
    (piece.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SLOTS.ilog2())) as usize
}

impl<'f> Reader<'f> {
    /// One that reads inode tables in pieces of `piece_bytes`, rounded to what fits.
    pub fn new(file_system: &'f FileSystem, device: &'f dyn Device, budget: &'f Budget, piece_bytes: usize) -> Self {
        let piece_bytes = piece_bytes.max(file_system.superblock.inode_bytes).next_power_of_two();
        Self {
            file_system,
            device,
            budget,
            piece_bytes,
            pieces: vec![0; piece_bytes * SLOTS],
            tags: [NO_PIECE; SLOTS],
            group: 0..0,
            table: 0,
            runs: Vec::new(),
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

    /// The bytes of inode `ino`.
    #[inline]
    fn inode_bytes(&mut self, ino: u32) -> Result<&[u8], Fault> {
        let offset = self.inode_offset(ino)?;
        let piece = offset / self.piece_bytes as u64;
        let slot = slot_of(piece);
        if self.tags[slot] != piece {
            self.fill(slot, piece)?;
        }
        let within = (offset % self.piece_bytes as u64) as usize;
        let start = slot * self.piece_bytes + within;
        Ok(&self.pieces[start..start + self.file_system.superblock.inode_bytes])
    }

    #[cold]
    fn fill(&mut self, slot: usize, piece: u64) -> Result<(), Fault> {
        let offset = piece * self.piece_bytes as u64;
        // The device may end within the last piece; inodes do not lie there.
        let length = self.device.size_bytes().saturating_sub(offset).min(self.piece_bytes as u64) as usize;
        self.tags[slot] = NO_PIECE;
        self.device.read_at(&mut self.pieces[slot * self.piece_bytes..][..length], offset)?;
        self.tags[slot] = piece;
        Ok(())
    }

    /// Inode `ino`.
    ///
    /// # Errors
    /// It cannot be read, or nobody uses it.
    #[inline]
    pub fn inode(&mut self, ino: u32) -> Result<Inode<'_>, Fault> {
        let file_system = self.file_system;
        Inode::new(self.inode_bytes(ino)?, file_system)
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
        let bytes = self.inode_bytes(ino)?;
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
    pub fn blocks(&self, first: u64, into: &mut [u8]) -> Result<(), Fault> {
        self.device.read_at(into, first * self.file_system.block_bytes() as u64)
    }

    /// Fills `into` with a part of block `number`, from byte `from` on.
    ///
    /// # Errors
    /// The device's.
    pub fn part(&self, number: u64, from: usize, into: &mut [u8]) -> Result<(), Fault> {
        self.device.read_at(into, number * self.file_system.block_bytes() as u64 + from as u64)
    }
}
