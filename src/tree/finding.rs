//! Findings: entries of a tree that are not as they were made.

use crate::error::{Error, Escaped};
use crate::list::Kind;
use fswalk::team::{into_inner, lock};
use std::fmt;
use std::path::PathBuf;
use std::sync::Mutex;

/// Findings that are kept to be shown; all are counted.
pub const FINDINGS_KEPT: usize = 100;

/// One entry that is not as it was made.
#[derive(Debug)]
pub struct Finding {
    /// Where.
    pub path: PathBuf,
    /// What about it.
    pub what: Deviation,
}

/// How an entry differs from what was made.
#[derive(Debug)]
pub enum Deviation {
    /// It is not there.
    Missing,
    /// It is there, and the tree has none of that name.
    Foreign,
    /// It is something else.
    Kind {
        /// What is there.
        found: Kind,
        /// What was made.
        made: Kind,
    },
    /// It was made empty.
    Written {
        /// Its size.
        size_bytes: u64,
    },
    /// It is a link to somewhere else.
    Target,
    /// It was made as another name of a file whose name it no longer is.
    Unlinked,
    /// Another file system, or another part of this one, is mounted there.
    Mount,
    /// A call failed on it.
    Failed(Error),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = Escaped(&self.path);
        match &self.what {
            Deviation::Missing => write!(f, "'{path}' is missing"),
            Deviation::Foreign => write!(f, "'{path}' is not of this tree"),
            Deviation::Kind { found, made } => {
                write!(f, "'{path}' is of another kind: {} now, made as {}", noun(*found), noun(*made))
            }
            Deviation::Written { size_bytes } => write!(f, "'{path}' was made empty and has {size_bytes} bytes now"),
            Deviation::Target => write!(f, "'{path}' is a link to somewhere else than it was made"),
            Deviation::Unlinked => write!(f, "'{path}' is a file of its own and was made as a hard link"),
            Deviation::Mount => write!(f, "'{path}' is a mount point"),
            Deviation::Failed(error) => error.fmt(f),
        }
    }
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Unknown => "something unknown",
        Kind::File => "a file",
        Kind::Directory => "a directory",
        Kind::Symlink => "a symbolic link",
        Kind::Fifo => "a named pipe",
        Kind::Socket => "a socket",
        Kind::Block => "a block device",
        Kind::Character => "a character device",
    }
}

/// All that was found: the first [`FINDINGS_KEPT`], and how many there are.
#[derive(Debug, Default)]
pub struct Findings {
    /// In no particular order.
    pub first: Vec<Finding>,
    /// How many there are in all.
    pub total: u64,
}

/// Findings of several threads. Trees are nearly always as they were made, so one lock will do.
#[derive(Default)]
pub(super) struct Found(Mutex<Findings>);

impl Found {
    /// Adds one; `path` is asked for only if it will be shown.
    pub(super) fn add(&self, path: impl FnOnce() -> PathBuf, what: Deviation) {
        let mut findings = lock(&self.0);
        findings.total += 1;
        if findings.first.len() < FINDINGS_KEPT {
            findings.first.push(Finding { path: path(), what });
        }
    }

    /// All of them, by path.
    pub(super) fn into_findings(self) -> Findings {
        let mut findings = into_inner(self.0);
        findings.first.sort_by(|a, b| a.path.cmp(&b.path));
        findings
    }
}
