//! Compares what is there with the plan: whether an entry is as it was made, and which entries a directory has besides.

use super::finding::Deviation;
use super::plan::Plan;
use super::shape::What;
use crate::list::Kind;
use rustix::fs::SeekFrom;
use rustix::fs::{
    AtFlags, Mode, OFlags, RawDir, ResolveFlags, StatxFlags, fstat, openat, openat2, readlinkat, seek, statx,
};
use rustix::io::Errno;
use std::collections::HashSet;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// A call that failed, by its name.
pub(super) type Failed = (&'static str, Errno);

/// The buffer that directories are read into.
const BUFFER_BYTES: usize = 64 * 1024;

/// How `name` in `dir` differs from `what` was made there; `None` if it does not.
pub(super) fn deviation(dir: BorrowedFd<'_>, name: &[u8], what: What) -> Result<Option<Deviation>, Failed> {
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    let stat = match statx(dir, name, flags, StatxFlags::TYPE | StatxFlags::SIZE) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(Some(Deviation::Missing)),
        Err(errno) => return Err(("statx", errno)),
    };
    let (found, made) = (Kind::from_mode(stat.stx_mode.into()), what.kind());
    if found != made {
        return Ok(Some(Deviation::Kind { found, made }));
    }
    Ok(match what {
        What::File | What::HardLink(_) if stat.stx_size > 0 => Some(Deviation::Written { size_bytes: stat.stx_size }),
        What::Symlink(target) => other_target(dir, name, target.as_bytes())?,
        What::Loop => other_target(dir, name, name)?,
        _ => None,
    })
}

fn other_target(dir: BorrowedFd<'_>, name: &[u8], made: &[u8]) -> Result<Option<Deviation>, Failed> {
    let target = readlinkat(dir, name, Vec::new()).map_err(|errno| ("readlinkat", errno))?;
    Ok((target.to_bytes() != made).then_some(Deviation::Target))
}

/// Whether there is anything of that name.
pub(super) fn is_there(dir: BorrowedFd<'_>, name: &[u8]) -> Result<bool, Failed> {
    match statx(dir, name, AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT, StatxFlags::TYPE) {
        Ok(_) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(("statx", errno)),
    }
}

/// Whether `name` and `target` are one file.
pub(super) fn same_file(dir: BorrowedFd<'_>, name: &[u8], target: &[u8]) -> Result<bool, Failed> {
    let ino = |name: &[u8]| {
        let stat = statx(dir, name, AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT, StatxFlags::INO);
        stat.map(|stat| stat.stx_ino).map_err(|errno| ("statx", errno))
    };
    Ok(ino(name)? == ino(target)?)
}

/// Opens a directory of a tree: the one of that name in `parent`, not one that a link leads to or that is mounted
/// there.
pub(super) fn open(parent: BorrowedFd<'_>, name: &[u8]) -> Result<OwnedFd, Failed> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let within = ResolveFlags::NO_XDEV | ResolveFlags::NO_SYMLINKS | ResolveFlags::BENEATH;
    match openat2(parent, name, flags, Mode::empty(), within) {
        // Before Linux 5.6, or where a filter does not know the call: then a bind mount of the same file system cannot
        // be told from a directory. What would be removed from it is still only what is as it was made.
        Err(Errno::NOSYS) => {
            let fd = openat(parent, name, flags, Mode::empty()).map_err(|errno| ("openat", errno))?;
            let device = |fd: BorrowedFd<'_>| fstat(fd).map(|stat| stat.st_dev).map_err(|errno| ("fstat", errno));
            if device(parent)? == device(fd.as_fd())? { Ok(fd) } else { Err(("openat", Errno::XDEV)) }
        }
        other => other.map_err(|errno| ("openat2", errno)),
    }
}

/// What it means for a planned directory that [`open`] failed.
pub(super) fn not_opened(dir: BorrowedFd<'_>, name: &[u8], failed: Failed) -> Result<Deviation, Failed> {
    match failed.1 {
        Errno::NOENT => Ok(Deviation::Missing),
        Errno::XDEV => Ok(Deviation::Mount),
        Errno::NOTDIR | Errno::LOOP => {
            let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
            let stat = statx(dir, name, flags, StatxFlags::TYPE).map_err(|errno| ("statx", errno))?;
            Ok(Deviation::Kind { found: Kind::from_mode(stat.stx_mode.into()), made: Kind::Directory })
        }
        _ => Err(failed),
    }
}

/// Hands every name in `dir` to `each`, from the start.
pub(super) fn read(dir: BorrowedFd<'_>, mut each: impl FnMut(&[u8])) -> Result<(), Failed> {
    seek(dir, SeekFrom::Start(0)).map_err(|errno| ("lseek", errno))?;
    let mut buffer: Box<[MaybeUninit<u8>]> = Box::new_uninit_slice(BUFFER_BYTES);
    let mut entries = RawDir::new(dir, &mut buffer);
    while let Some(entry) = crate::list::getdents::next(&mut entries) {
        let entry = entry.map_err(|errno| ("getdents64", errno))?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") {
            each(name);
        }
    }
    Ok(())
}

/// The names in `dir` that the plan has not.
pub(super) fn foreign(plan: &Plan, index: u32, dir: BorrowedFd<'_>) -> Result<HashSet<Vec<u8>>, Failed> {
    let mut names = HashSet::new();
    read(dir, |name| {
        names.insert(name.to_owned());
    })?;
    for child in plan.children(index) {
        let mut name = Vec::new();
        plan.push_name(child, &mut name);
        names.remove(&name);
    }
    plan.files(index, |name, _| {
        names.remove(name);
        Ok(())
    })?;
    Ok(names)
}
