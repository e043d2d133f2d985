//! Removes a tree: removes what is still as it was made; names all else, which stays.
//!
//! What the manifest proves is that an entry of this name, of this kind, was made here. That it still is that entry
//! shows in there being nothing in it to lose: an empty file, a link with the target it was given, a pipe, a socket,
//! and in the end a directory that is empty. So each costs a look before it goes. (Between the look and the removal
//! somebody may still write to a file: no call removes a file on condition.)
//!
//! A directory goes when the last task that holds its node lets go of it: nobody waits for anybody, however deep the
//! tree.

use super::finding::{Deviation, Findings, Found};
use super::look::{self, Failed};
use super::manifest::Manifest;
use super::plan::ROOT;
use super::root::{self, Lock, Origin};
use super::shape::What;
use super::work::{Steps, Work, pool};
use crate::error::Error;
use rayon::Scope;
use rustix::fs::{AtFlags, CWD, unlinkat};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What became of a tree.
#[derive(Debug)]
pub struct Removal {
    /// How many entries were removed.
    pub removed: u64,
    /// What stays, and why. While anything does, so does the manifest.
    pub left: Findings,
    /// Nothing kept others from making or removing a tree there meanwhile: why.
    pub unlocked: Option<Error>,
}

/// Removes the tree at `root` and its manifest: a root that [`super::generate`] made too, one that it found stays.
/// `progress` and `stop` are as there; stopped, it can be called again.
///
/// # Errors
/// When there is no manifest, it contradicts itself or was written for another directory, the root is no directory,
/// somebody else is at work in it, or it was stopped. What cannot be removed is left, with its error.
pub fn remove(root: &Path, progress: &(dyn Fn(u64) + Sync), stop: &AtomicBool) -> Result<Removal, Error> {
    let root = root::named(root)?;
    let fd = match root::open(root) {
        Ok(fd) => fd,
        // Somebody removed it before us.
        Err(error) if Errno::from_io_error(&error.source) == Some(Errno::NOENT) => {
            Manifest::read(root)?;
            Manifest::remove(root)?;
            return Ok(Removal { removed: 0, left: Findings::default(), unlocked: None });
        }
        Err(error) => return Err(error),
    };
    let unlocked = match root::lock(root, &fd)? {
        Lock::Held => None,
        Lock::Impossible(errno) => Some(Error::new("flock", root, errno)),
    };
    let manifest = Manifest::trusted(root, &fd)?;
    let pool = pool(root)?;
    let plan = manifest.plan(root, &pool, stop)?;
    let strip = Strip { work: Work::new(root, &plan, progress, stop), found: Found::default(), origin: manifest.root };
    pool.scope(|scope| strip.directory(scope, Node { index: ROOT, fd, parent: None }));
    let removed = strip.work.end("gen")?;
    let left = strip.found.into_findings();
    if left.total == 0 {
        Manifest::remove(root)?;
    }
    Ok(Removal { removed, left, unlocked })
}

/// A directory that is being emptied.
struct Node {
    index: u32,
    fd: OwnedFd,
    parent: Option<Arc<Node>>,
}

struct Strip<'w> {
    work: Work<'w>,
    found: Found,
    origin: Origin,
}

impl Strip<'_> {
    fn enter<'s>(&'s self, scope: &Scope<'s>, index: u32, parent: Arc<Node>) {
        if !self.work.goes_on() {
            return;
        }
        let mut name = Vec::new();
        self.work.plan.push_name(index, &mut name);
        match look::open(parent.fd.as_fd(), &name) {
            Ok(fd) => self.directory(scope, Node { index, fd, parent: Some(parent) }),
            Err(failed) => {
                match look::not_opened(parent.fd.as_fd(), &name, failed) {
                    Ok(Deviation::Missing) => {}
                    Ok(what) => self.found.add(|| self.work.path(index), what),
                    Err(failed) => self.failed(index, None, failed),
                }
                self.leave(parent);
            }
        }
    }

    fn directory<'s>(&'s self, scope: &Scope<'s>, node: Node) {
        let node = Arc::new(node);
        for child in self.work.plan.children(node.index) {
            let parent = Arc::clone(&node);
            scope.spawn(move |scope| self.enter(scope, child, parent));
        }
        let mut steps = self.work.steps();
        // An error says only that it was asked to stop.
        let _ = self.work.plan.files(node.index, |name, what| {
            self.file(&node, name, what, &mut steps);
            if self.work.goes_on() { Ok(()) } else { Err(()) }
        });
        drop(steps);
        self.leave(node);
    }

    fn file(&self, node: &Node, name: &[u8], what: What, steps: &mut Steps<'_>) {
        let outcome = match look::deviation(node.fd.as_fd(), name, what) {
            Ok(None) => unlinkat(&node.fd, name, AtFlags::empty()).map_err(|errno| ("unlinkat", errno)),
            Ok(Some(Deviation::Missing)) => return,
            Ok(Some(what)) => return self.found.add(|| self.work.path_of(node.index, name), what),
            Err(failed) => Err(failed),
        };
        match outcome {
            Ok(()) => steps.step(),
            Err(failed) => self.failed(node.index, Some(name), failed),
        }
    }

    /// One task is done with `node`; the last one removes it, and so lets go of its parent.
    fn leave(&self, mut node: Arc<Node>) {
        while let Some(Node { index, fd, parent }) = Arc::into_inner(node) {
            if !self.work.goes_on() {
                return;
            }
            let removed = match &parent {
                Some(parent) => {
                    let mut name = Vec::new();
                    self.work.plan.push_name(index, &mut name);
                    unlinkat(&parent.fd, &*name, AtFlags::REMOVEDIR)
                }
                None if self.origin == Origin::Made => unlinkat(CWD, self.work.root, AtFlags::REMOVEDIR),
                // It stays: what is in it beside ours is to be named all the same.
                None => Err(Errno::NOTEMPTY),
            };
            match removed {
                // The root is not one of the entries.
                Ok(()) if parent.is_some() => self.work.steps().step(),
                Ok(()) => {}
                Err(Errno::NOTEMPTY | Errno::EXIST) => self.others(index, &fd),
                Err(errno) => self.failed(index, None, ("unlinkat", errno)),
            }
            match parent {
                Some(parent) => node = parent,
                None => return,
            }
        }
    }

    /// What is left in a directory and was never ours.
    fn others(&self, index: u32, fd: &OwnedFd) {
        match look::foreign(self.work.plan, index, fd.as_fd()) {
            Ok(names) => {
                for name in names {
                    self.found.add(|| self.work.path_of(index, &name), Deviation::Foreign);
                }
            }
            Err(failed) => self.failed(index, None, failed),
        }
    }

    fn failed(&self, index: u32, name: Option<&[u8]>, (call, errno): Failed) {
        let path = || name.map_or_else(|| self.work.path(index), |name| self.work.path_of(index, name));
        self.found.add(path, Deviation::Failed(Error::new(call, path(), errno)));
    }
}
