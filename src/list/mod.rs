//! Listing one directory: the [`Lister`] trait, what it is asked ([`Want`]) and what it finds ([`Entry`], into a [`Sink`]).
//!
//! A lister is a *reader* (how names are read) with a *lookup* (how kind or metadata is learnt). Most rows are a
//! [`Pair`] of the two, which looks each entry up as it is read; [`Batched`] rows read the whole directory first, so that
//! the lookups can be ordered or run at once. Either way an entry borrows the reader's buffer and costs no allocation.
//!
//! To add one: a file here with its `ROWS`, and its line in [`crate::strategy::registry`].
//!
//! Invariants: `.` and `..` are never reported; a directory's entries come in directory order unless the row says
//! [`Order::Any`]; an entry whose lookup fails costs that entry ([`Sink::error`]) and nothing else.

mod batch;
mod dir;
mod entry;
pub(crate) mod mounts;
mod pair;
mod path;
pub(crate) mod privilege;
mod row;

pub mod bulkstat;
pub mod digest;
pub mod fstatat;
pub mod getdents;
pub mod inode;
pub mod isdir_isfile;
pub mod lstat;
pub mod nix;
pub mod null;
pub mod range;
pub mod readdir;
pub mod split;
pub mod statx;
pub mod std;
pub mod tally;
pub mod threads;
pub mod unknown;
pub mod uring;
pub mod usage;

pub use batch::{Answer, Batch, BatchLookup, Batched, Item, Names};
pub use dir::{Dir, Handle};
pub(crate) use dir::{OPEN, entry_error};
pub use entry::{Entry, Kind, Meta, Want};
pub use pair::{Found, Lookup, Pair, Reader, TypeOnly};
pub use row::{Factors, LookupOrder, Lookups, Options, Order, Parallel, Projection, ReadWith, Resolve, Row, Standing};

use crate::error::{Error, Unsupported};
use ::std::ops::ControlFlow;
use ::std::path::Path;
use range::{Range, Ranges};

/// Lists one directory at a time. Its buffers are its own and serve every call.
pub trait Lister: Send {
    /// Gets ready to list `dir`, before the clock runs. Most have nothing to do.
    ///
    /// # Errors
    /// Why this directory cannot be listed this way. That it cannot be opened is no reason: the listing says so.
    fn prepare(&mut self, _dir: &Path) -> Result<(), Unsupported> {
        Ok(())
    }

    /// Reports every entry of `dir` to `sink`, with what `want` asks for.
    ///
    /// # Errors
    /// When the directory cannot be opened or read any further. What was reported before stands.
    fn list(&mut self, dir: &mut Dir<'_>, want: Want, sink: &mut dyn Sink) -> Result<(), Error>;

    /// The same for a walker that would share a large directory among its threads: where it can be cut, only its start is
    /// reported, and the rest comes as ranges for [`Lister::list_part`], of this lister or another like it.
    ///
    /// # Errors
    /// As [`Lister::list`].
    fn list_or_cut(&mut self, dir: &mut Dir<'_>, want: Want, sink: &mut dyn Sink) -> Result<Option<Ranges>, Error> {
        self.list(dir, want, sink).map(|()| None)
    }

    /// Reports one of the ranges that [`Lister::list_or_cut`] made. A lister that never makes any refuses.
    ///
    /// # Errors
    /// As [`Lister::list`].
    fn list_part(&mut self, dir: &mut Dir<'_>, _: Range, _: Want, _: &mut dyn Sink) -> Result<(), Error> {
        Err(dir.error("getdents64", rustix::io::Errno::NOTSUP))
    }

    /// The same where there may be a sink a thread. Only a lister that splits a directory among threads takes more than one.
    ///
    /// # Errors
    /// As [`Lister::list`].
    fn list_in_parallel(&mut self, dir: &mut Dir<'_>, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        self.list(dir, want, sinks.sink().as_mut())
    }
}

/// Receives what is found. `Break` ends the listing at the next entry, without an error.
pub trait Sink {
    /// One entry. It borrows the lister's buffers: what is to be kept must be copied.
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()>;
    /// One entry, or one directory of a tree, could not be had. The listing goes on.
    fn error(&mut self, error: Error) -> ControlFlow<()>;
}

impl<S: Sink + ?Sized> Sink for Box<S> {
    #[inline]
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        (**self).entry(entry)
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        (**self).error(error)
    }
}

/// Makes one sink per thread. Dropping a sink folds what it saw into the whole.
pub trait Sinks: Sync {
    /// A sink for the calling thread.
    fn sink(&self) -> Box<dyn Sink + Send + '_>;
}
