//! A session: measures a [`Plan`] and makes a [`Record`].
//!
//! First the oracle looks, then each case is verified, then warmed up, then sampled in rounds; last, system calls are
//! counted. A case that sees something else than the oracle makes the oracle look again: only if the oracle still sees
//! what it saw is the case wrong; else the tree has changed, and all of its cases are verified anew.

use super::change;
use super::command::{self, Expected};
use super::difference::{self, Part, Parted};
use super::environment::Environment;
use super::events::{Events, Forecast, Price, Stage};
use super::executor::{Executor, Processes};
use super::failure::{ATTEMPTS, Failure};
use super::file_system::FileSystem;
use super::fold;
use super::oracle::{Ambiguous, Asking, Look, Question, TREE, Truths};
use super::plan::{Cache, LEAST_ROUNDS, Limits, Plan, Twin, ViewKind, Way};
use super::process::{NoAnswer, Patience};
use super::protocol::{Answer, Request, Verified};
use super::record::{Outcome, Record, Rounds};
use super::running::Running;
use super::schedule::{self, Ended, Shuffle};
use super::spec::{Output, VerifiedBy};
use crate::error::Error;
use crate::interrupt::{Interrupt, Interrupted};
use crate::list::{Projection, Standing, Want, tally::Tally};
use crate::sys::cache::{DROP_CACHES, may_drop};
use std::time::{Duration, Instant};

/// How long counting may take by ptrace where no time limit was given.
const LONGEST_COUNT: Duration = Duration::from_secs(60);

/// The outcome of a session.
#[derive(Debug)]
pub struct Ran {
    /// What was measured.
    pub record: Record,
    /// The signal that ended it early.
    pub interrupted: Option<Interrupted>,
}

/// Measures what the plan says. A signal ends it early; what was measured until then is kept.
///
/// # Errors
/// When nothing was measured at all. A case that fails is a row.
pub fn run(plan: &Plan, events: &mut dyn Events, interrupt: &Interrupt) -> Result<Ran, Failure> {
    run_with(&Processes::new(), plan, events, interrupt)
}

fn run_with(
    executor: &dyn Executor,
    plan: &Plan,
    events: &mut dyn Events,
    interrupt: &Interrupt,
) -> Result<Ran, Failure> {
    if plan.cases.iter().any(|case| case.cache == Cache::Cold) {
        may_drop().map_err(|error| Failure::Cold(Error::new("access", DROP_CACHES, error)))?;
    }
    let started = jiff::Timestamp::now();
    let environment = Environment::read();
    let (truths, by_lookup) = (Vec::new(), vec![None; plan.targets.len()]);
    let cases = plan.cases.iter().map(|case| Running::new(plan, case, executor)).collect();
    let mut session = Session { executor, plan, events, interrupt, truths, by_lookup, cases };
    let measured = session.measure();
    session.clean_up();
    let (rounds, interrupted) = measured?;
    let (changed, ambiguous) = (session.changed(), session.ambiguous());
    let Session { truths, cases, .. } = session;
    let file_systems = plan.targets.iter().map(|target| FileSystem::of(&target.root)).collect();
    let raw = fold::Raw { started, environment, file_systems, truths, cases, rounds, changed, ambiguous, interrupted };
    Ok(Ran { record: fold::record(plan, raw), interrupted })
}

struct Session<'s> {
    executor: &'s dyn Executor,
    plan: &'s Plan,
    events: &'s mut dyn Events,
    interrupt: &'s Interrupt,
    truths: Vec<Truths>,
    /// The same by lookups, of targets where a row differed.
    by_lookup: Vec<Option<Truths>>,
    cases: Vec<Running<'s>>,
}

impl<'s> Session<'s> {
    /// All that can fail or be interrupted; what is to be cleaned up after that is left.
    fn measure(&mut self) -> Result<(Rounds, Option<Interrupted>), Failure> {
        self.set_up()?;
        let oracle_time = self.consult()?;
        self.recognise()?;
        self.estimate(oracle_time);
        for (index, case) in self.plan.cases.iter().enumerate() {
            let entries = self.entries(case.target);
            self.cases[index].replay(entries);
        }
        self.verify()?;
        self.warm_up()?;
        let (rounds, mut interrupted) = self.rounds()?;
        if interrupted.is_none() {
            interrupted = self.count()?;
        }
        Ok((rounds, interrupted))
    }

