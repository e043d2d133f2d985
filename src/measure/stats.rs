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

    /// One over it: of a ratio, the ratio the other way round.
    pub fn inverse(&self) -> Self {
        Self { median: 1.0 / self.median, low: 1.0 / self.high, high: 1.0 / self.low }
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
    let (low, high) = middle(&mut medians).unwrap_or((centre, centre));
    Some(Estimate { median: centre, low, high })
}

/// The quotient of the medians of two samples that are not paired, with its 95 % interval: each is resampled on its own.
pub fn quotient(above: &[f64], below: &[f64], resamples: usize, seed: u64) -> Option<Estimate> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut resampled = |values: &[f64]| {
        let mut drawn: Vec<f64> = values.iter().map(|_| values[rng.random_range(0..values.len())]).collect();
        median(&mut drawn)
    };
    let centre = median(&mut above.to_vec())? / median(&mut below.to_vec())?;
    let mut quotients: Vec<f64> = (0..resamples).filter_map(|_| Some(resampled(above)? / resampled(below)?)).collect();
    let (low, high) = middle(&mut quotients).unwrap_or((centre, centre));
    Some(Estimate { median: centre, low, high })
}

/// The slope of the line through the medians of samples taken at each `x`, by least squares, with its 95 % interval; `None`
/// where there are not two different `x`.
pub fn slope(points: &[(f64, Vec<f64>)], resamples: usize, seed: u64) -> Option<Estimate> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let through = |medians: &[f64]| {
        let number = points.len() as f64;
        let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / number;
        let mean_y = medians.iter().sum::<f64>() / number;
        let both = || points.iter().map(|(x, _)| x - mean_x).zip(medians.iter().map(|y| y - mean_y));
        let slope = both().map(|(x, y)| x * y).sum::<f64>() / both().map(|(x, _)| x * x).sum::<f64>();
        slope.is_finite().then_some(slope)
    };
    let medians: Option<Vec<f64>> = points.iter().map(|(_, values)| median(&mut values.clone())).collect();
    let centre = through(&medians?)?;
    let mut slopes: Vec<f64> = (0..resamples)
        .filter_map(|_| {
            let resampled: Option<Vec<f64>> = points
                .iter()
                .map(|(_, values)| {
                    let mut drawn: Vec<f64> =
                        values.iter().map(|_| values[rng.random_range(0..values.len())]).collect();
                    median(&mut drawn)
                })
                .collect();
            through(&resampled?)
        })
        .collect();
    let (low, high) = middle(&mut slopes).unwrap_or((centre, centre));
    Some(Estimate { median: centre, low, high })
}

/// The interval between two order statistics that holds the median with at least the probability `level`, whatever the
/// distribution; `None` where even the least and the greatest value do not.
///
/// The number of values below the median is binomial(n, 1/2).
pub fn order_interval(values: &[f64], level: f64) -> Option<(f64, f64)> {
    let n = values.len();
    let tail = (1.0 - level) / 2.0;
    let ln_ways = |k: usize| {
        let ln_factorial = |m: usize| libm::lgamma(m as f64 + 1.0);
        ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
    };
    let mut below = 0.0;
    // How many values may be cut off at either end.
    let cut = (0..n / 2).take_while(|&k| {
        below += (ln_ways(k) - n as f64 * std::f64::consts::LN_2).exp();
        below <= tail
    });
    let last = cut.last()?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some((*sorted.get(last)?, *sorted.get(n - 1 - last)?))
}

/// The 2.5th and the 97.5th percentile; sorts `values`.
fn middle(values: &mut [f64]) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let at = |fraction: f64| {
        let index = (fraction * (values.len().saturating_sub(1)) as f64).round() as usize;
        values.get(index).copied()
    };
    at(0.025).zip(at(0.975))
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

    /// The sign test's table: of 6 values, the least and the greatest hold the median in 1 - 2/64 of all cases.
    #[test]
    fn order_statistics_hold_the_median_as_a_table_of_the_binomial_says() {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(order_interval(&values[..6], 0.95), Some((1.0, 6.0)));
        assert_eq!(order_interval(&values[..5], 0.95), None);
        assert_eq!(order_interval(&values, 0.95), Some((2.0, 9.0)));
    }

    #[test]
    fn many_values_have_an_order_interval_too() {
        let values: Vec<f64> = (0..5000).map(f64::from).collect();
        let (low, high) = order_interval(&values, 0.95).unwrap();
        // 1.96 standard deviations of the binomial, sqrt(5000)/2, on either side of the middle.
        assert!((2428.0..=2432.0).contains(&low) && (2567.0..=2571.0).contains(&high), "{low} {high}");
    }

    #[test]
    fn a_quotient_of_two_samples_holds_the_true_one() {
        let above: Vec<f64> = (0..40).map(|i| 100.0 + f64::from(i * 37 % 40)).collect();
        let below: Vec<f64> = above.iter().map(|value| value / 2.0).collect();
        let quotient = quotient(&above, &below, RESAMPLES, 7).unwrap();
        assert_eq!(quotient.median, 2.0);
        assert!(quotient.low < 2.0 && quotient.high > 2.0);
    }

    #[test]
    fn a_slope_is_found_through_noise_and_needs_two_places() {
        let at = |x: f64| (x, (0..20).map(|n| 100.0 + 7.0 * x + f64::from(n % 5) - 2.0).collect::<Vec<f64>>());
        let found = slope(&[at(1.0), at(4.0), at(16.0)], RESAMPLES, 1).unwrap();
        assert!(found.holds(7.0) && (found.median - 7.0).abs() < 0.2, "{found:?}");
        assert_eq!(slope(&[at(3.0), at(3.0)], RESAMPLES, 1), None);
    }

    #[test]
    fn an_outlier_is_found_and_a_spread_is_not() {
        assert_eq!(outliers(&[10.0, 11.0, 10.5, 10.2, 50.0, 10.7]), [4]);
        assert!(outliers(&[1.0, 2.0, 3.0, 4.0, 5.0]).is_empty());
        assert!(outliers(&[1.0, 9.0]).is_empty());
    }
}
