//! [`Walk`]: a tree listed by work stealing, with as many threads as it turns out to need.
//!
//! **Order.** The entries of one directory come in directory order and to one visitor, unless the directory is so large that
//! threads share it. A directory's own entry comes before the entries in it. Nothing else is promised; [`Walk::entries`]
//! gives owned entries one after the other, and [`Walk::sorted`] gives them in order.
//!
//! **Errors** come to the visitor where they happen, and cost one entry or one directory. Only a root that cannot be listed
//! fails the walk.
//!
//! **Limits.** There is no limit to a path's length or a tree's depth, since directories are opened relative to each other.
//! Memory is a buffer per thread and the names of directories that wait. Descriptors are what `ulimit -n` leaves: with few
//! left, directories are closed and opened again.
//!
//! **Changing trees.** An entry that stays where it is while the walk goes on is seen exactly once. One that comes or goes is
//! seen or not; a directory that is moved may be seen twice or not at all, as with every other walker.

use super::choices::{FileSystems, Links, Threads};
use super::stealing::Engine;
use super::visitor::{Next, Summary, Visitor};
use crate::error::Error;
use crate::list::{Entry, Getdents, Lister, Pair, Sink, Sinks, Statx, TypeOnly, Want};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// A walk to be done: where, and how. Reports every entry below the root, hidden ones included, the root itself not.
#[derive(Debug, Clone)]
pub struct Walk {
    pub(super) root: PathBuf,
    pub(super) want: Want,
    pub(super) threads: Threads,
    pub(super) most_threads: usize,
    pub(super) most_open: usize,
    pub(super) least_depth: usize,
    pub(super) most_depth: usize,
    pub(super) links: Links,
    pub(super) file_systems: FileSystems,
}

impl Walk {
    /// A walk of the tree at `root`: kinds, any depth, links reported, every file system, as many threads as it needs.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            want: Want::Kinds,
            threads: Threads::Auto,
            most_threads: usize::MAX,
            most_open: usize::MAX,
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

    /// The most threads that [`Threads::Auto`] may come to. Unasked, all walks of a process together use at most 256, and each at
    /// least as many as there are cores.
    pub fn most_threads(self, most_threads: usize) -> Self {
        Self { most_threads, ..self }
    }

    /// The most descriptors to have open at once; at least four are. Unasked, a walk takes half of what `ulimit -n`, the program
    /// and other walks leave.
    pub fn most_open(self, most_open: usize) -> Self {
        Self { most_open, ..self }
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
        self.visit_over(&|| Ok(self.lister()), visitor)
    }

    /// Like [`Walk::visit`], but directories are listed as `open` says: each thread opens a lister of its own.
    ///
    /// # Errors
    /// When the root cannot be listed, or the first lister cannot be opened.
    pub fn visit_over<V: Visitor>(
        &self,
        open: &(dyn Fn() -> Result<Box<dyn Lister>, Error> + Sync),
        visitor: impl Fn() -> V + Sync,
    ) -> Result<Summary, Error> {
        self.visit_until(&AtomicBool::new(false), open, visitor)
    }

    /// Like [`Walk::visit_over`], until `stop` is set: then what is being listed is the last.
    pub(super) fn visit_until<V: Visitor>(
        &self,
        stop: &AtomicBool,
        open: &(dyn Fn() -> Result<Box<dyn Lister>, Error> + Sync),
        visitor: impl Fn() -> V + Sync,
    ) -> Result<Summary, Error> {
        Engine { walk: self, lister: open, stop }.run(&visitor)
    }

    /// Walks, and reports to sinks, one per thread: for what only counts or prints.
    ///
    /// # Errors
    /// When the root cannot be listed.
    pub fn report(&self, sinks: &dyn Sinks) -> Result<Summary, Error> {
        self.visit(|| Reporter(sinks.sink()))
    }

    /// The lister that suits what is wanted.
    pub(super) fn lister(&self) -> Box<dyn Lister> {
        let reader = Getdents::default();
        match self.want {
            Want::Metadata => Box::new(Pair { reader, lookup: Statx::default() }),
            Want::Names | Want::Kinds => Box::new(Pair { reader, lookup: TypeOnly }),
        }
    }
}

/// Reports to a sink, and goes everywhere.
struct Reporter<'s>(Box<dyn Sink + Send + 's>);

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
