//! Ways of listing a tree, as rows: one file per walker, ours and the peers'.
//!
//! In comes a root and what is wanted of each entry; out go the entries, to sinks. Open `serial.rs` first: it is the
//! plainest walker. Our walkers schedule directories and accept any [`crate::list::Lister`], except [`uring`],
//! [`btrfs`] and [`raw_ext4`], whose point is their own way of reading; a peer brings its own. The engine of [`shipped`] is the crate
//! [`fswalk`]. Opened, each is a [`Run`]. All list every entry below the root, but not the root itself: hidden ones
//! included, nothing ignored, nothing sorted, links not followed, mount points entered.
//!
//! Invariants: every entry is reported exactly once; a directory that cannot be read costs that directory
//! ([`crate::list::Sink::error`]), the root excepted, whose failure is the run's; threads start and end inside
//! [`Run::run`], so that what they cost is measured with it.

mod collect;
mod peer;
mod row;

pub mod btrfs;
pub mod dua_core;
pub mod flat;
pub mod fts;
pub mod ignore;
pub mod jwalk;
pub mod nftw;
pub mod raw_ext4;
pub mod rayon;
pub mod serial;
pub mod shipped;
pub mod uring;
pub mod walkdir;

pub use row::{Open, Opened, Row};

use crate::error::{Error, Unsupported};
use crate::list::{Sinks, Want};
use std::path::Path;

/// A way of listing, opened: its buffers and rings are its own. Listers, walkers, peers and `null` alike.
pub trait Run: Send {
    /// Gets ready to list what is below `root`, before the clock runs. Most have nothing to do. What changes between
    /// this and [`Run::run`] may be missed by a strategy that says that it syncs the file system here.
    ///
    /// # Errors
    /// Why what is there cannot be listed this way. That the root cannot be opened is no reason: the run says so.
    fn prepare(&mut self, _root: &Path) -> Result<(), Unsupported> {
        Ok(())
    }

    /// Lists what is below `root`, and reports it to sinks, one per thread.
    ///
    /// # Errors
    /// When the root itself cannot be listed.
    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error>;
}
