//! What the benches share: their own trees, workers, and the notes for `fsbench report --criterion`.
//!
//! A bench needs nothing prepared: a tree is made when the first benchmark wants it (so a filter saves its time), below Cargo's
//! `target/tmp`, and stays there for the next bench and the next session: baselines are of the same tree, in the same place on
//! the device. A temporary tree for each bench was rejected: ext4 without a journal takes half a minute for 100,000 files
//! right after as many were removed. `cargo clean` removes them. Three environment variables change them: `FSBENCH_SHAPES`,
//! such as `wide,mail` or `all`, `FSBENCH_ENTRIES`, and `FSBENCH_TREES`, a folder on the file system to measure. As root every
//! tree is also listed cold.

#![allow(dead_code)] // each bench is a program of its own and uses only part of this

pub(crate) mod case;
pub(crate) mod names;
pub(crate) mod priced;
pub(crate) mod strategies;
pub(crate) mod tree;

use criterion::Criterion;
use fsbench::bench::{Note, Notes, saved::usual_folder};
use fsbench::interrupt::{Interrupt, Interrupted};
use fsbench::measure::environment::Environment;
use fsbench::measure::file_system::FileSystem;
use fsbench::measure::process::Program;
use fsbench::tree::Shape;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{File, create_dir_all};
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;
use tempfile::TempDir;
use tree::Tree;

/// Where the trees are, unless the environment says otherwise.
const TREES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/trees");
/// What is listed unless the environment says otherwise: enough to fall out of the processor's caches.
const ENTRIES: u64 = 100_000;
/// The same where nothing is measured, only held against the oracle.
const ENTRIES_TO_TEST: u64 = 10_000;

/// What a bench runs with.
pub(crate) struct Kit {
    pub(crate) interrupt: Interrupt,
    pub(crate) program: Program,
    pub(crate) mode: Mode,
    pub(crate) entries: u64,
    shapes: Vec<Shape>,
    trees: RefCell<BTreeMap<String, Rc<Tree>>>,
    notes: RefCell<BTreeMap<String, Note>>,
    folder: PathBuf,
    /// Where the trees are, without a link in its path.
    place: PathBuf,
    /// For what goes with the bench.
    scratch: TempDir,
}

/// What Criterion was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Measure.
    Measure,
    /// Run each benchmark once: `cargo bench -- --test`, or `cargo test --benches`.
    Test,
}

/// How long Criterion measures one benchmark, and after which warm-up, unless the command line says otherwise.
pub(crate) struct Budget {
    pub(crate) samples: usize,
    pub(crate) warm_up: Duration,
    pub(crate) measure: Duration,
}

/// Runs a bench; `shapes` are the trees that it wants by default.
pub(crate) fn main(budget: &Budget, shapes: &[Shape], bench: fn(&mut Criterion, &Kit)) -> ExitCode {
    let kit = match Kit::new(shapes) {
        Ok(kit) => kit,
        Err(why) => {
            say(&why);
            return ExitCode::from(2);
        }
    };
    // Plots would take longer than measuring. 100,000 resamples of ten samples say no more than 10,000.
    let mut criterion = Criterion::default()
        .without_plots()
        .sample_size(budget.samples)
        .warm_up_time(budget.warm_up)
        .measurement_time(budget.measure)
        .nresamples(10_000)
        .configure_from_args()
        .output_directory(&kit.folder);
    let outcome = catch_unwind(AssertUnwindSafe(|| bench(&mut criterion, &kit)));
    if let Err(error) = kit.write_notes() {
        say(&error.to_string());
    }
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => match reason.downcast::<Interrupted>() {
            Ok(interrupted) => ExitCode::from(interrupted.exit_status()),
            Err(reason) => {
                drop(kit);
                resume_unwind(reason)
            }
        },
    }
}

