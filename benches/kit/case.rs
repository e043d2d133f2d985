//! One strategy on one tree, run by worker processes as `fsbench compare` runs it.
//!
//! Criterion's benches share one process; so `iter_custom` asks a worker for each sample, started for it. The clock runs in
//! the worker. Every other warm sample of a strategy whose calls come one at a time is followed, in the same worker, by a listing
//! whose calls are priced: prices and times are of the same seconds, the same process and the same caches. Cold, a sample's every iteration has a worker of its own, and caches are dropped before it.

use super::tree::Tree;
use super::{Kit, Mode, end};
use fsbench::bench::CaseNote;
use fsbench::bench::note::Counts;
use fsbench::list::{Parallel, Standing, Want, tally::Tally};
use fsbench::measure::Cache;
use fsbench::measure::count::{Uncounted, WarmUp, count_exactly};
use fsbench::measure::price::Prices;
use fsbench::measure::process::{NoAnswer, Patience, Worker};
use fsbench::measure::protocol::{Answer, Open, Request, Sample};
use fsbench::strategy::{Level, Strategy};
use fsbench::sys::cache::drop_caches;
use fsbench::trace::Choice;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A new process lists once off the clock if that takes no longer than this; `compare` does the same, and says why.
const LONGEST_WARM_UP: Duration = Duration::from_millis(100);

/// ptrace, where it is the only way of counting, makes a call some twenty times as long. What takes longer than this is counted
/// on a smaller tree of the same shape, and scaled.
const LONGEST_COUNT: Duration = Duration::from_millis(300);
/// By how much smaller.
const SMALLER: u64 = 20;
/// What that may take.
const LONGEST_SMALLER_COUNT: Duration = Duration::from_secs(5);

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct What {
    pub(crate) strategy: Strategy,
    pub(crate) level: Level,
    pub(crate) want: Want,
    pub(crate) cache: Cache,
    pub(crate) threads: usize,
}

/// A case under way: verified, and sampled so far.
pub(crate) struct Case<'k> {
    kit: &'k Kit,
    what: What,
    tree: Rc<Tree>,
    open: Open,
    tally: Tally,
    warm_up: bool,
    spent: Spent,
}

/// What all samples took together.
#[derive(Default)]
struct Spent {
    listings: u64,
    user_ns: u64,
    sys_ns: u64,
    faults: u64,
    warm_samples: u64,
    samples: u64,
    prices: Vec<Prices>,
}

impl<'k> Case<'k> {
    /// Holds the strategy against the oracle, untimed; panics if it differs.
    pub(crate) fn verified(kit: &'k Kit, tree: Rc<Tree>, what: What) -> Self {
        let truths = tree.truths(what.level, kit);
        let entries = truths.any().map_or(0, |truth| truth.tally.entries);
        let open = Open {
            strategy: what.strategy.name().into_owned(),
            want: what.want,
            level: what.level,
            root: tree.root.clone().into(),
            threads: what.threads,
            entries,
            command: None,
        };
        let mut this = Self { kit, what, tree, open, tally: Tally::default(), warm_up: false, spent: Spent::default() };
        this.tally = this.verify();
        if what.cache == Cache::Warm {
            let mut worker = this.start();
            let first = this.ask(&mut worker, 1);
            this.warm_up = Duration::from_nanos(first.wall_ns) <= LONGEST_WARM_UP;
        }
        this
    }

    fn verify(&self) -> Tally {
        let Answer::Verified(seen) = self.answer(&mut self.start(), &Request::Verify) else { self.off_topic() };
        let truths = self.tree.truths(self.what.level, self.kit);
        let truth = truths.get((self.what.want, self.what.strategy.projection(self.what.want)));
        let Some(truth) = truth.filter(|_| self.what.strategy.standing() == Standing::Ranked) else {
            return seen.tally;
        };
        if let Some(difference) = seen.tally.difference(&truth.tally) {
            panic!("{} saw something else than std::fs does: {difference}", self.open.strategy);
        }
        assert_eq!(seen.digest, Some(truth.digest), "{} saw other entries than std::fs does", self.open.strategy);
        seen.tally
    }

    /// The time of so many listings.
    pub(crate) fn sample(&mut self, iterations: u64) -> Duration {
        match self.what.cache {
            Cache::Warm => self.warm(u32::try_from(iterations).unwrap_or(u32::MAX)),
            Cache::Cold => (0..iterations).map(|_| self.cold()).sum(),
        }
    }

    fn warm(&mut self, iterations: u32) -> Duration {
        let mut worker = self.start();
        if self.warm_up {
            self.ask(&mut worker, 1);
        }
        let sample = self.ask(&mut worker, iterations);
        self.spent.samples += 1;
        if self.spent.samples.is_multiple_of(2) && self.is_explained() {
            let Answer::Priced(prices) = self.answer(&mut worker, &Request::Price) else { self.off_topic() };
            self.spent.prices.push(prices);
        }
        self.add(&sample, iterations)
    }

    /// Whether the report predicts its time: strategies that make calls at the same time have no sum of them on the clock.
    fn is_explained(&self) -> bool {
        let What { strategy, want, cache, .. } = self.what;
        let one_at_a_time = strategy.factors(want).parallel == Parallel::Serial;
        let ranked = strategy.standing() == Standing::Ranked;
        self.kit.mode == Mode::Measure && cache == Cache::Warm && one_at_a_time && ranked
    }

    fn cold(&mut self) -> Duration {
        let mut worker = self.start();
        drop_caches().unwrap_or_else(|error| panic!("drop_caches: {error}"));
        let sample = self.ask(&mut worker, 1);
        self.spent.warm_samples += u64::from(sample.counters.read_bytes == Some(0));
        self.add(&sample, 1)
    }

