//! One thread whose calls are batched: openat, close and (where metadata is wanted) statx through io_uring, getdents64
//! by hand, since io_uring has no such operation.
//!
//! ```text
//! stack    a  b  c        directories with subdirectories yet to be opened; the topmost ones give
//! wave     c/1 c/2 b/7    so many of them, opened at once, while directories that are done with are closed
//!          each is read; its entries wait for a batch of statx, or are reported at once
//! stack    a  b  c/2      those with subdirectories go onto the stack
//! ```
//!
//! It is `serial` but for that, so the two rows beside each other show what batching brings. What it cannot hide is the
//! wait for getdents64: where that takes long, one thread waits for one directory after another.
//!
//! Descriptors are bounded: a wave is as wide as they allow, and where the stack holds too many open, its lowest are
//! closed, to be opened again from the root when the walk comes back to them.

mod pending;
mod stack;

use super::{Open, Row, Run};
use crate::error::Error;
use crate::list::getdents::{self, DEFAULT_BUFFER_BYTES};
use crate::list::{
    Dir, Entry, Factors, Found, Kind, Lookup, OPEN, Parallel, ReadWith, Resolve, Sink, Sinks, TypeOnly, Want,
    entry_error, uring,
};
use crate::sys::uring::{Operation, Outcome, Ring};
use fswalk::walk::Links;
use fswalk::walk::node::{Node, PathOf};
use fswalk::walk::path::below;
use fswalk::walk::reopen::reopen;
use fswalk::walk::room::{MOST_KEPT, PER_THREAD, free_descriptors};
use pending::Pending;
use rustix::fs::{OFlags, RawDir};
use rustix::io::Errno;
use stack::{Frame, Stack};
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// Operations in flight, and directories in a wave.
const DEPTH: u32 = 64;

/// Entries that are looked up together: enough to keep the ring busy, whatever the directories' sizes.
const ENTRIES: usize = 4096;

/// As [`Dir`] opens what is below a root.
const FLAGS: OFlags = OPEN.union(OFlags::NOFOLLOW);

/// A walk goes on, or ends: because the sink had enough, or because it cannot go on.
type Flow<T = ()> = ControlFlow<Result<(), Error>, T>;

struct Batched {
    ring: Ring,
    buffer: Box<[MaybeUninit<u8>]>,
    pending: Pending,
}

impl Run for Batched {
    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        let mut sink = sinks.sink();
        self.pending.clear();
        // A wave's directories are open, as many may wait to be closed, and the stack's may be both.
        let free = free_descriptors().saturating_sub(PER_THREAD).min(MOST_KEPT);
        let width = (free / 4).clamp(1, DEPTH as usize);
        let most_open = (free.saturating_sub(2 * width) / 2).max(1);
        let root_bytes = root.as_os_str().as_bytes();
        let mut walking = Walking {
            ring: &mut self.ring,
            buffer: &mut self.buffer,
            pending: &mut self.pending,
            root: root_bytes,
            below: below(root_bytes),
            want,
            sink: sink.as_mut(),
            width,
            stack: Stack::new(most_open),
            closing: Vec::new(),
            subdirectories: Vec::new(),
            path: PathOf::default(),
        };
        match walking.walk(Dir::root(root)) {
            ControlFlow::Break(outcome) => outcome,
            ControlFlow::Continue(()) => Ok(()),
        }
    }
}

/// A walk under way.
struct Walking<'w> {
    ring: &'w mut Ring,
    buffer: &'w mut [MaybeUninit<u8>],
    pending: &'w mut Pending,
    root: &'w [u8],
    below: usize,
    want: Want,
    sink: &'w mut dyn Sink,
    /// Directories in a wave.
    width: usize,
    stack: Stack,
    /// Directories that are done with.
    closing: Vec<OwnedFd>,
    /// Names found in the directory that is being reported, each ended by a NUL.
    subdirectories: Vec<u8>,
    path: PathOf,
}

/// A directory to be opened: its parent's node, where its name starts there, and which of the wave's frames that is.
struct Opening {
    node: Arc<Node>,
    at: usize,
    frame: usize,
}

