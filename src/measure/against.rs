//! Compares the rows of a session with the record of an earlier one.
//!
//! The machine may have changed its speed between two sessions, so times are not compared. A row's ratio to a reference
//! is, now and then. The reference is another case, preferably one that does not change between versions of fsbench
//! (see [`super::reference`]). Both sessions must have the same tree, the same kind of build and the same cases, or the
//! comparison is refused. Differences of the machine are told.
//!
//! A changed ratio does not tell which of the two cases changed. Their own times hint at it: if the row's time moved
//! less than the reference's, the row is not called faster; nor slower, if the reference is only another row.

use super::change::{Change, Then, mark, quotient};
use super::comparison::Unfit;
use super::mark::Mark;
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

/// Makes the plan list the record's trees only.
///
/// # Errors
/// When the record has nothing that a view's rows can be held against, or was made by another kind of build.
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
        let is_there = |&index: &usize| {
            let case = plan.cases.get(index)?;
            let level = plan.targets.get(case.target).map(|target| target.level);
            find(past, |then| is_case(then, past, case, level)).map(|_| index)
        };
        let rows: Vec<usize> = view.cases.iter().filter_map(is_there).collect();
        let held: Vec<usize> = view.references.iter().chain(&view.cases).filter_map(is_there).collect();
        if !rows.iter().any(|row| held.iter().any(|other| other != row)) {
            return Err(unfit(plan, past, view));
        }
    }
    let trees = past.targets.iter().filter_map(|target| Some((target.level, tree_digest(target)?)));
    plan.trees = Some(trees.collect());
    Ok(())
}

/// Why no row of `view` can be compared, and what to do.
fn unfit(plan: &Plan, past: &Record, view: &super::View) -> Unfit {
    let cases: Vec<&Case> = view.cases.iter().filter_map(|&case| plan.cases.get(case)).collect();
    let of_this_kind = |then: &&CaseRecord| {
        let same = |case: &&Case| then.want == case.want && then.cache == case.cache;
        then.twin == Twin::First && !then.is_null && then.measurement().is_some() && cases.first().is_some_and(same)
    };
    let mut there: Vec<&str> = past.cases.iter().filter(of_this_kind).map(|then| then.strategy.as_str()).collect();
    there.dedup();
    let there = if there.is_empty() { "none of that kind".to_owned() } else { there.join(", ") };
    let wanted = cases.iter().map(|case| case.name()).collect::<Vec<_>>().join(", ");
    let references = view.references.iter().filter_map(|&case| plan.cases.get(case)).map(Case::name);
    let references = references.collect::<Vec<_>>().join(" or ");
    Unfit(format!(
        "the record has no measurement of both a row ({wanted}) and another to hold it against ({references}, or another \
         row): it has {there}. Select what it has, or make a new one with --save"
    ))
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
    let mut advice = differences(record, past);
    let comparable = |view: &&ViewRecord| matches!(view.kind, ViewKind::Table | ViewKind::Ladder);
    let mut views = Vec::new();
    for view in record.views.iter().filter(comparable) {
        let held = Held { record, past, view };
        let Some((view, doubt)) = held.view(name) else { continue };
        views.push(view);
        advice.extend(doubt.filter(|doubt| !advice.contains(doubt)));
    }
    record.advice.extend(advice);
    record.views.extend(views);
}

/// A view that is compared with a record.
struct Held<'r> {
    record: &'r Record,
    past: &'r Record,
    view: &'r ViewRecord,
}

/// A case of this session that the record has too.
#[derive(Clone, Copy)]
struct Both<'r> {
    case: usize,
    now: &'r Measurement,
    then: &'r Measurement,
}

impl Both<'_> {
    /// Its time now over its time then.
    fn moved(&self) -> f64 {
        self.now.wall_ns.median / self.then.wall_ns.median
    }
}

/// What rows are compared with.
#[derive(Clone, Copy)]
struct Reference<'r> {
    both: Both<'r>,
    /// Whether it is a case that does not change between versions of fsbench.
    stays: bool,
}

impl<'r> Held<'r> {
    /// The view to show, and what speaks against its reference; `None` where no row can be held against anything.
    fn view(&self, name: &str) -> Option<(ViewRecord, Option<String>)> {
        let references = self.references();
        let first = references.first()?;
        let rows = self.rows(&references);
        if rows.iter().all(|row| row.change.is_none()) {
            return None;
        }
        let when = self.past.started.strftime("%Y-%m-%d %H:%M UTC");
        let to = self.name(first.both.case);
        let title = format!("Against {name}, of {when}, by ratios to {to}: {}", self.view.title);
        let doubt = self.reference_moved(first, &rows);
        let baseline = first.both.case;
        Some((ViewRecord { title, kind: ViewKind::Past, baseline, floor: None, rows, ..self.view.clone() }, doubt))
    }

