//! Our best: work stealing over getdents64, each directory opened relative to its parent, large ones shared among threads.
//!
//! A job is a directory to be listed, or a range of a large one. Listing it gives the names of its subdirectories, kept in one
//! allocation, and a job for each; those hold what keeps it open. See [`super::schedule`] for who does which job and why
//! it ends, [`super::pace`] for how many threads there are, [`super::room`] for descriptors, [`super::node`] for paths.
//!
//! Every entry once: a directory's job is made by the one job that found it, and ranges are disjoint.

use super::choices::{FileSystems, Links, Threads};
use super::node::{LINK, Node, PathOf};
use super::pace::{Look, Looker, Pace, Watch};
use super::path::below;
use super::primitives::Real;
use super::reopen::reopen;
use super::room::{Asks, Kept, Room};
use super::schedule::Schedule;
use super::visitor::{Next, Summary, Visitor};
use super::walker::Walk;
use crate::error::Error;
use crate::list::range::Ranges;
use crate::list::{Dir, Entry, Handle, Kind, Lister, Sink, Want};
use crate::team::{into_inner, lock};
use rustix::fs::fstat;
use rustix::io::Errno;
use std::iter;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

/// A walk with the lister it uses.
pub(super) struct Engine<'e> {
    pub(super) walk: &'e Walk,
    /// Opens one for each thread.
    pub(super) lister: &'e (dyn Fn() -> Result<Box<dyn Lister>, Error> + Sync),
    /// Once it is set, nothing further is listed.
    pub(super) stop: &'e AtomicBool,
}

/// A directory to be listed.
struct Job<'w> {
    /// Where it is.
    node: Arc<Node>,
    /// `node`'s directory, open; `None` of the root, and where there was no room.
    kept: Option<Arc<Kept<'w>>>,
    part: Part,
}

/// What of a job's node is to be listed.
#[derive(Clone, Copy)]
enum Part {
    /// The root, which is the node.
    Root,
    /// The child whose name starts there.
    Child(usize),
    /// That one of the node's own ranges.
    Range(Ranges, usize),
}

/// What the threads share.
struct Walking<'w> {
    engine: &'w Engine<'w>,
    want: Want,
    root: &'w [u8],
    below: usize,
    schedule: Schedule<Job<'w>, Real>,
    room: &'w Room,
    watch: Watch,
    /// The root's device.
    device: OnceLock<u64>,
    /// What came of the root.
    outcome: Mutex<Result<(), Error>>,
    summary: Mutex<Summary>,
    start: Instant,
}

/// What one thread works with.
struct Hand<'w> {
    deque: crossbeam_deque::Worker<Job<'w>>,
    lister: Box<dyn Lister>,
    path: PathOf,
    /// Subdirectories of the directory in hand, and where each name starts.
    names: Vec<u8>,
    starts: Vec<usize>,
    /// A directory that there was no room to keep: its children are likely next.
    last: Option<(Arc<Node>, Handle)>,
}

impl Engine<'_> {
    /// Walks, with a visitor per thread.
    pub(super) fn run<V: Visitor>(&self, visitor: &(impl Fn() -> V + Sync)) -> Result<Summary, Error> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (first, asks) = match self.walk.threads {
            Threads::Auto => {
                let most = self.walk.most_threads.max(1);
                (cores.min(most), Asks::Between(cores.min(most), most))
            }
            Threads::Fixed(threads) => (threads.get(), Asks::For(threads.get())),
        };
        let room = Room::new(asks, self.walk.most_open);
        let most = room.threads();
        let first = first.min(most);
        let root = self.walk.root.as_os_str().as_bytes();
        let walking = Walking {
            engine: self,
            // Whatever the caller wants, a walk must know which entries are directories.
            want: self.walk.want.max(Want::Kinds),
            root,
            below: below(root),
            schedule: Schedule::new(most, first),
            room: &room,
            watch: Watch::new(most),
            device: OnceLock::new(),
            outcome: Mutex::new(Ok(())),
            summary: Mutex::new(Summary { threads: vec![(Duration::ZERO, first)] }),
            start: Instant::now(),
        };
        let lister = (self.lister)()?;
        thread::scope(|scope| walking.start(scope, lister, visitor, first, most));
        into_inner(walking.outcome)?;
        Ok(into_inner(walking.summary))
    }
}

