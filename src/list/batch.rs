//! Lists in two passes: reads the whole directory, then looks its entries up, in any order and any number at once.
//!
//! The names go into one arena, so a directory costs a few growing allocations, kept from one directory to the next,
//! and none per entry. Memory is the price: about 130 bytes an entry, against a fixed buffer for a [`super::Pair`].

use super::entry_error;
use super::getdents::{DEFAULT_BUFFER_BYTES, Getdents};
use super::{Dir, Entry, Lister, Meta, Reader, Sink, Want};
use crate::error::{Error, Unsupported};
use rustix::io::Errno;
use std::ffi::CStr;
use std::ops::ControlFlow;
use std::os::fd::BorrowedFd;
use std::path::Path;

/// A directory's entries, and room for what is learnt of each.
#[derive(Default)]
pub struct Batch {
    names: Vec<u8>,
    items: Vec<Item>,
    answers: Vec<Answer>,
}

/// What a lookup said of the item at the same index.
pub type Answer = Result<Meta, Errno>;

/// One entry of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// Where its name starts in the arena.
    start: usize,
    /// Inode number, as the directory gives it.
    pub ino: u64,
    next_position: Option<u64>,
}

/// The names of a batch.
#[derive(Clone, Copy)]
pub struct Names<'b>(&'b [u8]);

impl<'b> Names<'b> {
    /// The name of an item.
    pub fn get(self, item: &Item) -> &'b CStr {
        CStr::from_bytes_until_nul(&self.0[item.start..]).expect("each name is kept with its NUL")
    }
}

impl Batch {
    /// Puts the entries into inode order.
    pub fn sort_by_inode(&mut self) {
        self.items.sort_unstable_by_key(|item| item.ino);
    }

    /// The names, the items, and one answer for each item to be filled in.
    pub fn parts(&mut self) -> (Names<'_>, &[Item], &mut [Answer]) {
        (Names(&self.names), &self.items, &mut self.answers)
    }

    fn clear(&mut self) {
        self.names.clear();
        self.items.clear();
        self.answers.clear();
    }
}

/// Looks a whole directory up.
pub trait BatchLookup: Send {
    /// The call that fails when no entry can be looked up at all.
    const CALL: &'static str = "statx";

    /// As [`Lister::prepare`]; `dir` is open.
    ///
    /// # Errors
    /// As [`Lister::prepare`].
    fn prepare(&mut self, _dir: BorrowedFd<'_>) -> Result<(), Unsupported> {
        Ok(())
    }

    /// Fills in the batch's answers; it may reorder the items first.
    ///
    /// # Errors
    /// When no further entry can be looked up at all. One entry's failure is its answer.
    fn look_up(&mut self, dir: BorrowedFd<'_>, batch: &mut Batch) -> Result<(), Errno>;
}

/// A lister that reads with getdents64, then looks up with `L`.
pub struct Batched<L> {
    reader: Getdents,
    lookup: L,
    batch: Batch,
}

impl<L: BatchLookup> Batched<L> {
    /// An empty one.
    pub fn new(lookup: L) -> Self {
        Self { reader: Getdents::new(DEFAULT_BUFFER_BYTES), lookup, batch: Batch::default() }
    }
}

impl<L: BatchLookup> Lister for Batched<L> {
    fn prepare(&mut self, dir: &Path) -> Result<(), Unsupported> {
        Dir::root(dir).fd().map_or(Ok(()), |dir| self.lookup.prepare(dir))
    }

    fn list(&mut self, dir: &mut Dir<'_>, _want: Want, sink: &mut dyn Sink) -> Result<(), Error> {
        let Self { reader, lookup, batch } = self;
        batch.clear();
        let end = reader.read(dir, |found| {
            batch.items.push(Item { start: batch.names.len(), ino: found.ino, next_position: found.next_position });
            batch.names.extend_from_slice(found.name.to_bytes_with_nul());
            ControlFlow::Continue(())
        });
        batch.answers.resize(batch.items.len(), Err(Errno::CANCELED));
        let path = dir.path();
        let looked_up =
            dir.fd().and_then(|fd| lookup.look_up(fd, batch).map_err(|errno| Error::at(L::CALL, path, errno)));
        let (names, items, answers) = batch.parts();
        for (item, answer) in items.iter().zip(answers) {
            let name = names.get(item).to_bytes();
            let next = match answer {
                Ok(meta) => sink.entry(&Entry {
                    dir: dir.below(),
                    name,
                    kind: meta.kind(),
                    ino: item.ino,
                    position: item.next_position,
                    meta: Some(meta),
                }),
                Err(errno) => sink.error(entry_error("statx", dir.path(), name, *errno)),
            };
            if next.is_break() {
                break;
            }
        }
        // What was read before an error stands, and is reported before it.
        end.and(looked_up)
    }
}
