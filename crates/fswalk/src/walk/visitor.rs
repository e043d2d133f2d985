//! Who a walk reports to, and what it says of itself in the end.

use crate::error::Error;
use crate::list::Entry;
use std::ops::ControlFlow;
use std::time::Duration;

/// What to do after an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Go on, and if it is a directory go into it.
    Enter,
    /// Go on, but not into it.
    Skip,
    /// End the walk: what other threads have in hand may still be reported.
    Stop,
}

/// Receives what one thread finds.
pub trait Visitor {
    /// One entry; those of the root have depth 1. It borrows buffers: what is to be kept must be copied.
    fn entry(&mut self, entry: &Entry<'_>, depth: usize) -> Next;

    /// One entry, or one directory, could not be had. `Break` ends the walk.
    fn error(&mut self, error: Error) -> ControlFlow<()>;

    /// A directory, or this thread's part of a large one, has been listed: the time to hand on what was collected. `Break` ends
    /// the walk.
    fn listed(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// How a walk went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many threads there were from when on, since the start.
    pub threads: Vec<(Duration, usize)>,
}
