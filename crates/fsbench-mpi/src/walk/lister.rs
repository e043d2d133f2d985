//! One thread of a rank: takes what waits, lists it, reports what it finds, and adds the subdirectories to what waits.
//!
//! **Huge directories** are shared in two ways. Where their positions are ordered they are cut into ranges ([`fswalk::list::range`]), each
//! an item of its own. Where not, one thread must read them, since only an answer tells the position of the next; but what takes
//! long there is looking entries up, and those names are put aside in batches, each an item of its own: whoever takes one has nothing to
//! read. A batch is exact whatever comes and goes meanwhile; a range between two positions that are not ordered would not be.

use super::frontier::Frontier;
use super::item::{Item, Part};
use super::node::{Node, Room};
use super::totals::Totals;
use super::visitor::Visitor;
use fswalk::list::range::Range;
use fswalk::list::{Dir, Found, Getdents, Leave, Lookup, Reader, Rest, Statx};
use fswalk::{Error, Kind, Want};
use std::ffi::{CStr, OsStr};
use std::ops::ControlFlow;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Subdirectories that are added to what waits at once, at most.
const BATCH: usize = 1024;
/// Entries to be looked up that make an item.
const NAMES: usize = 256;

/// What all threads of a rank share.
pub(super) struct Ground<'g> {
    /// What waits.
    pub(super) frontier: &'g Frontier,
    /// The roots, as they were given.
    pub(super) roots: &'g [PathBuf],
    /// For directories kept open.
    pub(super) room: Arc<Room>,
}

/// A listing thread's own.
pub(super) struct Lister<'g, V> {
    ground: &'g Ground<'g>,
    reader: Getdents,
    listing: Listing<'g, V>,
    path: Vec<u8>,
}

/// The part that sees entries.
struct Listing<'g, V> {
    ground: &'g Ground<'g>,
    visitor: V,
    lookup: Statx,
    totals: Totals,
    /// Found in the directory in hand and not yet added to what waits.
    found: Vec<Item>,
    /// Of the directory in hand: entries put aside, and their number.
    names: Vec<u8>,
    named: usize,
    entries: usize,
    /// Entries to be looked up may be put aside.
    puts_aside: bool,
    /// Something of it was added to what waits.
    has_flushed: bool,
    /// Where to read on, where the rest of the directory must wait.
    rest: Option<u64>,
    /// What ends the walk.
    failed: Option<Error>,
}

impl<'g, V: Visitor> Lister<'g, V> {
    /// With buffers of its own.
    pub(super) fn new(ground: &'g Ground<'g>, visitor: V) -> Self {
        let listing = Listing {
            ground,
            visitor,
            lookup: Statx::default(),
            totals: Totals::default(),
            found: Vec::new(),
            names: Vec::new(),
            named: 0,
            entries: 0,
            puts_aside: false,
            has_flushed: false,
            rest: None,
            failed: None,
        };
        Self { ground, reader: Getdents::default(), listing, path: Vec::new() }
    }

    /// Lists until all has ended: what was counted, and the visitor.
    ///
    /// # Errors
    /// What ends the walk on all ranks.
    pub(super) fn run(mut self) -> Result<(Totals, V), Error> {
        while let Some(item) = self.ground.frontier.next() {
            let since = Instant::now();
            self.item(&item);
            self.listing.totals.busy_ns += u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
            if let Some(failed) = self.listing.failed.take() {
                return Err(failed);
            }
            self.ground.frontier.done();
        }
        Ok((self.listing.totals, self.listing.visitor))
    }

    fn item(&mut self, item: &Item) {
        let root = self.ground.roots[item.node.root as usize].as_os_str().as_bytes();
        self.path.clear();
        self.path.extend_from_slice(root);
        item.node.append_path(&mut self.path);
        self.listing.begin(&self.path, root.len(), item);
        let outcome = match &item.part {
            Part::Names(names) if item.node.fd().is_some() => {
                let fd = item.node.fd().expect("what is kept stays open as long as its node");
                self.listing.names(fd, &item.node, names, &self.path);
                Ok(())
            }
            part => {
                let (reader, listing, ground) = (&mut self.reader, &mut self.listing, self.ground);
                let path = &self.path;
                item.node.open(path, root.len(), &ground.room, |dir| listing.part(reader, dir, &item.node, part, path))
            }
        };
        if let Err(error) = outcome {
            self.listing.error(error);
        }
        self.listing.end(item);
    }
}

