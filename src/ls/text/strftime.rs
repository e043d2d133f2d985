//! Times written as GNU's `date` formats say: strftime(3)'s conversions, with flags, widths, `%N` and `%:z`.
//!
//! Numbers are written here, without a call; names of days and months and whole locale formats come from the C library.

use crate::sys::locale::{self, LocalTime};
use std::ffi::CString;

/// Bytes of the longest timestamp: what would be longer is shown as seconds.
pub(crate) const MOST_BYTES: usize = 1000;

/// A format, taken apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pattern {
    pieces: Vec<Piece>,
    /// The text changes within a minute.
    pub(crate) shows_seconds: bool,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(Vec<u8>),
    /// The month's abbreviated name, all of one width.
    Months(Box<[Vec<u8>; 12]>),
    Conversion(Conversion),
}

#[derive(Debug, Clone, Default)]
struct Conversion {
    /// The conversion; 0 if there is none of that letter, and the text stands for itself.
    letter: u8,
    /// `E`, `O`, or 0.
    modifier: u8,
    /// `_`, `-`, `0`, `+`, or 0.
    pad: u8,
    upper: bool,
    swap: bool,
    width: Option<usize>,
    colons: usize,
    typed: Vec<u8>,
}

/// What becomes of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Kept,
    Upper,
    Lower,
}

/// How one conversion is written.
#[derive(Debug, Clone, Copy)]
struct Manner {
    pad: u8,
    width: Option<usize>,
    case: Case,
}

/// A number, and what it has around it.
#[derive(Debug, Clone, Copy)]
struct Number {
    magnitude: u64,
    is_negative: bool,
    /// Columns unless a width is given.
    digits: usize,
    has_plus: bool,
    /// A bit for each digit from the right, set where a colon comes after it; as many digits are shown.
    colons: u32,
}

impl Number {
    fn new(value: i64, digits: usize) -> Self {
        Self { magnitude: value.unsigned_abs(), is_negative: value < 0, digits, has_plus: false, colons: 0 }
    }
}

/// The longest width that makes a difference: a timestamp beyond [`MOST_BYTES`] is not shown.
const MOST_WIDTH: usize = 2 * MOST_BYTES;

/// A moment in local time.
pub(crate) struct Moment<'m> {
    pub(crate) time: &'m LocalTime,
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
}

impl Pattern {
    /// Takes `format` apart. The first plain `%b` becomes the month names, if they are given.
    pub(crate) fn new(format: &[u8], months: Option<&[Vec<u8>; 12]>) -> Self {
        let mut pattern = Self::default();
        let (mut rest, mut months) = (format, months);
        while let Some((&byte, after)) = rest.split_first() {
            if byte != b'%' {
                pattern.text(&[byte]);
                rest = after;
            } else if let (Some(months), [b'b', after @ ..]) = (months.take_if(|_| after.starts_with(b"b")), after) {
                pattern.pieces.push(Piece::Months(Box::new(months.clone())));
                rest = after;
            } else {
                let conversion = Conversion::parse(rest);
                pattern.shows_seconds |= !b"YyCGgmdeHIkMjuwUWVaAbBhpPqDFRZzxnt%l\0".contains(&conversion.letter);
                rest = &rest[conversion.typed.len()..];
                pattern.pieces.push(Piece::Conversion(conversion));
            }
        }
        pattern
    }

    fn text(&mut self, text: &[u8]) {
        match self.pieces.last_mut() {
            Some(Piece::Text(before)) => before.extend_from_slice(text),
            _ => self.pieces.push(Piece::Text(text.to_vec())),
        }
    }

    /// Appends the moment in this format.
    pub(crate) fn append(&self, moment: &Moment<'_>, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Months(months) => {
                    out.extend_from_slice(months.get(moment.time.tm_mon as usize).map_or(b"", Vec::as_slice));
                }
                Piece::Conversion(conversion) => conversion.append(moment, out),
            }
        }
    }
}

