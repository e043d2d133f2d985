//! A walk, depth first, as an iterator: by name, or contents first.
//!
//! The thread that iterates is the walk's only one. Each directory is read whole, and the jobs of its subdirectories are taken in the
//! order in which they were found ([`super::schedule`] gives the youngest first, and they are pushed last to first). So when an
//! entry whose directory is to be entered has been given, the next job is that directory's: what it finds comes next.

use super::entries::Item;
use super::entry::{DirEntry, Entry};
use super::job::Hand;
use super::stealing::Walking;
use super::visitor::{Next, Visitor};
use super::walker::Walk;
use crate::error::Error;
use crate::list::Leave;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::vec;

/// Such a walk, as far as it has come.
pub(super) struct InOrder {
    walking: Walking<'static, ()>,
    hand: Hand<()>,
    /// The directories that it is in, from the root down.
    levels: Vec<Level>,
    contents_first: bool,
}

/// A directory that the walk is in.
struct Level {
    found: vec::IntoIter<Found>,
    /// Its own entry, if that comes after what is in it.
    own: Option<DirEntry>,
}

/// What was found in a directory.
enum Found {
    Item(Item),
    /// A directory that has a job; without its entry where that is not asked for.
    Directory(Option<DirEntry>),
}

impl InOrder {
    pub(super) fn new(walk: Walk) -> Self {
        let contents_first = walk.contents_first;
        let walking = Walking::new(Arc::new(walk), None);
        let hand = walking.first_hand().expect("the walk's own lister opens nothing");
        Self { walking, hand, levels: Vec::new(), contents_first }
    }

    pub(super) fn next(&mut self) -> Option<Item> {
        loop {
            let Some(level) = self.levels.last_mut() else {
                let root = self.enter(None)?;
                match root {
                    Some(item) => return Some(item),
                    None => continue,
                }
            };
            match level.found.next() {
                Some(Found::Item(item)) => return Some(item),
                Some(Found::Directory(entry)) => {
                    if let Some(Some(item)) = self.enter(entry) {
                        return Some(item);
                    }
                }
                None => {
                    if let Some(own) = self.levels.pop().and_then(|level| level.own) {
                        return Some(Ok(own));
                    }
                }
            }
        }
    }

    /// Does the next job, which is the directory's whose entry is `entry`, or a root's. Answers what comes before what is in
    /// it; `None` where there is no job.
    fn enter(&mut self, entry: Option<DirEntry>) -> Option<Option<Item>> {
        let mut keeping = Keeping { found: Vec::new(), own: entry };
        let is_going_on = self.walking.step(&mut self.hand, &mut keeping, Leave::Ranges);
        let Keeping { found, own } = keeping;
        let found = found.into_iter();
        let (first, own) = if self.contents_first { (None, own) } else { (own.map(Ok), None) };
        if is_going_on {
            self.levels.push(Level { found, own });
        }
        (is_going_on || first.is_some()).then_some(first)
    }
}

/// Keeps what a job finds.
struct Keeping {
    found: Vec<Found>,
    /// The directory's own entry.
    own: Option<DirEntry>,
}

impl Visitor for Keeping {
    type State = ();
    const READS_AHEAD: bool = true;

    fn entry(&mut self, entry: &Entry<'_>, (): &()) -> Next {
        let entry = entry.into_owned();
        if entry.depth() == 0 {
            self.own = Some(entry);
        } else {
            self.found.push(Found::Item(Ok(entry)));
        }
        Next::Enter
    }

    fn descends(&mut self, is_reported: bool) {
        let last = if is_reported { self.found.pop() } else { None };
        self.found.push(match last {
            Some(Found::Item(Ok(entry))) => Found::Directory(Some(entry)),
            _ => Found::Directory(None),
        });
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.found.push(Found::Item(Err(error)));
        ControlFlow::Continue(())
    }
}
