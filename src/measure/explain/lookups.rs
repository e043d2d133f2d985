//! What lookups take: of a sample and then of all entries as the caches are, then from memory by name and by full path, and
//! of a sample on threads.
//!
//! A sample of entries that lie far apart says how many ask storage, and nothing of what their neighbours find in memory
//! after them; and a few dozen entries that are looked up again and again stay in the processor's caches, as those of a
//! listing do not. So prices are those of passes over all entries, or over as many as there is time for.

use super::facts::{DIRECTORY, Largest, TreeFacts};
use crate::interrupt::Interrupt;
use crate::measure::counters::read_bytes;
use crate::trace::Refused;
use crate::trace::profile::{OfThread, Profile};
use rustix::fs::{AtFlags, CWD, Mode, RawDir, SeekFrom, openat, seek, statat};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The lookups of a tree; times are nanoseconds a lookup.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lookups {
    /// How many entries are in the sample.
    pub number: u64,
    /// How many of them could not be looked up.
    pub failed: u64,
    /// How many of them asked storage at first.
    pub from_storage: u64,
    /// As the caches were: of all entries, or of those that there was time for.
    pub first_ns: f64,
    /// How many these are.
    pub first_number: u64,
    /// From memory: the median of some passes.
    pub again_ns: f64,
    /// How many entries such a pass had time for.
    pub again_number: u64,
    /// Processor time of that.
    pub processor_ns: f64,
    /// By the full path.
    pub absolute_ns: f64,
    /// One by each of [`TOGETHER`] threads, or by as many as the sample has entries: the time of all over their number.
    pub together_ns: f64,
}

/// Threads that look up together.
pub const TOGETHER: usize = 32;
/// What is quick is repeated for about that long, passes in both ways and all else that many times at most.
const QUICK: Duration = Duration::from_millis(400);
const PASSES: usize = 999;
const REPEATS: usize = 15;
/// A profile takes so long where entries are looked up in no time: some thousand samples.
const SAMPLED: Duration = Duration::from_millis(300);
/// Lookups between two looks at the clock.
const BETWEEN_CHECKS: usize = 32;
/// A directory below this is read in no time.
pub(super) const LARGE_BYTES: u64 = 1 << 20;

/// An entry of the sample.
pub(super) struct Chosen {
    pub(super) dir: PathBuf,
    pub(super) name: CString,
}

/// Finds out what lookups take, in some four times `limit` at most.
pub(super) fn look_up(
    facts: &mut TreeFacts,
    sample: &[Chosen],
    dirs: &[PathBuf],
    buffer: &mut [MaybeUninit<u8>],
    limit: Duration,
    interrupt: &Interrupt,
) {
    let opened = open_all(sample);
    if opened.is_empty() {
        return;
    }
    let mut lookups = first(&opened);
    let mut passes = Passes { dirs, buffer, interrupt };
    let second = passes.one(By::Name, Instant::now() + limit);
    if second.number > lookups.number {
        (lookups.first_ns, lookups.first_number) = (second.look_ns(), second.number);
    }
    // What is not reached again is not known to be in memory.
    let brief = limit / 4;
    let (again, by_path) = passes.medians(brief);
    lookups.again_ns = again.look_ns();
    lookups.again_number = again.number;
    lookups.processor_ns = again.processor / again.number.max(1) as f64;
    lookups.absolute_ns = by_path.look_ns();
    if second.read > 0 {
        facts.read_again_ns = again.read_ns.min(second.read_ns) * facts.entries as f64 / second.read as f64;
    }
    lookups.together_ns = together(&opened);
    facts.lookups = Some(lookups);
    probe(&mut facts.largest, passes.buffer, brief);
    match passes.sampled(brief.min(SAMPLED)) {
        Ok(profile) => facts.profile = Some(profile),
        Err(refused) => facts.unprofiled = Some(refused.to_string()),
    }
}

/// How entries are looked up.
#[derive(Clone, Copy)]
enum By {
    /// Relative to their directory.
    Name,
    /// By their full path.
    Path,
}

