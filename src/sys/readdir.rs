//! `readdir(3)` with its names borrowed.
//!
//! nix's `Dir` copies every name into a `CString`, one allocation an entry (`readdir/nix` is that row). Here an entry
//! borrows libc's buffer until the next call, which is what a C program does.

use rustix::io::Errno;
use std::ffi::CStr;
use std::marker::PhantomData;
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::ptr::NonNull;

/// An open directory stream, `DIR *`. Closes its descriptor when dropped.
pub(crate) struct DirStream {
    dir: NonNull<libc::DIR>,
}

// SAFETY:
// - A DIR may move between threads: glibc and musl tie nothing in it to the thread that opened it.
unsafe impl Send for DirStream {}

// SAFETY:
// - What a shared reference can do is `as_fd`, and dirfd(3) only reads a field that never changes.
// - `next` takes `&mut self`: no two threads read one stream at once.
unsafe impl Sync for DirStream {}

/// One entry, borrowed from the stream's buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DirEntry<'a> {
    /// The name, `.` and `..` included.
    pub name: &'a CStr,
    /// `d_ino`.
    pub ino: u64,
    /// `d_type`, a `DT_*` value.
    pub d_type: u8,
    /// `d_off`: the position of the entry after this one.
    pub next_position: u64,
}

impl DirStream {
    /// Takes the descriptor over, as `fdopendir(3)`.
    pub(crate) fn new(fd: OwnedFd) -> Result<Self, Errno> {
        let raw = fd.into_raw_fd();
        // SAFETY:
        // - `raw` is open and ours: it came out of an OwnedFd, which gave it up.
        // - On success the stream owns it, on failure nobody does, and it is closed below.
        match NonNull::new(unsafe { libc::fdopendir(raw) }) {
            Some(dir) => Ok(Self { dir }),
            None => {
                let errno = last_errno();
                // SAFETY: fdopendir failed, so `raw` is still ours and used nowhere else.
                unsafe { libc::close(raw) };
                Err(errno)
            }
        }
    }

    /// The descriptor, and the entries from here on: what a reader needs at the same time.
    pub(crate) fn split(&mut self) -> (BorrowedFd<'_>, Entries<'_>) {
        let entries = Entries { dir: self.dir, stream: PhantomData };
        // SAFETY: the stream stays open for the lifetime of the result, which borrows it; reading it never changes its
        // descriptor.
        (unsafe { BorrowedFd::borrow_raw(libc::dirfd(self.dir.as_ptr())) }, entries)
    }
}

/// The entries of a stream. Not an `Iterator`: an entry borrows it until the next call.
pub(crate) struct Entries<'s> {
    dir: NonNull<libc::DIR>,
    stream: PhantomData<&'s mut DirStream>,
}

impl Entries<'_> {
    /// The next entry, or `None` at the end.
    #[allow(clippy::should_implement_trait)]
    #[inline]
    pub(crate) fn next(&mut self) -> Option<Result<DirEntry<'_>, Errno>> {
        // SAFETY:
        // - `dir` is a live stream, borrowed mutably for as long as `self` lives: no other call reads it.
        // - The errno location is this thread's own. It is cleared first, as readdir(3) asks: NULL means both end and
        //   error.
        // - The entry lives until the next call on this stream, which needs `&mut self` again.
        // - `d_name` ends with NUL. It is read through the raw pointer: a record is as long as its name, often shorter
        //   than the declared struct, so no reference to the whole struct may be made.
        unsafe {
            *libc::__errno_location() = 0;
            let entry = libc::readdir64(self.dir.as_ptr());
            if entry.is_null() {
                return match *libc::__errno_location() {
                    0 => None,
                    errno => Some(Err(Errno::from_raw_os_error(errno))),
                };
            }
            Some(Ok(DirEntry {
                name: CStr::from_ptr((&raw const (*entry).d_name).cast()),
                ino: (*entry).d_ino,
                d_type: (*entry).d_type,
                next_position: (*entry).d_off as u64,
            }))
        }
    }
}

impl AsFd for DirStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: `dir` is a live stream; its descriptor stays open as long as the stream that the result borrows.
        unsafe { BorrowedFd::borrow_raw(libc::dirfd(self.dir.as_ptr())) }
    }
}

impl Drop for DirStream {
    fn drop(&mut self) {
        // SAFETY: `dir` is a live stream that nobody uses after this.
        unsafe { libc::closedir(self.dir.as_ptr()) };
    }
}

/// This thread's errno, as rustix's type.
pub(super) fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}