impl Conversion {
    /// Reads the conversion that `format` begins with.
    fn parse(format: &[u8]) -> Self {
        let mut at = 1;
        let byte = |at: usize| format.get(at).copied();
        let mut conversion = Self::default();
        loop {
            match byte(at) {
                Some(pad @ (b'_' | b'-' | b'0' | b'+')) => conversion.pad = pad,
                Some(b'^') => conversion.upper = true,
                Some(b'#') => conversion.swap = true,
                _ => break,
            }
            at += 1;
        }
        while let Some(digit @ b'0'..=b'9') = byte(at) {
            let width = conversion.width.unwrap_or(0) * 10 + usize::from(digit - b'0');
            conversion.width = Some(width.min(MOST_WIDTH));
            at += 1;
        }
        if let Some(modifier @ (b'E' | b'O')) = byte(at) {
            conversion.modifier = modifier;
            at += 1;
        }
        while byte(at + conversion.colons) == Some(b':') {
            conversion.colons += 1;
        }
        let end = match byte(at + conversion.colons) {
            Some(b'z') => {
                conversion.letter = if conversion.colons <= 3 { b'z' } else { 0 };
                at + conversion.colons + 1
            }
            // Colons are for zones only: the first ends what makes no sense.
            _ if conversion.colons > 0 => at + 1,
            None => at,
            // `%-%b` is `%-`, and a month.
            Some(b'%') if at > 1 => at,
            Some(letter) => {
                conversion.letter = if conversion.allows(letter) { letter } else { 0 };
                at + 1
            }
        };
        conversion.typed = format.get(..end).unwrap_or(format).to_vec();
        conversion
    }

    /// Whether there is such a conversion, and it takes the modifier.
    fn allows(&self, letter: u8) -> bool {
        match self.modifier {
            b'E' => b"cCxXyYpPqrRsntTuZ".contains(&letter),
            b'O' => b"bBhCdeGgHIjklMmNpPqrRsSntTUuVWwyZ".contains(&letter),
            _ => b"YyCGgmdeHIklMSNjuwUWVaAbBhpPqDFRTZcxXrsnt%".contains(&letter),
        }
    }

    fn append(&self, moment: &Moment<'_>, out: &mut Vec<u8>) {
        let case = if self.upper { Case::Upper } else { Case::Kept };
        self.write(moment, 0, Manner { pad: self.pad, width: self.width, case }, out);
    }

    /// Writes the moment; years are padded with `year_pad` where nothing else is said.
    fn write(&self, moment: &Moment<'_>, year_pad: u8, mut manner: Manner, out: &mut Vec<u8>) {
        if self.swap {
            match self.letter {
                b'a' | b'A' | b'b' | b'B' | b'h' => manner.case = Case::Upper,
                b'p' | b'Z' => manner.case = Case::Lower,
                _ => {}
            }
        }
        // Eras are the locale's own business.
        if self.modifier == b'E' && matches!(self.letter, b'C' | b'y' | b'Y') {
            return self.by_library(self.letter, moment.time, manner, out);
        }
        let Some(number) = self.number(moment, year_pad, &mut manner) else {
            return self.write_text(moment, manner, out);
        };
        // Other digits are the locale's own business.
        if self.modifier == b'O' && !number.is_negative && self.letter != b's' {
            // To which a zone with colons begins with the colon.
            let letter = if self.colons > 0 { b':' } else { self.letter };
            return self.by_library(letter, moment.time, manner, out);
        }
        number.append(manner, out);
    }

    /// What the conversion shows of the moment, where that is a number.
    fn number(&self, moment: &Moment<'_>, year_pad: u8, manner: &mut Manner) -> Option<Number> {
        let time = moment.time;
        let year = i64::from(time.tm_year) + 1900;
        let (iso_year, iso_week) = iso_week(year, time.tm_yday, time.tm_wday);
        let two = |value: i32| Number::new(value.into(), 2);
        let monday = (time.tm_wday + 6) % 7;
        Some(match self.letter {
            b'Y' => yearish(Number::new(year, 4), year_pad, manner),
            b'G' => yearish(Number::new(iso_year, 4), year_pad, manner),
            b'C' => {
                let century = if year < 0 { year / 100 } else { year.div_euclid(100) };
                yearish(Number { is_negative: year < 0, ..Number::new(century, 2) }, year_pad, manner)
            }
            b'y' => yearish(Number::new(of_century(year), 2), year_pad, manner),
            b'g' => yearish(Number::new(of_century(iso_year), 2), year_pad, manner),
            b'm' => two(time.tm_mon + 1),
            b'd' => two(time.tm_mday),
            b'H' => two(time.tm_hour),
            b'I' => two(twelve(time.tm_hour)),
            b'e' => spaced(two(time.tm_mday), manner),
            b'k' => spaced(two(time.tm_hour), manner),
            b'l' => spaced(two(twelve(time.tm_hour)), manner),
            b'M' => two(time.tm_min),
            b'S' => two(time.tm_sec),
            b's' => Number::new(moment.seconds, 1),
            b'j' => Number::new(i64::from(time.tm_yday) + 1, 3),
            b'u' => Number::new(i64::from(monday) + 1, 1),
            b'w' => Number::new(time.tm_wday.into(), 1),
            b'q' => Number::new(i64::from(time.tm_mon / 3) + 1, 1),
            b'U' => two((time.tm_yday - time.tm_wday + 7) / 7),
            b'W' => two((time.tm_yday - monday + 7) / 7),
            b'V' => Number::new(iso_week, 2),
            b'z' => self.offset(moment),
            _ => return None,
        })
    }

