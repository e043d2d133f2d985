//! Walks by walkdir and by this crate, and whether they found the same.

use super::{fixed, threads};
use fswalk::{DirEntry, Directory, Entry, Error, Kind, Meta, Next, Threads, Visitor, Walk, Want};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use walkdir::{DirEntryExt, WalkDir};

/// What a walk gives, by either walker: everything that may be asked of it. Paths are compared byte by byte, not part by part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Item {
    /// An entry.
    Entry {
        /// Its path.
        path: OsString,
        /// Its name.
        name: OsString,
        /// How far below its root.
        depth: usize,
        /// The letter of its kind.
        kind: char,
        /// Whether it is a link, followed or not.
        is_link: bool,
        /// Its inode number.
        ino: u64,
        /// Its metadata, where that was asked for, or the number of the error.
        meta: Option<Result<Attributes, Option<i32>>>,
    },
    /// An error.
    Error {
        /// Of what.
        path: Option<OsString>,
        /// How far below its root.
        depth: usize,
        /// The number of the system's error.
        errno: Option<i32>,
        /// Where a loop leads back to.
        ancestor: Option<OsString>,
    },
}

/// What metadata is compared by: mode, links, owner, group, inode, device, device that it is, size, blocks, seconds, nanoseconds.
pub(crate) type Attributes = (u32, u64, u32, u32, u64, u64, u64, u64, u64, i64, i64);

/// How metadata is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Not at all.
    Nothing,
    /// The walk is told.
    Walk,
    /// The walk is told of files alone; others are asked for by entry.
    Files,
    /// By entry, of a walk that was not told.
    Entries,
}

/// Options that both walkers have.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The least depth.
    pub(crate) min_depth: usize,
    /// The greatest depth, and whether it is set before the least.
    pub(crate) max_depth: usize,
    /// The greatest depth is set first.
    pub(crate) max_first: bool,
    /// Links are followed.
    pub(crate) follow_links: bool,
    /// Other file systems are not entered.
    pub(crate) same_file_system: bool,
    /// Whether an entry of this name and depth is refused.
    pub(crate) refuses: Option<fn(&std::ffi::OsStr, usize) -> bool>,
    /// What is asked of entries.
    pub(crate) asks: Asks,
}

/// As both walkers have them.
pub(crate) const DEFAULT: Options = Options {
    min_depth: 0,
    max_depth: usize::MAX,
    max_first: false,
    follow_links: false,
    same_file_system: false,
    refuses: None,
    asks: Asks::Nothing,
};

/// Ways to get what a walk finds, in no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// `for entry in walk`.
    Iterator,
    /// `walk.for_each(...)`.
    ForEach,
    /// `walk.fold(...)`.
    Fold,
    /// `walk.visit(...)`.
    Visit,
    /// The same, by a visitor that reads ahead.
    VisitAhead,
}

/// All of them.
pub(crate) const WAYS: [Way; 5] = [Way::Iterator, Way::ForEach, Way::Fold, Way::Visit, Way::VisitAhead];

/// Asserts that all ways, with all numbers of threads, find what walkdir finds; and that those that promise an order have
/// walkdir's.
pub(crate) fn assert_alike(roots: &[impl AsRef<Path>], options: &Options) {
    let roots: Vec<PathBuf> = roots.iter().map(|root| root.as_ref().to_owned()).collect();
    let expected = sorted(walkdir(&roots, options, |walk| walk));
    for threads in threads() {
        for way in WAYS {
            let found = sorted(found(&walk(&roots, options).threads(threads), options.asks, way));
            assert_same(&found, &expected, &format!("{way:?} {threads:?} {roots:?} {options:?}"));
        }
    }
    assert_same_sequence(&roots, options, &expected);
}

