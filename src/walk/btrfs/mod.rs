//! btrfs's tree search in place of openat, getdents64, stat and close: a directory's entries are items of the
//! subvolume's tree, next to each other, and so are the inodes of files that were made one after another. A call a
//! directory brings its entries, and where metadata is wanted, a call brings that of each stretch of neighbouring
//! inodes.
//!
//! The tree is what was committed last, so the file system is synced before the clock runs, and what changes later may
//! be missed. It takes CAP_SYS_ADMIN, and shows what permissions would hide.
//!
//! - Below a folder only the folder's own directories are searched, whatever else the subvolume holds.
//! - A nested subvolume has a tree of its own: it is opened by path, and searched from its root on.
//! - A mount point looks like the directory that it covers. Where something is mounted below the root, this walk is
//!   refused.
//!
//! Rejected: reading a subvolume's tree from end to end. Nothing is faster where all of it is wanted, but names come
//! long before or after the directories they are in, so all must be held, and a small folder costs the whole subvolume.

pub mod items;

use super::{Open, Row, Run};
use crate::error::{Error, Unsupported};
use crate::list::mounts::{Reach, refuse_mounts};
use crate::list::privilege::{failed, refused, sys_admin};
use crate::list::statx::{FLAGS, MASK};
use crate::list::{Dir, Entry, Factors, Kind, Meta, OPEN, ReadWith, Sink, Sinks, Want, entry_error};
use crate::sys::btrfs::{Item, Key, Search};
use fswalk::walk::Links;
use fswalk::walk::path::{below, push_name};
use fswalk::walk::reopen::reopen;
use items::{DIR_INDEX, DirItem, INODE_ITEM, Tree, entries_of, inodes, meta};
use rustix::fs::{AtFlags, Mode, fstat, fstatfs, openat, statx, syncfs};
use rustix::io::Errno;
use std::ops::{ControlFlow, Range};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const CALL: &str = "BTRFS_IOC_TREE_SEARCH_V2";

/// `BTRFS_EMPTY_SUBVOL_DIR_OBJECTID`: what stands in a snapshot where a subvolume was. It is in no tree, and knows no
/// search.
const EMPTY: u64 = 2;

/// Inodes with other items between them are read in one call up to this distance: about 500 bytes each, against the
/// search from the tree's root for another call.
const GAP: u64 = 16;

/// The walk goes on, or ends: because the sink had enough, or because it cannot go on.
type Flow<T = ()> = ControlFlow<Result<(), Error>, T>;

#[derive(Default)]
struct TreeSearch {
    search: Search,
    /// The root that it is ready for.
    prepared: Option<PathBuf>,
}

impl Run for TreeSearch {
    fn prepare(&mut self, root: &Path) -> Result<(), Unsupported> {
        self.prepared = None;
        let mut dir = Dir::root(root);
        let Ok(fd) = dir.fd() else { return Ok(()) };
        let (from, to) = entries_of(0);
        self.search.items(fd, from, to).map_err(|errno| match errno {
            Errno::NOTTY => Unsupported("it is btrfs that has it; this is another file system".into()),
            errno => refused(CALL, errno),
        })?;
        refuse_mounts(root, Reach::Tree, "a tree search")?;
        syncfs(fd).map_err(|errno| failed("syncfs", errno))?;
        self.prepared = Some(root.to_owned());
        Ok(())
    }

    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        if self.prepared.as_deref() != Some(root) {
            self.prepare(root).map_err(|why| Error::other(CALL, root, why))?;
        }
        let root_bytes = root.as_os_str().as_bytes();
        let mut sink = sinks.sink();
        let mut walking = Walking {
            search: &mut self.search,
            root: root_bytes,
            below: below(root_bytes),
            want,
            sink: sink.as_mut(),
            path: Vec::new(),
            found: Vec::new(),
            names: Vec::new(),
            waiting: Vec::new(),
            waiting_names: Vec::new(),
            subvolumes: Vec::new(),
        };
        let subvolume = Subvolume::open(Dir::root(root).take()?).map_err(|errno| Error::new("fstat", root, errno))?;
        match walking.walk(subvolume) {
            ControlFlow::Break(outcome) => outcome,
            ControlFlow::Continue(()) => Ok(()),
        }
    }
}

/// A subvolume, or a folder of one: where its items are looked for.
struct Subvolume {
    fd: OwnedFd,
    /// The directory's inode number.
    ino: u64,
    dev: u64,
    sector_bytes: u64,
}

