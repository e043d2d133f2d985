//! The stack of directories whose subdirectories are still to be opened; the lowest are closed if too many would be
//! open.

use fswalk::walk::node::Node;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// A directory, and how far its subdirectories have been opened.
pub(super) struct Frame {
    pub(super) node: Arc<Node>,
    /// Where the next one's name starts in the node.
    pub(super) next: usize,
    /// What they are opened relative to; `None` where there was no room to keep it.
    pub(super) fd: Option<OwnedFd>,
}

/// Frames: `closed` closed ones, and on top of them at most `most_open` open ones.
pub(super) struct Stack {
    frames: Vec<Frame>,
    closed: usize,
    most_open: usize,
}

impl Stack {
    /// `most_open` is at least 1.
    pub(super) fn new(most_open: usize) -> Self {
        Self { frames: Vec::new(), closed: 0, most_open }
    }

    /// Puts an open one on top. Answers with the directory that there is no more room for.
    pub(super) fn push(&mut self, frame: Frame) -> Option<OwnedFd> {
        self.frames.push(frame);
        if self.frames.len() - self.closed <= self.most_open {
            return None;
        }
        // The lowest is the one that the walk comes back to last.
        let lowest = self.frames.get_mut(self.closed)?;
        self.closed += 1;
        lowest.fd.take()
    }

    /// Takes the topmost, if it is open.
    pub(super) fn pop_open(&mut self) -> Option<Frame> {
        if self.frames.len() > self.closed { self.frames.pop() } else { None }
    }

    /// Takes the topmost.
    pub(super) fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop();
        self.closed = self.closed.min(self.frames.len());
        frame
    }
}
