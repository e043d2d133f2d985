//! Entries that own themselves: one after the other as an iterator, or all of them in order.
//!
//! What a [`super::Visitor`] borrows is copied here, an allocation an entry: convenience, for programs that do more with an entry
//! than that costs. The iterator's walk runs in threads of its own, ahead by a bounded number of batches. Batches grow, and while
//! the reader waits each directory's end hands on what there is: the first entry comes as soon as it was read. Dropping the
//! iterator ends the walk with what is being listed.

use super::choices::Threads;
use super::visitor::{Next, Visitor};
use super::walker::Walk;
use crate::error::Error;
use crate::list::{Entry, Kind, Meta};
use crate::team::{into_inner, lock, with_helpers};
use std::cmp::Ordering;
use std::ffi::OsStr;
use std::iter::FusedIterator;
use std::mem::take;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{self, AtomicBool};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::vec;

/// One entry, its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedEntry {
    /// Its path below the root.
    path: Box<[u8]>,
    name_length: usize,
    /// Its kind.
    pub kind: Kind,
    /// Its inode number, as the directory gives it.
    pub ino: u64,
    /// Where metadata was wanted.
    pub meta: Option<Meta>,
    /// 1 for the root's own entries.
    pub depth: usize,
}

impl OwnedEntry {
    fn new(entry: &Entry<'_>, depth: usize) -> Self {
        let mut path = Vec::with_capacity(entry.dir.len() + 1 + entry.name.len());
        if !entry.dir.is_empty() {
            path.extend_from_slice(entry.dir);
            path.push(b'/');
        }
        path.extend_from_slice(entry.name);
        let (kind, ino, meta) = (entry.kind, entry.ino, entry.meta.copied());
        Self { path: path.into(), name_length: entry.name.len(), kind, ino, meta, depth }
    }

    /// Its path below the root.
    pub fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.path))
    }

    /// Its name.
    pub fn name(&self) -> &OsStr {
        OsStr::from_bytes(self.path.get(self.path.len() - self.name_length..).unwrap_or_default())
    }

    /// Depth first, a directory before what is in it, names by their bytes.
    fn order(&self, other: &Self) -> Ordering {
        self.path.split(|&byte| byte == b'/').cmp(other.path.split(|&byte| byte == b'/'))
    }
}

/// What an iterator or a collection gets: an entry, or why there is none.
type Item = Result<OwnedEntry, Error>;

/// Entries handed over at once: a lock and perhaps a wake-up each. The first batch of a thread is small.
const FIRST_BATCH: usize = 8;
const MOST_BATCH: usize = 256;

/// Batches that the walk may be ahead.
const AHEAD: usize = 64;

/// Below this many, one thread sorts faster than two start.
const PARALLEL: usize = 20_000;

/// A walk as an iterator, in no promised order; [`Walk::entries`] makes it.
pub struct Entries {
    batch: vec::IntoIter<Item>,
    /// `None` once dropped, which is what ends the walk early.
    batches: Option<Receiver<Vec<Item>>>,
    walk: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

/// What the reader tells the walk.
#[derive(Default)]
struct Shared {
    /// It has nothing left to read.
    waits: AtomicBool,
    /// It is gone.
    stop: AtomicBool,
}

impl Walk {
    /// Walks in other threads, and gives entries and errors one after the other. A root that cannot be listed is an error like
    /// the others.
    ///
    /// ```
    /// use fswalk::Walk;
    ///
    /// let longest = Walk::new("src").entries()?.flatten().max_by_key(|entry| entry.name().len());
    /// assert!(longest.is_some());
    /// # Ok::<(), fswalk::Error>(())
    /// ```
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn entries(self) -> Result<Entries, Error> {
        let (sender, batches) = sync_channel(AHEAD);
        let root = self.root.clone();
        let shared = Arc::new(Shared::default());
        let told = Arc::clone(&shared);
        let walk = move || {
            let sending = || Sending { batch: Vec::new(), most: FIRST_BATCH, to: sender.clone(), told: &told };
            if let Err(error) = self.visit_until(&told.stop, &|| Ok(self.lister()), sending) {
                // Nobody may be listening any more.
                let _ = sender.send(vec![Err(error)]);
            }
        };
        let walk = thread::Builder::new().name("walk".to_owned()).spawn(walk);
        let walk = walk.map_err(|error| Error::new("pthread_create", root, error))?;
        Ok(Entries { batch: Vec::new().into_iter(), batches: Some(batches), walk: Some(walk), shared })
    }

