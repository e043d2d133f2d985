//! Makes the rows of a view: orders them, and gives each its paired ratio and its marks.
//!
//! A table is ordered by the ratios to its baseline, not by the medians of its times: what slowed a round slowed both
//! of a pair, but fell into the median of one and not of the other.

use super::change::{self, Change};
use super::floor;
use super::mark::Mark;
use super::plan::{Plan, View, ViewKind};
use super::record::{CaseRecord, Measurement, Record, RowRecord};
use super::stats::{self, Estimate, RESAMPLES};
use crate::strategy::Strategy;
use std::cmp::Ordering;

/// Gives the tables and ladders of a record that an older fsbench made what today's rules give them: their order and
/// marks, their floors, their gains in all, their factors. All but the last comes from the samples, which every record
/// holds. A record of this version stays as it is.
pub fn renew(record: &mut Record) {
    for case in record.cases.iter_mut().filter(|case| case.factors.is_none() && case.command.is_none()) {
        case.factors = Strategy::by_name(&case.strategy).map(|strategy| strategy.factors(case.want));
    }
    let pairs = Pairs { cases: &record.cases, seed: record.seed };
    for view in &mut record.views {
        let cases: Vec<usize> = view.rows.iter().map(|row| row.case).collect();
        match view.kind {
            ViewKind::Table => {
                let sorted = |a: &RowRecord, b: &RowRecord| pairs.order((a.case, a.ratio), (b.case, b.ratio)).is_le();
                if !view.rows.is_sorted_by(sorted) {
                    view.rows = pairs.table(&cases, view.baseline);
                }
                view.floor = floor::put(&mut view.rows, &record.cases, record.environment.cores);
            }
            ViewKind::Ladder if view.rows.iter().all(|row| row.in_all.is_none()) => view.rows = pairs.ladder(&cases),
            ViewKind::Ladder | ViewKind::Builds | ViewKind::Past => {}
        }
    }
}

/// Cases whose times are paired by round.
pub(super) struct Pairs<'c> {
    pub(super) cases: &'c [CaseRecord],
    /// Of the resampling.
    pub(super) seed: u64,
}

impl<'c> Pairs<'c> {
    fn measurement(&self, case: usize) -> Option<&'c Measurement> {
        self.cases.get(case)?.measurement()
    }

    fn is_below(&self, case: usize) -> bool {
        let factors = self.cases.get(case).and_then(|case| case.factors);
        factors.is_some_and(|factors| factors.is_below_system_calls())
    }

    /// One case's time over another's.
    pub(super) fn ratio(&self, case: usize, to: usize) -> Option<Estimate> {
        stats::estimate(&self.measurement(case)?.ratios_to(self.measurement(to)?), RESAMPLES, self.seed)
    }

    /// The order of a table's rows: by their ratios to the baseline, then those that have none by their times.
    fn order(&self, a: (usize, Option<Estimate>), b: (usize, Option<Estimate>)) -> Ordering {
        let time = |case| self.measurement(case).map(|measurement| measurement.wall_ns);
        let figure = |estimate: Option<Estimate>| estimate.map_or(f64::INFINITY, |estimate| estimate.median);
        let by = |a, b| figure(a).total_cmp(&figure(b));
        by(a.1, b.1).then(by(time(a.0), time(b.0)))
    }

    /// A table: the fastest first.
    pub(super) fn table(&self, cases: &[usize], baseline: usize) -> Vec<RowRecord> {
        let with_ratio = |&case: &usize| (case, self.ratio(case, baseline));
        let mut order: Vec<(usize, Option<Estimate>)> = cases.iter().map(with_ratio).collect();
        order.sort_by(|&a, &b| self.order(a, b));
        let measured = || order.iter().map(|&(case, _)| case).filter(|&case| self.measurement(case).is_some());
        // A row below the system calls is no way of listing, and so not the fastest one.
        let first = measured().find(|&case| !self.is_below(case));
        let row = |&(case, to_baseline): &(usize, Option<Estimate>)| {
            let is_tied = |to| self.ratio(case, to).is_some_and(|ratio| ratio.holds(1.0));
            let mut marks = Vec::new();
            match first {
                Some(first) if first == case => marks.push(Mark::First),
                Some(first) if !self.is_below(case) && is_tied(first) => marks.push(Mark::TiedFirst),
                _ => {}
            }
            if case == baseline {
                marks.push(Mark::Baseline);
            } else if to_baseline.is_some_and(|ratio| ratio.holds(1.0)) {
                marks.push(Mark::Tied);
            }
            let strategy = |case: usize| self.cases.get(case).map(|case| &case.strategy);
            let mut counts = measured().filter(|&other| strategy(other) == strategy(case));
            // In their order: the first of a strategy's is its best, and one without a rival needs no mark.
            if let (Some(best), Some(_)) = (counts.next(), counts.next()) {
                match best {
                    _ if best == case => marks.push(Mark::BestCount),
                    _ if is_tied(best) => marks.push(Mark::TiedBestCount),
                    _ => {}
                }
            }
            RowRecord { ratio: to_baseline, marks, ..RowRecord::of(case) }
        };
        order.iter().map(row).collect()
    }

    /// A step that cannot run here is skipped over: the next one's gain is over the last that could.
    pub(super) fn ladder(&self, cases: &[usize]) -> Vec<RowRecord> {
        let (mut first, mut before) = (None, None);
        let row = |&case: &usize| {
            if self.measurement(case).is_none() {
                return RowRecord::of(case);
            }
            let first = *first.get_or_insert(case);
            let gain = before.replace(case).and_then(|before| self.ratio(before, case));
            let tied = gain.is_some_and(|gain| gain.holds(1.0));
            let marks = if tied { vec![Mark::Tied] } else { Vec::new() };
            RowRecord { ratio: gain, in_all: self.ratio(first, case), marks, ..RowRecord::of(case) }
        };
        cases.iter().map(row).collect()
    }

    /// In the order of the plan: who compares builds looks for a strategy, not for the fastest.
    pub(super) fn builds(&self, view: &View, plan: &Plan) -> Vec<RowRecord> {
        let row = |&case: &usize| {
            let other = plan.other_build_of(case);
            let ratio = other.and_then(|other| self.ratio(case, other));
            let both = other.and_then(|other| Some((self.measurement(case)?, self.measurement(other)?)));
            let change = both.filter(|_| ratio.is_some()).map(|(this, other)| {
                let surely = change::paired(&this.ratios_to(other), view.cases.len());
                Change { surely, wall_ns: other.wall_ns, to_baseline: None, doubtful: false }
            });
            let marks = change.as_ref().map_or_else(Vec::new, |change| change::mark(change.surely, change.doubtful));
            RowRecord { ratio, marks, change, ..RowRecord::of(case) }
        };
        view.cases.iter().map(row).collect()
    }
}
