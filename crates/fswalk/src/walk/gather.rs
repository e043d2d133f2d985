//! Between a lister and a visitor: makes walk entries of what is listed, follows links, and keeps the directories to descend into.

use super::ahead::Ahead;
use super::choices::Links;
use super::entry::Entry;
use super::node::{LINK, Node};
use super::path::push_name;
use super::stealing::Walking;
use super::visitor::{Next, Visitor};
use crate::error::Error;
use crate::list::{self, Dir, Kind, Sink, Want};
use crate::system::{device_unasked, look_up};
use rustix::fs::CWD;
use rustix::io::Errno;
use std::ops::ControlFlow;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

/// The directory that is being listed.
pub(super) struct Within<'a, 'w, S: Send + Sync> {
    pub(super) walking: &'a Walking<'w, S>,
    /// Path of its root, and the root's number.
    pub(super) root: &'a [u8],
    pub(super) number: usize,
    /// Its own path.
    pub(super) path: &'a [u8],
    /// Its own, where links are followed.
    pub(super) identity: Option<(u64, u64)>,
    /// The directory that it is in.
    pub(super) above: Option<&'a Arc<Node<S>>>,
}

/// The sink between a lister and the visitor.
pub(super) struct Gather<'a, 'w, V: Visitor> {
    pub(super) visitor: &'a mut V,
    /// Of the directory.
    pub(super) state: &'a V::State,
    pub(super) names: &'a mut Vec<u8>,
    pub(super) starts: &'a mut Vec<usize>,
    /// Of the entries.
    pub(super) depth: usize,
    pub(super) within: Within<'a, 'w, V::State>,
    pub(super) stop: bool,
}

impl<V: Visitor> Gather<'_, '_, V> {
    /// Reports what was read ahead.
    pub(super) fn replay(&mut self, ahead: &mut Ahead, dir: &mut Dir<'_>) -> Result<(), Error> {
        let below = dir.below();
        let fd = dir.fd()?;
        for error in ahead.take_errors() {
            if self.error(error).is_break() {
                return Ok(());
            }
        }
        for index in 0..ahead.len() {
            let Some((entry, error)) = ahead.get(index, below) else { break };
            if self.found(Some(fd), &entry, error).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// One entry, and why there is no more of it.
    #[inline]
    fn found(
        &mut self,
        dir: Option<BorrowedFd<'_>>,
        listed: &list::Entry<'_>,
        error: Option<&Error>,
    ) -> ControlFlow<()> {
        let walk = &*self.within.walking.walk;
        if listed.kind == Kind::Symlink && walk.links == Links::Follow {
            return self.followed(dir, listed);
        }
        let (root, depth) = (self.within.root, self.depth);
        let next = self.report(&Entry { listed, error, dir, root, depth, is_link: false });
        if listed.kind == Kind::Directory
            && next == Next::Enter
            && self.depth < walk.max_depth
            && (!walk.same_file_system || self.is_here(dir, listed))
        {
            self.descend(b"", listed.name);
        }
        self.flow(next)
    }

    /// Keeps a directory to descend into; `mark` is [`LINK`] where a link leads to it.
    #[inline]
    fn descend(&mut self, mark: &[u8], name: &[u8]) {
        self.visitor.descends(self.depth >= self.within.walking.walk.min_depth);
        self.starts.push(self.names.len());
        self.names.extend_from_slice(mark);
        self.names.extend_from_slice(name);
        self.names.push(0);
    }

    /// A link: what it leads to is the entry.
    #[cold]
    fn followed(&mut self, dir: Option<BorrowedFd<'_>>, listed: &list::Entry<'_>) -> ControlFlow<()> {
        let mut path = self.within.path.to_vec();
        push_name(&mut path, listed.name);
        let found = dir.map_or_else(|| look_up(CWD, &path, true), |dir| look_up(dir, listed.name, true));
        let meta = match found {
            Ok(meta) => meta,
            Err(errno) => return self.error(Error::at("statx", &path, errno)),
        };
        let identity = (meta.dev, meta.ino);
        if meta.is_dir()
            && let Some(ancestor) = self.ancestor(identity)
        {
            return self.error(Error::at("statx", &path, Errno::LOOP).with_ancestor(&ancestor));
        }
        let walk = &*self.within.walking.walk;
        let wants = walk.want == Want::Metadata;
        let target = list::Entry { kind: meta.kind(), ino: meta.ino, meta: wants.then_some(&meta), ..*listed };
        let (root, depth) = (self.within.root, self.depth);
        let next = self.report(&Entry { listed: &target, error: None, dir, root, depth, is_link: true });
        let is_here = !walk.same_file_system || Some(meta.dev) == self.within.walking.device(self.within.number);
        if meta.is_dir() && next == Next::Enter && self.depth < walk.max_depth && is_here {
            self.descend(LINK, listed.name);
        }
        self.flow(next)
    }

    /// The path of the directory that is that one, if the walk is in it.
    fn ancestor(&self, identity: (u64, u64)) -> Option<Vec<u8>> {
        if self.within.identity == Some(identity) {
            return Some(self.within.path.to_vec());
        }
        let mut path = Vec::new();
        self.within.above?.find_above(identity)?.write_path(self.within.root, &mut path);
        Some(path)
    }

    /// Whether a directory is on the root's file system. It is not opened.
    fn is_here(&self, dir: Option<BorrowedFd<'_>>, listed: &list::Entry<'_>) -> bool {
        let Some(device) = self.within.walking.device(self.within.number) else { return true };
        let found = match (listed.meta, dir) {
            (Some(meta), _) => Some(meta.dev),
            (None, Some(dir)) => device_unasked(dir, listed.name).ok(),
            (None, None) => None,
        };
        // One that cannot be asked about is opened, which says why.
        found.is_none_or(|found| found == device)
    }

    #[inline]
    fn report(&mut self, entry: &Entry<'_>) -> Next {
        let walk = &*self.within.walking.walk;
        if self.depth < walk.min_depth {
            return Next::Enter;
        }
        if walk.takes(entry) { self.visitor.entry(entry, self.state) } else { Next::Skip }
    }

    #[inline]
    fn flow(&mut self, next: Next) -> ControlFlow<()> {
        self.stop = next == Next::Stop || self.within.walking.is_stopped();
        if self.stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl<V: Visitor> Sink for Gather<'_, '_, V> {
    fn entry(&mut self, entry: &list::Entry<'_>) -> ControlFlow<()> {
        self.found(None, entry, None)
    }

    #[inline]
    fn entry_in(&mut self, dir: BorrowedFd<'_>, entry: &list::Entry<'_>) -> ControlFlow<()> {
        self.found(Some(dir), entry, None)
    }

    fn entry_without(&mut self, dir: BorrowedFd<'_>, entry: &list::Entry<'_>, error: Error) -> ControlFlow<()> {
        self.found(Some(dir), entry, Some(&error.at_depth(self.depth)))
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        let flow = self.visitor.error(error.at_depth(self.depth));
        self.stop |= flow.is_break();
        flow
    }
}
