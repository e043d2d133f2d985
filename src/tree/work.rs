//! State that the threads at work on a tree share: the plan, progress, whether to go on.

use super::plan::Plan;
use crate::error::Error;
use fswalk::team::{into_inner, lock};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Entries between two reports of progress from one directory.
const STEP: u64 = 1024;

/// One piece of work on a whole tree.
pub(super) struct Work<'w> {
    pub(super) root: &'w Path,
    pub(super) plan: &'w Plan,
    progress: &'w (dyn Fn(u64) + Sync),
    stop: &'w AtomicBool,
    done: AtomicU64,
    failed: AtomicBool,
    failure: Mutex<Option<Error>>,
}

impl<'w> Work<'w> {
    pub(super) fn new(
        root: &'w Path,
        plan: &'w Plan,
        progress: &'w (dyn Fn(u64) + Sync),
        stop: &'w AtomicBool,
    ) -> Self {
        let (done, failed) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { root, plan, progress, stop, done, failed, failure: Mutex::default() }
    }

    /// Whether nobody has asked to stop, and nothing has gone wrong.
    pub(super) fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed) && !self.failed.load(Ordering::Relaxed)
    }

    /// Ends the work with an error; the first one counts.
    pub(super) fn fail(&self, error: Error) {
        lock(&self.failure).get_or_insert(error);
        self.failed.store(true, Ordering::Relaxed);
    }

    /// Counts one directory's entries.
    pub(super) fn steps(&self) -> Steps<'_> {
        Steps { work: self, count: 0 }
    }

    /// The path of a planned directory, for a message.
    pub(super) fn path(&self, index: u32) -> PathBuf {
        let below = self.plan.path(index);
        if below.is_empty() { self.root.to_owned() } else { self.root.join(OsStr::from_bytes(&below)) }
    }

    /// The path of an entry in it.
    pub(super) fn path_of(&self, index: u32, name: &[u8]) -> PathBuf {
        self.path(index).join(OsStr::from_bytes(name))
    }

    /// How the work ended: how many entries were done.
    ///
    /// # Errors
    /// What ended it early.
    pub(super) fn end(self, what: &'static str) -> Result<u64, Error> {
        if let Some(error) = into_inner(self.failure) {
            return Err(error);
        }
        if self.stop.load(Ordering::Relaxed) {
            let done = self.done.load(Ordering::Relaxed);
            let why = format!("interrupted after {done} entries");
            return Err(Error::new(what, self.root, io::Error::new(io::ErrorKind::Interrupted, why)));
        }
        Ok(self.done.into_inner())
    }
}

/// A directory's entries, counted without a shared counter for each.
pub(super) struct Steps<'w> {
    work: &'w Work<'w>,
    count: u64,
}

impl Steps<'_> {
    /// One more is done.
    pub(super) fn step(&mut self) {
        self.count += 1;
        if self.count >= STEP {
            self.report();
        }
    }

    fn report(&mut self) {
        let done = self.work.done.fetch_add(self.count, Ordering::Relaxed) + self.count;
        self.count = 0;
        (self.work.progress)(done);
    }
}

impl Drop for Steps<'_> {
    fn drop(&mut self) {
        if self.count > 0 {
            self.report();
        }
    }
}

/// Threads for one tree: a pool of our own, since a caller's may be busy with what waits for us.
pub(super) fn pool(root: &Path) -> Result<ThreadPool, Error> {
    ThreadPoolBuilder::new().build().map_err(|error| Error::other("pthread_create", root, error))
}
