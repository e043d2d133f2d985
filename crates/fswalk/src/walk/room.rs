//! How many directories a walk may keep open, so that it works under `ulimit -n 64` and leaves the rest of the program some.
//!
//! A directory whose subdirectories wait is kept open while there is room; where there is none it is closed, and opened
//! again from the root when a child of it is to be opened. Going down costs nothing more: the thread that listed it still
//! has it in hand.
//!
//! A walk begins with room for a few ([`Room::new`]), which most walks never leave. One that needs more, or other threads, asks for
//! it ([`Room::ask`]). Several walks may go on in one process. What each may open and start is promised to it, from one budget: it
//! gets half of the descriptors that are left, and its threads, though at least as many as there are cores, from one common
//! number. The budget is two counters and no lock: a process that was forked while another thread walked can walk, too.

use crate::list::Handle;
use rustix::process::{Resource, getrlimit};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Descriptors that a thread uses beside those kept: the directory that it lists, its parent, a ring or a `DIR`.
pub const PER_THREAD: usize = 4;

/// More are of no use: threads go depth first, and siblings share their parent.
pub const MOST_KEPT: usize = 4096;

/// Descriptors left to the rest of the program.
const RESERVE: usize = 8;

/// Directories that a walk keeps open without asking.
const UNASKED: usize = 8;

/// Threads of all walks that find their number themselves.
const MOST_THREADS: usize = 256;

/// Descriptors, and threads, that all walks of this process have been promised.
static DESCRIPTORS: AtomicUsize = AtomicUsize::new(0);
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Descriptors that a walk may use.
pub fn free_descriptors() -> usize {
    // One of them is the folder itself, while it is read.
    let open = std::fs::read_dir("/proc/self/fd").map_or(16, Iterator::count);
    descriptor_limit().saturating_sub(open).saturating_sub(RESERVE)
}

/// `ulimit -n`.
fn descriptor_limit() -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// Whether few descriptors may be left: a new one has the lowest number that is free (open(2)).
fn is_near_limit(newest: &Handle) -> bool {
    newest.as_fd().as_raw_fd().unsigned_abs() as usize + UNASKED + PER_THREAD + RESERVE >= descriptor_limit()
}

/// Directories that a walk of at most `most_open` descriptors keeps open without asking.
fn unasked(most_open: usize) -> usize {
    UNASKED.min(most_open.saturating_sub(PER_THREAD))
}

/// Room for directories kept open, and for threads; what was promised is given back with it.
pub struct Room {
    most_open: usize,
    left: AtomicUsize,
    /// What was promised: descriptors, threads.
    descriptors: AtomicUsize,
    threads: AtomicUsize,
}

/// How many threads a walk asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// So many, descriptors permitting.
    For(usize),
    /// As many as other walks leave, at least so many, at most so many.
    Between(usize, usize),
}

/// A directory that is kept open; it gives its room back.
pub struct Kept {
    handle: Handle,
    room: Arc<Room>,
}

impl Room {
    /// Room for one thread, and a few directories, of a walk that may open at most `most_open` descriptors.
    pub fn new(most_open: usize) -> Arc<Self> {
        Arc::new(Self {
            most_open,
            left: AtomicUsize::new(unasked(most_open)),
            descriptors: AtomicUsize::new(0),
            threads: AtomicUsize::new(0),
        })
    }

    /// Asks for more, once: answers for how many threads there is room, at least 1, and makes room for directories.
    pub fn ask(&self, asks: Asks) -> usize {
        // Some of what was promised is open by now: counting it twice leaves more to the rest of the program.
        let free = free_descriptors().saturating_sub(DESCRIPTORS.load(Ordering::Relaxed));
        let share = (free / 2).min(self.most_open);
        let threads = match asks {
            Asks::For(threads) => threads,
            Asks::Between(least, most) => {
                MOST_THREADS.saturating_sub(THREADS.load(Ordering::Relaxed)).clamp(least, most.max(least))
            }
        };
        let threads = threads.min(share / (PER_THREAD + 1)).max(1);
        let more = share.saturating_sub(threads * PER_THREAD).min(MOST_KEPT);
        let descriptors = threads * PER_THREAD + more;
        DESCRIPTORS.fetch_add(descriptors, Ordering::Relaxed);
        THREADS.fetch_add(threads, Ordering::Relaxed);
        self.descriptors.fetch_add(descriptors, Ordering::Relaxed);
        self.threads.fetch_add(threads, Ordering::Relaxed);
        // What it had unasked is part of it.
        let unasked = unasked(self.most_open);
        let _ = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some((left + more).saturating_sub(unasked)));
        threads
    }

    /// Whether no more was asked for yet.
    pub(super) fn is_unasked(&self) -> bool {
        self.threads.load(Ordering::Relaxed) == 0
    }

    /// Keeps a directory open, or gives it back where there is no room, or none that need not be asked for.
    pub fn keep(self: &Arc<Self>, handle: Handle) -> Result<Kept, Handle> {
        if self.is_unasked() && is_near_limit(&handle) {
            return Err(handle);
        }
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        match taken {
            Ok(_) => Ok(Kept { handle, room: Arc::clone(self) }),
            Err(_) => Err(handle),
        }
    }

    /// Keeps a directory open, room or not: nobody else could read the rest of it.
    pub(super) fn keep_all_the_same(self: &Arc<Self>, handle: Handle) -> Kept {
        // Its drop gives back what it never took.
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        Kept { handle, room: Arc::clone(self) }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        DESCRIPTORS.fetch_sub(*self.descriptors.get_mut(), Ordering::Relaxed);
        THREADS.fetch_sub(*self.threads.get_mut(), Ordering::Relaxed);
    }
}

impl AsFd for Kept {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.room.left.fetch_add(1, Ordering::Relaxed);
    }
}
