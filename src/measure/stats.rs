//! Medians with bootstrap intervals.
//!
//! The percentile bootstrap (Efron and Tibshirani, 1993, ch. 13): resample with replacement, take the median of each
//! resample, and read the 2.5th and 97.5th percentile off. It assumes no distribution, which benchmark times do not have.
//! Ratios are paired: each round's time over the same round's baseline, so that what slowed the whole round cancels.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// A median with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The median of the samples.
    pub median: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

impl Estimate {
    /// Whether the interval holds `value`.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Half the interval's width, as a fraction of the median.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0 / self.median
    }
}

/// How many resamples: percentiles of 2,000 medians repeat to well under the last digit shown.
pub const RESAMPLES: usize = 2000;

/// The median of `values` and its interval; `None` of nothing. The same seed gives the same interval.
pub fn estimate(values: &[f64], resamples: usize, seed: u64) -> Option<Estimate> {
    let mut scratch = values.to_vec();
    let centre = median(&mut scratch)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut medians: Vec<f64> = (0..resamples)
        .filter_map(|_| {
            scratch.iter_mut().for_each(|slot| *slot = values[rng.random_range(0..values.len())]);
            median(&mut scratch)
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    let at = |fraction: f64| {
        let index = (fraction * (medians.len().saturating_sub(1)) as f64).round() as usize;
        medians.get(index).copied().unwrap_or(centre)
    };
    Some(Estimate { median: centre, low: at(0.025), high: at(0.975) })
}

/// The median; reorders `values`.
pub fn median(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    match below.iter().copied().max_by(f64::total_cmp) {
        Some(lower) if even => Some(f64::midpoint(lower, upper)),
        _ => Some(upper),
    }
}

/// Indices of Tukey's far outliers: more than three interquartile ranges outside the quartiles. They are flagged, never
/// dropped.
pub fn outliers(values: &[f64]) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quartile = |numerator: usize| sorted.get((sorted.len().saturating_sub(1)) * numerator / 4).copied();
    // Of fewer than five values, quartiles say nothing.
    let (5.., Some(low), Some(high)) = (values.len(), quartile(1), quartile(3)) else { return Vec::new() };
    let fence = 3.0 * (high - low);
    let outside = |value: f64| value < low - fence || value > high + fence;
    values.iter().enumerate().filter(|&(_, &value)| outside(value)).map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_the_mean_of_the_two_in_the_middle() {
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut []), None);
    }

    #[test]
    fn an_interval_holds_its_median_and_repeats_with_its_seed() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * 37 % 40)).collect();
        let first = estimate(&values, RESAMPLES, 7).unwrap();
        assert!(first.holds(first.median) && first.low < first.high);
        assert_eq!(Some(first), estimate(&values, RESAMPLES, 7));
    }

    /// 1,000 times 21 draws from a known distribution: the interval holds its median (0.5) about as often as it says.
    #[test]
    fn intervals_cover_the_true_median_nearly_as_often_as_they_claim() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let covered = (0..1000)
            .filter(|&trial| {
                let values: Vec<f64> = (0..21).map(|_| rng.random_range(0.0..1.0)).collect();
                estimate(&values, 400, trial).unwrap().holds(0.5)
            })
            .count();
        assert!((920..=985).contains(&covered), "{covered} of 1000");
    }

    #[test]
    fn an_outlier_is_found_and_a_spread_is_not() {
        assert_eq!(outliers(&[10.0, 11.0, 10.5, 10.2, 50.0, 10.7]), [4]);
        assert!(outliers(&[1.0, 2.0, 3.0, 4.0, 5.0]).is_empty());
        assert!(outliers(&[1.0, 9.0]).is_empty());
    }
}
