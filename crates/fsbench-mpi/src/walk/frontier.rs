//! What waits on one rank, shared by its threads.
//!
//! Threads take the newest, so the walk goes depth first; other ranks get the oldest. **Memory**: once what waits takes more than the
//! budget, a directory is left after each batch of subdirectories, and what is left of it waits *below* that batch: it is read on when the
//! batch has been walked. So beyond the budget there are at most a batch, and one item for the rest, for each level that a thread is in. Depth times width
//! of a batch bounds the memory, whatever the tree; [`Frontier::most_bytes`] says what it came to.

use super::item::{Item, Part, decode, encode};
use super::node::Node;
use crate::schedule::{Load, Work, spare};
use fswalk::team::lock;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes that one message has at most, about: a large message keeps the receiver waiting, and must be in memory twice.
const MESSAGE_BYTES: usize = 256 << 10;

/// The directories that wait on a rank.
pub struct Frontier {
    state: Mutex<State>,
    /// Something waits, or all has ended.
    changed: Condvar,
    threads: usize,
    budget_bytes: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Item>,
    bytes: usize,
    most_bytes: usize,
    /// Threads that have an item in hand.
    active: usize,
    has_ended: bool,
}

impl State {
    fn push(&mut self, item: Item) {
        self.bytes += item.bytes();
        self.most_bytes = self.most_bytes.max(self.bytes);
        self.waiting.push_back(item);
    }
}

impl Frontier {
    /// For `threads` threads, within a budget of memory.
    pub fn new(threads: usize, budget_bytes: usize) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), threads, budget_bytes }
    }

    /// Adds what one thread found: the last of it is done first.
    pub fn push(&self, items: impl IntoIterator<Item = Item>) {
        let mut state = lock(&self.state);
        items.into_iter().for_each(|item| state.push(item));
        drop(state);
        self.changed.notify_all();
    }

    /// The newest item; waits for one. `None` once all has ended. Whoever gets one calls [`Frontier::done`].
    pub fn next(&self) -> Option<Item> {
        let mut state = lock(&self.state);
        loop {
            if state.has_ended {
                return None;
            }
            if let Some(item) = state.waiting.pop_back() {
                state.bytes -= item.bytes();
                state.active += 1;
                return Some(item);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// An item that [`Frontier::next`] gave is done, and all that it led to was pushed.
    pub fn done(&self) {
        lock(&self.state).active -= 1;
    }

    /// Whether what waits takes more than the budget.
    pub fn is_full(&self) -> bool {
        lock(&self.state).bytes > self.budget_bytes
    }

    /// Sends the threads home.
    pub fn end(&self) {
        lock(&self.state).has_ended = true;
        self.changed.notify_all();
    }

    /// The most bytes that waited at a time.
    pub fn most_bytes(&self) -> usize {
        lock(&self.state).most_bytes
    }

    /// Begins with the roots.
    pub fn begin(&self, roots: u32) {
        let whole = |root| Item { node: Node::root(root), part: Part::Whole };
        self.push((0..roots).rev().map(whole));
    }
}

/// As the scheduler sees it.
impl Work for &Frontier {
    fn load(&mut self) -> Load {
        let state = lock(&self.state);
        match (state.waiting.is_empty(), state.active) {
            (true, 0) => Load::Nothing,
            (true, active) if active < self.threads => Load::Little,
            _ => Load::Enough,
        }
    }

    fn give(&mut self) -> Vec<u8> {
        let mut state = lock(&self.state);
        let most = spare(state.waiting.len(), self.threads - state.active.min(self.threads));
        let (mut given, mut bytes) = (Vec::new(), 0);
        while given.len() < most && bytes < MESSAGE_BYTES {
            let item = state.waiting.pop_front().expect("no more than wait are spared");
            bytes += item.bytes();
            given.push(item);
        }
        state.bytes -= bytes;
        drop(state);
        encode(&given)
    }

    fn take(&mut self, coded: &[u8]) {
        self.push(decode(coded));
    }
}
