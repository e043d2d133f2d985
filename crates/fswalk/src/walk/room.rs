//! How many directories a walk may keep open, so that it works under `ulimit -n 64` and leaves the rest of the program some.
//!
//! A directory whose subdirectories wait is kept open while there is room; where there is none it is closed, and opened
//! again from the root when a child of it is to be opened. Going down costs nothing more: the thread that listed it still
//! has it in hand.
//!
//! Several walks may go on in one process. What each may open and start is promised to it, from one budget: it gets half of
//! the descriptors that are left, and its threads, though at least as many as there are cores, from one common number.

use crate::list::Handle;
use crate::team::lock;
use rustix::process::{Resource, getrlimit};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Descriptors that a thread uses beside those kept: the directory that it lists, its parent, a ring or a `DIR`.
pub const PER_THREAD: usize = 4;

/// More are of no use: threads go depth first, and siblings share their parent.
pub const MOST_KEPT: usize = 4096;

/// Descriptors left to the rest of the program.
const RESERVE: usize = 8;

/// Descriptors that a walk may use.
pub fn free_descriptors() -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    // One of them is the folder itself, while it is read.
    let open = std::fs::read_dir("/proc/self/fd").map_or(16, Iterator::count);
    limit.saturating_sub(open).saturating_sub(RESERVE)
}

/// Threads of all walks that find their number themselves.
const MOST_THREADS: usize = 256;

/// What all walks of this process have been promised.
static PROMISED: Mutex<Promised> = Mutex::new(Promised { descriptors: 0, threads: 0 });

struct Promised {
    descriptors: usize,
    threads: usize,
}

/// Room for directories kept open, and for threads; what was promised is given back with it.
pub struct Room {
    left: AtomicUsize,
    descriptors: usize,
    threads: usize,
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
pub struct Kept<'r> {
    handle: Handle,
    room: &'r Room,
}

impl Room {
    /// Room for a walk that may open at most `most_open` descriptors.
    pub fn new(asks: Asks, most_open: usize) -> Self {
        let mut promised = lock(&PROMISED);
        // Some of what was promised is open by now: counting it twice leaves more to the rest of the program.
        let free = free_descriptors().saturating_sub(promised.descriptors);
        let share = (free / 2).min(most_open);
        let threads = match asks {
            Asks::For(threads) => threads,
            Asks::Between(least, most) => MOST_THREADS.saturating_sub(promised.threads).clamp(least, most.max(least)),
        };
        let threads = threads.min(share / (PER_THREAD + 1)).max(1);
        let left = share.saturating_sub(threads * PER_THREAD).min(MOST_KEPT);
        let descriptors = threads * PER_THREAD + left;
        promised.descriptors += descriptors;
        promised.threads += threads;
        Self { left: AtomicUsize::new(left), descriptors, threads }
    }

    /// How many threads may work, at least 1.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Keeps a directory open, or gives it back where there is no room.
    pub fn keep(&self, handle: Handle) -> Result<Kept<'_>, Handle> {
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        match taken {
            Ok(_) => Ok(Kept { handle, room: self }),
            Err(_) => Err(handle),
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut promised = lock(&PROMISED);
        promised.descriptors -= self.descriptors;
        promised.threads -= self.threads;
    }
}

impl AsFd for Kept<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.room.left.fetch_add(1, Ordering::Relaxed);
    }
}
