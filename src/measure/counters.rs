//! What the kernel and the processor counted around a sample.
//!
//! getrusage(2) covers all threads, those that ended included; so do `/proc/self/io` and the processor's counters,
//! which threads inherit. Migrations are counted per thread only (`/proc/self/task/*/sched`): where a thread came or
//! went within the sample, they are not known and not shown. perf's own migration counter would know, but needs
//! privileges that timing does not.
//!
//! All of it is read outside the clock. What reading costs shows in the instructions: some thousands.

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use perf_event::events::Hardware;
use perf_event::{Builder, Counter, ReadFormat};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;

/// Counts of all iterations of a sample and all its threads; `None` where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counters {
    /// Page faults served without reading (getrusage(2), `ru_minflt`).
    pub minor_faults: Option<u64>,
    /// Page faults that read (`ru_majflt`).
    pub major_faults: Option<u64>,
    /// Switches because a thread waited (`ru_nvcsw`).
    pub voluntary_switches: Option<u64>,
    /// Switches because another thread was scheduled (`ru_nivcsw`).
    pub involuntary_switches: Option<u64>,
    /// Bytes that had to come from a block device (proc_pid_io(5), `read_bytes`): above 0, the cache was not warm.
    pub read_bytes: Option<u64>,
    /// Moves of a thread to another processor (`se.nr_migrations`), where all threads lived before and after.
    pub migrations: Option<u64>,
    /// Instructions retired, the kernel's included; `None` without a hardware counter, without the right to count in
    /// the kernel, or where the counter had to be shared.
    pub instructions: Option<u64>,
    /// Processor cycles, likewise.
    pub cycles: Option<u64>,
}

/// Whether a case may start threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threads {
    /// It starts none.
    One,
    /// Others, which may come and go within a sample.
    Many,
}

/// Reads the counters of this process.
pub(super) struct Meter {
    instructions: Option<Counter>,
    cycles: Option<Counter>,
}

/// The counters at some moment.
pub(super) struct Reading {
    usage: Option<Usage>,
    read_bytes: Option<u64>,
    migrations: Option<BTreeMap<u32, u64>>,
    instructions: Option<u64>,
    cycles: Option<u64>,
}

/// What a sample spent.
pub(super) struct Spent {
    /// Nanoseconds in user mode.
    pub(super) user_ns: u64,
    /// Nanoseconds in the kernel.
    pub(super) sys_ns: u64,
    pub(super) counters: Counters,
}

impl Meter {
    /// Opens the hardware's counters for this thread and those that it will start.
    pub(super) fn open() -> Self {
        Self { instructions: hardware(Hardware::INSTRUCTIONS), cycles: hardware(Hardware::CPU_CYCLES) }
    }

    /// The counters before a sample; what costs most is read first, furthest from the clock.
    pub(super) fn start(&mut self) -> Reading {
        let migrations = migrations();
        let read_bytes = read_bytes();
        let (instructions, cycles) = self.read_hardware();
        Reading { usage: getrusage(UsageWho::RUSAGE_SELF).ok(), read_bytes, migrations, instructions, cycles }
    }

    /// What was spent since.
    pub(super) fn stop(&mut self, before: &Reading, threads: Threads) -> Spent {
        let usage = getrusage(UsageWho::RUSAGE_SELF).ok();
        let (instructions, cycles) = self.read_hardware();
        let read_bytes = difference(before.read_bytes, read_bytes());
        let migrations = before.migrations.as_ref().zip(migrations()).and_then(|(b, a)| moved(b, &a, threads));
        let rusage = |of: fn(&Usage) -> i64| {
            let value = |usage: &Usage| u64::try_from(of(usage)).ok();
            difference(before.usage.as_ref().and_then(value), usage.as_ref().and_then(value))
        };
        let counters = Counters {
            minor_faults: rusage(Usage::minor_page_faults),
            major_faults: rusage(Usage::major_page_faults),
            voluntary_switches: rusage(Usage::voluntary_context_switches),
            involuntary_switches: rusage(Usage::involuntary_context_switches),
            read_bytes,
            migrations,
            instructions: difference(before.instructions, instructions),
            cycles: difference(before.cycles, cycles),
        };
        let nanos = |of: fn(&Usage) -> i64| rusage(of).unwrap_or(0) * 1000;
        Spent {
            user_ns: nanos(|usage| usage.user_time().num_microseconds()),
            sys_ns: nanos(|usage| usage.system_time().num_microseconds()),
            counters,
        }
    }

