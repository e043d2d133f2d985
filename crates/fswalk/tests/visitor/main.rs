//! What a visitor, a closure and an iterator can rely on: what comes before what, on which thread, and how a walk ends: by itself, by a stop,
//! from outside, or by a panic.

// What makes the trees, and looks at the process, is Linux's.
#![cfg(target_os = "linux")]

mod ends;
#[path = "../kit/mod.rs"]
mod kit;
mod order;
mod panics;

use fswalk::{Cancel, DirEntry, Directory, Entry, Error, IntoIter, Kind, Next, Threads, Visitor, Walk, Want};
use kit::process::passes_as_an_ordinary_user;
use kit::threads;
use kit::trees::{self, Tree};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn an_ordinary_users_visitor_can_rely_on_the_same() {
    passes_as_an_ordinary_user("an_ordinary_users_visitor", &["panic", "cancel", "stop", "dropped", "by_the_bytes"]);
}

#[test]
fn walks_and_what_they_give_can_be_sent_and_shared_and_shown() {
    fn is_sent_and_shared<T: Send + Sync + Debug + 'static>() {}
    is_sent_and_shared::<Walk>();
    is_sent_and_shared::<IntoIter>();
    is_sent_and_shared::<DirEntry>();
    is_sent_and_shared::<Error>();
    is_sent_and_shared::<Cancel>();
    is_sent_and_shared::<Entry<'static>>();
    is_sent_and_shared::<Kind>();
    is_sent_and_shared::<Threads>();
    is_sent_and_shared::<Next>();
    is_sent_and_shared::<fswalk::Meta>();
    is_sent_and_shared::<fswalk::Summary>();
    fn is_cloned<T: Clone>() {}
    is_cloned::<Walk>();
    is_cloned::<Cancel>();
    fn is_shown<T: Debug>() {}
    is_shown::<Directory<'static>>();
    fn is_an_error<T: std::error::Error + Into<std::io::Error>>() {}
    is_an_error::<Error>();
}

#[test]
fn a_walk_is_shown_with_its_choices() {
    let walk = Walk::new("here").add("there").max_depth(3).follow_links(true);
    let shown = format!("{walk:?}");
    for part in ["here", "there", "max_depth: 3", "Follow"] {
        assert!(shown.contains(part), "{shown}");
    }
    let tree = trees::empty();
    let entry = Walk::new(tree.path()).into_iter().next().unwrap().unwrap();
    assert!(format!("{entry:?}").contains(tree.path().to_str().unwrap()));
}

/// Adds the sizes of what is in each directory to that directory, and each directory's to the one that it is in.
struct Sizes<'s> {
    by_directory: &'s Mutex<BTreeMap<PathBuf, u64>>,
}

impl Visitor for Sizes<'_> {
    type State = AtomicU64;

    fn entry(&mut self, entry: &Entry<'_>, state: &AtomicU64) -> Next {
        if entry.file_type().is_file() {
            state.fetch_add(entry.metadata().unwrap().len(), Ordering::Relaxed);
        }
        Next::Enter
    }

    fn leave(&mut self, directory: &Directory<'_>, state: AtomicU64, above: Option<&AtomicU64>) {
        let bytes = state.into_inner();
        if let Some(above) = above {
            above.fetch_add(bytes, Ordering::Relaxed);
        }
        self.by_directory.lock().unwrap().insert(directory.path().into_owned(), bytes);
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        panic!("{error}");
    }
}

/// The same, one directory after the other.
fn sizes(dir: &Path, all: &mut BTreeMap<PathBuf, u64>) -> u64 {
    let mut bytes = 0;
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let meta = entry.metadata().unwrap();
        bytes += match () {
            () if meta.is_dir() => sizes(&entry.path(), all),
            () if meta.is_file() => meta.len(),
            () => 0,
        };
    }
    all.insert(dir.to_owned(), bytes);
    bytes
}

#[test]
fn sums_that_are_handed_up_are_whole_when_a_directory_is_left() {
    for tree in [trees::links(), trees::deep(), trees::broad(), trees::names(), trees::flat(20_000, 50)] {
        let mut expected = BTreeMap::new();
        sizes(tree.path(), &mut expected);
        for threads in threads() {
            for want in [Want::Kinds, Want::Metadata] {
                let found = Mutex::default();
                let walk = Walk::new(tree.path()).want(want).threads(threads);
                walk.visit(|| Sizes { by_directory: &found });
                assert_eq!(found.into_inner().unwrap(), expected, "{threads:?} {want}");
            }
        }
    }
}

/// Leaves directories of some names as they are.
struct Passing<'p>(&'p Mutex<Vec<(&'static str, PathBuf)>>);

impl Passing<'_> {
    fn push(&self, what: &'static str, path: PathBuf) {
        self.0.lock().unwrap().push((what, path));
    }
}

impl Visitor for Passing<'_> {
    type State = ();

    fn enter(&mut self, directory: &Directory<'_>, _: Option<&()>) -> Option<()> {
        self.push("enter", directory.path().into_owned());
        (!directory.path().ends_with("pass")).then_some(())
    }

    fn entry(&mut self, entry: &Entry<'_>, (): &()) -> Next {
        self.push("entry", entry.path());
        if entry.file_name() == "skip" { Next::Skip } else { Next::Enter }
    }

    fn leave(&mut self, directory: &Directory<'_>, (): (), _: Option<&()>) {
        self.push("leave", directory.path().into_owned());
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        panic!("{error}");
    }
}

#[test]
fn a_directory_without_a_state_is_not_listed_and_one_that_is_skipped_not_even_entered() {
    let tree = Tree::new();
    for below in ["pass/in/file", "skip/in/file", "other/pass/in", "other/file", "other/skip/file"] {
        tree.file(below, 0);
    }
    for threads in threads() {
        let told = Mutex::default();
        Walk::new(tree.path()).threads(threads).visit(|| Passing(&told));
        let told: BTreeSet<(&str, PathBuf)> = told.into_inner().unwrap().into_iter().collect();
        let some = |what: &'static str, below: &'static [&'static str]| below.iter().map(move |below| (what, below));
        let expected = some("enter", &["", "pass", "other", "other/pass"])
            .chain(some("entry", &["", "pass", "skip", "other", "other/pass", "other/file", "other/skip"]))
            .chain(some("leave", &["", "other"]));
        let path = |below: &str| if below.is_empty() { tree.path().to_owned() } else { tree.at(below) };
        assert_eq!(told, expected.map(|(what, below)| (what, path(below))).collect(), "{threads:?}");
    }
}

#[test]
fn a_root_without_a_state_is_not_listed() {
    let tree = Tree::new();
    tree.file("pass/file", 0);
    let (root, told) = (tree.at("pass"), Mutex::default());
    Walk::new(&root).visit(|| Passing(&told));
    assert_eq!(told.into_inner().unwrap(), [("entry", root.clone()), ("enter", root)]);
}

/// Waits until it is set, for 20 seconds at most.
fn wait_for(flag: &AtomicBool) -> bool {
    let start = Instant::now();
    while !flag.load(Ordering::Relaxed) && start.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_micros(100));
    }
    flag.load(Ordering::Relaxed)
}
