//! Saying that a test skips, and why.

use std::fmt::Display;

/// Says on standard error that `what` is not tested here.
#[allow(clippy::print_stderr)]
pub(crate) fn skip(what: &str, why: impl Display) {
    eprintln!("skipped: {what}: {why}");
}