impl<'w> Walking<'w> {
    /// The calling thread's part: the root first, since a directory without subdirectories is worth no other thread.
    fn start<'s, V: Visitor>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        lister: Box<dyn Lister>,
        visitor: &'s (impl Fn() -> V + Sync),
        first: usize,
        most: usize,
    ) {
        let mut hand = Hand::new(self.schedule.deque(0), lister);
        let node = Arc::new(Node::new(None, self.root.len(), &[], None));
        self.schedule.push(&hand.deque, 1, iter::once(Job { node, kept: None, part: Part::Root }));
        let mut mine = visitor();
        let _stop = StopOnPanic(self);
        self.watch.enter(0);
        if let Some(job) = self.schedule.next(0, &hand.deque) {
            self.job(&mut hand, job, &mut mine);
        }
        if self.schedule.is_over() {
            return;
        }
        let helpers = (1..first).take_while(|&number| self.spawn(scope, number, visitor));
        let started = helpers.count() + 1;
        let pace = (self.engine.walk.threads == Threads::Auto && most > started).then(|| {
            let pace = move || self.keep_pace(scope, visitor, started, most);
            thread::Builder::new().name("walk-pace".to_owned()).spawn_scoped(scope, pace)
        });
        self.work(0, &mut hand, &mut mine);
        if let Some(Ok(pace)) = pace {
            pace.thread().unpark();
        }
    }

    /// Starts thread number `number`, unless the system refuses.
    fn spawn<'s, V: Visitor>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        number: usize,
        visitor: &'s (impl Fn() -> V + Sync),
    ) -> bool {
        let work = move || {
            // One that cannot list leaves the work to the others: the first one could.
            if let Ok(lister) = (self.engine.lister)() {
                self.watch.enter(number);
                let _stop = StopOnPanic(self);
                let mut hand = Hand::new(self.schedule.deque(number), lister);
                self.work(number, &mut hand, &mut visitor());
            }
        };
        thread::Builder::new().name("walk".to_owned()).spawn_scoped(scope, work).is_ok()
    }

    /// Does jobs until there are none.
    fn work<V: Visitor>(&self, number: usize, hand: &mut Hand<'w>, visitor: &mut V) {
        while let Some(job) = self.schedule.next(number, &hand.deque) {
            self.job(hand, job, visitor);
        }
    }

    /// Sees to the number of threads until the end.
    fn keep_pace<'s, V: Visitor>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        visitor: &'s (impl Fn() -> V + Sync),
        mut started: usize,
        most: usize,
    ) {
        let mut pace = Pace::new(started, most);
        let mut looker = Looker::new(&self.watch, started);
        let mut threads = started;
        while !self.schedule.is_over() {
            thread::park_timeout(pace.tick());
            let Some((progress, ready)) = looker.look(threads) else { continue };
            let (idle, jobs) = (self.schedule.sleepers(), self.schedule.pending());
            let wanted = pace.next(Look { progress, ready, idle, jobs });
            if wanted == threads {
                continue;
            }
            while started < wanted && self.spawn(scope, started, visitor) {
                started += 1;
            }
            threads = wanted;
            self.schedule.set_limit(threads);
            let mut summary = lock(&self.summary);
            summary.threads.push((self.start.elapsed(), threads.min(started)));
        }
    }

    /// Does one job.
    fn job<V: Visitor>(&self, hand: &mut Hand<'w>, job: Job<'w>, visitor: &mut V) {
        let is_root = matches!(job.part, Part::Root);
        if self.engine.stop.load(Ordering::Relaxed) {
            self.schedule.stop();
            return;
        }
        if let Err(error) = self.list(hand, job, visitor) {
            if is_root {
                *lock(&self.outcome) = Err(error);
            } else if visitor.error(error).is_break() {
                self.schedule.stop();
            }
        }
        if visitor.listed().is_break() {
            self.schedule.stop();
        }
        self.schedule.finish();
    }

    /// Opens and lists, and makes the jobs that follow.
    fn list<V: Visitor>(&self, hand: &mut Hand<'w>, job: Job<'w>, visitor: &mut V) -> Result<(), Error> {
        let Hand { deque, lister, path, names, starts, last } = hand;
        let Job { node, kept, part } = job;
        let links = self.engine.walk.links;
        let reopened;
        let at: Option<BorrowedFd<'_>> = match (&part, &kept, &last) {
            (Part::Root, ..) => None,
            (_, Some(kept), _) => Some(kept.as_fd()),
            (_, None, Some((last, handle))) if Arc::ptr_eq(last, &node) => Some(handle.as_fd()),
            (_, None, _) => {
                reopened = reopen(path.node(&node, self.root), self.root.len(), links)?;
                Some(reopened.as_fd())
            }
        };
        let (mut dir, is_link) = match (part, at) {
            (Part::Child(start), Some(parent)) => {
                let name = node.name(start);
                let link = name.strip_prefix(LINK);
                let name = link.unwrap_or(name);
                let path = path.child(&node, name, self.root);
                let dir = Dir::child(parent, &path[path.len() - name.len()..], path, self.below);
                (if link.is_some() { dir.followed() } else { dir }, link.is_some())
            }
            (Part::Range(..), Some(itself)) => {
                (Dir::child(itself, b".", path.node(&node, self.root), self.below), false)
            }
            _ => (Dir::root(&self.engine.walk.root), false),
        };
        match open(&mut dir) {
            // A link that leads to no directory was only reported.
            Err(error) if is_link && leads_nowhere(&error) => return Ok(()),
            opened => opened?,
        }
        let identity = match self.identity(&mut dir, &node, part)? {
            Enter::Yes(identity) => identity,
            Enter::No => return Ok(()),
        };
        let (parent, depth) = match part {
            Part::Root => (None, 0),
            Part::Child(start) => (Some((Arc::clone(&node), start)), node.depth + 1),
            Part::Range(..) => (node.parent.clone(), node.depth),
        };
        names.clear();
        starts.clear();
        let mut gather =
            Gather { visitor, names, starts, depth: depth + 1, walk: self.engine.walk, stop: false, schedule: self };
        let listed = match part {
            Part::Range(ranges, index) => match ranges.get(index) {
                Some(range) => lister.list_part(&mut dir, range, self.want, &mut gather).map(|()| None),
                None => Ok(None),
            },
            _ => lister.list_or_cut(&mut dir, self.want, &mut gather),
        };
        if gather.stop {
            self.schedule.stop();
            return Ok(());
        }
        let (rest, outcome) = match listed {
            Ok(rest) => (rest, Ok(())),
            Err(error) => (None, Err(error)),
        };
        if !starts.is_empty() || rest.is_some() {
            let path_length = dir.path().len();
            let made = Arc::new(Node::new(parent, path_length, names, identity));
            let handle = dir.into_handle()?;
            if !matches!(part, Part::Root) {
                path.is_of(&made);
            }
            let kept = match self.room.keep(handle) {
                Ok(kept) => Some(Arc::new(kept)),
                Err(handle) => {
                    *last = Some((Arc::clone(&made), handle));
                    None
                }
            };
            self.push(deque, &made, kept.as_ref(), starts, rest);
        }
        outcome
    }

    /// Makes a job for each subdirectory and each range, so that the first is taken first.
    fn push(
        &self,
        deque: &crossbeam_deque::Worker<Job<'w>>,
        node: &Arc<Node>,
        kept: Option<&Arc<Kept<'w>>>,
        starts: &[usize],
        rest: Option<Ranges>,
    ) {
        let ranges = rest.iter().flat_map(|ranges| (0..ranges.count()).map(|index| Part::Range(*ranges, index)));
        let children = starts.iter().rev().map(|&start| Part::Child(start));
        let jobs = children.chain(ranges).map(|part| Job { node: Arc::clone(node), kept: kept.cloned(), part });
        self.schedule.push(deque, starts.len() + rest.map_or(0, |ranges| ranges.count()), jobs);
    }

    /// Who the open directory is, where that matters, and whether to go into it.
    fn identity(&self, dir: &mut Dir<'_>, node: &Node, part: Part) -> Result<Enter, Error> {
        let Walk { links, file_systems, .. } = *self.engine.walk;
        match part {
            Part::Range(..) => return Ok(Enter::Yes(node.identity)),
            _ if links == Links::Report && file_systems == FileSystems::All => return Ok(Enter::Yes(None)),
            _ => {}
        }
        let stat = fstat(dir.fd()?).map_err(|errno| dir.error("fstat", errno))?;
        #[allow(clippy::unnecessary_cast)] // the widths differ between targets
        let identity = (stat.st_dev as u64, stat.st_ino as u64);
        if matches!(part, Part::Child(_)) {
            if links == Links::Follow && node.is_within(identity) {
                return Err(dir.error("openat", Errno::LOOP));
            }
            if file_systems == FileSystems::Same && self.device.get() != Some(&identity.0) {
                return Ok(Enter::No);
            }
        } else {
            let _ = self.device.set(identity.0);
        }
        Ok(Enter::Yes(Some(identity)))
    }
}

