//! The superblock: how large things are, and how many.
//!
//! Kernel: Documentation/filesystems/ext4, "Super Block"; what must hold is what `__ext4_fill_super` holds it to.

use super::feature::{Copies, Features, META_BG, SIXTY_FOUR_BIT};
use super::{Device, Fault};
use crate::raw::bytes::{u16_at, u32_at, u64_at};

const OFFSET: u64 = 1024;
const BYTES: usize = 1024;
const MAGIC: u16 = 0xef53;
/// Inodes and group descriptors as they first were.
const OLD_INODE_BYTES: usize = 128;
const OLD_DESCRIPTOR_BYTES: usize = 32;

#[derive(Debug)]
pub(super) struct Superblock {
    pub(super) block_bytes: usize,
    pub(super) blocks: u64,
    pub(super) first_block: u32,
    pub(super) blocks_per_group: u32,
    pub(super) inode_bytes: usize,
    pub(super) inodes: u32,
    pub(super) inodes_per_group: u32,
    pub(super) groups: u32,
    pub(super) descriptor_bytes: usize,
    /// The first block of descriptors that lies in the groups that it describes.
    pub(super) first_meta: u32,
    pub(super) copies: Copies,
    pub(super) features: Features,
}

impl Superblock {
    pub(super) fn read(device: &dyn Device) -> Result<Self, Fault> {
        let mut bytes = [0; BYTES];
        device.read_at(&mut bytes, OFFSET)?;
        let this = Self::decode(&bytes)?;
        let end = this.blocks.checked_mul(this.block_bytes as u64);
        if end.is_none_or(|end| end > device.size_bytes()) {
            return Err(Fault::Damaged("superblock: more blocks than the device has"));
        }
        Ok(this)
    }

    fn decode(bytes: &[u8; BYTES]) -> Result<Self, Fault> {
        const WHOLE: &str = "the superblock is whole";
        let short = |at| u16_at(bytes, at).expect(WHOLE);
        let long = |at| u32_at(bytes, at).expect(WHOLE);
        if short(0x38) != MAGIC {
            return Err(Fault::Refused("there is no ext4 on its device".into()));
        }
        let features = Features { compatible: long(0x5c), incompatible: long(0x60), read_only: long(0x64) };
        features.check()?;
        let block_bytes = match long(0x18) {
            shift @ 0..=6 => 1024_usize << shift,
            _ => return Err(Fault::Damaged("superblock: blocks of more than 64 KiB")),
        };
        let is_64_bit = features.incompatible & SIXTY_FOUR_BIT != 0;
        let blocks = if is_64_bit { u64_at(bytes, 0x4, 0x150).expect(WHOLE) } else { long(0x4).into() };
        let is_old = long(0x4c) == 0;
        let inode_bytes = if is_old { OLD_INODE_BYTES } else { short(0x58).into() };
        if !inode_bytes.is_power_of_two() || !(OLD_INODE_BYTES..=block_bytes).contains(&inode_bytes) {
            return Err(Fault::Damaged("superblock: size of an inode"));
        }
        let descriptor_bytes = if is_64_bit { short(0xfe).into() } else { OLD_DESCRIPTOR_BYTES };
        if !descriptor_bytes.is_power_of_two() || !(OLD_DESCRIPTOR_BYTES..=1024).contains(&descriptor_bytes) {
            return Err(Fault::Damaged("superblock: size of a group descriptor"));
        }
        let (first_block, blocks_per_group, inodes_per_group) = (long(0x14), long(0x20), long(0x28));
        // A group's inodes have a bit each in one block.
        let has_bitmap = usize::try_from(inodes_per_group).is_ok_and(|inodes| inodes <= block_bytes * 8);
        if blocks_per_group == 0 || inodes_per_group == 0 || !has_bitmap {
            return Err(Fault::Damaged("superblock: size of a group"));
        }
        let groups = blocks.checked_sub(first_block.into()).map(|blocks| blocks.div_ceil(blocks_per_group.into()));
        let groups = groups.and_then(|groups| u32::try_from(groups).ok()).filter(|&groups| groups > 0);
        let groups = groups.ok_or(Fault::Damaged("superblock: number of blocks"))?;
        let inodes = long(0x0);
        if u64::from(groups) * u64::from(inodes_per_group) != u64::from(inodes) {
            return Err(Fault::Damaged("superblock: number of inodes"));
        }
        let first_meta = if features.incompatible & META_BG != 0 { long(0x104) } else { u32::MAX };
        let copies = features.copies([long(0x24c), long(0x250)]);
        Ok(Self {
            block_bytes,
            blocks,
            first_block,
            blocks_per_group,
            inode_bytes,
            inodes,
            inodes_per_group,
            groups,
            descriptor_bytes,
            first_meta,
            copies,
            features,
        })
    }

    /// The block that the superblock is in.
    pub(super) fn own_block(&self) -> u64 {
        u64::from(self.block_bytes as u64 == OFFSET)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::Image;

    #[test]
    fn a_device_without_a_superblock_is_refused_with_the_reason() {
        let refused = |bytes: usize| Superblock::read(&Image(vec![0; bytes])).unwrap_err().to_string();
        assert_eq!(refused(4096), "there is no ext4 on its device");
        assert!(refused(1500).contains("end of file"), "{}", refused(1500));
    }

    #[test]
    fn whatever_the_bytes_a_superblock_is_read_or_refused() {
        let mut bytes = [0xff; BYTES];
        bytes[0x38..0x3a].copy_from_slice(&MAGIC.to_le_bytes());
        bytes[0x60..0x64].copy_from_slice(&0x2c2_u32.to_le_bytes());
        for at in 0..BYTES - 4 {
            for value in [0_u32, 1, 2, 0x7fff_ffff, u32::MAX] {
                let mut changed = bytes;
                changed[at..at + 4].copy_from_slice(&value.to_le_bytes());
                let _ = Superblock::decode(&changed);
            }
        }
    }
}