    /// Lets `act` wait for the worker of `whose`.
    fn patiently<T>(&mut self, whose: &str, act: impl FnOnce(&mut [Running<'s>], &mut Patience<'_>) -> T) -> T {
        let Self { plan, events, interrupt, cases, .. } = self;
        let mut silent = |time| events.silent(whose, time);
        act(cases, &mut Patience { interrupt: Some(*interrupt), limit: plan.worker_timeout, silent: &mut silent })
    }

    /// The same for a case's own worker.
    fn on_case<T>(&mut self, index: usize, act: impl FnOnce(&mut Running<'s>, &mut Patience<'_>) -> T) -> T {
        let name = self.plan.cases[index].name();
        self.patiently(&name, |cases, patience| act(&mut cases[index], patience))
    }

    /// Asks the oracle about every target; says how long it took.
    fn consult(&mut self) -> Result<Duration, Failure> {
        self.events.stage(Stage::Oracle, self.plan.targets.len());
        let start = self.executor.now();
        for target in 0..self.plan.targets.len() {
            self.events.step(&escaped(&self.plan.targets[target].root), None);
            let truths = self.ask(target, Asking::Type)?;
            self.truths.push(truths);
        }
        Ok(self.executor.now() - start)
    }

    /// All questions that a target's cases are held against.
    fn ask(&mut self, target: usize, asking: Asking) -> Result<Truths, Failure> {
        let mut questions: Vec<Question> = vec![TREE];
        for case in self.plan.cases.iter().filter(|case| case.target == target) {
            let question = (case.want, case.projection());
            // A command that tells the room on the disk is held against a lookup of each.
            let output = if let Way::Command { spec, .. } = &case.way { spec.output } else { Output::Nothing };
            let is_usage = matches!(output, Output::Usage { .. } | Output::UsageTotal);
            let lookups = is_usage.then_some((Want::Metadata, Projection::Whole));
            for question in std::iter::once(question).chain(lookups) {
                if !questions.contains(&question) {
                    questions.push(question);
                }
            }
        }
        let look = self.look(target, asking, questions);
        match self.oracle(&Request::Look(look))? {
            Answer::Looked(truths) => Ok(truths),
            _ => Err(Failure::Target("the oracle answered something else than asked".to_owned())),
        }
    }

    fn look(&self, target: usize, asking: Asking, questions: Vec<Question>) -> Look {
        let target = &self.plan.targets[target];
        Look { root: target.root.clone().into(), level: target.level, asking, questions }
    }

    /// Asks the oracle in a process of its own, since a signal must end it in whatever call it waits.
    fn oracle(&mut self, request: &Request) -> Result<Answer, Failure> {
        let program = &self.plan.worker;
        let worker = self.executor.start(program, None);
        let mut worker = worker.map_err(|error| Failure::Worker(Error::new("spawn", &program.path, error)))?;
        // Whatever the user allows a row: without the oracle there is nothing.
        let answer = self.patiently("the oracle", |_, patience| {
            patience.limit = None;
            worker.ask(request, patience)
        });
        match answer {
            Ok(Answer::Failed(why)) | Err(NoAnswer::Broken(why)) => Err(Failure::Target(why)),
            Ok(answer) => Ok(answer),
            Err(NoAnswer::Interrupted(interrupted)) => Err(interrupted.into()),
        }
    }

    /// Where a record is compared, makes sure that its trees are listed.
    fn recognise(&self) -> Result<(), Failure> {
        let Some(trees) = &self.plan.trees else { return Ok(()) };
        for (target, truths) in self.plan.targets.iter().zip(&self.truths) {
            if !trees.contains(&(target.level, truths.of(TREE).digest)) {
                return Err(Failure::OtherTree { root: escaped(&target.root) });
            }
        }
        Ok(())
    }

    /// How many entries the oracle saw.
    fn entries(&self, target: usize) -> u64 {
        self.truths[target].any().expect("every target is asked about").tally.entries
    }

    fn estimate(&mut self, oracle_time: Duration) {
        let entries = (0..self.truths.len()).map(|target| self.entries(target)).sum();
        // A verification costs about what the oracle's did, a case at a time; most targets share the oracle's time
        // evenly.
        let per_case = oracle_time / self.plan.targets.len().max(1) as u32;
        let cases = self.plan.cases.len();
        self.events.estimate(Forecast { cases, entries, verify: per_case * cases as u32 });
    }

    /// Holds every case against the oracle. Where they differ and the oracle has changed its mind, all of that target's
    /// cases are held against its new answer.
    fn verify(&mut self) -> Result<(), Failure> {
        self.events.stage(Stage::Verify, self.plan.cases.len());
        let mut attempts = vec![0; self.plan.targets.len()];
        let mut index = 0;
        while let Some(case) = self.plan.cases.get(index) {
            self.events.step(&case.name(), None);
            if self.verify_case(index)?.is_some() {
                // Once more between two looks of the oracle: what came and went meanwhile is no fault of the row.
                let target = case.target;
                let before = self.ask(target, Asking::Type)?;
                let again = self.verify_case(index)?;
                let after = self.ask(target, Asking::Type)?;
                let is_still = before.same_as(&after) && after.same_as(&self.truths[target]);
                match again {
                    Some(difference) if is_still => {
                        let names = self.names_that_differ(index)?.map_or(String::new(), |names| format!(": {names}"));
                        self.cases[index].out = Some(Outcome::Wrong(format!("{difference}{names}")));
                    }
                    None if is_still => {}
                    _ => {
                        attempts[target] += 1;
                        if attempts[target] == ATTEMPTS {
                            let root = escaped(&self.plan.targets[target].root);
                            return Err(Failure::Restless { root });
                        }
                        self.truths[target] = after;
                        self.by_lookup[target] = None;
                        let first = self.plan.cases.iter().position(|other| other.target == target);
                        self.events.stage(Stage::Verify, self.plan.cases.len());
                        index = first.unwrap_or(index);
                        continue;
                    }
                }
            }
            index += 1;
        }
        Ok(())
    }

    /// Runs one case untimed; says how it differs from the oracle, if it does. A case that does not see what `d_type`
    /// tells may see what lookups tell.
    fn verify_case(&mut self, index: usize) -> Result<Option<String>, Failure> {
        let Some(verified) = self.on_case(index, Running::verify)? else { return Ok(None) };
        let case = &self.plan.cases[index];
        let target = case.target;
        if let Way::Command { spec, .. } = &case.way {
            return Ok(self.judge(index, spec.output, &verified));
        }
        let by = match (case.standing(), verified.digest) {
            (Standing::Null, _) => VerifiedBy::Nothing,
            (Standing::Ranked, Some(_)) => VerifiedBy::Digest,
            (Standing::Ranked, None) => VerifiedBy::Tally,
        };
        self.cases[index].verified = Some((verified.tally, by));
        let question = (case.want, case.projection());
        let Some(difference) = differs(&verified, &self.truths[target], question).filter(|_| by != VerifiedBy::Nothing)
        else {
            return Ok(None);
        };
        if question.1.want(question.0) == Want::Names {
            return Ok(Some(difference));
        }
        if self.by_lookup[target].is_none() {
            self.by_lookup[target] = Some(self.ask(target, Asking::Lookup)?);
        }
        let by_lookup = self.by_lookup[target].as_ref().expect("it was asked above");
        // Where the tree has changed since the first look, lookups tell of another tree, not of other kinds.
        let is_right =
            by_lookup.changes == self.truths[target].changes && differs(&verified, by_lookup, question).is_none();
        Ok((!is_right).then_some(difference))
    }

    /// The first entries in which a case and the oracle differ, in words.
    fn names_that_differ(&mut self, index: usize) -> Result<Option<String>, Failure> {
        let case = &self.plan.cases[index];
        let question = match case.way {
            Way::Command { .. } => (Want::Names, Projection::Whole),
            _ => (case.want, case.projection()),
        };
        let look = self.look(case.target, Asking::Type, vec![question]);
        let mut both = |part: Part| -> Result<Option<(Parted, Parted)>, Failure> {
            let row = self.on_case(index, |running, patience| running.part(part.clone(), patience))?;
            let Some(row) = row else { return Ok(None) };
            Ok(match self.oracle(&Request::LookPart(look.clone(), part))? {
                Answer::Parted(oracle) => Some((row, oracle)),
                _ => None,
            })
        };
        let Some((Parted::Sums(row), Parted::Sums(oracle))) = both(Part::Sums)? else { return Ok(None) };
        let buckets = difference::differing(&row, &oracle);
        let Some((Parted::Entries(row), Parted::Entries(oracle))) = both(Part::Entries(buckets))? else {
            return Ok(None);
        };
        Ok(difference::tell(row, oracle))
    }

    /// Holds what a command printed against the oracle; says how it differs.
    fn judge(&mut self, index: usize, output: Output, seen: &Verified) -> Option<String> {
        let case = &self.plan.cases[index];
        let truths = &self.truths[case.target];
        let names = truths.of((case.want, Projection::Names));
        let kinds = truths.of(TREE).tally;
        let expected = Expected { names: (names.tally, names.digest), kinds, usage: truths.usage };
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
            self.events.step(&self.plan.cases[index].name(), None);
            self.on_case(index, Running::calibrate)?;
        }
        Ok(())
    }

