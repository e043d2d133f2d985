//! Directories that were read, and whose entries wait to be looked up in one batch.
//!
//! Names and paths go into arenas that are kept from one batch to the next: an entry costs no allocation.

use crate::error::Error;
use crate::list::statx::{FLAGS, MASK};
use crate::list::{Answer, Entry, Found, meta_of_statx};
use crate::sys::uring::{Operation, Outcome, Ring};
use fswalk::walk::node::Node;
use rustix::io::Errno;
use std::ffi::CStr;
use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

/// A directory that was read.
pub(super) struct Read {
    /// What it is in, and where in that node its name starts; `None` of the root.
    pub(super) parent: Option<(Arc<Node>, usize)>,
    pub(super) fd: OwnedFd,
    /// Why it could not be read to its end.
    pub(super) error: Option<Error>,
    path: Range<usize>,
    items: Range<usize>,
}

/// An entry that waits.
struct Item {
    /// Where its name starts.
    start: usize,
    ino: u64,
    next_position: Option<u64>,
}

/// Directories and their entries.
#[derive(Default)]
pub(super) struct Pending {
    dirs: Vec<Read>,
    items: Vec<Item>,
    names: Vec<u8>,
    paths: Vec<u8>,
    answers: Vec<Answer>,
}

impl Pending {
    /// How many entries wait.
    pub(super) fn entries(&self) -> usize {
        self.items.len()
    }

    /// An entry of the directory that [`Pending::end`] ends.
    pub(super) fn push(&mut self, found: &Found<'_>) {
        self.items.push(Item { start: self.names.len(), ino: found.ino, next_position: found.next_position });
        self.names.extend_from_slice(found.name.to_bytes_with_nul());
    }

    /// The directory at `path` was read; its entries are those pushed since the last end.
    pub(super) fn end(
        &mut self,
        path: &[u8],
        parent: Option<(Arc<Node>, usize)>,
        fd: OwnedFd,
        outcome: Result<(), Error>,
    ) {
        let start = self.paths.len();
        self.paths.extend_from_slice(path);
        let first = self.dirs.last().map_or(0, |dir| dir.items.end);
        self.dirs.push(Read {
            parent,
            fd,
            error: outcome.err(),
            path: start..self.paths.len(),
            items: first..self.items.len(),
        });
    }

    /// Looks all entries up.
    pub(super) fn look_up(&mut self, ring: &mut Ring) -> io::Result<()> {
        let Self { dirs, items, names, answers, .. } = self;
        answers.resize(items.len(), Err(Errno::CANCELED));
        let (items, names) = (&*items, &*names);
        let asked = dirs.iter().flat_map(|dir| {
            let at = dir.fd.as_fd();
            let items = &items[dir.items.clone()];
            items.iter().map(move |item| Operation::Statx { at, name: name(names, item), flags: FLAGS, mask: MASK })
        });
        ring.perform(asked, &mut |index: usize, outcome: Result<Outcome<'_>, Errno>| {
            if let Some(answer) = answers.get_mut(index) {
                *answer = outcome.map(|outcome| meta_of_statx(outcome.statx));
            }
        })
    }

    /// Its directories, in order.
    pub(super) fn take_dirs(&mut self) -> Vec<Read> {
        std::mem::take(&mut self.dirs)
    }

    /// The path of a directory.
    pub(super) fn path(&self, dir: &Read) -> &[u8] {
        &self.paths[dir.path.clone()]
    }

    /// The entries of a directory, with what was learnt of them, `below` being what is reported of its path.
    pub(super) fn answers<'p>(
        &'p self,
        dir: &Read,
        below: &'p [u8],
    ) -> impl Iterator<Item = Result<Entry<'p>, (&'p [u8], Errno)>> {
        let items = &self.items[dir.items.clone()];
        let answers = &self.answers[dir.items.clone()];
        items.iter().zip(answers).map(move |(item, answer)| {
            let name = name(&self.names, item).to_bytes();
            let meta = answer.as_ref().map_err(|&errno| (name, errno))?;
            let (kind, position) = (meta.kind(), item.next_position);
            Ok(Entry { dir: below, name, kind, ino: item.ino, position, meta: Some(meta) })
        })
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.dirs.clear();
        self.items.clear();
        self.names.clear();
        self.paths.clear();
        self.answers.clear();
    }
}

fn name<'n>(names: &'n [u8], item: &Item) -> &'n CStr {
    CStr::from_bytes_until_nul(&names[item.start..]).expect("each name is kept with its NUL")
}