impl<V: Visitor> Listing<'_, V> {
    fn begin(&mut self, path: &[u8], root_length: usize, item: &Item) {
        self.totals.listed += 1;
        (self.entries, self.named, self.has_flushed, self.rest) = (0, 0, false, None);
        self.puts_aside = !matches!(&item.part, Part::Range(range) if range.to().is_some());
        self.visitor.directory(path, root_length);
    }

    /// Lists `part` of the directory `node`, which `dir` opens.
    fn part(
        &mut self,
        reader: &mut Getdents,
        mut dir: Dir<'_>,
        node: &Arc<Node>,
        part: &Part,
        path: &[u8],
    ) -> Result<(), Error> {
        self.totals.questions += 1;
        match part {
            Part::Whole => {
                let rest = reader.read_or_leave(&mut dir, Leave::Ranges, |found| self.found(node, found, path));
                self.totals.questions += 2;
                if let Some(Rest::Ranges(ranges)) = rest? {
                    let range = |index| ranges.get(index).expect("there are so many");
                    let item = |index| Item { node: Arc::clone(node), part: Part::Range(range(index)) };
                    // They come before the subdirectories that were found: those are walked first.
                    self.has_flushed = true;
                    self.ground.frontier.push((0..ranges.count()).map(item));
                }
            }
            Part::Range(range) => {
                self.totals.questions += 2;
                let fd = dir.fd()?;
                reader
                    .read_range(fd, *range, |found| self.found(node, found, path))
                    .map_err(|refused| refused.at(path))?;
            }
            Part::Names(names) => self.names(dir.fd()?, node, names, path),
        }
        if !self.found.is_empty() || !self.names.is_empty() || self.has_flushed {
            // Without room it is closed, and found again by its path.
            drop(node.keep(dir.into_handle()?, &self.ground.room));
        }
        Ok(())
    }

    /// One entry as the directory has it.
    fn found(&mut self, node: &Arc<Node>, found: &Found<'_>, path: &[u8]) -> ControlFlow<()> {
        let name = found.name.to_bytes();
        self.entries += 1;
        let needs = found.kind == Kind::Unknown || self.visitor.needs(name, found.kind);
        if needs && self.puts_aside && self.entries > NAMES {
            self.names.push(found.kind as u8);
            self.names.extend_from_slice(found.name.to_bytes_with_nul());
            self.named += 1;
        } else {
            self.entry(node, found, needs, path)?;
        }
        if self.named < NAMES && self.found.len() < BATCH {
            return ControlFlow::Continue(());
        }
        if self.ground.frontier.is_full() && found.next_position.is_some() {
            self.rest = found.next_position;
            return ControlFlow::Break(());
        }
        self.flush(node);
        ControlFlow::Continue(())
    }

    /// Looks an entry up if that is needed, and reports it.
    fn entry(&mut self, node: &Arc<Node>, found: &Found<'_>, needs: bool, path: &[u8]) -> ControlFlow<()> {
        let name = found.name.to_bytes();
        let (mut kind, mut meta) = (found.kind, None);
        if needs {
            self.totals.questions += 1;
            match self.lookup.look(found, Want::Metadata) {
                Ok(known) => (kind, meta) = known,
                // It is an entry all the same.
                Err(errno) => self.error(Error::new(
                    Statx::CALL,
                    Path::new(OsStr::from_bytes(path)).join(OsStr::from_bytes(name)),
                    errno,
                )),
            }
        }
        if kind == Kind::Directory {
            self.found.push(Item { node: Node::child(node, name), part: Part::Whole });
        }
        self.totals.count(kind, meta.as_ref());
        match self.visitor.entry(name, kind, meta.as_ref()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Entries that were put aside.
    fn names(&mut self, fd: BorrowedFd<'_>, node: &Arc<Node>, names: &[u8], path: &[u8]) {
        let mut rest = names;
        while let Some((&kind, named)) = rest.split_first() {
            let name = CStr::from_bytes_until_nul(named).expect("each name has its NUL");
            rest = &named[name.count_bytes() + 1..];
            let found = Found { dir: fd, name, kind: Kind::ALL[kind as usize], ino: 0, next_position: None };
            if self.entry(node, &found, true, path).is_break() {
                return;
            }
        }
    }

    /// Adds what was found so far to what waits.
    fn flush(&mut self, node: &Arc<Node>) {
        if !self.names.is_empty() {
            let names = std::mem::take(&mut self.names).into();
            self.found.push(Item { node: Arc::clone(node), part: Part::Names(names) });
            self.named = 0;
        }
        if !self.found.is_empty() {
            self.has_flushed = true;
            self.ground.frontier.push(self.found.drain(..));
        }
    }

    /// Adds what is left: first the rest of the directory, which is done last.
    fn end(&mut self, item: &Item) {
        if let Some(position) = self.rest.take() {
            let to = if let Part::Range(range) = &item.part { range.to() } else { None };
            let part = Part::Range(Range::new(position, to, 0));
            self.ground.frontier.push([Item { node: Arc::clone(&item.node), part }]);
        }
        self.flush(&item.node);
    }

    fn error(&mut self, error: Error) {
        self.totals.errors += 1;
        self.visitor.error(error);
    }
}
