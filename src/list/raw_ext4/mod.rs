//! One directory of an ext4 file system, read from its block device: what the answer costs when nobody is asked.
//!
//! This is no way to list directories, and is never used as one: it takes the right to read the device, and sees what was
//! mounted over, what permissions hide, and a directory in the middle of a change. It is the row below all others, which
//! shows how much of a listing is the interface. [`crate::raw::ext4`] reads; `source` finds the device and says where
//! this cannot work; `listing` turns blocks into entries.
//!
//! The device's page cache holds the file system's metadata as it is now, written or not: names, modes and owners are seen
//! at once. What the file system keeps elsewhere until it writes is not there: the size and the blocks of data that has no
//! place yet, times under `lazytime`. So the file system is synced once, before the clock runs.

mod listing;
mod source;

pub use listing::Listing;
pub use source::Root;
pub(crate) use source::{CALL, Source};

use super::mounts::Reach;
use super::{Dir, Factors, Lister, LookupOrder, Order, Projection, ReadWith, Row, Sink, Standing, Want};
use crate::error::{Error, Unsupported};
use crate::raw::Budget;
use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What sets it apart, for one thread.
pub(crate) const FACTORS: Factors = Factors { order: LookupOrder::Inode, ..Factors::reading(ReadWith::Device) };

struct Raw {
    source: Source,
}

impl Lister for Raw {
    fn prepare(&mut self, dir: &Path) -> Result<(), Unsupported> {
        self.source.prepare(dir)
    }

    fn list(&mut self, dir: &mut Dir<'_>, want: Want, sink: &mut dyn Sink) -> Result<(), Error> {
        self.source.prepare_anew(Path::new(OsStr::from_bytes(dir.path())))?;
        let (path, below) = (dir.path(), dir.below());
        let opened = self.source.open(dir)?;
        let budget = Budget::new(opened.file_system.blocks());
        let mut listing = Listing::new(&opened.file_system, &opened.device, &budget, opened.root, want);
        let ino = opened.root.ino;
        match listing.directory(ino, path, below, sink, &mut |_, _| ()) {
            Ok(ControlFlow::Continue(()) | ControlFlow::Break(())) => Ok(()),
            Err(fault) => Err(Error::at(CALL, path, fault)),
        }
    }
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "raw-ext4/directory",
    about: "no question at all: ext4 read from its block device; synced before the clock runs; as root, on ext4",
    wants: &Want::ALL,
    factors: FACTORS,
    order: Order::Any,
    projection: Projection::Whole,
    standing: Standing::Ranked,
    open: |_| Ok(Box::new(Raw { source: Source::new(Reach::Directory) })),
}];
