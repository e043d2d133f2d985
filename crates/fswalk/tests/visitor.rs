//! What a visitor, a closure and an iterator can rely on: what comes before what, on which thread, and how a walk ends: by itself, by a stop,
//! from outside, or by a panic.

// What makes the trees, and looks at the process, is Linux's.
#![cfg(target_os = "linux")]

mod kit;

use fswalk::{Cancel, DirEntry, Directory, Entry, Error, IntoIter, Kind, Next, Threads, Visitor, Walk, Want};
use kit::process::{Alone, is_root, passes_as_an_ordinary_user};
use kit::trees::{self, Tree};
use kit::{fixed, threads};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Debug;
use std::fs;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};
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

#[test]
fn a_directory_that_cannot_be_opened_is_an_error_and_neither_entered_nor_left() {
    if is_root() {
        return kit::skip(
            "directories that cannot be opened",
            "nothing stops root; an ordinary user's run has the test",
        );
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

#[test]
fn a_walk_uses_no_more_threads_than_it_was_allowed() {
    let tree = trees::broad();
    let caller = thread::current().id();
    let used = |walk: &Walk| {
        let used = Mutex::new(BTreeMap::new());
        walk.for_each(|_| {
            thread::sleep(Duration::from_micros(20));
            *used.lock().unwrap().entry(format!("{:?}", thread::current().id())).or_insert(0) += 1;
        });
        used.into_inner().unwrap()
    };
    let walk = Walk::new(tree.path());
    for one in [walk.clone().threads(fixed(1)), walk.clone().max_threads(1), walk.clone().max_threads(0)] {
        assert_eq!(used(&one).into_keys().collect::<Vec<_>>(), [format!("{caller:?}")]);
    }
    for most in [2, 3, 8] {
        assert!(used(&walk.clone().threads(fixed(most))).len() <= most);
        assert!(used(&walk.clone().max_threads(most)).len() <= most);
    }
    let states = walk.clone().threads(fixed(3)).fold(|| 0, |count, _| *count += 1);
    assert!((1..=3).contains(&states.len()), "{states:?}");
    assert_eq!(states.into_iter().sum::<usize>(), walk.into_iter().count());
}

/// Entries that may still be told after a stop: one for each of the others' threads.
fn assert_soon(count: usize, threads: Threads) {
    let most = match threads {
        Threads::Auto => 256,
        Threads::Fixed(threads) => threads.get(),
    };
    assert!((1..=most).contains(&count), "{count} entries with {threads:?}");
}

#[test]
fn a_stop_ends_the_walk_at_once() {
    let tree = trees::endless(20);
    for threads in threads() {
        let walk = Walk::new(tree.path()).follow_links(true).threads(threads);
        for after in [0, 1, 1000] {
            let count = AtomicUsize::new(0);
            walk.for_each(|_| if count.fetch_add(1, Ordering::Relaxed) >= after { Next::Stop } else { Next::Enter });
            assert_soon(count.into_inner() - after, threads);
            let states = walk.fold(
                || 0,
                |count, _| {
                    *count += 1;
                    if *count > after { Next::Stop } else { Next::Enter }
                },
            );
            assert!(states.iter().any(|&count| count == after + 1), "{states:?}");
        }
    }
}

/// Ends at the first error.
struct EndsAtError<'e>(&'e AtomicUsize);

impl Visitor for EndsAtError<'_> {
    type State = ();

    fn entry(&mut self, _: &Entry<'_>, (): &()) -> Next {
        Next::Enter
    }

    fn error(&mut self, _: Error) -> ControlFlow<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        ControlFlow::Break(())
    }
}

#[test]
fn an_error_may_end_the_walk() {
    let tree = Tree::new();
    for number in 0..2000 {
        tree.link("nowhere", number.to_string());
    }
    for threads in threads() {
        let errors = AtomicUsize::new(0);
        let walk = Walk::new(tree.path()).follow_links(true).threads(threads);
        walk.visit(|| EndsAtError(&errors));
        assert_soon(errors.into_inner(), threads);
        let errors = AtomicUsize::new(0);
        walk.for_each(|found| match found {
            Ok(_) => Next::Enter,
            Err(_) => {
                errors.fetch_add(1, Ordering::Relaxed);
                Next::Stop
            }
        });
        assert_soon(errors.into_inner(), threads);
        // A root that is not there, among others.
        let errors = AtomicUsize::new(0);
        let walk = Walk::new(tree.at("none")).add(tree.at("none")).add(tree.at("none")).threads(threads);
        walk.visit(|| EndsAtError(&errors));
        assert_soon(errors.into_inner(), threads);
    }
}

