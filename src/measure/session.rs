//! A session: from a [`Plan`] to a [`Record`].
//!
//! Oracle, then workers, then verification, then warm-up, then rounds. A tree that changes is noticed at each of these: a
//! case that sees something else than the oracle makes the oracle look again, and only if the oracle still sees what it saw
//! is the case wrong.

use super::environment::{Environment, FileSystem};
use super::oracle::{self, Question, Truths};
use super::plan::{Case, Plan, Way};
use super::process::{NoAnswer, Program, Worker};
use super::protocol::{Answer, Open, Request, Sample, Verified};
use super::record::{Outcome, Record, Rounds, VerifiedBy};
use super::schedule::{self, Ended, Shuffle};
use super::{fold, stats};
use crate::error::Error;
use crate::interrupt::{Interrupt, Interrupted};
use crate::list::{Standing, tally::Tally};
use std::fmt;
use std::time::{Duration, Instant};

/// What happens, for whoever shows progress.
pub trait Events {
    /// A stage begins, of so many steps.
    fn stage(&mut self, stage: Stage, steps: usize);
    /// One step of it begins: what it is about.
    fn step(&mut self, what: &str);
    /// How long all of it will take, roughly.
    fn estimate(&mut self, estimate: Estimate);
}

/// A stage of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The oracle looks.
    Oracle,
    /// Cases are held against it.
    Verify,
    /// Cases are run once to learn how long they take.
    WarmUp,
    /// Rounds. Their number is a limit, or a guess where time is.
    Rounds,
}

/// How long a session will take, roughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Cases to verify and measure.
    pub cases: usize,
    /// Entries of all targets.
    pub entries: u64,
    /// Verification.
    pub verify: Duration,
    /// The rounds at most, where a time limits them.
    pub rounds: Option<Duration>,
}

/// Why there is no record.
#[derive(Debug)]
pub enum Failure {
    /// A signal asked us to end.
    Interrupted(Interrupted),
    /// A target cannot be listed at all.
    Target(Error),
    /// A target changes faster than it can be verified.
    Restless {
        /// The target's root, escaped.
        root: String,
    },
    /// Our own worker cannot be started.
    Worker(Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted(interrupted) => write!(f, "{interrupted}"),
            Self::Target(error) | Self::Worker(error) => write!(f, "{error}"),
            Self::Restless { root } => write!(
                f,
                "'{root}' changed each of the {ATTEMPTS} times that it was verified: what is listed must keep still; \
                 compare a copy or a snapshot of it"
            ),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Target(error)
    }
}

impl From<Interrupted> for Failure {
    fn from(interrupted: Interrupted) -> Self {
        Self::Interrupted(interrupted)
    }
}

/// How often a tree may change while it is verified.
const ATTEMPTS: usize = 3;

/// A sample shorter than this is mostly noise of the clock and the scheduler: it lists more than once.
const LEAST_SAMPLE: Duration = Duration::from_millis(2);

/// A case under way.
pub(super) struct Running {
    worker: Option<Worker>,
    pub(super) iterations: u32,
    pub(super) verified: Option<(Tally, VerifiedBy)>,
    pub(super) samples: Vec<Sample>,
    /// Why it has no time.
    pub(super) out: Option<Outcome>,
}

/// Measures what the plan says.
///
/// # Errors
/// When nothing can be measured at all. A case that fails is a row.
pub fn run(plan: &Plan, events: &mut dyn Events, interrupt: &Interrupt) -> Result<Record, Failure> {
    let started = jiff::Timestamp::now();
    let environment = Environment::read();
    let mut session = Session { plan, events, interrupt, truths: Vec::new(), cases: Vec::new() };
    let oracle_time = session.consult()?;
    session.estimate(oracle_time);
    session.open()?;
    session.verify()?;
    session.warm_up()?;
    let rounds = session.rounds()?;
    let changed = session.recheck()?;
    let Session { truths, cases, .. } = session;
    let file_systems = plan.targets.iter().map(|target| FileSystem::of(&target.root)).collect();
    Ok(fold::record(plan, fold::Raw { started, environment, file_systems, truths, cases, rounds, changed }))
}

struct Session<'s> {
    plan: &'s Plan,
    events: &'s mut dyn Events,
    interrupt: &'s Interrupt,
    truths: Vec<Truths>,
    cases: Vec<Running>,
}

