//! From a directory's blocks to entries for a sink.
//!
//! Names and kinds are handed on as they are read. For metadata a directory is read to its end and its entries are sorted
//! by inode number: tables of inodes are then read in order, each piece once, where asking in directory order would jump
//! from one to the other.
//!
//! Of a directory of one block only the start is read, if all of its names are there: what a listing costs here is mostly
//! the bytes that are copied.

use super::source::Root;
use crate::error::Error;
use crate::list::{Entry, Kind, Sink, Want, entry_error};
use crate::raw::ext4::{FileSystem, Reader, Run, Span, end_within, entries, entry_at};
use crate::raw::{Budget, Device, Fault};
use fswalk::Meta;
use std::ops::ControlFlow;

/// A directory is read in parts of this size at most: one that is not sorted piece by piece,
const READ_BYTES: usize = 256 << 10;
/// and one that is sorted whole, unless it has some 8,000,000 entries.
const SORTED_BYTES: usize = 256 << 20;

/// How much of a directory's only block is read at first: some 20 names.
const START_BYTES: usize = 1 << 9;

/// So many inodes are fetched into the processor's cache before they are looked at: memory answers after some 100 ns.
const AHEAD: usize = 6;

/// Lists directories by inode number: a thread's buffers.
pub struct Listing<'f> {
    look: Look<'f>,
    /// What is in hand: of a directory in its inode, of one of a single block, and of a larger one. The last only grows: its
    /// length says nothing.
    inline: Vec<u8>,
    block: Vec<u8>,
    bytes: Vec<u8>,
}

/// Looks entries up.
struct Look<'f> {
    reader: Reader<'f>,
    file_system: &'f FileSystem,
    root: Root,
    want: Want,
    /// Entries to be sorted: inode number, and where the entry is, in fours.
    keys: Vec<u64>,
}

/// Blocks in hand, of `block_bytes` each, in which records begin at `start`.
#[derive(Clone, Copy)]
struct Part<'p> {
    bytes: &'p [u8],
    block_bytes: usize,
    start: usize,
}

/// Where a listing's entries go.
struct Taker<'t> {
    path: &'t [u8],
    below: &'t [u8],
    sink: &'t mut dyn Sink,
    /// Is told of each directory: its inode number and its name.
    directory: &'t mut dyn FnMut(u32, &[u8]),
}

impl Taker<'_> {
    #[inline]
    fn entry(&mut self, ino: u32, name: &[u8], kind: Kind, meta: Option<&Meta>) -> ControlFlow<()> {
        if kind == Kind::Directory {
            (self.directory)(ino, name);
        }
        self.sink.entry(&Entry { dir: self.below, name, kind, ino: ino.into(), position: None, meta })
    }

    #[cold]
    fn lost(&mut self, name: &[u8], fault: Fault) -> ControlFlow<()> {
        self.sink.error(entry_error(super::CALL, self.path, name, fault))
    }

    #[cold]
    fn damaged(&mut self, fault: Fault) -> ControlFlow<()> {
        self.sink.error(Error::at(super::CALL, self.path, fault))
    }
}

impl<'f> Listing<'f> {
    /// Lists directories of `file_system` on `device`, for a listing that began at `root`.
    pub fn new(
        file_system: &'f FileSystem,
        device: &'f dyn Device,
        budget: &'f Budget,
        root: Root,
        want: Want,
    ) -> Self {
        let reader = Reader::new(file_system, device, budget, Span::Around);
        let look = Look { reader, file_system, root, want, keys: Vec::new() };
        Self { look, inline: Vec::new(), block: vec![0; file_system.block_bytes()], bytes: Vec::new() }
    }

    /// Says that these directories will be listed next, and whether they are in memory. If so, the processor fetches their inodes, and
    /// then their first blocks, several at once: one after the other, each would be waited for.
    pub fn expect(&mut self, directories: &[u32], are_cached: bool) {
        let reader = &mut self.look.reader;
        reader.set_span(if are_cached { Span::Around } else { Span::Page });
        if !are_cached {
            return;
        }
        for &ino in directories {
            reader.expect_inode(ino);
        }
        for &ino in directories {
            reader.expect_block(ino, START_BYTES);
        }
    }

    /// Reports the entries of directory `ino`, whose path is `path` and below the listing's root `below`, and tells
    /// `directory` of the directories among them.
    ///
    /// # Errors
    /// It cannot be read. A block of it that makes no sense, or an entry whose inode does not, goes to the sink.
    pub fn directory(
        &mut self,
        ino: u32,
        path: &[u8],
        below: &[u8],
        sink: &mut dyn Sink,
        directory: &mut dyn FnMut(u32, &[u8]),
    ) -> Result<ControlFlow<()>, Fault> {
        let Self { look, inline, block, .. } = self;
        let mut taker = Taker { path, below, sink, directory };
        inline.clear();
        if let Some(start) = look.reader.open_directory(ino, ino == look.root.ino, inline)? {
            return Ok(look.report(Part { bytes: inline, block_bytes: inline.len(), start }, &mut taker));
        }
        if let &[Run { first, count: 1 }] = look.reader.runs() {
            let end = look.only_block(first, block)?;
            return Ok(look.report(Part { bytes: &block[..end], block_bytes: block.len(), start: 0 }, &mut taker));
        }
        self.blocks(&mut taker)
    }

