//! [`Walk`]: what to walk and how, and the ways of getting what is found.
//!
//! **Order.** The entries of one directory come in directory order, or in name order if that was asked for, and to one visitor, unless
//! the directory is so large that threads share it. A directory's own entry comes before the entries in it. Nothing else is
//! promised, but for an iterator with [`Walk::sort_by_file_name`].
//!
//! **Errors** come where they happen, and cost one entry or one directory.
//!
//! **Limits.** There is no limit to a path's length or a tree's depth, since directories are opened relative to each other.
//! Memory is a buffer per thread and the names of directories that wait. Descriptors are what `ulimit -n` leaves: with few
//! left, directories are closed and opened again.
//!
//! **Changing trees.** An entry that stays where it is while the walk goes on is seen exactly once. One that comes or goes is
//! seen or not; a directory that is moved may be seen twice or not at all, as with every other walker.

use super::choices::{Cancel, Links, Threads};
use super::entries::IntoIter;
use super::entry::Entry;
use super::stealing::{Open, Walking};
use super::visitor::{Next, Summary, Visitor};
use crate::error::Error;
use crate::list::{Kind, Lister, OfKinds, Pair, Sink, Sinks, TypeOnly, Want};
use crate::system;
use crate::team::{into_inner, lock};
use std::fmt;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// A walk to be done: where, and how.
///
/// It reports each root and every entry below it, hidden ones included.
///
/// ```
/// use fswalk::Walk;
///
/// for entry in Walk::new("src").max_depth(1) {
///     println!("{}", entry?.path().display());
/// }
/// # Ok::<(), fswalk::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a walk does nothing until it is iterated over or visited"]
pub struct Walk {
    pub(super) roots: Vec<PathBuf>,
    pub(super) want: Want,
    /// Of which kinds metadata is wanted: a bit each.
    kinds: u8,
    pub(super) threads: Threads,
    pub(super) max_threads: usize,
    pub(super) max_open: usize,
    pub(super) min_depth: usize,
    pub(super) max_depth: usize,
    pub(super) links: Links,
    pub(super) same_file_system: bool,
    pub(super) sorts: bool,
    pub(super) contents_first: bool,
    filter: Option<Filter>,
    pub(super) cancel: Option<Cancel>,
}

