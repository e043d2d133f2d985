//! `fsbench predict`: what a listing takes where each answer comes from far away.

use super::number::{count, time};
use super::want::want;
use super::{Failed, Status, catch_signals, print_as, say, target};
use clap::Args;
use fsbench::interrupt::Interrupt;
use fsbench::list::{Standing, Want};
use fsbench::measure::count::{Counted, Uncounted, WarmUp, count_exactly};
use fsbench::measure::environment::Environment;
use fsbench::measure::predict::shape::Shape;
use fsbench::measure::predict::{
    Distance, Outcome, PREDICTION_SCHEMA, Prediction, Row, Subject, command as watched, strategy as model,
};
use fsbench::measure::process::{Patience, Program};
use fsbench::measure::protocol::Open;
use fsbench::measure::worker::raise_descriptor_limit;
use fsbench::report::{Detail, Format, counted};
use fsbench::strategy::ladder::LADDERS;
use fsbench::strategy::select::select;
use fsbench::strategy::{Level, Strategy};
use fsbench::trace::{Choice, command as traced};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Predict what a listing takes from afar, by calls that are counted here
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// A tree of the same names as the distant one
    #[arg(required_unless_present = "command")]
    dir: Option<PathBuf>,
    /// From a question to its answer, such as 8ms or 300us
    #[arg(long, value_name = "TIME", value_parser = time)]
    rtt: Duration,
    /// Strategies, by name or by patterns with * and ?; may be given several times [default: the ladders]
    #[arg(short, long = "strategy", value_name = "PATTERN")]
    strategies: Vec<String>,
    /// List the directory alone, not the tree below it
    #[arg(long)]
    flat: bool,
    /// What the strategies must tell of an entry [default: kinds, and metadata]
    #[arg(long, value_parser = want())]
    want: Option<Want>,
    /// Threads for strategies that take threads, such as 2,32
    #[arg(long, value_name = "N", default_value = "32", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..=4096))]
    threads: Vec<u16>,
    /// Directories are read with the attributes of their entries (READDIRPLUS)
    #[arg(long)]
    plus: bool,
    /// How long names and attributes are kept: an NFS client keeps them 3 to 60 seconds
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "0s")]
    cache: Duration,
    /// Directories do not tell types (d_type)
    #[arg(long)]
    no_types: bool,
    /// Bytes of names in one answer, such as 4096 for FUSE before Linux 6.16 [default: the reader's buffer, at most 128 KiB]
    #[arg(long, value_name = "BYTES", value_parser = count)]
    answer: Option<u64>,
    /// Output format
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// A command instead, with its arguments: it is run once, watched, and what it prints goes to /dev/null
    #[arg(last = true, value_name = "COMMAND", conflicts_with_all = ["dir", "strategies", "flat", "want", "threads"])]
    command: Vec<OsString>,
}

const EXAMPLES: &str = "\
Examples:
  fsbench predict --rtt 8ms /usr      which ways of listing wait how often
  fsbench predict --rtt 8ms --plus --cache 3s /usr
                                      over NFS, which keeps attributes
  fsbench predict --rtt 300us --flat -s 'getdents*' /big/dir
                                      one directory, some strategies
  fsbench predict --rtt 8ms -- ls -l /big/dir
                                      a command, by its system calls

Nothing distant is asked: calls are counted on the tree that is here, and docs/distance.md says which answers they would \
wait for.";

pub(super) fn run(arguments: &Arguments, typed: &[OsString]) -> Result<Status, Failed> {
    let interrupt = catch_signals()?;
    raise_descriptor_limit();
    let started = jiff::Timestamp::now();
    let distance = arguments.distance();
    let (subject, status) = match &arguments.dir {
        Some(dir) => arguments.listing(dir, &distance, &interrupt)?,
        None => arguments.watch(&distance, &interrupt)?,
    };
    let prediction = Prediction {
        schema: PREDICTION_SCHEMA,
        fsbench: env!("CARGO_PKG_VERSION").to_owned(),
        command: super::typed(typed),
        started,
        environment: Environment::read(),
        distance,
        subject,
    };
    let screen = super::screen::screen(Detail::Full);
    print_as(arguments.format, &fsbench::report::prediction(&prediction, arguments.format, &screen), &screen)?;
    Ok(status)
}

/// What is asked of every strategy.
struct Asking<'a> {
    shape: Shape,
    root: PathBuf,
    level: Level,
    program: Program,
    distance: &'a Distance,
    cores: usize,
    interrupt: &'a Interrupt,
}

impl Arguments {
    fn distance(&self) -> Distance {
        Distance {
            rtt_ns: u64::try_from(self.rtt.as_nanos()).unwrap_or(u64::MAX),
            keeps: self.cache > Duration::ZERO,
            plus: self.plus,
            types: !self.no_types,
            answer_bytes: self.answer,
        }
    }

