//! One directory after another, depth first, on one thread.
//!
//! Two rows, one factor apart (F2): `serial` opens each directory relative to its parent's descriptor,
//! `serial-absolute` by its full path, which the kernel resolves from the start each time.
//!
//! ```text
//! path    root/a/b          grows and shrinks by one name
//! names   a NUL c NUL b NUL d NUL          directories yet to be walked, of every level; each frame owns a stretch
//! frames  [0..4)            [4..8)
//! ```
//!
//! A directory's subdirectories wait in an arena that is used as a stack, so nothing is allocated per directory but
//! what keeps it open. A parent's descriptor goes before its last child's children are walked: a chain needs two,
//! however deep.

use super::collect::Collect;
use super::{Open, Row, Run};
use crate::error::{Error, Unsupported};
use crate::list::{self, Dir, Factors, Handle, Lister, Projection, ReadWith, Resolve, Sink, Sinks, Want};
use fswalk::walk::path::{below, push_name};
use rustix::io::Errno;
use std::ops::ControlFlow;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

struct Serial {
    lister: Box<dyn Lister>,
    resolve: Resolve,
    projection: Projection,
    path: Vec<u8>,
    names: Vec<u8>,
    frames: Vec<Frame>,
}

/// A directory that was listed and has subdirectories yet to be walked.
struct Frame {
    /// What keeps it open, where its children are opened relative to it.
    handle: Option<Handle>,
    /// Length of its path.
    path_length: usize,
    /// Its stretch of `names`; `next` moves towards the end.
    start: usize,
    next: usize,
    end: usize,
}

impl Run for Serial {
    fn prepare(&mut self, root: &Path) -> Result<(), Unsupported> {
        self.lister.prepare(root)
    }

    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        let root_bytes = root.as_os_str().as_bytes();
        let mut sink = sinks.sink();
        self.path.clear();
        self.path.extend_from_slice(root_bytes);
        self.names.clear();
        self.frames.clear();
        let outcome = self.walk(Dir::root(root), below(root_bytes), want, sink.as_mut());
        // A listing that ended early leaves frames, and with them open directories.
        self.frames.clear();
        outcome
    }
}

impl Serial {
    fn walk(&mut self, root: Dir<'_>, below: usize, want: Want, sink: &mut dyn Sink) -> Result<(), Error> {
        // Whatever the caller wants, a walk must know which entries are directories.
        let want = want.max(Want::Kinds);
        let mut collect = Collect::new(sink, &mut self.names);
        let mut root = root;
        self.lister.list(&mut root, want, &mut collect)?;
        if collect.flow.is_break() {
            return Ok(());
        }
        if !self.names.is_empty() {
            let handle = self.keep(root)?;
            self.frames.push(Frame { handle, path_length: self.path.len(), start: 0, next: 0, end: self.names.len() });
        }
        while let Some(frame) = self.frames.last_mut() {
            self.path.truncate(frame.path_length);
            let rest = &self.names[frame.next..frame.end];
            let Some(name_length) = rest.iter().position(|&byte| byte == 0) else {
                self.names.truncate(frame.start);
                self.frames.pop();
                continue;
            };
            push_name(&mut self.path, &rest[..name_length]);
            frame.next += name_length + 1;
            let last = if frame.next == frame.end { frame.handle.take() } else { None };
            if self.visit(last.as_ref(), name_length, below, want, sink).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Lists the directory at `path`, whose last component is `name_length` long. `parent` is what keeps its parent
    /// open unless the top frame does.
    fn visit(
        &mut self,
        parent: Option<&Handle>,
        name_length: usize,
        below: usize,
        want: Want,
        sink: &mut dyn Sink,
    ) -> ControlFlow<()> {
        let start = self.names.len();
        let name = &self.path[self.path.len() - name_length..];
        let parent = parent.or_else(|| self.frames.last().and_then(|frame| frame.handle.as_ref()));
        let mut dir = match parent {
            Some(parent) => Dir::child(parent.as_fd(), name, &self.path, below),
            None => Dir::by_path(&self.path, below),
        };
        let mut collect = Collect::new(sink, &mut self.names);
        let outcome = self.lister.list(&mut dir, want, &mut collect);
        let flow = collect.flow;
        if let Err(error) = outcome
            && !misled(self.projection, &error)
        {
            sink.error(error)?;
        }
        flow?;
        if self.names.len() > start {
            let handle = match self.resolve {
                Resolve::Relative => match dir.into_handle() {
                    Ok(handle) => Some(handle),
                    Err(error) => {
                        self.names.truncate(start);
                        return sink.error(error);
                    }
                },
                _ => None,
            };
            let end = self.names.len();
            self.frames.push(Frame { handle, path_length: self.path.len(), start, next: start, end });
        }
        ControlFlow::Continue(())
    }

    /// What keeps a directory open for its children, if they are opened relative to it.
    fn keep(&self, dir: Dir<'_>) -> Result<Option<Handle>, Error> {
        match self.resolve {
            Resolve::Relative => dir.into_handle().map(Some),
            _ => Ok(None),
        }
    }
}

/// Whether the error is only that a lister which follows links took a link to a directory for one. Walks never follow
/// links, so there is nothing to report.
pub(super) fn misled(projection: Projection, error: &Error) -> bool {
    projection == Projection::Followed
        && matches!(Errno::from_io_error(&error.source), Some(Errno::NOTDIR | Errno::LOOP))
}

const fn row(name: &'static str, about: &'static str, resolve: Resolve, open: Open) -> Row {
    Row {
        name,
        about,
        wants: &Want::ALL,
        factors: Factors { descend: resolve, ..Factors::reading(ReadWith::Nothing) },
        open,
    }
}

fn open(lister: &'static list::Row, options: &list::Options, resolve: Resolve) -> Result<Box<dyn Run>, Unsupported> {
    Ok(Box::new(Serial {
        lister: (lister.open)(options)?,
        resolve,
        projection: lister.projection,
        path: Vec::new(),
        names: Vec::new(),
        frames: Vec::new(),
    }))
}

/// One row per way of opening a directory.
pub const ROWS: &[Row] = &[
    row(
        "serial",
        "one thread, depth first, each directory opened relative to its parent",
        Resolve::Relative,
        Open::Over(|lister, options| open(lister, options, Resolve::Relative)),
    ),
    row(
        "serial-absolute",
        "one thread, depth first, each directory opened by its full path",
        Resolve::Absolute,
        Open::Over(|lister, options| open(lister, options, Resolve::Absolute)),
    ),
];
