//! Sizes as numbers of blocks or with unit letters, rounded up: GNU's `--block-size`, `-h` and `--si`.
//!
//! A size says the least number of units that hold it, so everything rounds up. With units chosen by size (`-h`), one
//! decimal is shown below ten: 1023 bytes are `1023`, 1025 are `1.1K`, and what rounds up to 1024 of a unit is `1.0` of the next.

use super::getopt::variable;
use super::number::{self, Parsed};
use crate::sys::locale;

/// The units that sizes are shown in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units {
    /// Bytes a unit, where the unit is fixed.
    block_bytes: u64,
    scale: Scale,
    base: Base,
    suffix: Suffix,
    groups: Groups,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    Fixed,
    /// The largest unit that the size fills.
    Auto,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Decimal,
    Binary,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Suffix {
    None,
    /// `M`
    Letter,
    /// `MB` or `MiB`
    Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Groups {
    None,
    Thousands,
}

/// Unit letters by power; the first stands for none.
const LETTERS: &[u8; 11] = b" KMGTPEZYRQ";

impl Units {
    /// Fixed units of so many bytes, without a suffix.
    pub fn blocks(block_bytes: u64) -> Self {
        Self { block_bytes, scale: Scale::Fixed, base: Base::Decimal, suffix: Suffix::None, groups: Groups::None }
    }

    /// `-h`
    pub fn human() -> Self {
        Self { scale: Scale::Auto, base: Base::Binary, suffix: Suffix::Letter, ..Self::blocks(1) }
    }

    /// `--si`
    pub fn si() -> Self {
        Self { scale: Scale::Auto, suffix: Suffix::Letter, ..Self::blocks(1) }
    }

    /// What `--block-size` or an environment variable says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &[u8]) -> Result<Self, Wrong> {
        let (groups, text) = Groups::ask(text);
        let starts = |word: &str| !text.is_empty() && word.as_bytes().starts_with(text);
        if starts("human-readable") {
            return Ok(Self { groups, ..Self::human() });
        }
        if starts("si") {
            return Ok(Self { groups, ..Self::si() });
        }
        let block_bytes = match number::parse(text, UNITS) {
            Parsed::Number(0) | Parsed::Invalid | Parsed::InvalidSuffix(0) => return Err(Wrong::Invalid),
            Parsed::Number(block_bytes) => block_bytes,
            Parsed::TooLarge => return Err(Wrong::TooLarge),
            Parsed::InvalidSuffix(so_far) => return Err(Wrong::InvalidSuffix(so_far)),
        };
        let mut units = Self { groups, ..Self::blocks(block_bytes) };
        // A unit without a number is shown with its letter.
        if !text.iter().any(u8::is_ascii_digit) {
            units.suffix = if text.ends_with(b"B") { Suffix::Bytes } else { Suffix::Letter };
            if !text.ends_with(b"B") || text.ends_with(b"iB") {
                units.base = Base::Binary;
            }
        }
        Ok(units)
    }

    /// What the environment says: `None` if nothing does.
    pub fn from_environment() -> Option<Self> {
        let named = ["LS_BLOCK_SIZE", "BLOCK_SIZE"].into_iter().find_map(variable)?;
        Some(Self::parse_leniently(&named))
    }

    /// Where disk usage is shown and nothing was said: `BLOCKSIZE`, or 1024 bytes, or POSIX's 512.
    pub fn usual_blocks() -> Self {
        variable("BLOCKSIZE").map_or_else(Self::default_blocks, |text| Self::parse_leniently(&text))
    }

    /// What a variable says, as far as it can be read; what says nothing counts as the default.
    fn parse_leniently(text: &[u8]) -> Self {
        match Self::parse(text) {
            Ok(units) => units,
            // Nothing is no block, but it is a number: how it is written counts.
            Err(Wrong::Invalid) => match Groups::ask(text) {
                (groups, rest) if number::parse(rest, UNITS) == Parsed::Number(0) => {
                    Self { groups, ..Self::default_blocks() }
                }
                _ => Self::default_blocks(),
            },
            Err(Wrong::InvalidSuffix(so_far)) => Self::blocks(so_far),
            Err(Wrong::TooLarge) => Self::blocks(u64::MAX),
        }
    }

    fn default_blocks() -> Self {
        Self::blocks(if std::env::var_os("POSIXLY_CORRECT").is_some() { 512 } else { 1024 })
    }

    /// Whether a larger size never takes fewer columns: the widest of many is then the largest.
    pub fn grow(&self) -> bool {
        self.scale == Scale::Fixed
    }

    /// Appends `count` things of `unit_bytes` bytes.
    pub fn append(&self, count: u64, unit_bytes: u64, out: &mut Vec<u8>) {
        let bytes = u128::from(count) * u128::from(unit_bytes);
        match self.scale {
            Scale::Fixed => {
                let blocks = bytes.div_ceil(u128::from(self.block_bytes.max(1)));
                self.digits(blocks, out);
                if self.suffix != Suffix::None {
                    self.unit(self.power_of_block(), out);
                }
            }
            Scale::Auto => self.scaled(bytes, out),
        }
    }

    fn scaled(&self, bytes: u128, out: &mut Vec<u8>) {
        let base = self.base_number();
        let (mut power, mut unit) = (0, 1_u128);
        while bytes / unit >= base && power + 1 < LETTERS.len() {
            unit *= base;
            power += 1;
        }
        let tenths = (bytes * 10).div_ceil(unit);
        let mut whole = bytes.div_ceil(unit);
        if power > 0 && tenths < 100 {
            self.digits(tenths / 10, out);
            out.extend_from_slice(&locale::decimal_point());
            self.digits(tenths % 10, out);
        } else {
            if whole == base && power > 0 && power + 1 < LETTERS.len() {
                power += 1;
                whole = 1;
                self.digits(whole, out);
                out.extend_from_slice(&locale::decimal_point());
                whole = 0;
            }
            self.digits(whole, out);
        }
        if power > 0 || self.suffix == Suffix::Bytes {
            self.unit(power, out);
        }
    }

    fn base_number(&self) -> u128 {
        match self.base {
            Base::Decimal => 1000,
            Base::Binary => 1024,
        }
    }

    fn power_of_block(&self) -> usize {
        let (mut power, mut unit) = (0, 1);
        while unit < u128::from(self.block_bytes) && power + 1 < LETTERS.len() {
            unit *= self.base_number();
            power += 1;
        }
        power
    }

    fn unit(&self, power: usize, out: &mut Vec<u8>) {
        if let Some(&letter) = LETTERS.get(power).filter(|_| power > 0) {
            out.push(if self.base == Base::Decimal && power == 1 { b'k' } else { letter });
            if self.suffix == Suffix::Bytes && self.base == Base::Binary {
                out.push(b'i');
            }
        }
        if self.suffix == Suffix::Bytes {
            out.push(b'B');
        }
    }

    fn digits(&self, number: u128, out: &mut Vec<u8>) {
        let mut digits = [0; 40];
        let digits = decimal(number, &mut digits);
        if self.groups == Groups::None {
            out.extend_from_slice(digits);
            return;
        }
        let (separator, sizes) = locale::digit_groups();
        let mut groups = Vec::new();
        let (mut rest, mut sizes) = (digits, sizes.into_iter());
        let mut size = usize::MAX;
        while !rest.is_empty() {
            size = match sizes.next() {
                Some(0) | None => size,
                Some(next) if next == i8::MAX as u8 => usize::MAX,
                Some(next) => usize::from(next),
            };
            let (front, group) = rest.split_at(rest.len().saturating_sub(size));
            groups.push(group);
            rest = front;
        }
        groups.reverse();
        out.extend_from_slice(&groups.join(separator.as_slice()));
    }
}

