//! Numbers as people read them: three significant digits, the unit that fits.

use crate::list::Kind;
use crate::measure::stats::Estimate;
use crate::measure::{Source, Time};

/// `value` with three significant digits, no exponent.
pub fn significant(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    let magnitude = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    let decimals = usize::try_from(2 - magnitude).unwrap_or(0).min(6);
    // 9.996 would become 10.00, four digits: it is rounded first.
    let scale = 10f64.powi(decimals as i32);
    let rounded = (value * scale).round() / scale;
    let carried = rounded.abs() >= 10f64.powi(magnitude + 1) && decimals > 0;
    format!("{rounded:.*}", if carried { decimals - 1 } else { decimals })
}

/// `+5.1 %`: a ratio as the change that it is.
pub fn signed(ratio: f64) -> String {
    format!("{:+.1} %", (ratio - 1.0) * 100.0)
}

/// `1,234,567`
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 entry`, `1,234,567 entries`
pub fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// `1 directory`, `12,004 directories`
pub fn counted_kind(value: u64, kind: Kind) -> String {
    counted(value, kind.singular().strip_prefix("a ").unwrap_or(kind.name()), kind.name())
}

/// The unit that fits `nanoseconds`, and how many of them it holds.
fn unit(nanoseconds: f64) -> (f64, &'static str) {
    match nanoseconds {
        ns if ns < 999.5 => (1.0, "ns"),
        ns if ns < 999.5e3 => (1e3, "µs"),
        ns if ns < 999.5e6 => (1e6, "ms"),
        _ => (1e9, "s"),
    }
}

/// `81.2 ms`
pub fn duration(nanoseconds: f64) -> String {
    let (scale, unit) = unit(nanoseconds);
    format!("{} {unit}", significant(nanoseconds / scale))
}

/// `81.2 ms [80.9, 81.6]`
pub(super) fn duration_interval(estimate: &Estimate) -> String {
    let (scale, unit) = unit(estimate.median);
    let part = |value: f64| significant(value / scale);
    format!("{} {unit} [{}, {}]", part(estimate.median), part(estimate.low), part(estimate.high))
}

/// The sign before a time that is computed from a ratio: see [`Source::Ratio`]. `footer::derived` explains it.
pub(super) const DERIVED: &str = "≈";

/// `81.2 ms`, or `≈81.2 ms` where it is made of a ratio.
pub(super) fn time(time: &Time<'_>) -> String {
    format!("{}{}", sign(time.source), duration(time.wall_ns.median))
}

/// `81.2 ms [80.9, 81.6]`, or `≈81.2 ms [80.9, 81.6]` where it is made of a ratio.
pub(super) fn time_interval(time: &Time<'_>) -> String {
    format!("{}{}", sign(time.source), duration_interval(&time.wall_ns))
}

fn sign(source: Source) -> &'static str {
    match source {
        Source::Samples => "",
        Source::Ratio => DERIVED,
    }
}

/// `1.023 [1.010, 1.041]`: three decimals, since what matters of a ratio is its distance from 1.
pub(super) fn ratio_interval(estimate: &Estimate) -> String {
    let part = |value: f64| if value < 10.0 { format!("{value:.3}") } else { significant(value) };
    format!("{} [{}, {}]", part(estimate.median), part(estimate.low), part(estimate.high))
}

/// `2.10 MiB`
pub fn bytes(bytes: impl Into<u128>) -> String {
    let mut value = bytes.into() as f64;
    if value < 1024.0 {
        return format!("{value} B");
    }
    let mut units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].into_iter();
    let mut unit = "B";
    while value >= 1023.5
        && let Some(larger) = units.next()
    {
        (value, unit) = (value / 1024.0, larger);
    }
    format!("{} {unit}", significant(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_shown_of_anything() {
        let shown: Vec<String> = [0.0, 0.01234, 1.0, 9.996, 12.34, 123.4, 1234.0].map(significant).into();
        assert_eq!(shown, ["0.00", "0.0123", "1.00", "10.0", "12.3", "123", "1234"]);
    }

    #[test]
    fn a_duration_has_the_unit_that_fits() {
        let shown: Vec<String> = [5.0, 999.7, 81_234_567.0, 2.5e9].map(duration).into();
        assert_eq!(shown, ["5.00 ns", "1.00 µs", "81.2 ms", "2.50 s"]);
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn one_of_a_thing_is_told_in_the_singular() {
        assert_eq!([0, 1, 2].map(|n| counted(n, "entry", "entries")), ["0 entries", "1 entry", "2 entries"]);
        let one = Kind::ALL.map(|kind| counted_kind(1, kind));
        assert_eq!(
            one,
            [
                "1 unknown",
                "1 file",
                "1 directory",
                "1 link",
                "1 fifo",
                "1 socket",
                "1 block device",
                "1 character device"
            ]
        );
        assert_eq!(counted_kind(1234, Kind::Directory), "1,234 directories");
    }

    #[test]
    fn bytes_have_binary_units() {
        assert_eq!([512_u64, 2048, 2_195_456].map(bytes), ["512 B", "2.00 KiB", "2.09 MiB"]);
        assert_eq!(bytes(3 * (1_u128 << 63)), "24.0 EiB");
    }
}
