//! A case of a running session: its worker, what it was verified to see, its samples.

use super::count::{Counted, Uncounted, WarmUp, count_exactly};
use super::difference::{Part, Parted};
use super::executor::{Conversation, Executor};
use super::failure::Failure;
use super::plan::{Cache, Case, Plan, Way};
use super::process::{NoAnswer, Offsets, Patience, Program, Renewal};
use super::protocol::{Answer, Open, Request, Sample, Verified, per_listing};
use super::record::{Calls, Outcome};
use super::spec::VerifiedBy;
use super::stats;
use super::step::Step;
use crate::error::Error;
use crate::list::tally::Tally;
use crate::sys::cache::{DROP_CACHES, drop_caches};
use crate::trace::Choice;
use std::time::{Duration, Instant};

/// A sample lists for at least so long, more than once if it must. Starting its process and opening the case take some
/// 3 ms: of a shorter sample that would be most of the time.
const LEAST_SAMPLE: Duration = Duration::from_millis(10);

/// A new process lists once off the clock if that takes no longer than this: touching its buffers and its code for the
/// first time costs some 50 µs, which would show. Of a longer listing it is some hundredths of a percent, and belongs
/// to it: a program that lists a large directory once pays for its memory once.
const LONGEST_WARM_UP: Duration = Duration::from_millis(20);

/// Where a process lists off the clock first, it lists at least so often on it: two thirds of the time is then timed.
const LEAST_LISTINGS_AFTER_WARM_UP: u128 = 3;

/// A program that is given as a worker may be none, and wait for something else for ever: so long it may take to open its
/// first case. A Java virtual machine takes a second.
const LONGEST_OPENING: Duration = Duration::from_secs(30);

/// The failure of a program that does not open a case as workers do.
const NO_WORKER: &str =
    r#"it is no worker, which answers {"open":...} with {"opened":{"worker":"NAME"}} (docs/worker.md)"#;

/// A case of a running session.
pub(super) struct Running<'s> {
    executor: &'s dyn Executor,
    program: Program,
    ours: bool,
    open: Open,
    worker: Option<Box<dyn Conversation>>,
    cache: Cache,
    warm_up: bool,
    offsets: Offsets,
    /// Expected time of a sample, the start of its process included.
    pub(super) price: Duration,
    /// How often it lists within one sample.
    pub(super) iterations: u32,
    pub(super) verified: Option<(Tally, VerifiedBy)>,
    /// One per round.
    pub(super) samples: Vec<Sample>,
    /// The system calls of one listing.
    pub(super) calls: Calls,
    /// Why it has no time.
    pub(super) out: Option<Outcome>,
    /// What a worker of another program calls itself.
    pub(super) worker_name: Option<String>,
    /// How a command failed whose failure is ignored.
    pub(super) ignored: Option<String>,
    /// Whether its setup was begun: then its cleanup is due.
    begun: bool,
    /// How its cleanup failed.
    pub(super) unclean: Option<String>,
}

impl<'s> Running<'s> {
    /// A case of `plan`, its worker not started.
    pub(super) fn new(plan: &Plan, case: &Case, executor: &'s dyn Executor) -> Self {
        let mut program = plan.worker.clone();
        let mut command = None;
        let (strategy, ours) = match &case.way {
            Way::Ours(strategy) => {
                program = plan.worker_of(case).clone();
                (strategy.name().into_owned(), true)
            }
            Way::Foreign { name, program: foreign, .. } => {
                program = foreign.clone();
                (name.clone(), false)
            }
            Way::Command { name, spec, .. } => {
                // Each sample is a new process of the command already.
                program.renewal = Renewal::Never;
                command = Some(spec.clone());
                (name.clone(), true)
            }
            Way::Absent { name, .. } => (name.clone(), false),
        };
        let target = &plan.targets[case.target];
        Self {
            executor,
            program,
            ours,
            open: Open {
                strategy,
                want: case.projection().want(case.want),
                level: target.level,
                root: target.root.clone().into(),
                threads: case.threads,
                entries: 0,
                command,
            },
            worker: None,
            cache: case.cache,
            warm_up: false,
            offsets: Offsets::new(plan.seed),
            price: Duration::ZERO,
            iterations: 1,
            verified: None,
            samples: Vec::new(),
            calls: Calls::default(),
            out: match &case.way {
                Way::Absent { reason, .. } => Some(Outcome::Unsupported(reason.clone())),
                _ => None,
            },
            worker_name: None,
            ignored: None,
            begun: false,
            unclean: None,
        }
    }

