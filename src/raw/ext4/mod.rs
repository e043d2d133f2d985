//! ext4 (and ext3 as its driver mounts it), read from its device.
//!
//! In comes a [`Device`]; out come the entries of directories and the metadata of inodes, by inode number:
//!
//! ```text
//! superblock     where groups are, how large inodes are, which features are in use
//!   group        where each group's inode table is                    group descriptors; 64bit, flex_bg, meta_bg
//!     inode      size, mode, times; for a directory, where its blocks are
//!       map      from an inode to runs of blocks                      extents, or the older block maps
//!         entry  names and inode numbers in a directory's block       an indexed directory's index looks like free space
//!       inline   the same in the inode itself                         inline_data
//! ```
//!
//! Each file names the document that it follows: the kernel's Documentation/filesystems/ext4 and fs/ext4 for what the
//! kernel makes of it, and lib/ext2fs of e2fsprogs. Nothing is checked by checksum: where the kernel would refuse a
//! block whose checksum is wrong, it is taken as it is if it makes sense.
//!
//! Tools that read file systems this way before: e2find (e2scan's successor, for backups), extremelyfast (all sizes of
//! an ext file system), e2fsprogs' own debugfs and e2image. They read to an end; this one reads to be measured.

mod entry;
mod feature;
mod group;
mod inline;
mod inode;
mod map;
mod reader;
mod superblock;

pub use entry::{DirEntry, end_within, entries, entry_at};
pub use inode::Inode;
pub use map::Run;
pub use reader::{Reader, Span};

use super::{Device, Fault};
use group::Table;
use superblock::Superblock;

/// A file system, as its superblock and its group descriptors say.
pub struct FileSystem {
    superblock: Superblock,
    tables: Vec<Table>,
}

impl FileSystem {
    /// Reads what is needed to find inodes.
    ///
    /// # Errors
    /// It is no ext4, has a feature that is not known here, or makes no sense.
    pub fn open(device: &dyn Device) -> Result<Self, Fault> {
        let superblock = Superblock::read(device)?;
        let tables = group::read(device, &superblock)?;
        Ok(Self { superblock, tables })
    }

    /// Bytes of a block.
    pub fn block_bytes(&self) -> usize {
        self.superblock.block_bytes
    }

    /// Blocks of the whole file system.
    pub fn blocks(&self) -> u64 {
        self.superblock.blocks
    }

    /// Inodes of the whole file system, used or not: the highest inode number.
    pub fn inodes(&self) -> u32 {
        self.superblock.inodes
    }
}
