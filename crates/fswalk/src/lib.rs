//! Walks trees on Linux: getdents64, directories opened relative to each other, work stealing, and as many threads as turn out to be
//! needed. A small tree is walked by the calling thread alone, without any of that.
//!
//! # From the top
//!
//! ```
//! use fswalk::Walk;
//!
//! for entry in Walk::new("src") {
//!     match entry {
//!         Ok(entry) => println!("{}", entry.path().display()),
//!         Err(error) => eprintln!("{error}"),
//!     }
//! }
//! ```
//!
//! | what you write | what you get | what it costs an entry |
//! |---|---|---|
//! | `for entry in walk` | [`DirEntry`], on one thread, as they are found | an allocation, and a copy of the path |
//! | [`Walk::sort_by_file_name`] | the same, depth first, by name | the same; directories are read one at a time |
//! | [`Walk::for_each`] | [`Entry`], to one closure, on many threads | a call |
//! | [`Walk::fold`] | [`Entry`], to a closure with a state per thread | a call |
//! | [`Walk::visit`] | [`Entry`], to a [`Visitor`] per thread, with a state handed down from directory to directory | a call |
//!
//! The words are those of `walkdir`; [`coming_from`] has the differences.
//!
//! # Example: skip hidden files and what is in hidden directories
//!
//! ```
//! use fswalk::{Entry, Walk};
//!
//! fn is_shown(entry: &Entry<'_>) -> bool {
//!     entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
//! }
//!
//! for entry in Walk::new("src").filter_entry(is_shown) {
//!     println!("{}", entry?.path().display());
//! }
//! # Ok::<(), fswalk::Error>(())
//! ```
//!
//! # Example: total sizes
//!
//! Files alone are looked up, by all of the walk's threads, each of which adds up its own.
//!
//! ```
//! use fswalk::{Kind, Walk};
//!
//! let sums = Walk::new("src").metadata_of(&[Kind::File]).fold(
//!     || 0,
//!     |sum, found| match found {
//!         Ok(entry) if entry.file_type().is_file() => *sum += entry.metadata().map_or(0, |meta| meta.len()),
//!         Ok(_) => {}
//!         Err(error) => eprintln!("{error}"),
//!     },
//! );
//! println!("{} bytes", sums.into_iter().sum::<u64>());
//! ```
//!
//! # Example: find by name
//!
//! ```
//! use fswalk::{Next, Walk};
//! use std::sync::Mutex;
//!
//! let found = Mutex::new(None);
//! Walk::new("src").for_each(|entry| match entry {
//!     Ok(entry) if entry.file_name() == "lib.rs" => {
//!         *found.lock().unwrap() = Some(entry.path());
//!         Next::Stop
//!     }
//!     _ => Next::Enter,
//! });
//! assert!(found.into_inner().unwrap().is_some());
//! ```
//!
//! # What is promised
//!
//! - Every entry that stays where it is while the walk goes on is reported exactly once, hidden ones included; an entry whose lookup
//!   failed, too, with the error beside it.
//! - A directory is reported before what is in it (unless [`Walk::contents_first`] says otherwise).
//! - Names are bytes. Paths may be of any length, trees of any depth.
//! - An [`Error`] names the call and the path, and costs one entry or one directory.
//! - Threads start and end inside the walk; a walk that is dropped or stopped ends with what its threads have in hand. A panic of the
//!   caller's code reaches the caller as it was.
//! - All walks of a process share one budget of descriptors and threads: none takes them from the program, and several at once lose
//!   nothing. No lock is held that a fork could leave locked.
//!
//! # Features
//!
//! `serde`: [`Want`] and [`Kind`] can be written and read as lowercase words.

#![forbid(unsafe_code)]

pub mod error;
#[doc(hidden)] // for fsbench, whose messages escape the same way
pub mod escape;
pub mod list;
mod system;
#[doc(hidden)] // for fsbench, whose rows and `ls` share work the same way
pub mod team;
#[doc(hidden)] // what fsbench's other walkers are made of too; nothing in it is promised
pub mod walk;

#[doc = include_str!("../COMING_FROM.md")]
pub mod coming_from {}

pub use error::{Error, Unsupported};
pub use list::{Kind, Meta, Want};
pub use walk::{Cancel, DirEntry, Directory, Entry, IntoIter, Next, Summary, Threads, Visitor, Walk};