/// What a pass over all entries took, nanoseconds.
#[derive(Clone, Copy, Default)]
struct Passed {
    /// Entries that were looked up.
    number: u64,
    /// Entries of the directories that were read.
    read: u64,
    look: f64,
    processor: f64,
    read_ns: f64,
}

fn median(mut all: Vec<Passed>) -> Passed {
    all.sort_by(|a, b| a.look.total_cmp(&b.look));
    let mut median = all[all.len() / 2];
    all.sort_by(|a, b| a.read_ns.total_cmp(&b.read_ns));
    median.read_ns = all[all.len() / 2].read_ns;
    median
}

impl Passed {
    fn look_ns(&self) -> f64 {
        self.look / self.number.max(1) as f64
    }
}

struct Passes<'a> {
    dirs: &'a [PathBuf],
    buffer: &'a mut [MaybeUninit<u8>],
    interrupt: &'a Interrupt,
}

impl Passes<'_> {
    /// The medians of some passes by name and of some by full path, in turns: what slows the machine meanwhile slows both.
    fn medians(&mut self, limit: Duration) -> (Passed, Passed) {
        let start = Instant::now();
        let mut all = [By::Name, By::Path].map(|by| vec![self.one(by, Instant::now() + limit)]);
        while start.elapsed() < QUICK && all[0].len() < PASSES && self.interrupt.check().is_ok() {
            for (by, passed) in [By::Name, By::Path].into_iter().zip(&mut all) {
                let next = self.one(by, Instant::now() + limit);
                if next.number == passed[0].number {
                    passed.push(next);
                }
            }
        }
        all.map(median).into()
    }

    /// Where the processor's time goes in passes by full path.
    fn sampled(&mut self, limit: Duration) -> Result<Profile, Refused> {
        let clock = OfThread::start()?;
        let until = Instant::now() + limit;
        while Instant::now() < until && self.interrupt.check().is_ok() {
            self.one(By::Path, until);
        }
        clock.stop()
    }

    /// Reads all directories and looks all entries up, until the time is up.
    fn one(&mut self, by: By, until: Instant) -> Passed {
        let mut passed = Passed::default();
        // Of one directory, each with its NUL.
        let mut names = Vec::new();
        let mut path = Vec::new();
        for dir in self.dirs {
            let start = Instant::now();
            names.clear();
            // What could be read a moment ago, and is gone, is nobody's any more.
            let Some((open, read)) = read(dir, self.buffer, &mut names) else { continue };
            passed.read += read;
            passed.read_ns += start.elapsed().as_nanos() as f64;
            path.clear();
            path.extend_from_slice(dir.as_os_str().as_bytes());
            path.push(b'/');
            let above = path.len();
            let mut rest = names.split_inclusive(|&byte| byte == 0).peekable();
            while rest.peek().is_some() {
                let (start, processor) = (Instant::now(), processor_time());
                // Some, however long reading took.
                if (start >= until && passed.number > 0) || self.interrupt.check().is_err() {
                    return passed;
                }
                for name in rest.by_ref().take(BETWEEN_CHECKS) {
                    passed.number += 1;
                    match by {
                        By::Name => _ = statat(&open, terminated(name), AtFlags::SYMLINK_NOFOLLOW),
                        By::Path => {
                            path.truncate(above);
                            path.extend_from_slice(name);
                            let _ = statat(CWD, terminated(&path), AtFlags::SYMLINK_NOFOLLOW);
                        }
                    }
                }
                passed.processor += processor_time().saturating_sub(processor).as_nanos() as f64;
                passed.look += start.elapsed().as_nanos() as f64;
            }
        }
        passed
    }
}

fn terminated(bytes: &[u8]) -> &CStr {
    CStr::from_bytes_with_nul(bytes).expect("each name was added with its NUL, and paths that were opened have none")
}

/// Reads a directory: it stays open, its names are added, each with its NUL, and counted.
fn read(dir: &Path, buffer: &mut [MaybeUninit<u8>], names: &mut Vec<u8>) -> Option<(OwnedFd, u64)> {
    let open = openat(CWD, dir, DIRECTORY, Mode::empty()).ok()?;
    let mut all = RawDir::new(open.as_fd(), buffer);
    let mut read = 0;
    while let Some(Ok(entry)) = all.next() {
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.extend_from_slice(entry.file_name().to_bytes_with_nul());
            read += 1;
        }
    }
    Some((open, read))
}

