//! How many threads a walk should use, found while it runs.
//!
//! Warm, more threads than cores only contend; cold, or over a network, most threads wait, and more of them wait at once. So
//! the walk watches its threads: of each it reads how long it was on a core, and how long it was ready but had to queue for
//! one (schedstat in proc(5)). The rest of the time it waited for something that is no core, or had nothing to do. Neither
//! file system nor device is asked for its name.
//!
//! - While they wait more than half of the time, the cores are not half busy, none is without work and jobs wait, there is a
//!   trial: several times as many threads. The trial's measure is the progress made, in the process's time on cores: the work of a
//!   walk is in its calls, whoever waits. A trial that is a clear success is followed by the next at once, since a walk may be
//!   short; where progress does not follow (the disk is busy, not the threads), the new threads rest again, unless they do so anyway,
//!   and the next trial comes later each time.
//! - While more of them than there are cores hardly ever wait, half of them go. There is no haste: what contention costs is
//!   little against what one more round of trials does.
//!
//! Rejected: climbing by entries a second, which differs by more from directory to directory than from thread count to
//! thread count; a table of file systems, which can't know a cache's state.

use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Between two looks: a few times what a disk or a network takes to answer, and short against a walk worth more threads.
const TICK: Duration = Duration::from_millis(4);
/// The longest between two where threads hardly wait: a look takes a core from them.
const CALM_TICK: Duration = Duration::from_millis(32);
/// Until the first look: a thread has started by then, and one that is ready all the time was seen to be.
const FIRST_TICK: Duration = Duration::from_millis(2);

/// Looks from a trial's start that are not counted: the new threads have yet to start.
const TRIAL_SETTLES: u32 = 1;
/// Looks that a trial is judged by in the end; thrice as many where hardly a thread is ever ready, since each answer takes
/// long, and what comes within a few looks is chance.
const TRIAL_TICKS: u32 = 4;
/// Progress that a trial must bring to be a success: too many threads cost less than too few.
const GAIN: f64 = 1.05;
/// Progress that makes it one before its end: a walk is short, and what comes early comes to more.
const SURE_GAIN: f64 = 1.25;
/// Looks at crowded cores, one after the other, until threads go.
const CROWDED_TICKS: u32 = 25;
/// Ticks from a failed trial to the next; doubled each time.
const FIRST_HOLD: u32 = 8;
/// Threads that are looked at in a tick: their mean stands for all.
const LOOKED_AT: usize = 8;

/// What was seen of the threads since the look before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Cores that the process kept busy, in the mean.
    pub(super) progress: f64,
    /// Share of the time that a thread was on a core or queueing for one, in the mean.
    pub(super) ready: f64,
    /// Threads without work now.
    pub(super) idle: usize,
    /// Jobs that wait or run now.
    pub(super) jobs: usize,
}

/// Decides; knows nothing of threads but what it is told.
pub(super) struct Pace {
    cores: usize,
    most: usize,
    threads: usize,
    /// Threads and progress before the trial, if one is on.
    trial: Option<(usize, f64)>,
    /// Looks since the last change, and their progress added up.
    ticks: u32,
    progress: f64,
    /// Looks at too many ready threads, one after the other.
    crowded: u32,
    /// No trial before so many ticks.
    hold: u32,
    next_hold: u32,
    /// Until the next look.
    tick: Duration,
}

impl Pace {
    /// Starts with as many threads as cores; at most `most`.
    pub(super) fn new(cores: usize, most: usize) -> Self {
        let threads = cores.min(most);
        let (hold, next_hold) = (0, FIRST_HOLD);
        Self {
            cores,
            most,
            threads,
            trial: None,
            ticks: 0,
            progress: 0.0,
            crowded: 0,
            hold,
            next_hold,
            tick: FIRST_TICK,
        }
    }

    /// How long to wait for the next look.
    pub(super) fn tick(&self) -> Duration {
        self.tick
    }

