//! A tree of an ext4 file system, read from its block device: what the answer costs when nobody is asked.
//!
//! See [`crate::list::raw_ext4`] for what that is for, what it takes and what it sees. Where something is mounted below the
//! root, this walk is refused.
//!
//! ```text
//! queue.rs    directories that wait, the lowest inode numbers first: a stretch of them at a time
//! ahead.rs    if the first of a stretch are not in the cache: says what will be read, in the order on the device
//! walking.rs  each is listed: its inode, its blocks, for metadata its entries' inodes (crate::list::raw_ext4::Listing)
//! tree.rs     the directories found in them, which wait in their turn
//! ```
//!
//! Rejected: all inode tables from end to end. It is the fastest where all is wanted, and costs the whole file system where
//! a folder is.

mod ahead;
mod queue;
mod tree;
mod walking;

pub use walking::walk;

use super::{Open, Row, Run};
use crate::error::{Error, Unsupported};
use crate::list::mounts::Reach;
use crate::list::raw_ext4::{FACTORS, Source};
use crate::list::{Dir, Factors, Parallel, Sinks, Want};
use std::path::Path;

struct Raw {
    source: Source,
    threads: usize,
}

impl Raw {
    fn new(threads: usize) -> Self {
        Self { source: Source::new(Reach::Tree), threads }
    }
}

impl Run for Raw {
    fn prepare(&mut self, root: &Path) -> Result<(), Unsupported> {
        self.source.prepare(root)
    }

    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        self.source.prepare_anew(root)?;
        let opened = self.source.open(&mut Dir::root(root))?;
        walk(&opened.file_system, &opened.device, opened.root, root, want, self.threads, sinks)
    }
}

/// The rows.
pub const ROWS: &[Row] = &[
    Row {
        name: "raw-ext4",
        about: "no question at all: ext4 read from its block device, one thread; synced before the clock runs; as root, on ext4",
        wants: &Want::ALL,
        factors: FACTORS,
        open: Open::Alone(|_| Ok(Box::new(Raw::new(1)))),
    },
    Row {
        name: "raw-ext4/threads",
        about: "no question at all: ext4 read from its block device, N threads; synced before the clock runs; as root, on ext4",
        wants: &Want::ALL,
        factors: Factors { parallel: Parallel::Threads, ..FACTORS },
        open: Open::Alone(|options| Ok(Box::new(Raw::new(options.threads)))),
    },
];