#[test]
fn a_walk_can_be_cancelled_from_inside_and_from_another_thread() {
    let tree = trees::endless(20);
    for threads in threads() {
        let (cancel, count) = (Cancel::new(), AtomicUsize::new(0));
        Walk::new(tree.path()).follow_links(true).threads(threads).cancel(&cancel).for_each(|_| {
            count.fetch_add(1, Ordering::Relaxed);
            cancel.cancel();
        });
        assert!(cancel.is_cancelled());
        // A root that was told is listed all the same, to its first entry.
        assert_soon(count.into_inner().saturating_sub(1).max(1), threads);

        let (cancel, count, has_begun) = (Cancel::new(), AtomicUsize::new(0), AtomicBool::new(false));
        let walk = Walk::new(tree.path()).follow_links(true).threads(threads).cancel(&cancel.clone());
        thread::scope(|scope| {
            scope.spawn(|| {
                wait_for(&has_begun);
                cancel.cancel();
            });
            walk.for_each(|_| {
                has_begun.store(true, Ordering::Relaxed);
                while !cancel.is_cancelled() {
                    thread::yield_now();
                }
                count.fetch_add(1, Ordering::Relaxed);
            });
        });
        assert_soon(count.into_inner().saturating_sub(1).max(1), threads);
        // One that was cancelled before finds nothing.
        assert_eq!(walk.fold(|| 0, |count, _| *count += 1).iter().sum::<usize>(), 0);
        assert!(walk.into_iter().next().is_none());
    }
}

#[test]
fn a_cancelled_iterator_gives_what_was_found_and_ends() {
    let tree = trees::endless(20);
    for threads in threads() {
        for order in [|walk: Walk| walk, Walk::sort_by_file_name, |walk: Walk| walk.contents_first(true)] {
            for first in [1, 5000] {
                let cancel = Cancel::new();
                let walk = order(Walk::new(tree.path()).follow_links(true).threads(threads).cancel(&cancel));
                let mut entries = walk.into_iter();
                assert_eq!(entries.by_ref().take(first).count(), first);
                cancel.cancel();
                // 64 batches of 256 entries, and what threads have in hand; the tree has 2,000,000.
                assert!(entries.by_ref().count() < 100_000);
                assert!(entries.next().is_none());
            }
        }
    }
}

/// Waits until it is set, for 20 seconds at most.
fn wait_for(flag: &AtomicBool) -> bool {
    let start = Instant::now();
    while !flag.load(Ordering::Relaxed) && start.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_micros(100));
    }
    flag.load(Ordering::Relaxed)
}

/// Where a visitor panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Enter,
    Entry,
    Leave,
    Error,
    Listed,
    Drop,
}

/// What it panics with.
#[derive(Debug, PartialEq, Eq)]
struct Payload(Place);

/// Panics at a place, at the first opportunity, once a number of entries were told.
struct Panics<'p> {
    at: Place,
    after: usize,
    count: &'p AtomicUsize,
}

impl Panics<'_> {
    fn is_at(&self, place: Place) {
        let count = match place {
            Place::Entry => self.count.fetch_add(1, Ordering::Relaxed),
            _ => self.count.load(Ordering::Relaxed),
        };
        if self.at == place && count >= self.after && !thread::panicking() {
            panic_any(Payload(place));
        }
    }
}

impl Visitor for Panics<'_> {
    type State = ();

    fn enter(&mut self, _: &Directory<'_>, _: Option<&()>) -> Option<()> {
        self.is_at(Place::Enter);
        Some(())
    }

    fn entry(&mut self, _: &Entry<'_>, (): &()) -> Next {
        self.is_at(Place::Entry);
        Next::Enter
    }

    fn leave(&mut self, _: &Directory<'_>, (): (), _: Option<&()>) {
        self.is_at(Place::Leave);
    }

    fn error(&mut self, _: Error) -> ControlFlow<()> {
        self.is_at(Place::Error);
        ControlFlow::Continue(())
    }

    fn listed(&mut self) -> ControlFlow<()> {
        self.is_at(Place::Listed);
        ControlFlow::Continue(())
    }
}

