//! Whether a row became slower or faster than its counterpart: the same case in another build, or in a record.
//!
//! A table of twenty rows with intervals of 95 % each has one that lies by chance, so here all rows of a view together
//! are right 95 times of 100: each interval is widened to its share of what may go wrong (Bonferroni). They are
//! intervals of order statistics (the sign test's; Hahn and Meeker, Statistical Intervals, 1991, 5.2), exact whatever
//! the times' distribution; where the rounds are too few for the level, they say so by being endless. A bootstrap of
//! five rounds would not.

use super::mark::Mark;
use super::plan::ViewKind;
use super::stats::{self, Estimate};
use serde::{Deserialize, Serialize};

/// A row's counterpart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The change as a ratio (above 1: slower now), with the interval at which all rows of the view together are right.
    pub surely: Surely,
    /// The counterpart's time, nanoseconds.
    pub wall_ns: Estimate,
    /// Of a record's row: the ratios to the reference that the change is of.
    pub to_baseline: Option<Then>,
    /// Of a record's row: it may be the reference that changed, since its own time moved more than the row's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub doubtful: bool,
}

/// A row's ratio to its reference, now and in the record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Then {
    /// In this session.
    pub now: Estimate,
    /// In the record.
    pub then: Estimate,
    /// The reference: a case of this session; `None` in old records, where it is the view's baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<usize>,
}

/// An interval that may be open: an end is `None` if the rounds are too few to know it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Surely {
    /// The lower end.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// Probability of a false alarm in a view.
const ERROR: f64 = 0.05;

/// The change of a paired ratio, one value a round, in a view of so many rows.
pub(super) fn paired(ratios: &[f64], rows: usize) -> Surely {
    surely(stats::order_interval(ratios, 1.0 - ERROR / rows.max(1) as f64))
}

/// The change between two sets of ratios that are not paired.
pub(super) fn quotient(now: &[f64], then: &[f64], rows: usize) -> Surely {
    let of = one_of_two(now, rows).zip(one_of_two(then, rows));
    surely(of.map(|(now, then)| (now.0 / then.1, now.1 / then.0)))
}

/// The interval of one of the two sets of [`quotient`]: each median has half of the error to itself.
fn one_of_two(ratios: &[f64], rows: usize) -> Option<(f64, f64)> {
    stats::order_interval(ratios, 1.0 - ERROR / 2.0 / rows.max(1) as f64)
}

/// Half of the width of the interval that will decide a row's change: against another build, or against a record.
pub(super) fn half_width(ratios: &[f64], rows: usize, kind: ViewKind) -> f64 {
    let surely = if kind == ViewKind::Builds { paired(ratios, rows) } else { surely(one_of_two(ratios, rows)) };
    surely.low.zip(surely.high).map_or(f64::INFINITY, |(low, high)| (high - low) / 2.0)
}

fn surely(interval: Option<(f64, f64)>) -> Surely {
    Surely { low: interval.map(|ends| ends.0), high: interval.map(|ends| ends.1) }
}

/// The marks of a change; a doubtful one has none.
pub(super) fn mark(surely: Surely, doubtful: bool) -> Vec<Mark> {
    if doubtful {
        return vec![Mark::Unchanged];
    }
    match (surely.low, surely.high) {
        (Some(low), _) if low > 1.0 => vec![Mark::Slower],
        (_, Some(high)) if high < 1.0 => vec![Mark::Faster],
        _ => vec![Mark::Unchanged],
    }
}
