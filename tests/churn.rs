//! Walks of trees that other processes change: what stays is seen exactly once, nothing hangs, no descriptor is left.
//! A program of its own, since it counts the process's descriptors.

use fsbench::error::Error;
use fswalk::{Entry, Next, Threads, Visitor, Walk};
use std::collections::HashMap;
use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

/// Walks in all: the acceptance's number. Each thread count from 1 to 64 gets its share.
const WALKS: usize = 1000;

/// How often each entry that stays was seen.
type Seen = HashMap<Vec<u8>, usize>;

struct Watch<'s> {
    seen: Seen,
    all: &'s Mutex<Seen>,
}

impl Visitor for Watch<'_> {
    type State = ();

    fn entry(&mut self, entry: &Entry<'_>, (): &()) -> Next {
        if entry.file_name().as_encoded_bytes().starts_with(b"stays") {
            *self.seen.entry(entry.path().into_os_string().into_encoded_bytes()).or_default() += 1;
        }
        Next::Enter
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        // A directory may go between being found and being opened; nothing else may go wrong.
        assert_eq!(error.source.raw_os_error(), Some(libc::ENOENT), "{error}");
        ControlFlow::Continue(())
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap();
        for (path, times) in self.seen.drain() {
            *all.entry(path).or_default() += times;
        }
    }
}

/// 40 directories with 10 entries each, and one that is large enough to be shared among threads. All of it stays.
fn fill(root: &Path) -> usize {
    for outer in 0..8 {
        for inner in 0..5 {
            let dir = root.join(format!("stays-{outer}/stays-{inner}"));
            fs::create_dir_all(&dir).unwrap();
            (0..10).for_each(|file| drop(File::create(dir.join(format!("stays-{file}"))).unwrap()));
        }
    }
    let large = root.join("stays-large");
    fs::create_dir(&large).unwrap();
    (0..1500).for_each(|file| drop(File::create(large.join(format!("stays-{file}-{}", "x".repeat(120)))).unwrap()));
    8 + 40 + 400 + 1 + 1500
}

/// A process that makes, renames and removes directories and files in the tree until it is killed.
fn disturb(root: &Path, number: usize) -> Child {
    let script = format!(
        "cd \"$0\" || exit; while :; do for d in stays-0 stays-3/stays-2 stays-large .; do \
         mkdir -p $d/goes-{number}/goes/goes; : > $d/goes-{number}/goes/file; : > $d/file-{number}; \
         mv $d/goes-{number} $d/went-{number} 2>/dev/null; rm -rf $d/went-{number} $d/file-{number}; done; done"
    );
    Command::new("sh").args(["-c", &script]).arg(root).stderr(Stdio::null()).spawn().unwrap()
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn what_stays_is_seen_once_in_every_one_of_a_thousand_walks() {
    let folder = tempfile::tempdir().unwrap();
    let entries = fill(folder.path());
    let mut others: Vec<Child> = (0..2).map(|number| disturb(folder.path(), number)).collect();
    let before = descriptors();
    for walk in 0..WALKS {
        let threads = match walk % 65 {
            0 => Threads::Auto,
            threads => Threads::Fixed(NonZeroUsize::new(threads).unwrap()),
        };
        let all = Mutex::default();
        Walk::new(folder.path()).threads(threads).visit(|| Watch { seen: Seen::new(), all: &all });
        let seen = all.into_inner().unwrap();
        assert_eq!(seen.len(), entries, "walk {walk}, {threads:?}");
        assert!(seen.values().all(|&times| times == 1), "walk {walk}, {threads:?}");
        assert_eq!(descriptors(), before, "walk {walk}, {threads:?}");
    }
    for other in &mut others {
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
