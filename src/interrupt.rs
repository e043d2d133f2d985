//! Ctrl-C, SIGTERM and SIGHUP: asked about between steps, waited for beside a worker's answer.
//!
//! A handler that only sets a flag leaves the program to end in its own way, so that destructors run: workers die, and a
//! temporary tree goes.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The signals that ask the program to end, caught.
pub struct Interrupt {
    flag: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
    pipe: UnixStream,
}

/// A signal asked the program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted {
    /// Its number; 0 if it was not a signal.
    pub signal: u8,
}

impl Interrupt {
    /// Catches them from now on.
    ///
    /// # Errors
    /// sigaction(2)'s, or a pipe's.
    pub fn catch() -> io::Result<Self> {
        let (pipe, sender) = UnixStream::pair()?;
        let this = Self { flag: Arc::default(), signal: Arc::default(), pipe };
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // The number first: whoever sees the flag or the pipe finds it.
            signal_hook::flag::register_usize(signal, Arc::clone(&this.signal), signal as usize)?;
            signal_hook::flag::register(signal, Arc::clone(&this.flag))?;
            signal_hook::low_level::pipe::register(signal, sender.try_clone()?)?;
        }
        Ok(this)
    }

    /// Raised when a signal came: for loops that poll.
    pub fn flag(&self) -> &AtomicBool {
        &self.flag
    }

    /// Readable when a signal came: for poll(2).
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }

    /// # Errors
    /// When a signal came.
    pub fn check(&self) -> Result<(), Interrupted> {
        if !self.flag.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(Interrupted { signal: u8::try_from(self.signal.load(Ordering::Relaxed)).unwrap_or(0) })
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
            SIGINT => "interrupted by Ctrl-C",
            SIGTERM => "ended by SIGTERM",
            SIGHUP => "ended by SIGHUP",
            _ => "interrupted",
        })
    }
}

impl std::error::Error for Interrupted {}
