//! Lists and walks directories on Linux: getdents64, directories opened relative to each other, work stealing, and as many
//! threads as turn out to be needed.
//!
//! - [`Walk`] walks a tree and reports to a [`Visitor`] per thread, without an allocation, a lock or a system call per entry
//!   but those that were asked for.
//! - [`Walk::entries`] is the same as an iterator of owned entries, [`Walk::sorted`] gives them in order.
//! - [`list`] lists one directory.
//!
//! # From the top
//!
//! ```
//! use fswalk::Walk;
//!
//! for entry in Walk::new("src").entries()? {
//!     match entry {
//!         Ok(entry) => println!("{}", entry.path().display()),
//!         Err(error) => eprintln!("{error}"),
//!     }
//! }
//! # Ok::<(), fswalk::Error>(())
//! ```
//!
//! # Example: count files, skip hidden entries and what is below them
//!
//! ```
//! use fswalk::{Entry, Error, Kind, Next, Visitor, Walk};
//! use std::ops::ControlFlow;
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! /// One per thread.
//! struct Count<'c>(&'c AtomicU64);
//!
//! impl Visitor for Count<'_> {
//!     fn entry(&mut self, entry: &Entry<'_>, _depth: usize) -> Next {
//!         if entry.name.starts_with(b".") {
//!             return Next::Skip;
//!         }
//!         if entry.kind == Kind::File {
//!             self.0.fetch_add(1, Ordering::Relaxed);
//!         }
//!         Next::Enter
//!     }
//!
//!     fn error(&mut self, error: Error) -> ControlFlow<()> {
//!         eprintln!("{error}");
//!         ControlFlow::Continue(())
//!     }
//! }
//!
//! let files = AtomicU64::new(0);
//! Walk::new("src").visit(|| Count(&files))?;
//! assert!(files.into_inner() > 10);
//! # Ok::<(), Error>(())
//! ```
//!
//! # What is promised
//!
//! - Every entry that stays where it is while the walk goes on is reported exactly once, hidden ones included, the root not.
//! - Names are bytes. Paths may be of any length, trees of any depth.
//! - An [`Error`] names the call and the path, and costs one entry or one directory; only a root that cannot be listed fails
//!   the walk.
//! - Threads start and end inside the walk.
//!
//! # Features
//!
//! `serde`: [`Want`] and [`Kind`] can be written and read as lowercase words.

#![forbid(unsafe_code)]

pub mod error;
#[doc(hidden)] // for fsbench, whose messages escape the same way
pub mod escape;
pub mod list;
#[doc(hidden)] // for fsbench, whose rows and `ls` share work the same way
pub mod team;
#[doc(hidden)] // what fsbench's other walkers are made of too; nothing in it is promised
pub mod walk;

pub use error::{Error, Unsupported};
pub use list::{Entry, Kind, Meta, Want};
pub use walk::{Entries, FileSystems, Links, Next, OwnedEntry, Summary, Threads, Visitor, Walk};