    /// How many threads there should be from now on.
    pub(super) fn next(&mut self, look: Look) -> usize {
        let (busy, crowd) = (look.ready > 0.5, self.threads > self.cores);
        self.tick = if busy && !crowd { (self.tick * 2).clamp(TICK, CALM_TICK) } else { TICK };
        self.ticks += 1;
        if self.trial.is_none() || self.ticks > TRIAL_SETTLES {
            self.progress += look.progress;
        }
        self.hold = self.hold.saturating_sub(1);
        self.crowded = if busy && crowd { self.crowded + 1 } else { 0 };
        if let Some((before, progress)) = self.trial {
            let looks = self.ticks.saturating_sub(TRIAL_SETTLES);
            let now = self.progress / f64::from(looks.max(1));
            let all_wait = look.ready < 0.02;
            let enough = looks >= if all_wait { 3 * TRIAL_TICKS } else { TRIAL_TICKS };
            if enough && now < progress * GAIN && look.idle == 0 {
                self.trial = None;
                self.hold = self.next_hold;
                self.next_hold = self.next_hold.saturating_mul(2);
                self.change(if all_wait { self.threads } else { before });
            } else if enough || looks > 0 && now >= progress * SURE_GAIN {
                self.trial = None;
                self.grow(look, now);
            }
        } else if self.crowded >= CROWDED_TICKS {
            self.change(self.threads / 2);
        } else if self.hold == 0 {
            self.grow(look, self.progress / f64::from(self.ticks));
            if self.trial.is_none() && self.ticks >= TRIAL_TICKS {
                // What is compared with a trial is what went just before it.
                (self.ticks, self.progress) = (0, 0.0);
            }
        }
        self.threads
    }

    /// Starts a trial if one is worth it.
    fn grow(&mut self, look: Look, progress: f64) {
        // Whatever a trial can bring then, it is less than twice as much; and threads take time to start.
        let busy = progress > 0.5 * self.cores as f64;
        if look.ready < 0.5 && !busy && look.idle == 0 && look.jobs > self.threads && self.threads < self.most {
            self.trial = Some((self.threads, progress));
            let times = match (look.ready < 0.01, self.threads > self.cores) {
                (true, _) => 16,
                (false, false) => 8,
                (false, true) => 4,
            };
            self.change(self.threads * times);
        }
    }

    fn change(&mut self, threads: usize) {
        self.threads = threads.clamp(self.cores.min(self.most), self.most);
        (self.ticks, self.progress, self.crowded) = (0, 0.0, 0);
    }
}

/// Threads by number, and how to look at them.
pub(super) struct Watch {
    /// Thread identifiers; 0 while a thread has not started.
    ids: Box<[AtomicU32]>,
}

impl Watch {
    /// For at most `most` threads.
    pub(super) fn new(most: usize) -> Self {
        Self { ids: (0..most).map(|_| AtomicU32::new(0)).collect() }
    }

    /// The calling thread is the one of that number.
    pub(super) fn enter(&self, number: usize) {
        if let Some(id) = self.ids.get(number) {
            id.store(crate::system::thread_id(), Ordering::Relaxed);
        }
    }

    /// Those of a sample of the first `threads`; empty where the kernel does not tell.
    fn times(&self, threads: usize, times: &mut Vec<Times>) {
        times.clear();
        let step = threads.div_ceil(LOOKED_AT).max(1);
        for id in self.ids.iter().take(threads).step_by(step) {
            let id = id.load(Ordering::Relaxed);
            let path = format!("/proc/self/task/{id}/schedstat");
            let text = if id == 0 { String::new() } else { fs::read_to_string(path).unwrap_or_default() };
            let mut numbers = text.split_ascii_whitespace().filter_map(|number| number.parse::<u64>().ok());
            if let (Some(on_core), Some(queued), Some(turns)) = (numbers.next(), numbers.next(), numbers.next()) {
                times.push(Times { id, ready_ns: on_core + queued, turns });
            }
        }
    }
}

/// What the kernel tells of a thread (schedstat in proc(5)).
struct Times {
    id: u32,
    /// On a core, or queueing for one; of a thread that runs just now, up to the kernel's last tick, which may be 10 ms ago.
    ready_ns: u64,
    /// How often it got a core.
    turns: u64,
}

impl Times {
    /// How long it was ready in the `span_ns` since `before`. One that runs, and got no core anew, ran all the time.
    fn ready_since(&self, before: &Self, span_ns: u64) -> u64 {
        if self.turns == before.turns && self.runs() { span_ns } else { self.ready_ns.saturating_sub(before.ready_ns) }
    }

    /// Whether it runs now, or could: its state, behind a name which may hold anything (stat in proc(5)).
    fn runs(&self) -> bool {
        let stat = fs::read(format!("/proc/self/task/{}/stat", self.id)).unwrap_or_default();
        let state = stat.iter().rposition(|&byte| byte == b')').and_then(|name_end| stat.get(name_end + 2));
        state == Some(&b'R')
    }
}

/// Looks at threads again and again.
pub(super) struct Looker<'w> {
    watch: &'w Watch,
    at: Instant,
    /// The process's time on cores.
    used: Duration,
    before: Vec<Times>,
    now: Vec<Times>,
}

