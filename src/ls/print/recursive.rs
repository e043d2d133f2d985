//! `-R`: directories below directories, listed by several threads, printed in GNU's order.
//!
//! Who lists what, and when it is printed, is [`super::segments`]'s business; what waits to be listed is in
//! [`super::pending`]. Here one directory is opened, listed, and its subdirectories added to what waits. It is opened
//! relative to its parent, which makes trees deeper than PATH_MAX no different from others; paths, descriptors and
//! closed parents are seen to as by the walkers (`walk::node`, `walk::room`, `walk::reopen`).

use super::directory;
use super::listing::Listed;
use super::output::Output;
use super::pending::{Above, Waiting};
use super::segments::{Rest, Run, Segments};
use crate::error::Error;
use crate::list::Handle;
use crate::ls::ask::options::Dereference;
use crate::ls::read::crew::Crew;
use crate::ls::read::directory::{Reading, Tools};
use crate::ls::read::look_up::{Place, already_listed, failed_on};
use crate::ls::read::stats::{Call, Phase, Stats};
use crate::ls::show::line::Writer;
use crate::ls::show::page::Pages;
use fswalk::team::{into_inner, lock, with_helpers};
use fswalk::walk::Links;
use fswalk::walk::node::{Node, PathOf};
use fswalk::walk::reopen::reopen;
use fswalk::walk::room::{Asks, Room};
use rustix::fs::{Mode, fstat, openat};
use rustix::io::Errno;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, OnceLock};

/// Number of directories to list before threads are started.
const WORTH_THREADS: usize = 16;
/// From this size on, a directory is read by several threads.
const LARGE_BYTES: i64 = 1 << 20;

/// What the threads share.
struct Tree<'t> {
    roots: &'t [Root],
    links: Links,
    /// Descriptors for keeping directories open, and the number of threads for which there are enough.
    room: &'t OnceLock<(Arc<Room>, usize)>,
}

/// A directory named on the command line.
struct Root {
    named: Vec<u8>,
    /// Length without the slashes at its end: paths below it start with so much of it.
    below: usize,
}

/// One thread's things.
struct Hand<'o, 't> {
    reading: Reading<'o>,
    tree: &'t Tree<'t>,
    tools: Tools<'o>,
    writer: Writer<'o>,
    stats: Stats,
    path: PathOf,
    /// The subdirectories of the directory in hand, each ended by a NUL.
    names: Vec<u8>,
    /// A directory that there was no room to keep open: its children are likely next.
    last: Option<(Arc<Node>, OwnedFd)>,
}

/// Lists the directories and everything below them.
pub(crate) fn list<'o>(reading: Reading<'o>, roots: Vec<Vec<u8>>, output: &mut Output<'o>) {
    if roots.is_empty() {
        return;
    }
    let roots: Vec<Root> = roots.into_iter().map(Root::new).collect();
    let room = OnceLock::new();
    let links = if reading.options.dereference == Dereference::Always { Links::Follow } else { Links::Report };
    let tree = Tree { roots: &roots, links, room: &room };
    let order = Segments::new(Waiting::roots(roots.len()), output);
    let mut hand = Hand::new(reading, &tree);
    let Some(mut run) = order.take() else { return };
    // A tree of a few directories is listed before a thread has started.
    let mut flow = ControlFlow::Continue(());
    for _ in 0..WORTH_THREADS {
        if flow.is_continue() {
            flow = hand.step(&order, &mut run);
        }
    }
    let helpers = if run.rest.can_split() { tree.room(reading.crew).1 - 1 } else { 0 };
    if helpers > 0 {
        order.expect_others();
    }
    let all = Mutex::new(Stats::default());
    let help = |_| Hand::new(reading, &tree).work(&order, None, &all);
    with_helpers(0..helpers, help, || hand.work(&order, Some(run), &all));
    if let Some(output) = order.into_output() {
        output.stats.fold(&into_inner(all));
    }
}

impl<'t> Tree<'t> {
    fn room(&self, crew: Crew<'_>) -> &'t (Arc<Room>, usize) {
        self.room.get_or_init(|| {
            let room = Room::new(usize::MAX);
            let threads = room.ask(Asks::For(crew.threads()));
            (room, threads)
        })
    }

    /// The path that those below the root start with.
    fn below(&self, root: usize) -> &'t [u8] {
        let root = &self.roots[root];
        &root.named[..root.below]
    }
}

impl Root {
    fn new(named: Vec<u8>) -> Self {
        let last = named.iter().rposition(|&byte| byte != b'/');
        // Nothing but slashes: the root of all.
        Self { below: last.map_or(named.len(), |last| last + 1), named }
    }
}

impl<'o, 't> Hand<'o, 't> {
    fn new(reading: Reading<'o>, tree: &'t Tree<'t>) -> Self {
        Self {
            reading,
            tree,
            tools: Tools::new(reading),
            writer: Writer::new(reading.options, reading.owners),
            stats: Stats::default(),
            path: PathOf::default(),
            names: Vec::new(),
            last: None,
        }
    }

