//! The engine: work stealing over getdents64, each directory opened relative to its parent, large ones shared among threads.
//!
//! A job is a directory to be listed, or a part of a large one. Listing it gives the names of its subdirectories, kept in one
//! allocation, and a job for each; those hold what keeps it open. See [`super::job`] for that, [`super::schedule`] for who does which job and why
//! it ends, [`super::pace`] for how many threads there are, [`super::room`] for descriptors, [`super::node`] for paths and for when a
//! directory has ended.
//!
//! A walk begins on its caller's thread ([`Walking::step`]). Helpers are started, and the room that they need is asked for, once
//! it has taken as long as starting them does ([`Walking::admit`], [`Walking::team`]): most walks are shorter.
//!
//! Every entry once: a directory's job is made by the one job that found it, and parts are disjoint.

use super::choices::Threads;
use super::job::{Hand, Job};
use super::pace::{Look, Looker, Pace, Watch};
use super::primitives::Real;
use super::room::{Asks, Room};
use super::schedule::Schedule;
use super::visitor::{Summary, Visitor};
use super::walker::Walk;
use crate::error::Error;
use crate::list::{Leave, Lister, Want};
use crate::team::{into_inner, lock};
use std::any::Any;
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

/// How long a walk works alone. To start a helper and to wait for its end takes 50 to 200 microseconds where a core is idle, and a
/// millisecond where none is.
const ALONE: Duration = Duration::from_micros(500);
/// The same for an iterator, whose reader does some of the work in any case: handing entries over wakes it, and where other programs use
/// the cores, 10,000 entries took 1.4 times as long with helpers as without.
pub(super) const ALONE_ITERATING: Duration = Duration::from_millis(20);

/// Opens a lister; each thread opens one.
pub(super) type Open<'w> = dyn Fn() -> Result<Box<dyn Lister>, Error> + Sync + 'w;

/// What the threads share.
pub(super) struct Walking<'w, S: Send + Sync> {
    pub(super) walk: Arc<Walk>,
    /// Where the walk's own lister will not do.
    open: Option<&'w Open<'w>>,
    /// At least kinds.
    pub(super) want: Want,
    pub(super) schedule: Schedule<Job<S>, Real>,
    room: OnceLock<Arc<Room>>,
    watch: OnceLock<Watch>,
    /// By root, its device, where other file systems are not entered.
    pub(super) devices: Box<[OnceLock<u64>]>,
    summary: Mutex<Summary>,
    /// Threads that wait for a reader: more of them would wait, too.
    pub(super) held_back: AtomicUsize,
    /// What a visitor of a helper panicked with, the first one.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    start: Instant,
}

/// The threads of a walk that is no longer alone.
pub(super) struct Team {
    /// The number of the thread that leads it.
    leader: usize,
    first: usize,
    most: usize,
}

impl<'w, S: Default + Send + Sync> Walking<'w, S> {
    /// A walk that has not begun.
    pub(super) fn new(walk: Arc<Walk>, open: Option<&'w Open<'w>>) -> Self {
        let devices = if walk.same_file_system { walk.roots.len() } else { 0 };
        Self {
            open,
            // Whatever the caller wants, a walk must know which entries are directories.
            want: walk.want.max(Want::Kinds),
            schedule: Schedule::new(),
            room: OnceLock::new(),
            watch: OnceLock::new(),
            devices: (0..devices).map(|_| OnceLock::new()).collect(),
            summary: Mutex::new(Summary::default()),
            held_back: AtomicUsize::new(0),
            panic: Mutex::new(None),
            start: Instant::now(),
            walk,
        }
    }

    /// What the first thread works with: the roots are its jobs.
    pub(super) fn first_hand(&self) -> Result<Hand<S>, Error> {
        let hand = Hand::new(crossbeam_deque::Worker::new_lifo(), self.lister()?);
        let root = |number: usize| {
            let length = self.root(number).len();
            Job::of_root(number, length)
        };
        // The first one is taken first.
        let count = self.walk.roots.len();
        self.schedule.push(&hand.deque, count, (0..count).rev().map(root));
        Ok(hand)
    }

    /// Walks, with a visitor per thread.
    pub(super) fn visit<V: Visitor<State = S>>(self, visitor: &(impl Fn() -> V + Sync)) -> Result<Summary, Error> {
        let mut hand = self.first_hand()?;
        let mut mine = visitor();
        while self.step(&mut hand, &mut mine, Leave::Ranges) {
            if self.is_worth_a_team(ALONE) {
                let team = self.admit(0);
                self.schedule.share(0, &hand.deque);
                thread::scope(|scope| self.team(scope, &team, &mut hand, &mut mine, visitor));
                break;
            }
        }
        self.pass_panic_on();
        let mut summary = into_inner(self.summary);
        summary.threads.insert(0, (Duration::ZERO, 1));
        Ok(summary)
    }

    /// Does the next job of a walk that has one thread; whether there was one.
    pub(super) fn step<V: Visitor<State = S>>(&self, hand: &mut Hand<S>, visitor: &mut V, leave: Leave) -> bool {
        let Some(job) = self.schedule.next(0, &hand.deque) else { return false };
        let stop = StopOnPanic(self);
        self.job(hand, job, visitor, leave);
        // The thread may be panicking for a reason of its own: a walk in a drop.
        std::mem::forget(stop);
        true
    }

    /// Whether a walk that has one thread, and has taken so long, should have more.
    pub(super) fn is_worth_a_team(&self, alone: Duration) -> bool {
        // Most walks are over by now, and need not look at the clock.
        !self.schedule.is_over()
            && match self.walk.threads {
                Threads::Auto => self.walk.max_threads > 1 && self.start.elapsed() >= alone,
                Threads::Fixed(threads) => threads.get() > 1,
            }
    }