/// Asserts that iterators that promise an order have walkdir's.
fn assert_same_sequence(roots: &[PathBuf], options: &Options, set: &[Item]) {
    let set: BTreeSet<&Item> = set.iter().collect();
    // walkdir's filter comes too late for contents that come first: it has entered what it refuses.
    let first = Options { refuses: None, ..options.clone() };
    let contents_first = |walk: WalkDir| walk.contents_first(true);
    let sorts = |walk: WalkDir| walk.sort_by_file_name();
    let both = |walk: WalkDir| walk.sort_by_file_name().contents_first(true);
    let allowed = |items: Vec<Item>| -> Vec<Item> { items.into_iter().filter(|item| set.contains(item)).collect() };
    for (threads, name) in [(Threads::Auto, "Auto"), (fixed(2), "2")] {
        let walk = walk(roots, options).threads(threads);
        let iterated = |walk: Walk| found(&walk, options.asks, Way::Iterator);
        for (order, found, expected) in [
            ("sorted", iterated(walk.clone().sort_by_file_name()), walkdir(roots, options, sorts)),
            (
                "contents first",
                iterated(walk.clone().contents_first(true)),
                allowed(walkdir(roots, &first, contents_first)),
            ),
            (
                "sorted, contents first",
                iterated(walk.clone().sort_by_file_name().contents_first(true)),
                allowed(walkdir(roots, &first, both)),
            ),
        ] {
            assert_same(&found, &expected, &format!("{order} {name} {roots:?} {options:?}"));
        }
    }
}

/// Asserts that they are the same, and says where they are not.
pub(crate) fn assert_same(found: &[Item], expected: &[Item], of: &str) {
    if found == expected {
        return;
    }
    let (has, wants): (BTreeSet<_>, BTreeSet<_>) = (found.iter().collect(), expected.iter().collect());
    let more: Vec<_> = has.difference(&wants).take(5).collect();
    let less: Vec<_> = wants.difference(&has).take(5).collect();
    let place = found.iter().zip(expected).position(|(a, b)| a != b);
    panic!(
        "{of}: {} found, {} expected\n too many: {more:#?}\n missing: {less:#?}\n first difference: {place:?}: {:?} for {:?}",
        found.len(),
        expected.len(),
        place.map(|place| &found[place]),
        place.map(|place| &expected[place]),
    );
}

/// In the order of paths.
pub(crate) fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    items.sort();
    items
}

/// Such a walk of ours.
pub(crate) fn walk(roots: &[PathBuf], options: &Options) -> Walk {
    let walk = roots[1..].iter().fold(Walk::new(&roots[0]), Walk::add);
    let walk = walk.follow_links(options.follow_links).same_file_system(options.same_file_system);
    let walk = match options.max_first {
        true => walk.max_depth(options.max_depth).min_depth(options.min_depth),
        false => walk.min_depth(options.min_depth).max_depth(options.max_depth),
    };
    let walk = match options.asks {
        Asks::Walk => walk.want(Want::Metadata),
        Asks::Files => walk.metadata_of(&[Kind::File]),
        Asks::Nothing | Asks::Entries => walk,
    };
    match options.refuses {
        Some(refuses) => walk.filter_entry(move |entry| !refuses(entry.file_name(), entry.depth())),
        None => walk,
    }
}

/// What walkdir finds; `more` sets further options.
pub(crate) fn walkdir(roots: &[PathBuf], options: &Options, more: impl Fn(WalkDir) -> WalkDir) -> Vec<Item> {
    let mut items = Vec::new();
    for root in roots {
        let walk = WalkDir::new(root).follow_links(options.follow_links).same_file_system(options.same_file_system);
        let walk = match options.max_first {
            true => walk.max_depth(options.max_depth).min_depth(options.min_depth),
            false => walk.min_depth(options.min_depth).max_depth(options.max_depth),
        };
        let takes = |entry: &walkdir::DirEntry| {
            options.refuses.is_none_or(|refuses| !refuses(entry.file_name(), entry.depth()))
        };
        items.extend(more(walk).into_iter().filter_entry(takes).map(|found| of_walkdir(found, options.asks)));
    }
    items
}

/// What a walk of ours finds.
pub(crate) fn found(walk: &Walk, asks: Asks, way: Way) -> Vec<Item> {
    match way {
        Way::Iterator => walk.clone().into_iter().map(|found| of_owned(found, asks)).collect(),
        Way::ForEach => {
            let items = Mutex::new(Vec::new());
            walk.for_each(|found| items.lock().unwrap().push(of_borrowed(found, asks)));
            items.into_inner().unwrap()
        }
        Way::Fold => {
            let states = walk.fold(Vec::new, |items, found| items.push(of_borrowed(found, asks)));
            states.into_iter().flatten().collect()
        }
        Way::Visit => {
            let items = Mutex::new(Vec::new());
            walk.visit(|| Keep::<false> { items: Vec::new(), asks, all: &items });
            items.into_inner().unwrap()
        }
        Way::VisitAhead => {
            let items = Mutex::new(Vec::new());
            walk.visit(|| Keep::<true> { items: Vec::new(), asks, all: &items });
            items.into_inner().unwrap()
        }
    }
}