    /// How many entries `null` replays.
    pub(super) fn replay(&mut self, entries: u64) {
        self.open.entries = entries;
    }

    fn has(&self, step: Step) -> bool {
        self.open.command.as_ref().is_some_and(|command| command.steps.of(step).is_some())
    }

    /// Starts a worker where there is none, and opens the case in it. A case that cannot be opened is out.
    fn start(&mut self, patience: &mut Patience<'_>) -> Result<(), Failure> {
        if self.out.is_some() || self.worker.is_some() {
            return Ok(());
        }
        let mut worker = match self.executor.start(&self.program, Some(&mut self.offsets)) {
            Ok(worker) => worker,
            Err(error) => {
                let error = Error::new("spawn", &self.program.path, error);
                if self.ours {
                    return Err(Failure::Worker(error));
                }
                self.out = Some(Outcome::Unsupported(error.to_string()));
                return Ok(());
            }
        };
        let (limit, is_known) = (patience.limit, self.ours || self.worker_name.is_some());
        if !is_known {
            patience.limit = limit.or(Some(LONGEST_OPENING));
        }
        let answer = worker.ask(&Request::Open(self.open.clone()), patience);
        patience.limit = limit;
        match answer {
            Ok(Answer::Opened { worker: name }) => {
                self.worker = Some(worker);
                self.worker_name = Some(name).filter(|_| !self.ours);
            }
            Err(NoAnswer::Broken(why)) if !is_known => self.out = Some(Outcome::Failed(format!("{NO_WORKER}: {why}"))),
            other => self.out = Some(refused(other)?),
        }
        Ok(())
    }

    /// Runs what sets a command up, once, before anything else.
    ///
    /// # Errors
    /// When a signal came, or a worker of ours cannot be started.
    pub(super) fn set_up(&mut self, patience: &mut Patience<'_>) -> Result<(), Failure> {
        self.begun = true;
        self.step(Step::Setup, patience)
    }

    /// Whether anything is to be run before the command's first run or after its last.
    pub(super) fn wants_setup_or_cleanup(&self) -> bool {
        self.has(Step::Setup) || self.has(Step::Cleanup)
    }

    /// Runs a step of a command that is still in. One whose step fails is out.
    fn step(&mut self, step: Step, patience: &mut Patience<'_>) -> Result<(), Failure> {
        if !self.has(step) {
            return Ok(());
        }
        self.start(patience)?;
        if self.ask(&Request::Step(step), patience)?.is_some_and(|answer| answer != Answer::Done) {
            self.off_topic::<()>();
        }
        Ok(())
    }

    /// Whether a cleanup is due.
    pub(super) fn is_unclean(&self) -> bool {
        self.begun && self.has(Step::Cleanup)
    }

    /// Runs what cleans up after a command, whatever became of it: in its worker, whose end would end what the setup left
    /// running, or in another one if that is gone.
    pub(super) fn clean_up(&mut self, patience: &mut Patience<'_>) {
        let mut clean = || -> Result<(), String> {
            let mut worker = match self.worker.take() {
                Some(worker) => worker,
                None => {
                    let worker = self.executor.start(&self.program, Some(&mut self.offsets));
                    let mut worker =
                        worker.map_err(|error| Error::new("spawn", &self.program.path, error).to_string())?;
                    done(worker.ask(&Request::Open(self.open.clone()), patience))?;
                    worker
                }
            };
            done(worker.ask(&Request::Step(Step::Cleanup), patience))
        };
        self.unclean = clean().err();
    }

    /// Ends the worker after a sample, unless it serves for the whole session: so none occupies memory while others
    /// list.
    fn rest(&mut self) {
        if self.program.renewal == Renewal::EachSample {
            self.worker = None;
        }
    }

