//! Reads perf's rings, one per processor, and puts their records in order of time.
//!
//! A thread moves between processors, so the entry of a call and its return may lie in two rings, and whether a call
//! falls into a window is a question of time between rings. A record may appear in a ring a little after its time; so
//! what one pass over all rings has read is handed over only up to the latest time that the pass before it had seen, as
//! perf does it ("ordered events").

use super::scope::{Detail, Start};
use super::tracepoint::Tracepoint;
use crate::sys::perf::{SAMPLE, redirect};
use perf_event::events::Tracepoint as ById;
use perf_event::{Builder, Clock, Counter, SampleFlag, Sampler};
use rustix::io::Errno;
use rustix::process::Pid;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// A call began or returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    /// Nanoseconds of the monotonic clock.
    pub(super) time: u64,
    /// Its thread.
    pub(super) thread: u32,
    /// Its number.
    pub(super) number: i64,
    /// What it returned; `None` if it began.
    pub(super) value: Option<i64>,
}

/// The rings of one process, its threads and those to come.
pub(super) struct Rings {
    /// One a processor: of the returns of the calls of one thread, mostly the first. The ring outlives the thread.
    rings: Vec<Sampler>,
    /// Of the other threads' returns, which write to the same rings.
    returns: Vec<Counter>,
    /// Of entries.
    _entries: Vec<Counter>,
    point: Tracepoint,
    entry_point: Option<Tracepoint>,
    /// Read and not yet handed over.
    early: Vec<Record>,
    /// The latest time that the pass before saw.
    horizon: u64,
    read: u64,
}

/// Memory for the rings of all processors, and of one. At a million calls a second, with their entries, one processor
/// fills 16 MiB in 100 ms; they are read every [`super::recorder::PAUSE`].
const ALL_RINGS_BYTES: usize = 256 << 20;
const RING_BYTES: usize = 16 << 20;
pub(super) const LEAST_RING_BYTES: usize = 64 << 10;

/// How long a process that goes on starting threads is waited for.
const LONGEST_OPENING: Duration = Duration::from_secs(1);

impl Rings {
    /// Opens them for `process`.
    ///
    /// A thread that ends meanwhile is no loss: its calls are over. One that starts meanwhile inherits those events
    /// that the thread that starts it has by then: none, some or all. Watched as well, it would be counted twice. So
    /// all is opened anew until no thread has started.
    pub(super) fn open(tracefs: &Path, process: Pid, start: Start, detail: Detail) -> io::Result<Self> {
        let point = Tracepoint::returns(tracefs)?;
        let entry_point = match detail {
            Detail::Counts => None,
            Detail::Latencies => Some(Tracepoint::entries(tracefs)?),
        };
        let processors = processors()?;
        let until = Instant::now() + LONGEST_OPENING;
        loop {
            let listed = threads(process)?;
            let rings = Self::of(&listed, &processors, start, (point, entry_point))?;
            let listed: HashSet<Pid> = listed.into_iter().collect();
            if threads(process)?.iter().all(|thread| listed.contains(thread)) {
                return Ok(rings);
            }
            if Instant::now() > until {
                return Err(io::Error::other("the process starts threads faster than they can be watched"));
            }
        }
    }

    /// Those of some threads: at least one must live on.
    fn of(
        threads: &[Pid],
        processors: &[usize],
        start: Start,
        (point, entry_point): (Tracepoint, Option<Tracepoint>),
    ) -> io::Result<Self> {
        let (rings, returns, entries, early) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut this = Self { rings, returns, _entries: entries, point, entry_point, early, horizon: 0, read: 0 };
        let bytes = (ALL_RINGS_BYTES / processors.len().max(1)).clamp(LEAST_RING_BYTES, RING_BYTES);
        for &thread in threads {
            match this.add(thread, processors, start, bytes) {
                // It has ended. What was opened of it stays, since it may have written to the rings.
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => {}
                added => added?,
            }
        }
        if this.rings.len() < processors.len() { Err(Errno::SRCH.into()) } else { Ok(this) }
    }

