//! `fsbench explain`: why a listing is slow, and what would help.

use super::progress::Progress;
use super::replace::{check, deliver};
use super::{Failed, Status, catch_signals, say, target};
use clap::Args;
use fsbench::interrupt::Interrupt;
use fsbench::measure::Target;
use fsbench::measure::environment::Environment;
use fsbench::measure::explain::remedy::Remedy;
use fsbench::measure::explain::{EXPLANATION_SCHEMA, Explanation, Subject, command, diagnosis, facts, remedy};
use fsbench::measure::session::Ran;
use fsbench::measure::worker::raise_descriptor_limit;
use fsbench::report::{Form, duration, explanation};
use fsbench::strategy::Level;
use fsbench::trace::command::Sampled;
use fsbench::trace::{Choice, command as traced};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Say why a listing is slow, and what would help: one page in plain words
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The tree that is listed
    #[arg(required_unless_present = "command")]
    dir: Option<PathBuf>,
    /// How long it may take, such as 30s or 2m
    #[arg(long, value_name = "TIME", value_parser = super::number::time, default_value = "20s")]
    time: Duration,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A command to explain instead, with its arguments: it is run once, watched, and what it prints goes to /dev/null
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "dir")]
    command: Vec<OsString>,
}

const EXAMPLES: &str = "\
Examples:
  fsbench explain /big/dir            what it is, where the time goes, what helps
  fsbench explain --time 2m /big/dir  with more time to measure what helps
  fsbench explain -- ls -l /big/dir   a command, by its system calls
  fsbench explain --format html -o why.html /big/dir
                                      a page

It changes nothing. What would help is measured on the tree itself if the time is enough, and else predicted from \
lookups of a few dozen entries; what is predicted says so.";

pub(super) fn run(arguments: &Arguments, typed: &[OsString]) -> Result<Status, Failed> {
    let interrupt = catch_signals()?;
    raise_descriptor_limit();
    check(arguments.output.as_deref())?;
    let started = jiff::Timestamp::now();
    let found = match &arguments.dir {
        Some(dir) => arguments.tree(dir, &interrupt)?,
        None => arguments.watch(&interrupt)?,
    };
    let explained = Explanation {
        schema: EXPLANATION_SCHEMA,
        fsbench: env!("CARGO_PKG_VERSION").to_owned(),
        command: super::typed(typed),
        started,
        environment: Environment::read(),
        subject: found.subject,
        remedies: found.remedies,
        unmeasured: found.unmeasured,
    };
    let text = explanation(&explained, arguments.format).map_err(|error| Failed::Serious(error.to_string()))?;
    deliver(&text, arguments.output.as_deref())?;
    Ok(found.status)
}

/// What was found, and how it went.
struct Found {
    subject: Subject,
    remedies: Vec<Remedy>,
    unmeasured: Option<String>,
    status: Status,
}

/// What measuring came to.
struct Measured {
    remedies: Vec<Remedy>,
    listing_ns: Option<f64>,
    unmeasured: Option<String>,
}

impl Arguments {
    fn tree(&self, dir: &Path, interrupt: &Interrupt) -> Result<Found, Failed> {
        let start = Instant::now();
        let target = target::named(dir, Level::Tree)?;
        say(&format!("this takes up to {}", duration(self.time.as_nanos() as f64)));
        let facts = facts::look(&target.root, self.time / 4, interrupt)?;
        interrupt.check()?;
        let causes = diagnosis::causes(&facts);
        let left = self.time.saturating_sub(start.elapsed());
        let level = remedy::level(&facts);
        let measured = measure(&facts, &causes, Target { level, ..target }, left, interrupt)?;
        let mut remedies = measured.remedies;
        remedies.extend(remedy::predicted(&causes));
        let status = if facts.unreadable > 0 { Status::Minor } else { Status::Fine };
        let parts = diagnosis::Parts::of(&facts);
        let (root, listing_ns) = (dir.to_owned().into(), measured.listing_ns);
        Ok(Found {
            subject: Subject::Tree { root, level, facts: Box::new(facts), parts, causes, listing_ns },
            remedies: remedy::sorted(remedies),
            unmeasured: measured.unmeasured,
            status,
        })
    }

    fn watch(&self, interrupt: &Interrupt) -> Result<Found, Failed> {
        let Some((program, words)) = self.command.split_first() else {
            return Err(Failed::Serious("there is no command after --".to_owned()));
        };
        let mut child = Command::new(program);
        child.args(words).stdout(Stdio::null());
        let before = children_ns();
        let ran = traced::run(child, Choice::Auto, Sampled::Yes, interrupt)?;
        let traced::Ran { trace, status, fallback, profile, wall, interrupted } = ran;
        if let Some(interrupted) = interrupted {
            return Err(interrupted.into());
        }
        let classes = command::classes(&trace);
        let signs = command::signs(&classes);
        let words = self.command.iter().map(|word| PathBuf::from(word).into()).collect();
        let after = children_ns();
        let times = command::Times {
            wall_ns: u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX),
            user_ns: after.0.saturating_sub(before.0),
            sys_ns: after.1.saturating_sub(before.1),
        };
        let (profile, unprofiled) = match profile {
            Some(Ok(profile)) => (Some(profile), None),
            Some(Err(refused)) => (None, Some(refused.to_string())),
            None => (None, None),
        };
        let remedies = command::remedies(&classes, &signs, &times);
        let exit_status = status.code();
        Ok(Found {
            subject: Subject::Command { words, exit_status, trace, times, profile, unprofiled, classes, signs },
            remedies: remedy::sorted(remedies),
            unmeasured: fallback.map(|refused| refused.to_string()),
            status: if status.success() { Status::Fine } else { Status::Minor },
        })
    }
}

/// Processor time of the children that ended and were waited for, in user mode and in the kernel, nanoseconds.
fn children_ns() -> (u64, u64) {
    let ns = |time: nix::sys::time::TimeVal| u64::try_from(time.num_nanoseconds()).unwrap_or(0);
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok();
    usage.map_or((0, 0), |usage| (ns(usage.user_time()), ns(usage.system_time())))
}

/// Measures the strategies that may help, if the time that is left is enough.
fn measure(
    facts: &facts::TreeFacts,
    causes: &[diagnosis::Cause],
    target: Target,
    left: Duration,
    interrupt: &Interrupt,
) -> Result<Measured, Failed> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let ways = remedy::ways(facts, causes, cores);
    let predicted = |why: Option<&str>| Measured {
        remedies: remedy::remedies(&ways, None),
        listing_ns: None,
        unmeasured: why.map(str::to_owned),
    };
    if ways.is_empty() {
        return Ok(predicted(None));
    }
    let Some((plan, base, cases)) = remedy::plan(facts, &ways, target, super::ourselves()?, left) else {
        return Ok(predicted(Some("Nothing was measured: it would take longer than --time allows.")));
    };
    let mut progress = Progress::new();
    let ran = fsbench::measure::run(&plan, &mut progress, interrupt);
    progress.clear();
    let Ran { record, interrupted } = ran?;
    if let Some(interrupted) = interrupted {
        return Err(interrupted.into());
    }
    let listing_ns = record.cases.get(base).and_then(|case| case.measurement()).map(|measured| measured.wall_ns.median);
    let unmeasured =
        listing_ns.is_none().then_some("Nothing was measured: the tree changed, or parts of it can't be read.");
    Ok(Measured {
        remedies: remedy::remedies(&ways, Some((&record, base, &cases))),
        listing_ns,
        unmeasured: unmeasured.map(str::to_owned),
    })
}
