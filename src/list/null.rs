//! `null` decodes a static block of directory entries over and over, without a system call. Its time per entry is what
//! the harness itself costs: decoding a record, and handing an [`Entry`] to the sink.

use super::{Dir, Entry, Factors, Kind, Lister, Meta, Order, Projection, ReadWith, Row, Sink, Standing, Want};
use crate::error::Error;

/// How many entries a block holds: as many of such names as fill getdents64's 64 KiB.
const ENTRIES: u64 = 64 * 1024 / RECORD as u64;
/// Length of one record: 19 bytes of header, 17 of name, padded with NUL to a multiple of 8 (`struct linux_dirent64`).
const RECORD: usize = 40;

struct Null {
    entries: u64,
    block: Box<[u8]>,
    meta: Meta,
}

impl Null {
    fn new(entries: u64) -> Self {
        let record = |index: u64| {
            let mut record = [0; RECORD];
            record[..8].copy_from_slice(&(index + 1).to_ne_bytes());
            record[8..16].copy_from_slice(&(index + 2).to_ne_bytes());
            record[16..18].copy_from_slice(&(RECORD as u16).to_ne_bytes());
            record[18] = libc::DT_REG;
            record[19..36].copy_from_slice(format!("file-{index:08}.dat").as_bytes());
            record
        };
        let meta = Meta { mode: libc::S_IFREG | 0o644, links: 1, ..Meta::default() };
        Self { entries, block: (0..ENTRIES).flat_map(record).collect(), meta }
    }
}

impl Lister for Null {
    fn list(&mut self, dir: &mut Dir<'_>, want: Want, sink: &mut dyn Sink) -> Result<(), Error> {
        let meta = (want >= Want::Metadata).then_some(&self.meta);
        let mut left = self.entries;
        while left > 0 {
            for record in self.block.chunks_exact(RECORD).take(left.min(ENTRIES) as usize) {
                let entry = decode(record);
                if sink.entry(&Entry { dir: dir.below(), meta, ..entry }).is_break() {
                    return Ok(());
                }
            }
            left = left.saturating_sub(ENTRIES);
        }
        Ok(())
    }
}

/// One `struct linux_dirent64` (getdents64(2)), its name padded with NULs that its last eight bytes tell.
#[inline]
fn decode(record: &[u8]) -> Entry<'_> {
    let word = |at: usize| record.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_ne_bytes);
    let padding = (u64::from_be(word(record.len() - 8)).trailing_zeros() / 8) as usize;
    Entry {
        dir: b"",
        name: &record[19..record.len() - padding],
        kind: Kind::from_d_type(record[18]),
        ino: word(0),
        position: Some(word(8)),
        meta: None,
    }
}

/// Its name.
pub const NAME: &str = "null";

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: NAME,
    about: "no call at all: a static block of entries replayed, the harness's own cost",
    wants: &Want::ALL,
    factors: Factors::reading(ReadWith::Nothing),
    order: Order::Directory,
    projection: Projection::Whole,
    standing: Standing::Null,
    open: |options| Ok(Box::new(Null::new(options.entries))),
}];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_decodes_to_what_it_was_made_of() {
        let null = Null::new(1);
        let entry = decode(&null.block[2 * RECORD..3 * RECORD]);
        assert_eq!((entry.name, entry.kind, entry.ino), (b"file-00000002.dat".as_slice(), Kind::File, 3));
    }
}