impl Subvolume {
    fn open(fd: OwnedFd) -> Result<Self, Errno> {
        let stat = fstat(&fd)?;
        // btrfs says its sector size here.
        let sector_bytes = u64::try_from(fstatfs(&fd)?.f_bsize).unwrap_or(512);
        Ok(Self { fd, ino: stat.st_ino, dev: stat.st_dev, sector_bytes })
    }
}

/// A walk under way.
struct Walking<'w> {
    search: &'w mut Search,
    root: &'w [u8],
    below: usize,
    want: Want,
    sink: &'w mut dyn Sink,
    /// Of the directory in hand.
    path: Vec<u8>,
    /// Of the directory in hand: its directories, or where metadata is wanted all of its entries.
    found: Vec<Found>,
    /// Their names.
    names: Vec<u8>,
    /// Directories yet to be searched, a stack: whatever path is in hand starts with their parent's.
    waiting: Vec<Waiting>,
    /// Their names, a stack as well.
    waiting_names: Vec<u8>,
    /// Paths of nested subvolumes.
    subvolumes: Vec<Vec<u8>>,
}

/// An entry that is kept until its directory has been read.
struct Found {
    ino: u64,
    kind: Kind,
    tree: Tree,
    name: Range<usize>,
    meta: Result<Meta, Errno>,
}

/// A directory to be searched.
struct Waiting {
    ino: u64,
    parent_length: usize,
    name_start: usize,
}

impl Walking<'_> {
    fn walk(&mut self, root: Subvolume) -> Flow {
        self.path.extend_from_slice(self.root);
        self.subvolume(&root)?;
        while let Some(path) = self.subvolumes.pop() {
            self.path = path;
            let fd = open_again(&self.path, self.root.len());
            let failed = |errno| Error::at("openat", &self.path, errno);
            match fd.and_then(|fd| Subvolume::open(fd).map_err(failed)) {
                Ok(Subvolume { ino: EMPTY, .. }) => {}
                Ok(subvolume) => self.subvolume(&subvolume)?,
                Err(error) => self.sink.error(error).map_break(Ok)?,
            }
        }
        ControlFlow::Continue(())
    }

    /// All that is below a directory and in its tree.
    fn subvolume(&mut self, subvolume: &Subvolume) -> Flow {
        self.directory(subvolume, subvolume.ino)?;
        while let Some(Waiting { ino, parent_length, name_start }) = self.waiting.pop() {
            self.path.truncate(parent_length);
            push_name(&mut self.path, &self.waiting_names[name_start..]);
            self.waiting_names.truncate(name_start);
            self.directory(subvolume, ino)?;
        }
        ControlFlow::Continue(())
    }

    /// The entries of one directory, whose path is in hand.
    fn directory(&mut self, subvolume: &Subvolume, ino: u64) -> Flow {
        let Self { search, sink, path, found, names, below, want, .. } = self;
        found.clear();
        names.clear();
        let dir = path.get(*below..).unwrap_or_default();
        let outcome = each(search, &subvolume.fd, entries_of(ino), |item| {
            let Some(entry) = DirItem::decode(item.bytes).filter(|_| item.key.kind == DIR_INDEX) else {
                return sink.error(Error::at(CALL, path, Errno::IO)).map_break(Ok);
            };
            let DirItem { name, kind, ino, tree } = entry;
            if *want == Want::Metadata || kind == Kind::Directory {
                let start = names.len();
                names.extend_from_slice(name);
                found.push(Found { ino, kind, tree, name: start..names.len(), meta: Err(Errno::NOENT) });
            }
            if *want == Want::Metadata {
                return ControlFlow::Continue(());
            }
            sink.entry(&Entry { dir, name, kind, ino, position: None, meta: None }).map_break(Ok)
        })?;
        if self.want == Want::Metadata {
            self.look_up(subvolume);
            self.report()?;
        }
        if let Err(errno) = outcome {
            let error = Error::at(CALL, &self.path, errno);
            if self.path.len() == self.root.len() {
                return ControlFlow::Break(Err(error));
            }
            self.sink.error(error).map_break(Ok)?;
        }
        self.wait();
        ControlFlow::Continue(())
    }

    /// Gets the metadata of what was found, in inode order.
    fn look_up(&mut self, subvolume: &Subvolume) {
        let Self { search, path, found, names, root, .. } = self;
        found.sort_unstable_by_key(|entry| (entry.tree == Tree::Own, entry.ino));
        let same = found.partition_point(|entry| entry.tree == Tree::Same);
        let (mut found, subvolumes) = found.split_at_mut(same);
        while let Some(first) = found.first().map(|entry| entry.ino) {
            let length = run_length(found);
            let (run, rest) = std::mem::take(&mut found).split_at_mut(length);
            look_up_run(search, subvolume, first, run);
            found = rest;
        }
        let length = path.len();
        for entry in subvolumes {
            push_name(path, &names[entry.name.clone()]);
            let fd =
                open_again(path, root.len()).map_err(|error| Errno::from_io_error(&error.source).unwrap_or(Errno::IO));
            entry.meta = fd.and_then(|fd| statx(fd, c"", FLAGS | AtFlags::EMPTY_PATH, MASK)).map(|x| Meta::from(&x));
            path.truncate(length);
        }
    }

    /// Reports what was found and looked up.
    fn report(&mut self) -> Flow {
        let dir = self.path.get(self.below..).unwrap_or_default();
        for entry in &self.found {
            let name = &self.names[entry.name.clone()];
            let next = match &entry.meta {
                Ok(meta) => {
                    let (kind, ino) = (meta.kind(), entry.ino);
                    self.sink.entry(&Entry { dir, name, kind, ino, position: None, meta: Some(meta) })
                }
                Err(errno) => self.sink.error(entry_error(CALL, &self.path, name, *errno)),
            };
            next.map_break(Ok)?;
        }
        ControlFlow::Continue(())
    }

    /// Puts the directories found onto the stack, so that the one with the lowest inode number is next.
    fn wait(&mut self) {
        let parent_length = self.path.len();
        let is_lost = |entry: &Found| self.want == Want::Metadata && entry.meta.is_err();
        for entry in self.found.iter().rev().filter(|entry| entry.kind == Kind::Directory && !is_lost(entry)) {
            let name = &self.names[entry.name.clone()];
            match entry.tree {
                Tree::Same => {
                    let name_start = self.waiting_names.len();
                    self.waiting_names.extend_from_slice(name);
                    self.waiting.push(Waiting { ino: entry.ino, parent_length, name_start });
                }
                Tree::Own => {
                    let mut path = self.path.clone();
                    push_name(&mut path, name);
                    self.subvolumes.push(path);
                }
            }
        }
    }
}

