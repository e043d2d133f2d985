//! The times that reports show, chosen such that the quotient of two of them is their ratio.
//!
//! A ratio is the median of the rounds' ratios; a time is the median of its own samples. Where the machine's speed
//! drifted between the rounds, the median of one row comes from a fast one and that of another from a slow one, and
//! their quotient is not the ratio. The ratio is right: both of a pair were slowed alike. So where the quotient of two
//! times lies outside their ratio's interval, the row's time is made of the ratio, and marked: the reference's time
//! times the ratio.
//!
//! The reference is the baseline in a table, and the other build's time where builds are compared. In a ladder there
//! are two: the row above, since the gain is over it, and the first row, since the gains in all are over it. The row's
//! own median is shown if it divides by both; else what the first row makes of it, if that does; else what the row
//! above makes of it. So a time always divides by the gain beside it. That no time divides by both is rare, since both
//! intervals are of the same rounds.

use super::plan::ViewKind;
use super::record::{CaseRecord, Measurement, Record, RowRecord, ViewRecord};
use super::stats::Estimate;

/// A row of a view as reports show it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'r> {
    /// The row.
    pub row: &'r RowRecord,
    /// Its case.
    pub case: &'r CaseRecord,
    /// Its time, if it has one.
    pub time: Option<Time<'r>>,
}

/// A row's time as reports show it.
#[derive(Debug, Clone, Copy)]
pub struct Time<'r> {
    /// What it is of.
    pub measurement: &'r Measurement,
    /// One listing, nanoseconds.
    pub wall_ns: Estimate,
    /// Where `wall_ns` comes from.
    pub source: Source,
}

/// Where a time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// It is the median of the row's samples.
    Samples,
    /// It is the reference's time times the paired ratio, since the medians do not divide.
    Ratio,
}

impl Time<'_> {
    /// Nanoseconds an entry; of an empty tree, per listing.
    pub fn ns_per_entry(&self) -> f64 {
        self.wall_ns.median / self.measurement.entries.max(1) as f64
    }
}

impl<'r> Shown<'r> {
    /// Whether it asks the file system nothing: it shows what the interface costs, and is no way of listing.
    pub fn is_below_system_calls(&self) -> bool {
        self.case.factors.is_some_and(|factors| factors.is_below_system_calls())
    }

    /// A row that is in no relation to others: its time is the median of its samples.
    pub fn of(row: &'r RowRecord, case: &'r CaseRecord) -> Self {
        let time =
            |measurement: &'r Measurement| Time { measurement, wall_ns: measurement.wall_ns, source: Source::Samples };
        Self { row, case, time: case.measurement().map(time) }
    }

    /// Whether its time is made of a ratio.
    pub fn is_derived(&self) -> bool {
        self.time.is_some_and(|time| time.source == Source::Ratio)
    }

    /// How many times its floor the row takes, if it has one.
    pub fn over_floor(&self) -> Option<f64> {
        Some(self.time?.wall_ns.median / self.row.floor_ns?)
    }
}

impl Record {
    /// The rows of a view of this record, with the times that reports show of them: in tables, charts and titles alike.
    pub fn shown<'r>(&'r self, view: &'r ViewRecord) -> Vec<Shown<'r>> {
        let mut ladder = Ladder::default();
        let time_of = |case: usize| Some(self.cases.get(case)?.measurement()?.wall_ns);
        let baseline = time_of(view.baseline);
        let row = |row: &'r RowRecord| {
            let case = self.cases.get(row.case)?;
            let time = case.measurement().map(|measurement| {
                let change = row.change.as_ref();
                let (wall_ns, source) = match view.kind {
                    ViewKind::Table => divided(measurement, baseline, row.ratio),
                    ViewKind::Builds => divided(measurement, change.map(|change| change.wall_ns), row.ratio),
                    ViewKind::Past => {
                        let ratios = change.and_then(|change| change.to_baseline);
                        let to = ratios.and_then(|ratios| ratios.to).map_or(baseline, time_of);
                        divided(measurement, to, ratios.map(|ratios| ratios.now))
                    }
                    ViewKind::Ladder => ladder.step(row, measurement),
                };
                Time { measurement, wall_ns, source }
            });
            Some(Shown { row, case, time })
        };
        view.rows.iter().filter_map(row).collect()
    }
}

/// A time whose quotient with the reference's lies in the interval of their ratio.
fn divided(measurement: &Measurement, reference: Option<Estimate>, ratio: Option<Estimate>) -> (Estimate, Source) {
    let own = measurement.wall_ns;
    match reference.zip(ratio) {
        Some((reference, ratio)) if !ratio.holds(own.median / reference.median) => {
            let times = |by: f64| reference.median * by;
            let wall_ns = Estimate { median: times(ratio.median), low: times(ratio.low), high: times(ratio.high) };
            (wall_ns, Source::Ratio)
        }
        _ => (own, Source::Samples),
    }
}

/// A ladder, row by row.
#[derive(Default)]
struct Ladder {
    /// What is shown of the first row that has a time, nanoseconds.
    first_ns: Option<f64>,
    /// The same of the last one until now.
    before_ns: Option<f64>,
}

