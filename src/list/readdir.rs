//! readdir(3): libc's buffer of 32 KiB under it, its names borrowed.

use super::{
    Dir, Factors, Found, Kind, Lookup, Lookups, Order, Pair, Projection, ReadWith, Reader, Resolve, Row, Standing,
};
use super::{TypeOnly, Want};
use crate::error::Error;
use crate::sys::readdir::DirStream;
use std::ops::ControlFlow;

/// Reads with libc's readdir.
pub struct Readdir;

impl Readdir {
    /// This reader with a lookup, boxed for a [`Row`].
    pub fn with<L: Lookup + 'static>(lookup: L) -> Box<Pair<Self, L>> {
        Box::new(Pair { reader: Self, lookup })
    }

    /// The factors of this reader with a lookup.
    pub const fn factors(lookups: Lookups, resolve: Resolve) -> Factors {
        Factors::reading(ReadWith::Readdir).looking_up(lookups, resolve)
    }
}

impl Reader for Readdir {
    fn read<F>(&mut self, dir: &mut Dir<'_>, mut found: F) -> Result<(), Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        let path = dir.path();
        let mut stream = DirStream::new(dir.take()?).map_err(|errno| dir.error("fdopendir", errno))?;
        let outcome = read_stream(&mut stream, path, &mut found);
        // The stream owns the descriptor now; children of this directory are opened relative to it.
        dir.hold(stream);
        outcome
    }
}

fn read_stream<F>(stream: &mut DirStream, path: &[u8], found: &mut F) -> Result<(), Error>
where
    F: FnMut(&Found<'_>) -> ControlFlow<()>,
{
    let (dir, mut entries) = stream.split();
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(|errno| Error::at("readdir", path, errno))?;
        if matches!(entry.name.to_bytes(), b"." | b"..") {
            continue;
        }
        let kind = Kind::from_d_type(entry.d_type);
        let next_position = Some(entry.next_position);
        if found(&Found { dir, name: entry.name, kind, ino: entry.ino, next_position }).is_break() {
            break;
        }
    }
    Ok(())
}

/// The row: names, and kinds by `d_type`.
pub const ROWS: &[Row] = &[Row {
    name: "readdir",
    about: "libc's readdir, names borrowed; kinds by d_type",
    wants: &[Want::Names, Want::Kinds],
    factors: Factors::reading(ReadWith::Readdir),
    order: Order::Directory,
    projection: Projection::Whole,
    standing: Standing::Ranked,
    open: |_| Ok(Readdir::with(TypeOnly)),
}];
