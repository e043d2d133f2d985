//! One job of a walk: a directory is opened and listed, and makes the jobs that follow.

use super::ahead::Ahead;
use super::choices::Links;
use super::entry::{Entry, name_of_root};
use super::gather::{Gather, Within};
use super::node::{LINK, Node, PathOf};
use super::path::below;
use super::room::{Asks, Kept};
use super::stealing::Walking;
use super::visitor::{Directory, Next, Place, Rooted, Visitor};
use crate::error::Error;
use crate::list::range::Ranges;
use crate::list::{self, Dir, Handle, Leave, Lister, Rest, Want};
use crate::system::{look_up, reopen};
use rustix::fs::fstat;
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

/// A directory to be listed.
pub(super) struct Job<S> {
    /// Where it is.
    node: Arc<Node<S>>,
    /// `node`'s directory, open; `None` of a root, and where there was no room.
    kept: Option<Arc<Kept>>,
    part: Part,
}

/// What of a job's node is to be listed.
#[derive(Clone, Copy)]
enum Part {
    /// The root, which is the node.
    Root,
    /// The child whose name starts there.
    Child(usize),
    /// That one of the node's own ranges.
    Range(Ranges, usize),
    /// What of the node's own directory comes after the position of the descriptor that is kept.
    Unread,
}

/// What one thread works with.
pub(super) struct Hand<S> {
    pub(super) deque: crossbeam_deque::Worker<Job<S>>,
    path: PathOf<S>,
    /// A directory that there was no room to keep: its children are likely next.
    last: Option<(Weak<Node<S>>, Handle)>,
    buffers: Buffers,
}

/// What a directory is listed with, and what of it is kept meanwhile.
struct Buffers {
    lister: Box<dyn Lister>,
    /// Its subdirectories, and where each name starts.
    names: Vec<u8>,
    starts: Vec<usize>,
    ahead: Ahead,
}

/// Where a job is.
struct Here<'a, S> {
    node: &'a Arc<Node<S>>,
    part: Part,
    /// Path of its root.
    root: &'a [u8],
    /// The directory that it is in, and where in its names there its name starts.
    above: Option<(&'a Arc<Node<S>>, usize)>,
    depth: usize,
    identity: Option<(u64, u64)>,
}

impl<'a, S: Default> Here<'a, S> {
    fn new(node: &'a Arc<Node<S>>, part: Part, root: &'a [u8], identity: Option<(u64, u64)>) -> Self {
        let above = match part {
            Part::Root => None,
            Part::Child(start) => Some((node, start)),
            Part::Range(..) | Part::Unread => node.parent.as_ref().map(|(parent, start)| (parent, *start)),
        };
        let depth = above.map_or(0, |(parent, _)| parent.depth + 1);
        Self { node, part, root, above, depth, identity }
    }

    /// The node of the directory, of which the visitor made `own`, or of a part of it.
    fn made(&self, own: Option<S>, path_length: usize, names: &[u8]) -> Node<S> {
        match own {
            Some(state) => {
                let parent = self.above.map(|(parent, start)| (Arc::clone(parent), start));
                Node::new(parent, path_length, names, self.identity).entered(self.node.root, state)
            }
            None => Node::part_of(self.node, names),
        }
    }

    fn above_state(&self) -> Option<&S> {
        self.above.map(|(parent, _)| parent.state())
    }
}

/// What came of a listing.
struct Listed<S> {
    /// What the visitor made of the directory; `None` of a part.
    own: Option<S>,
    rest: Option<Rest>,
    outcome: Result<(), Error>,
}

