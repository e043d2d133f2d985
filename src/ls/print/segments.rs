//! Divides one output among threads: each makes a segment of it, and takes a lock only where segments meet.
//!
//! The output is a row of segments. The first is printed while it is made; what the others make is held until its turn:
//!
//! ```text
//! segments   [ first, running ] [ done ] [ running ] [ waiting ]
//!              prints            held      held        nobody does it
//! ```
//!
//! The printing thread splits off the later part of its remaining work as a waiting segment, so that an idle thread
//! always finds one. If none waits, all working threads split. So a segment is as long as the tree allows, a thread
//! stays among directories that it has just read, and it hardly ever waits.
//!
//! **Bounded memory.** A thread that is [`LEAD_BYTES`] ahead of the printing leaves its segment for an earlier one. If
//! there is none it goes on, as long as less than [`MOST_HELD_BYTES`] are held in all. The first segment may always be
//! worked on, so the printing never waits for ever.
//!
//! **No lost wake-up.** A thread that waits has looked at all segments and counted itself idle under the lock. Whatever
//! it waits for is done under the lock too, before [`Segments::wake`]: a segment is added or left, or held output is
//! printed.
//!
//! Rejected: the walker's schedule (`walk::schedule`), where the oldest job is stolen: that is the largest piece of
//! work, and the one that is printed last; it would be held until all else is printed. And one lock a directory around
//! the set of waiting directories in order: 0.2 s for 65,000 of them.

use super::output::Output;
use crate::ls::show::page::Pages;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::PoisonError;
use sync::{AtomicBool, AtomicU64, AtomicUsize, Condvar, Mutex, MutexGuard, Ordering};

/// What threads meet by: a permutation tester's in the tests.
mod sync {
    #[cfg(test)]
    pub(crate) use shuttle::sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    };
    #[cfg(not(test))]
    pub(crate) use std::sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    };
}

/// Bytes that one segment may hold before its thread looks for an earlier one. Tests have small limits, which they
/// reach.
const LEAD_BYTES: usize = if cfg!(test) { 4 } else { 256 * 1024 };
/// Bytes that all segments together may hold; earlier ones may add as much again.
const MOST_HELD_BYTES: usize = if cfg!(test) { 6 } else { 16 << 20 };
/// Bytes that are printed at once.
const PIECE_BYTES: usize = if cfg!(test) { 2 } else { 64 * 1024 };

/// What is left to do of a segment.
pub(crate) trait Rest: Send {
    /// Whether that is nothing.
    fn is_empty(&self) -> bool;
    /// Whether there is a part to be given away.
    fn can_split(&self) -> bool;
    /// Takes the later part away from it.
    fn split(&mut self) -> Option<Self>
    where
        Self: Sized;
}

/// The meeting place.
pub(crate) struct Segments<'t, 'o, R> {
    state: Mutex<State<'t, 'o, R>>,
    changed: Condvar,
    /// Number of the segment whose maker may print.
    first: AtomicU64,
    /// Threads that look for something to do.
    idle: AtomicUsize,
    /// Segments that wait, and of which little has been made.
    fresh: AtomicUsize,
    /// Whether there is more than one thread.
    is_shared: AtomicBool,
    stop: AtomicBool,
}

struct State<'t, 'o, R> {
    segments: VecDeque<Segment<R>>,
    numbers: u64,
    held_bytes: usize,
    /// Away while a thread prints.
    output: Option<&'t mut Output<'o>>,
}

struct Segment<R> {
    number: u64,
    held: Vec<Pages>,
    held_bytes: usize,
    progress: Progress<R>,
}

enum Progress<R> {
    Waiting(R),
    Running,
    Done,
}

/// A segment in the making, by one thread.
pub(crate) struct Run<'t, 'o, R> {
    /// What is left to do.
    pub(crate) rest: R,
    /// What was made and is not yet printed.
    pub(crate) made: Pages,
    number: u64,
    /// There once it is the first.
    output: Option<&'t mut Output<'o>>,
}

