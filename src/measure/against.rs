//! This session's rows against a record of another one.
//!
//! Between two sessions the machine may have changed its speed, so times are not compared: each row's ratio to the baseline
//! is, with the same row's ratio to the same baseline then. That hides a change of the baseline itself, and it needs the
//! same tree, the same kind of build and the same cases: what differs there is refused, what differs in the machine is said.

use super::change::{Change, Then, mark, quotient};
use super::compose::Unfit;
use super::plan::{Case, Plan, Twin, ViewKind};
use super::record::{CaseRecord, Measurement, Record, RowRecord, TargetRecord, ViewRecord};
use super::stats::{self, RESAMPLES};
use crate::list::{Projection, Standing, Want, digest::Digest};
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

fn find(record: &Record, is: impl Fn(&CaseRecord) -> bool) -> Option<&Measurement> {
    record.cases.iter().filter(|case| case.twin == Twin::First && is(case)).find_map(CaseRecord::measurement)
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
    let views: Vec<ViewRecord> = record
        .views
        .iter()
        .filter(comparable)
        .filter_map(|view| {
            let rows = rows(record, past, view);
            let title = format!("Against {name}, of {when}: {}", view.title);
            (!rows.is_empty()).then(|| ViewRecord { title, kind: ViewKind::Past, floor: None, rows, ..view.clone() })
        })
        .collect();
    record.advice.extend(differences(record, past));
    record.views.extend(views);
}

fn rows(record: &Record, past: &Record, view: &ViewRecord) -> Vec<RowRecord> {
    let counterpart = |index: usize| {
        let now = record.cases.get(index)?;
        let level = level_of(record, now);
        let same = |then: &CaseRecord| {
            then.strategy == now.strategy
                && (then.want, then.cache, then.threads) == (now.want, now.cache, now.threads)
                && level_of(past, then) == level
        };
        Some((now.measurement()?, find(past, same)?))
    };
    let Some((base_now, base_then)) = counterpart(view.baseline) else { return Vec::new() };
    let ranked = |row: &&RowRecord| record.cases.get(row.case).is_some_and(|case| case.standing() == Standing::Ranked);
    let pairs: Vec<_> = view
        .rows
        .iter()
        .filter(ranked)
        .filter(|row| row.case != view.baseline)
        .filter_map(|row| counterpart(row.case).map(|(now, then)| (row.case, now, then)))
        .collect();
    let row = |&(case, now, then): &(usize, &Measurement, &Measurement)| {
        let (now, then_ratios) = (paired(now, base_now), paired(then, base_then));
        let ratio = stats::quotient(&now, &then_ratios, RESAMPLES, record.seed)?;
        let surely = quotient(&now, &then_ratios, pairs.len());
        let to_baseline = Then {
            now: stats::estimate(&now, RESAMPLES, record.seed)?,
            then: stats::estimate(&then_ratios, RESAMPLES, record.seed)?,
        };
        let change = Change { surely, wall_ns: then.wall_ns, to_baseline: Some(to_baseline) };
        Some(RowRecord { case, ratio: Some(ratio), marks: mark(surely), floor_ns: None, change: Some(change) })
    };
    pairs.iter().filter_map(row).collect()
}

/// Ratios, round by round.
fn paired(case: &Measurement, to: &Measurement) -> Vec<f64> {
    case.wall_per_listing().iter().zip(to.wall_per_listing()).map(|(case, to)| case / to).collect()
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
    parts
        .into_iter()
        .filter(|(_, then, now)| then != now)
        .map(|(what, then, now)| format!("The {what} differs from the record's: it was {then}, and is {now}."))
        .collect()
}
