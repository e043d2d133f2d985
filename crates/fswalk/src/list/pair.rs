//! A reader with a lookup: each entry is looked up as it is read.
//!
//! Both are type parameters, so that the loop is compiled as one: per entry it costs the reader's decoding, the lookup's
//! call if there is one, and one call of the sink.

use super::found::Found;
use super::range::Range;
use super::{Dir, Entry, Kind, Leave, Lister, Meta, Rest, Sink, Want};
use crate::error::Error;
use rustix::io::Errno;
use std::ops::ControlFlow;

/// How names are read.
pub trait Reader: Send {
    /// Hands every entry of `dir` but `.` and `..` to `found`, until it breaks.
    ///
    /// # Errors
    /// When the directory cannot be opened or read any further.
    fn read<F>(&mut self, dir: &mut Dir<'_>, found: F) -> Result<(), Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>;

    /// The same, but of a large directory only the start, if the rest can be left to others as `leave` allows: ranges are for
    /// [`Reader::read_part`].
    ///
    /// # Errors
    /// As [`Reader::read`].
    fn read_or_leave<F>(&mut self, dir: &mut Dir<'_>, _leave: Leave, found: F) -> Result<Option<Rest>, Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        self.read(dir, found).map(|()| None)
    }

    /// One of the ranges that [`Reader::read_or_leave`] made. A reader that never makes any is never asked, and refuses.
    ///
    /// # Errors
    /// As [`Reader::read`].
    fn read_part<F>(&mut self, dir: &mut Dir<'_>, _range: Range, _found: F) -> Result<(), Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        Err(dir.error("getdents64", Errno::NOTSUP))
    }
}

/// How kind or metadata is learnt.
pub trait Lookup: Send {
    /// The call that it makes: what its errors name.
    const CALL: &'static str;

    /// A directory begins: `path` is its whole path.
    fn enter(&mut self, _path: &[u8]) {}

    /// What `found` is.
    ///
    /// # Errors
    /// The call's own; the entry is then reported as an error.
    fn look(&mut self, found: &Found<'_>, want: Want) -> Result<(Kind, Option<Meta>), Errno>;
}

/// A [`Reader`] with a [`Lookup`].
pub struct Pair<R, L> {
    /// How names are read.
    pub reader: R,
    /// How the rest is learnt.
    pub lookup: L,
}

impl<R: Reader, L: Lookup> Lister for Pair<R, L> {
    fn list(&mut self, dir: &mut Dir<'_>, want: Want, sink: &mut dyn Sink) -> Result<(), Error> {
        let Self { reader, lookup } = self;
        let (path, below) = (dir.path(), dir.below());
        lookup.enter(path);
        reader.read(dir, |found| report(lookup, found, want, path, below, sink))
    }

    fn list_or_leave(
        &mut self,
        dir: &mut Dir<'_>,
        want: Want,
        leave: Leave,
        sink: &mut dyn Sink,
    ) -> Result<Option<Rest>, Error> {
        let Self { reader, lookup } = self;
        let (path, below) = (dir.path(), dir.below());
        lookup.enter(path);
        reader.read_or_leave(dir, leave, |found| report(lookup, found, want, path, below, sink))
    }

    fn list_part(&mut self, dir: &mut Dir<'_>, range: Range, want: Want, sink: &mut dyn Sink) -> Result<(), Error> {
        let Self { reader, lookup } = self;
        let (path, below) = (dir.path(), dir.below());
        lookup.enter(path);
        reader.read_part(dir, range, |found| report(lookup, found, want, path, below, sink))
    }
}

/// Looks `found` up, and passes on what was learnt.
#[inline]
pub(super) fn report<L: Lookup, S: Sink + ?Sized>(
    lookup: &mut L,
    found: &Found<'_>,
    want: Want,
    path: &[u8],
    below: &[u8],
    sink: &mut S,
) -> ControlFlow<()> {
    let (name, position) = (found.name.to_bytes(), found.next_position);
    match lookup.look(found, want) {
        Ok((kind, meta)) => {
            let entry = Entry { dir: below, name, kind, ino: found.ino, position, meta: meta.as_ref() };
            sink.entry_in(found.dir, &entry)
        }
        Err(errno) => {
            let entry = Entry { dir: below, name, kind: found.kind, ino: found.ino, position, meta: None };
            sink.entry_without(found.dir, &entry, super::dir::entry_error(L::CALL, path, name, errno))
        }
    }
}

/// The lookup that asks nothing: `d_type` says the kind. Where a file system leaves it unknown and kinds are wanted, one
/// statx an entry is the only way (F1's remedy).
pub struct TypeOnly;

impl Lookup for TypeOnly {
    const CALL: &'static str = "statx";

    #[inline]
    fn look(&mut self, found: &Found<'_>, want: Want) -> Result<(Kind, Option<Meta>), Errno> {
        if found.kind == Kind::Unknown && want >= Want::Kinds {
            return Ok((kind_by_statx(found)?, None));
        }
        Ok((found.kind, None))
    }
}

/// Asks for the kind alone.
#[cold]
pub(super) fn kind_by_statx(found: &Found<'_>) -> Result<Kind, Errno> {
    crate::system::look_up(found.dir, found.name, false).map(|meta| meta.kind())
}

/// Looks up entries of certain kinds only; of the others, and where the directory does not tell the kind, the kind alone.
pub struct OfKinds<L> {
    /// A bit each: `1 << kind as u8`.
    pub kinds: u8,
    /// Looks them up.
    pub lookup: L,
}

impl<L: Lookup> Lookup for OfKinds<L> {
    const CALL: &'static str = L::CALL;

    fn enter(&mut self, path: &[u8]) {
        self.lookup.enter(path);
    }

    #[inline]
    fn look(&mut self, found: &Found<'_>, want: Want) -> Result<(Kind, Option<Meta>), Errno> {
        let is_one = |kind: Kind| self.kinds & (1 << kind as u8) != 0;
        if found.kind != Kind::Unknown && !is_one(found.kind) {
            return Ok((found.kind, None));
        }
        let (kind, meta) = self.lookup.look(found, want)?;
        Ok((kind, meta.filter(|_| is_one(kind))))
    }
}
