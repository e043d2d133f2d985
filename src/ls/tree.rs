//! `-R`: directories below directories, read by several threads, printed in GNU's order.
//!
//! A directory is one page. Pages come out depth first, each directory's subdirectories after it in its own order, so a
//! directory's place is the path of child numbers that leads to it, and places compare as that order does:
//!
//! ```text
//! order    [0]  [0,0]  [0,0,2]  [0,1]  [1]      what is neither finished nor printed
//!          done done   reading  ·      ·        the done ones at the front are printed
//! pending                       [0,1]  [1]      a thread takes the first
//! ```
//!
//! Threads stay near the place that is printed next; when too much lies finished before its turn, only one goes on. Each
//! directory is opened relative to its parent, which makes trees deeper than PATH_MAX no different from others.

use super::directory;
use super::entry::Complaint;
use super::gather::{Place, already_listed, failed_on};
use super::line::Writer;
use super::listed::Listed;
use super::output::Output;
use super::page::Page;
use super::read::{Crew, Reading, Tools};
use super::stats::{Call, Phase, Stats};
use rustix::fs::{AtFlags, Mode, StatxFlags, openat, statx};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Finished pages that may wait for their turn, in bytes.
const AHEAD_BYTES: usize = 32 << 20;
/// Directories that wait to be listed and keep their parent open; beyond, they are opened by path.
const KEPT_OPEN: usize = 256;
/// Directories waiting from which threads are started.
const WORTH_THREADS: usize = 8;
/// From this size on, a directory is read by several threads.
const LARGE_BYTES: u64 = 1 << 20;

/// A directory's place in the output: the numbers of the children on the way to it.
type Key = Arc<[u32]>;

/// A directory to be listed.
struct Node {
    path: Vec<u8>,
    /// Its parent, open, and where in `path` its name starts.
    parent: Option<(Arc<OwnedFd>, usize)>,
    above: Option<Arc<Above>>,
    /// The exit status if it cannot be had.
    status: u8,
}

/// The directories that lead to one, to find loops.
struct Above {
    device: (u32, u32),
    ino: u64,
    above: Option<Arc<Above>>,
}

/// A directory, listed.
#[derive(Default)]
struct Block {
    /// What could not be had before anything of it was printed.
    first: Vec<Complaint>,
    heading: Page,
    has_heading: bool,
    complaints: Vec<Complaint>,
    page: Page,
    children: Vec<Node>,
}

struct State<'t, 'o> {
    /// What is neither printed nor, if it holds nothing, finished.
    order: BTreeMap<Key, Option<Block>>,
    pending: BTreeMap<Key, Node>,
    running: usize,
    finished_bytes: usize,
    /// Away while a thread writes.
    output: Option<&'t mut Output<'o>>,
    stop: bool,
    stats: Stats,
}

/// What the threads share.
struct Walk<'t, 'o> {
    reading: Reading<'o>,
    state: Mutex<State<'t, 'o>>,
    changed: Condvar,
}

/// One thread's things.
struct Walker<'o> {
    tools: Tools<'o>,
    writer: Writer<'o>,
    stats: Stats,
}

/// Lists the directories and everything below them.
pub(super) fn list<'o>(reading: Reading<'o>, roots: Vec<Vec<u8>>, output: &mut Output<'o>) {
    let mut state = State {
        order: BTreeMap::new(),
        pending: BTreeMap::new(),
        running: 0,
        finished_bytes: 0,
        output: Some(output),
        stop: false,
        stats: Stats::default(),
    };
    for (root, number) in roots.into_iter().zip(0..) {
        state.add(Arc::from([number]), Node { path: root, parent: None, above: None, status: 2 });
    }
    let walk = Walk { reading, state: Mutex::new(state), changed: Condvar::new() };
    let mut walker = Walker::new(reading);
    // A tree of a few directories is listed before a thread has started.
    while walk.lock().pending.len() < WORTH_THREADS && walk.step(&mut walker) {}
    std::thread::scope(|scope| {
        let helpers = if walk.lock().pending.is_empty() { 0 } else { reading.crew.threads().saturating_sub(1) };
        for _ in 0..helpers {
            let helper = || {
                let mut walker = Walker::new(reading);
                while walk.step(&mut walker) {}
                walk.leave(walker);
            };
            // Where the system allows no more threads, those there are do the work: this one in any case.
            if std::thread::Builder::new().spawn_scoped(scope, helper).is_err() {
                break;
            }
        }
        while walk.step(&mut walker) {}
    });
    walk.leave(walker);
    let State { output, stats, .. } = walk.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(output) = output {
        output.stats.fold(&stats);
    }
}

impl<'t, 'o> Walk<'t, 'o> {
    fn lock(&self) -> MutexGuard<'_, State<'t, 'o>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists one directory; whether there was one.
    fn step(&self, walker: &mut Walker<'o>) -> bool {
        let Some((key, node)) = self.take() else { return false };
        let block = walker.visit(node, self.reading);
        self.finish(key, block);
        true
    }

    fn leave(&self, mut walker: Walker<'o>) {
        walker.stats.fold(&walker.tools.gatherer.stats);
        self.lock().stats.fold(&walker.stats);
    }

