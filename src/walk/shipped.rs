//! The rows of [`fswalk::Walk`]: the walker as shipped, which finds its number of threads itself, and with a fixed number.

use super::serial::misled;
use super::{Open, Opened, Row, Run};
use crate::error::{Error, Unsupported};
use crate::list::{self, Factors, Parallel, ReadWith, Resolve, Sinks, Want};
use fswalk::{Threads, Walk};
use std::num::NonZeroUsize;
use std::path::Path;

struct Stealing {
    lister: &'static list::Row,
    options: list::Options,
    threads: Threads,
}

impl Run for Stealing {
    fn prepare(&mut self, root: &Path) -> Result<(), Unsupported> {
        (self.lister.open)(&self.options)?.prepare(root)
    }

    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        let walk = Walk::new(root).want(want).threads(self.threads);
        // A walk of several threads opens a lister for each as it needs them: each has to know the root.
        let lister = || {
            let mut lister = (self.lister.open)(&self.options).map_err(|why| Error::other("open", root, why))?;
            lister.prepare(root).map_err(|why| Error::other("prepare", root, why))?;
            Ok(lister)
        };
        let projection = self.lister.projection;
        walk.report_over(Some(&lister), sinks, &|error| misled(projection, error)).map(drop)
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
