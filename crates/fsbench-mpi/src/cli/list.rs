//! `fsbench-mpi list`: every entry's path, in files.
//!
//! Each rank writes the part that it found, as it finds it, to a file of its own. Sorted, each thread sorts what its memory holds into runs;
//! each rank merges its runs; rank 0 merges the ranks'. No file has its name before all ranks have written all of theirs.

use super::merge::{append_to_run, merge};
use super::output::{Format, Partial};
use super::{SERIOUS, Walking, fail, print, say, walk_together};
use clap::Args;
use fsbench_mpi::schedule::Transport;
use fsbench_mpi::walk::Visitor;
use fsbench_mpi::world::World;
use fswalk::escape::Escaped;
use fswalk::team::lock;
use fswalk::{Error, Kind, Meta};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a thread writes at once.
const WRITE_BYTES: usize = 256 << 10;

/// List the entries below directories into files, one a rank, or one of all, sorted
#[derive(Args)]
#[command(after_help = "\
Files have `.partial` at the end of their names until all ranks have written all of theirs.")]
pub(super) struct Arguments {
    /// Directories [default: the current one]
    dirs: Vec<PathBuf>,
    /// Where the files go, as all ranks see it: an empty directory, or one to be made
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// How an entry is written
    #[arg(long, value_enum, default_value_t = Format::Lines)]
    format: Format,
    /// Write one file, `sorted`, ordered by the bytes of the paths, in place of one a rank
    #[arg(long)]
    sort: bool,
    /// Memory for sorting, each thread, MiB
    #[arg(long, value_name = "MIB", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    sort_mib: u32,
    #[command(flatten)]
    walking: Walking,
}

/// What a rank's threads share.
struct Files<'a> {
    arguments: &'a Arguments,
    rank: usize,
    /// Not sorted: the rank's file.
    whole: Mutex<Option<Partial>>,
    /// Sorted: the runs so far.
    runs: Mutex<Vec<Partial>>,
    numbered: AtomicUsize,
}

impl Files<'_> {
    fn new_run(&self) -> Result<Partial, Error> {
        let number = self.numbered.fetch_add(1, Ordering::Relaxed);
        Partial::create(&self.arguments.output.join(format!("run-{:05}-{number:05}", self.rank)))
    }
}

/// A listing thread's.
struct Writer<'f> {
    files: &'f Files<'f>,
    /// The directory's path, then an entry's.
    path: Vec<u8>,
    directory: usize,
    buffer: Vec<u8>,
    /// Sorted: where in the buffer each entry starts.
    starts: Vec<usize>,
}

impl Writer<'_> {
    /// Writes what is in the buffer.
    fn flush(&mut self) -> Result<(), Error> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        if self.files.arguments.sort {
            let run = self.sort()?;
            lock(&self.files.runs).push(run);
        } else {
            let mut whole = lock(&self.files.whole);
            whole.as_mut().expect("it is there until the walk has ended").write(&self.buffer)?;
        }
        self.buffer.clear();
        self.starts.clear();
        Ok(())
    }

    fn sort(&mut self) -> Result<Partial, Error> {
        let (buffer, starts) = (&self.buffer, &mut self.starts);
        let path = |start: usize| buffer[start..].split(|&byte| byte == 0).next().expect("a split has a first part");
        starts.sort_unstable_by(|&a, &b| path(a).cmp(path(b)));
        let mut sorted = Vec::with_capacity(buffer.len());
        for &start in starts.iter() {
            // The path, its NUL, the kind.
            sorted.extend_from_slice(&buffer[start..start + path(start).len() + 2]);
        }
        let mut run = self.files.new_run()?;
        run.write(&sorted)?;
        Ok(run)
    }

    fn most_bytes(&self) -> usize {
        // Half of a sorting thread's memory is for the sorted copy.
        if self.files.arguments.sort { (self.files.arguments.sort_mib as usize) << 19 } else { WRITE_BYTES }
    }
}

