//! What can go wrong: an [`Error`] names the call and the path; [`Unsupported`] says why a way of listing cannot be used here.

use crate::escape::{Escaped, Plain};
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// A call that failed on a path. Displays as `openat 'dir/name': Permission denied (os error 13)`.
#[derive(Debug)]
pub struct Error {
    /// The system call or library function that failed, by its man page's name.
    pub call: &'static str,
    /// What it was asked about; empty where that is no path.
    pub path: PathBuf,
    /// What it answered.
    pub source: io::Error,
}

impl Error {
    /// `call` failed on `path`.
    pub fn new(call: &'static str, path: impl Into<PathBuf>, source: impl Into<io::Error>) -> Self {
        Self { call, path: path.into(), source: source.into() }
    }

    /// The same, with the path given as the kernel gives it: in bytes.
    pub fn at(call: &'static str, path: &[u8], source: impl Into<io::Error>) -> Self {
        Self::new(call, OsStr::from_bytes(path), source)
    }

    /// A failure that no system call reported: bad input, a peer's own error.
    pub fn other(
        call: &'static str,
        path: impl Into<PathBuf>,
        why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::new(call, path, io::Error::other(why))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.call)?;
        // Some calls are about no path.
        if !self.path.as_os_str().is_empty() {
            write!(f, " '{}'", Escaped(&self.path))?;
        }
        write!(f, ": {}", Plain(&self.source))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Why a way of listing cannot be used here: a sentence for the user, naming the kernel feature, privilege or file system
/// that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported(pub Cow<'static, str>);

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unsupported {}
