//! Directories that others wait in, linked to their parents: a path is put together when it is needed, so a thousand siblings share
//! one copy of it.

use fswalk::Error;
use fswalk::list::{Dir, Handle};
use fswalk::walk::Links;
use fswalk::walk::reopen::reopen;
use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Arc, OnceLock};

/// A directory.
pub struct Node {
    /// The one it is in; `None` of a root, and of what another rank gave.
    parent: Option<Arc<Self>>,
    /// Number of the root that it is below.
    pub root: u32,
    /// Below the parent; where there is none, below the root, several components at once. Empty for a root itself.
    name: Box<[u8]>,
    /// Open, so that what is in it is opened relative to it.
    kept: OnceLock<Kept>,
}

/// How many directories may be kept open.
pub struct Room(AtomicIsize);

impl Room {
    /// Room for so many.
    pub fn new(directories: usize) -> Arc<Self> {
        Arc::new(Self(AtomicIsize::new(isize::try_from(directories).unwrap_or(isize::MAX))))
    }
}

struct Kept {
    handle: Handle,
    room: Arc<Room>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.room.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Node {
    /// Root number `root`.
    pub fn root(root: u32) -> Arc<Self> {
        Self::given(root, b"")
    }

    /// What lies at `below` the root number `root`.
    pub fn given(root: u32, below: &[u8]) -> Arc<Self> {
        Arc::new(Self { parent: None, root, name: below.into(), kept: OnceLock::new() })
    }

    /// The directory `name` in `parent`.
    pub fn child(parent: &Arc<Self>, name: &[u8]) -> Arc<Self> {
        Arc::new(Self { parent: Some(Arc::clone(parent)), root: parent.root, name: name.into(), kept: OnceLock::new() })
    }

    /// Bytes that it takes while it waits.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + 2 * size_of::<usize>() + self.name.len()
    }

    /// Keeps it open; gives the handle back where there is no room. What is kept stays open as long as the node.
    pub fn keep(&self, handle: Handle, room: &Arc<Room>) -> Option<Handle> {
        if room.0.fetch_sub(1, Ordering::Relaxed) <= 0 {
            room.0.fetch_add(1, Ordering::Relaxed);
            return Some(handle);
        }
        // Another thread may have come first: then this one closes, and gives its room back.
        let _ = self.kept.set(Kept { handle, room: Arc::clone(room) });
        None
    }

    /// Its descriptor, if it is kept open.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.kept.get().map(|kept| kept.handle.as_fd())
    }

    /// Writes its path to `path`, after whatever is there: below the root, without a slash at either end.
    pub fn append_below(&self, path: &mut Vec<u8>) {
        let mut chain = vec![self];
        while let Some(parent) = chain.last().and_then(|node| node.parent.as_deref()) {
            chain.push(parent);
        }
        let start = path.len();
        for node in chain.iter().rev().filter(|node| !node.name.is_empty()) {
            if path.len() > start {
                path.push(b'/');
            }
            path.extend_from_slice(&node.name);
        }
    }

    /// Appends its path to `path`, which holds its root's.
    pub fn append_path(&self, path: &mut Vec<u8>) {
        let root_length = path.len();
        if path.last() != Some(&b'/') {
            path.push(b'/');
        }
        let start = path.len();
        self.append_below(path);
        if path.len() == start {
            path.truncate(root_length);
        }
    }

    /// Opens it for reading, at `path`, of which `root_length` bytes are the root's, and hands it to `use_it`. A parent that had to be
    /// found anew is kept open for its other children.
    pub fn open<R>(
        &self,
        path: &[u8],
        root_length: usize,
        room: &Arc<Room>,
        use_it: impl FnOnce(Dir<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let slash = match path.iter().rposition(|&byte| byte == b'/') {
            Some(slash) if path.len() > root_length => slash,
            _ => return use_it(Dir::root(Path::new(OsStr::from_bytes(path)))),
        };
        let name = &path[slash + 1..];
        let parent = self.parent.as_deref();
        if let Some(fd) = parent.and_then(Self::fd) {
            return use_it(Dir::child(fd, name, path, 0));
        }
        let above = reopen(&path[..slash.max(root_length)], root_length, Links::Report)?;
        let Some(parent) = parent else { return use_it(Dir::child(above.as_fd(), name, path, 0)) };
        match parent.keep(Handle::Fd(above), room) {
            None => {
                let fd = parent.fd().expect("a directory that is kept stays open as long as its node");
                use_it(Dir::child(fd, name, path, 0))
            }
            Some(above) => use_it(Dir::child(above.as_fd(), name, path, 0)),
        }
    }
}

impl Drop for Node {
    /// Link by link: a chain of 10,000, dropped by recursion, would overflow a stack.
    fn drop(&mut self) {
        let mut above = self.parent.take();
        while let Some(node) = above {
            above = Arc::into_inner(node).and_then(|mut node| node.parent.take());
        }
    }
}

/// Roots, as they were given, without slashes at their ends but for `/` itself.
pub fn trimmed(root: &Path) -> PathBuf {
    let bytes = root.as_os_str().as_bytes();
    let end = bytes.iter().rposition(|&byte| byte != b'/').map_or(1, |last| last + 1);
    PathBuf::from(OsStr::from_bytes(&bytes[..end.min(bytes.len())]))
}
