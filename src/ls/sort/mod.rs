//! Sorts entries.
//!
//! In come tables; out come items in order, which point into them. Open `sorted.rs` first.

pub(crate) mod items;
pub(crate) mod nearly;
pub(crate) mod sorted;
pub(crate) mod version;
