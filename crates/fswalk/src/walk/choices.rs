//! What a caller chooses of a walk: how many threads, what becomes of links, and when to end it.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many threads a walk uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// The caller's alone at first, as many as there are cores once the walk has taken a moment, more while they wait, fewer while
    /// they contend.
    Auto,
    /// Exactly so many, descriptors permitting.
    Fixed(NonZeroUsize),
}

/// What becomes of symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// They are reported.
    Report,
    /// What they lead to is reported and walked.
    Follow,
}

/// Ends a walk from outside, or several. Clones are the same.
///
/// ```
/// use fswalk::{Cancel, Walk};
///
/// let cancel = Cancel::new();
/// let mut entries = Walk::new("src").cancel(&cancel).into_iter();
/// assert!(entries.next().is_some());
/// cancel.cancel();
/// assert!(entries.count() < 10_000);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// One that has not been cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the walks that have it: what threads have in hand may still be reported.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
