//! `fsbench compare`: times ways of listing the same tree, beside each other.

use super::against::Against;
use super::others::Others;
use super::progress::Progress;
use super::scratch::Scratch;
use super::screen::screen;
use super::want::want;
use super::{Failed, Status, catch_signals, number, print_as, say, target};
use clap::{Args, ValueEnum};
use fsbench::interrupt::Interrupt;
use fsbench::list::Want;
use fsbench::measure::comparison::{AskedRows, AskedView, Comparison, Table, Tree, Unfit};
use fsbench::measure::plan::Cache;
use fsbench::measure::process::Program;
use fsbench::measure::record::{Outcome, Record};
use fsbench::measure::session::Ran;
use fsbench::measure::{Limits, Plan, Target};
use fsbench::report::{Detail, Format, Kernel, counted, render};
use fsbench::strategy::{
    Level,
    ladder::{LADDERS, Ladder},
};
use fsbench::trace::Choice;
use std::ffi::OsString;
use std::num::NonZeroU32;
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
    /// What each strategy must tell of an entry
    #[arg(long, value_parser = want())]
    want: Option<Want>,
    /// Strategies to compare, by name or pattern such as 'getdents/*'; may be repeated [default: all that fit]
    #[arg(short, long = "strategy", value_name = "PATTERN")]
    strategies: Vec<String>,
    /// The strategy that ratios are to [default: std with --flat, else serial]
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
    /// Show ladders: tables from the naive way to the best, in which each row changes one factor
    #[arg(long, conflicts_with_all = ["strategies", "baseline", "workers", "languages", "commands", "peers"])]
    ladder: bool,
    /// Measure exactly this many rounds
    #[arg(long, value_name = "N", conflicts_with = "time_limit", value_parser = number::at_least_one)]
    rounds: Option<NonZeroU32>,
    /// Stop measuring after this time, such as 30s or 2m; at least five rounds are measured
    #[arg(long, value_name = "TIME", value_parser = number::time, default_value = "30s")]
    time_limit: Duration,
    /// State of the kernel's caches before a sample: cold drops them each time, which takes root
    #[arg(long, value_enum, default_value = "warm", value_name = "STATE")]
    cache: Cache,
    /// Thread counts for strategies that take threads, such as 1,2,4,8: all in one table, each strategy's best count
    /// marked; with --peers, what can be told its threads is told each, too [default: the number of cores; peers: 1]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..=4096))]
    threads: Vec<u16>,
    /// Seed of the shuffled order of samples, and of the trees that are made
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Entries of a tree that is made, such as 10k or 1m [default: 20k with --flat, else 50k]
    #[arg(long, value_name = "N", conflicts_with = "dir", value_parser = number::count)]
    entries: Option<u64>,
    /// How system calls are counted: in a separate listing, after all timing
    #[arg(long, value_enum, default_value = "auto", value_name = "WAY")]
    calls: Calls,
    /// Give up a worker that does not answer for this long: its row fails, the others go on [default: wait, with a
    /// message]
    #[arg(long, value_name = "TIME", value_parser = number::time)]
    worker_timeout: Option<Duration>,
    /// Show a second table of faults, switches, migrations, blocks read, and calls by name
    #[arg(long)]
    kernel: bool,
    /// Show every table, row and column that there is room for, and how it was measured
    #[arg(short, long)]
    verbose: bool,
    /// Output format
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
    /// By kernel tracepoints if they are allowed, else by ptrace
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
  fsbench compare                      the ladders, then walkers, on made trees
  fsbench compare /usr                 walkers on a real tree
  fsbench compare --flat /big/dir --want metadata
                                       one directory, as ls -l needs it
  fsbench compare --flat /big/dir -s 'getdents/*' -s readdir --baseline readdir
                                       some readers, ratios to one of them
  fsbench compare --ladder --flat /big/dir
                                       what each remedy brings, a factor a row
  fsbench compare -s serial:readdir -s rayon /usr
                                       a walker with another lister
  fsbench compare --threads 1,2,4,8 -s rayon /usr
                                       which number of threads is best
  sudo fsbench compare --cache cold /usr
                                       caches dropped before every sample
  fsbench compare --languages /usr     walkers in Python, Node, Perl, C, Java, Go
  fsbench compare --peers /usr         find, bfs, fd ... as whole processes
  fsbench compare --command 'ls -R {}' --command 'files=find {} -type f' /usr
                                       commands of your own, one of them named
  fsbench compare --prepare sync --command 'du -a {}' /usr
                                       sync before every run, off the clock
  fsbench compare --save before.json /usr
                                       kept as a file, never overwritten
  fsbench compare --against before.json /usr
                                       ratios to what stays as it is, then, now
  fsbench compare --against-binary old/fsbench --fail-if-slower 3% /usr
                                       is this build slower than that one?
  fsbench compare --format json /usr >record.json
                                       every sample

