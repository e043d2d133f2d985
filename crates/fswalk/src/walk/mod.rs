//! Walking a tree. In: a [`Walk`], which says where and how; out: entries, to a [`Visitor`] per thread or to an iterator.
//!
//! To be read first: `walker` (what a caller sees), then `stealing` (the engine), `job` (what is done with a directory), `schedule` (who does
//! which job, and why it ends). `gather` makes entries of what is listed, `entries` and `in_order` an iterator of a walk. `pace` finds the number of
//! threads; `node` puts paths together and knows when a directory has ended; `room` and `reopen` see to descriptors.

mod ahead;
mod choices;
mod entries;
mod entry;
mod gather;
mod in_order;
mod job;
pub mod node;
mod pace;
pub mod path;
mod primitives;
#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
pub mod reopen;
pub mod room;
mod schedule;
mod stealing;
mod visitor;
mod walker;

pub use choices::{Cancel, Links, Threads};
pub use entries::{IntoIter, Item};
pub use entry::{DirEntry, Entry};
pub use visitor::{Directory, Next, Summary, Visitor};
pub use walker::Walk;
