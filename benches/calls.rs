//! The price list: what one system call costs, by what it is asked and over which working set. `fsbench report --criterion`
//! makes tables of it. Calls are made in a tight loop here, which is the least that they cost: the strategies are explained by what
//! the same calls cost inside a listing ([`fsbench::measure::price`]).
//!
//! Groups: `calls/CALL/FACTORS` and `paths/CALL/absolute/DEPTH`, whose slope is what a component of a path costs. Calls are made by
//! this process itself, which has one thread, unless a price says `2-threads`: the second one only makes the descriptor table
//! a shared one. The lists' names come first by one, then by a thousand, then by 100,000 (`FSBENCH_ENTRIES`), in the
//! directory's order and by inode.

mod kit;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput};
use fsbench::bench::price::{CALLS, NULL, PATHS};
use fsbench::list::LookupOrder;
use fsbench::list::statx::{FLAGS, MASK};
use fsbench::sys::uring::{self, Operation, Outcome};
use fsbench::tree::Shape;
use kit::names::{Names, Of, Sets, buffers};
use kit::priced::{Bare, By, Each, Idle, Pass, Priced, Reading, Which, steps};
use kit::{Budget, Kit, Mode, say};
use rustix::fs::{AtFlags, CWD, Mode as Permissions, OFlags, StatxFlags, openat, statat, statx};
use rustix::io::Errno;
use std::ffi::{CStr, CString};
use std::hint::black_box;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Some hundred prices in less than a minute.
const BUDGET: Budget = Budget { samples: 10, warm_up: Duration::from_millis(30), measure: Duration::from_millis(200) };

fn main() -> ExitCode {
    kit::main(&BUDGET, &[Shape::Source], |criterion, kit| {
        let mut list = List::new(criterion, kit, CALLS);
        null(&mut list);
        reading(&mut list);
        walking(&mut list);
        let sets = Sets::new(kit);
        fstatat(&mut list, &sets);
        statx_by_mask(&mut list, &sets);
        // Last: a ring's workers are threads of this process, and go some seconds after it.
        ring(&mut list, &sets);
        drop(list);
        paths(&mut List::new(criterion, kit, PATHS));
    })
}

/// Prices being measured.
struct List<'l> {
    group: BenchmarkGroup<'l, WallTime>,
    name: &'static str,
    kit: &'l Kit,
}

/// Threads of the process that calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Threads {
    One,
    Two,
}

impl<'l> List<'l> {
    fn new(criterion: &'l mut Criterion, kit: &'l Kit, name: &'static str) -> Self {
        let mut group = criterion.benchmark_group(name);
        group.sampling_mode(SamplingMode::Flat);
        Self { group, name, kit }
    }

    /// Measures one price, whose subject is prepared if it is asked for.
    fn price<P: Priced>(&mut self, call: &str, factors: &[&str], threads: Threads, prepare: impl Fn() -> P) {
        let mut value = factors.join("/");
        if self.name == CALLS && call != "io_uring" {
            let threads = if threads == Threads::Two { "2-threads" } else { "1" };
            value = if value.is_empty() { threads.to_owned() } else { format!("{value}/{threads}") };
        }
        let (kit, mut prepared) = (self.kit, None);
        self.group.bench_function(BenchmarkId::new(call, &value), |bencher| {
            let (subject, _idle) = prepared.get_or_insert_with(|| {
                kit.check();
                (prepare(), (threads == Threads::Two).then(Idle::start))
            });
            bencher.iter_custom(|iterations| {
                kit.check();
                subject.run(iterations)
            });
        });
        if let (Some((subject, _)), Mode::Measure) = (prepared, kit.mode) {
            kit.note(format!("{}/{call}/{value}", self.name), subject.note());
        }
    }
}

fn null(list: &mut List<'_>) {
    list.group.throughput(Throughput::Elements(1));
    for threads in [Threads::One, Threads::Two] {
        list.price(NULL, &[], threads, || {
            Bare(|| {
                black_box(rustix::process::getppid());
            })
        });
    }
}

/// getdents64 by buffer, over one directory.
fn reading(list: &mut List<'_>) {
    let kit = list.kit;
    for size in Sets::new(kit).sizes() {
        list.group.throughput(Throughput::Elements(size));
        for (name, bytes) in buffers() {
            let set = size.to_string();
            let prepare = || Reading::new(&kit.tree(Shape::Flat, size), bytes);
            list.price("getdents64", &[name, &set], Threads::One, prepare);
            if (size, name) == (1000, "64k") {
                list.price("getdents64", &[name, &set], Threads::Two, prepare);
            }
        }
    }
}

