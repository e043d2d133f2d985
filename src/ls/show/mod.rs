//! Formats entries.
//!
//! In come entries; out comes a [`page::Page`] of bytes, which any thread may make. Open `line.rs` first.

pub(crate) mod clock;
pub(crate) mod columns;
pub(crate) mod json;
pub(crate) mod line;
pub(crate) mod name;
pub(crate) mod page;
pub(crate) mod paint;
