//! One rayon task per directory, each opened relative to its parent.
//!
//! A task lists its directory with the lister and the sink of the thread it runs on, then spawns a task for each
//! subdirectory. A parent stays open while a child still waits to be opened (they share it through an `Arc`).
//!
//! Every entry once: a directory is spawned by the one task that listed its parent. Termination: a task spawns only
//! directories below its own, of which a tree has finitely many, never waits for another task, and holds its thread's
//! lock only while it runs; rayon's scope returns when the last task has ended.

use super::collect::Collect;
use super::serial::misled;
use super::{Open, Row, Run, peer};
use crate::error::{Error, Unsupported};
use crate::list::{self, Dir, Factors, Handle, Lister, Parallel, Projection, ReadWith, Resolve, Sink, Sinks, Want};
use fswalk::team::lock;
use fswalk::walk::path::{below, push_name};
use rayon::{Scope, ThreadPoolBuilder};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

struct Rayon {
    listers: Vec<Box<dyn Lister>>,
    projection: Projection,
}

/// What one thread of the pool works with. Only that thread takes the lock, once a directory: it is never contended.
struct Slot<'s> {
    lister: &'s mut dyn Lister,
    sink: Box<dyn Sink + Send + 's>,
    names: Vec<u8>,
}

struct Walk<'s> {
    slots: Vec<Mutex<Slot<'s>>>,
    stop: AtomicBool,
    below: usize,
    want: Want,
    projection: Projection,
}

impl Run for Rayon {
    fn prepare(&mut self, root: &Path) -> Result<(), Unsupported> {
        self.listers.iter_mut().try_for_each(|lister| lister.prepare(root))
    }

    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        let threads = self.listers.len();
        // The pool starts inside the clock, as a program that walks one tree starts it.
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| Error::other("pthread_create", root, error))?;
        let slot = |lister| Mutex::new(Slot { lister, sink: sinks.sink(), names: Vec::new() });
        let walk = Walk {
            slots: self.listers.iter_mut().map(|lister| slot(lister.as_mut())).collect(),
            stop: AtomicBool::new(false),
            below: below(root.as_os_str().as_bytes()),
            // Whatever the caller wants, a walk must know which entries are directories.
            want: want.max(Want::Kinds),
            projection: self.projection,
        };
        let mut outcome = Ok(());
        pool.scope(|scope| outcome = walk.list(scope, Dir::root(root)));
        outcome
    }
}

impl<'s> Walk<'s> {
    /// Lists one directory and spawns its subdirectories; an error is the directory's own.
    fn list<'e>(&'e self, scope: &Scope<'e>, mut dir: Dir<'_>) -> Result<(), Error> {
        let Some(slot) = rayon::current_thread_index().and_then(|index| self.slots.get(index)) else {
            return Err(Error::other("rayon", "", "a task ran outside its pool"));
        };
        let mut slot = lock(slot);
        let Slot { lister, sink, names } = &mut *slot;
        names.clear();
        let mut collect = Collect::new(sink.as_mut(), names);
        let outcome = lister.list(&mut dir, self.want, &mut collect);
        if collect.flow.is_break() {
            self.stop.store(true, Ordering::Relaxed);
            return outcome;
        }
        if !names.is_empty() {
            let parent_path = dir.path();
            match dir.into_handle() {
                Ok(handle) => self.spawn(scope, &Arc::new(handle), parent_path, names),
                Err(error) => return outcome.and(Err(error)),
            }
        }
        outcome
    }

    fn spawn<'e>(&'e self, scope: &Scope<'e>, parent: &Arc<Handle>, parent_path: &[u8], names: &[u8]) {
        for name in names.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
            let parent = Arc::clone(parent);
            let mut path = Vec::with_capacity(parent_path.len() + 1 + name.len());
            path.extend_from_slice(parent_path);
            push_name(&mut path, name);
            let name_length = name.len();
            scope.spawn(move |scope| {
                if self.stop.load(Ordering::Relaxed) {
                    return;
                }
                let name = &path[path.len() - name_length..];
                if let Err(error) = self.list(scope, Dir::child(parent.as_fd(), name, &path, self.below)) {
                    self.report(error);
                }
            });
        }
    }

    fn report(&self, error: Error) {
        if misled(self.projection, &error) {
            return;
        }
        if let Some(slot) = rayon::current_thread_index().and_then(|index| self.slots.get(index)) {
            let mut slot = lock(slot);
            if slot.sink.error(error).is_break() {
                self.stop.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn open(lister: &'static list::Row, options: &list::Options) -> Result<Box<dyn Run>, Unsupported> {
    peer::can_start(options.threads.max(1))?;
    let listers = (0..options.threads.max(1)).map(|_| (lister.open)(options)).collect::<Result<_, _>>()?;
    Ok(Box::new(Rayon { listers, projection: lister.projection }))
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "rayon",
    about: "one rayon task per directory, each opened relative to its parent",
    wants: &Want::ALL,
    factors: Factors { descend: Resolve::Relative, parallel: Parallel::Threads, ..Factors::reading(ReadWith::Nothing) },
    open: Open::Over(open),
}];
