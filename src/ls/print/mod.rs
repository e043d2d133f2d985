//! From pages to the output, in order: in, directories to be listed; out, bytes. To be read first: `directory` (one after another), then
//! `recursive` (`-R`), whose `segments` say which thread does what.

pub(crate) mod directory;
pub(crate) mod in_turn;
pub(crate) mod listing;
pub(crate) mod output;
pub(crate) mod pending;
pub(crate) mod recursive;
pub(crate) mod segments;
pub(crate) mod stream;
