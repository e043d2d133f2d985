//! Makes trees to list, the same on every machine.
//!
//! In comes a [`Spec`] (shape, number of entries, seed); out comes a tree with a manifest. Open `plan.rs` first: it
//! says which directories a spec has. [`generate`] makes the tree, [`verify`] compares it with its manifest, [`remove`]
//! removes what is unchanged.
//!
//! A tree is a function of its shape, its number of entries and its seed: names, kinds and nesting come out the same
//! on every machine and with any number of threads, because every directory draws from ChaCha streams of its own. All
//! else (owner, times, inodes) is the machine's: to set a time would cost a second system call a file, so digests
//! cover names and kinds only. Files are empty.
//!
//! ```text
//! Spec -> plan::Plan (directories, and how many files each has)
//!           |- generate   makes each directory's entries, one call an entry
//!           |- contents   what the plan holds: counts and digests, for the manifest
//!           |- verify     looks at each planned entry, then for any other
//!           `- remove     looks at each planned entry, removes it, then its directory
//! ```
//!
//! Beside a tree lies its [`Manifest`], which holds the spec and no path: so whatever became of it, what it proves to
//! be ours is an entry in its planned place that is still as it was made. To add a shape: a file in [`shape`], and its
//! line.
//!
//! Invariants: every call below the root goes by a directory's descriptor and a planned name, no link is ever
//! followed, and no path gets too long.

mod contents;
mod directory;
mod finding;
mod generate;
mod look;
mod manifest;
mod plan;
mod random;
mod remove;
mod root;
pub mod shape;
mod verify;
mod work;

pub use contents::Contents;
pub use finding::{Deviation, FINDINGS_KEPT, Finding, Findings};
pub use generate::{NotMade, generate};
pub use manifest::{Manifest, SCHEMA};
pub use remove::{Removal, remove};
pub use root::{Identity, Origin};
pub use shape::Shape;
pub use verify::verify;

/// The most entries a tree may have: what a plan can number.
pub const MAX_ENTRIES: u64 = 1_000_000_000;

/// What a tree is a function of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spec {
    /// How it is laid out.
    pub shape: Shape,
    /// How many entries there are below its root, directories included: exactly, at most [`MAX_ENTRIES`]. A tree of
    /// shape [`Shape::Empty`] has none, whatever this says.
    pub entries: u64,
    /// Which of all such trees it is.
    pub seed: u64,
}

#[cfg(test)]
mod tests;
