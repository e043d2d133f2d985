//! Times written as GNU's `date` formats say: strftime(3)'s conversions, with flags, widths, `%N` and `%:z`.
//!
//! Numbers are written here, without a call; names of days and months and whole locale formats come from the C library.

use crate::sys::locale::{self, LocalTime};
use std::ffi::CString;

/// A format, taken apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
    /// The text changes within a minute.
    pub(super) shows_seconds: bool,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(Vec<u8>),
    /// The month's abbreviated name, all of one width.
    Months(Box<[Vec<u8>; 12]>),
    Conversion(Conversion),
}

#[derive(Debug, Clone)]
struct Conversion {
    letter: u8,
    modifier: Option<u8>,
    pad: Option<u8>,
    upper: bool,
    swap: bool,
    plus: bool,
    width: Option<usize>,
    colons: usize,
    /// As typed: what stands for itself where it makes no sense.
    typed: Vec<u8>,
}

/// A moment in local time.
pub(super) struct Moment<'m> {
    pub(super) time: &'m LocalTime,
    pub(super) seconds: i64,
    pub(super) nanos: u32,
}

impl Pattern {
    /// Takes `format` apart. The first plain `%b` becomes the month names, if they are given.
    pub(super) fn new(format: &[u8], months: Option<&[Vec<u8>; 12]>) -> Self {
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
                let (conversion, after) = Conversion::parse(rest);
                match conversion {
                    Some(conversion) => {
                        pattern.shows_seconds |= !b"YyCGgmdeHIkMjuwUWVaAbBhpPDFRZzxnt%l".contains(&conversion.letter);
                        pattern.pieces.push(Piece::Conversion(conversion));
                    }
                    None => pattern.text(&rest[..rest.len() - after.len()]),
                }
                rest = after;
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
    pub(super) fn append(&self, moment: &Moment<'_>, out: &mut Vec<u8>) {
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
    /// Reads a conversion, and answers what follows it; `None` if it is none, and stands for itself.
    fn parse(typed: &[u8]) -> (Option<Self>, &[u8]) {
        let mut at = 1;
        let byte = |at: usize| typed.get(at).copied();
        let mut conversion = Self {
            letter: 0,
            modifier: None,
            pad: None,
            upper: false,
            swap: false,
            plus: false,
            width: None,
            colons: 0,
            typed: Vec::new(),
        };
        loop {
            match byte(at) {
                Some(pad @ (b'_' | b'-' | b'0')) => conversion.pad = Some(pad),
                Some(b'+') => (conversion.pad, conversion.plus) = (Some(b'0'), true),
                Some(b'^') => conversion.upper = true,
                Some(b'#') => conversion.swap = true,
                _ => break,
            }
            at += 1;
        }
        while let Some(digit @ b'0'..=b'9') = byte(at) {
            let width = conversion.width.unwrap_or(0).saturating_mul(10).saturating_add(usize::from(digit - b'0'));
            // A stamp is never longer.
            conversion.width = Some(width.min(1000));
            at += 1;
        }
        if let Some(modifier @ (b'E' | b'O')) = byte(at) {
            conversion.modifier = Some(modifier);
            at += 1;
        }
        while byte(at) == Some(b':') {
            conversion.colons += 1;
            at += 1;
        }
        let after = typed.get(at + 1..).unwrap_or_default();
        match byte(at) {
            Some(letter) if b"YyCGgmdeHIklMSNjuwUWVaAbBhpPDFRTZzcxXrsnt%".contains(&letter) => {
                conversion.letter = letter;
                conversion.typed = typed.get(..=at).unwrap_or(typed).to_vec();
                if conversion.colons > 0 && (letter != b'z' || conversion.colons > 3) {
                    return (None, after);
                }
                (Some(conversion), after)
            }
            _ => (None, after),
        }
    }

    fn append(&self, moment: &Moment<'_>, out: &mut Vec<u8>) {
        let time = moment.time;
        let year = i64::from(time.tm_year) + 1900;
        let (iso_year, iso_week) = iso_week(year, time.tm_yday, time.tm_wday);
        // Alternative digits and eras are the locale's own business.
        if self.modifier.is_some() && !matches!(self.letter, b'N' | b'z' | b'Z' | b's' | b'%' | b'n' | b't') {
            return self.by_library(time, out);
        }
        match self.letter {
            b'Y' => self.number(year, 4, b'0', out),
            b'G' => self.number(iso_year, 4, b'0', out),
            b'C' => self.number(year.div_euclid(100), 2, b'0', out),
            b'y' => self.number(year.rem_euclid(100), 2, b'0', out),
            b'g' => self.number(iso_year.rem_euclid(100), 2, b'0', out),
            b'm' => self.number(i64::from(time.tm_mon) + 1, 2, b'0', out),
            b'd' => self.number(time.tm_mday.into(), 2, b'0', out),
            b'e' => self.number(time.tm_mday.into(), 2, b' ', out),
            b'H' => self.number(time.tm_hour.into(), 2, b'0', out),
            b'k' => self.number(time.tm_hour.into(), 2, b' ', out),
            b'I' => self.number(twelve(time.tm_hour), 2, b'0', out),
            b'l' => self.number(twelve(time.tm_hour), 2, b' ', out),
            b'M' => self.number(time.tm_min.into(), 2, b'0', out),
            b'S' => self.number(time.tm_sec.into(), 2, b'0', out),
            b's' => self.number(moment.seconds, 1, b'0', out),
            b'j' => self.number(i64::from(time.tm_yday) + 1, 3, b'0', out),
            b'u' => self.number(i64::from((time.tm_wday + 6) % 7 + 1), 1, b'0', out),
            b'w' => self.number(time.tm_wday.into(), 1, b'0', out),
            b'U' => self.number(i64::from((time.tm_yday - time.tm_wday + 7) / 7), 2, b'0', out),
            b'W' => self.number(i64::from((time.tm_yday - (time.tm_wday + 6) % 7 + 7) / 7), 2, b'0', out),
            b'V' => self.number(iso_week, 2, b'0', out),
            b'N' => self.nanos(moment.nanos, out),
            b'z' => self.offset(time.tm_gmtoff, out),
            b'Z' => self.string(time.zone(), out),
            b'n' => self.string(b"\n", out),
            b't' => self.string(b"\t", out),
            b'%' => self.string(b"%", out),
            b'D' => self.nested(b"%m/%d/%y", moment, out),
            b'F' => self.nested(b"%Y-%m-%d", moment, out),
            b'R' => self.nested(b"%H:%M", moment, out),
            b'T' => self.nested(b"%H:%M:%S", moment, out),
            _ => self.by_library(time, out),
        }
    }

    fn nested(&self, format: &[u8], moment: &Moment<'_>, out: &mut Vec<u8>) {
        let mut text = Vec::new();
        Pattern::new(format, None).append(moment, &mut text);
        self.string(&text, out);
    }

    /// What the C library makes of it.
    fn by_library(&self, time: &LocalTime, out: &mut Vec<u8>) {
        let modifier: &[u8] = self.modifier.as_ref().map_or(b"", std::slice::from_ref);
        let mut text = Vec::new();
        if let Ok(format) = CString::new([b"%", modifier, &[self.letter]].concat()) {
            locale::append_time(&format, time, &mut text);
        }
        if self.swap && self.letter == b'p' {
            text.make_ascii_lowercase();
        } else if self.swap {
            text.make_ascii_uppercase();
        }
        self.string(&text, out);
    }

    fn string(&self, text: &[u8], out: &mut Vec<u8>) {
        let padding = self.width.unwrap_or(0).saturating_sub(text.len());
        if self.pad != Some(b'-') {
            let pad = if self.pad == Some(b'0') { b'0' } else { b' ' };
            out.extend(std::iter::repeat_n(pad, padding));
        }
        let start = out.len();
        out.extend_from_slice(text);
        if let Some(text) = out.get_mut(start..).filter(|_| self.upper) {
            text.make_ascii_uppercase();
        }
        if self.letter == b'Z' && self.swap {
            out.get_mut(start..).unwrap_or_default().make_ascii_lowercase();
        }
    }

    fn number(&self, value: i64, digits: usize, pad: u8, out: &mut Vec<u8>) {
        let width = self.width.unwrap_or(digits);
        let mut buffer = [0; 40];
        let text = super::human::decimal(value.unsigned_abs().into(), &mut buffer);
        let sign: &[u8] = if value < 0 {
            b"-"
        } else if self.plus && text.len() > digits {
            b"+"
        } else {
            b""
        };
        let padding = width.saturating_sub(text.len() + sign.len());
        match self.pad.unwrap_or(pad) {
            b'-' => out.extend_from_slice(sign),
            b'_' | b' ' => {
                out.extend(std::iter::repeat_n(b' ', padding));
                out.extend_from_slice(sign);
            }
            _ => {
                out.extend_from_slice(sign);
                out.extend(std::iter::repeat_n(b'0', padding));
            }
        }
        out.extend_from_slice(text);
    }

    /// A fraction: its width says how many digits, and padding follows it.
    fn nanos(&self, nanos: u32, out: &mut Vec<u8>) {
        let width = self.width.filter(|&width| width > 0).unwrap_or(9);
        let digits = format!("{nanos:09}").into_bytes();
        let mut shown = digits.get(..width.min(9)).unwrap_or(&digits);
        while let [head @ .., b'0'] = shown
            && !head.is_empty()
        {
            shown = head;
        }
        out.extend_from_slice(shown);
        let pad = match self.pad {
            Some(b'-') => return,
            Some(b'_') => b' ',
            _ => b'0',
        };
        out.extend(std::iter::repeat_n(pad, width - shown.len()));
    }

    fn offset(&self, offset_seconds: i64, out: &mut Vec<u8>) {
        let sign = if offset_seconds < 0 { b'-' } else { b'+' };
        let (hours, rest) = (offset_seconds.abs() / 3600, offset_seconds.abs() % 3600);
        let (minutes, seconds) = (rest / 60, rest % 60);
        let tail = match self.colons {
            0 => format!("{minutes:02}"),
            1 => format!(":{minutes:02}"),
            2 => format!(":{minutes:02}:{seconds:02}"),
            _ if seconds != 0 => format!(":{minutes:02}:{seconds:02}"),
            _ if minutes != 0 => format!(":{minutes:02}"),
            _ => String::new(),
        };
        let width = self.width.unwrap_or(0);
        match self.pad {
            Some(b'-') => {
                out.push(sign);
                out.extend_from_slice(hours.to_string().as_bytes());
            }
            Some(b'_') => {
                let text = format!("{}{hours}", char::from(sign));
                let columns = width.max(3 + tail.len()).saturating_sub(tail.len());
                out.extend_from_slice(format!("{text:>columns$}").as_bytes());
            }
            _ => {
                out.push(sign);
                let digits = width.max(3 + tail.len()).saturating_sub(tail.len() + 1);
                out.extend_from_slice(format!("{hours:0digits$}").as_bytes());
            }
        }
        out.extend_from_slice(tail.as_bytes());
    }
}

fn twelve(hour: i32) -> i64 {
    i64::from((hour + 11) % 12 + 1)
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
