//! A record as a terminal shows it: tables, then where they come from, then the verdicts, which a reader sees first.
//!
//! In comes a record, or any grids; out come lines that fit a [`Screen`]. Open `fit.rs` first: it decides what a narrow
//! terminal has room for. `table.rs` lays a grid out, `bar.rs` draws, `paint.rs` has the colors.
//!
//! [`Detail::Short`] is what fits a screen: of several ladders beside a table of strategies only the first, and of that
//! table the fastest rows; no row of what cannot run here (a line names it); where and how in two lines.
//! [`Detail::Full`] shows all that is known.

mod bar;
mod fit;
mod paint;
mod table;

pub(super) use table::lines as table_lines;

use super::grid::{Grid, Row, Tone};
use super::screen::{Detail, Screen};
use super::{Kernel, footer, kernel, tables, verdict};
use crate::measure::ViewKind;
use crate::measure::record::{Record, ViewRecord};
use paint::{DIM, STRONG, WARNING, painted};
use table::wrapped;

/// Grids, and what stands below them.
pub(super) fn grids(grids: &[Grid], lines: &[String], screen: &Screen) -> String {
    let mut text = String::new();
    grids.iter().for_each(|grid| section(&mut text, grid, Vec::new(), screen));
    lines.iter().for_each(|line| prose(&mut text, line, DIM, screen));
    text
}

/// A record.
pub(super) fn record(record: &Record, kernel: Kernel, screen: &Screen) -> String {
    let mut text = String::new();
    let shown: Vec<&ViewRecord> = match screen.detail {
        Detail::Full => record.views.iter().collect(),
        Detail::Short => record.views.iter().filter(|view| is_telling(record, view)).collect(),
    };
    let is_overview = shown.len() < record.views.len();
    for &view in &shown {
        let mut grid = tables::of(record, view);
        let left_out = match screen.detail {
            Detail::Full => None,
            Detail::Short if is_overview && view.kind == ViewKind::Table => {
                let slow = cut(&mut grid, record, view);
                Some([slow, without_absent(&mut grid, Reasons::Left)].concat())
            }
            Detail::Short if is_overview => Some(without_absent(&mut grid, Reasons::Left)),
            Detail::Short => Some(without_absent(&mut grid, Reasons::Said)),
        };
        section(&mut text, &grid, left_out.unwrap_or_default(), screen);
    }
    if kernel == Kernel::Shown {
        shown.iter().for_each(|view| section(&mut text, &kernel::grid(record, view), Vec::new(), screen));
    }
    let lines = match screen.detail {
        Detail::Full => footer::lines(record),
        Detail::Short => footer::short(record, &shown),
    };
    lines.iter().for_each(|line| prose(&mut text, line, DIM, screen));
    footer::advice(record).iter().for_each(|line| prose(&mut text, line, WARNING, screen));
    text.push('\n');
    for view in &shown {
        prose(&mut text, &verdict::of(record, view), STRONG, screen);
    }
    if screen.detail == Detail::Short {
        let more = match record.views.len() - shown.len() {
            0 => String::new(),
            1 => "one more ladder, all rows and ".to_owned(),
            more => format!("{more} more ladders, all rows and "),
        };
        prose(&mut text, &format!("-v shows {more}how it was measured."), DIM, screen);
    }
    text
}

/// Whether a view is shown where only the most telling ones are: beside a table of strategies, one ladder.
fn is_telling(record: &Record, view: &ViewRecord) -> bool {
    let has_table = record.views.iter().any(|view| view.kind == ViewKind::Table);
    let first_ladder = record.views.iter().find(|view| view.kind == ViewKind::Ladder);
    let is_first = first_ladder.is_some_and(|first| std::ptr::eq(first, view));
    !has_table || view.kind != ViewKind::Ladder || is_first
}

/// Rows of a table beside other tables: the fastest ones, and those that the verdict speaks of.
const FASTEST_ROWS: usize = 5;

/// Whether the reasons are said why rows cannot run here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reasons {
    Said,
    /// For -v.
    Left,
}

/// Takes away the slow rows that the verdict does not speak of. Says which.
fn cut(grid: &mut Grid, record: &Record, view: &ViewRecord) -> Vec<String> {
    let rows = record.shown(view);
    let usual = verdict::usual_row(&rows).map(|shown| shown.row.case);
    let is_spoken_of = |index: usize| {
        let row = rows.get(index);
        row.is_none_or(|shown| shown.time.is_none() || shown.row.case == view.baseline || Some(shown.row.case) == usual)
    };
    let (kept, cut): (Vec<_>, Vec<_>) = std::mem::take(&mut grid.rows)
        .into_iter()
        .enumerate()
        .partition(|(index, _)| *index < FASTEST_ROWS || is_spoken_of(*index));
    grid.rows = kept.into_iter().map(|(_, row)| row).collect();
    let names: Vec<String> = cut.into_iter().filter_map(|(_, row)| row.cells.into_iter().next()).collect();
    if names.is_empty() { Vec::new() } else { vec![format!("slower: {}", names.join(", "))] }
}

/// Takes away the rows of what cannot run here, and the harness's own. Says what cannot run. A table of nothing else
/// keeps its rows.
fn without_absent(grid: &mut Grid, how: Reasons) -> Vec<String> {
    let is_shown = |row: &Row| !matches!(row.tone, Tone::Absent | Tone::Harness);
    if !grid.rows.iter().any(is_shown) {
        return Vec::new();
    }
    let (shown, absent): (Vec<_>, Vec<_>) = std::mem::take(&mut grid.rows).into_iter().partition(is_shown);
    grid.rows = shown;
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for row in absent.into_iter().filter(|row| row.tone == Tone::Absent) {
        let reason = match how {
            Reasons::Said => row.note.map(|note| note.remarks).unwrap_or_default(),
            Reasons::Left => String::new(),
        };
        let name = row.cells.into_iter().next().unwrap_or_default();
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(name),
            None => reasons.push((reason, vec![name])),
        }
    }
    let line = |(reason, names): (String, Vec<String>)| match how {
        Reasons::Said => format!("{} {reason}", names.join(", ")),
        Reasons::Left => format!("cannot run here: {}", names.join(", ")),
    };
    reasons.into_iter().map(line).collect()
}

/// A table below its title, what it leaves out below it.
fn section(text: &mut String, grid: &Grid, left_out: Vec<String>, screen: &Screen) {
    prose(text, &grid.title, STRONG, screen);
    for line in table::lines(grid, screen) {
        text.push_str(&line);
        text.push('\n');
    }
    if !left_out.is_empty() {
        prose(text, &format!("Not shown: {}.", left_out.join("; ")), DIM, screen);
    }
    text.push('\n');
}

/// A sentence or more, broken at words.
fn prose(text: &mut String, sentence: &str, style: anstyle::Style, screen: &Screen) {
    for line in wrapped(&super::text::printable(sentence), "", screen.width) {
        text.push_str(&painted(&line, style, screen.paint));
        text.push('\n');
    }
}