    /// Lists once, untimed.
    ///
    /// # Errors
    /// When a signal came, or a worker of ours cannot be started.
    pub(super) fn verify(&mut self, patience: &mut Patience<'_>) -> Result<Option<Verified>, Failure> {
        self.start(patience)?;
        self.step(Step::Prepare, patience)?;
        let answer = self.ask(&Request::Verify, patience)?;
        self.rest();
        match answer {
            Some(Answer::Verified(verified)) => {
                self.ignored.clone_from(&verified.ignored);
                Ok(Some(verified))
            }
            Some(_) => Ok(self.off_topic()),
            None => Ok(None),
        }
    }

    fn off_topic<T>(&mut self) -> Option<T> {
        self.out = Some(Outcome::Failed(OFF_TOPIC.to_owned()));
        None
    }

    /// Asks the worker of a case that is still in; one that breaks is out.
    fn ask(&mut self, request: &Request, patience: &mut Patience<'_>) -> Result<Option<Answer>, Failure> {
        patience.check()?;
        let (None, Some(worker)) = (&self.out, &mut self.worker) else { return Ok(None) };
        match worker.ask(request, patience) {
            Ok(answer @ (Answer::Verified(_) | Answer::Sampled(_) | Answer::Parted(_) | Answer::Done)) => {
                Ok(Some(answer))
            }
            other => {
                // It may be in the middle of a run.
                self.worker = None;
                self.out = Some(refused(other)?);
                Ok(None)
            }
        }
    }

    /// Learns how long a listing takes, and from that how often a sample lists. A cold one lists once, and unprepared:
    /// the second listing would be warm.
    ///
    /// # Errors
    /// When a signal came, or a worker of ours cannot be started.
    pub(super) fn calibrate(&mut self, patience: &mut Patience<'_>) -> Result<(), Failure> {
        if self.cache == Cache::Cold {
            return Ok(());
        }
        let start = self.executor.now();
        self.start(patience)?;
        self.step(Step::Prepare, patience)?;
        if let Some(sample) = self.list(1, patience)? {
            let wall = Duration::from_nanos(sample.wall_ns.max(1));
            self.warm_up = self.program.renewal == Renewal::EachSample && wall <= LONGEST_WARM_UP;
            let least = if self.warm_up { LEAST_LISTINGS_AFTER_WARM_UP } else { 1 };
            let enough = LEAST_SAMPLE.as_nanos().div_ceil(wall.as_nanos()).max(least);
            // A second run within a sample would find what the first one left, not what was prepared.
            let iterations = if self.has(Step::Prepare) { 1 } else { enough };
            self.iterations = u32::try_from(iterations).unwrap_or(1).clamp(1, 100_000);
            let elapsed = self.executor.now() - start;
            let before = if self.warm_up { elapsed } else { elapsed.saturating_sub(wall) };
            self.price = before + wall * self.iterations;
        }
        self.rest();
        Ok(())
    }

    /// Takes the sample of a round, and says in which one a case broke.
    ///
    /// # Errors
    /// When a signal came, a worker of ours cannot be started, or caches cannot be dropped.
    pub(super) fn sample_of(&mut self, round: usize, patience: &mut Patience<'_>) -> Result<(), Failure> {
        let was_in = self.out.is_none();
        self.sample(patience)?;
        if let (true, Some(Outcome::Failed(why))) = (was_in, &mut self.out) {
            *why = format!("in round {round}: {why}");
        }
        Ok(())
    }

    fn sample(&mut self, patience: &mut Patience<'_>) -> Result<(), Failure> {
        self.start(patience)?;
        if self.warm_up {
            self.list(1, patience)?;
        }
        self.step(Step::Prepare, patience)?;
        if self.cache == Cache::Cold && self.worker.is_some() {
            drop_caches().map_err(|error| Failure::Cold(Error::new("write", DROP_CACHES, error)))?;
        }
        if let Some(sample) = self.list(self.iterations, patience)? {
            self.samples.push(sample);
        }
        self.rest();
        Ok(())
    }

    /// Lists once, untimed, and answers a part of what was seen; `None` from a worker that does not know the question.
    ///
    /// # Errors
    /// When a signal came.
    pub(super) fn part(&mut self, part: Part, patience: &mut Patience<'_>) -> Result<Option<Parted>, Failure> {
        if !self.ours {
            return Ok(None);
        }
        self.start(patience)?;
        self.step(Step::Prepare, patience)?;
        let answer = self.ask(&Request::Part(part), patience)?;
        self.rest();
        Ok(match answer {
            Some(Answer::Parted(parted)) => Some(parted),
            _ => None,
        })
    }

