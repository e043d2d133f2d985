//! Numbers on the command line: counts (`100000`, `100_000`, `100,000`, `100k`, `1.5m`) and times (`30s`).

use std::num::NonZeroU32;
use std::time::Duration;

/// Letters that multiply, as in k for a thousand.
const LETTERS: [(char, u32); 3] = [('k', 3), ('m', 6), ('g', 9)];

/// A count. A point is decimal, and what it makes must be whole.
pub(super) fn count(text: &str) -> Result<u64, String> {
    parse(text).ok_or_else(|| "a count looks like 5000, 10k (10,000) or 1.5m (1,500,000)".to_owned())
}

/// A count of at least one.
pub(super) fn at_least_one(text: &str) -> Result<NonZeroU32, String> {
    let count = u32::try_from(count(text)?).map_err(|_| format!("at most {} of them", u32::MAX))?;
    NonZeroU32::new(count).ok_or_else(|| "at least 1 of them".to_owned())
}

/// A time: `30s`, `2m`, `1m30s`, or plain seconds.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().map(Duration::try_from_secs_f64).and_then(Result::ok);
    let friendly = || text.parse::<jiff::SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
    seconds.or_else(friendly).ok_or_else(|| "a time looks like 30s or 2m".to_owned())
}

fn parse(text: &str) -> Option<u64> {
    let power = |&(letter, power): &(char, u32)| {
        let rest = text.strip_suffix(letter).or_else(|| text.strip_suffix(letter.to_ascii_uppercase()))?;
        Some((rest, power))
    };
    let (number, power) = LETTERS.iter().find_map(power).unwrap_or((text, 0));
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let is_grouped = |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && !text.ends_with([',', '_']);
    if !is_grouped(whole) || number.ends_with('.') {
        return None;
    }
    let whole: String = whole.chars().filter(|c| !matches!(c, ',' | '_')).collect();
    let more = power.checked_sub(u32::try_from(part.len()).ok()?)?;
    let digits = format!("{whole}{part}");
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(10_u64.pow(more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_may_be_grouped_or_end_in_a_letter() {
        for (text, value) in [
            ("0", 0),
            ("5000", 5000),
            ("10k", 10_000),
            ("10K", 10_000),
            ("1m", 1_000_000),
            ("1.5m", 1_500_000),
            ("0.25k", 250),
            ("2g", 2_000_000_000),
            ("100_000", 100_000),
            ("1,000,000", 1_000_000),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(count(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_count_is_told_what_one_looks_like() {
        for text in
            ["", "k", "-1", "+1", "1.5", "1.", ".5k", "1.2345k", "1kk", "1 k", "_1", "1_", "1,k", "ten", "99999999999g"]
        {
            assert!(count(text).unwrap_err().contains("10k (10,000)"), "{text}");
        }
    }

    #[test]
    fn a_time_has_units_or_is_in_seconds() {
        for (text, seconds) in [("30s", 30.0), ("2m", 120.0), ("1m30s", 90.0), ("0.5", 0.5), ("200ms", 0.2), ("0", 0.0)]
        {
            assert_eq!(time(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["", "s", "-1", "-30s", "nan", "inf", "1e300", "soon", "2 x"] {
            assert!(time(text).is_err_and(|why| why.contains("30s or 2m")), "{text}");
        }
    }

    #[test]
    fn none_is_no_count_of_rounds() {
        assert_eq!(at_least_one("0"), Err("at least 1 of them".to_owned()));
        assert_eq!(at_least_one("1k").map(NonZeroU32::get), Ok(1000));
        assert!(at_least_one("5g").is_err());
    }
}
