//! `std::fs::read_dir`, which a plain Rust program calls: by path, one allocation per name; file_type() from
//! `d_type`, metadata() by one statx relative to the open directory.

use super::entry_error;
use super::{
    Dir, Entry, Factors, Kind, Lister, Lookups, Meta, Order, Projection, ReadWith, Resolve, Row, Sink, Standing, Want,
};
use crate::error::Error;
use std::ffi::OsStr;
use std::fs::DirEntry;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::DirEntryExt;

struct Std;

impl Lister for Std {
    fn list(&mut self, dir: &mut Dir<'_>, want: Want, sink: &mut dyn Sink) -> Result<(), Error> {
        let entries = std::fs::read_dir(OsStr::from_bytes(dir.path())).map_err(|error| dir.error("read_dir", error))?;
        for entry in entries {
            let entry = entry.map_err(|error| dir.error("read_dir", error))?;
            let name = entry.file_name().into_vec();
            let next = match learn(&entry, want) {
                Ok((kind, meta)) => sink.entry(&Entry {
                    dir: dir.below(),
                    name: &name,
                    kind,
                    ino: entry.ino(),
                    position: None,
                    meta: meta.as_ref(),
                }),
                Err(error) => sink.error(entry_error("statx", dir.path(), &name, error)),
            };
            if next.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn learn(entry: &DirEntry, want: Want) -> io::Result<(Kind, Option<Meta>)> {
    Ok(match want {
        Want::Names => (Kind::Unknown, None),
        Want::Kinds => (entry.file_type()?.into(), None),
        Want::Metadata => {
            let meta = Meta::from(&entry.metadata()?);
            (meta.kind(), Some(meta))
        }
    })
}

/// Its name.
pub const NAME: &str = "std";

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: NAME,
    about: "std::fs::read_dir; file_type() for kinds, metadata() for metadata",
    wants: &Want::ALL,
    factors: Factors::reading(ReadWith::Std).looking_up(Lookups::StatxAll, Resolve::Relative).only_for(Want::Metadata),
    order: Order::Directory,
    projection: Projection::Whole,
    standing: Standing::Ranked,
    open: |_| Ok(Box::new(Std)),
}];
