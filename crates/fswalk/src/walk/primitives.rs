//! What the schedule is made of: counters, a monitor, deques. Real ones here; a permutation tester's in the tests.

use crossbeam_deque as deque;
use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Condvar, Mutex, PoisonError};

/// One family of them.
pub(super) trait Primitives {
    type Count: Count;
    type Monitor: Monitor<Self::Count>;
    type Deque<T: Send>: Deque<T>;

    /// How often to look for work before sleeping.
    const SPINS: usize;
    /// Orders what is before it against what is after it, for all threads.
    fn fence();
    /// Between two looks.
    fn pause();
}

/// A counter; every operation is sequentially consistent.
pub(super) trait Count: Send + Sync {
    fn new(value: usize) -> Self;
    fn get(&self) -> usize;
    fn set(&self, value: usize);
    /// Returns what it was.
    fn add(&self, more: usize) -> usize;
    /// Returns what it was.
    fn sub(&self, less: usize) -> usize;
}

/// A lock with a condition. Notifications are given under the lock: none can fall between a look at the condition and the
/// wait.
pub(super) trait Monitor<C: Count>: Send + Sync {
    fn new() -> Self;
    /// Waits until `ready`, which is asked under the lock, first at once and then after every notification.
    fn wait_until(&self, ready: impl Fn() -> bool);
    /// The same, with `sleepers` raised by one, under the lock, before `ready` is first asked, and until it says so.
    fn wait_counted(&self, sleepers: &C, ready: impl Fn() -> bool) {
        let counted = std::cell::Cell::new(false);
        self.wait_until(|| {
            if !counted.replace(true) {
                sleepers.add(1);
            }
            let ready = ready();
            if ready {
                sleepers.sub(1);
            }
            ready
        });
    }
    fn notify_one(&self);
    fn notify_all(&self);
}

/// A deque that its owner uses as a stack and others steal from at the other end.
pub(super) trait Deque<T> {
    type Stealer: Stealer<T>;
    fn new() -> Self;
    fn push(&self, job: T);
    fn pop(&self) -> Option<T>;
    fn stealer(&self) -> Self::Stealer;
}

/// The thieves' end.
pub(super) trait Stealer<T>: Send + Sync {
    /// The oldest job; `None` only if there was none at some moment of the call.
    fn steal(&self) -> Option<T>;
    fn is_empty(&self) -> bool;
}

/// The standard library's, and crossbeam's deque.
pub(super) struct Real;

impl Primitives for Real {
    type Count = AtomicUsize;
    type Monitor = (Mutex<()>, Condvar);
    type Deque<T: Send> = deque::Worker<T>;

    // About as long as a small directory takes: waking a sleeper costs more than that.
    const SPINS: usize = 64;

    fn fence() {
        fence(Ordering::SeqCst);
    }

    fn pause() {
        std::thread::yield_now();
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

impl Monitor<AtomicUsize> for (Mutex<()>, Condvar) {
    fn new() -> Self {
        Self::default()
    }

    fn wait_until(&self, ready: impl Fn() -> bool) {
        // Nothing is behind the lock that a panic could have left half done.
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !ready() {
            guard = self.1.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn notify_one(&self) {
        let _guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.1.notify_one();
    }

    fn notify_all(&self) {
        let _guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.1.notify_all();
    }
}

impl<T: Send> Deque<T> for deque::Worker<T> {
    type Stealer = deque::Stealer<T>;

    fn new() -> Self {
        Self::new_lifo()
    }

    fn push(&self, job: T) {
        self.push(job);
    }

    fn pop(&self) -> Option<T> {
        self.pop()
    }

    fn stealer(&self) -> Self::Stealer {
        self.stealer()
    }
}

impl<T: Send> Stealer<T> for deque::Stealer<T> {
    fn steal(&self) -> Option<T> {
        loop {
            match self.steal() {
                deque::Steal::Success(job) => return Some(job),
                deque::Steal::Empty => return None,
                deque::Steal::Retry => {}
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}
