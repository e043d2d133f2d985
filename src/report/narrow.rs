//! A grid in a narrow terminal: whole columns go before cells break, those with the largest
//! [`super::Column::dispensable`] first.
//!
//! Breaking every cell, as a table library does of its own, makes numbers unreadable; a column that is gone is named
//! below the table and stands in the other formats. The last column (notes) takes what room is left and may wrap.

use super::grid::Grid;
use std::borrow::Cow;

/// Least width of the last column: a word or two per line.
const LEAST_NOTE: usize = 14;

/// The grid with only the columns for which `width` columns of a terminal have room, and the headings that went.
pub(super) fn fit(grid: &Grid, width: u16) -> (Grid, Vec<Cow<'static, str>>) {
    let widths: Vec<usize> = (0..grid.columns.len()).map(|index| content_width(grid, index)).collect();
    let mut kept: Vec<usize> = (0..grid.columns.len()).collect();
    let mut gone = Vec::new();
    while taken(&kept, &widths) > usize::from(width) {
        let dispensable = |&&index: &&usize| grid.columns.get(index).map_or(0, |column| column.dispensable);
        let Some(&index) = kept.iter().max_by_key(dispensable).filter(|index| dispensable(index) > 0) else { break };
        gone.extend(grid.columns.get(index).map(|column| column.heading.clone()));
        kept.retain(|&other| other != index);
    }
    let cell = |row: &Vec<String>| kept.iter().map(|&index| row.get(index).cloned().unwrap_or_default()).collect();
    let columns = kept.iter().filter_map(|&index| grid.columns.get(index).cloned()).collect();
    (Grid { title: grid.title.clone(), columns, rows: grid.rows.iter().map(cell).collect() }, gone)
}

/// A blank on either side of each cell, and one before and after each column.
fn taken(kept: &[usize], widths: &[usize]) -> usize {
    let last = widths.len().saturating_sub(1);
    let content = |&index: &usize| match widths.get(index) {
        Some(&width) if index == last => width.min(LEAST_NOTE),
        Some(&width) => width,
        None => 0,
    };
    1 + kept.iter().map(|index| content(index) + 3).sum::<usize>()
}

fn content_width(grid: &Grid, index: usize) -> usize {
    let cells = grid.rows.iter().filter_map(|row| row.get(index));
    let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
    grid.columns.get(index).map_or(0, |column| column.heading.len()).max(longest)
}

#[cfg(test)]
mod tests {
    use super::super::grid::Align::{Left, Right};
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new("T", &[("Name", Left, 0), ("Less", Right, 2), ("More", Right, 1), ("Note", Left, 0)]);
        grid.rows = vec![vec!["a".repeat(20), "1".repeat(9), "2".repeat(9), "a note that wraps where it must".into()]];
        grid
    }

    #[test]
    fn a_wide_terminal_has_room_for_all() {
        let (fitting, gone) = fit(&grid(), 80);
        assert_eq!((fitting.columns.len(), gone.len()), (4, 0));
    }

    #[test]
    fn the_most_dispensable_column_goes_first_with_its_cells() {
        let (fitting, gone) = fit(&grid(), 60);
        assert_eq!(gone, ["Less"]);
        assert_eq!(fitting.rows[0][1], "2".repeat(9));
    }

    #[test]
    fn what_cannot_go_stays_however_narrow_it_is() {
        let (fitting, gone) = fit(&grid(), 10);
        assert_eq!(gone, ["Less", "More"]);
        assert_eq!(fitting.columns.len(), 2);
    }
}
