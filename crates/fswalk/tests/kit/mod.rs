//! What the tests of the walker share. Each test program uses only part of it.
#![allow(dead_code)]

pub(crate) mod alike;
pub(crate) mod process;
pub(crate) mod trees;

use fswalk::Threads;
use std::fmt::Display;
use std::num::NonZeroUsize;

/// Says on standard error that `what` is not tested here.
#[allow(clippy::print_stderr)]
pub(crate) fn skip(what: &str, why: impl Display) {
    eprintln!("skipped: {what}: {why}");
}

/// Exactly so many threads.
pub(crate) fn fixed(threads: usize) -> Threads {
    Threads::Fixed(NonZeroUsize::new(threads).expect("a walk has a thread"))
}

/// The numbers of threads that each promise is held with.
pub(crate) fn threads() -> [Threads; 4] {
    [Threads::Auto, fixed(1), fixed(2), fixed(8)]
}