/// The calls of a walk, over the directories of a tree.
fn walking(list: &mut List<'_>) {
    let kit = list.kit;
    for &shape in kit.shapes() {
        let set = shape.to_string();
        let pass = |which, by, bytes| {
            let tree = kit.tree(shape, kit.entries);
            Pass::new(&tree, steps(&tree, by), which, by, bytes)
        };
        list.group.throughput(Throughput::Elements(kit.entries));
        for (name, bytes) in buffers().filter(|(name, _)| ["32k", "64k"].contains(name)) {
            list.price("getdents64", &[name, &set], Threads::One, || pass(Which::Read, By::Descriptor, bytes));
        }
        for threads in [Threads::One, Threads::Two] {
            list.price("openat", &["relative", &set], threads, || pass(Which::Open, By::Descriptor, 1 << 16));
        }
        list.price("openat", &["absolute", &set], Threads::One, || pass(Which::Open, By::Path, 1 << 16));
        list.price("fstat", &[&set], Threads::One, || pass(Which::Fstat, By::Descriptor, 1 << 16));
        for (call, which, asked) in [("fstatat", Which::Fstatat, "existing"), ("statx", Which::Statx, "metadata")] {
            for (way, by) in WAYS {
                list.price(call, &[asked, way, &set, "directory"], Threads::One, || pass(which, by, 1 << 16));
            }
        }
        list.price("close", &[&set], Threads::One, || pass(Which::Close, By::Descriptor, 1 << 16));
    }
}

/// A lookup, over each of a set's names.
fn each(owner: Rc<Names>, by: By, call: impl Fn(BorrowedFd<'_>, &CStr) -> Result<(), Errno>) -> impl Priced {
    let (list, components) = match by {
        By::Descriptor => (&owner.relative, 1.0),
        By::Path => (&owner.absolute, owner.components),
    };
    let names = Rc::clone(list);
    Each::new(names, components, move |name: &CStr| call(owner.dir.as_fd(), name))
}

const NO_FOLLOW: AtFlags = AtFlags::SYMLINK_NOFOLLOW;

fn look(dir: BorrowedFd<'_>, name: &CStr, flags: AtFlags) -> Result<(), Errno> {
    black_box(statat(dir, name, flags)).map(|_| ())
}

/// The orders that make a difference.
fn orders(size: u64) -> &'static [(&'static str, LookupOrder)] {
    const BOTH: &[(&str, LookupOrder)] = &[("directory", LookupOrder::Directory), ("inode", LookupOrder::Inode)];
    if size == 1 { &BOTH[..1] } else { BOTH }
}

const WAYS: [(&str, By); 2] = [("relative", By::Descriptor), ("absolute", By::Path)];

fn fstatat(list: &mut List<'_>, sets: &Sets<'_>) {
    list.group.throughput(Throughput::Elements(1));
    for size in sets.sizes() {
        let set = size.to_string();
        for &(order, by_order) in orders(size) {
            for (way, by) in WAYS {
                list.price("fstatat", &["existing", way, &set, order], Threads::One, || {
                    each(sets.get(Of::Existing, size, by_order), by, |dir, name| look(dir, name, NO_FOLLOW))
                });
            }
        }
        let get = |of| sets.get(of, size, LookupOrder::Directory);
        let factors = |names| [names, "relative", &set, "directory"];
        list.price("fstatat", &factors("missing"), Threads::One, || {
            each(get(Of::Missing), By::Descriptor, |dir, name| match look(dir, name, NO_FOLLOW) {
                Err(Errno::NOENT) => Ok(()),
                other => other.and(Err(Errno::EXIST)),
            })
        });
        list.price("fstatat", &factors("link"), Threads::One, || {
            each(get(Of::Links), By::Descriptor, |dir, name| look(dir, name, NO_FOLLOW))
        });
        list.price("fstatat", &factors("link-followed"), Threads::One, || {
            each(get(Of::Links), By::Descriptor, |dir, name| look(dir, name, AtFlags::empty()))
        });
        if size == 1000 {
            list.price("fstatat", &factors("existing"), Threads::Two, || {
                each(get(Of::Existing), By::Descriptor, |dir, name| look(dir, name, NO_FOLLOW))
            });
        }
    }
}

/// What statx is asked: a name, a mask and flags. What a kernel answers from memory costs the same with and without a
/// sync; on a network file system the sync is a round trip.
const ASKED: [(&str, StatxFlags, AtFlags); 5] = [
    ("metadata", MASK, FLAGS),
    ("type", StatxFlags::TYPE, FLAGS),
    (
        "size-mtime",
        StatxFlags::TYPE.union(StatxFlags::SIZE).union(StatxFlags::MTIME),
        FLAGS.union(AtFlags::STATX_DONT_SYNC),
    ),
    ("metadata-unsynced", MASK, FLAGS.union(AtFlags::STATX_DONT_SYNC)),
    ("metadata-synced", MASK, FLAGS.union(AtFlags::STATX_FORCE_SYNC)),
];

