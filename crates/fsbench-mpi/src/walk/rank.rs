//! One rank's walk from beginning to end: starts the listing threads, sees to messages meanwhile, and puts together what was found.

use super::frontier::Frontier;
use super::lister::{Ground, Lister};
use super::node::Room;
use super::totals::Totals;
use super::visitor::Visitor;
use crate::schedule::{Counts, Scheduler, Step, Transport};
use fswalk::Error;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::io;
use std::path::PathBuf;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

/// Between two looks at messages, while there are none.
const POLL: Duration = Duration::from_micros(200);
/// Descriptors left to output files, MPI and the directories that threads have in hand.
const RESERVED_DESCRIPTORS: usize = 128;

/// How one rank walks.
#[derive(Debug, Clone, Copy)]
pub struct Choices {
    /// Threads that list, at least 1.
    pub threads: usize,
    /// What waits may take so much memory before directories are read piecemeal, bytes.
    pub budget_bytes: usize,
    /// For whom idle ranks ask.
    pub seed: u64,
}

/// What one rank did.
pub struct Walked<V> {
    /// What it counted.
    pub totals: Totals,
    /// One a thread.
    pub visitors: Vec<V>,
    /// Its messages.
    pub counts: Counts,
    /// The most memory that waiting directories took, bytes.
    pub most_bytes: usize,
}

/// Walks the trees at `roots` together with all other ranks, which call this too. Rank 0 begins.
///
/// # Errors
/// What ends the walk: no thread to list with, or what a visitor said. Other ranks do not know of it: the job must be aborted.
pub fn walk<V: Visitor>(
    transport: &mut impl Transport,
    roots: &[PathBuf],
    choices: Choices,
    visitor: impl Fn() -> V,
) -> Result<Walked<V>, Error> {
    let frontier = Frontier::new(choices.threads, choices.budget_bytes);
    if transport.rank() == 0 {
        frontier.begin(u32::try_from(roots.len()).expect("a command line has fewer roots"));
    }
    let ground = Ground { frontier: &frontier, roots, room: Room::new(descriptors()) };
    let mut scheduler = Scheduler::new(transport.rank(), choices.seed);
    let results = thread::scope(|scope| {
        let mut threads = Vec::new();
        for _ in 0..choices.threads {
            let lister = Lister::new(&ground, visitor());
            match thread::Builder::new().spawn_scoped(scope, move || lister.run()) {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    frontier.end();
                    return Err(Error::new("clone", "", error));
                }
            }
        }
        attend(&mut scheduler, transport, &frontier, &threads);
        frontier.end();
        let join =
            |thread: ScopedJoinHandle<'_, _>| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        threads.into_iter().map(join).collect::<Result<Vec<_>, Error>>()
    })?;
    let mut totals = Totals::default();
    let mut visitors = Vec::new();
    for (found, visitor) in results {
        totals += found;
        visitors.push(visitor);
    }
    Ok(Walked { totals, visitors, counts: scheduler.counts(), most_bytes: frontier.most_bytes() })
}

/// Sees to messages until all ranks have ended, or a thread has, which it does before only if it failed.
fn attend<T>(
    scheduler: &mut Scheduler,
    transport: &mut impl Transport,
    frontier: &Frontier,
    threads: &[ScopedJoinHandle<'_, T>],
) {
    let since = Instant::now();
    let mut work = frontier;
    while !threads.iter().any(ScopedJoinHandle::is_finished) {
        if scheduler.step(since.elapsed(), transport, &mut work) == Step::Ended {
            return;
        }
        thread::sleep(POLL);
    }
}

/// How many directories may be kept open: as many as the hard limit leaves.
fn descriptors() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Refused, the limit is what it was.
    let _: io::Result<()> = setrlimit(Resource::Nofile, limit).map_err(io::Error::from);
    let current = getrlimit(Resource::Nofile).current.unwrap_or(1 << 16);
    usize::try_from(current).unwrap_or(usize::MAX).saturating_sub(RESERVED_DESCRIPTORS).min(1 << 16) / 2
}