    /// Says what the rounds will take, a round taking so long.
    fn price(&mut self, round: Duration) -> Duration {
        let least_rounds = match self.plan.limits {
            Limits::Time(_) => LEAST_ROUNDS,
            Limits::Rounds(rounds) => rounds,
        };
        let price = Price { round, least_rounds, limits: self.plan.limits, counts: self.plan.count.is_some() };
        self.events.price(price);
        price.total()
    }

    /// Samples round by round, until it is enough or a signal comes: then what was sampled is kept, unless it is
    /// nothing.
    fn rounds(&mut self) -> Result<(Rounds, Option<Interrupted>), Failure> {
        let cases = self.plan.cases.len();
        let steps = match self.plan.limits {
            Limits::Rounds(rounds) => rounds.saturating_mul(cases),
            Limits::Time(_) => 0,
        };
        let told: Duration = self.cases.iter().map(|case| case.price).sum();
        let mut total = if told.is_zero() { None } else { Some(self.price(told)) };
        self.events.stage(Stage::Rounds, steps);
        let mut shuffle = Shuffle::new(self.plan.seed);
        let mut elapsed = Duration::ZERO;
        let mut count = 0;
        let (ended, interrupted) = loop {
            if let Some(ended) = schedule::ended(self.plan.limits, count, elapsed, || self.is_tight()) {
                break (ended, None);
            }
            let start = self.executor.now();
            let mut interrupted = None;
            for index in shuffle.round(cases) {
                let left = total.map(|total| total.saturating_sub(elapsed + self.executor.now() - start));
                self.events.step(&format!("round {}: {}", count + 1, self.plan.cases[index].name()), left);
                match self.on_case(index, |running, patience| running.sample_of(count + 1, patience)) {
                    Err(Failure::Interrupted(by)) => {
                        interrupted = Some(by);
                        break;
                    }
                    sampled => sampled?,
                }
            }
            elapsed += self.executor.now() - start;
            if let Some(by) = interrupted {
                if self.cases.iter().all(|case| case.samples.is_empty()) {
                    return Err(by.into());
                }
                break (Ended::Interrupted, interrupted);
            }
            count += 1;
            if count == 1 && total.is_none() {
                total = Some(self.price(elapsed));
            }
            if self.cases.iter().all(|case| case.out.is_some()) {
                break (Ended::Asked, None);
            }
            if let Some(ahead) = ahead::ahead(self.plan, &self.cases, count) {
                self.events.ahead(&ahead);
            }
        };
        let timed_ns: u64 = self.cases.iter().flat_map(|case| &case.samples).map(|sample| sample.wall_ns).sum();
        let timed_seconds = Some(Duration::from_nanos(timed_ns).as_secs_f64());
        Ok((Rounds { count, seconds: elapsed.as_secs_f64(), timed_seconds, ended }, interrupted))
    }