    /// Counts the calls of one listing, in a worker of its own. A case that cannot be counted keeps its times.
    ///
    /// # Errors
    /// When a signal came.
    pub(super) fn count(
        &mut self,
        choice: Choice,
        until: Option<Instant>,
        patience: &mut Patience<'_>,
    ) -> Result<(), Failure> {
        if self.out.is_some() {
            return Ok(());
        }
        if self.open.command.is_none() {
            self.worker = None;
        }
        let prepared = self.warm_up || self.program.renewal == Renewal::Never;
        let warm_up = if prepared { WarmUp::Once } else { WarmUp::None };
        self.calls = match count_exactly(&self.program, &self.open, warm_up, choice, until, patience) {
            Ok(Counted { trace, tally, fallback, .. }) => match &self.verified {
                Some(_) if self.saw_another_tree(&tally) => Calls::Uncounted("it saw another tree".to_owned()),
                _ => Calls::Counted { trace, fallback: fallback.map(|refused| refused.to_string()) },
            },
            Err(Uncounted::Because(why)) => Calls::Uncounted(why),
            Err(Uncounted::Interrupted(interrupted)) => return Err(interrupted.into()),
        };
        Ok(())
    }

    fn list(&mut self, iterations: u32, patience: &mut Patience<'_>) -> Result<Option<Sample>, Failure> {
        match self.ask(&Request::Sample { iterations }, patience)? {
            Some(Answer::Sampled(sample)) => Ok(Some(*sample)),
            Some(_) => Ok(self.off_topic()),
            None => Ok(None),
        }
    }

    /// Whether a listing saw something else than was verified. Of a command, whose output goes unread, only whether it
    /// complained is known.
    fn saw_another_tree(&self, tally: &Tally) -> bool {
        let Some((verified, _)) = &self.verified else { return false };
        match self.open.command {
            Some(_) => (tally.errors == 0) != (verified.errors == 0),
            None => !tally.same_as(verified),
        }
    }

    /// Rounds whose sample saw another tree than was verified.
    pub(super) fn changed(&self) -> Vec<usize> {
        let differs = |(round, sample): (usize, &Sample)| {
            let mut tallies = [Some(&sample.tally), sample.other_tally.as_ref()].into_iter().flatten();
            tallies.any(|tally| self.saw_another_tree(tally)).then_some(round)
        };
        self.samples.iter().enumerate().filter_map(differs).collect()
    }

    /// Wall time of one listing in each round, nanoseconds.
    pub(super) fn wall_per_listing(&self) -> Vec<f64> {
        self.per_listing(|sample| sample.wall_ns)
    }

    /// The median, over the rounds, of what one listing took.
    pub(super) fn median_of(&self, of: impl Fn(&Sample) -> u64) -> f64 {
        stats::median(&mut self.per_listing(of)).unwrap_or(0.0)
    }

    fn per_listing(&self, of: impl Fn(&Sample) -> u64) -> Vec<f64> {
        per_listing(&self.samples, self.iterations, of)
    }
}

/// The failure of a case whose worker does not keep to the protocol.
const OFF_TOPIC: &str = "the worker answered something else than asked";

/// Why what was asked was not done.
fn done(answer: Result<Answer, NoAnswer>) -> Result<(), String> {
    match answer {
        Ok(Answer::Opened { .. } | Answer::Done) => Ok(()),
        Ok(Answer::Failed(why) | Answer::Unsupported(why)) | Err(NoAnswer::Broken(why)) => Err(why),
        Ok(_) => Err(OFF_TOPIC.to_owned()),
        Err(NoAnswer::Interrupted(interrupted)) => Err(interrupted.to_string()),
    }
}

/// The outcome of a case whose worker gave none of the expected answers.
fn refused(answer: Result<Answer, NoAnswer>) -> Result<Outcome, Failure> {
    match answer {
        Ok(Answer::Unsupported(why)) => Ok(Outcome::Unsupported(why)),
        Ok(Answer::Failed(why)) | Err(NoAnswer::Broken(why)) => Ok(Outcome::Failed(why)),
        Ok(_) => Ok(Outcome::Failed(OFF_TOPIC.to_owned())),
        Err(NoAnswer::Interrupted(interrupted)) => Err(interrupted.into()),
    }
}
