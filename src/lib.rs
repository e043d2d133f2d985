//! fsbench: every way of listing directories on Linux, compared honestly, down to the system call.
//!
//! The command is `fsbench`; this library is what it is made of. The map, top down; each layer uses only those below
//! it:
//!
//! ```text
//! (main.rs, cli/)   one file per command: arguments in, exit status out
//!   report          from a record to something to read: table, Markdown, CSV, page, chart, slides
//!   measure         from a comparison to a record: plan, rounds, workers, oracle, intervals
//!   ls              GNU's ls: from arguments to bytes
//!   tree            trees made to be listed, the same on every machine
//!   trace           which system calls a command or a listing makes, how often, how long they take
//!   bench           what `cargo bench` leaves behind, read
//!   strategy        ways of listing under their names: the registry, patterns, ladders
//!   walk            ways of listing a tree, as rows: one file per walker, ours and the peers'
//!   list            ways of listing one directory, as rows: one file per reader and lookup
//!   raw             file systems read from their block device, without a question to them
//!   sys             the only unsafe code: what no maintained crate offers
//!   error, escape, interrupt    used everywhere: a call that failed, text that is not ours, Ctrl-C
//!   beside          used everywhere: a file that takes its name when it is whole
//! fswalk            a crate of its own: the engine that lists and walks
//! fsbench-mpi       a crate of its own, outside the default members: one walk over many machines
//! ```
//!
//! A `compare` run: `cli::compare` makes a [`measure::comparison`] of the arguments, and of that a [`measure::Plan`].
//! [`measure::session`] shuffles the plan's cases into rounds and starts a process for each sample (`measure::process`,
//! which runs `measure::worker`). There a [`strategy::Strategy`] is opened and lists; what it saw is compared with what
//! [`measure::oracle`] sees. The samples become a [`measure::Record`], which [`report`] shows.
//!
//! `explain` asks a tree for facts ([`measure::explain`]), names causes by rules that see nothing else, and measures what may
//! help by a session of its own.
//!
//! `predict` counts calls here, makes answers of them that a distant server would give ([`measure::predict`]), and plays through which
//! of them wait for which.
//!
//! An entry on its way to the output of [`ls`]: `read::directory` asks the kernel, `read::look_up` looks it up,
//! `read::table` keeps it, `sort` orders it, `show::line` or `show::columns` writes it, `print::output` prints it.
//!
//! # Invariants
//!
//! - Unsafe code is in `sys`, and where `main.rs` and `math.rs` give functions the names that C has for them; none is in
//!   [`fswalk`]. The library prints nothing and never exits.
//! - Names are bytes: nothing assumes UTF-8, and whatever shows text that did not come from us escapes it ([`escape`]).
//! - For each entry our own readers allocate nothing, take no lock, and make only the calls that the question needs.
//!   Rows whose subject is such a cost, as `std`'s, are exempt.
//! - A strategy is held against the oracle ([`measure::oracle`], which makes system calls of its own) before it is
//!   timed.
//! - [`report`] never lists a directory.

#![deny(unsafe_code)]

// Not promised to anybody: `main.rs`, tests, benches and fuzz targets are other crates, and use these.
#[doc(hidden)]
pub mod bench;
#[doc(hidden)]
pub mod beside;
#[doc(hidden)]
pub mod sys;

pub mod error;
pub mod escape;
pub mod interrupt;
pub mod list;
pub mod ls;
pub mod measure;
mod pattern;
pub mod raw;
pub mod report;
pub mod strategy;
pub mod trace;
pub mod tree;
pub mod walk;