    /// Writes a conversion that shows text, or several others.
    fn write_text(&self, moment: &Moment<'_>, mut manner: Manner, out: &mut Vec<u8>) {
        match self.letter {
            0 => {
                // GNU has heard that a month is to be in capitals before it refuses the modifier.
                if self.swap && self.modifier == b'E' && matches!(self.typed.last(), Some(b'b' | b'h')) {
                    manner.case = Case::Upper;
                }
                text(&self.typed, manner, out);
            }
            b'N' => nanos(moment.nanos, manner, out),
            b'Z' => text(moment.time.zone(), manner, out),
            b'n' => text(b"\n", manner, out),
            b't' => text(b"\t", manner, out),
            b'%' => text(b"%", manner, out),
            b'D' => nested(b"%m/%d/%y", None, moment, manner, out),
            b'R' => nested(b"%H:%M", None, moment, manner, out),
            b'T' => nested(b"%H:%M:%S", None, moment, manner, out),
            b'F' => {
                let year_width = match manner {
                    Manner { pad: 0, width: None, .. } => {
                        manner.pad = b'+';
                        4
                    }
                    _ => manner.width.unwrap_or(0).saturating_sub(6),
                };
                nested(b"%Y-%m-%d", Some(year_width), moment, manner, out);
            }
            b'P' => self.by_library(b'p', moment.time, Manner { case: Case::Lower, ..manner }, out),
            letter => self.by_library(letter, moment.time, manner, out),
        }
    }

    /// What the C library makes of it.
    fn by_library(&self, letter: u8, time: &LocalTime, manner: Manner, out: &mut Vec<u8>) {
        let modifier: &[u8] = if self.modifier == 0 { b"" } else { &[self.modifier] };
        let mut shown = Vec::new();
        if let Ok(format) = CString::new([b"%", modifier, &[letter]].concat()) {
            locale::append_time(&format, time, &mut shown);
        }
        text(&shown, manner, out);
    }

    /// How far local time is from UTC. A zone that is unknown has a name that begins with `-`, and `-0000`.
    fn offset(&self, moment: &Moment<'_>) -> Number {
        let seconds = moment.time.tm_gmtoff;
        let is_negative = seconds < 0 || (seconds == 0 && moment.time.zone().first() == Some(&b'-'));
        let (hours, rest) = (seconds.unsigned_abs() / 3600, seconds.unsigned_abs() % 3600);
        let (minutes, seconds) = (rest / 60, rest % 60);
        let (digits, colons, magnitude) = match self.colons {
            0 => (5, 0, hours * 100 + minutes),
            3 if minutes == 0 && seconds == 0 => (3, 0, hours),
            1 => (6, 0b100, hours * 100 + minutes),
            3 if seconds == 0 => (6, 0b100, hours * 100 + minutes),
            _ => (9, 0b10100, hours * 10_000 + minutes * 100 + seconds),
        };
        Number { magnitude, is_negative, digits, has_plus: true, colons }
    }
}