Commands run in the current directory, without a shell, and so do --setup, --prepare and --cleanup; {} is the \
tree in each. Rows take turns, so what one command's steps change is there for the other rows, too. A row \
whose --setup or --prepare fails has no time and says why; the others go on.

--fail-if-slower exits with status 3 if the whole interval of a row lies above the limit. Intervals are \
widened so that the table as a whole has a 5 % chance of a false alarm. A row that is slower by exactly the \
limit passes: to catch a 5 % slowdown, pass 3%. Rows that are too uncertain to judge are named; they pass \
unless --fail-if-unsure is given.";

pub(super) fn run(arguments: &Arguments, typed: &[OsString]) -> Result<Status, Failed> {
    let interrupt = catch_signals()?;
    let mut progress = if arguments.others.show_output() { Progress::in_lines() } else { Progress::new() };
    let comparison = arguments.comparison(std::thread::available_parallelism().map_or(1, usize::from))?;
    let mut against = arguments.against.open()?;
    let (question, told) = ((arguments.level(), arguments.want()), arguments.threads_told());
    let ready = arguments.others.prepare(question, &told, &mut progress)?;
    // Dropped after the plan on every path: trees are removed when nobody lists them any more.
    let mut scratch = None;
    let mut find = |tree| find_or_make(tree, &mut scratch, &mut progress, &interrupt);
    let targets = comparison.trees.iter().map(&mut find).collect::<Result<Vec<Target>, Failed>>()?;
    let mut plan = comparison.plan(arguments.empty_plan(super::ourselves()?, typed), targets, ready.programs);
    against.prepare(&mut plan)?;
    let ran = fsbench::measure::run(&plan, &mut progress, &interrupt);
    progress.clear();
    let Ran { mut record, interrupted } = ran?;
    against.compare(&mut record);
    let screen = screen(if arguments.verbose { Detail::Full } else { Detail::Short });
    let kernel = if arguments.kernel { Kernel::Shown } else { Kernel::Hidden };
    let printed = print_as(arguments.format, &render(&record, arguments.format, kernel, &screen), &screen);
    // If printing fails, the record is saved all the same: it took long to measure.
    let saved = against.save(&record);
    printed?;
    saved?;
    match interrupted {
        Some(interrupted) => Err(interrupted.into()),
        None => Ok(status(&record).max(against.gate(&record))),
    }
}

