//! A bar in text: as long as the row's share of the baseline's time, its end as blurred as the share is unknown.
//!
//! ```text
//! stealing     0.646 [0.538, 0.803]   ██████▒▒▒░░▏
//! serial       1.000 [1.000, 1.000]   ████████████
//! walkdir      1.818 [1.471, 1.965]   █████████████████▒▒▒▒▒▒
//! ```
//!
//! Full blocks reach to the interval's lower end, shaded ones to its upper end; where both lie within one character, the
//! last block is a part of one. Shorter is faster. All bars of a table have one scale, which begins at 0.

use crate::measure::stats::Estimate;

/// Columns below which bars are left out: their heading takes as many.
pub(super) const LEAST: usize = 17;
/// Columns beyond which they tell no more.
pub(super) const MOST: usize = 40;

/// Parts of a block, in eighths.
const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// The bar of `share`, where `longest` is `columns` wide.
pub(super) fn bar(share: &Estimate, longest: f64, columns: usize) -> String {
    let place = |value: f64| (value / longest * columns as f64).clamp(0.0, columns as f64);
    let (low, high) = (place(share.low), place(share.high));
    let (sure, end) = (low.round() as usize, high.round() as usize);
    if end > sure {
        return ["█".repeat(sure), "▒".repeat(end - sure)].concat();
    }
    let eighths = (place(share.median) * 8.0).round() as usize;
    let text = ["█".repeat(eighths / 8), PARTS[eighths % 8].to_owned()].concat();
    // A row that took next to nothing took something.
    if text.is_empty() { PARTS[1].to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(low: f64, median: f64, high: f64) -> Estimate {
        Estimate { median, low, high }
    }

    #[test]
    fn a_bar_is_full_to_the_lower_end_and_shaded_to_the_upper_one() {
        assert_eq!(bar(&share(0.5, 0.6, 0.8), 1.0, 10), "█████▒▒▒");
        assert_eq!(bar(&share(1.9, 2.0, 2.1), 2.1, 10), "█████████▒");
    }

    #[test]
    fn an_interval_within_a_character_ends_in_a_part_of_a_block() {
        assert_eq!(bar(&share(0.5, 0.525, 0.53), 1.0, 10), "█████▎");
        assert_eq!(bar(&share(0.0001, 0.0001, 0.0001), 1.0, 10), "▏");
    }

    #[test]
    fn no_bar_is_longer_than_its_room() {
        for median in [0.0, 0.3, 1.0, 7.0] {
            assert!(bar(&share(median, median, median), 1.0, 12).chars().count() <= 12);
        }
    }
}
