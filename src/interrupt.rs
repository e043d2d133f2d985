//! Ctrl-C, SIGTERM, SIGHUP and SIGQUIT: asked about between steps, waited for beside a worker's answer.
//!
//! A handler that only sets a flag leaves the program to end in its own way, so that destructors run: workers die, and
//! a temporary tree goes. Who asks a second time does not want to wait: see `sys::signal::ask_to_end`.

use crate::sys::signal;
use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};

/// The signals that ask the program to end, caught.
pub struct Interrupt {
    asked: signal::Asked,
}

/// A signal asked the program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted {
    /// Its number; 0 if it was not a signal.
    pub signal: u8,
}

impl Interrupt {
    /// Catches them from now on; those that are ignored stay ignored, as nohup(1) wants it.
    ///
    /// # Errors
    /// sigaction(2)'s, or a pipe's.
    pub fn catch() -> io::Result<Self> {
        Ok(Self { asked: signal::ask_to_end()? })
    }

    /// No signal is caught: for tests.
    #[cfg(test)]
    pub(crate) fn never() -> Self {
        Self { asked: signal::Asked::never().expect("a test has descriptors left for a pipe") }
    }

    /// Raised when a signal came: for loops that poll.
    pub fn flag(&self) -> &AtomicBool {
        self.asked.flag()
    }

    /// Readable when a signal came: for poll(2).
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.asked.fd()
    }

    /// # Errors
    /// When a signal came.
    pub fn check(&self) -> Result<(), Interrupted> {
        if !self.flag().load(Ordering::Acquire) {
            return Ok(());
        }
        Err(Interrupted { signal: u8::try_from(self.asked.signal()).unwrap_or(0) })
    }
}

impl Interrupted {
    /// The exit status that a shell gives a program that the signal ended.
    pub fn exit_status(self) -> u8 {
        128 + self.signal
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match i32::from(self.signal) {
            libc::SIGINT => "interrupted by Ctrl-C",
            libc::SIGTERM => "ended by SIGTERM",
            libc::SIGHUP => "ended by SIGHUP",
            libc::SIGQUIT => "ended by SIGQUIT",
            _ => "interrupted",
        })
    }
}

impl std::error::Error for Interrupted {}
