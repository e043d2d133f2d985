//! fsbench: every way of listing directories on Linux, compared honestly, down to the system call.
//!
//! The command is `fsbench`; this library is what it is made of. The map, from the bottom up; each layer uses only those
//! above it in this list:
//!
//! - [`error`]: an error names the call and the path. [`escape`]: text that did not come from us, shown. [`interrupt`]: Ctrl-C as something one can ask about.
//! - [`sys`]: the only unsafe code: what no maintained crate offers.
//! - [`list`]: listing one directory. A [`list::Lister`] hands borrowed [`list::Entry`]s to a [`list::Sink`]; one file per
//!   reader and lookup.
//! - [`walk`]: listing a tree. A [`walk::Run`] reports to [`list::Sinks`], one sink per thread; one file per walker, ours and
//!   the peers'.
//! - [`strategy`]: the [`strategy::registry`] pairs them under names; the [`strategy::ladder`]s order them.
//! - [`ls`]: printing a listing: GNU's `ls`.
//! - [`tree`]: trees made to be listed, the same on every machine.
//! - [`trace`]: which system calls a command or a listing makes, how often, how long they take.
//! - [`measure`]: from a [`measure::Plan`] to a [`measure::Record`]: workers, rounds, samples, intervals.
//! - [`mod@bench`]: what `cargo bench` leaves behind, read.
//! - [`report`]: from a record to something to read.
//!
//! # Invariants
//!
//! - Nothing outside [`sys`] is unsafe. The library prints nothing and never exits.
//! - Names are bytes: nothing assumes UTF-8, and whatever shows text that did not come from us escapes it ([`escape`]).
//! - On the path of an entry from the kernel to a sink there is no allocation, no lock and no call that was not asked for.
//! - A strategy is held against the oracle ([`measure::oracle`], which makes system calls of its own) before it is timed.
//! - [`report`] never lists a directory; nothing below [`measure`] reads a clock.

#![deny(unsafe_code)]

pub mod bench;
pub mod error;
pub mod escape;
pub mod interrupt;
pub mod list;
pub mod ls;
pub mod measure;
pub mod report;
pub mod strategy;
pub mod sys;
pub mod trace;
pub mod tree;
pub mod walk;
