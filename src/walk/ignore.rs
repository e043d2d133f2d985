//! The ignore crate: ripgrep's and fd's walker, every filter off, one visitor per thread.

use super::{Open, Row, Run, peer};
use crate::error::{Error, Unsupported};
use crate::list::{Entry, Kind, Meta, Options, Parallel, Resolve, Sink, Sinks, Want};
use fswalk::team::{into_inner, lock};
use fswalk::walk::path::below;
use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Mutex;

struct Peer {
    threads: usize,
}

/// Makes a visitor per thread.
struct Visitors<'s> {
    sinks: &'s dyn Sinks,
    below: usize,
    want: Want,
    /// An error on the root itself, which is the run's.
    root: &'s Mutex<Option<Error>>,
}

struct Visitor<'s> {
    sink: Box<dyn Sink + Send + 's>,
    below: usize,
    want: Want,
    root: &'s Mutex<Option<Error>>,
}

impl Run for Peer {
    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        let failed = Mutex::new(None);
        let mut visitors = Visitors { sinks, below: below(root.as_os_str().as_bytes()), want, root: &failed };
        WalkBuilder::new(root).standard_filters(false).threads(self.threads).build_parallel().visit(&mut visitors);
        into_inner(failed).map_or(Ok(()), Err)
    }
}

impl<'s> ParallelVisitorBuilder<'s> for Visitors<'s> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        Box::new(Visitor { sink: self.sinks.sink(), below: self.below, want: self.want, root: self.root })
    }
}

impl ParallelVisitor for Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        let next = match entry {
            Ok(entry) if entry.depth() == 0 => ControlFlow::Continue(()),
            Ok(entry) => self.report(&entry),
            Err(error) if error.depth() == Some(0) => {
                *lock(self.root) = Some(ours(error));
                ControlFlow::Break(())
            }
            Err(error) => self.sink.error(ours(error)),
        };
        if next.is_break() { WalkState::Quit } else { WalkState::Continue }
    }
}

impl Visitor<'_> {
    fn report(&mut self, entry: &DirEntry) -> ControlFlow<()> {
        let meta = match self.want {
            Want::Metadata => match entry.metadata() {
                Ok(meta) => Some(Meta::from(&meta)),
                Err(error) => return self.sink.error(ours(error)),
            },
            Want::Names | Want::Kinds => None,
        };
        let name = entry.file_name().as_bytes();
        self.sink.entry(&Entry {
            dir: peer::parent_below(entry.path().as_os_str().as_bytes(), name, self.below),
            name,
            kind: entry.file_type().map_or(Kind::Unknown, Kind::from),
            ino: entry.ino().unwrap_or(0),
            position: None,
            meta: meta.as_ref(),
        })
    }
}

fn ours(error: ignore::Error) -> Error {
    let path = path(&error).map(Path::to_owned);
    let text = error.to_string();
    peer::error("ignore", path.as_deref(), error.into_io_error().as_ref(), text)
}

/// The path that an error is about: one of its layers has it.
fn path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path(err),
        _ => None,
    }
}

fn open(options: &Options) -> Result<Box<dyn Run>, Unsupported> {
    let threads = options.threads.max(1);
    peer::can_start(threads)?;
    Ok(Box::new(Peer { threads }))
}

/// Its name: its threads share entries, not directories.
pub const NAME: &str = "ignore";

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: NAME,
    about: "the ignore crate's parallel walk, every filter off",
    wants: &Want::ALL,
    factors: peer::factors(Resolve::Absolute, Parallel::Threads),
    open: Open::Alone(open),
}];
