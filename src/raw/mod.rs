//! File systems read from their block device: no question is put to the file system, so what remains is what the answer
//! itself costs.
//!
//! In comes a [`Device`]; out come directories and inodes. Open `ext4/mod.rs` first. Nothing here makes a decision
//! about a listing, or knows a path: rows do, in [`crate::list`] and [`crate::walk`].
//!
//! Invariants: a device is only read. Its bytes are never trusted: every offset, count and length is checked before it
//! is used; what does not make sense is a [`Fault`], which names the structure; a tree whose nodes point at each other
//! ends, since each level must be lower than the one above, and since a [`Budget`] allows no more blocks than there
//! are.

#![forbid(unsafe_code)]

mod budget;
mod bytes;
mod device;
mod fault;

pub mod ext4;

pub use budget::Budget;
pub use device::{BlockDevice, Device, Image};
pub use fault::Fault;