/// Keeps what it is told.
struct Keep<'k, const AHEAD: bool> {
    items: Vec<Item>,
    asks: Asks,
    all: &'k Mutex<Vec<Item>>,
}

impl<const AHEAD: bool> Visitor for Keep<'_, AHEAD> {
    type State = ();
    const READS_AHEAD: bool = AHEAD;

    fn enter(&mut self, directory: &Directory<'_>, above: Option<&()>) -> Option<()> {
        assert_eq!(directory.depth() == 0, above.is_none());
        Some(())
    }

    fn entry(&mut self, entry: &Entry<'_>, (): &()) -> Next {
        self.items.push(of_borrowed(Ok(entry), self.asks));
        Next::Enter
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.items.push(of_borrowed(Err(error), self.asks));
        ControlFlow::Continue(())
    }
}

impl<const AHEAD: bool> Drop for Keep<'_, AHEAD> {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).append(&mut self.items);
    }
}

fn of_walkdir(found: walkdir::Result<walkdir::DirEntry>, asks: Asks) -> Item {
    match found {
        Ok(entry) => Item::Entry {
            path: entry.path().into(),
            name: entry.file_name().into(),
            depth: entry.depth(),
            kind: letter(Kind::from(entry.file_type())),
            is_link: entry.path_is_symlink(),
            ino: entry.ino(),
            meta: (asks != Asks::Nothing).then(|| {
                let meta = entry.metadata().map_err(|error| error.io_error().and_then(io::Error::raw_os_error));
                meta.map(|meta| of_std(&meta))
            }),
        },
        Err(error) => Item::Error {
            path: error.path().map(Into::into),
            depth: error.depth(),
            errno: error.io_error().and_then(io::Error::raw_os_error),
            ancestor: error.loop_ancestor().map(Into::into),
        },
    }
}

/// An entry that borrows nothing, or an error.
pub(crate) fn of_owned(found: Result<DirEntry, Error>, asks: Asks) -> Item {
    match found {
        Ok(entry) => Item::Entry {
            path: entry.path().into(),
            name: entry.file_name().into(),
            depth: entry.depth(),
            kind: letter(entry.file_type()),
            is_link: entry.path_is_symlink(),
            ino: entry.ino(),
            meta: (asks != Asks::Nothing).then(|| of_ours(entry.metadata())),
        },
        Err(error) => of_error(&error),
    }
}

/// An entry that borrows, or an error.
pub(crate) fn of_borrowed(found: Result<&Entry<'_>, Error>, asks: Asks) -> Item {
    match found {
        Ok(entry) => Item::Entry {
            path: entry.path().into(),
            name: entry.file_name().into(),
            depth: entry.depth(),
            kind: letter(entry.file_type()),
            is_link: entry.path_is_symlink(),
            ino: entry.ino(),
            meta: (asks != Asks::Nothing).then(|| of_ours(entry.metadata())),
        },
        Err(error) => of_error(&error),
    }
}

/// An error.
pub(crate) fn of_error(error: &Error) -> Item {
    Item::Error {
        path: error.path().map(Into::into),
        depth: error.depth(),
        errno: error.io_error().and_then(io::Error::raw_os_error),
        ancestor: error.loop_ancestor().map(Into::into),
    }
}

fn letter(kind: Kind) -> char {
    kind.letter().into()
}

fn of_ours(found: Result<Meta, Error>) -> Result<Attributes, Option<i32>> {
    let meta = found.map_err(|error| error.io_error().and_then(io::Error::raw_os_error))?;
    let Meta { mode, links, uid, gid, ino, dev, rdev, size_bytes, blocks_512, mtime_seconds, mtime_nanos } = meta;
    Ok((mode, links, uid, gid, ino, dev, rdev, size_bytes, blocks_512, mtime_seconds, mtime_nanos.into()))
}

fn of_std(meta: &Metadata) -> Attributes {
    let (dev, rdev) = (meta.dev(), meta.rdev());
    let (size, blocks) = (meta.size(), meta.blocks());
    let (mode, links, uid, gid, ino) = (meta.mode(), meta.nlink(), meta.uid(), meta.gid(), meta.ino());
    (mode, links, uid, gid, ino, dev, rdev, size, blocks, meta.mtime(), meta.mtime_nsec())
}
