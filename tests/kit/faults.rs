//! Chosen answers of the test file system that are errors, lies, come late, in small parts or without end.
//!
//! An answer that is held cannot be interrupted by the asker: fuser knows no FUSE_INTERRUPT, and the kernel waits for a question
//! that has been read, whatever signal comes.

use fuser::{Errno, FileType, INodeNo};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// A question of the kernel's, about an inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Call {
    /// By name: part of openat and statx.
    Lookup,
    /// The rest of statx.
    Getattr,
    /// The rest of openat.
    Opendir,
    /// getdents64.
    Readdir,
    /// No question of its own: how the directory that an inode is in gives it.
    Entry,
    /// readlinkat. A file with a fault here is a symbolic link.
    Readlink,
    /// getxattr and listxattr.
    Xattr,
    /// fstatfs.
    Statfs,
}

/// What comes in place of an answer.
#[derive(Clone)]
pub(crate) enum Fault {
    /// An error: ENOENT is an entry that has gone.
    Error(Errno),
    /// Nothing until the gate opens, then the answer.
    Held(Arc<Gate>),
    /// Of a directory: so many entries an answer.
    Short(usize),
    /// Of a directory: so many entries, then an error.
    Breaks(usize, Errno),
    /// Of a directory: each entry twice, one after the other.
    Twice,
    /// Of a directory: its files come again and again, numbered on.
    Endless,
    /// Of an entry: another type than it has.
    Type(FileType),
    /// Of an entry: inode number 0.
    NoInode,
}

/// Which answers are faulty.
#[derive(Clone, Default)]
pub(crate) struct Faults(HashMap<(Call, INodeNo), Fault>);

impl Faults {
    /// One more.
    pub(crate) fn with(mut self, call: Call, about: INodeNo, fault: Fault) -> Self {
        self.0.insert((call, about), fault);
        self
    }

    pub(crate) fn get(&self, call: Call, about: INodeNo) -> Option<&Fault> {
        self.0.get(&(call, about))
    }
}

type Answer = Box<dyn FnOnce() + Send>;

/// Holds answers back until it is opened.
#[derive(Default)]
pub(crate) struct Gate(Mutex<State>);

#[derive(Default)]
struct State {
    is_open: bool,
    held: Vec<Answer>,
}

impl Gate {
    /// Gives the answer, now or when the gate opens.
    pub(crate) fn pass(&self, answer: impl FnOnce() + Send + 'static) {
        let mut state = self.0.lock().unwrap();
        if !state.is_open {
            return state.held.push(Box::new(answer));
        }
        drop(state);
        answer();
    }

    /// How many answers are held.
    pub(crate) fn held(&self) -> usize {
        self.0.lock().unwrap().held.len()
    }

    /// Gives all that are held, and holds none from now on.
    pub(crate) fn open(&self) {
        let mut state = self.0.lock().unwrap();
        state.is_open = true;
        let held = std::mem::take(&mut state.held);
        drop(state);
        held.into_iter().for_each(|answer| answer());
    }
}