/// Whether to go into a directory.
enum Enter {
    Yes(Option<(u64, u64)>),
    No,
}

impl<'w> Hand<'w> {
    fn new(deque: crossbeam_deque::Worker<Job<'w>>, lister: Box<dyn Lister>) -> Self {
        let path = PathOf::default();
        Self { deque, lister, path, names: Vec::new(), starts: Vec::new(), last: None }
    }
}

/// Opens it. Where the program or the system has no descriptor left just now, that is nothing about the directory: somebody
/// gives one back, and for some seconds it is tried again.
fn open(dir: &mut Dir<'_>) -> Result<(), Error> {
    let (mut pause, mut waited) = (Duration::from_millis(1), Duration::ZERO);
    loop {
        match dir.fd() {
            Err(error) if is_exhausted(&error) && waited < LONGEST_WAIT => {
                thread::sleep(pause);
                waited += pause;
                pause = (pause * 2).min(Duration::from_millis(50));
            }
            other => return other.map(drop),
        }
    }
}

/// How long a directory waits for a descriptor before that is its error after all.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

fn is_exhausted(error: &Error) -> bool {
    matches!(Errno::from_io_error(&error.source), Some(Errno::MFILE | Errno::NFILE))
}

/// Whether what a link leads to is simply no directory.
fn leads_nowhere(error: &Error) -> bool {
    matches!(Errno::from_io_error(&error.source), Some(Errno::NOTDIR | Errno::NOENT | Errno::NXIO))
}

