//! Words that options take, abbreviated as GNU's argmatch allows, and its messages where one fits nothing.

use super::asked::Refused;
use super::options::{Format, Indicators, Sort, Stamp};
use crate::ls::text::messages;
use crate::ls::text::quote::{Also, Encoding, Quoting, Style};
use std::ffi::CStr;

/// `--color=WHEN`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    Never,
    Terminal,
}

/// `--time-style=STYLE`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeStyle {
    FullIso,
    LongIso,
    Iso,
    Locale,
}

pub(crate) const FORMATS: &[(&str, Format)] = &[
    ("verbose", Format::Long),
    ("long", Format::Long),
    ("commas", Format::Commas),
    ("horizontal", Format::Across),
    ("across", Format::Across),
    ("vertical", Format::Columns),
    ("single-column", Format::Single),
];

pub(crate) const SORTS: &[(&str, Sort)] = &[
    ("none", Sort::None),
    ("size", Sort::Size),
    ("time", Sort::Time),
    ("version", Sort::Version),
    ("extension", Sort::Extension),
    ("name", Sort::Name),
    ("width", Sort::Width),
];

pub(crate) const STAMPS: &[(&str, Stamp)] = &[
    ("atime", Stamp::Accessed),
    ("access", Stamp::Accessed),
    ("use", Stamp::Accessed),
    ("ctime", Stamp::Changed),
    ("status", Stamp::Changed),
    ("mtime", Stamp::Modified),
    ("modification", Stamp::Modified),
    ("birth", Stamp::Born),
    ("creation", Stamp::Born),
];

pub(crate) const INDICATORS: &[(&str, Indicators)] = &[
    ("none", Indicators::None),
    ("slash", Indicators::Slash),
    ("file-type", Indicators::FileType),
    ("classify", Indicators::Classify),
];

pub(crate) const WHENS: &[(&str, When)] = &[
    ("always", When::Always),
    ("yes", When::Always),
    ("force", When::Always),
    ("never", When::Never),
    ("no", When::Never),
    ("none", When::Never),
    ("auto", When::Terminal),
    ("tty", When::Terminal),
    ("if-tty", When::Terminal),
];

pub(crate) const TIME_STYLES: &[(&str, TimeStyle)] = &[
    ("full-iso", TimeStyle::FullIso),
    ("long-iso", TimeStyle::LongIso),
    ("iso", TimeStyle::Iso),
    ("locale", TimeStyle::Locale),
];

/// What a word stands for.
pub(crate) enum Argument<T> {
    Found(T),
    Ambiguous,
    Unknown,
}

/// Looks a word up: itself, or the beginning of words that mean one thing.
pub(crate) fn look_up<T: Copy + PartialEq>(word: &[u8], words: &[(&str, T)]) -> Argument<T> {
    if let Some((_, exact)) = words.iter().find(|(known, _)| known.as_bytes() == word) {
        return Argument::Found(*exact);
    }
    let mut begun = words.iter().filter(|(known, _)| known.as_bytes().starts_with(word)).map(|(_, means)| *means);
    match begun.next() {
        None => Argument::Unknown,
        Some(first) if begun.all(|other| other == first) => Argument::Found(first),
        Some(_) => Argument::Ambiguous,
    }
}

/// Looks the argument of a switch up.
pub(crate) fn find<T: Copy + PartialEq>(switch: &str, word: &[u8], words: &[(&str, T)]) -> Result<T, Refused> {
    let kind = match look_up(word, words) {
        Argument::Found(means) => return Ok(means),
        Argument::Ambiguous => c"ambiguous argument %s for %s",
        Argument::Unknown => c"invalid argument %s for %s",
    };
    let mut message = wrong(kind, switch, word);
    message.extend_from_slice(&messages::say(c"Valid arguments are:", &[]));
    let mut last = None;
    for (known, means) in words {
        let separator: &[u8] = if last == Some(*means) { b", " } else { b"\n  - " };
        message.extend_from_slice(separator);
        message.extend_from_slice(&quote(known.as_bytes()));
        last = Some(*means);
    }
    Err(Refused { message, tries_help: true, status: 1 })
}

/// Looks a time style up.
pub(crate) fn time_style(word: &[u8]) -> Result<TimeStyle, Refused> {
    let kind = match look_up(word, TIME_STYLES) {
        Argument::Found(style) => return Ok(style),
        Argument::Ambiguous => c"ambiguous argument %s for %s",
        Argument::Unknown => c"invalid argument %s for %s",
    };
    let mut message = wrong(kind, "time style", word);
    message.extend_from_slice(&messages::say(c"Valid arguments are:\n", &[]));
    for (known, _) in TIME_STYLES {
        message.extend_from_slice(format!("  - [posix-]{known}\n").as_bytes());
    }
    message.extend_from_slice(&messages::say(c"  - +FORMAT (e.g., +%H:%M) for a 'date'-style format\n", &[]));
    message.truncate(message.trim_ascii_end().len());
    Err(Refused { message, tries_help: true, status: 2 })
}

fn wrong(message: &'static CStr, switch: &str, word: &[u8]) -> Vec<u8> {
    let said = messages::say(message, &[&quote(word), &quote(switch.as_bytes())]);
    [&said, b"\n".as_slice()].concat()
}

/// In the locale's quotes, as messages have it.
pub(crate) fn quote(text: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::new();
    Quoting::new(Style::Locale, Also::default(), Encoding::of_locale()).append(text, &mut quoted);
    quoted
}
