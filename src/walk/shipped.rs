//! The rows of [`fswalk::Walk`]: the walker as shipped, which finds its number of threads itself, and with a fixed number.

use super::serial::misled;
use super::{Open, Opened, Row, Run};
use crate::error::Error;
use crate::list::{self, Entry, Factors, Parallel, Projection, ReadWith, Resolve, Sink, Sinks, Want};
use fswalk::{Next, Threads, Visitor, Walk};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;

struct Stealing {
    lister: &'static list::Row,
    options: list::Options,
    threads: Threads,
}

impl Run for Stealing {
    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        let walk = Walk::new(root).want(want).threads(self.threads);
        let lister = || (self.lister.open)(&self.options).map_err(|why| Error::other("open", root, why));
        let projection = self.lister.projection;
        walk.visit_over(&lister, || Reporter { sink: sinks.sink(), projection }).map(drop)
    }
}

/// Reports to a sink, and goes everywhere.
struct Reporter<'s> {
    sink: Box<dyn Sink + Send + 's>,
    projection: Projection,
}

impl Visitor for Reporter<'_> {
    #[inline]
    fn entry(&mut self, entry: &Entry<'_>, _depth: usize) -> Next {
        match self.sink.entry(entry) {
            ControlFlow::Continue(()) => Next::Enter,
            ControlFlow::Break(()) => Next::Stop,
        }
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        if misled(self.projection, &error) { ControlFlow::Continue(()) } else { self.sink.error(error) }
    }
}

fn open(lister: &'static list::Row, options: &list::Options, threads: Threads) -> Opened {
    // Opened once here, so that what cannot run says so before the clock runs.
    (lister.open)(options)?;
    Ok(Box::new(Stealing { lister, options: *options, threads }))
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
