//! What btrfs's items hold (linux/btrfs_tree.h): little-endian numbers at fixed offsets.

use crate::list::{Kind, Meta};
use crate::sys::btrfs::Key;

/// `BTRFS_INODE_ITEM_KEY`: an inode's metadata.
pub(super) const INODE_ITEM: u8 = 1;
/// `BTRFS_DIR_INDEX_KEY`: an entry of the directory whose inode number the key has, by its number in the directory.
pub(super) const DIR_INDEX: u8 = 96;
/// `BTRFS_ROOT_ITEM_KEY`: what an entry leads to that is a subvolume.
const ROOT_ITEM: u8 = 132;

/// All entries of a directory.
pub(super) fn entries_of(directory: u64) -> (Key, Key) {
    let key = |offset| Key { object: directory, kind: DIR_INDEX, offset };
    (key(0), key(u64::MAX))
}

/// All items of the inodes from `first` to the metadata of `last`.
pub(super) fn inodes(first: u64, last: u64) -> (Key, Key) {
    let key = |object, offset| Key { object, kind: INODE_ITEM, offset };
    (key(first, 0), key(last, u64::MAX))
}

/// `struct btrfs_dir_item`.
pub struct DirItem<'b> {
    /// The name.
    pub name: &'b [u8],
    /// What it is.
    pub kind: Kind,
    /// Inode number, or the subvolume's.
    pub ino: u64,
    /// Where its inode is.
    pub tree: Tree,
}

/// Where an entry's inode is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    /// In the same tree.
    Same,
    /// It is a subvolume, with a tree of its own.
    Own,
}

impl<'b> DirItem<'b> {
    /// `None` where an item is cut short.
    pub fn decode(bytes: &'b [u8]) -> Option<Self> {
        let name_length = usize::from(u16::from_le_bytes(number(bytes, 27)?));
        let [tree] = number(bytes, 8)?;
        let [kind] = number(bytes, 29)?;
        Some(Self {
            name: bytes.get(30..)?.get(..name_length)?,
            kind: kind_of(kind),
            ino: u64::from_le_bytes(number(bytes, 0)?),
            tree: if tree == ROOT_ITEM { Tree::Own } else { Tree::Same },
        })
    }
}

/// `BTRFS_FT_*`; the highest bit says that the name is encrypted.
fn kind_of(file_type: u8) -> Kind {
    match file_type & 0x7f {
        1 => Kind::File,
        2 => Kind::Directory,
        3 => Kind::Character,
        4 => Kind::Block,
        5 => Kind::Fifo,
        6 => Kind::Socket,
        7 => Kind::Symlink,
        _ => Kind::Unknown,
    }
}

/// `struct btrfs_inode_item` of inode `ino`. Disk usage is counted in whole sectors, as stat does. `None` where it is cut short.
pub fn meta(bytes: &[u8], ino: u64, dev: u64, sector_bytes: u64) -> Option<Meta> {
    let long = |at| Some(u64::from_le_bytes(number(bytes, at)?));
    let short = |at| Some(u32::from_le_bytes(number(bytes, at)?));
    // A dev_t of the kernel's own: 12 bits of major number, 20 of minor.
    let rdev = long(56)?;
    Some(Meta {
        mode: short(52)?,
        links: short(40)?.into(),
        uid: short(44)?,
        gid: short(48)?,
        ino,
        dev,
        rdev: libc::makedev((rdev >> 20) as u32 & 0xfff, rdev as u32 & 0xf_ffff),
        size_bytes: long(16)?,
        blocks_512: long(24)?.checked_next_multiple_of(sector_bytes.max(1)).unwrap_or(u64::MAX) / 512,
        mtime_seconds: i64::from_le_bytes(number(bytes, 136)?),
        mtime_nanos: short(144)?,
    })
}

fn number<const BYTES: usize>(bytes: &[u8], at: usize) -> Option<[u8; BYTES]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_inode_item_is_cut_short_or_has_odd_numbers_and_no_more() {
        let all_ones = [0xff; 160];
        let whole = meta(&all_ones, 5, 1, 4096).unwrap();
        assert_eq!((whole.blocks_512, whole.mtime_seconds), (u64::MAX / 512, -1));
        assert!((0..148).all(|length| meta(&all_ones[..length], 5, 1, 4096).is_none()));
    }
}
