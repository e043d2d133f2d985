//! A session: from a [`Plan`] to a [`Record`].
//!
//! Oracle, then workers, then verification, then warm-up, then rounds. A tree that changes is noticed at each of these: a
//! case that sees something else than the oracle makes the oracle look again, and only if the oracle still sees what it saw
//! is the case wrong.

use super::command::{self, Expected};
use super::environment::{Environment, FileSystem};
use super::fold;
use super::oracle::{self, Question, Truths};
use super::plan::{Cache, Plan, Twin, ViewKind, Way};
use super::protocol::Verified;
use super::record::{Outcome, Record, Rounds, VerifiedBy};
use super::running::Running;
use super::schedule::{self, Ended, Shuffle};
use crate::error::Error;
use crate::interrupt::{Interrupt, Interrupted};
use crate::list::{Projection, Standing, Want, tally::Tally};
use crate::sys::cache::{DROP_CACHES, may_drop};
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
    /// Rounds, a step for each sample; 0 steps where only time limits them.
    Rounds,
    /// System calls are counted, when all is timed.
    Count,
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
    /// A record is compared, and it is of another tree.
    OtherTree {
        /// The target's root, escaped.
        root: String,
    },
    /// Caches cannot be dropped, and cold ones were asked for.
    Cold(Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted(interrupted) => write!(f, "{interrupted}"),
            Self::Target(error) | Self::Worker(error) => write!(f, "{error}"),
            Self::OtherTree { root } => write!(
                f,
                "'{root}' holds other names or kinds than what the record was measured on: ratios of different trees cannot \
                 be compared; list the same tree (made ones have the same --entries and --seed), or make a new record"
            ),
            Self::Cold(error) => write!(
                f,
                "{error}: cold caches take root (sudo fsbench compare --cache cold ...), and in a container one whose \
                 /proc/sys is writable (docker run --privileged)"
            ),
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

/// How long counting may take by ptrace where no time limit was given.
const LONGEST_COUNT: Duration = Duration::from_secs(60);

/// How often a tree may change while it is verified.
const ATTEMPTS: usize = 3;

/// What is asked of every tree, whatever else is: its answer tells one tree from another, between sessions too.
pub(super) const TREE: Question = (Want::Kinds, Projection::Whole);

/// Measures what the plan says.
///
/// # Errors
/// When nothing can be measured at all. A case that fails is a row.
pub fn run(plan: &Plan, events: &mut dyn Events, interrupt: &Interrupt) -> Result<Record, Failure> {
    if plan.cases.iter().any(|case| case.cache == Cache::Cold) {
        may_drop().map_err(|error| Failure::Cold(Error::new("access", DROP_CACHES, error)))?;
    }
    let started = jiff::Timestamp::now();
    let environment = Environment::read();
    let mut session = Session { plan, events, interrupt, truths: Vec::new(), cases: Vec::new() };
    let oracle_time = session.consult()?;
    session.recognise()?;
    session.estimate(oracle_time);
    session.cases = plan.cases.iter().map(|case| Running::new(plan, case, session.entries(case.target))).collect();
    session.verify()?;
    session.warm_up()?;
    let rounds = session.rounds()?;
    session.count()?;
    let changed = session.changed();
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
        let mut questions: Vec<Question> = vec![TREE];
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

    /// Where a record is compared, makes sure that its trees are listed.
    fn recognise(&self) -> Result<(), Failure> {
        let Some(trees) = &self.plan.trees else { return Ok(()) };
        for (target, truths) in self.plan.targets.iter().zip(&self.truths) {
            let digest = truths.get(TREE).map(|truth| truth.digest);
            if !trees.iter().any(|&(level, then)| level == target.level && Some(then) == digest) {
                return Err(Failure::OtherTree { root: escaped(&target.root) });
            }
        }
        Ok(())
    }

    /// How many entries the oracle saw.
    fn entries(&self, target: usize) -> u64 {
        self.truths.get(target).and_then(Truths::any).map_or(0, |truth| truth.tally.entries)
    }

    fn estimate(&mut self, oracle_time: Duration) {
        let entries = (0..self.truths.len()).map(|target| self.entries(target)).sum();
        // A verification costs about what the oracle's did, a case at a time; most targets share the oracle's time evenly.
        let per_case = oracle_time / self.plan.targets.len().max(1) as u32;
        let rounds = match self.plan.limits {
            super::Limits::Time(limit) => Some(limit),
            super::Limits::Rounds(_) => None,
        };
        let cases = self.plan.cases.len();
        self.events.estimate(Estimate { cases, entries, verify: per_case * cases as u32, rounds });
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
        let Some(verified) = self.cases[index].verify(self.interrupt)? else { return Ok(None) };
        if let Way::Command { spec, .. } = &case.way {
            return Ok(self.judge(index, spec.output, &verified));
        }
        let Verified { tally, digest, .. } = verified;
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

    /// Holds what a command printed against the oracle; says how it differs.
    fn judge(&mut self, index: usize, output: command::Output, seen: &Verified) -> Option<String> {
        let case = self.plan.cases.get(index)?;
        let truths = self.truths.get(case.target)?;
        let names = truths.get((case.want, Projection::Names))?;
        let expected = Expected { names: (names.tally, names.digest), kinds: truths.get(TREE)?.tally };
        match command::judge(output, seen, &expected) {
            Ok(by) => {
                self.cases[index].verified = Some((Tally { errors: seen.tally.errors, ..names.tally }, by));
                None
            }
            Err(difference) => Some(difference),
        }
    }

    fn warm_up(&mut self) -> Result<(), Failure> {
        self.events.stage(Stage::WarmUp, self.plan.cases.len());
        for index in 0..self.plan.cases.len() {
            self.events.step(&self.plan.cases[index].name());
            self.cases[index].calibrate(self.interrupt)?;
        }
        Ok(())
    }

    fn rounds(&mut self) -> Result<Rounds, Failure> {
        let expected = match self.plan.limits {
            super::Limits::Rounds(rounds) => rounds.saturating_mul(self.plan.cases.len()),
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
                self.cases[index].sample(self.interrupt)?;
            }
            elapsed += start.elapsed();
            if self.cases.iter().all(|case| case.out.is_some()) {
                break Ended::Asked;
            }
        };
        Ok(Rounds { count, seconds: elapsed.as_secs_f64(), ended })
    }

    /// Counts the calls of each case that was timed, once the last was. ptrace makes a call some fifty times as long: like the
    /// rounds, counting by it ends when the time is up, so that the quickest come first and most are counted.
    fn count(&mut self) -> Result<(), Failure> {
        let Some(choice) = self.plan.count else { return Ok(()) };
        let limit = match self.plan.limits {
            super::Limits::Time(limit) => limit,
            super::Limits::Rounds(_) => LONGEST_COUNT,
        };
        self.events.stage(Stage::Count, self.plan.cases.len());
        let until = Instant::now().checked_add(limit);
        let mut cases: Vec<_> = self.plan.cases.iter().zip(&mut self.cases).collect();
        cases.sort_by(|(_, a), (_, b)| {
            a.median_of(|sample| sample.wall_ns).total_cmp(&b.median_of(|sample| sample.wall_ns))
        });
        for (case, running) in cases {
            self.events.step(&case.name());
            if case.twin == Twin::First {
                running.count(choice, until, self.interrupt)?;
            }
        }
        Ok(())
    }

    /// Whether every ranked case's ratio to its view's baseline is known well enough, and the baseline's to itself.
    fn is_tight(&self) -> bool {
        let ruler = self.plan.ruler;
        let to = |view: &super::View, case| match view.kind {
            ViewKind::Builds => self.plan.other_build_of(case).unwrap_or(case),
            _ => view.baseline,
        };
        let shown = self.plan.views.iter().flat_map(|view| view.cases.iter().map(move |&case| (case, to(view, case))));
        shown.chain([(ruler.second, ruler.first)]).filter(|(case, to)| case != to).all(|(case, to)| {
            let ratio = fold::ratio(&self.cases[case], &self.cases[to], 400, self.plan.seed);
            ratio.is_none_or(|ratio| ratio.half_width() <= schedule::TIGHT)
        })
    }

    /// Whether a tree changed while it was measured, for each target: a sample saw something else than was verified.
    fn changed(&self) -> Vec<bool> {
        let mut changed = vec![false; self.plan.targets.len()];
        for (case, running) in self.plan.cases.iter().zip(&self.cases) {
            changed[case.target] |= !running.changed().is_empty();
        }
        changed
    }
}

fn escaped(path: &std::path::Path) -> String {
    crate::error::Escaped(path).to_string()
}