    /// Works on one segment after another, beginning with `begun`.
    fn work(mut self, order: &Segments<'t, 'o, Waiting>, begun: Option<Run<'t, 'o, Waiting>>, all: &Mutex<Stats>) {
        let mut next = begun.or_else(|| order.take());
        while let Some(mut run) = next {
            while self.step(order, &mut run).is_continue() {}
            order.leave(run);
            next = order.take();
        }
        self.stats.fold(&self.tools.gatherer.stats);
        lock(all).fold(&self.stats);
    }

    /// Lists one directory of the segment; whether it goes on.
    fn step(&mut self, order: &Segments<'t, 'o, Waiting>, run: &mut Run<'t, 'o, Waiting>) -> ControlFlow<()> {
        let Some((of, at)) = run.rest.next() else { return ControlFlow::Break(()) };
        self.visit(of, at, &mut run.rest, &mut run.made);
        order.meet(run)
    }

    /// Lists one directory, and adds those in it to what waits.
    fn visit(&mut self, of: Above, at: usize, rest: &mut Waiting, made: &mut Pages) {
        let Self { reading, tree, tools, writer, stats, path, names, last } = self;
        let (root, parent, status, path) = match &of {
            Above::Nobody => (at, None, 2, tree.roots.get(at).map_or(&b""[..], |root| &root.named)),
            Above::Parent { node, root, .. } => {
                (*root, Some(node), 1, path.child(node, node.name(at), tree.below(*root)))
            }
        };
        let failed = |what, errno| vec![failed_on(what, path, errno, status)];
        stats.calls.add(Call::Openat);
        let fd = match open(&of, at, path, tree, last.as_ref()) {
            Ok(fd) => fd,
            Err(errno) => return made.complain(&mut failed(c"cannot open directory %s", errno)),
        };
        stats.calls.add(Call::Fstat);
        let stat = match fstat(&fd) {
            Ok(stat) => stat,
            Err(errno) => {
                return made.complain(&mut failed(c"cannot determine device and inode of %s", errno));
            }
        };
        #[allow(clippy::unnecessary_cast)] // the widths differ between targets
        let identity = (stat.st_dev as u64, stat.st_ino as u64);
        if parent.is_some_and(|parent| parent.is_within(identity)) {
            return made.complain(&mut vec![already_listed(path)]);
        }
        // One directory has all threads only where that is worth more than what they do otherwise.
        let crew = if stat.st_size >= LARGE_BYTES { reading.crew } else { Crew::Alone };
        let reading = Reading { status, crew, ..*reading };
        let place = Place { fd: fd.as_fd(), path: Some(path) };
        let mut listed = Listed::read(&reading, place, tools, stats);
        writer.enter(path);
        let mut complaints = Vec::new();
        directory::heading(writer, path, &mut complaints, &mut made.page);
        made.complain(&mut complaints);
        made.complain(&mut listed.complaints);
        let start = tools.timing.start();
        listed.total(reading.options, &mut made.page);
        listed.print(writer, &mut made.page);
        stats.spend(Phase::Format, start);
        names.clear();
        listed.append_directories(names);
        listed.recycle(tools);
        if !names.is_empty() {
            let length = if parent.is_some() { path.len() } else { tree.below(root).len() };
            let node = Node::new(parent.map(|parent| (Arc::clone(parent), at)), length, names, Some(identity));
            let node = Arc::new(node);
            let kept = match tree.room(self.reading.crew).0.keep(Handle::Fd(fd)) {
                Ok(kept) => Some(Arc::new(kept)),
                Err(Handle::Fd(fd)) => {
                    *last = Some((Arc::clone(&node), fd));
                    None
                }
                Err(Handle::Held(_)) => None,
            };
            rest.push(Above::Parent { node, kept, root }, names.len());
        }
    }
}

/// Opens a directory relative to its parent, which may have to be opened again.
fn open(
    of: &Above,
    at: usize,
    path: &[u8],
    tree: &Tree<'_>,
    last: Option<&(Arc<Node>, OwnedFd)>,
) -> Result<OwnedFd, Errno> {
    let Above::Parent { node, kept, root } = of else { return directory::open(path) };
    let name = node.c_name(at).expect("the name was found in this node");
    let child = |parent: BorrowedFd<'_>| openat(parent, name, directory::OPEN, Mode::empty());
    match (kept, last) {
        (Some(kept), _) => child(kept.as_fd()),
        (None, Some((last, fd))) if Arc::ptr_eq(last, node) => child(fd.as_fd()),
        (None, _) => {
            let parent = path.get(..node.path_length()).unwrap_or(path);
            let errno = |error: Error| Errno::from_io_error(&error.source).unwrap_or(Errno::IO);
            child(reopen(parent, tree.below(*root).len(), tree.links).map_err(errno)?.as_fd())
        }
    }
}