impl Kit {
    fn new(shapes: &[Shape]) -> Result<Self, String> {
        let argument = |name: &str| std::env::args().any(|argument| argument == name);
        let mode = if argument("--bench") && !argument("--test") { Mode::Measure } else { Mode::Test };
        let entries = match std::env::var("FSBENCH_ENTRIES") {
            Ok(text) => text.parse().map_err(|_| format!("FSBENCH_ENTRIES={text}: a number of entries is wanted"))?,
            Err(_) if mode == Mode::Test => ENTRIES_TO_TEST,
            Err(_) => ENTRIES,
        };
        let place = std::env::var_os("FSBENCH_TREES").map_or_else(|| TREES.into(), PathBuf::from);
        let place = create_dir_all(&place).and_then(|()| place.canonicalize());
        let place = place.map_err(|error| format!("a folder for the trees: {error}"))?;
        let scratch = tempfile::Builder::new().prefix("fsbench-").tempdir_in(&place);
        let scratch = scratch.map_err(|error| error.to_string())?;
        Ok(Self {
            interrupt: Interrupt::catch().map_err(|error| error.to_string())?,
            program: Program::fsbench(Path::new(env!("CARGO_BIN_EXE_fsbench"))).map_err(|error| error.to_string())?,
            mode,
            entries,
            shapes: shapes_asked_for(shapes)?,
            trees: RefCell::default(),
            notes: RefCell::default(),
            folder: usual_folder(),
            place,
            scratch,
        })
    }

    /// The shapes of the trees to list.
    pub(crate) fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The tree of that shape, made at its first use.
    pub(crate) fn tree(&self, shape: Shape, entries: u64) -> Rc<Tree> {
        let name = format!("{shape}-{entries}");
        let known = self.trees.borrow().get(&name).map(Rc::clone);
        known.unwrap_or_else(|| {
            let tree = Rc::new(Tree::at(self.place.join(&name), shape, entries, self));
            self.trees.borrow_mut().insert(name, Rc::clone(&tree));
            tree
        })
    }

    /// Where the trees are.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// A folder beside them that goes with the bench.
    pub(crate) fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Keeps other benches from making anything beside the trees, until it is dropped.
    pub(crate) fn lock(&self) -> impl Drop + use<> {
        let folder = File::open(&self.place).unwrap_or_else(|error| panic!("{}: {error}", self.place.display()));
        while let Err(errno) = flock(&folder, FlockOperation::LockExclusive) {
            assert_eq!(errno, Errno::INTR, "flock {}", self.place.display());
            self.check();
        }
        OwnedFd::from(folder)
    }

    /// Notes something on a benchmark.
    pub(crate) fn note(&self, id: String, note: Note) {
        self.notes.borrow_mut().insert(id, note);
    }

    /// Ends the bench if a signal asked for it: silently, by unwinding, so that trees go and notes are written.
    pub(crate) fn check(&self) {
        if let Err(interrupted) = self.interrupt.check() {
            end(interrupted);
        }
    }

    fn write_notes(&self) -> Result<(), fsbench::error::Error> {
        let noted = self.notes.take();
        if noted.is_empty() || self.mode == Mode::Test {
            return Ok(());
        }
        let mut notes = Notes::read(&self.folder).unwrap_or_default();
        notes.environment = Some(Environment::read());
        notes.file_system = Some(FileSystem::of(&self.place));
        notes.benchmarks.extend(noted);
        notes.write(&self.folder)
    }
}

/// Unwinds without a message.
pub(crate) fn end(interrupted: Interrupted) -> ! {
    resume_unwind(Box::new(interrupted))
}

/// Says something that is no result.
#[allow(clippy::print_stderr)]
pub(crate) fn say(text: &str) {
    eprintln!("fsbench: {text}");
}

fn shapes_asked_for(usual: &[Shape]) -> Result<Vec<Shape>, String> {
    match std::env::var("FSBENCH_SHAPES") {
        Err(_) => Ok(usual.to_vec()),
        Ok(text) if text == "all" => Ok(Shape::ALL.to_vec()),
        Ok(text) => text.split(',').map(|name| name.parse().map_err(|why| format!("FSBENCH_SHAPES: {why}"))).collect(),
    }
}