impl Visitor for Writer<'_> {
    fn needs(&self, _: &[u8], _: Kind) -> bool {
        false
    }

    fn directory(&mut self, path: &[u8], _: usize) {
        self.path.clear();
        self.path.extend_from_slice(path);
        if path.last() != Some(&b'/') {
            self.path.push(b'/');
        }
        self.directory = self.path.len();
    }

    fn entry(&mut self, name: &[u8], kind: Kind, _: Option<&Meta>) -> Result<(), Error> {
        self.path.truncate(self.directory);
        self.path.extend_from_slice(name);
        if self.files.arguments.sort {
            self.starts.push(self.buffer.len());
            append_to_run(&self.path, kind, &mut self.buffer);
        } else {
            self.files.arguments.format.append(&self.path, kind, &mut self.buffer);
        }
        if self.buffer.len() < self.most_bytes() { Ok(()) } else { self.flush() }
    }

    fn error(&mut self, error: Error) {
        say(self.files.rank, error);
    }
}

pub(super) fn run(arguments: &Arguments, world: &mut World) -> u8 {
    let rank = world.rank();
    let output = &arguments.output;
    let ready = if rank == 0 { prepare(output) } else { Ok(()) };
    if let Err(error) = &ready {
        say(rank, error);
    }
    if world.gather(&[u64::from(ready.is_ok())]).iter().any(|is_ok| is_ok[0] == 0) {
        return SERIOUS;
    }
    let mine = Partial::create(&output.join(format!("rank-{rank:05}"))).unwrap_or_else(|error| fail(world, &error));
    let files =
        Files { arguments, rank, whole: Mutex::new(Some(mine)), runs: Mutex::default(), numbered: AtomicUsize::new(0) };
    let writer = || Writer { files: &files, path: Vec::new(), directory: 0, buffer: Vec::new(), starts: Vec::new() };
    let mut found = match walk_together(world, &arguments.dirs, &arguments.walking, writer) {
        Ok(found) => found,
        Err(status) => return status,
    };
    let flushed = found.visitors.iter_mut().try_for_each(Writer::flush);
    let mine = lock(&files.whole).take().expect("nobody has taken it");
    let runs = std::mem::take(&mut *lock(&files.runs));
    let written = flushed
        .and_then(|()| if arguments.sort { merge_all(arguments, world, mine, &runs) } else { whole(world, mine) });
    if let Err(error) = written {
        fail(world, &error);
    }
    // No rank speaks for another before that one is done.
    world.barrier();
    let place = if arguments.sort { output.join("sorted") } else { output.join("rank-*") };
    print(world, &format!("{} entries in {}", found.totals.entries(), Escaped(&place)));
    found.status()
}

/// The directory for the files: made, or found empty.
fn prepare(output: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(output).map_err(|error| Error::new("mkdir", output, error))?;
    let mut entries = std::fs::read_dir(output).map_err(|error| Error::new("opendir", output, error))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Error::other("list", output, "it is not empty, and nothing in it will be replaced")),
    }
}

/// A file a rank: named once all are written.
fn whole(world: &World, mut mine: Partial) -> Result<(), Error> {
    mine.sync()?;
    world.barrier();
    mine.keep()
}

/// One file of all.
fn merge_all(arguments: &Arguments, world: &World, mut mine: Partial, runs: &[Partial]) -> Result<(), Error> {
    let places: Vec<PathBuf> = runs.iter().map(Partial::place).collect();
    merge(&places, &mut mine, append_to_run)?;
    mine.sync()?;
    world.barrier();
    if world.rank() == 0 {
        let place = |rank| {
            let mut place = arguments.output.join(format!("rank-{rank:05}")).into_os_string();
            place.push(super::output::PARTIAL);
            PathBuf::from(place)
        };
        let places: Vec<PathBuf> = (0..world.ranks()).map(place).collect();
        let mut sorted = Partial::create(&arguments.output.join("sorted"))?;
        merge(&places, &mut sorted, |path, kind, out| arguments.format.append(path, kind, out))?;
        sorted.sync()?;
        sorted.keep()?;
    }
    // Until then rank 0 reads what each of the others removes when it leaves.
    world.barrier();
    Ok(())
}