/// The sink between a lister and the visitor: it keeps the directories to descend into.
struct Gather<'a, 'w, V> {
    visitor: &'a mut V,
    names: &'a mut Vec<u8>,
    starts: &'a mut Vec<usize>,
    /// Of the entries.
    depth: usize,
    walk: &'a Walk,
    stop: bool,
    schedule: &'a Walking<'w>,
}

impl<V: Visitor> Sink for Gather<'_, '_, V> {
    #[inline]
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        let next = match self.depth >= self.walk.least_depth {
            true => self.visitor.entry(entry, self.depth),
            false => Next::Enter,
        };
        let is_link = entry.kind == Kind::Symlink && self.walk.links == Links::Follow;
        if (entry.kind == Kind::Directory || is_link) && next == Next::Enter && self.depth < self.walk.most_depth {
            self.starts.push(self.names.len());
            if is_link {
                self.names.extend_from_slice(LINK);
            }
            self.names.extend_from_slice(entry.name);
            self.names.push(0);
        }
        self.stop = next == Next::Stop || self.schedule.schedule.is_stopped();
        if self.stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        let flow = self.visitor.error(error);
        self.stop |= flow.is_break();
        flow
    }
}

/// A visitor that panics ends the walk: the other threads would wait for its job for ever. The scope passes the panic on.
struct StopOnPanic<'a, 'w>(&'a Walking<'w>);

impl Drop for StopOnPanic<'_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.schedule.stop();
        }
    }
}
