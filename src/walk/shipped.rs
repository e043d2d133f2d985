//! The rows of [`fswalk::Walk`]: the walker as shipped, which finds its number of threads itself, and with a fixed number.

use super::serial::misled;
use super::{Open, Opened, Row, Run};
use crate::error::{Error, Unsupported};
use crate::list::{self, Dir, Factors, Lister, Parallel, ReadWith, Resolve, Sink, Sinks, Want};
use fswalk::list::range::Range;
use fswalk::list::{Leave, Rest};
use fswalk::team::lock;
use fswalk::{Threads, Walk};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

struct Stealing {
    lister: &'static list::Row,
    options: list::Options,
    threads: Threads,
    /// Listers that were prepared for `root`, outside the clock or by a run before.
    ready: Vec<Lent>,
    root: PathBuf,
}

/// A lister that one thread at a time uses, so its lock is never contended. It outlives the walk.
#[derive(Clone)]
struct Lent(Arc<Mutex<Box<dyn Lister>>>);

impl Stealing {
    fn ready(&self, root: &Path) -> Result<Lent, Unsupported> {
        let mut lister = (self.lister.open)(&self.options)?;
        lister.prepare(root)?;
        Ok(Lent(Arc::new(Mutex::new(lister))))
    }
}

impl Run for Stealing {
    fn prepare(&mut self, root: &Path) -> Result<(), Unsupported> {
        let threads = if let Threads::Fixed(threads) = self.threads { threads.get() } else { 1 };
        self.ready = (0..threads).map(|_| self.ready(root)).collect::<Result<_, _>>()?;
        self.root = root.to_owned();
        Ok(())
    }

    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        let walk = Walk::new(root).want(want).threads(self.threads);
        let mut ready = std::mem::take(&mut self.ready);
        if self.root != root {
            ready.clear();
            self.root = root.to_owned();
        }
        // Ready and lent. A walk that finds its number of threads may need more listers than were prepared.
        let listers = Mutex::new((ready, Vec::new()));
        let lend = || {
            let found = lock(&listers).0.pop();
            let lister = found.map_or_else(|| self.ready(root), Ok);
            let lister = lister.map_err(|why| Error::other("prepare", root, why))?;
            lock(&listers).1.push(lister.clone());
            Ok(Box::new(lister) as Box<dyn Lister>)
        };
        let projection = self.lister.projection;
        let walked = walk.report_over(Some(&lend), sinks, &|error| misled(projection, error)).map(drop);
        let (ready, lent) = listers.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.ready = ready.into_iter().chain(lent).collect();
        walked
    }
}

impl Lister for Lent {
    fn list(&mut self, dir: &mut Dir<'_>, want: Want, sink: &mut dyn Sink) -> Result<(), Error> {
        lock(&self.0).list(dir, want, sink)
    }

    fn list_or_leave(
        &mut self,
        dir: &mut Dir<'_>,
        want: Want,
        leave: Leave,
        sink: &mut dyn Sink,
    ) -> Result<Option<Rest>, Error> {
        lock(&self.0).list_or_leave(dir, want, leave, sink)
    }

    fn list_part(&mut self, dir: &mut Dir<'_>, range: Range, want: Want, sink: &mut dyn Sink) -> Result<(), Error> {
        lock(&self.0).list_part(dir, range, want, sink)
    }
}

fn open(lister: &'static list::Row, options: &list::Options, threads: Threads) -> Opened {
    // Opened once here, so that what cannot run says so before the clock runs.
    (lister.open)(options)?;
    Ok(Box::new(Stealing { lister, options: *options, threads, ready: Vec::new(), root: PathBuf::new() }))
}

const fn row(name: &'static str, about: &'static str, parallel: Parallel, open: Open) -> Row {
    Row {
        name,
        about,
        wants: &Want::ALL,
        factors: Factors { descend: Resolve::Relative, parallel, ..Factors::reading(ReadWith::Nothing) },
        open,
    }
}

/// One row per way of finding the number of threads.
pub const ROWS: &[Row] = &[
    row(
        "stealing",
        "work stealing, large directories shared, as many threads as it turns out to need",
        Parallel::Stealing,
        Open::Over(|lister, options| open(lister, options, Threads::Auto)),
    ),
    row(
        "stealing/fixed",
        "the same with N threads",
        Parallel::Threads,
        Open::Over(|lister, options| {
            let threads = NonZeroUsize::new(options.threads).unwrap_or(NonZeroUsize::MIN);
            open(lister, options, Threads::Fixed(threads))
        }),
    ),
];
