//! Several threads at one piece of work.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// Runs `work` in a thread for each of `helpers`, and `own` in this one. Returns when all have ended.
///
/// Where the system allows no more threads, those there are do the work, this one in any case: so whatever a helper would do
/// must also be done if there is none.
pub fn with_helpers<T: Send>(helpers: impl IntoIterator<Item = T>, work: impl Fn(T) + Sync, own: impl FnOnce()) {
    thread::scope(|scope| {
        let work = &work;
        for helper in helpers {
            if thread::Builder::new().spawn_scoped(scope, move || work(helper)).is_err() {
                break;
            }
        }
        own();
    });
}

/// Takes the lock. What a panic elsewhere left in it is taken as it is: the panic is passed on where its thread is joined.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is in the lock, taken as by [`lock`].
pub fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
