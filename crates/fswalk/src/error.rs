//! What can go wrong: an [`Error`] names the call and the path; [`Unsupported`] says why a way of listing cannot be used here.

use crate::escape::{Escaped, Plain};
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A call that failed on a path. Displays as `openat 'dir/name': Permission denied`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Error {
    /// The system call or library function that failed, by its man page's name.
    pub call: &'static str,
    /// What it was asked about; empty where that is no path.
    pub path: PathBuf,
    /// What it answered.
    pub source: io::Error,
    depth: usize,
    ancestor: Option<Box<Path>>,
}

impl Error {
    /// `call` failed on `path`.
    pub fn new(call: &'static str, path: impl Into<PathBuf>, source: impl Into<io::Error>) -> Self {
        Self { call, path: path.into(), source: source.into(), depth: 0, ancestor: None }
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

    /// What it was asked about; `None` where that is no path.
    pub fn path(&self) -> Option<&Path> {
        (!self.path.as_os_str().is_empty()).then_some(&self.path)
    }

    /// How far below its root a walk met it: 0 for the root.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Of a link, followed, that leads to a directory which it is in: that directory.
    pub fn loop_ancestor(&self) -> Option<&Path> {
        self.ancestor.as_deref()
    }

    /// What the call answered; `None` for a loop, which no call found.
    pub fn io_error(&self) -> Option<&io::Error> {
        self.ancestor.is_none().then_some(&self.source)
    }

    pub(crate) fn at_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    pub(crate) fn with_ancestor(self, ancestor: &[u8]) -> Self {
        Self { ancestor: Some(Path::new(OsStr::from_bytes(ancestor)).into()), ..self }
    }

    /// Another of the same.
    pub(crate) fn again(&self) -> Self {
        let source = match self.source.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(self.source.kind(), self.source.to_string()),
        };
        Self { call: self.call, path: self.path.clone(), source, depth: self.depth, ancestor: self.ancestor.clone() }
    }
}

/// What a call answered, in words alone: [`io::Error`] adds `(os error 13)` to them.
#[doc(hidden)]
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let number = error.raw_os_error().map(|code| format!(" (os error {code})")).unwrap_or_default();
    text.strip_suffix(&number).unwrap_or(&text).to_owned()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.call)?;
        // Some calls are about no path.
        if !self.path.as_os_str().is_empty() {
            write!(f, " '{}'", Escaped(&self.path))?;
        }
        match &self.ancestor {
            Some(ancestor) => write!(f, ": the link leads to '{}', which it is in", Escaped(ancestor)),
            None => write!(f, ": {}", Plain(reason(&self.source))),
        }
    }
}

impl std::error::Error for Error {
    /// What is behind the answer, which the message has already.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.source)
    }
}

impl From<Error> for io::Error {
    /// Of the same kind, with the whole message.
    fn from(error: Error) -> Self {
        Self::new(error.source.kind(), error)
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
