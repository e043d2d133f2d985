//! This session's rows against a record of another one.
//!
//! Between two sessions the machine may have changed its speed, so times are not compared: each row's ratio to the baseline
//! is, with the same row's ratio to the same baseline then. That needs the same tree, the same kind of build and the same
//! cases: what differs there is refused, what differs in the machine is said.
//!
//! A baseline that became slower would make all other rows look faster. In a table of whole processes it is a program that
//! stays the same (find, of the same version). Elsewhere it is judged like any row, by what became of most other rows'
//! ratios to it; where it surely became slower, each of the others is held against the median of the rest, and none is
//! called faster.

use super::change::{Change, Surely, Then, mark, quotient};
use super::compose::Unfit;
use super::plan::{Case, Plan, Twin, ViewKind, Way};
use super::record::{CaseRecord, Mark, Record, RowRecord, TargetRecord, ViewRecord};
use super::stats::{self, Estimate, RESAMPLES};
use crate::list::{Projection, Want, digest::Digest};
use crate::strategy::Level;

/// The digest that tells a tree from another: of paths and kinds, whatever a session wanted.
pub fn tree_digest(target: &TargetRecord) -> Option<Digest> {
    let names_and_kinds =
        |truth: &&super::record::TruthRecord| (truth.want, truth.projection) == (Want::Kinds, Projection::Whole);
    target.truths.iter().find(names_and_kinds).map(|truth| truth.digest)
}

/// Holds a plan to a record's trees, and says what makes the two not comparable.
///
/// # Errors
/// When the record has no measurement of a view's baseline, or was made by another kind of build.
pub fn prepare(plan: &mut Plan, past: &Record) -> Result<(), Unfit> {
    let build = super::environment::Environment::this_build();
    if past.environment.build != build {
        let word = |build| format!("{build:?}").to_lowercase();
        return Err(Unfit(format!(
            "the record was made by a {} build and this is a {} one: their times have nothing to do with each other",
            word(past.environment.build),
            word(build)
        )));
    }
    for view in &plan.views {
        let Some(case) = plan.cases.get(view.baseline) else { continue };
        let level = plan.targets.get(case.target).map(|target| target.level);
        if find(past, |then| is_case(then, past, case, level)).is_none() {
            if matches!(case.way, Way::Command { .. }) {
                return Err(Unfit(format!(
                    "the record has no measurement of {}, which commands are held against: make a new record (--save)",
                    case.name()
                )));
            }
            let same = |then: &&CaseRecord| then.want == case.want && then.cache == case.cache && !then.ruler;
            let mut there: Vec<&str> = past.cases.iter().filter(same).map(|then| then.strategy.as_str()).collect();
            there.dedup();
            let there = if there.is_empty() { "none of that kind".to_owned() } else { there.join(", ") };
            return Err(Unfit(format!(
                "the record has no measurement of the baseline {} for {}: choose one that it has (--baseline): {there}",
                case.name(),
                case.want
            )));
        }
    }
    let trees = past.targets.iter().filter_map(|target| Some((target.level, tree_digest(target)?)));
    plan.trees = Some(trees.collect());
    Ok(())
}

/// A case that was measured.
fn find(record: &Record, is: impl Fn(&CaseRecord) -> bool) -> Option<&CaseRecord> {
    let of_record = |case: &&CaseRecord| case.twin == Twin::First && case.measurement().is_some() && is(case);
    record.cases.iter().find(of_record)
}

fn level_of(record: &Record, case: &CaseRecord) -> Option<Level> {
    record.targets.get(case.target).map(|target| target.level)
}

fn is_case(then: &CaseRecord, past: &Record, case: &Case, level: Option<Level>) -> bool {
    then.strategy == case.name()
        && (then.want, then.cache, then.threads) == (case.want, case.cache, case.threads)
        && level_of(past, then) == level
}

/// Adds to `record` a view for each of its tables and ladders: its rows against those of `past`, which `name` names.
pub fn compare(record: &mut Record, past: &Record, name: &str) {
    let when = past.started.strftime("%Y-%m-%d %H:%M UTC");
    let comparable = |view: &&ViewRecord| matches!(view.kind, ViewKind::Table | ViewKind::Ladder);
    let (mut views, mut advice) = (Vec::new(), differences(record, past));
    for view in record.views.iter().filter(comparable) {
        let Some(held) = Held::of(record, past, view) else { continue };
        if !held.unmatched.is_empty() {
            let names = held.unmatched.join(", ");
            advice.push(format!("Not held against the record, which has no measurement of it: {names}."));
        }
        let (rows, words) = held.rows(record.seed);
        let title = format!("Against {name}, of {when}: {}", view.title);
        views.push(ViewRecord { title, kind: ViewKind::Past, floor: None, rows, ..view.clone() });
        advice.extend(words);
    }
    record.advice.extend(advice);
    record.views.extend(views);
}

