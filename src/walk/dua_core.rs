//! The dua-core crate: work stealing over `std::fs`, by the author who took over from jwalk.

use super::{Open, Row, Run, peer};
use crate::error::{Error, Unsupported};
use crate::list::{Entry, Kind, Meta, Options, Parallel, Resolve, Sinks, Want};
use fswalk::walk::path::below;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

struct Peer {
    threads: usize,
}

impl Run for Peer {
    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        let mut sink = sinks.sink();
        // It joins paths to the root's components: slashes at its end would be counted but not there.
        let root = root.components().as_path();
        let below = below(root.as_os_str().as_bytes());
        let mut options = dua_core::Options::default();
        options.skip_metadata = want < Want::Metadata;
        for entry in dua_core::walk(root, self.threads, dua_core::Order::Completion, options, |_| true) {
            let next = match entry {
                Ok(entry) if entry.depth == 0 => continue,
                Ok(entry) => match entry.metadata.transpose() {
                    Ok(meta) => sink.entry(&Entry {
                        dir: peer::dir_below(entry.parent_path.as_os_str().as_bytes(), below),
                        name: entry.file_name.as_bytes(),
                        kind: Kind::from(entry.file_type),
                        ino: 0,
                        position: None,
                        meta: meta.as_ref().map(Meta::from).as_ref(),
                    }),
                    Err(error) => {
                        let path = entry.parent_path.join(&entry.file_name);
                        sink.error(Error::new("dua-core", path, error))
                    }
                },
                Err(error) if error.path() == Some(root) => return Err(ours(&error)),
                Err(error) => sink.error(ours(&error)),
            };
            if next.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn ours(error: &dua_core::Error) -> Error {
    peer::error("dua-core", error.path(), Some(error.io_error()), error)
}

fn open(options: &Options) -> Result<Box<dyn Run>, Unsupported> {
    let threads = options.threads.max(1);
    peer::can_start(threads)?;
    Ok(Box::new(Peer { threads }))
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "dua-core",
    about: "the dua-core crate, in order of completion",
    wants: &Want::ALL,
    factors: peer::factors(Resolve::Relative, Parallel::Threads),
    open: Open::Alone(open),
}];
