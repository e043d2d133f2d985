//! `fsbench compare`: the main job.

use super::against::Against;
use super::others::{Contestants, Others};
use super::progress::Progress;
use super::scratch::Scratch;
use super::want::want;
use super::{Failed, Status, catch_signals, print, say, target};
use clap::{Args, ValueEnum};
use fsbench::interrupt::Interrupt;
use fsbench::list::Want;
use fsbench::measure::compose::{self, Selection};
use fsbench::measure::plan::Cache;
use fsbench::measure::process::{Program, Renewal};
use fsbench::measure::record::{Outcome, Record};
use fsbench::measure::session::Ran;
use fsbench::measure::{Limits, Plan, Target};
use fsbench::report::{Format, Kernel, Width, render};
use fsbench::strategy::{Level, ladder::LADDERS};
use fsbench::trace::Choice;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Compare ways of listing the same tree
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The tree to list; without one, trees are made in a temporary folder and removed again
    dir: Option<PathBuf>,
    /// List the directory alone, not the tree below it
    #[arg(long)]
    flat: bool,
    /// What is asked of each entry
    #[arg(long, value_parser = want())]
    want: Option<Want>,
    /// Strategies to compare, by name or pattern such as 'getdents/*'; may be repeated [default: all that fit]
    #[arg(short, long = "strategy", value_name = "PATTERN")]
    strategies: Vec<String>,
    /// The strategy that ratios are to [default: std with --flat, else serial]
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
    /// Show the ladders: from the naive way to the best, one factor a row
    #[arg(long, conflicts_with_all = ["strategies", "baseline"])]
    ladder: bool,
    /// Measure exactly so many rounds
    #[arg(long, value_name = "N", conflicts_with = "time_limit", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// End the rounds after so long, such as 30s or 2m; at least five are measured
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "30s")]
    time_limit: Duration,
    /// What a listing finds in the kernel's caches: cold drops them before every sample, which takes root
    #[arg(long, value_enum, default_value = "warm", value_name = "STATE")]
    cache: Cache,
    /// Thread counts for strategies that take threads, such as 1,2,4,8: a sweep in one table, each strategy's best marked
    /// [default: the number of cores]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..=4096))]
    threads: Vec<u16>,
    /// Shuffles the rounds, and shapes the trees that are made
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Entries of a tree that is made [default: 20000 with --flat, else 50000]
    #[arg(long, value_name = "N", conflicts_with = "dir")]
    entries: Option<u64>,
    /// How system calls are counted, in a listing of its own after all that is timed
    #[arg(long, value_enum, default_value = "auto", value_name = "WAY")]
    calls: Calls,
    /// Give up a worker that does not answer for so long: its row fails, the others go on [default: wait, and say so]
    #[arg(long, value_name = "TIME", value_parser = time)]
    worker_timeout: Option<Duration>,
    /// Show a second table of faults, switches, migrations, blocks read, and calls by name
    #[arg(long)]
    kernel: bool,
    /// How to show it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    others: Others,
    #[command(flatten)]
    against: Against,
}

/// How calls are counted.
#[derive(Clone, Copy, ValueEnum)]
enum Calls {
    /// By kernel tracepoints where they are allowed, else by ptrace
    Auto,
    /// By kernel tracepoints or not at all
    Tracepoints,
    /// By ptrace
    Ptrace,
    /// Not at all
    None,
}

const EXAMPLES: &str = "\
Examples:
  fsbench compare                                    the ladders, then the walkers, on trees made for it
  fsbench compare /usr                               walkers on a real tree
  fsbench compare --flat /big/dir --want metadata    one directory, as ls -l needs it
  fsbench compare --flat /big/dir --want names -s 'getdents/*' -s readdir --baseline readdir
  fsbench compare --ladder --flat /big/dir           what each remedy brings, one factor a row
  fsbench compare -s serial:readdir -s rayon /usr    a walker with another lister
  sudo fsbench compare --cache cold /usr             caches dropped before every sample
  fsbench compare --languages /usr                   walkers beside Python's, Node's, Perl's, C's, Java's, Go's
  fsbench compare --peers /usr                       find, bfs, fd and others, as whole processes
  fsbench compare --command 'bfs {}' --command 'find {} -mindepth 1' /usr
  fsbench compare --threads 1,2,4,8 -s rayon /usr    which number of threads is best
  fsbench compare --format json /usr >record.json    every sample
  fsbench compare --save before.json /usr            the same, kept as a file that is never overwritten
  fsbench compare --against before.json /usr         ratios to what stays as it is, then and now
  fsbench compare --against-binary old/fsbench -s serial -s rayon --fail-if-slower 3% /usr

