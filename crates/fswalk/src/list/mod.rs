//! Listing one directory: a [`Lister`] hands borrowed [`Entry`]s to a [`Sink`].
//!
//! A lister is a *reader* (how names are read) with a *lookup* (how kind or metadata is learnt): a [`Pair`] of the two looks
//! each entry up as it is read. An entry borrows the reader's buffer and costs no allocation. In: a [`Dir`] and a [`Want`];
//! out: entries and errors. To be read first: `getdents`, then [`range`] and `share` for directories that several
//! threads read at once.
//!
//! Invariants: `.` and `..` are never reported; entries come in directory order, but where a directory is shared; an entry
//! whose lookup fails costs that entry ([`Sink::error`]) and nothing else.
//!
//! ```
//! use fswalk::list::{Dir, Entry, Getdents, Lister, Pair, Sink, TypeOnly};
//! use fswalk::{Error, Want};
//! use std::ops::ControlFlow;
//! use std::path::Path;
//!
//! struct Longest(usize);
//!
//! impl Sink for Longest {
//!     fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
//!         self.0 = self.0.max(entry.name.len());
//!         ControlFlow::Continue(())
//!     }
//!
//!     fn error(&mut self, error: Error) -> ControlFlow<()> {
//!         eprintln!("{error}");
//!         ControlFlow::Continue(())
//!     }
//! }
//!
//! let mut longest = Longest(0);
//! let mut lister = Pair { reader: Getdents::default(), lookup: TypeOnly };
//! lister.list(&mut Dir::root(Path::new("src")), Want::Names, &mut longest)?;
//! assert!(longest.0 > 3);
//! # Ok::<(), Error>(())
//! ```

mod dir;
mod entry;
mod found;
mod pair;

pub mod range;

#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
mod cut;
#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
pub mod getdents;
#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
pub mod share;
#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
pub mod statx;

pub use dir::{Dir, Handle, OPEN, entry_error};
pub use entry::{Entry, Kind, Meta, Want};
pub use found::Found;
pub use pair::{Lookup, OfKinds, Pair, Reader, TypeOnly};

#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
pub use cut::ranges;
#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
pub use found::next;
#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
pub use getdents::Getdents;
#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
pub use share::Shared;
#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
pub use statx::Statx;

use crate::error::{Error, Unsupported};
use range::{Range, Ranges};
use std::ops::ControlFlow;
use std::os::fd::BorrowedFd;
use std::path::Path;

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

    /// Like [`Lister::list`], for a walk that would share a large directory among its threads: only its start is reported, if the
    /// rest can be left to this lister or to others like it, as `leave` allows.
    ///
    /// # Errors
    /// As [`Lister::list`].
    fn list_or_leave(
        &mut self,
        dir: &mut Dir<'_>,
        want: Want,
        _leave: Leave,
        sink: &mut dyn Sink,
    ) -> Result<Option<Rest>, Error> {
        self.list(dir, want, sink).map(|()| None)
    }

    /// Reports one of the ranges that [`Lister::list_or_leave`] made. A lister that never makes any refuses.
    ///
    /// # Errors
    /// As [`Lister::list`].
    fn list_part(&mut self, dir: &mut Dir<'_>, _: Range, _: Want, _: &mut dyn Sink) -> Result<(), Error> {
        Err(dir.error("getdents64", rustix::io::Errno::NOTSUP))
    }

    /// Like [`Lister::list`], but may use several threads, each with a sink of its own.
    ///
    /// # Errors
    /// As [`Lister::list`].
    fn list_in_parallel(&mut self, dir: &mut Dir<'_>, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        self.list(dir, want, sinks.sink().as_mut())
    }
}

/// What of a large directory may be left to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Ranges, where it can be cut.
    Ranges,
    /// The same, and where it cannot be cut all that has not been read yet.
    Anything,
}

/// What of a directory has not been reported yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// These, each for [`Lister::list_part`].
    Ranges(Ranges),
    /// What comes after the descriptor's position: [`Lister::list`] of the same open directory.
    Unread,
}

/// Receives what is found. `Break` ends the listing at the next entry, without an error.
pub trait Sink {
    /// One entry. It borrows the lister's buffers: what is to be kept must be copied.
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()>;
    /// One entry, or one directory of a tree, could not be had. The listing goes on.
    fn error(&mut self, error: Error) -> ControlFlow<()>;

    /// One entry of the open directory `dir`.
    #[inline]
    fn entry_in(&mut self, _dir: BorrowedFd<'_>, entry: &Entry<'_>) -> ControlFlow<()> {
        self.entry(entry)
    }

    /// One entry of the open directory `dir`, whose lookup failed: `entry` is what the directory tells of it.
    fn entry_without(&mut self, _dir: BorrowedFd<'_>, _entry: &Entry<'_>, error: Error) -> ControlFlow<()> {
        self.error(error)
    }
}

impl<S: Sink + ?Sized> Sink for Box<S> {
    #[inline]
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        (**self).entry(entry)
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        (**self).error(error)
    }

    #[inline]
    fn entry_in(&mut self, dir: BorrowedFd<'_>, entry: &Entry<'_>) -> ControlFlow<()> {
        (**self).entry_in(dir, entry)
    }

    fn entry_without(&mut self, dir: BorrowedFd<'_>, entry: &Entry<'_>, error: Error) -> ControlFlow<()> {
        (**self).entry_without(dir, entry, error)
    }
}

/// Makes one sink per thread. Dropping a sink folds what it saw into the whole.
pub trait Sinks: Sync {
    /// A sink for the calling thread.
    fn sink(&self) -> Box<dyn Sink + Send + '_>;
}
