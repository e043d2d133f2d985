//! getdents64(2) without the last call, which only says "end": ext4 says it with the last entry.
//!
//! The last entry of a call has the position in `d_off` at which the next call goes on (fs/readdir.c, `getdents64`).
//! Where ext4 has handed out the last name of an indexed directory, it sets that position to `ext4_get_htree_eof`
//! (fs/ext4/dir.c, `ext4_dx_readdir`): to a process of 64 bits 2^63 - 1. A call there returns nothing, whatever was made
//! or removed in between: the function's first test is for this position. A directory that is not indexed is read by
//! byte offsets (`ext4_readdir`), and ends where they reach its size. No entry has this position of its own:
//! `ext4fs_dirhash` (fs/ext4/hash.c) never answers the hash that it would come from, and offsets are not so large. So what
//! is not asked has one answer only, and a listing that stops here has seen what one with the call has seen, names that
//! come and go included.
//!
//! Others say the end with other positions, which may be an entry's: btrfs with 2^31 - 1, tmpfs by kernel. Where positions
//! are a server's (FUSE, NFS, 9p), any may be any entry's. The position alone does not tell whose it is, and asking for
//! the file system of each directory would cost the call that is saved. So this is a row, for a tree that lies whole
//! on ext4, and not the walker's default.

use super::getdents::{DEFAULT_BUFFER_BYTES, next};
use super::mounts::{Reach, refuse_mounts};
use super::privilege::failed;
use super::{
    Dir, Factors, Found, Lister, Order, Pair, Projection, ReadWith, Reader, Row, Sink, Standing, TypeOnly, Want,
};
use crate::error::{Error, Unsupported};
use rustix::fs::{RawDir, fstatfs};
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::path::Path;

/// `EXT4_SUPER_MAGIC` of statfs(2): ext2 and ext3 have it too, and keep the promise or never give it.
const EXT4: u64 = 0xEF53;

/// `EXT4_HTREE_EOF_64BIT`.
const END: u64 = i64::MAX as u64;

/// Reads up to the entry that is said to be the last.
struct UntilEnd {
    buffer: Box<[MaybeUninit<u8>]>,
    /// Whether [`END`] means what it means to ext4. Until that is known, directories are read as everywhere.
    is_ext4: bool,
}

impl Reader for UntilEnd {
    fn read<F>(&mut self, dir: &mut Dir<'_>, mut found: F) -> Result<(), Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        let path = dir.path();
        let fd = dir.fd()?;
        let mut entries = RawDir::new(fd, &mut self.buffer);
        let mut position = 0;
        while !(self.is_ext4 && position == END && entries.is_buffer_empty()) {
            let Some(entry) = next(&mut entries) else { break };
            let entry = entry.map_err(|errno| Error::at("getdents64", path, errno))?;
            position = entry.next_entry_cookie();
            if Found::decode(fd, &entry).is_some_and(|entry| found(&entry).is_break()) {
                break;
            }
        }
        Ok(())
    }
}

/// The reader, which must know where it reads before it leaves anything out.
struct Eof(Pair<UntilEnd, TypeOnly>);

impl Lister for Eof {
    fn prepare(&mut self, dir: &Path) -> Result<(), Unsupported> {
        let mut root = Dir::root(dir);
        let Ok(fd) = root.fd() else { return Ok(()) };
        let kind = fstatfs(fd).map_err(|errno| failed("fstatfs", errno))?.f_type;
        if u64::try_from(kind).ok() != Some(EXT4) {
            let why = "only ext4 says of a directory's last entry that it is the last; this is another file system";
            return Err(Unsupported(why.into()));
        }
        refuse_mounts(dir, Reach::Tree, "a reader that trusts ext4's last position")?;
        self.0.reader.is_ext4 = true;
        Ok(())
    }

    fn list(&mut self, dir: &mut Dir<'_>, want: Want, sink: &mut dyn Sink) -> Result<(), Error> {
        self.0.list(dir, want, sink)
    }
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "getdents/eof",
    about: "getdents64 into 64 KiB, without the call that only says end: ext4 says it with the last entry",
    wants: &[Want::Names, Want::Kinds],
    factors: Factors::reading(ReadWith::Getdents { buffer_bytes: DEFAULT_BUFFER_BYTES }),
    order: Order::Directory,
    projection: Projection::Whole,
    standing: Standing::Ranked,
    open: |_| {
        let buffer = Box::new_uninit_slice(DEFAULT_BUFFER_BYTES);
        Ok(Box::new(Eof(Pair { reader: UntilEnd { buffer, is_ext4: false }, lookup: TypeOnly })))
    },
}];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::Options;
    use crate::list::Sinks;
    use crate::list::tally::Tallies;

    /// How many entries the row counts in a directory of so many, prepared for it or not.
    fn entries(dir: &Path, is_prepared: bool) -> u64 {
        let mut lister = (ROWS[0].open)(&Options::default()).unwrap();
        if is_prepared && lister.prepare(dir).is_err() {
            return std::fs::read_dir(dir).unwrap().count() as u64;
        }
        let tallies = Tallies::default();
        lister.list(&mut Dir::root(dir), Want::Kinds, tallies.sink().as_mut()).unwrap();
        tallies.into_seen().tally.entries
    }

    #[test]
    fn every_entry_is_read_whether_the_last_call_is_made_or_not() {
        let dir = tempfile::tempdir().unwrap();
        // None, few, and more than a buffer holds.
        for (from, to) in [(0, 0), (0, 5), (5, 5000)] {
            for file in from..to {
                std::fs::write(dir.path().join(format!("file-{file:030}")), "").unwrap();
            }
            for is_prepared in [false, true] {
                assert_eq!(entries(dir.path(), is_prepared), to, "prepared: {is_prepared}");
            }
        }
    }

    #[test]
    fn another_file_system_is_refused() {
        let mut lister = (ROWS[0].open)(&Options::default()).unwrap();
        let refused = lister.prepare(Path::new("/proc/self")).unwrap_err();
        assert!(refused.to_string().contains("ext4"), "{refused}");
    }
}
