//! Times of the long format, written and remembered.
//!
//! Converting a time costs a lock in the C library and a look into the zone's table; a listing mostly asks for
//! neighbouring ones. So a [`Clock`] keeps, per quarter of an hour, the offset from UTC, and per minute the finished
//! text.

use crate::ls::ask::options::Options;
use crate::ls::text::quote::Encoding;
use crate::ls::text::strftime::{MOST_BYTES, Moment, Pattern};
use crate::ls::text::time_format::TimeFormat;
use crate::ls::text::width;
use crate::sys::locale::{self, LocalTime};
use std::time::{SystemTime, UNIX_EPOCH};

/// Half of an average Gregorian year.
const HALF_YEAR_SECONDS: i64 = 31_556_952 / 2;

/// A time zone's offset cannot change within this, aligned: transitions are at whole quarters of an hour, and where one
/// is not, the two ends differ and the C library is asked.
const QUARTER_SECONDS: i64 = 15 * 60;

const ZONES: usize = 64;
const MINUTES: usize = 256;

/// Formats times, remembering. One a thread.
pub(crate) struct Clock<'o> {
    format: &'o TimeFormat,
    encoding: Encoding,
    now: (i64, u32),
    zones: Vec<Option<Quarter>>,
    minutes: Vec<Option<Minute>>,
    expected_columns: Option<usize>,
}

/// A quarter of an hour in which the offset is one.
struct Quarter {
    index: i64,
    /// Its start in local time.
    start: LocalTime,
    /// Whether its minutes can be counted from its start.
    is_even: bool,
}

struct Minute {
    index: i64,
    is_recent: bool,
    text: Vec<u8>,
}

/// Where local minutes begin: a zone that is seconds away from UTC has others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Minutes {
    AsInUtc,
    Elsewhere,
}

impl<'o> Clock<'o> {
    pub(crate) fn new(options: &'o Options) -> Option<Self> {
        Some(Self {
            format: options.time.as_ref()?,
            encoding: options.encoding,
            now: now(),
            zones: std::iter::repeat_with(|| None).take(ZONES).collect(),
            minutes: std::iter::repeat_with(|| None).take(MINUTES).collect(),
            expected_columns: None,
        })
    }

    /// Appends a time. Where the calendar has no such year, or the format makes it too long, the seconds stand in its
    /// place.
    pub(crate) fn append(&mut self, seconds: i64, nanos: u32, out: &mut Vec<u8>) {
        if self.now < (seconds, nanos) {
            self.now = now();
        }
        let old = (self.now.0 - HALF_YEAR_SECONDS, self.now.1);
        let is_recent = old < (seconds, nanos) && (seconds, nanos) < self.now;
        let pattern = &self.format.patterns[usize::from(is_recent)];
        let index = seconds.div_euclid(60);
        let slot = index.rem_euclid(MINUTES as i64) as usize;
        if !pattern.shows_seconds
            && let Some(Some(minute)) = self.minutes.get(slot)
            && (minute.index, minute.is_recent) == (index, is_recent)
        {
            out.extend_from_slice(&minute.text);
            return;
        }
        let start = out.len();
        let Some(minutes) = self.format_into(pattern, seconds, nanos, out) else {
            let columns = self.expected_columns();
            out.extend_from_slice(format!("{seconds:>columns$}").as_bytes());
            return;
        };
        if !pattern.shows_seconds
            && minutes == Minutes::AsInUtc
            && let Some(minute) = self.minutes.get_mut(slot)
        {
            *minute = Some(Minute { index, is_recent, text: out[start..].to_vec() });
        }
    }

    /// Appends `?` in as many columns as a time takes.
    pub(crate) fn append_unknown(&mut self, out: &mut Vec<u8>) {
        let columns = self.expected_columns();
        out.extend_from_slice(format!("{:>columns$}", "?").as_bytes());
    }

    /// Columns of an old time.
    fn expected_columns(&mut self) -> usize {
        if let Some(columns) = self.expected_columns {
            return columns;
        }
        let mut text = Vec::new();
        self.format_into(&self.format.patterns[0], 0, 0, &mut text);
        let columns = width::columns(&text, self.encoding);
        self.expected_columns = Some(columns);
        columns
    }

    /// Appends a time, or nothing where it cannot be shown.
    fn format_into(&mut self, pattern: &Pattern, seconds: i64, nanos: u32, out: &mut Vec<u8>) -> Option<Minutes> {
        let index = seconds.div_euclid(QUARTER_SECONDS);
        let slot = self.zones.get_mut(index.rem_euclid(ZONES as i64) as usize)?;
        if slot.as_ref().is_none_or(|quarter| quarter.index != index) {
            *slot = Quarter::new(index);
        }
        let quarter = slot.as_ref()?;
        let time = if quarter.is_even {
            let within = seconds.rem_euclid(QUARTER_SECONDS) as i32;
            quarter.start.at(quarter.start.tm_min + within / 60, within % 60)
        } else {
            locale::local_time(seconds)?
        };
        let start = out.len();
        pattern.append(&Moment { time: &time, seconds, nanos }, out);
        let fits = out.len() - start <= MOST_BYTES;
        if !fits {
            out.truncate(start);
            return None;
        }
        Some(if quarter.is_even { Minutes::AsInUtc } else { Minutes::Elsewhere })
    }
}

impl Quarter {
    fn new(index: i64) -> Option<Self> {
        let first = index.checked_mul(QUARTER_SECONDS)?;
        let start = locale::local_time(first)?;
        let end = locale::local_time(first + QUARTER_SECONDS - 1)?;
        let minute = start.tm_min;
        // Zones that count leap seconds, or are minutes and seconds away from UTC, are left to the C library.
        let is_even = start.tm_sec == 0
            && end.tm_sec == 59
            && minute <= 45
            && end.tm_min == minute + 14
            && end.tm_hour == start.tm_hour
            && end.tm_gmtoff == start.tm_gmtoff
            && end.tm_isdst == start.tm_isdst;
        Some(Self { index, start, is_even })
    }
}

fn now() -> (i64, u32) {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
        Err(before) => (-i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX), 0),
    }
}