--fail-if-slower exits with status 3 if a row is surely slower by more than the limit: its whole interval lies above
it, at a level where all rows of the table together are right 95 times of 100. What is slower by just the limit
passes: to find 5 %, say 3%. Rows that are not known well enough are said, and pass unless --fail-if-unsure says otherwise.";

pub(super) fn run(arguments: &Arguments, typed: &[OsString]) -> Result<Status, Failed> {
    let interrupt = catch_signals()?;
    let mut progress = Progress::new();
    // Dropped last, whatever happens: the trees go when nobody lists them any more.
    let mut scratch = None;
    let mut against = arguments.against.open()?;
    let mut plan = arguments.empty_plan(typed)?;
    let mut contestants = None;
    arguments.fill(&mut plan, &mut scratch, &mut contestants, &mut progress, &interrupt)?;
    against.prepare(&mut plan)?;
    let ran = fsbench::measure::run(&plan, &mut progress, &interrupt);
    progress.clear();
    let Ran { mut record, interrupted } = ran?;
    against.compare(&mut record);
    let width = super::terminal_columns().map_or(Width::Any, Width::Columns);
    let kernel = if arguments.kernel { Kernel::Shown } else { Kernel::Hidden };
    let printed = print(&render(&record, arguments.format, kernel, width));
    // Whatever became of the one, the other is kept: both took as long to measure.
    let saved = against.save(&record);
    printed?;
    saved?;
    match interrupted {
        Some(interrupted) => Err(interrupted.into()),
        None => Ok(status(&record).max(against.gate(&record))),
    }
}

impl Arguments {
    fn empty_plan(&self, typed: &[OsString]) -> Result<Plan, Failed> {
        let program = super::ourselves()?;
        let limits = match self.rounds {
            Some(rounds) => Limits::Rounds(rounds as usize),
            None => Limits::Time(self.time_limit),
        };
        let mut plan = Plan::new(program, limits, self.seed);
        plan.cache = self.cache;
        plan.worker_timeout = self.worker_timeout;
        plan.count = match self.calls {
            Calls::Auto => Some(Choice::Auto),
            Calls::Tracepoints => Some(Choice::Tracepoints),
            Calls::Ptrace => Some(Choice::Ptrace),
            Calls::None => None,
        };
        plan.command = super::typed(typed);
        Ok(plan)
    }

    /// Targets and views, as the arguments ask for them.
    fn fill(
        &self,
        plan: &mut Plan,
        scratch: &mut Option<Scratch>,
        contestants: &mut Option<Contestants>,
        progress: &mut Progress,
        interrupt: &Interrupt,
    ) -> Result<(), Failed> {
        let level = if self.flat { Level::Directory } else { Level::Tree };
        let threads = self.threads();
        // Mistakes in names are told before anything is made for them.
        self.check(level, &threads)?;
        self.others.check()?;
        *contestants = self.others.contestants(progress)?;
        let contestants = contestants.as_ref();
        let mut make = |level| {
            let scratch = match scratch {
                Some(scratch) => scratch,
                None => scratch.insert(Scratch::new()?),
            };
            scratch.tree(Scratch::usual(level, self.entries, self.seed), level, progress, interrupt)
        };
        if self.shows_everything() {
            let flat = plan.target(make(Level::Directory)?);
            let tree = plan.target(make(Level::Tree)?);
            compose::ladders(plan, flat, None, &threads);
            if let Some(walking) = LADDERS.last() {
                compose::add_ladder(plan, tree, walking, &threads);
            }
            return self.table(plan, tree, &threads, contestants);
        }
        let target = match &self.dir {
            Some(dir) => plan.target(target::named(dir, level)?),
            None => plan.target(make(level)?),
        };
        if !self.ladder {
            if self.shows_strategies() {
                self.table(plan, target, &threads, contestants)?;
            }
            if self.others.processes() {
                self.others.add_processes(plan, target, self.want.unwrap_or(Want::Kinds))?;
            }
            return Ok(());
        }
        compose::ladders(plan, target, self.want, &threads);
        if self.dir.is_none() && !self.flat {
            let flat = plan.target(make(Level::Directory)?);
            compose::ladders(plan, flat, self.want, &threads);
        }
        if plan.views.is_empty() {
            let want = self.want.unwrap_or(Want::Names);
            return Err(Failed::Serious(format!(
                "no ladder is about {want}: leave --want out, or say kinds or metadata"
            )));
        }
        Ok(())
    }

