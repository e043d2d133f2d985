//! Walking a tree. In: a [`Walk`], which says where and how; out: entries, to a [`Visitor`] per thread.
//!
//! To be read first: `walker` (what a caller sees), then `stealing` (the engine), `schedule` (who does which job, and why it
//! ends). `pace` finds the number of threads; `node` puts paths together; `room` and `reopen` see to descriptors.

mod choices;
mod entries;
pub mod node;
mod pace;
pub mod path;
mod primitives;
pub mod reopen;
pub mod room;
mod schedule;
mod stealing;
mod visitor;
mod walker;

pub use choices::{FileSystems, Links, Threads};
pub use entries::{Entries, OwnedEntry};
pub use visitor::{Next, Summary, Visitor};
pub use walker::Walk;
