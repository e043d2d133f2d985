//! How many directories a walk may keep open, so that it works under `ulimit -n 64` and leaves the rest of the program some.
//!
//! A directory whose subdirectories wait is kept open while there is room; where there is none it is closed, and opened
//! again from the root when a child of it is to be opened. Going down costs nothing more: the thread that listed it still
//! has it in hand.

use crate::list::Handle;
use rustix::process::{Resource, getrlimit};
use std::os::fd::{AsFd, BorrowedFd};
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

/// Room for directories kept open.
pub struct Room {
    left: AtomicUsize,
}

/// A directory that is kept open; it gives its room back.
pub struct Kept<'r> {
    handle: Handle,
    room: &'r Room,
}

impl Room {
    /// How many threads a walk that asks for `threads` may use, at least 1, and room for what they keep open.
    pub fn for_threads(threads: usize) -> (usize, Self) {
        let free = free_descriptors();
        let threads = threads.min(free / (PER_THREAD + 1)).max(1);
        (threads, Self { left: AtomicUsize::new(free.saturating_sub(threads * PER_THREAD).min(MOST_KEPT)) })
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
