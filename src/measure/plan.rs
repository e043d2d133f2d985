//! What is to be measured: targets, the cases on them, and the views that a report shows of the cases.
//!
//! Cases are measured once, however many views show them, and all in the same rounds: so their ratios are paired even
//! between views.

use super::process::Program;
use super::spec::Spec;
use crate::list::{Factors, Projection, Standing, Want, digest::Digest};
use crate::strategy::{Level, Strategy};
use crate::trace::Choice;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// What a session measures, and how.
pub struct Plan {
    /// What is listed.
    pub targets: Vec<Target>,
    /// How, each once.
    pub cases: Vec<Case>,
    /// What is shown of it.
    pub views: Vec<View>,
    /// The cases that measure the harness.
    pub ruler: Ruler,
    /// When to stop.
    pub limits: Limits,
    /// State of the caches before each sample. It is one for all cases: dropping caches affects the next case too.
    pub cache: Cache,
    /// Seed of the shuffle and of resampling.
    pub seed: u64,
    /// How system calls are counted; `None` if they are not.
    pub count: Option<Choice>,
    /// Our own worker.
    pub worker: Program,
    /// That of another build, for cases that are [`Twin::OtherBuild`].
    pub other_build: Option<Program>,
    /// Where a record is compared: the trees that may be listed, by their digest of names and kinds.
    pub trees: Option<Vec<(Level, Digest)>>,
    /// The command as it was typed, for the record.
    pub command: Vec<String>,
    /// How long a worker may take to answer; `None` for as long as it likes.
    pub worker_timeout: Option<Duration>,
}

/// Something to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where: an absolute path, since workers have another working directory and full paths are what some rows resolve.
    pub root: PathBuf,
    /// The same as it was named: records are published, and should not tell absolute paths.
    pub named: PathBuf,
    /// How much of it.
    pub level: Level,
    /// What it is, where fsbench made it: `source, 50,000 entries, seed 1`.
    pub shape: Option<String>,
    /// The digest of names and kinds that it had when it was made: with another one it is another tree.
    pub made: Option<Digest>,
}

/// Strategy x target x want x cache x threads.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Index of its target.
    pub target: usize,
    /// Who does it.
    pub way: Way,
    /// What each entry is asked for.
    pub want: Want,
    /// What it finds in the kernel's caches.
    pub cache: Cache,
    /// Threads that it may use; 1 for those that take none.
    pub threads: usize,
    /// Tells two cases apart that are alike in all else: the second of an A/A pair.
    pub twin: Twin,
}

/// Which of two like cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Twin {
    /// The only one, or the first.
    First,
    /// The baseline once more: its ratio to the first should be 1.
    Second,
    /// The same strategy in another build of fsbench: see [`Plan::other_build`].
    OtherBuild,
}

/// What a sample finds in the kernel's caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Cache {
    /// Filled by the listings before it: they hold all of a tree that fits into memory.
    #[default]
    Warm,
    /// Empty: they are dropped before each sample.
    Cold,
}

/// Who does a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    /// A strategy of the registry, in a worker of ours.
    Ours(Strategy),
    /// Another program that speaks the protocol.
    Foreign {
        /// Its row's name.
        name: String,
        /// How it is started.
        program: Program,
        /// How much of the truth it sees.
        projection: Projection,
    },
    /// A command, as a whole process.
    Command {
        /// Its row's name.
        name: String,
        /// What is run.
        spec: Spec,
        /// Its version, as it says it.
        version: Option<String>,
    },
    /// A program that is not here: a row with its reason.
    Absent {
        /// Its row's name.
        name: String,
        /// Why.
        reason: String,
    },
}

impl Way {
    /// The name of its row.
    pub fn name(&self) -> String {
        match self {
            Self::Ours(strategy) => strategy.name().into_owned(),
            Self::Foreign { name, .. } | Self::Command { name, .. } | Self::Absent { name, .. } => name.clone(),
        }
    }

    /// How many threads its words tell a command to use, if they do.
    pub(super) fn threads_told(&self) -> Option<usize> {
        match self {
            Self::Command { spec, .. } => spec.threads,
            _ => None,
        }
    }
}

impl Case {
    /// The row's name.
    pub fn name(&self) -> String {
        self.way.name()
    }

    /// How much of the truth it sees.
    pub fn projection(&self) -> Projection {
        match &self.way {
            Way::Ours(strategy) => strategy.projection(self.want),
            Way::Foreign { projection, .. } => *projection,
            Way::Command { .. } => Projection::Names,
            Way::Absent { .. } => Projection::Whole,
        }
    }

    /// Of a strategy of ours, what sets it apart.
    pub fn factors(&self) -> Option<Factors> {
        match &self.way {
            Way::Ours(strategy) => Some(strategy.factors(self.want)),
            _ => None,
        }
    }

