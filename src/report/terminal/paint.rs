//! Colors. They repeat what words and figures say, for the eye to find it: without them nothing is lost.

use crate::report::grid::Tone;
use crate::report::screen::Paint;
use anstyle::{AnsiColor, Style};

/// A table's title, its headings, and a verdict.
pub(super) const STRONG: Style = Style::new().bold();
/// What explains, and may be skipped.
pub(super) const DIM: Style = Style::new().dimmed();
/// What makes figures doubtful.
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default();

/// A row's color.
pub(super) fn of_tone(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Winner => AnsiColor::Green.on_default().bold(),
        Tone::TiedFirst => AnsiColor::Green.on_default(),
        Tone::Baseline => AnsiColor::Cyan.on_default(),
        Tone::Tied => AnsiColor::Yellow.on_default(),
        Tone::Trouble => AnsiColor::Red.on_default().bold(),
        Tone::Absent | Tone::Harness => DIM,
    }
}

/// A line in that style.
pub(super) fn painted(line: &str, style: Style, paint: Paint) -> String {
    match paint {
        Paint::Colors if !line.is_empty() && style != Style::new() => format!("{style}{line}{style:#}"),
        _ => line.to_owned(),
    }
}