impl<'w> Looker<'w> {
    pub(super) fn new(watch: &'w Watch, threads: usize) -> Self {
        let mut before = Vec::new();
        watch.times(threads, &mut before);
        Self { watch, at: Instant::now(), used: process_time(), before, now: Vec::new() }
    }

    /// Cores used by the process and the share of its time that a thread was ready, since the last look. `None` where there is
    /// nothing to compare yet.
    pub(super) fn look(&mut self, threads: usize) -> Option<(f64, f64)> {
        let (now, used) = (Instant::now(), process_time());
        self.watch.times(threads, &mut self.now);
        let span_ns = u64::try_from((now - self.at).as_nanos()).unwrap_or(u64::MAX);
        let span = span_ns as f64;
        let progress = used.saturating_sub(self.used).as_nanos() as f64 / span;
        let (mut ready, mut count) = (0, 0);
        for times in &self.now {
            if let Some(before) = self.before.iter().find(|before| before.id == times.id) {
                ready += times.ready_since(before, span_ns);
                count += 1;
            }
        }
        (self.at, self.used) = (now, used);
        std::mem::swap(&mut self.before, &mut self.now);
        let ready = (ready as f64 / (span * f64::from(count))).min(1.0);
        (count > 0 && span > 0.0).then_some((progress, ready))
    }
}

fn process_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a walk whose threads need a core for `share` of their time, until `most_useful` threads keep something else
    /// busy; says where the thread count ends after so many ticks.
    fn settle(cores: usize, share: f64, most_useful: usize, ticks: usize) -> (usize, usize) {
        let mut pace = Pace::new(cores, 256);
        let (mut threads, mut most) = (cores, 0);
        for _ in 0..ticks {
            let needed = threads.min(most_useful) as f64 * share;
            let ready = needed / threads as f64;
            threads = pace.next(Look { progress: needed.min(cores as f64), ready, idle: 0, jobs: 10_000 });
            most = most.max(threads);
        }
        (threads, most)
    }

    #[test]
    fn threads_that_never_wait_stay_as_many_as_cores() {
        assert_eq!(settle(2, 1.0, usize::MAX, 200), (2, 2));
        assert_eq!(settle(16, 0.95, usize::MAX, 200), (16, 16));
    }

    #[test]
    fn threads_that_wait_are_joined_by_others_until_the_cores_are_busy() {
        let (threads, _) = settle(2, 0.1, usize::MAX, 450);
        assert!((16..=32).contains(&threads), "{threads}");
        assert_eq!(settle(2, 0.001, usize::MAX, 40).0, 256);
    }

    #[test]
    fn threads_that_bring_nothing_go_again() {
        // Trials go on, ever more seldom: at any moment one may be under way, but hardly ever is.
        let counts: Vec<usize> = (400..500).map(|ticks| settle(8, 0.2, 8, ticks).0).collect();
        let settled = counts.iter().filter(|&&threads| threads == 8).count();
        assert!(settled > 90 && settle(8, 0.2, 8, 500).1 == 64, "{counts:?}");
    }

    #[test]
    fn threads_that_all_wait_stay_since_they_cost_nothing() {
        assert_eq!(settle(2, 0.01, 8, 400).0, 256);
    }

    #[test]
    fn threads_that_only_contend_go() {
        let mut pace = Pace::new(2, 256);
        let mut threads = 2;
        while threads < 128 {
            threads = pace.next(Look { progress: threads as f64 * 0.01, ready: 0.01, idle: 0, jobs: 1000 });
        }
        let contending = Look { progress: 2.0, ready: 1.0, idle: 0, jobs: 1000 };
        assert_eq!((0..400).map(|_| pace.next(contending)).last(), Some(2));
    }

    #[test]
    fn without_waiting_jobs_there_is_no_trial() {
        let mut pace = Pace::new(2, 256);
        let look = Look { progress: 0.02, ready: 0.01, idle: 1, jobs: 1 };
        assert!((0..100).all(|_| pace.next(look) == 2));
    }

    #[test]
    #[allow(clippy::print_stderr)] // a test that skips says so
    fn a_look_sees_a_thread_that_works_and_one_that_waits() {
        let watch = Watch::new(1);
        watch.enter(0);
        let mut looker = Looker::new(&watch, 1);
        if looker.before.is_empty() {
            eprintln!("skipped: this kernel has no schedstat");
            return;
        }
        std::thread::sleep(Duration::from_millis(60));
        let (_, waiting) = looker.look(1).unwrap();
        let end = Instant::now() + Duration::from_millis(60);
        while Instant::now() < end {}
        let (_, working) = looker.look(1).unwrap();
        assert!(waiting < working, "{waiting} {working}");
    }
}
