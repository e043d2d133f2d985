//! How times of the long format are written: `%b %e %H:%M`, or with the year where they are older than half a year.

use super::quote::Encoding;
use super::strftime::Pattern;
use super::width;
use crate::sys::locale::{self, Category, Domain};

/// How times are shown: old ones, and recent ones.
#[derive(Debug, Clone)]
pub struct TimeFormat {
    /// For old times, and for recent ones.
    pub(crate) patterns: [Pattern; 2],
}

impl TimeFormat {
    /// From two formats, old and recent. Abbreviated months are made equally wide, as GNU does.
    pub fn new(old: &[u8], recent: &[u8], encoding: Encoding) -> Self {
        let months = aligned_months(encoding).filter(|months| {
            let longest = months.iter().map(Vec::len).max().unwrap_or(0);
            [old, recent].iter().all(|format| format.len() + longest < LONGEST_ALIGNED)
        });
        Self { patterns: [old, recent].map(|format| Pattern::new(format, months.as_ref())) }
    }

    /// As the locale has them.
    pub fn of_locale(encoding: Encoding) -> Self {
        let [old, recent] = [c"%b %e  %Y", c"%b %e %H:%M"].map(|format| {
            if locale::is_hard(Category::Time) {
                locale::text_of(Domain::Coreutils, format, Category::Time)
            } else {
                format
            }
        });
        Self::new(old.to_bytes(), recent.to_bytes(), encoding)
    }
}

/// Bytes of a month's name, or of a format with one in it, from which GNU aligns nothing.
const LONGEST_ALIGNED: usize = 128;

/// Month names padded to one width; `None` where one would be taken for a format, or cannot be shown in the encoding.
fn aligned_months(encoding: Encoding) -> Option<[Vec<u8>; 12]> {
    let names: [Vec<u8>; 12] = std::array::from_fn(locale::month);
    let widths = names.each_ref().map(|name| width::printable_columns(name, encoding));
    let widths = widths.into_iter().collect::<Option<Vec<usize>>>()?;
    let widest = widths.iter().copied().max().unwrap_or(0);
    if names.iter().any(|name| name.contains(&b'%') || name.len() >= LONGEST_ALIGNED) {
        return None;
    }
    Some(std::array::from_fn(|month| {
        let padding = vec![b' '; widest - widths[month]];
        match &names[month][..] {
            name @ [b'0'..=b'9', ..] => [&padding, name].concat(),
            name => [name, &padding].concat(),
        }
    }))
}
