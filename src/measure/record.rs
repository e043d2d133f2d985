//! What was measured, with everything needed to judge it: every sample, and where it was taken. Serialises to the JSON of
//! `--format json`.

use super::change::Change;
use super::environment::{Environment, FileSystem};
use super::plan::{Cache, Ruler, Twin, ViewKind};
use super::protocol::{PathText, Sample, per_listing};
use super::schedule::Ended;
use super::sound;
use super::stats::Estimate;
use crate::list::{Projection, Standing, Want, digest::Digest, tally::Tally};
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
    /// Components of its absolute path: what is resolved again and again by who looks up by full path.
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
    /// Whether it is ranked.
    pub ruler: bool,
    /// How much of the truth it sees.
    pub projection: Projection,
    /// Of a command, what was run: its time is a whole process's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandRecord>,
    /// What became of it.
    pub outcome: Outcome,
}

/// A command that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// Its words, `{}` for the root; the program by its name alone.
    pub words: Vec<String>,
    /// Its version, as it says it.
    pub version: Option<String>,
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
    /// Median user time of one listing, nanoseconds.
    pub user_ns: f64,
    /// Median system time of one listing, nanoseconds.
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

/// What a case was held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerifiedBy {
    /// Tally and digest.
    Digest,
    /// The tally: its worker computes no digest.
    Tally,
    /// Nothing: it lists nothing.
    Nothing,
}

impl Measurement {
    /// Wall time of one listing in each round, nanoseconds.
    pub fn wall_per_listing(&self) -> Vec<f64> {
        per_listing(&self.samples, self.iterations, |sample| sample.wall_ns)
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

impl RowRecord {
    /// How many times its floor the row takes, if it has one; `case` is its own.
    pub fn over_floor(&self, case: &CaseRecord) -> Option<f64> {
        Some(case.measurement()?.wall_ns.median / self.floor_ns?)
    }
}

impl CaseRecord {
    /// Its measurement, if it has one.
    pub fn measurement(&self) -> Option<&Measurement> {
        match &self.outcome {
            Outcome::Measured(measurement) => Some(measurement),
            _ => None,
        }
    }

    /// See [`Standing`].
    pub fn standing(&self) -> Standing {
        if self.ruler { Standing::Ruler } else { Standing::Ranked }
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
    /// Of a table, the case that ratios are to.
    pub baseline: usize,
    /// Of a table, the case whose time in the kernel is the floor of all, where there is one: see `floor_ns` of the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<usize>,
    /// A table's fastest first, those without a time last; a ladder's in the order of its steps.
    pub rows: Vec<RowRecord>,
}

/// A row of a view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowRecord {
    /// Its case.
    pub case: usize,
    /// In a table, its time over the baseline's; in a ladder, the time of the row before over its own; where builds are
    /// compared, its time over the other build's. Paired by round. Where a record is compared, its ratio to the baseline
    /// over the record's.
    pub ratio: Option<Estimate>,
    /// What stands out.
    pub marks: Vec<Mark>,
    /// In a table, the kernel's time of the view's `floor`, over as many cores as the row can use, nanoseconds: see
    /// `src/measure/floor.rs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor_ns: Option<f64>,
    /// Where builds or records are compared, the row's counterpart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

/// What stands out in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Ratios are to it.
    Baseline,
    /// The fastest.
    First,
    /// Its ratio to the fastest holds 1.
    TiedFirst,
    /// Its ratio holds 1: to the baseline in a table, to the row before in a ladder.
    Tied,
    /// The fastest of its strategy's thread counts.
    BestCount,
    /// Its ratio to the fastest of its strategy's thread counts holds 1.
    TiedBestCount,
    /// Surely slower than its counterpart.
    Slower,
    /// Surely faster than its counterpart.
    Faster,
    /// Neither.
    Unchanged,
}
