//! What comes before what: a directory's own entry, that it is entered, its entries, that it is left.

use crate::kit::process::is_root;
use crate::kit::trees::{self, Tree};
use crate::kit::{skip, threads};
use fswalk::{Directory, Entry, Error, Kind, Next, Visitor, Walk};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// What a visitor was told.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Event {
    Enter(PathBuf),
    Entry(PathBuf),
    Leave(PathBuf),
    Error(PathBuf),
}

/// Writes down what it is told, in one list of all threads. Its state is the path of the directory.
struct Record<'r, const AHEAD: bool> {
    events: &'r Mutex<Vec<Event>>,
    sorts: bool,
    dropped: &'r AtomicUsize,
    owner: ThreadId,
}

impl<const AHEAD: bool> Record<'_, AHEAD> {
    fn push(&self, event: Event) {
        assert_eq!(self.owner, thread::current().id(), "a visitor stays in its thread");
        self.events.lock().unwrap().push(event);
    }
}

/// What hands down the path.
#[derive(Default)]
struct Own(PathBuf);

impl<const AHEAD: bool> Visitor for Record<'_, AHEAD> {
    type State = Own;
    const READS_AHEAD: bool = AHEAD;

    fn enter(&mut self, directory: &Directory<'_>, above: Option<&Own>) -> Option<Own> {
        let path = directory.path().into_owned();
        assert_eq!(directory.depth() == 0, above.is_none(), "a root alone has nothing above it");
        if let Some(above) = above {
            assert_eq!(path.parent(), Some(above.0.as_path()));
        }
        let fd = directory.fd().expect("it is open while it is entered");
        assert_eq!(rustix::fs::fstat(fd).unwrap().st_ino, rustix::fs::stat(&path).unwrap().st_ino);
        let names: BTreeSet<OsString> = directory.entries().map(|(name, _)| name.to_owned()).collect();
        if AHEAD || self.sorts {
            let expected: BTreeSet<OsString> =
                fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(names, expected, "{}", path.display());
            for (name, kind) in directory.entries() {
                assert_eq!(kind == Kind::Directory, path.join(name).symlink_metadata().unwrap().is_dir());
            }
        }
        self.push(Event::Enter(path.clone()));
        Some(Own(path))
    }

    fn entry(&mut self, entry: &Entry<'_>, state: &Own) -> Next {
        let path = entry.path();
        if entry.depth() == 0 {
            assert_eq!(state.0, Path::new(""), "a root comes with the default");
            assert!(entry.dir_fd().is_none());
        } else {
            assert_eq!(path.parent(), Some(state.0.as_path()));
            let dir = entry.dir_fd().expect("the directory is open");
            let found = rustix::fs::statat(dir, entry.file_name(), rustix::fs::AtFlags::SYMLINK_NOFOLLOW).unwrap();
            assert_eq!(found.st_ino, entry.ino());
        }
        self.push(Event::Entry(path));
        Next::Enter
    }

    fn leave(&mut self, directory: &Directory<'_>, state: Own, above: Option<&Own>) {
        let path = directory.path().into_owned();
        assert_eq!(path, state.0, "a directory is left with its own state");
        assert_eq!(path.parent().filter(|_| directory.depth() > 0), above.map(|above| above.0.as_path()));
        assert!(directory.fd().is_none());
        self.push(Event::Leave(path));
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.push(Event::Error(error.path.clone()));
        ControlFlow::Continue(())
    }
}

impl<const AHEAD: bool> Drop for Record<'_, AHEAD> {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the visitors of a walk were told, in the order of a lock.
fn events<const AHEAD: bool>(walk: &Walk) -> Vec<Event> {
    events_of::<AHEAD>(walk, false)
}

/// The same of a walk that sorts.
fn events_sorted(walk: &Walk) -> Vec<Event> {
    events_of::<false>(&walk.clone().sort_by_file_name(), true)
}

fn events_of<const AHEAD: bool>(walk: &Walk, sorts: bool) -> Vec<Event> {
    let (events, made, dropped) = (Mutex::default(), AtomicUsize::new(0), AtomicUsize::new(0));
    let summary = walk.visit(|| {
        made.fetch_add(1, Ordering::Relaxed);
        Record::<AHEAD> { events: &events, sorts, dropped: &dropped, owner: thread::current().id() }
    });
    assert!(made.load(Ordering::Relaxed) > 0);
    assert_eq!(made.into_inner(), dropped.into_inner(), "each thread drops its visitor");
    assert_eq!(summary.threads[0], (Duration::ZERO, 1), "a walk begins with one thread");
    events.into_inner().unwrap()
}

