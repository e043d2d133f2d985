//! The root of a tree to make: a directory that is no link, and that nobody else has put anything into.

use crate::error::{Error, reason};
use rustix::fs::{
    AtFlags, CWD, FileType, FlockOperation, Mode, OFlags, RawDir, StatxFlags, flock, mkdirat, openat, statat, statx,
};
use rustix::io::{Errno, retry_on_intr};
use serde::{Deserialize, Serialize};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Who made a tree's root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// [`super::generate`] did; so [`super::remove`] removes it.
    Made,
    /// It was there, empty; so it stays.
    Found,
}

/// Permissions of directories: such as every usual umask leaves alone.
pub(super) const DIRECTORY_MODE: Mode = Mode::from_raw_mode(0o755);

/// Which directory a root is, as nobody can make another one: a manifest proves something about this one only. It stays
/// the same when a tree is moved within its file system, not when it is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Inode number.
    pub inode: u64,
    /// When it was made, nanoseconds since 1970, where the file system knows.
    pub born_ns: Option<i64>,
}

impl Identity {
    /// That of an open directory.
    pub(super) fn of(root: &Path, fd: &OwnedFd) -> Result<Self, Error> {
        let stat = statx(fd, c"", AtFlags::EMPTY_PATH, StatxFlags::INO | StatxFlags::BTIME)
            .map_err(|errno| Error::new("statx", root, errno))?;
        let has_birth = stat.stx_mask & StatxFlags::BTIME.bits() != 0;
        let born = stat.stx_btime;
        let born_ns = born.tv_sec.checked_mul(1_000_000_000).and_then(|ns| ns.checked_add(born.tv_nsec.into()));
        Ok(Self { inode: stat.stx_ino, born_ns: born_ns.filter(|_| has_birth) })
    }
}

/// Makes `root`, or takes it if it is an empty directory. As long as the descriptor is open, nobody else can.
///
/// # Errors
/// When it cannot be made, or is something else, or somebody else is about to fill it. A symbolic link is something
/// else: that which it leads to may be another directory by the time the tree is to be removed.
pub(super) fn claim(root: &Path) -> Result<(OwnedFd, Origin), Error> {
    let origin = match mkdirat(CWD, root, DIRECTORY_MODE) {
        Ok(()) => Origin::Made,
        Err(Errno::EXIST) => Origin::Found,
        Err(errno) => return Err(Error::new("mkdirat", root, errno)),
    };
    let fd = open(root)?;
    if let (Lock::Impossible(errno), Origin::Found) = (lock(root, &fd)?, origin) {
        // What we have just made is ours without a lock: mkdirat makes a directory once.
        let why = format!(
            "{}: it is there and cannot be locked, so another may be filling it: give a name that is not there",
            reason(&errno.into())
        );
        return Err(Error::other("flock", root, why));
    }
    // Whoever had it before may have filled it.
    if is_empty(root, &fd)? { Ok((fd, origin)) } else { Err(Error::new("mkdirat", root, Errno::NOTEMPTY)) }
}

/// Whether others are kept away.
pub(super) enum Lock {
    Held,
    /// The file system knows no locks, or its lock server is not there.
    Impossible(Errno),
}

/// Keeps everybody else on this machine from making or removing a tree at `root` as long as the descriptor is open.
///
/// # Errors
/// When somebody else does.
pub(super) fn lock(root: &Path, fd: &OwnedFd) -> Result<Lock, Error> {
    match retry_on_intr(|| flock(fd, FlockOperation::NonBlockingLockExclusive)) {
        Ok(()) => Ok(Lock::Held),
        Err(Errno::AGAIN) => Err(Error::other("flock", root, "another fsbench is making or removing a tree there")),
        Err(errno) => Ok(Lock::Impossible(errno)),
    }
}

/// Opens `root`, which must be a directory and no link to one.
pub(super) fn open(root: &Path) -> Result<OwnedFd, Error> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(CWD, root, flags, Mode::empty()).map_err(|errno| {
        // With both flags the kernel calls a link "not a directory", which puzzles who sees a directory there.
        let stat = statat(CWD, root, AtFlags::SYMLINK_NOFOLLOW);
        if stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink) {
            return Error::other("openat", root, "is a symbolic link: name the directory itself");
        }
        Error::new("openat", root, errno)
    })
}

fn is_empty(root: &Path, fd: &OwnedFd) -> Result<bool, Error> {
    let mut buffer = [MaybeUninit::uninit(); 1024];
    let mut entries = RawDir::new(fd, &mut buffer);
    while let Some(entry) = crate::list::getdents::next(&mut entries) {
        let entry = entry.map_err(|errno| Error::new("getdents64", root, errno))?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The root's path without what would make the kernel follow a link in its place: slashes and `.` at its end.
///
/// # Errors
/// When its last name is `..` or it has none (`/`, `.`): there is no place beside it for a manifest.
pub(super) fn named(root: &Path) -> Result<&Path, Error> {
    match root.file_name() {
        Some(_) => Ok(root.components().as_path()),
        None => {
            Err(Error::other("gen", root, "a tree's folder needs a name of its own, which a manifest can lie beside"))
        }
    }
}

/// Where the manifest of the tree at `root` lies: beside it, as `ROOT.fsbench.json`.
pub(super) fn manifest_path(root: &Path) -> PathBuf {
    let mut path = root.as_os_str().to_owned();
    path.push(".fsbench.json");
    path.into()
}