    fn add(&mut self, sample: &Sample, iterations: u32) -> Duration {
        self.spent.listings += u64::from(iterations);
        self.spent.user_ns += sample.user_ns;
        self.spent.sys_ns += sample.sys_ns;
        self.spent.faults += sample.counters.minor_faults.unwrap_or(0);
        Duration::from_nanos(sample.wall_ns)
    }

    fn start(&self) -> Worker {
        let worker = Worker::start(&self.kit.program);
        let mut worker = worker.unwrap_or_else(|error| panic!("{}: {error}", self.kit.program.path.display()));
        match self.answer(&mut worker, &Request::Open(self.open.clone())) {
            Answer::Opened { .. } => worker,
            _ => self.off_topic(),
        }
    }

    fn ask(&self, worker: &mut Worker, iterations: u32) -> Sample {
        let Answer::Sampled(sample) = self.answer(worker, &Request::Sample { iterations }) else { self.off_topic() };
        assert!(sample.tally.same_as(&self.tally), "{}: a sample saw another tree", self.open.strategy);
        *sample
    }

    fn answer(&self, worker: &mut Worker, request: &Request) -> Answer {
        match worker.ask(request, &self.kit.interrupt) {
            Ok(Answer::Failed(why) | Answer::Unsupported(why)) | Err(NoAnswer::Broken(why)) => {
                panic!("{}: {why}", self.open.strategy)
            }
            Ok(answer) => answer,
            Err(NoAnswer::Interrupted(interrupted)) => end(interrupted),
        }
    }

    fn off_topic(&self) -> ! {
        panic!("{}: the worker answered something else than asked", self.open.strategy)
    }

    /// What is to be noted of it, once it is measured.
    pub(crate) fn note(&self) -> Option<CaseNote> {
        if self.kit.mode == Mode::Test {
            return None;
        }
        let What { level, want, threads, .. } = self.what;
        let mean = |sum: u64| sum as f64 / self.spent.listings.max(1) as f64;
        Some(CaseNote {
            want,
            tree: self.tree.name(),
            entries: self.tally.entries,
            directories: self.directories(&self.tree),
            components: self.tree.components(level),
            threads,
            user_ns: mean(self.spent.user_ns),
            sys_ns: mean(self.spent.sys_ns),
            faults: mean(self.spent.faults),
            prices: Prices::typical(&self.spent.prices),
            warm_samples: self.spent.warm_samples,
            // Only for what will be explained by them: ptrace takes its time.
            calls: match (self.what.cache, self.what.strategy.factors(want).parallel) {
                (Cache::Warm, Parallel::Serial) => self.counts(),
                (Cache::Warm, _) => Counts::Uncounted("it makes some at the same time".to_owned()),
                (Cache::Cold, _) => Counts::Uncounted("they are the same as with a warm cache".to_owned()),
            },
        })
    }

    /// The calls of one listing more, counted.
    fn counts(&self) -> Counts {
        match self.count(&self.open, LONGEST_COUNT) {
            Counts::Uncounted(why) => self.scaled().unwrap_or(Counts::Uncounted(why)),
            counted => counted,
        }
    }

    fn count(&self, open: &Open, longest: Duration) -> Counts {
        let warm_up = if self.warm_up { WarmUp::Once } else { WarmUp::None };
        let until = Instant::now() + longest;
        let mut patience = Patience { interrupt: Some(&self.kit.interrupt), limit: None, silent: &mut |_| () };
        match count_exactly(&self.kit.program, open, warm_up, Choice::Auto, Some(until), &mut patience) {
            Ok(counted) => Counts::Counted {
                calls: counted.trace.calls.into_iter().map(|(name, call)| (name, call.count)).collect(),
                uring_operations: counted.trace.uring_operations,
                scaled_from: None,
            },
            Err(Uncounted::Because(why)) => Counts::Uncounted(why),
            Err(Uncounted::Interrupted(interrupted)) => end(interrupted),
        }
    }

    /// The same from a smaller tree: calls that come at least once in two entries come as often by entry on the whole one;
    /// others, by directory. A directory is read by entries.
    fn scaled(&self) -> Option<Counts> {
        let What { level, .. } = self.what;
        let spec = self.tree.spec;
        let tree = self.kit.tree(spec.shape, (spec.entries / SMALLER).max(1));
        let open = Open { root: tree.root.clone().into(), ..self.open.clone() };
        let Counts::Counted { calls, uring_operations, .. } = self.count(&open, LONGEST_SMALLER_COUNT) else {
            return None;
        };
        let truths = tree.truths(level, self.kit);
        let (few, many) = (truths.any()?.tally.entries.max(1), self.tally.entries);
        let by_entry = |number: u64| (number as f64 * many as f64 / few as f64).round() as u64;
        let by_directory = self.directories(&self.tree) as f64 / self.directories(&tree) as f64;
        let scaled = |(name, number): (String, u64)| {
            let reads = level == Level::Directory && name == "getdents64";
            let number = if reads || 2 * number >= few {
                by_entry(number)
            } else {
                (number as f64 * by_directory).round() as u64
            };
            (name, number)
        };
        Some(Counts::Counted {
            calls: calls.into_iter().map(scaled).collect(),
            uring_operations: by_entry(uring_operations),
            scaled_from: Some(few),
        })
    }

    /// Directories that a listing of a tree reads.
    fn directories(&self, tree: &Tree) -> u64 {
        match self.what.level {
            Level::Directory => 1,
            Level::Tree => tree.truths(Level::Tree, self.kit).directories + 1,
        }
    }
}