impl<S: Default + Send + Sync> Walking<'_, S> {
    /// Does one job.
    pub(super) fn job<V: Visitor<State = S>>(&self, hand: &mut Hand<S>, job: Job<S>, visitor: &mut V, leave: Leave) {
        if self.is_stopped() {
            self.schedule.stop();
            return;
        }
        let Job { node, kept, part } = job;
        let depth = node.depth + usize::from(matches!(part, Part::Child(_)));
        if let Err(error) = self.list(hand, &node, kept, part, visitor, leave)
            && visitor.error(error.at_depth(depth)).is_break()
        {
            self.schedule.stop();
        }
        self.release(node, visitor);
        if visitor.listed().is_break() {
            self.schedule.stop();
        }
        self.schedule.finish();
    }

    /// Lets go of a node; the visitor is told of what has ended with it.
    fn release<V: Visitor<State = S>>(&self, node: Arc<Node<S>>, visitor: &mut V) {
        if self.schedule.is_stopped() {
            return;
        }
        Node::release(node, |node, state| {
            // A root that was not listed: its node was never entered.
            if node.is_entered() {
                let place = Rooted(node, self.root(node.root));
                let directory = Directory {
                    place: Place::Above(&place),
                    root: self.root(node.root),
                    depth: node.depth,
                    fd: None,
                    ahead: None,
                };
                visitor.leave(&directory, state, node.parent.as_ref().map(|(parent, _)| parent.state()));
            }
        });
    }

    /// Opens and lists, and makes the jobs that follow.
    fn list<V: Visitor<State = S>>(
        &self,
        hand: &mut Hand<S>,
        node: &Arc<Node<S>>,
        kept: Option<Arc<Kept>>,
        part: Part,
        visitor: &mut V,
        leave: Leave,
    ) -> Result<(), Error> {
        let root = self.root(node.root);
        let mut dir = Dir::root(&self.walk.roots[node.root]);
        if matches!(part, Part::Root) && !self.report_root(root, &mut dir, visitor)? {
            return Ok(());
        }
        let Hand { deque, path, last, buffers } = hand;
        let mut reopened = None;
        let mut may_lead_nowhere = self.walk.min_depth == 0;
        if !matches!(part, Part::Root) {
            let last = last.as_ref().filter(|(last, _)| std::ptr::eq(last.as_ptr(), Arc::as_ptr(node)));
            let at = match (&kept, last) {
                (Some(kept), _) => kept.as_fd(),
                (None, Some((_, handle))) => handle.as_fd(),
                (None, None) => {
                    let fd = reopen(path.node(node, root), root.len(), self.walk.links)?;
                    (*reopened.insert(fd)).as_fd()
                }
            };
            (dir, may_lead_nowhere) = Self::dir(node, at, part, path, root);
        }
        if let (Part::Unread, Some(kept)) = (part, &kept) {
            dir.hold(Arc::clone(kept));
        }
        match open(&mut dir) {
            // A link that leads to no directory was only reported.
            Err(error) if may_lead_nowhere && leads_nowhere(&error) => return Ok(()),
            opened => opened?,
        }
        let identity = match part {
            Part::Range(..) | Part::Unread => node.identity,
            Part::Root | Part::Child(_) => self.identity(&mut dir, node.root, matches!(part, Part::Root))?,
        };
        let here = Here::new(node, part, root, identity);
        let Some(Listed { own, rest, outcome }) = self.enter_and_list(&here, &mut dir, buffers, visitor, leave)? else {
            return Ok(());
        };
        if buffers.starts.is_empty() && rest.is_none() {
            if let Some(state) = own {
                let place = Place::Path(dir.path());
                let directory = Directory { place, root, depth: here.depth, fd: None, ahead: None };
                visitor.leave(&directory, state, here.above_state());
            }
            return outcome;
        }
        let made = Arc::new(here.made(own, dir.path().len(), &buffers.names));
        let handle = dir.into_handle()?;
        if !matches!(part, Part::Root) {
            path.is_of(&made);
        }
        let kept = match (part, kept) {
            (Part::Unread, Some(kept)) => Some(kept),
            _ => match self.keep(handle, rest) {
                Ok(kept) => Some(Arc::new(kept)),
                Err(handle) => {
                    *last = Some((Arc::downgrade(&made), handle));
                    None
                }
            },
        };
        self.push(deque, &made, kept.as_ref(), &buffers.starts, rest);
        self.release(made, visitor);
        outcome
    }

    /// The directory that a job is about, to be opened relative to `at`, its node's, and whether it may turn out to be none: a link.
    fn dir<'d>(
        node: &'d Arc<Node<S>>,
        at: BorrowedFd<'d>,
        part: Part,
        path: &'d mut PathOf<S>,
        root: &[u8],
    ) -> (Dir<'d>, bool) {
        let below = below(root);
        let Part::Child(start) = part else {
            return (Dir::child(at, b".", path.node(node, root), below), false);
        };
        let name = node.name(start);
        let link = name.strip_prefix(LINK);
        let name = link.unwrap_or(name);
        let path = path.child(node, name, root);
        let dir = Dir::child(at, &path[path.len() - name.len()..], path, below);
        (if link.is_some() { dir.followed() } else { dir }, link.is_some())
    }

    /// Tells the visitor of an open directory and what is in it. `None` where nothing further is to be done with it.
    fn enter_and_list<V: Visitor<State = S>>(
        &self,
        here: &Here<'_, S>,
        dir: &mut Dir<'_>,
        buffers: &mut Buffers,
        visitor: &mut V,
        leave: Leave,
    ) -> Result<Option<Listed<S>>, Error> {
        let &Here { node, part, root, depth, identity, .. } = here;
        let Buffers { lister, names, starts, ahead } = buffers;
        names.clear();
        starts.clear();
        let reads_ahead = V::READS_AHEAD || self.walk.sorts;
        let (mut rest, mut outcome) = (None, Ok(()));
        if reads_ahead {
            ahead.clear(depth + 1);
            outcome = lister.list(dir, self.want, ahead);
            if self.walk.sorts {
                ahead.sort();
            }
        }
        let mut own = None;
        if !matches!(part, Part::Range(..) | Part::Unread) {
            let (place, ahead) = (Place::Path(dir.path()), reads_ahead.then_some(&*ahead));
            let fd = Some(dir.fd()?);
            own = visitor.enter(&Directory { place, root, depth, fd, ahead }, here.above_state());
            if own.is_none() {
                return outcome.map(|()| None);
            }
        }
        let state = own.as_ref().unwrap_or_else(|| node.state());
        let above = here.above.map(|(parent, _)| parent);
        let within = Within { walking: self, root, number: node.root, path: dir.path(), identity, above };
        let mut gather = Gather { visitor, state, names, starts, depth: depth + 1, within, stop: false };
        if reads_ahead {
            gather.replay(ahead, dir)?;
        } else {
            let listed = match part {
                Part::Range(ranges, index) => {
                    let range = ranges.get(index).expect("a job is made for each range that there is");
                    lister.list_part(dir, range, self.want, &mut gather).map(|()| None)
                }
                _ => lister.list_or_leave(dir, self.want, leave, &mut gather),
            };
            match listed {
                Ok(left) => rest = left,
                Err(error) => outcome = Err(error),
            }
        }
        if gather.stop {
            self.schedule.stop();
            return Ok(None);
        }
        Ok(Some(Listed { own, rest, outcome }))
    }

    /// Keeps a directory open where there is room; and where there is not, if it must be read on.
    fn keep(&self, handle: Handle, rest: Option<Rest>) -> Result<Kept, Handle> {
        let room = self.room();
        room.keep(handle).or_else(|handle| {
            if room.is_unasked() {
                room.ask(Asks::For(1));
            }
            match rest {
                Some(Rest::Unread) => Ok(room.keep_all_the_same(handle)),
                _ => room.keep(handle),
            }
        })
    }

    /// Reports a root, unless it is nearer than what is asked for, and answers whether to list it. `dir` may be open then.
    fn report_root<'r, V: Visitor<State = S>>(
        &self,
        root: &'r [u8],
        dir: &mut Dir<'r>,
        visitor: &mut V,
    ) -> Result<bool, Error> {
        if self.walk.min_depth > 0 {
            return Ok(true);
        }
        let name = name_of_root(root);
        // Most are directories and no links: where that is all that is asked, opening answers it.
        if self.want < Want::Metadata && self.walk.max_depth > 0 {
            let mut opened = Dir::by_path(root, root.len());
            if let Some(stat) = opened.fd().ok().and_then(|fd| fstat(fd).ok()) {
                let kind = list::Kind::Directory;
                #[allow(clippy::unnecessary_cast)] // the widths differ between targets
                let ino = stat.st_ino as u64;
                let listed = list::Entry { dir: b"", name, kind, ino, position: None, meta: None };
                let entry = Entry { listed: &listed, error: None, dir: None, root, depth: 0, is_link: false };
                *dir = opened;
                return Ok(self.next_of_root(&entry, visitor) == Next::Enter);
            }
        }
        let look = |follow| look_up(rustix::fs::CWD, root, follow).map_err(|errno| Error::at("statx", root, errno));
        let mut meta = look(false)?;
        let mut is_link = meta.is_symlink();
        let leads_on = is_link;
        if is_link && self.walk.links == Links::Follow {
            meta = look(true)?;
        } else {
            is_link = false;
        }
        let (kind, ino) = (meta.kind(), meta.ino);
        let meta = (self.want == Want::Metadata).then_some(&meta);
        let listed = list::Entry { dir: b"", name, kind, ino, position: None, meta };
        let entry = Entry { listed: &listed, error: None, dir: None, root, depth: 0, is_link };
        let next = self.next_of_root(&entry, visitor);
        Ok(next == Next::Enter && (kind.is_dir() || leads_on) && self.walk.max_depth > 0)
    }

    fn next_of_root<V: Visitor<State = S>>(&self, entry: &Entry<'_>, visitor: &mut V) -> Next {
        let next = if self.walk.takes(entry) { visitor.entry(entry, &S::default()) } else { Next::Skip };
        if next == Next::Stop {
            self.schedule.stop();
        }
        next
    }

    /// Makes a job for each subdirectory and each part, so that the first is taken first.
    fn push(
        &self,
        deque: &crossbeam_deque::Worker<Job<S>>,
        node: &Arc<Node<S>>,
        kept: Option<&Arc<Kept>>,
        starts: &[usize],
        rest: Option<Rest>,
    ) {
        let ranges = match rest {
            Some(Rest::Ranges(ranges)) => Some(ranges),
            _ => None,
        };
        let parts = ranges.iter().flat_map(|ranges| (0..ranges.count()).map(|index| Part::Range(*ranges, index)));
        let parts = parts.chain(matches!(rest, Some(Rest::Unread)).then_some(Part::Unread));
        let count = ranges.map_or(0, |ranges| ranges.count()) + usize::from(matches!(rest, Some(Rest::Unread)));
        let children = starts.iter().rev().map(|&start| Part::Child(start));
        let jobs = children.chain(parts).map(|part| Job { node: Arc::clone(node), kept: kept.cloned(), part });
        self.schedule.push(deque, starts.len() + count, jobs);
    }

    /// Who the open directory is, where that matters.
    fn identity(&self, dir: &mut Dir<'_>, root: usize, is_root: bool) -> Result<Option<(u64, u64)>, Error> {
        let is_device_wanted = is_root && self.walk.same_file_system;
        if self.walk.links == Links::Report && !is_device_wanted {
            return Ok(None);
        }
        let stat = fstat(dir.fd()?).map_err(|errno| dir.error("fstat", errno))?;
        #[allow(clippy::unnecessary_cast)] // the widths differ between targets
        let identity = (stat.st_dev as u64, stat.st_ino as u64);
        if is_device_wanted {
            let _ = self.devices[root].set(identity.0);
        }
        Ok(Some(identity))
    }
}