    fn listing(&self, dir: &Path, distance: &Distance, interrupt: &Interrupt) -> Result<(Subject, Status), Failed> {
        let level = if self.flat { Level::Directory } else { Level::Tree };
        let chosen = self.chosen(level)?;
        let root = target::named(dir, level)?.root;
        let shape = Shape::look(&root, self.flat, interrupt)?;
        interrupt.check()?;
        if shape.unreadable > 0 {
            say(&format!("{} could not be read", counted(shape.unreadable, "directory", "directories")));
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let asking = Asking { shape, root, level, program: super::ourselves()?, distance, cores, interrupt };
        let mut rows = Vec::new();
        for (strategy, want) in chosen {
            let threads = if strategy.takes_threads() { &self.threads[..] } else { &[1] };
            for &threads in threads {
                rows.push(asking.row(&strategy, want, usize::from(threads))?);
            }
        }
        let is_whole = rows.iter().all(|row| matches!(row.outcome, Outcome::Predicted { .. }));
        let status = if asking.shape.unreadable > 0 || !is_whole { Status::Minor } else { Status::Fine };
        let (long_listing, long_listing_together) = model::long_listing(&asking.shape, distance);
        let subject = Subject::Listing {
            root: dir.to_owned().into(),
            level,
            entries: asking.shape.entries(),
            directories: asking.shape.directories.len() as u64,
            unreadable: asking.shape.unreadable,
            long_listing,
            long_listing_together,
            rows,
        };
        Ok((subject, status))
    }

    /// The strategies, and what is wanted of each: those that were named, or the ladders' and the walker as shipped.
    fn chosen(&self, level: Level) -> Result<Vec<(Strategy, Want)>, Failed> {
        let wants = self.want.map_or_else(|| vec![Want::Kinds, Want::Metadata], |want| vec![want]);
        let mut chosen = Vec::new();
        for &want in &wants {
            let usual = || -> Vec<Strategy> {
                let ladders =
                    LADDERS.iter().filter(|ladder| ladder.level == level && ladder.want == want.max(Want::Kinds));
                let steps = ladders.flat_map(|ladder| ladder.strategies());
                let more = if level == Level::Tree { "stealing" } else { "getdents+uring/256" };
                let mut all: Vec<Strategy> = Vec::new();
                for strategy in steps.chain(Strategy::by_name(more)) {
                    let fits = strategy.delivers(want) && model::refused(&strategy, want).is_none();
                    if fits && !all.contains(&strategy) {
                        all.push(strategy);
                    }
                }
                all
            };
            let found = match &self.strategies[..] {
                [] => Ok(usual()),
                patterns => select(patterns, level, want),
            };
            match found {
                Ok(found) => chosen.extend(found.into_iter().map(|strategy| (strategy, want))),
                // What was named may be for one of the two alone.
                Err(_) if wants.len() > 1 && want == Want::Kinds => {}
                Err(_) if !chosen.is_empty() => {}
                Err(error) => return Err(Failed::Serious(error.to_string())),
            }
        }
        chosen.retain(|(strategy, _)| strategy.standing() == Standing::Ranked);
        Ok(chosen)
    }

    fn watch(&self, distance: &Distance, interrupt: &Interrupt) -> Result<(Subject, Status), Failed> {
        let Some((program, words)) = self.command.split_first() else {
            return Err(Failed::Serious("there is no command after --".to_owned()));
        };
        let mut child = Command::new(program);
        child.args(words).stdout(Stdio::null());
        let ran = traced::run(child, Choice::Auto, traced::Sampled::No, interrupt)?;
        let traced::Ran { trace, status, fallback, interrupted, wall, .. } = ran;
        let local_ns = u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX);
        if let Some(interrupted) = interrupted {
            return Err(interrupted.into());
        }
        let subject = Subject::Command {
            words: self.command.iter().map(|word| PathBuf::from(word).into()).collect(),
            exit_status: status.code(),
            fallback: fallback.map(|refused| refused.to_string()),
            concurrency: watched::concurrency(&trace),
            rows: watched::rows(&trace, distance, local_ns),
            trace,
        };
        Ok((subject, if status.success() { Status::Fine } else { Status::Minor }))
    }
}

impl Asking<'_> {
    fn row(&self, strategy: &Strategy, want: Want, threads: usize) -> Result<Row, Failed> {
        let row = |outcome| Row { strategy: strategy.name().into_owned(), want, threads, outcome };
        if let Some(why) = model::refused(strategy, want) {
            return Ok(row(Outcome::Unpredicted(why.to_owned())));
        }
        let open = Open {
            strategy: strategy.name().into_owned(),
            want,
            level: self.level,
            root: self.root.clone().into(),
            threads,
            entries: 0,
            command: None,
        };
        let mut patience = Patience { interrupt: Some(self.interrupt), limit: None, silent: &mut |_| () };
        let counted = count_exactly(&self.program, &open, WarmUp::Once, Choice::Auto, None, &mut patience);
        let Counted { trace, before_ns, .. } = match counted {
            Ok(counted) => counted,
            Err(Uncounted::Because(why)) => return Ok(row(Outcome::Unpredicted(why))),
            Err(interrupted) => return Err(interrupted.into()),
        };
        let local_ns = before_ns.unwrap_or(0);
        let asked = model::Asked { want, threads, cores: self.cores };
        let counted = model::Counted { trace: &trace, local_ns };
        let waits = model::waits(strategy, asked, counted, &self.shape, self.distance);
        Ok(row(Outcome::Predicted { calls: trace.total(), local_ns, waits }))
    }
}
