//! `BTRFS_IOC_TREE_SEARCH_V2`: the items of a subvolume's tree as they are, many in one call (linux/btrfs.h,
//! linux/btrfs_tree.h). It takes CAP_SYS_ADMIN, asks nobody's permissions, and sees what has been committed.

use super::readdir::last_errno;
use rustix::io::Errno;
use rustix::ioctl::opcode;
use std::os::fd::{AsRawFd, BorrowedFd};

/// An item's key. Items are sorted by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Of the items that a walk is about: an inode number.
    pub object: u64,
    /// What it is: `BTRFS_INODE_ITEM_KEY` and others.
    pub kind: u8,
    /// Means something else for each kind.
    pub offset: u64,
}

impl Key {
    /// The next possible one; `None` after the last.
    pub fn next(self) -> Option<Self> {
        let Self { object, kind, offset } = self;
        let next_kind = |kind| Self { object, kind, offset: 0 };
        let next_object = |object| Self { object, kind: 0, offset: 0 };
        let same_kind = offset.checked_add(1).map(|offset| Self { offset, ..self });
        same_kind.or(kind.checked_add(1).map(next_kind)).or(object.checked_add(1).map(next_object))
    }
}

/// `struct btrfs_ioctl_search_args_v2`.
#[repr(C)]
#[allow(dead_code)] // the kernel reads them
struct Arguments {
    tree: u64,
    min_object: u64,
    max_object: u64,
    min_offset: u64,
    max_offset: u64,
    min_transaction: u64,
    max_transaction: u64,
    min_kind: u32,
    max_kind: u32,
    count: u32,
    unused: u32,
    more_unused: [u64; 4],
    buffer_bytes: u64,
}

const ARGUMENTS_WORDS: usize = size_of::<Arguments>() / size_of::<u64>();
/// Of `struct btrfs_ioctl_search_header`: transaction, object and offset, kind, length.
const HEADER_BYTES: usize = 32;
/// An item is smaller than a node of its tree, and no node is larger.
const MOST_ITEM_BYTES: usize = 64 * 1024;

/// Twice that: where more than the half is left, nothing more was found.
const BUFFER_BYTES: usize = 2 * MOST_ITEM_BYTES;

// What the kernel's header has.
const _: () = assert!(size_of::<Arguments>() == 112);

/// Room for what a search finds.
pub struct Search {
    words: Box<[u64]>,
}

impl Default for Search {
    fn default() -> Self {
        Self { words: vec![0; ARGUMENTS_WORDS + BUFFER_BYTES / size_of::<u64>()].into() }
    }
}

impl Search {
    /// The items from `from` to `to` inclusive of the subvolume that `dir` is in, as many as there is room for.
    ///
    /// # Errors
    /// ENOTTY where `dir` is on no btrfs, EPERM without CAP_SYS_ADMIN.
    pub fn items(&mut self, dir: BorrowedFd<'_>, from: Key, to: Key) -> Result<Items<'_>, Errno> {
        let capacity = (self.words.len() - ARGUMENTS_WORDS) * size_of::<u64>();
        let arguments = self.words.as_mut_ptr().cast::<Arguments>();
        let filled = Arguments {
            tree: 0,
            min_object: from.object,
            max_object: to.object,
            min_offset: from.offset,
            max_offset: to.offset,
            min_transaction: 0,
            max_transaction: u64::MAX,
            min_kind: from.kind.into(),
            max_kind: to.kind.into(),
            count: u32::MAX,
            unused: 0,
            more_unused: [0; 4],
            buffer_bytes: capacity as u64,
        };
        // SAFETY: the buffer starts with the arguments, and u64s are aligned for them.
        unsafe { arguments.write(filled) };
        let request = opcode::read_write::<Arguments>(0x94, 17);
        // SAFETY:
        // - The kernel reads the arguments and writes them and at most `buffer_bytes` behind them, for which there is
        //   room.
        // - Other file systems do not know the number, and say so without touching the buffer: 0x94 is btrfs's alone.
        if unsafe { libc::ioctl(dir.as_raw_fd(), request as _, arguments) } < 0 {
            return Err(last_errno());
        }
        // SAFETY: the same arguments, which the kernel has filled in.
        let left = unsafe { arguments.read() }.count;
        // SAFETY:
        // - Behind the arguments there are `capacity` bytes, all of them written when the buffer was made or by the
        //   kernel.
        // - The slice borrows the buffer.
        let bytes = unsafe { std::slice::from_raw_parts(arguments.add(1).cast::<u8>(), capacity) };
        Ok(Items::new(bytes, left))
    }
}

/// Items that a search found, in order.
pub struct Items<'b> {
    bytes: &'b [u8],
    left: u32,
}

/// An item.
pub struct Item<'b> {
    /// Its key.
    pub key: Key,
    /// What it holds: little-endian numbers, at no alignment.
    pub bytes: &'b [u8],
}

impl<'b> Items<'b> {
    /// As they lie in what a search wrote: `count` of them.
    pub fn new(bytes: &'b [u8], count: u32) -> Self {
        Self { bytes, left: count }
    }

    /// When all have been taken: whether there may be more than there was room for.
    pub fn may_go_on(&self) -> bool {
        self.left > 0 || self.bytes.len() < MOST_ITEM_BYTES + HEADER_BYTES
    }
}

impl<'b> Iterator for Items<'b> {
    type Item = Item<'b>;

    fn next(&mut self) -> Option<Item<'b>> {
        self.left = self.left.checked_sub(1)?;
        let (header, rest) = self.bytes.split_first_chunk::<HEADER_BYTES>()?;
        let (numbers, small) = header.split_at(24);
        let mut numbers = numbers.chunks_exact(8).map(|bytes| u64::from_ne_bytes(bytes.try_into().unwrap_or_default()));
        let mut small = small.chunks_exact(4).map(|bytes| u32::from_ne_bytes(bytes.try_into().unwrap_or_default()));
        let (_transaction, object, offset) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let (kind, length) = (small.next()? as u8, small.next()?);
        let (bytes, rest) = rest.split_at_checked(length as usize)?;
        self.bytes = rest;
        Some(Item { key: Key { object, kind, offset }, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn another_file_system_refuses() {
        let key = Key { object: 0, kind: 0, offset: 0 };
        let proc = std::fs::File::open("/proc").unwrap();
        assert_eq!(Search::default().items(proc.as_fd(), key, key).err(), Some(Errno::NOTTY));
    }

    #[test]
    fn keys_follow_each_other() {
        let key = |object, kind, offset| Key { object, kind, offset };
        assert_eq!(key(5, 1, 7).next(), Some(key(5, 1, 8)));
        assert_eq!(key(5, 1, u64::MAX).next(), Some(key(5, 2, 0)));
        assert_eq!(key(5, 255, u64::MAX).next(), Some(key(6, 0, 0)));
        assert_eq!(key(u64::MAX, 255, u64::MAX).next(), None);
    }
}