impl Walking<'_> {
    fn walk(&mut self, mut root: Dir<'_>) -> Flow {
        match root.take() {
            Ok(fd) => self.list(None, fd)?,
            Err(error) => return ControlFlow::Break(Err(error)),
        }
        self.flush()?;
        while self.wave()? {}
        ControlFlow::Continue(())
    }

    /// Opens and lists the next directories, unless there are none.
    fn wave(&mut self) -> Flow<bool> {
        let (frames, openings) = self.choose()?;
        let opened = self.open(&frames, &openings)?;
        // Below what will be found in their subdirectories: depth first.
        for frame in frames.into_iter().rev() {
            let rest = frame.node.c_name(frame.next).is_some();
            self.closing.extend(if rest { self.stack.push(frame) } else { frame.fd });
        }
        let more = !openings.is_empty();
        for (Opening { node, at, .. }, opened) in openings.into_iter().zip(opened) {
            match opened {
                Ok(fd) => self.list(Some((node, at)), fd)?,
                Err(errno) => {
                    let path = self.path.child(&node, node.name(at), self.root);
                    self.sink.error(Error::at("openat", path, errno)).map_break(Ok)?;
                }
            }
        }
        self.flush()?;
        ControlFlow::Continue(more)
    }

    /// The topmost subdirectories, and the frames that they are from.
    fn choose(&mut self) -> Flow<(Vec<Frame>, Vec<Opening>)> {
        let (mut frames, mut openings) = (Vec::new(), Vec::with_capacity(self.width));
        while openings.len() < self.width {
            // A closed one is opened again only where nothing else is left: then all below it are closed as well.
            let frame = if openings.is_empty() { self.stack.pop() } else { self.stack.pop_open() };
            let Some(mut frame) = frame else { break };
            if frame.fd.is_none() {
                match reopen(self.path.node(&frame.node, self.root), self.root.len(), Links::Report) {
                    Ok(fd) => frame.fd = Some(fd),
                    Err(error) => {
                        self.sink.error(error).map_break(Ok)?;
                        continue;
                    }
                }
            }
            while openings.len() < self.width
                && let Some(name) = frame.node.c_name(frame.next)
            {
                openings.push(Opening { node: Arc::clone(&frame.node), at: frame.next, frame: frames.len() });
                frame.next += name.count_bytes() + 1;
            }
            frames.push(frame);
        }
        ControlFlow::Continue((frames, openings))
    }

    /// Opens them, and closes what is done with.
    fn open(&mut self, frames: &[Frame], openings: &[Opening]) -> Flow<Vec<Result<OwnedFd, Errno>>> {
        let mut opened: Vec<_> = openings.iter().map(|_| Err(Errno::CANCELED)).collect();
        let first = self.closing.len();
        let closes = self.closing.drain(..).map(Operation::Close);
        let opens = openings.iter().map(|opening| Operation::Open {
            // It is there: the root stands in where the type cannot say so.
            at: frames.get(opening.frame).and_then(|frame| frame.fd.as_ref()).map_or(rustix::fs::CWD, AsFd::as_fd),
            name: opening.node.c_name(opening.at).expect("the name was found in this node"),
            flags: FLAGS,
        });
        let mut keep = |index: usize, outcome: Result<Outcome<'_>, Errno>| {
            if let Some(opened) = index.checked_sub(first).and_then(|index| opened.get_mut(index)) {
                *opened = outcome.and_then(|outcome| outcome.fd.ok_or(Errno::BADF));
            }
        };
        match self.ring.perform(closes.chain(opens), &mut keep) {
            Ok(()) => ControlFlow::Continue(opened),
            Err(error) => ControlFlow::Break(Err(Error::at("io_uring_enter", self.root, error))),
        }
    }

    /// Reads an open directory. Its entries are reported, or wait for [`Walking::flush`].
    fn list(&mut self, parent: Option<(Arc<Node>, usize)>, fd: OwnedFd) -> Flow {
        let Self { buffer, pending, root, below, want, sink, subdirectories, path, .. } = self;
        let path = match &parent {
            Some((node, at)) => path.child(node, node.name(*at), root),
            None => root,
        };
        let failed = |errno| Error::at("getdents64", path, errno);
        if *want == Want::Metadata {
            let outcome = read(fd.as_fd(), buffer, |found| {
                pending.push(found);
                ControlFlow::Continue(())
            })?;
            pending.end(path, parent, fd, outcome.map_err(failed));
            return if pending.entries() < ENTRIES { ControlFlow::Continue(()) } else { self.flush() };
        }
        let dir = path.get(*below..).unwrap_or_default();
        let outcome = read(fd.as_fd(), buffer, |found| {
            let name = found.name.to_bytes();
            // Whatever the caller wants, a walk must know which entries are directories.
            let next = match TypeOnly.look(found, Want::Kinds) {
                Ok((kind, meta)) => {
                    if kind == Kind::Directory {
                        subdirectories.extend_from_slice(found.name.to_bytes_with_nul());
                    }
                    let position = found.next_position;
                    sink.entry(&Entry { dir, name, kind, ino: found.ino, position, meta: meta.as_ref() })
                }
                Err(errno) => sink.error(entry_error(TypeOnly::CALL, path, name, errno)),
            };
            next.map_break(Ok)
        })?;
        let (path_length, error) = (path.len(), outcome.err().map(failed));
        self.finish(parent, path_length, fd, error)
    }

    /// Looks up and reports what waits.
    fn flush(&mut self) -> Flow {
        let mut pending = std::mem::take(self.pending);
        if let Err(error) = pending.look_up(self.ring) {
            return ControlFlow::Break(Err(Error::at("io_uring_enter", self.root, error)));
        }
        for dir in pending.take_dirs() {
            let path = pending.path(&dir);
            for answer in pending.answers(&dir, path.get(self.below..).unwrap_or_default()) {
                let next = match answer {
                    Ok(entry) => {
                        if entry.kind == Kind::Directory {
                            self.subdirectories.extend_from_slice(entry.name);
                            self.subdirectories.push(0);
                        }
                        self.sink.entry(&entry)
                    }
                    Err((name, errno)) => self.sink.error(entry_error("statx", path, name, errno)),
                };
                next.map_break(Ok)?;
            }
            self.finish(dir.parent, path.len(), dir.fd, dir.error)?;
        }
        pending.clear();
        *self.pending = pending;
        ControlFlow::Continue(())
    }

    /// A directory's entries have been reported: puts it on the stack if it has subdirectories.
    fn finish(
        &mut self,
        parent: Option<(Arc<Node>, usize)>,
        path_length: usize,
        fd: OwnedFd,
        error: Option<Error>,
    ) -> Flow {
        match error {
            Some(error) if parent.is_none() => return ControlFlow::Break(Err(error)),
            Some(error) => self.sink.error(error).map_break(Ok)?,
            None => {}
        }
        if self.subdirectories.is_empty() {
            self.closing.push(fd);
        } else {
            let node = Arc::new(Node::new(parent, path_length, &self.subdirectories, None));
            self.closing.extend(self.stack.push(Frame { node, next: 0, fd: Some(fd) }));
            self.subdirectories.clear();
        }
        ControlFlow::Continue(())
    }
}

