//! A directory read to its end before any of it is reported: for visitors that want to know what is in it, and for order.

use crate::error::Error;
use crate::list::{self, Kind, Meta, Sink};
use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;

/// What was read of one directory. Its buffers are used again for the next.
#[derive(Default)]
pub(super) struct Ahead {
    names: Vec<u8>,
    items: Vec<Item>,
    /// Of what could not be told as an entry.
    errors: Vec<Error>,
    /// Of the entries.
    depth: usize,
}

/// One entry; `'static` but for its name, which is in `names`.
struct Item {
    start: usize,
    length: usize,
    kind: Kind,
    ino: u64,
    position: Option<u64>,
    /// What a lookup said, where there was one.
    found: Option<Box<Result<Meta, Error>>>,
}

impl Ahead {
    /// Forgets all: a directory whose entries are that deep is read next.
    pub(super) fn clear(&mut self, depth: usize) {
        self.depth = depth;
        self.names.clear();
        self.items.clear();
        self.errors.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Puts names in the order of their bytes.
    pub(super) fn sort(&mut self) {
        let names = &self.names;
        self.items.sort_unstable_by(|a, b| a.name(names).cmp(b.name(names)));
    }

    /// Names and kinds.
    pub(super) fn names(&self) -> impl Iterator<Item = (&OsStr, Kind)> {
        self.items.iter().map(|item| (OsStr::from_bytes(item.name(&self.names)), item.kind))
    }

    /// Number `index`, as an entry of the directory `dir` below the root, and why there is no more of it.
    pub(super) fn get<'a>(&'a self, index: usize, dir: &'a [u8]) -> Option<(list::Entry<'a>, Option<&'a Error>)> {
        let item = self.items.get(index)?;
        let (meta, error) = match item.found.as_deref() {
            Some(Ok(meta)) => (Some(meta), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let name = item.name(&self.names);
        let entry = list::Entry { dir, name, kind: item.kind, ino: item.ino, position: item.position, meta };
        Some((entry, error))
    }

    /// What was told beside entries.
    pub(super) fn take_errors(&mut self) -> Vec<Error> {
        std::mem::take(&mut self.errors)
    }

    fn push(&mut self, entry: &list::Entry<'_>, found: Option<Box<Result<Meta, Error>>>) {
        let (start, length) = (self.names.len(), entry.name.len());
        self.names.extend_from_slice(entry.name);
        let list::Entry { kind, ino, position, .. } = *entry;
        self.items.push(Item { start, length, kind, ino, position, found });
    }
}

impl Item {
    fn name<'n>(&self, names: &'n [u8]) -> &'n [u8] {
        &names[self.start..self.start + self.length]
    }
}

impl Sink for Ahead {
    fn entry(&mut self, entry: &list::Entry<'_>) -> ControlFlow<()> {
        self.push(entry, entry.meta.map(|meta| Box::new(Ok(*meta))));
        ControlFlow::Continue(())
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.errors.push(error);
        ControlFlow::Continue(())
    }

    fn entry_without(&mut self, _: BorrowedFd<'_>, entry: &list::Entry<'_>, error: Error) -> ControlFlow<()> {
        self.push(entry, Some(Box::new(Err(error.at_depth(self.depth)))));
        ControlFlow::Continue(())
    }
}
