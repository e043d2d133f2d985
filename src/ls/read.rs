//! Reading one directory, with as many threads as it deserves.
//!
//! ```text
//! small      one thread, one buffer after another
//! lookups    several threads share the descriptor: each takes the next buffer, lets go, and looks its entries up
//! large      several threads read a range of positions each (list::range), and look up what they read
//! ```
//!
//! Either way a stretch of the directory becomes a [`Table`] with its number in directory order, and is delivered: collected, to
//! be sorted, or printed in its turn. A directory that one small buffer holds never starts a thread.

use super::entry::Table;
use super::gather::{Gatherer, Place, failed_on};
use super::later::Later;
use super::need::Need;
use super::options::{Hidden, Options};
use super::owners::Owners;
use super::stats::{Call, Phase, Stats, Timing};
use super::strategy;
use crate::list::getdents::{self, Getdents};
use crate::list::range::Ranges;
use crate::list::{self, Kind, Lister, Row};
use rustix::fs::{Mode, OFlags, RawDir, fstat, openat};
use rustix::io::Errno;
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Where tables go. A worker's own things are its `Local`.
pub(super) trait Deliver: Sync {
    /// What one thread delivers with.
    type Local;
    /// For the calling thread.
    fn local(&self) -> Self::Local;
    /// Takes stretch number `index` of the directory: it may take the table away, or leave it to be filled again. A `Break`
    /// ends the reading.
    fn deliver(&self, local: &mut Self::Local, index: usize, table: &mut Table) -> ControlFlow<()>;
    /// How many entries a stretch should have.
    fn stretch(&self) -> usize;
}

/// What all readings of a listing share.
#[derive(Clone, Copy)]
pub(super) struct Reading<'o> {
    pub(super) options: &'o Options,
    pub(super) need: &'o Need,
    pub(super) owners: &'o Owners,
    /// What reads directories in place of what is here.
    pub(super) strategy: Option<&'static Row>,
    /// The exit status of a directory that cannot be read: more for one that the user named.
    pub(super) status: u8,
    /// How many threads may work.
    pub(super) crew: Crew<'o>,
}

/// How many threads may work: asked for only where there is work for more than one, since asking costs twenty calls.
#[derive(Clone, Copy)]
pub(super) enum Crew<'o> {
    /// This one.
    Alone,
    /// As many as the user says, or as there are cores.
    All(&'o OnceLock<usize>),
}

/// The most threads that are started unasked: beyond, one directory's lock is all that they wait for.
const MOST_THREADS: usize = 16;

impl Crew<'_> {
    /// How many, at least one.
    pub(super) fn threads(self) -> usize {
        match self {
            Self::Alone => 1,
            Self::All(known) => {
                *known.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS))
            }
        }
    }
}

/// Entries of a table that is worth keeping for the next directory.
const REUSED_ENTRIES: usize = 2048;
/// The first buffer: what it holds is listed before a thread is thought of.
const FIRST_BYTES: usize = 8 * 1024;
/// Those after it.
const BUFFER_BYTES: usize = 64 * 1024;
/// Where each entry costs a call, shorter stretches keep all threads busy to the end.
const SHARED_BYTES: usize = 16 * 1024;
/// The longest directory entry.
const ENTRY_BYTES: usize = 280;
/// A directory's own size from which it is worth cutting: some thousands of entries.
const LARGE_BYTES: u64 = 192 * 1024;
/// The most of it that one range has: what lies ready before its turn is bounded by it.
const RANGE_BYTES: u64 = 256 * 1024;
/// The least: below, seeking costs more than it gains.
const LEAST_RANGE_BYTES: u64 = 16 * 1024;
/// Ranges a thread has at least, so that the last one to finish is not late by much.
const RANGES_PER_THREAD: u64 = 4;

/// How a buffer was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// With room in it: most likely that was all.
    Roomy,
    /// Full.
    Full,
    /// There was nothing more to be read.
    End,
}

