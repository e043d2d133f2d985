//! Entries of a directory's block.
//!
//! Kernel: Documentation/filesystems/ext4, "Directory Entries"; what must hold is what `__ext4_check_dir_entry` holds
//! them to. Blocks of an indexed directory's index, and checksums at a block's end, are records without an inode to who
//! does not know them, so one loop reads all of a directory's blocks.

use super::{Fault, FileSystem};
use crate::raw::bytes::{u8_at, u16_at, u32_at};
use fswalk::Kind;

/// Bytes before the name.
const HEADER_BYTES: usize = 8;
/// Of the record at the end of a block that holds its checksum, where there are checksums.
const CHECKSUM_BYTES: usize = 12;

/// An entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirEntry<'b> {
    /// Inode number, within the file system.
    pub ino: u32,
    /// [`Kind::Unknown`] where the directory does not tell.
    pub kind: Kind,
    /// Not empty, without a slash or a NUL.
    pub name: &'b [u8],
    /// Where in the block it begins: a multiple of 4.
    pub at: usize,
}

/// The entries of a block in which records begin at `start`, but `.` and `..`. A record that makes no sense is the last:
/// where the next one begins is not known.
pub fn entries<'b>(block: &'b [u8], start: usize, file_system: &FileSystem) -> Entries<'b> {
    Entries {
        block,
        at: start,
        inodes: file_system.inodes(),
        has_kinds: file_system.superblock.features.has_kinds(),
        has_long_records: file_system.block_bytes() >= 1 << 16,
    }
}

/// See [`entries`].
pub struct Entries<'b> {
    block: &'b [u8],
    at: usize,
    inodes: u32,
    has_kinds: bool,
    has_long_records: bool,
}

impl<'b> Entries<'b> {
    /// Bytes from a record's start to the next one's: in blocks of 64 KiB the lower two bits are the higher ones.
    #[inline]
    fn record_bytes(&self, said: u16) -> usize {
        match said {
            said if !self.has_long_records => said.into(),
            0 | u16::MAX => 1 << 16,
            said => usize::from(said & !3) | usize::from(said & 3) << 16,
        }
    }

    fn damaged(&mut self, what: &'static str) -> Option<Result<DirEntry<'b>, Fault>> {
        self.at = self.block.len();
        Some(Err(Fault::Damaged(what)))
    }
}

impl<'b> Iterator for Entries<'b> {
    type Item = Result<DirEntry<'b>, Fault>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.block.get(self.at..).filter(|rest| !rest.is_empty())?;
            let (Some(ino), Some(said)) = (u32_at(rest, 0), u16_at(rest, 4)) else {
                return self.damaged("directory: a record is cut short");
            };
            let bytes = self.record_bytes(said);
            let Some(record) = rest.get(..bytes).filter(|_| bytes >= HEADER_BYTES + 4 && bytes.is_multiple_of(4))
            else {
                return self.damaged("directory: length of a record");
            };
            let at = self.at;
            self.at += bytes;
            if ino == 0 {
                continue;
            }
            let Some(entry) = decode(record, at, self.has_kinds).filter(|_| ino <= self.inodes) else {
                return self.damaged("directory: inode number or length of a name");
            };
            if matches!(entry.name, b"." | b"..") {
                continue;
            }
            if !is_name(entry.name) {
                return self.damaged("directory: a name that is none");
            }
            return Some(Ok(entry));
        }
    }
}

/// The record that begins there; `None` where its name does not fit.
#[inline]
fn decode(record: &[u8], at: usize, has_kinds: bool) -> Option<DirEntry<'_>> {
    let name = record.get(HEADER_BYTES..)?.get(..u8_at(record, 6)?.into())?;
    let kind = if has_kinds { kind_of(u8_at(record, 7)?) } else { Kind::Unknown };
    Some(DirEntry { ino: u32_at(record, 0)?, kind, name, at })
}

/// Where the records of a block end whose first bytes are `start`, if all of its names are among those: a directory of some
/// entries uses the start of its block, and the last record takes the rest. What is left out is the checksum's record, without
/// which the kernel would not read the block.
pub fn end_within(start: &[u8], file_system: &FileSystem) -> Option<usize> {
    let block_bytes = file_system.block_bytes();
    let tail_bytes = if file_system.superblock.features.has_checksums() { CHECKSUM_BYTES } else { 0 };
    let mut at = 0;
    loop {
        let rest = start.get(at..)?;
        let bytes = usize::from(u16_at(rest, 4)?);
        let name_bytes = usize::from(u8_at(rest, 6)?);
        at += bytes;
        if at == block_bytes || at + tail_bytes == block_bytes {
            return (HEADER_BYTES + name_bytes <= rest.len()).then_some(at);
        }
        // What makes no sense is found by who reads all of it.
        if bytes < HEADER_BYTES {
            return None;
        }
    }
}

/// An entry that [`entries`] gave before, by where it begins in the block: of the same bytes, there is always one.
#[inline]
pub fn entry_at<'b>(block: &'b [u8], at: usize, file_system: &FileSystem) -> Option<DirEntry<'b>> {
    decode(block.get(at..)?, at, file_system.superblock.features.has_kinds())
}

/// Whether it is what `verify_dirent_name` in fs/readdir.c lets through. It is asked of every name: eight bytes at once.
#[inline]
fn is_name(name: &[u8]) -> bool {
    let Some(last) = name.last_chunk() else {
        return !name.is_empty() && !name.iter().any(|&byte| byte == b'/' || byte == 0);
    };
    // The last chunk overlaps the one before.
    let (chunks, _) = name.as_chunks();
    !chunks.iter().any(has_odd_byte) && !has_odd_byte(last)
}

/// Whether one of them is a slash or a NUL. A byte is 0 where taking 1 from it borrows into its highest bit, which was not
/// set before (Hacker's Delight, 6-1); another byte may seem to be 0 only behind one that is.
#[inline]
fn has_odd_byte(bytes: &[u8; 8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHEST: u64 = u64::from_ne_bytes([0x80; 8]);
    const SLASHES: u64 = u64::from_ne_bytes([b'/'; 8]);
    let word = u64::from_ne_bytes(*bytes);
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHEST;
    zeros(word) | zeros(word ^ SLASHES) != 0
}

/// `EXT4_FT_*`.
#[inline]
fn kind_of(file_type: u8) -> Kind {
    const KINDS: [Kind; 8] = [
        Kind::Unknown,
        Kind::File,
        Kind::Directory,
        Kind::Character,
        Kind::Block,
        Kind::Fifo,
        Kind::Socket,
        Kind::Symlink,
    ];
    KINDS.get(usize::from(file_type)).copied().unwrap_or(Kind::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_slash_and_no_nul_wherever_it_is() {
        assert!(!is_name(b""));
        for length in 1..40 {
            for fill in [1, b'.', b'0', b'a', 0x7f, 0x80, 0xaf, 0xff] {
                let name = vec![fill; length];
                assert!(is_name(&name), "{name:?}");
                for at in 0..length {
                    for odd in [b'/', 0] {
                        let mut name = name.clone();
                        name[at] = odd;
                        assert!(!is_name(&name), "{name:?}");
                    }
                }
            }
        }
    }
}