    /// Adds a thread's events. Where there is no ring of a processor yet, the thread's own event makes it.
    fn add(&mut self, thread: Pid, processors: &[usize], start: Start, bytes: usize) -> io::Result<()> {
        for (index, &processor) in processors.iter().enumerate() {
            // Entries first: of two events on one tracepoint the younger is served first, and returns are timed first.
            let entry = self.entry_point.map(|point| event(point, thread, processor, start)).transpose()?;
            match self.rings.get(index) {
                None => self.rings.push(with_ring(self.point, thread, processor, start, bytes)?),
                Some(ring) => {
                    let returned = event(self.point, thread, processor, start)?;
                    redirect(&returned, ring)?;
                    self.returns.push(returned);
                }
            }
            if let (Some(entry), Some(ring)) = (entry, self.rings.get(index)) {
                redirect(&entry, ring)?;
                self._entries.push(entry);
            }
        }
        Ok(())
    }

    /// Reads all rings once, and hands over in order of time what can no longer be preceded by anything.
    pub(super) fn pass(&mut self, each: impl FnMut(Record)) {
        self.read_rings();
        let latest = self.early.last().map_or(self.horizon, |record| record.time);
        let ripe = self.early.partition_point(|record| record.time <= self.horizon);
        self.early.drain(..ripe).for_each(each);
        self.horizon = latest;
    }

    /// The last pass: hands over all the rest, and says how many calls returned whose records were lost.
    pub(super) fn finish(mut self, each: impl FnMut(Record)) -> io::Result<u64> {
        let mut counted = 0;
        // Disabled first, so that the counters and the rings speak of the same calls.
        for counter in self.rings.iter_mut().map(|ring| ring.as_counter_mut()).chain(&mut self.returns) {
            counter.disable()?;
            counted += counter.read()?;
        }
        self.read_rings();
        self.early.drain(..).for_each(each);
        Ok(counted.saturating_sub(self.read))
    }

    fn read_rings(&mut self) {
        for ring in &mut self.rings {
            while let Some(record) = ring.next_record() {
                // Others tell of losses, which the counters tell better.
                if record.ty() != SAMPLE {
                    continue;
                }
                let parsed = parse(&record.to_contiguous(), self.point, self.entry_point);
                self.read += u64::from(parsed.is_some_and(|record| record.value.is_some()));
                self.early.extend(parsed);
            }
        }
        // Made of a few ascending runs, which is what this sort is quick at.
        self.early.sort_by_key(|record| record.time);
    }
}

/// A sample of TID, TIME and RAW (perf_event_open(2)): process, thread, time, size, and the tracepoint's own fields,
/// which begin with its id in 16 bits.
fn parse(record: &[u8], point: Tracepoint, entry_point: Option<Tracepoint>) -> Option<Record> {
    let thread = u32::from_ne_bytes(*record.get(4..)?.first_chunk()?);
    let time = u64::from_ne_bytes(*record.get(8..)?.first_chunk()?);
    let fields = record.get(20..)?;
    let id = u64::from(u16::from_ne_bytes(*fields.first_chunk()?));
    let field = |offset: usize| Some(i64::from_ne_bytes(*fields.get(offset..)?.first_chunk()?));
    if id == point.id {
        return Some(Record { time, thread, number: field(point.number)?, value: Some(field(point.value?)?) });
    }
    let entry = entry_point.filter(|entry| entry.id == id)?;
    Some(Record { time, thread, number: field(entry.number)?, value: None })
}

