//! What the peers' rows share: paths taken apart, errors put into our words.

use crate::error::Error;
use crate::list::{Factors, Parallel, ReadWith};
use std::io;
use std::path::Path;

/// A peer's factors: its own way, serial or not.
pub(super) const fn factors(parallel: Parallel) -> Factors {
    Factors { parallel, ..Factors::reading(ReadWith::Peer) }
}

/// The part of the directory `dir` below a root whose paths start that part at `below`.
pub(super) fn dir_below(dir: &[u8], below: usize) -> &[u8] {
    dir.get(below..).unwrap_or_default()
}

/// The directory part, below the root, of the whole `path` of something called `name`.
pub(super) fn parent_below<'p>(path: &'p [u8], name: &[u8], below: usize) -> &'p [u8] {
    let end = path.len().saturating_sub(name.len() + 1);
    path.get(below..end).unwrap_or_default()
}

/// A peer's error as ours, the peer standing for the call, which it does not tell.
pub(super) fn error(peer: &'static str, path: Option<&Path>, io: Option<&io::Error>, text: impl ToString) -> Error {
    let source = match io.and_then(io::Error::raw_os_error) {
        Some(errno) => io::Error::from_raw_os_error(errno),
        None => io::Error::other(text.to_string()),
    };
    Error::new(peer, path.unwrap_or(Path::new("")), source)
}
