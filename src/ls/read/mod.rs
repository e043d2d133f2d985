//! Asking the kernel: in, a directory and a [`super::ask::need::Need`]; out, tables of entries. To be read first: `directory`, then
//! `look_up`, which asks about one entry, and `table`, which keeps it.

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
