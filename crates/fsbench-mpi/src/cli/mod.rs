//! The command line: one file per command. Every rank reads the same arguments; rank 0 speaks for all, but for what a rank alone knows.

mod agree;
mod compare;
mod count;
mod find;
mod glob;
mod list;
mod merge;
mod output;
mod ranks;

use clap::{Args, Parser, Subcommand};
use fsbench_mpi::schedule::Transport;
use fsbench_mpi::walk::{Choices, Totals, Visitor, Walked, trimmed, walk};
use fsbench_mpi::world::World;
use fswalk::Error;
use fswalk::escape::Plain;
use rustix::system::uname;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

/// One walk over many machines: the ranks of an MPI job share the directories of one tree
#[derive(Parser)]
#[command(
    version,
    after_help = "\
Examples:
  mpirun -n 8 fsbench-mpi count /lustre/project
  mpirun -n 8 fsbench-mpi list -o /lustre/scratch/lists --sort /lustre/project
  mpirun -n 8 fsbench-mpi find /lustre/data -newer stamp -size 3901c -name '*01*'
  fsbench-mpi compare /lustre/project --ranks 1,2,4,8

Exit status: 0 if all is well; 1 if something could not be read; 2 if nothing was done, or a rank failed."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Count(count::Arguments),
    List(list::Arguments),
    Find(find::Arguments),
    Compare(compare::Arguments),
}

/// How each rank walks.
#[derive(Args, Clone)]
struct Walking {
    /// Threads that list, on each rank [default: the node's cores, shared by its ranks, at least 4: they wait more than they compute]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    threads: Option<u16>,
    /// Memory for directories that wait, on each rank, MiB
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    memory_mib: u32,
    /// Seed of the order in which idle ranks ask
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Show what each rank did, and how evenly the work was shared; and at the start, on standard error, which process it is, by
    /// which mpirun names a rank that was killed
    #[arg(long)]
    ranks: bool,
}

/// Threads of a rank, at least, unless asked otherwise.
const LEAST_THREADS: usize = 4;

/// All is well.
const FINE: u8 = 0;
/// Something could not be read.
const MINOR: u8 = 1;
/// Nothing was done.
const SERIOUS: u8 = 2;

/// Runs the command; the exit status.
pub(crate) fn run() -> u8 {
    let parsed = Arguments::try_parse();
    if let Ok(Arguments { command: Command::Compare(arguments) }) = &parsed {
        // Which starts mpirun, and is no rank.
        return compare::run(arguments);
    }
    let mut world = World::join().expect("this is the first call of MPI");
    let status = run_as_rank(parsed, &mut world);
    // MPI_Finalize waits for all ranks, too, and not asleep.
    world.barrier();
    status
}

fn run_as_rank(parsed: Result<Arguments, clap::Error>, world: &mut World) -> u8 {
    match parsed {
        Err(error) => {
            if world.rank() == 0 {
                // Where nobody reads it, there is nobody to be told.
                let _ = error.print();
            }
            if error.use_stderr() { SERIOUS } else { FINE }
        }
        Ok(Arguments { command }) => match command {
            Command::Count(arguments) => count::run(&arguments, world),
            Command::List(arguments) => list::run(&arguments, world),
            Command::Find(arguments) => find::run(&arguments, world),
            Command::Compare(_) => unreachable!("it was run above"),
        },
    }
}

/// Says something about this rank on standard error.
fn say(rank: usize, message: impl Display) {
    // Where standard error is closed, nobody can be told.
    // In one write: another rank that aborts the job kills this one between two.
    let line = format!("fsbench-mpi: rank {rank}: {}\n", Plain(message));
    let _ = io::stderr().write_all(line.as_bytes());
}

/// Time that mpirun gets to read a rank's last message: when the job is aborted, it drops what still lies in its pipes.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Ends the job: this rank can't go on.
fn fail(world: &World, error: &Error) -> ! {
    say(world.rank(), error);
    std::thread::sleep(LAST_WORDS);
    world.abort(SERIOUS.into())
}

/// Prints a line, on rank 0; the others know what it says.
fn print(world: &World, line: &str) {
    if world.rank() == 0 {
        let mut out = io::stdout().lock();
        if let Err(error) = writeln!(out, "{line}").and_then(|()| out.flush()) {
            fail(world, &Error::new("write", "", error));
        }
    }
}

/// All ranks together: what each found.
struct Found<V> {
    /// Of all ranks.
    totals: Totals,
    /// Of this rank, one a thread.
    visitors: Vec<V>,
}

impl<V> Found<V> {
    /// The exit status that this deserves.
    fn status(&self) -> u8 {
        if self.totals.errors == 0 { FINE } else { MINOR }
    }
}

/// Walks with all ranks, once they have found that they see the same trees. `Err` has the exit status.
fn walk_together<V: Visitor>(
    world: &mut World,
    roots: &[PathBuf],
    walking: &Walking,
    visitor: impl Fn() -> V,
) -> Result<Found<V>, u8> {
    let here = [PathBuf::from(".")];
    let roots = if roots.is_empty() { &here[..] } else { roots };
    let roots: Vec<PathBuf> = roots.iter().map(|root| trimmed(root)).collect();
    agree::check(world, &roots)?;
    let cores = available_parallelism().map_or(1, usize::from);
    let ranks_here = world.ranks_here();
    let choices = Choices {
        threads: walking.threads.map_or((cores / ranks_here).max(LEAST_THREADS), usize::from),
        budget_bytes: (walking.memory_mib as usize) << 20,
        seed: walking.seed,
    };
    if walking.ranks {
        say(world.rank(), format_args!("process {} on {}", std::process::id(), uname().nodename().to_string_lossy()));
    }
    let since = Instant::now();
    match walk(world, &roots, choices, visitor) {
        Ok(walked) => {
            let wall = since.elapsed();
            let rows = ranks::gather(world, &walked);
            if walking.ranks {
                print(world, &ranks::table(&rows, wall));
            }
            let mut totals = Totals::default();
            rows.iter().for_each(|row| totals += row.totals);
            let Walked { visitors, .. } = walked;
            Ok(Found { totals, visitors })
        }
        Err(error) => fail(world, &error),
    }
}