impl Drop for Panics<'_> {
    fn drop(&mut self) {
        self.is_at(Place::Drop);
    }
}

#[test]
fn a_panic_keeps_its_payload_wherever_it_is() {
    let tree = Tree::new();
    for number in 0..300 {
        tree.file(format!("{number}/in/file"), 0);
        tree.link("nowhere", format!("{number}/link"));
    }
    for at in [Place::Enter, Place::Entry, Place::Leave, Place::Error, Place::Listed, Place::Drop] {
        for after in [0, 1, 500] {
            for threads in threads() {
                let count = AtomicUsize::new(0);
                let walk = Walk::new(tree.path()).follow_links(true).threads(threads);
                let outcome = catch_unwind(AssertUnwindSafe(|| walk.visit(|| Panics { at, after, count: &count })));
                let payload = outcome.expect_err("it panics");
                assert_eq!(payload.downcast_ref(), Some(&Payload(at)), "{threads:?} after {after}");
            }
        }
    }
}

#[test]
fn a_panic_keeps_its_payload_whichever_thread_it_is_in() {
    let tree = trees::broad();
    let caller = thread::current().id();
    for panics_in_caller in [false, true] {
        for threads in [fixed(2), fixed(8)] {
            let has_panicked = AtomicBool::new(false);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                Walk::new(tree.path()).threads(threads).for_each(|found| {
                    // There are no others yet, and nobody else gets what the root has.
                    if found.unwrap().depth() < 2 {
                        return;
                    }
                    if (thread::current().id() == caller) == panics_in_caller {
                        has_panicked.store(true, Ordering::Relaxed);
                        panic_any(Payload(Place::Entry));
                    }
                    assert!(wait_for(&has_panicked), "nobody else does anything");
                });
            }));
            assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&Payload(Place::Entry)), "{threads:?}");
        }
    }
}

#[test]
fn a_panic_while_a_visitor_is_made_keeps_its_payload_whichever_thread_it_is_in() {
    let tree = trees::broad();
    let caller = thread::current().id();
    for panics_in_caller in [false, true] {
        let has_panicked = AtomicBool::new(false);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let init = || {
                if (thread::current().id() == caller) == panics_in_caller {
                    has_panicked.store(true, Ordering::Relaxed);
                    panic_any(Payload(Place::Enter));
                }
            };
            Walk::new(tree.path()).threads(fixed(2)).fold(init, |(), found| {
                assert!(found.unwrap().depth() < 2 || wait_for(&has_panicked), "nobody else makes a visitor");
            });
        }));
        assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&Payload(Place::Enter)), "{panics_in_caller}");
    }
}

#[test]
fn a_filters_panic_keeps_its_payload_in_every_way() {
    let tree = trees::broad();
    for after in [0, 1, 200] {
        for threads in threads() {
            let walk = || {
                let count = AtomicUsize::new(0);
                Walk::new(tree.path()).threads(threads).filter_entry(move |_| {
                    if count.fetch_add(1, Ordering::Relaxed) >= after {
                        panic_any(Payload(Place::Entry));
                    }
                    true
                })
            };
            let errors = AtomicUsize::new(0);
            let ways: [&dyn Fn(); 6] = [
                &|| walk().for_each(|_| ()),
                &|| drop(walk().fold(|| (), |(), _| ())),
                &|| drop(walk().visit(|| EndsAtError(&errors))),
                &|| assert!(walk().into_iter().count() > 0),
                &|| assert!(walk().sort_by_file_name().into_iter().count() > 0),
                &|| assert!(walk().contents_first(true).into_iter().count() > 0),
            ];
            for (number, way) in ways.iter().enumerate() {
                let outcome = catch_unwind(AssertUnwindSafe(way));
                assert_eq!(
                    outcome.expect_err("it panics").downcast_ref(),
                    Some(&Payload(Place::Entry)),
                    "way {number} {threads:?} after {after}"
                );
            }
        }
    }
}