    fn read_hardware(&mut self) -> (Option<u64>, Option<u64>) {
        let read = |counter: &mut Option<Counter>| {
            let read = counter.as_mut()?.read_count_and_time().ok()?;
            // One that had to share the hardware was extrapolated: that is no count.
            (read.time_running == read.time_enabled).then_some(read.count)
        };
        (read(&mut self.instructions), read(&mut self.cycles))
    }
}

/// A counter of the processor, running, the kernel's share included: nearly all of a listing happens there.
fn hardware(event: Hardware) -> Option<Counter> {
    Builder::new(event)
        .observe_self()
        .any_cpu()
        .inherit(true)
        .include_kernel()
        .enabled(true)
        .read_format(ReadFormat::TOTAL_TIME_ENABLED | ReadFormat::TOTAL_TIME_RUNNING)
        .build()
        .ok()
}

fn difference(before: Option<u64>, after: Option<u64>) -> Option<u64> {
    after?.checked_sub(before?)
}

/// The moves of threads that were there all the time; `None` if any was not.
fn moved(before: &BTreeMap<u32, u64>, after: &BTreeMap<u32, u64>, threads: Threads) -> Option<u64> {
    // Threads that lived within the sample alone leave no trace in either reading.
    let all_there = before.keys().eq(after.keys()) && (threads == Threads::One || after.len() > 1);
    let moves = after.iter().map(|(thread, after)| difference(before.get(thread).copied(), Some(*after)));
    all_there.then(|| moves.sum::<Option<u64>>()).flatten()
}

/// `se.nr_migrations` of each thread. `None` where the kernel does not say (CONFIG_SCHED_DEBUG).
fn migrations() -> Option<BTreeMap<u32, u64>> {
    let thread = |task: fs::DirEntry| {
        let sched = fs::read_to_string(task.path().join("sched")).ok()?;
        Some((task.file_name().to_str()?.parse().ok()?, field(&sched, "se.nr_migrations")?))
    };
    fs::read_dir("/proc/self/task").ok()?.map(|task| task.ok().and_then(thread)).collect()
}

pub(super) fn read_bytes() -> Option<u64> {
    field(&fs::read_to_string("/proc/self/io").ok()?, "read_bytes")
}

/// The number after `name:`, with whatever blanks.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim_start().strip_prefix(':')?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_touched_for_the_first_time_is_a_fault() {
        let mut meter = Meter::open();
        let before = meter.start();
        let bytes = std::hint::black_box(vec![1_u8; 8 << 20]);
        let spent = meter.stop(&before, Threads::One);
        // Four huge pages, or 2,048 small ones.
        assert!(spent.counters.minor_faults.unwrap() >= 4, "{} bytes", bytes.len());
    }

    #[test]
    fn a_sleep_is_a_voluntary_switch() {
        let mut meter = Meter::open();
        let before = meter.start();
        std::thread::sleep(std::time::Duration::from_millis(1));
        assert!(meter.stop(&before, Threads::One).counters.voluntary_switches.unwrap() >= 1);
    }

    #[test]
    fn a_line_of_proc_is_found_by_its_name() {
        assert_eq!(field("rchar: 5\nread_bytes: 4096\n", "read_bytes"), Some(4096));
        assert_eq!(field("se.nr_migrations   :     7\n", "se.nr_migrations"), Some(7));
        assert_eq!(field("rchar: 5\n", "read_bytes"), None);
    }

    #[test]
    fn migrations_are_known_only_if_every_thread_was_there_all_the_time() {
        let reading = |threads: &[(u32, u64)]| threads.iter().copied().collect::<BTreeMap<_, _>>();
        let before = reading(&[(1, 5), (2, 1)]);
        assert_eq!(moved(&before, &reading(&[(1, 6), (2, 3)]), Threads::Many), Some(3));
        assert_eq!(moved(&before, &reading(&[(1, 6)]), Threads::Many), None);
        assert_eq!(moved(&before, &reading(&[(1, 6), (3, 0)]), Threads::Many), None);
        assert_eq!(moved(&reading(&[(1, 5)]), &reading(&[(1, 6)]), Threads::Many), None);
        assert_eq!(moved(&reading(&[(1, 5)]), &reading(&[(1, 6)]), Threads::One), Some(1));
    }
}
