//! Which columns of a grid a terminal has room for.
//!
//! Breaking every cell, as a table library does of its own, makes numbers unreadable. So a column keeps its cells
//! whole, loses their intervals, or goes, the most dispensable first; prose goes below its row; bars take what is left.

use super::bar;
use crate::report::grid::{Align, Column, Grid, Row};
use crate::report::screen::Width;
use std::borrow::Cow;
use textwrap::core::display_width;

/// How soon prose goes below its rows where its column does not say.
const PROSE: u8 = 4;
/// How soon bars go, on the scale of [`Column::dispensable`].
const BARS: u8 = 3;
/// The widest prose for which a column keeps room: longer cells go below their row one by one. `looked up by descriptor`
/// is as long.
const LONGEST_PROSE: usize = 23;

/// A grid's columns in the room that they have.
pub(super) struct Fit {
    /// The columns that are shown.
    pub(super) shown: Vec<Shown>,
    /// Columns of prose that stand below their rows.
    pub(super) below: Vec<usize>,
    /// Columns of characters that bars have; `None` without bars.
    pub(super) bars: Option<usize>,
    /// Headings of the columns that are not shown.
    pub(super) gone: Vec<Cow<'static, str>>,
}

/// A column that is shown.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) index: usize,
    /// Whether its cells have lost their intervals.
    pub(super) is_brief: bool,
    /// The widest prose that stands beside its row.
    pub(super) room: usize,
}

impl Fit {
    /// Everything in one line a row.
    fn all(grid: &Grid) -> Self {
        let shown = |index| Shown { index, is_brief: false, room: usize::MAX };
        Self { shown: (0..grid.columns.len()).map(shown).collect(), below: Vec::new(), bars: None, gone: Vec::new() }
    }

    /// The most that fits.
    pub(super) fn of(grid: &Grid, width: Width) -> Self {
        let mut fit = Self::all(grid);
        let Width::Columns(columns) = width else { return fit };
        let columns = usize::from(columns);
        // Prose alone may take all that is left; several columns of it share with the figures.
        fit.bars = grid.rows.iter().any(|row| row.bar.is_some()).then_some(bar::LEAST);
        fit.shown.iter_mut().for_each(|shown| shown.room = LONGEST_PROSE);
        fit.lower_long_prose(grid);
        let mut dropped = Vec::new();
        while fit.taken(grid) > columns && fit.give_up(grid, &mut dropped) {}
        fit.regain(grid, columns, &mut dropped);
        fit.gone = dropped.iter().map(|shown| grid.columns[shown.index].heading.clone()).collect();
        let left = columns.saturating_sub(fit.taken(grid));
        match &mut fit.bars {
            Some(bars) => *bars = (*bars + left).min(bar::MOST),
            None => fit.widen(grid, left),
        }
        fit
    }

    /// Puts prose below its rows where a third of them have too little room beside. Notes go one by one.
    fn lower_long_prose(&mut self, grid: &Grid) {
        let is_long = |shown: &Shown| {
            let too_long = |row: &&Row| row.cells.get(shown.index).is_some_and(|cell| display_width(cell) > shown.room);
            let is_note = grid.rows.iter().any(|row| row.note.is_some()) && shown.index + 1 == grid.columns.len();
            let is_prose = grid.columns[shown.index].align == Align::Prose;
            is_prose && !is_note && grid.rows.iter().filter(too_long).count() * 3 > grid.rows.len()
        };
        let (below, shown): (Vec<Shown>, Vec<Shown>) = self.shown.iter().partition(|shown| is_long(shown));
        self.shown = shown;
        self.below.extend(below.iter().map(|shown| shown.index));
    }

    /// Gives the last column of prose the room that nobody else needs.
    fn widen(&mut self, grid: &Grid, left: usize) {
        let is_prose = |shown: &&mut Shown| grid.columns[shown.index].align == Align::Prose;
        if let Some(shown) = self.shown.iter_mut().rev().find(is_prose) {
            shown.room = cell_width(grid, shown) + left;
        }
    }

    /// A blank on either side of each column; the last one is not printed.
    fn taken(&self, grid: &Grid) -> usize {
        let cells: usize = self.shown.iter().map(|shown| cell_width(grid, shown) + 2).sum();
        (cells + self.bars.map_or(0, |bars| bars + 2)).saturating_sub(1)
    }

    /// Takes back what was given up before something larger was, the least dispensable first.
    fn regain(&mut self, grid: &Grid, columns: usize, dropped: &mut Vec<Shown>) {
        for at in (0..dropped.len()).rev() {
            let place = self.shown.partition_point(|shown| shown.index < dropped[at].index);
            self.shown.insert(place, dropped[at]);
            if self.taken(grid) > columns {
                self.shown.remove(place);
            } else {
                dropped.remove(at);
            }
        }
    }

    /// Gives up what is the most dispensable; answers whether there was anything.
    fn give_up(&mut self, grid: &Grid, dropped: &mut Vec<Shown>) -> bool {
        let rank = |shown: &Shown| {
            let column = &grid.columns[shown.index];
            match column.align {
                Align::Prose if column.dispensable == 0 => PROSE,
                _ if !shown.is_brief && column.brief > 0 => column.brief,
                _ => column.dispensable,
            }
        };
        // Of equals the last.
        let at = (0..self.shown.len()).max_by_key(|&at| rank(&self.shown[at]));
        let rank = at.map_or(0, |at| rank(&self.shown[at]));
        if self.bars.is_some() && rank < BARS {
            self.bars = None;
            return true;
        }
        let Some(at) = at.filter(|_| rank > 0) else { return false };
        let column = &grid.columns[self.shown[at].index];
        if column.align == Align::Prose {
            self.below.insert(0, self.shown.remove(at).index);
        } else if !self.shown[at].is_brief && column.brief > 0 {
            self.shown[at].is_brief = true;
        } else {
            dropped.push(self.shown.remove(at));
        }
        true
    }
}

/// The widest cell of a column as it is shown, its heading among them.
fn cell_width(grid: &Grid, shown: &Shown) -> usize {
    let cells = grid.rows.iter().map(|row| display_width(&beside(grid, row, shown)));
    cells.max().unwrap_or(0).max(display_width(&heading(&grid.columns[shown.index], shown.is_brief)))
}

/// What of a cell stands in its row: all of it, all but its interval, or of a note that is too long its beginning.
pub(super) fn beside<'g>(grid: &'g Grid, row: &'g Row, shown: &Shown) -> Cow<'g, str> {
    let cell = row.cells.get(shown.index).map_or("", String::as_str);
    let is_note = shown.index + 1 == grid.columns.len();
    match grid.columns[shown.index].align {
        Align::Prose if display_width(cell) <= shown.room => cell.into(),
        Align::Prose => row.note.as_ref().filter(|_| is_note).map_or("", |note| note.standing.as_str()).into(),
        _ if shown.is_brief => without_interval(cell).into(),
        _ => cell.into(),
    }
}

/// The heading as it is shown.
pub(super) fn heading(column: &Column, is_brief: bool) -> Cow<'static, str> {
    match is_brief {
        true => without_interval(&column.heading).to_owned().into(),
        false => column.heading.clone(),
    }
}

/// `25.1 ms [23.6, 32.5]` without what stands in brackets.
fn without_interval(text: &str) -> &str {
    text.split_once(" [").map_or(text, |(before, _)| before)
}
