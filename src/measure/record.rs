//! Records: what a session measured, with all that is needed to judge it. A record serialises to the JSON of `--format
//! json`.

mod command;
mod sound;

pub use command::CommandRecord;

use super::change::Change;
use super::environment::Environment;
use super::file_system::FileSystem;
use super::mark::Mark;
use super::path_text::PathText;
use super::plan::{Cache, Ruler, Twin, ViewKind};
use super::protocol::{Sample, per_listing};
use super::schedule::Ended;
use super::spec::VerifiedBy;
use super::stats::{Estimate, median};
use crate::list::{Factors, Projection, Standing, Want, digest::Digest, tally::Tally};
use crate::strategy::Level;
use crate::trace::Trace;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The version of this format. It grows when a field changes its meaning or goes.
pub const SCHEMA: u32 = 1;

/// A session's measurements. One that makes no sense is refused when it is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
// The derived functions are the type's own: what reads a record from outside is below.
#[serde(remote = "Self")]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The version of fsbench.
    pub fsbench: String,
    /// The command as typed.
    pub command: Vec<String>,
    /// When the session began.
    pub started: jiff::Timestamp,
    /// The machine.
    pub environment: Environment,
    /// Of the shuffle and the resampling.
    pub seed: u64,
    /// The rounds.
    pub rounds: Rounds,
    /// The harness, measured.
    pub ruler: RulerRecord,
    /// What was listed.
    pub targets: Vec<TargetRecord>,
    /// How, each with its samples.
    pub cases: Vec<CaseRecord>,
    /// What to show of it.
    pub views: Vec<ViewRecord>,
    /// What the reader should know before believing it, in plain English.
    pub advice: Vec<String>,
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = Self::deserialize(deserializer)?;
        sound::check(&record).map_err(D::Error::custom)?;
        Ok(record)
    }
}

/// The rounds of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rounds {
    /// How many.
    pub count: usize,
    /// How long they took.
    pub seconds: f64,
    /// How much of that went into timed listings: the rest starts processes, and lists off the clock.
    #[serde(default)]
    pub timed_seconds: Option<f64>,
    /// Why they ended.
    pub ended: Ended,
}

/// The harness, measured in the same rounds. Never subtracted from anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RulerRecord {
    /// Its cases.
    pub cases: Ruler,
    /// The ratio of the baseline to itself: the interval should hold 1.
    pub same: Option<Estimate>,
    /// Nanoseconds an entry of the row without a system call.
    pub null_ns_per_entry: Option<f64>,
    /// The shortest time that the clock tells apart, nanoseconds.
    pub clock_ns: f64,
}

/// Something that was listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetRecord {
    /// Where, as it was named.
    pub root: PathText,
    /// Components of its absolute path, each of which a lookup by full path resolves.
    #[serde(default)]
    pub depth: usize,
    /// How much of it.
    pub level: Level,
    /// What it is, where fsbench made it.
    pub shape: Option<String>,
    /// The oracle's answers.
    pub truths: Vec<TruthRecord>,
    /// Entries of any kind.
    pub entries: u64,
    /// Directories among them.
    pub directories: u64,
    /// Errors that the oracle met: how many, and the first.
    pub errors: (u64, Vec<String>),
    /// The file system of the root.
    pub file_system: FileSystem,
}

/// What the oracle said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruthRecord {
    /// What was wanted.
    pub want: Want,
    /// How much of it can be seen.
    pub projection: Projection,
    /// The digest of it.
    pub digest: Digest,
    /// The counts.
    pub tally: Tally,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseRecord {
    /// Index of its target.
    pub target: usize,
    /// Its strategy's name, or that of the worker's row.
    pub strategy: String,
    /// What each entry was asked for.
    pub want: Want,
    /// What its samples found in the caches.
    #[serde(default)]
    pub cache: Cache,
    /// Threads that it might use.
    pub threads: usize,
    /// Which of an A/A pair.
    pub twin: Twin,
    /// Whether it is `null`, which is not ranked: it measures the harness.
    #[serde(rename = "ruler")]
    pub is_null: bool,
    /// How much of the truth it sees.
    pub projection: Projection,
    /// Of a strategy of ours, what sets it apart when it is asked for `want`. Older records lack it; [`super::renew`]
    /// puts it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factors: Option<Factors>,
    /// Of a command, what was run: its time is a whole process's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandRecord>,
    /// Of another program that speaks the worker protocol, its name and version as it says them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It did the same work as the oracle, and this is what it took.
    Measured(Measurement),
    /// It cannot run here.
    Unsupported(String),
    /// It saw something else than the oracle; so it has no time.
    Wrong(String),
    /// It broke.
    Failed(String),
}

