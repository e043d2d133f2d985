//! From entries to bytes: in, an entry or a few; out, a [`page::Page`]. Any thread may do it. To be read first: `line`.

pub(crate) mod clock;
pub(crate) mod columns;
pub(crate) mod json;
pub(crate) mod line;
pub(crate) mod name;
pub(crate) mod page;
pub(crate) mod paint;