/// A view's rows and their counterparts.
struct Held {
    baseline: Row,
    baseline_name: String,
    /// The baseline is a program of others, and the same one then: what changed is not the baseline.
    is_reference: bool,
    /// All but the baseline.
    rows: Vec<Row>,
    /// Names of rows that were measured now, and not then.
    unmatched: Vec<String>,
}

/// A row now and in the record.
struct Row {
    case: usize,
    then_wall_ns: Estimate,
    /// Its ratios to the baseline, round by round.
    now: Vec<f64>,
    then: Vec<f64>,
    /// The median of those then.
    usual: f64,
}

impl Held {
    /// `None` where no row but the baseline has a counterpart.
    fn of(record: &Record, past: &Record, view: &ViewRecord) -> Option<Self> {
        let counterpart = |index: usize| {
            let now = record.cases.get(index)?;
            let level = level_of(record, now);
            let same = |then: &CaseRecord| {
                then.strategy == now.strategy
                    && (then.want, then.cache, then.threads) == (now.want, now.cache, now.threads)
                    && level_of(past, then) == level
            };
            let then = find(past, same)?;
            Some((now, now.measurement()?, then, then.measurement()?))
        };
        let (now, base_now, then, base_then) = counterpart(view.baseline)?;
        let row = |case: usize| {
            let (_, now, _, then) = counterpart(case)?;
            let (now, then_ratios) = (now.ratios_to(base_now), then.ratios_to(base_then));
            let usual = stats::median(&mut then_ratios.clone())?;
            Some(Row { case, then_wall_ns: then.wall_ns, now, then: then_ratios, usual })
        };
        let is_ranked = |row: &&RowRecord| record.cases.get(row.case).is_some_and(|case| !case.ruler);
        let mut rows = Vec::new();
        let mut unmatched = Vec::new();
        for other in view.rows.iter().filter(is_ranked).filter(|row| row.case != view.baseline) {
            match (row(other.case), record.cases.get(other.case)) {
                (Some(row), _) => rows.push(row),
                (None, Some(case)) if case.measurement().is_some() => unmatched.push(case.strategy.clone()),
                (None, _) => {}
            }
        }
        let held = Self {
            baseline: row(view.baseline)?,
            baseline_name: now.strategy.clone(),
            is_reference: version(now).is_some() && version(now) == version(then),
            rows,
            unmatched,
        };
        (!held.rows.is_empty()).then_some(held)
    }

    /// The rows, and what must be said of the baseline.
    fn rows(mut self, seed: u64) -> (Vec<RowRecord>, Option<String>) {
        if self.is_reference {
            let rows = self.rows.iter().filter_map(|row| row.record(self.rows.len(), seed));
            return (rows.collect(), None);
        }
        let judged = self.rows.len() + 1;
        let (changes_now, changes_then) = (self.changes(|row| &row.now), self.changes(|row| &row.then));
        let common =
            |changes: &[Vec<f64>]| changes.iter().filter_map(|round| least_middle(round)).collect::<Vec<f64>>();
        let (common_now, common_then) = (common(&changes_now), common(&changes_then));
        let common = quotient(&common_now, &common_then, judged);
        let slower_baseline = common.high.filter(|&high| high < 1.0);
        let faster_baseline = common.low.filter(|&low| low > 1.0);
        let alone = self.rows.len() == 1;
        let name = &self.baseline_name;
        let by = |factor: f64| format!("by a factor of at least {:.2}", (factor * 100.0).floor() / 100.0);
        let words = match (slower_baseline, faster_baseline) {
            (Some(high), _) if alone => Some(format!(
                "The baseline {name} became slower or the other row faster, {}: two rows alone do not tell which. \
                 Compare a third (-s).",
                by(1.0 / high)
            )),
            (Some(high), _) => Some(format!(
                "The baseline {name} itself became slower against most other rows, {}, or the machine changed: each \
                 other row is held against the median of the rest instead.",
                by(1.0 / high)
            )),
            (None, Some(low)) if !alone => {
                Some(format!("Most rows became slower against the baseline {name}, or it faster, {}.", by(low)))
            }
            _ => None,
        };
        if slower_baseline.is_some() && !alone {
            for (index, row) in self.rows.iter_mut().enumerate() {
                let divide = |ratios: &mut [f64], changes: &[Vec<f64>]| {
                    let others = changes.iter().map(|round| median_without(round, index));
                    ratios.iter_mut().zip(others).for_each(|(ratio, others)| *ratio /= others.unwrap_or(1.0));
                };
                divide(&mut row.now, &changes_now);
                divide(&mut row.then, &changes_then);
            }
        }
        let mut rows: Vec<RowRecord> = self.rows.iter().filter_map(|row| row.record(judged, seed)).collect();
        if slower_baseline.is_some() {
            // The baseline may be all that changed.
            rows.iter_mut().for_each(|row| row.marks.retain(|mark| *mark != Mark::Faster));
        }
        let inverse = |end: Option<f64>| end.map(|end| 1.0 / end);
        // With one other row, that may have become faster, and the baseline be as it was.
        let surely = Surely { low: inverse(common.high).filter(|_| !alone), high: inverse(common.low) };
        let slower = surely.low.filter(|&low| low > 1.0).map(|_| Mark::Slower);
        let ratio = stats::quotient(&common_then, &common_now, RESAMPLES, seed);
        rows.extend(ratio.map(|ratio| RowRecord {
            case: self.baseline.case,
            ratio: Some(ratio),
            marks: std::iter::once(Mark::Baseline).chain(slower).collect(),
            change: Some(Change { surely, wall_ns: self.baseline.then_wall_ns, to_baseline: None }),
            ..RowRecord::of(self.baseline.case)
        }));
        (rows, words)
    }

