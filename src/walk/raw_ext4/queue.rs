//! The directories that wait to be listed, in the order of their inode numbers: that of inode tables on the device, and
//! mostly of directories' blocks as well.
//!
//! The lowest ones are next, wherever they are in the tree. ext4 gives out inodes of a group in the order in which files are
//! made, so what was made together is read together, and each piece of a table is read once. Going level by level, each from
//! the lowest to the highest, read three times as many bytes of the tables of a tree of 1,000,000.
//!
//! Where the device is waited for, order matters less than how much it can be asked for at once: a stretch is then all that
//! waits.

use super::tree::{Found, Id, Path, Tree};
use fswalk::team::lock;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// Directories that a thread takes at once. Their inodes, and those of their entries, fit in its cache.
const STRETCH: usize = 64;
/// The same where the device is waited for.
const LONG_STRETCH: usize = 1 << 16;

/// Directories that wait, for several threads.
pub(super) struct Queue {
    state: Mutex<State>,
    /// Somebody has handed over what was found, or the walk is over.
    changed: Condvar,
    is_stopped: AtomicBool,
    waits_for_device: AtomicBool,
    threads: usize,
}

struct State {
    tree: Tree,
    waiting: BinaryHeap<Reverse<(u32, Id)>>,
    seen: Seen,
    /// Threads that have a stretch in hand.
    working: usize,
}

/// A bit for each inode. The kernel gives memory to the parts that are touched.
struct Seen(Vec<u64>);

impl Seen {
    /// Whether it was not seen before.
    fn insert(&mut self, ino: u32) -> bool {
        // A directory has no entry with a higher number: they were checked when they were read.
        let word = &mut self.0[ino as usize / 64];
        let bit = 1 << (ino % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

/// Directories that one thread lists, one after the other, and what it finds in them.
pub(super) struct Stretch {
    inodes: Vec<u32>,
    ids: Vec<Id>,
    /// All paths, and where each ends.
    paths: Vec<u8>,
    ends: Vec<usize>,
    path: Path,
    found: Found,
}

/// One of a stretch.
pub(super) struct Directory<'s> {
    pub(super) ino: u32,
    pub(super) id: Id,
    pub(super) path: &'s [u8],
    pub(super) below: &'s [u8],
}

impl Queue {
    pub(super) fn new(ino: u32, inodes: u32, threads: usize) -> Self {
        let mut seen = Seen(vec![0; inodes as usize / 64 + 1]);
        seen.insert(ino.min(inodes));
        let waiting = BinaryHeap::from([Reverse((ino, Id::ROOT))]);
        let state = State { tree: Tree::new(), waiting, seen, working: 0 };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            is_stopped: AtomicBool::new(false),
            waits_for_device: AtomicBool::new(false),
            threads: threads.max(1),
        }
    }

    /// Waits for directories, and puts the next ones into an empty `stretch`; whether there are any. After each `true`,
    /// [`Queue::done`] is due.
    pub(super) fn take(&self, stretch: &mut Stretch) -> bool {
        let mut state = lock(&self.state);
        loop {
            if self.is_stopped() {
                return false;
            }
            if !state.waiting.is_empty() {
                break;
            }
            if state.working == 0 {
                return false;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let State { tree, waiting, working, .. } = &mut *state;
        let most = match self.waits_for_device.load(Ordering::Relaxed) {
            true => waiting.len().div_ceil(self.threads).min(LONG_STRETCH),
            false => STRETCH,
        };
        for Reverse((ino, id)) in std::iter::from_fn(|| waiting.pop()).take(most) {
            stretch.push(tree, ino, id);
        }
        *working += 1;
        true
    }

    /// Takes in what a stretch led to, and empties it. A directory that was met before has two names, which none can have: its
    /// second path goes to `twice`, and it is not listed again.
    pub(super) fn done(&self, stretch: &mut Stretch, mut twice: impl FnMut(&[u8])) {
        stretch.clear();
        let mut state = lock(&self.state);
        let State { tree, waiting, seen, working } = &mut *state;
        *working -= 1;
        let Stretch { found, path, .. } = stretch;
        found.drain(|ino, parent, name| {
            let id = tree.push(parent, name);
            if seen.insert(ino) {
                waiting.push(Reverse((ino, id)));
            } else {
                path.set(tree, id);
                twice(path.bytes());
            }
        });
        if self.threads > 1 {
            self.changed.notify_all();
        }
    }

    /// Says whether the device was waited for: stretches are longer then.
    pub(super) fn wait_for_device(&self, waits: bool) {
        self.waits_for_device.store(waits, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// Ends the walk. Who waits is told by [`Queue::done`], which follows.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}

impl Stretch {
    pub(super) fn new(root: &[u8]) -> Self {
        let path = Path::new(root);
        Self { inodes: Vec::new(), ids: Vec::new(), paths: Vec::new(), ends: Vec::new(), path, found: Found::default() }
    }

    fn push(&mut self, tree: &Tree, ino: u32, id: Id) {
        self.path.set(tree, id);
        self.paths.extend_from_slice(self.path.bytes());
        self.inodes.push(ino);
        self.ids.push(id);
        self.ends.push(self.paths.len());
    }

    fn clear(&mut self) {
        self.inodes.clear();
        self.ids.clear();
        self.paths.clear();
        self.ends.clear();
    }

    /// The inode numbers of its directories, in order.
    pub(super) fn inodes(&self) -> &[u32] {
        &self.inodes
    }

    /// The path of one of its directories.
    pub(super) fn path(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.paths[start..self.ends[index]]
    }

    /// One of its directories, and where what is found in it goes.
    pub(super) fn parts(&mut self, index: usize) -> (Directory<'_>, &mut Found) {
        let Self { inodes, ids, paths, ends, path, found } = self;
        let start = if index == 0 { 0 } else { ends[index - 1] };
        let whole = &paths[start..ends[index]];
        let below = path.below_of(whole);
        (Directory { ino: inodes[index], id: ids[index], path: whole, below }, found)
    }
}