type Filter = Arc<dyn Fn(&Entry<'_>) -> bool + Send + Sync>;

impl Walk {
    /// A walk of the tree at `root`: names and kinds, any depth, links reported, every file system, in any order, with as many threads
    /// as it needs. A root that is a link to a directory is walked.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            roots: vec![root.into()],
            want: Want::Kinds,
            kinds: u8::MAX,
            threads: Threads::Auto,
            max_threads: usize::MAX,
            max_open: usize::MAX,
            min_depth: 0,
            max_depth: usize::MAX,
            links: Links::Report,
            same_file_system: false,
            sorts: false,
            contents_first: false,
            filter: None,
            cancel: None,
        }
    }

    /// A further root.
    #[allow(clippy::should_implement_trait)] // it is the word of `ignore`'s builder
    pub fn add(mut self, root: impl Into<PathBuf>) -> Self {
        self.roots.push(root.into());
        self
    }

    /// What to look up of each entry. A walk must know kinds: [`Want::Names`] is no less work. With [`Want::Metadata`], lookups are spread
    /// over the walk's threads, and [`Entry::metadata`] has their answers.
    pub fn want(self, want: Want) -> Self {
        Self { want, ..self }
    }

    /// Looks up metadata, but only of entries of these kinds: for sizes of regular files, directories need not be asked.
    pub fn metadata_of(self, kinds: &[Kind]) -> Self {
        let kinds = kinds.iter().fold(0, |bits, &kind| bits | 1 << kind as u8);
        Self { want: Want::Metadata, kinds, ..self }
    }

    /// How many threads to use.
    pub fn threads(self, threads: Threads) -> Self {
        Self { threads, ..self }
    }

    /// The most threads that [`Threads::Auto`] may come to. Unasked, all walks of a process together use at most 256, and each at
    /// least as many as there are cores.
    pub fn max_threads(self, max_threads: usize) -> Self {
        Self { max_threads, ..self }
    }

    /// The most descriptors to have open at once; at least four are. Unasked, a walk takes half of what `ulimit -n`, the program
    /// and other walks leave.
    pub fn max_open(self, max_open: usize) -> Self {
        Self { max_open, ..self }
    }

    /// Entries nearer to the root than this are not reported, but entered: 0, the default, is the root, 1 what is in it. More than the
    /// greatest depth counts as that.
    ///
    /// With 1 or more a root is not looked at, but listed at once: one that is no directory is an error.
    pub fn min_depth(self, min_depth: usize) -> Self {
        Self { min_depth: min_depth.min(self.max_depth), ..self }
    }

    /// Entries further from the root than this are not listed. Less than the least depth counts as that.
    pub fn max_depth(self, max_depth: usize) -> Self {
        Self { max_depth: max_depth.max(self.min_depth), ..self }
    }

    /// Whether links are followed. Then an entry is what its link leads to, and directories there are walked. One that leads to nothing is
    /// an error; so is one that leads to a directory which it is in ([`Error::loop_ancestor`]).
    pub fn follow_links(self, follow_links: bool) -> Self {
        Self { links: if follow_links { Links::Follow } else { Links::Report }, ..self }
    }

    /// Whether to keep out of directories of another file system than the root's; they are reported. What is mounted there is neither
    /// opened nor waited for.
    pub fn same_file_system(self, same_file_system: bool) -> Self {
        Self { same_file_system, ..self }
    }

    /// Reports the entries of each directory by the bytes of their names. An iterator then goes depth first: a directory, what is in
    /// it, the next one. It reads one directory at a time, on the thread that iterates.
    pub fn sort_by_file_name(self) -> Self {
        Self { sorts: true, ..self }
    }

    /// An iterator gives a directory after what is in it: for removing a tree. It goes depth first, and reads one directory at a time, on
    /// the thread that iterates. Visitors have [`Visitor::leave`] for it.
    pub fn contents_first(self, contents_first: bool) -> Self {
        Self { contents_first, ..self }
    }

    /// Entries that `filter` refuses are neither reported nor entered. It is asked once for each entry that would be reported, by any
    /// of the walk's threads.
    ///
    /// ```
    /// use fswalk::Walk;
    ///
    /// let is_hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    /// let walk = Walk::new("src").filter_entry(move |entry| entry.depth() == 0 || !is_hidden(entry.file_name()));
    /// assert!(walk.into_iter().count() > 10);
    /// ```
    pub fn filter_entry(self, filter: impl Fn(&Entry<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self { filter: Some(Arc::new(filter)), ..self }
    }

    /// Ends early when `cancel` says so.
    pub fn cancel(self, cancel: &Cancel) -> Self {
        Self { cancel: Some(cancel.clone()), ..self }
    }

    /// Walks; each thread makes a visitor, and drops it when it ends. Returns when all have.
    ///
    /// # Panics
    /// With what a visitor panics with, whichever thread it is in, once all have ended.
    pub fn visit<V: Visitor>(&self, visitor: impl Fn() -> V + Sync) -> Summary {
        let walked = Walking::new(Arc::new(self.clone()), None).visit(&visitor);
        walked.expect("the walk's own lister opens nothing")
    }

    /// Walks; calls `found` with every entry and every error, from any of the walk's threads. It may answer what to do next, or
    /// nothing.
    ///
    /// ```
    /// use fswalk::Walk;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// let sources = AtomicU64::new(0);
    /// Walk::new("src").for_each(|found| {
    ///     if found.is_ok_and(|entry| entry.file_name().as_encoded_bytes().ends_with(b".rs")) {
    ///         sources.fetch_add(1, Ordering::Relaxed);
    ///     }
    /// });
    /// assert!(sources.into_inner() > 10);
    /// ```
    pub fn for_each<N: Into<Next>>(&self, found: impl Fn(Result<&Entry<'_>, Error>) -> N + Sync) {
        self.visit(|| Calling(|found_one: Result<&Entry<'_>, Error>| found(found_one).into()));
    }

    /// Walks with a state per thread: calls `fold` with it for every entry and every error, and hands the states back.
    ///
    /// ```
    /// use fswalk::{Kind, Walk};
    ///
    /// let walk = Walk::new("src").metadata_of(&[Kind::File]);
    /// let sizes = walk.fold(|| 0, |bytes, found| {
    ///     if let Ok(entry) = found && entry.file_type().is_file() {
    ///         *bytes += entry.metadata().map_or(0, |meta| meta.len());
    ///     }
    /// });
    /// assert!(sizes.into_iter().sum::<u64>() > 10_000);
    /// ```
    pub fn fold<T: Send, N: Into<Next>>(
        &self,
        init: impl Fn() -> T + Sync,
        fold: impl Fn(&mut T, Result<&Entry<'_>, Error>) -> N + Sync,
    ) -> Vec<T> {
        let states = Mutex::default();
        self.visit(|| Folding { state: Some(init()), fold: &fold, states: &states });
        into_inner(states)
    }

    /// Like [`Walk::visit`], but directories are listed as `open` says: each thread opens a lister of its own.
    ///
    /// # Errors
    /// When the first lister cannot be opened.
    #[doc(hidden)]
    pub fn visit_over<V: Visitor>(&self, open: &Open<'_>, visitor: impl Fn() -> V + Sync) -> Result<Summary, Error> {
        Walking::new(Arc::new(self.clone()), Some(open)).visit(&visitor)
    }

    /// Walks what is below the roots, and reports to sinks, one per thread, but for errors that `ignores` says: for what only counts or
    /// prints. An entry whose lookup failed is an error to a sink. Directories are listed as `open` says, if it does.
    ///
    /// # Errors
    /// When a root cannot be listed, or the first lister cannot be opened.
    #[doc(hidden)]
    pub fn report_over(
        &self,
        open: Option<&Open<'_>>,
        sinks: &dyn Sinks,
        ignores: &(dyn Fn(&Error) -> bool + Sync),
    ) -> Result<Summary, Error> {
        let failed = Mutex::new(None);
        let reporter = || Reporter { sink: sinks.sink(), ignores, failed: &failed };
        let walk = Self { min_depth: self.min_depth.max(1), ..self.clone() };
        let summary = Walking::new(Arc::new(walk), open).visit(&reporter)?;
        into_inner(failed).map_or(Ok(summary), Err)
    }

    /// The same, with the walk's own lister, and all errors.
    ///
    /// # Errors
    /// When a root cannot be listed.
    #[doc(hidden)]
    pub fn report(&self, sinks: &dyn Sinks) -> Result<Summary, Error> {
        self.report_over(None, sinks, &|_| false)
    }

    /// Whether the filter, if there is one, lets an entry through.
    #[inline]
    pub(super) fn takes(&self, entry: &Entry<'_>) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter(entry))
    }

    /// The lister that suits what is wanted.
    pub(super) fn lister(&self) -> Box<dyn Lister> {
        let reader = system::Reader::default();
        match self.want {
            Want::Metadata if self.kinds != u8::MAX => {
                Box::new(Pair { reader, lookup: OfKinds { kinds: self.kinds, lookup: system::Lookup::default() } })
            }
            Want::Metadata => Box::new(Pair { reader, lookup: system::Lookup::default() }),
            Want::Names | Want::Kinds => Box::new(Pair { reader, lookup: TypeOnly }),
        }
    }
}

impl IntoIterator for Walk {
    type Item = super::Item;
    type IntoIter = IntoIter;

    /// Gives entries and errors one after the other, in no promised order unless one was asked for. The walk begins on the thread that
    /// iterates; one that takes longer goes on in threads of its own, ahead of the reader by a bounded number of entries.
    /// Dropping the iterator ends the walk.
    fn into_iter(self) -> IntoIter {
        IntoIter::new(self)
    }
}

impl fmt::Debug for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk")
            .field("roots", &self.roots)
            .field("want", &self.want)
            .field("threads", &self.threads)
            .field("min_depth", &self.min_depth)
            .field("max_depth", &self.max_depth)
            .field("links", &self.links)
            .field("same_file_system", &self.same_file_system)
            .finish_non_exhaustive()
    }
}

/// Calls a closure.
struct Calling<F>(F);

impl<F: Fn(Result<&Entry<'_>, Error>) -> Next> Visitor for Calling<F> {
    type State = ();

    #[inline]
    fn entry(&mut self, entry: &Entry<'_>, (): &()) -> Next {
        (self.0)(Ok(entry))
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        flow((self.0)(Err(error)))
    }
}

/// Calls a closure with the thread's state, which it hands back when the thread ends.
struct Folding<'f, T, F> {
    state: Option<T>,
    fold: &'f F,
    states: &'f Mutex<Vec<T>>,
}

impl<T, N: Into<Next>, F: Fn(&mut T, Result<&Entry<'_>, Error>) -> N> Folding<'_, T, F> {
    #[inline]
    fn call(&mut self, found: Result<&Entry<'_>, Error>) -> Next {
        let state = self.state.as_mut().expect("it is taken when the visitor is dropped");
        (self.fold)(state, found).into()
    }
}

impl<T, N: Into<Next>, F: Fn(&mut T, Result<&Entry<'_>, Error>) -> N> Visitor for Folding<'_, T, F> {
    type State = ();

    #[inline]
    fn entry(&mut self, entry: &Entry<'_>, (): &()) -> Next {
        self.call(Ok(entry))
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        flow(self.call(Err(error)))
    }
}

impl<T, F> Drop for Folding<'_, T, F> {
    fn drop(&mut self) {
        lock(self.states).extend(self.state.take());
    }
}

fn flow(next: Next) -> ControlFlow<()> {
    if next == Next::Stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Reports to a sink, and goes everywhere.
struct Reporter<'s> {
    sink: Box<dyn Sink + Send + 's>,
    ignores: &'s (dyn Fn(&Error) -> bool + Sync),
    /// Why a root could not be listed.
    failed: &'s Mutex<Option<Error>>,
}

impl Visitor for Reporter<'_> {
    type State = ();

    #[inline]
    fn entry(&mut self, entry: &Entry<'_>, (): &()) -> Next {
        let flow = match entry.error() {
            None => self.sink.entry(entry.listed()),
            Some(error) => self.sink.error(error.again()),
        };
        match flow {
            ControlFlow::Continue(()) => Next::Enter,
            ControlFlow::Break(()) => Next::Stop,
        }
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        if error.depth() == 0 {
            lock(self.failed).get_or_insert(error);
            return ControlFlow::Continue(());
        }
        if (self.ignores)(&error) { ControlFlow::Continue(()) } else { self.sink.error(error) }
    }
}
