//! `--stats`: counts calls and times the phases of a listing.

use super::table::Table;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// A system call that a listing makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Call {
    Openat,
    Getdents,
    Statx,
    Fstat,
    Listxattr,
    Getxattr,
    Readlink,
    Fstatfs,
    Write,
}

const NAMES: [&str; 9] =
    ["openat", "getdents64", "statx", "fstat", "listxattrat", "getxattrat", "readlinkat", "fstatfs", "write"];

/// Calls by kind.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Calls([u64; NAMES.len()]);

impl Calls {
    #[inline]
    pub(crate) fn add(&mut self, call: Call) {
        self.0[call as usize] += 1;
    }
}

/// A part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Phase {
    /// Reading directories, lookups not counted.
    Read,
    LookUp,
    Sort,
    Format,
    Write,
}

const PHASES: [&str; 5] = ["read", "look up", "sort", "format", "write"];

/// What one thread did, or all of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stats {
    pub(crate) entries: u64,
    pub(crate) calls: Calls,
    phases: [Duration; PHASES.len()],
}

/// Whether phases are timed: the clock costs more than a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    On,
    Off,
}

impl Timing {
    /// Now, if it matters.
    #[inline]
    pub(crate) fn start(self) -> Option<Instant> {
        (self == Self::On).then(Instant::now)
    }
}

impl Stats {
    /// Adds the time since `start` to a phase.
    #[inline]
    pub(crate) fn spend(&mut self, phase: Phase, start: Option<Instant>) {
        if let Some(start) = start {
            self.phases[phase as usize] += start.elapsed();
        }
    }

    /// Moves what was counted within one phase, but belongs to another, to that other.
    pub(crate) fn without(&mut self, phase: Phase, inner: Duration) {
        let spent = &mut self.phases[phase as usize];
        *spent = spent.saturating_sub(inner);
    }

    pub(crate) fn phase(&self, phase: Phase) -> Duration {
        self.phases[phase as usize]
    }

    pub(crate) fn count(&mut self, table: &Table) {
        self.entries += table.len() as u64;
    }

    pub(crate) fn fold(&mut self, other: &Self) {
        self.entries += other.entries;
        for (all, more) in self.calls.0.iter_mut().zip(other.calls.0) {
            *all += more;
        }
        for (all, more) in self.phases.iter_mut().zip(other.phases) {
            *all += more;
        }
    }

    /// In words; `elapsed` is the time from start to end, which threads share.
    pub(crate) fn show(&self, elapsed: Duration) -> String {
        let mut text = String::new();
        let each = elapsed.as_nanos() / u128::from(self.entries.max(1));
        let _ = writeln!(text, "{} entries in {:.3} s, {each} ns each", self.entries, elapsed.as_secs_f64());
        let phases: Vec<String> = PHASES
            .iter()
            .zip(self.phases)
            .filter(|(_, spent)| !spent.is_zero())
            .map(|(name, spent)| format!("{name} {:.3} s", spent.as_secs_f64()))
            .collect();
        let _ = writeln!(text, "time, all threads together: {}", phases.join(", "));
        let calls: Vec<String> = NAMES
            .iter()
            .zip(self.calls.0)
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        let _ = writeln!(text, "system calls: {}", calls.join(", "));
        text
    }
}
