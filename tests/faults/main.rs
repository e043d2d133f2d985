//! What goes wrong costs what it is about and nothing else: one entry, one directory, one thread's time. Every walker
//! and lister of ours, at several thread counts, on a file system whose answers are errors or lies, come in small
//! parts, without end, or not at all.

#[path = "../kit/mod.rs"]
mod kit;

mod errors;
mod hangs;
mod odd;

use fsbench::error::Error;
use fsbench::list::{Entry, Options, Projection, Sink, Sinks, Standing, Want};
use fsbench::strategy::{Level, Strategy};
use fsbench::walk::Open;
use fuser::Errno;
use kit::faults::Faults;
use kit::skip::skip;
use kit::slow::Slow;
use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// Three levels: the root holds d1 to d8, d1 holds d9 to d16, and so on.
const TREE: Slow = Slow { latency: Duration::ZERO, directories: 40, files: 3 };

/// The path below the root of a directory.
fn path(directory: u64) -> String {
    match directory {
        0 => String::new(),
        _ => join(&path((directory - 1) / 8), &format!("d{directory}")),
    }
}

fn join(dir: &str, name: &str) -> String {
    format!("{dir}{}{name}", if dir.is_empty() { "" } else { "/" })
}

/// What file systems answer: a broken disk or network, a right that is lacking, something that has gone, a loop, no
/// memory, a handle of a server that has started anew, no answer in time, a file system whose server has died.
const ERRNOS: [Errno; 8] = [
    Errno::EIO,
    Errno::EACCES,
    Errno::ENOENT,
    Errno::ELOOP,
    Errno::ENOMEM,
    Errno::ESTALE,
    Errno::ETIMEDOUT,
    Errno::ENOTCONN,
];

/// Everything there is.
fn all() -> BTreeSet<String> {
    let files = |directory| (0..TREE.files).map(move |file| join(&path(directory), &format!("f{file}")));
    (0..TREE.directories).flat_map(|n| files(n).chain((n > 0).then(|| path(n)))).collect()
}

/// Everything but what is below `dir`.
fn all_not_below(dir: &str) -> BTreeSet<String> {
    all().into_iter().filter(|path| !path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))).collect()
}

/// What was seen, and what went wrong with what.
#[derive(Default)]
struct Seen(Mutex<(BTreeSet<String>, Vec<Error>)>);

impl Sinks for Seen {
    fn sink(&self) -> Box<dyn Sink + Send + '_> {
        Box::new(SeenSink(self))
    }
}

struct SeenSink<'s>(&'s Seen);

impl Sink for SeenSink<'_> {
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        let path = join(&String::from_utf8_lossy(entry.dir), &String::from_utf8_lossy(entry.name));
        assert!(self.0.0.lock().unwrap().0.insert(path.clone()), "{path} twice");
        ControlFlow::Continue(())
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.0.0.lock().unwrap().1.push(error);
        ControlFlow::Continue(())
    }
}

/// Strategies of ours, with what can be asked of them and their thread counts.
fn ours(level: Level) -> impl Iterator<Item = (Strategy, Want, usize)> {
    let of_peers = |strategy: &Strategy| match strategy {
        Strategy::Tree { walker, .. } => matches!(walker.open, Open::Alone(_)) && walker.name != "uring-walk",
        Strategy::Directory(_) => false,
    };
    let ours = Strategy::all().chain(Strategy::combinations()).filter(move |strategy| {
        strategy.level() == level && strategy.standing() == Standing::Ranked && !of_peers(strategy)
    });
    ours.flat_map(|strategy| {
        let threads: &[usize] = if strategy.takes_threads() { &[1, 2, 7, 64] } else { &[1] };
        let wants = Want::ALL.into_iter().filter(move |&want| strategy.delivers(want));
        // What follows links and knows two kinds takes any error for "neither".
        let wants = wants.filter(move |&want| strategy.projection(want) != Projection::Followed);
        wants.flat_map(move |want| threads.iter().map(move |&threads| (strategy, want, threads)))
    })
}

/// Fewer of them: the rows of the registry without their combinations, with one thread or three.
fn rows(level: Level) -> impl Iterator<Item = (Strategy, Want, usize)> {
    let rows: HashSet<String> = Strategy::all().map(|strategy| strategy.name().into_owned()).collect();
    let few = ours(level).filter(move |(strategy, ..)| rows.contains(&*strategy.name()));
    few.filter(|&(.., threads)| threads < 7).map(|(strategy, want, threads)| (strategy, want, (threads * 2).min(3)))
}

/// How a run ended, what it saw, and what went wrong.
type Ran = (Result<(), Error>, BTreeSet<String>, Vec<Error>);

/// Runs it; `None` where it cannot run here.
fn run((strategy, want, threads): (Strategy, Want, usize), root: &Path) -> Option<Ran> {
    let mut run = strategy.open(want, &Options { threads, ..Options::default() }).ok()?;
    run.prepare(root).ok()?;
    let seen = Seen::default();
    let outcome = run.run(root, want, &seen);
    let (paths, errors) = seen.0.into_inner().unwrap();
    Some((outcome, paths, errors))
}

/// Calls `test` with the root of [`TREE`], mounted with faults.
fn with(faults: Faults, test: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    match TREE.mount_with(faults, folder.path()) {
        Ok(_session) => test(folder.path()),
        Err(why) => skip("a file system with faults", why),
    }
}
