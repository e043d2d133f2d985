//! The oracle's own way through a tree: each directory opened relative to the one that holds it, read by getdents64(2)
//! and decoded by code of its own, its entries looked up by fstatat(2).
//!
//! No path is ever given to the kernel but the root's, so PATH_MAX limits nothing. Nor does the number of descriptors:
//! only those of the last [`KEPT`] levels stay open. Those above are opened again on the way back up, by `..` and held
//! against the device and inode that they had, or else, where something was moved, name by name from the root.

use crate::list::{Kind, Meta};
use crate::strategy::Level;
use crate::sys::getdents::{first_record, getdents64};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, openat, statat};
use rustix::io::{Errno, retry_on_intr};
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// Levels whose directories stay open.
const KEPT: usize = 32;

/// An entry as the directory has it.
pub(super) struct Found<'f> {
    at: BorrowedFd<'f>,
    c_name: &'f CStr,
    /// The directory, below the root.
    pub(super) dir: &'f [u8],
    /// Its name.
    pub(super) name: &'f [u8],
    /// `d_type`.
    pub(super) by_type: Kind,
}

impl Found<'_> {
    /// What fstatat(2) says of it, a link not followed.
    pub(super) fn lookup(&self) -> Result<Meta, Errno> {
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
        retry_on_intr(|| statat(self.at, self.c_name, flags)).map(|stat| Meta::from(&stat))
    }

    /// The kind of what it leads to.
    pub(super) fn followed(&self) -> Result<Kind, Errno> {
        retry_on_intr(|| statat(self.at, self.c_name, AtFlags::empty())).map(|stat| Kind::from_mode(stat.st_mode))
    }

    /// Below the root.
    pub(super) fn path(&self) -> Vec<u8> {
        join(self.dir, self.name)
    }
}

/// What a walk tells.
pub(super) trait Visit {
    /// An entry; answers what it is, since directories are walked into.
    fn entry(&mut self, found: &Found<'_>) -> Kind;
    /// A directory, about to be read: when an entry came to it or went last, in nanoseconds (the modification time).
    fn directory(&mut self, below: &[u8], changed_ns: i128);
    /// A directory below the root could not be opened or read any further.
    fn error(&mut self, call: &'static str, below: &[u8], errno: Errno);
}

/// A walk under way.
pub(super) struct Walk<'r> {
    root: &'r Path,
    level: Level,
    frames: Vec<Frame>,
    /// The path below the root of the last frame's directory.
    below: Vec<u8>,
    buffer: Vec<u8>,
    /// The root, opened and not yet read.
    first: Option<OwnedFd>,
}

/// A directory that was read, whose own directories are walked into one after the other.
struct Frame {
    /// Open while it is among the last [`KEPT`]: of the last frame always.
    fd: Option<OwnedFd>,
    id: (u64, u64),
    name: CString,
    pending: Vec<CString>,
    /// How long `below` is for its parent.
    parent_length: usize,
}

impl<'r> Walk<'r> {
    pub(super) fn new(root: &'r Path, level: Level) -> Result<Self, Errno> {
        let first = retry_on_intr(|| openat(CWD, root, flags() - OFlags::NOFOLLOW, Mode::empty()))?;
        Ok(Self { root, level, frames: Vec::new(), below: Vec::new(), buffer: vec![0; 1 << 16], first: Some(first) })
    }

    /// Reads one more directory; whether there may be another.
    ///
    /// # Errors
    /// The root cannot be read: the call, and why.
    pub(super) fn step(&mut self, visit: &mut impl Visit) -> Result<bool, (&'static str, Errno)> {
        if let Some(root) = self.first.take() {
            let pending = self.read(root.as_fd(), visit).map_err(|(errno, _)| ("getdents64", errno))?;
            self.push(root, CString::default(), pending, 0).map_err(|errno| ("fstat", errno))?;
            return Ok(true);
        }
        let Some(name) = self.frames.last_mut().and_then(|frame| frame.pending.pop()) else {
            return Ok(self.up(visit));
        };
        let parent_length = self.below.len();
        self.below = join(&self.below, name.to_bytes());
        let child = match self.open(&name) {
            Ok(child) => child,
            Err(errno) => {
                visit.error("openat", &self.below, errno);
                self.below.truncate(parent_length);
                return Ok(true);
            }
        };
        let pending = self.read(child.as_fd(), visit).unwrap_or_else(|(errno, pending)| {
            visit.error("getdents64", &self.below, errno);
            pending
        });
        if pending.is_empty() {
            self.below.truncate(parent_length);
        } else if let Err(errno) = self.push(child, name, pending, parent_length) {
            visit.error("fstat", &self.below, errno);
            self.below.truncate(parent_length);
        }
        Ok(true)
    }

