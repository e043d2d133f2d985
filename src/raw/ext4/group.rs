//! Group descriptors: where each group's inode table is.
//!
//! Kernel: Documentation/filesystems/ext4, "Block Group Descriptors" and "Meta Block Groups"; `descriptor_loc` in
//! fs/ext4/super.c says where a block of descriptors lies.

use super::superblock::Superblock;
use super::{Device, Fault};
use crate::raw::bytes::u32_at;

/// A group's inode table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    /// Where it begins, in bytes.
    pub(super) offset: u64,
}

/// All groups' tables.
pub(super) fn read(device: &dyn Device, superblock: &Superblock) -> Result<Vec<Table>, Fault> {
    let Superblock { block_bytes, descriptor_bytes, groups, .. } = *superblock;
    let per_block = u32::try_from(block_bytes / descriptor_bytes).map_err(|_| Fault::Damaged("group descriptors"))?;
    let mut block = vec![0; block_bytes];
    let mut tables = Vec::new();
    for number in 0..groups.div_ceil(per_block) {
        let at = location(superblock, number, per_block);
        let at = at.filter(|&at| at < superblock.blocks).ok_or(Fault::Damaged("group descriptors outside"))?;
        device.read_at(&mut block, at * block_bytes as u64)?;
        let rest = groups as usize - tables.len();
        for descriptor in block.chunks_exact(descriptor_bytes).take(rest) {
            tables.push(decode(descriptor, superblock)?);
        }
    }
    Ok(tables)
}

/// The block that holds the descriptors' block of that number.
fn location(superblock: &Superblock, number: u32, per_block: u32) -> Option<u64> {
    if number < superblock.first_meta {
        return Some(superblock.own_block() + 1 + u64::from(number));
    }
    let group = number.checked_mul(per_block)?;
    let start = u64::from(superblock.first_block) + u64::from(group) * u64::from(superblock.blocks_per_group);
    // Blocks of 1 KiB that are counted from 0: one is in front of the superblock.
    let in_front = number == 0 && superblock.block_bytes == 1024 && superblock.first_block == 0;
    Some(start + u64::from(superblock.copies.are_in(group)) + u64::from(in_front))
}

fn decode(descriptor: &[u8], superblock: &Superblock) -> Result<Table, Fault> {
    let low = u32_at(descriptor, 0x8).ok_or(Fault::Damaged("group descriptor"))?;
    // A descriptor of the old size has no high half.
    let high = u32_at(descriptor, 0x28).unwrap_or(0);
    let first = u64::from(low) | u64::from(high) << 32;
    let table_bytes = u64::from(superblock.inodes_per_group) * superblock.inode_bytes as u64;
    let end = first.checked_add(table_bytes.div_ceil(superblock.block_bytes as u64));
    match end {
        Some(end) if end <= superblock.blocks => Ok(Table { offset: first * superblock.block_bytes as u64 }),
        _ => Err(Fault::Damaged("group descriptor: inode table outside")),
    }
}