/// When entries are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// As they are read.
    Now,
    /// Once it is known who does it.
    Later,
}

/// Which of several threads one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The one that began.
    First,
    Helper,
}

/// What a thread reads with, one directory after another.
pub(super) struct Tools<'o> {
    pub(super) gatherer: Gatherer<'o>,
    pub(super) timing: Timing,
    buffer: Box<[MaybeUninit<u8>]>,
    table: Table,
    /// What was read and not yet looked up.
    later: Later,
    /// A strategy's, once it has been needed.
    lister: Option<Box<dyn Lister>>,
}

impl<'o> Tools<'o> {
    pub(super) fn new(reading: Reading<'o>) -> Self {
        Self {
            gatherer: Gatherer::new(reading.options, reading.need, reading.owners),
            timing: if reading.options.stats { Timing::On } else { Timing::Off },
            buffer: Box::new_uninit_slice(BUFFER_BYTES),
            table: Table::default(),
            later: Later::default(),
            lister: None,
        }
    }
}

impl Tools<'_> {
    /// Takes a small table's memory for the next directory.
    pub(super) fn reuse(&mut self, mut table: Table) {
        if table.len() <= REUSED_ENTRIES {
            table.clear();
            self.table = table;
        }
    }
}

/// One thread at work on one directory.
struct Worker<'o, 'd, D: Deliver> {
    reading: Reading<'o>,
    place: Place<'d>,
    tools: &'d mut Tools<'o>,
    deliver: &'d D,
    local: D::Local,
}

impl<'o> Reading<'o> {
    /// Reads the directory and delivers its tables.
    pub(super) fn read<D: Deliver>(&self, place: Place<'_>, tools: &mut Tools<'o>, deliver: &D) {
        let start = tools.timing.start();
        let before = tools.gatherer.stats.phase(Phase::LookUp);
        Worker { reading: *self, place, tools: &mut *tools, deliver, local: deliver.local() }.read();
        let stats = &mut tools.gatherer.stats;
        stats.spend(Phase::Read, start);
        stats.without(Phase::Read, stats.phase(Phase::LookUp).saturating_sub(before));
    }
}

impl<'o, 'd, D: Deliver> Worker<'o, 'd, D> {
    fn read(&mut self) {
        if let Some(row) = self.reading.strategy {
            return self.by_strategy(row);
        }
        let asks = !self.reading.need.is_names_only();
        let when = if asks && matches!(self.reading.crew, Crew::All(_)) { When::Later } else { When::Now };
        let mut left = self.buffer(FIRST_BYTES, when);
        if left == Left::Full && self.reading.crew.threads() > 1 {
            let ranges = self.ranges();
            if ranges.count() > 1 {
                // What was read is read again, in its range.
                self.tools.table.clear();
                self.tools.later.clear();
                self.in_ranges(ranges);
                return;
            }
            if asks {
                self.in_turns();
                return;
            }
        }
        self.take_later();
        let mut index = 0;
        while left != Left::End {
            left = self.buffer(BUFFER_BYTES, When::Now);
            if self.tools.table.len() >= self.deliver.stretch() {
                if self.flush(index).is_break() {
                    return;
                }
                index += 1;
            }
        }
        let _ = self.flush(index);
    }

    fn by_strategy(&mut self, row: &'static Row) {
        let threads = self.reading.crew.threads();
        let Tools { gatherer, table, lister, .. } = &mut *self.tools;
        if lister.is_none() {
            *lister = (row.open)(&list::Options { threads, ..list::Options::default() }).ok();
        }
        let outcome = match lister {
            Some(lister) => strategy::read(lister.as_mut(), self.reading.options, self.place, gatherer, table),
            None => Err(Errno::NOSYS),
        };
        if let Err(errno) = outcome {
            self.failed(errno);
        }
        let _ = self.flush(0);
    }

