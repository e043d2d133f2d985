//! Measures ways of listing: proves that all do the same work, times them interleaved, each in its own process, and
//! computes intervals.
//!
//! In comes a [`comparison`], which becomes a [`Plan`] of [`Case`]s; out comes a [`Record`], with every sample. Open
//! [`session`] first: it runs a plan. It starts a worker process for each sample (`process` is our end of the pipe,
//! `worker` the other, `protocol` what goes through), compares what a case saw with the [`oracle`], and runs
//! `schedule`d rounds until the intervals are tight or the time is up. Then `fold` makes the record: [`stats`] computes
//! the intervals, `floor` the time that the kernel alone takes. [`explain`] asks first what a tree is and why it is slow;
//! [`predict`] says what listing it would take from afar. [`environment`] and its [`condition`]s are kept with
//! it.

// Not promised to anybody: `main.rs`, benches and fuzz targets are other crates, and use these.
#[doc(hidden)]
pub mod count;
#[doc(hidden)]
pub mod price;
#[doc(hidden)]
pub mod process;
#[doc(hidden)]
pub mod protocol;
#[doc(hidden)]
pub mod worker;

pub mod against;
pub mod change;
pub mod command;
pub mod comparison;
pub mod condition;
pub mod counters;
pub(crate) mod difference;
pub mod environment;
pub mod events;
mod executor;
pub mod explain;
pub(crate) mod failure;
pub mod file;
pub mod file_system;
mod floor;
mod fold;
pub mod judge;
pub mod language;
pub mod mark;
pub mod oracle;
pub mod path_text;
pub mod peers;
pub mod plan;
pub mod predict;
pub mod programs;
pub mod record;
pub mod reference;
mod rows;
mod running;
pub(crate) mod schedule;
mod serve;
pub mod session;
pub mod shell;
mod shown;
pub mod spec;
pub mod stats;
pub mod step;
pub(crate) mod system;
pub mod traced;
pub mod typed;
pub mod user_mode;
mod version;

pub use events::Events;
pub use failure::Failure;
pub use plan::{Cache, Case, Limits, Plan, Target, View, ViewKind};
pub use record::Record;
pub use rows::renew;
pub use session::run;
pub use shown::{Shown, Source, Time};
