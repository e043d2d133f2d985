//! Numbers as GNU's options take them: any C base, and multiplied by a unit where units are allowed.

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parsed {
    Number(u64),
    /// More than 64 bits hold.
    TooLarge,
    /// No number.
    Invalid,
    /// A number with something after it that is no allowed unit.
    InvalidSuffix,
}

/// Reads `1000`, `0x10`, `010`, and with `units` (their letters) `4K`, `4KiB`, `4kB` or `K` alone. With a `0` among the
/// units, `B` and `iB` may follow a letter.
pub(super) fn parse(text: &[u8], units: &[u8]) -> Parsed {
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
        [] if allowed => 1,
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
            return if too_large { Parsed::TooLarge } else { Parsed::InvalidSuffix };
        }
        let Some(factor) = factor(suffix, units.contains(&b'0')) else { return Parsed::InvalidSuffix };
        let product = u128::from(value).checked_mul(factor).and_then(|product| u64::try_from(product).ok());
        too_large |= product.is_none();
        value = product.unwrap_or(u64::MAX);
    }
    if too_large { Parsed::TooLarge } else { Parsed::Number(value) }
}

/// What a unit multiplies by.
fn factor(unit: &[u8], bytes_allowed: bool) -> Option<u128> {
    let (&letter, rest) = unit.split_first()?;
    let base: u128 = match rest {
        [] => 1024,
        b"iB" if bytes_allowed => 1024,
        b"B" | b"D" if bytes_allowed => 1000,
        _ => return None,
    };
    let power = b"KMGTPEZY".iter().position(|&known| known == letter.to_ascii_uppercase())?;
    base.checked_pow(power as u32 + 1)
}

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
        assert_eq!(parse(b"1q", b"k0"), Parsed::InvalidSuffix);
        assert_eq!(parse(b"", b"k0"), Parsed::Invalid);
        assert_eq!(parse(b"-1", b""), Parsed::Invalid);
    }
}
