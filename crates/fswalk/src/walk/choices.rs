//! What a caller chooses of a walk: how many threads, and where it goes.

use std::num::NonZeroUsize;

/// How many threads a walk uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// As many as there are cores at first, more while they wait, fewer while they contend.
    Auto,
    /// Exactly so many, descriptors permitting.
    Fixed(NonZeroUsize),
}

/// What becomes of symbolic links. The root, where it is one, is always followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// They are reported.
    Report,
    /// They are reported as links, and those that lead to a directory are walked. One that leads to a directory which it is in
    /// is an error of that link: `ELOOP`.
    Follow,
}

/// Where a walk may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystems {
    /// Everywhere.
    All,
    /// Not into directories of another file system than the root's; they are reported.
    Same,
}
