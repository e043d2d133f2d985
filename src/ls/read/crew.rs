//! How many threads a listing may use.

use std::sync::OnceLock;

/// How many threads may work. It is looked up only if there is work for more than one, since that costs twenty calls.
#[derive(Clone, Copy)]
pub(crate) enum Crew<'o> {
    /// This one.
    Alone,
    /// As many as the user says, or as there are cores.
    All(&'o OnceLock<usize>),
}

/// Default upper bound: more threads only contend for the directory's inode lock.
const MOST_THREADS: usize = 16;

impl Crew<'_> {
    /// How many, at least one.
    pub(crate) fn threads(self) -> usize {
        match self {
            Self::Alone => 1,
            Self::All(known) => {
                *known.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS))
            }
        }
    }
}
