//! Who a walk reports to, and what it says of itself in the end.

use super::ahead::Ahead;
use super::entry::Entry;
use super::node::Node;
use crate::error::Error;
use crate::list::Kind;
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::ops::ControlFlow;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

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

impl From<()> for Next {
    /// Whoever says nothing goes everywhere.
    fn from((): ()) -> Self {
        Self::Enter
    }
}

/// Receives what one thread finds. Each thread makes one, and drops it when it ends.
///
/// For each directory, `enter` comes first, then the entries in it, then, when everything below it has ended, `leave`. The entries of one
/// directory come to one visitor, one after the other, unless the directory is so large that threads share it. What is below
/// a directory may come to other visitors, and so may its `leave`.
///
/// What a directory hands down to everything below it is its [`Visitor::State`]: the ignore rules that hold there, a total to add to.
pub trait Visitor {
    /// What a visitor keeps of a directory from `enter` to `leave`; `()` where that is nothing.
    type State: Default + Send + Sync;

    /// Whether a directory is read to its end before `enter`, so that [`Directory::entries`] has its names. It costs a copy of
    /// each name, and a large directory is then read by one thread.
    const READS_AHEAD: bool = false;

    /// A directory was opened and will be listed. `above`: the state of the directory that it is in; `None` for a root. Without a state
    /// in the answer it is left as it is: no entry in it is reported, and no `leave`.
    fn enter(&mut self, _directory: &Directory<'_>, _above: Option<&Self::State>) -> Option<Self::State> {
        Some(Self::State::default())
    }

    /// One entry of the directory that has this state; a root comes with the default. It borrows buffers: what is to be kept must be
    /// copied.
    fn entry(&mut self, entry: &Entry<'_>, state: &Self::State) -> Next;

    /// A directory and everything below it have ended. `above` is as in `enter`. A walk that was stopped does not tell of those
    /// that it was in.
    fn leave(&mut self, _directory: &Directory<'_>, _state: Self::State, _above: Option<&Self::State>) {}

    /// A directory, a link or a root could not be had; [`Error::depth`] says how far down. `Break` ends the walk.
    fn error(&mut self, error: Error) -> ControlFlow<()>;

    /// The entry just reported, or, unless it was, one nearer to the root than what is asked for, is a directory that will be entered.
    #[doc(hidden)]
    #[inline]
    fn descends(&mut self, _is_reported: bool) {}

    /// A directory, or this thread's part of a large one, has been listed: the time to hand on what was collected. `Break` ends
    /// the walk.
    fn listed(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// A directory that a walk enters or leaves.
pub struct Directory<'a> {
    pub(super) place: Place<'a>,
    pub(super) root: &'a [u8],
    pub(super) depth: usize,
    pub(super) fd: Option<BorrowedFd<'a>>,
    pub(super) ahead: Option<&'a Ahead>,
}

/// Where a directory's path is.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Path(&'a [u8]),
    /// To be put together.
    Above(&'a dyn WritePath),
}

/// Puts a path together.
pub(super) trait WritePath {
    fn write(&self, path: &mut Vec<u8>);
}

/// A node, and the path of its root.
pub(super) struct Rooted<'a, S>(pub(super) &'a Node<S>, pub(super) &'a [u8]);

impl<S> WritePath for Rooted<'_, S> {
    fn write(&self, path: &mut Vec<u8>) {
        self.0.write_path(self.1, path);
    }
}

impl Directory<'_> {
    /// Its path: the root as it was given, and what is below it. In `leave` it may have to be put together.
    #[must_use]
    pub fn path(&self) -> Cow<'_, Path> {
        match self.place {
            Place::Path(path) => Cow::Borrowed(Path::new(OsStr::from_bytes(path))),
            Place::Above(above) => {
                let mut path = Vec::new();
                above.write(&mut path);
                Cow::Owned(PathBuf::from(std::ffi::OsString::from(OsStr::from_bytes(&path))))
            }
        }
    }

    /// The root that it is, or is below, as it was given.
    #[must_use]
    pub fn root(&self) -> &Path {
        Path::new(OsStr::from_bytes(self.root))
    }

    /// 0 for a root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Its descriptor, to open what is in it; `None` once it is left.
    #[must_use]
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.fd
    }

    /// In `enter`, the names and kinds of what is in it, where [`Visitor::READS_AHEAD`] says so, or the walk sorts; else nothing.
    pub fn entries(&self) -> impl Iterator<Item = (&OsStr, Kind)> {
        self.ahead.into_iter().flat_map(Ahead::names)
    }
}

impl fmt::Debug for Directory<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("path", &self.path()).field("depth", &self.depth).finish_non_exhaustive()
    }
}

/// How a walk went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// How many threads there were from when on, since the start.
    pub threads: Vec<(Duration, usize)>,
}