    fn name(&self, case: usize) -> &'r str {
        self.record.cases.get(case).map_or("", |case| case.strategy.as_str())
    }

    fn both(&self, case: usize) -> Option<Both<'r>> {
        let now = self.record.cases.get(case)?;
        let level = level_of(self.record, now);
        let same = |then: &CaseRecord| {
            then.strategy == now.strategy
                && (then.want, then.cache, then.threads) == (now.want, now.cache, now.threads)
                && level_of(self.past, then) == level
        };
        Some(Both { case, now: now.measurement()?, then: find(self.past, same)? })
    }

    /// Possible references that the record has too: the cases that do not change, then the baseline, then the other
    /// rows.
    fn references(&self) -> Vec<Reference<'r>> {
        let staying = self.view.references.iter().map(|&case| (case, true));
        let rows = std::iter::once(self.view.baseline).chain(self.ranked()).map(|case| (case, false));
        let held = staying.chain(rows).filter_map(|(case, stays)| Some(Reference { both: self.both(case)?, stays }));
        let mut held: Vec<Reference<'r>> = held.collect();
        if let [first, second, ..] = &mut held[..]
            && second.stays
            && self.changed_itself(first.both, second)
        {
            std::mem::swap(first, second);
        }
        held
    }

    /// Whether a reference that is a row changed itself: surely, and by its own time.
    fn changed_itself(&self, row: Both<'r>, to: &Reference<'r>) -> bool {
        self.change(row, to, 1).is_some_and(|(ratio, change)| {
            mark(change.surely, false) != [Mark::Unchanged] && !is_other_ones(row.moved(), ratio.median)
        })
    }

    fn ranked(&self) -> impl Iterator<Item = usize> {
        let is_ranked = |case: &usize| self.record.cases.get(*case).is_some_and(|c| c.standing() == Standing::Ranked);
        self.view.rows.iter().map(|row| row.case).filter(is_ranked)
    }

    /// The rows that are judged and have a time, each with its change where the record has one and something else to
    /// hold it against. Where only rows that may have changed are left to judge a reference by, it is not judged.
    fn rows(&self, references: &[Reference<'r>]) -> Vec<RowRecord> {
        let stays = |case: usize| references.iter().any(|other| other.stays && other.both.case == case);
        let other =
            |case: usize| references.iter().find(|other| other.both.case != case && (other.stays || !stays(case)));
        let is_measured = |&case: &usize| self.record.cases.get(case).is_some_and(|case| case.measurement().is_some());
        let is_judged = |&case: &usize| !stays(case) || other(case).is_some();
        let judged: Vec<usize> = self.ranked().filter(is_measured).filter(is_judged).collect();
        let row = |&case: &usize| {
            let pair = self.both(case).zip(other(case));
            let (ratio, change) = pair.and_then(|(both, to)| self.change(both, to, judged.len())).unzip();
            let marks = change.as_ref().map_or_else(Vec::new, |change: &Change| mark(change.surely, change.doubtful));
            RowRecord { ratio, marks, change, ..RowRecord::of(case) }
        };
        judged.iter().map(row).collect()
    }

    fn change(&self, row: Both<'r>, to: &Reference<'r>, rows: usize) -> Option<(stats::Estimate, Change)> {
        let seed = self.record.seed;
        let (now, then) = (row.now.ratios_to(to.both.now), row.then.ratios_to(to.both.then));
        let ratio = stats::quotient(&now, &then, RESAMPLES, seed)?;
        let estimate = |ratios: &[f64]| stats::estimate(ratios, RESAMPLES, seed);
        let to_baseline = Then { now: estimate(&now)?, then: estimate(&then)?, to: Some(to.both.case) };
        let doubtful = is_other_ones(row.moved(), ratio.median) && (ratio.median < 1.0 || !to.stays);
        let surely = quotient(&now, &then, rows);
        Some((ratio, Change { surely, wall_ns: row.then.wall_ns, to_baseline: Some(to_baseline), doubtful }))
    }

    /// Advice if all rows changed alike against the reference, but its own time moved more than theirs.
    fn reference_moved(&self, reference: &Reference<'_>, rows: &[RowRecord]) -> Option<String> {
        let mut direction = None;
        for row in rows.iter().filter(|row| row.case != reference.both.case) {
            let Some(change) = &row.change else { continue };
            let is_slower = match (change.surely.low, change.surely.high) {
                (Some(low), _) if low > 1.0 => true,
                (_, Some(high)) if high < 1.0 => false,
                _ => return None,
            };
            let own = self.both(row.case)?.moved();
            if !is_other_ones(own, row.ratio?.median) || direction.is_some_and(|before| before != is_slower) {
                return None;
            }
            direction = Some(is_slower);
        }
        let (of, became, rest) = match direction? {
            true => ("slower", "faster", "What is called slower is so beside it."),
            false => ("faster", "slower", "No row is called faster for it."),
        };
        let milliseconds = |measurement: &Measurement| measurement.wall_ns.median / 1e6;
        let Both { case, now, then } = reference.both;
        Some(format!(
            "Every row is surely {of} against {to} than in the record, but it is {to}'s own time that moved most ({:.3} ms then, \
             {:.3} ms now): {to} itself became {became}, or the machine changed. {rest}",
            milliseconds(then),
            milliseconds(now),
            to = self.name(case),
        ))
    }
}

/// Whether a changed ratio is rather due to the reference: the row's own time moved by less than half of the change.
fn is_other_ones(own: f64, ratio: f64) -> bool {
    if ratio > 1.0 { own < ratio.sqrt() } else { own > ratio.sqrt() }
}

/// The version of a command that fsbench chose. A user's command has none, and may be another program every time.
fn version(case: &CaseRecord) -> Option<&str> {
    case.command.as_ref()?.version.as_deref()
}

/// Differences of the machine, as advice: they may be why ratios changed.
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