fn event(point: Tracepoint, thread: Pid, processor: usize, start: Start) -> io::Result<Counter> {
    Builder::new(ById::with_id(point.id))
        .observe_pid(thread.as_raw_nonzero().get())
        .one_cpu(processor)
        .inherit(true)
        .include_kernel()
        .sample_period(1)
        .sample(SampleFlag::TID | SampleFlag::TIME | SampleFlag::RAW)
        // One clock for all processors: perf's own may differ between them.
        .clockid(Clock::MONOTONIC)
        // Nobody waits to be woken.
        .wakeup_watermark(usize::try_from(u32::MAX).unwrap_or(usize::MAX))
        .enabled(start == Start::Now)
        .enable_on_exec(start == Start::AtExec)
        .build()
}

/// An event with a ring of its own: as large as may be locked in memory (RLIMIT_MEMLOCK, perf_event_mlock_kb).
fn with_ring(point: Tracepoint, thread: Pid, processor: usize, start: Start, bytes: usize) -> io::Result<Sampler> {
    let mut bytes = bytes;
    loop {
        match event(point, thread, processor, start)?.sampled(bytes) {
            Err(error) if bytes > LEAST_RING_BYTES && error.kind() == io::ErrorKind::PermissionDenied => bytes /= 2,
            made => return made,
        }
    }
}

/// The threads of a process.
///
/// # Errors
/// ESRCH if it has ended.
pub(super) fn threads(process: Pid) -> io::Result<Vec<Pid>> {
    let gone = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Errno::SRCH.into(),
        _ => error,
    };
    let thread = |name: std::ffi::OsString| name.to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
    let tasks = fs::read_dir(format!("/proc/{}/task", process.as_raw_nonzero())).map_err(gone)?;
    tasks.map(|task| thread(task.map_err(gone)?.file_name()).ok_or_else(|| io::ErrorKind::InvalidData.into())).collect()
}

/// The processors that are online.
pub(super) fn processors() -> io::Result<Vec<usize>> {
    let online = fs::read_to_string("/sys/devices/system/cpu/online")?;
    list(online.trim()).ok_or_else(|| io::Error::other(format!("'{}' is no list of processors", online.trim())))
}

/// `0-3,5`
fn list(text: &str) -> Option<Vec<usize>> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse().ok()?..=last.parse::<usize>().ok()?)
    };
    Some(text.split(',').map(range).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETURNS: Tracepoint = Tracepoint { id: 442, number: 8, value: Some(16) };
    const ENTRIES: Tracepoint = Tracepoint { id: 443, number: 8, value: None };

    fn sample(id: u16, number: i64, value: i64) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&7_u32.to_ne_bytes());
        bytes.extend_from_slice(&8_u32.to_ne_bytes());
        bytes.extend_from_slice(&1000_u64.to_ne_bytes());
        bytes.extend_from_slice(&28_u32.to_ne_bytes());
        bytes.extend_from_slice(&id.to_ne_bytes());
        bytes.extend_from_slice(&[0; 6]);
        bytes.extend_from_slice(&number.to_ne_bytes());
        bytes.extend_from_slice(&value.to_ne_bytes());
        bytes
    }

    #[test]
    fn a_record_is_told_apart_by_its_tracepoint() {
        let returned = parse(&sample(442, 217, -2), RETURNS, Some(ENTRIES));
        assert_eq!(returned, Some(Record { time: 1000, thread: 8, number: 217, value: Some(-2) }));
        let began = parse(&sample(443, 217, 3), RETURNS, Some(ENTRIES));
        assert_eq!(began, Some(Record { time: 1000, thread: 8, number: 217, value: None }));
        assert_eq!(parse(&sample(443, 217, 3), RETURNS, None), None);
    }

    #[test]
    fn a_record_that_is_cut_short_is_none() {
        let whole = sample(442, 217, 0);
        assert!((0..whole.len()).all(|length| parse(&whole[..length], RETURNS, None).is_none()));
    }

    #[test]
    fn a_list_of_processors_is_read() {
        assert_eq!(list("0-3,5"), Some(vec![0, 1, 2, 3, 5]));
        assert_eq!(list("0"), Some(vec![0]));
        assert_eq!(list(""), None);
    }
}
