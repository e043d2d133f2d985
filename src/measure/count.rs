//! Counting the system calls of one listing, apart from timing it.
//!
//! A worker of its own is started, prepared as for a timed sample, watched, and asked to list once between two marks.
//! No timed sample is watched, nor taken while anything is: a tracepoint in use slows every process's calls a little.

use super::process::{NoAnswer, Patience, Program, Worker};
use super::protocol::{Answer, Open, Request};
use super::step::Step;
use crate::interrupt::Interrupted;
use crate::list::tally::Tally;
use crate::trace::{Choice, Detail, Refused, Scope, Start, Trace, Watch, Window};
use std::time::Instant;

/// A listing whose calls were counted.
#[derive(Debug)]
pub struct Counted {
    /// Its calls.
    pub trace: Trace,
    /// What it saw.
    pub tally: Tally,
    /// Why tracepoints, which cost less, were not used.
    pub fallback: Option<Refused>,
    /// What the listing before it took, unwatched, nanoseconds; `None` if it was the first.
    pub before_ns: Option<u64>,
}

/// Why there is no count.
#[derive(Debug)]
pub enum Uncounted {
    /// A signal asked us to end.
    Interrupted(Interrupted),
    /// In words.
    Because(String),
}

/// Whether a worker lists once before it is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarmUp {
    /// It does: its buffers and threads are there.
    Once,
    /// Its first listing is the one that is watched.
    None,
}

/// Counts the calls of one listing of the case that `open` describes. ptrace gives up after `until`.
///
/// # Errors
/// Why they cannot be counted.
pub fn count(
    program: &Program,
    open: &Open,
    warm_up: WarmUp,
    (choice, detail): (Choice, Detail),
    until: Option<Instant>,
    patience: &mut Patience<'_>,
) -> Result<Counted, Uncounted> {
    let because = |error: &dyn std::fmt::Display| Uncounted::Because(error.to_string());
    let mut worker = Worker::start(program).map_err(|error| because(&error))?;
    match ask(&mut worker, &Request::Open(open.clone()), patience)? {
        Answer::Opened { .. } => {}
        Answer::Unsupported(reason) => return Err(Uncounted::Because(reason)),
        _ => return Err(off_topic()),
    }
    let prepares = open.command.as_ref().is_some_and(|command| command.steps.prepare.is_some());
    let prepare = |worker: &mut Worker, patience: &mut Patience<'_>| match prepares {
        true => match ask(worker, &Request::Step(Step::Prepare), patience)? {
            Answer::Done => Ok(()),
            _ => Err(off_topic()),
        },
        false => Ok(()),
    };
    let mut before_ns = None;
    if warm_up == WarmUp::Once {
        prepare(&mut worker, patience)?;
        let listed = ask(&mut worker, &Request::Sample { iterations: 1 }, patience)?;
        let Answer::Sampled(sample) = listed else { return Err(off_topic()) };
        before_ns = Some(sample.wall_ns);
    }
    prepare(&mut worker, patience)?;
    let pid = worker.pid().ok_or_else(|| because(&"the worker has no process id"))?;
    let scope = Scope { start: Start::Now, window: Window::Marked, detail, until };
    let watch = Watch::attach(choice, pid, scope).map_err(|refused| because(&refused))?;
    let answer = ask(&mut worker, &Request::Count, patience);
    // A worker that has not marked its listing would be waited for: with its end, any watch ends.
    drop(worker);
    let Answer::Counted(tally) = answer? else { return Err(off_topic()) };
    let fallback = watch.fallback.clone();
    let seen = watch.finish().map_err(|error| because(&error))?;
    Ok(Counted { trace: seen.trace, tally, fallback, before_ns })
}

/// Like [`count`], but exact or not at all: if records were lost and the user did not choose a method, counts again by
/// ptrace.
///
/// # Errors
/// Why they cannot be counted.
pub fn count_exactly(
    program: &Program,
    open: &Open,
    warm_up: WarmUp,
    choice: Choice,
    until: Option<Instant>,
    patience: &mut Patience<'_>,
) -> Result<Counted, Uncounted> {
    let counted = count(program, open, warm_up, (choice, Detail::Counts), until, patience)?;
    if counted.trace.lost == 0 {
        return Ok(counted);
    }
    let lost = format!("{} of its calls' records were lost", counted.trace.lost);
    if choice != Choice::Auto {
        return Err(Uncounted::Because(lost));
    }
    let again = count(program, open, warm_up, (Choice::Ptrace, Detail::Counts), until, patience)?;
    Ok(Counted { fallback: Some(Refused(lost)), ..again })
}

fn ask(worker: &mut Worker, request: &Request, patience: &mut Patience<'_>) -> Result<Answer, Uncounted> {
    match worker.ask_patiently(request, patience) {
        Ok(Answer::Failed(why)) | Err(NoAnswer::Broken(why)) => Err(Uncounted::Because(why)),
        Ok(answer) => Ok(answer),
        Err(NoAnswer::Interrupted(interrupted)) => Err(Uncounted::Interrupted(interrupted)),
    }
}

fn off_topic() -> Uncounted {
    Uncounted::Because("the worker answered something else than asked".to_owned())
}
