//! Writes the pages of several threads in order and in bounded memory: a thread that is too far ahead waits.
//!
//! Nothing can wait for ever: stretches are handed out in order, so the page that all wait for is in the making, by a
//! thread that does not wait.

use super::output::Output;
use crate::ls::read::table::Complaint;
use crate::ls::show::page::Page;
use fswalk::team::lock;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, PoisonError};

/// Pages that may lie finished before their turn.
const AHEAD: usize = 8;

/// The place where threads meet.
pub(crate) struct Turns<'t, 'o> {
    state: Mutex<State<'t, 'o>>,
    moved: Condvar,
}

struct State<'t, 'o> {
    next: usize,
    ready: BTreeMap<usize, (Page, Vec<Complaint>)>,
    spare: Vec<Page>,
    output: &'t mut Output<'o>,
}

impl<'t, 'o> Turns<'t, 'o> {
    pub(crate) fn new(output: &'t mut Output<'o>) -> Self {
        let state = State { next: 0, ready: BTreeMap::new(), spare: Vec::new(), output };
        Self { state: Mutex::new(state), moved: Condvar::new() }
    }

    /// Hands over page number `index`, and leaves an empty one. A `Break` says that nothing more can be written.
    pub(crate) fn deliver(&self, index: usize, page: &mut Page, complaints: Vec<Complaint>) -> ControlFlow<()> {
        let mut state = lock(&self.state);
        let empty = state.spare.pop().unwrap_or_default();
        state.ready.insert(index, (std::mem::replace(page, empty), complaints));
        if index == state.next {
            state.write();
            self.moved.notify_all();
        }
        while index > state.next + AHEAD && !state.output.has_failed() {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.output.has_failed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl State<'_, '_> {
    /// Writes what is next, and all that lies ready after it.
    fn write(&mut self) {
        while let Some((mut page, complaints)) = self.ready.remove(&self.next) {
            self.output.complain(&complaints);
            self.output.page(&page);
            page.clear();
            self.spare.push(page);
            self.next += 1;
        }
    }
}