/// The samples of a case and what is computed from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// How often it listed within one sample.
    pub iterations: u32,
    /// Entries of one listing.
    pub entries: u64,
    /// One per round.
    pub samples: Vec<Sample>,
    /// Rounds whose sample lies far outside the others.
    pub outliers: Vec<usize>,
    /// Rounds whose sample saw another tree than was verified.
    pub changed: Vec<usize>,
    /// Whether a digest was compared, or counts only.
    pub verified_by: VerifiedBy,
    /// Wall time of one listing, nanoseconds.
    pub wall_ns: Estimate,
    /// Median user time of one listing, nanoseconds, as the kernel splits it by ticks. Not shown: see
    /// [`Measurement::processor_ns`].
    pub user_ns: f64,
    /// Median system time of one listing, nanoseconds, likewise by ticks. Not shown: see [`Measurement::kernel_share`].
    pub sys_ns: f64,
    /// The largest peak of any sample, bytes.
    pub peak_bytes: Option<u64>,
    /// The system calls of one listing.
    #[serde(default)]
    pub calls: Calls,
}

/// The system calls of one listing, counted apart from the samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Calls {
    /// They were counted, exactly.
    Counted {
        /// The counts.
        trace: Trace,
        /// Why they were not counted through kernel tracepoints, if they were to be.
        fallback: Option<String>,
    },
    /// They were not, and why.
    Uncounted(String),
}

impl Default for Calls {
    fn default() -> Self {
        Self::Uncounted("nobody asked".to_owned())
    }
}

impl Calls {
    /// The counts, if there are any.
    pub fn trace(&self) -> Option<&Trace> {
        match self {
            Self::Counted { trace, .. } => Some(trace),
            Self::Uncounted(_) => None,
        }
    }
}

impl Measurement {
    /// Wall time of one listing in each round, nanoseconds.
    pub fn wall_per_listing(&self) -> Vec<f64> {
        per_listing(&self.samples, self.iterations, |sample| sample.wall_ns)
    }

    /// This one's time over the other's, round by round: what slowed a whole round cancels.
    pub fn ratios_to(&self, other: &Self) -> Vec<f64> {
        self.wall_per_listing().iter().zip(other.wall_per_listing()).map(|(own, other)| own / other).collect()
    }

    /// Processor time of one listing, in user and kernel mode together: the median over the samples, nanoseconds.
    ///
    /// getrusage(2)'s two times add up to the time that the scheduler counted (`sum_exec_runtime`), exactly. Workers in
    /// languages that cannot ask it read a clock of 10 ms; of a listing that it does not see at all, the time is not
    /// known: `None`.
    pub fn processor_ns(&self) -> Option<f64> {
        let processor = |sample: &Sample| processor_ns(sample) / f64::from(self.iterations.max(1));
        median(&mut self.samples.iter().map(processor).collect::<Vec<_>>()).filter(|&ns| ns > 0.0)
    }

    /// The part of the processor time that was spent in kernel mode, from 0 to 1, of all samples together; `None` where
    /// that is not known.
    ///
    /// Most kernels split the processor time by ticks, 100 to 1000 a second (kernel/sched/cputime.c, `cputime_adjust`):
    /// a process that met none is counted as user mode whole. So it is known only where the median sample is long
    /// enough to meet ticks, and all samples together meet enough of them: 100 at least, for a standard error of 5
    /// points at most.
    pub fn kernel_share(&self) -> Option<f64> {
        const LEAST_SAMPLE_NS: f64 = 20e6;
        const LEAST_NS: f64 = 1e9;
        let mut samples: Vec<f64> = self.samples.iter().map(processor_ns).collect();
        let all: f64 = samples.iter().sum();
        let kernel: f64 = self.samples.iter().map(|sample| sample.sys_ns as f64).sum();
        (all >= LEAST_NS && median(&mut samples)? >= LEAST_SAMPLE_NS).then_some(kernel / all)
    }

    /// How many samples read nothing from storage: of a case that should be cold, those that were not.
    pub fn warm_samples(&self) -> usize {
        self.samples.iter().filter(|sample| sample.counters.read_bytes.unwrap_or(0) == 0).count()
    }

    /// System calls an entry, if they were counted; of an empty tree, per listing.
    pub fn calls_per_entry(&self) -> Option<f64> {
        self.calls.trace().map(|trace| trace.total() as f64 / self.entries.max(1) as f64)
    }

    /// Nanoseconds an entry; of an empty tree, per listing.
    pub fn ns_per_entry(&self) -> f64 {
        self.wall_ns.median / self.entries.max(1) as f64
    }
}

/// Processor time of one sample, all its iterations together, nanoseconds.
fn processor_ns(sample: &Sample) -> f64 {
    sample.user_ns as f64 + sample.sys_ns as f64
}

