//! Other Unix systems: readdir(3) and fstatat(2). Directories are still opened relative to each other, and threads still share a
//! tree, though never one directory; how many there are is not adapted to what they wait for.

use crate::error::Error;
use crate::list::{self, Dir, Found, Kind, Meta, Want};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, statat};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::path::Arg;
use std::ops::ControlFlow;
use std::os::fd::{BorrowedFd, OwnedFd};

use crate::walk::Links;

/// Reads with readdir(3).
#[derive(Default)]
pub(crate) struct Reader;

impl list::Reader for Reader {
    fn read<F>(&mut self, dir: &mut Dir<'_>, mut found: F) -> Result<(), Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        let path = dir.path();
        let fd = dir.fd()?;
        let failed = |errno| Error::at("readdir", path, errno);
        // It takes a descriptor over; ours is still needed.
        let own = fcntl_dupfd_cloexec(fd, 0).map_err(|errno| Error::at("fcntl", path, errno))?;
        let mut entries = rustix::fs::Dir::new(own).map_err(failed)?;
        while let Some(entry) = entries.read() {
            let entry = match entry {
                // One that was removed since it was opened.
                Err(Errno::NOENT) => break,
                entry => entry.map_err(failed)?,
            };
            if matches!(entry.file_name().to_bytes(), b"." | b"..") {
                continue;
            }
            let (name, kind, ino) = (entry.file_name(), Kind::from(entry.file_type()), entry.ino());
            if found(&Found { dir: fd, name, kind, ino, next_position: None }).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// Looks up with fstatat(2).
#[derive(Default)]
pub(crate) struct Lookup;

impl list::Lookup for Lookup {
    const CALL: &'static str = "fstatat";

    fn look(&mut self, found: &Found<'_>, want: Want) -> Result<(Kind, Option<Meta>), Errno> {
        let meta = look_up(found.dir, found.name, false)?;
        Ok((meta.kind(), (want >= Want::Metadata).then_some(meta)))
    }
}

/// What is at `name`, a link being followed or not.
pub(crate) fn look_up(dir: BorrowedFd<'_>, name: impl Arg, follow: bool) -> Result<Meta, Errno> {
    let flags = if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
    statat(dir, name, flags).map(|stat| Meta::from(&stat))
}

/// The device of what is at `name`.
pub(crate) fn device_unasked(dir: BorrowedFd<'_>, name: &[u8]) -> Result<u64, Errno> {
    look_up(dir, name, false).map(|meta| meta.dev)
}

/// Opens again the directory at `path`, whose first `root_length` bytes are the root as the user named it: name by name, since a path may
/// be longer than one call takes.
pub(crate) fn reopen(path: &[u8], root_length: usize, links: Links) -> Result<OwnedFd, Error> {
    let failed = |errno: Errno| Error::at("openat", path, errno);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let (root, rest) = path.split_at(root_length.min(path.len()));
    let mut fd = openat(CWD, root, flags, Mode::empty()).map_err(failed)?;
    let refuse = if links == Links::Follow { OFlags::empty() } else { OFlags::NOFOLLOW };
    for name in rest.split(|&byte| byte == b'/').filter(|name| !name.is_empty()) {
        fd = openat(&fd, name, flags | refuse, Mode::empty()).map_err(failed)?;
    }
    Ok(fd)
}

/// Threads cannot be watched.
pub(crate) fn thread_id() -> u32 {
    0
}
