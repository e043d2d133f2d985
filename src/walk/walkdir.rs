//! The walkdir crate: the walker that most Rust programs use. One thread, full paths, an allocation a path.

use super::{Open, Row, Run, peer};
use crate::error::Error;
use crate::list::{Entry, Kind, Meta, Parallel, Resolve, Sinks, Want};
use fswalk::walk::path::below;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use walkdir::{DirEntryExt, WalkDir};

struct Peer;

impl Run for Peer {
    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        let mut sink = sinks.sink();
        let below = below(root.as_os_str().as_bytes());
        for entry in WalkDir::new(root).min_depth(1) {
            let found = entry.and_then(|entry| {
                let meta = if want == Want::Metadata { Some(Meta::from(&entry.metadata()?)) } else { None };
                Ok((entry, meta))
            });
            let next = match found {
                Ok((entry, meta)) => {
                    let name = entry.file_name().as_bytes();
                    sink.entry(&Entry {
                        dir: peer::parent_below(entry.path().as_os_str().as_bytes(), name, below),
                        name,
                        kind: Kind::from(entry.file_type()),
                        ino: entry.ino(),
                        position: None,
                        meta: meta.as_ref(),
                    })
                }
                Err(error) if error.depth() == 0 => return Err(ours(&error)),
                Err(error) => sink.error(ours(&error)),
            };
            if next.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn ours(error: &walkdir::Error) -> Error {
    peer::error("walkdir", error.path(), error.io_error(), error)
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "walkdir",
    about: "the walkdir crate",
    wants: &Want::ALL,
    factors: peer::factors(Resolve::Absolute, Parallel::Serial),
    open: Open::Alone(|_| Ok(Box::new(Peer))),
}];
