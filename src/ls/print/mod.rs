//! Lists directories and writes the output in order.
//!
//! In come directories; out go bytes. Open `directory.rs` first: it lists directories one after another. `recursive.rs`
//! lists trees (`-R`) with several threads; `segments.rs` decides which thread does what.

pub(crate) mod directory;
pub(crate) mod in_turn;
pub(crate) mod listing;
pub(crate) mod output;
pub(crate) mod pending;
pub(crate) mod recursive;
pub(crate) mod segments;
pub(crate) mod stream;
