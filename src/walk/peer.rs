//! Helpers of the peers' rows: splitting paths, converting errors.

use crate::error::{Error, Unsupported, reason};
use crate::list::{Factors, Lookups, Parallel, ReadWith, Resolve, Want};
use fswalk::team::lock;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

/// A peer's factors: its own way of reading, serial or not; directories opened by their paths; metadata from std::fs,
/// which asks statx for all of it, by the entry's path or relative to its open directory.
pub(super) const fn factors(resolve: Resolve, parallel: Parallel) -> Factors {
    let reading = Factors { descend: Resolve::Absolute, parallel, ..Factors::reading(ReadWith::Peer) };
    reading.looking_up(Lookups::StatxAll, resolve).only_for(Want::Metadata)
}

/// The factors of libc's walkers: an lstat an entry for whoever wants at least `least`. Both go by one component at a
/// time, fts from its working directory, glibc's nftw from a descriptor.
pub(super) const fn libc(least: Want) -> Factors {
    let reading = Factors { descend: Resolve::Relative, ..Factors::reading(ReadWith::Libc) };
    reading.looking_up(Lookups::Stat, Resolve::Relative).only_for(least)
}

/// Whether so many threads can be had at once: a peer panics where they cannot. They are started, and ended.
///
/// # Errors
/// pthread_create(3)'s: the system allows fewer.
pub(super) fn can_start(threads: usize) -> Result<(), Unsupported> {
    let gate = Mutex::new(());
    thread::scope(|scope| {
        // All wait for the gate, so that none ends before the last has started.
        let closed = lock(&gate);
        let wait = || drop(gate.lock());
        let started = (0..threads).try_for_each(|_| thread::Builder::new().spawn_scoped(scope, wait).map(drop));
        drop(closed);
        started.map_err(|error| Unsupported(format!("no thread can be started: {}", reason(&error)).into()))
    })
}

/// The part of the directory `dir` below a root whose paths start that part at `below`: nothing of the root itself,
/// whose path ends before the slash that `below` counts.
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