    /// Round by round, what became of each row's ratio to the baseline: 1 where it is its median in the record.
    fn changes(&self, of: impl Fn(&Row) -> &[f64]) -> Vec<Vec<f64>> {
        let rounds = self.rows.iter().map(|row| of(row).len()).min().unwrap_or(0);
        let in_round = |round| self.rows.iter().filter_map(|row| Some(of(row).get(round)? / row.usual)).collect();
        (0..rounds).map(in_round).collect()
    }
}

/// The median of changes; where two lie in the middle, the one that is less of a change: one row that changed does not move it.
fn least_middle(changes: &[f64]) -> Option<f64> {
    let mut sorted = changes.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = [*sorted.get(sorted.len().checked_sub(1)? / 2)?, *sorted.get(sorted.len() / 2)?];
    middle.into_iter().min_by(|a, b| a.ln().abs().total_cmp(&b.ln().abs()))
}

/// The median of all but one: a row held against a median that it is part of would seem steadier than it is.
fn median_without(changes: &[f64], index: usize) -> Option<f64> {
    let others = changes.iter().enumerate().filter(|(other, _)| *other != index);
    stats::median(&mut others.map(|(_, change)| *change).collect::<Vec<f64>>())
}

impl Row {
    /// It, as one of so many rows that are judged together.
    fn record(&self, judged: usize, seed: u64) -> Option<RowRecord> {
        let ratio = stats::quotient(&self.now, &self.then, RESAMPLES, seed)?;
        let surely = quotient(&self.now, &self.then, judged);
        let now = stats::estimate(&self.now, RESAMPLES, seed)?;
        let to_baseline = Then { now, then: stats::estimate(&self.then, RESAMPLES, seed)? };
        let change = Change { surely, wall_ns: self.then_wall_ns, to_baseline: Some(to_baseline) };
        Some(RowRecord { ratio: Some(ratio), marks: mark(surely), change: Some(change), ..RowRecord::of(self.case) })
    }
}

/// Of a command that fsbench chose, what it says it is. A user's has none, and may be another program every time.
fn version(case: &CaseRecord) -> Option<&str> {
    case.command.as_ref()?.version.as_deref()
}

/// What differs in the machine, as advice: the ratios may come of it.
fn differences(record: &Record, past: &Record) -> Vec<String> {
    let (now, then) = (&record.environment, &past.environment);
    let file_systems = |record: &Record| {
        let of = |target: &TargetRecord| format!("{} ({})", target.file_system.kind, target.file_system.options);
        record.targets.iter().map(of).collect::<Vec<_>>().join(", ")
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    let parts = [
        ("fsbench", past.fsbench.clone(), record.fsbench.clone()),
        ("kernel", then.kernel.clone(), now.kernel.clone()),
        ("processor", then.cpu.clone(), now.cpu.clone()),
        ("number of cores", then.cores.to_string(), now.cores.to_string()),
        ("governor", text(&then.governor), text(&now.governor)),
        ("file system", file_systems(past), file_systems(record)),
    ];
    let versions = record.cases.iter().filter_map(|case| {
        let then = past.cases.iter().find(|then| then.strategy == case.strategy)?;
        Some((case.strategy.as_str(), version(then)?.to_owned(), version(case)?.to_owned()))
    });
    parts
        .into_iter()
        .chain(versions)
        .filter(|(_, then, now)| then != now)
        .map(|(what, then, now)| format!("The {what} differs from the record's: it was {then}, and is {now}."))
        .collect()
}
