//! Numbers as GNU's options take them: any C base, and multiplied by a unit where units are allowed.

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parsed {
    Number(u64),
    /// More than 64 bits hold.
    TooLarge,
    /// No number.
    Invalid,
    /// A number with something after it that is no allowed unit: the number so far.
    InvalidSuffix(u64),
}

/// Reads `1000`, `0x10`, `010`, and with `units` (their letters) `4K`, `4KiB`, `4kB` or `K` alone. With a `0` among the
/// units, `B` and `iB` may follow a letter.
pub(crate) fn parse(text: &[u8], units: &[u8]) -> Parsed {
    let typed = text;
    let text = text.trim_ascii_start();
    if text.starts_with(b"-") {
        return Parsed::Invalid;
    }
    let text = text.strip_prefix(b"+").unwrap_or(text);
    let (digits, base) = match text {
        [b'0', b'x' | b'X', rest @ ..] if rest.first().is_some_and(u8::is_ascii_hexdigit) => (rest, 16),
        [b'0', ..] => (text, 8),
        _ => (text, 10),
    };
    let length = digits.iter().take_while(|&&byte| char::from(byte).is_digit(base)).count();
    let (number, suffix) = digits.split_at(length);
    let allowed = suffix.first().is_some_and(|letter| units.contains(letter));
    let mut too_large = false;
    let mut value = match number {
        // Neither a blank nor a sign stands before a unit alone.
        [] if allowed && text.len() == typed.len() => 1,
        [] => return Parsed::Invalid,
        _ => number.iter().fold(0_u64, |value, &byte| {
            let digit = u64::from(char::from(byte).to_digit(base).unwrap_or(0));
            let next = value.checked_mul(u64::from(base)).and_then(|value| value.checked_add(digit));
            too_large |= next.is_none();
            next.unwrap_or(u64::MAX)
        }),
    };
    if !suffix.is_empty() {
        if !allowed {
            return Parsed::InvalidSuffix(value);
        }
        let Some((factor, rest)) = factor(suffix, units.contains(&b'0')) else { return Parsed::InvalidSuffix(value) };
        let product = u128::from(value).checked_mul(factor).and_then(|product| u64::try_from(product).ok());
        too_large |= product.is_none();
        value = product.unwrap_or(u64::MAX);
        if !rest.is_empty() {
            return Parsed::InvalidSuffix(value);
        }
    }
    if too_large { Parsed::TooLarge } else { Parsed::Number(value) }
}

/// What a unit multiplies by, and what comes after it. What 128 bits do not hold is as much as they do.
fn factor(unit: &[u8], bytes_allowed: bool) -> Option<(u128, &[u8])> {
    let (letter, rest) = unit.split_first()?;
    let (base, rest): (u128, _) = match rest {
        [b'i', b'B', rest @ ..] if bytes_allowed => (1024, rest),
        [b'B' | b'D', rest @ ..] if bytes_allowed => (1000, rest),
        _ => (1024, rest),
    };
    let power = UNITS.iter().position(|letters| letters.contains(letter))?;
    Some((base.saturating_pow(power as u32 + 1), rest))
}

/// Letters by power. Not each capital one has a small one.
const UNITS: [&[u8]; 10] = [b"kK", b"mM", b"gG", b"tT", b"P", b"E", b"Z", b"Y", b"R", b"Q"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_any_base_and_unit() {
        assert_eq!(parse(b"0x10", b""), Parsed::Number(16));
        assert_eq!(parse(b"010", b""), Parsed::Number(8));
        assert_eq!(parse(b"12", b""), Parsed::Number(12));
        assert_eq!(parse(b"2k", b"k0"), Parsed::Number(2048));
        assert_eq!(parse(b"2kB", b"k0"), Parsed::Number(2000));
        assert_eq!(parse(b"k", b"k0"), Parsed::Number(1024));
        assert_eq!(parse(b"1Y", b"Y0"), Parsed::TooLarge);
        assert_eq!(parse(b"1q", b"k0"), Parsed::InvalidSuffix(1));
        assert_eq!(parse(b"1.5k", b"k0"), Parsed::InvalidSuffix(1));
        assert_eq!(parse(b"2kB0", b"k0"), Parsed::InvalidSuffix(2000));
        assert_eq!(parse(b"2e", b"eE0"), Parsed::InvalidSuffix(2));
        assert_eq!(parse(b"", b"k0"), Parsed::Invalid);
        assert_eq!(parse(b"-1", b""), Parsed::Invalid);
    }
}