/// How many entries, which are in inode order, are near enough to the one before to be had with it.
fn run_length(found: &[Found]) -> usize {
    let near = found.windows(2).take_while(|pair| matches!(pair, [a, b] if b.ino - a.ino <= GAP));
    (near.count() + 1).min(found.len())
}

/// Gets the metadata of entries that lie near each other, `first` being the first one's inode.
fn look_up_run(search: &mut Search, subvolume: &Subvolume, first: u64, run: &mut [Found]) {
    let last = run.last().map_or(first, |entry| entry.ino);
    let mut rest = run.iter_mut().peekable();
    let outcome = each(search, &subvolume.fd, inodes(first, last), |item| {
        let Key { object, kind, .. } = item.key;
        if kind == INODE_ITEM {
            while rest.next_if(|entry| entry.ino < object).is_some() {}
            // Several names of one inode follow each other.
            while let Some(entry) = rest.next_if(|entry| entry.ino == object) {
                entry.meta = meta(item.bytes, object, subvolume.dev, subvolume.sector_bytes).ok_or(Errno::IO);
            }
        }
        ControlFlow::<()>::Continue(())
    });
    if let ControlFlow::Continue(Err(errno)) = outcome {
        rest.for_each(|entry| entry.meta = Err(errno));
    }
}

/// Hands every item of a range to `take`, until it breaks.
fn each<B>(
    search: &mut Search,
    dir: &OwnedFd,
    (mut from, to): (Key, Key),
    mut take: impl FnMut(&Item<'_>) -> ControlFlow<B>,
) -> ControlFlow<B, Result<(), Errno>> {
    loop {
        let mut items = match search.items(dir.as_fd(), from, to) {
            Ok(items) => items,
            Err(errno) => return ControlFlow::Continue(Err(errno)),
        };
        let mut last = None;
        for item in items.by_ref() {
            last = Some(item.key);
            take(&item)?;
        }
        match last.and_then(Key::next) {
            Some(next) if items.may_go_on() && next <= to => from = next,
            _ => return ControlFlow::Continue(Ok(())),
        }
    }
}

/// Opens a directory below the root by its path, to be searched.
fn open_again(path: &[u8], root_length: usize) -> Result<OwnedFd, Error> {
    let fd = reopen(path, root_length, Links::Report)?;
    openat(fd, c".", OPEN, Mode::empty()).map_err(|errno| Error::at("openat", path, errno))
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "btrfs-search",
    about: "one thread; btrfs's tree search for entries and metadata; synced before the clock runs; as root, on btrfs",
    wants: &Want::ALL,
    factors: Factors::reading(ReadWith::TreeSearch),
    open: Open::Alone(|_| {
        sys_admin(CALL)?;
        Ok(Box::new(TreeSearch::default()))
    }),
}];
