//! An entry as a walk finds it: borrowed, for visitors and closures, or owned, from an iterator.

use crate::error::Error;
use crate::list::{self, Kind, Meta};
use crate::system::look_up;
use rustix::fs::CWD;
use std::ffi::OsStr;
use std::fmt;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// One entry, borrowed from the buffers of the thread that found it.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    /// What its directory and perhaps a lookup say of it; of a link that was followed, what they say of its target.
    pub(super) listed: &'a list::Entry<'a>,
    /// Why there is no more.
    pub(super) error: Option<&'a Error>,
    pub(super) dir: Option<BorrowedFd<'a>>,
    pub(super) root: &'a [u8],
    pub(super) depth: usize,
    /// It is a link that was followed.
    pub(super) is_link: bool,
}

impl<'a> Entry<'a> {
    /// Its path: the root as it was given, and what is below it.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        let mut path = Vec::new();
        self.append_path(&mut path);
        PathBuf::from(OsStr::from_bytes(&path))
    }

    /// Appends its path to `bytes`, without an allocation where there is room.
    pub fn append_path(&self, bytes: &mut Vec<u8>) {
        let Self { root, listed: list::Entry { dir, name, .. }, .. } = *self;
        bytes.reserve(root.len() + dir.len() + name.len() + 2);
        bytes.extend_from_slice(root);
        if self.depth == 0 {
            return;
        }
        if !root.ends_with(b"/") {
            bytes.push(b'/');
        }
        if !dir.is_empty() {
            bytes.extend_from_slice(dir);
            bytes.push(b'/');
        }
        bytes.extend_from_slice(name);
    }

    /// The root that it is below, as it was given.
    #[must_use]
    pub fn root(&self) -> &'a Path {
        Path::new(OsStr::from_bytes(self.root))
    }

    /// The directory that it is in, below the root: empty for the root's own entries.
    #[must_use]
    pub fn parent_below_root(&self) -> &'a Path {
        Path::new(OsStr::from_bytes(self.listed.dir))
    }

    /// Its name; of a root, the last part of its path, or all of it where it ends in `..` or `/`.
    #[must_use]
    pub fn file_name(&self) -> &'a OsStr {
        OsStr::from_bytes(self.listed.name)
    }

    /// What it is. Of a link that was followed, what its target is.
    #[must_use]
    pub fn file_type(&self) -> Kind {
        self.listed.kind
    }

    /// Whether it is a symbolic link, followed or not.
    #[must_use]
    pub fn path_is_symlink(&self) -> bool {
        self.is_link || self.listed.kind == Kind::Symlink
    }

    /// How far below its root it is: 0 for the root, 1 for what is in it.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Its inode number, as the directory gives it: of a mount point, the covered directory's.
    #[must_use]
    pub fn ino(&self) -> u64 {
        self.listed.ino
    }

    /// The directory that it is in, open: for calls like openat(2), which are quicker than a whole path and can't be misled by it. `None`
    /// for a root.
    #[must_use]
    pub fn dir_fd(&self) -> Option<BorrowedFd<'a>> {
        self.dir
    }

    /// Its metadata: what the walk looked up ([`super::Walk::want`]), or else what is looked up now. Links are followed where the walk
    /// follows them.
    ///
    /// # Errors
    /// statx(2)'s.
    pub fn metadata(&self) -> Result<Meta, Error> {
        match (self.listed.meta, self.error) {
            (Some(meta), _) => Ok(*meta),
            (None, Some(error)) => Err(error.again()),
            (None, None) => {
                let (dir, name) = match self.dir {
                    Some(dir) => (dir, self.listed.name),
                    None => (CWD, self.root),
                };
                look_up(dir, name, self.is_link)
                    .map_err(|errno| Error::new("statx", self.path(), errno).at_depth(self.depth))
            }
        }
    }

    /// Why its lookup failed, where the walk looked and could not see: the entry is there all the same.
    #[must_use]
    pub fn error(&self) -> Option<&'a Error> {
        self.error
    }

    /// As the lister gave it.
    #[doc(hidden)]
    #[must_use]
    pub fn listed(&self) -> &'a list::Entry<'a> {
        self.listed
    }

    /// The same, which borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> DirEntry {
        let mut path = Vec::new();
        self.append_path(&mut path);
        let found = match (self.listed.meta, self.error) {
            (Some(meta), _) => Some(Box::new(Ok(*meta))),
            (None, Some(error)) => Some(Box::new(Err(error.again()))),
            (None, None) => None,
        };
        DirEntry {
            path: PathBuf::from(OsStr::from_bytes(&path)),
            name_length: self.listed.name.len(),
            depth: self.depth,
            ino: self.listed.ino,
            found,
            kind: self.listed.kind,
            is_link: self.is_link,
        }
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("path", &self.path())
            .field("file_type", &self.file_type())
            .finish_non_exhaustive()
    }
}

/// One entry, which borrows nothing; what an iterator gives.
pub struct DirEntry {
    path: PathBuf,
    name_length: usize,
    depth: usize,
    ino: u64,
    /// What a lookup said, where there was one.
    found: Option<Box<Result<Meta, Error>>>,
    kind: Kind,
    is_link: bool,
}

impl DirEntry {
    /// Its path: the root as it was given, and what is below it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same, given away.
    #[must_use]
    pub fn into_path(self) -> PathBuf {
        self.path
    }

    /// Its name; of a root, the last part of its path, or all of it where it ends in `..` or `/`.
    #[must_use]
    pub fn file_name(&self) -> &OsStr {
        let path = self.path.as_os_str().as_bytes();
        let name = if self.depth == 0 { name_of_root(path) } else { &path[path.len() - self.name_length..] };
        OsStr::from_bytes(name)
    }

    /// What it is. Of a link that was followed, what its target is.
    #[must_use]
    pub fn file_type(&self) -> Kind {
        self.kind
    }

    /// Whether it is a symbolic link, followed or not.
    #[must_use]
    pub fn path_is_symlink(&self) -> bool {
        self.is_link || self.kind == Kind::Symlink
    }

    /// How far below its root it is: 0 for the root, 1 for what is in it.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Its inode number, as the directory gives it: of a mount point, the covered directory's.
    #[must_use]
    pub fn ino(&self) -> u64 {
        self.ino
    }

    /// Its metadata: what the walk looked up ([`super::Walk::want`]), or else what is looked up now. Links are followed where the walk
    /// follows them.
    ///
    /// # Errors
    /// statx(2)'s.
    pub fn metadata(&self) -> Result<Meta, Error> {
        match self.found.as_deref() {
            Some(Ok(meta)) => Ok(*meta),
            Some(Err(error)) => Err(error.again()),
            None => look_up(CWD, self.path.as_os_str().as_bytes(), self.is_link)
                .map_err(|errno| Error::new("statx", &self.path, errno).at_depth(self.depth)),
        }
    }
}

impl fmt::Debug for DirEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirEntry").field("path", &self.path).field("file_type", &self.kind).finish_non_exhaustive()
    }
}

/// The name of a root.
pub(super) fn name_of_root(root: &[u8]) -> &[u8] {
    Path::new(OsStr::from_bytes(root)).file_name().map_or(root, OsStrExt::as_bytes)
}
