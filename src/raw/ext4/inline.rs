//! Directories that lie in their own inode.
//!
//! Kernel: Documentation/filesystems/ext4, "Inline Data" and "Inline Directories", "Extended Attributes". The first 4
//! bytes name the parent; records follow, 56 bytes of them in place of the block map, and more in the value of an
//! attribute, `system.data`, behind the inode's fields. A record of the first part ends where the second begins.

use super::inode::{BASE_BYTES, Inode, MAP_BYTES};
use crate::raw::bytes::{u8_at, u16_at, u32_at};

/// Where records begin.
pub(super) const START: usize = 4;

const MAGIC: u32 = 0xea02_0000;
/// Of an attribute before its name.
const ENTRY_BYTES: usize = 16;
/// `EXT4_XATTR_INDEX_SYSTEM`.
const SYSTEM: u8 = 7;

/// Appends all of an inline directory's bytes.
pub(super) fn read(map: &[u8; MAP_BYTES], inode: &Inode<'_>, into: &mut Vec<u8>) {
    into.extend_from_slice(map);
    into.extend_from_slice(value(inode).unwrap_or_default());
}

/// The value of `system.data`; `None` where there is none, or it makes no sense.
fn value<'b>(inode: &Inode<'b>) -> Option<&'b [u8]> {
    let attributes = inode.bytes.get(BASE_BYTES + inode.extra_bytes()..)?;
    if u32_at(attributes, 0)? != MAGIC {
        return None;
    }
    // Values are counted from behind the header.
    let attributes = attributes.get(4..)?;
    let mut at = 0;
    while u32_at(attributes, at)? != 0 {
        let name = attributes.get(at + ENTRY_BYTES..)?.get(..u8_at(attributes, at)?.into())?;
        if u8_at(attributes, at + 1)? == SYSTEM && name == b"data" {
            let (start, bytes) = (u16_at(attributes, at + 2)?, u32_at(attributes, at + 8)?);
            return attributes.get(start.into()..)?.get(..usize::try_from(bytes).ok()?);
        }
        at += (ENTRY_BYTES + name.len()).next_multiple_of(4);
    }
    None
}
