//! `fsbench count`: one line of totals, the fastest way.

use super::{Failed, Status, print, say, target};
use clap::Args;
use fsbench::error::Escaped;
use fsbench::list::tally::{Seen, Tallies};
use fsbench::list::usage::{Usage, Usages};
use fsbench::list::{Kind, Want};
use fsbench::measure::worker::raise_descriptor_limit;
use fsbench::report::{bytes, counted, counted_kind};
use fswalk::{Threads, Walk};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Count the entries below directories, the fastest way: one line of totals each
#[derive(Args)]
#[command(after_help = "\
Examples:
  fsbench count /usr             as many as `find /usr -mindepth 1 | wc -l`
  fsbench count --size /usr      with sizes and disk usage, as du has it")]
pub(super) struct Arguments {
    /// Directories [default: the current one]
    dirs: Vec<PathBuf>,
    /// Add up sizes too, which costs a stat of every entry
    #[arg(long)]
    size: bool,
    /// Threads [default: one per core at first, more while they wait for a disk or a network]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    threads: Option<u16>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failed> {
    raise_descriptor_limit();
    let here = [PathBuf::from(".")];
    let dirs = if arguments.dirs.is_empty() { &here } else { &arguments.dirs[..] };
    let mut status = Status::Fine;
    for dir in dirs {
        match one(arguments, dir) {
            Ok((seen, usage)) => {
                print(&line(dir, &seen, usage))?;
                status = status.max(report(&seen));
            }
            // The only one: the command has done nothing.
            Err(why) if dirs.len() == 1 => return Err(Failed::Serious(why)),
            Err(why) => {
                say(&why);
                status = Status::Minor;
            }
        }
    }
    Ok(status)
}

fn one(arguments: &Arguments, dir: &Path) -> Result<(Seen, Option<Usage>), String> {
    target::directory(dir)?;
    let want = if arguments.size { Want::Metadata } else { Want::Kinds };
    let threads = arguments.threads.and_then(|threads| NonZeroUsize::new(threads.into()));
    let walk = Walk::new(dir).want(want).threads(threads.map_or(Threads::Auto, Threads::Fixed));
    if arguments.size {
        let sinks = Usages::default();
        walk.report(&sinks).map_err(|error| error.to_string())?;
        let (seen, usage) = sinks.into_seen();
        return Ok((seen, Some(usage)));
    }
    let sinks = Tallies::default();
    walk.report(&sinks).map_err(|error| error.to_string())?;
    Ok((sinks.into_seen(), None))
}

/// `151,040 entries: 128,311 files, 12,004 directories, 10,725 links  /usr`
fn line(dir: &Path, seen: &Seen, usage: Option<Usage>) -> String {
    let tally = &seen.tally;
    let some = |kind: &Kind| tally.of(*kind) > 0;
    let mut kinds: Vec<Kind> = Kind::ALL.into_iter().filter(some).collect();
    kinds.sort_by_key(|&kind| (kind == Kind::Unknown, kind as u8));
    let kinds: Vec<String> = kinds.iter().map(|&kind| counted_kind(tally.of(kind), kind)).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join(", ")) };
    let usage = usage.map_or_else(String::new, |usage| {
        format!("; {} in files, {} on disk", bytes(usage.size_bytes), bytes(usage.blocks_512 * 512))
    });
    format!("{}{kinds}{usage}  {}\n", counted(tally.entries, "entry", "entries"), Escaped(dir))
}

/// Says what could not be read.
fn report(seen: &Seen) -> Status {
    for error in &seen.errors {
        say(&error.to_string());
    }
    let more = seen.tally.errors - seen.errors.len() as u64;
    if more > 0 {
        say(&format!("and {} more", counted(more, "error", "errors")));
    }
    if seen.tally.errors == 0 { Status::Fine } else { Status::Minor }
}