/// Hands every entry of an open directory but `.` and `..` to `found`, until it breaks.
fn read<B>(
    dir: BorrowedFd<'_>,
    buffer: &mut [MaybeUninit<u8>],
    mut found: impl FnMut(&Found<'_>) -> ControlFlow<B>,
) -> ControlFlow<B, Result<(), Errno>> {
    let mut entries = RawDir::new(dir, buffer);
    while let Some(entry) = getdents::next(&mut entries) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(errno) => return ControlFlow::Continue(Err(errno)),
        };
        if let Some(entry) = Found::decode(dir, &entry) {
            found(&entry)?;
        }
    }
    ControlFlow::Continue(Ok(()))
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "uring-walk",
    about: "one thread; openat, statx and close batched through io_uring, getdents64 by hand",
    wants: &Want::ALL,
    factors: Factors {
        descend: Resolve::Relative,
        parallel: Parallel::Ring { depth: DEPTH },
        ..Factors::reading(ReadWith::Getdents { buffer_bytes: DEFAULT_BUFFER_BYTES })
    },
    open: Open::Alone(|_| {
        let (ring, buffer) = (uring::ring(DEPTH)?, Box::new_uninit_slice(DEFAULT_BUFFER_BYTES));
        Ok(Box::new(Batched { ring, buffer, pending: Pending::default() }))
    }),
}];
