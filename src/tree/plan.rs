//! The plan of a tree: its directories and how many files each has, from which any part can be made in any order.
//!
//! Only directories are held, 20 bytes each. What a directory is called and what is in it is drawn when it is needed,
//! from two streams of its own, so any thread can do any directory, and an error can name a path nobody kept.
//!
//! ```text
//! index      0 (root)   1   2   3   4   5        breadth first, so that a directory's
//! parent     -          0   0   1   1   2        subdirectories are a range
//! ```

use super::directory::Directory;
use super::random::Stream;
use super::shape::{Layout, What};
use super::{MAX_ENTRIES, Spec};
use std::ops::Range;

/// All directories of a tree, and what is needed to draw the rest.
pub(super) struct Plan {
    directories: Vec<Directory>,
    layout: &'static Layout,
    seed: u64,
}

/// The index of a plan's root.
pub(super) const ROOT: u32 = 0;

impl Plan {
    /// The plan of `spec`.
    ///
    /// # Errors
    /// In words: there would be too many entries.
    pub(super) fn new(spec: &Spec) -> Result<Self, String> {
        let entries = u32::try_from(spec.entries).ok().filter(|&entries| u64::from(entries) <= MAX_ENTRIES);
        let entries = entries.ok_or_else(|| format!("a tree has at most {MAX_ENTRIES} entries"))?;
        let layout = spec.shape.layout();
        let directories = (layout.skeleton)(entries, &mut Stream::new(spec.seed, 0));
        Ok(Self { directories, layout, seed: spec.seed })
    }

    /// How many entries there are below the root.
    pub(super) fn entries(&self) -> u64 {
        self.indices().map(|index| self.entries_in(index)).sum()
    }

    /// How many entries there are in the directory `index`, those in its subdirectories not counted.
    pub(super) fn entries_in(&self, index: u32) -> u64 {
        let dir = self.get(index);
        u64::from(dir.children) + u64::from(dir.files)
    }

    /// Every directory's index, the root's first.
    pub(super) fn indices(&self) -> Range<u32> {
        0..self.directories.len() as u32
    }

    fn get(&self, index: u32) -> Directory {
        self.directories[index as usize]
    }

    /// The directory that `index` is in.
    pub(super) fn parent(&self, index: u32) -> u32 {
        self.get(index).parent
    }

    /// The subdirectories of `index`.
    pub(super) fn children(&self, index: u32) -> Range<u32> {
        let dir = self.get(index);
        dir.first_child..dir.first_child + dir.children
    }

    /// Appends the name of the directory `index`, which is not the root.
    pub(super) fn push_name(&self, index: u32, out: &mut Vec<u8>) {
        let mut stream = Stream::new(self.seed, u64::from(index) * 2 + 1);
        (self.layout.directory)(&mut stream, &self.get(index), out);
    }

    /// The path of the directory `index` below the root: empty for the root.
    pub(super) fn path(&self, index: u32) -> Vec<u8> {
        let mut line = vec![index];
        while let Some(&last) = line.last()
            && last != ROOT
        {
            line.push(self.parent(last));
        }
        let mut path = Vec::new();
        for &index in line.iter().rev().skip(1) {
            if !path.is_empty() {
                path.push(b'/');
            }
            self.push_name(index, &mut path);
        }
        path
    }

    /// Hands the entries of `index` that are not directories to `each`, in the order in which they are made.
    ///
    /// # Errors
    /// The first of `each`, which ends it.
    pub(super) fn files<E>(&self, index: u32, mut each: impl FnMut(&[u8], What) -> Result<(), E>) -> Result<(), E> {
        let mut stream = Stream::new(self.seed, u64::from(index) * 2 + 2);
        let mut name = Vec::new();
        for nth in 0..self.get(index).files {
            name.clear();
            let what = (self.layout.file)(&mut stream, nth, &mut name);
            each(&name, what)?;
        }
        Ok(())
    }
}

/// Directories in a plan's order, from each one's parent: `parents[i]` is the parent of directory `i + 1` and at most
/// `i`. `files` are spread over them in proportion to `weight`, which is asked in order, the root first.
pub(super) fn directories(parents: &[u32], files: u32, mut weight: impl FnMut(u32) -> u64) -> Vec<Directory> {
    let count = parents.len() + 1;
    // Counting sort by parent: `children[start[p]..start[p + 1]]` are the children of `p`.
    let mut start = vec![0u32; count + 1];
    for &parent in parents {
        start[parent as usize + 1] += 1;
    }
    for parent in 0..count {
        start[parent + 1] += start[parent];
    }
    let mut children = vec![0u32; parents.len()];
    let mut next = start.clone();
    for (child, &parent) in (1..).zip(parents) {
        children[next[parent as usize] as usize] = child;
        next[parent as usize] += 1;
    }
    // Breadth first: `order[new] == old`.
    let mut order = Vec::with_capacity(count);
    order.push(0);
    let mut ordered = vec![Directory::default()];
    for new in 0..count {
        let old = order[new] as usize;
        let of_old = &children[start[old] as usize..start[old + 1] as usize];
        ordered[new].first_child = order.len() as u32;
        ordered[new].children = of_old.len() as u32;
        order.extend_from_slice(of_old);
        ordered.extend((0..of_old.len() as u32).map(|nth| Directory {
            parent: new as u32,
            nth,
            ..Directory::default()
        }));
    }
    spread(&mut ordered, files, &mut weight);
    ordered
}

/// Exactly `files` in all: each directory gets what the sum of weights up to it entitles it to, less what those before
/// got.
fn spread(directories: &mut [Directory], files: u32, weight: &mut dyn FnMut(u32) -> u64) {
    let weights: Vec<u64> = (0..).take(directories.len()).map(weight).collect();
    let total: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    let (mut sum, mut given) = (0, 0);
    for (dir, weight) in directories.iter_mut().zip(weights) {
        sum += u128::from(weight);
        // Where nothing has weight, the root gets all: 1 / 1.
        let (part, whole) = if total == 0 { (1, 1) } else { (sum, total) };
        let due = (u128::from(files) * part / whole) as u32;
        dir.files = due - given;
        given = due;
    }
}