impl Arguments {
    /// The comparison that they ask for, on a machine with so many cores.
    fn comparison(&self, cores: usize) -> Result<Comparison, Unfit> {
        let (level, want) = (self.level(), self.want());
        let rows = |tree, rows| AskedView { tree, rows };
        let ladders_at = |tree, level, want: Option<Want>| {
            let fit = move |ladder: &&Ladder| ladder.level == level && want.is_none_or(|want| ladder.want == want);
            LADDERS.iter().filter(fit).map(move |ladder| rows(tree, AskedRows::Ladder(ladder)))
        };
        // Made even where no table is shown: so mistakes in names are told.
        let table = AskedRows::Table(Table::select(level, want, &self.strategies, self.baseline.as_deref())?);
        let made = |level| Tree::Made(Scratch::usual(level, self.entries, self.seed), level);
        let mut trees = vec![self.dir.clone().map_or_else(|| made(level), |dir| Tree::Named(dir, level))];
        let mut views = Vec::new();
        if self.shows_everything() {
            trees = vec![made(Level::Directory), made(Level::Tree)];
            views.extend(ladders_at(0, Level::Directory, None));
            views.extend(ladders_at(1, Level::Tree, None).next_back());
            views.push(rows(1, table));
        } else if self.ladder {
            views.extend(ladders_at(0, level, self.want));
            if self.dir.is_none() && level == Level::Tree {
                trees.push(made(Level::Directory));
                views.extend(ladders_at(1, Level::Directory, self.want));
            }
            if views.is_empty() {
                return Err(Unfit(format!("no ladder is about {want}: leave --want out, or say kinds or metadata")));
            }
        } else {
            views.extend(self.shows_strategies().then(|| rows(0, table)));
            views.extend(self.others.processes().then(|| rows(0, AskedRows::Processes(want))));
        }
        let threads = match self.threads[..] {
            [] => vec![cores],
            ref counts => counts.iter().copied().map(usize::from).collect(),
        };
        Ok(Comparison { trees, views, threads })
    }

    /// The numbers of threads that peers are told, beside what they do by themselves.
    fn threads_told(&self) -> Vec<usize> {
        match self.threads[..] {
            [] => vec![1],
            ref counts => counts.iter().copied().map(usize::from).collect(),
        }
    }

    fn level(&self) -> Level {
        if self.flat { Level::Directory } else { Level::Tree }
    }

    fn want(&self) -> Want {
        self.want.unwrap_or(Want::Kinds)
    }

    /// Whether there is a table of strategies: not if only whole processes were asked for.
    fn shows_strategies(&self) -> bool {
        !self.others.processes() || !self.strategies.is_empty() || self.others.in_process() || self.baseline.is_some()
    }

    /// Whether no option selects anything: then ladders are shown, and a table of walkers.
    fn shows_everything(&self) -> bool {
        let particular = self.flat || self.ladder || self.want.is_some() || !self.strategies.is_empty();
        self.dir.is_none() && !particular && self.baseline.is_none() && !self.others.any()
    }

    /// A plan with these settings and no case; `program` runs our workers.
    fn empty_plan(&self, program: Program, typed: &[OsString]) -> Plan {
        let limits = match self.rounds {
            Some(rounds) => Limits::Rounds(rounds.get() as usize),
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
        plan
    }
}

/// Looks at the tree if it is the user's, and makes it in the scratch folder if it is not.
fn find_or_make(
    tree: &Tree,
    scratch: &mut Option<Scratch>,
    progress: &mut Progress,
    interrupt: &Interrupt,
) -> Result<Target, Failed> {
    match *tree {
        Tree::Named(ref dir, level) => target::named(dir, level),
        Tree::Made(spec, level) => {
            let scratch = match scratch {
                Some(scratch) => scratch,
                None => scratch.insert(Scratch::new()?),
            };
            scratch.tree(spec, level, progress, interrupt)
        }
    }
}

/// [`Status::Minor`] if a part of the tree was unreadable, a row was wrong or failed, or the tree changed.
fn status(record: &Record) -> Status {
    let mut status = Status::Fine;
    for target in &record.targets {
        let (count, first) = &target.errors;
        for error in first {
            say(error);
        }
        if *count > first.len() as u64 {
            say(&format!("and {} more", counted(count - first.len() as u64, "error", "errors")));
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
        let is_unclean = case.command.as_ref().is_some_and(|command| command.unclean.is_some());
        if troubled || is_unclean {
            status = Status::Minor;
        }
    }
    status
}

#[cfg(test)]
mod tests;