impl Session<'_> {
    /// Asks the oracle about every target; says how long it took.
    fn consult(&mut self) -> Result<Duration, Failure> {
        self.events.stage(Stage::Oracle, self.plan.targets.len());
        let start = Instant::now();
        for target in 0..self.plan.targets.len() {
            let truths = self.ask(target)?;
            self.truths.push(truths);
        }
        Ok(start.elapsed())
    }

    fn ask(&mut self, target: usize) -> Result<Truths, Failure> {
        let mut questions: Vec<Question> = Vec::new();
        for case in self.plan.cases.iter().filter(|case| case.target == target) {
            let question = (case.want, case.projection());
            if !questions.contains(&question) {
                questions.push(question);
            }
        }
        let target = &self.plan.targets[target];
        self.events.step(&escaped(&target.root));
        oracle::ask(&target.root, target.level, &questions, || Ok(self.interrupt.check()?))
    }

    fn estimate(&mut self, oracle_time: Duration) {
        let entries = self.truths.iter().filter_map(|truths| truths.any()).map(|truth| truth.tally.entries).sum();
        // A verification costs about what the oracle's did, a case at a time; most targets share the oracle's time evenly.
        let per_case = oracle_time / self.plan.targets.len().max(1) as u32;
        let rounds = match self.plan.limits {
            super::Limits::Time(limit) => Some(limit),
            super::Limits::Rounds(_) => None,
        };
        let cases = self.plan.cases.len();
        self.events.estimate(Estimate { cases, entries, verify: per_case * cases as u32, rounds });
    }

    fn open(&mut self) -> Result<(), Failure> {
        for case in &self.plan.cases {
            let mut running = Running { worker: None, iterations: 1, verified: None, samples: Vec::new(), out: None };
            match self.start(case)? {
                Ok(worker) => running.worker = Some(worker),
                Err(out) => running.out = Some(out),
            }
            self.cases.push(running);
        }
        Ok(())
    }

    /// Starts a case's worker and opens the case in it.
    fn start(&self, case: &Case) -> Result<Result<Worker, Outcome>, Failure> {
        let (program, strategy): (&Program, String) = match &case.way {
            Way::Ours(strategy) => (&self.plan.worker, strategy.name().into_owned()),
            Way::Foreign { name, program } => (program, name.clone()),
        };
        let mut worker = match (Worker::start(program), &case.way) {
            (Ok(worker), _) => worker,
            (Err(error), Way::Ours(_)) => return Err(Failure::Worker(Error::new("spawn", &program.path, error))),
            (Err(error), Way::Foreign { .. }) => {
                return Ok(Err(Outcome::Unsupported(Error::new("spawn", &program.path, error).to_string())));
            }
        };
        let root = self.plan.targets[case.target].root.clone().into();
        let entries = self.truths[case.target].any().map_or(0, |truth| truth.tally.entries);
        let open = Open { strategy, want: case.want, root, threads: case.threads, entries };
        Ok(match worker.ask(&Request::Open(open), self.interrupt) {
            Ok(Answer::Opened { .. }) => Ok(worker),
            Ok(Answer::Unsupported(reason)) => Err(Outcome::Unsupported(reason)),
            other => Err(refused(other)?),
        })
    }

    /// Holds every case against the oracle. Where they differ and the oracle has changed its mind, all of that target's
    /// cases are held against its new answer.
    fn verify(&mut self) -> Result<(), Failure> {
        self.events.stage(Stage::Verify, self.plan.cases.len());
        let mut attempts = vec![0; self.plan.targets.len()];
        let mut index = 0;
        while let Some(case) = self.plan.cases.get(index) {
            self.events.step(&case.name());
            if let Some(difference) = self.verify_case(index)? {
                let now = self.ask(case.target)?;
                if now.same_as(&self.truths[case.target]) {
                    self.cases[index].out = Some(Outcome::Wrong(difference));
                } else {
                    attempts[case.target] += 1;
                    if attempts[case.target] == ATTEMPTS {
                        let root = escaped(&self.plan.targets[case.target].root);
                        return Err(Failure::Restless { root });
                    }
                    self.truths[case.target] = now;
                    let first = self.plan.cases.iter().position(|other| other.target == case.target);
                    self.events.stage(Stage::Verify, self.plan.cases.len());
                    index = first.unwrap_or(index);
                    continue;
                }
            }
            index += 1;
        }
        Ok(())
    }

    /// Runs one case untimed; says how it differs from the oracle, if it does.
    fn verify_case(&mut self, index: usize) -> Result<Option<String>, Failure> {
        let case = &self.plan.cases[index];
        let Some(verified) = self.ask_case(index, &Request::Verify)? else { return Ok(None) };
        let Answer::Verified(Verified { tally, digest, .. }) = verified else {
            self.cases[index].out = Some(Outcome::Failed("the worker answered something else than asked".to_owned()));
            return Ok(None);
        };
        let truth = self.truths[case.target].get((case.want, case.projection()));
        let by = match (case.standing(), digest) {
            (Standing::Ruler, _) => VerifiedBy::Nothing,
            (Standing::Ranked, Some(_)) => VerifiedBy::Digest,
            (Standing::Ranked, None) => VerifiedBy::Tally,
        };
        self.cases[index].verified = Some((tally, by));
        let Some(truth) = truth.filter(|_| by != VerifiedBy::Nothing) else { return Ok(None) };
        Ok(tally.difference(&truth.tally).or_else(|| {
            let digest = digest.filter(|digest| *digest != truth.digest)?;
            Some(format!("equal counts but other entries: digest {digest}, not {}", truth.digest))
        }))
    }

    fn warm_up(&mut self) -> Result<(), Failure> {
        self.events.stage(Stage::WarmUp, self.plan.cases.len());
        for index in 0..self.plan.cases.len() {
            self.events.step(&self.plan.cases[index].name());
            if let Some(sample) = self.sample(index)? {
                let wall = sample.wall_ns.max(1);
                let least = LEAST_SAMPLE.as_nanos() as u64;
                self.cases[index].iterations = u32::try_from(least.div_ceil(wall)).unwrap_or(1).clamp(1, 100_000);
            }
        }
        Ok(())
    }

    fn rounds(&mut self) -> Result<Rounds, Failure> {
        let expected = match self.plan.limits {
            super::Limits::Rounds(rounds) => rounds,
            super::Limits::Time(_) => 0,
        };
        self.events.stage(Stage::Rounds, expected);
        let mut shuffle = Shuffle::new(self.plan.seed);
        let mut elapsed = Duration::ZERO;
        let mut count = 0;
        let ended = loop {
            if let Some(ended) = schedule::ended(self.plan.limits, count, elapsed, || self.is_tight()) {
                break ended;
            }
            count += 1;
            let start = Instant::now();
            for index in shuffle.round(self.plan.cases.len()) {
                self.events.step(&format!("round {count}: {}", self.plan.cases[index].name()));
                if let Some(sample) = self.sample(index)? {
                    self.cases[index].samples.push(sample);
                }
            }
            elapsed += start.elapsed();
            if self.cases.iter().all(|case| case.out.is_some()) {
                break Ended::Asked;
            }
        };
        Ok(Rounds { count, seconds: elapsed.as_secs_f64(), ended })
    }

    /// Whether every ranked case's ratio to its view's baseline is known well enough.
    fn is_tight(&self) -> bool {
        self.plan.views.iter().all(|view| {
            view.cases.iter().filter(|&&case| case != view.baseline).all(|&case| {
                let ratio = fold::ratio(&self.cases[case], &self.cases[view.baseline], 400, self.plan.seed);
                ratio.is_none_or(|ratio| ratio.half_width() <= schedule::TIGHT)
            })
        })
    }

    /// Whether a tree changed while it was measured, for each target: asked only where a sample saw something else.
    fn recheck(&mut self) -> Result<Vec<bool>, Failure> {
        let mut changed = vec![false; self.plan.targets.len()];
        for (case, running) in self.plan.cases.iter().zip(&self.cases) {
            changed[case.target] |= !running.changed().is_empty();
        }
        Ok(changed)
    }

    fn sample(&mut self, index: usize) -> Result<Option<Sample>, Failure> {
        let iterations = self.cases[index].iterations;
        match self.ask_case(index, &Request::Sample { iterations })? {
            Some(Answer::Sampled(sample)) => Ok(Some(sample)),
            Some(_) => {
                self.cases[index].out =
                    Some(Outcome::Failed("the worker answered something else than asked".to_owned()));
                Ok(None)
            }
            None => Ok(None),
        }
    }

    /// Asks a case that is still in; one that breaks is out.
    fn ask_case(&mut self, index: usize, request: &Request) -> Result<Option<Answer>, Failure> {
        self.interrupt.check()?;
        let running = &mut self.cases[index];
        let (None, Some(worker)) = (&running.out, &mut running.worker) else { return Ok(None) };
        match worker.ask(request, self.interrupt) {
            Ok(answer @ (Answer::Verified(_) | Answer::Sampled(_))) => Ok(Some(answer)),
            other => {
                running.out = Some(refused(other)?);
                running.worker = None;
                Ok(None)
            }
        }
    }
}

