//! `fsbench trace`: the table by system call.

use super::progress::Progress;
use super::scratch::Scratch;
use super::want::want;
use super::{Failed, Status, catch_signals, print_as, say, target};
use clap::Args;
use fsbench::interrupt::Interrupt;
use fsbench::list::{Standing, Want};
use fsbench::measure::comparison::usual_baseline;
use fsbench::measure::count::{Counted, Uncounted, WarmUp, count};
use fsbench::measure::environment::Environment;
use fsbench::measure::process::Patience;
use fsbench::measure::protocol::Open;
use fsbench::measure::traced::{Subject, TRACED_SCHEMA, Traced};
use fsbench::report::{Detail, Format, counted};
use fsbench::strategy::select::select;
use fsbench::strategy::{Level, Strategy};
use fsbench::trace::command::{self, Ran, Sampled, Unseen};
use fsbench::trace::{self, Choice};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Show which system calls a listing or a command makes: how many, how many fail, how long they take
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The tree to list; without one, a tree is made in a temporary folder and removed again
    dir: Option<PathBuf>,
    /// The strategy to watch, by name [default: std with --flat, else serial]
    #[arg(short, long, value_name = "NAME")]
    strategy: Option<String>,
    /// List the directory alone, not the tree below it
    #[arg(long)]
    flat: bool,
    /// What the strategy must tell of an entry
    #[arg(long, value_parser = want(), default_value = "kinds")]
    want: Want,
    /// Threads for a strategy that takes threads [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    threads: Option<u16>,
    /// How to watch
    #[arg(long, value_enum, default_value = "auto", value_name = "WAY")]
    way: Choice,
    /// Output format
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Show what the command prints, which goes to /dev/null otherwise
    #[arg(long, requires = "command")]
    show_output: bool,
    /// A command to watch instead, with its arguments
    #[arg(last = true, value_name = "COMMAND", conflicts_with_all = ["dir", "strategy", "flat", "want", "threads"])]
    command: Vec<OsString>,
}

const EXAMPLES: &str = "\
Examples:
  fsbench trace -- ls -l /big/dir     a command, from its execve to its end
  fsbench trace --flat -s readdir+lstat /big/dir
                                      one directory, listed by a strategy
  fsbench trace -s rayon --threads 8 /usr
                                      a tree, in threads
  fsbench trace --way ptrace --format csv -- find /usr
                                      counts alone, without privileges

Latencies take kernel tracepoints: root (or CAP_PERFMON) and tracefs. Otherwise ptrace counts.";

pub(super) fn run(arguments: &Arguments, typed: &[OsString]) -> Result<Status, Failed> {
    let interrupt = catch_signals()?;
    let started = jiff::Timestamp::now();
    let environment = Environment::read();
    let seen =
        if arguments.command.is_empty() { arguments.list(&interrupt)? } else { arguments.execute(&interrupt)? };
    let traced = Traced {
        schema: TRACED_SCHEMA,
        fsbench: env!("CARGO_PKG_VERSION").to_owned(),
        command: super::typed(typed),
        started,
        environment,
        subject: seen.subject,
        fallback: seen.fallback,
        trace: seen.trace,
    };
    let screen = super::screen::screen(Detail::Full);
    let text = fsbench::report::trace(&traced, arguments.format, &screen);
    print_as(arguments.format, &text, &screen)?;
    match seen.status {
        Err(failed) => Err(failed),
        Ok(_) if traced.trace.lost > 0 => Ok(Status::Minor),
        Ok(status) => Ok(status),
    }
}

/// What was watched, and how it went.
struct Watched {
    subject: Subject,
    trace: fsbench::trace::Trace,
    fallback: Option<String>,
    status: Result<Status, Failed>,
}

impl Arguments {
    fn execute(&self, interrupt: &Interrupt) -> Result<Watched, Failed> {
        let Some((program, words)) = self.command.split_first() else {
            return Err(Failed::Serious("there is no command after --".to_owned()));
        };
        let mut command = Command::new(program);
        command.args(words);
        if !self.show_output {
            command.stdout(Stdio::null());
        }
        let ran = command::run(command, self.way, Sampled::No, interrupt)?;
        let Ran { trace, status, fallback, interrupted, .. } = ran;
        let words = self.command.iter().map(|word| PathBuf::from(word).into()).collect();
        Ok(Watched {
            subject: Subject::Command { words, exit_status: status.code() },
            trace,
            fallback: fallback.map(|refused| refused.to_string()),
            status: match interrupted {
                Some(interrupted) => Err(interrupted.into()),
                None if status.success() => Ok(Status::Fine),
                None => Ok(Status::Minor),
            },
        })
    }

    fn list(&self, interrupt: &Interrupt) -> Result<Watched, Failed> {
        let level = if self.flat { Level::Directory } else { Level::Tree };
        let strategy = self.strategy(level)?;
        // Dropped last: the tree goes when nobody lists it any more.
        let mut scratch = None;
        let mut progress = Progress::new();
        let target = match &self.dir {
            Some(dir) => target::named(dir, level)?,
            None => {
                let spec = Scratch::usual(level, None, 1);
                scratch.insert(Scratch::new()?).tree(spec, level, &mut progress, interrupt)?
            }
        };
        progress.clear();
        let threads = match self.threads {
            _ if !strategy.takes_threads() => 1,
            Some(threads) => usize::from(threads),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        let name = strategy.name().into_owned();
        let (root, named) = (target.root.into(), target.named.into());
        let open = Open { strategy: name.clone(), want: self.want, level, root, threads, entries: 0, command: None };
        let program = super::ourselves()?;
        let how = (self.way, trace::Detail::Latencies);
        let mut patience = Patience { interrupt: Some(interrupt), limit: None, silent: &mut |_| () };
        let Counted { trace, tally, fallback, .. } = count(&program, &open, WarmUp::Once, how, None, &mut patience)?;
        if tally.errors > 0 {
            let what = counted(tally.errors, "entry or directory", "entries or directories");
            say(&format!("{what} could not be read"));
        }
        let (want, shape, entries) = (open.want, target.shape, tally.entries);
        Ok(Watched {
            subject: Subject::Listing { strategy: name, want, threads, root: named, level, shape, entries },
            trace,
            fallback: fallback.map(|refused| refused.to_string()),
            status: Ok(if tally.errors > 0 { Status::Minor } else { Status::Fine }),
        })
    }

    fn strategy(&self, level: Level) -> Result<Strategy, Failed> {
        let name = self.strategy.as_deref().unwrap_or(usual_baseline(level));
        let selected = select(&[name.to_owned()], level, self.want);
        match selected.map_err(|error| Failed::Serious(error.to_string()))?[..] {
            [only] if only.standing() == Standing::Ranked => Ok(only),
            _ => Err(Failed::Serious(format!("-s {name}: it takes one strategy, not a pattern"))),
        }
    }
}

impl From<Unseen> for Failed {
    fn from(unseen: Unseen) -> Self {
        Self::Serious(unseen.to_string())
    }
}

impl From<Uncounted> for Failed {
    fn from(uncounted: Uncounted) -> Self {
        match uncounted {
            Uncounted::Interrupted(interrupted) => Self::Interrupted(interrupted),
            Uncounted::Because(why) => Self::Serious(why),
        }
    }
}
