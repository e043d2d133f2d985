//! Who does which job next: work stealing, with sleep where there is none, growth and retirement of threads, and stop.
//!
//! Each thread has a deque of its own. It pushes the jobs that a job made and pops the youngest, so it goes depth first and few
//! jobs wait; a thread without work steals the oldest of another's, which is the nearest to the root and so the most
//! work. A thread that finds nothing sleeps; whoever pushes wakes one, which wakes the next if there is more. What a job
//! made is pushed at once: counted, fenced and told together, once a directory and not once a subdirectory.
//!
//! **Termination.** `pending` counts the jobs that wait or run. A job is counted before it can be seen ([`Schedule::push`]),
//! and uncounted when it has ended ([`Schedule::finish`]), which is after the jobs that it made were counted. So `pending`
//! is 0 only when nothing waits, nothing runs, and so nothing can be made any more: then, and not before, threads end. It
//! becomes 0 if the jobs are finite, since every job is run by somebody:
//!
//! **No lost wake-up.** A sleeper takes the lock, raises `sleepers`, and then looks at all deques once more before it waits,
//! which gives the lock back. A pusher pushes first and reads `sleepers` after it, a sequentially consistent fence between
//! the two on both sides. Either the pusher sees the sleeper, and its notification, given under the lock, comes when the
//! sleeper waits; or the sleeper sees the job. The end and a stop are told to all, under the same lock.
//!
//! **One thread first.** A walk begins with the caller's thread, number 0, and most end with it. [`Schedule::admit`] makes places
//! for others, before the first of them is started.
//!
//! **Retirement.** Threads numbered from `limit` on do not steal. They empty their own deques (whose jobs can be stolen
//! meanwhile), then sleep on a monitor of their own: on the common one they would swallow wake-ups meant for others.
//!
//! All of it is generic over the deque and the synchronisation ([`Primitives`]), so that a permutation tester can run it
//! with its own: see the tests below.

use super::primitives::{Count, Deque, Monitor, Primitives, Stealer};
use std::sync::OnceLock;

/// What the threads share. `T` is a job.
pub(super) struct Schedule<T: Send, P: Primitives> {
    /// Jobs that wait or run: what every job changes, away from what all only look at.
    pending: Apart<P::Count>,
    /// Threads with a lower number may steal.
    limit: P::Count,
    /// Threads that sleep for want of work; those retired are not counted.
    sleepers: P::Count,
    /// 0, or 1 once everything is to end at the next opportunity.
    stopped: P::Count,
    idle: P::Monitor,
    retired: P::Monitor,
    /// By thread number; not made while there is one thread. A thread without one yet has no jobs to steal.
    stealers: OnceLock<Stealers<T, P>>,
}

/// Alone on its cache lines (processors fetch them in pairs).
#[repr(align(128))]
struct Apart<T>(T);

type Stealers<T, P> = Box<[OnceLock<StealerOf<T, P>>]>;
type StealerOf<T, P> = <<P as Primitives>::Deque<T> as Deque<T>>::Stealer;

impl<T: Send, P: Primitives> Schedule<T, P> {
    /// For one thread, which has number 0.
    pub(super) fn new() -> Self {
        Self {
            pending: Apart(P::Count::new(0)),
            limit: P::Count::new(1),
            sleepers: P::Count::new(0),
            stopped: P::Count::new(0),
            idle: P::Monitor::new(),
            retired: P::Monitor::new(),
            stealers: OnceLock::new(),
        }
    }

    /// From now on for `most` threads, the first `limit` of which work. Asked for once.
    pub(super) fn admit(&self, most: usize, limit: usize) {
        let is_first = self.stealers.set((0..most).map(|_| OnceLock::new()).collect()).is_ok();
        debug_assert!(is_first, "threads were admitted twice");
        self.limit.set(limit);
    }

    /// Lets others steal from the deque of thread number `thread`, of those admitted.
    pub(super) fn share(&self, thread: usize, deque: &P::Deque<T>) {
        let is_first = self.stealers().get(thread).is_some_and(|slot| slot.set(deque.stealer()).is_ok());
        debug_assert!(is_first, "thread {thread} was not admitted, or has a deque");
    }

    /// A deque of its own for thread number `thread`, of those admitted.
    pub(super) fn deque(&self, thread: usize) -> P::Deque<T> {
        let deque = P::Deque::new();
        self.share(thread, &deque);
        deque
    }

    fn stealers(&self) -> &[OnceLock<StealerOf<T, P>>] {
        self.stealers.get().map_or(&[], |stealers| stealers)
    }

    /// Adds `count` jobs to the calling thread's deque.
    pub(super) fn push(&self, deque: &P::Deque<T>, count: usize, jobs: impl Iterator<Item = T>) {
        self.pending.0.add(count);
        jobs.for_each(|job| deque.push(job));
        P::fence();
        // Who is woken wakes the next.
        if self.sleepers.get() > 0 {
            self.idle.notify_one();
        }
    }