impl Ladder {
    fn step(&mut self, row: &RowRecord, measurement: &Measurement) -> (Estimate, Source) {
        let references = [(self.first_ns, row.in_all), (self.before_ns, row.ratio)];
        let references = references.map(|(reference_ns, gain)| reference_ns.zip(gain));
        let divides = |time: &Estimate| {
            references.iter().flatten().all(|(reference_ns, gain)| gain.holds(reference_ns / time.median))
        };
        let over = |(reference_ns, gain): (f64, Estimate)| Estimate {
            median: reference_ns / gain.median,
            low: reference_ns / gain.high,
            high: reference_ns / gain.low,
        };
        let own = measurement.wall_ns;
        let [of_first, of_before] = references.map(|reference| reference.map(over));
        let (wall_ns, source) = match of_first.filter(divides).or(of_before).or(of_first) {
            Some(made) if !divides(&own) => (made, Source::Ratio),
            _ => (own, Source::Samples),
        };
        self.first_ns.get_or_insert(wall_ns.median);
        self.before_ns = Some(wall_ns.median);
        (wall_ns, source)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::Pairs;
    use super::super::stats::{RESAMPLES, estimate};
    use super::*;
    use crate::list::tally::Tally;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use serde_json::json;

    /// A case with a sample of so many nanoseconds a round.
    fn case(times: &[u64]) -> CaseRecord {
        let sample = |wall_ns: &u64| json!({"wall_ns": wall_ns, "user_ns": 0, "sys_ns": 0, "peak_bytes": null, "tally": Tally::default()});
        let walls: Vec<f64> = times.iter().map(|&ns| ns as f64).collect();
        let measurement = json!({
            "iterations": 1, "entries": 1, "samples": times.iter().map(sample).collect::<Vec<_>>(), "outliers": [], "changed": [],
            "verified_by": "digest", "wall_ns": estimate(&walls, RESAMPLES, 1), "user_ns": 0.0, "sys_ns": 0.0, "peak_bytes": null
        });
        let case = json!({
            "target": 0, "strategy": "serial", "want": "kinds", "threads": 1, "twin": "first", "ruler": false, "projection": "whole",
            "outcome": {"measured": measurement}
        });
        serde_json::from_value(case).unwrap()
    }

    /// Rounds in which the machine is fast or slow, and now and then changes from one sample to the next.
    fn drifting(rng: &mut ChaCha8Rng) -> Vec<CaseRecord> {
        const SHARES: [f64; 5] = [1.0, 0.7, 0.65, 0.4, 0.39];
        let mut times = vec![Vec::new(); SHARES.len()];
        for _ in 0..rng.random_range(7..25) {
            let mut is_slow = rng.random_bool(0.4);
            for (times, share) in times.iter_mut().zip(SHARES) {
                is_slow ^= rng.random_bool(0.1);
                let slower = if is_slow { 2.5 } else { 1.0 };
                times.push((1e6 * share * slower * rng.random_range(0.95..1.05)) as u64);
            }
        }
        times.iter().map(|times| case(times)).collect()
    }

    #[test]
    fn whatever_the_drift_a_ladders_times_divide_by_its_gains_and_by_its_gains_in_all() {
        let (mut derived, mut by_both, mut all) = (0, 0, 0);
        for seed in 0..12 {
            let cases = drifting(&mut ChaCha8Rng::seed_from_u64(seed));
            let rows = Pairs { cases: &cases, seed }.ladder(&[0, 1, 2, 3, 4]);
            let mut ladder = Ladder::default();
            let times: Vec<(Estimate, Source)> =
                rows.iter().zip(&cases).map(|(row, case)| ladder.step(row, case.measurement().unwrap())).collect();
            derived += times.iter().filter(|(_, source)| *source == Source::Ratio).count();
            for (index, row) in rows.iter().enumerate().skip(1) {
                let [first, before, own] = [0, index - 1, index].map(|at| times[at].0.median);
                let (in_all, gain) = (row.in_all.unwrap(), row.ratio.unwrap());
                // A quotient of a quotient may differ in its last bit.
                let is_made = (before / own / gain.median - 1.0).abs() < 1e-12;
                assert!(is_made || gain.holds(before / own), "{seed}: {before} over {own} is not {gain:?}");
                by_both += usize::from(in_all.holds(first / own));
                all += 1;
            }
        }
        assert!(derived > 0);
        assert!(by_both * 20 >= all * 19, "{by_both} of {all}");
    }

    #[test]
    fn a_time_whose_quotient_lies_in_the_ratios_interval_is_the_median_of_its_samples() {
        let case = case(&[90, 100, 110]);
        let measurement = case.measurement().unwrap();
        let of = |median| Some(Estimate { median, low: median, high: median });
        let ratio = |low, high| Some(Estimate { median: 1.3, low, high });
        assert_eq!(divided(measurement, of(100.0), ratio(1.0, 1.4)), (measurement.wall_ns, Source::Samples));
        assert_eq!(divided(measurement, of(100.0), None), (measurement.wall_ns, Source::Samples));
        assert_eq!(divided(measurement, None, ratio(1.2, 1.4)), (measurement.wall_ns, Source::Samples));
        let made = Estimate { median: 130.0, low: 120.0, high: 140.0 };
        assert_eq!(divided(measurement, of(100.0), ratio(1.2, 1.4)), (made, Source::Ratio));
    }
}