/// Asserts that each directory was entered before anything in it was told, and left after everything below it, once each.
fn assert_in_order(events: &[Event], root: &Path) {
    let (mut entered, mut left) = (BTreeMap::new(), BTreeMap::new());
    for (place, event) in events.iter().enumerate() {
        let twice = match event {
            Event::Enter(path) => entered.insert(path.as_path(), place),
            Event::Leave(path) => left.insert(path.as_path(), place),
            Event::Entry(_) | Event::Error(_) => None,
        };
        assert_eq!(twice, None, "{event:?} twice");
    }
    assert!(entered.keys().eq(left.keys()), "what is entered is left");
    for (place, event) in events.iter().enumerate() {
        let (path, is_entry) = match event {
            Event::Entry(path) => (path, true),
            Event::Enter(path) | Event::Leave(path) => (path, false),
            Event::Error(path) => panic!("{}", path.display()),
        };
        if path == root {
            continue;
        }
        for above in path.ancestors().skip(1).take_while(|above| above.starts_with(root)) {
            assert!(entered[above] < place && place < left[above], "{event:?} within {}", above.display());
        }
        if is_entry && entered.contains_key(path.as_path()) {
            assert!(place < entered[path.as_path()], "a directory's own entry comes before it is entered");
        }
    }
}

fn entries(events: &[Event]) -> Vec<&Path> {
    let entries = events.iter().filter_map(|event| match event {
        Event::Entry(path) => Some(path.as_path()),
        _ => None,
    });
    entries.collect()
}

#[test]
fn a_directory_is_entered_before_its_entries_and_left_after_all_that_is_below_it() {
    for (tree, count) in [(trees::empty(), 1), (trees::deep(), 121), (trees::flat(20_000, 50), 20_101)] {
        for threads in threads() {
            let walk = Walk::new(tree.path()).threads(threads);
            for events in [events::<false>(&walk), events::<true>(&walk), events_sorted(&walk)] {
                assert_in_order(&events, tree.path());
                assert_eq!(entries(&events).len(), count, "{threads:?}");
            }
        }
    }
}

#[test]
fn a_directory_without_entries_that_are_asked_for_is_entered_and_left_all_the_same() {
    let tree = trees::broad();
    for threads in threads() {
        let walk = Walk::new(tree.path()).threads(threads);
        let all = events::<false>(&walk);
        let is_entry = |event: &&Event| matches!(event, Event::Entry(_));
        let some = events::<false>(&walk.clone().min_depth(3));
        assert_in_order(&some, tree.path());
        assert_eq!(
            some.iter().filter(|event| !is_entry(event)).count(),
            all.iter().filter(|event| !is_entry(event)).count()
        );
        assert_eq!(some.iter().filter(is_entry).count(), 100);
        let none = events::<false>(&walk.max_depth(0));
        assert_eq!(none, [Event::Entry(tree.path().to_owned())], "what is too deep is not entered");
    }
}

#[test]
fn visitors_get_the_entries_of_each_directory_by_the_bytes_of_their_names_if_so_asked() {
    let (names, flat) = (trees::names(), trees::flat(3000, 20));
    for tree in [names, flat] {
        for threads in threads() {
            let mut last: BTreeMap<PathBuf, OsString> = BTreeMap::new();
            let events = events_sorted(&Walk::new(tree.path()).threads(threads));
            for path in entries(&events).into_iter().filter(|&path| path != tree.path()) {
                let (parent, name) = (path.parent().unwrap().to_owned(), path.file_name().unwrap().to_owned());
                let before = last.insert(parent, name.clone());
                assert!(before.is_none_or(|before| before < name), "{}", path.display());
            }
        }
    }
}

#[test]
fn a_directory_that_cannot_be_opened_is_an_error_and_neither_entered_nor_left() {
    if is_root() {
        return skip("directories that cannot be opened", "nothing stops root; an ordinary user's run has the test");
    }
    let tree = Tree::new();
    tree.dir("closed");
    tree.file("open/file", 0);
    tree.mode("closed", 0);
    for threads in threads() {
        let events = events::<false>(&Walk::new(tree.path()).threads(threads));
        let of = |below: &str| {
            let path = tree.at(below);
            let is_it = |event: &&Event| match event {
                Event::Enter(other) | Event::Entry(other) | Event::Leave(other) | Event::Error(other) => *other == path,
            };
            events.iter().filter(is_it).cloned().collect::<Vec<_>>()
        };
        assert_eq!(of("closed"), [Event::Entry(tree.at("closed")), Event::Error(tree.at("closed"))]);
        assert_eq!(
            of("open"),
            [Event::Entry(tree.at("open")), Event::Enter(tree.at("open")), Event::Leave(tree.at("open"))]
        );
    }
}
