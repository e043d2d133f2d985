//! Reading one directory, with as many threads as it deserves.
//!
//! ```text
//! small      one thread, one buffer after another
//! lookups    several threads share the descriptor: each takes the next buffer, lets go, and looks its entries up
//! large      several threads read a range of positions each (list::range), and look up what they read
//! ```
//!
//! Either way a stretch of the directory becomes a [`Table`] with its number in directory order, and is delivered:
//! collected, to be sorted, or printed in its turn. A directory that one small buffer holds never starts a thread.

use super::crew::Crew;
use super::look_up::{Gatherer, Place, failed_on};
use super::owners::Owners;
use super::stats::{Call, Phase, Stats, Timing};
use super::strategy;
use super::table::Table;
use crate::list::getdents::{self, Getdents};
use crate::list::range::Ranges;
use crate::list::{self, Kind, Lister, Row};
use crate::ls::ask::need::Need;
use crate::ls::ask::options::{Hidden, Options};
use fswalk::list::range::Sharing;
use fswalk::team::{into_inner, lock, with_helpers};
use rustix::fs::{Mode, OFlags, RawDir, fstat, openat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Where tables go. A worker's own things are its `Local`.
pub(crate) trait Deliver: Sync {
    /// What one thread delivers with.
    type Local;
    /// For the calling thread.
    fn local(&self) -> Self::Local;
    /// Takes stretch number `index` of the directory: it may take the table away, or leave it to be filled again. A
    /// `Break` ends the reading.
    fn deliver(&self, local: &mut Self::Local, index: usize, table: &mut Table) -> ControlFlow<()>;
    /// How many entries a stretch should have.
    fn stretch(&self) -> usize;
}

/// What all readings of a listing share.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'o> {
    pub(crate) options: &'o Options,
    pub(crate) need: &'o Need,
    pub(crate) owners: &'o Owners,
    /// What reads directories in place of what is here.
    pub(crate) strategy: Option<&'static Row>,
    /// The exit status of a directory that cannot be read: more for one that the user named.
    pub(crate) status: u8,
    /// How many threads may work.
    pub(crate) crew: Crew<'o>,
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
/// Upper bound for the part of a directory that one range has: it bounds what lies ready before its turn.
const MOST_RANGE_BYTES: u64 = 256 * 1024;

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
enum LookUp {
    /// As they are read.
    Now,
    /// Once it is decided which thread does it.
    Later,
}

/// The part of a thread in reading a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It began.
    First,
    Helper,
}

/// What a thread reads with, one directory after another.
pub(crate) struct Tools<'o> {
    pub(crate) gatherer: Gatherer<'o>,
    pub(crate) timing: Timing,
    buffer: Box<[MaybeUninit<u8>]>,
    table: Table,
    /// What was read and not yet looked up.
    later: Later,
    /// A strategy's, once it has been needed.
    lister: Option<Box<dyn Lister>>,
}

impl<'o> Tools<'o> {
    pub(crate) fn new(reading: Reading<'o>) -> Self {
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
    pub(crate) fn reuse(&mut self, mut table: Table) {
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
    pub(crate) fn read<D: Deliver>(&self, place: Place<'_>, tools: &mut Tools<'o>, deliver: &D) {
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
        let when = if asks && matches!(self.reading.crew, Crew::All(_)) { LookUp::Later } else { LookUp::Now };
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
            left = self.buffer(BUFFER_BYTES, LookUp::Now);
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

    /// The ranges that the directory is divided into: one if it is small.
    fn ranges(&mut self) -> Ranges {
        self.tools.gatherer.stats.calls.add(Call::Fstat);
        let bytes = fstat(self.place.fd).map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0));
        let usual = if self.reading.need.is_names_only() { Sharing::NAMES } else { Sharing::LOOKUPS };
        let sharing = Sharing { most_range_bytes: MOST_RANGE_BYTES, ..usual };
        let count = sharing.count(bytes, self.reading.crew.threads());
        if count < 2 {
            return Ranges::WHOLE;
        }
        self.tools.gatherer.stats.calls.add(Call::Fstatfs);
        Ranges::of(self.place.fd, bytes, count)
    }

    /// Takes in what one call reads.
    fn buffer(&mut self, bytes: usize, when: LookUp) -> Left {
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
                        LookUp::Now => gatherer.take(*place, name, Kind::from(entry.file_type()), table),
                        LookUp::Later => later.push(name, Kind::from(entry.file_type())),
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
                    *lock(&next) = None;
                }
            }
            while worker.turn(&next).is_continue() {}
        });
    }

    fn turn(&mut self, next: &Mutex<Option<usize>>) -> ControlFlow<()> {
        let Self { tools: Tools { gatherer, table, buffer, .. }, place, .. } = self;
        let Some(room) = buffer.get_mut(..SHARED_BYTES) else { return ControlFlow::Break(()) };
        let mut entries = RawDir::new(place.fd, room);
        let mut turn = lock(next);
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
            *lock(next) = None;
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
            // A position of its own takes a descriptor of its own. Where there is none to be had, the others do the
            // work.
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
        let help = |_| {
            let mut tools = Tools::new(reading);
            let start = tools.timing.start();
            let local = deliver.local();
            work(&mut Worker { reading, place, tools: &mut tools, deliver, local }, Role::Helper);
            let stats = &mut tools.gatherer.stats;
            stats.spend(Phase::Read, start);
            stats.without(Phase::Read, stats.phase(Phase::LookUp));
            lock(&others).fold(stats);
        };
        with_helpers(0..helpers, help, || work(self, Role::First));
        self.tools.gatherer.stats.fold(&into_inner(others));
    }
}

/// Tables as they come, to be had in order.
#[derive(Default)]
pub(crate) struct Collected(Mutex<Vec<(usize, Table)>>);

impl Collected {
    /// The tables, in directory order.
    pub(crate) fn into_tables(self) -> Vec<Table> {
        let mut tables = into_inner(self.0);
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
        lock(&self.0).push((index, table));
        ControlFlow::Continue(())
    }

    fn stretch(&self) -> usize {
        1 << 16
    }
}

/// Entries that were read and are not looked up until it is known who does it: names, each with its NUL, and kinds.
#[derive(Default)]
struct Later {
    names: Vec<u8>,
    kinds: Vec<Kind>,
}

impl Later {
    /// Puts an entry off.
    fn push(&mut self, name: &CStr, kind: Kind) {
        self.names.extend_from_slice(name.to_bytes_with_nul());
        self.kinds.push(kind);
    }

    /// Hands over all, in order, and forgets them.
    fn take(&mut self, mut found: impl FnMut(&CStr, Kind)) {
        let mut rest = self.names.as_slice();
        for kind in &self.kinds {
            let Ok(name) = CStr::from_bytes_until_nul(rest) else { break };
            found(name, *kind);
            rest = &rest[name.count_bytes() + 1..];
        }
        self.clear();
    }

    /// Forgets all.
    fn clear(&mut self) {
        self.names.clear();
        self.kinds.clear();
    }
}