/// An answer that is none, as a case's outcome.
fn refused(answer: Result<Answer, NoAnswer>) -> Result<Outcome, Failure> {
    match answer {
        Ok(Answer::Failed(why)) | Err(NoAnswer::Broken(why)) => Ok(Outcome::Failed(why)),
        Ok(_) => Ok(Outcome::Failed("the worker answered something else than asked".to_owned())),
        Err(NoAnswer::Interrupted(interrupted)) => Err(interrupted.into()),
    }
}

impl Running {
    /// Rounds whose sample saw another tree than was verified.
    pub(super) fn changed(&self) -> Vec<usize> {
        let Some((tally, _)) = &self.verified else { return Vec::new() };
        let differs = |(round, sample): (usize, &Sample)| (!sample.tally.same_as(tally)).then_some(round);
        self.samples.iter().enumerate().filter_map(differs).collect()
    }

    /// Wall time of one listing in each round, nanoseconds.
    pub(super) fn wall_per_listing(&self) -> Vec<f64> {
        self.samples.iter().map(|sample| sample.wall_ns as f64 / f64::from(self.iterations)).collect()
    }

    /// The resampled median of a function of the samples.
    pub(super) fn median_of(&self, of: impl Fn(&Sample) -> u64) -> f64 {
        let mut values: Vec<f64> =
            self.samples.iter().map(|sample| of(sample) as f64 / f64::from(self.iterations)).collect();
        stats::median(&mut values).unwrap_or(0.0)
    }
}

fn escaped(path: &std::path::Path) -> String {
    crate::error::Escaped(path).to_string()
}
