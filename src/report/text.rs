//! Grids as Markdown.

use super::grid::{Align, Column, Grid, Row};
use crate::escape::Plain;
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, ContentArrangement, Table};

/// Grids as Markdown, what stands above them, and what below.
pub(super) fn marked(verdicts: &[String], grids: &[Grid], lines: &[String]) -> String {
    let mut text: String = verdicts.iter().map(|verdict| format!("{}\n\n", escape_markdown(verdict))).collect();
    for grid in grids {
        text.push_str(&markdown_section(grid));
    }
    for line in lines {
        text.push_str(&format!("- {}\n", escape_markdown(line)));
    }
    text
}

/// A grid as Markdown, its title above it.
pub(super) fn markdown_section(grid: &Grid) -> String {
    let escaped = |row: &Row| row.cells.iter().map(|cell| escape_markdown(&printable(cell))).collect::<Vec<_>>().into();
    let rows = grid.rows.iter().map(escaped).collect();
    let column =
        |column: &Column| Column { heading: escape_markdown(&printable(&column.heading)).into(), ..column.clone() };
    let columns = grid.columns.iter().map(column).collect();
    let table = markdown_table(&Grid { title: String::new(), columns, rows });
    format!("### {}\n\n{table}\n\n", escape_markdown(&printable(&grid.title)))
}

fn markdown_table(grid: &Grid) -> String {
    let mut table = fill(grid);
    table.load_style(ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
    let text = trimmed(&table);
    // comfy-table aligns with blanks, which Markdown does not see: it wants a colon under the heading.
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if let Some(rule) = lines.get_mut(1) {
        let cells = rule.trim_matches('|').split('|').zip(&grid.columns);
        let cells = cells.map(|(cell, column)| match column.align {
            Align::Left | Align::Prose => cell.to_owned(),
            Align::Right => format!("{}:", cell.strip_suffix('-').unwrap_or(cell)),
        });
        *rule = format!("|{}|", cells.collect::<Vec<_>>().join("|"));
    }
    lines.join("\n")
}

fn fill(grid: &Grid) -> Table {
    let mut table = Table::new();
    table.set_header(grid.columns.iter().map(|column| column.heading.as_ref()).collect::<Vec<_>>());
    for row in &grid.rows {
        table.add_row(&row.cells);
    }
    for (index, column) in grid.columns.iter().enumerate() {
        if let (Align::Right, Some(column)) = (column.align, table.column_mut(index)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn trimmed(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Text that a terminal takes as text: control characters escaped.
pub(super) fn printable(text: &str) -> String {
    Plain(text).to_string()
}

/// What Markdown or HTML in it would interpret, escaped.
pub(super) fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Grid {
        let mut grid = Grid::new("T", &[("Name", Align::Left, 0), ("n", Align::Right, 0)]);
        grid.rows = vec![vec!["a".into(), "1".into()].into(), vec!["long one".into(), "1,000".into()].into()];
        grid
    }

    #[test]
    fn markdown_aligns_numbers_to_the_right() {
        let expected = "| Name     |     n |\n|----------|------:|\n| a        |     1 |\n| long one | 1,000 |";
        assert_eq!(markdown_table(&sample()), expected);
    }

    #[test]
    fn what_markdown_would_interpret_is_escaped() {
        assert_eq!(escape_markdown("<b>|*x*"), "&lt;b&gt;\\|\\*x\\*");
    }
}