    /// Whether there is a table of strategies: not where only whole processes were asked for.
    fn shows_strategies(&self) -> bool {
        !self.others.processes() || !self.strategies.is_empty() || self.others.in_process() || self.baseline.is_some()
    }

    /// Whether nothing was asked for in particular: then the ladders come first, and a table of walkers.
    fn shows_everything(&self) -> bool {
        let particular = self.flat || self.ladder || self.want.is_some() || !self.strategies.is_empty();
        self.dir.is_none() && !particular && self.baseline.is_none() && !self.others.any()
    }

    fn selection<'a>(&'a self, threads: &'a [usize]) -> Selection<'a> {
        let want = self.want.unwrap_or(Want::Kinds);
        Selection { patterns: &self.strategies, want, threads, baseline: self.baseline.as_deref() }
    }

    /// The same selection on a target that is not there: what is wrong with it shows at once.
    fn check(&self, level: Level, threads: &[usize]) -> Result<(), Failed> {
        let mut trial = Plan::new(Program::at(PathBuf::new(), Vec::new(), Renewal::Never), Limits::Rounds(1), 0);
        let target =
            trial.target(Target { root: PathBuf::new(), named: PathBuf::new(), level, shape: None, made: None });
        Ok(compose::table(&mut trial, target, "", &self.selection(threads))?)
    }

    fn table(
        &self,
        plan: &mut Plan,
        target: usize,
        threads: &[usize],
        contestants: Option<&Contestants>,
    ) -> Result<(), Failed> {
        let selection = self.selection(threads);
        let of = match plan.targets.get(target).map(|target| target.level) {
            Some(Level::Directory) => "one directory's entries",
            _ => "a tree's entries",
        };
        compose::table(plan, target, &format!("The {} of {of}, fastest first", selection.want), &selection)?;
        self.others.add(plan, target, selection.want, contestants);
        Ok(())
    }

    fn threads(&self) -> Vec<usize> {
        match self.threads[..] {
            [] => vec![std::thread::available_parallelism().map_or(1, usize::from)],
            ref counts => counts.iter().copied().map(usize::from).collect(),
        }
    }
}

/// 1 where something was left out: an unreadable part of the tree, a row that is wrong or broke, a tree that changed.
fn status(record: &Record) -> Status {
    let mut status = Status::Fine;
    for target in &record.targets {
        let (count, first) = &target.errors;
        for error in first {
            say(error);
        }
        if *count > first.len() as u64 {
            say(&format!("and {} more errors", count - first.len() as u64));
        }
        if *count > 0 {
            say("every row that was verified left out just that");
            status = Status::Minor;
        }
    }
    for case in &record.cases {
        let troubled = match &case.outcome {
            Outcome::Wrong(_) | Outcome::Failed(_) => true,
            Outcome::Unsupported(_) => false,
            Outcome::Measured(measurement) => !measurement.changed.is_empty(),
        };
        if troubled {
            status = Status::Minor;
        }
    }
    status
}

/// `30s`, `2m`, `1m30s`, or plain seconds.
fn time(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().map(Duration::try_from_secs_f64).and_then(Result::ok);
    let friendly = || text.parse::<jiff::SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
    seconds.or_else(friendly).ok_or_else(|| "a time looks like 30s or 2m".to_owned())
}