    /// Reports a directory of many blocks: those of the reader's runs.
    fn blocks(&mut self, taker: &mut Taker<'_>) -> Result<ControlFlow<()>, Fault> {
        let Self { look, bytes, block, .. } = self;
        let block_bytes = block.len();
        let most_bytes = if look.want == Want::Metadata { SORTED_BYTES } else { READ_BYTES };
        let (mut index, mut filled) = (0, 0);
        while let Some(&run) = look.reader.runs().get(index) {
            index += 1;
            let mut done = 0;
            while done < run.count {
                // There is room for one block: a full part is reported at once.
                let room = (most_bytes - filled) / block_bytes;
                let count = usize::try_from(run.count - done).unwrap_or(usize::MAX).min(room);
                let end = filled + count * block_bytes;
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                look.reader.blocks(run.first + done, &mut bytes[filled..end])?;
                (done, filled) = (done + count as u64, end);
                if filled + block_bytes > most_bytes {
                    if look.report(Part { bytes: &bytes[..filled], block_bytes, start: 0 }, taker).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                    filled = 0;
                }
            }
        }
        Ok(look.report(Part { bytes: &bytes[..filled], block_bytes, start: 0 }, taker))
    }
}

impl Look<'_> {
    /// Reads as much of a directory's only block as there are names in; where its records end. What lies behind them in
    /// `block` is of no directory's.
    fn only_block(&mut self, number: u64, block: &mut [u8]) -> Result<usize, Fault> {
        let mut filled = 0;
        while filled < block.len() {
            let end = (filled * 2).clamp(START_BYTES, block.len());
            self.reader.part(number, filled, &mut block[filled..end])?;
            if let Some(end) = end_within(&block[..end], self.file_system) {
                return Ok(end);
            }
            filled = end;
        }
        Ok(filled)
    }

    fn report(&mut self, part: Part<'_>, taker: &mut Taker<'_>) -> ControlFlow<()> {
        match self.want {
            Want::Metadata => self.report_sorted(part, taker),
            Want::Names | Want::Kinds => self.report_as_they_come(part, taker),
        }
    }

    fn report_as_they_come(&mut self, part: Part<'_>, taker: &mut Taker<'_>) -> ControlFlow<()> {
        for block in part.bytes.chunks(part.block_bytes.max(1)) {
            for entry in entries(block, part.start, self.file_system) {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(fault) => {
                        taker.damaged(fault)?;
                        continue;
                    }
                };
                let kind = match entry.kind {
                    // Without the feature filetype, directories do not tell.
                    Kind::Unknown if self.want >= Want::Kinds => match self.reader.inode(entry.ino) {
                        Ok(inode) => inode.kind(),
                        Err(fault) => {
                            taker.lost(entry.name, fault)?;
                            continue;
                        }
                    },
                    kind => kind,
                };
                taker.entry(entry.ino, entry.name, kind, None)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn report_sorted(&mut self, part: Part<'_>, taker: &mut Taker<'_>) -> ControlFlow<()> {
        let Self { reader, file_system, root, keys, .. } = self;
        keys.clear();
        for (index, block) in part.bytes.chunks(part.block_bytes.max(1)).enumerate() {
            for entry in entries(block, part.start, file_system) {
                match entry {
                    // Below SORTED_BYTES: some 26 bits.
                    Ok(entry) => {
                        keys.push(u64::from(entry.ino) << 32 | ((index * part.block_bytes + entry.at) / 4) as u64)
                    }
                    Err(fault) => taker.damaged(fault)?,
                }
            }
        }
        keys.sort_unstable();
        for (index, &key) in keys.iter().enumerate() {
            if let Some(later) = keys.get(index + AHEAD) {
                reader.expect_inode((later >> 32) as u32);
            }
            let at = (key & u64::from(u32::MAX)) as usize * 4;
            let entry = entry_at(part.bytes, at, file_system).expect("the entry was read from the same bytes before");
            match reader.inode(entry.ino) {
                Ok(inode) => {
                    let meta = inode.meta(entry.ino, root.dev);
                    taker.entry(entry.ino, entry.name, meta.kind(), Some(&meta))?;
                }
                Err(fault) => taker.lost(entry.name, fault)?,
            }
        }
        ControlFlow::Continue(())
    }
}
