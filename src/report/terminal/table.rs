//! A grid as lines for a terminal.

use super::paint::{DIM, STRONG, of_tone, painted};
use super::{bar, fit};
use crate::escape::Plain;
use crate::report::grid::{Align, Grid, Row};
use crate::report::screen::{Detail, Screen, Width};
use comfy_table::{CellAlignment, ContentArrangement, Table, TableStyle};
use fit::Fit;
use std::borrow::Cow;

/// Blanks before what stands below a row.
const INDENT: &str = "     ";

/// The grid without its title. Each row is a line, and what has no room in it stands dim below.
pub(in crate::report) fn lines(grid: &Grid, screen: &Screen) -> Vec<String> {
    let fit = Fit::of(grid, screen.width);
    let longest = grid.rows.iter().filter_map(|row| Some(row.bar.as_ref()?.high)).fold(0.0, f64::max);
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Disabled);
    let headings = fit.shown.iter().map(|shown| fit::heading(&grid.columns[shown.index], shown.is_brief));
    table.set_header(headings.chain(fit.bars.map(|_| "Shorter is faster".into())).map(|cell| plain(&cell)));
    for row in &grid.rows {
        let cells = fit.shown.iter().map(|shown| fit::beside(grid, row, shown));
        let bar = fit.bars.map(|columns| {
            row.bar.as_ref().map_or(Cow::Borrowed(""), |share| bar::bar(share, longest, columns).into())
        });
        table.add_row(cells.chain(bar).map(|cell| plain(&cell)));
    }
    for (index, shown) in fit.shown.iter().enumerate() {
        if let (Align::Right, Some(column)) = (grid.columns[shown.index].align, table.column_mut(index)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut laid_out = table.lines();
    let heading = laid_out.next().unwrap_or_default();
    let mut lines = vec![painted(heading.trim_end(), STRONG, screen.paint)];
    for (row, line) in grid.rows.iter().zip(laid_out) {
        lines.push(painted(line.trim_end(), of_tone(row.tone), screen.paint));
        lines.extend(below(grid, row, &fit, screen));
    }
    if !fit.gone.is_empty() && screen.detail == Detail::Full {
        let gone = format!("(no room here for: {})", fit.gone.join(", "));
        lines.extend(wrapped(&gone, INDENT, screen.width).iter().map(|line| painted(line, DIM, screen.paint)));
    }
    lines
}

/// What of a row has no room beside it.
fn below(grid: &Grid, row: &Row, fit: &Fit, screen: &Screen) -> Vec<String> {
    let last = grid.columns.len() - 1;
    let said = |index: usize| match &row.note {
        Some(note) if index == last => note.remarks.as_str(),
        _ => row.cells.get(index).map_or("", String::as_str),
    };
    let too_long = fit.shown.iter().filter(|shown| {
        let cell = row.cells.get(shown.index).map_or("", String::as_str);
        grid.columns[shown.index].align == Align::Prose && fit::beside(grid, row, shown) != cell
    });
    let mut indexes: Vec<usize> = fit.below.iter().copied().chain(too_long.map(|shown| shown.index)).collect();
    indexes.sort_unstable();
    let texts: Vec<&str> = indexes.into_iter().map(said).filter(|text| !text.is_empty()).collect();
    if texts.is_empty() {
        return Vec::new();
    }
    wrapped(&plain(&texts.join("; ")), INDENT, screen.width)
        .iter()
        .map(|line| painted(line, DIM, screen.paint))
        .collect()
}

/// Prose in lines of at most the screen's width, broken at words. All lines but the first are indented.
pub(super) fn wrapped(text: &str, indent: &str, width: Width) -> Vec<String> {
    let options = textwrap::Options::new(width.prose_columns())
        .initial_indent(indent)
        .subsequent_indent(indent)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(Cow::into_owned).collect()
}

/// Text that a terminal takes as text.
fn plain(text: &str) -> String {
    Plain(text).to_string()
}
