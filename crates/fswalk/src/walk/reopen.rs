//! Opens again a directory that there was no room to keep open, however long its path.
//!
//! From the root on, as much of the path at a time as one call takes (PATH_MAX), each from the descriptor that the last one
//! gave. A component that became a link meanwhile is refused, unless links are followed: openat2(2) checks all of them at
//! once; where it is not to be had (before Linux 5.6, or in a sandbox), each is opened by itself.

use super::choices::Links;
use crate::error::Error;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};

/// A call takes less than PATH_MAX with its NUL, and no component is longer than 255.
const MOST_BYTES: usize = 3800;

/// Opens the directory at `path`, whose first `root_length` bytes are the root as the user named it. The descriptor serves to open
/// what is in it and nothing else (`O_PATH`).
pub fn reopen(path: &[u8], root_length: usize, links: Links) -> Result<OwnedFd, Error> {
    let failed = |errno: Errno| Error::at("openat2", path, errno);
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let (root, mut rest) = path.split_at(root_length.min(path.len()));
    let mut fd = openat(CWD, root, flags, Mode::empty()).map_err(failed)?;
    while !rest.is_empty() {
        rest = rest.strip_prefix(b"/").unwrap_or(rest);
        let length = if rest.len() <= MOST_BYTES {
            rest.len()
        } else {
            rest[..MOST_BYTES].iter().rposition(|&byte| byte == b'/').unwrap_or(rest.len())
        };
        let (part, after) = rest.split_at(length);
        fd = step(&fd, part, flags, links).map_err(failed)?;
        rest = after;
    }
    Ok(fd)
}

fn step(from: &OwnedFd, part: &[u8], flags: OFlags, links: Links) -> Result<OwnedFd, Errno> {
    if links == Links::Follow {
        return openat(from, part, flags, Mode::empty());
    }
    match openat2(from, part, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        Err(Errno::NOSYS | Errno::PERM) => {
            let mut fd = from
                .as_fd()
                .try_clone_to_owned()
                .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::MFILE))?;
            for name in part.split(|&byte| byte == b'/') {
                fd = openat(&fd, name, flags | OFlags::NOFOLLOW, Mode::empty())?;
            }
            Ok(fd)
        }
        other => other,
    }
}
