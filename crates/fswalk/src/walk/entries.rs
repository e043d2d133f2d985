//! A walk as an iterator of entries that borrow nothing: an allocation or two an entry, for programs that do more with one than that
//! costs.
//!
//! The walk begins on the thread that iterates: whenever it has nothing left to give, it does the next job, of which a large directory is
//! only the start. A walk that takes longer gets a team ([`super::stealing`]), whose threads send what they find in batches and are
//! ahead by a bounded number of them. Batches grow, and while the reader waits a directory's end hands on what there is, unless
//! something was handed on just before: where directories are slow, entries come as they are read. Dropping the iterator ends the walk with what is being listed.

use super::entry::{DirEntry, Entry};
use super::in_order::InOrder;
use super::job::Hand;
use super::stealing::{ALONE_ITERATING, Walking};
use super::visitor::{Next, Visitor};
use super::walker::Walk;
use crate::error::Error;
use crate::list::Leave;
use std::fmt;
use std::iter::FusedIterator;
use std::mem::take;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::vec;

/// What an iterator gives: an entry, or why there is none.
pub type Item = Result<DirEntry, Error>;

/// Entries handed over at once: a lock and perhaps a wake-up each. The first batch of a thread is small.
const FIRST_BATCH: usize = 8;
const MOST_BATCH: usize = 256;

/// How long a thread keeps what it has from a reader who waits: being woken costs the reader more than many entries do.
const HELD_BACK: Duration = Duration::from_micros(200);

/// Batches that the walk may be ahead.
const AHEAD: usize = 64;

/// A walk as an iterator; [`Walk::into_iter`] makes it.
pub struct IntoIter {
    batch: vec::IntoIter<Item>,
    // In a lock that is never taken, only entered from outside, so that the iterator may be shared.
    source: Mutex<Source>,
}

/// Where further entries come from.
enum Source {
    Alone(Box<Alone>),
    Team(Team),
    InOrder(Box<InOrder>),
    Nothing,
}

/// The reader is the walk's only thread.
struct Alone {
    walking: Arc<Walking<'static, ()>>,
    hand: Hand<()>,
    /// No other thread can be started.
    must: bool,
}

/// Other threads walk.
struct Team {
    walking: Arc<Walking<'static, ()>>,
    /// `None` once dropped: whoever sends is told.
    batches: Option<Receiver<Vec<Item>>>,
    leader: Option<JoinHandle<()>>,
    waits: Arc<AtomicBool>,
}

impl IntoIter {
    pub(super) fn new(walk: Walk) -> Self {
        let source = if walk.sorts || walk.contents_first {
            Source::InOrder(Box::new(InOrder::new(walk)))
        } else {
            let walking = Walking::new(Arc::new(walk), None);
            let hand = walking.first_hand().expect("the walk's own lister opens nothing");
            Source::Alone(Box::new(Alone { walking: Arc::new(walking), hand, must: false }))
        };
        Self { batch: Vec::new().into_iter(), source: Mutex::new(source) }
    }
}

impl Iterator for IntoIter {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.batch.next() {
                return Some(item);
            }
            let source = self.source.get_mut().unwrap_or_else(PoisonError::into_inner);
            let batch = match source {
                Source::InOrder(in_order) => return in_order.next(),
                Source::Alone(alone) => alone.step(),
                Source::Team(team) => team.receive(),
                Source::Nothing => return None,
            };
            match batch {
                Some(batch) => self.batch = batch.into_iter(),
                None => {
                    *source = Source::Nothing;
                    return None;
                }
            }
            if let Source::Alone(alone) = source
                && !alone.must
                && alone.walking.is_worth_a_team(ALONE_ITERATING)
            {
                *source = match take_source(source) {
                    Source::Alone(alone) => alone.into_team(),
                    other => other,
                };
            }
        }
    }
}

fn take_source(source: &mut Source) -> Source {
    std::mem::replace(source, Source::Nothing)
}

impl FusedIterator for IntoIter {}

impl fmt::Debug for IntoIter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").finish_non_exhaustive()
    }
}

impl Alone {
    /// What the next job gives; `None` at the end.
    fn step(&mut self) -> Option<Vec<Item>> {
        let mut collecting = Collecting(Vec::new());
        let is_going_on = self.walking.step(&mut self.hand, &mut collecting, Leave::Anything);
        is_going_on.then_some(collecting.0)
    }