impl Number {
    fn append(self, manner: Manner, out: &mut Vec<u8>) {
        let mut buffer = [0; 40];
        let mut start = buffer.len();
        let (mut rest, mut colons) = (self.magnitude, self.colons);
        loop {
            if colons & 1 != 0 {
                start -= 1;
                buffer[start] = b':';
            }
            colons >>= 1;
            start -= 1;
            buffer[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 && colons == 0 {
                break;
            }
        }
        let digits = &buffer[start..];
        let sign: &[u8] = match (self.is_negative, self.has_plus) {
            (true, _) => b"-",
            (false, true) => b"+",
            (false, false) => b"",
        };
        let width = manner.width.unwrap_or(self.digits);
        let padding = if manner.pad == b'-' { 0 } else { width.saturating_sub(sign.len() + digits.len()) };
        let blank = manner.pad == b'_';
        out.extend(std::iter::repeat_n(b' ', if blank { padding } else { 0 }));
        out.extend_from_slice(sign);
        out.extend(std::iter::repeat_n(b'0', if blank { 0 } else { padding }));
        out.extend_from_slice(digits);
    }
}

/// Years have a plus where asked, once they need it.
fn yearish(number: Number, year_pad: u8, manner: &mut Manner) -> Number {
    if manner.pad == 0 {
        manner.pad = year_pad;
    }
    let usual = if number.digits == 2 { 99 } else { 9999 };
    let is_long = number.magnitude > usual || manner.width.is_some_and(|width| width > number.digits);
    Number { has_plus: manner.pad == b'+' && is_long, ..number }
}

/// Blanks stand where others have zeroes.
fn spaced(number: Number, manner: &mut Manner) -> Number {
    if manner.pad == 0 {
        manner.pad = b'_';
    }
    number
}

/// Writes text at the right of its width.
fn text(text: &[u8], manner: Manner, out: &mut Vec<u8>) {
    let padding = if manner.pad == b'-' { 0 } else { manner.width.unwrap_or(0).saturating_sub(text.len()) };
    let pad = if matches!(manner.pad, b'0' | b'+') { b'0' } else { b' ' };
    out.extend(std::iter::repeat_n(pad, padding));
    out.extend(text.iter().map(|&byte| match manner.case {
        Case::Kept => byte,
        Case::Upper => locale::upper(byte),
        Case::Lower => locale::lower(byte),
    }));
}

/// Writes several conversions as one text. The first, a year, may have a width of its own.
fn nested(format: &[u8], year_width: Option<usize>, moment: &Moment<'_>, manner: Manner, out: &mut Vec<u8>) {
    let mut shown = Vec::new();
    let mut width = year_width;
    for piece in Pattern::new(format, None).pieces {
        match piece {
            Piece::Conversion(conversion) => {
                conversion.write(
                    moment,
                    manner.pad,
                    Manner { pad: 0, width: width.take(), case: manner.case },
                    &mut shown,
                );
            }
            Piece::Text(text) => shown.extend(text),
            Piece::Months(_) => {}
        }
    }
    text(&shown, Manner { case: Case::Kept, ..manner }, out);
}

/// A fraction: its width says how many digits, and padding follows it.
fn nanos(nanos: u32, manner: Manner, out: &mut Vec<u8>) {
    let width = manner.width.filter(|&width| width > 0).unwrap_or(9);
    let digits = format!("{nanos:09}").into_bytes();
    let mut shown = digits.get(..width.min(9)).unwrap_or(&digits);
    while let [head @ .., b'0'] = shown
        && !head.is_empty()
    {
        shown = head;
    }
    out.extend_from_slice(shown);
    let pad = match manner.pad {
        b'-' => return,
        b'_' => b' ',
        _ => b'0',
    };
    out.extend(std::iter::repeat_n(pad, width - shown.len()));
}

/// The last two digits of a year; before the year 0, those of its number.
fn of_century(year: i64) -> i64 {
    if year < 0 { -(year % 100) } else { year % 100 }
}

fn twelve(hour: i32) -> i32 {
    (hour + 11) % 12 + 1
}

/// The year and week by ISO 8601: weeks start on Monday, and the first has a Thursday.
fn iso_week(year: i64, yday: i32, wday: i32) -> (i64, i64) {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = |year: i64| if leap(year) { 366 } else { 365 };
    // Of this week's Thursday, the day of the year: it decides whose week it is.
    let thursday = i64::from(yday) + 3 - i64::from((wday + 6) % 7);
    if thursday < 0 {
        (year - 1, (thursday + days(year - 1)) / 7 + 1)
    } else if thursday >= days(year) {
        (year + 1, 1)
    } else {
        (year, thursday / 7 + 1)
    }
}
