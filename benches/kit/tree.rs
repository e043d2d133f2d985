//! A tree that the benches made for themselves, and what the oracle says of it.

use super::Kit;
use fsbench::error::Error;
use fsbench::list::{Projection, Want};
use fsbench::measure::oracle::{self, Question, Truths};
use fsbench::report::count;
use fsbench::strategy::Level;
use fsbench::tree::{Manifest, Shape, Spec, generate, remove, verify};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The seed of every tree.
const SEED: u64 = 1;

/// A tree, made.
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) spec: Spec,
    directory: OnceCell<Truths>,
    whole: OnceCell<Truths>,
    depth: OnceCell<f64>,
}

impl Tree {
    /// The tree at `root`, which is made unless it is there as it was made.
    pub(super) fn at(root: PathBuf, shape: Shape, entries: u64, kit: &Kit) -> Self {
        let spec = Spec { shape, entries, seed: SEED };
        let lock = kit.lock();
        if !is_there(&root, &spec, kit) {
            let made = generate(&root, &spec, &|_| (), kit.interrupt.flag());
            kit.check();
            made.unwrap_or_else(|error| panic!("{error}"));
        }
        drop(lock);
        // The threads that made it end on their own; until then they share our descriptor table.
        while threads() > 1 {
            std::thread::sleep(Duration::from_millis(1));
        }
        Self { root, spec, directory: OnceCell::new(), whole: OnceCell::new(), depth: OnceCell::new() }
    }

    /// `source, 100,000 entries, seed 1`
    pub(crate) fn name(&self) -> String {
        format!("{}, {} entries, seed {}", self.spec.shape, count(self.spec.entries), self.spec.seed)
    }

    /// What the oracle says of the root alone, or of all below it.
    pub(crate) fn truths(&self, level: Level, kit: &Kit) -> &Truths {
        let truths = match level {
            Level::Directory => &self.directory,
            Level::Tree => &self.whole,
        };
        truths.get_or_init(|| {
            let seen = [Projection::Whole, Projection::SizeAndTime, Projection::Followed];
            let questions: Vec<Question> =
                Want::ALL.into_iter().flat_map(|want| seen.map(|seen| (want, seen))).collect();
            let asked = oracle::ask(&self.root, level, &questions, || {
                kit.check();
                Ok::<(), Error>(())
            });
            asked.unwrap_or_else(|error| panic!("{error}"))
        })
    }

    /// Components of an entry's absolute path, on average.
    pub(crate) fn components(&self, level: Level) -> f64 {
        let above = self.root.components().count() as f64 - 1.0;
        match level {
            Level::Directory => above + 1.0,
            Level::Tree => above + self.depth.get_or_init(|| self.mean_depth()),
        }
    }

    fn mean_depth(&self) -> f64 {
        let depths = walkdir::WalkDir::new(&self.root).min_depth(1).into_iter().flatten().map(|entry| entry.depth());
        let (sum, number) = depths.fold((0, 0_u64), |(sum, number), depth| (sum + depth, number + 1));
        sum as f64 / number.max(1) as f64
    }
}

/// Whether the tree is there, as it was made. What is left of an unfinished or a changed one is removed.
fn is_there(root: &Path, spec: &Spec, kit: &Kit) -> bool {
    let Ok(manifest) = Manifest::read(root) else { return false };
    let stop = kit.interrupt.flag();
    let finished = manifest.spec() == *spec && manifest.contents.is_some();
    let found = verify(root, &|_| (), stop);
    kit.check();
    if finished && found.is_ok_and(|findings| findings.total == 0) {
        return true;
    }
    let removal = remove(root, &|_| (), stop);
    kit.check();
    let left = removal.unwrap_or_else(|error| panic!("{error}")).left;
    assert!(left.total == 0, "{} has been changed, and cannot be removed: remove it", root.display());
    false
}

/// Threads of this process.
pub(crate) fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}