impl<'t, 'o, R: Rest> Segments<'t, 'o, R> {
    /// All the work as one segment.
    pub(crate) fn new(rest: R, output: &'t mut Output<'o>) -> Self {
        let whole = Segment { number: 0, held: Vec::new(), held_bytes: 0, progress: Progress::Waiting(rest) };
        let state = State { segments: VecDeque::from([whole]), numbers: 1, held_bytes: 0, output: Some(output) };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            first: AtomicU64::new(0),
            idle: AtomicUsize::new(0),
            fresh: AtomicUsize::new(1),
            is_shared: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        }
    }

    /// Other threads come.
    pub(crate) fn expect_others(&self) {
        self.is_shared.store(true, Ordering::Relaxed);
    }

    /// The output, when all threads have ended.
    pub(crate) fn into_output(self) -> Option<&'t mut Output<'o>> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).output
    }

    /// A segment to be made, when there is one; `None` when all is done.
    pub(crate) fn take(&self) -> Option<Run<'t, 'o, R>> {
        let mut state = self.lock();
        self.idle.fetch_add(1, Ordering::SeqCst);
        let run = loop {
            if state.segments.is_empty() || self.stop.load(Ordering::Relaxed) {
                break None;
            }
            if let Some(segment) = self.choose(&state).and_then(|index| state.segments.get_mut(index))
                && let Progress::Waiting(rest) = std::mem::replace(&mut segment.progress, Progress::Running)
            {
                let number = segment.number;
                self.count_fresh(&state);
                break Some(Run { rest, made: Pages::default(), number, output: None });
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        self.idle.fetch_sub(1, Ordering::SeqCst);
        run
    }

    /// To be called between two directories: prints, shares the rest, and answers whether to go on with this segment.
    pub(crate) fn meet(&self, run: &mut Run<'t, 'o, R>) -> ControlFlow<()> {
        if run.output.is_none() && self.first.load(Ordering::Acquire) == run.number {
            self.become_first(run);
        }
        match &mut run.output {
            Some(output) if run.made.bytes() >= PIECE_BYTES || output.is_watched() => {
                output.pages(&mut run.made);
                if output.has_failed() {
                    self.stop.store(true, Ordering::Relaxed);
                }
            }
            Some(_) => {}
            None if run.made.bytes() >= LEAD_BYTES => return ControlFlow::Break(()),
            None => {}
        }
        let wanted = self.idle.load(Ordering::Relaxed)
            + usize::from(run.output.is_some() && self.is_shared.load(Ordering::Relaxed));
        if self.fresh.load(Ordering::Relaxed) < wanted && run.rest.can_split() {
            self.share(run);
        }
        match self.stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Gives a segment back, done or not.
    pub(crate) fn leave(&self, run: Run<'t, 'o, R>) {
        let Run { rest, mut made, number, output, .. } = run;
        let mut state = self.lock();
        let progress = if rest.is_empty() { Progress::Done } else { Progress::Waiting(rest) };
        let is_first = state.segments.front().is_some_and(|first| first.number == number);
        // Who prints what came before may have the output still: then it comes by again.
        let output = output.or_else(|| if is_first { state.output.take() } else { None });
        if let Some(segment) = state.segments.iter_mut().find(|segment| segment.number == number) {
            segment.progress = progress;
            let bytes = made.bytes();
            if output.is_none() || !segment.held.is_empty() {
                segment.held.push(std::mem::take(&mut made));
                segment.held_bytes += bytes;
                state.held_bytes += bytes;
            }
        }
        self.count_fresh(&state);
        if let Some(output) = output {
            output.pages(&mut made);
            self.print(state, output);
        } else {
            drop(state);
        }
        self.wake();
    }

    /// Prints what is ready at the front; the thread that works on the next segment takes the output.
    fn print<'s>(&'s self, mut state: MutexGuard<'s, State<'t, 'o, R>>, output: &'t mut Output<'o>) {
        while let Some(segment) = state.segments.front_mut() {
            let held = std::mem::take(&mut segment.held);
            let bytes = std::mem::take(&mut segment.held_bytes);
            let is_done = matches!(segment.progress, Progress::Done);
            state.held_bytes -= bytes;
            if is_done {
                state.segments.pop_front();
            } else if held.is_empty() {
                break;
            }
            // Writing may take long: the others go on meanwhile.
            drop(state);
            for mut pages in held {
                output.pages(&mut pages);
            }
            if output.has_failed() {
                self.stop.store(true, Ordering::Relaxed);
            }
            state = self.lock();
        }
        state.output = Some(output);
        if let Some(first) = state.segments.front() {
            self.first.store(first.number, Ordering::Release);
        }
    }

    /// The maker of the first segment takes the output, and prints what others made of the segment.
    fn become_first(&self, run: &mut Run<'t, 'o, R>) {
        let mut state = self.lock();
        let Some(output) = state.output.take() else { return };
        let mut held = Vec::new();
        if let Some(segment) = state.segments.front_mut() {
            held = std::mem::take(&mut segment.held);
            let bytes = std::mem::take(&mut segment.held_bytes);
            state.held_bytes -= bytes;
        }
        drop(state);
        self.wake();
        for mut pages in held {
            output.pages(&mut pages);
        }
        run.output = Some(output);
    }

    /// Splits off the later part of the rest as a waiting segment, and wakes idle threads.
    fn share(&self, run: &mut Run<'t, 'o, R>) {
        let mut state = self.lock();
        let index = state.segments.iter().position(|segment| segment.number == run.number);
        if let (Some(index), Some(rest)) = (index, run.rest.split()) {
            let number = state.numbers;
            state.numbers += 1;
            let progress = Progress::Waiting(rest);
            state.segments.insert(index + 1, Segment { number, held: Vec::new(), held_bytes: 0, progress });
            self.count_fresh(&state);
        }
        drop(state);
        self.wake();
    }

    /// What a thread without work should do.
    fn choose(&self, state: &State<'t, 'o, R>) -> Option<usize> {
        let may_wait = |segment: &Segment<R>| matches!(segment.progress, Progress::Waiting(_));
        let near = state.segments.iter().enumerate().find(|(index, segment)| {
            *index == 0 && may_wait(segment) || segment.is_fresh() && state.held_bytes < 2 * MOST_HELD_BYTES
        });
        match near {
            Some((index, _)) => Some(index),
            None if state.held_bytes < MOST_HELD_BYTES => state.segments.iter().position(may_wait),
            None => None,
        }
    }

    /// Wakes idle threads. What they wait for has been done under the lock.
    fn wake(&self) {
        if self.idle.load(Ordering::SeqCst) > 0 {
            self.changed.notify_all();
        }
    }

    fn count_fresh(&self, state: &State<'t, 'o, R>) {
        let fresh = state.segments.iter().filter(|segment| segment.is_fresh()).count();
        self.fresh.store(fresh, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, State<'t, 'o, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R> Segment<R> {
    /// Whether it waits, and little of it has been made.
    fn is_fresh(&self) -> bool {
        matches!(self.progress, Progress::Waiting(_)) && self.held_bytes < LEAD_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ls::{Asked, Screen, parse_arguments};
    use shuttle::sync::Arc;
    use shuttle::{check_pct, check_random};
    use std::io::{self, Write};

    /// Letters to be made, and how many there are below each: what a tree's directories are.
    struct Letters(VecDeque<u8>);

    impl Rest for Letters {
        fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        fn can_split(&self) -> bool {
            self.0.len() > 1
        }

        fn split(&mut self) -> Option<Self> {
            self.can_split().then(|| Self(self.0.split_off(self.0.len() / 2)))
        }
    }

    /// Keeps what is written, up to so many bytes.
    struct Paper {
        written: Arc<std::sync::Mutex<Vec<u8>>>,
        most: usize,
    }

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut written = self.written.lock().unwrap();
            if written.len() + bytes.len() > self.most {
                return Err(io::ErrorKind::StorageFull.into());
            }
            written.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// As a tree's listing does it: a capital letter is a directory with two more letters in it.
    fn work(order: &Segments<'_, '_, Letters>) {
        while let Some(mut run) = order.take() {
            while let Some(letter) = run.rest.0.pop_front() {
                run.made.page.push(letter);
                if letter.is_ascii_uppercase() {
                    run.rest.0.push_front(letter.to_ascii_lowercase());
                    run.rest.0.push_front(letter - b'A' + b'0');
                }
                if order.meet(&mut run).is_break() {
                    break;
                }
            }
            order.leave(run);
        }
    }

    /// Has `threads` threads list `letters` onto paper that takes so many bytes; answers what is on it.
    fn listed(letters: &str, threads: usize, most: usize, watched: bool) -> String {
        let screen = Screen { is_terminal: watched, columns: None };
        let Ok(Asked::Listing(options, _)) = parse_arguments(Vec::new(), b"ls", screen, &mut |_| ()) else {
            unreachable!()
        };
        let written = Arc::new(std::sync::Mutex::new(Vec::new()));
        // The tester's threads outlive the function that starts them, as far as the compiler knows.
        let options = &*Box::leak(options);
        let paper = Box::leak(Box::new(Paper { written: Arc::clone(&written), most }));
        let output = Box::leak(Box::new(Output::new(options, b"ls", paper, Box::leak(Box::new(io::sink())))));
        let order = Arc::new(Segments::new(Letters(letters.bytes().collect()), output));
        order.expect_others();
        let helpers: Vec<_> = (1..threads)
            .map(|_| {
                let order = Arc::clone(&order);
                shuttle::thread::spawn(move || work(&order))
            })
            .collect();
        work(&order);
        helpers.into_iter().for_each(|helper| helper.join().unwrap());
        let order = Arc::into_inner(order).expect("all threads have ended");
        if let Some(output) = order.into_output() {
            output.flush();
        }
        let written = written.lock().unwrap();
        String::from_utf8(written.clone()).unwrap()
    }

    fn every_way(check: impl Fn() + Send + Sync + Copy + 'static) {
        check_random(check, 600);
        check_pct(check, 600, 4);
    }

    #[test]
    fn several_threads_print_all_in_order() {
        every_way(|| assert_eq!(listed("aBcdEf", 3, 99, false), "aB1bcdE4ef"));
        every_way(|| assert_eq!(listed("ABcdefgh", 2, 99, false), "A0aB1bcdefgh"));
        every_way(|| assert_eq!(listed("aBcdE", 3, 99, true), "aB1bcdE4e"));
    }

    #[test]
    fn all_end_when_nothing_more_can_be_written() {
        every_way(|| {
            let written = listed("aBcdEf", 3, 3, true);
            assert!("aB1".starts_with(&written), "{written}");
        });
    }
}