    /// Whether it lists, or measures the harness.
    pub fn standing(&self) -> Standing {
        match &self.way {
            Way::Ours(strategy) => strategy.standing(),
            Way::Foreign { .. } | Way::Command { .. } | Way::Absent { .. } => Standing::Ranked,
        }
    }
}

/// Some cases, shown together.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Its title.
    pub title: String,
    /// How it is shown.
    pub kind: ViewKind,
    /// Indices of its cases; a ladder's in the order of its steps.
    pub cases: Vec<usize>,
    /// Of a table, the case that ratios are to.
    pub baseline: usize,
    /// Where a record is kept or compared, cases that stay as they are, the most preferred first: see
    /// [`super::reference`].
    pub references: Vec<usize>,
}

/// How a view is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ViewKind {
    /// Fastest first, ratios to a baseline.
    Table,
    /// Step by step, each with its gain over the row before.
    Ladder,
    /// Each against the same in another build, interleaved.
    Builds,
    /// Each against the same in a record.
    Past,
}

/// The cases that measure the harness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruler {
    /// The case that was run twice.
    pub first: usize,
    /// Its twin.
    pub second: usize,
    /// The one without a system call.
    pub null: usize,
}

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// At least [`LEAST_ROUNDS`], then until the intervals are tight or this much time is up.
    Time(Duration),
    /// Exactly so many rounds.
    Rounds(usize),
}

/// Fewer rounds than this say nothing of spread.
pub const LEAST_ROUNDS: usize = 5;

impl Plan {
    /// An empty plan.
    pub fn new(worker: Program, limits: Limits, seed: u64) -> Self {
        Self {
            targets: Vec::new(),
            cases: Vec::new(),
            views: Vec::new(),
            ruler: Ruler { first: 0, second: 0, null: 0 },
            limits,
            count: Some(Choice::Auto),
            cache: Cache::Warm,
            seed,
            worker,
            other_build: None,
            trees: None,
            command: Vec::new(),
            worker_timeout: None,
        }
    }

    /// Adds a case unless it is there, and says its index.
    pub fn case(&mut self, case: Case) -> usize {
        self.cases.iter().position(|known| *known == case).unwrap_or_else(|| {
            self.cases.push(case);
            self.cases.len() - 1
        })
    }

    /// Adds a strategy's cases: one for each thread count, or one alone if it takes no threads.
    pub fn strategy(&mut self, target: usize, strategy: Strategy, want: Want, threads: &[usize]) -> Vec<usize> {
        let counts = if strategy.takes_threads() { threads } else { &[1] };
        let first = Case { target, way: Way::Ours(strategy), want, cache: self.cache, threads: 1, twin: Twin::First };
        counts.iter().map(|&threads| self.case(Case { threads, ..first.clone() })).collect()
    }

    /// Adds a view of `cases`.
    pub fn view(&mut self, title: String, kind: ViewKind, cases: Vec<usize>, baseline: usize) {
        self.views.push(View { title, kind, cases, baseline, references: Vec::new() });
    }

    /// The build of fsbench that a case of ours runs in.
    pub fn worker_of(&self, case: &Case) -> &Program {
        match (case.twin, &self.other_build) {
            (Twin::OtherBuild, Some(other)) => other,
            _ => &self.worker,
        }
    }

    /// Turns each view into a comparison of builds: each strategy beside the same in the build at `program`, called
    /// `name`. Rows of other programs have no other build; they are removed.
    pub fn against_build(&mut self, program: Program, name: &str) {
        self.other_build = Some(program);
        for mut view in std::mem::take(&mut self.views) {
            view.cases.retain(|&case| matches!(self.cases[case].way, Way::Ours(_)));
            if view.cases.is_empty() {
                continue;
            }
            let ours: Vec<Case> = view.cases.iter().map(|&case| self.cases[case].clone()).collect();
            for case in ours {
                self.case(Case { twin: Twin::OtherBuild, ..case });
            }
            view.title = format!("This build against {name}: {}", view.title);
            view.kind = ViewKind::Builds;
            self.views.push(view);
        }
    }

    /// The same case in the other build.
    pub fn other_build_of(&self, case: usize) -> Option<usize> {
        let twin = Case { twin: Twin::OtherBuild, ..self.cases[case].clone() };
        self.cases.iter().position(|case| *case == twin)
    }

    /// Adds the cases that measure the harness: `baseline` once more, and `null` on the same target.
    pub fn ruler(&mut self, baseline: usize) {
        let first = self.cases[baseline].clone();
        let null = Way::Ours(Strategy::by_name(crate::list::null::NAME).expect("null is registered"));
        let second = self.case(Case { twin: Twin::Second, ..first.clone() });
        let null = self.case(Case { way: null, threads: 1, ..first });
        self.ruler = Ruler { first: baseline, second, null };
    }
}
