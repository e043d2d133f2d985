//! The jwalk crate: rayon reads directories ahead, an iterator hands them over in order.
//!
//! Metadata is asked for in `process_read_dir`, which runs in its threads: asking the iterator's entries would do it all on
//! one. Its pool is its own: on rayon's shared one it can return nothing at all, without an error, when that is busy.

use super::{Open, Row, Run, peer};
use crate::error::{Error, Unsupported};
use crate::list::{Entry, Kind, Meta, Options, Parallel, Resolve, Sink, Sinks, Want};
use fswalk::walk::path::below;
use jwalk::{ClientState, DirEntry, Parallelism, WalkDirGeneric};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

struct Peer {
    threads: usize,
}

#[derive(Debug, Default)]
struct State;

impl ClientState for State {
    type ReadDirState = ();
    type DirEntryState = Option<jwalk::Result<std::fs::Metadata>>;
}

impl Run for Peer {
    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        let mut sink = sinks.sink();
        let below = below(root.as_os_str().as_bytes());
        let walk = WalkDirGeneric::<State>::new(root)
            .skip_hidden(false)
            .sort(false)
            .follow_links(false)
            .parallelism(Parallelism::RayonNewPool(self.threads))
            .process_read_dir(move |_, _, (), children| {
                if want == Want::Metadata {
                    children.iter_mut().flatten().for_each(|entry| entry.client_state = Some(entry.metadata()));
                }
            });
        for entry in walk.try_into_iter().map_err(|error| ours(&error))? {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.depth() == 0 => return Err(ours(&error)),
                Err(error) => {
                    if sink.error(ours(&error)).is_break() {
                        break;
                    }
                    continue;
                }
            };
            // A directory that could not be read is an entry like any other, and carries the error.
            let unread = entry.read_children.as_ref().and_then(|children| children.error()).map(ours);
            match (entry.depth, unread) {
                (0, Some(error)) => return Err(error),
                (0, None) => {}
                (_, unread) => {
                    let flow = report(&entry, below, sink.as_mut());
                    if flow.is_break() || unread.is_some_and(|error| sink.error(error).is_break()) {
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

fn report(entry: &DirEntry<State>, below: usize, sink: &mut dyn Sink) -> ControlFlow<()> {
    let meta = match &entry.client_state {
        None => None,
        Some(Ok(meta)) => Some(Meta::from(meta)),
        Some(Err(error)) => return sink.error(ours(error)),
    };
    sink.entry(&Entry {
        dir: peer::dir_below(entry.parent_path.as_os_str().as_bytes(), below),
        name: entry.file_name.as_bytes(),
        kind: Kind::from(entry.file_type),
        ino: 0,
        position: None,
        meta: meta.as_ref(),
    })
}

fn ours(error: &jwalk::Error) -> Error {
    peer::error("jwalk", error.path(), error.io_error(), error)
}

fn open(options: &Options) -> Result<Box<dyn Run>, Unsupported> {
    let threads = options.threads.max(1);
    peer::can_start(threads)?;
    Ok(Box::new(Peer { threads }))
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "jwalk",
    about: "the jwalk crate, with a pool of its own",
    wants: &Want::ALL,
    factors: peer::factors(Resolve::Absolute, Parallel::Threads),
    open: Open::Alone(open),
}];
