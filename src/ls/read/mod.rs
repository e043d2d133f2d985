//! Reads directories.
//!
//! In comes a directory and a [`super::ask::need::Need`]; out come tables of entries. Open `directory.rs` first; then
//! `look_up.rs`, which asks the kernel about one entry, and `table.rs`, which keeps it.

pub(crate) mod canonical;
pub(crate) mod crew;
pub(crate) mod directory;
pub(crate) mod look_up;
pub(crate) mod marks;
pub(crate) mod owners;
pub(crate) mod stats;
pub(crate) mod strategy;
pub(crate) mod table;
pub(crate) mod widths;