    /// The ranges that the directory is worth cutting into: one if it is small.
    fn ranges(&mut self) -> Ranges {
        self.tools.gatherer.stats.calls.add(Call::Fstat);
        let bytes = fstat(self.place.fd).map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0));
        if bytes < LARGE_BYTES {
            return Ranges::WHOLE;
        }
        self.tools.gatherer.stats.calls.add(Call::Fstatfs);
        let fair = bytes / (self.reading.crew.threads() as u64 * RANGES_PER_THREAD);
        let count = bytes / fair.clamp(LEAST_RANGE_BYTES, RANGE_BYTES);
        Ranges::of(self.place.fd, usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Takes in what one call reads.
    fn buffer(&mut self, bytes: usize, when: When) -> Left {
        let Self { tools: Tools { gatherer, table, buffer, later, .. }, place, .. } = self;
        let Some(room) = buffer.get_mut(..bytes) else { return Left::End };
        gatherer.stats.calls.add(Call::Getdents);
        let mut entries = RawDir::new(place.fd, room);
        let mut used = 0;
        loop {
            match getdents::next(&mut entries) {
                None => return Left::End,
                Some(Err(errno)) => {
                    self.failed(errno);
                    return Left::End;
                }
                Some(Ok(entry)) => {
                    let name = entry.file_name();
                    used += (name.count_bytes() + 27) & !7;
                    match when {
                        When::Now => gatherer.take(*place, name, Kind::from(entry.file_type()), table),
                        When::Later => later.push(name, Kind::from(entry.file_type())),
                    }
                }
            }
            if entries.is_buffer_empty() {
                return if used + ENTRY_BYTES > bytes { Left::Full } else { Left::Roomy };
            }
        }
    }

    /// Takes in what was put off.
    fn take_later(&mut self) {
        let Self { tools: Tools { gatherer, table, later, .. }, place, .. } = self;
        later.take(|name, kind| gatherer.take(*place, name, kind, table));
    }

    fn failed(&mut self, errno: Errno) {
        let path = self.place.path.unwrap_or(b".");
        self.tools.table.complaints.push(failed_on(c"reading directory %s", path, errno, self.reading.status));
    }

    fn flush(&mut self, index: usize) -> ControlFlow<()> {
        let Tools { gatherer, table, .. } = &mut *self.tools;
        gatherer.stats.count(table);
        let flow = self.deliver.deliver(&mut self.local, index, table);
        table.clear();
        flow
    }

    /// Several threads take turns at the one descriptor. Table 0 is what was put off.
    fn in_turns(&mut self) {
        let next = Mutex::new(Some(1));
        self.with_others(usize::MAX, |worker, role| {
            if role == Role::First {
                worker.take_later();
                if worker.flush(0).is_break() {
                    *next.lock().unwrap_or_else(PoisonError::into_inner) = None;
                }
            }
            while worker.turn(&next).is_continue() {}
        });
    }

    fn turn(&mut self, next: &Mutex<Option<usize>>) -> ControlFlow<()> {
        let Self { tools: Tools { gatherer, table, buffer, .. }, place, .. } = self;
        let Some(room) = buffer.get_mut(..SHARED_BYTES) else { return ControlFlow::Break(()) };
        let mut entries = RawDir::new(place.fd, room);
        let mut turn = next.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(index) = *turn else { return ControlFlow::Break(()) };
        gatherer.stats.calls.add(Call::Getdents);
        match getdents::next(&mut entries) {
            None => {
                *turn = None;
                return ControlFlow::Break(());
            }
            Some(Err(errno)) => {
                *turn = None;
                drop(turn);
                self.failed(errno);
                let _ = self.flush(index);
                return ControlFlow::Break(());
            }
            Some(Ok(entry)) => {
                *turn = Some(index + 1);
                drop(turn);
                gatherer.take(*place, entry.file_name(), Kind::from(entry.file_type()), table);
            }
        }
        while !entries.is_buffer_empty() {
            let Some(Ok(entry)) = getdents::next(&mut entries) else { break };
            gatherer.take(*place, entry.file_name(), Kind::from(entry.file_type()), table);
        }
        let flow = self.flush(index);
        if flow.is_break() {
            *next.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        flow
    }

    /// Each thread reads ranges of the directory through a descriptor of its own.
    fn in_ranges(&mut self, ranges: Ranges) {
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        self.with_others(ranges.count(), |worker, role| {
            if role == Role::First {
                return worker.take_ranges(worker.place.fd, ranges, &next, &stop);
            }
            // A position of its own takes a descriptor of its own. Where there is none to be had, the others do the work.
            worker.tools.gatherer.stats.calls.add(Call::Openat);
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            if let Ok(own) = openat(worker.place.fd, ".", flags, Mode::empty()) {
                worker.take_ranges(own.as_fd(), ranges, &next, &stop);
            }
        });
    }

    fn take_ranges(&mut self, fd: BorrowedFd<'_>, ranges: Ranges, next: &AtomicUsize, stop: &AtomicBool) {
        let mut reader = Getdents::new(BUFFER_BYTES);
        while !stop.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(range) = ranges.get(index) else { return };
            if index == 0 && self.reading.options.hidden == Hidden::Show {
                // Where positions are ordered, these two come first.
                for name in [c".", c".."] {
                    self.tools.gatherer.take(self.place, name, Kind::Directory, &mut self.tools.table);
                }
            }
            let Self { tools: Tools { gatherer, table, .. }, place, .. } = self;
            gatherer.stats.calls.add(Call::Getdents);
            let outcome = reader.read_range(fd, range, |found| {
                gatherer.take(*place, found.name, found.kind, table);
                ControlFlow::Continue(())
            });
            if let Err(refused) = outcome {
                self.failed(refused.errno);
            }
            if self.flush(index).is_break() {
                stop.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Runs `work` here and in other threads, no more than `most` in all.
    fn with_others(&mut self, most: usize, work: impl Fn(&mut Worker<'o, '_, D>, Role) + Sync) {
        let helpers = self.reading.crew.threads().min(most).saturating_sub(1);
        let others = Mutex::new(Stats::default());
        let (reading, place, deliver) = (self.reading, self.place, self.deliver);
        std::thread::scope(|scope| {
            for _ in 0..helpers {
                let helper = || {
                    let mut tools = Tools::new(reading);
                    let start = tools.timing.start();
                    let local = deliver.local();
                    work(&mut Worker { reading, place, tools: &mut tools, deliver, local }, Role::Helper);
                    let stats = &mut tools.gatherer.stats;
                    stats.spend(Phase::Read, start);
                    stats.without(Phase::Read, stats.phase(Phase::LookUp));
                    others.lock().unwrap_or_else(PoisonError::into_inner).fold(stats);
                };
                // Where the system allows no more threads, those there are do the work: this one in any case.
                if std::thread::Builder::new().spawn_scoped(scope, helper).is_err() {
                    break;
                }
            }
            work(self, Role::First);
        });
        self.tools.gatherer.stats.fold(&others.into_inner().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Tables as they come, to be had in order.
#[derive(Default)]
pub(super) struct Collected(Mutex<Vec<(usize, Table)>>);

impl Collected {
    /// The tables, in directory order.
    pub(super) fn into_tables(self) -> Vec<Table> {
        let mut tables = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        tables.sort_unstable_by_key(|(index, _)| *index);
        tables.into_iter().map(|(_, table)| table).collect()
    }
}

impl Deliver for Collected {
    type Local = ();

    fn local(&self) {}

    fn deliver(&self, (): &mut (), index: usize, table: &mut Table) -> ControlFlow<()> {
        let mut table = std::mem::take(table);
        if table.len() > REUSED_ENTRIES {
            table.shrink();
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((index, table));
        ControlFlow::Continue(())
    }

    fn stretch(&self) -> usize {
        1 << 16
    }
}