    /// Opens a directory in the last frame's. Where descriptors are few, fewer are kept.
    fn open(&mut self, name: &CStr) -> Result<OwnedFd, Errno> {
        loop {
            let at = self.frames.last().and_then(|frame| frame.fd.as_ref()).ok_or(Errno::BADF)?;
            match retry_on_intr(|| openat(at, name, flags(), Mode::empty())) {
                Err(Errno::MFILE | Errno::NFILE) => {
                    let above = self.frames.len() - 1;
                    let kept = self.frames.iter_mut().take(above).find(|frame| frame.fd.is_some());
                    kept.ok_or(Errno::MFILE)?.fd = None;
                }
                opened => return opened,
            }
        }
    }

    fn push(&mut self, fd: OwnedFd, name: CString, pending: Vec<CString>, parent: usize) -> Result<(), Errno> {
        let stat = retry_on_intr(|| fstat(&fd))?;
        let id = (stat.st_dev, stat.st_ino);
        self.frames.push(Frame { fd: Some(fd), id, name, pending, parent_length: parent });
        let closed = self.frames.len().checked_sub(KEPT + 1).and_then(|index| self.frames.get_mut(index));
        if let Some(frame) = closed {
            frame.fd = None;
        }
        Ok(())
    }

    /// Leaves the last frame's directory; whether one is left above it.
    fn up(&mut self, visit: &mut impl Visit) -> bool {
        let Some(left) = self.frames.pop() else { return false };
        self.below.truncate(left.parent_length);
        let Some(above) = self.frames.last() else { return false };
        if above.fd.is_some() {
            return true;
        }
        let id = above.id;
        let by_dots = left.fd.and_then(|fd| retry_on_intr(|| openat(&fd, "..", flags(), Mode::empty())).ok());
        let again = by_dots.filter(|fd| is(fd, id)).map_or_else(|| self.reopened(), Ok);
        let Some(above) = self.frames.last_mut() else { return false };
        match again {
            Ok(fd) => above.fd = Some(fd),
            Err(errno) => {
                for name in std::mem::take(&mut above.pending) {
                    visit.error("openat", &join(&self.below, name.to_bytes()), errno);
                }
            }
        }
        true
    }

    /// The last frame's directory, opened name by name.
    fn reopened(&self) -> Result<OwnedFd, Errno> {
        let mut fd = retry_on_intr(|| openat(CWD, self.root, flags() - OFlags::NOFOLLOW, Mode::empty()))?;
        for frame in self.frames.iter().skip(1) {
            fd = retry_on_intr(|| openat(&fd, &*frame.name, flags(), Mode::empty()))?;
        }
        let id = self.frames.last().map(|frame| frame.id);
        if id.is_some_and(|id| is(&fd, id)) { Ok(fd) } else { Err(Errno::NOENT) }
    }

    /// Reads a directory to its end; answers the directories in it that are to be walked into.
    fn read(&mut self, dir: BorrowedFd<'_>, visit: &mut impl Visit) -> Result<Vec<CString>, (Errno, Vec<CString>)> {
        let Self { below, buffer, level, .. } = self;
        let mut directories = Vec::new();
        if let Ok(stat) = retry_on_intr(|| fstat(dir)) {
            visit.directory(below, i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec));
        }
        loop {
            let length = match getdents64(dir, buffer) {
                Ok(0) => return Ok(directories),
                Ok(length) => length,
                Err(error) => match Errno::from_io_error(&error) {
                    Some(Errno::INTR) => continue,
                    // The directory was removed meanwhile: nothing is left of it, as readdir(3) has it.
                    Some(Errno::NOENT) => return Ok(directories),
                    errno => return Err((errno.unwrap_or(Errno::IO), directories)),
                },
            };
            let mut rest = &buffer[..length];
            while !rest.is_empty() {
                // What makes no sense is an error: the judge may not be short of entries without a word.
                let Some((record, after)) = first_record(rest) else { return Err((Errno::IO, directories)) };
                rest = after;
                let c_name = record.name;
                let name = c_name.to_bytes();
                if matches!(name, b"." | b"..") {
                    continue;
                }
                let kind = visit.entry(&Found {
                    at: dir,
                    c_name,
                    dir: below,
                    name,
                    by_type: Kind::from_d_type(record.d_type),
                });
                if kind == Kind::Directory && *level == Level::Tree {
                    directories.push(c_name.to_owned());
                }
            }
        }
    }
}

fn is(fd: &OwnedFd, id: (u64, u64)) -> bool {
    fstat(fd).is_ok_and(|stat| (stat.st_dev, stat.st_ino) == id)
}

fn flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}

/// A path below the root, of a directory there and a name in it.
pub(in crate::measure) fn join(dir: &[u8], name: &[u8]) -> Vec<u8> {
    let separator: &[u8] = if dir.is_empty() { b"" } else { b"/" };
    [dir, separator, name].concat()
}