    /// Counts the calls of each case that was timed, once the last was. ptrace makes a call some fifty times as long:
    /// like the rounds, counting by it ends when the time is up, so that the quickest come first and most are counted.
    /// A signal ends it, too, and is answered.
    fn count(&mut self) -> Result<Option<Interrupted>, Failure> {
        let Some(choice) = self.plan.count else { return Ok(None) };
        let limit = match self.plan.limits {
            Limits::Time(limit) => limit,
            Limits::Rounds(_) => LONGEST_COUNT,
        };
        self.events.stage(Stage::Count, self.plan.cases.len());
        let until = Instant::now().checked_add(limit);
        let mut order: Vec<usize> = (0..self.plan.cases.len()).collect();
        let median = |index: &usize| self.cases[*index].median_of(|sample| sample.wall_ns);
        order.sort_by(|a, b| median(a).total_cmp(&median(b)));
        for index in order {
            let case = &self.plan.cases[index];
            self.events.step(&case.name(), None);
            if case.twin != Twin::First {
                continue;
            }
            match self.on_case(index, |running, patience| running.count(choice, until, patience)) {
                Err(Failure::Interrupted(interrupted)) => return Ok(Some(interrupted)),
                counted => counted?,
            }
        }
        Ok(None)
    }

    /// Whether every ranked case's ratio to its view's baseline is known well enough, and the baseline's to itself.
    /// Where the case is judged, the interval that decides counts: it is wider, and of the ratio to what the case is
    /// held against.
    fn is_tight(&self) -> bool {
        let ruler = self.plan.ruler;
        let against_record = self.plan.trees.is_some();
        // What a case is to itself is not resampled.
        let is_known = |case: usize, to: usize| {
            let ratio = || fold::ratio(&self.cases[case], &self.cases[to], 400, self.plan.seed);
            case == to || ratio().is_none_or(|ratio| ratio.half_width() <= schedule::TIGHT)
        };
        let is_decided = |view: &super::View, case: usize, to: usize| {
            let ratios = || fold::ratios(&self.cases[case], &self.cases[to]);
            let half_width = |ratios: Vec<f64>| change::half_width(&ratios, view.cases.len(), view.kind);
            case == to || ratios().is_none_or(|ratios| half_width(ratios) <= schedule::TIGHT)
        };
        let is_enough = |view: &super::View, case: usize| match (view.kind, view.references.first()) {
            (ViewKind::Builds, _) => self.plan.other_build_of(case).is_none_or(|other| is_decided(view, case, other)),
            (_, Some(&reference)) if against_record => is_decided(view, case, reference),
            (_, reference) => {
                is_known(case, view.baseline) && reference.is_none_or(|&reference| is_known(case, reference))
            }
        };
        let views = &self.plan.views;
        views.iter().all(|view| view.cases.iter().all(|&case| is_enough(view, case)))
            && is_known(ruler.second, ruler.first)
    }

    /// Entries whose kind depends on who is asked, for each target: found where a row saw another kind than `d_type`
    /// tells.
    fn ambiguous(&self) -> Vec<Vec<Ambiguous>> {
        let of = |truths: &Option<Truths>| truths.as_ref().map_or_else(Vec::new, |truths| truths.ambiguous.clone());
        self.by_lookup.iter().map(of).collect()
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

/// How what a case saw differs from the truth, if it does.
fn differs(seen: &Verified, truths: &Truths, question: Question) -> Option<String> {
    let truth = truths.of(question);
    seen.tally.difference(&truth.tally).or_else(|| {
        let digest = seen.digest.filter(|digest| *digest != truth.digest)?;
        Some(format!("equal counts but other entries (digest {digest}, not {})", truth.digest))
    })
}

fn escaped(path: &std::path::Path) -> String {
    crate::error::Escaped(path).to_string()
}

mod ahead;
mod steps;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