    /// The next job for thread number `thread`, when there is one; `None` at the end, or after [`Schedule::stop`].
    pub(super) fn next(&self, thread: usize, deque: &P::Deque<T>) -> Option<T> {
        loop {
            if self.stopped.get() != 0 {
                return None;
            }
            if let Some(job) = deque.pop() {
                return Some(job);
            }
            if thread >= self.limit.get() {
                self.retired.wait_until(|| self.is_over() || thread < self.limit.get());
            } else if let Some(job) = self.steal(thread) {
                // Who was woken wakes the next: a single push may have been the start of many.
                if self.sleepers.get() > 0 && self.is_work_waiting() {
                    self.idle.notify_one();
                }
                return Some(job);
            } else {
                self.sleep(thread);
            }
            if self.pending.0.get() == 0 {
                return None;
            }
        }
    }

    /// A job that [`Schedule::next`] gave out has ended, and what it made was pushed.
    pub(super) fn finish(&self) {
        if self.pending.0.sub(1) == 1 {
            self.wake_all();
        }
    }

    /// Ends everything: no job is given out any more.
    pub(super) fn stop(&self) {
        self.stopped.set(1);
        self.wake_all();
    }

    /// Whether it was stopped.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.get() != 0
    }

    /// Whether all jobs have ended, or it was stopped.
    pub(super) fn is_over(&self) -> bool {
        self.is_stopped() || self.pending.0.get() == 0
    }

    /// Lets the first `limit` threads work. More threads than before must have been started by somebody.
    pub(super) fn set_limit(&self, limit: usize) {
        self.limit.set(limit);
        // Those that no longer may work leave the common monitor at once, where they would swallow wake-ups.
        self.wake_all();
    }

    /// Jobs that wait or run.
    pub(super) fn pending(&self) -> usize {
        self.pending.0.get()
    }

    /// Threads that sleep for want of work.
    pub(super) fn sleepers(&self) -> usize {
        self.sleepers.get()
    }

    /// Waits until work is found or everything is over, then returns: the caller tries to steal, and may come too late.
    fn sleep(&self, thread: usize) {
        for _ in 0..P::SPINS {
            if self.is_over() || self.is_work_waiting() {
                return;
            }
            P::pause();
        }
        self.idle.wait_counted(&self.sleepers, || {
            P::fence();
            self.is_over() || self.is_work_waiting() || thread >= self.limit.get()
        });
    }

    fn steal(&self, thread: usize) -> Option<T> {
        // From the next one on, so that not all of them begin with the same.
        let stealers = self.stealers();
        let (before, after) = stealers.split_at(thread.min(stealers.len()));
        after.iter().skip(1).chain(before).filter_map(OnceLock::get).find_map(Stealer::steal)
    }

    fn is_work_waiting(&self) -> bool {
        self.stealers().iter().filter_map(OnceLock::get).any(|stealer| !stealer.is_empty())
    }

    fn wake_all(&self) {
        // Where nobody was admitted nobody sleeps, and a notification is a system call all the same.
        if self.stealers.get().is_some() {
            self.idle.notify_all();
            self.retired.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shuttle::sync::atomic::{AtomicUsize, Ordering};
    use shuttle::sync::{Arc, Condvar, Mutex};
    use std::collections::VecDeque;
    use std::marker::PhantomData;
    use std::panic::catch_unwind;

    /// The permutation tester's primitives. `B` seeds a bug.
    struct Permuted<B>(PhantomData<B>);

    trait Bug: Send + Sync + 'static {
        /// Looks for work before it takes the lock, not under it.
        const LOSES_WAKE_UPS: bool = false;
        /// Uncounts a job before what it made is counted.
        const ENDS_TOO_EARLY: bool = false;
    }
    struct NoBug;
    impl Bug for NoBug {}
    struct LostWakeUp;
    impl Bug for LostWakeUp {
        const LOSES_WAKE_UPS: bool = true;
    }
    struct EarlyEnd;
    impl Bug for EarlyEnd {
        const ENDS_TOO_EARLY: bool = true;
    }

    impl<B: Bug> Primitives for Permuted<B> {
        type Count = AtomicUsize;
        type Monitor = PermutedMonitor<B>;
        type Deque<T: Send> = Arc<Mutex<VecDeque<T>>>;
        const SPINS: usize = 1;
        fn fence() {}
        fn pause() {
            shuttle::thread::yield_now();
        }
    }

    impl Count for AtomicUsize {
        fn new(value: usize) -> Self {
            Self::new(value)
        }
        fn get(&self) -> usize {
            self.load(Ordering::SeqCst)
        }
        fn set(&self, value: usize) {
            self.store(value, Ordering::SeqCst);
        }
        fn add(&self, more: usize) -> usize {
            self.fetch_add(more, Ordering::SeqCst)
        }
        fn sub(&self, less: usize) -> usize {
            self.fetch_sub(less, Ordering::SeqCst)
        }
    }

    struct PermutedMonitor<B>(Mutex<()>, Condvar, PhantomData<B>);

    impl<B: Bug> Monitor<AtomicUsize> for PermutedMonitor<B> {
        fn new() -> Self {
            Self(Mutex::new(()), Condvar::new(), PhantomData)
        }
        fn wait_until(&self, ready: impl Fn() -> bool) {
            if B::LOSES_WAKE_UPS {
                while !ready() {
                    drop(self.1.wait(self.0.lock().unwrap()).unwrap());
                }
                return;
            }
            let mut guard = self.0.lock().unwrap();
            while !ready() {
                guard = self.1.wait(guard).unwrap();
            }
        }
        fn notify_one(&self) {
            let _guard = self.0.lock().unwrap();
            self.1.notify_one();
        }
        fn notify_all(&self) {
            let _guard = self.0.lock().unwrap();
            self.1.notify_all();
        }
    }

    impl<T: Send> Deque<T> for Arc<Mutex<VecDeque<T>>> {
        type Stealer = Self;
        fn new() -> Self {
            Self::default()
        }
        fn push(&self, job: T) {
            self.lock().unwrap().push_back(job);
        }
        fn pop(&self) -> Option<T> {
            self.lock().unwrap().pop_back()
        }
        fn stealer(&self) -> Self {
            Self::clone(self)
        }
    }

    impl<T: Send> Stealer<T> for Arc<Mutex<VecDeque<T>>> {
        fn steal(&self) -> Option<T> {
            self.lock().unwrap().pop_front()
        }
        fn is_empty(&self) -> bool {
            self.lock().unwrap().is_empty()
        }
    }

    /// Directories of the tree below a job: a job `n` makes jobs 0 to `n` - 1, so that there are 2^n in all.
    const ROOT: usize = 3;

    /// One thread of a walk. `done` counts the jobs of all; whoever ends finds them all done.
    fn work<B: Bug>(
        schedule: &Schedule<usize, Permuted<B>>,
        thread: usize,
        deque: &Arc<Mutex<VecDeque<usize>>>,
        done: &AtomicUsize,
    ) {
        while let Some(job) = schedule.next(thread, deque) {
            done.fetch_add(1, Ordering::SeqCst);
            if B::ENDS_TOO_EARLY {
                schedule.finish();
            }
            schedule.push(deque, job, 0..job);
            if !B::ENDS_TOO_EARLY {
                schedule.finish();
            }
        }
        assert!(schedule.is_stopped() || done.load(Ordering::SeqCst) == 1 << ROOT);
    }

    /// Walks the tree with three threads, `meanwhile` beside them; every job must be done exactly once, and all must end.
    fn walk<B: Bug>(limit: usize, meanwhile: fn(&Schedule<usize, Permuted<B>>)) {
        let schedule = Arc::new(Schedule::<usize, Permuted<B>>::new());
        let done = Arc::new(AtomicUsize::new(0));
        // As the walker does: the root is there before the others are admitted.
        let deque = <Arc<Mutex<VecDeque<usize>>> as Deque<usize>>::new();
        schedule.push(&deque, 1, std::iter::once(ROOT));
        schedule.admit(3, limit);
        schedule.share(0, &deque);
        let others = [1, 2].map(|thread| {
            let (schedule, done) = (Arc::clone(&schedule), Arc::clone(&done));
            shuttle::thread::spawn(move || work(&schedule, thread, &schedule.deque(thread), &done))
        });
        let beside = Arc::clone(&schedule);
        let beside = shuttle::thread::spawn(move || meanwhile(&beside));
        work(&schedule, 0, &deque, &done);
        others.into_iter().for_each(|other| other.join().unwrap());
        beside.join().unwrap();
        assert!(schedule.is_stopped() || done.load(Ordering::SeqCst) == 1 << ROOT);
    }

    #[test]
    fn every_job_is_done_once_and_all_threads_end() {
        shuttle::check_random(|| walk::<NoBug>(3, |_| {}), 3000);
        shuttle::check_pct(|| walk::<NoBug>(3, |_| {}), 3000, 4);
    }

    #[test]
    fn threads_may_be_added_and_taken_away_at_any_time() {
        let meanwhile = |schedule: &Schedule<usize, Permuted<NoBug>>| {
            for limit in [3, 1, 2] {
                schedule.set_limit(limit);
            }
        };
        shuttle::check_random(move || walk(1, meanwhile), 3000);
        shuttle::check_pct(move || walk(1, meanwhile), 3000, 4);
    }

    #[test]
    fn a_stop_ends_all_threads_whatever_they_do() {
        shuttle::check_random(|| walk::<NoBug>(2, Schedule::stop), 3000);
    }

    #[test]
    fn a_lost_wake_up_would_be_seen() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let outcome = catch_unwind(|| shuttle::check_random(|| walk::<LostWakeUp>(3, |_| {}), 3000));
        std::panic::set_hook(hook);
        assert!(outcome.is_err(), "a sleeper that looks before it locks was not found");
    }

    #[test]
    fn an_end_too_early_would_be_seen() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let outcome = catch_unwind(|| shuttle::check_random(|| walk::<EarlyEnd>(3, |_| {}), 3000));
        std::panic::set_hook(hook);
        assert!(outcome.is_err(), "a job uncounted before its children were counted was not found");
    }
}