/// Letters that a block size may end with; `0` stands for `B` and `iB` behind them (gnulib's xstrtol).
const UNITS: &[u8] = b"eEgGkKmMpPQRtTyYzZ0";

impl Groups {
    /// How digits are to be grouped, and what else a block size says.
    fn ask(text: &[u8]) -> (Self, &[u8]) {
        match text.strip_prefix(b"'") {
            Some(rest) => (Self::Thousands, rest),
            None => (Self::None, text),
        }
    }
}

/// What is wrong with a block size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// No number.
    Invalid,
    /// A number, and something after it that is no unit: the number so far.
    InvalidSuffix(u64),
    /// More than 64 bits hold.
    TooLarge,
}

/// The decimal digits of a number, in the end of `buffer`.
pub(crate) fn decimal(mut number: u128, buffer: &mut [u8; 40]) -> &[u8] {
    // 64 bits at a time: 128-bit division is a library call.
    let mut start = buffer.len();
    while number > u128::from(u64::MAX) {
        start -= 1;
        buffer[start] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    let mut small = number as u64;
    loop {
        start -= 1;
        buffer[start] = b'0' + (small % 10) as u8;
        small /= 10;
        if small == 0 {
            return &buffer[start..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(units: &Units, bytes: u64) -> String {
        let mut out = Vec::new();
        units.append(bytes, 1, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn human_sizes_round_up() {
        let units = Units::human();
        let cases = [
            (0, "0"),
            (1023, "1023"),
            (1024, "1.0K"),
            (1025, "1.1K"),
            (10 * 1024, "10K"),
            (10 * 1024 + 1, "11K"),
            (1024 * 1024 - 1, "1.0M"),
            (u64::MAX, "16E"),
        ];
        for (bytes, text) in cases {
            assert_eq!(shown(&units, bytes), text);
        }
        assert_eq!(shown(&Units::si(), 1001), "1.1k");
        assert_eq!(shown(&Units::si(), 999_950), "1.0M");
    }

    #[test]
    fn a_unit_without_a_number_is_shown_with_its_letter() {
        assert_eq!(Units::parse(b"M").map(|units| shown(&units, 1)), Ok("1M".to_owned()));
        assert_eq!(Units::parse(b"1M").map(|units| shown(&units, 1 << 21)), Ok("2".to_owned()));
        assert_eq!(Units::parse(b"kB").map(|units| shown(&units, 1001)), Ok("2kB".to_owned()));
        assert_eq!(Units::parse(b"KiB").map(|units| shown(&units, 1024)), Ok("1KiB".to_owned()));
        assert_eq!(Units::parse(b"x"), Err(Wrong::Invalid));
        assert_eq!(Units::parse(b"1x"), Err(Wrong::InvalidSuffix(1)));
        assert_eq!(Units::parse(b"99999999999999999999999"), Err(Wrong::TooLarge));
    }
}
