//! Computes from a plan what its tree will hold: counts and digests, as a listing of the tree would see them.

use super::plan::Plan;
use crate::list::digest::{Digest, Hasher};
use crate::list::{Entry, Kind, Projection, Want};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Add;

/// What is in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Contents {
    /// Regular files, those with several names once for each.
    pub files: u64,
    /// Directories below the root.
    pub directories: u64,
    /// Symbolic links.
    pub links: u64,
    /// Named pipes.
    pub fifos: u64,
    /// Sockets.
    pub sockets: u64,
    /// The digest of the names, as [`crate::list::digest`] defines it.
    pub names: Digest,
    /// The digest of names and kinds.
    pub kinds: Digest,
}

impl Contents {
    fn count(&mut self, kind: Kind) {
        match kind {
            Kind::Directory => self.directories += 1,
            Kind::Symlink => self.links += 1,
            Kind::Fifo => self.fifos += 1,
            Kind::Socket => self.sockets += 1,
            // A plan has no devices: an ordinary user cannot make them.
            _ => self.files += 1,
        }
    }
}

impl Add for Contents {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self.files += other.files;
        self.directories += other.directories;
        self.links += other.links;
        self.fifos += other.fifos;
        self.sockets += other.sockets;
        self.names += other.names;
        self.kinds += other.kinds;
        self
    }
}

/// The contents of `plan`; they are incomplete if `goes_on` has said no.
pub(super) fn contents(plan: &Plan, goes_on: &(dyn Fn() -> bool + Sync)) -> Contents {
    plan.indices().into_par_iter().map(|index| of_directory(plan, index, goes_on)).reduce(Contents::default, Add::add)
}

fn of_directory(plan: &Plan, index: u32, goes_on: &dyn Fn() -> bool) -> Contents {
    let mut contents = Contents::default();
    let mut hasher = Hasher::default();
    let dir = plan.path(index);
    let mut add = |name: &[u8], kind: Kind| {
        let entry = Entry { dir: &dir, name, kind, ino: 0, position: None, meta: None };
        contents.names += hasher.hash(&entry, Want::Names, Projection::Whole);
        contents.kinds += hasher.hash(&entry, Want::Kinds, Projection::Whole);
        contents.count(kind);
        if goes_on() { Ok(()) } else { Err(()) }
    };
    let mut name = Vec::new();
    for child in plan.children(index) {
        name.clear();
        plan.push_name(child, &mut name);
        if add(&name, Kind::Directory).is_err() {
            return contents;
        }
    }
    // The error says only that it was asked to stop.
    let _ = plan.files(index, |name, what| add(name, what.kind()));
    contents
}
