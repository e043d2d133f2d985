//! The walk: threads take stretches of the directories that wait, those with the lowest inode numbers first.

use super::ahead::Ahead;
use super::queue::{Queue, Stretch};
use crate::error::Error;
use crate::list::raw_ext4::{CALL, Listing, Root};
use crate::list::{Sink, Sinks, Want};
use crate::raw::ext4::FileSystem;
use crate::raw::{Budget, Device, Fault};
use fswalk::team::with_helpers;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Reports all that is below a directory of `file_system`, which lies on `device`: `root`, whose path is `path`.
///
/// # Errors
/// The root cannot be listed.
pub fn walk(
    file_system: &FileSystem,
    device: &dyn Device,
    root: Root,
    path: &Path,
    want: Want,
    threads: usize,
    sinks: &dyn Sinks,
) -> Result<(), Error> {
    // Kinds say what is to be walked into.
    let want = want.max(Want::Kinds);
    let path = path.as_os_str().as_bytes();
    let budget = Budget::new(file_system.blocks());
    // A directory is asked for twice: once for a stretch, once by a probe.
    let ahead_budget = Budget::new(file_system.blocks().saturating_mul(2));
    let queue = Queue::new(root.ino, file_system.inodes(), threads);
    let worker = || Worker {
        queue: &queue,
        listing: Listing::new(file_system, device, &budget, root, want),
        ahead: Ahead::new(file_system, device, &ahead_budget, want),
        sink: sinks.sink(),
        stretch: Stretch::new(path),
    };
    let mut own = worker();
    // The root's failure is the walk's.
    if queue.take(&mut own.stretch) {
        own.list(0).map_err(|fault| Error::at(CALL, path, fault))?;
        own.done();
    }
    with_helpers(1..threads, |_| worker().work(), || own.work());
    Ok(())
}

/// A thread's part of the walk.
struct Worker<'w> {
    queue: &'w Queue,
    listing: Listing<'w>,
    ahead: Ahead<'w>,
    sink: Box<dyn Sink + Send + 'w>,
    stretch: Stretch,
}

impl Worker<'_> {
    /// Lists directories until there are none left.
    fn work(&mut self) {
        while self.queue.take(&mut self.stretch) {
            let was_there = self.ahead.fetch(self.stretch.inodes());
            self.queue.wait_for_device(!was_there);
            self.listing.expect(self.stretch.inodes(), was_there);
            for index in 0..self.stretch.inodes().len() {
                if self.queue.is_stopped() {
                    break;
                }
                if let Err(fault) = self.list(index) {
                    let error = Error::at(CALL, self.stretch.path(index), fault);
                    if self.sink.error(error).is_break() {
                        self.queue.stop();
                    }
                }
            }
            self.done();
        }
    }

    /// Lists one directory of the stretch.
    fn list(&mut self, index: usize) -> Result<(), Fault> {
        let Self { queue, listing, sink, stretch, .. } = self;
        let (directory, found) = stretch.parts(index);
        let mut push = |ino, name: &[u8]| found.push(ino, directory.id, name);
        match listing.directory(directory.ino, directory.path, directory.below, sink.as_mut(), &mut push)? {
            ControlFlow::Break(()) => queue.stop(),
            ControlFlow::Continue(()) => {}
        }
        Ok(())
    }

    /// Hands over what the stretch led to.
    fn done(&mut self) {
        let Self { queue, sink, stretch, .. } = self;
        queue.done(stretch, |path| {
            let error = Error::at(CALL, path, Fault::Damaged("a directory with two names"));
            if sink.error(error).is_break() {
                queue.stop();
            }
        });
    }
}
