//! [`Walk`]: a tree listed by work stealing, with as many threads as it turns out to need. What a program uses.
//!
//! ```
//! use fsbench::list::{Entry, Kind};
//! use fsbench::walk::{Next, Visitor, Walk};
//! use std::ops::ControlFlow;
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! /// Counts files; looks into no directory named `target`.
//! struct Count<'c>(&'c AtomicU64);
//!
//! impl Visitor for Count<'_> {
//!     fn entry(&mut self, entry: &Entry<'_>, _depth: usize) -> Next {
//!         if entry.kind == Kind::File {
//!             self.0.fetch_add(1, Ordering::Relaxed);
//!         }
//!         if entry.name == b"target" { Next::Skip } else { Next::Enter }
//!     }
//!
//!     fn error(&mut self, error: fsbench::error::Error) -> ControlFlow<()> {
//!         eprintln!("{error}");
//!         ControlFlow::Continue(())
//!     }
//! }
//!
//! let files = AtomicU64::new(0);
//! Walk::new("src").visit(|| Count(&files))?;
//! assert!(files.into_inner() > 10);
//! # Ok::<(), fsbench::error::Error>(())
//! ```
//!
//! **Order.** The entries of one directory come in directory order and to one visitor, unless the directory is so large that
//! threads share it. A directory's own entry comes before the entries in it. Nothing else is promised; [`Walk::entries`]
//! gives owned entries one after the other, and [`Walk::sorted`] gives them in order.
//!
//! **Errors** come to the visitor where they happen, and cost one entry or one directory. Only a root that cannot be listed
//! fails the walk.
//!
//! **Limits.** There is no limit to a path's length or a tree's depth, since directories are opened relative to each other.
//! Memory is a buffer a thread and the names of directories that wait. Descriptors are what `ulimit -n` leaves: with few
//! left, directories are closed and opened again.
//!
//! **Changing trees.** An entry that stays where it is while the walk goes on is seen exactly once. One that comes or goes is
//! seen or not; a directory that is moved may be seen twice or not at all, as with every other walker.

use super::stealing::Engine;
use crate::error::Error;
use crate::list::{self, Entry, Lister, Options, Sink, Sinks, Want};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

/// A walk to be done: where, and how. Reports every entry below the root, hidden ones included, the root itself not.
#[derive(Debug, Clone)]
pub struct Walk {
    pub(super) root: PathBuf,
    pub(super) want: Want,
    pub(super) threads: Threads,
    pub(super) least_depth: usize,
    pub(super) most_depth: usize,
    pub(super) links: Links,
    pub(super) file_systems: FileSystems,
}

/// How many threads a walk uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// As many as there are cores at first, more while they wait, fewer while they contend.
    Auto,
    /// Exactly so many, descriptors permitting.
    Fixed(NonZeroUsize),
}

/// What becomes of symbolic links. The root, where it is one, is always followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// They are reported.
    Report,
    /// They are reported as links, and those that lead to a directory are walked. One that leads to a directory which it is in
    /// is an error of that link: `ELOOP`.
    Follow,
}

/// Where a walk may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystems {
    /// Everywhere.
    All,
    /// Not into directories of another file system than the root's; they are reported.
    Same,
}

/// What to do after an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Go on, and if it is a directory go into it.
    Enter,
    /// Go on, but not into it.
    Skip,
    /// End the walk: what other threads have in hand may still be reported.
    Stop,
}

/// Receives what one thread finds.
pub trait Visitor {
    /// One entry; those of the root have depth 1. It borrows buffers: what is to be kept must be copied.
    fn entry(&mut self, entry: &Entry<'_>, depth: usize) -> Next;

    /// One entry, or one directory, could not be had. `Break` ends the walk.
    fn error(&mut self, error: Error) -> ControlFlow<()>;
}

/// How a walk went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many threads there were from when on, since the start.
    pub threads: Vec<(Duration, usize)>,
}

impl Walk {
    /// A walk of the tree at `root`: kinds, any depth, links reported, every file system, as many threads as it needs.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            want: Want::Kinds,
            threads: Threads::Auto,
            least_depth: 1,
            most_depth: usize::MAX,
            links: Links::Report,
            file_systems: FileSystems::All,
        }
    }

    /// What is wanted of each entry. A walk must know kinds: [`Want::Names`] is no less work.
    pub fn want(self, want: Want) -> Self {
        Self { want, ..self }
    }

    /// How many threads to use.
    pub fn threads(self, threads: Threads) -> Self {
        Self { threads, ..self }
    }

    /// Entries nearer to the root than this are not reported, but entered. The root's own entries have depth 1.
    pub fn least_depth(self, least_depth: usize) -> Self {
        Self { least_depth, ..self }
    }

    /// Entries further from the root than this are not listed.
    pub fn most_depth(self, most_depth: usize) -> Self {
        Self { most_depth, ..self }
    }

    /// What becomes of links.
    pub fn links(self, links: Links) -> Self {
        Self { links, ..self }
    }

    /// Where to go.
    pub fn file_systems(self, file_systems: FileSystems) -> Self {
        Self { file_systems, ..self }
    }

    /// Walks; each thread makes a visitor, and drops it when it ends. Returns when all have.
    ///
    /// # Errors
    /// When the root cannot be listed.
    pub fn visit<V: Visitor>(&self, visitor: impl Fn() -> V + Sync) -> Result<Summary, Error> {
        let engine = Engine { walk: self, lister: &|| self.lister(), projection: list::Projection::Whole };
        engine.run(&visitor)
    }

    /// Walks, and reports to sinks, one a thread: for what only counts or prints.
    ///
    /// # Errors
    /// When the root cannot be listed.
    pub fn report(&self, sinks: &dyn Sinks) -> Result<Summary, Error> {
        self.visit(|| Reporter(sinks.sink()))
    }

    /// The lister that suits what is wanted.
    fn lister(&self) -> Result<Box<dyn Lister>, Error> {
        let rows = if self.want == Want::Metadata { list::statx::ROWS } else { list::getdents::ROWS };
        let default = if self.want == Want::Metadata { list::statx::DEFAULT } else { list::getdents::DEFAULT };
        let row = rows.iter().find(|row| row.name == default);
        let row = row.ok_or_else(|| Error::other("open", &self.root, "no lister"))?;
        (row.open)(&Options::default()).map_err(|why| Error::other("open", &self.root, why))
    }
}

/// Reports to a sink, and goes everywhere.
pub(super) struct Reporter<'s>(pub(super) Box<dyn Sink + Send + 's>);

impl Visitor for Reporter<'_> {
    #[inline]
    fn entry(&mut self, entry: &Entry<'_>, _depth: usize) -> Next {
        match self.0.entry(entry) {
            ControlFlow::Continue(()) => Next::Enter,
            ControlFlow::Break(()) => Next::Stop,
        }
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.0.error(error)
    }
}
