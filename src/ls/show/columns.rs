//! Names in columns (`-C`), in rows (`-x`), or after one another (`-m`).
//!
//! The most columns that fit are wanted, each as wide as its widest name. All numbers of columns are tried at once: every
//! name widens its column in each arrangement, and an arrangement that has grown past the line is out.

use super::line::Writer;
use super::page::Page;
use crate::ls::ask::options::{Format, Options};
use crate::ls::read::widths::Columns;
use crate::ls::sort::items::Entries;

/// A name and the blanks to the next: no column is narrower.
const MIN_COLUMNS: usize = 3;

/// Writes the entries in the layout of the options.
pub(crate) fn lay_out(writer: &mut Writer<'_>, entries: Entries<'_>, columns: &Columns, page: &mut Page) {
    let options = writer.options;
    if entries.len() == 0 {
        return;
    }
    match options.format {
        Format::Commas => separated(writer, entries, columns, b',', page),
        _ if options.line_columns == 0 => separated(writer, entries, columns, b' ', page),
        format => {
            let widths: Vec<usize> = entries.iter().map(|shown| writer.short_columns(&shown, columns)).collect();
            let across = if format == Format::Across { Fill::Rows } else { Fill::Columns };
            grid(writer, entries, columns, &widths, across, page);
        }
    }
}

/// In which direction names follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fill {
    Columns,
    Rows,
}

fn grid(
    writer: &mut Writer<'_>,
    entries: Entries<'_>,
    columns: &Columns,
    widths: &[usize],
    fill: Fill,
    page: &mut Page,
) {
    let options = writer.options;
    let arrangement = arrange(widths, options.line_columns, fill);
    let count = arrangement.len().max(1);
    let rows = entries.len().div_ceil(count);
    for row in 0..rows {
        let (mut position, mut end) = (0, 0);
        for (column, &width) in arrangement.iter().enumerate() {
            let index = match fill {
                Fill::Columns => column * rows + row,
                Fill::Rows => row * count + column,
            };
            let (Some(shown), Some(&own)) = (entries.get(index), widths.get(index)) else { break };
            if column > 0 {
                indent(end, position, options.tab_columns, page);
            }
            writer.short(&shown, columns, position, page);
            end = position + own;
            position += width;
        }
        page.push(options.end);
    }
}

/// The widths of the most columns that the line has room for.
fn arrange(widths: &[usize], line_columns: usize, fill: Fill) -> Vec<usize> {
    // The first column needs no blanks before it.
    let most = line_columns.div_ceil(MIN_COLUMNS);
    let most = if most == 0 { widths.len() } else { most.min(widths.len()) };
    let mut candidates: Vec<Vec<usize>> = (1..=most).map(|count| vec![MIN_COLUMNS; count]).collect();
    let mut lengths: Vec<usize> = (1..=most).map(|count| count * MIN_COLUMNS).collect();
    let mut alive: Vec<usize> = (0..most).collect();
    for (index, width) in widths.iter().enumerate() {
        alive.retain(|&candidate| {
            let (Some(columns), Some(length)) = (candidates.get_mut(candidate), lengths.get_mut(candidate)) else {
                return false;
            };
            let count = candidate + 1;
            let column = match fill {
                Fill::Columns => index / widths.len().div_ceil(count),
                Fill::Rows => index % count,
            };
            let real = width + if column == candidate { 0 } else { 2 };
            match columns.get_mut(column) {
                Some(widest) if *widest < real => {
                    *length += real - *widest;
                    *widest = real;
                    // One column is taken whatever its width.
                    candidate == 0 || *length < line_columns
                }
                _ => true,
            }
        });
    }
    alive.last().and_then(|&best| candidates.get_mut(best)).map(std::mem::take).unwrap_or_default()
}

/// Blanks from one column of the screen to another, by tabs where they save any.
fn indent(mut from: usize, to: usize, tab: usize, page: &mut Page) {
    while from < to {
        if tab != 0 && to / tab > (from + 1) / tab {
            page.push(b'\t');
            from += tab - from % tab;
        } else {
            page.push(b' ');
            from += 1;
        }
    }
}

fn separated(writer: &mut Writer<'_>, entries: Entries<'_>, columns: &Columns, separator: u8, page: &mut Page) {
    let Options { line_columns, end, .. } = *writer.options;
    let mut position = 0;
    for (index, shown) in entries.iter().enumerate() {
        let width = if line_columns > 0 { writer.short_columns(&shown, columns) } else { 0 };
        if index > 0 {
            page.push(separator);
            if line_columns == 0 || position + width + 2 < line_columns {
                position += 2;
                page.push(b' ');
            } else {
                position = 0;
                page.push(end);
            }
        }
        writer.short(&shown, columns, position, page);
        position += width;
    }
    page.push(end);
}
