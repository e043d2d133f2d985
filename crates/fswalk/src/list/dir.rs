//! A directory to be listed: where it is, and its descriptor once somebody needed it.

use crate::error::Error;
use rustix::fs::{CWD, Mode, OFlags, openat};
use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A directory to be listed. It is opened when its descriptor is first asked for: a lister that goes by path, as
/// `std::fs` does, never pays for a descriptor, and one that needs another kind of handle puts it in ([`Dir::hold`]).
///
/// After the listing a walker keeps it, descriptor and all, for as long as it opens children relative to it.
pub struct Dir<'a> {
    /// Resolves `name`: the parent's descriptor, or the working directory.
    at: BorrowedFd<'a>,
    name: &'a [u8],
    path: &'a [u8],
    /// Where in `path` the part below the root starts.
    below: usize,
    links: Links,
    handle: Option<Handle>,
}

/// Whether a symbolic link in a directory's place is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Links {
    Follow,
    Refuse,
}

/// What keeps a directory open.
pub enum Handle {
    /// Its descriptor.
    Fd(OwnedFd),
    /// Something that took the descriptor over, such as libc's `DIR`.
    Held(Box<dyn AsFd + Send + Sync>),
}

impl<'a> Dir<'a> {
    /// The root of a listing. A link is followed, as it is when named on a command line.
    pub fn root(path: &'a Path) -> Self {
        let path = path.as_os_str().as_bytes();
        Self { at: CWD, name: path, path, below: path.len(), links: Links::Follow, handle: None }
    }

    /// A directory found below a root: `path` whole, of which the part from `below` on is below the root. It is opened by
    /// `path`. Where a link has taken its place it is refused.
    pub fn by_path(path: &'a [u8], below: usize) -> Self {
        Self { at: CWD, name: path, path, below, links: Links::Refuse, handle: None }
    }

    /// The same, opened by `name` relative to its open `parent`.
    pub fn child(parent: BorrowedFd<'a>, name: &'a [u8], path: &'a [u8], below: usize) -> Self {
        Self { at: parent, name, path, below, links: Links::Refuse, handle: None }
    }

    /// The same, a link in its place being followed.
    pub fn followed(self) -> Self {
        Self { links: Links::Follow, ..self }
    }

    /// The whole path: the root as the user named it, and what is below it.
    pub fn path(&self) -> &'a [u8] {
        self.path
    }

    /// The part below the root: what [`super::Entry::dir`] wants.
    pub fn below(&self) -> &'a [u8] {
        // A root's own path ends before the slash that `below` counts.
        self.path.get(self.below..).unwrap_or_default()
    }

    /// An error of `call` on this directory.
    pub fn error(&self, call: &'static str, source: impl Into<std::io::Error>) -> Error {
        Error::at(call, self.path, source)
    }

    /// The descriptor, opened now if nobody has before.
    ///
    /// # Errors
    /// openat(2)'s.
    pub fn fd(&mut self) -> Result<BorrowedFd<'_>, Error> {
        if self.handle.is_none() {
            self.handle = Some(Handle::Fd(self.open()?));
        }
        // Some by the lines above; `at` stands in where the type cannot say so.
        Ok(self.handle.as_ref().map_or(self.at, AsFd::as_fd))
    }

    /// The descriptor, given away to an interface that takes it over. That interface comes back through [`Dir::hold`], or
    /// the directory is opened again when next needed.
    ///
    /// # Errors
    /// openat(2)'s.
    pub fn take(&mut self) -> Result<OwnedFd, Error> {
        match self.handle.take() {
            Some(Handle::Fd(fd)) => Ok(fd),
            _ => self.open(),
        }
    }

    /// Keeps `holder`, which has this directory open, in place of a descriptor.
    pub fn hold(&mut self, holder: impl AsFd + Send + Sync + 'static) {
        self.handle = Some(Handle::Held(Box::new(holder)));
    }

    /// What keeps it open, for opening its children.
    ///
    /// # Errors
    /// openat(2)'s.
    pub fn into_handle(mut self) -> Result<Handle, Error> {
        match self.handle.take() {
            Some(handle) => Ok(handle),
            None => self.open().map(Handle::Fd),
        }
    }

    fn open(&self) -> Result<OwnedFd, Error> {
        let links = if self.links == Links::Refuse { OFlags::NOFOLLOW } else { OFlags::empty() };
        openat(self.at, self.name, OPEN | links, Mode::empty()).map_err(|errno| self.error("openat", errno))
    }
}

/// How a directory is opened to be read; a link is followed, as opendir(3) does.
pub const OPEN: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

/// An error of `call` on the entry `name` of the directory at `dir`.
pub fn entry_error(call: &'static str, dir: &[u8], name: &[u8], source: impl Into<std::io::Error>) -> Error {
    Error::new(call, Path::new(OsStr::from_bytes(dir)).join(OsStr::from_bytes(name)), source)
}

impl AsFd for Handle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Fd(fd) => fd.as_fd(),
            Self::Held(held) => (**held).as_fd(),
        }
    }
}
