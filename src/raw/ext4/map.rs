//! From a directory's inode to its blocks: extents, or the block map of ext2 and ext3.
//!
//! Kernel: Documentation/filesystems/ext4, "Extent Tree" and "Direct/Indirect Block Addressing". Holes are left out, as
//! `ext4_readdir` skips them.

use super::inode::{MAP, MAP_BYTES};
use super::{Device, Fault, FileSystem};
use crate::raw::Budget;
use crate::raw::bytes::{u16_at, u32_at, u48_at};

/// Blocks that follow each other on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The first one's number.
    pub first: u64,
    /// How many.
    pub count: u64,
}

/// Levels of an extent tree, its root included, as `EXT4_MAX_EXTENT_DEPTH` has it.
const MOST_LEVELS: u16 = 5;
const MAGIC: u16 = 0xf30a;
/// Of a header, and of an entry below it.
const ENTRY_BYTES: usize = 12;
/// Longest extent; a longer one counts from here on, and was never written to.
const LONGEST: u16 = 32_768;

/// Finds the blocks of a directory.
pub(super) struct Mapper<'m> {
    pub(super) device: &'m dyn Device,
    pub(super) file_system: &'m FileSystem,
    pub(super) budget: &'m Budget,
    /// How many blocks the directory's size makes.
    pub(super) blocks: u64,
    pub(super) runs: &'m mut Vec<Run>,
}

impl Mapper<'_> {
    /// Appends what `first` to `first + count` are, unless they lie behind the directory's end.
    fn push(&mut self, logical: u64, first: u64, count: u64) -> Result<(), Fault> {
        let count = count.min(self.blocks.saturating_sub(logical));
        if count == 0 {
            return Ok(());
        }
        let is_inside = first > 0 && first.checked_add(count).is_some_and(|end| end <= self.file_system.blocks());
        if !is_inside {
            return Err(Fault::Damaged("directory: block outside the file system"));
        }
        self.budget.take(count)?;
        match self.runs.last_mut() {
            Some(last) if last.first + last.count == first => last.count += count,
            _ => self.runs.push(Run { first, count }),
        }
        Ok(())
    }

    /// A block of the map itself.
    fn read(&self, number: u64) -> Result<Vec<u8>, Fault> {
        if number == 0 || number >= self.file_system.blocks() {
            return Err(Fault::Damaged("directory: block of its map outside the file system"));
        }
        self.budget.take(1)?;
        let block_bytes = self.file_system.block_bytes();
        let mut block = vec![0; block_bytes];
        self.device.read_at(&mut block, number * block_bytes as u64)?;
        Ok(block)
    }

    /// The extents of a tree.
    pub(super) fn extents(&mut self, root: &[u8; MAP_BYTES]) -> Result<(), Fault> {
        self.extents_below(root, None)
    }

    fn extents_below(&mut self, node: &[u8], depth: Option<u16>) -> Result<(), Fault> {
        const CUT: Fault = Fault::Damaged("extent tree: cut short");
        if u16_at(node, 0) != Some(MAGIC) {
            return Err(Fault::Damaged("extent tree: magic number"));
        }
        let (count, own_depth) = (u16_at(node, 2).ok_or(CUT)?, u16_at(node, 6).ok_or(CUT)?);
        // Each level is one lower than the one above: a tree cannot lead back into itself.
        if own_depth > MOST_LEVELS || depth.is_some_and(|depth| depth != own_depth) {
            return Err(Fault::Damaged("extent tree: depth"));
        }
        let entries = node[ENTRY_BYTES..].chunks_exact(ENTRY_BYTES);
        if usize::from(count) > entries.len() {
            return Err(Fault::Damaged("extent tree: more entries than there is room for"));
        }
        for entry in entries.take(count.into()) {
            match own_depth.checked_sub(1) {
                Some(below) => {
                    let child = self.read(u48_at(entry, 4, 8).ok_or(CUT)?)?;
                    self.extents_below(&child, Some(below))?;
                }
                None => {
                    let (logical, length) = (u32_at(entry, 0).ok_or(CUT)?, u16_at(entry, 4).ok_or(CUT)?);
                    if length <= LONGEST {
                        self.push(logical.into(), u48_at(entry, 8, 6).ok_or(CUT)?, length.into())?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The blocks of a map: twelve, and three trees of one, two and three levels.
    pub(super) fn block_map(&mut self, map: &[u8; MAP_BYTES]) -> Result<(), Fault> {
        let mut logical = 0;
        for (index, pointer) in pointers(map).enumerate() {
            let levels = u32::try_from(index).map_or(0, |index| index.saturating_sub(11));
            self.blocks_below(pointer, levels, &mut logical)?;
        }
        Ok(())
    }

    fn blocks_below(&mut self, pointer: u32, levels: u32, logical: &mut u64) -> Result<(), Fault> {
        let per_block = self.file_system.block_bytes() as u64 / 4;
        let covered = per_block.pow(levels);
        if pointer == 0 || *logical >= self.blocks {
            *logical += covered;
            return Ok(());
        }
        if levels == 0 {
            self.push(*logical, pointer.into(), 1)?;
            *logical += 1;
            return Ok(());
        }
        let block = self.read(pointer.into())?;
        for pointer in pointers(&block) {
            self.blocks_below(pointer, levels - 1, logical)?;
        }
        Ok(())
    }
}

fn pointers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|pointer| u32_at(pointer, 0).expect("four bytes are a number"))
}

/// Where a small directory's first block seems to be: a guess, from its inode alone. Nothing was checked.
pub(super) fn first_block(inode: &[u8]) -> Option<u64> {
    let map = inode.get(MAP)?;
    match (u16_at(map, 0)?, u16_at(map, 6)?) {
        (MAGIC, 0) => u48_at(map, ENTRY_BYTES + 8, ENTRY_BYTES + 6),
        (MAGIC, _) => None,
        _ => u32_at(map, 0).map(u64::from),
    }
}