    /// Made when it is first needed: a walk of one directory keeps none open.
    pub(super) fn room(&self) -> &Arc<Room> {
        self.room.get_or_init(|| Room::new(self.walk.max_open))
    }

    /// Makes places for a team that thread number `leader` leads.
    pub(super) fn admit(&self, leader: usize) -> Team {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (first, asks) = match self.walk.threads {
            Threads::Auto => {
                let most = self.walk.max_threads.max(1);
                (cores.min(most), Asks::Between(cores.min(most), most))
            }
            Threads::Fixed(threads) => (threads.get(), Asks::For(threads.get())),
        };
        let most = self.room().ask(asks);
        let first = first.min(most);
        let is_new = self.watch.set(Watch::new(most)).is_ok();
        debug_assert!(is_new, "a walk has one team");
        self.schedule.admit(leader + most, leader + first);
        Team { leader, first, most }
    }

    /// The leader's part: starts the others, and works with them until the end.
    pub(super) fn team<'s, V: Visitor<State = S>>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        team: &Team,
        hand: &mut Hand<S>,
        mine: &mut V,
        visitor: &'s (impl Fn() -> V + Sync),
    ) {
        let &Team { leader, first, most } = team;
        let _stop = StopOnPanic(self);
        self.enter(0);
        let helpers = (1..first).take_while(|&number| self.spawn(scope, leader, number, visitor));
        let started = helpers.count() + 1;
        lock(&self.summary).threads.push((self.start.elapsed(), started));
        let pace = (self.walk.threads == Threads::Auto && most > started).then(|| {
            let pace = move || self.keep_pace(scope, visitor, leader, started, most);
            thread::Builder::new().name("walk-pace".to_owned()).spawn_scoped(scope, pace)
        });
        self.work(leader, hand, mine);
        if let Some(Ok(pace)) = pace {
            pace.thread().unpark();
        }
    }

    /// Goes on with the panic of a helper, if there was one, where the walk was asked for.
    pub(super) fn pass_panic_on(&self) {
        if let Some(payload) = lock(&self.panic).take() {
            std::panic::resume_unwind(payload);
        }
    }

    /// A lister for the calling thread.
    pub(super) fn lister(&self) -> Result<Box<dyn Lister>, Error> {
        self.open.map_or_else(|| Ok(self.walk.lister()), |open| open())
    }

    /// Path of a root.
    pub(super) fn root(&self, number: usize) -> &[u8] {
        self.walk.roots[number].as_os_str().as_bytes()
    }

    /// The device of a root, once it is known.
    pub(super) fn device(&self, root: usize) -> Option<u64> {
        self.devices.get(root)?.get().copied()
    }

    /// Whether the walk is to end before its time.
    #[inline]
    pub(super) fn is_stopped(&self) -> bool {
        self.schedule.is_stopped() || self.walk.cancel.as_ref().is_some_and(|cancel| cancel.is_cancelled())
    }

    /// The calling thread is that one of the team.
    fn enter(&self, number: usize) {
        if let Some(watch) = self.watch.get() {
            watch.enter(number);
        }
    }

    /// Starts thread number `number` of the team, unless the system refuses.
    fn spawn<'s, V: Visitor<State = S>>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        leader: usize,
        number: usize,
        visitor: &'s (impl Fn() -> V + Sync),
    ) -> bool {
        let work = move || {
            // One that cannot list leaves the work to the others: the first one could.
            let Ok(lister) = self.lister() else { return };
            self.enter(number);
            let mut hand = Hand::new(self.schedule.deque(leader + number), lister);
            self.work(leader + number, &mut hand, &mut visitor());
        };
        let work = move || {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
                // The other threads would wait for its job for ever.
                self.schedule.stop();
                lock(&self.panic).get_or_insert(payload);
            }
        };
        thread::Builder::new().name("walk".to_owned()).spawn_scoped(scope, work).is_ok()
    }

    /// Does jobs until there are none.
    fn work<V: Visitor<State = S>>(&self, thread: usize, hand: &mut Hand<S>, visitor: &mut V) {
        while let Some(job) = self.schedule.next(thread, &hand.deque) {
            self.job(hand, job, visitor, Leave::Ranges);
        }
    }

    /// Sees to the number of threads until the end.
    fn keep_pace<'s, V: Visitor<State = S>>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        visitor: &'s (impl Fn() -> V + Sync),
        leader: usize,
        mut started: usize,
        most: usize,
    ) {
        let Some(watch) = self.watch.get() else { return };
        let mut pace = Pace::new(started, most);
        let mut looker = Looker::new(watch, started);
        let mut threads = started;
        while !self.schedule.is_over() {
            thread::park_timeout(pace.tick());
            let Some((progress, ready)) = looker.look(threads) else { continue };
            if self.held_back.load(Ordering::Relaxed) > 0 {
                continue;
            }
            let (idle, jobs) = (self.schedule.sleepers(), self.schedule.pending());
            let wanted = pace.next(Look { progress, ready, idle, jobs });
            if wanted == threads {
                continue;
            }
            while started < wanted && self.spawn(scope, leader, started, visitor) {
                started += 1;
            }
            threads = wanted;
            self.schedule.set_limit(leader + threads);
            lock(&self.summary).threads.push((self.start.elapsed(), threads.min(started)));
        }
    }
}

/// A visitor of the leader that panics ends the walk: the other threads, and whoever asks the iterator for more, would wait for its job
/// for ever. The scope passes the panic on.
struct StopOnPanic<'a, 'w, S: Default + Send + Sync>(&'a Walking<'w, S>);

impl<S: Default + Send + Sync> Drop for StopOnPanic<'_, '_, S> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.schedule.stop();
        }
    }
}
