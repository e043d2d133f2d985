//! What a session needs from outside: workers, and a clock.
//!
//! [`Processes`] is the real thing. The session's own tests have a mock that answers by a script and moves its clock
//! itself: so rounds, the stop rule, failures and signals are tested without a process and without waiting.

use super::process::{NoAnswer, Offsets, Patience, Program, Worker};
use super::protocol::{Answer, Request};
use std::io;
use std::time::{Duration, Instant};

/// Starts workers, and tells the time.
pub(super) trait Executor {
    /// Starts a worker of `program`; where `offsets` are given, in an environment of the next size.
    fn start(&self, program: &Program, offsets: Option<&mut Offsets>) -> io::Result<Box<dyn Conversation>>;

    /// The time since some moment before the session.
    fn now(&self) -> Duration;
}

/// A worker, for as long as it is held.
pub(super) trait Conversation {
    /// Asks, and waits for the answer as long as `patience` lasts.
    fn ask(&mut self, request: &Request, patience: &mut Patience<'_>) -> Result<Answer, NoAnswer>;
}

/// Worker processes, and the monotonic clock.
pub(super) struct Processes {
    began: Instant,
}

impl Processes {
    pub(super) fn new() -> Self {
        Self { began: Instant::now() }
    }
}

impl Executor for Processes {
    fn start(&self, program: &Program, offsets: Option<&mut Offsets>) -> io::Result<Box<dyn Conversation>> {
        Ok(Box::new(match offsets {
            Some(offsets) => Worker::start_at(program, offsets)?,
            None => Worker::start(program)?,
        }))
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Conversation for Worker {
    fn ask(&mut self, request: &Request, patience: &mut Patience<'_>) -> Result<Answer, NoAnswer> {
        self.ask_patiently(request, patience)
    }
}