type Opened<'a> = (OwnedFd, &'a Chosen);

/// Opens the directories of a sample, which is no part of a lookup.
fn open_all(sample: &[Chosen]) -> Vec<Opened<'_>> {
    let open = |chosen: &Chosen| openat(CWD, &chosen.dir, DIRECTORY, Mode::empty()).ok();
    sample.iter().filter_map(|chosen| Some((open(chosen)?, chosen))).collect()
}

/// Looks one up; whether that failed.
fn relative((dir, chosen): &Opened<'_>) -> bool {
    statat(dir, &chosen.name, AtFlags::SYMLINK_NOFOLLOW).is_err()
}

/// Looks the sample up as the caches are.
fn first(opened: &[Opened<'_>]) -> Lookups {
    let (mut failed, mut from_storage, mut time) = (0, 0, Duration::ZERO);
    for one in opened {
        let before = read_bytes();
        let start = Instant::now();
        failed += u64::from(relative(one));
        time += start.elapsed();
        from_storage += u64::from(before.zip(read_bytes()).is_some_and(|(before, after)| after > before));
    }
    let number = opened.len() as u64;
    let first_ns = time.as_nanos() as f64 / number.max(1) as f64;
    Lookups {
        number,
        failed,
        from_storage,
        first_ns,
        first_number: number,
        again_ns: first_ns,
        again_number: number,
        processor_ns: first_ns,
        absolute_ns: first_ns,
        together_ns: first_ns,
    }
}

/// What each of the sample takes when threads look one up each, at once.
fn together(opened: &[Opened<'_>]) -> f64 {
    let some = &opened[..opened.len().min(TOGETHER)];
    let time = least(|| {
        std::thread::scope(|scope| {
            for one in some {
                // Where a thread is not to be had, its part is done here.
                if std::thread::Builder::new().spawn_scoped(scope, move || relative(one)).is_err() {
                    relative(one);
                }
            }
        });
    });
    time.as_nanos() as f64 / some.len().max(1) as f64
}

/// What is asked of a large directory alone.
fn probe(largest: &mut Largest, buffer: &mut [MaybeUninit<u8>], limit: Duration) {
    let Some(path) = largest.path.as_ref().map(PathBuf::from) else { return };
    let until = Instant::now() + limit;
    let time = |work: &mut dyn FnMut()| {
        let mut all = Vec::new();
        while all.is_empty() || (all.len() < 5 && Instant::now() < until) {
            let start = Instant::now();
            work();
            all.push(start.elapsed().as_nanos() as f64);
        }
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    if largest.size_bytes >= LARGE_BYTES {
        let mut names = Vec::new();
        largest.read_ns = time(&mut || {
            names.clear();
            let _ = read(&path, buffer, &mut names);
        });
        largest.open_ns = time(&mut || {
            let Ok(open) = openat(CWD, &path, DIRECTORY, Mode::empty()) else { return };
            if seek(&open, SeekFrom::End(0)).is_ok() {
                let _ = RawDir::new(open.as_fd(), &mut *buffer).next();
            }
        });
    }
    if largest.indexed == Some(false) {
        let Ok(open) = openat(CWD, &path, DIRECTORY, Mode::empty()) else { return };
        let mut number = 0;
        largest.miss_ns = time(&mut || {
            // Another one each time: the kernel remembers also what is not there.
            number += 1;
            let name = format!(".fsbench-no-such-name-{}-{number}", std::process::id());
            let _ = statat(&open, name, AtFlags::SYMLINK_NOFOLLOW);
        });
    }
}

/// The least time that some work takes; what is slow is done once.
fn least(work: impl Fn()) -> Duration {
    let once = || {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    let start = Instant::now();
    let mut best = once();
    for _ in 1..REPEATS {
        if start.elapsed() > QUICK {
            break;
        }
        best = best.min(once());
    }
    best
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
