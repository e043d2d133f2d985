//! Does what the standard library does before a Rust `main`, for a program whose `main` is C's; and undoes it.

use rustix::fs::{Mode, OFlags, open};
use std::os::fd::{AsRawFd, IntoRawFd};

/// Makes sure that a pipe's closed end is an error, not a signal, and that what is opened is not taken for standard
/// output. What stands in for a closed standard stream can be read, but not written to: output that nobody gets is an
/// error (EBADF), as it is for GNU's programs.
pub fn as_rust_does() {
    // SAFETY:
    // - ignoring a signal runs no code of ours
    // - SIGPIPE has a number that `signal` accepts, the only thing that it can fail for
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
    }
    while let Ok(null) = open("/dev/null", OFlags::RDONLY, Mode::empty()) {
        if null.as_raw_fd() > libc::STDERR_FILENO {
            break;
        }
        // It stands in for a standard stream, as long as the program lives.
        let _ = null.into_raw_fd();
    }
}

/// Lets a pipe's closed end be the signal that it is for a C program.
pub fn end_by_sigpipe() {
    // SAFETY: as above, and the default action runs no code of ours either.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
    }
}