impl<S: Default> Job<S> {
    /// Root number `number`, whose path has so many bytes.
    pub(super) fn of_root(number: usize, path_length: usize) -> Self {
        Self { node: Arc::new(Node::of_root(number, path_length)), kept: None, part: Part::Root }
    }
}

impl<S> Hand<S> {
    pub(super) fn new(deque: crossbeam_deque::Worker<Job<S>>, lister: Box<dyn Lister>) -> Self {
        let buffers = Buffers { lister, names: Vec::new(), starts: Vec::new(), ahead: Ahead::default() };
        Self { deque, path: PathOf::default(), last: None, buffers }
    }
}

/// Opens it. Where the program or the system has no descriptor left just now, that is nothing about the directory: somebody
/// gives one back, and for some seconds it is tried again.
pub(super) fn open(dir: &mut Dir<'_>) -> Result<(), Error> {
    let (mut pause, mut waited) = (Duration::from_millis(1), Duration::ZERO);
    loop {
        match dir.fd() {
            Err(error) if is_exhausted(&error) && waited < LONGEST_WAIT => {
                thread::sleep(pause);
                waited += pause;
                pause = (pause * 2).min(Duration::from_millis(50));
            }
            other => return other.map(drop),
        }
    }
}

/// How long a directory waits for a descriptor before that is its error after all.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

fn is_exhausted(error: &Error) -> bool {
    matches!(Errno::from_io_error(&error.source), Some(Errno::MFILE | Errno::NFILE))
}

/// Whether what a link leads to is simply no directory.
pub(super) fn leads_nowhere(error: &Error) -> bool {
    matches!(Errno::from_io_error(&error.source), Some(Errno::NOTDIR | Errno::NOENT | Errno::NXIO))
}