    fn sort(&self, entries: &mut [OwnedEntry]) {
        let threads = match self.threads {
            Threads::Auto => thread::available_parallelism().map_or(1, NonZeroUsize::get),
            Threads::Fixed(threads) => threads.get(),
        };
        if threads < 2 || entries.len() < PARALLEL {
            entries.sort_unstable_by(OwnedEntry::order);
            return;
        }
        // Each thread sorts a part; the standard library's stable sort then finds the sorted runs, and merges them.
        let part = entries.len().div_ceil(threads);
        let mut parts = entries.chunks_mut(part);
        let mine = parts.next();
        // Parts for which no thread can be started are left to the merge.
        let sort = |part: &mut [OwnedEntry]| part.sort_unstable_by(OwnedEntry::order);
        with_helpers(parts, sort, || mine.into_iter().for_each(sort));
        entries.sort_by(OwnedEntry::order);
    }

    /// Walks, and gives everything in order: depth first, a directory before what is in it, names by their bytes; then the errors.
    /// It keeps the whole tree's paths in memory.
    ///
    /// # Errors
    /// When the root cannot be listed.
    pub fn sorted(&self) -> Result<(Vec<OwnedEntry>, Vec<Error>), Error> {
        let all = Mutex::default();
        self.visit(|| Collecting { entries: Vec::new(), errors: Vec::new(), all: &all })?;
        let (mut entries, errors) = into_inner(all);
        self.sort(&mut entries);
        Ok((entries, errors))
    }
}

impl Iterator for Entries {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.batch.next() {
                return Some(item);
            }
            let batches = self.batches.as_ref()?;
            let batch = batches.try_recv().or_else(|_| {
                self.shared.waits.store(true, atomic::Ordering::Relaxed);
                let batch = batches.recv();
                self.shared.waits.store(false, atomic::Ordering::Relaxed);
                batch
            });
            self.batch = batch.ok()?.into_iter();
        }
    }
}

impl FusedIterator for Entries {}

impl Drop for Entries {
    /// Ends the walk and waits for its threads: nothing of it stays behind.
    fn drop(&mut self) {
        self.shared.stop.store(true, atomic::Ordering::Relaxed);
        self.batches = None;
        if let Some(walk) = self.walk.take() {
            let _ = walk.join();
        }
    }
}

/// Sends what it finds, batch by batch.
struct Sending<'t> {
    batch: Vec<Item>,
    /// How large this batch may become.
    most: usize,
    to: SyncSender<Vec<Item>>,
    told: &'t Shared,
}

impl Sending<'_> {
    fn push(&mut self, item: Item) -> ControlFlow<()> {
        self.batch.push(item);
        if self.batch.len() < self.most { ControlFlow::Continue(()) } else { self.send() }
    }

    fn send(&mut self) -> ControlFlow<()> {
        self.most = (self.most * 2).min(MOST_BATCH);
        match self.to.send(take(&mut self.batch)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

impl Visitor for Sending<'_> {
    fn entry(&mut self, entry: &Entry<'_>, depth: usize) -> Next {
        match self.push(Ok(OwnedEntry::new(entry, depth))) {
            ControlFlow::Continue(()) => Next::Enter,
            ControlFlow::Break(()) => Next::Stop,
        }
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.push(Err(error))
    }

    fn listed(&mut self) -> ControlFlow<()> {
        let is_awaited = !self.batch.is_empty() && self.told.waits.load(atomic::Ordering::Relaxed);
        if is_awaited { self.send() } else { ControlFlow::Continue(()) }
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        let _ = self.to.send(take(&mut self.batch));
    }
}

/// Keeps what it finds; the lock is taken once a thread.
struct Collecting<'a> {
    entries: Vec<OwnedEntry>,
    errors: Vec<Error>,
    all: &'a Mutex<(Vec<OwnedEntry>, Vec<Error>)>,
}

impl Visitor for Collecting<'_> {
    fn entry(&mut self, entry: &Entry<'_>, depth: usize) -> Next {
        self.entries.push(OwnedEntry::new(entry, depth));
        Next::Enter
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.errors.push(error);
        ControlFlow::Continue(())
    }
}

impl Drop for Collecting<'_> {
    fn drop(&mut self) {
        let mut all = lock(self.all);
        all.0.append(&mut self.entries);
        all.1.append(&mut self.errors);
    }
}
