//! Extended attributes relative to a directory descriptor: `listxattrat(2)` and `getxattrat(2)`, of Linux 6.13.
//!
//! No crate has them yet. An older kernel answers ENOSYS, and callers go by path then.

use rustix::io::Errno;
use std::ffi::{CStr, c_long, c_uint};
use std::os::fd::{AsRawFd, BorrowedFd};

// The same on every architecture but alpha: they came after the tables were made one.
const GETXATTRAT: c_long = 464;
const LISTXATTRAT: c_long = 465;

/// `struct xattr_args` of linux/xattr.h.
#[repr(C, align(8))]
struct Arguments {
    value: u64,
    size: u32,
    flags: u32,
}

/// Whether a symbolic link is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// Its target is meant.
    Follow,
    /// It is meant itself.
    Keep,
}

impl Links {
    fn flags(self) -> c_uint {
        match self {
            Self::Follow => 0,
            Self::Keep => libc::AT_SYMLINK_NOFOLLOW as c_uint,
        }
    }
}

/// Writes the names of the attributes of `name` in `dir` to `list`, each with a NUL after it, and answers their length.
/// With an empty `list` it only answers the length.
///
/// # Errors
/// listxattr(2)'s; ENOSYS where the kernel is older than 6.13.
pub(crate) fn list_at(dir: BorrowedFd<'_>, name: &CStr, links: Links, list: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY:
    // - The name ends with NUL; the kernel writes at most `list.len()` bytes to `list`.
    let answer = unsafe {
        libc::syscall(LISTXATTRAT, dir.as_raw_fd(), name.as_ptr(), links.flags(), list.as_mut_ptr(), list.len())
    };
    outcome(answer)
}

/// Writes the value of the attribute `key` of `name` in `dir` to `value`, and answers its length. With an empty `value`
/// it only answers the length.
///
/// # Errors
/// getxattr(2)'s; ENOSYS where the kernel is older than 6.13.
pub(crate) fn get_at(
    dir: BorrowedFd<'_>,
    name: &CStr,
    links: Links,
    key: &CStr,
    value: &mut [u8],
) -> Result<usize, Errno> {
    let arguments =
        Arguments { value: value.as_mut_ptr() as u64, size: u32::try_from(value.len()).unwrap_or(u32::MAX), flags: 0 };
    // SAFETY:
    // - The names end with NUL. The kernel reads `arguments`, which has the size it is told, and writes at most
    //   `arguments.size` bytes, no more than `value` has.
    let answer = unsafe {
        libc::syscall(
            GETXATTRAT,
            dir.as_raw_fd(),
            name.as_ptr(),
            links.flags(),
            key.as_ptr(),
            &raw const arguments,
            size_of::<Arguments>(),
        )
    };
    outcome(answer)
}

fn outcome(answer: c_long) -> Result<usize, Errno> {
    usize::try_from(answer).map_err(|_| super::readdir::last_errno())
}