    /// Hands the walk over to a team; if there can be none, goes on alone.
    fn into_team(self: Box<Self>) -> Source {
        let walking = Arc::clone(&self.walking);
        let (sender, batches) = sync_channel(AHEAD);
        let waits = Arc::new(AtomicBool::new(false));
        let team = walking.admit(1);
        // What it has waits to be stolen.
        walking.schedule.share(0, &self.hand.deque);
        let lead = {
            let (walking, waits) = (Arc::clone(&walking), Arc::clone(&waits));
            move || {
                let sending = || Sending {
                    batch: Vec::new(),
                    most: FIRST_BATCH,
                    to: sender.clone(),
                    walking: Arc::clone(&walking),
                    waits: Arc::clone(&waits),
                    last: Instant::now(),
                };
                let mut hand = Hand::new(walking.schedule.deque(1), walking.walk.lister());
                thread::scope(|scope| walking.team(scope, &team, &mut hand, &mut sending(), &sending));
            }
        };
        match thread::Builder::new().name("walk".to_owned()).spawn(lead) {
            Ok(leader) => Source::Team(Team { walking, batches: Some(batches), leader: Some(leader), waits }),
            Err(_) => Source::Alone(Box::new(Self { must: true, ..*self })),
        }
    }
}

impl Team {
    /// What the threads have found meanwhile; `None` at the end.
    fn receive(&mut self) -> Option<Vec<Item>> {
        let batches = self.batches.as_ref()?;
        let batch = batches.try_recv().or_else(|_| {
            self.waits.store(true, Ordering::Relaxed);
            let batch = batches.recv();
            self.waits.store(false, Ordering::Relaxed);
            batch
        });
        if batch.is_err() {
            // A filter is the caller's, and so is its panic.
            if let Some(Err(payload)) = self.leader.take().map(JoinHandle::join) {
                std::panic::resume_unwind(payload);
            }
            self.walking.pass_panic_on();
        }
        batch.ok()
    }
}

impl Drop for Team {
    /// Ends the walk and waits for its threads: nothing of it stays behind.
    fn drop(&mut self) {
        self.walking.schedule.stop();
        self.batches = None;
        if let Some(leader) = self.leader.take() {
            // What a thread panicked with is nothing to one who has left.
            let _ = leader.join();
        }
    }
}

/// Keeps what it finds.
struct Collecting(Vec<Item>);

impl Visitor for Collecting {
    type State = ();

    fn entry(&mut self, entry: &Entry<'_>, (): &()) -> Next {
        self.0.push(Ok(entry.into_owned()));
        Next::Enter
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.0.push(Err(error));
        ControlFlow::Continue(())
    }
}

/// Sends what it finds, batch by batch.
struct Sending {
    batch: Vec<Item>,
    /// How large this batch may become.
    most: usize,
    to: SyncSender<Vec<Item>>,
    walking: Arc<Walking<'static, ()>>,
    /// The reader has nothing left to read.
    waits: Arc<AtomicBool>,
    /// When it last sent something.
    last: Instant,
}

impl Sending {
    fn push(&mut self, item: Item) -> ControlFlow<()> {
        self.batch.push(item);
        if self.batch.len() < self.most { ControlFlow::Continue(()) } else { self.send() }
    }

    fn send(&mut self) -> ControlFlow<()> {
        self.most = (self.most * 2).min(MOST_BATCH);
        self.last = Instant::now();
        match self.to.try_send(take(&mut self.batch)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(TrySendError::Disconnected(_)) => ControlFlow::Break(()),
            Err(TrySendError::Full(batch)) => {
                self.walking.held_back.fetch_add(1, Ordering::Relaxed);
                let sent = self.to.send(batch);
                self.walking.held_back.fetch_sub(1, Ordering::Relaxed);
                if sent.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            }
        }
    }
}

impl Visitor for Sending {
    type State = ();

    fn entry(&mut self, entry: &Entry<'_>, (): &()) -> Next {
        match self.push(Ok(entry.into_owned())) {
            ControlFlow::Continue(()) => Next::Enter,
            ControlFlow::Break(()) => Next::Stop,
        }
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.push(Err(error))
    }

    fn listed(&mut self) -> ControlFlow<()> {
        let is_awaited = !self.batch.is_empty() && self.waits.load(Ordering::Relaxed);
        if is_awaited && self.last.elapsed() >= HELD_BACK { self.send() } else { ControlFlow::Continue(()) }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        // Nobody may be listening any more.
        let _ = self.to.send(take(&mut self.batch));
    }
}
