//! Calls against the clock, over a working set.
//!
//! The loop around a call is a closure's, compiled into it: what it costs besides the call is a few instructions and the
//! look at the next name. Where several calls of different kinds alternate, as in a walk, the clock is read around each of
//! those that are priced, which adds what two readings cost: some 25 ns, counted with it.

use super::tree::Tree;
use fsbench::bench::Note;
use fsbench::list::statx::{FLAGS, MASK};
use fsbench::sys::getdents::getdents64;
use rustix::fs::{CWD, Mode, OFlags, SeekFrom, fstat, openat, seek, statat, statx};
use rustix::io::Errno;
use std::ffi::{CStr, CString};
use std::fs::{DirEntry, read_dir};
use std::hint::black_box;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Directories are opened for reading, as every listing does it.
pub(crate) const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Something that has a price.
pub(crate) trait Priced {
    /// The time of so many iterations.
    fn run(&mut self, iterations: u64) -> Duration;
    /// What an iteration is.
    fn note(&self) -> Note;
}

/// One call a name; the next iteration goes on where the last ended, so that all names have their turn.
pub(crate) struct Each<F> {
    names: Rc<[CString]>,
    next: usize,
    /// Components of each path.
    components: f64,
    call: F,
}

impl<F: FnMut(&CStr) -> Result<(), Errno>> Each<F> {
    /// All names have had their turn once: what the kernel remembers of them, it remembers.
    pub(crate) fn new(names: Rc<[CString]>, components: f64, call: F) -> Self {
        let mut this = Self { names, next: 0, components, call };
        this.run(this.names.len() as u64);
        this
    }
}

impl<F: FnMut(&CStr) -> Result<(), Errno>> Priced for Each<F> {
    fn run(&mut self, iterations: u64) -> Duration {
        let mut failure = None;
        let start = Instant::now();
        for _ in 0..iterations {
            if let Err(errno) = (self.call)(&self.names[self.next]) {
                failure = Some(errno);
            }
            self.next += 1;
            if self.next == self.names.len() {
                self.next = 0;
            }
        }
        let time = start.elapsed();
        assert_eq!(failure, None, "the call failed");
        time
    }

    fn note(&self) -> Note {
        Note::Price { calls: 1, entries: None, components: Some(self.components) }
    }
}

/// A call that takes no name.
pub(crate) struct Bare<F>(pub(crate) F);

impl<F: FnMut()> Priced for Bare<F> {
    fn run(&mut self, iterations: u64) -> Duration {
        let start = Instant::now();
        for _ in 0..iterations {
            (self.0)();
        }
        start.elapsed()
    }

    fn note(&self) -> Note {
        Note::Price { calls: 1, entries: None, components: None }
    }
}

/// A directory read to its end, its bytes left undecoded. It is rewound off the clock.
pub(crate) struct Reading {
    dir: OwnedFd,
    buffer: Box<[u8]>,
    entries: u64,
    calls: u64,
}

impl Reading {
    pub(crate) fn new(tree: &Tree, buffer_bytes: usize) -> Self {
        let dir = openat(CWD, &tree.root, DIRECTORY, Mode::empty()).unwrap();
        let mut buffer = vec![0; buffer_bytes].into_boxed_slice();
        let calls = read(dir.as_fd(), &mut buffer);
        Self { dir, buffer, entries: tree.spec.entries, calls }
    }
}

/// Reads from where the descriptor is to the end; says in how many calls.
fn read(dir: BorrowedFd<'_>, buffer: &mut [u8]) -> u64 {
    let mut calls = 1;
    while getdents64(dir, buffer).unwrap() > 0 {
        calls += 1;
    }
    calls
}

impl Priced for Reading {
    fn run(&mut self, iterations: u64) -> Duration {
        let mut time = Duration::ZERO;
        for _ in 0..iterations {
            seek(&self.dir, SeekFrom::Start(0)).unwrap();
            let start = Instant::now();
            black_box(read(self.dir.as_fd(), &mut self.buffer));
            time += start.elapsed();
        }
        time
    }

    fn note(&self) -> Note {
        Note::Price { calls: self.calls, entries: Some(self.entries), components: None }
    }
}

/// Every directory of a tree opened, looked at, read and closed, depth first: the calls of a walk in the order and the
/// caches of a walk, one kind of them against the clock.
pub(crate) struct Pass {
    steps: Rc<[Step]>,
    which: Which,
    by: By,
    buffer: Box<[u8]>,
    entries: u64,
    components: f64,
    calls: u64,
}

/// A step of a pass.
pub(crate) enum Step {
    /// Into a directory: its name in the one that was entered last, its path, and what is in it as it has them: their names, or
    /// their paths.
    Enter { name: CString, path: CString, inside: Vec<CString> },
    /// Out of it.
    Leave,
}

/// Which calls of a pass are priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Open,
    Fstat,
    Read,
    Fstatat,
    Statx,
    Close,
}

/// How a pass finds directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Descriptor,
    Path,
}