impl CaseRecord {
    /// Whether the number of threads it was given makes a difference.
    pub fn takes_threads(&self) -> bool {
        let is_told = self.command.as_ref().is_some_and(|command| command.takes_threads);
        is_told || self.factors.is_some_and(|factors| factors.takes_threads())
    }

    /// Whether it is a process whose processor time is the kernel's, to nine tenths or more: only fewer calls make it faster.
    pub fn is_limited_by_calls(&self) -> bool {
        let share = self.measurement().and_then(Measurement::kernel_share);
        self.command.is_some() && share.is_some_and(|share| share >= 0.9)
    }

    /// Its measurement, if it has one.
    pub fn measurement(&self) -> Option<&Measurement> {
        match &self.outcome {
            Outcome::Measured(measurement) => Some(measurement),
            _ => None,
        }
    }

    /// See [`Standing`].
    pub fn standing(&self) -> Standing {
        if self.is_null { Standing::Null } else { Standing::Ranked }
    }
}

/// Some cases, shown together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ViewRecord {
    /// Its title.
    pub title: String,
    /// How it is shown.
    pub kind: ViewKind,
    /// Index of its target.
    pub target: usize,
    /// What its cases were asked for.
    pub want: Want,
    /// Of a table, the case that ratios are to; where a record is compared, the first of those that it is compared by.
    pub baseline: usize,
    /// Cases by which another session's rows can be compared with these, the most preferred first: they stay as they
    /// are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<usize>,
    /// Of a table, the case whose processor time is the floor of all, where there is one: see `floor_ns` of the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<usize>,
    /// A table's fastest first, by their ratios, those without a time last; a ladder's in the order of its steps.
    pub rows: Vec<RowRecord>,
}

/// A row of a view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowRecord {
    /// Its case.
    pub case: usize,
    /// In a table, its time over the baseline's; in a ladder, the time of the row before over its own; where builds are
    /// compared, its time over the other build's. Paired by round. Where a record is compared, its ratio to a reference
    /// over the record's.
    pub ratio: Option<Estimate>,
    /// In a ladder, the time of the first row over its own, paired by round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_all: Option<Estimate>,
    /// What stands out.
    pub marks: Vec<Mark>,
    /// In a table, the processor time of the view's `floor` less that of `null`, over as many cores as the row can use,
    /// nanoseconds: see `src/measure/floor.rs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor_ns: Option<f64>,
    /// Where builds or records are compared, the row's counterpart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

impl RowRecord {
    /// A row of which nothing but its case is known.
    pub fn of(case: usize) -> Self {
        Self { case, ratio: None, in_all: None, marks: Vec::new(), floor_ns: None, change: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A measurement of so many samples, each of two listings, with these milliseconds in user mode and in the kernel.
    fn measurement(samples: usize, user_ms: u64, sys_ms: u64) -> Measurement {
        let sample = json!({
            "wall_ns": 1, "user_ns": user_ms * 1_000_000, "sys_ns": sys_ms * 1_000_000, "peak_bytes": null, "tally": Tally::default()
        });
        let measurement = json!({
            "iterations": 2, "entries": 1, "samples": vec![sample; samples], "outliers": [], "changed": [], "verified_by": "digest",
            "wall_ns": {"median": 1.0, "low": 1.0, "high": 1.0}, "user_ns": 0.0, "sys_ns": 0.0, "peak_bytes": null
        });
        serde_json::from_value(measurement).unwrap()
    }

    #[test]
    fn processor_time_is_that_of_both_modes_by_listing_however_ticks_split_it() {
        for (user_ms, sys_ms) in [(8, 0), (0, 8), (3, 5)] {
            assert_eq!(measurement(5, user_ms, sys_ms).processor_ns(), Some(4e6));
        }
        assert_eq!(measurement(0, 1, 1).processor_ns(), None);
        assert_eq!(measurement(5, 0, 0).processor_ns(), None, "a clock too coarse to see it");
    }

    #[test]
    fn the_kernels_share_is_known_of_long_samples_and_of_many() {
        assert_eq!(measurement(50, 5, 15).kernel_share(), Some(0.75));
        assert_eq!(measurement(49, 5, 15).kernel_share(), None, "less than a second together");
        assert_eq!(measurement(5000, 5, 14).kernel_share(), None, "a sample of 19 ms may meet a tick, or none");
        assert_eq!(measurement(0, 5, 15).kernel_share(), None);
    }

    #[test]
    fn the_kernels_share_is_that_of_all_samples_together() {
        let mut one = measurement(50, 20, 0);
        one.samples.extend(measurement(50, 0, 20).samples);
        assert_eq!(one.kernel_share(), Some(0.5));
    }
}
