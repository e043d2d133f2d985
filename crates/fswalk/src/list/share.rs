//! One directory read by several threads, each a range of positions at a time (see [`super::range`]), its lookups included.
//!
//! There are more ranges than threads, so that the last one to finish is not late by much; a shared counter hands them out
//! in directory order. Each thread reads through an open file description of its own, and reports to a sink of its own:
//! memory is a buffer per thread, whatever the directory's size. The threads start and end inside the listing.
//!
//! As a [`Lister`] under a walk, which has a single sink to offer, it reads with one thread: sharing large directories is
//! then the walk's business. Asked for [`Lister::list_in_parallel`] it takes a sink per thread.

use super::cut::ranges;
use super::getdents::{DEFAULT_BUFFER_BYTES, Getdents};
use super::pair::report;
use super::range::{Range, Ranges, Sharing};
use super::{Dir, Lister, Lookup, Pair, Sink, Sinks, Want};
use crate::error::Error;
use crate::team::{into_inner, lock, with_helpers};
use rustix::fs::{Mode, OFlags, openat};
use std::ops::ControlFlow;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A lister that shares one directory among threads: it reads with getdents64 and looks up with `L`.
pub struct Shared<L> {
    /// One per thread, at least one.
    parts: Vec<Pair<Getdents, L>>,
}

impl<L: Lookup> Shared<L> {
    /// With buffers for `threads` threads, at least 1, and a lookup for each.
    pub fn new(threads: usize, lookup: impl Fn() -> L) -> Self {
        let part = |_| Pair { reader: Getdents::new(DEFAULT_BUFFER_BYTES), lookup: lookup() };
        Self { parts: (0..threads.max(1)).map(part).collect() }
    }

    /// Reports every entry of `dir`, each to the sink of the thread that read it. A sink that breaks ends the listing for
    /// all.
    ///
    /// # Errors
    /// When the directory cannot be opened, or a range of it cannot be read any further; the other ranges still are.
    pub fn visit<S: Sink>(
        &mut self,
        dir: &mut Dir<'_>,
        want: Want,
        sink: &(impl Fn() -> S + Sync),
    ) -> Result<(), Error> {
        let (path, below) = (dir.path(), dir.below());
        let fd = dir.fd()?;
        let sharing = if want == Want::Metadata { Sharing::LOOKUPS } else { Sharing::NAMES };
        let ranges = ranges(fd, self.parts.len(), sharing);
        let listing = Listing {
            path,
            below,
            want,
            ranges,
            next: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            error: Mutex::new(None),
        };
        let helpers = ranges.count().min(self.parts.len()) - 1;
        let (first, others) = self.parts.split_first_mut().expect("`new` makes at least one");
        let help = |part: &mut Pair<Getdents, L>| {
            // A position of its own takes an open file description of its own. Where there is none to be had (the directory may
            // not be searched, descriptors ran out), the threads that have one do the work.
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            if let Ok(fd) = openat(fd, ".", flags, Mode::empty()) {
                listing.work(fd.as_fd(), part, &mut sink());
            }
        };
        with_helpers(others.iter_mut().take(helpers), help, || listing.work(fd, first, &mut sink()));
        into_inner(listing.error).map_or(Ok(()), Err)
    }
}

/// What the threads share.
struct Listing<'d> {
    path: &'d [u8],
    below: &'d [u8],
    want: Want,
    ranges: Ranges,
    next: AtomicUsize,
    stop: AtomicBool,
    /// The first one.
    error: Mutex<Option<Error>>,
}

impl Listing<'_> {
    /// Takes ranges until there are none left.
    fn work<L: Lookup, S: Sink>(&self, fd: BorrowedFd<'_>, part: &mut Pair<Getdents, L>, sink: &mut S) {
        part.lookup.enter(self.path);
        while !self.stop.load(Ordering::Relaxed) {
            // Nothing else is handed over with the number: which thread has which range is all that matters.
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(range) = self.ranges.get(index) else { return };
            if self.range(fd, range, part, sink).is_break() {
                self.stop.store(true, Ordering::Relaxed);
            }
        }
    }

    fn range<L: Lookup, S: Sink>(
        &self,
        fd: BorrowedFd<'_>,
        range: Range,
        part: &mut Pair<Getdents, L>,
        sink: &mut S,
    ) -> ControlFlow<()> {
        let Pair { reader, lookup } = part;
        let mut flow = ControlFlow::Continue(());
        let outcome = reader.read_range(fd, range, |found| {
            flow = match self.stop.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => report(lookup, found, self.want, self.path, self.below, sink),
            };
            flow
        });
        if let Err(refused) = outcome {
            let mut first = lock(&self.error);
            first.get_or_insert_with(|| refused.at(self.path));
        }
        flow
    }
}

impl<L: Lookup> Lister for Shared<L> {
    fn list(&mut self, dir: &mut Dir<'_>, want: Want, sink: &mut dyn Sink) -> Result<(), Error> {
        self.parts.first_mut().expect("`new` makes at least one").list(dir, want, sink)
    }

    fn list_in_parallel(&mut self, dir: &mut Dir<'_>, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        self.visit(dir, want, &|| sinks.sink())
    }
}