impl Pass {
    pub(crate) fn new(tree: &Tree, steps: Rc<[Step]>, which: Which, by: By, buffer_bytes: usize) -> Self {
        let asks = matches!(which, Which::Fstatat | Which::Statx);
        let entered = steps.iter().filter_map(|step| match step {
            Step::Enter { path, inside, .. } => Some((path, inside)),
            Step::Leave => None,
        });
        let directories = entered.clone().count() as u64;
        let found: Vec<&CString> = match asks {
            true => entered.flat_map(|(_, inside)| &**inside).collect(),
            false => entered.map(|(path, _)| path).collect(),
        };
        let slashes = |path: &CString| path.to_bytes().iter().filter(|&&byte| byte == b'/').count();
        let components = match by {
            By::Descriptor => 1.0,
            By::Path => found.iter().map(|path| slashes(path)).sum::<usize>() as f64 / found.len() as f64,
        };
        let buffer = vec![0; buffer_bytes].into_boxed_slice();
        let mut this = Self { steps, which, by, buffer, entries: tree.spec.entries, components, calls: 0 };
        this.calls = match which {
            Which::Read => this.pass().1,
            Which::Fstatat | Which::Statx => this.entries,
            Which::Open | Which::Fstat | Which::Close => directories,
        };
        this
    }

    /// The time of the calls that are priced, and how many calls read.
    fn pass(&mut self) -> (Duration, u64) {
        let (mut time, mut reads) = (Duration::ZERO, 0);
        let mut open: Vec<OwnedFd> = Vec::new();
        for step in &*self.steps {
            match step {
                Step::Leave => {
                    let dir = open.pop();
                    time += clocked(self.which == Which::Close, || drop(dir)).1;
                }
                Step::Enter { name, path, inside } => {
                    let (dir, took) = clocked(self.which == Which::Open, || match (self.by, open.last()) {
                        (By::Descriptor, Some(parent)) => openat(parent, name.as_c_str(), DIRECTORY, Mode::empty()),
                        _ => openat(CWD, path.as_c_str(), DIRECTORY, Mode::empty()),
                    });
                    let dir = dir.unwrap();
                    time += took;
                    time += clocked(self.which == Which::Fstat, || black_box(fstat(&dir).is_ok())).1;
                    let (calls, took) = clocked(self.which == Which::Read, || read(dir.as_fd(), &mut self.buffer));
                    time += took;
                    reads += calls;
                    time += match self.which {
                        Which::Fstatat => clocked(true, || all(inside, |name| statat(&dir, name, FLAGS).is_ok())).1,
                        Which::Statx => clocked(true, || all(inside, |name| statx(&dir, name, FLAGS, MASK).is_ok())).1,
                        _ => Duration::ZERO,
                    };
                    open.push(dir);
                }
            }
        }
        (time, reads)
    }
}

/// Asks about every name.
#[inline]
fn all(names: &[CString], ask: impl Fn(&CStr) -> bool) {
    assert!(names.iter().all(|name| black_box(ask(name))), "an entry went away");
}

/// What `work` returns, and its time if it is asked for.
#[inline]
fn clocked<T>(asked: bool, work: impl FnOnce() -> T) -> (T, Duration) {
    if !asked {
        return (work(), Duration::ZERO);
    }
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

impl Priced for Pass {
    fn run(&mut self, iterations: u64) -> Duration {
        (0..iterations).map(|_| self.pass().0).sum()
    }

    fn note(&self) -> Note {
        let entries = (self.which == Which::Read).then_some(self.entries);
        Note::Price { calls: self.calls, entries, components: Some(self.components) }
    }
}

/// The steps through a tree's directories, in the order of their names' being read; entries are found as `by` says.
pub(crate) fn steps(tree: &Tree, by: By) -> Rc<[Step]> {
    let found = |entry: DirEntry| match by {
        By::Descriptor => entry.file_name(),
        By::Path => entry.path().into_os_string(),
    };
    let mut steps = Vec::new();
    let mut depth = 0;
    let directories = walkdir::WalkDir::new(&tree.root).into_iter().flatten();
    for dir in directories.filter(|entry| entry.file_type().is_dir()) {
        let leave = (depth + 1_usize).saturating_sub(dir.depth()).min(depth + 1);
        steps.extend((0..if steps.is_empty() { 0 } else { leave }).map(|_| Step::Leave));
        depth = dir.depth();
        let name = CString::new(dir.file_name().as_bytes()).unwrap();
        let inside = read_dir(dir.path()).unwrap().flatten();
        let inside = inside.map(|entry| CString::new(found(entry).as_bytes()).unwrap()).collect();
        steps.push(Step::Enter { name, path: CString::new(dir.path().as_os_str().as_bytes()).unwrap(), inside });
    }
    steps.extend((0..=depth).map(|_| Step::Leave));
    steps.into()
}

/// A second thread that does nothing: what a process pays for having one.
pub(crate) struct Idle {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Idle {
    pub(crate) fn start() -> Self {
        let (end, ended) = channel::<()>();
        let thread = std::thread::spawn(move || {
            let _ = ended.recv();
        });
        Self { end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        self.end = None;
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
