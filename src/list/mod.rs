//! Ways of listing one directory, as rows: one file per reader and lookup.
//!
//! In comes a directory and what is wanted of each entry; out go the entries, to a sink. Open `getdents.rs` first: it
//! is the reader that most rows use. [`fswalk::list`] has what they are made of: the [`Lister`] trait, what it is asked
//! ([`Want`]) and what it finds ([`Entry`], into a [`Sink`]). Most rows are a [`Pair`] of a reader and a lookup, which
//! looks each entry up as it is read; [`Batched`] rows read the whole directory first, so that the lookups can be
//! ordered or run at once.
//!
//! To add one: a file here with its `ROWS`, and its line in [`crate::strategy::registry`].
//!
//! Invariants beside those of [`fswalk::list`]: a directory's entries come in directory order unless the row says
//! [`Order::Any`].

mod batch;
mod meta;
pub(crate) mod mounts;
mod path;
pub(crate) mod privilege;
mod row;

pub mod bulkstat;
pub mod digest;
pub mod eof;
pub mod fstatat;
pub mod getdents;
pub mod inode;
pub mod isdir_isfile;
pub mod lstat;
pub mod nix;
pub mod null;
pub mod raw_ext4;
pub mod readdir;
pub mod split;
pub mod statx;
pub mod std;
pub mod tally;
pub mod threads;
pub mod unknown;
pub mod uring;
pub mod usage;

pub use batch::{Answer, Batch, BatchLookup, Batched, Item, Names};
pub use fswalk::list::{
    Dir, Entry, Found, Handle, Kind, Lister, Lookup, Meta, OPEN, Pair, Reader, Sink, Sinks, TypeOnly, Want,
    entry_error, range,
};
pub(crate) use meta::{meta_of_stat, meta_of_statx};
pub use row::{Factors, LookupOrder, Lookups, Options, Order, Parallel, Projection, ReadWith, Resolve, Row, Standing};