    /// The first directory that nobody has taken yet; `None` when all is done.
    fn take(&self) -> Option<(Key, Node)> {
        let mut state = self.lock();
        loop {
            if state.stop || (state.pending.is_empty() && state.running == 0) {
                return None;
            }
            // Whoever is alone goes on whatever lies finished: it may be the one that all wait for.
            let may_go = state.finished_bytes < AHEAD_BYTES || state.running == 0;
            if may_go && let Some(first) = state.pending.pop_first() {
                state.running += 1;
                return Some(first);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Puts a page in its place, its children behind it, and prints what is next.
    fn finish(&self, key: Key, mut block: Block) {
        let mut state = self.lock();
        state.running -= 1;
        let keep_open = state.pending.len() < KEPT_OPEN;
        for (mut child, number) in std::mem::take(&mut block.children).into_iter().zip(0..) {
            child.parent = child.parent.filter(|_| keep_open);
            state.add(key.iter().copied().chain([number]).collect(), child);
        }
        state.finished_bytes += block.page.bytes.len();
        state.order.insert(key, Some(block));
        self.changed.notify_all();
        while let Some(output) = state.output.take() {
            let Some(block) = state.next_block() else {
                state.output = Some(output);
                break;
            };
            state.finished_bytes -= block.page.bytes.len();
            // Writing may take long: the others go on meanwhile.
            drop(state);
            output.complain(&block.first);
            output.directory(&block.heading, block.has_heading);
            output.complain(&block.complaints);
            output.page(&block.page);
            state = self.lock();
            state.stop |= output.has_failed();
            state.output = Some(output);
            self.changed.notify_all();
        }
    }
}

impl State<'_, '_> {
    fn add(&mut self, key: Key, node: Node) {
        self.order.insert(key.clone(), None);
        self.pending.insert(key, node);
    }

    /// What is to be printed next, if it is finished.
    fn next_block(&mut self) -> Option<Block> {
        let first = self.order.first_entry().filter(|first| first.get().is_some())?;
        first.remove()
    }
}

impl<'o> Walker<'o> {
    fn new(reading: Reading<'o>) -> Self {
        Self {
            tools: Tools::new(reading),
            writer: Writer::new(reading.options, reading.owners),
            stats: Stats::default(),
        }
    }

    fn visit(&mut self, node: Node, reading: Reading<'o>) -> Block {
        let mut block = Block::default();
        let failed = |what, errno| failed_on(what, &node.path, errno, node.status);
        self.stats.calls.add(Call::Openat);
        let fd = match node.open() {
            Ok(fd) => fd,
            Err(errno) => {
                block.first.push(failed(c"cannot open directory %s", errno));
                return block;
            }
        };
        self.stats.calls.add(Call::Statx);
        let x = match statx(&fd, c"", AtFlags::EMPTY_PATH, StatxFlags::INO | StatxFlags::SIZE) {
            Ok(x) => x,
            Err(errno) => {
                block.first.push(failed(c"cannot determine device and inode of %s", errno));
                return block;
            }
        };
        let device = (x.stx_dev_major, x.stx_dev_minor);
        if Above::has(node.above.as_deref(), device, x.stx_ino) {
            block.first.push(already_listed(&node.path));
            return block;
        }
        // One directory has all threads only where that is worth more than what they do otherwise.
        let crew = if x.stx_size >= LARGE_BYTES { reading.crew } else { Crew::Alone };
        let reading = Reading { status: node.status, crew, ..reading };
        let place = Place { fd: fd.as_fd(), path: Some(&node.path) };
        let mut listed = Listed::read(&reading, place, &mut self.tools, &mut self.stats);
        let mut fd = Some(fd);
        self.writer.enter(&node.path);
        block.has_heading = directory::heading(&mut self.writer, &node.path, &mut block.first, &mut block.heading);
        block.complaints = std::mem::take(&mut listed.complaints);
        let start = self.tools.timing.start();
        listed.total(reading.options, &mut block.page);
        listed.print(&mut self.writer, &mut block.page);
        self.stats.spend(Phase::Format, start);
        // Most directories have none below them: these two are made for those that have.
        let mut shared = None;
        for shown in listed.entries().iter() {
            if shown.is_directory() && !matches!(shown.name, b"." | b"..") {
                let (fd, above) = shared.get_or_insert_with(|| {
                    let above = Above { device, ino: x.stx_ino, above: node.above.clone() };
                    (fd.take().map(Arc::new), Arc::new(above))
                });
                let path = directory::child_path(&node.path, shown.name);
                let parent = fd.as_ref().map(|fd| (Arc::clone(fd), path.len() - shown.name.len()));
                block.children.push(Node { path, parent, above: Some(Arc::clone(above)), status: 1 });
            }
        }
        listed.recycle(&mut self.tools);
        block
    }
}

impl Node {
    fn open(&self) -> Result<OwnedFd, Errno> {
        if let Some((parent, name)) = &self.parent {
            match openat(parent, self.path.get(*name..).unwrap_or_default(), directory::OPEN, Mode::empty()) {
                Err(Errno::MFILE | Errno::NFILE) => {}
                other => return other,
            }
        }
        directory::open(&self.path)
    }
}

impl Above {
    fn has(mut above: Option<&Self>, device: (u32, u32), ino: u64) -> bool {
        while let Some(here) = above {
            if (here.device, here.ino) == (device, ino) {
                return true;
            }
            above = here.above.as_deref();
        }
        false
    }
}

impl Drop for Above {
    /// A chain as deep as the tree would otherwise be dropped by as deep a recursion.
    fn drop(&mut self) {
        let mut above = self.above.take();
        while let Some(mut here) = above.and_then(Arc::into_inner) {
            above = here.above.take();
        }
    }
}