#[test]
fn an_iterator_that_panicked_is_at_its_end() {
    let tree = trees::broad();
    for threads in threads() {
        let walk = Walk::new(tree.path()).threads(threads);
        let mut entries = walk.filter_entry(|entry| entry.depth() < 3 || panic_any(Payload(Place::Entry))).into_iter();
        let outcome = catch_unwind(AssertUnwindSafe(|| entries.by_ref().count()));
        assert!(outcome.is_err());
        let start = Instant::now();
        while catch_unwind(AssertUnwindSafe(|| entries.next().is_some())).unwrap_or(true) {
            assert!(start.elapsed() < Duration::from_secs(20), "{threads:?}");
        }
    }
}

#[test]
fn what_a_panic_leaves_behind_is_whole() {
    // States are handed back by threads that did not panic; a second walk is as good as the first.
    let tree = trees::broad();
    let walk = Walk::new(tree.path()).threads(fixed(8));
    let total = walk.clone().into_iter().count();
    let seen = Mutex::new(0);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        walk.for_each(|_| -> Next {
            *seen.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            panic!("as asked");
        });
    }));
    assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&"as asked"));
    assert_eq!(walk.fold(|| 0, |count, _| *count += 1).into_iter().sum::<usize>(), total);
}

/// Walks when it is dropped.
struct Walks<'w>(&'w Walk, &'w Mutex<Vec<usize>>);

impl Drop for Walks<'_> {
    fn drop(&mut self) {
        assert!(thread::panicking());
        let visited = self.0.fold(|| 0, |count, _| *count += 1).into_iter().sum();
        let iterated = self.0.clone().into_iter().count();
        let sorted = self.0.clone().sort_by_file_name().into_iter().count();
        self.1.lock().unwrap().extend([visited, iterated, sorted]);
    }
}

#[test]
fn a_walk_that_is_done_while_a_panic_unwinds_is_whole() {
    let tree = trees::broad();
    let count = Walk::new(tree.path()).into_iter().count();
    for threads in threads() {
        let (walk, counts) = (Walk::new(tree.path()).threads(threads), Mutex::default());
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let _walks = Walks(&walk, &counts);
            panic!("as asked");
        }));
        assert!(outcome.is_err());
        assert_eq!(counts.into_inner().unwrap(), [count; 3], "{threads:?}");
    }
}

#[test]
fn an_iterator_that_is_dropped_early_leaves_no_thread_and_no_descriptor() {
    Alone::new("dropped_early").passes();
}

/// Threads and descriptors of this process.
fn held() -> (usize, usize) {
    let count = |folder: &str| fs::read_dir(folder).unwrap().count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

/// The same, once threads that have ended are gone from /proc: they are joined before.
fn assert_held(expected: (usize, usize), of: &str) {
    let start = Instant::now();
    while held() != expected {
        assert!(start.elapsed() < Duration::from_secs(20), "{of}: {:?} and not {expected:?}", held());
        thread::yield_now();
    }
}

#[test]
#[ignore = "the test above runs it, in a process where nothing else goes on"]
fn dropped_early() {
    let (endless, flat) = (trees::endless(20), trees::flat(20_000, 50));
    let before = held();
    for (tree, sizes) in [(&endless, [0, 1, 100, 20_000]), (&flat, [0, 1, 100, 19_000])] {
        for threads in threads() {
            for order in [|walk: Walk| walk, Walk::sort_by_file_name, |walk: Walk| walk.contents_first(true)] {
                for taken in sizes {
                    let walk = order(Walk::new(tree.path()).follow_links(true).threads(threads));
                    let mut entries = walk.into_iter();
                    assert_eq!(entries.by_ref().take(taken).count(), taken);
                    drop(entries);
                    assert_held(before, &format!("{threads:?} after {taken}"));
                }
            }
            // A walk that ended by itself, by a stop and by a panic.
            let walk = Walk::new(flat.path()).threads(threads);
            walk.for_each(|_| ());
            walk.for_each(|_| Next::Stop);
            assert!(catch_unwind(AssertUnwindSafe(|| walk.for_each(|_| -> Next { panic!("as asked") }))).is_err());
            assert_held(before, &format!("{threads:?} walked"));
        }
    }
}