fn statx_by_mask(list: &mut List<'_>, sets: &Sets<'_>) {
    list.group.throughput(Throughput::Elements(1));
    for size in sets.sizes() {
        let set = size.to_string();
        for &(order, by_order) in orders(size) {
            for (asked, mask, flags) in ASKED {
                for (way, by) in WAYS {
                    // The two syncs differ from each other, not by how the name is found or by the set.
                    let syncs = asked.starts_with("metadata-");
                    if syncs && (size != 1000 || by_order == LookupOrder::Inode || by == By::Path) {
                        continue;
                    }
                    let prepare = || {
                        each(sets.get(Of::Existing, size, by_order), by, move |dir, name| {
                            black_box(statx(dir, name, flags, mask)).map(|_| ())
                        })
                    };
                    let factors = [asked, way, &set, order];
                    list.price("statx", &factors, Threads::One, prepare);
                    if (size, asked, way, order) == (1000, "metadata", "relative", "directory") {
                        list.price("statx", &factors, Threads::Two, prepare);
                    }
                }
            }
        }
    }
}

/// statx through io_uring: so many in flight, over a thousand names an iteration.
struct Ring {
    ring: uring::Ring,
    names: Rc<Names>,
    next: usize,
}

impl Priced for Ring {
    fn run(&mut self, iterations: u64) -> Duration {
        let start = Instant::now();
        for _ in 0..iterations {
            let chunk = self.chunk();
            let at = self.names.dir.as_fd();
            let ask = |name| Operation::Statx { at, name, flags: FLAGS, mask: MASK };
            let operations = self.names.relative[chunk].iter().map(CString::as_c_str).map(ask);
            let done = &mut |_, outcome: Result<Outcome<'_>, Errno>| assert_eq!(outcome.err(), None);
            self.ring.perform(operations, done).unwrap();
        }
        start.elapsed()
    }

    fn note(&self) -> fsbench::bench::Note {
        let calls = self.names.relative.len().min(1000) as u64;
        fsbench::bench::Note::Price { calls, entries: None, components: Some(1.0) }
    }
}

impl Ring {
    /// The next thousand names.
    fn chunk(&mut self) -> std::ops::Range<usize> {
        let start = if self.next + 1000 > self.names.relative.len() { 0 } else { self.next };
        self.next = start + 1000;
        start..self.next.min(self.names.relative.len())
    }
}

fn ring(list: &mut List<'_>, sets: &Sets<'_>) {
    if let Err(error) = uring::Ring::new(1) {
        return say(&format!("calls/io_uring is left out: {error}"));
    }
    for size in sets.sizes().into_iter().filter(|&size| size > 1) {
        list.group.throughput(Throughput::Elements(size.min(1000)));
        for depth in [1, 16, 64, 256, 1024] {
            list.price("io_uring", &[&depth.to_string(), &size.to_string()], Threads::One, || {
                let names = sets.get(Of::Existing, size, LookupOrder::Directory);
                Ring { ring: uring::Ring::new(depth).unwrap(), names, next: 0 }
            });
        }
    }
}

/// The same calls about files at four depths: what resolving a path costs.
fn paths(list: &mut List<'_>) {
    let kit = list.kit;
    list.group.throughput(Throughput::Elements(1));
    for depth in [1, 4, 16, 32] {
        for (way, by) in WAYS {
            let prepare = |call: fn(BorrowedFd<'_>, &CStr) -> Result<(), Errno>| {
                let file = file_at(&kit.tree(Shape::Deep, 31 + 4).root, depth);
                let dir = openat(CWD, file.parent().unwrap(), OFlags::PATH | OFlags::CLOEXEC, Permissions::empty());
                let (path, components) = match by {
                    By::Descriptor => (PathBuf::from(file.file_name().unwrap()), 1.0),
                    By::Path => (file.clone(), file.components().count() as f64 - 1.0),
                };
                let names = Rc::new([CString::new(path.as_os_str().as_bytes()).unwrap()]);
                let dir = dir.unwrap();
                Each::new(names, components, move |name: &CStr| call(dir.as_fd(), name))
            };
            let value = depth.to_string();
            list.price("openat+close", &[way, &value], Threads::One, || {
                prepare(|dir, name| openat(dir, name, OFlags::RDONLY | OFlags::CLOEXEC, Permissions::empty()).map(drop))
            });
            list.price("fstatat", &[way, &value], Threads::One, || prepare(|dir, name| look(dir, name, NO_FOLLOW)));
            list.price("statx", &[way, &value], Threads::One, || {
                prepare(|dir, name| black_box(statx(dir, name, FLAGS, MASK)).map(|_| ()))
            });
        }
    }
}

/// The file that many components below the root of a chain: the only one in its directory.
fn file_at(root: &std::path::Path, depth: usize) -> PathBuf {
    let mut dir = root.to_owned();
    for _ in 1..depth {
        let inside = std::fs::read_dir(&dir).unwrap().flatten();
        dir = inside.filter(|entry| entry.file_type().unwrap().is_dir()).map(|entry| entry.path()).next().unwrap();
    }
    let inside = std::fs::read_dir(&dir).unwrap().flatten();
    inside.filter(|entry| entry.file_type().unwrap().is_file()).map(|entry| entry.path()).next().unwrap()
}
