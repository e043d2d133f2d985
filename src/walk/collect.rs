//! A sink that passes everything on to the caller's, and collects the directories to descend into.

use crate::error::Error;
use crate::list::{Entry, Kind, Sink};
use std::ops::ControlFlow;

/// Passes on what it gets; appends each directory's name, ended by a NUL, to an arena.
pub(super) struct Collect<'a> {
    pub(super) sink: &'a mut dyn Sink,
    pub(super) names: &'a mut Vec<u8>,
    pub(super) flow: ControlFlow<()>,
}

impl<'a> Collect<'a> {
    pub(super) fn new(sink: &'a mut dyn Sink, names: &'a mut Vec<u8>) -> Self {
        Self { sink, names, flow: ControlFlow::Continue(()) }
    }
}

impl Sink for Collect<'_> {
    #[inline]
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        if entry.kind == Kind::Directory {
            self.names.extend_from_slice(entry.name);
            self.names.push(0);
        }
        self.flow = self.sink.entry(entry);
        self.flow
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.flow = self.sink.error(error);
        self.flow
    }
}
